"""PDF with a text layer, page by page: lines, superscript markers, the footnote zone, ruled tables, running heads.

Measured windows (DESIGN, ANCHORS §3.7): a marker is smaller than its line (ratio 0.5 to 0.8) and its bottom is
higher; the footnote zone starts under a short rule at the left margin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfparser import PDFSyntaxError
from pdfminer.psparser import PSException
from pdfplumber.utils.exceptions import PdfminerException

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, EncryptedFileError, FileUnreadableError
from ingest.lines import Block, Reading, count_characters, visible
from ingest.readers.pdf_lines import Line, lines_of, paragraphs_of

MAX_PAGES = 10_000


@dataclass
class _Page:
    number: int
    lines: list[Line] = field(default_factory=list)
    tables: list[tuple[float, list[tuple[str, ...]]]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    met: int = 0
    images: int = 0


def read_pdf(data: bytes) -> Reading:
    """Read a PDF file.

    Raises:
        EncryptedFileError: it asks for a password.
        FileUnreadableError: damaged or truncated.
        EmptyFileError: no page has a text layer (a scan).
    """
    if b"%%EOF" not in data[-4096:] and b"startxref" not in data[-4096:]:
        raise FileUnreadableError(
            "tệp PDF bị cắt cụt, thiếu phần cuối (the PDF is truncated)", do="Tải lại bản gốc (fetch it again)"
        )
    reading = Reading([], "application/pdf")
    pages = list(_pages(data, reading))
    if not any(p.lines or p.tables for p in pages):
        what = "không có lớp chữ, có lẽ là bản quét" if any(p.images for p in pages) else "không có chữ nào"
        raise EmptyFileError(f"PDF {what} (no text layer)", do="Cần nhận dạng chữ (OCR) trước khi nạp")
    reading.pages = len(pages)
    _set_running_heads(pages)
    table = 0
    for page in pages:
        if page.images and not page.lines and not page.tables:
            text = f"Trang {page.number} chỉ có ảnh, chưa nhận dạng chữ / page {page.number} is an image, no OCR"
            reading.warnings.append(ParseWarning("page-without-text", text, page.number))
        table = _emit(page, reading, table)
    reading.total = sum(p.met for p in pages)
    return reading


def _pages(data: bytes, reading: Reading) -> Iterator[_Page]:
    """Each page's lines and tables; a page's objects are freed before the next is read."""
    try:
        with pdfplumber.open(BytesIO(data)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise FileUnreadableError(f"PDF có hơn {MAX_PAGES} trang (too many pages)", do="Chia nhỏ tệp")
            if not pdf.pages:
                raise FileUnreadableError("PDF không có trang nào (the PDF has no pages)", do="Tải lại bản gốc")
            for number, page in enumerate(pdf.pages, 1):
                yield _page(page, number, reading)
                page.close()
    except (PdfminerException, PDFPasswordIncorrect, PDFSyntaxError, PSException) as error:
        cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
        if isinstance(cause, PDFPasswordIncorrect):
            raise EncryptedFileError(
                "PDF có mật khẩu (the PDF is protected by a password)",
                do="Bỏ mật khẩu rồi nạp lại (remove the password and ingest again)",
            ) from error
        raise FileUnreadableError(
            f"PDF bị hỏng (damaged PDF): {type(cause).__name__}", do="Tải lại bản gốc (fetch it again)"
        ) from error
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError, OverflowError) as error:
        # pdfminer meets damaged objects with whatever its code happens to raise
        raise FileUnreadableError(f"PDF bị hỏng (damaged PDF): {error!r:.120}", do="Tải lại bản gốc") from error


def _page(page: Any, number: int, reading: Reading) -> _Page:
    out = _Page(number, width=float(page.width), height=float(page.height), images=len(page.images))
    if not page.chars:
        return out
    if _draws_twice(page.chars):  # bold by overprinting; looking for doubles costs as much as reading the page
        page = page.dedupe_chars(tolerance=1)
    words = page.extract_words(x_tolerance_ratio=0.15, y_tolerance=2, extra_attrs=["size", "fontname"])
    out.met = count_characters("".join(c["text"] for c in page.chars))
    for word in words:
        before = count_characters(word["text"])
        word["text"], removed, warnings = clean_text(word["text"])
        reading.removed += removed
        # composing letters makes the text shorter without losing any
        out.met -= before - count_characters(word["text"]) - sum(map(count_characters, removed))
        known = {w.code for w in reading.warnings}
        reading.warnings += [w for w in warnings if w.code not in known]
    grids = [t for t in _tables(page) if len(t.rows) >= 2 and len(t.columns) >= 2 and _holds_words(t, words)]
    loose = [w for w in words if w["text"]]
    for grid in grids:
        rows, loose = _cells(grid, loose, out.width)
        out.tables.append((grid.bbox[1], rows))
    out.lines = lines_of(loose, out.width, _note_rule(page, out))
    return out


def _draws_twice(chars: list[dict[str, Any]]) -> bool:
    places = {(c["text"], round(c["x0"] / 2), round(c["top"] / 2)) for c in chars if not c["text"].isspace()}
    return len(places) < sum(not c["text"].isspace() for c in chars)


def _cells(grid: Any, words: list[dict[str, Any]], width: float) -> tuple[list[tuple[str, ...]], list[dict[str, Any]]]:
    """The rows of a table with the text of their cells, and the words that stand in none of its cells."""
    rows: list[tuple[str, ...]] = []
    for row in grid.rows:
        texts: list[str] = []
        for cell in row.cells:
            inside = [w for w in words if cell and _inside(w, cell)]
            words = [w for w in words if not (cell and _inside(w, cell))]
            texts.append(" ".join(line.text for line in lines_of(inside, width, None)) if inside else "")
        rows.append(tuple(texts))
    return rows, words


def _tables(page: Any) -> list[Any]:
    """Ruled tables; a page with few edges has none, which saves half of the time."""
    if len(page.rects) + len(page.lines) + len(page.curves) < 4:
        return []
    return page.find_tables()


def _holds_words(table: Any, words: list[dict[str, Any]]) -> bool:
    """Cells of a real table hold whole words; the grid that highlighted text seems to draw cuts through them."""
    inside = [w for w in words if _inside(w, table.bbox)]
    cells = [c for c in table.cells if c]
    whole = sum(any(_inside(w, c) and c[0] - 2 <= w["x0"] and w["x1"] <= c[2] + 2 for c in cells) for w in inside)
    return bool(inside) and whole >= 0.9 * len(inside) and len(cells) <= 3 * len(inside)


def _inside(word: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _note_rule(page: Any, out: _Page) -> float | None:
    """The height of the short rule above the footnotes, None if there is none."""
    found = []
    for edge in [*page.lines, *page.rects]:
        width, height = edge["x1"] - edge["x0"], edge["bottom"] - edge["top"]
        short = 0.1 * out.width <= width <= 0.45 * out.width
        if height <= 2 and short and edge["x0"] < 0.3 * out.width and edge["top"] > 0.25 * out.height:
            found.append(edge["top"])
    return max(found) if found else None


def _set_running_heads(pages: list[_Page]) -> None:
    """Lines that stand at the same height with the same words (digits aside) on 40 % of the pages are running heads."""
    if len(pages) < 3:
        return
    seen: Counter[tuple[str, int]] = Counter()
    keys: dict[int, tuple[str, int]] = {}
    for page in pages:
        for line in page.lines:
            if line.top < 0.12 * page.height or line.bottom > 0.9 * page.height:
                keys[id(line)] = (re.sub(r"\d+", "#", visible(line.text)), round(line.top / 6))
        seen.update({keys[id(line)] for line in page.lines if id(line) in keys})
    for page in pages:
        for line in page.lines:
            key = keys.get(id(line))
            if key and seen[key] >= max(3, 0.4 * len(pages)) and len(key[0]) > 1 and key[0] != "#":
                line.running = True


def _emit(page: _Page, reading: Reading, table: int) -> int:
    """Blocks of one page, in reading order: text and tables by height, then the note zone."""
    blocks: list[tuple[float, Block]] = []
    for top, rows in page.tables:
        table += 1
        for i, row in enumerate(rows):
            if any(row):
                blocks.append((top + i * 1e-3, Block("\t".join(row), page.number, role="row", cells=row, table=table)))
    body = [line for line in page.lines if not line.zone and not line.running]
    stops = [top for top, _ in page.tables]
    for top, block in paragraphs_of(body, page.width, stops):
        block.page = page.number
        blocks.append((top, block))
    for line in page.lines:
        if line.running:
            blocks.append((line.top, Block(line.text, page.number, role="furniture", kind="running_head")))
    blocks.sort(key=lambda pair: pair[0])
    reading.blocks += [block for _, block in blocks]
    for block in _zone(page):
        reading.blocks.append(block)
    return table


def _zone(page: _Page) -> list[Block]:
    """The note zone: a line that starts with a marker starts a body, the others continue it."""
    out: list[Block] = []
    body: Block | None = None
    for line in page.lines:
        if not line.zone or line.running:
            continue
        if re.fullmatch(r"\s*\d{1,4}\s*", visible(line.text)) and not line.marked:  # the page's number, not a note
            out.append(Block(line.text, page.number))
        elif line.marked or body is None:
            body = Block(line.text, page.number, zone=True)
            out.append(body)
        else:
            body.text = f"{body.text} {line.text}"
    return out
