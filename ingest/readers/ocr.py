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

import numpy as np

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import VankienError
from ingest.lines import count_characters
from ingest.readers.ocr_image import INK, Raised, find_raised, straighten, take_rules
from ingest.readers.pdf_edges import Edge
from ingest.readers.pdf_words import Word

DPI = (200, 300, 450)  # least, usual and most; Tesseract's documentation asks for 300, resampling blurs what is less
MAX_PIXELS = 60_000_000  # a page of A3 at 400 dpi has 31 million
PAGE_SECONDS = 120.0  # a dense page takes 3 to 10
LANGUAGES = ("vie", "eng")
DOUBTFUL = 60.0  # percent; below that a word is named in the warning
_WORD = 5  # Tesseract's level of a word in its table
_TALL = re.compile(r"(?=.*[bdhkl0-9A-PR-Z])[acemnorsuvwxzđtibdhkl0-9A-PR-Z.]+")
_LOW = re.compile(r"[acemnorsuvwxz.]{2,}")
_SURE = 3  # words of known height that make a line's measured size sure
_SPECK = re.compile(r"[_|~^¬¦`]+")  # what is left of ruled lines
_LETTERS = re.compile(r"[^\W\d_]")
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


def recognise_page(page: Any, dpi: float = 0.0) -> Recognised:
    """Recognise a `pypdfium2.PdfPage`, drawn at its picture's own resolution where that is known and useful.

    Raises:
        OcrUnavailableError: no Tesseract, or it failed.
    """
    languages()
    width, height = page.get_size()
    low, usual, high = DPI
    scale = min((dpi if low <= dpi <= high else usual) / 72, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        return recognise_image(bitmap.to_pil(), scale * 72)
    finally:
        bitmap.close()


def recognise_image(image: Any, dpi: float) -> Recognised:
    """Recognise a PIL image: straightened, its ruled lines taken out, its raised digits looked at by themselves.

    Args:
        image: the picture.
        dpi: its resolution; boxes are given in points.

    Raises:
        OcrUnavailableError: no Tesseract, or it failed or took more than `PAGE_SECONDS`.
    """
    straight = straighten(image.convert("L"))
    scale = 72 / dpi
    plain, edges = take_rules(straight, scale)
    rows = list(csv.DictReader(StringIO(_tesseract(plain, dpi, "3", "tsv")), delimiter="\t", quoting=csv.QUOTE_NONE))
    out = Recognised([], image.width * scale, image.height * scale, 0, edges=edges)
    for line in _lines(rows):
        out.words += _points(_raised(line, plain, dpi), scale)
    for word in out.words:
        word.text, removed, _ = clean_text(word.text)
        out.removed += removed
        out.met += sum(map(count_characters, removed)) + count_characters(word.text)
    out.words = [w for w in out.words if w.text]
    return out


def _tesseract(image: Any, dpi: float, layout: str, form: str, *options: str) -> str:
    """Run the program over one picture; `layout` is its ``--psm``."""
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    command = ["tesseract", "stdin", "stdout", "-l", languages(), "--dpi", str(round(dpi)), "--psm", layout]
    try:
        done = subprocess.run(
            [*command, *options, form],
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
    return done.stdout.decode("utf-8", "replace")


@dataclass(slots=True)
class _Line:
    """A recognised line: (text, left, top, right, bottom, confidence) of its words, its baseline and letters' size."""

    words: list[tuple[str, int, int, int, int, float]]
    base: float = 0.0
    size: float = 0.0
    sure: bool = False


def _lines(rows: list[dict[str, str]]) -> list[_Line]:
    lines: dict[tuple[str, ...], _Line] = {}
    for row in rows:
        text = (row.get("text") or "").strip()
        try:
            level, left, top, width, height = (int(row[k]) for k in ("level", "left", "top", "width", "height"))
            sure = float(row.get("conf") or 0)
        except (KeyError, TypeError, ValueError):
            continue
        if level == _WORD and text and not _SPECK.fullmatch(text):
            key = tuple(row.get(k) or "" for k in ("block_num", "par_num", "line_num"))
            lines.setdefault(key, _Line([])).words.append((text, left, top, left + width, top + height, sure))
    for line in lines.values():
        _measure(line)
    paragraphs: dict[tuple[str, ...], list[_Line]] = {}
    for key, line in lines.items():
        paragraphs.setdefault(key[:2], []).append(line)
    for some in paragraphs.values():  # one size a paragraph: a line of few letters is measured badly
        sizes = sorted(line.size for line in some if line.sure) or sorted(line.size for line in some)
        for line in some:
            line.size = line.size if line.sure else sizes[len(sizes) // 2]
    return list(lines.values())


def _measure(line: _Line) -> None:
    """Baseline and size from the words whose letters have neither descenders nor marks: their boxes are known heights.

    Ascenders, figures and plain capitals reach about 0.68 sizes above the baseline in the faces of office documents,
    small letters 0.45.
    """
    tall = [w for w in line.words if _TALL.fullmatch(w[0])]
    low = [w for w in line.words if _LOW.fullmatch(w[0])]
    bottoms = sorted(w[4] for w in [*tall, *low]) or [max(w[4] for w in line.words)]
    line.base = bottoms[len(bottoms) // 2]
    heights = sorted([(w[4] - w[2]) / 0.68 for w in tall] or [(w[4] - w[2]) / 0.45 for w in low])
    line.sure = len(tall) >= _SURE
    if heights:
        line.size = heights[len(heights) // 2]
    else:
        line.size = (max(w[4] for w in line.words) - min(w[2] for w in line.words)) / 1.1
        line.base -= 0.2 * line.size


def _raised(line: _Line, image: Any, dpi: float) -> _Line:
    """Raised digits as words of their own; Tesseract reads them as a quotation or question mark."""
    ink = np.asarray(image) < INK
    words = []
    for word in line.words:
        found = find_raised(ink, word[1:5], line.base, line.size)
        digits = _digits(image, found, dpi) if found else ""
        keep = len(word[0]) - (found.behind + found.glyphs if found else 0)
        odd = word[0][max(0, keep) :]
        if not digits or found is None or keep < 0 or _LETTERS.search(odd):
            words.append(word)
            continue
        text, _, top, right, bottom, sure = word
        if keep:
            words.append((text[:keep], word[1], top, found.left, bottom, sure))
        words.append((digits, found.left, found.top, found.right, found.bottom, sure))
        if found.behind:
            words.append((text[-found.behind :], found.right, top, right, bottom, sure))
    return _Line(words, line.base, line.size, line.sure)


def _digits(image: Any, found: Raised, dpi: float) -> str:
    """The digits in one small box, enlarged and with white around them; "" where it holds none."""
    from PIL import Image

    piece = image.crop((found.left, found.top, found.right, found.bottom))
    factor = max(1.0, 48 / max(1, piece.height))
    piece = piece.resize((max(1, round(piece.width * factor)), max(1, round(piece.height * factor))), 3)
    room = Image.new("L", (piece.width + 60, piece.height + 60), 255)
    room.paste(piece, (30, 30))
    text = _tesseract(room, dpi, "8", "txt", "-c", "tessedit_char_whitelist=0123456789").strip()
    return text if re.fullmatch(r"\d{1,3}", text) and len(text) <= found.glyphs else ""


def _points(line: _Line, scale: float) -> list[Word]:
    """The words of a line in points; a raised one keeps its own baseline and size."""
    out: list[Word] = []
    base, size = line.base * scale, max(4.0, line.size * scale)
    for i, (text, left, _, right, bottom, sure) in enumerate(line.words):
        raised = text.isdigit() and bottom < line.base - 0.15 * line.size
        apart = i == 0 or left > line.words[i - 1][3]  # pieces of one word share their border
        word = Word(text, left * scale, right * scale, base, size, spaced=apart, confidence=sure)
        if raised:
            word.base, word.size = bottom * scale, 0.6 * size
        out.append(word)
    return out
