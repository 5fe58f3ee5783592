"""Fonts of an HTML page: which one an element is shown in, and the text of fonts before Unicode converted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

from lxml import etree

from ingest.legacy_fonts import Tally, charset_of_font, convert_pieces, detect_charset, evidence, is_capital_font, is_of
from ingest.legacy_tables import unshield

_MAX_DECLARATIONS = 2000  # characters of one rule or style attribute that are looked at
_SELECTOR = re.compile(r"([A-Za-z][\w]*|\*)?(?:\.([\w-]+))?")
_FAMILY = re.compile(r"(?:^|[;\s{])font-family\s*:\s*([^;]+)", re.I)
_SHORTHAND = re.compile(r"(?:^|[;\s{])font\s*:[^;]*?\d(?:pt|px|em|rem|%|in|cm|mm)(?:/\S+)?\s+([^;]+)", re.I)

Key = tuple[str, bool]  # character set, and whether the font draws capitals only


@dataclass
class Slot:
    """One text of the tree: an element's own ("text"), or what follows it ("tail")."""

    element: etree._Element
    name: str
    text: str
    key: Key | None


@dataclass
class _Page:
    rules: dict[tuple[str, str], str]
    units: list[list[Slot]] = field(default_factory=lambda: [[]])


def style_rules(root: etree._Element) -> dict[tuple[str, str], str]:
    """(tag or "", class or "") → font, from the page's <style> elements; selectors of one step only."""
    rules: dict[tuple[str, str], str] = {}
    for sheet in root.iter("style"):
        first, *others = (sheet.text or "").replace("<!--", "").replace("-->", "").split("/*")
        css = first + "".join(piece.partition("*/")[2] for piece in others)
        for rule in css.split("}"):
            selectors, _, declarations = rule.rpartition("{")
            font = _font_of(declarations)
            for selector in selectors.split(",") if font else ():
                if one := _SELECTOR.fullmatch(selector.strip()):
                    rules[(one.group(1) or "").lower().replace("*", ""), one.group(2) or ""] = font
    return rules


def convert_texts(
    body: etree._Element, rules: dict[tuple[str, str], str], blocks: frozenset[str]
) -> tuple[list[Slot], Tally]:
    """Convert the text of legacy fonts, and lift the shield (`ingest.legacy_tables.shield`) from all text.

    Where no font is known to be one, the letters' statistics of the whole page decide. The tree itself stays as it
    is: a converted text may hold what XML forbids until it is cleaned.

    Args:
        body: with everything that is not text taken out.
        rules: as `style_rules` found them.
        blocks: tags that end a paragraph: text of two paragraphs is never judged or converted together.

    Returns:
        All texts in reading order, as they should be, and what was converted.
    """
    tally = Tally()
    page = _Page(rules)
    _collect(body, page, blocks)
    units = [u for u in page.units if any(s.text and not s.text.isspace() for s in u)]
    _believe(units)
    if not any(s.key for u in units for s in u):
        charset = detect_charset("\n".join("".join(s.text for s in u) for u in units))
        tally.guessed = charset is not None
        for slot in (s for u in units for s in u if charset):
            slot.key = (str(charset), False)
    for unit in units:
        good = {c for c, text in _texts(unit).items() if is_of(text, c)}
        for key, group in groupby(unit, key=lambda slot: slot.key):
            if key and key[0] in good:
                slots = list(group)
                texts, done = convert_pieces([s.text for s in slots], *key)
                tally.add(key[0], done)
                for slot, text in zip(slots, texts, strict=True):
                    slot.text = text
    slots = [slot for unit in page.units for slot in unit]
    for slot in slots:
        if not slot.text.isascii():
            slot.text = unshield(slot.text)
    return slots, tally


def _collect(body: etree._Element, page: _Page, blocks: frozenset[str]) -> None:
    """The texts in reading order, each with its font, cut where a block starts or ends."""
    fonts: list[str] = [""]
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in blocks or tag == "br":
            page.units.append([])
        if event == "start":
            fonts.append(_own_font(element, tag, page.rules) or fonts[-1])
            page.units[-1].append(Slot(element, "text", element.text or "", _key(fonts[-1])))
        else:
            fonts.pop()
            if element is not body:
                page.units[-1].append(Slot(element, "tail", element.tail or "", _key(fonts[-1])))


def _own_font(element: etree._Element, tag: str, rules: dict[tuple[str, str], str]) -> str:
    if font := _font_of(element.get("style") or ""):
        return font
    classes = (element.get("class") or "").split()
    for place in [*((tag, c) for c in classes), *(("", c) for c in classes)]:
        if place in rules:
            return rules[place]
    return (element.get("face") or "" if tag == "font" else "") or rules.get((tag, ""), "") or rules.get(("", ""), "")


def _font_of(declarations: str) -> str:
    declarations = declarations[:_MAX_DECLARATIONS]
    m = _FAMILY.search(declarations) or _SHORTHAND.search(declarations)
    return m.group(1).strip() if m else ""


def _key(font: str) -> Key | None:
    charset = charset_of_font(font) if font else None
    return (charset, is_capital_font(font)) if charset else None


def _believe(units: list[list[Slot]]) -> None:
    """Forget the fonts of a character set in which the page says mostly Unicode."""
    score: dict[str, int] = {}
    for unit in units:
        for charset, text in _texts(unit).items():
            found = evidence(text, charset)
            score[charset] = score.get(charset, 0) + found.after - found.before
    for unit in units:
        for slot in unit:
            if slot.key and score.get(slot.key[0], 0) < 0:
                slot.key = None


def _texts(unit: list[Slot]) -> dict[str, str]:
    """Character set → all that one paragraph says in it."""
    out: dict[str, str] = {}
    for slot in unit:
        if slot.key:
            out[slot.key[0]] = out.get(slot.key[0], "") + slot.text
    return out
