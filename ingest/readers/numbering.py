"""Word's automatic numbers: "1.", "a)", "II." that stand in no text, made again from numbering.xml."""

from __future__ import annotations

import re

from lxml import etree

from ingest.clean import clean_text

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X")),
    *((9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
_MAX_LABEL = 40  # characters; Word shows no longer ones, a hostile file may ask for them


def roman(number: int) -> str:
    """Roman numeral of a positive number below 4,000, which Word writes in digits from there on."""
    if not 0 < number < 4000:
        return str(number)
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
        self._restarts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for abstract in root.iter(f"{_W}abstractNum"):
            levels = {}
            for level in abstract.iter(f"{_W}lvl"):
                start = _whole(self._get(level, "start"), 1)
                depth = _whole(level.get(f"{_W}ilvl"), 0)
                levels[depth] = (self._get(level, "numFmt") or "decimal", self._get(level, "lvlText") or "", start)
            self._levels[abstract.get(f"{_W}abstractNumId", "")] = levels
        for num in root.iter(f"{_W}num"):
            identifier = num.get(f"{_W}numId", "")
            self._abstract[identifier] = self._get(num, "abstractNumId") or ""
            for override in num.iter(f"{_W}lvlOverride"):
                if (start := self._get(override, "startOverride")) is not None:
                    restarts = self._restarts.setdefault(identifier, {})
                    restarts[_whole(override.get(f"{_W}ilvl"), 0)] = _whole(start, 1)

    @staticmethod
    def _get(element: etree._Element, name: str) -> str | None:
        child = element.find(f"{_W}{name}")
        return child.get(f"{_W}val") if child is not None else None

    def label(self, paragraph: etree._Element, inherited: tuple[str, str] | None = None) -> str:
        """The number that Word prints in front of `paragraph`, "" if none; a bullet is "-".

        Args:
            paragraph: <w:p>.
            inherited: (list id, level) of its style, which the paragraph's own number goes before.
        """
        properties = paragraph.find(f"{_W}pPr/{_W}numPr")
        num_id, depth = inherited or ("", "0")
        if properties is not None:
            num_id, depth = self._get(properties, "numId") or num_id, self._get(properties, "ilvl") or depth
        level = _whole(depth, 0)
        abstract = self._abstract.get(num_id, "")
        levels = self._levels.get(abstract, {})
        if num_id == "0" or level not in levels:
            return ""
        counts = self._count(num_id, abstract, level, levels[level][2])
        fmt, text, _ = levels[level]
        if fmt == "bullet":
            return "-"
        if fmt == "none":
            return ""

        def one(m: re.Match[str]) -> str:
            wanted = int(m.group(1)) - 1
            kind, _, start = levels.get(wanted, ("decimal", "", 1))
            return format_number(counts.get(wanted, start), kind)

        label, _, _ = clean_text(re.sub(r"%([1-9])", one, text)[:_MAX_LABEL])
        return label.replace("\n", " ")

    def _count(self, num_id: str, abstract: str, level: int, start: int) -> dict[int, int]:
        """Count one paragraph; lists of the same kind go on counting unless they say where to start."""
        counts = self._counts.setdefault(abstract, {})
        restart = self._restarts.get(num_id, {}).pop(level, None)
        counts[level] = restart if restart is not None else counts.get(level, start - 1) + 1
        for deeper in [k for k in counts if k > level]:
            del counts[deeper]
        return counts


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else otherwise


def format_number(number: int, kind: str) -> str:
    """A number in one of Word's formats (ECMA-376, ST_NumberFormat); those unknown to us in digits."""
    if kind == "upperRoman":
        return roman(number)
    if kind == "lowerRoman":
        return roman(number).lower()
    if kind in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (number - 1) % 26)
        return letter if kind == "upperLetter" else letter.lower()
    return f"{number:02d}" if kind == "decimalZero" else str(number)
