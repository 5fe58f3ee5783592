"""Text files whose lines a program broke at a fixed width: the lines of one paragraph become one line again.

A line was broken where the next word no longer fitted. That can be checked, so nothing is joined on looks alone.
"""

from __future__ import annotations

import re
from itertools import pairwise

_LEAST, _MOST = 50, 110  # columns at which programs wrap
_LINES = 12  # a file of fewer full lines gives no evidence
_ALIKE = 0.6  # share of paragraphs' inner lines that the width must explain
_HANG = 6  # columns by which they hang: "(12) " takes five
_INDENT = 2  # columns; a first line that is set in by more starts a paragraph
_FIXED = re.compile(r"\s*(?:[|>#]|\[\^?\d+\]:|[-_=–—*.]{3,}\s*$)|.*\t")  # tables, headings, rules: never joined
_ITEM = re.compile(
    r"\s*(?:[-–—+*•]\s|\(?\d{1,3}\)|\[\d{1,3}\]|\(\*+\)|\d{1,2}(?:\.\d{1,2})*[.\-/]|[A-ZĐa-zđ]{1,4}[.)\-/]\s)"
)
_ENDS = re.compile(r"[.;:!?…][”\"')\]]*$")


def unwrap(lines: list[str]) -> list[str]:
    """Join the broken lines; the input itself where the file was not wrapped.

    Args:
        lines: of the file, without their line ends.

    Returns:
        Lines; a joined one keeps the first one's indent and has one space where it was broken.
    """
    width = _width(lines)
    if width is None:
        return lines
    out: list[str] = []
    last = ""  # the line of the file that ends `out[-1]`
    for line in lines:
        if out and last.strip() and line.strip() and _goes_on(last, line, width, _indent(out[-1])):
            out[-1] = f"{out[-1].rstrip()} {line.strip()}"
        else:
            out.append(line)
        last = line
    return out


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _width(lines: list[str]) -> int | None:
    """The column at which the file was wrapped, None if it was not."""
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


def _goes_on(line: str, following: str, width: int, first_indent: int) -> bool:
    if _FIXED.match(line) or _FIXED.match(following):
        return False
    item = _ITEM.match(line)
    if item and 0 < _indent(following) - _indent(line) <= _HANG:  # the lines of an item hang under its text
        return not _ITEM.match(following) and len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > width
    if _indent(following) > max(first_indent, _indent(line)) + _INDENT or (
        _indent(following) >= _indent(line) + _INDENT and _indent(following) > 0
    ):
        return False
    if _ITEM.match(following) and _ENDS.search(line.rstrip()):
        return False
    return len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > width
