"""Tokens, their keys, document numbers; sentences and clauses."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.clauses import MIN_CLAUSE, clauses, sentence_at, sentences
from index.tokens import is_vietnamese_syllable, number_key, references, short_reference, syllable_keys, tokenize

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệốồổỗộướừửữự ABĐ0123456789.,;:/-–%()\n\"'", max_size=120
).map(lambda t: unicodedata.normalize("NFC", t))


@pytest.mark.parametrize(
    ("one", "other"), [("hoá", "hóa"), ("HOÀ", "hòa"), ("tỷ", "tỉ"), ("quý", "quí"), ("kỹ", "kĩ"), ("thuỷ", "thủy")]
)
def test_spellings_of_one_syllable_meet(one: str, other: str):
    assert syllable_keys(one) == syllable_keys(other)


@pytest.mark.parametrize(("one", "other"), [("bạn", "bản"), ("thúy", "thúi"), ("đa", "da"), ("tuy", "tui")])
def test_marks_tell_syllables_apart(one: str, other: str):
    assert syllable_keys(one)[0] != syllable_keys(other)[0]


def test_folded_keys_drop_every_mark():
    assert [t.folded for t in tokenize("Đảng bộ huyện Tủa Chùa")] == ["dang", "bo", "huyen", "tua", "chua"]


@pytest.mark.parametrize(
    "written", ["02-NQ/HU", "02 -NQ/HU", "02-nq/hu", "2-NQ/HU", "02 – NQ/HU", "02 NQ HU", "số 02-NQ/HU ngày"]
)
def test_a_document_number_is_one_token_however_typed(written: str):
    assert references(written, typed=True)[0] == "2-nq-hu"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quyết định 1719/QĐ-TTg", "1719-qd-ttg"),
        ("Luật 76/2014/QH13", "76-2014-qh13"),
        ("Nghị quyết 30a/2008/NQ-CP", "30a-2008-nq-cp"),
        ("Kết luận số 21-KL/TƯ", "21-kl-tw"),
        ("09-QC/HU", "9-qc-hu"),
    ],
)
def test_document_numbers_in_text(text: str, expected: str):
    assert expected in references(text)
    assert expected in [t.folded for t in tokenize(text)]


@pytest.mark.parametrize("text", ["11/14 xã", "25 lượt/38 người", "kế hoạch 5 năm", "2020-2025", "15/9/2020", "99,4%"])
def test_what_is_no_document_number(text: str):
    assert references(text, typed=True) == []


def test_a_number_named_by_its_kind_has_the_short_form():
    assert references("Nghị quyết số 02 của Huyện ủy") == ["2-nq-hu", "2-nq"]
    assert references("nghi quyet so 02", typed=True) == ["2-nq"]
    assert short_reference("2-nq-hu") == "2-nq"


def test_numbers_and_dates_have_one_form():
    assert number_key("17.501") == "17501"
    assert number_key("02") == "2"
    assert number_key("0,5") == "0,5"
    assert number_key("1.234,5") == "1234,5"
    assert [t.folded for t in tokenize("15/09/2020")] == ["15/9/2020", "9/2020", "2020"]


@settings(deadline=None)  # the machine may have other work
@given(VIETNAMESE)
def test_offsets_point_at_what_was_read(text: str):
    position = 0
    for token in tokenize(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.start >= position or token.kind == "date"
        position = token.start
        if token.kind == "word":
            assert syllable_keys(text[token.start : token.end]) == (token.marked, token.folded)


@settings(deadline=None)  # the machine may have other work
@given(VIETNAMESE)
def test_no_letter_or_digit_is_left_out(text: str):
    covered = {i for t in tokenize(text) for i in range(t.start, t.end)}
    assert all(i in covered for i, c in enumerate(text) if c.isalpha() or c.isdecimal())


@settings(deadline=None)  # the machine may have other work
@given(VIETNAMESE)
def test_clauses_cover_the_text_in_order(text: str):
    ranges = clauses(text)
    assert ranges == sorted(ranges)
    assert all(a < b for a, b in ranges)
    assert all(first[1] <= second[0] for first, second in pairwise(ranges))
    outside = set(range(len(text))) - {i for a, b in ranges for i in range(a, b)}
    assert not any(text[i].strip() for i in outside)


def test_clauses_have_twelve_syllables_and_more():
    text = (
        "Tỷ lệ hộ nghèo giảm 5,2% so với năm 2023, vượt nghị quyết giao; toàn huyện trồng mới 320 ha rừng, đạt 104% "
        "kế hoạch năm."
    )
    ranges = clauses(text)
    assert len(ranges) > 1
    assert all(len(tokenize(text[a:b])) >= MIN_CLAUSE for a, b in ranges)
    assert "5,2%" in text[ranges[0][0] : ranges[0][1]]  # a decimal comma ends nothing


def test_the_sentence_before_a_marker():
    text = "Năm 2024 có nhiều khó khăn. Huyện đã hỗ trợ 45 nhà ở cho hộ nghèo; trồng 320 ha rừng. Hết."
    marker = text.index("; trồng")
    assert sentence_at(text, marker) == "Huyện đã hỗ trợ 45 nhà ở cho hộ nghèo;"
    assert sentence_at(text, len(text)) == "Hết."
    assert sentences("Ab; bc. Cd") == [(0, 3), (4, 7), (8, 10)]


def test_english_words_are_no_vietnamese_syllables():
    foreign = [w for w in ["poverty", "reduction", "forest", "ethnic"] if not is_vietnamese_syllable(w)]
    native = [
        w
        for w in ["giam", "ngheo", "ben", "vung", "thuong", "xuyen", "quyet", "nghieng", "khuyu"]
        if is_vietnamese_syllable(w)
    ]
    assert len(foreign) == 4
    assert len(native) == 9
