"""Scans: pages drawn, photographed, and read again by Tesseract; without it, a warning that says what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from pdf_helpers import FULL, LEFT, Paper, codes, notes, parse, texts
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader

from ingest.errors import EmptyFileError
from ingest.readers import ocr
from ingest.readers.ocr_image import straighten, take_rules
from ingest.readers.pdf import read_pdf

DPI = 200
SENTENCES = [
    "Toàn huyện Pom Lạng còn 340 hộ nghèo, giảm 52 hộ so với năm trước.",
    "Các xã vùng cao đã trồng mới 128 ha rừng phòng hộ và giữ tốt rừng đầu nguồn.",
    "Ban Thường vụ Huyện ủy yêu cầu các chi bộ kiểm tra, giám sát thường xuyên.",
]


def has_vietnamese() -> bool:
    if shutil.which("tesseract") is None:
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return "vie" in listed.stdout.split()


needs_tesseract = pytest.mark.skipif(not has_vietnamese(), reason="Tesseract with `vie` is not on this machine")


@pytest.fixture(autouse=True)
def forget_languages():
    ocr.languages.cache_clear()
    yield
    ocr.languages.cache_clear()


def photograph(paper: Paper, turn: float = 0.0) -> Any:
    pdf = pdfium.PdfDocument(paper.data())
    try:
        image = pdf[0].render(scale=DPI / 72, grayscale=True).to_pil()
    finally:
        pdf.close()
    return image.rotate(turn, resample=Image.Resampling.BICUBIC, fillcolor=255) if turn else image


def scan(*papers: Paper, turn: float = 0.0) -> bytes:
    out = BytesIO()
    images = [photograph(p, turn) for p in papers]
    images[0].save(out, "PDF", resolution=DPI, save_all=True, append_images=images[1:])
    return out.getvalue()


def page_of_text() -> Paper:
    paper = Paper()
    y = 100.0
    for sentence in SENTENCES:
        y = paper.filled(y, f"{FULL}. {sentence}", size=14) + 10
    return paper


@needs_tesseract
@pytest.mark.parametrize("turn", [0.0, 1.2])
def test_a_scanned_page_is_recognised(turn):
    document = parse(scan(page_of_text(), turn=turn))
    read = set(re.findall(r"\w+", document.canonical))
    drawn = set(re.findall(r"\w+", " ".join([FULL, *SENTENCES])))
    assert len(read & drawn) >= 0.9 * len(drawn), drawn - read
    assert len(texts(document)) == 3
    (warning,) = [w for w in document.warnings if w.code == "ocr"]
    assert warning.page == 1
    confidence = int(re.search(r"độ chắc (\d+) %", warning.message)[1])  # type: ignore[index]
    assert 60 <= confidence <= 100


@needs_tesseract
def test_a_ruled_table_on_a_scan():
    paper = Paper()
    xs, ys = [80.0, 240.0, 340.0, 460.0], [100.0, 130.0, 160.0, 190.0]
    paper.grid(xs, ys)
    rows = [["Tên xã", "Số hộ", "Tỷ lệ"], ["Nà Hin", "41", "12,5"], ["Tà Lèng", "52", "14,1"]]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            paper.text(xs[c] + 8, ys[r] + 20, cell, 14)
    paper.filled(230, SENTENCES[0], size=14)
    document = parse(scan(paper))
    (table,) = document.tables
    assert len(table.columns) == 3
    assert [row[1:] for row in table.rows] == [("41", "12,5"), ("52", "14,1")]


@needs_tesseract
def test_a_raised_marker_on_a_scan_links_its_note():
    paper = Paper()
    end = paper.raised(paper.text(LEFT, 100, "Toàn huyện còn 340 hộ nghèo", 14), 100, "1", 14)
    paper.text(end, 100, " ở ba xã vùng cao.", 14)
    y = 130.0
    for sentence in SENTENCES[1:]:
        y = paper.filled(y, sentence, size=14) + 6
    paper.rule(700)
    end = paper.raised(LEFT, 718, "1", 11)
    paper.text(end + 3, 718, "Theo chuẩn nghèo của giai đoạn mới.", 11)
    found = notes(parse(scan(paper)))
    assert set(found) == {"1"}
    assert (found["1"][0] or "").endswith("nghèo")


@needs_tesseract
def test_a_file_of_text_and_scans():
    picture = photograph(page_of_text())
    paper = Paper()
    paper.filled(100, f"Trang đầu có lớp chữ: {FULL}.")
    paper.page()
    paper.canvas.drawImage(ImageReader(picture.convert("RGB")), 0, 0, *paper.pagesize)
    paper.text(500, 20, "2", 10)  # a number that a program stamped on the scan is on no picture's account
    paper.page()
    paper.filled(100, f"Trang cuối có lớp chữ: {FULL}.")
    document = parse(paper)
    pages = {p.page for p in document.passages}
    assert pages == {1, 2, 3}
    assert [w.page for w in document.warnings if w.code == "ocr"] == [2]
    assert "hộ nghèo" in next(p.text for p in document.passages if p.page == 2)


def test_without_tesseract_the_page_is_named(monkeypatch, tmp_path):
    picture = photograph(page_of_text())
    paper = Paper()
    paper.filled(100, f"Trang đầu có lớp chữ: {FULL}.")
    paper.page()
    paper.canvas.drawImage(ImageReader(picture.convert("RGB")), 0, 0, *paper.pagesize)
    data = paper.data()
    monkeypatch.setenv("PATH", str(tmp_path))
    document = parse(data)
    (warning,) = [w for w in document.warnings if w.code == "page-without-text"]
    assert warning.page == 2
    assert "Tesseract" in warning.message
    assert "tesseract-ocr-vie" in warning.message
    assert "ocr" not in codes(document)
    assert "Trang đầu có lớp chữ" in document.canonical


def test_a_scan_without_tesseract_says_what_to_install(monkeypatch, tmp_path):
    data = scan(page_of_text())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmptyFileError, match="bản quét") as caught:
        read_pdf(data)
    assert "tesseract-ocr-vie" in str(caught.value)


def test_a_tesseract_without_vietnamese_is_not_used(monkeypatch, tmp_path):
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'List of available languages (1):'\necho eng\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(ocr.OcrUnavailableError, match="Vietnamese"):
        ocr.languages()


def test_a_tesseract_that_fails_costs_the_page_only(monkeypatch, tmp_path):
    program = tmp_path / "tesseract"
    program.write_text('#!/bin/sh\ncase "$1" in --list-langs) echo vie;; *) echo kaput >&2; exit 1;; esac\n')
    program.chmod(0o755)
    picture = photograph(page_of_text())
    paper = Paper()
    paper.filled(100, f"Trang đầu có lớp chữ: {FULL}.")
    paper.page()
    paper.canvas.drawImage(ImageReader(picture.convert("RGB")), 0, 0, *paper.pagesize)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    document = parse(paper)
    assert any(w.code == "page-without-text" and "kaput" in w.message for w in document.warnings)


def test_skew_is_found_and_taken_out():
    image = Image.new("L", (1200, 1600), 255)
    pen = ImageDraw.Draw(image)
    for row in range(200, 1400, 60):
        for column in range(150, 1050, 70):
            pen.rectangle((column, row, column + 50, row + 18), fill=0)
    crooked = image.rotate(-1.0, resample=Image.Resampling.BICUBIC, fillcolor=255)

    def sharp(picture: Any) -> float:
        return float(np.square(np.diff((np.asarray(picture) < 140).sum(axis=1).astype(float))).sum())

    assert sharp(straighten(crooked)) > 3 * sharp(crooked)


def test_rules_are_taken_out_and_letters_left():
    image = Image.new("L", (1000, 800), 255)
    pen = ImageDraw.Draw(image)
    pen.line((100, 200, 900, 200), fill=0, width=3)
    pen.line((100, 200, 100, 600), fill=0, width=3)
    pen.rectangle((300, 300, 330, 340), fill=0)  # a letter's worth of ink
    plain, edges = take_rules(image, 0.5)
    level, upright = sorted(edges, key=lambda e: not e.level)
    assert (level.x0, level.top, level.x1) == pytest.approx((50, 100, 450), abs=1)
    assert (upright.x0, upright.top, upright.bottom) == pytest.approx((50, 100, 300), abs=1)
    assert plain.getpixel((500, 200)) == 255
    assert plain.getpixel((315, 320)) == 0
