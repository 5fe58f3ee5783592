"""PDF: every letter of the text layer, words, lines, paragraphs, columns, turned text, tables, damage."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pdfplumber
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_helpers import FULL, LEFT, RIGHT, Paper, codes, parse, texts
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import EmptyFileError, EncryptedFileError, FileUnreadableError
from ingest.pipeline import parse_bytes
from ingest.readers.pdf import read_pdf
from ingest.readers.pdf_lines import rows_of
from ingest.readers.pdf_words import Frame, read_text_layer

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAMPLE_PDF = sorted([*SAMPLES.glob("*.pdf"), *SAMPLES.glob("formats/*.pdf")])


def words_of(data: bytes, page: int = 0) -> list[str]:
    pdf = pdfium.PdfDocument(data)
    try:
        return [w.text for w in read_text_layer(pdf[page]).words]
    finally:
        pdf.close()


def assert_same_text(path: Path, step: int = 1) -> None:
    """Every letter that pdfplumber finds, no other; and each of its words stands in one of our rows."""
    pdf = pdfium.PdfDocument(path)
    try:
        with pdfplumber.open(path) as theirs:
            for i in range(0, len(pdf), step):
                layer = read_text_layer(pdf[i])
                rows = [*rows_of(layer.words), *([w] for w in [*layer.turned, *layer.stamps])]
                ours = ["".join("".join(w.text for w in row).split()) for row in rows]
                found = theirs.pages[i].extract_words(return_chars=True)
                plain = ["".join(unicodedata.normalize("NFC", w["text"]).split()) for w in found]
                assert Counter("".join(ours)) == Counter("".join(plain)), (path.name, i + 1)
                for word, text in zip(found, plain, strict=True):
                    pairs = pairwise(word["chars"])  # where lines overlap, it reads them as one, letter by letter
                    mixed = any(b["x0"] < a["x1"] - 1 for a, b in pairs)
                    assert mixed or any(text in row for row in ours), (path.name, i + 1, text)
                theirs.pages[i].close()
    finally:
        pdf.close()


@pytest.mark.parametrize("path", SAMPLE_PDF, ids=lambda p: p.stem)
def test_the_text_of_samples_is_pdfplumbers(path):
    assert_same_text(path)


@pytest.mark.filterwarnings("ignore")
def test_the_text_of_real_files_is_pdfplumbers(shared_dir):
    files = sorted((shared_dir / "data/files").glob("*.pdf"))
    assert files
    for path in files:
        assert_same_text(path, 10 if path.stat().st_size > 1_000_000 else 3)


def test_letters_drawn_out_of_order_stay_in_their_word():
    """Converters draw what a font lacks from another one, later in the file."""
    paper = Paper()
    x, places = LEFT, []
    for letter in "ĐẢNG BỘ":
        places.append((x, letter))
        x = paper.text(x, 2000, letter, 14)  # off the page: only the width counts
    paper = Paper()
    for late in (False, True):
        for x, letter in places:
            if letter in "ẢỘ" and late:
                paper.text(x, 100, letter, 14, "Bold")
            elif letter not in "ẢỘ" and not late:
                paper.text(x, 100, letter, 14)
    assert parse(paper).canonical.strip() == "ĐẢNG BỘ"


def test_blanks_that_take_no_room_part_no_words():
    paper = Paper()
    end = paper.text(LEFT, 100, "điề ")
    paper.text(end - 3.0, 100, "u khoản tám")  # a blank of Tinos at 12 points is 3 points wide
    paper.text(LEFT, 130, FULL)
    assert "điều khoản tám" in parse(paper).canonical


def test_words_set_apart_without_blanks_are_words():
    paper = Paper()
    x = LEFT
    for word in ["Bản", "Nậm", "Khẻo", "có", "41", "hộ"]:
        x = paper.text(x, 100, word) + 3.0
    assert texts(parse(paper)) == ["Bản Nậm Khẻo có 41 hộ"]


def test_a_sheared_face_keeps_its_blanks():
    """An italic made by shearing: the boxes of its letters overlap."""
    paper = Paper()
    text = paper.canvas.beginText()
    text.setTextTransform(1, 0, 0.34, 1, LEFT, 700)
    text.setFont("TBold", 14)
    text.textOut("Đối với người ở thôn, tổ dân phố")
    paper.canvas.drawText(text)
    (word,) = {w.size for w in read_text_layer(pdfium.PdfDocument(paper.data())[0]).words}
    assert word == pytest.approx(14, abs=0.1)
    assert "Đối với người ở thôn, tổ dân phố" in parse_bytes(paper.buffer.getvalue(), "a").canonical


def test_a_watermark_swallows_no_lines():
    paper = Paper()
    y = paper.filled(100, " ".join([FULL] * 12) + ".")
    paper.filled(y, "Bản Tà Lèng giữ được 12 ha rừng đầu nguồn.")
    paper.text(120, 220, "MẬT", 90)  # upright, over the text
    paper.canvas.saveState()
    paper.canvas.translate(150, 250)
    paper.canvas.rotate(45)
    paper.canvas.setFont("TBold", 60)
    paper.canvas.drawString(0, 0, "DỰ THẢO")
    paper.canvas.restoreState()
    document = parse(paper)
    assert "DỰ THẢO" in [f.text for f in document.furniture]
    flow = " ".join(document.canonical.replace("MẬT", "").split())
    assert " ".join([FULL] * 12) in flow
    assert flow.endswith("Bản Tà Lèng giữ được 12 ha rừng đầu nguồn.")


def test_hyphenated_numbers_over_a_line_end():
    paper = Paper()
    y = paper.lines(100, "Thực hiện chương trình hành động của huyện ủy Pom Lạng và Nghị quyết số 09-")
    paper.filled(y, "NQ/HU của Ban Chấp hành, các xã đã đăng ký 41 việc, " + FULL + ".")
    assert "Nghị quyết số 09-NQ/HU của" in parse(paper).canonical


def test_a_line_ends_a_paragraph_where_the_next_word_would_have_fitted():
    paper = Paper()
    y = paper.filled(100, f"{FULL} và xã Đà Sơn {FULL} cùng xã Nà Hin {FULL}.")
    y = paper.lines(y, "Mã hồ sơ: 1.4041", "Lĩnh vực: Đường bộ", "Số bộ hồ sơ: 01 bộ")
    paper.filled(y, f"Đơn vị thực hiện là {FULL} và {FULL}")
    found = texts(parse(paper))
    assert found[1:4] == ["Mã hồ sơ: 1.4041", "Lĩnh vực: Đường bộ", "Số bộ hồ sơ: 01 bộ"]
    assert len(found) == 5


def test_items_with_hanging_lines_stay_whole():
    paper = Paper()
    y = paper.lines(100, "Căn cứ:", x=90)
    items = [
        "1. Quyết định số 18/2015 ngày 17/7/2015 của Ủy ban nhân dân thành phố Đà",
        "Nẵng ban hành Quy định về hoàn trả kết cấu hạ tầng giao thông của các dự",
        "án thi công trên đường bộ.",
    ]
    y = paper.lines(y, items[0], x=108, size=13)
    y = paper.lines(y, *items[1:], x=126, size=13)
    y = paper.lines(y, "- Nộp tại bộ phận một cửa của xã, hoặc qua bưu chính công ích ở bưu điện", x=108, size=13)
    y = paper.lines(y, "Pá Vạt", x=126, size=13)
    y = paper.lines(y, "o Trường hợp đạt yêu cầu", "o Trường hợp chưa đạt", x=144, size=13)
    found = [" ".join(t.split()) for t in parse(paper).canonical.split("\n") if t.strip()]
    assert " ".join(items)[3:] in " ".join(found)
    assert next(t for t in found if "Nẵng ban hành" in t).endswith("đường bộ.")
    assert next(t for t in found if "một cửa" in t).endswith("bưu điện Pá Vạt")
    assert "o Trường hợp đạt yêu cầu" in found


def test_a_blank_number_is_one_line():
    paper = Paper()
    paper.text(90, 80, "HUYỆN ỦY POM LẠNG", 13)
    paper.text(320, 80, "ĐẢNG CỘNG SẢN VIỆT NAM", 13)
    paper.text(100, 110, "Số", 13)
    paper.text(150, 110, "-BC/HU", 13)
    end = paper.text(320, 110, "Pom Lạng, ngày", 13)
    paper.text(end + 40, 110, "tháng 12 năm 2024", 13)
    paper.filled(200, f"{FULL}.")
    canonical = parse(paper).canonical
    assert "Số -BC/HU" in canonical
    assert "Pom Lạng, ngày tháng 12 năm 2024" in canonical


COLUMN = "Xã Nà Hin trồng mới 41 ha rừng và giữ 300 ha rừng đầu nguồn, mỗi hộ nhận khoán hai ha"


def columns(paper: Paper, y: float, left: int, right: int) -> float:
    ends = [
        paper.filled(y, " ".join(f"Trái {i}: {COLUMN}." for i in range(left)), LEFT, 290, 11),
        paper.filled(y, " ".join(f"Phải {i}: {COLUMN}." for i in range(right)), 320, RIGHT, 11),
    ]
    return max(ends)


@pytest.mark.parametrize(("left", "right"), [(6, 6), (6, 4), (4, 6)])
def test_two_columns_are_read_one_after_the_other(left, right):
    paper = Paper()
    paper.text(150, 80, "BẢN TIN CỦA HUYỆN POM LẠNG THÁNG MƯỜI HAI", 13, "Bold")
    y = columns(paper, 120, left, right)
    paper.filled(y + 10, f"Cuối trang có một đoạn chạy ngang cả hai cột: {FULL}.")
    canonical = " ".join(parse(paper).canonical.split())
    places = [canonical.index(f"{side} {i}:") for side, n in (("Trái", left), ("Phải", right)) for i in range(n)]
    assert places == sorted(places)
    assert canonical.index("BẢN TIN") < places[0]
    assert places[-1] < canonical.index("Cuối trang")
    assert canonical.count(f": {COLUMN}.") == left + right


def test_a_heading_across_parts_two_bands_of_columns():
    paper = Paper()
    y = columns(paper, 80, 3, 3)
    paper.text(LEFT, y + 14, "II. PHƯƠNG HƯỚNG, NHIỆM VỤ TRỌNG TÂM CỦA CẢ HUYỆN NĂM 2025", 12, "Bold")
    columns(paper, y + 40, 3, 3)
    canonical = " ".join(parse(paper).canonical.split())
    heading = canonical.index("PHƯƠNG HƯỚNG")
    assert canonical.index("Phải 2") < heading < canonical.rindex("Trái 0")


def test_a_letterhead_is_no_column():
    paper = Paper()
    left = ["ĐẢNG BỘ TỈNH SƠN LA CHÂU", "HUYỆN ỦY POM LẠNG", "*", "Số 41-BC/HU"]
    right = ["ĐẢNG CỘNG SẢN VIỆT NAM", "", "", "Pom Lạng, ngày 12 tháng 12 năm 2024"]
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        paper.text(90, 80 + 18 * i, a)
        paper.text(320, 80 + 18 * i, b)
    paper.filled(190, f"{FULL}. {FULL}.")
    document = parse(paper)
    assert document.metadata.number == "41-BC/HU"
    assert document.metadata.date == "2024-12-12"


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_pages_are_read_as_they_are_seen(angle):
    """/Rotate on the page, the text drawn so that it stands upright when turned."""
    paper = Paper()
    height = paper.pagesize[1]
    paper.canvas.setPageRotation(angle)
    paper.canvas.saveState()
    moves = {90: (paper.pagesize[0], 0), 180: paper.pagesize, 270: (0, height)}
    paper.canvas.translate(*moves[angle])
    paper.canvas.rotate(angle)
    for i, line in enumerate(["Bản Tà Lèng có 41 hộ", "được cấp nước sạch.", "Xã đã bàn giao công trình."]):
        paper.canvas.setFont("TRegular", 12)
        paper.canvas.drawString(80, 500 - 16 * i, line)
    paper.canvas.restoreState()
    assert " ".join(parse(paper).canonical.split()) == (
        "Bản Tà Lèng có 41 hộ được cấp nước sạch. Xã đã bàn giao công trình."
    )


def test_a_page_box_with_another_origin():
    paper = Paper()
    paper.canvas._doc.pageCounter = 1
    paper.filled(100, f"{FULL} và {FULL}.")
    paper.grid([80, 200, 400], [300, 330, 360])
    for i, cell in enumerate(["Xã", "Số hộ", "Nà Hin", "41"]):
        paper.text(90 + 120 * (i % 2), 320 + 30 * (i // 2), cell)
    plain = paper.data()
    moved = re.sub(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", rb"/MediaBox [ -40 -60 \1 \2 ]", plain)
    assert moved != plain
    document = parse(moved)
    assert document.tables[0].rows == (("Nà Hin", "41"),)
    assert f"{FULL} và {FULL}." in " ".join(document.canonical.split())


frames = st.builds(
    lambda angle, x, y, w, h: Frame(angle, x, y, x + w, y + h),
    st.sampled_from([0, 90, 180, 270]),
    *[st.floats(-500, 500)] * 2,
    *[st.floats(1, 3000)] * 2,
)


@given(frames, st.floats(-1000, 4000), st.floats(-1000, 4000))
def test_a_frame_goes_there_and_back(frame, x, y):
    assert frame.back(*frame.point(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(frames, st.floats(0, 1), st.floats(0, 1))
def test_a_frame_keeps_the_page_within_its_bounds(frame, x, y):
    left, top = frame.point(frame.left + x * (frame.right - frame.left), frame.bottom + y * (frame.top - frame.bottom))
    assert -1e-6 <= left <= frame.width + 1e-6
    assert -1e-6 <= top <= frame.height + 1e-6
    box = np.array([[frame.left, frame.top, frame.right, frame.bottom]])
    x0, x1 = frame.across(box)
    assert (x0[0], x1[0]) == pytest.approx((0, frame.width), abs=1e-2)


def test_running_heads_are_furniture():
    paper = Paper()
    for i in range(1, 5):
        paper.text(LEFT, 40, f"Báo cáo của Huyện ủy Pom Lạng - trang {i}", 10)
        paper.filled(140, f"Chương {i} nói rằng {FULL} và {FULL}.")
        paper.page()
    document = parse(paper)
    assert sum(f.kind == "running_head" for f in document.furniture) == 4
    assert not [t for t in texts(document) if "trang" in t]


def test_a_form_is_looked_into():
    """A table and its words within a form XObject, moved and scaled."""
    paper = Paper()
    paper.canvas.beginForm("bang")
    paper.grid([80, 200, 400], [100, 130, 160])
    for i, cell in enumerate(["Bản", "Số hộ", "Tà Lèng", "41"]):
        paper.text(90 + 120 * (i % 2), 120 + 30 * (i // 2), cell)
    paper.canvas.endForm()
    paper.canvas.translate(10, -200)
    paper.canvas.scale(0.9, 0.9)
    paper.canvas.doForm("bang")
    assert parse(paper).tables[0].rows == (("Tà Lèng", "41"),)


def test_glyphs_without_a_code_are_reported():
    paper = Paper()
    paper.text(LEFT, 100, "Toàn huyện có 41 hộ")
    data = paper.data()
    broken = re.sub(rb"/ToUnicode \d+ 0 R", lambda m: b" " * len(m.group(0)), data)
    assert broken != data
    document = parse(broken)
    assert "unmapped-glyphs" in codes(document)
    assert len(document.canonical.strip()) == len("Toàn huyện có 41 hộ")


def test_a_damaged_page_costs_only_itself():
    paper = Paper()
    for i in (1, 2, 3):
        paper.filled(100, f"Trang {i} nói rằng {FULL}.")
        paper.page()
    data = paper.data()
    pages = [m.start() for m in re.finditer(rb"/Type /Page\b(?!s)", data)]
    assert len(pages) == 3
    broken = data[: pages[1]] + b"/Type /Pxge" + data[pages[1] + 11 :]
    document = parse(broken)
    assert "Trang 1 nói" in document.canonical
    assert "Trang 3 nói" in document.canonical
    assert "page-damaged" in codes(document)


@pytest.mark.parametrize("matrix", ["1e39 0 0 1e39 0 0", "0 0 0 0 80 700", "1 0 0 1 1e38 -1e38", "1 1 1 1 80 700"])
def test_letters_at_impossible_places_cost_no_more_than_their_page(matrix):
    out = BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=0)
    for i in (1, 2, 3):
        canvas.drawString(80, 700, f"Trang {i} cua bao cao")
        canvas.showPage()
    canvas.save()
    data = out.getvalue()
    second = data.index(b"Trang 2")
    start = data.rindex(b"1 0 0 1 80 700 Tm", 0, second)
    broken = data[:start] + matrix.encode() + b" Tm" + data[start + len(b"1 0 0 1 80 700 Tm") :]
    document = parse(broken)
    assert "Trang 1 cua bao cao" in document.canonical
    assert "Trang 3 cua bao cao" in document.canonical


def test_encrypted_and_empty_files_are_told_apart():
    out = BytesIO()
    canvas = Canvas(out, encrypt=pdfencrypt.StandardEncryption("mat", "chu"), invariant=1)
    canvas.drawString(80, 700, "Bao cao")
    canvas.save()
    with pytest.raises(EncryptedFileError, match="mật khẩu"):
        parse_bytes(out.getvalue(), "a.pdf")
    out = BytesIO()
    canvas = Canvas(out, encrypt=pdfencrypt.StandardEncryption("", "chu"), invariant=1)  # opens without a password
    canvas.drawString(80, 700, "Bao cao ket qua")
    canvas.save()
    assert "Bao cao ket qua" in parse(out.getvalue()).canonical
    none = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    none += b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n"
    none += b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n101\n%%EOF\n"
    with pytest.raises(FileUnreadableError):
        parse_bytes(none, "a.pdf")
    blank = Paper()
    blank.page()
    with pytest.raises(EmptyFileError, match="không có chữ"):
        read_pdf(blank.data())
