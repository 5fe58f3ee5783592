"""Fonts before Unicode: tables, conversion there and back, detection, and every reader."""

from __future__ import annotations

import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legacy_text import REPORT, codes, encode

from ingest.document import Document
from ingest.legacy_fonts import (
    Tally,
    charset_of_bytes,
    charset_of_font,
    convert,
    convert_pieces,
    convert_run,
    detect_charset,
    is_capital_font,
)
from ingest.legacy_tables import CHARSETS, shield, unshield
from ingest.letters import LOWER, UPPER
from ingest.pipeline import parse_bytes

SMALL = LOWER.removeprefix("a-z")
CAPITALS = UPPER.removeprefix("A-Z")
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SENTENCES = [line for line in REPORT.split("\n") if len(line) > 100]
FRENCH = (
    "Le comité a été réuni à Hué; les élèves de l'école de Đông Ba étaient là, près de la rivière. Il a déjà étudié "
    "le problème où les égouts débordent, et dès l'été prochain la dépense sera répartie, même si l'été est très sec."
)
ENGLISH = (
    "Soil — 25 °C, ± 3 µm, ½ inch, § 4 © 2004 “naïve” café, façade, señor, Übermut, rôle, résumé; déjà vu, cliché."
)


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


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_letter_has_a_code_and_comes_back(charset):
    assert set(SMALL) <= set(codes(charset))
    assert convert(encode(SMALL, charset), charset).text == SMALL
    assert set(CAPITALS) <= set(codes(charset))
    back = [convert(encode(letter, charset), charset).text for letter in CAPITALS]
    assert "".join(back).upper() == CAPITALS
    lost = set() if charset != "tcvn3" else set(CAPITALS) - set("ĂÂÊÔƠƯĐ")
    assert {letter.upper() for letter in back if letter.islower()} == lost


@pytest.mark.parametrize(
    ("legacy", "charset", "text"),
    [
        # as published with converters, not made by our tables
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "tcvn3", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("hép møt tÕt", "tcvn3", "hộp mứt tết"),
        ("M« h×nh hãa vµ m« pháng", "tcvn3", "Mô hình hóa và mô phỏng"),
        ("Xin chaøo caùc baïn", "vni", "Xin chào các bạn"),
        ("Theâm Vaøo Danh Muïc Coâng Vieäc", "vni", "Thêm Vào Danh Mục Công Việc"),
    ],
)
def test_known_words(legacy, charset, text):
    assert convert(legacy, charset).text == text


@given(st.text(alphabet=SMALL + CAPITALS + "bcdghklmnpqrstvxBCDGHK .,;:-()0123456789\n", max_size=200))
def test_there_and_back(text):
    for charset in CHARSETS:
        back = convert(encode(text, charset), charset).text
        assert len(back) == len(text)
        assert back.lower() == text.lower()
        if charset == "vni":
            assert back == text
    assert convert(encode(text.lower(), "tcvn3"), "tcvn3", capitals=True).text == text.lower().upper()


@given(st.text(max_size=40), st.sampled_from(CHARSETS), st.booleans())
def test_any_text_is_converted_without_a_fall(text, charset, capitals):
    cut = len(text) // 2
    runs, done = convert_pieces([text[:cut], "", text[cut:]], charset, capitals)
    assert "".join(runs) == done.text == convert(text, charset, capitals).text
    if text.isascii() and not any(c < " " for c in text):
        assert done.text == (text.upper() if capitals else text)
    detect_charset(text * 20)


def test_a_sentence_of_small_letters_loses_nothing_in_tcvn3():
    for sentence in SENTENCES:
        assert convert(encode(sentence, "tcvn3"), "tcvn3").text == sentence
        assert convert(encode(sentence, "tcvn3"), "tcvn3").lossy == 0


def test_capitals_that_tcvn3_lacks_come_from_their_neighbours():
    title = "ĐẠI HỘI ĐẢNG BỘ XÃ NÀ LỪU VÀ KẾT QUẢ"
    done = convert(encode(title, "tcvn3"), "tcvn3")
    assert done.text == title
    assert done.capitals == done.lossy == 10
    # what no neighbour tells stays as it is printed
    for kept in ("Cá và tôm", "Tại Hà Giang", "ở"):
        assert convert(encode(kept, "tcvn3"), "tcvn3").text == kept
    assert convert(encode("Ở bản Ấm", "tcvn3"), "tcvn3").text == "ở bản ấm"


def test_the_forms_in_which_codes_reach_us():
    codes = encode("Tỷ lệ hộ nghèo giảm, đường sá tốt hơn, được mùa", "tcvn3").encode("latin-1")
    forms = [codes.decode("latin-1"), codes.decode("cp1252", "ignore"), codes.decode("cp1258", "ignore")]
    forms.append("".join(chr(0xF000 + b) if b > 0x7F else chr(b) for b in codes))
    forms.append("".join(chr(0xF000 + b) if b != 0x20 else " " for b in codes))
    forms.append(shield(codes.decode("latin-1")))
    assert {convert(form, "tcvn3").text for form in forms} == {"Tỷ lệ hộ nghèo giảm, đường sá tốt hơn, được mùa"}
    assert unshield(forms[-1]) == codes.decode("latin-1")


def test_a_pair_of_vni_may_be_cut_between_two_runs():
    runs, done = convert_pieces(["ca", "ùc ba", "ïn, Ñ", "AÛ", "NG"], "vni")
    assert runs == ["cá", "c bạ", "n, Đ", "Ả", "NG"]
    assert done.text == "các bạn, ĐẢNG"


def test_signs_that_are_no_letters_stay():
    assert convert("“25” – m² … §", "vni").text == "“25” – m² … §"
    assert convert("\x93a\x94 \x96 25°C", "tcvn3").text == "“a” – 25°C"


@pytest.mark.parametrize(
    ("font", "charset", "capitals"),
    [
        (".VnTime", "tcvn3", False),
        (".VNTIME", "tcvn3", False),
        (".VnTimeH", "tcvn3", True),
        ("ABCDEF+.VnTimeH-Bold", "tcvn3", True),
        ("ABCDEF+.VnArial,BoldItalic", "tcvn3", False),
        ('".VnArial NarrowH", sans-serif', "tcvn3", True),
        ("\\.VnTimeH", "tcvn3", True),
        (".vntimeh", "tcvn3", True),
        (".VnEnglish", "tcvn3", False),
        ("VNI-Times", "vni", False),
        ("vni-times, serif", "vni", False),
        ("ABCDEF+VNI-Helve-Condense", "vni", False),
        ("VPS Times", "vps", False),
        ("VPS Times Hoa", "vps", True),
        ("Times New Roman", None, False),
        ("Vineta BT", None, False),
        ("Verdana", None, False),
        ("VNtimes new roman", None, False),  # VietWare, another character set
        (".VnTimes2", None, False),  # Bách Khoa HCM, another one
        ("", None, False),
    ],
)
def test_names_of_fonts(font, charset, capitals):
    assert charset_of_font(font) == charset
    assert is_capital_font(font) is capitals


def test_a_run_is_converted_by_its_font_and_counted():
    tally = Tally()
    assert convert_run(encode("chi bộ", "tcvn3"), "ABCDEF+.VnTimeH", tally) == ("CHI BỘ", "tcvn3")
    assert convert_run(encode("chi bộ", "vni"), "VNI-Times", tally) == ("chi bộ", "vni")
    assert convert_run("chi bộ", "Times New Roman", tally) == ("chi bộ", None)
    assert tally.runs == {"tcvn3": 1, "vni": 1}


def test_unicode_in_a_legacy_font_stays():
    for text in ("được mùa lúa nương", "và là nhà", "chi bộ"):
        for font in (".VnTime", "VNI-Times", "VPS Times"):
            assert convert_run(text, font) == (text, None)


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_text_is_recognised_by_its_letters(charset):
    assert detect_charset(encode(REPORT, charset)) == charset
    assert [detect_charset(encode(s, charset)) for s in SENTENCES] == [charset] * len(SENTENCES)


def debris(text: str) -> list[str]:
    """What wrong code pages make of `text`."""
    utf8 = text.encode()
    apart = "".join(c for c in unicodedata.normalize("NFD", text))
    return [
        utf8.decode("latin-1"),
        utf8.decode("cp1252", "replace"),
        text.encode("cp1258", "replace").decode("cp1252", "replace"),
        apart.encode("cp1258", "replace").decode("cp1252", "replace"),
        text.encode("latin-1", "replace").decode("latin-1"),
        text.encode("ascii", "ignore").decode(),
    ]


def test_nothing_else_is_taken_for_a_legacy_font():
    texts = [REPORT, unicodedata.normalize("NFD", REPORT), FRENCH, ENGLISH, FRENCH * 20, ENGLISH * 20, *debris(REPORT)]
    assert [detect_charset(t) for t in texts] == [None] * len(texts)


def test_detection_on_real_reports(shared_dir: Path):
    """Converted in memory only. Long paragraphs: nearly all right, and not one of another text taken for one."""
    right = count = 0
    for path in sorted((shared_dir / "seeds").glob("*.txt")):
        text = unicodedata.normalize("NFC", path.read_text("utf-8"))
        assert detect_charset(text) is None
        for line in [x for x in text.split("\n") if len(x) >= 150][::4]:
            assert detect_charset(line) is None
            assert not any(map(detect_charset, debris(line)))
            plain = "".join(c for c in line if c.isascii() or c in SMALL + CAPITALS)
            for charset in CHARSETS:
                count += 1
                found = detect_charset(encode(plain, charset))
                assert found in {charset, None}
                right += found == charset
    assert count > 500
    assert right >= 0.995 * count


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
