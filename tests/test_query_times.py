"""Years and periods: one form for all spellings, the years they cover, and what of a query is none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.boosts import Calendar
from index.times import periods
from index.tokens import tokenize


def keys(text: str) -> list[str]:
    return [period.key for period in periods(text)]


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        (
            "2020-2025",
            [
                "2020-2025", "2020 - 2025", "2020–2025", "giai đoạn 2020 – 2025", "nhiệm kỳ 2020-2025", "2020 đến 2025",
                "từ năm 2020 đến năm 2025", "2020 đến hết năm 2025", "tu nam 2020 den nam 2025", "2020 tới 2025",
                "2020-25",
            ],
        ),
        (
            "2024-Q1",
            [
                "quý I/2024", "quý I năm 2024", "quý 1/2024", "quý 1 năm 2024", "Quý I-2024", "quí I/2024",
                "quy 1 nam 2024", "quý một năm 2024", "quý nhất 2024", "quý I, năm 2024",
            ],
        ),
        ("Q3", ["quý III", "quý 3", "quý ba", "quy iii"]),
        (
            "2024-M1..6",
            [
                "6 tháng đầu năm 2024", "06 tháng đầu năm 2024", "sáu tháng đầu năm 2024", "6 thang dau nam 2024",
                "nửa đầu năm 2024", "6 tháng năm 2024",
            ],
        ),
        ("M7..12", ["6 tháng cuối năm", "nửa cuối năm", "sau thang cuoi nam"]),
        ("2023-M1..9", ["9 tháng đầu năm 2023", "chín tháng năm 2023", "9 tháng/2023"]),
        (
            "2024-M1..11",
            ["11 tháng đầu năm 2024", "mười một tháng đầu năm 2024", "muoi mot thang dau nam 2024"],
        ),
        ("khoa-11", ["khóa XI", "khoa xi", "khoá 11", "khoa xi nhiem ky", "khoa XI ban hanh"]),
        ("khoa-15", ["khóa XV", "khoá XV", "khóa 15", "khoa xv", "khóa thứ XV"]),
        ("2023", ["năm 2023", "2023", "nam 2023", "tháng 6/2023", "ngày 15/9/2023", "tháng 6 năm 2023"]),
    ],
)  # fmt: skip
def test_spellings_of_one_period(key: str, spellings: list[str]):
    assert {text: keys(text) for text in spellings} == {text: [key] for text in spellings}
    if "M" not in key:  # "6 tháng năm 2024" may be written without "đầu", "6 tháng đầu năm 2024" may not
        assert len({periods(text)[0].forms for text in spellings}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2.023 hộ", "2023 hộ", "1950 người", "2000 ha", "22,13%", "3 tháng", "quý giá", "khoa học", "năm học",
        "quy tu luc luong", "khoa vi sinh", "Khoa Vi sinh", "phần thưởng cao quý nhất", "mười hai tháng đầu năm",
        "12/13 xã", "quý V", "khóa 45", "1234", "02-NQ/HU", "12023", "sáu tháng",
    ],
)  # fmt: skip
def test_figures_that_are_no_period(text: str):
    assert keys(text) == []


def test_several_periods_in_reading_order_none_inside_another():
    text = "khóa XIII, nhiệm kỳ 2021-2026: quý I/2024 so với năm 2023, tầm nhìn 2045"
    assert keys(text) == ["khoa-13", "2021-2026", "2024-Q1", "2023", "2045"]


def test_years_of_a_period():
    assert periods("2021-2025")[0].years == (2021, 2022, 2023, 2024, 2025)
    assert periods("quý I/2024")[0].years == (2024,)
    assert periods("khóa XV")[0].years == ()
    assert keys("2025-2021") == ["2025", "2021"]


@pytest.mark.parametrize("text", ["quý I/2024", "quý 1/2024", "6 tháng đầu năm", "khóa XV", "giai đoạn 2021-2025"])
def test_what_is_typed_is_one_of_the_forms(text: str):
    (period,) = periods(text)
    typed = " ".join(t.folded for t in tokenize(text) if t.start >= period.start)
    assert typed.removesuffix(" 2024") in {form.removesuffix(" 2024") for form in period.forms}


def test_the_calendar_compares_years():
    calendar = Calendar([(2023,), (2020, 2021, 2022, 2023, 2024, 2025), ()])
    assert calendar.shares((2023,)).tolist() == [1, 1 / 6, 0]
    assert calendar.shares((2020, 2021, 2022, 2023, 2024, 2025)).tolist() == [1 / 6, 1, 0]
    assert calendar.shares((1999,)).tolist() == [0, 0, 0]
    assert calendar.documents((2021, 1999)).tolist() == [False, True, False]
    assert Calendar([]).shares((2023,)).tolist() == []


@settings(max_examples=300, deadline=None)  # the machine may have other work
@given(st.text(st.sampled_from("quý thánđầcốiăm khóaIVX0123456789/-–.,"), max_size=40))
def test_any_text_has_periods_apart_and_within(text: str):
    found = periods(text)
    assert all(0 <= p.start < p.end <= len(text) for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
