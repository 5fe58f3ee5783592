"""Rows to Tables: header found, pages stitched, broken cells joined, shifted rows put right, groups carried."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field

from ingest.headers import NUMBER, Header, alike, find_header, is_headerlike, is_index_row, is_order_word, repeats, trim
from ingest.lines import Block, visible

_MAX_ROW = 5_000  # characters of a row that may still be joined to
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
    """A table in the making; `first` is its first row, header or not, `caption` a title in a row of its own."""

    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    headers: list[Block] = field(default_factory=list)
    first: Block | None = None
    caption: str = ""


@dataclass(slots=True)
class _Run:
    """Physical rows that make one table, and the places in `rows` where a page may have turned."""

    header: Header
    rows: list[Block]
    seams: set[int] = field(default_factory=set)


def build_grids(blocks: list[Block]) -> list[Grid]:
    """All tables of the file, each from the rows that share `Block.table`; equal headers are stitched together."""
    by_table: dict[int, list[Block]] = {}
    for block in blocks:
        if block.role == "row" and block.table is not None:
            by_table.setdefault(block.table, []).append(block)
    orders = [b.order for b in blocks]
    runs: list[_Run] = []
    for rows in by_table.values():
        header = find_header([_shown(b) for b in rows])
        if runs:
            last = runs[-1]
            between = blocks[bisect_right(orders, last.rows[-1].order) : bisect_left(orders, rows[0].order)]
            if _goes_on(last, header, rows, between):
                last.seams.add(len(last.rows))
                last.rows += rows
                continue
        runs.append(_Run(header, rows))
    return [_grid(run) for run in runs]


def _goes_on(last: _Run, header: Header, rows: list[Block], between: list[Block]) -> bool:
    """Do `rows` carry on the table `last`: without a header of their own, or with the same one?"""
    first = _shown(rows[0])
    if header.lines and last.header.lines and alike(list(header.lines[0]), list(last.header.lines[0])):
        return _adjacent(between)
    headless = not header.lines or not is_headerlike(first)
    return headless and not header.captions and len(last.rows) > 1 and _near(between)


def _shown(block: Block) -> list[str]:
    return [re.sub(r"\s+", " ", visible(c)).strip() for c in block.cells or ()]


def _near(between: list[Block]) -> bool:
    """At most two blocks of running text, and no heading or title, between a table and a row without header."""
    texts = [b for b in between if b.role == "text"]
    titled = any(b.bold or b.shown.isupper() or re.match(r"(?:Biểu|Bảng|Phụ lục)\b", b.shown) for b in texts)
    return len(texts) <= 2 and not titled and all(b.role != "heading" for b in between)


def _adjacent(between: list[Block]) -> bool:
    """Only furniture and notes stand between two halves: a table over a page break."""
    return all(b.role in {"rule", "furniture", "note", "row"} for b in between)


def _grid(run: _Run) -> Grid:
    header = run.header
    grid = Grid(header.columns, first=run.rows[0])
    grid.headers += run.rows[: header.rows]
    grid.caption = " ".join(c for b in run.rows[: header.captions] for c in _shown(b) if c)
    body: list[Block] = []
    below_header = True  # an index row stands right below a header, or at the top of a page
    for place, block in enumerate(run.rows[header.rows :], header.rows):
        cells = _shown(block)
        below_header = below_header or place in run.seams
        if repeats(cells, header) or (below_header and header.lines and is_index_row(cells)):
            grid.headers.append(block)
        elif body and _is_rest(cells, body[-1], place in run.seams):
            _append(body[-1], block)
        else:
            body.append(block)
            below_header = False
    _fill(grid, body)
    return grid


def _is_rest(cells: list[str], above: Block, seam: bool) -> bool:
    """A cell broken over a page: words in lower case, in the place of a cell above that does not end a sentence."""
    filled = [i for i, c in enumerate(cells) if c]
    if len(above.text) > _MAX_ROW:
        return False
    over = _shown(above)
    if not filled or cells[0] or len(filled) > 2 or any(NUMBER.match(cells[i]) for i in filled):
        return False
    for i in filled:
        if i >= len(over) or not over[i] or not cells[i][0].islower() or over[i].endswith((".", ";", ":")):
            return False
    return seam or len(over[filled[0]]) >= 20


def _append(block: Block, rest: Block) -> None:
    """Join the cells of `rest` to those of `block`, with their footnote anchors; `rest` is left without text."""
    own, more = block.text.split("\t"), rest.text.split("\t")
    cells = [*own, *[""] * (len(more) - len(own))]
    starts = [0] * len(cells)  # where the text of `rest` starts in each new cell
    for i, text in enumerate(more):
        glue = " " if text.strip() and cells[i].strip() else ""
        starts[i] = len(cells[i]) + len(glue)
        cells[i] += glue + text
    offsets = [sum(len(c) + 1 for c in cells[:i]) for i in range(len(cells))]
    block.anchors = [(offsets[i] + at, n) for o, n in block.anchors for i, at in [_cell_at(own, o)]]
    block.anchors += [(offsets[i] + starts[i] + at, n) for o, n in rest.anchors for i, at in [_cell_at(more, o)]]
    block.text, block.cells = "\t".join(cells), tuple(cells)
    block.page_end = block.reaching(rest)
    block.taken, rest.taken = block.taken + rest.taken, []
    rest.text, rest.cells, rest.anchors = "", (), []


def _cell_at(cells: list[str], offset: int) -> tuple[int, int]:
    """The cell, and the offset in it, of an offset in the cells joined by tabs."""
    for i, cell in enumerate(cells):
        if offset <= len(cell):
            return i, offset
        offset -= len(cell) + 1
    return len(cells) - 1, len(cells[-1])


def _fill(grid: Grid, body: list[Block]) -> None:
    """Put the data rows into the grid."""
    width = len(grid.columns)
    profile = _profile(body, width)
    label = group = None
    for block in body:
        raw = _shown(block)
        cells, label = _fit(raw, width, profile, label)
        row = Row(block, tuple(cells), " ".join(c for c in raw if c))
        row.is_group = _is_group(cells)
        if row.is_group:
            group = " ".join(c for c in cells if c)
        elif group is not None and re.match(r"^\d{1,2}$", cells[0]) and not _ROMAN.match(group.split(" ")[0]):
            group = None
        row.group = None if row.is_group else group
        grid.rows.append(row)


def _is_group(cells: list[str]) -> bool:
    """A group row names what follows: a number and a name, or a name alone, and no value."""
    filled = [i for i, c in enumerate(cells) if c]
    if not filled or len(cells) < 3 or any(NUMBER.match(cells[i]) for i in filled if i > 0):
        return False
    return filled in ([0, 1], [1], [0]) and len(cells[filled[-1]]) > 2


def _kind(cell: str) -> str:
    if not cell:
        return "empty"
    if NUMBER.match(cell):
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
    cells = trim(raw)
    if len(raw) < width and (filled := _insert(cells, width, profile)):
        return filled, None
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


def _insert(cells: list[str], width: int, profile: list[str]) -> list[str] | None:
    """A row that lost a cell, with an empty one where the kinds of the others ask for it."""
    missing = [""] * (width - len(cells))
    tries = [[*cells[:i], *missing, *cells[i:]] for i in range(2, len(cells))]
    best = max(tries, key=lambda t: _agreement(t, profile), default=None)
    appended = [*cells, *missing]
    return best if best and _agreement(best, profile) >= _agreement(appended, profile) + 2 else None


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
    if row.is_group or not any(columns):
        return row.printed
    order = is_order_word(columns[0])
    parts = [
        f"{column}: {cell}" if column else cell
        for i, (column, cell) in enumerate(zip(columns, row.cells, strict=True))
        if cell and not (i == 0 and order)
    ]
    return f"{row.printed}\n{'; '.join(parts)}" if len(parts) > 1 else row.printed


def is_roman_group(row: Row) -> bool:
    """A group row numbered I, II, III: a heading inside the table."""
    return row.is_group and bool(_ROMAN.match(row.cells[0]))
