"""A Document as something to read: headings, paragraphs with their notes, tables, in reading order.

The page and ``vankien parse --format html`` show the same flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from ingest.document import Document, Footnote, Furniture, Passage, Section, Table
from search_api.highlight import Marker, Piece, cut
from search_api.table_rows import PlacedTable, headings_in, place_rows

# Furniture that belongs to the document for a reader; page numbers, running heads and rules do not.
SHOWN_FURNITURE = ("letterhead", "signature", "recipients")


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote in the flow.

    `anchors` are the passages that its body was cut into, `back` the fragment of what carries its marker.
    """

    id: str
    marker: str
    text: str
    anchors: tuple[str, ...]
    remark: str | None
    back: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """One passage inside a paragraph."""

    anchor: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in the flow.

    Attributes:
        kind: "heading", "paragraph", "list_item", "table", "note" or "furniture".
        start: offset in the canonical text, which orders the flow.
        page: sheet, None where there are none.
        turns: whether this block is the first on its sheet.
        section: for a heading.
        title: for a heading: its words, cut at the markers.
        spans: for a paragraph: the passages that it was cut into.
        notes: footnotes whose markers stand in it.
        table: for a table.
        rows: anchors of each row of the table (headings that are rows, passages), as long as ``table.rows``.
        furniture: for furniture.
    """

    kind: str
    start: int
    page: int | None = None
    turns: bool = False
    section: Section | None = None
    title: tuple[Piece, ...] = ()
    spans: tuple[Span, ...] = ()
    notes: tuple[Note, ...] = ()
    table: Table | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    furniture: Furniture | None = None


@dataclass(slots=True)
class Branch:
    """A heading in the outline at the side."""

    section: Section
    children: list[Branch] = field(default_factory=list)


def anchor(passage_id: str) -> str:
    """The fragment of a passage on its document's page: its id without the document's."""
    return passage_id.rpartition(":")[2]


def outline(document: Document) -> list[Branch]:
    """The headings as trees, in reading order."""
    nodes: dict[str, Branch] = {}
    roots: list[Branch] = []
    for section in document.sections:
        node = nodes[section.id] = Branch(section)
        parent = nodes.get(section.parent or "")
        (parent.children if parent else roots).append(node)
    return roots


def flow(document: Document) -> list[Block]:
    """The document's blocks in reading order; each passage's anchor is in exactly one of them."""
    notes = _notes(document)
    tables, loose = place_rows(document)
    inside = set(headings_in(tables))
    blocks = [_heading(document, s, notes) for s in document.sections if s.id not in inside]
    blocks += _furniture(document)
    blocks += _paragraphs(document, notes)
    blocks += _tables(document, tables)
    blocks += _loose_rows(loose)
    blocks += _orphans(document, notes, {s.id for s in document.sections} - inside)
    blocks.sort(key=lambda block: (block.start, block.kind != "heading"))
    return list(_with_page_turns(blocks))


def _heading(document: Document, section: Section, notes: dict[str, Note]) -> Block:
    """A heading with the markers in its title, and their notes."""
    title = document.canonical[section.start : section.end].find(section.title)
    markers = []
    for footnote in document.footnotes:
        if footnote.heading and footnote.heading.section == section.id:
            offset = max(0, footnote.heading.offset - title) if title >= 0 else len(section.title)
            markers.append(Marker(offset, footnote.marker, footnote.id))
    pieces = tuple(cut(section.title, (), markers))
    found = tuple(notes[m.target] for m in markers if m.target in notes)
    return Block("heading", section.start, section.page, section=section, title=pieces, notes=found)


def _notes(document: Document) -> dict[str, Note]:
    """Footnote id → note, with the anchors of all passages of its body."""
    firsts = {f.passage: f.id for f in document.footnotes if f.passage}
    bodies: dict[str, list[str]] = {f.id: [] for f in document.footnotes}
    current: str | None = None
    for passage in document.passages:
        if passage.kind != "footnote":
            continue
        # A long body goes on in the footnote passages behind its first one.
        current = firsts.get(passage.id, current)
        if current:
            bodies[current].append(anchor(passage.id))
    return {f.id: _note(f, tuple(bodies[f.id])) for f in document.footnotes}


def _note(footnote: Footnote, anchors: tuple[str, ...]) -> Note:
    back = anchor(footnote.anchor.passage) if footnote.anchor else None
    if footnote.heading:
        back = footnote.heading.section
    return Note(footnote.id, footnote.marker, footnote.text, anchors, footnote.note, back)


def _furniture(document: Document) -> Iterator[Block]:
    """Lines of one kind that follow each other are one block."""
    shown = [f for f in document.furniture if f.kind in SHOWN_FURNITURE]
    for _, run in groupby(sorted(shown, key=lambda f: f.start), key=lambda f: f.kind):
        lines = list(run)
        whole = replace(lines[0], text="\n".join(line.text for line in lines), end=lines[-1].end)
        yield Block("furniture", whole.start, whole.page, furniture=whole)


def _paragraphs(document: Document, notes: dict[str, Note]) -> Iterator[Block]:
    markers: dict[str, list[Marker]] = {}
    for footnote in document.footnotes:
        if footnote.anchor:
            place = Marker(footnote.anchor.offset, footnote.marker, footnote.id)
            markers.setdefault(footnote.anchor.passage, []).append(place)
    group: list[Passage] = []

    def close() -> Iterator[Block]:
        if not group:
            return
        places = [markers.get(p.id, []) for p in group]
        spans = tuple(Span(anchor(p.id), cut(p.text, (), m)) for p, m in zip(group, places, strict=True))
        found = tuple(notes[m.target] for row in places for m in row if m.target in notes)
        yield Block(group[0].kind, group[0].start, group[0].page, spans=spans, notes=found)

    for passage in document.passages:
        if passage.kind not in ("paragraph", "list_item"):
            continue
        if group and not _goes_on(document, group[-1], passage):
            yield from close()
            group = []
        group.append(passage)
    yield from close()


def _goes_on(document: Document, first: Passage, second: Passage) -> bool:
    """Whether two passages are parts of one paragraph, cut only to keep them short."""
    if first.kind != second.kind or first.section != second.section or second.start < first.end:
        return False
    between = document.canonical[first.end : second.start]
    return not between.strip() and "\n" not in between


def _tables(document: Document, placed: list[PlacedTable]) -> Iterator[Block]:
    for entry in placed:
        first = next(iter(entry.passages), None)
        start = first.start if first else _table_start(document, entry)
        page = first.page if first else entry.table.page
        rows = tuple(
            (*(section.id for section in sections), *(anchor(passage.id) for passage in passages))
            for sections, passages in zip(entry.sections, entry.rows, strict=True)
        )
        yield Block("table", start, page, table=entry.table, rows=rows)


def _table_start(document: Document, entry: PlacedTable) -> int:
    """Where a table without passages stands: behind its heading, else at the end."""
    ends = {section.id: section.end for section in document.sections}
    return ends.get(entry.table.section or "", len(document.canonical))


def _loose_rows(passages: list[Passage]) -> Iterator[Block]:
    """Row passages of a document that lists no table are shown as they read."""
    for passage in passages:
        span = Span(anchor(passage.id), cut(passage.text))
        yield Block("paragraph", passage.start, passage.page, spans=(span,))


def _orphans(document: Document, notes: dict[str, Note], headings: set[str]) -> Iterator[Block]:
    """Notes without a place in the text or the headings stand where their bodies stand; none is left out."""
    starts = {p.id: (p.start, p.page) for p in document.passages}
    shown = {p.id for p in document.passages if p.kind in ("paragraph", "list_item")}
    for footnote in document.footnotes:
        carrier = footnote.anchor.passage if footnote.anchor else footnote.heading.section if footnote.heading else ""
        if carrier not in shown and carrier not in headings:
            start, page = starts.get(footnote.passage or "", (len(document.canonical), None))
            yield Block("note", start, page, notes=(notes[footnote.id],))
    owned = {a for note in notes.values() for a in note.anchors}
    for passage in document.passages:
        if passage.kind == "footnote" and anchor(passage.id) not in owned:
            note = Note(anchor(passage.id), "", passage.text, (anchor(passage.id),), None, None)
            yield Block("note", passage.start, passage.page, notes=(note,))


def _with_page_turns(blocks: list[Block]) -> Iterator[Block]:
    last: int | None = None
    for block in blocks:
        if block.page is not None and (last is None or block.page > last):
            last = block.page
            yield replace(block, turns=True)
        else:
            yield block
