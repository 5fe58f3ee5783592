"""Cutting verbatim text for display, and the reading flow of a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Anchor, Document, Footnote, HeadingAnchor, Metadata, Passage, Section, Table
from ingest.pipeline import parse_file
from search_api.highlight import Marker, cut, joined, sentence_around
from search_api.reading import anchor, flow, outline
from search_api.table_rows import place_rows, row_text

RANGES = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6)


@given(st.text(max_size=50), RANGES, st.lists(st.integers(-3, 60), max_size=5))
def test_pieces_joined_are_the_text_and_no_marker_is_lost(text, highlights, offsets):
    pieces = cut(text, highlights, [Marker(offset, str(n)) for n, offset in enumerate(offsets)])
    assert "".join(piece.text for piece in pieces) == text
    assert sorted(p.marker.label for p in pieces if p.marker) == sorted(str(n) for n in range(len(offsets)))


@given(st.text(max_size=50), RANGES)
def test_exactly_the_highlighted_characters_are_marked(text, highlights):
    marked = [piece.mark for piece in cut(text, highlights) for _ in piece.text]
    assert marked == [any(a <= i < b for a, b in highlights) for i in range(len(text))]


def test_marker_stands_at_its_offset():
    pieces = cut("giảm nghèo bền vững.", [(0, 10)], [Marker(4, "1"), Marker(19, "2")])
    shape = [(p.marker.label if p.marker else p.text, p.mark) for p in pieces]
    assert shape == [("giảm", True), ("1", False), (" nghèo", True), (" bền vững", False), ("2", False), (".", False)]


def test_highlights_of_a_phrase_become_one():
    text = "giảm nghèo và giảm   phát"
    assert joined(text, [(0, 4), (5, 10), (14, 18), (21, 25)]) == [(0, 10), (14, 25)]


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (8, "Câu một."),
        (7, "Câu một."),
        (0, "Câu một."),
        (17, "Câu hai có 1.234 hộ; vế sau."),
        (37, "Câu hai có 1.234 hộ; vế sau."),
        (40, "câu ba"),
        (99, "câu ba"),
    ],
)
def test_sentence_around_a_marker(offset, expected):
    text = "Câu một. Câu hai có 1.234 hộ; vế sau. câu ba"
    begin, end = sentence_around(text, offset)
    assert text[begin:end] == expected


def test_of_a_long_sentence_only_the_clause():
    text = "Trước. " + "; ".join(f"vế {n} " + "dài " * 30 for n in range(6)) + ". Sau."
    begin, end = sentence_around(text, text.index("vế 3") + 4)
    assert text[begin:end].startswith("vế 3 dài")
    assert text[begin:end].endswith(";")


@given(st.text(max_size=80), st.integers(-5, 90))
def test_sentence_is_always_a_part_of_the_text(text, offset):
    begin, end = sentence_around(text, offset)
    assert 0 <= begin <= end <= len(text)


def passage(number: int, kind: str, text: str, start: int, section: str | None = "s0001", **more) -> Passage:
    return Passage(f"d:p{number:05}", kind, text, section, ("I. Kết quả",), 1, 1, start, start + len(text), **more)


def sample_document() -> Document:
    canonical = "I. Kết quả\nCâu đầu. Câu sau.\nChú thích một\nphần tiếp\nmồ côi\n1\nA: 1\n2\nA: 2\n"
    at = canonical.index
    passages = (
        passage(1, "paragraph", "Câu đầu.", at("Câu đầu")),
        passage(2, "paragraph", "Câu sau.", at("Câu sau"), footnotes=("f0001",)),
        passage(3, "footnote", "Chú thích một", at("Chú")),
        passage(4, "footnote", "phần tiếp", at("phần")),
        passage(5, "footnote", "mồ côi", at("mồ")),
        passage(6, "table_row", "1\nA: 1", at("1\nA")),
        passage(7, "table_row", "2\nA: 2", at("2\nA")),
    )
    footnotes = (
        Footnote("f0001", "1", "Chú thích một phần tiếp", "d:p00003", Anchor("d:p00002", 7)),
        Footnote("f0002", "9", "mồ côi", "d:p00005", None, "không thấy dấu"),
    )
    table = Table("t0001", "Biểu 1", "s0001", ("A",), (("1",), ("2",)))
    section = Section("s0001", 1, "I", "Kết quả", None, 0, 10, 1)
    return Document(
        "d", "d.txt", "0", "text/plain", Metadata(), (section,), passages, footnotes, (table,), (), (), canonical
    )


def test_a_note_to_a_heading_stands_under_it():
    document = sample_document()
    note = replace(document.footnotes[1], note=None, heading=HeadingAnchor("s0001", 10))
    blocks = flow(replace(document, footnotes=(document.footnotes[0], note)))
    assert [block.kind for block in blocks] == ["heading", "paragraph", "table"]
    assert [(n.marker, n.anchors, n.back) for n in blocks[0].notes] == [("9", ("p00005",), "s0001")]
    pieces = [(piece.text, piece.marker and piece.marker.label) for piece in blocks[0].title]
    assert pieces == [("Kết quả", None), ("", "9")]


def test_flow_puts_notes_under_their_paragraph_and_orphans_where_they_stood():
    blocks = flow(sample_document())
    assert [block.kind for block in blocks] == ["heading", "paragraph", "note", "table"]
    paragraph, orphan, table = blocks[1], blocks[2], blocks[3]
    assert [span.anchor for span in paragraph.spans] == ["p00001", "p00002"]
    assert [(note.marker, note.anchors, note.back) for note in paragraph.notes] == [
        ("1", ("p00003", "p00004"), "p00002")
    ]
    assert [(note.marker, note.remark) for note in orphan.notes] == [("9", "không thấy dấu")]
    assert table.rows == (("p00006",), ("p00007",))


def spots(document: Document) -> list[str]:
    """Every passage anchor in the flow, in order."""
    found: list[str] = []
    for block in flow(document):
        found += [span.anchor for span in block.spans]
        found += [spot for row in block.rows for spot in row if spot.startswith("p")]
        found += [spot for note in block.notes for spot in note.anchors]
    return found


def test_every_passage_of_every_sample_is_in_the_flow_once(sample_files: list[Path]):
    for path in sample_files:
        document = parse_file(path)
        found = spots(document)
        assert sorted(found) == sorted(anchor(p.id) for p in document.passages), path.name
        shown = {note.id for block in flow(document) for note in block.notes}
        assert {note.id for note in document.footnotes} <= shown, path.name


def test_every_row_passage_stands_in_its_row(sample_files: list[Path]):
    seen = 0
    for path in sample_files:
        document = parse_file(path)
        texts = {anchor(p.id): " ".join(p.text.split()) for p in document.passages if p.kind == "table_row"}
        for block in flow(document):
            for number, spots in enumerate(block.rows):
                begins = row_text(block.table.rows[number])
                for spot in [spot for spot in spots if spot in texts][:1]:
                    assert texts[spot].startswith(begins) or begins.startswith(texts[spot]), (path.name, begins)
                    seen += 1
    assert seen > 50


def test_every_heading_has_one_place(sample_files: list[Path]):
    for path in sample_files:
        document = parse_file(path)
        blocks = flow(document)
        found = [block.section.id for block in blocks if block.section]
        found += [spot for block in blocks for row in block.rows for spot in row if spot.startswith("s")]
        assert sorted(found) == sorted(section.id for section in document.sections), path.name


def row_document(rows: list[tuple[str, ...]], texts: list[str]) -> Document:
    canonical = "\n".join(texts)
    starts = [sum(len(text) + 1 for text in texts[:n]) for n in range(len(texts))]
    passages = tuple(
        passage(n, "table_row", text, start) for n, (text, start) in enumerate(zip(texts, starts, strict=True))
    )
    table = Table("t0001", "Biểu", None, ("A", "B"), tuple(rows))
    return Document("d", "d.txt", "0", "text/plain", Metadata(), (), passages, (), (table,), (), (), canonical)


def test_a_row_that_was_cut_keeps_its_parts_and_the_next_rows_their_own():
    rows = [("1", "Một chỉ tiêu dài"), ("", ""), ("2", "Hai"), ("2", "Hai")]
    texts = ["1 Một chỉ tiêu dài\nA: 1; B: Một", "chỉ tiêu dài phần hai", "2 phần ba", "2 Hai\nA: 2", "2 Hai\nA: 2"]
    placed, loose = place_rows(row_document(rows, texts))
    assert loose == []
    assert [[p.text for p in row] for row in placed[0].rows] == [texts[:3], [], [texts[3]], [texts[4]]]


def test_outline_keeps_every_heading_in_order(sample_files: list[Path]):
    def walk(branches):
        for branch in branches:
            yield branch.section.id
            yield from walk(branch.children)

    for path in sample_files:
        document = parse_file(path)
        assert list(walk(outline(document))) == [section.id for section in document.sections], path.name
