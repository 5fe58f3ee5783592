"""Fonts before Unicode in text files, DOCX and HTML."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from io import BytesIO

import pytest
from legacy_text import FRENCH, REPORT, encode

from ingest.document import Document
from ingest.legacy_fonts import charset_of_bytes
from ingest.legacy_tables import CHARSETS
from ingest.pipeline import parse_bytes

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def parse(data: bytes, name: str = "a.txt") -> Document:
    document = parse_bytes(data, name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def told(document: Document) -> str:
    """The message of the one warning about legacy fonts."""
    (warning,) = [w for w in document.warnings if w.code == "legacy-font"]
    return warning.message


def is_silent(document: Document) -> bool:
    return not any(w.code == "legacy-font" for w in document.warnings)


# ---- text files


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("form", ["bytes", "utf-8"])
def test_text_files(charset, form):
    legacy = encode(REPORT, charset)
    document = parse(legacy.encode("latin-1") if form == "bytes" else legacy.encode())
    plain = parse(REPORT.encode())
    assert document.canonical == plain.canonical
    assert [s.title for s in document.sections] == [s.title for s in plain.sections]
    assert document.metadata.title == plain.metadata.title
    assert "legacy" in told(document)
    assert is_silent(plain)


def test_a_short_file_and_other_code_pages():
    assert charset_of_bytes(encode("Đảng bộ huyện", "tcvn3").encode("latin-1")) == "tcvn3"
    assert charset_of_bytes("Đaòng bôò huyêòn".encode("cp1258", "ignore")) != "tcvn3"
    assert charset_of_bytes(FRENCH.replace("Đ", "D").encode("cp1252")) is None
    assert is_silent(parse(FRENCH.replace("Đ", "D").encode("cp1252")))
    assert is_silent(parse(FRENCH.encode()))


def test_a_file_of_unicode_with_old_paragraphs_in_it():
    lines = REPORT.split("\n")
    mixed = [encode(line, "tcvn3") if i % 2 and len(line) > 100 else line for i, line in enumerate(lines)]
    mixed[5] = encode(lines[5], "tcvn3")
    document = parse("\n".join(mixed).encode())
    assert document.canonical == parse(REPORT.encode()).canonical
    assert "TCVN3" in told(document)


# ---- DOCX


def run(text: str, font: str = "", more: str = "") -> str:
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>' if font else ""
    return f'<w:r><w:rPr>{fonts}{more}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def docx(*paragraphs: str, **parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        body = "".join(p if p.startswith("<w:p>") else f"<w:p>{p}</w:p>" for p in paragraphs)
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            archive.writestr(f"word/{name.replace('__', '/')}.xml", text)
    return out.getvalue()


def styles(inner: str) -> str:
    return f"<w:styles {W}>{inner}</w:styles>"


def fonts(name: str) -> str:
    return f'<w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}"/></w:rPr>'


def test_docx_runs_of_four_fonts_in_one_paragraph():
    data = docx(
        run(encode("báo cáo kết quả", "tcvn3"), ".VnTimeH"),
        run("Đảng bộ xã ", "Times New Roman")
        + run(encode("tập trung lãnh đạo ", "tcvn3"), ".VnTime")
        + run(encode("phát triển ", "vni"), "VNI-Times", "<w:b/>")
        + run(encode("sản xuất", "vps"), "VPS Times")
        + run(", đời sống ổn định."),
    )
    document = parse(data, "a.docx")
    words = "BÁO CÁO KẾT QUẢ Đảng bộ xã tập trung lãnh đạo phát triển sản xuất, đời sống ổn định."
    assert " ".join(document.canonical.split()) == words
    message = told(document)
    assert "TCVN3 (ABC), VNI, VPS" in message
    assert "4 đoạn" in message


def test_docx_fonts_of_styles_defaults_and_theme():
    sheet = styles(
        f"<w:docDefaults><w:rPrDefault>{fonts('VNI-Times')}</w:rPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        f'<w:style w:type="paragraph" w:styleId="Old"><w:basedOn w:val="Base"/></w:style>'
        f'<w:style w:type="paragraph" w:styleId="Base">{fonts(".VnTime")}</w:style>'
        f'<w:style w:type="character" w:styleId="Caps">{fonts(".VnTimeH")}</w:style>'
        '<w:style w:type="paragraph" w:styleId="Theme"><w:rPr>'
        '<w:rFonts w:asciiTheme="minorHAnsi" w:hAnsiTheme="minorHAnsi"/></w:rPr></w:style>'
    )
    theme = (
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:themeElements><a:fontScheme>'
        '<a:minorFont><a:latin typeface="Times New Roman"/></a:minorFont></a:fontScheme></a:themeElements></a:theme>'
    )

    def para(style: str, inner: str) -> str:
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{inner}</w:p>'

    data = docx(
        run(encode("Chi bộ họp thường kỳ.", "vni")),
        para(
            "Old",
            run(encode("Đảng viên dự đủ; ", "tcvn3"))
            + run(encode("nghị quyết", "tcvn3"), more='<w:rStyle w:val="Caps"/>'),
        ),
        para("Theme", run("Việc đã rõ và đã làm.")),
        styles=sheet,
        theme__theme1=theme,
    )
    document = parse(data, "a.docx")
    words = "Chi bộ họp thường kỳ. Đảng viên dự đủ; NGHỊ QUYẾT Việc đã rõ và đã làm."
    assert document.canonical.split() == words.split()
    assert "3 đoạn" in told(document)


def test_docx_a_pair_cut_by_a_run_footnotes_and_symbols():
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    symbol = '<w:r><w:sym w:font=".VnTime" w:char="F0B8"/></w:r>'
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2"><w:p>{run(encode("Số liệu của huyện ủy.", "tcvn3"), ".VnTime")}</w:p>'
        "</w:footnote></w:footnotes>"
    )
    data = docx(
        run("Hoäi nghò ca", "VNI-Times") + run("ùn boä", "VNI-Times", "<w:b/>") + run(" đã họp.") + reference,
        run("B", ".VnTime") + symbol + run(encode("o cáo đã gửi.", "tcvn3"), ".VnTime"),
        footnotes=notes,
    )
    document = parse(data, "a.docx")
    assert document.passages[0].text == "Hội nghị cán bộ đã họp."
    assert "Báo cáo đã gửi." in document.canonical
    (note,) = document.footnotes
    assert note.text == "Số liệu của huyện ủy."
    assert note.anchor
    assert note.anchor.offset == len("Hội nghị cán bộ đã họp.")


def test_docx_automatic_numbers_in_an_old_font():
    numbering = (
        f'<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
        f'<w:numFmt w:val="decimal"/><w:lvlText w:val="{encode("Điều", "tcvn3")} %1."/>{fonts(".VnTime")}</w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    data = docx(
        f"<w:p>{numbered}{run('Phạm vi áp dụng')}</w:p>", run("Quy chế này áp dụng trong Đảng bộ."), numbering=numbering
    )
    document = parse(data, "a.docx")
    assert document.sections[0].number == "Điều 1"


def test_docx_unicode_pasted_into_an_old_font_stays():
    sentence = "Và nhà nào có nước sạch thì đã ghi vào sổ của bản."
    document = parse(docx(run(sentence, ".VnTime"), run("Chi bộ đã họp.", ".VnTime")), "a.docx")
    assert sentence in document.canonical
    assert is_silent(document)
    old = encode("Chi bộ đã họp bàn việc sửa đường, mở thêm lớp học ở bản xa.", "tcvn3")
    document = parse(docx(run(sentence, ".VnTime"), run(old, ".VnTime"), run(old, ".VnTime")), "a.docx")
    assert sentence in document.canonical
    assert "Chi bộ đã họp bàn việc sửa đường" in document.canonical


# ---- HTML


def page(body: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize("codec", ["utf-8", "latin-1"])
def test_html_fonts_by_style_face_and_class(codec):
    head = (
        '<style><!-- p.MsoNormal, li.MsoNormal {margin:0; font-family:"\\.VnTime", serif}\n'
        "td {font-family: Arial} .x1 {font:12.0pt VNI-Times} --></style>"
    )
    body = (
        f"<p class=MsoNormal>{encode('Đường giao thông được mở tới bản.', 'tcvn3')}</p>"
        f"<p class=MsoNormal><span style='font-family:\".VnTimeH\"'>{encode('nghị quyết', 'tcvn3')}</span></p>"
        f'<p><font face="VNI-Times">{encode("Cán bộ xã đã họp.", "vni")}</font></p>'
        f"<p class='x1 x2'>{encode('Nước sạch đã về.', 'vni')}</p>"
        "<p>Th&#7917; b&#7857;ng ch&#7919; m&#7899;i.</p>"
    )
    document = parse(page(body, head).encode(codec), "a.html")
    words = "Đường giao thông được mở tới bản. NGHỊ QUYẾT Cán bộ xã đã họp. Nước sạch đã về. Thử bằng chữ mới."
    assert " ".join(document.canonical.split()) == words
    assert "TCVN3 (ABC), VNI" in told(document)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("form", ["windows-1252", "utf-8", "none"])
def test_html_without_fonts_goes_by_its_letters(charset, form):
    lines = "".join(f"<p>{encode(line, charset, controls=False)}</p>" for line in REPORT.split("\n") if line)
    head = "" if form == "none" else f'<meta http-equiv="Content-Type" content="text/html; charset={form}">'
    data = page(lines, head).encode("utf-8" if form == "utf-8" else "latin-1")
    document = parse(data, "a.html")
    new = parse(page("".join(f"<p>{line}</p>" for line in REPORT.split("\n") if line)).encode(), "a.html")
    assert document.canonical == new.canonical
    assert "thống kê" in told(document)


def test_html_in_the_vietnamese_code_page_of_windows():
    old = encode("Tình hình kinh tế đã ổn định, đời sống được nâng lên.", "tcvn3").encode("latin-1")
    data = (
        b'<html><head><meta charset="windows-1258"></head><body><p style="font-family:.VnTime">'
        + old
        + b"</p></body></html>"
    )
    assert parse(data, "a.html").passages[0].text == "Tình hình kinh tế đã ổn định, đời sống được nâng lên."


def test_html_that_needs_nothing_is_left_alone():
    soft = unicodedata.normalize("NFD", "Bản Nà Lừu đã có điện lưới quốc gia") + " và nước s\u00adạch."
    document = parse(
        page(f"<p style='font-family:VNI-Times'>{soft}</p><p>Caf\u00e9 \u00ab au lait \u00bb</p>").encode(), "a.html"
    )
    assert document.passages[0].text == "Bản Nà Lừu đã có điện lưới quốc gia và nước sạch."
    assert "Café « au lait »" in document.canonical
    assert is_silent(document)


@pytest.mark.parametrize("character", ["&#x1F;", "&#xFFFE;", "&#1;"])
def test_html_entities_that_no_text_may_hold_in_an_old_font(character):
    body = f"<p><font face='.VnTimeH'>chi{character} b{encode('ộ', 'tcvn3')}{character}</font> b{character}</p>"
    document = parse(page(body).encode(), "a.html")
    assert re.sub(r"[^\w ]", "", document.canonical).startswith("CHI BỘ b")
