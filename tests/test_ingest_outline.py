"""The heading grammar, joins and tables."""

from __future__ import annotations

import pytest

from ingest.pipeline import parse_bytes


def parse(text: str, name: str = "a.md"):
    document = parse_bytes(text.encode(), name)
    assert not [w for w in document.warnings if w.code == "account"]
    return document


def outline(document):
    return [(s.level, s.number, s.title) for s in document.sections]


def test_every_level_of_the_grammar():
    text = """BÁO CÁO

Phần thứ nhất

TÌNH HÌNH NĂM 2023

A. KẾT QUẢ

I- KINH TẾ

1. Nông nghiệp

1.1. Trồng trọt

1.1.1. Cây lúa

a) Vụ mùa

đ) Vụ đông

Gieo cấy 1.200 ha lúa.

2. Công nghiệp

Giá trị đạt 40 tỷ đồng.

II. VĂN HÓA

Có 12 bản văn hóa.
"""
    assert outline(parse(text)) == [
        (1, "Phần thứ nhất", "TÌNH HÌNH NĂM 2023"),
        (2, "A", "KẾT QUẢ"),
        (3, "I", "KINH TẾ"),
        (4, "1", "Nông nghiệp"),
        (5, "1.1", "Trồng trọt"),
        (6, "1.1.1", "Cây lúa"),
        (7, "a", "Vụ mùa"),
        (7, "đ", "Vụ đông"),
        (4, "2", "Công nghiệp"),
        (3, "II", "VĂN HÓA"),
    ]


def test_the_converters_level_is_not_believed():
    heads = ("## **I. KINH TẾ**", "#### 1. Nông nghiệp", "## 2. Công nghiệp", "##### **II. XÃ HỘI**")
    text = "\n\nĐạt.\n\n".join(heads) + "\n\nĐạt.\n"
    assert [s[0] for s in outline(parse(text))] == [1, 2, 2, 1]


def test_a_number_that_lost_a_dot():
    text = "2. Nhiệm vụ\n\n2.1. Kinh tế\n\n2.1.1. Lúa\n\nĐạt.\n\n2.1.2. Ngô\n\nĐạt.\n\n2.13. Chè\n\nĐạt.\n"
    document = parse(text)
    assert [s.number for s in document.sections] == ["2", "2.1", "2.1.1", "2.1.2", "2.1.3"]
    assert [w.code for w in document.warnings] == ["heading-number"]


def test_a_numbered_sentence_is_no_heading():
    text = "I. NHIỆM VỤ\n\n1. Tập trung chỉ đạo sản xuất; bảo vệ rừng.\n\n2. Tăng cường thu ngân sách.\n"
    document = parse(text)
    assert [s.number for s in document.sections] == ["I"]
    assert [p.kind for p in document.passages] == ["list_item", "list_item"]


def test_a_run_in_heading():
    text = "II. NHIỆM VỤ\n\n**6. Quản lý chặt đất đai, khoáng sản.** Thực hiện nghiêm kết luận thanh tra.\n"
    document = parse(text)
    assert outline(document)[1] == (2, "6", "Quản lý chặt đất đai, khoáng sản.")
    assert document.passages[0].text == "Thực hiện nghiêm kết luận thanh tra."
    assert document.passages[0].section == document.sections[1].id


def test_a_title_over_two_lines():
    text = "Phần thứ hai\nMỤC TIÊU, NHIỆM VỤ\nĐẾN NĂM 2030\nNăm tới có nhiều thuận lợi.\n"
    assert outline(parse(text))[0] == (1, "Phần thứ hai", "MỤC TIÊU, NHIỆM VỤ ĐẾN NĂM 2030")


def test_numbering_restarts_in_every_part():
    text = "Phần thứ nhất\n\nA B\n\nI. MỘT\n\nĐạt.\n\nII. HAI\n\nĐạt.\n\nPhần thứ hai\n\nC D\n\nI. BA\n\nĐạt.\n"
    document = parse(text)
    parents = {s.id: s.number for s in document.sections}
    assert [(s.number, parents.get(s.parent or "")) for s in document.sections if s.level == 2] == [
        ("I", "Phần thứ nhất"),
        ("II", "Phần thứ nhất"),
        ("I", "Phần thứ hai"),
    ]


def test_a_table_within_the_text_does_not_end_its_part():
    table = "TT\tChỉ tiêu\tĐơn vị\n1\tHộ nghèo\t%\n2\tLúa\ttấn\n"
    text = (
        f"Phần thứ hai\n\nNHIỆM VỤ\n\nI. CHỈ TIÊU\n\nBIỂU CHỈ TIÊU CHỦ YẾU\n\n{table}\nII. GIẢI PHÁP\n\nĐẩy mạnh thu.\n"
    )
    document = parse(text)
    by_id = {s.id: s for s in document.sections}
    last = document.sections[-1]
    assert (last.number, by_id[last.parent].number) == ("II", "Phần thứ hai")
    assert document.passages[-1].section_path == ("Phần thứ hai NHIỆM VỤ", "II. GIẢI PHÁP")


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("thời tiết diễn biến; giá cả một số", "mặt hàng thiết yếu tăng cao.", True),
        ("Nghị quyết của Ban Chấp hành Đảng bộ huyện về", "Chương trình 135 được triển khai.", True),
        ("Kinh phí thực hiện các đề án trong nhiệm kỳ 2023-", "2028 là 40 tỷ đồng.", True),
        ("Đời sống nhân dân được nâng lên.", "an ninh được giữ vững.", False),
        ("Các chỉ tiêu chủ yếu như sau:", "- thu ngân sách đạt 40 tỷ đồng.", False),
        ("Một số chỉ tiêu còn đạt thấp, nhất là du lịch", "2. Công nghiệp", False),
    ],
)
def test_paragraphs_broken_by_a_page(left, right, joined):
    document = parse(f"I. KẾT QUẢ\n\n{left}\n\n{right}\n")
    assert any(left[-12:] in p.text and right[:10] in p.text for p in document.passages) is joined


def test_table_rows_read_by_themselves():
    text = """BIỂU 01: CÁC CHỈ TIÊU

TT	Chỉ tiêu	ĐVT	Kế hoạch	Thực hiện
1	2	3	4	5
1	Tỷ lệ hộ nghèo	%	12,5	11,8
	Tỷ lệ học sinh đến trường	Mẫu giáo	%	98	99
		Tiểu học	%	99	100
2	Thu ngân sách	Tỷ đồng	40	41,7

TT	Chỉ tiêu	ĐVT	Kế hoạch	Thực hiện
3	Che phủ rừng	%	55	55,6
"""
    document = parse(text)
    (table,) = document.tables
    assert table.columns == ("TT", "Chỉ tiêu", "ĐVT", "Kế hoạch", "Thực hiện")
    assert [r[1] for r in table.rows][1:3] == [
        "Tỷ lệ học sinh đến trường - Mẫu giáo",
        "Tỷ lệ học sinh đến trường - Tiểu học",
    ]
    assert all(len(r) == 5 for r in table.rows)
    assert len(table.rows) == 5
    first = document.passages[0]
    assert first.kind == "table_row"
    assert first.text.split("\n") == [
        "1 Tỷ lệ hộ nghèo % 12,5 11,8",
        "Chỉ tiêu: Tỷ lệ hộ nghèo; ĐVT: %; Kế hoạch: 12,5; Thực hiện: 11,8",
    ]
    assert first.section_path == ("BIỂU 01 CÁC CHỈ TIÊU",)


def test_letterhead_title_and_signature():
    text = """ĐẢNG BỘ TỈNH SƠN HẠ
HUYỆN ỦY BẢN MÂY
*
Số 12-BC/HU
ĐẢNG CỘNG SẢN VIỆT NAM
Bản Mây, ngày 5 tháng 12 năm 2023

BÁO CÁO

Tình hình thực hiện nhiệm vụ năm 2023

-----

I. KẾT QUẢ

Ban Chấp hành Đảng bộ huyện Bản Mây báo cáo như sau: mọi chỉ tiêu đều đạt.

Nơi nhận:
- Tỉnh ủy (b/c),
- Lưu VPHU.

T/M BAN CHẤP HÀNH
BÍ THƯ

Lò Thị Mua
"""
    meta = parse(text).metadata
    assert (meta.doc_type, meta.title) == ("Báo cáo", "Báo cáo tình hình thực hiện nhiệm vụ năm 2023")
    assert (meta.place, meta.province) == ("huyện Bản Mây", "Sơn Hạ")
    assert (meta.issuer, meta.number) == ("Ban Chấp hành Đảng bộ huyện Bản Mây", "12-BC/HU")
    assert (meta.date, meta.period, meta.signer) == ("2023-12-05", "năm 2023", "Lò Thị Mua")
    assert [p.text for p in parse(text).passages] == [
        "Ban Chấp hành Đảng bộ huyện Bản Mây báo cáo như sau: mọi chỉ tiêu đều đạt."
    ]


def test_only_a_few_lines_can_be_a_title():
    lines = "\n\n".join(f"Dòng thân bài thứ {i} không có dấu chấm" for i in range(9))
    document = parse(f"BÁO CÁO\n\nKết quả năm 2023\n\n- Thu ngân sách đạt 40 tỷ đồng\n\n{lines}\n")
    assert document.metadata.title == "Báo cáo kết quả năm 2023"
    assert document.passages[0].text == "- Thu ngân sách đạt 40 tỷ đồng"
    assert len(document.passages) == 10
    document = parse(f"BÁO CÁO\n\n{lines}\n")
    assert len(document.passages) == 6


def test_advice_is_no_list_of_recipients():
    """ "Lưu ý" starts like the last line of a list of recipients ("Lưu VT")."""
    text = (
        "I. KẾT QUẢ\n\nCác xã làm hồ sơ theo mẫu đã gửi trong tháng Mười.\n\nLưu ý\n\nHồ sơ gồm 41 trang, đóng dấu.\n"
    )
    document = parse_bytes(text.encode(), "a.txt")
    assert "Lưu ý" in [p.text for p in document.passages]
    assert not [f for f in document.furniture if f.kind == "recipients"]
    real = "I. KẾT QUẢ\n\nĐã xong.\n\nNơi nhận:\n\n- Các xã,\n\n- Lưu Văn phòng Huyện ủy.\n"
    kinds = {f.text: f.kind for f in parse_bytes(real.encode(), "a.txt").furniture}
    assert kinds["- Lưu Văn phòng Huyện ủy."] == "recipients"


def test_a_numbered_sentence_that_a_page_cuts_is_no_heading_among_headings():
    document = parse(
        "7.1. Bầu cử trong chi bộ ở nơi có đảng viên dự bị, đảng viên được miễn công tác và sinh hoạt đảng tạm thời\n\n"
        "Chi bộ bầu trực tiếp, công bố kết quả ngay tại đại hội.\n\n"
        "7.2. Bầu cử trong đảng bộ\n\nĐoàn chủ tịch hướng dẫn cách ghi phiếu cho từng đoàn đại biểu.\n\n"
        "7.3. Đại biểu chuyển công tác sang đảng bộ khác mà vẫn thuộc một đảng bộ cấp trên thì sinh hoạt với đoàn cũ; "
        "nếu được phân công làm\n\ntrưởng đoàn của đảng bộ mới thì chuyển về đoàn mới.\n\nĐảng bộ cũ không cử thêm.\n"
    )
    assert [s.number for s in document.sections] == ["7.1", "7.2"]
    assert any("phân công làm trưởng đoàn của đảng bộ mới" in p.text for p in document.passages)


def test_two_headings_in_one_line():
    document = parse("**I. KINH TẾ****1. Nông nghiệp**\n\nGieo cấy 120 ha lúa.\n\n**2. Công nghiệp**\n\nCó 12 cơ sở.\n")
    assert [(s.number, s.title, s.level) for s in document.sections] == [
        ("I", "KINH TẾ", 1), ("1", "Nông nghiệp", 2), ("2", "Công nghiệp", 2)
    ]  # fmt: skip


def test_names_behind_an_asterisk():
    document = parse(
        "I/ KẾT QUẢ\n\na/ Về kinh tế:\n\n* Công nghiệp, làng nghề:\n\nCó 412 doanh nghiệp, 2.938 hộ kinh doanh.\n\n"
        "* Nông nghiệp đô thị: Đất ruộng còn 318 ha.\n\nb/ Về xã hội:\n\n* Giáo dục:\n\nCó 17 trường công lập.\n\n"
        "* Ghi chú: số liệu tính đến 30/6.\n"
    )
    parents = {s.id: s.title for s in document.sections}
    assert [(s.number, s.title, parents.get(s.parent or "")) for s in document.sections] == [
        ("I", "KẾT QUẢ", None),
        ("a", "Về kinh tế:", "KẾT QUẢ"),
        (None, "Công nghiệp, làng nghề", "Về kinh tế:"),
        (None, "Nông nghiệp đô thị", "Về kinh tế:"),
        ("b", "Về xã hội:", "KẾT QUẢ"),
        (None, "Giáo dục", "Về xã hội:"),
    ]
    assert "* Ghi chú: số liệu tính đến 30/6." in [p.text for p in document.passages]


def test_one_name_behind_an_asterisk_proves_nothing():
    document = parse(
        "I. KẾT QUẢ\n\nCác xã đã làm xong.\n\n* Về kinh tế:\n\nCó 412 doanh nghiệp, 2.938 hộ kinh doanh.\n"
    )
    assert [s.number for s in document.sections] == ["I"]


def test_plain_titles_over_announced_roles_are_headings():
    part = "{n}. Việc thực hiện {x}\n\n- Về ưu điểm:\n\nĐã làm xong 12 việc.\n\n- Về hạn chế:\n\nCòn 3 việc chậm.\n\n"
    names = ["tập trung dân chủ", "tự phê bình", "quy chế làm việc"]
    text = "I. KIỂM ĐIỂM\n\n" + "".join(part.format(n=n, x=x) for n, x in enumerate(names, 1))
    document = parse(text)
    assert [s.number for s in document.sections if s.number] == ["I", "1", "2", "3"]
    assert [s.level for s in document.sections if s.title == "Về hạn chế"] == [3, 3, 3]


@pytest.mark.parametrize("long", [False, True])
def test_paragraphs_that_all_open_with_a_short_name(long):
    more = " và những việc có liên quan đến nhiều ngành, nhiều cấp trong toàn huyện" * 2 if long else ""
    names = ["Về quản lý đất đai", "Về công tác cán bộ", "Về lề lối làm việc"]
    text = "II. HẠN CHẾ\n\n" + "\n\n".join(f"{n}. {x}{more}: Còn chậm ở 3 xã." for n, x in enumerate(names, 1))
    found = [s.title for s in parse(text).sections if s.number != "II"]
    assert found == ([] if long else names)


@pytest.mark.parametrize(
    "text",
    [
        "Đoàn kiểm tra gồm:\n\n1. Đồng chí An: Trưởng đoàn của Huyện ủy Bản Mây, phụ trách chung.\n\n"
        "2. Đồng chí Bình: Phó đoàn, phụ trách các xã vùng cao.\n\n3. Đồng chí Chi: Thành viên, ghi biên bản các buổi.",
        "Các cây trồng chính đều tăng.\n\n1. Lúa: 200 ha.\n\n2. Ngô: 120 ha.\n\n3. Sắn: 90 ha.",
        "* Đề nghị Huyện ủy quan tâm các việc sau:\n\nCấp vốn.\n\n* Đồng chí An phát biểu như sau:\n\nĐồng ý.",
        "a) Đồng chí An phát biểu:\n\nĐồng ý với báo cáo.\n\nb) Đồng chí Bình phát biểu:\n\nĐề nghị bổ sung.",
    ],
)
def test_lists_and_speeches_are_no_headings(text):
    document = parse(f"I. KẾT QUẢ\n\n{text}\n\nCác xã đã làm xong trong tháng Mười.\n")
    assert [s.number for s in document.sections] == ["I"]


def test_sources_of_money_are_no_remark():
    document = parse("I. VỐN\n\n* Nguồn vốn:\n\nCó 12 tỷ đồng.\n\n* Ngân sách xã:\n\nCó 3 tỷ đồng.\n")
    assert [s.title for s in document.sections] == ["VỐN", "Nguồn vốn", "Ngân sách xã"]
