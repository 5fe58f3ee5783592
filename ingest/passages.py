"""Blocks to the Document's parts: canonical text, sections, passages of at most 250 syllables, footnotes, tables."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.document import (
    Anchor,
    Footnote,
    Furniture,
    HeadingAnchor,
    ParseWarning,
    Passage,
    Section,
    Table,
    ordered_id,
)
from ingest.flow import is_bullet
from ingest.letters import UPPER
from ingest.lines import Block
from ingest.notes import Note
from ingest.tables import Grid, Row, is_roman_group, row_text

MAX_SYLLABLES = 250
_SENTENCE = re.compile(rf"(?<=[.!?…])[”\"’)\]]*\s+(?=[“\"‘(\[]*[{UPPER}\d+-])|\n")
_ABBREVIATION = re.compile(r"(?:\b[A-ZĐ]|\b(?:TP|Tp|Th|TS|PGS|GS|đ/c|Đ/c|Bs|BS|KS|v\.v|St|No))\.$")
_FINER = (re.compile(r"(?<=;)\s+"), re.compile(r"(?<=[,:])\s+"), re.compile(r"\s+"))


@dataclass(slots=True)
class _Part:
    start: int
    end: int


@dataclass
class Builder:
    """Collects the parts of one document in reading order.

    `path` are the open headings; `group` is the last of them where a table's row opened it.
    """

    document_id: str
    sections: list[Section] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    furniture: list[Furniture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    path: list[Section] = field(default_factory=list)
    opened: dict[int, Section] = field(default_factory=dict)
    group: Section | None = None
    placed: dict[int, list[Passage]] = field(default_factory=dict)

    def write(self, text: str, gap: str = "\n\n") -> tuple[int, int]:
        """Append a unit to the canonical text; returns its offsets."""
        if self.length:
            self.pieces.append(gap)
            self.length += len(gap)
        start = self.length
        self.pieces.append(text)
        self.length += len(text)
        return start, self.length

    def add_section(self, block: Block) -> None:
        """A heading: its own line in the canonical text, and the path of what follows.

        One without text is the first clause of the paragraph behind it, `lead` characters long.
        """
        if block.text:
            start, end = self.write(block.text.strip())
        else:
            start = self.length + 2 * bool(self.length)
            end = start + block.lead
        self.path = []
        above = block.above
        while above is not None:  # not the last open ones: an annex may have interrupted them
            self.path.insert(0, self.opened[id(above)])
            above = above.above
        title = block.title or block.text.strip()
        self.opened[id(block)] = self._open(block.level, block.number, title, start, end, block.page)

    def _open(self, level: int, number: str | None, title: str, start: int, end: int, page: int | None) -> Section:
        parent = self.path[-1].id if self.path else None
        identifier = ordered_id("s", len(self.sections) + 1, 4)
        section = Section(identifier, level, number, title, parent, start, end, page)
        self.sections.append(section)
        self.path.append(section)
        return section

    def open_group(self, row: Passage, number: str, title: str) -> None:
        """A numbered group of a table is a heading of the outline as well as a row; it holds the rows behind it."""
        self.close_group()
        level = self.path[-1].level + 1 if self.path else 1
        self.group = self._open(level, number, title, row.start, row.end, row.page)

    def close_group(self) -> None:
        """The table or the group ends."""
        if self.group is not None:
            self.path.pop()
            self.group = None

    def section_path(self) -> tuple[str, ...]:
        """Labels of the open headings."""
        return tuple(s.label for s in self.path)

    def add_text(self, block: Block, kind: str, extra_path: tuple[str, ...] = ()) -> list[Passage]:
        """A paragraph, body or row: one passage, or several if it is long."""
        text = block.text.strip()
        if not text:
            return []
        base, _ = self.write(text, "\n" if kind == "table_row" else "\n\n")
        lead = len(block.text) - len(block.text.lstrip())
        made = []
        for part in split_text(text, [at - lead for at in block.seams]):
            last = part.end == len(text)
            passage = Passage(
                id=ordered_id(f"{self.document_id}:p", len(self.passages) + 1, 5),
                kind=kind,
                text=text[part.start : part.end],
                section=self.path[-1].id if self.path else None,
                section_path=(*self.section_path(), *extra_path),
                page=page_at(block, part.start + lead),
                page_end=block.page_end or block.page if last else page_at(block, part.end + lead - 1),
                start=base + part.start,
                end=base + part.end,
            )
            self.passages.append(passage)
            made.append(passage)
        self.placed[id(block)] = made
        return made

    def add_furniture(self, block: Block, kind: str) -> None:
        """Framing text goes into the canonical text too, marked as such."""
        text = block.text.strip()
        if text:
            start, end = self.write(text)
            self.furniture.append(Furniture(kind, text, start, end, block.page))


def page_at(block: Block, offset: int) -> int | None:
    """The sheet that the character at `offset` of the block's text stands on."""
    turned = bisect_right(block.breaks, offset, key=lambda b: b[0])
    return block.breaks[turned - 1][1] if turned else block.page


def syllables(text: str) -> int:
    """Vietnamese syllables, counted as runs between white space."""
    return len(text.split())


def split_text(text: str, seams: Iterable[int] = ()) -> list[_Part]:
    """Cut a unit of more than 250 syllables at sentence ends, into parts of about equal length.

    Sentences longer than that are cut at clauses, then at white space. Cuts fall on white space, which belongs to
    neither part.

    Args:
        text: the unit.
        seams: offsets where a page or a line broke it; not cut there again where another place will do, since what was
            put together should stand together.
    """
    kept = set(seams)
    total = syllables(text)
    if total <= MAX_SYLLABLES:
        return [_Part(0, len(text))]
    wanted = total / -(-total // MAX_SYLLABLES)
    parts: list[_Part] = []
    current: _Part | None = None
    size = 0
    for unit in _units(text):
        n = syllables(text[unit.start : unit.end])
        full = size >= wanted and unit.start not in kept
        if current is not None and (size + n > MAX_SYLLABLES or full):
            parts.append(current)
            current, size = None, 0
        current = _Part(current.start if current else unit.start, unit.end)
        size += n
    if current is not None:
        parts.append(current)
    return parts


def _units(text: str) -> list[_Part]:
    units = _cut(text, _Part(0, len(text)), _SENTENCE)
    for pattern in _FINER:
        finer: list[_Part] = []
        for unit in units:
            long = syllables(text[unit.start : unit.end]) > MAX_SYLLABLES
            finer += _cut(text, unit, pattern) if long else [unit]
        units = finer
    return units


def _cut(text: str, unit: _Part, pattern: re.Pattern[str]) -> list[_Part]:
    out, start = [], unit.start
    for m in pattern.finditer(text, unit.start, unit.end):
        # trailing quotes and brackets belong to the sentence they close
        end = m.start() + len(m.group(0)) - len(m.group(0).lstrip('”"’)]'))
        if pattern is _SENTENCE and _ABBREVIATION.search(text[max(0, end - 8) : end]):
            continue
        if end > start:
            out.append(_Part(start, end))
        start = m.end()
    if start < unit.end:
        out.append(_Part(start, unit.end))
    return out


def assemble(document_id: str, blocks: list[Block], grids: list[Grid], titles: dict[int, str]) -> Builder:
    """Walk the blocks in order and build the canonical text with all its parts but the footnote records.

    Args:
        document_id: prefix of the passage ids.
        blocks: final blocks, headings with levels.
        grids: the tables; rows find theirs by block.
        titles: position of the grid in `grids` → its title.
    """
    builder = Builder(document_id)
    rows: dict[int, tuple[int, Row]] = {id(r.block): (g, r) for g, grid in enumerate(grids) for r in grid.rows}
    made: set[int] = set()
    for block in blocks:
        if block.role in {"heading", "text"}:
            builder.close_group()
        if block.role == "heading":
            builder.add_section(block)
        elif block.role == "note":
            builder.add_text(block, "footnote")
        elif block.role == "row" and id(block) in rows:
            index, row = rows[id(block)]
            _add_table(builder, grids[index], titles.get(index, ""), index, made)
            _add_row(builder, grids[index], row, titles.get(index, ""))
        elif block.role in {"row", "rule", "furniture"}:
            builder.add_furniture(block, "table_header" if block.role == "row" else block.kind)
        else:
            builder.add_text(block, "list_item" if is_bullet(block.text) else "paragraph")
    return builder


def _add_table(builder: Builder, grid: Grid, title: str, index: int, made: set[int]) -> None:
    if index in made:
        return
    made.add(index)
    builder.tables.append(
        Table(
            id=ordered_id("t", index + 1, 3),
            title=title,
            section=builder.path[-1].id if builder.path else None,
            columns=grid.columns,
            rows=tuple(r.cells for r in grid.rows),
            page=grid.first.page if grid.first else None,
        )
    )


def _bare(text: str) -> str:
    """Letters and digits alone: "BIỂU 01: CHỈ TIÊU" and "BIỂU 01 CHỈ TIÊU" name the same table."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _add_row(builder: Builder, grid: Grid, row: Row, title: str) -> None:
    block = row.block
    # markers stood in the tab-joined cells; the passage starts with the printed row
    block.anchors = _in_print(block.text, block.anchors)
    path = builder.section_path()
    extra = (title,) if title and not any(_bare(title) in _bare(p) for p in path) else ()
    if is_roman_group(row):
        block.text = row.printed
        passages = builder.add_text(block, "table_row", extra)
        builder.open_group(passages[0], row.cells[0].rstrip("."), " ".join(c for c in row.cells[1:] if c))
        return
    if row.group and not any(row.group in p for p in path):
        extra = (*extra, row.group)
    block.text = row_text(grid.columns, row)
    builder.add_text(block, "table_row", extra)


def _in_print(text: str, anchors: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Anchors in tab-joined cells → the same places in the row as printed: trimmed cells with one space between."""
    out: list[tuple[int, int]] = []
    todo = deque(sorted(anchors))
    start = printed = 0
    for cell in text.split("\t"):
        lead = len(cell) - len(cell.lstrip())
        glue = 1 if printed else 0
        while todo and todo[0][0] <= start + len(cell):
            offset, note = todo.popleft()
            offset -= start
            while offset > lead and cell[offset - 1].isspace():
                offset -= 1
            out.append((printed + glue + offset - lead if offset > lead else printed, note))
        if words := len(cell.strip()):
            printed += glue + words
        start += len(cell) + 1
    return out


def footnote_records(
    builder: Builder, notes: list[Note], carriers: dict[int, list[tuple[Block, int]]]
) -> tuple[list[Footnote], dict[str, list[str]], list[ParseWarning]]:
    """Footnote records with their anchors.

    Args:
        builder: after `assemble`.
        notes: as linked.
        carriers: note position → the final blocks that carry its markers, with the offsets; the first is the anchor.

    Returns:
        The records; passage id → ids of the footnotes whose markers stand in it, in order; a warning for each orphan.
    """
    records: list[Footnote] = []
    warnings: list[ParseWarning] = []
    carried: list[tuple[str, int, str]] = []
    starts = {p.id: p.start for p in builder.passages}
    for index, note in enumerate(notes):
        number = ordered_id("f", index + 1, 4)
        passages = [p for b in note.body for p in builder.placed.get(id(b), [])]
        anchors = [_anchor(builder, carrier) for carrier in carriers.get(index, [])]
        carried += [(a.passage, a.offset, number) for a in anchors if a]
        anchor = anchors[0] if anchors else None
        heading = None if anchor else next((_in_heading(builder, c) for c in carriers.get(index, [])), None)
        text = "\n".join(b.text.strip() for b in note.body if b.text.strip() and id(b) in builder.placed)
        problem = note.problem or (None if anchor or heading else "marker not in a passage")
        first = passages[0].id if passages else None
        records.append(Footnote(number, note.marker, text, first, anchor, problem, heading))
        if problem:
            start = passages[0].start if passages else starts[anchor.passage] + anchor.offset if anchor else None
            shown = note.marker if len(note.marker) <= _MAX_SHOWN else f"{note.marker[:_MAX_SHOWN]}…"
            told = f"Chú thích {shown}: {_VIETNAMESE[problem]} / footnote {shown}: {problem}"
            warnings.append(ParseWarning("footnote-orphan", told, passages[0].page if passages else None, start))
    by_passage: dict[str, list[str]] = {}
    for passage, _, number in sorted(carried):
        by_passage.setdefault(passage, []).append(number)
    return records, by_passage, warnings


_MAX_SHOWN = 40  # characters of a marker in a message; damaged files have markers of hundreds
_VIETNAMESE = {
    "marker without body": "có dấu trong bài nhưng không có nội dung",
    "body without marker": "có nội dung nhưng không thấy dấu trong bài",
    "marker not in a passage": "dấu đứng ngoài đoạn văn và đề mục (ở tên văn bản)",
}


def _anchor(builder: Builder, carrier: tuple[Block, int]) -> Anchor | None:
    """The passage and the offset right behind the word that the marker follows; None where no passage holds it."""
    block, offset = carrier
    passages = builder.placed.get(id(block))
    if not passages:
        return None
    offset -= len(block.text) - len(block.text.lstrip())
    base = passages[0].start
    place = bisect_left(passages, offset, key=lambda p: p.end - base)
    passage = passages[min(place, len(passages) - 1)]
    offset = max(0, min(offset - (passage.start - base), len(passage.text)))
    while offset and passage.text[offset - 1].isspace():
        offset -= 1
    return Anchor(passage.id, offset)


def _in_heading(builder: Builder, carrier: tuple[Block, int]) -> HeadingAnchor | None:
    """The heading and the offset right behind the word that the marker follows; None where it is no heading."""
    block, offset = carrier
    section = builder.opened.get(id(block))
    if section is None or not block.text:
        return None
    offset = min(len(block.text[:offset].rstrip()), len(block.text.rstrip()))
    return HeadingAnchor(section.id, max(0, offset - len(block.text) + len(block.text.lstrip())))
