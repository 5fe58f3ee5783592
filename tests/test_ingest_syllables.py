"""Syllables, and the gate that finds pages whose words extraction broke."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legacy_text import FRENCH

from ingest.lines import Block
from ingest.pipeline import parse_bytes, parse_file
from ingest.syllables import broken_share, check_pages, is_syllable, strip_marks

WORDS = 300  # of a page


@pytest.mark.parametrize(
    "words",
    [
        "Đảng bộ huyện lần thứ hai mươi nhiệm kỳ quyết nghị khuyến nghiêng ngoằn ngoèo khuỷu tay xoong",
        "hòa hoà thủy thuỷ khỏe khoẻ góa goá úy uỷ",  # both habits of placing the tone
        "gì giếng giết giữ gìn quý quốc quỳnh quyển quờ quặng gà ghế nghề ngà kẻ cá kỹ ý yêu yên",
        "ĐIỀU KHOẢN ở ơi ạ Ê-đê".replace("-", " "),
        "buýt xoáy thuở khuya huơ uống ươm ướt rượu hươu",
    ],
)
def test_syllables(words):
    assert [w for w in words.split() if not is_syllable(w)] == []


@pytest.mark.parametrize(
    "words",
    [
        "b c đ nh tr ngh",  # no rhyme
        "cac viec hoc",  # a stop without sắc or nặng
        "càc vỉệc học̉",
        "ce ngê gê cy kà ghà nghà",  # the onset is written otherwise before this vowel
        "tién nguòi đuờng duợc",  # the wrong mark
        "thựchiện nămvà nghiệ ĐIỀ",
        "hóà tóan lúât",  # two tones, or one on the wrong letter
        "Krông Lắk Blao fắp wa zô jút",
        "UBND km2 3 , report the which",
    ],
)
def test_no_syllables(words):
    assert [w for w in unicodedata.normalize("NFC", words).split() if is_syllable(w)] == (
        ["the"] if "report" in words else []
    )


@given(st.text(max_size=12))
def test_any_text_may_be_asked(text):
    assert is_syllable(text) == is_syllable(text.upper()) or text.upper().lower() != text
    assert 0 <= broken_share(text) <= 1


def pages(samples_dir: Path) -> list[str]:
    """The samples as pages of 300 words."""
    out: list[str] = []
    for path in sorted((samples_dir / "gold" / "text").glob("*.txt")):
        words = path.read_text("utf-8").split(" ")
        out += [" ".join(words[i : i + WORDS]) for i in range(0, len(words) - WORDS, WORDS)]
    assert len(out) > 20
    return out


def warned(texts: list[str]) -> list[int]:
    """Which of the pages the gate warns of."""
    blocks = [Block(line, page=i) for i, text in enumerate(texts) for line in text.split("\n")]
    return [w.page or 0 for w in check_pages(blocks)]


def some(share: float, change: Callable[[str], str]) -> Callable[[str], str]:
    """A break that hits a share of a page's longer words."""
    dice = random.Random(7)
    return lambda text: " ".join(
        change(word) if len(word) > 2 and dice.random() < share else word for word in text.split(" ")
    )


def middle(word: str) -> str:
    return f"{word[: len(word) // 2]} {word[len(word) // 2 :]}"


BREAKS: dict[str, Callable[[str], str]] = {
    "cut in two": some(0.06, middle),
    "space behind each mark": lambda text: re.sub(r"([À-ỹ])(?=\w)", r"\1 ", text),  # ĐIỀ U KHO ẢN
    "space before some marks": some(0.12, lambda word: re.sub(r"(\w)([À-ỹ])", r"\1 \2", word)),  # B áo c áo
    "letters set apart": some(0.06, " ".join),
    "letters lost": lambda text: re.sub("[ạ-ỹ]", "", text),
    "letters shown as spaces": lambda text: re.sub("[ạ-ỹ]", " ", text),
    "letters shown as question marks": some(0.15, lambda word: re.sub("[ạ-ỹ]", "?", word)),
    "letters that no font had": lambda text: re.sub("[ạ-ỹ]", "\ufffd", text),
    "words glued": lambda text: re.sub(r"(?<=\w) (?=\w\w+ \w)", "", text),
    "tones lost": lambda text: unicodedata.normalize(
        "NFC", re.sub("[\u0300\u0301\u0303\u0309\u0323]", "", unicodedata.normalize("NFD", text))
    ),
    "all marks lost": strip_marks,
}


def test_correct_pages_give_no_warning(samples_dir: Path):
    assert warned(pages(samples_dir)) == []


@pytest.mark.parametrize("name", BREAKS)
def test_broken_pages_give_one(samples_dir: Path, name: str):
    intact = pages(samples_dir)
    found = warned([BREAKS[name](page) for page in intact])
    assert len(found) >= 0.9 * len(intact)


def test_the_warning_says_how_much_and_where():
    text = "Báo cáo tình hình kinh tế của xã trong chín tháng đầu năm và nhiệm vụ những tháng còn lại của năm nay. "
    broken = "ĐIỀ U KHO ẢN thi h ành; B áo c áo ngh ị quy ết của đại h ội."
    blocks = [Block(text * 3, page=1), Block(text, page=2), Block(broken, page=2)]
    (warning,) = check_pages(blocks)
    assert (warning.code, warning.page) == ("broken-words", 2)
    assert "«ĐIỀ U»" in warning.message
    assert re.search(r"about \d+% of the words", warning.message)
    assert 0.2 < broken_share(broken) < 1
    assert broken_share(text) == 0


def test_what_is_normal_in_reports_is_no_break():
    lines = [
        "Đoàn công tác của tỉnh Đắk Lắk và Đắk Nông thăm các buôn ở Krông Bông, Ea H'leo, Chư Prông; xã Pắc Pạ.",
        "Dự án của WB và ADB: báo cáo QĐ số 12-QĐ/HU, HĐND, UBND, MTTQ, BCH, TW; GRDP bình quân 45,2 triệu đồng.",
        "điểm a, điểm b khoản 2; điểm c và đ khoản 3 Điều 7; bảng A và B; nhóm A ở hai bản; 3 x 4 m; n = 12; 5 km.",
        "A B C D E", "a b c d đ e", "x x x x x", "I II III IV V", "Ê Đê, Cơ Ho, Mnông, Xơ Đăng, Giẻ Triêng",
        "homestay, internet, Facebook, marketing, logistics, startup; café, ôtô, panô, ôtô, ôtô, ôtô, ôtô, ôtô",
    ]  # fmt: skip
    assert warned(["\n".join(lines), *lines]) == []
    english = "The committee met twice that year and reported that it had not got the funds. " * 9
    assert warned([FRENCH * 5, english]) == []


def test_the_gate_stands_in_the_pipeline():
    text = "I. KẾT QUẢ\n\n" + "Đ ảng b ộ xã đã h ọp, ngh ị quy ết đư ợc thông qua với số phi ếu cao.\n\n" * 8
    assert [w.page for w in parse_bytes(text.encode(), "a.txt").warnings if w.code == "broken-words"] == [None]


def test_correct_documents_give_no_warning(shared_dir: Path, sample_files: list[Path]):
    files = [*sample_files, *sorted((shared_dir / "seeds").glob("*.txt"))]
    files += [p for p in sorted((shared_dir / "data" / "files").iterdir()) if p.stat().st_size < 500_000]
    assert len(files) > 15
    for path in files:
        document = parse_file(path)
        assert [w for w in document.warnings if w.code in {"broken-words", "legacy-font"}] == [], path.name
