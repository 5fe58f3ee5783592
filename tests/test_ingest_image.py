"""Pictures of pages: recognised like a scan, damaged ones named."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.errors import EmptyFileError, FileUnreadableError, UnsupportedFileError
from ingest.pipeline import parse_bytes
from ingest.readers import ocr

FONT = Path(__file__).parents[1] / "samples/build/fonts/Tinos-Regular.ttf"
PAGES = (
    ["I. KẾT QUẢ", "Đảng bộ xã có 13 chi bộ với 176 đảng viên.", "Thu ngân sách đạt 40 tỷ đồng."],
    ["II. NHIỆM VỤ", "Trồng mới 60 ha rừng trong năm 2025."],
)


@pytest.fixture(scope="module", autouse=True)
def _tesseract():
    try:
        ocr.languages()
    except ocr.OcrUnavailableError as error:
        pytest.skip(str(error))


def drawn(lines: list[str]) -> Image.Image:
    """A page of A4 at 200 dpi."""
    image = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 39)
    for i, line in enumerate(lines):
        draw.text((236, 300 + 75 * i), line, font=font, fill=0)
    return image


def saved(image: Image.Image, form: str, **options) -> bytes:
    out = BytesIO()
    image.save(out, form, dpi=(200, 200), **options)
    return out.getvalue()


@pytest.mark.parametrize(("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("TIFF", "image/tiff")])
def test_a_page_is_read(form, kind):
    document = parse_bytes(saved(drawn(PAGES[0]), form), f"a.{form.lower()}")
    assert document.media_type == kind
    assert [s.title for s in document.sections] == ["KẾT QUẢ"]
    assert "176 đảng viên" in document.canonical
    codes = [w.code for w in document.warnings]
    assert "ocr" in codes
    assert "account" not in codes


def test_pages_of_a_tiff_are_pages():
    first, second = map(drawn, PAGES)
    document = parse_bytes(saved(first, "TIFF", save_all=True, append_images=[second]), "a.tif")
    where = {page: " ".join(p.text for p in document.passages if p.page == page) for page in (1, 2)}
    assert "176 đảng viên" in where[1]
    assert "60 ha rừng" in where[2]


def test_a_picture_without_words_is_named():
    with pytest.raises(EmptyFileError, match="no text"):
        parse_bytes(saved(Image.new("L", (400, 400), 255), "PNG"), "a.png")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_damaged_pictures_are_named(form):
    data = saved(drawn(PAGES[0]), form)
    with pytest.raises(FileUnreadableError):
        parse_bytes(data[: len(data) // 3], "a")


def test_a_picture_that_unpacks_to_too_much_is_refused():
    with pytest.raises(FileUnreadableError, match=r"lớn hơn"):
        parse_bytes(saved(Image.new("1", (30_000, 30_000), 1), "PNG"), "a.png")


def test_without_the_program_it_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    ocr.languages.cache_clear()
    try:
        with pytest.raises(UnsupportedFileError, match="Tesseract"):
            parse_bytes(saved(drawn(PAGES[0]), "PNG"), "a.png")
    finally:
        ocr.languages.cache_clear()
