"""Word's paragraph styles: name, weight and automatic number, with what they inherit."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_CHAIN = 20  # styles that inherit from each other; a damaged file may hold a ring


@dataclass(frozen=True, slots=True)
class Style:
    """`numbering` is (list id, level) where the style numbers its paragraphs."""

    name: str = ""
    bold: bool = False
    numbering: tuple[str, str] | None = None


def is_on(toggle: etree._Element | None) -> bool:
    """A switch such as <w:b/>: on where it stands, unless it says otherwise."""
    return toggle is not None and toggle.get(f"{_W}val", "1") not in {"0", "false", "off"}


def read_styles(root: etree._Element | None) -> dict[str, Style]:
    """Style id → style, from ``word/styles.xml``; empty where there is none."""
    if root is None:
        return {}
    elements = {s.get(f"{_W}styleId", ""): s for s in root.iter(f"{_W}style")}
    return {identifier: _style(identifier, elements) for identifier in elements}


def _style(identifier: str, elements: dict[str, etree._Element]) -> Style:
    name, bold, numbering = _value(elements[identifier], "name") or "", None, None
    level = None
    for _ in range(_MAX_CHAIN):
        element = elements.get(identifier)
        if element is None:
            break
        weight = element.find(f"{_W}rPr/{_W}b")
        if bold is None and weight is not None:
            bold = is_on(weight)
        level = level or _value(element, f"pPr/{_W}numPr/{_W}ilvl")
        if numbering is None and (list_id := _value(element, f"pPr/{_W}numPr/{_W}numId")):
            numbering = list_id
        identifier = _value(element, "basedOn") or ""
    return Style(name, bool(bold), (numbering, level or "0") if numbering else None)


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(f"{_W}{path}")
    return found.get(f"{_W}val") if found is not None else None
