"""Footnotes typed by hand: "(1)", "[1]", "(*)": what is one, and the many things that only look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_helpers import notes

from ingest.document import Document
from ingest.lines import OPEN, Block
from ingest.pipeline import parse_bytes
from ingest.typed_notes import confirm_typed_notes

HEAD = "BÁO CÁO\n\nkết quả năm 2023 của huyện Pom Lạng\n\nI. KẾT QUẢ\n\n"
RULE = "\n\n--------------------\n\n"


def parse(text: str) -> Document:
    document = parse_bytes(text.encode(), "a.txt")
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


@pytest.mark.parametrize(("mark", "sign"), [("(1)", "(1)"), ("[1]", "[1]"), (" [1]", "[1]"), ("(*)", "(*)")])
def test_a_sign_with_a_body_under_a_rule_is_a_note(mark, sign):
    text = f"{HEAD}Toàn huyện còn 340 hộ nghèo{mark}, giảm 52 hộ so với năm trước.{RULE}{sign} Theo chuẩn nghèo mới.\n"
    document = parse(text)
    (note,) = document.footnotes
    assert note.text == "Theo chuẩn nghèo mới."
    assert note.marker.strip("()[]") == sign.strip("()[]")
    carrier = next(p for p in document.passages if note.anchor and p.id == note.anchor.passage)
    assert carrier.text[: note.anchor.offset].rstrip().endswith("340 hộ nghèo")  # type: ignore[union-attr]
    assert sign not in carrier.text


@pytest.mark.parametrize("form", ["({n}) {t}", "({n}). {t}", "({n})- {t}", "({n}): {t}", "[{n}] {t}"])
def test_forms_of_bodies(form):
    mark = form[0] + "{n}" + form[4]
    text = HEAD + f"Trồng 41 ha chè{mark.format(n=1)} và 12 ha quế{mark.format(n=2)} ở hai xã.{RULE}"
    text += "\n\n".join(form.format(n=n, t=f"Riêng xã thứ {n}.") for n in (1, 2))
    assert {k: v[1] for k, v in notes(parse(text)).items()} == {"1": "Riêng xã thứ 1.", "2": "Riêng xã thứ 2."}


def test_notes_gathered_under_a_heading_at_the_end():
    text = f"{HEAD}Trồng 41 ha chè(1).\n\nII. NHIỆM VỤ\n\nTrồng thêm 12 ha quế(2), giữ 300 ha rừng(3).\n\nCHÚ THÍCH\n\n"
    text += "(1) Giống chè shan.\n\n(2) Ở xã Nà Hin.\n\n(3) Rừng đầu nguồn."
    assert notes(parse(text)) == {
        "1": ("ồng 41 ha chè"[-12:], "Giống chè shan."),
        "2": ("hêm 12 ha quế"[-12:], "Ở xã Nà Hin."),
        "3": ("ữ 300 ha rừng"[-12:], "Rừng đầu nguồn."),
    }


def test_a_body_of_several_paragraphs_and_a_note_after_it():
    text = f"{HEAD}Trồng 41 ha chè(1), 12 ha quế(2).{RULE}(1) Giống chè shan.\n\n(2) Ở xã Nà Hin."
    assert set(notes(parse(text))) == {"1", "2"}


def test_a_body_goes_on_over_a_page():
    text = (
        f"{HEAD}Toàn huyện còn 340 hộ nghèo(1), các xã vùng cao đã giao đất{RULE}"
        "(1) Theo báo cáo của 12 xã, trong đó có các xã"
        "\f\n\ncho 41 hộ mới tách ở hai bản Tà Lèng, Nà Hin.\n\nĐã xây 5 nhà văn hóa(2)."
        f"{RULE}vùng cao và xã biên giới.\n\n(2) Do dân góp công."
    )
    found = notes(parse(text))
    assert found["1"][1] == "Theo báo cáo của 12 xã, trong đó có các xã vùng cao và xã biên giới."
    assert found["2"][1] == "Do dân góp công."


def test_asterisks_start_anew_on_each_page():
    page = "Xã {x} có 41 hộ(*) được cấp đất, có 12 hộ(**) được vay vốn." + RULE + "(*) {a}\n\n(**) {b}\n\n"
    text = HEAD + page.format(x="Nà Hin", a="Hộ mới tách.", b="Vay của ngân hàng.") + "\f"
    text += page.format(x="Tà Lèng", a="Hộ tái định cư.", b="Vay của hội.")
    document = parse(text)
    by_id = {p.id: p.text for p in document.passages}
    links = [
        (by_id[n.anchor.passage][:10] if n.anchor else None, n.marker.strip("()"), n.text) for n in document.footnotes
    ]
    assert links == [
        ("Xã Nà Hin ", "*", "Hộ mới tách."),
        ("Xã Nà Hin ", "**", "Vay của ngân hàng."),
        ("Xã Tà Lèng", "*", "Hộ tái định cư."),
        ("Xã Tà Lèng", "**", "Vay của hội."),
    ]


TEXTS = [
    "Huyện giao sáu việc: (1) rà soát hộ nghèo; (2) giao đất; (3) cấp vốn; (4) dạy nghề; (5) làm nhà; (6) chấm điểm.",
    "Đồng chí nói: “Phải làm sớm [sic], làm ngay” [2019], theo báo cáo năm (2021) và (2022).",
    "Giá trị (1) trên tổng số (2) là chỉ tiêu của cột (1) và cột (2) trong biểu.",
    "Xã Nà Hin(*) là xã điểm của huyện.",
    "Theo Điều 5(1) và khoản 3(2) của Luật, huyện đã giao đất.",
]


@pytest.mark.parametrize("text", TEXTS)
def test_signs_without_bodies_stay_text(text):
    document = parse(f"{HEAD}{text}\n\nCác xã đã làm xong trong tháng Mười.\n")
    assert document.footnotes == ()
    assert text in document.canonical


@pytest.mark.parametrize("rule", ["", RULE])
def test_a_list_of_blocks_is_no_list_of_notes(rule):
    items = "\n\n".join(f"({i}) Việc thứ {i} giao cho phòng chuyên môn." for i in range(1, 7))
    document = parse(f"{HEAD}Huyện giao sáu việc cho các phòng, ban như sau:{rule or chr(10) * 2}{items}\n")
    assert document.footnotes == ()
    assert all("(" + f"{i}) Việc thứ {i}" in document.canonical for i in range(1, 7))


def test_a_list_that_refers_to_its_own_items_is_no_list_of_notes():
    items = "\n\n".join(f"({i}) Việc thứ {i} giao cho phòng chuyên môn." for i in range(1, 4))
    text = f"{HEAD}Huyện giao ba việc:\n\n{items}\n\nRiêng việc (1) và việc (2) làm trong quý I, (3) trong quý II.\n"
    document = parse(text)
    assert document.footnotes == ()


def test_years_and_quotations_beside_real_notes_stay():
    text = f"{HEAD}Năm (2021) trồng 41 ha chè(1), theo Luật [2019] và “[sic]”.{RULE}(1) Giống chè shan.\n"
    document = parse(text)
    assert {k: v[1] for k, v in notes(document).items()} == {"1": "Giống chè shan."}
    assert "Năm (2021) trồng 41 ha chè, theo Luật [2019] và “[sic]”." in document.canonical


words = st.sampled_from(["hộ nghèo", "đất rừng", "vốn vay", "nhà văn hóa", "đường bản", "trường học", "nước sạch"])


@given(st.lists(words, min_size=3, max_size=10), st.sampled_from(["; ", ", ", ". "]), st.booleans())
def test_lists_never_fire(names, joint, as_blocks):
    """No "(1) … (n)" list is taken for notes, in one block or as blocks of their own."""
    items = [f"({i}) {name} của xã {i}" for i, name in enumerate(names, 1)]
    lines = [f"{item};" for item in items] if as_blocks else [joint.join(items) + "."]
    blocks = [Block("Huyện tập trung vào các việc sau:"), *(Block(t) for t in lines), Block("Các xã đã làm xong.")]
    before = [b.text for b in blocks]
    confirm_typed_notes(blocks)
    assert [b.text for b in blocks] == before
    assert not any(OPEN in b.text or b.zone for b in blocks)


@pytest.mark.parametrize(
    ("mark", "body"),
    [("({n})", "({n}) "), ("({n})", "({n}): "), ("[{n}]", "[{n}] "), ("{n}", "{n} "), ("{n}", "- {n} ")],
)
def test_bodies_without_a_rule_carry_on_the_numbers(mark, body):
    """As converters leave page feet: bodies between the halves of a paragraph, a page number behind them."""
    marks, bodies = [mark.format(n=n) for n in (1, 2, 3)], [body.format(n=n) for n in (1, 2, 3)]
    text = (
        f"{HEAD}Toàn huyện còn 340 hộ nghèo{marks[0]}, các xã vùng cao đã giao đất cho dân{marks[1]} và đã\n\n"
        f"{bodies[0]}Theo chuẩn nghèo mới.\n\n{bodies[1]}Riêng xã Nà Hin 41 ha.\n\n2\n\n"
        f"cấp giấy chứng nhận cho 41 hộ mới tách.\n\nĐã xây 5 nhà văn hóa{marks[2]}.\n\n{bodies[2]}Do dân góp công.\n"
    )
    document = parse(text)
    assert notes(document) == {
        "1": ("340 hộ nghèo", "Theo chuẩn nghèo mới."),
        "2": (" đất cho dân", "Riêng xã Nà Hin 41 ha."),
        "3": ("5 nhà văn hóa"[-12:], "Do dân góp công."),
    }
    assert any("đã cấp giấy chứng nhận cho 41 hộ mới tách." in p.text for p in document.passages)


def test_bodies_that_begin_anew_on_each_page():
    page = "Xã {x} có 41 hộ(1) được cấp đất, có 12 hộ(2) được vay vốn.\n\n(1) {a}\n\n(2) {b}\n\n{n}/12\n\n"
    text = HEAD + page.format(x="Nà Hin", a="Hộ mới tách.", b="Vay của ngân hàng.", n=2)
    text += page.format(x="Tà Lèng", a="Hộ tái định cư.", b="Vay của hội.", n=3)
    assert [n.text for n in parse(text).footnotes] == [
        "Hộ mới tách.", "Vay của ngân hàng.", "Hộ tái định cư.", "Vay của hội."
    ]  # fmt: skip


def test_bodies_at_the_end_of_a_part_under_their_name():
    text = f"{HEAD}Trồng 41 ha chè(1), 12 ha quế(2), giữ 300 ha rừng(3).\n\nChú giải Phần I:\n(1) Giống chè shan.\n"
    text += "(2) Ở xã Nà Hin.\n(3) Trong đó: (1) rừng đầu nguồn 212 ha; (2) rừng sản xuất 88 ha.\n\nPhần II\nNHIỆM VỤ\n"
    found = notes(parse(text + "Trồng thêm 12 ha quế(4).\n\nChú giải Phần II:\n(4) Ở xã Tà Lèng.\n"))
    assert {key: body for key, (_, body) in found.items()} == {
        "1": "Giống chè shan.",
        "2": "Ở xã Nà Hin.",
        "3": "Trong đó: (1) rừng đầu nguồn 212 ha; (2) rừng sản xuất 88 ha.",
        "4": "Ở xã Tà Lèng.",
    }


def test_a_list_among_notes_stays_a_list():
    text = f"{HEAD}Huyện chọn ba đột phá(1), giao các phòng như sau:\n\n"
    text += "(1) Cải cách hành chính.\n\n(2) Giao thông.\n\n(3) Nguồn nhân lực.\n\nĐã trồng 12 ha quế(2).\n\n"
    text += "(1) Nghị quyết số 05-NQ/HU.\n\n(2) Ở xã Nà Hin.\n"
    document = parse(text)
    assert [n.text for n in document.footnotes] == ["Nghị quyết số 05-NQ/HU.", "Ở xã Nà Hin."]
    assert [p.text[:3] for p in document.passages if p.kind == "list_item"] == ["(1)", "(2)", "(3)"]


def test_a_marker_that_was_typed_with_a_blank_before_it():
    text = HEAD + "".join(
        f"Xã thứ {n} còn {n}40 hộ nghèo{' ' * (n == 4)}({n}) và đã trồng quế.\n\n({n}) Theo xã thứ {n}.\n\n"
        for n in range(1, 6)
    )
    found = parse(text).footnotes
    assert [(n.text, n.linked) for n in found] == [(f"Theo xã thứ {n}.", True) for n in range(1, 6)]


def test_glued_digits_that_are_no_markers():
    text = f"{HEAD}Giống ST25 và OM18 chiếm 120 m2, giảm 2 tấn CO2 trong năm 20241, tăng 5% so với năm 20232.\n\n"
    document = parse(text + "1 Số của Phòng Thống kê.\n\n2 Số đã điều chỉnh.\n")
    assert {key: carrier for key, (carrier, _) in notes(document).items()} == {
        "1": "ong năm 2024",
        "2": "với năm 2023",
    }
    assert "120 m2, giảm 2 tấn CO2" in document.canonical


def test_the_second_paragraph_of_a_body_among_gathered_bodies():
    text = f"{HEAD}Trồng 41 ha chè[1], 12 ha quế[2], giữ 300 ha rừng[3].\n\n________________\n"
    text += (
        "[1] Giống chè shan.\nGiá tính theo năm 2020, chưa có công lao động.\n[2] Ở xã Nà Hin.\n[3] Rừng đầu nguồn.\n"
    )
    found = notes(parse(text))
    assert found["1"][1] == "Giống chè shan.\nGiá tính theo năm 2020, chưa có công lao động."
    assert len(found) == 3


LISTS = [
    "Căn cứ Điều 5(1) và Điều 6(2) của Quy chế, Đảng ủy thống nhất.\n\n(1) Ban Thường vụ họp hằng tháng.\n\n"
    "(2) Ban Chấp hành họp hằng quý.",
    "Huyện xác định nhiệm vụ(1) và giải pháp(2) như sau:\n\n(1) Giao đất cho dân.\n\n(2) Cấp vốn cho hộ nghèo.",
    "Có ba khâu đột phá:(1) cải cách;(2) hạ tầng;(3) cán bộ.\n\n(1) Về cải cách.\n\n(2) Về hạ tầng.\n\n(3) Về cán bộ.",
    "Trong quý1 và quý2 đã xếp loại chi bộ.\n\n1 Chi bộ Bản Mo xếp thứ ba.\n\n2 Chi bộ Bản Nà xếp thứ hai.",
]


@pytest.mark.parametrize("text", LISTS)
def test_lists_behind_numbers_that_name_something_stay(text):
    document = parse(f"{HEAD}{text}\n\nCác xã đã làm xong trong tháng Mười.\n")
    assert document.footnotes == ()
    assert all(line in document.canonical for line in text.split("\n\n"))


@pytest.mark.parametrize(
    "line", ["4 Chi bộ hoàn thành xuất sắc nhiệm vụ.", "4 Đảng viên của Tổ dân phố 4, được tặng Huy hiệu."]
)
def test_a_line_that_begins_with_a_number_behind_the_notes_is_none(line):
    text = f"{HEAD}Còn 340 hộ nghèo1, 52 hộ cận nghèo2 và 9 hộ khó khăn3.\n\n1 Ở Bản Mo.\n\n2 Ở Bản Nà.\n\n"
    text += f"3 Ở Bản Lốc.\n\nTổ dân phố 4, gồm 20 đảng viên, đã họp xong.\n\n{line}\n"
    document = parse(text)
    assert len(document.footnotes) == 3
    assert line in [p.text for p in document.passages]
    assert "Tổ dân phố 4, gồm" in document.canonical


def test_a_paragraph_between_two_notes_stays_in_the_text():
    text = f"{HEAD}Toàn xã có 45 hộ nghèo(1) và 30 hộ cận nghèo(2).\n\n(1) Bản Mo 20 hộ.\n\n"
    document = parse(text + "Công tác giảm nghèo được các chi bộ quan tâm chỉ đạo.\n\n(2) Bản Nà 30 hộ.\n")
    assert [n.text for n in document.footnotes] == ["Bản Mo 20 hộ.", "Bản Nà 30 hộ."]
