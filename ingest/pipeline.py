"""read → clean → notes → furniture → outline → flow → tables → metadata → passages, in this order; files in folders."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from ingest.captions import table_title
from ingest.clean import NOT_NFC, compose_blocks
from ingest.document import Document, Footnote, ParseWarning, Passage, Section
from ingest.errors import EmptyFileError, FileUnreadableError, IngestError, printable
from ingest.flow import join_paragraphs
from ingest.furniture import mark_furniture, mark_lines, unfold_letterheads
from ingest.lines import Block, count_characters
from ingest.metadata import find_metadata
from ingest.notes import Note, link_notes
from ingest.outline import assign_levels, find_headings
from ingest.passages import assemble, footnote_records, page_at
from ingest.readers import read
from ingest.sources import SourceFile, locate
from ingest.syllables import check_pages
from ingest.tables import Grid, build_grids

OUT_OF_MEMORY = "cần nhiều bộ nhớ hơn mức cho phép (needs more memory than it may have)"
MORE_MEMORY = "Chia nhỏ tệp hoặc tăng memory_limit (split the file, or raise memory_limit)"


def parse_file(path: str | Path | SourceFile) -> Document:
    """One file → its Document.

    Args:
        path: a file of any known kind; its content decides, not its name. "a.zip/b.docx" is a document in an archive.

    Raises:
        IngestError: with the file's name, what is wrong and what to do.
    """
    file = path if isinstance(path, SourceFile) else locate(Path(path))
    return parse_bytes(file.read_bytes(), file.source)


def parse_bytes(data: bytes, source: str) -> Document:
    """The bytes of one file → its Document; `source` is the name to cite.

    Raises:
        IngestError: as `parse_file`.
    """
    source = printable(source)
    try:
        return _parse(data, source)
    except IngestError as error:
        if not error.where:
            raise type(error)(error.what, where=source, do=error.do) from error
        raise
    except RecursionError as error:
        raise FileUnreadableError(
            "tệp lồng quá sâu (nested too deeply)", where=source, do="Kiểm tra lại bản gốc (check the original)"
        ) from error
    except MemoryError as error:
        raise FileUnreadableError(OUT_OF_MEMORY, where=source, do=MORE_MEMORY) from error


def _parse(data: bytes, source: str) -> Document:
    reading = read(data, source)
    reading.blocks = unfold_letterheads(reading.blocks)
    sha256 = hashlib.sha256(data).hexdigest()
    for order, block in enumerate(reading.blocks):
        block.order = order
    broken = check_pages(reading.blocks)
    mark_lines(reading.blocks)
    notes = link_notes(reading.blocks)
    if compose_blocks(reading.blocks) and all(w.code != "not-nfc" for w in reading.warnings):
        reading.warnings.append(NOT_NFC)
    mark_furniture(reading.blocks)
    blocks = join_paragraphs(find_headings(reading.blocks))
    numbers = assign_levels(blocks)
    _set_pages_of_notes(blocks, notes)
    grids = build_grids(blocks)
    places = {id(b): i for i, b in enumerate(blocks)}
    titles = {i: table_title(blocks, places[id(grid.first)], grid.caption) for i, grid in enumerate(grids)}
    metadata = find_metadata(blocks)
    builder = assemble(sha256[:12], blocks, grids, titles)
    # after assembly, since table rows move their anchors there
    footnotes, carried, orphans = footnote_records(builder, notes, _carriers(blocks))
    warnings = [*reading.warnings, *broken, *orphans, *numbers]
    passages = _settled(builder.passages, footnotes, carried, {s.id: s for s in builder.sections})
    if not passages and not builder.sections and not builder.furniture:
        raise EmptyFileError("không có chữ nào đọc được (no text could be read)", do="Nếu là bản quét, cần OCR trước")
    document = Document(
        id=sha256[:12],
        source=source,
        sha256=sha256,
        media_type=reading.media_type,
        metadata=metadata,
        sections=tuple(builder.sections),
        passages=passages,
        footnotes=tuple(footnotes),
        tables=tuple(builder.tables),
        warnings=tuple(warnings),
        furniture=tuple(builder.furniture),
        canonical="".join(builder.pieces),
    )
    missing = account(reading.total, reading.removed, blocks, grids, document)
    if missing:
        text = f"Sổ ký tự lệch {missing} / the character account is off by {missing}"
        document = replace(document, warnings=(*document.warnings, ParseWarning("account", text)))
    return document


def account(total: int, removed: list[str], blocks: list[Block], grids: list[Grid], document: Document) -> int:
    """Characters (not white space) that the reader met, less those that the document holds; 0 when nothing is lost.

    A character is in the canonical text, in the markup that was taken out, or in a footnote marker. Table rows are
    counted by their printed cells, since their reading form repeats them.
    """
    kept = count_characters(document.canonical)
    for grid in grids:
        for row in grid.rows:
            kept += count_characters(row.printed) - count_characters(row.block.text)
    markers = sum(count_characters(t) for b in blocks for t in b.taken)
    return total - kept - markers - sum(count_characters(r) for r in removed)


def _settled(
    passages: list[Passage], footnotes: list[Footnote], carried: dict[str, list[str]], sections: dict[str, Section]
) -> tuple[Passage, ...]:
    """Passages with the ids of their footnotes; a footnote stands in the section of what carries its marker.

    Where the body is printed says nothing: pages later, at the end of the file, under a table.
    """
    by_id = {p.id: p for p in passages}
    home: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    for note in footnotes:
        if note.passage and note.anchor:
            carrier = by_id[note.anchor.passage]
            home[note.passage] = carrier.section, carrier.section_path
        elif note.passage and note.heading:
            home[note.passage] = note.heading.section, _path(sections, note.heading.section)
    out = []
    owner: tuple[str | None, tuple[str, ...]] | None = None
    for passage in passages:
        # the later parts of a long body follow its first one
        owner = home.get(passage.id, owner) if passage.kind == "footnote" else None
        ids = tuple(carried.get(passage.id, ()))
        if owner is not None:
            passage = replace(passage, section=owner[0], section_path=owner[1])  # noqa: PLW2901
        out.append(replace(passage, footnotes=ids) if ids else passage)
    return tuple(out)


def _path(sections: dict[str, Section], section: str | None) -> tuple[str, ...]:
    """Labels of a section and those around it, outermost first."""
    path: list[str] = []
    while section is not None:
        path.insert(0, sections[section].label)
        section = sections[section].parent
    return tuple(path)


def _carriers(blocks: list[Block]) -> dict[int, list[tuple[Block, int]]]:
    """Note position → the blocks that carry its markers, in reading order, each with the offset in its text."""
    carriers: dict[int, list[tuple[Block, int]]] = {}
    for block in blocks:
        for offset, index in block.anchors:
            carriers.setdefault(index, []).append((block, offset))
    return carriers


def _set_pages_of_notes(blocks: list[Block], notes: list[Note]) -> None:
    """A body that its format keeps apart (DOCX) stands on the page of its marker."""
    for index, carriers in _carriers(blocks).items():
        block, offset = carriers[0]
        for body in notes[index].body:
            body.page = body.page or page_at(block, max(0, offset - 1))
