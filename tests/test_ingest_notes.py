"""Footnotes: markers of every style, what is none, bodies over page breaks, orphans."""

from __future__ import annotations

import pytest

from ingest.pipeline import parse_bytes

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
HEAD = "BÁO CÁO\n\nkết quả năm 2023\n\nI. KẾT QUẢ\n\n"


def parse(text: str, name: str = "a.md"):
    document = parse_bytes(text.encode(), name)
    assert not [w for w in document.warnings if w.code == "account"]
    return document


def notes(document):
    """marker → (the words in front of its anchor, body)."""
    texts = {p.id: p.text for p in document.passages}
    return {
        n.marker: (texts[n.anchor.passage][: n.anchor.offset][-14:] if n.anchor else None, n.text)
        for n in document.footnotes
    }


@pytest.mark.parametrize(
    ("mark", "body"),
    [
        ("¹", "¹ Trong đó 12 hộ mới."),
        ("⁽¹⁾", "⁽¹⁾ Trong đó 12 hộ mới."),
        ("<sup>1</sup>", "<sup>1</sup>Trong đó 12 hộ mới."),
        ("<sup>(1)</sup>", "<sup>(1)</sup>- Trong đó 12 hộ mới."),
        ("[^1]", "[^1]: Trong đó 12 hộ mới."),
        ("[footnoteRef:1]", "[1:  Trong đó 12 hộ mới.]"),
        ("([footnoteRef:1])", "[1: () Trong đó 12 hộ mới.\n ]"),
    ],
)
def test_every_style_links(mark, body):
    document = parse(f"{HEAD}Toàn huyện còn 340 hộ nghèo{mark}, giảm 52 hộ.\n\n{body}\n")
    assert notes(document) == {"1": ("n 340 hộ nghèo", "Trong đó 12 hộ mới.")}
    carrier = next(p for p in document.passages if p.kind == "paragraph")
    assert carrier.text == "Toàn huyện còn 340 hộ nghèo, giảm 52 hộ."
    assert carrier.footnotes == (document.footnotes[0].id,)


def test_exponents_are_no_notes():
    document = parse(f"{HEAD}Xây 5.000 m² chuồng, 60.000m³/ngày, hiến 542 m<sup>2</sup> đất, rừng 3 km².\n")
    assert document.footnotes == ()
    assert "5.000 m² chuồng" in document.passages[0].text
    assert "542 m2 đất" in document.passages[0].text


def test_a_bracketed_marker_behind_a_unit_is_a_note():
    document = parse(f"{HEAD}Làm được 12 km<sup>(1)</sup> đường.\n\n<sup>(1)</sup>- Do dân góp.\n")
    assert notes(document)["1"] == ("Làm được 12 km", "Do dân góp.")


def test_a_list_in_brackets_is_no_note():
    items = "\n\n".join(f"({i}) Chỉ tiêu thứ {i} đạt kế hoạch." for i in range(1, 7))
    document = parse(f"{HEAD}Các chỉ tiêu¹:\n\n¹ Số liệu đến 30/6.\n\n{items}\n")
    assert [n.marker for n in document.footnotes] == ["1"]
    assert sum(p.text.startswith("(") for p in document.passages) == 6


def test_a_plain_body_continues_the_sequence():
    text = f"{HEAD}Một<sup>(1)</sup>, hai<sup>(2)</sup>.\n\n<sup>(1)</sup>- Thân một.\n\n(2)- Thân hai.\n"
    assert [n.text for n in parse(text).footnotes] == ["Thân một.", "Thân hai."]


def test_notes_between_two_halves_of_a_paragraph():
    text = f"{HEAD}Tập trung chỉ¹\n\n¹ Kế hoạch số 12-KH/HU về chăn nuôi.\n\nđạo phát triển đàn gia súc của huyện.\n"
    document = parse(text)
    assert document.passages[0].text == "Tập trung chỉ đạo phát triển đàn gia súc của huyện."
    assert notes(document)["1"][0] == "Tập trung chỉ"


def test_a_body_that_goes_on_behind_the_page_break():
    text = (
        f"{HEAD}Công tác dân vận có chuyển biến¹. Các đoàn thể phối hợp\n\n¹ Quyết định số 9 của Huyện ủy\n\n"
        "tổ chức vận động quyên góp.\n\nHoạt động của Hội² khởi sắc.\n\nvề thành lập Tổ tuyên truyền.\n\n"
        "² Có 3 mô hình.\n"
    )
    document = parse(text)
    assert notes(document)["1"][1] == "Quyết định số 9 của Huyện ủy về thành lập Tổ tuyên truyền."
    assert "phối hợp tổ chức vận động" in document.passages[0].text


def test_numbering_that_restarts_in_a_part():
    part = "Đạt 9 tiêu chí¹.\n\n¹ Thân của {}.\n\n"
    text = f"BÁO CÁO\n\nPhần thứ nhất\n\nKẾT QUẢ\n\n{part.format('A')}Phần thứ hai\n\nNHIỆM VỤ\n\n{part.format('B')}"
    document = parse(text)
    texts = {p.id: p for p in document.passages}
    found = [(n.text, texts[n.anchor.passage].section_path[0]) for n in document.footnotes]
    assert found == [("Thân của A.", "Phần thứ nhất KẾT QUẢ"), ("Thân của B.", "Phần thứ hai NHIỆM VỤ")]


def test_orphans_are_kept_and_reported():
    text = f"{HEAD}Một¹, hai², ba³.\n\n¹ Thân một.\n\n³ Thân ba.\n\n⁴ Thân không dấu.\n"
    document = parse(text)
    odd = {n.marker: n.note for n in document.footnotes if n.note}
    assert odd == {"2": "marker without body", "4": "body without marker"}
    assert sum(w.code == "footnote-orphan" for w in document.warnings) == 2


def test_a_note_stands_in_the_section_of_its_sentence():
    text = "BÁO CÁO\n\nI. MỘT\n\nCâu có dấu¹ ở đây.\n\nII. HAI\n\nCâu khác.\n\n¹ Thân ở trang sau.\n"
    document = parse(text)
    body = next(p for p in document.passages if p.kind == "footnote")
    assert body.section_path == ("I. MỘT",)


def test_the_note_that_was_cut_goes_on_not_the_last_one():
    text = (
        f"{HEAD}Một¹, hai² và ba³ đều đạt.\n\n¹ Thân một.\n\n² Nghị quyết số 4 về xây dựng\n\n³ Có 3 mô hình.\n\n"
        "Đoạn sau kết thúc ở đây⁴.\n\nnông thôn mới của huyện.\n\n⁴ Thân bốn.\n"
    )
    document = parse(text)
    assert notes(document)["2"][1] == "Nghị quyết số 4 về xây dựng nông thôn mới của huyện."
    assert notes(document)["3"][1] == "Có 3 mô hình."


def test_powers_of_ten_are_no_notes():
    document = parse(f"{HEAD}Trữ lượng 3,2 × 10⁶ m³ gỗ, khai thác 21,4 × 10<sup>3</sup> tấn cá mỗi năm.\n")
    assert document.footnotes == ()
    assert "10⁶ m³" in document.passages[0].text


def test_two_markers_in_a_row_are_two_notes():
    text = (
        "Toàn huyện có 12 hợp tác xã¹. Hợp tác xã “Chè Tà Nủa”²³ chạy thử từ tháng 9.\n\n"
        "¹ Trong đó 3 mới thành lập.\n\n² Vốn 42 tỷ đồng.\n\n³ Đạt OCOP 5 sao.\n"
    )
    found = notes(parse(HEAD + text))
    assert found["2"] == ("ã “Chè Tà Nủa”", "Vốn 42 tỷ đồng.")
    assert found["3"] == ("ã “Chè Tà Nủa”", "Đạt OCOP 5 sao.")


def test_a_number_whose_body_is_lost_stays_one_number():
    marks = "".join(f"Việc thứ {i} đã xong{str(i).translate(SUPERSCRIPTS)}. " for i in range(1, 13))
    bodies = "\n\n".join(f"{str(i).translate(SUPERSCRIPTS)} Xong trong quý {i}." for i in range(1, 12))
    document = parse(f"{HEAD}{marks}\n\n{bodies}\n")
    assert sorted(int(n.marker) for n in document.footnotes) == list(range(1, 13))
    assert [n.marker for n in document.footnotes if n.note] == ["12"]


def test_a_body_of_three_paragraphs_between_the_halves_of_a_paragraph():
    text = (
        "Xã có 58 gia trại¹ nuôi nhốt có sổ theo\n\n¹ Lũ ống cuốn trôi 63 nhà.\n\nĐã tái định cư 58 hộ.\n\n"
        "Năm hộ còn lại ở xen ghép.\n\ndõi dịch bệnh. Kênh mương kiên cố dài 186 km.\n"
    )
    document = parse(HEAD + text)
    assert notes(document)["1"][1] == "Lũ ống cuốn trôi 63 nhà.\nĐã tái định cư 58 hộ.\nNăm hộ còn lại ở xen ghép."
    assert any("có sổ theo dõi dịch bệnh" in p.text for p in document.passages if p.kind == "paragraph")


def test_what_stands_between_notes_and_the_next_page_number_is_theirs():
    text = (
        "Trồng 12 ha chè¹.\n\n¹ Giống mới.\n\n3\n\nXóa 1.530 nhà tạm².\n\nThu đạt 40 tỷ đồng.\n\n"
        "² Hộ nghèo 1.214 nhà.\n\nNguồn lực: ngân sách 52 tỷ đồng.\n\n4\n\nChi đạt 39 tỷ đồng.\n"
    )
    document = parse(HEAD + text)
    assert notes(document)["2"][1] == "Hộ nghèo 1.214 nhà.\nNguồn lực: ngân sách 52 tỷ đồng."
    assert [p.text for p in document.passages if p.kind == "paragraph"][-1] == "Chi đạt 39 tỷ đồng."


def test_a_page_number_at_the_top_leaves_the_text_below_the_notes_alone():
    text = "Trồng 12 ha chè¹.\n\n¹ Giống mới.\n\n2\n\nXóa 30 nhà tạm.\n\n4\n\nThu đạt 40 tỷ đồng².\n\n² Tăng 3%.\n"
    assert notes(parse(HEAD + text))["1"][1] == "Giống mới."


def test_typed_numbers_with_a_blank_before_them():
    text = (
        "- Tái canh 412 ha (1).\n\n"
        "- Ba trại xả thải vượt chuẩn (2), phải đình chỉ: (1) Hòa Lộc; (2) Minh Tân.\n\n____\n"
        "(1) Hỗ trợ 624 hộ.\n(2) Phạt 385 triệu đồng: (1) Hòa Lộc 160; (2) Minh Tân 225.\n"
    )
    document = parse(HEAD + text, "a.txt")
    assert notes(document) == {
        "1": ("ái canh 412 ha", "Hỗ trợ 624 hộ."),
        "2": ("hải vượt chuẩn", "Phạt 385 triệu đồng: (1) Hòa Lộc 160; (2) Minh Tân 225."),
    }
    assert "(1) Hòa Lộc; (2) Minh Tân." in document.passages[1].text


def test_named_notes_get_the_numbers_of_their_first_markers():
    text = (
        "Trồng 12 ha dưa[^dua], 3 ha chè[^1].\n\n[^1]: Giống cũ.\n\n[^dua]: Bao tiêu hết.\n\n    Lãi 118 triệu đồng.\n"
    )
    assert notes(parse(HEAD + text)) == {
        "1": ("rồng 12 ha dưa", "Bao tiêu hết.\nLãi 118 triệu đồng."),
        "2": (" dưa, 3 ha chè", "Giống cũ."),
    }


def test_a_running_head_between_the_halves_of_a_paragraph():
    head = "Ủy ban Kiểm tra Huyện ủy Bản Mây\tBáo cáo năm 2023"
    text = (
        f"Bốn đảng ủy có bí thư thay đổi giữa¹\n\n{head}\n\n¹ Ba xã, một thị trấn.\n\nTrang 2/4\n\n"
        "nhiệm kỳ, chưa nắm việc.\n\n"
        f"Còn 12 chi bộ chưa giám sát².\n\n{head}\n\n² Bảy trường học.\n\nTrang 3/4\n\nNhắc nhở 34 cán bộ.\n"
    )
    document = parse(HEAD + text, "a.txt")
    assert [f.kind for f in document.furniture].count("running_head") == 2
    assert any("giữa nhiệm kỳ" in p.text for p in document.passages)


def test_raised_digits_that_lost_their_place():
    text = (
        "Gieo 120 ha lúa1, đạt 102% kế hoạch2. Diện tích tưới 46 ha, bể chứa 120 m3 và 3 km2 hồ, chuyển sang trồng\n\n"
        "1 Trong đó lúa lai 80 ha.\n2 Bản Nà Lốc 30 ha.\n\ncây mắc ca.\n\nĐàn lợn “giống bản địa”3.\n\n3 Giảm 45 con.\n"
    )
    document = parse(HEAD + text, "a.txt")
    assert notes(document) == {
        "1": ("ieo 120 ha lúa", "Trong đó lúa lai 80 ha."),
        "2": (" 102% kế hoạch", "Bản Nà Lốc 30 ha."),
        "3": ("giống bản địa”", "Giảm 45 con."),
    }
    assert "bể chứa 120 m3 và 3 km2 hồ, chuyển sang trồng cây mắc ca." in document.passages[0].text


def test_lines_that_begin_with_a_number_are_no_bodies_without_markers():
    text = "Kết quả tiêm vắc xin Covid19 như sau.\n\n1 Trường mầm non đạt chuẩn.\n\n2 Trường tiểu học đạt chuẩn.\n"
    assert parse(HEAD + text, "a.txt").footnotes == ()


def test_raised_numbers_as_pandoc_writes_them():
    document = parse(f"{HEAD}Bể rộng 72 m^2^, phục vụ 160 em^1^.\n\n^1^ Trong đó 40 em gái.\n")
    assert [n.text for n in document.footnotes] == ["Trong đó 40 em gái."]
    assert document.passages[0].text == "Bể rộng 72 m2, phục vụ 160 em."


@pytest.mark.parametrize(
    ("heading", "before"),
    [
        ("2. Chăn nuôi¹, thủy sản", "2. Chăn nuôi"),
        ("**2. Chăn nuôi, thủy sản**¹", "2. Chăn nuôi, thủy sản"),
        ("## 2. Chăn nuôi ¹", "2. Chăn nuôi"),
        ("**2. Chăn nuôi¹.** Đàn gia súc có 1.240 con.", "2. Chăn nuôi"),
        ("**2. CHĂN NUÔI,**\n\n**THỦY SẢN¹, ONG**", "2. CHĂN NUÔI, THỦY SẢN"),
    ],
)
def test_a_marker_in_a_heading_links_to_it(heading, before):
    document = parse(
        f"{HEAD}1. Trồng trọt\n\nGieo cấy 120 ha lúa mùa.\n\n{heading}\n\nĐàn lợn có 3.400 con, tăng 2%.\n\n"
        "3. Lâm nghiệp\n\nTrồng mới 45 ha rừng².\n\n¹ Không kể gia cầm.\n\n² Rừng sản xuất.\n"
    )
    first, second = document.footnotes
    assert (first.text, first.anchor, first.note) == ("Không kể gia cầm.", None, None)
    assert first.heading
    section = next(s for s in document.sections if s.id == first.heading.section)
    assert document.canonical[section.start : section.start + first.heading.offset] == before
    body = next(p for p in document.passages if p.id == first.passage)
    assert (body.section, body.section_path[-1]) == (section.id, section.label)
    assert second.anchor is not None
    assert second.heading is None
    assert not [w for w in document.warnings if w.code == "footnote-orphan"]
