"""Which passage is which row: a table's grid and the passages made of its rows come separately from ingest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.document import Document, Passage, Section, Table

# A row shorter than this (characters) must be met whole: "3" begins too many texts.
SHORT = 12


@dataclass(slots=True)
class PlacedTable:
    """A table with the passages of each row.

    Attributes:
        table: the grid.
        rows: for each row of the grid its passages, in order; a long row was cut into several.
        sections: for each row the headings that stand in it (a group row may be a heading of its own).
    """

    table: Table
    rows: list[list[Passage]] = field(default_factory=list)
    sections: list[list[Section]] = field(default_factory=list)

    @property
    def passages(self) -> list[Passage]:
        """All passages of the table, in order."""
        return [passage for row in self.rows for passage in row]


def place_rows(document: Document) -> tuple[list[PlacedTable], list[Passage]]:
    """Give every row passage its row.

    Rows and passages are in the same order, so a passage is looked for from
    the row before it onwards; one that begins like no row goes on the row
    before it.

    Returns:
        The tables, and the row passages of a document that has no table at all.
    """
    placed = [PlacedTable(t, [[] for _ in t.rows], [[] for _ in t.rows]) for t in document.tables]
    slots = [(number, row) for number, table in enumerate(document.tables) for row in range(len(table.rows))]
    begins = [row_text(document.tables[number].rows[row]) for number, row in slots]
    passages = [p for p in document.passages if p.kind == "table_row"]
    if not slots:
        return placed, passages
    at = -1
    for passage in passages:
        at = max(0, _next_slot(begins, at, passage.text))
        number, row = slots[at]
        placed[number].rows[row].append(passage)
    for table in placed:
        _take_headings(document, table)
    return placed, []


def row_text(cells: Sequence[str]) -> str:
    """What the passage of a row begins with: its cells in order."""
    return " ".join(" ".join(cells).split())


def _next_slot(begins: list[str], at: int, text: str) -> int:
    """The nearest row behind `at` that a passage's text belongs to, else `at`."""
    head, whole = " ".join(text.split("\n", 1)[0].split()), " ".join(text.split())
    nearest = True
    for slot in range(at + 1, len(begins)):
        begin = begins[slot]
        if not begin:
            continue
        if head == begin or (whole.startswith(begin + " ") and (nearest or len(begin) >= SHORT)):
            return slot
        # A row that was cut inside a long cell: its passage is a beginning of the row.
        if len(whole) >= SHORT and begin.startswith(whole):
            return slot
        nearest = False
    return at


def _take_headings(document: Document, placed: PlacedTable) -> None:
    """Headings that only rows of this table stand under are rows themselves, not headings between paragraphs."""
    passages = placed.passages
    if not passages:
        return
    first, last = passages[0].start, passages[-1].end
    others = {p.section for p in document.passages if p.kind in ("paragraph", "list_item")}
    for section in document.sections:
        if first <= section.start < last and section.id not in others:
            row = next((n for n, row in enumerate(placed.rows) if row and row[-1].end > section.start), 0)
            placed.sections[row].append(section)


def headings_in(tables: Sequence[PlacedTable]) -> Iterator[str]:
    """Ids of the headings that stand in tables."""
    for placed in tables:
        for row in placed.sections:
            yield from (section.id for section in row)
