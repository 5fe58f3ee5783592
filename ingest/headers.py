"""The header of a table: how many rows it takes, what each column is called, which later rows repeat it.

A merged cell comes from every reader as its text in the first place and "" in the places it covers.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

NUMBER = re.compile(r"^[<>≥≤~±]?\s*[-+]?\d[\d.,\s/-]*\s*%?$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_ORDER_WORD = re.compile(r"^(?:TT|STT|S\.?\s?T\.?\s?T\.?|Số TT|Số thứ tự|Thứ tự|#)\.?$", re.I)
_ORDER = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*|[IVXL]{1,6}|[A-Z])\.?$")
_INDEX = re.compile(r"[(\[]?(\d{1,2})[)\]]?(?:\s*=.*)?")
_BRACKETED = re.compile(r"^\([^()\d]{1,20}\)$")  # a unit below a name
_MAX_LINES = 4
_MAX_LETTERS = 500  # of a header row that is compared letter by letter
_ALIKE = 0.85  # of the letters of two header rows that are one header


@dataclass(frozen=True, slots=True)
class Header:
    """Names of the columns, and the rows that hold them: `captions` above, `lines` as printed; none for data alone."""

    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    captions: int = 0

    @property
    def rows(self) -> int:
        """How many rows of the table are header."""
        return self.captions + len(self.lines)


def is_order_word(cell: str) -> bool:
    """The name of a column of running numbers: "TT", "STT"."""
    return bool(_ORDER_WORD.match(cell.strip()))


def is_value(cell: str) -> bool:
    """A number that is no year: years stand in headers."""
    return bool(NUMBER.match(cell)) and not _YEAR.match(cell)


def trim(cells: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    out = list(cells)
    while out and not out[-1]:
        out.pop()
    return out


def is_headerlike(cells: list[str]) -> bool:
    """A header names at least half of its columns, in words."""
    filled = [c for c in cells if c]
    return len(filled) * 2 > len(cells) and sum(map(is_value, filled)) * 2 < len(filled)


def find_header(rows: list[list[str]]) -> Header:
    """The header of a table whose rows are given as printed.

    Returns:
        With as many columns as the widest header row. A table that starts with data has columns without names.
    """
    captions = 0
    while captions < min(2, len(rows) - 2) and _is_caption(rows[captions], rows[captions + 1]):
        captions += 1
    rows = rows[captions:]
    first = trim(rows[0])
    if _is_data(rows):
        width = Counter(len(trim(r)) for r in rows).most_common(1)[0][0]
        return Header(("",) * max(width, len(first)), (), captions)
    lines = [first or [""]]
    taken = 1
    while taken < min(_MAX_LINES, len(rows)):
        extended = _extend(lines, rows[taken], rows[taken + 1 :])
        if extended is None:
            break
        lines = extended
        taken += 1
    return Header(_names(lines), tuple(tuple(trim(r)) for r in rows[:taken]), captions)


def _is_caption(cells: list[str], below: list[str]) -> bool:
    """A title in the table's own first row: one cell, with a header below it."""
    return len(cells) >= 3 and sum(map(bool, cells)) == 1 and len(trim(below)) >= 3 and is_headerlike(trim(below))


def _is_data(rows: list[list[str]]) -> bool:
    """Does the table start with data: values in half of its cells, or a number that the next row carries on?"""
    first = rows[0]
    filled = [c for c in first if c]
    if len(filled) < 2 or _ORDER_WORD.match(filled[0]):
        return False
    if sum(map(is_value, filled)) * 2 >= len(filled) and not is_index_row(first):
        return True
    following = rows[1][0] if len(rows) > 1 and rows[1] else ""
    return first[0].rstrip(".") == "1" and following.rstrip(".") == "2"


def _extend(lines: list[list[str]], row: list[str], below: list[list[str]]) -> list[list[str]] | None:
    """The header lines with `row` as one more, all of one width; None if `row` is none.

    Its cells name what a merged cell above covers: they stand where the line above is empty, and it is empty where the
    line above names a single column.
    """
    cells = trim(row)
    filled = [c for c in cells if c]
    if len(filled) < 2 or any(map(is_value, filled)) or is_index_row(row) or _ORDER.match(cells[0]):
        return None
    above = lines[-1]
    if all(_BRACKETED.match(c) for c in filled) and not cells[0] and len(cells) <= len(above):
        return [*lines[:-1], [f"{a} {c}".strip() for a, c in zip(above, [*cells, *[""] * len(above)], strict=False)]]
    if len(lines) == 1 and all(cells) and all(above) and not cells[0].isdigit():
        return _fill_in(above, cells, below)
    width = max(len(cells), *map(len, lines))
    cells, *padded = ([*c, *[""] * (width - len(c))] for c in (cells, *lines))
    if cells[0] and not is_order_word(cells[0]):
        return None
    named = False
    for i, cell in enumerate(cells):
        over = padded[-1][i]
        if cell and not over:
            named = True
        elif cell and (i + 1 == width or padded[-1][i + 1]):
            return None  # a name under a name: this is data
        elif not cell and not any(line[i] for line in padded) and not any(cells[:i]):
            return None
    return [*padded, cells] if named else None


def _fill_in(above: list[str], cells: list[str], below: list[list[str]]) -> list[list[str]] | None:
    """Two header lines whose merged cells were left out: the last names above cover the names below, evenly."""
    width = Counter(len(trim(r)) for r in below).most_common(1)[0][0] if below else 0
    covering = len(above) + len(cells) - width
    if not 1 <= covering < len(above) or len(cells) % covering or len(cells) // covering < 2 or width <= len(above):
        return None
    each = len(cells) // covering
    alone = len(above) - covering
    first = above[:alone]
    for name in above[alone:]:
        first += [name, *[""] * (each - 1)]
    return [first, [""] * alone + cells]


def _names(lines: list[list[str]]) -> tuple[str, ...]:
    """Each column's names from top to bottom, as one: "Năm 2024 – Kế hoạch"."""
    width = max(map(len, lines))
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    columns = []
    for i in range(width):
        parts: list[str] = []
        for depth, line in enumerate(padded):
            name = line[i] or _covering(line, padded[depth + 1 :], i)
            if name and name not in parts[-1:]:
                parts.append(name)
        columns.append(" – ".join(parts))
    return tuple(columns)


def _covering(line: list[str], below: list[list[str]], column: int) -> str:
    """The merged cell of `line` that covers `column`: the nearest one to the left with names below it."""
    if not any(lower[column] for lower in below):
        return ""
    left = next((i for i in range(column - 1, -1, -1) if line[i]), None)
    return line[left] if left is not None and any(lower[left] for lower in below) else ""


def is_index_row(cells: list[str]) -> bool:
    """The row "1 2 3 …" (or "A B 1 2", "(1) (2)", "3=2/1") under a header."""
    filled = [c for c in cells if c]
    digits = [m for c in filled if (m := _INDEX.fullmatch(c))]
    others = [c for c in filled if not _INDEX.fullmatch(c)]
    if len(filled) < 2 or len(others) > 2 or not all(re.fullmatch(r"\(?[A-Z]\)?", c) for c in others):
        return False
    numbers = [int(m.group(1)) for m in digits]
    return len(numbers) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 3


def repeats(cells: list[str], header: Header) -> bool:
    """Is a row one of the header's rows again, printed on a new page, perhaps in slightly other words?"""
    return any(alike(cells, list(line)) for line in header.lines)


def alike(first: list[str], second: list[str]) -> bool:
    """Two rows of the same names, but for case, spaces and a word or two."""
    if any(map(is_value, first)):
        return trim(first) == trim(second)
    a, b = (re.sub(r"[\W_]+", "", " ".join(cells).casefold()) for cells in (first, second))
    if a == b:
        return bool(a)
    if (
        not 12 <= min(len(a), len(b)) <= max(len(a), len(b)) <= _MAX_LETTERS
        or abs(len(trim(first)) - len(trim(second))) > 1
        or a[:2] != b[:2]
    ):
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
