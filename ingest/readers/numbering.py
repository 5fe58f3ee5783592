"""Word's automatic numbers: "1.", "a)", "II." that stand in no text, made again from numbering.xml."""

from __future__ import annotations

import re

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


def roman(number: int) -> str:
    """Roman numeral of a positive number below 4,000."""
    out = ""
    for value, sign in _ROMAN:
        out += sign * (number // value)
        number %= value
    return out


class Numbering:
    """Counts the numbered paragraphs of one document, in reading order."""

    def __init__(self, root: etree._Element | None) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._abstract: dict[str, str] = {}
        if root is None:
            return
        for abstract in root.iter(f"{_W}abstractNum"):
            levels = {}
            for level in abstract.iter(f"{_W}lvl"):
                fmt = self._get(level, "numFmt") or "decimal"
                start = self._get(level, "start") or "1"
                levels[int(level.get(f"{_W}ilvl", "0"))] = (
                    fmt,
                    self._get(level, "lvlText") or "",
                    int(start) if start.isdigit() else 1,
                )
            self._levels[abstract.get(f"{_W}abstractNumId", "")] = levels
        for num in root.iter(f"{_W}num"):
            self._abstract[num.get(f"{_W}numId", "")] = self._get(num, "abstractNumId") or ""

    @staticmethod
    def _get(element: etree._Element, name: str) -> str | None:
        child = element.find(f"{_W}{name}")
        return child.get(f"{_W}val") if child is not None else None

    def label(self, paragraph: etree._Element, style_id: str | None) -> str:
        """The number that Word prints in front of `paragraph`, "" if none; a bullet is "-"."""
        properties = paragraph.find(f"{_W}pPr/{_W}numPr")
        if properties is None:
            return ""
        num_id = self._get(properties, "numId") or ""
        level = int(self._get(properties, "ilvl") or 0)
        abstract = self._abstract.get(num_id, "")
        levels = self._levels.get(abstract, {})
        if num_id == "0" or level not in levels:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [k for k in counts if k > level]:
            del counts[deeper]
        fmt, text, _ = levels[level]
        if fmt == "bullet":
            return "-"
        if fmt == "none":
            return ""

        def one(m: re.Match[str]) -> str:
            wanted = int(m.group(1)) - 1
            kind, _, start = levels.get(wanted, ("decimal", "", 1))
            return _format(counts.get(wanted, start), kind)

        return re.sub(r"%(\d)", one, text)


def _format(number: int, kind: str) -> str:
    if kind == "upperRoman":
        return roman(number)
    if kind == "lowerRoman":
        return roman(number).lower()
    if kind in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (number - 1) % 26)
        return letter if kind == "upperLetter" else letter.lower()
    return f"{number:02d}" if kind == "decimalZero" else str(number)
