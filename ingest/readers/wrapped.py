"""Text files whose lines a program broke: the lines of one paragraph become one line again.

A line was broken where the next word no longer fitted. That can be checked, so nothing is joined on looks alone: at a
column where a program wrapped (e-mail, ``fold``), in the widths of the printed letters where the text was taken out of
a PDF. Notes at the foot of a page are set in smaller print, so their width is found apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

_LEAST, _MOST = 50, 110  # columns at which programs wrap
_LINES = 12  # a file of fewer full lines gives no evidence
_ALIKE = 0.6  # share of paragraphs' inner lines that the width must explain
_HANG = 6  # columns by which they hang: "(12) " takes five
_INDENT = 2  # columns; a first line that is set in by more starts a paragraph
_FIXED = re.compile(r"\s*(?:[|>#\0]|\[\^?\d+\]:|[-_=–—*.]{3,}\s*$)|.*\t")  # tables, headings, rules: never joined
_ITEM = re.compile(
    r"\s*(?:[-–—+*•]\s|\(?\d{1,3}\)|\[\d{1,3}\]|\(\*+\)|\d{1,2}(?:\.\d{1,2})*[.\-/]|[A-ZĐa-zđ]{1,4}[.)\-/]\s)"
)
_ENDS = re.compile(r"[.;:!?…][”\"')\]]*$")

# Proportional print
_PRINTED = 50, 130  # characters of a full line
_SURE = 24  # broken lines without which a file gives no evidence
_SURE_SHARE = 0.25  # of its pairs of lines; a file of one line a paragraph has a few, at page breaks
_EXPLAINED = 0.7  # share of them that the width must explain
_OWN = 12  # broken lines from which a run of lines has a width of its own
_LOOSE, _STRICT = 0.08, 0.02  # of the width; a line that ends a sentence must be full to the letter
_SIZES = 3  # of print in one file: text, notes, annexes
_BOLD = 0.12  # of the width, by which a heading in bold is wider than its letters in plain print
_SET_IN = 0.86, 0.98  # of the width: first lines
_STARTS = 0.5  # share of first lines that start with a capital or a figure
_CAPITALS = 10  # letters
_PAGE = re.compile(r"\s*[-–—]?\s*\d{1,4}\s*[-–—]?\s*$")
_NOTE = re.compile(r"\s*(?:\[(\d{1,3})\]|(\d{1,3})|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))\s+(?=[^\W\d_a-z]|[“\"(])")
_UNIT = re.compile(
    r"""\s*(?:
        [-–—+*•●▪➢✓]\s+(?=[“"A-ZĐÀ-Ỹ])
      | \d{1,2}(?:\.\d{1,2}){0,3}(?:\s?[.)]\s*|\s?[/-]\s+)(?=[“"A-ZĐÀ-Ỹ]) | \d{1,2}(?:\.\d{1,2}){1,3}\s+(?=[A-ZĐÀ-Ỹ])
      | [IVXL]{1,6}\s?[.)/-]\s | [A-ZĐa-zđ][.)]\s+(?=\S) | \(\d{1,3}\)(?:\s*[-–.:])?\s+(?=[A-ZĐÀ-Ỹ])
      | [⁰¹²³⁴⁵⁶⁷⁸⁹]+\s*(?=[“"A-ZĐÀ-Ỹ])
      | (?:PHẦN|Phần)\s+(?:THỨ|thứ|[IVX]+\b|MỘT|HAI|BA)|(?:CHƯƠNG|Chương)\s+[IVXLC\d]+|(?:ĐIỀU|Điều)\s+\d+\s?[.:]
      | Nơi\ nhận\s*: | (?:T|K)/?[MT]\.?\s+[A-ZĐ]{2} | (?:PHỤ\ LỤC|Phụ\ lục)\b
    )""",
    re.VERBOSE,
)
_TITLE = re.compile(  # a numbered one
    r"\s*(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVXL]{1,6}|[A-ZĐa-zđ])\s?[.)/-]*\s[^.;:!?]+$"
)
_COLUMNS = re.compile(r"\S {4,}\S")
# Widths of Times, in thousandths of the size, from Adobe's metrics: official documents are set in it
_TIMES = {
    180: "'’‘",
    250: " .,",
    278: "ijlt/:;",
    333: "frI()[]-!“”‘’",
    389: "sJ",
    444: "acez?",
    556: "FPS",
    611: "ELTZ",
    667: "BCRYư",
    722: "ADGHKNOQUVXYwĐ",
    778: "m&",
    833: "%",
    889: "M",
    944: "W",
    1000: "—…",
}
_WIDTHS = {letter: width for width, letters in _TIMES.items() for letter in letters}


@dataclass(frozen=True, slots=True)
class _Width:
    """How wide the full lines of a run are.

    Attributes:
        most: columns, or thousandths of the letters' size.
        printed: measured in Times, not in columns.
        exact: a program broke at this very column.
        first: the same for the first line of a paragraph, which print sets in; 0 if it does not.
    """

    most: float
    printed: bool = False
    exact: bool = False
    first: float = 0.0

    def explains(self, line: str, following: str) -> bool:
        """The line had room, within what print varies, and its next word had none."""
        return _extent(line, self.printed) <= self.most * (1 + _STRICT) and self.full(line, following, _STRICT)

    def full(self, line: str, following: str, slack: float = 0.0, first: bool = False) -> bool:
        """The first word of the following line did not fit; `first`: the line starts a paragraph."""
        word = following.split(maxsplit=1)[0]
        if self.exact:
            return len(line.rstrip()) + 1 + len(word) > self.most
        most = min(self.first or self.most, self.most) if first else self.most
        return _extent(line, self.printed) + _extent(" " + word, self.printed, whole=True) > most * (1 - slack)


@dataclass(slots=True)
class _Run:
    """Lines `start` to `end` of the file; `notes`: they belong to the notes at the foot of a page."""

    start: int
    end: int
    notes: bool = False
    width: _Width | None = None


def unwrap(lines: list[str]) -> list[str]:
    """Join the broken lines; the input itself where the file was not wrapped.

    Args:
        lines: of the file, without their line ends.

    Returns:
        Lines; a joined one keeps the first one's indent and has one space where it was broken.
    """
    column = _column(lines)
    if column is not None:
        return _joined(lines, [_Run(0, len(lines), width=_Width(column, exact=True))])
    runs = list(_runs(lines))
    return _joined(lines, runs) if _measure(lines, runs) else lines


def _joined(lines: list[str], runs: list[_Run]) -> list[str]:
    out: list[str] = []
    reached = 0
    for run in runs:
        out += lines[reached : run.start]
        last = ""  # the line of the run that ends `out[-1]`
        for line in lines[run.start : run.end]:
            if last.strip() and line.strip() and run.width and _goes_on(last, line, run.width, out[-1]):
                out[-1] = f"{out[-1].rstrip()} {line.strip()}"
            else:
                out.append(line)
            last = line
        reached = run.end
    return out + lines[reached:]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


@lru_cache(4096)
def _advance(letter: str) -> int:
    """Thousandths of the size that a letter takes; its marks take none."""
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if letter in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        return 300
    if unicodedata.combining(letter):
        return 0
    base = unicodedata.normalize("NFD", letter)[0]
    return 667 if base == "u" and letter in "ưứừửữự" else _WIDTHS.get(base, 722 if base.isupper() else 500)


def _extent(text: str, printed: bool, *, whole: bool = False) -> int:
    text = text if whole else " ".join(text.split())
    return sum(map(_advance, text)) if printed else len(text)


def _column(lines: list[str]) -> int | None:
    """The column at which a program wrapped the whole file, None if none did."""
    inner = [
        (len(a.rstrip()), len(b.split()[0]))
        for a, b in pairwise(lines)
        if a.strip() and b.strip() and not _FIXED.match(a) and not _FIXED.match(b) and not _ITEM.match(b)
    ]
    longest = max((len(line.rstrip()) for line in lines if not _FIXED.match(line)), default=0)
    if len(inner) < _LINES or not _LEAST <= longest <= _MOST:
        return None
    full = sum(length + 1 + word > longest for length, word in inner)
    return longest if full >= _ALIKE * len(inner) else None


def _runs(lines: list[str]) -> Iterator[_Run]:
    """Lines that were set at one width: between empty lines, ends of pages, and the starts of notes."""
    start, notes, number = 0, False, 0
    for i, line in enumerate(lines):
        end = not line.strip() or bool(_PAGE.match(line))
        note = None if end else _NOTE.match(line)
        value = int(unicodedata.normalize("NFKC", note[1] or note[2] or note[3])) if note else 0
        if end:
            if start < i:
                yield _Run(start, i, notes)
            start = i + 1
            notes = notes and not line.strip() and line != "\f"
        elif value and value in {1, number + 1}:
            if start < i:
                yield _Run(start, i, notes)
            start, notes, number = i, True, value
        elif notes and _UNIT.match(line):  # the page ended without a sign
            if start < i:
                yield _Run(start, i, notes)
            start, notes = i, False
    if start < len(lines):
        yield _Run(start, len(lines), notes)


def _measure(lines: list[str], runs: list[_Run]) -> bool:
    """Find the width of every run; False if the file was not wrapped."""
    sure = [list(_sure(lines[run.start : run.end])) for run in runs]
    widths = _file_widths([pair for pairs in sure for pair in pairs], sum(len(line) >= _PRINTED[0] for line in lines))
    if not widths:
        return False
    usual = {}
    for notes in (False, True):
        pairs = [pair for run, some in zip(runs, sure, strict=True) for pair in some if run.notes is notes]
        usual[notes] = max(widths, key=lambda width: sum(width.explains(a, b) for a, b in pairs))
    for run, pairs in zip(runs, sure, strict=True):
        run.width = max([usual[run.notes], *widths], key=lambda width: sum(width.explains(a, b) for a, b in pairs))
    return True


def _set_in(widths: list[_Width], pairs: list[tuple[str, str]]) -> list[_Width]:
    """The widths of whole lines, each with that of first lines: a little narrower, and they start with capitals."""
    least, most = _SET_IN
    starts = {width: _starts([a for a, b in pairs if width.explains(a, b)]) for width in widths}
    whole: list[_Width] = []
    firsts: set[_Width] = set()
    for width in widths:
        near = [other for other in widths if least <= other.most / width.most <= most]
        first = next((other for other in near if starts[other] >= max(_STARTS, 1.5 * starts[width])), None)
        whole.append(replace(width, first=first.most if first else 0.0))
        firsts |= {first} if first else set()
    return [width for width, plain in zip(whole, widths, strict=True) if plain not in firsts]


def _starts(lines: list[str]) -> float:
    """The share of lines that start with a capital or a figure."""
    return sum(not line.lstrip(" “\"'(")[:1].islower() for line in lines) / max(1, len(lines))


def _sure(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of lines that are one sentence: the first ends open, the second starts with a small letter."""
    for a, b in pairwise(lines):
        if not a.strip() or not b.strip() or _apart(a) or _apart(b) or _ITEM.match(b) or _ENDS.search(a.rstrip()):
            continue
        if b.lstrip()[0].islower():
            yield a, b


def _apart(line: str) -> bool:
    return bool(_FIXED.match(line) or _COLUMNS.search(line))


def _file_widths(pairs: list[tuple[str, str]], count: int) -> list[_Width]:
    """The widths that explain the broken lines of a file with `count` long lines, the commonest first; none if not."""
    pairs = [(a, b) for a, b in pairs if _PRINTED[0] <= len(a.strip()) <= _PRINTED[1]]
    if len(pairs) < max(_SURE, _SURE_SHARE * count):
        return []
    found: list[tuple[int, list[_Width]]] = []
    for printed in (False, True):
        widths: list[_Width] = []
        rest = pairs
        first = 0
        while len(rest) >= _OWN and len(widths) < _SIZES:
            widths.append(_width(rest, printed))
            rest = [(a, b) for a, b in rest if not widths[-1].explains(a, b)]
            first = first or len(pairs) - len(rest)
        if len(pairs) - len(rest) >= _EXPLAINED * len(pairs):
            found.append((first, widths))
    return _set_in(max(found, key=lambda one: one[0])[1], pairs) if found else []


def _width(pairs: list[tuple[str, str]], printed: bool) -> _Width:
    """The width at which most of these lines had to be broken: each had room for itself, not for the next word."""
    ends: list[tuple[float, int]] = []
    for a, b in pairs:
        length = _extent(a, printed)
        ends += [(length, -1), (length + _extent(" " + b.split(maxsplit=1)[0], printed, whole=True), 1)]
    ends.sort()
    depth = most = 0
    width = 0.0
    for (at, kind), (after, _) in pairwise(ends):
        depth -= kind
        if depth > most:
            most, width = depth, (at + after) / 2
    return _Width(width, printed)


def _goes_on(line: str, following: str, width: _Width, whole: str) -> bool:
    """Is the following line the rest of `line`, with which `whole` ends?"""
    first, first_indent = line is whole, _indent(whole)
    if _FIXED.match(line) or _FIXED.match(following):
        return False
    item = _ITEM.match(line)
    if item and 0 < _indent(following) - _indent(line) <= _HANG:  # the lines of an item hang under its text
        return not _ITEM.match(following) and width.full(line, following)
    if _indent(following) > max(first_indent, _indent(line)) + _INDENT or (
        _indent(following) >= _indent(line) + _INDENT and _indent(following) > 0
    ):
        return False
    if _ITEM.match(following) and _ENDS.search(line.rstrip()):
        return False
    if not width.exact:
        return _goes_on_in_print(line, following, width, first)
    return width.full(line, following)


def _goes_on_in_print(line: str, following: str, width: _Width, first: bool) -> bool:
    if _apart(line) or _apart(following) or _UNIT.match(following):
        return False
    if _capitals(line):
        return following.upper() == following and width.full(line, following, _BOLD)
    start = following.lstrip(" “\"'(")[:1]
    closed = _ENDS.search(line.rstrip()) and not start.islower()
    if _capitals(following) or (closed and _NOTE.match(following)):
        return False
    # what ends a sentence may end the paragraph; a title may be full, and a paragraph's first line follow it
    title = first and start.isupper() and _TITLE.match(line)
    listed = start.isupper() and line.split()[:2] == following.split()[:2]  # "Đồng chí A, …" over "Đồng chí B, …"
    return width.full(line, following, _STRICT if closed or title or listed else _LOOSE, first and not title)


def _capitals(line: str) -> bool:
    """A line of a heading in capitals, not a name in capitals at the end of a sentence."""
    return line.isupper() and sum(map(str.isalpha, line)) >= _CAPITALS
