"""What `Finder` finds is what `tokenize` gives, less what nobody asked for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.spots import Finder, Spots
from index.tokens import tokenize, with_y

TEXT = (
    "Đến 5/12/2023, tỷ lệ hộ nghèo còn 7,5%; thực hiện Nghị quyết số 02-NQ/HU, diện tích 1.234,5 m², "
    "tổ 5-Nhà văn hóa; các tổ hòa giải, HỘ NGHÈO và quý III/2023 lý do khác, trường αβ, ngày 30a"
)


def expected(text: str, keys: set[str]) -> list[tuple[int, int, str, str]]:
    return [(t.start, t.end, t.folded, t.marked) for t in tokenize(text) if t.folded in keys]


def rows(spots: Spots) -> list[tuple[int, int, str, str]]:
    return list(zip(spots.starts, spots.ends, spots.folded, map(spots.marked, range(len(spots.starts))), strict=True))


def test_all_tokens_of_a_text_are_found() -> None:
    keys = {token.folded for token in tokenize(TEXT)}
    assert {"2-nq-hu", "1234,5", "12/2023", "m²", "αβ", "li", "hoa"} <= keys
    assert rows(Finder(keys).spots(TEXT)) == expected(TEXT, keys)


@pytest.mark.parametrize("key", ["ho", "ngheo", "5", "2023", "2-nq-hu", "nq", "hu", "ti", "li", "m²", "αβ", "a", "nha"])
def test_one_key(key: str) -> None:
    """The letters of a document number are no words of their own where numbers are asked for too."""
    keys = {key, "7,5"}
    assert rows(Finder(keys).spots(TEXT)) == expected(TEXT, keys)


WORDS = st.sampled_from(
    ["hộ", "nghèo", "ty", "tỷ", "lý", "02-NQ/HU", "5/2023", "1.000", "QH15", "m²", "Đảng", "ĐẢNG", "ß"]
)
GAPS = st.sampled_from([" ", ", ", "-", "/", "\n", "", "\u00a0", "😀", "\u0301"])


@given(st.lists(st.tuples(WORDS, GAPS), max_size=12), st.integers(0, 3))
@example([("5", "-"), ("hộ", "/"), ("QH15", "5")], 0)
def test_any_text(parts: list[tuple[str, str]], skip: int) -> None:
    text = unicodedata.normalize("NFC", "".join(word + gap for word, gap in parts))
    keys = {token.folded for token in tokenize(text)[skip:]} | {"7"}
    assert rows(Finder(keys).spots(text)) == expected(text, keys)


def test_together_means_nothing_between() -> None:
    spots = Finder({"ho", "ngheo"}).spots("hộ nghèo, hộ rất nghèo, hộ 5 nghèo, hộ - nghèo")
    assert spots.together("ho", "ngheo") == [0, 6]
    assert spots.together("ho", "can") == []


def test_final_y() -> None:
    assert (with_y("ti"), with_y("qui"), with_y("hoi"), with_y("ta")) == ("ty", "quy", None, None)
