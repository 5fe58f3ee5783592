"""Readers: what each format keeps, the content deciding, old encodings, pages."""

from __future__ import annotations

import codecs
import unicodedata
import zipfile
from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from ingest.errors import UnsupportedFileError
from ingest.pipeline import parse_bytes
from ingest.readers import DOCX, sniff

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TEXT = "I. KẾT QUẢ\n\nĐảng bộ huyện có 39 chi bộ, 712 đảng viên; thu ngân sách đạt 40 tỷ đồng.\n"


def parse(data: bytes, name: str = "a"):
    document = parse_bytes(data, name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def codes(document):
    return {w.code for w in document.warnings}


def docx(body: str, **parts: str) -> bytes:
    """A DOCX of the given <w:body> content; `parts` are further XML parts of word/."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            archive.writestr(f"word/{name}.xml", text)
    return out.getvalue()


def para(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def tones_apart(text: str) -> str:
    """Vietnamese as the Windows code page holds it: tones are signs of their own behind the vowel."""
    out = ""
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tone = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        out += unicodedata.normalize("NFC", "".join(c for c in parts if c not in tone)) + tone
    return out


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258"])
def test_encodings(codec):
    data = (tones_apart(TEXT) if codec == "cp1258" else TEXT).encode(codec)
    if codec in {"utf-16-le", "utf-16-be"}:
        assert not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    document = parse(data, "a.txt")
    assert document.passages[0].text == TEXT.split("\n\n")[1].strip()
    assert ("encoding" in codes(document)) is (codec in {"utf-16-le", "utf-16-be", "cp1258"})


def test_one_damaged_byte_does_not_change_the_code_page():
    document = parse(TEXT.encode().replace(b"712", b"7\xff12"), "a.txt")
    assert "7�12 đảng viên" in document.passages[0].text
    assert "encoding" in codes(document)


def test_line_ends_of_every_system():
    texts = [parse(TEXT.replace("\n", end).encode(), "a.txt").canonical for end in ("\n", "\r\n", "\r", "\x0c\n")]
    assert len(set(texts)) == 1


def test_decomposed_letters_become_nfc():
    document = parse("Thu ngân sa\u0301ch đạt 40 tỷ đồng.".encode(), "a.txt")
    assert document.passages[0].text == "Thu ngân sách đạt 40 tỷ đồng."
    assert "not-nfc" in codes(document)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("(*) Số liệu ước thực hiện cả năm.", "(*) Số liệu ước thực hiện cả năm."),
        ("Diện tích 5 * 3 = 15 ô, chia đều.", "Diện tích 5 * 3 = 15 ô, chia đều."),
        ("Họp ngày __ tháng __ năm 2023 tại huyện.", "Họp ngày __ tháng __ năm 2023 tại huyện."),
        ("Có **12 xã** và *3 bản* đạt chuẩn.", "Có 12 xã và 3 bản đạt chuẩn."),
        ("Có __12 xã__ đạt <b>chuẩn</b><!-- sửa --> mới.", "Có 12 xã đạt chuẩn mới."),
        ("Mất **12 xã đạt chuẩn mới.", "Mất 12 xã đạt chuẩn mới."),
    ],
)
def test_markup_goes_and_signs_stay(line, text):
    assert parse(f"I. KẾT QUẢ\n\n{line}\n".encode(), "a.md").passages[0].text == text


def test_an_indented_line_goes_on_with_a_markdown_note():
    document = parse("Câu có dấu[^1] ở đây.\n\n[^1]: Thân một.\n    Đoạn hai.\n\nCâu sau.\n".encode(), "a.md")
    assert document.footnotes[0].text == "Thân một.\nĐoạn hai."
    assert [p.text for p in document.passages if p.kind == "paragraph"] == ["Câu có dấu ở đây.", "Câu sau."]


def test_a_marker_without_any_body_is_reported():
    document = parse("Câu có dấu[^1] ở đây.".encode(), "a.md")
    assert [(n.marker, n.note) for n in document.footnotes] == [("1", "marker without body")]


def test_a_repeated_reference_shows_on_both_passages():
    document = parse("Câu một[^1].\n\nCâu hai[^1].\n\n[^1]: Thân.\n".encode(), "a.md")
    (note,) = document.footnotes
    assert note.anchor is not None
    assert note.anchor.passage == document.passages[0].id
    assert [p.footnotes for p in document.passages[:2]] == [(note.id,), (note.id,)]


def test_html():
    page = """<?xml version="1.0" encoding="utf-8"?><html><head><title>x</title><style>p {}</style></head><body>
    <nav>Trang chủ</nav><h3>I. KẾT QUẢ</h3><p>Còn 340 hộ<a href="#_ftn1"><sup>[1]</sup></a> nghèo&#x200B;,
    giảm 52.</p><table><caption>Bảng 1</caption><tr><th>TT</th><th>Tên</th><th>Số</th></tr>
    <tr><td>1</td><td>Xã&nbsp;A</td><td>12</td></tr></table>
    <div id="ftn1"><p><a href="#_ftnref1">[1]</a> Theo chuẩn mới.</p></div></body></html>"""
    document = parse(page.encode(), "a.bin")
    assert document.media_type == "text/html"
    assert document.passages[0].text == "Còn 340 hộ nghèo, giảm 52."
    assert document.footnotes[0].text == "Theo chuẩn mới."
    assert document.footnotes[0].anchor.offset == len("Còn 340 hộ")
    assert "Bảng 1" in document.canonical
    assert document.tables[0].rows == (("1", "Xã A", "12"),)
    assert "menus" in codes(document)


def test_a_reference_to_a_list_of_sources_is_no_note_body():
    page = '<html><body><p>Theo <a href="#ref12">[12]</a>, rừng tăng.</p></body></html>'
    assert parse(page.encode()).passages[0].kind == "paragraph"


def test_docx_notes_pages_and_labels():
    level = "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='upperRoman'/><w:lvlText w:val='%1.'/></w:lvl>"
    body = (
        para("KẾT QUẢ", "<w:pStyle w:val='H'/>")
        + "<w:p><w:r><w:t>Trang một.</w:t></w:r></w:p><w:p><w:r><w:br w:type='page'/><w:t>Có 12 xã</w:t></w:r>"
        + "<w:r><w:footnoteReference w:id='7'/></w:r><w:r><w:t> đạt</w:t></w:r><w:del><w:r><w:delText>xóa</w:delText>"
        + "</w:r></w:del><w:ins><w:r><w:t> chuẩn.</w:t></w:r></w:ins></w:p>"
        + para("NHIỆM VỤ", "<w:pStyle w:val='H'/>")
    )
    document = parse(
        docx(
            body,
            footnotes=f"<w:footnotes {W}><w:footnote w:type='separator' w:id='0'/><w:footnote w:id='7'>"
            f"{para('Theo Quyết định 12.')}</w:footnote></w:footnotes>",
            numbering=f"<w:numbering {W}><w:abstractNum w:abstractNumId='3'>{level}</w:abstractNum>"
            "<w:num w:numId='5'><w:abstractNumId w:val='3'/></w:num></w:numbering>",
            styles=f"<w:styles {W}><w:style w:styleId='H'><w:name w:val='x'/><w:pPr><w:numPr><w:numId w:val='5'/>"
            "</w:numPr></w:pPr></w:style></w:styles>",
            header1=f"<w:hdr {W}>{para('Mật')}</w:hdr>",
        ),
        "a.docx",
    )
    assert [(s.number, s.title) for s in document.sections] == [("I", "KẾT QUẢ"), ("II", "NHIỆM VỤ")]
    by_text = {p.text: p for p in document.passages}
    assert by_text["Trang một."].page == 1
    assert by_text["Có 12 xã đạt chuẩn."].page == 2
    assert by_text["Theo Quyết định 12."].page == 2, "a body stands on the page of its marker"
    assert document.footnotes[0].marker == "1", "Word numbers notes by order, whatever their ids"
    assert [(f.kind, f.text) for f in document.furniture] == [("running_head", "Mật")]


def test_docx_text_boxes_come_once():
    box = f"<w:drawing><w:txbxContent>{para('Trong khung.')}</w:txbxContent></w:drawing>"
    cell = f"<w:tc><w:p><w:r>{box}<w:t>Ô có khung</w:t></w:r></w:p></w:tc>"
    other = "".join(f"<w:tc>{para(t)}</w:tc>" for t in ("hai", "ba"))
    row = f"<w:tr>{''.join(f'<w:tc>{para(t)}</w:tc>' for t in ('Tên', 'Số', 'Năm'))}</w:tr><w:tr>{cell}{other}</w:tr>"
    document = parse(docx(f"<w:tbl>{row}</w:tbl>" + para("Hết.")), "a.docx")
    assert document.canonical.count("Trong khung.") == 1
    assert document.tables[0].rows == (("Ô có khung", "hai", "ba"),)


def test_docx_tabs_within_a_cell_do_not_make_cells():
    tabbed = "<w:tc><w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:footnoteReference w:id='1'/></w:r></w:p></w:tc>"
    plain = "".join(f"<w:tc>{para(t)}</w:tc>" for t in ("x", "y", "z"))
    document = parse(docx(f"<w:tbl><w:tr>{plain}</w:tr><w:tr>{tabbed}{tabbed}{tabbed}</w:tr></w:tbl>"), "a.docx")
    assert document.tables[0].rows == (("a b", "a b", "a b"),)


@pytest.fixture(scope="module")
def report(samples_dir) -> bytes:
    """Two pages of PDF: a paragraph over the page break, a raised marker, its note under a rule, page numbers."""
    font = next((samples_dir / "build/fonts").glob("*egular*.ttf"))
    pdfmetrics.registerFont(TTFont("Sample", font))
    out = BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    lines = ["Toàn huyện còn 340 hộ nghèo; thu nhập bình quân đầu người của huyện đạt 32 triệu đồng"] * 3
    for number in (1, 2):
        page.setFont("Sample", 14)
        for i, line in enumerate(lines):
            page.drawString(80, 700 - 20 * i, line)
        if number == 1:
            end = 80 + pdfmetrics.stringWidth(lines[-1], "Sample", 14)
            page.setFont("Sample", 8)
            page.drawString(end, 665, "1")
            page.line(80, 120, 200, 120)
            page.drawString(80, 105, "1")
            page.setFont("Sample", 11)
            page.drawString(86, 101, "Theo chuẩn nghèo mới của Chính phủ.")
        page.setFont("Sample", 12)
        page.drawString(295, 800, str(number))
        page.showPage()
    page.save()
    return out.getvalue()


def test_pdf_note_and_page(report):
    document = parse(report, "a.txt")
    assert document.media_type == "application/pdf"
    (note,) = document.footnotes
    assert (note.marker, note.text, note.note) == ("1", "Theo chuẩn nghèo mới của Chính phủ.", None)
    carrier = next(p for p in document.passages if p.id == note.anchor.passage)
    assert carrier.text[: note.anchor.offset].endswith("triệu đồng")
    assert carrier.page == 1


def test_pdf_letters_drawn_twice_are_read_once(report):
    out = BytesIO()
    page = canvas.Canvas(out, invariant=1)
    for shift in (0, 0.3):
        page.drawString(80 + shift, 700, "Ket qua giam ngheo")
    page.save()
    assert [p.text for p in parse(out.getvalue()).passages] == ["Ket qua giam ngheo"]


def test_pdf_page_numbers_are_no_text(report):
    document = parse(report)
    assert [f.text for f in document.furniture if f.kind == "page_number"] == ["1", "2"]
    assert not [p for p in document.passages if p.text in {"1", "2"}]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"  \n<!DOCTYPE html><html>", "text/html"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (TEXT.encode(), "text/plain"),
        (TEXT.encode("utf-16"), "text/plain"),
        (TEXT.encode("utf-16-le"), "text/plain"),
        (docx(para("x")), DOCX),
        (bytes(range(256)) * 40, "application/octet-stream"),
    ],
)
def test_content_decides(data, kind):
    assert sniff(data) == kind


def test_what_no_reader_takes_is_named():
    with pytest.raises(UnsupportedFileError, match=r"image/gif"):
        parse_bytes(b"GIF89a" + bytes(100), "ảnh.txt")


@pytest.mark.parametrize(
    ("properties", "markers"),
    [
        ("", ["i", "ii"]),
        ("<w:endnotePr><w:numFmt w:val='decimal'/></w:endnotePr>", ["1", "2"]),
        ("<w:endnotePr><w:numFmt w:val='upperLetter'/><w:numStart w:val='3'/></w:endnotePr>", ["C", "D"]),
    ],
)
def test_endnotes_show_the_numbers_that_word_prints(properties, markers):
    mark = "<w:r><w:endnoteReference w:id='{}'/></w:r>"
    text = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    body = f"<w:p>{text.format('Thu ngân sách đạt 40 tỷ đồng')}{mark.format(9)}{text.format('; chi đạt 71 tỷ đồng')}"
    body += f"{mark.format(4)}{text.format('.')}</w:p><w:sectPr>{properties}</w:sectPr>"
    notes = "".join(
        f"<w:endnote w:id='{i}'><w:p>{text.format(t)}</w:p></w:endnote>" for i, t in ((4, "Bằng 97%."), (9, "Tăng 3%."))
    )
    document = parse(docx(body, endnotes=f"<w:endnotes {W}>{notes}</w:endnotes>"), "a.docx")
    found = sorted((f.marker, f.text) for f in document.footnotes)
    assert found == list(zip(markers, ["Tăng 3%.", "Bằng 97%."], strict=True))
    assert all(f.anchor for f in document.footnotes)


def test_backslashes_of_markdown_are_no_text():
    document = parse("Mở đầu.\n\n1\\. Kinh tế\n\nGiá \\*tạm tính\\* là 5 \\_ đồng, ổ C:\\Dữ liệu.\n".encode(), "a.md")
    assert [(s.number, s.title) for s in document.sections] == [("1", "Kinh tế")]
    assert document.passages[-1].text == "Giá *tạm tính* là 5 _ đồng, ổ C:\\Dữ liệu."
    assert "account" not in codes(document)


def test_lines_within_a_pipe_cell_are_words_apart():
    text = "Mở đầu.\n\n| TT | Chỉ tiêu<br>năm 2023 | Kết quả |\n|---|---|---|\n| 1 | Thu<br/>ngân sách | 40 |\n"
    document = parse(text.encode(), "a.md")
    assert document.tables[0].columns[1] == "Chỉ tiêu năm 2023"
    assert document.tables[0].rows[0][1] == "Thu ngân sách"
    assert "account" not in codes(document)


PANDOC = """Kết quả như sau:

  Bản           Số hộ   Tỷ lệ (%)
  ------------- ------- -----------
  Nà Phạ        141     20,6
  Pù Sliếng     88      42,0

Trong đó còn:

  ------------------------------------
  Việc          Số        Ghi
  đã làm        (cái)     chú
  ------------- --------- ------------
  Nhà           12        làm
  tạm                     trong năm

  Bể nước       3
  ------------------------------------

Và:

+------+---------+-------+
| TT   | Cây     | Số    |
+======+=========+=======+
| 1    | Chè     | 5     |
|      | búp     |       |
+------+---------+-------+
| 2    | Quế     | 6     |
+------+---------+-------+

Hết.
"""


def test_tables_as_pandoc_draws_them():
    document = parse(PANDOC.encode(), "a.md")
    assert [t.columns for t in document.tables] == [
        ("Bản", "Số hộ", "Tỷ lệ (%)"),
        ("Việc đã làm", "Số (cái)", "Ghi chú"),
        ("TT", "Cây", "Số"),
    ]
    assert document.tables[0].rows == (("Nà Phạ", "141", "20,6"), ("Pù Sliếng", "88", "42,0"))
    assert document.tables[1].rows == (("Nhà tạm", "12", "làm trong năm"), ("Bể nước", "3", ""))
    assert document.tables[2].rows == (("1", "Chè búp", "5"), ("2", "Quế", "6"))
    assert "account" not in codes(document)


@pytest.mark.parametrize("broken", ["+---+---+\n" * 3_000, "  --- ---\n a  b\n" * 3_000, "+---+---+\n| a | b |\n" * 50])
def test_half_a_pandoc_table_is_text_or_a_table_and_nothing_is_lost(broken):
    document = parse(f"Mở đầu báo cáo.\n\n{broken}".encode(), "a.md")
    assert "account" not in codes(document)
    if "a" in broken:
        assert "b" in document.canonical
