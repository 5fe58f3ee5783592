"""Inputs that the fuzzer (`python -m benchmarks.fuzz`) found, made small: each broke a promise once."""

from __future__ import annotations

import time
import zipfile
from io import BytesIO

import pytest

from benchmarks.fuzz.container import pack, unpack
from benchmarks.fuzz.invariants import broken, unclear
from benchmarks.fuzz.judge import judge
from benchmarks.fuzz.sources import make_input, targets
from ingest.document import Document
from ingest.errors import FileUnreadableError
from ingest.lines import Block, count_characters
from ingest.pipeline import parse_bytes
from ingest.sources import find_files

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def docx(body: str, **parts: str) -> bytes:
    names = {"document": f"<w:document xmlns:w='{W}' xmlns:m='{MATH}'><w:body>{body}</w:body></w:document>", **parts}
    return pack([(f"word/{name}.xml", text.encode()) for name, text in names.items()])


def run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def kept(data: bytes, name: str = "a.txt") -> Document:
    """Parse what must give a document that keeps every promise."""
    document = parse_bytes(data, name)
    assert not broken(document)
    return document


@pytest.mark.parametrize("span", ["²", "٣", "9" * 5000, "-1", "0", "", "1e9", " 3 "])
def test_a_cell_may_claim_any_number_of_columns(span):
    rows = f"<tr><td colspan='{span}'>Chỉ tiêu</td><td>1</td></tr><tr><td>a</td><td>b</td><td>2</td></tr>"
    assert "Chỉ tiêu" in kept(f"<html><body><table>{rows}</table>".encode()).canonical
    cell = f"<w:tc><w:tcPr><w:gridSpan w:val='{span}'/></w:tcPr><w:p>{run('Chỉ tiêu')}</w:p></w:tc>"
    row = f"<w:tr>{cell}<w:tc><w:p>{run('1')}</w:p></w:tc></w:tr>"
    assert "Chỉ tiêu" in kept(docx(f"<w:tbl>{row * 2}</w:tbl>")).canonical


ILLEGAL = ["&#xFFFE;", "&#xFFFF;", "&#x1F;", "&#1;", "\x01", "\x9f", "&#xFDD0;", "&#x2066;"]


@pytest.mark.parametrize("character", ILLEGAL)
def test_html_entities_that_no_text_may_hold(character):
    document = kept(f"<html><body><p>chữ ế{character} sau</p>".encode())
    assert document.canonical == "chữ ế sau"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<html><body>o<u>\u0323\u0302</u> sau", id="HTML"),
        pytest.param("chữ o<b>\u0323\u0302</b> sau", id="tag in text"),
        pytest.param("chữ **o**\u0323\u0302 sau", id="stars"),
        pytest.param(
            "a<sup>1</sup> chữ o<sup>2</sup>\u0323\u0302 sau\n\n<sup>1</sup> Một.\n\n<sup>2</sup> Hai.", id="marker"
        ),
        pytest.param("<html><body>\u1100<b>\u1161</b> sau", id="Hangul"),
    ],
)
def test_letters_that_markup_cut_from_their_marks_are_composed(text):
    document = kept(text.encode())
    assert "not-nfc" in {w.code for w in document.warnings}
    assert "\uac00 sau" in document.canonical or "ộ sau" in document.canonical
    for note in document.footnotes:
        assert note.anchor is not None
        carrier = next(p for p in document.passages if p.id == note.anchor.passage)
        assert carrier.text[: note.anchor.offset] in {"a", "a chữ ộ"}


def test_the_account_counts_the_same_however_a_text_is_cut_or_composed():
    for text in ("ệ", "\u1100\u1161\u11a8", "\u0958", "\u09c7\u09be", "\u0f73", "\u304b\u3099", "a \u00a0\t\n\u0301"):
        assert count_characters(text) == sum(map(count_characters, text))


def test_a_raised_digit_inside_a_tag():
    assert kept("Toàn huyện <p ²> còn hộ nghèo".encode()).canonical == "Toàn huyện  còn hộ nghèo"


def test_a_heading_without_a_rest_keeps_its_markers():
    text = "²\n**I.ạ<sup>(2)</sup** chỉ đó."
    assert kept(text.encode()).canonical


def test_a_run_in_heading_ends_where_its_emphasis_ends():
    """The token of a marker is longer than what it leaves behind; the emphasised run was taken too long by that."""
    text = "**1. Nông nghiệp<sup>1</sup>.** Gieo trồng đạt kế hoạch đề ra.\n\nHết.\n\n<sup>1</sup> Nguồn: huyện.\n"
    document = kept(text.encode(), "a.md")
    assert [s.title for s in document.sections] == ["Nông nghiệp."]
    assert document.passages[0].text == "Gieo trồng đạt kế hoạch đề ra."


def test_a_marker_alone_is_no_heading():
    kept("<html>các<blockquote><b><a href='#fn3'>3]</a><p>(Kèm theo".encode())


def test_html_groups_of_rows_inside_a_row():
    inner = "<thead><tr><td>trong</td><td>cùng</td></tr></thead>"
    document = kept(f"<html><table><tr><{inner}</tr><tr><td>a</td><td>b</td></tr></table>".encode())
    assert "trong" in document.canonical
    assert "cùng" in document.canonical


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<w:p>{run('trước')}<w:r><w:rPr><w:t>lạc</w:t></w:rPr></w:r></w:p>", id="in properties"),
        pytest.param(f"<w:p>{run('trước')}<w:r><w:sdtContent><w:t>lạc</w:t></w:sdtContent></w:r></w:p>", id="in a run"),
        pytest.param(f"<w:p>{run('trước')}<w:p>{run('lạc')}</w:p></w:p>", id="paragraph in a paragraph"),
        pytest.param(f"<w:p>{run('trước')}</w:p>{run('lạc')}", id="run without a paragraph"),
        pytest.param(f"<w:p>{run('trước')}</w:p><w:t>lạc</w:t>", id="text without a run"),
        pytest.param(f"<w:p>{run('trước')}</w:p><w:tbl><w:p>{run('lạc')}</w:p></w:tbl>", id="in a table without a row"),
        pytest.param(f"<w:p>{run('trước')}<m:r><m:t>lạc</m:t></m:r></w:p>", id="formula"),
    ],
)
def test_docx_text_at_a_place_where_none_may_stand_is_kept_once(body):
    document = kept(docx(body))
    assert document.canonical.count("lạc") == 1
    assert document.canonical.startswith("trước")


def test_docx_cells_in_cells_are_read_once():
    cell = f"<w:tc><w:p>{run('ngoài')}</w:p><w:tc><w:p>{run('trong')}</w:p></w:tc></w:tc>"
    document = kept(docx(f"<w:tbl><w:tr>{cell}</w:tr><w:tr>{cell}</w:tr></w:tbl>"))
    assert document.canonical.count("trong") == 2


def test_docx_notes_in_notes_are_read_once():
    inner = f"<w:footnote w:id='2'><w:p>{run('Trong.')}</w:p></w:footnote>"
    notes = (
        f"<w:footnotes xmlns:w='{W}'><w:footnote w:id='1'><w:p>{run('Ngoài.')}</w:p>{inner}</w:footnote></w:footnotes>"
    )
    reference = "<w:r><w:footnoteReference w:id='1'/></w:r>"
    document = kept(docx(f"<w:p>{run('Chữ')}{reference}</w:p>", footnotes=notes))
    assert document.canonical.count("Trong.") == 1


def test_docx_text_that_looks_like_our_own_tokens():
    forged = run("chữ \ue000#1\ue0011\ue002 sau")
    document = kept(docx(f"<w:p>{forged}</w:p>"))
    assert document.canonical == "chữ #11 sau"
    assert not document.footnotes
    assert "private-use" in {w.code for w in document.warnings}


def test_docx_page_break_in_a_box_turns_no_page():
    box = f"<w:r><w:drawing><w:txbxContent><w:p><w:r><w:lastRenderedPageBreak/></w:r>{run('chữ trong hộp và')}</w:p>"
    document = kept(docx(f"<w:p>{box}</w:txbxContent></w:drawing></w:r>{run('chữ ngoài hộp')}</w:p>"))
    assert {p.page for p in document.passages} == {1}


def test_damaged_containers_are_named_errors():
    sound = docx(f"<w:p>{run('chữ ' * 400)}</w:p>")
    at = sound.index(b"PK\x01\x02")
    for offset, value in ((8, 1), (8, 0x20), (10, 99), (10, 12), (10, 14), (6, 99), (16, 0xFF), (24, 0xFF), (42, 0x7F)):
        data = bytearray(sound)
        data[at + offset] = value
        assert not judge(bytes(data), "a.docx").problem, (offset, value)


def test_errors_stay_short_whatever_they_quote():
    name = b"word/document.xml"
    data = docx("<w:p/>").replace(name, b"word/document.xmX", 1)
    with pytest.raises(FileUnreadableError) as caught:
        parse_bytes(data, "a.docx")
    assert not unclear(caught.value)


@pytest.mark.parametrize("name", ["", ".", "..", "./", "a" * 5000 + ".txt", "a\x00b.txt", "../a.txt"])
def test_members_of_an_archive_may_have_any_name(tmp_path, name):
    path = tmp_path / "a.zip"
    path.write_bytes(pack([(name, b"x"), (name, b"y"), ("tốt.txt", "Toàn huyện còn 340 hộ nghèo.".encode())]))
    found = [source for source in find_files([path]) if source.member == "tốt.txt"]
    assert len(found) == 1
    assert not judge(path.read_bytes(), "a.zip").problem


def test_doubles_in_an_archive_are_named_in_linear_time(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(pack([("a.txt", b"x")] * 9_000))
    start = time.process_time()
    names = [source.member for source in find_files([path])]
    assert time.process_time() - start < 20
    assert len(set(names)) == len(names) == 9_000
    assert names[:3] == ["a.txt", "a~2.txt", "a~3.txt"]


def test_a_text_box_behind_a_page_break_turns_no_page_back():
    box = f"<w:r><w:drawing><w:txbxContent><w:p>{run('chữ trong hộp và')}</w:p></w:txbxContent></w:drawing></w:r>"
    broken_off = f"<w:p>{run('trước')}<w:r><w:br w:type='page'/></w:r>{box}{run('sau')}</w:p>"
    assert kept(docx(broken_off)).passages[0].page_end == 2


def test_a_row_goes_on_in_a_text_box_of_an_earlier_page():
    row = Block("Hộ nghèo\t340", page=2)
    assert row.reaching(Block("trong đó\t", page=1)) == 2
    assert row.reaching(Block("trong đó\t", page=1, page_end=3)) == 3
    assert Block("a").reaching(Block("b")) is None


@pytest.mark.parametrize("above", ["", "------------------------\n", "--- ----\n"])
def test_a_rule_above_a_rule_is_no_header_of_a_table(above):
    rule = "  ------------- -------\n"
    text = f"{above}{rule}{rule}  Nà Phạ        141\n--- -------\n"
    document = parse_bytes(text.encode(), "a.md")
    assert not [w for w in document.warnings if w.code == "account"]
    assert "Nà Phạ" in document.canonical


def test_a_bracket_note_behind_a_link_back_is_no_part_of_its_body():
    document = parse_bytes("[[]](#_ftnref2)[footnoteRef:[9: Nghị quyết số 7]".encode(), "a.txt")
    assert "\0" not in document.canonical
    assert not [w for w in document.warnings if w.code == "account"]


def test_a_marker_of_hundreds_of_digits_is_told_in_short():
    document = parse_bytes(f"Hộ nghèo giảm[footnoteRef:{'39067890' * 60}]".encode(), "a.txt")
    assert [len(w.message) < 300 for w in document.warnings if w.code == "footnote-orphan"] == [True]


def test_inputs_are_made_again_from_their_number():
    for target in targets().values():
        assert make_input(target, 7, 3) == make_input(target, 7, 3)
        assert make_input(target, 7, 3) != make_input(target, 7, 4)


@pytest.mark.parametrize("reader", ["text", "html", "docx"])
def test_a_few_hundred_mutated_inputs_keep_every_promise(reader):
    """The same inputs each time; the long runs are `python -m benchmarks.fuzz`."""
    target = targets()[reader]
    for index in range(120):
        verdict = judge(make_input(target, 20, index), f"a{target.suffix}", limit=30.0)
        assert not verdict.problem, (index, verdict)


def test_the_harness_sees_what_it_is_there_to_see(monkeypatch):
    def fails(data: bytes, source: str) -> Document:
        raise KeyError(source)

    def hangs(data: bytes, source: str) -> Document:
        while True:
            pass

    monkeypatch.setattr("benchmarks.fuzz.judge.parse_bytes", fails)
    assert judge(b"x", "a.txt").problem.startswith("KeyError at")
    monkeypatch.setattr("benchmarks.fuzz.judge.parse_bytes", hangs)
    assert judge(b"x", "a.txt", limit=0.2).problem.startswith("time at")


def test_containers_are_packed_again():
    parts = [("a.txt", b"x"), ("word/document.xml", b"<x/>")]
    assert unpack(pack(parts)) == parts
    with zipfile.ZipFile(BytesIO(pack(parts, zipfile.ZIP_LZMA))) as archive:
        assert archive.testzip() is None
