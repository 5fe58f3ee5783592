"""PDF: markers, the note zone in all its forms, ruled tables."""

from __future__ import annotations

import pytest
from pdf_helpers import FULL, LEFT, Paper, notes, parse, texts

TAIL = "và đã giao cho các xã Nà Hin, Tà Lèng thực hiện"


def carrier(paper: Paper, y: float, digits: str, before: str = "Xã Nà Hin còn 41 hộ nghèo", after: str = TAIL) -> float:
    """A line with a raised marker in it; the height of the next."""
    end = paper.raised(paper.text(LEFT, y, before), y, digits)
    paper.text(end, y, f" {after}.")
    return y + 16


def body(paper: Paper, y: float, digits: str, text: str, size: float = 10) -> float:
    end = paper.raised(LEFT, y, digits, size) + 2
    return paper.filled(y, text, end, size=size) if not digits else paper.lines(y, text, x=end, size=size, step=13)


def test_notes_under_a_rule():
    paper = Paper()
    y = carrier(paper, 100, "1")
    y = carrier(paper, y, "2", "Bản Tà Lèng trồng 12 ha chè")
    paper.filled(y, f"{FULL}.")
    paper.rule(700)
    y = body(paper, 714, "1", "Theo chuẩn nghèo của giai đoạn mới.")
    y = body(paper, y, "2", "Trong đó trồng lại 3 ha")
    paper.lines(y, "sau đợt rét đầu năm.", size=10)
    assert notes(parse(paper)) == {
        "1": (" 41 hộ nghèo", "Theo chuẩn nghèo của giai đoạn mới."),
        "2": ("ng 12 ha chè", "Trong đó trồng lại 3 ha sau đợt rét đầu năm."),
    }


def test_exponents_are_no_markers():
    paper = Paper()
    end = paper.raised(paper.text(LEFT, 100, "Đổ bê tông 5.000 m"), 100, "2")
    end = paper.raised(paper.text(end, 100, " sân, đào 70 m"), 100, "3")
    paper.text(end, 100, " mương cho ba bản.")
    y = paper.filled(120, f"{FULL}.")
    paper.filled(y, f"{FULL}.")
    document = parse(paper)
    assert document.footnotes == ()
    assert "5.000 m2 sân, đào 70 m3 mương" in document.canonical


def test_a_note_zone_without_a_rule():
    paper = Paper()
    y = carrier(paper, 100, "1")
    for _ in range(6):
        y = paper.filled(y, f"{FULL}.")
    y = body(paper, 720, "1", "Số liệu của Phòng Lao động,")
    paper.lines(y, "tính đến cuối tháng Mười.", size=10)
    document = parse(paper)
    assert notes(document) == {"1": (" 41 hộ nghèo", "Số liệu của Phòng Lao động, tính đến cuối tháng Mười.")}


def test_a_body_whose_number_is_set_at_full_size():
    paper = Paper()
    y = carrier(paper, 100, "1")
    y = carrier(paper, y, "2", "Bản Tà Lèng trồng 12 ha chè")
    paper.filled(y, f"{FULL}.")
    paper.rule(700)
    paper.lines(714, "1 Theo chuẩn nghèo mới.", "2 Năm 2023 là 9 ha.", size=10, step=13)
    assert notes(parse(paper)) == {
        "1": (" 41 hộ nghèo", "Theo chuẩn nghèo mới."),
        "2": ("ng 12 ha chè", "Năm 2023 là 9 ha."),
    }


def test_typed_numbers_and_bodies_under_a_rule():
    """Nothing is raised: "(1)" at full size in the text, and the same sign in front of the body."""
    paper = Paper()
    y = paper.filled(100, f"Xã Nà Hin còn 41 hộ nghèo(1) {TAIL}.")
    y = paper.filled(y, f"Bản Tà Lèng trồng 12 ha chè(2) {TAIL}.")
    paper.filled(y, f"{FULL}.")
    paper.rule(700)
    paper.lines(714, "(1) Theo chuẩn nghèo mới.", "(2) Năm 2023 là 9 ha.", size=10, step=13)
    assert notes(parse(paper)) == {
        "1": (" 41 hộ nghèo", "Theo chuẩn nghèo mới."),
        "2": ("ng 12 ha chè", "Năm 2023 là 9 ha."),
    }


@pytest.mark.parametrize("ruled", [True, False])
def test_a_body_goes_on_at_the_foot_of_the_next_page(ruled):
    paper = Paper()
    y = carrier(paper, 100, "1")
    for _ in range(6):
        y = paper.filled(y, f"{FULL}.")
    paper.rule(700)
    body(paper, 714, "1", "Theo báo cáo của 12 xã, trong đó có các xã vùng cao")
    paper.page()
    y = carrier(paper, 100, "2", "Bản Tà Lèng trồng 12 ha chè")
    for _ in range(6):
        y = paper.filled(y, f"{FULL}.")
    if ruled:
        paper.rule(700)
    y = paper.lines(714, "và hai xã biên giới.", size=10, step=13)
    body(paper, y, "2", "Năm 2023 là 9 ha.")
    document = parse(paper)
    found = notes(document)
    assert found["1"][1] == "Theo báo cáo của 12 xã, trong đó có các xã vùng cao và hai xã biên giới."
    assert found["2"] == ("ng 12 ha chè", "Năm 2023 là 9 ha.")
    assert not [t for t in texts(document, "paragraph", "list_item") if "biên giới" in t]


def test_a_page_full_of_notes():
    paper = Paper()
    y = 100.0
    for i in range(1, 4):
        y = carrier(paper, y, str(i), f"Xã thứ {i} còn 41 hộ nghèo")
    for _ in range(14):
        y = paper.filled(y, f"{FULL}.")
    paper.page()
    paper.rule(90)
    y = 104.0
    for i in range(1, 4):
        y = body(paper, y, str(i), f"Thân của chú thích số {i}, theo số liệu của xã.")
    paper.page()
    paper.filled(100, f"{FULL}.")
    assert {k: v[1] for k, v in notes(parse(paper)).items()} == {
        str(i): f"Thân của chú thích số {i}, theo số liệu của xã." for i in range(1, 4)
    }


def test_an_underlined_word_is_no_rule_of_notes():
    paper = Paper()
    y = carrier(paper, 100, "1")
    y = paper.filled(y, f"{FULL}.")
    end = paper.text(LEFT, 330, "https://pom-lang.example/bieu-mau")
    paper.rule(331.5, LEFT, end)
    y = 350.0
    for head in ("Căn cứ pháp lý", "Trình tự thực hiện", "Thành phần hồ sơ"):
        paper.text(LEFT, y, head, 12, "Bold")
        y = paper.filled(y + 16, f"{FULL}.")
    paper.rule(700)
    body(paper, 714, "1", "Theo chuẩn nghèo mới.")
    document = parse(paper)
    assert notes(document) == {"1": (" 41 hộ nghèo", "Theo chuẩn nghèo mới.")}
    assert texts(document, "paragraph").count(f"{FULL}.") == 4


def table(paper: Paper, xs: list[float], ys: list[float], cells: list[list[str]], skip: set | None = None) -> None:
    paper.grid(xs, ys, skip)
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if cell:
                paper.text(xs[c] + 5, ys[r] + 16, cell)


XS, YS = [80.0, 200.0, 300.0, 420.0], [100.0, 125.0, 150.0, 175.0]


def test_a_ruled_table():
    paper = Paper()
    table(paper, XS, YS, [["Xã", "Số hộ", "Tỷ lệ (%)"], ["Nà Hin", "41", "12,5"], ["Tà Lèng", "52", "14,1"]])
    paper.filled(200, f"{FULL}.")
    document = parse(paper)
    assert document.tables[0].columns == ("Xã", "Số hộ", "Tỷ lệ (%)")
    assert document.tables[0].rows == (("Nà Hin", "41", "12,5"), ("Tà Lèng", "52", "14,1"))
    assert texts(document, "paragraph") == [f"{FULL}."]


def test_a_cell_over_two_columns_and_one_over_two_rows():
    paper = Paper()
    skip = {("v", 0, 2), ("h", 1, 0)}
    cells = [["Xã", "Hộ nghèo", ""], ["", "2023", "2024"], ["Nà Hin", "41", "35"], ["Tà Lèng", "52", "47"]]
    table(paper, XS, [*YS, 200.0], cells, skip)
    (found,) = parse(paper).tables
    assert found.rows[-2:] == (("Nà Hin", "41", "35"), ("Tà Lèng", "52", "47"))
    assert len(found.columns) == 3


def test_words_beside_a_missing_ruling_stay_in_their_row():
    paper = Paper()
    cells = [["Xã", "Số hộ", "Tỷ lệ"], ["Nà Hin", "41", "12,5"], ["Tà Lèng", "52", "14,1"]]
    table(paper, XS, YS, cells, {("v", 1, 3), ("v", 2, 3)})
    document = parse(paper)
    row = next(p.text for p in document.passages if "Tà Lèng" in p.text)
    assert "14,1" in row
    assert "52" in row


def test_a_table_over_a_page_break_is_one():
    paper = Paper()
    table(paper, XS, [700.0, 725.0, 750.0], [["Xã", "Số hộ", "Tỷ lệ"], ["Nà Hin", "41", "12,5"]])
    paper.page()
    table(paper, XS, [80.0, 105.0, 130.0], [["Xã", "Số hộ", "Tỷ lệ"], ["Tà Lèng", "52", "14,1"]])
    paper.filled(160, f"{FULL}.")
    (found,) = parse(paper).tables
    assert found.rows == (("Nà Hin", "41", "12,5"), ("Tà Lèng", "52", "14,1"))


def test_highlighted_words_are_no_table():
    paper = Paper()
    lines = ["Toàn huyện còn 340 hộ nghèo", "Xã Nà Hin đạt chuẩn nông thôn mới", "Ba bản vùng cao có điện", FULL[:60]]
    for i, line in enumerate(lines):
        y, x = 100 + 15 * i, LEFT
        for word in line.split():
            width = paper.canvas.stringWidth(word, "TRegular", 12)
            paper.canvas.setFillColorRGB(1, 1, 0)
            paper.canvas.rect(x, paper.pagesize[1] - y - 3, width, 15, stroke=0, fill=1)
            paper.canvas.setFillColorRGB(0, 0, 0)
            x = paper.text(x, y, word + " ")
    document = parse(paper)
    assert document.tables == ()
    assert all(line.strip() in document.canonical for line in lines)


def test_a_heading_cell_written_upwards():
    paper = Paper()
    table(paper, XS, [100.0, 180.0, 205.0], [["Xã", "", "Tỷ lệ"], ["Nà Hin", "41", "12,5"]])
    paper.canvas.saveState()
    paper.canvas.translate(255, paper.pagesize[1] - 170)
    paper.canvas.rotate(90)
    paper.canvas.setFont("TRegular", 12)
    paper.canvas.drawString(0, 0, "Số hộ nghèo")
    paper.canvas.restoreState()
    paper.filled(230, f"{FULL}.")
    (found,) = parse(paper).tables
    assert found.columns == ("Xã", "Số hộ nghèo", "Tỷ lệ")
    assert found.rows == (("Nà Hin", "41", "12,5"),)


@pytest.mark.parametrize("angle", [90, 270])
def test_a_turned_page_with_a_table(angle):
    paper = Paper()
    canvas, (width, height) = paper.canvas, paper.pagesize
    canvas.setPageRotation(angle)
    canvas.translate(*((width, 0) if angle == 90 else (0, height)))
    canvas.rotate(angle)
    paper.pagesize = (height, width)
    table(paper, [80.0, 300.0, 450.0, 600.0], YS, [["Xã", "Số hộ", "Tỷ lệ"], ["Nà Hin", "41", "12,5"], ["B", "5", "6"]])
    paper.filled(220, f"{FULL}.", right=700)
    document = parse(paper)
    assert document.tables[0].columns == ("Xã", "Số hộ", "Tỷ lệ")
    assert document.tables[0].rows[0] == ("Nà Hin", "41", "12,5")
    assert FULL in document.canonical
