"""Rows to Tables: header found, index row and repeated headers set apart, shifted rows put right, groups carried.

Two-line headers and tables without any header are left to a later version: the first row counts as the header.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field

from ingest.lines import Block, visible

_NUMBER = re.compile(r"^[<>≥≤~±]?\s*[-+]?\d[\d.,\s/-]*\s*%?$")
_ORDER = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*|[IVXL]{1,6}|[A-Z])\.?$")
_ROMAN = re.compile(r"^[IVXL]{1,6}\.?$")


@dataclass(slots=True)
class Row:
    """A data row: `cells` as many as columns; `group` is the label of the rows above that it belongs under."""

    block: Block
    cells: tuple[str, ...]
    printed: str
    group: str | None = None
    is_group: bool = False


@dataclass(slots=True)
class Grid:
    """A table in the making."""

    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    headers: list[Block] = field(default_factory=list)
    first: Block | None = None


@dataclass(slots=True)
class _Run:
    """Physical rows that make one table: the first is its header."""

    header: list[str]
    rows: list[Block]


def build_grids(blocks: list[Block]) -> list[Grid]:
    """All tables of the file, each from the rows that share `Block.table`; equal headers are stitched together."""
    by_table: dict[int, list[Block]] = {}
    for block in blocks:
        if block.role == "row" and block.table is not None:
            by_table.setdefault(block.table, []).append(block)
    orders = [b.order for b in blocks]
    runs: list[_Run] = []
    for rows in by_table.values():
        header = _header(rows[0])
        if runs:
            last = runs[-1]
            between = blocks[bisect_right(orders, last.rows[-1].order) : bisect_left(orders, rows[0].order)]
            headless = not _headerlike(rows[0]) and len(last.rows) > 1 and _near(between)
            if headless or (last.header == header and _adjacent(between)):
                last.rows += rows
                continue
        runs.append(_Run(header, rows))
    return [_grid(run.rows) for run in runs]


def _shown(block: Block) -> list[str]:
    return [visible(c).strip() for c in block.cells or ()]


def _header(block: Block) -> list[str]:
    return _trim(_shown(block)) or [""]


def _headerlike(block: Block) -> bool:
    """A header names at least half of its columns, in words."""
    cells = _shown(block)
    filled = [c for c in cells if c]
    return len(filled) * 2 > len(cells) and sum(bool(_NUMBER.match(c)) for c in filled) * 2 < len(filled)


def _near(between: list[Block]) -> bool:
    """At most two blocks of running text, and no heading, between a table and a row without header behind it."""
    return sum(b.role == "text" for b in between) <= 2 and all(b.role != "heading" for b in between)


def _adjacent(between: list[Block]) -> bool:
    """Only furniture and notes stand between two halves: a table over a page break."""
    return all(b.role in {"rule", "furniture", "note", "row"} for b in between)


def _grid(rows: list[Block]) -> Grid:
    header = _header(rows[0])
    grid = Grid(tuple(header), first=rows[0])
    grid.headers.append(rows[0])
    body: list[Block] = []
    for block in rows[1:]:
        cells = _shown(block)
        (grid.headers if _trim(cells) == header or _is_index_row(cells) else body).append(block)
    profile = _profile(body, len(header))
    label = group = None
    for block in body:
        raw = _shown(block)
        cells, label = _fit(raw, len(header), profile, label)
        row = Row(block, tuple(cells), " ".join(c for c in raw if c))
        row.is_group = _is_group(cells)
        if row.is_group:
            group = " ".join(c for c in cells if c)
        elif group is not None and re.match(r"^\d{1,2}$", cells[0]) and not _ROMAN.match(group.split(" ")[0]):
            group = None
        row.group = None if row.is_group else group
        grid.rows.append(row)
    return grid


def _trim(cells: list[str]) -> list[str]:
    out = list(cells)
    while out and not out[-1]:
        out.pop()
    return out


def _is_index_row(cells: list[str]) -> bool:
    """The row "1 2 3 …" (or "A B 1 2") under a header."""
    filled = [c for c in cells if c]
    digits = [c for c in filled if re.fullmatch(r"\(?\d{1,2}\)?(?:\s*=.*)?", c)]
    if len(filled) < 2 or len(digits) < len(filled) - 2:
        return False
    numbers = [int(re.sub(r"\D.*", "", d.strip("()"))) for d in digits]
    return len(numbers) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 3


def _is_group(cells: list[str]) -> bool:
    """A group row names what follows: a number and a name, or a name alone, and no value."""
    filled = [i for i, c in enumerate(cells) if c]
    if not filled or len(cells) < 3 or any(_NUMBER.match(cells[i]) for i in filled if i > 0):
        return False
    return filled in ([0, 1], [1], [0]) and len(cells[filled[-1]]) > 2


def _kind(cell: str) -> str:
    if not cell:
        return "empty"
    if _NUMBER.match(cell):
        return "number"
    return "short" if len(cell) <= 12 else "text"


def _profile(rows: list[Block], width: int) -> list[str]:
    """The usual kind of cell of each column, over the rows as they stand."""
    profile = []
    for column in range(width):
        kinds = Counter(
            _kind(visible(b.cells[column]).strip())
            for b in rows
            if b.cells and column < len(b.cells) and b.cells[column].strip()
        )
        profile.append(kinds.most_common(1)[0][0] if kinds else "empty")
    return profile


def _fit(raw: list[str], width: int, profile: list[str], label: str | None) -> tuple[list[str], str | None]:
    """A row with exactly `width` cells.

    A sub-row has one cell too many in front ("Tỷ lệ học sinh", "Mẫu giáo", …): it is put right where that makes
    the kinds of its cells agree with their columns. Its first label is carried to the rows below that leave it empty.
    """
    cells = _trim(raw)
    if len(cells) >= 4 and width >= 3:
        merged = [cells[0], _merge(cells[1], cells[2], label), *cells[3:]]
        gain = 2 if len(cells) <= width else 0  # a cell too many is evidence by itself
        if _agreement(merged, profile) >= _agreement(cells, profile) + gain:
            label = cells[1] or label
            cells = merged
        else:
            label = None
    if len(cells) > width:
        cells = [*cells[: width - 1], " ".join(c for c in cells[width - 1 :] if c)]
    return cells + [""] * (width - len(cells)), label


def _merge(first: str, second: str, label: str | None) -> str:
    name = first or label or ""
    return f"{name} - {second}" if name and second else name or second


def _agreement(cells: list[str], profile: list[str]) -> int:
    return sum(
        (_kind(c) == k) - (_kind(c) == "number" and k != "number")
        for c, k in zip(cells[2:], profile[2:], strict=False)
        if c and k != "empty"
    )


def row_text(columns: tuple[str, ...], row: Row) -> str:
    """The row as printed, then each cell with its column heading, so that it reads by itself."""
    if row.is_group:
        return row.printed
    order = columns and re.fullmatch(r"(?:TT|STT|Số TT|Thứ tự|#)\.?", columns[0].strip(), re.I)
    parts = [
        f"{column}: {cell}" if column else cell
        for i, (column, cell) in enumerate(zip(columns, row.cells, strict=True))
        if cell and not (i == 0 and order)
    ]
    return f"{row.printed}\n{'; '.join(parts)}" if len(parts) > 1 else row.printed


def is_roman_group(row: Row) -> bool:
    """A group row numbered I, II, III: a heading inside the table."""
    return row.is_group and bool(_ROMAN.match(row.cells[0]))
