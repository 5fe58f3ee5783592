"""Text files whose lines a program broke at a fixed width, and those whose lines only look like it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

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


# Print: lines as PDFium and pdftotext hand them out, broken by the widths of the letters

FONT = ImageFont.truetype(str(Path(__file__).parents[1] / "samples/build/fonts/Tinos-Regular.ttf"), 100)
LINE, SET_IN, NOTE = 3300, 250, 4200  # widths of a line, of a first line's indent, and of a line of the notes


def printed(text: str, width: float = LINE, set_in: float = SET_IN) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        room = width - (0 if len(lines) > 1 else set_in)
        if lines and FONT.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


MORE = [
    "Đàn trâu, bò có {0} con, tăng {1}% nhờ trồng thêm cỏ voi ở ven suối.",
    "Có {1} hợp tác xã làm ăn khá, song sản phẩm bán ra còn qua nhiều khâu trung gian nên lãi chưa cao.",
    "Tuyến đường từ trung tâm xã Nà Hin đi bản Lọng dài {1} km đã mở xong nền, đang đổ bê tông.",
    "Trong kỳ, cấp ủy các cấp kiểm tra {0} đảng viên, giám sát chuyên đề {1} chi bộ; thi hành kỷ luật hai trường hợp.",
    "Tỷ lệ lao động qua đào tạo đạt {1}%, riêng bốn bản giáp biên mới được hơn một phần ba.",
    "Nguyên nhân chủ yếu là vốn về chậm, thủ tục giao đất kéo dài, cán bộ chuyên môn của xã thiếu và hay thay đổi.",
    "Quân dân y khám cho {0} lượt người, cấp thuốc miễn phí cho người già neo đơn.",
    "Các trường dạy đủ buổi, không lớp nào phải học ghép; học sinh bán trú được ăn ba bữa mỗi ngày theo chế độ.",
    "Mưa đá cuối tháng tư làm hỏng {1} mái nhà và gần {0} gốc mận hậu đang kỳ đậu quả.",
]


def of_many(count: int, start: int = 0) -> list[str]:
    """Paragraphs of many lengths, whose sentences meet the ends of lines at every place."""
    return [
        " ".join(MORE[(i * 5 + k * (i % 7 + 1)) % 9].format(i * 37 % 990 + 10, i % 60 + 3) for k in range(i % 4 + 2))
        for i in range(start, start + count)
    ]


@pytest.mark.parametrize("set_in", [0, SET_IN])
@pytest.mark.parametrize("width", [2900, 3300, 3700])
def test_lines_of_print_become_paragraphs(width, set_in):
    texts = of_many(48)
    lines = [line for t in texts for line in printed(t, width, set_in)]
    out = unwrap(lines)
    assert len(lines) > 2.5 * len(texts)
    # where a sentence ends at a full line, nothing tells whether its paragraph does
    assert len(set(texts) & set(out)) >= 0.8 * len(texts)
    assert " ".join(out) == " ".join(texts)


def test_notes_in_small_print_are_joined_at_their_own_width():
    notes = [f"{i} {t}" for i, t in enumerate(of_many(12, 100), 1)]
    pages = [
        [line for t in of_many(6, 6 * k) for line in printed(t)]
        + [line for n in notes[3 * k : 3 * k + 3] for line in printed(n, NOTE, 0)]
        + end
        for k, end in enumerate((["\f"], ["2"], ["", "3", ""], []))
    ]
    out = unwrap([line for page in pages for line in page])
    assert [n for n in notes if n in out] == notes
    assert [line for line in out if line in {"\f", "2", "3"}] == ["\f", "2", "3"]


def test_units_keep_apart_in_print():
    units = [
        "I. KẾT QUẢ THỰC HIỆN NHIỆM VỤ CỦA ĐẢNG BỘ VÀ NHÂN DÂN HUYỆN",
        "1. Sản xuất nông nghiệp",
        "- Cây lúa",
        "+ Cây ngô",
        "a) Vụ xuân",
        "(2) Vụ mùa",
        "III- VỀ VĂN HÓA",
        "Điều 4. Tổ chức thực hiện",
        "Nơi nhận:",
    ]
    texts = [x for t, unit in zip(of_many(27), units * 3, strict=True) for x in (t, unit)]
    out = unwrap([line for t in texts for line in printed(t, set_in=0)])
    assert [line for line in out if line in units] == units * 3


def test_a_heading_in_capitals_over_two_lines_comes_out_as_one_section():
    head = "II. CÔNG TÁC XÂY DỰNG ĐẢNG, XÂY DỰNG CHÍNH QUYỀN VÀ VẬN ĐỘNG NHÂN DÂN TRONG TOÀN HUYỆN"
    body = [line for t in of_many(14) for line in printed(t)]
    lines = ["BÁO CÁO", "kết quả năm 2023", "", "I. KINH TẾ", *body, *printed(head), *body]
    document = parse_bytes("\n".join(lines).encode(), "a.txt")
    assert [f"{s.number} {s.title}".replace(".", "") for s in document.sections] == ["I KINH TẾ", head.replace(".", "")]
    assert not [w for w in document.warnings if w.code == "account"]


def test_document_numbers_at_a_line_start_go_on():
    texts = [f"{t} Thực hiện Kết luận số 31-KL/TU và 5/11 xã, 2.410 hộ cùng làm." for t in of_many(30)]
    out = unwrap([line for t in texts for line in printed(t)])
    assert not [line for line in out if line[:2].isdigit() or line.startswith(("5/11", "2.4"))]


def test_paragraphs_of_one_line_each_stay():
    lines = [
        f"Xã {name} còn {i * 7 % 50} hộ nghèo, giảm {i} hộ so với năm trước {'và đã có đường ' * (i % 4)}bê tông."
        for i in range(40)
        for name in ("Nà Hin", "Tà Lèng")
    ]
    assert unwrap(lines) == lines


def test_columns_and_short_cells_stay():
    cells = ["Nà Hin      41      12", "hộ nghèo", "giảm so với năm", "trước"] * 10
    lines = [line for t in of_many(24) for line in printed(t)]
    assert unwrap([*lines, "", *cells])[-len(cells) :] == cells
