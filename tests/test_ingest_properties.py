"""Whatever the bytes: a Document that keeps its word, or an error of the tree."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from itertools import pairwise
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.document import PASSAGE_KINDS, Document
from ingest.errors import IngestError
from ingest.passages import MAX_SYLLABLES, split_text, syllables
from ingest.pipeline import parse_bytes, parse_file

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# Pieces that the rules look for, thrown together in any order
PIECES = st.sampled_from(
    [
        *(
            "BÁO CÁO",
            "Phần thứ nhất",
            "CHƯƠNG II",
            "I. KẾT QUẢ",
            "II- ",
            "1. Nông nghiệp",
            "2.1. Trồng trọt",
            "2.13.",
            "a) ",
        ),
        *(
            "đ) ",
            "BIỂU 01: CHỈ TIÊU",
            "BIỂU CHỈ TIÊU",
            "(1)",
            "(2)- ",
            "- ",
            "Nơi nhận:",
            "- Lưu VP.",
            "T/M BAN CHẤP HÀNH",
        ),
        *(
            "<sup>1</sup>",
            "<sup>(2)</sup>",
            "¹",
            "⁽²⁾",
            "[^1]",
            "[^1]: ",
            "[footnoteRef:3]",
            "[3: ",
            "]",
            "m²",
            "m<sup>3</sup>",
        ),
        *(
            "[[1]](#_ftn1)",
            "[[1]](#_ftnref1) ",
            "^[2](#_ftn2)^",
            '1. <a id="footnote-1"></a>',
            "[↑](#footnote-ref-1)",
            "![a](b)",
            "_",
        ),
        *(
            "**",
            "*",
            "__",
            "### ",
            "|",
            "| a | b | c |",
            "---",
            "\t",
            "\t\t",
            "a\tb\tc",
            "1\t2\t3",
            "I\tNHÓM\t",
            "<b>",
            "<!--",
            "-->",
        ),
        *(
            " ",
            "\n",
            "\n\n",
            "\n",
            " ",
            "  \n",
            "\r\n",
            "\u00a0",
            "\ue000",
            "\ue002",
            "\x00",
            "\u0301",
            "“",
            "”",
            ".",
            ";",
            "2023-",
        ),
        *(
            "Lò Thị Mua",
            "huyện",
            "còn 340 hộ nghèo",
            "của",
            "đạt 12,5%",
            "Toàn huyện",
            "ngày 5 tháng 12 năm 2023",
            "-12-",
            "một hai ba " * 120,
        ),
    ]
)
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=60).map("".join)
TAGS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div id='ftn1'>",
            "</div>",
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
            "</td>",
            "</tr>",
            "</table>",
            "<br>",
        ),
        *(
            "<a href='#_ftn1'>",
            "<a href='#_ftnref1'>",
            "</a>",
            "<sup>",
            "</sup>",
            "<b>",
            "</b>",
            "<h2>",
            "</h2>",
            "<pre>",
        ),
        *(
            "</pre>",
            "<caption>",
            "<nav>",
            "</nav>",
            "<li>",
            "&nbsp;",
            "&#x200b;",
            "&#57344;",
            "&#769;",
            "<td colspan='3'>",
        ),
    ]
)
HTML = st.lists(st.one_of(TAGS, PIECES, st.text(max_size=5)), max_size=60).map("".join)
RUNS = st.lists(
    st.one_of(
        PIECES.map(lambda t: f"<w:r><w:t xml:space='preserve'>{escape(xml_text(t))}</w:t></w:r>"),
        st.sampled_from(
            [
                *(
                    "<w:r><w:footnoteReference w:id='1'/></w:r>",
                    "<w:r><w:br/></w:r>",
                    "<w:r><w:br w:type='page'/></w:r>",
                ),
                *(
                    "</w:p><w:p>",
                    "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>2</w:t></w:r>",
                    "<w:r><w:tab/></w:r>",
                ),
                *(
                    "</w:p><w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc>",
                ),
                *("<w:r><w:sym w:char='F0B7'/></w:r>", "<w:r><w:noBreakHyphen/></w:r>"),
            ]
        ),
    ),
    max_size=30,
).map("".join)
COMMON = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def xml_text(text: str) -> str:
    return "".join(c for c in text if c >= " " or c in "\t\n")


def docx(runs: str) -> bytes:
    # a table that a run opens is closed where the paragraph's end would stand
    cells = runs.count("<w:tbl>")
    body = f"<w:p>{runs.replace('<w:tr><w:tc></w:p>', '<w:tr><w:tc>')}</w:p>"
    note = "<w:footnote w:id='1'><w:p><w:r><w:t>Thân.</w:t></w:r></w:p></w:footnote>"
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        text = f"<w:document xmlns:w='{W}'><w:body>{body}</w:body></w:document>"
        if cells:
            opened = text.replace("<w:tr><w:tc>", "<w:tr><w:tc><w:p>")
            text = opened.replace("</w:p></w:body>", "</w:p>" + "</w:tc></w:tr></w:tbl>" * cells + "<w:p/></w:body>")
        archive.writestr("word/document.xml", text)
        archive.writestr("word/footnotes.xml", f"<w:footnotes xmlns:w='{W}'>{note}</w:footnotes>")
    return out.getvalue()


def check(document: Document) -> None:
    """Everything that a Document promises."""
    text = document.canonical
    passages = {p.id: p for p in document.passages}
    sections = {s.id: s for s in document.sections}
    assert not [w.message for w in document.warnings if w.code == "account"]
    assert list(passages) == sorted(passages)
    assert len(passages) == len(document.passages)
    assert list(sections) == sorted(sections)
    assert len(sections) == len(document.sections)
    for p in document.passages:
        assert text[p.start : p.end] == p.text == p.text.strip() != ""
        assert p.id.startswith(f"{document.id}:")
        assert p.kind in PASSAGE_KINDS
        assert p.section is None or p.section in sections
        assert syllables(p.text) <= MAX_SYLLABLES
        assert (p.page is None) == (p.page_end is None)
        assert p.page is None or p.page <= p.page_end
    for a, b in pairwise(document.passages):
        assert a.end <= b.start
    for f in document.furniture:
        assert text[f.start : f.end] == f.text
    for s in document.sections:
        assert 0 <= s.start < s.end <= len(text)
        assert s.parent is None or (s.parent < s.id and sections[s.parent].level == s.level - 1)
    for t in document.tables:
        assert all(len(row) == len(t.columns) for row in t.rows)
    check_notes(document)
    again = Document.from_json(json.loads(json.dumps(document.to_json(), ensure_ascii=False)), text)
    assert again == document


def check_notes(document: Document) -> None:
    passages = {p.id: p for p in document.passages}
    notes = {n.id: n for n in document.footnotes}
    assert len(notes) == len(document.footnotes)
    for n in document.footnotes:
        assert n.passage is None or passages[n.passage].kind == "footnote"
        assert (n.note is None) or any(n.marker in w.message for w in document.warnings if w.code == "footnote-orphan")
        if n.anchor is not None:
            carrier = passages[n.anchor.passage]
            assert 0 <= n.anchor.offset <= len(carrier.text)
            assert carrier.text[: n.anchor.offset] == carrier.text[: n.anchor.offset].rstrip()
            assert n.id in carrier.footnotes
    assert {i for p in document.passages for i in p.footnotes} <= set(notes)


def parse_or_refuse(data: bytes, name: str = "a.txt") -> Document | None:
    try:
        document = parse_bytes(data, name)
    except IngestError:
        return None
    check(document)
    return document


@COMMON
@given(TEXT)
def test_any_text(text):
    data = text.encode("utf-8", "replace")
    document = parse_or_refuse(data, "a.md")
    if document is not None:
        assert parse_bytes(data, "a.md") == document
        assert [p.id for p in parse_bytes(data, "b.txt").passages] == [p.id for p in document.passages]


@COMMON
@given(st.binary(max_size=400))
def test_any_bytes(data):
    parse_or_refuse(data)


@COMMON
@given(st.sampled_from([b"%PDF-1.4\n", b"PK\x03\x04", b"<html><body>", b"\xff\xfe"]), st.binary(max_size=200))
def test_bytes_behind_a_known_start(start, data):
    parse_or_refuse(start + data + b"%%EOF")


@settings(max_examples=4, deadline=None)  # LibreOffice takes a second for each
@given(st.binary(max_size=200))
def test_bytes_behind_the_start_of_rtf(data):
    parse_or_refuse(b"{\\rtf" + data)


@COMMON
@given(HTML)
def test_any_html(text):
    parse_or_refuse(f"<html><body>{text}</body></html>".encode("utf-8", "replace"))


@COMMON
@given(RUNS)
def test_any_docx(runs):
    parse_or_refuse(docx(runs))


@COMMON
@given(TEXT)
def test_plain_words_all_stay(text):
    """Words of letters alone are never markup: each stands in the canonical text as often as in the file."""
    text = text.replace("\x00", "")  # enough of them make a binary file
    words = ["Lìm", "nghiến", "pơmu"]
    document = parse_bytes(f"{words[0]} {text}\n\n{words[1]} {text}\n\n{words[2]}".encode("utf-8", "replace"), "a.md")
    for word in words:
        # a word may touch other letters, so it is looked for anywhere
        assert word in document.canonical


@given(st.lists(st.sampled_from(["từ", "hai.", "Ba", "bốn;", "năm,", "“Sáu”.", "7.", "\n", "TP."]), max_size=1500))
@settings(max_examples=60, deadline=None)
def test_cuts_keep_order_and_size(words):
    text = " ".join(words).strip()
    parts = split_text(text)
    for a, b in pairwise(parts):
        assert a.end <= b.start
        assert not text[a.end : b.start].strip()
    assert all(syllables(text[p.start : p.end]) <= MAX_SYLLABLES for p in parts)
    assert "".join(text[p.start : p.end] for p in parts).split() == text.split() or len(parts) > 1
    assert sum(syllables(text[p.start : p.end]) for p in parts) == syllables(text)


def test_a_long_paragraph_is_cut_at_sentences_of_like_length():
    sentence = "Huyện ủy chỉ đạo các chi bộ, đảng bộ trực thuộc thực hiện nghị quyết. "
    document = parse_bytes((sentence * 40).encode(), "a.txt")
    sizes = [syllables(p.text) for p in document.passages]
    assert len(sizes) == -(-40 * syllables(sentence) // MAX_SYLLABLES)
    assert max(sizes) <= MAX_SYLLABLES
    assert max(sizes) - min(sizes) <= 2 * syllables(sentence)
    assert all(p.text.endswith("nghị quyết.") for p in document.passages)


def test_samples_keep_every_promise(sample_files):
    for path in sample_files:
        check(parse_file(path))


def test_seeds_keep_every_promise(shared_dir):
    for path in sorted((shared_dir / "seeds").glob("*.txt")):
        check(parse_file(path))


@pytest.mark.parametrize("kind", ["docx", "htm"])
def test_real_files_keep_every_promise(shared_dir, kind):
    files = sorted((shared_dir / "data/files").glob(f"*.{kind}"))
    assert files
    for path in files:
        check(parse_file(path))
