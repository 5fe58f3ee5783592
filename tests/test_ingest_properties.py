"""What holds for every input: the invariants of a Document, or an error of the tree."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import Document, IngestError
from ingest.passages import MAX_SYLLABLES, split_text
from ingest.pipeline import parse_bytes

HEADINGS = st.sampled_from(
    [
        "BÁO CÁO",
        "Phần thứ nhất",
        "KẾT QUẢ THỰC HIỆN",
        "I. KINH TẾ",
        "1. Nông nghiệp",
        "1.1. Lúa",
        "a) Vụ mùa",
        "BIỂU 02: CHỈ TIÊU",
    ]
)
NOTES = st.sampled_from(
    [
        "Đạt 41,7 tỷ đồng¹.",
        "¹ Trong đó 5 tỷ.",
        "<sup>(2)</sup>- Thân.",
        "hai<sup>(2)</sup>[footnoteRef:3]",
        "[3: thân\n]",
        "[1: mở",
    ]
)
ROWS = st.sampled_from(
    ["TT\tChỉ tiêu\tĐVT", "1\tHộ nghèo\t%", "\tTiểu học\t%\t5", "| a | b | c |", "|---|---|", "", "\t"]
)
DEBRIS = st.sampled_from(
    [
        "**đậm** *nghiêng",
        "<b>",
        "-----",
        "*",
        "7",
        "\ue000\ue001",
        "Nơi nhận:",
        "- Lưu.",
        "T/M BAN CHẤP HÀNH",
        "Lò Văn A",
    ]
)
PIECES = HEADINGS | NOTES | ROWS | DEBRIS | st.sampled_from(["Tập trung chỉ", "đạo trồng 12 m².", "một hai ba " * 120])
LINES = st.lists(PIECES | st.text(max_size=30), max_size=25).map("\n".join)


def check(document: Document) -> None:
    ids = [p.id for p in document.passages]
    assert ids == sorted(set(ids))
    assert all(p.id.startswith(document.id) for p in document.passages)
    assert not [w for w in document.warnings if w.code == "account"]
    by_id = {p.id: p for p in document.passages}
    end = 0
    for p in document.passages:
        assert document.canonical[p.start : p.end] == p.text
        assert p.start >= end
        end = p.end
        assert p.text == p.text.strip() != ""
        assert p.kind == "table_row" or len(p.text.split()) <= MAX_SYLLABLES
        assert p.section is None or p.section in {s.id for s in document.sections}
    for note in document.footnotes:
        assert note.passage is None or by_id[note.passage].kind == "footnote"
        if note.anchor:
            assert 0 <= note.anchor.offset <= len(by_id[note.anchor.passage].text)
            assert note.id in by_id[note.anchor.passage].footnotes
    for table in document.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
    for section in document.sections:
        assert section.parent is None or section.parent < section.id


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES)
def test_any_text(text):
    try:
        document = parse_bytes(text.encode("utf-8", "replace"), "a.md")
    except IngestError:
        return
    check(document)
    again = parse_bytes(text.encode("utf-8", "replace"), "a.md")
    assert again == document
    as_json = json.loads(json.dumps(document.to_json(), ensure_ascii=False))
    assert Document.from_json(as_json, document.canonical) == document


@settings(max_examples=80, deadline=None)
@given(LINES, st.sampled_from(["p", "h2", "li", "td", "b", "sup", "pre"]))
def test_any_html(text, tag):
    html = "".join(f"<{tag}>{line}</{tag}>" for line in text.split("\n"))
    try:
        check(parse_bytes(f"<html><body>{html}</body></html>".encode("utf-8", "replace"), "a.html"))
    except IngestError:
        return


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>", b"\xff\xfe", b"{\\rtf"]), st.binary(max_size=300))
def test_any_bytes(head, data):
    try:
        document = parse_bytes(head + data, "a")
    except IngestError:
        return
    check(document)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_cuts_keep_every_word(sizes):
    text = " ".join("Từ" + " chữ" * (n - 1) + "." for n in sizes)
    parts = split_text(text)
    assert " ".join(text[p.start : p.end] for p in parts) == text
    assert all(len(text[p.start : p.end].split()) <= MAX_SYLLABLES for p in parts)
