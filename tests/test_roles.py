"""Roles of passages by their headings: the ways in which reports really name their parts."""

from __future__ import annotations

import time

import pytest

from index.roles import ROLES, role_of, roles_in

HEADINGS = [
    ("Những hạn chế, yếu kém", "shortcoming"),
    ("2.1. Hạn chế", "shortcoming"),
    ("2. Hạn chế và nguyên nhân", "shortcoming"),
    ("II. TỒN TẠI, HẠN CHẾ", "shortcoming"),
    ("b) Tồn tại, vướng mắc:", "shortcoming"),
    ("2. Một số khó khăn, bất cập", "shortcoming"),
    ("Mặt hạn chế", "shortcoming"),
    ("V. KHUYẾT ĐIỂM, TỒN TẠI VÀ NGUYÊN NHÂN", "shortcoming"),
    ("Hạn chế trong công tác xây dựng Đảng", "shortcoming"),
    ("Nguyên nhân", "cause"),
    ("2.2. Nguyên nhân của những hạn chế, khuyết điểm", "cause"),
    ("Nguyên nhân của kết quả đạt được", "cause"),
    ("Về khách quan", "cause"),
    ("3.2. Chủ quan:", "cause"),
    ("Nguyên nhân và bài học kinh nghiệm", "cause"),
    ("Bài học kinh nghiệm", "lesson"),
    ("3. Một số bài học kinh nghiệm rút ra", "lesson"),
    ("III. BÀI HỌC BƯỚC ĐẦU", "lesson"),
    ("Kinh nghiệm lãnh đạo, chỉ đạo", "lesson"),
    ("Một số kết quả nổi bật", "result"),
    ("Phần thứ nhất TÌNH HÌNH THỰC HIỆN NHIỆM VỤ NĂM 2024", "result"),
    ("PHẦN I. KIỂM ĐIỂM KẾT QUẢ LÃNH ĐẠO, CHỈ ĐẠO", "result"),
    ("1. Kết quả thực hiện các mục tiêu, chỉ tiêu chủ yếu", "result"),
    ("IV. KẾT QUẢ KHẮC PHỤC HẠN CHẾ, KHUYẾT ĐIỂM ĐÃ ĐƯỢC CHỈ RA", "result"),
    ("A. ĐÁNH GIÁ TÌNH HÌNH VÀ KẾT QUẢ CÔNG TÁC", "result"),
    ("1. Đánh giá tổng quát kết quả đạt được và nguyên nhân", "result"),
    ("I. TÌNH HÌNH QUÝ I NĂM 2026", "result"),
    ("1. Ưu điểm", "result"),
    ("Những thành tựu", "result"),
    ("BIỂU KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU", "result"),
    ("Phụ lục số 01 KẾT QUẢ THỰC HIỆN MỘT SỐ CHỈ TIÊU", "result"),
    ("I. KẾT QUẢ THỰC HIỆN 02 KHÂU ĐỘT PHÁ", "result"),
    ("Chỉ tiêu chủ yếu", "target"),
    ("I. MỤC TIÊU CHUNG", "target"),
    ("2.1. Nhóm chỉ tiêu về kinh tế", "target"),
    ("I. PHƯƠNG HƯỚNG, MỤC TIÊU", "target"),
    ("BIỂU CÁC CHỈ TIÊU NĂM 2024, KẾ HOẠCH NĂM 2025", "target"),
    ("B. QUAN ĐIỂM, MỤC TIÊU PHÁT TRIỂN", "target"),
    ("II. PHƯƠNG HƯỚNG, NHIỆM VỤ", "task"),
    ("Nhiệm vụ và giải pháp trọng tâm", "task"),
    ("Phần thứ hai MỤC TIÊU, NHIỆM VỤ VÀ GIẢI PHÁP NĂM 2025", "task"),
    ("PHẦN THỨ HAI: PHƯƠNG HƯỚNG NHIỆM VỤ NHIỆM KỲ TỚI", "task"),
    ("1. Phương hướng chung:", "task"),
    ("III. CÁC KHÂU ĐỘT PHÁ", "task"),
    ("IV. TỔ CHỨC THỰC HIỆN", "task"),
    ("C. KẾ HOẠCH NĂM 2025", "task"),
    ("NHIEM VU TRONG TAM", "task"),
    ("V. CÁC GIẢI PHÁP CHỦ YẾU", "measure"),
    ("3. Biện pháp thực hiện", "measure"),
    ("Đánh giá chung", "general"),
    ("IV. ĐÁNH GIÁ CHUNG VÀ BÀI HỌC KINH NGHIỆM", "general"),
    ("I. ĐẶC ĐIỂM, TÌNH HÌNH", "general"),
    ("Tình hình chung", "general"),
    ("I. DỰ BÁO TÌNH HÌNH", "general"),
    ("A. BỐI CẢNH, TÌNH HÌNH", "general"),
    ("Thuận lợi, khó khăn", "general"),
    ("II. THỰC TRẠNG NGUỒN NHÂN LỰC", "general"),
    ("III. KIẾN NGHỊ, ĐỀ XUẤT", "other"),
    ("II. LĨNH VỰC VĂN HÓA - XÃ HỘI", "other"),
    ("1.2. Chăn nuôi", "other"),
    ("4. Hạn chế tai nạn giao thông", "other"),
    ("3. Lãnh đạo thực hiện nhiệm vụ chính trị", "other"),
    ("", "other"),
]


@pytest.mark.parametrize(("heading", "role"), HEADINGS)
def test_one_heading(heading, role):
    assert role_of([heading] if heading else []) == role


def test_every_role_is_tested():
    assert {role for _, role in HEADINGS} == set(ROLES)


def test_the_innermost_heading_that_says_it_wins():
    first = "Phần thứ nhất TÌNH HÌNH THỰC HIỆN NGHỊ QUYẾT"
    assert role_of([first, "II. KINH TẾ - XÃ HỘI", "1. Nông nghiệp"]) == "result"
    assert role_of([first, "IV. ĐÁNH GIÁ CHUNG", "2. Hạn chế, nguyên nhân", "2.1. Hạn chế"]) == "shortcoming"
    assert role_of([first, "IV. ĐÁNH GIÁ CHUNG", "2. Hạn chế, nguyên nhân", "a) Về kinh tế"]) == "shortcoming"
    second = "Phần thứ hai NHIỆM VỤ, GIẢI PHÁP"
    assert role_of([second, "1. Phát triển kinh tế"]) == "task"
    assert role_of([second, "III. KIẾN NGHỊ"]) == "other"


def test_targets_and_tasks_in_a_part_of_results_are_results():
    assert role_of(["I. KẾT QUẢ THỰC HIỆN NĂM 2023", "1. Các chỉ tiêu chủ yếu"]) == "result"
    assert role_of(["I. KẾT QUẢ THỰC HIỆN NĂM 2023", "2. Nhiệm vụ năm 2023"]) == "result"
    assert role_of(["I. KẾT QUẢ THỰC HIỆN NĂM 2023", "2. Nhiệm vụ năm 2024"]) == "task"
    assert role_of(["I. KẾT QUẢ NỬA NHIỆM KỲ", "6. Nhiệm vụ 6 tháng cuối năm"]) == "task"
    assert role_of(["A. KẾT QUẢ", "B. PHƯƠNG HƯỚNG", "1. Các chỉ tiêu chủ yếu"]) == "target"


def test_a_text_that_names_its_part_decides():
    both = ["2. Hạn chế và nguyên nhân"]
    assert role_of(both, "- Nguyên nhân chủ quan: một số cấp ủy chưa quyết liệt.") == "cause"
    assert role_of(both, "Một số chỉ tiêu đạt thấp; nguyên nhân là thiếu vốn.") == "shortcoming"
    assert role_of(["3. Về văn hóa"], "* Bài học kinh nghiệm: phải sâu sát cơ sở.") == "lesson"
    assert role_of([], "Tồn tại, hạn chế: tiến độ chậm.") == "shortcoming"
    assert role_of(["II. NHIỆM VỤ"], "Hạn chế tối đa tai nạn lao động.") == "task"


def test_old_marks_case_blanks_and_lost_marks_do_not_matter():
    assert roles_in("II.  Nhiệm  Vụ,\nGiải Pháp") == roles_in("ii. NHIEM VU, GIAI PHAP") == ("task", "measure")


def test_fast_enough_to_be_asked_for_every_passage():
    paths = [("Phần thứ nhất KẾT QUẢ", f"{i}. Công tác số {i}", "2. Hạn chế") for i in range(200)]
    begun = time.perf_counter()
    for _ in range(10):
        for path in paths:
            role_of(path, "Một số đơn vị chưa chủ động trong triển khai nhiệm vụ được giao.")
    assert (time.perf_counter() - begun) / 2000 < 2e-4
