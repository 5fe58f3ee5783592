"""Document numbers in the spellings that people type."""

from __future__ import annotations

import pytest

from index.query import analyse
from index.tokens import references


def typed(text: str) -> list[str]:
    return references(text, typed=True)


@pytest.mark.parametrize(
    "text",
    [
        "02-NQ/HU", "02 NQ HU", "02-NQ-HU", "02/NQ-HU", "02 – NQ / HU", "02.NQ/HU", "2-nq/hu", "02 nq hu", "NQ 02-HU",
        "NQ 02/HU", "NQ số 02/HU", "NQ 02 HU", "NQ/HU 02", "nq 02 hu", "Nghị quyết 02 của Huyện ủy", "số 02-NQ/HU",
        "Nghị quyết số 02 của Ban Chấp hành Đảng bộ huyện", "nghi quyet 02 huyen uy", "Nghị quyết 02-NQ/HU",
        "Nghị quyết số: 02-NQ/HU", "Nghị quyết số 02–NQ/HU", "02 -NQ/HU", "nghị quyết 02 - NQ - HU", "NQ02-HU",
        "Nghị quyết số 02 của Ban Thường vụ Huyện uỷ",
    ],
)  # fmt: skip
def test_one_number_in_full(text: str):
    assert typed(text) == ["2-nq-hu", "2-nq"]


@pytest.mark.parametrize(
    "text",
    [
        "NQ 02",
        "NQ02",
        "NQ-02",
        "nq 02",
        "nghị quyết 2",
        "nghị quyết số 2",
        "Nghị quyết (02)",
        "nghi quyet so 02",
        "NQ số 2",
    ],
)
def test_one_number_by_its_kind(text: str):
    assert typed(text) == ["2-nq"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QĐ 1719", ["1719-qd"]),
        ("qd 1719", ["1719-qd"]),
        ("Quyết định 1719/QĐ-TTg", ["1719-qd-ttg", "1719-qd"]),
        ("1719 qd ttg", ["1719-qd-ttg", "1719-qd"]),
        ("quyết định 1719 của Thủ tướng Chính phủ", ["1719-qd-ttg", "1719-qd"]),
        ("QĐ số 1719 ngày 14/10/2021", ["1719-qd"]),
        ("qui dinh 37", ["37-qd"]),
        ("Kết luận 21-KL/TW", ["21-kl-tw", "21-kl"]),
        ("nghị quyết 11 của Bộ Chính trị", ["11-nq-tw", "11-nq"]),
        ("nq 57 tw", ["57-nq-tw", "57-nq"]),
        ("NQ57-TW", ["57-nq-tw", "57-nq"]),
        ("05/2021/NQ-HĐND", ["5-2021-nq-hdnd", "5-nq"]),
        ("05/2021 NQ HĐND", ["5-2021-nq-hdnd", "5-nq"]),
        ("nghị định 30/2020", ["30-nd"]),
        ("NĐ 30/2020", ["30-nd"]),
        ("Nghị định số 30 năm 2020", ["30-nd"]),
        ("nghị định 30 năm 2020", ["30-nd"]),
        ("72/2025/QH15", ["72-2025-qh15", "72-qh15"]),
        ("Nghị quyết 30a", ["30a-nq"]),
        ("30a/2008/NQ-CP", ["30a-2008-nq-cp", "30a-nq"]),
        ("NQ 18 và 19", ["18-nq", "19-nq"]),
        ("BC 120", ["120-bc"]),
        ("CTr 12", ["12-ctr"]),
        ("ĐA 06", ["6-da"]),
        ("đề án 06", ["6-da"]),
        ("chương trình hành động 05", ["5-ctrhd"]),
        ("Quyết định số 2023", ["2023-qd"]),
        ("năm 2024 NQ 02", ["2-nq"]),
        ("Nghị quyết 02 từ năm 2020", ["2-nq"]),
        ("nghi quyet 02 du lich", ["2-nq"]),
    ],
)
def test_other_kinds_issuers_years_and_letters(text: str, expected: list[str]):
    assert typed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "kế hoạch năm 2023", "kế hoạch 2023", "báo cáo 2024", "bc 2023", "NQ 2023", "nghị quyết 2020-2025",
        "kế hoạch 2021-2025", "kế hoạch 5 năm 2021-2025", "báo cáo 6 tháng", "báo cáo 12 chỉ tiêu", "thông báo 3 tháng",
        "thu nhập 45 tr", "giảm 5 da", "tt 25", "năm 2023 CT MTQG", "11/14 xã", "giảm 5-7%", "kế hoạch 12,5",
        "nghị quyết 5%", "quyết định 15/9/2020", "nghị quyết đại hội 13",
    ],
)  # fmt: skip
def test_figures_and_years_that_are_no_number(text: str):
    assert typed(text) == []


def test_in_documents_only_what_is_written_as_a_number_counts():
    assert references("NQ 02 HU, 45 tr") == []
    assert references("Nghị quyết số 02 của Huyện ủy") == ["2-nq-hu", "2-nq"]
    assert references("Chỉ thị 05 được học tập") == ["5-ct"]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Nghị quyết 05 của Đảng ủy về phát triển du lịch", "nghi quyet dang uy phat trien du lich"),
        ("Nghị quyết 05 của Tỉnh ủy về đầu tư công", "nghi quyet tinh uy dau tu cong"),
        ("Đề án 06 về đa dạng hóa", "de an da dang hoa"),
        ("NQ 05 ĐU về 5 tuyến du lịch", "5 tuyen du lich"),
        ("02 NQ HU về 2 xã", "2 xa"),
        ("NQ 18 và 19 ở 18 xã", "18 xa"),
        ("NQ 02 của HU", ""),
    ],
)
def test_only_what_stands_in_a_number_is_left_out(text: str, content: str):
    assert " ".join(token.folded for token in analyse(text).content) == content
