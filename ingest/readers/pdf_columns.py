"""The reading order of a page: bands of one or two columns of running text.

Two columns of a letterhead or a signature are no columns of text: they are few lines, and short ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf_lines import rows_of
from ingest.readers.pdf_words import Word

_MIN_ROWS = 8  # of a band of two columns
_MIN_BOTH = 6  # of them with words on both sides
_GUTTER = 0.8  # least white space between two columns, in sizes
_FILLED = 0.7  # share of its column that a line of running text fills, in the middle
_MIDDLE = (0.3, 0.7)  # where the gutter may be, in widths of the text


@dataclass(frozen=True, slots=True)
class Band:
    """Words that are read one after the other; `key` sorts bands and columns in reading order."""

    key: tuple[float, int]
    words: list[Word]


def bands_of(words: list[Word]) -> list[Band]:
    """Part the words of a page, in reading order."""
    rows = rows_of(words)
    out: list[Band] = []
    start = 0
    while start < len(rows):
        found = _two_columns(rows[start:])
        if found is None:
            break
        first, last, gutter = found
        _add(out, rows[start : start + first], 0)
        band = rows[start + first : start + last]
        top = min(w.top for w in band[0])
        flat = [w for row in band for w in row]
        out.append(Band((top, 1), [w for w in flat if w.x1 <= gutter]))
        out.append(Band((top, 2), [w for w in flat if w.x1 > gutter]))
        start += last
    _add(out, rows[start:], 0)
    return out


def _add(out: list[Band], rows: Sequence[list[Word]], column: int) -> None:
    if rows:
        out.append(Band((min(w.top for w in rows[0]), column), [w for row in rows for w in row]))


def _two_columns(rows: list[list[Word]]) -> tuple[int, int, float] | None:
    """First and last row (half open) and the gutter of the largest band of two columns."""
    if len(rows) < _MIN_ROWS:
        return None
    left, right = min(row[0].x0 for row in rows), max(row[-1].x1 for row in rows)
    span = right - left
    best: tuple[int, int, float] | None = None
    tried: set[int] = set()
    for row in rows:
        for before, word in pairwise(row):
            middle = (before.x1 + word.x0) / 2
            wide = word.x0 - before.x1 > _GUTTER * word.size
            inside = _MIDDLE[0] * span <= middle - left <= _MIDDLE[1] * span
            if not wide or not inside or round(middle / 3) in tried:
                continue
            tried.add(round(middle / 3))
            for first, last in _stretches(rows, middle):
                enough = best is None or last - first > best[1] - best[0]
                if enough and _is_text(rows[first:last], middle, left, right):
                    best = (first, last, middle)
    return best


def _stretches(rows: list[list[Word]], x: float) -> list[tuple[int, int]]:
    """Runs of rows that leave the place `x` white, from the first row with both sides on."""
    out: list[tuple[int, int]] = []
    both: list[int] = []
    for i, row in enumerate([*rows, None]):
        if row is None or any(w.x0 < x < w.x1 for w in row) or _crossed(row, x):
            if len(both) >= _MIN_BOTH and both[-1] + 1 - both[0] >= _MIN_ROWS:
                out.append((both[0], i))  # one column may be longer than the other
            both = []
        elif row[0].x1 <= x <= row[-1].x0:
            both.append(i)
    return out


def _crossed(row: list[Word], x: float) -> bool:
    """Words stand so near to `x` on both sides that they are one line."""
    return any(a.x1 <= x <= b.x0 and b.x0 - a.x1 <= _GUTTER * b.size for a, b in pairwise(row))


def _is_text(rows: list[list[Word]], x: float, left: float, right: float) -> bool:
    """On both sides, most lines fill most of their column, and no further gap parts them."""
    for low, high in ((left, x), (x, right)):
        sides = [[w for w in row if low - 1 <= w.x0 and w.x1 <= high + 1] for row in rows]
        sides = [s for s in sides if s]
        if len(sides) < _MIN_BOTH:
            return False
        extent = max(s[-1].x1 for s in sides) - min(s[0].x0 for s in sides)
        filled = sorted(sum(w.x1 - w.x0 for w in s) + 0.25 * s[0].size * (len(s) - 1) for s in sides)
        if extent <= 0.25 * (right - left) or filled[len(filled) // 2] < _FILLED * extent:
            return False
    return True
