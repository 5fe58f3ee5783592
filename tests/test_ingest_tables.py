"""Tables: headers of two lines, index rows, missing headers, stitching, shifted and broken rows, titles, layout."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from ingest.pipeline import parse_bytes

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def parse(data: str | bytes, name: str = "a.md"):
    document = parse_bytes(data if isinstance(data, bytes) else data.encode(), name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    assert all(len(r) == len(t.columns) for t in document.tables for r in t.rows)
    return document


def docx(body: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


TWO_LINES = ("TT", "Chỉ tiêu", "Năm 2023 – KH", "Năm 2023 – TH", "Năm 2024 – KH", "Năm 2024 – TH")
DATA = (("1", "Thu ngân sách", "40", "41,7", "45", "46"), ("2", "Trồng rừng", "300", "310", "320", "325"))
ROWS = "".join("\t".join(r) + "\n" for r in DATA)
HTML_ROWS = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in r)}</tr>" for r in DATA)

# name → (file name, content, columns, rows)
TABLES = {
    "two header lines, blank for merged": (
        "a.md",
        f"TT\tChỉ tiêu\tNăm 2023\t\tNăm 2024\t\n\t\tKH\tTH\tKH\tTH\n{ROWS}",
        TWO_LINES,
        DATA,
    ),
    "two header lines, merged cells left out": (
        "a.md",
        f"TT\tChỉ tiêu\tNăm 2023\tNăm 2024\nKH\tTH\tKH\tTH\n{ROWS}",
        TWO_LINES,
        DATA,
    ),
    "two header lines of a pipe table": (
        "a.md",
        "|TT|Chỉ tiêu|Năm 2023||Năm 2024||\n|---|---|---|---|---|---|\n|||KH|TH|KH|TH|\n"
        + "".join(f"|{'|'.join(r)}|\n" for r in DATA),
        TWO_LINES,
        DATA,
    ),
    "two header lines in HTML": (
        "a.html",
        "<html><body><p>Kết quả:</p><table><tr><th rowspan=2>TT</th><th rowspan='2'>Chỉ tiêu</th><th "
        "colspan=2>Năm 2023</th>"
        f"<th colspan=2>Năm 2024</th></tr><tr><th>KH</th><th>TH</th><th>KH</th><th>TH</th>"
        f"</tr>{HTML_ROWS}</table></body></html>",
        TWO_LINES,
        DATA,
    ),
    "two header lines in DOCX": (
        "a.docx",
        docx(
            "<w:tbl>"
            + row(
                cell("TT", "<w:vMerge w:val='restart'/>"),
                cell("Chỉ tiêu", "<w:vMerge w:val='restart'/>"),
                cell("Năm 2023", "<w:gridSpan w:val='2'/>"),
                cell("Năm 2024", "<w:gridSpan w:val='2'/>"),
            )
            + row(cell("", "<w:vMerge/>"), cell("", "<w:vMerge/>"), *map(cell, ("KH", "TH", "KH", "TH")))
            + "".join(row(*map(cell, r)) for r in DATA)
            + "</w:tbl>"
        ),
        TWO_LINES,
        DATA,
    ),
    "three header lines": (
        "a.md",
        "TT\tChỉ tiêu\tThu ngân sách\t\t\n\t\tNăm 2024\t\tNăm 2025\n\t\tKH\tTH\t\n1\tXã Bản Mây\t4\t5\t6\n2\tXã "
        "Nậm Khao\t7\t8\t9\n",
        (
            "TT",
            "Chỉ tiêu",
            "Thu ngân sách – Năm 2024 – KH",
            "Thu ngân sách – Năm 2024 – TH",
            "Thu ngân sách – Năm 2025",
        ),
        (("1", "Xã Bản Mây", "4", "5", "6"), ("2", "Xã Nậm Khao", "7", "8", "9")),
    ),
    "a rowspan among the data": (
        "a.html",
        "<html><body><p>Kết quả:</p><table><tr><td>TT</td><td>Xã</td><td>Chỉ tiêu</td><td>Kết quả</td></tr>"
        "<tr><td rowspan=2>1</td><td rowspan=2>Bản Mây</td><td>Lúa</td><td>40</td></tr><tr><td>Ngô</td>"
        "<td>30</td></tr></table></body></html>",
        ("TT", "Xã", "Chỉ tiêu", "Kết quả"),
        (("1", "Bản Mây", "Lúa", "40"), ("", "", "Ngô", "30")),
    ),
    "an index row in brackets": (
        "a.md",
        "TT\tChỉ tiêu\tĐVT\tKH\tTH\n(1)\t(2)\t(3)\t(4)\t(5)\n1\tThu ngân sách\tTỷ đồng\t40\t41,7\n",
        ("TT", "Chỉ tiêu", "ĐVT", "KH", "TH"),
        (("1", "Thu ngân sách", "Tỷ đồng", "40", "41,7"),),
    ),
    "an index row of letters and sums": (
        "a.md",
        "TT\tChỉ tiêu\tKH\tTH\tTỷ lệ\nA\tB\t1\t2\t3=2/1\n1\tThu ngân sách\t40\t41,7\t104\n",
        ("TT", "Chỉ tiêu", "KH", "TH", "Tỷ lệ"),
        (("1", "Thu ngân sách", "40", "41,7", "104"),),
    ),
    "small numbers are no index row": (
        "a.md",
        "TT\tBản\tHộ nghèo\tHộ cận nghèo\n1\tNà Mây\t4\t5\n1\t2\t3\t4\n",
        ("TT", "Bản", "Hộ nghèo", "Hộ cận nghèo"),
        (("1", "Nà Mây", "4", "5"), ("1", "2", "3", "4")),
    ),
    "no header at all": (
        "a.md",
        "1\tThu ngân sách\tTỷ đồng\t40\t41,7\n2\tTrồng rừng\tha\t300\t310\n",
        ("", "", "", "", ""),
        (("1", "Thu ngân sách", "Tỷ đồng", "40", "41,7"), ("2", "Trồng rừng", "ha", "300", "310")),
    ),
    "years in the header are words": (
        "a.md",
        "TT\tNội dung\t2023\t2024\t2025\n1\tThu ngân sách\t40\t41,7\t45\n",
        ("TT", "Nội dung", "2023", "2024", "2025"),
        (("1", "Thu ngân sách", "40", "41,7", "45"),),
    ),
    "a header repeated with other words": (
        "a.md",
        "TT\tChỉ tiêu\tĐơn vị tính\tKế hoạch năm 2024\n1\tLúa\tha\t40\n\n- 5 -\n\nTT\tCHỈ TIÊU\tĐơn vị  "
        "tính\tKế hoạch 2024\n2\tNgô\tha\t30\n",
        ("TT", "Chỉ tiêu", "Đơn vị tính", "Kế hoạch năm 2024"),
        (("1", "Lúa", "ha", "40"), ("2", "Ngô", "ha", "30")),
    ),
    "over a page without header": (
        "a.md",
        "TT\tChỉ tiêu\tĐơn vị\tKết quả\n1\tLúa\tha\t40\n2\tNgô\tha\t30\n\n- 5 -\n\n3\tSắn\tha\t20\n",
        ("TT", "Chỉ tiêu", "Đơn vị", "Kết quả"),
        (("1", "Lúa", "ha", "40"), ("2", "Ngô", "ha", "30"), ("3", "Sắn", "ha", "20")),
    ),
    "a cell broken over a page": (
        "a.md",
        "TT\tTên văn bản\tNgày\tGhi chú\n1\tNghị quyết về phát triển\t05/3/2024\t\n\n- 5 -\n\n\tdu lịch cộng "
        "đồng\t\t\n2\tKế hoạch trồng rừng\t06/4/2024\t\n",
        ("TT", "Tên văn bản", "Ngày", "Ghi chú"),
        (
            ("1", "Nghị quyết về phát triển du lịch cộng đồng", "05/3/2024", ""),
            ("2", "Kế hoạch trồng rừng", "06/4/2024", ""),
        ),
    ),
    "a row that lost a cell": (
        "a.md",
        "TT\tChỉ tiêu\tĐơn vị\tKH\tTH\n1\tLúa\tha\t40\t41\n2\tNgô\tha\t30\t31\n3\tTổng số chi bộ\t20\t20\n"
        "4\tSắn\tha\t20\t21\n",
        ("TT", "Chỉ tiêu", "Đơn vị", "KH", "TH"),
        (
            ("1", "Lúa", "ha", "40", "41"),
            ("2", "Ngô", "ha", "30", "31"),
            ("3", "Tổng số chi bộ", "", "20", "20"),
            ("4", "Sắn", "ha", "20", "21"),
        ),
    ),
    "a cell of two lines in quotes": (
        "a.md",
        'TT\tChỉ tiêu\tKH\tTH\n1\t"Thu ngân sách\ntrên địa bàn"\t40\t41\n2\tTrồng rừng\t30\t31\n',
        ("TT", "Chỉ tiêu", "KH", "TH"),
        (("1", "Thu ngân sách trên địa bàn", "40", "41"), ("2", "Trồng rừng", "30", "31")),
    ),
    "a title in the table's first row": (
        "a.md",
        "|BIỂU CHỈ TIÊU NĂM 2025||||\n|TT|Chỉ tiêu|KH|TH|\n|1|Lúa|40|41|\n|2|Ngô|30|31|\n",
        ("TT", "Chỉ tiêu", "KH", "TH"),
        (("1", "Lúa", "40", "41"), ("2", "Ngô", "30", "31")),
    ),
    "units in brackets below the header": (
        "a.md",
        "TT\tChỉ tiêu\tKH\tTH\tTỷ lệ\n\t\t(tỷ đồng)\t(tỷ đồng)\t(%)\n1\tThu ngân sách\t40\t41,7\t104\n"
        "2\tChi\t38\t38\t100\n",
        ("TT", "Chỉ tiêu", "KH (tỷ đồng)", "TH (tỷ đồng)", "Tỷ lệ (%)"),
        (("1", "Thu ngân sách", "40", "41,7", "104"), ("2", "Chi", "38", "38", "100")),
    ),
    "two header lines on both pages": (
        "a.md",
        "TT\tChỉ tiêu\tNăm 2024\t\n\t\tKH\tTH\n1\tLúa\t40\t41\n\n- 2 -\n\nTT\tChỉ tiêu\tNăm 2024\t\n\t\tKH\tTH\n"
        "2\tNgô\t30\t31\n",
        ("TT", "Chỉ tiêu", "Năm 2024 – KH", "Năm 2024 – TH"),
        (("1", "Lúa", "40", "41"), ("2", "Ngô", "30", "31")),
    ),
    "words alone": (
        "a.md",
        "Họ và tên\tChức vụ\tĐịa bàn\nLò Văn Tú\tBí thư\tBản Mây\nVàng A Súa\tPhó Bí thư\tNậm Khao\n",
        ("Họ và tên", "Chức vụ", "Địa bàn"),
        (("Lò Văn Tú", "Bí thư", "Bản Mây"), ("Vàng A Súa", "Phó Bí thư", "Nậm Khao")),
    ),
    "groups keep their rows": (
        "a.md",
        "TT\tChỉ tiêu\tĐVT\tKH\nI\tKinh tế\t\t\n1\tLúa\tha\t40\nII\tXã hội\t\t\n1\tHộ nghèo\t%\t12,5\n",
        ("TT", "Chỉ tiêu", "ĐVT", "KH"),
        (("I", "Kinh tế", "", ""), ("1", "Lúa", "ha", "40"), ("II", "Xã hội", "", ""), ("1", "Hộ nghèo", "%", "12,5")),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_as_people_make_them(name):
    file, content, columns, rows = TABLES[name]
    (table,) = parse(content, file).tables
    assert table.columns == columns
    assert table.rows == rows


def test_a_row_reads_by_itself_under_two_header_lines():
    _, text, _, _ = TABLES["two header lines, blank for merged"]
    first = parse(text).passages[0]
    assert first.text.split("\n")[1] == (
        "Chỉ tiêu: Thu ngân sách; Năm 2023 – KH: 40; Năm 2023 – TH: 41,7; Năm 2024 – KH: 45; Năm 2024 – TH: 46"
    )


def test_a_row_without_column_names_is_printed_once():
    _, text, _, _ = TABLES["no header at all"]
    assert [p.text for p in parse(text).passages] == ["1 Thu ngân sách Tỷ đồng 40 41,7", "2 Trồng rừng ha 300 310"]


@pytest.mark.parametrize(
    ("above", "title"),
    [
        ("Bảng 2: Kết quả thu ngân sách\n\n", "Bảng 2: Kết quả thu ngân sách"),
        ("Biểu số 01\n\nKẾT QUẢ THU NGÂN SÁCH\n\nĐơn vị tính: triệu đồng\n\n", "Biểu số 01 KẾT QUẢ THU NGÂN SÁCH"),
        ("**Kết quả thu ngân sách**\n\n*Đơn vị tính: %*\n\n", "Kết quả thu ngân sách"),
        ("**Ba khâu đột phá.**\n\nThu ngân sách đạt khá, cụ thể theo bảng dưới đây của phòng tài chính.\n\n", ""),
    ],
)
def test_the_title_above(above, title):
    document = parse(f"Mở đầu bài viết.\n\n{above}TT\tChỉ tiêu\tKH\tTH\n1\tLúa\t40\t41\n2\tNgô\t30\t31\n")
    assert document.tables[0].title == title


def test_two_tables_below_each_other_stay_two():
    document = parse(
        "TT\tChỉ tiêu\tKH\tTH\n1\tLúa\t40\t41\n2\tNgô\t30\t31\n\nBảng 2: Hộ nghèo\n\nTT\tBản\tSố hộ\tTỷ lệ\n"
        "1\tNà Mây\t4\t5\n2\tNà Lộc\t6\t7\n"
    )
    assert [len(t.rows) for t in document.tables] == [2, 2]
    assert document.tables[1].title == "Bảng 2: Hộ nghèo"


@pytest.mark.parametrize("kind", ["pipes", "html"])
def test_a_grid_that_places_the_letterhead_is_no_table(kind):
    rows = (
        ("HUYỆN ỦY BẢN MÂY", "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("Số 12-BC/HU", "Bản Mây, ngày 5 tháng 12 năm 2023"),
    )
    ends = (("Nơi nhận:", "TM. BAN THƯỜNG VỤ"), ("- Lưu VT.", "Lò Thị Mua"))
    if kind == "pipes":
        head, end = ("\n".join(f"| {a} | {b} |" for a, b in grid) for grid in (rows, ends))
        text = f"{head}\n\nBÁO CÁO\n\nkết quả năm 2023\n\nI. KẾT QUẢ\n\nĐạt.\n\n{end}\n"
    else:
        head, end = (
            "<table>" + "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in grid) + "</table>"
            for grid in (rows, ends)
        )
        text = f"<html><body>{head}<p>BÁO CÁO</p><p>kết quả năm 2023</p><p>I. KẾT QUẢ</p><p>Đạt.</p>{end}</body></html>"
    document = parse(text, "a.md" if kind == "pipes" else "a.html")
    assert document.tables == ()
    assert (document.metadata.number, document.metadata.date) == ("12-BC/HU", "2023-12-05")
    assert [p.text for p in document.passages] == ["Đạt."]


def test_footnotes_of_a_broken_cell_stay_with_their_word():
    document = parse(
        "TT\tTên văn bản\tNgày\tGhi chú\n1\tNghị quyết về phát triển\t05/3/2024\t\n\tdu lịch cộng đồng¹\t\t\n"
        "2\tKế hoạch\t06/4/2024\t\n\n"
        "¹ Gồm 12 bản dọc sông.\n"
    )
    (note,) = document.footnotes
    passage = next(p for p in document.passages if p.id == note.anchor.passage)
    assert passage.text[: note.anchor.offset].endswith("du lịch cộng đồng")
