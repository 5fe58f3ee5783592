"""Text files whose lines a program broke at a fixed width, and those whose lines only look like it."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import parse_bytes
from ingest.readers.wrapped import unwrap

SENTENCES = [
    "Toàn huyện Pom Lạng còn 340 hộ nghèo, giảm 52 hộ so với năm trước; cả ba xã vùng cao đều giảm.",
    "Ban Thường vụ Huyện ủy yêu cầu các chi bộ kiểm tra, giám sát thường xuyên việc giao đất, giao rừng cho hộ nghèo.",
    "Các xã Nà Hin, Tà Lèng và Pá Vạt đã trồng mới 128 ha rừng phòng hộ, giữ tốt 300 ha rừng đầu nguồn của huyện.",
    "Thu ngân sách trên địa bàn đạt 40 tỷ đồng, bằng 112% kế hoạch tỉnh giao và tăng 9% so với cùng kỳ năm ngoái.",
]


def paragraphs(count: int) -> list[str]:
    return [" ".join([SENTENCES[i % 4], SENTENCES[(i + 1) % 4], f"Đoạn {i} hết."]) for i in range(count)]


def wrapped(texts: list[str], width: int, first: str = "", rest: str = "", between: bool = True) -> list[str]:
    out: list[str] = []
    for text in texts:
        out += textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
        out += [""] if between else []
    return out


@pytest.mark.parametrize("width", [60, 72, 78, 100])
def test_broken_lines_become_paragraphs(width):
    texts = paragraphs(6)
    assert [line for line in unwrap(wrapped(texts, width)) if line] == texts


def test_an_indent_starts_a_paragraph_without_an_empty_line():
    texts = paragraphs(6)
    assert unwrap(wrapped(texts, 72, first="    ", between=False)) == [f"    {t}" for t in texts]


def test_hanging_items_are_joined_and_kept_apart():
    texts = [f"- {t}" for t in paragraphs(6)]
    assert unwrap(wrapped(texts, 72, rest="  ", between=False)) == texts


def test_numbered_items_hang_under_their_text():
    texts = [f"({i}) {t}" for i, t in enumerate(paragraphs(6), 1)]
    assert unwrap(wrapped(texts, 76, rest="    ", between=False)) == texts


def test_headings_rules_tables_and_notes_are_left_alone():
    fixed = [
        "I. KẾT QUẢ",
        "",
        "| Xã | Hộ |",
        "| Nà Hin | 41 |",
        "",
        "--------",
        "",
        "[^1]: Theo chuẩn mới.",
        "",
        "Xã\tHộ",
    ]
    out = unwrap([*wrapped(paragraphs(5), 72), *fixed])
    assert out[-len(fixed) :] == fixed


def test_a_short_line_ends_a_paragraph():
    """Letterhead, signature, lists of names: the next word would have fitted."""
    lines = [*wrapped(paragraphs(5), 72), "Nơi nhận:", "Tỉnh ủy", "Các xã", "Lưu Văn phòng"]
    assert unwrap(lines)[-4:] == ["Nơi nhận:", "Tỉnh ủy", "Các xã", "Lưu Văn phòng"]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["Một dòng."],
        paragraphs(8),  # one line a paragraph
        [f"{i}. Việc thứ {i} giao cho phòng chuyên môn của huyện" for i in range(30)],
        ["thơ lục bát sáu chữ rồi tám", "tám chữ đi liền một nhịp cho xuôi"] * 20,
    ],
)
def test_what_was_not_wrapped_stays(lines):
    assert unwrap(lines) == lines


def test_a_wrapped_file_gives_the_same_passages():
    texts = paragraphs(6)
    head = ["BÁO CÁO", "kết quả năm 2023", "", "I. KẾT QUẢ", ""]
    plain = parse_bytes("\n".join([*head, *[line for t in texts for line in (t, "")]]).encode(), "a.txt")
    broken = parse_bytes("\n".join([*head, *wrapped(texts, 76)]).encode(), "a.txt")
    assert [p.text for p in broken.passages] == [p.text for p in plain.passages]
    assert [s.title for s in broken.sections] == [s.title for s in plain.sections]


lines_of_any_kind = st.lists(
    st.one_of(
        st.just(""),
        st.text("abcđ ê.;-(1)*|#\t", max_size=110),
        st.sampled_from(wrapped(paragraphs(4), 72)),
        st.sampled_from(["  - mục một", "1. Mục", "(1) mục", "    lề sâu", "---", "| a | b |"]),
    ),
    max_size=80,
)


@given(lines_of_any_kind)
def test_nothing_is_lost_and_twice_is_once(lines):
    once = unwrap(lines)
    assert "".join("".join(once).split()) == "".join("".join(lines).split())
    assert unwrap(once) == once


@given(st.integers(52, 108), st.integers(8, 12), st.sampled_from(["", "   "]))
def test_any_width_is_found(width, count, first):
    texts = paragraphs(count)
    out = [line for line in unwrap(wrapped(texts, width, first=first)) if line]
    assert out == [first + t for t in texts]
