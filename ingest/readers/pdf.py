"""PDF, page by page: lines, superscript markers, the footnote zone, ruled tables, columns, running heads; scans by OCR.

PDFium reads letters and rulings (`pdf_words`, `pdf_edges`), pdfplumber's finder makes tables of the rulings
(`pdf_tables`). Measured windows (DESIGN, ANCHORS §3.7): a marker is smaller than its line (ratio 0.5 to 0.8) and its
baseline is higher; the footnote zone starts under a short rule at the left margin, or where the letters get smaller.
PDFium is not thread safe: one thread of a process reads PDF at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, EncryptedFileError, FileUnreadableError
from ingest.legacy_fonts import Tally
from ingest.lines import Block, Reading, visible
from ingest.progress import at_page
from ingest.readers import ocr
from ingest.readers.pdf_columns import bands_of
from ingest.readers.pdf_edges import Drawing, read_drawing
from ingest.readers.pdf_forms import refuse_form_bombs
from ingest.readers.pdf_frame import Frame
from ingest.readers.pdf_lines import Line, lines_of, paragraphs_of
from ingest.readers.pdf_notes import mark_zone, note_rule, zone_blocks
from ingest.readers.pdf_tables import PdfTable, find_tables
from ingest.readers.pdf_words import TextLayer, Word, read_text_layer

MAX_PAGES = 10_000
SCAN_CHARS = 50  # a page with fewer characters and a picture over half of it is a scan
SCAN_PICTURE = 0.5

Key = tuple[float, int, float]


@dataclass(slots=True)
class Page:
    """One page on its way to Blocks; `bands` are its lines with the key that sorts them in reading order."""

    number: int
    width: float
    height: float
    bands: list[tuple[tuple[float, int], list[Line]]] = field(default_factory=list)
    tables: list[PdfTable] = field(default_factory=list)
    turned: list[Word] = field(default_factory=list)
    stamps: list[Word] = field(default_factory=list)
    pictures: float = 0.0

    @property
    def lines(self) -> list[Line]:
        """All lines, in reading order."""
        return [line for _, lines in self.bands for line in lines]

    @property
    def empty(self) -> bool:
        """Nothing was read on it."""
        return not self.bands and not self.tables and not self.turned and not self.stamps


def read_pdf(data: bytes) -> Reading:
    """Read a PDF file.

    Raises:
        EncryptedFileError: it asks for a password.
        FileUnreadableError: damaged or truncated, or more than `MAX_PAGES` pages.
        EmptyFileError: nothing on any page could be read.
    """
    if b"%%EOF" not in data[-4096:] and b"startxref" not in data[-4096:]:
        raise FileUnreadableError(
            "tệp PDF bị cắt cụt, thiếu phần cuối (the PDF is truncated)", do="Tải lại bản gốc (fetch it again)"
        )
    refuse_form_bombs(data)
    reading = Reading([], "application/pdf")
    pages = list(_pages(data, reading))
    reading.pages = len(pages)
    if all(p.empty for p in pages):
        scanned = any(p.pictures > SCAN_PICTURE for p in pages)
        what = "không có lớp chữ, có lẽ là bản quét" if scanned else "không có chữ nào"
        raise EmptyFileError(f"PDF {what} (no text layer)", do=ocr.ADVICE if scanned else "Kiểm tra lại bản gốc")
    emit_pages(pages, reading)
    return reading


def emit_pages(pages: list[Page], reading: Reading) -> None:
    """The pages' blocks into `reading`: running heads and note zones are found by looking at all pages."""
    _set_running_heads(pages)
    mark_zone(pages)
    table = 0
    for page in pages:
        table = _emit(page, reading, table)


def page_of_picture(found: ocr.Recognised, number: int, reading: Reading) -> Page:
    """A recognised picture that is a page by itself."""
    reading.warnings.append(found.warning(number))
    layer = TextLayer(found.words, [], 0, found.met, found.removed, [], 0)
    return _arrange(number, layer, Frame(0, 0.0, 0.0, found.width, found.height), Drawing(found.edges, 1.0), reading)


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}:
            raise EncryptedFileError(
                "tệp PDF có mật khẩu (the PDF is protected by a password)",
                do="Bỏ mật khẩu rồi nạp lại (remove the password and ingest again)",
            ) from error
        raise FileUnreadableError(
            f"PDF bị hỏng (damaged PDF): {error}", do="Tải lại bản gốc (fetch it again)"
        ) from error


def _pages(data: bytes, reading: Reading) -> Iterator[Page]:
    """Each page's lines and tables; what PDFium holds of a page is freed before the next is read."""
    pdf = _open(data)
    try:
        count = len(pdf)
        if count > MAX_PAGES:
            raise FileUnreadableError(f"PDF có hơn {MAX_PAGES} trang (too many pages)", do="Chia nhỏ tệp")
        if count <= 0:
            raise FileUnreadableError("PDF không có trang nào (the PDF has no pages)", do="Tải lại bản gốc")
        broken, legacy = 0, Tally()
        for number in range(1, count + 1):
            at_page(number, count)
            page = _page(pdf, number, reading, legacy)
            broken += page is None
            yield page or Page(number, 595.0, 842.0)
        reading.warnings += legacy.warnings()
        if broken == count:
            raise FileUnreadableError("PDF bị hỏng: không mở được trang nào (damaged PDF)", do="Tải lại bản gốc")
    finally:
        pdf.close()


def _page(pdf: pdfium.PdfDocument, number: int, reading: Reading, legacy: Tally) -> Page | None:
    """One page, None where it is damaged (a warning says so; the other pages are read)."""
    try:
        page = pdf[number - 1]
    except pdfium.PdfiumError:
        return _damaged(number, reading)
    total, removed = reading.total, len(reading.removed)
    try:
        layer = read_text_layer(page, legacy)
        frame = Frame(layer.angle, *page.get_bbox())
        drawing = read_drawing(page, frame)
        if layer.met < SCAN_CHARS and drawing.pictures > SCAN_PICTURE:
            layer, frame, drawing = _recognised(page, number, layer, frame, drawing, reading)
        return _arrange(number, layer, frame, drawing, reading)
    except (pdfium.PdfiumError, ValueError, ArithmeticError):
        reading.total = total  # what was met is in no block
        del reading.removed[removed:]
        return _damaged(number, reading)
    finally:
        page.close()


def _damaged(number: int, reading: Reading) -> None:
    told = f"Trang {number} bị hỏng, không đọc được / page {number} is damaged and was not read"
    reading.warnings.append(ParseWarning("page-damaged", told, number))


def _recognised(
    page: Any, number: int, layer: TextLayer, frame: Frame, drawing: Drawing, reading: Reading
) -> tuple[TextLayer, Frame, Drawing]:
    """A scanned page by OCR; where that cannot be had, what there is, with a warning."""
    try:
        found = ocr.recognise_page(page, drawing.dpi)
    except ocr.OcrUnavailableError as error:
        text = f"Trang {number} chỉ có ảnh, chưa nhận dạng chữ: {error} / page {number} is an image, not recognised"
        reading.warnings.append(ParseWarning("page-without-text", text, number))
        return layer, frame, drawing
    reading.warnings.append(found.warning(number))
    words = TextLayer(found.words, [], 0, found.met, found.removed, [], 0)
    if layer.met:  # the few letters of the text layer, a stamp's or a converter's, are on the picture too
        reading.removed += [*layer.removed, *(w.text for w in [*layer.words, *layer.turned, *layer.stamps])]
        words.met += layer.met
    return words, Frame(0, 0.0, 0.0, found.width, found.height), Drawing(found.edges, drawing.pictures)


def _arrange(number: int, layer: TextLayer, frame: Frame, drawing: Drawing, reading: Reading) -> Page:
    """Tables out of the words, the rest to lines in reading order; the account and the repairs go to `reading`."""
    out = Page(number, frame.width, frame.height, stamps=layer.stamps, pictures=drawing.pictures)
    reading.total += layer.met
    reading.removed += layer.removed
    known = {w.code for w in reading.warnings}
    reading.warnings += {w.code: w for w in layer.warnings if w.code not in known}.values()
    if layer.unmapped:
        told = f"Trang {number}: {layer.unmapped} chữ không rõ mã, hiện là � / glyphs without a code, shown as �"
        reading.warnings.append(ParseWarning("unmapped-glyphs", told, number))
    out.tables, words, out.turned = find_tables(drawing.edges, layer.words, layer.turned, out.width, out.height)
    rule = note_rule(drawing.edges, words, [(t.top - 3, t.bottom + 3) for t in out.tables], out.width, out.height)
    notes = [w for w in words if rule is not None and w.base >= rule]
    for band in bands_of([w for w in words if rule is None or w.base < rule]):
        out.bands.append((band.key, lines_of(band.words, out.width, None)))
    if notes:
        out.bands.append(((out.height, 0), lines_of(notes, out.width, rule)))
    return out


def _set_running_heads(pages: list[Page]) -> None:
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


def _emit(page: Page, reading: Reading, table: int) -> int:
    """Blocks of one page, in reading order: text and tables by band and height, then the note zone."""
    blocks: list[tuple[Key, Block]] = []
    for found in page.tables:
        table += 1
        for top, row in zip(found.tops, found.rows, strict=True):
            if any(row):
                key = (found.top, 0, top)
                blocks.append((key, Block("\t".join(row), page.number, role="row", cells=row, table=table)))
    stops = [found.top for found in page.tables]
    for (top, column), lines in page.bands:
        body = [line for line in lines if not line.zone and not line.running]
        for height, block in paragraphs_of(body, page.width, stops):
            block.page = page.number
            blocks.append(((top if column else height, column, height), block))
        for line in lines:
            if line.running:
                key = (line.top, 0, line.top)
                blocks.append((key, Block(line.text, page.number, role="furniture", kind="running_head")))
    for word in page.turned:
        blocks.append(((word.top, 0, word.top), Block(word.text, page.number)))
    for word in page.stamps:
        blocks.append(((0.0, 0, 0.0), Block(word.text, page.number, role="furniture", kind="running_head")))
    blocks.sort(key=lambda pair: pair[0])
    reading.blocks += [block for _, block in blocks]
    reading.blocks += zone_blocks(page.lines, page.number)
    return table
