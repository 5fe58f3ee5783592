"""Footnotes that Markdown converters write as links, and what else those converters leave in a line."""

from __future__ import annotations

import pytest

from ingest.markup import strip_inline
from ingest.pipeline import parse_bytes

HEAD = "**I. KẾT QUẢ**\n\n"


def parse(text: str):
    document = parse_bytes(text.encode(), "a.md")
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def notes(document):
    """Marker → (the last words before it, the body)."""
    by_id = {p.id: p.text for p in document.passages}
    return {
        f.marker: (by_id[f.anchor.passage][: f.anchor.offset][-12:] if f.anchor else None, f.text)
        for f in document.footnotes
    }


@pytest.mark.parametrize(
    ("mark", "body"),
    [
        pytest.param("[[1]](#_ftn1)", "[[1]](#_ftnref1) BODY", id="html2text"),
        pytest.param(r"[\[1\]](#_ftn1)", r"[\[1\]](#_ftnref1) BODY", id="turndown"),
        pytest.param(r"[[1\]](#_ftn1)", r"[[1\]](#_ftnref1) BODY", id="half escaped"),
        pytest.param("<sup>[[1]](#_ftn1)</sup>", "<sup>[[1]](#_ftnref1)</sup> BODY", id="raised"),
        pytest.param("[<sup>[1]</sup>](#_ftn1)", "[<sup>[1]</sup>](#_ftnref1)BODY", id="raised inside"),
        pytest.param('[[1]](#_ftn1 "Chú thích")', '[[1]](#_ftnref1 "") BODY', id="title"),
        pytest.param("^[[1]](#_ftn1)^", "^[[1]](#_ftnref1)^ BODY", id="carets"),
        pytest.param("[**[1]**](#_ftn1)", "[**[1]**](#_ftnref1) BODY", id="bold"),
        pytest.param("[[1]](bao-cao.htm#_ftn1)", "---\n\n[[1]](bao-cao.htm#_ftnref1) BODY", id="saved page"),
        pytest.param("[[i]](#_edn1)", "[[i]](#_ednref1) BODY", id="endnote"),
        pytest.param("[1](#sdfootnote1sym)", "[1](#sdfootnote1anc) BODY", id="LibreOffice"),
        pytest.param(
            "[^1^](#sdfootnote1sym){#sdfootnote1anc .x}",
            "[1](#sdfootnote1anc){#sdfootnote1sym .y} BODY",
            id="attributes",
        ),
        pytest.param("[[1]](#ftnt1)", "[[1]](#ftnt_ref1) BODY", id="Google Docs"),
        pytest.param(
            '<a href="#_ftn1" name="_ftnref1"><sup>[1]</sup></a>',
            '<p class="MsoFootnoteText"><a href="#_ftnref1" name="_ftn1"><sup>[1]</sup></a> BODY</p>',
            id="raw HTML",
        ),
        pytest.param(
            r'<a id="footnote-ref-1"></a>[\[1\]](#footnote-1)',
            '1. <a id="footnote-1"></a> BODY [↑](#footnote-ref-1)',
            id="mammoth",
        ),
        pytest.param("[[1]](#endnote-2)", "1. BODY [↑](#endnote-ref-2)", id="markitdown, endnote"),
        pytest.param("[[1]](#footnote-2)", "1. BODY [↑](#footnote-ref-2)", id="markitdown"),
        pytest.param("[1](#fn1)", "1.  BODY [↩︎](#fnref1)", id="Pandoc's HTML"),
    ],
)
def test_every_linked_style(mark, body):
    text = f"{HEAD}Toàn huyện còn 340 hộ nghèo{mark}: giảm 52 hộ.\n\n{body.replace('BODY', 'Trong đó 12 hộ mới.')}\n"
    document = parse(text)
    marker = "i" if "_edn" in mark else "1"
    assert notes(document) == {marker: ("340 hộ nghèo", "Trong đó 12 hộ mới.")}
    carrier = next(p for p in document.passages if p.kind == "paragraph")
    assert carrier.text == "Toàn huyện còn 340 hộ nghèo: giảm 52 hộ."


def test_further_paragraphs_of_a_body_reach_to_the_next_body():
    document = parse(
        f"{HEAD}Trồng 12 ha dưa[[1]](#_ftn1), 3 ha chè[[2]](#_ftn2).\n\n* * *\n\n"
        "[[1]](#_ftnref1) Ở Nà Bó.\n\nĐã bao tiêu hết.\n\n[[2]](#_ftnref2) Giống cũ.\n\nCòn 2 ha mới trồng.\n"
    )
    assert notes(document) == {
        "1": ("ng 12 ha dưa", "Ở Nà Bó.\nĐã bao tiêu hết."),
        "2": ("ưa, 3 ha chè", "Giống cũ.\nCòn 2 ha mới trồng."),
    }


@pytest.mark.parametrize("anchor", ["", '<a id="footnote-5"></a> '], ids=["markitdown", "mammoth"])
def test_only_the_last_paragraph_of_a_listed_body_has_the_link_back(anchor):
    document = parse(
        f"{HEAD}Trồng 12 ha dưa[[1]](#footnote-5), 3 ha chè[[2]](#footnote-6).\n\nNgười dân có lãi.\n\n"
        f"1. {anchor}Ở Nà Bó.\n\nĐã bao tiêu hết. [↑](#footnote-ref-5)\n2. Giống cũ. [↑](#footnote-ref-6)\n"
    )
    assert notes(document) == {
        "1": ("ng 12 ha dưa", "Ở Nà Bó.\nĐã bao tiêu hết."),
        "2": ("ưa, 3 ha chè", "Giống cũ."),
    }
    assert [s.title for s in document.sections] == ["KẾT QUẢ"]
    assert [p.text for p in document.passages if p.kind == "paragraph"][-1] == "Người dân có lãi."


def test_ids_link_where_the_numbers_shown_begin_anew():
    document = parse(
        f"{HEAD}Còn 12 hộ[[1]](#_ftn1), 5 hộ mới[[1]](#_ftn2), 3 hộ cũ[[1]](#_edn1).\n\n"
        "[[1]](#_ftnref1) Ở Nà Bó.\n\n[[1]](#_ftnref2) Ở Co Mạ.\n\n[[1]](#_ednref1) Ở Hua Trai.\n"
    )
    carrier = next(p for p in document.passages if p.kind == "paragraph")
    assert carrier.text == "Còn 12 hộ, 5 hộ mới, 3 hộ cũ."
    found = [(f.marker, carrier.text[: f.anchor.offset].split()[-1], f.text) for f in document.footnotes if f.anchor]
    assert found == [("1", "hộ", "Ở Nà Bó."), ("1", "mới", "Ở Co Mạ."), ("1", "cũ", "Ở Hua Trai.")]


def test_a_body_ends_before_what_is_no_part_of_it():
    document = parse(
        f"{HEAD}Còn 12 hộ[[1]](#_ftn1).\n\n[[1]](#_ftnref1) 2024. Tính đến tháng 9.\n\n## **II. HẠN CHẾ**\n\n"
        "Còn 3 ha chè[[2]](#_ftn2) chưa thu.\n\n[[2]](#_ftnref2) Giống cũ.\n\n*Nơi nhận:*\n\n- Lưu Văn phòng.\n"
    )
    assert [(f.marker, f.text) for f in document.footnotes] == [("1", "2024. Tính đến tháng 9."), ("2", "Giống cũ.")]
    assert [s.title for s in document.sections] == ["KẾT QUẢ", "HẠN CHẾ"]
    assert any("Lưu Văn phòng" in f.text for f in document.furniture)


@pytest.mark.parametrize(
    "link",
    ["[12](#_Toc123)", "[mục lục](#_ftn1)", "[[1]](https://xa-ban-lanh.vn/#_ftn1)", "[[1]](https://xa-ban-lanh.vn)"],
)
def test_other_links_stay_text(link):
    document = parse(f"{HEAD}Toàn huyện còn 340 hộ nghèo{link}, giảm 52 hộ.\n")
    assert document.footnotes == ()
    assert link in document.passages[0].text


def test_a_marker_in_a_table_cell_and_one_without_body():
    document = parse(
        f"{HEAD}| TT | Chỉ tiêu | Kết quả |\n| --- | --- | --- |\n| 1 | Hộ nghèo[[1]](#_ftn1) | 340 |\n\n"
        "Đã giao 12 ha[[2]](#_ftn2).\n\n[[1]](#_ftnref1) Theo chuẩn mới.\n"
    )
    assert document.tables[0].rows[0][1] == "Hộ nghèo"
    assert {f.marker: f.text for f in document.footnotes} == {"1": "Theo chuẩn mới.", "2": ""}


def test_headings_of_mammoth():
    document = parse(
        '<a id="_Toc1"></a>__PHẦN THỨ NHẤT__\n\n__KẾT QUẢ NĂM 2024__\n\n'
        '<a id="_Toc2"></a>__I\\. BỐI CẢNH \\- TÌNH HÌNH__\n\n'
        "Năm 2024 thời tiết không thuận\\.\n\n<a name='_Toc3'></a>__II\\. KINH TẾ__\n\n__1\\. Nông nghiệp__\n\n"
        "__*1\\.1 Trồng trọt*__\n\nGieo 12\\.640 ha lúa \\(vụ xuân\\)\\.\n\n***a/ Lúa***\n\nĐạt 61 tạ/ha\\.\n\n"
        "__*1\\.2 Chăn nuôi*__\n\nĐàn trâu 2\\.100 con\\.\n"
    )
    assert [(s.number, s.title) for s in document.sections] == [
        ("PHẦN THỨ NHẤT", "KẾT QUẢ NĂM 2024"),
        ("I", "BỐI CẢNH - TÌNH HÌNH"),
        ("II", "KINH TẾ"),
        ("1", "Nông nghiệp"),
        ("1.1", "Trồng trọt"),
        ("a", "Lúa"),
        ("1.2", "Chăn nuôi"),
    ]
    assert [p.text for p in document.passages if p.kind == "paragraph"][1] == "Gieo 12.640 ha lúa (vụ xuân)."


@pytest.mark.parametrize(
    ("line", "text", "bold"),
    [
        ("__*2\\.1 Tên mục*__", "2.1 Tên mục", True),
        ("**_2.1. Tên mục_**", "2.1. Tên mục", True),
        ("_Tên mục_", "Tên mục", True),
        ("**1.1.** **Tên mục**", "1.1. Tên mục", True),
        ("__“Về đích”__", "“Về đích”", True),
        ("__\\(1\\) Tên mục__", "(1) Tên mục", True),
        ("__Số 12__*/BC* của xã", "Số 12/BC của xã", False),
        ("Số:__-BC/HU, ngày __ tháng __", "Số:__-BC/HU, ngày __ tháng __", False),
        ("tệp bao_cao_1 và _", "tệp bao_cao_1 và _", False),
        ("![Ảnh (1)](media/a(1).png){width=3in}", "", False),
        ("![](data:image/png;base64...)", "", False),
        ("![][image1]", "", False),
        ("[image1]: <data:image/png;base64,iVBOR=>", "", False),
        ("[]{#_Toc1 .anchor}**Tên mục**", "Tên mục", True),
    ],
)
def test_markup_of_converters(line, text, bold):
    inline = strip_inline(line)
    assert (inline.text, inline.bold) == (text, bold)
    assert len(line.replace(" ", "")) == len((inline.text + "".join(inline.removed)).replace(" ", ""))


def test_letterhead_and_signature_in_cells_whose_lines_two_blanks_part():
    document = parse(
        "| **ĐẢNG BỘ HUYỆN BẢN LÀNH**  **BAN CHẤP HÀNH KHÓA XII**  \\* Số 41-BC/HU | **ĐẢNG CỘNG SẢN VIỆT NAM**  "
        "*Bản Lành, ngày 05 tháng 6 năm 2024* |\n| --- | --- |\n\n**BÁO CÁO CHÍNH TRỊ**\n\n"
        "**của Ban Chấp hành Đảng bộ huyện khóa XII, nhiệm kỳ 2020 - 2025**\n\n"
        "***“Đoàn kết, đưa Bản Lành đi lên”***\n\n"
        "**I. KẾT QUẢ**\n\nNăm 2024 Bản Lành còn 340 hộ nghèo.\n\n"
        "|  | **T/M BAN CHẤP HÀNH ĐẢNG BỘ HUYỆN**  **BÍ THƯ**      **Lò Văn Thương** |\n| --- | --- |\n"
    )
    meta = document.metadata
    assert meta.issuer == "Ban Chấp hành Đảng bộ huyện Bản Lành"
    assert (meta.place, meta.number, meta.date) == ("huyện Bản Lành", "41-BC/HU", "2024-06-05")
    assert meta.signer == "Lò Văn Thương"
    assert meta.title == "Báo cáo chính trị của Ban Chấp hành Đảng bộ huyện khóa XII, nhiệm kỳ 2020 - 2025"
    assert document.tables == ()


def test_a_link_in_a_comment_is_no_note():
    document = parse(f"{HEAD}Còn 340 hộ<!--[[2]](#_ftn2)--> nghèo.<!--<a href=#_ftn1></a>-->\n")
    assert document.footnotes == ()
    assert "Còn 340 hộ nghèo." in document.canonical
