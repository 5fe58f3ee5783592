"""What may stand in a query besides words: filters, quoted phrases, minus; and all that is none of them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.operators import Operators, read_operators
from index.query import analyse
from index.tokens import tokenize


def filters(text: str) -> list[tuple[str, str, tuple[str, ...], bool]]:
    return [(c.field, c.level, c.values, c.negated) for c in read_operators(text).conditions]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('huyện:"Nậm Pheo"', ("place", "district", ("Nậm Pheo",), False)),
        ("huyện:Nậm_Pheo", ("place", "district", ("Nậm Pheo",), False)),
        ("huyen:“nam pheo”", ("place", "district", ("nam pheo",), False)),
        ("HUYỆN:Nậm_Pheo", ("place", "district", ("Nậm Pheo",), False)),
        ("thị_xã:Cát_Lộ", ("place", "district", ("Cát Lộ",), False)),
        ('tỉnh:"Sơn Khê","Bình Trạch"', ("place", "province", ("Sơn Khê", "Bình Trạch"), False)),
        ("xa:ban_lech", ("place", "commune", ("ban lech",), False)),
        ("nơi:Sơn_Khê", ("place", "", ("Sơn Khê",), False)),
        ("place:Sơn_Khê", ("place", "", ("Sơn Khê",), False)),
        ("năm:2023", ("year", "", ("2023",), False)),
        ("nam:2021-2023", ("year", "", ("2021", "2022", "2023"), False)),
        ("year:2021–2022", ("year", "", ("2021", "2022"), False)),
        ("năm:2021,2024", ("year", "", ("2021", "2024"), False)),
        ("-năm:2021", ("year", "", ("2021",), True)),
        ("loại:báo_cáo", ("doc_type", "", ("báo cáo",), False)),
        ("loai:bao_cao_chinh_tri", ("doc_type", "", ("báo cáo chính trị",), False)),
        ("loại:nq", ("doc_type", "", ("nghị quyết",), False)),
        ("loại:QĐ", ("doc_type", "", ("quyết định", "quy định"), False)),
        ("kind:report", ("doc_type", "", ("báo cáo",), False)),
        ("loại:chú_thích", ("kind", "", ("footnote",), False)),
        ("kind:table_row", ("kind", "", ("table_row",), False)),
        ("loại:bảng,đoạn", ("kind", "", ("table_row", "paragraph"), False)),
        ("văn_bản:02-NQ/HU", ("document", "", ("02-NQ/HU",), False)),
        ("document:d1", ("document", "", ("d1",), False)),
        ("(năm:2023)", ("year", "", ("2023",), False)),
        ("năm:2023.", ("year", "", ("2023",), False)),
    ],
)
def test_filters_however_typed(typed: str, expected: tuple):
    assert filters(f"giảm nghèo {typed}") == [expected]
    assert filters(unicodedata.normalize("NFD", typed)) == [expected]
    assert read_operators(f"giảm {typed} nghèo").text.replace("( ", "") == "giảm nghèo"


@pytest.mark.parametrize(
    "text",
    [
        "abc:def giảm nghèo", "năm:nay", "năm:12", "nấm:2023", "loại:máy_cày", "năm:2025-2021", "năm: 2023", "http://a.b",
        "họp lúc 8:30", "tỉnh:…", "lưu ý:không", "năm:", ":2023", "tỉ lệ 1:2", "tiền_năm:2023",
    ],
)  # fmt: skip
def test_what_is_no_filter_stays_plain(text: str):
    found = read_operators(text)
    assert found == Operators(text)
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "2020-2025", "2020 -2025", "6 - 7", "02-NQ/HU", "02 -NQ/HU", "02 -nq/hu", "số -BC/HU", "- Thực hiện nghị quyết",
        "kinh tế - xã hội", "kinh tế -- xã hội", "tăng -2,5%", "tăng -5 điểm", "e-mail", "COVID-19", "-", "- -", "-?",
        "giai đoạn 2021 –2025", "Cam Ly-Đà Lạt", "-NQ/HU", "-quốc-phòng",
    ],
)  # fmt: skip
def test_a_hyphen_that_is_no_minus(text: str):
    assert read_operators(text) == Operators(text)


@pytest.mark.parametrize(
    ("text", "left", "excluded"),
    [
        ("giảm nghèo -thuế", "giảm nghèo", ("thuế",)),
        ("-thuế giảm nghèo", "giảm nghèo", ("thuế",)),
        ('giảm nghèo -"hộ cận nghèo" 2023', "giảm nghèo 2023", ("hộ cận nghèo",)),
        ("giảm nghèo −“cận nghèo”", "giảm nghèo", ("cận nghèo",)),
        ("năm 2023 -nông_thôn", "năm 2023", ("nông thôn",)),
        ('tăng -"2,5"', "tăng", ("2,5",)),
        ("-a -b -a", "", ("a", "b")),
    ],
)
def test_minus(text: str, left: str, excluded: tuple[str, ...]):
    found = read_operators(text)
    assert (found.text, found.excluded, found.phrases) == (left, excluded, ())


@pytest.mark.parametrize("text", ['"an sinh xã hội"', "“an sinh xã hội”", "«an sinh xã hội»", '" an  sinh xã hội "'])
def test_a_phrase_keeps_its_words_in_the_query(text: str):
    found = read_operators(f"{text} năm 2023")
    assert found.phrases == ("an sinh xã hội",)
    assert found.text == "an sinh xã hội năm 2023"


@pytest.mark.parametrize("text", ['"an sinh', 'an sinh"', '""', '" "', "“an sinh", '"…" a'])
def test_marks_without_partner_or_words_are_no_phrase(text: str):
    assert read_operators(text).phrases == ()


def test_a_filter_in_quotes_is_a_phrase():
    found = read_operators('"năm:2023"')
    assert found.phrases == ("năm:2023",)
    assert not found.conditions


def test_only_filters_ask_for_a_list():
    assert read_operators("năm:2023 -thuế").lists
    assert not read_operators("năm:2023 thuế").lists
    assert not read_operators("").lists
    assert not read_operators("…").lists


def test_all_of_it_is_explained():
    told = analyse('giảm nghèo huyện:"Nậm Pheo" -năm:2021 "hộ nghèo" -thuế').explain()
    assert told["filters"] == [
        {"field": "place", "values": ["Nậm Pheo"], "level": "district", "not": False, "written": 'huyện:"Nậm Pheo"'},
        {"field": "year", "values": ["2021"], "level": "", "not": True, "written": "-năm:2021"},
    ]
    assert (told["phrases"], told["excluded"]) == (["hộ nghèo"], ["thuế"])


def words(text: str) -> set[str]:
    """Its words; numbers are left out, since what stands around them decides how they are cut."""
    return {t.folded for t in tokenize(unicodedata.normalize("NFC", text)) if t.kind == "word"}


# Letters, marks and signs that operators are made of, in any order.
SIGNS = st.text(st.sampled_from('aăâđê năm:loại-−"“”„«»(),_./ 20213ờ huyệntỉnh\u0301\n'), max_size=60)


@settings(max_examples=400, deadline=None)  # the machine may have other work
@given(st.one_of(st.text(max_size=60), SIGNS))
def test_no_text_is_refused_and_no_plain_word_lost(text: str):
    found = read_operators(text)
    taken = [condition.written for condition in found.conditions] + list(found.excluded)
    assert words(text) <= words(found.text).union(*map(words, taken))
    analyse(text)


WORDS = st.lists(
    st.sampled_from(["giảm", "nghèo", "xã", "năm", "2023", "02-NQ/HU", "quý", "kế", "6-7", "-"]), max_size=6
)
PIECES = st.lists(
    st.sampled_from(["năm:2023", 'huyện:"Nậm Pheo"', "-thuế", '-"hộ nghèo"', "loại:bảng", "-loại:nq", "xã:a,b"]),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(WORDS, PIECES, st.randoms(use_true_random=False))
def test_plain_words_among_operators_all_stay_in_their_order(plain: list[str], pieces: list[str], random):
    mixed = [*plain]
    for piece in pieces:
        mixed.insert(random.randint(0, len(mixed)), piece)
    found = read_operators(" ".join(mixed))
    assert found.text == " ".join(plain)
    assert [c.written for c in found.conditions] == [piece for piece in mixed if ":" in piece]
    assert set(found.excluded) == {piece.strip('-"') for piece in pieces if ":" not in piece}


def test_every_operator_of_the_documentation_is_understood():
    page = (Path(__file__).parents[1] / "docs" / "queries.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", page, re.M)
    assert len(rows) > 10
    assert not [row for row in rows if not read_operators(row).lists and not read_operators(row).phrases]
    plain = re.search(r"\(`2020-2025`.*?\)", page)
    assert plain is not None
    assert not [text for text in re.findall(r"`([^`]+)`", plain.group()) if read_operators(text)]
