"""Letters from pictures: scanned pages through Tesseract, where it is installed.

The program is called, not a binding: it needs no package, runs in a process of its own with a time limit, and its
table output (TSV) gives each word's box and confidence.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import VankienError
from ingest.lines import count_characters
from ingest.readers.pdf_edges import Edge
from ingest.readers.pdf_words import Word

DPI = 300  # Tesseract's documentation asks for at least that
MAX_PIXELS = 60_000_000  # a page of A3 at 400 dpi has 31 million
PAGE_SECONDS = 120.0  # a dense page takes 3 to 10
LANGUAGES = ("vie", "eng")
DOUBTFUL = 60.0  # percent; below that a word is named in the warning
ADVICE = "Cài Tesseract (tesseract-ocr, tesseract-ocr-vie) rồi nạp lại (install Tesseract with Vietnamese)"


class OcrUnavailableError(VankienError):
    """No Tesseract, no Vietnamese in it, or it failed on this page."""


@dataclass(slots=True)
class Recognised:
    """Words of one picture, in points, and how sure they are (percent)."""

    words: list[Word]
    width: float
    height: float
    met: int
    removed: list[str] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def warning(self, page: int | None) -> ParseWarning:
        """How sure the page's words are; the doubtful ones by name, figures first since nobody can guess them."""
        sure = [w.confidence for w in self.words if w.confidence is not None]
        mean = sum(sure) / len(sure) if sure else 0.0
        doubtful = [w for w in self.words if w.confidence is not None and w.confidence < DOUBTFUL]
        doubtful.sort(key=lambda w: (not re.search(r"\d", w.text), w.confidence))
        shown = ", ".join(f"“{w.text}”" for w in doubtful[:8])
        place = f"Trang {page} là ảnh" if page else "Ảnh"
        told = f"{place}, chữ do máy nhận dạng, độ chắc {mean:.0f} % / recognised by OCR, confidence {mean:.0f} %"
        if doubtful:
            told += f"; {len(doubtful)} từ ngờ / doubtful words: {shown}"
        return ParseWarning("ocr", told, page)


@lru_cache(maxsize=1)
def languages() -> str:
    """What to pass to Tesseract's ``-l``.

    Raises:
        OcrUnavailableError: it is not installed, or has no Vietnamese.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise OcrUnavailableError("máy chưa có Tesseract (not installed)", do=ADVICE)
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30, check=False).stdout
    have = [name for name in LANGUAGES if name in listed.split()]
    if "vie" not in have:
        raise OcrUnavailableError("Tesseract chưa có tiếng Việt (no Vietnamese data)", do=ADVICE)
    return "+".join(have[:1])


def recognise_page(page: Any) -> Recognised:
    """Recognise a `pypdfium2.PdfPage`.

    Raises:
        OcrUnavailableError: no Tesseract, or it failed.
    """
    wanted = languages()
    width, height = page.get_size()
    scale = min(DPI / 72, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        return recognise_image(bitmap.to_pil(), scale * 72, wanted)
    finally:
        bitmap.close()


def recognise_image(image: Any, dpi: float, wanted: str | None = None) -> Recognised:
    """Recognise a PIL image.

    Args:
        image: the picture.
        dpi: its resolution; boxes are given in points.
        wanted: languages, as `languages` gives them.

    Raises:
        OcrUnavailableError: no Tesseract, or it failed or took more than `PAGE_SECONDS`.
    """
    wanted = wanted or languages()
    buffer = BytesIO()
    image.convert("L").save(buffer, "PNG", compress_level=1)
    command = ["tesseract", "stdin", "stdout", "-l", wanted, "--dpi", str(round(dpi)), "--psm", "3", "tsv"]
    try:
        done = subprocess.run(
            command,
            input=buffer.getvalue(),
            capture_output=True,
            timeout=PAGE_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # pages are read side by side by processes, not by threads
        )
    except subprocess.TimeoutExpired as error:
        raise OcrUnavailableError(f"Tesseract chạy quá {PAGE_SECONDS:.0f} giây (took too long)") from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise OcrUnavailableError(f"Tesseract báo lỗi (failed): {reason}")
    return _words(done.stdout.decode("utf-8", "replace"), 72 / dpi, image.width * 72 / dpi, image.height * 72 / dpi)


def _words(tsv: str, scale: float, width: float, height: float) -> Recognised:
    """Tesseract's rows of level 5 are words; those of level 4 the lines that give a common baseline and size."""
    out = Recognised([], width, height, 0)
    base, size = 0.0, 10.0
    for row in csv.DictReader(StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        try:
            level, left, top, w, h = (int(row[k]) for k in ("level", "left", "top", "width", "height"))
        except (KeyError, TypeError, ValueError):
            continue
        if level == 4:
            # a line's box reaches from the marks over capitals to the descenders: 1.1 sizes of a serif face
            size = max(4.0, h * scale / 1.1)
            base = (top + h) * scale - 0.2 * size
        text = row.get("text") or ""
        if level != 5 or not text.strip():
            continue
        text, removed, _ = clean_text(text.strip())
        out.removed += removed
        out.met += sum(map(count_characters, removed)) + count_characters(text)
        if text:
            x0 = left * scale
            word = Word(text, x0, x0 + w * scale, base, size, spaced=True, confidence=float(row.get("conf") or 0))
            out.words.append(word)
    return out
