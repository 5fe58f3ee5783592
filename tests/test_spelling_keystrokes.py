"""Telex and VNI: keys → syllables, however early or late the tone is typed; English words are none."""

from __future__ import annotations

import pytest

from index.keystrokes import ENGLISH, telex, vni
from index.slips import marks_off, near_syllables
from index.tokens import syllable_keys


def key(syllable: str) -> str:
    return syllable_keys(syllable)[0]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giamr", "giảm"),
        ("ngheof", "nghèo"),
        ("ddarng", "đảng"),
        ("dangr", "dảng"),
        ("dangrd", "đảng"),
        ("vieen", "viên"),
        ("tieesn", "tiến"),
        ("tieens", "tiến"),
        ("nuwowcs", "nước"),
        ("nuowcs", "nước"),
        ("nuocws", "nước"),
        ("muaw", "mưa"),
        ("quaw", "quă"),
        ("tawng", "tăng"),
        ("tuw", "tư"),
        ("quys", "quý"),
        ("nghèof", "nghèo"),
        ("hôj", "hộ"),
        ("Ddaij", "đại"),
    ],
)
def test_telex(typed: str, meant: str):
    assert telex(typed) == key(meant)


@pytest.mark.parametrize("typed", ["nghèo", "thu", "boss", "error", "these", "axis", "2025", "", "f", "trx"])
def test_no_telex(typed: str):
    assert telex(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gia3m", "giảm"),
        ("giam3", "giảm"),
        ("nghe2o", "nghèo"),
        ("d9ang3", "đảng"),
        ("vie6n", "viên"),
        ("tie61n", "tiến"),
        ("nu7o71c", "nước"),
        ("nuo71c", "nước"),
        ("ta8ng", "tăng"),
        ("hô5", "hộ"),
    ],
)
def test_vni(typed: str, meant: str):
    assert vni(typed) == key(meant)


@pytest.mark.parametrize("typed", ["QH13", "25ha", "T78", "nq02", "m2", "giam", "kh3", "b6"])
def test_no_vni(typed: str):
    assert vni(typed) is None


def test_the_english_words_could_be_telex():
    """A word that is no Telex needs no place in the list."""
    assert [word for word in ENGLISH if telex(word) is None] == []
    assert {"car", "of", "school", "poor", "six"} <= ENGLISH


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ngeo", "ngheo"), ("nghheo", "ngheo"), ("ngehо".replace("о", "o"), "ngheo"), ("nghep", "ngheo"), ("thn", "thon")],
)
def test_one_slip_away(typed: str, meant: str):
    assert meant in dict(near_syllables(typed))


def test_slips_of_the_finger_are_likelier_than_others():
    near = dict(near_syllables("nghep"))
    assert near["ngheo"] > near["nghea"]  # o lies beside p, a does not
    assert dict(near_syllables("ngeo"))["ngheo"] > dict(near_syllables("nghxeo"))["ngheo"]
    assert "nghep" not in near
    assert "nghe" in near
    assert "giam" not in near


def test_marks_that_do_not_agree_are_counted():
    assert marks_off(key("nghèp"), key("nghèo")) == 0
    assert marks_off(key("nghèp"), key("nghề")) == 1
    assert marks_off(key("nghep"), key("nghề")) == 2
