"""Pictures of pages (JPEG, PNG, TIFF with one or many): read like the scanned pages of a PDF."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from ingest.errors import EmptyFileError, FileUnreadableError, UnsupportedFileError
from ingest.lines import Reading
from ingest.progress import at_page
from ingest.readers import ocr
from ingest.readers.pdf import Page, emit_pages, page_of_picture

MAX_FRAMES = 1_000  # of one TIFF; a fax of a report has fifty
_FORMATS = ("JPEG", "PNG", "TIFF")
_A4 = 8.27  # inches: the width that a picture without a sensible resolution is taken to have


def read_image(data: bytes, kind: str) -> Reading:
    """Recognise the pages of a picture.

    Args:
        data: the bytes.
        kind: its media type.

    Raises:
        UnsupportedFileError: Tesseract or its Vietnamese is not on this machine.
        FileUnreadableError: damaged, or larger than `ocr.MAX_PIXELS`, or more than `MAX_FRAMES` pages.
        EmptyFileError: nothing could be recognised.
    """
    try:
        ocr.languages()
    except ocr.OcrUnavailableError as error:
        raise UnsupportedFileError(f"tệp là ảnh, {error.what} (a picture; no OCR here)", do=ocr.ADVICE) from error
    reading = Reading([], kind)
    pages: list[Page] = []
    for number, (frame, dpi, count) in enumerate(_frames(data), 1):
        at_page(number, count)
        try:
            pages.append(page_of_picture(ocr.recognise_image(frame, dpi), number, reading))
        except ocr.OcrUnavailableError as error:
            raise FileUnreadableError(f"không nhận dạng được (not recognised): {error.what}", do=error.do) from error
    if all(page.empty for page in pages):
        raise EmptyFileError("ảnh không có chữ nào đọc được (no text recognised)", do="Kiểm tra lại bản gốc")
    reading.pages = len(pages)
    emit_pages(pages, reading)
    return reading


def _frames(data: bytes) -> Iterator[tuple[Any, float, int]]:
    """Each page as a greyscale image, its resolution, and how many there are."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd tags and large pictures; the size is looked at here
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                count = getattr(image, "n_frames", 1)
                if count > MAX_FRAMES:
                    raise FileUnreadableError(f"ảnh có hơn {MAX_FRAMES} trang (too many pages)", do="Chia nhỏ tệp")
                for i in range(count):
                    image.seek(i)
                    if image.width * image.height > ocr.MAX_PIXELS:
                        raise _too_large()
                    yield image.convert("L"), _resolution(image), count
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, SyntaxError, ValueError, ArithmeticError, EOFError, KeyError, IndexError, TypeError) as error:
        # what PIL raises for a damaged picture depends on its format
        raise FileUnreadableError("ảnh bị hỏng hoặc bị cắt (the picture is damaged)", do="Tải lại bản gốc") from error


def _too_large() -> FileUnreadableError:
    limit = ocr.MAX_PIXELS // 1_000_000
    return FileUnreadableError(f"ảnh lớn hơn {limit} triệu điểm (the picture is too large)", do="Thu nhỏ ảnh")


def _resolution(image: Any) -> float:
    """Dots per inch, as the file says; where that makes no page, as if the picture were as wide as A4."""
    said = image.info.get("dpi", (0, 0))
    dpi = float(said[0]) if isinstance(said, tuple) and said and said[0] else 0.0
    return dpi if 4.0 <= image.width / max(dpi, 1.0) <= 20.0 else max(72.0, image.width / _A4)
