"""DOCX: paragraphs, automatic numbers, tables, Word's own footnotes and endnotes by id."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, FileUnreadableError
from ingest.lines import CLOSE, OPEN, PRIVATE, Block, Reading, count_characters, marker, visible
from ingest.readers.chunks import read_chunk, settle_in
from ingest.readers.containers import DOCX
from ingest.readers.docx_fonts import Fonts
from ingest.readers.docx_pieces import Cells, Pieces, blocks_of, clean_pieces, columns_of, content, lead_of
from ingest.readers.note_numbers import NoteNumbers
from ingest.readers.numbering import Numbering
from ingest.readers.package import Package
from ingest.readers.revisions import accept
from ingest.readers.styles import Style, is_on, read_styles
from ingest.readers.text import LETTERHEAD_CELL, span_of
from ingest.readers.xml import open_zip, read_part

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BRACKETED = re.compile(rf"\(\s*({OPEN}[^{CLOSE}]*{CLOSE})\s*\)")
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DRAWN = {f"{_W}drawing", f"{_W}pict", f"{_W}object"}  # what may hold text boxes
_SKIP = {f"{_W}{t}" for t in ("pPr", "rPr", "sdtPr")}
_TEXT = (f"{_W}t", f"{_M}t", f"{_W}noBreakHyphen")


@dataclass
class _State:
    reading: Reading
    archive: zipfile.ZipFile
    package: Package
    depth: int
    fonts: Fonts
    numbering: Numbering
    styles: dict[str, Style]
    page: int | None = None
    turned: bool = False  # a page break was typed, and no text has come since
    table: int = 0
    notes: NoteNumbers | None = None
    removed: list[str] = field(default_factory=list)
    labels: int = 0
    total: int = 0
    repairs: dict[str, ParseWarning] = field(default_factory=dict)
    read: set[etree._Element] = field(default_factory=set)


def read_docx(data: bytes, depth: int = 0) -> Reading:
    """Read a DOCX file; documents that it takes in as a whole (``w:altChunk``) are read in their places.

    Args:
        data: the bytes.
        depth: of documents inside each other, this one's.

    Raises:
        FileUnreadableError: damaged or without a document part.
        EmptyFileError: no text in it.
    """
    archive = open_zip(data)
    package = Package(archive)
    reading = Reading([], DOCX)
    sheet, lists = read_part(archive, package.part("styles")), read_part(archive, package.part("numbering"))
    fonts = Fonts(sheet, read_part(archive, package.part("theme")))
    if lists is not None:
        fonts.convert(lists)
    state = _State(reading, archive, package, depth, fonts, Numbering(lists), read_styles(sheet))
    root = _part(package.main, state)
    body = root.find(f"{_W}body") if root is not None else None
    if root is None or body is None:
        raise FileUnreadableError("DOCX không có phần nội dung (no document part)", do="Tải lại bản gốc")
    state.notes = NoteNumbers(root, read_part(archive, package.part("settings")))
    if next(root.iter(f"{_W}lastRenderedPageBreak"), None) is not None or _has_page_break(root):
        state.page = 1
    for element in body:
        _element(element, state)
    state.total += _settle(root, state)
    for kind in ("footnote", "endnote"):
        part = _part(package.part(f"{kind}s"), state)
        if part is not None:
            _bodies(part, kind, state)
            state.total += _settle(part, state)
    state.total += _running_heads(state)
    reading.warnings += state.package.unread(archive)
    if not any(visible(b.text).strip() for b in reading.blocks):
        raise EmptyFileError("DOCX không có chữ nào (the document holds no text)", do="Kiểm tra lại bản gốc")
    reading.pages = state.page
    reading.warnings += [*state.repairs.values(), *fonts.tally.warnings()]
    reading.removed += state.removed
    reading.total = state.total + state.labels
    return reading


def _part(name: str, state: _State) -> etree._Element | None:
    """A part with its tracked changes accepted and the text of fonts before Unicode converted."""
    root = read_part(state.archive, name)
    if root is not None:
        for warning in accept(root):
            state.repairs.setdefault(warning.code, warning)
        state.fonts.convert(root)
    return root


def _settle(root: etree._Element, state: _State) -> int:
    """Characters of the text as the XML holds it: counted apart from the walk, to check it.

    What the walk has not come to, since it stands where no text may stand, becomes paragraphs behind the others.
    """
    total = 0
    stray: dict[etree._Element, list[str]] = {}
    for element in root.iter(*_TEXT):
        text = "-" if element.tag == _TEXT[2] else element.text or ""
        total += count_characters(text)
        if element not in state.read and text.strip():
            home = next(element.iterancestors(f"{_W}p"), element)
            stray.setdefault(home, []).append(text)
        state.read.add(element)
    for pieces in stray.values():
        text, removed, _ = clean_text("".join(pieces))
        state.removed += removed
        state.reading.blocks += [Block(line.strip(), state.page) for line in text.split("\n") if line.strip()]
    if stray:
        told = "Chữ nằm sai chỗ trong cấu trúc DOCX, đã đưa xuống cuối / text at a place where DOCX allows none"
        state.repairs["misplaced"] = ParseWarning("misplaced", told)
    return total


def _chunk(element: etree._Element, state: _State) -> None:
    """A document inside the document, as programs that merge files leave it: read by its own reader, in its place."""
    name = state.package.target(element.get(_R_ID, ""))
    chunk = read_chunk(state.archive, name, state.depth)
    if isinstance(chunk, ParseWarning):
        state.repairs[f"{chunk.code} {name}"] = chunk
        return
    settle_in(chunk, state.page, state.table, lambda key: _number(state, "footnote", f"{name}{key}"))
    state.table = max([state.table, *(b.table for b in chunk.blocks if b.table is not None)])
    state.reading.blocks += chunk.blocks
    state.removed += chunk.removed
    state.total += chunk.total
    for warning in chunk.warnings:
        state.repairs.setdefault(warning.code, warning)


def _has_page_break(root: etree._Element) -> bool:
    return any(b.get(f"{_W}type") == "page" for b in root.iter(f"{_W}br"))


def _running_heads(state: _State) -> int:
    """Page headers and footers, each once, as furniture; returns their characters."""
    names = state.package.parts("header") + state.package.parts("footer")
    page, state.page = state.page, None
    body, total = state.reading.blocks, 0
    for name in names:
        root = _part(name, state)
        if root is None:
            continue
        state.reading.blocks = []
        for child in root:
            _element(child, state)
        total += _settle(root, state)
        for block in state.reading.blocks:
            text = " ".join(block.cells) if block.cells else block.text
            body.append(Block(text, role="furniture", kind="running_head"))
    state.reading.blocks, state.page = body, page
    return total


def _element(element: etree._Element, state: _State) -> None:
    if element.tag == f"{_W}p":
        for block in _paragraph(element, state):
            state.reading.blocks.append(block)
    elif element.tag == f"{_W}tbl":
        _table(element, state)
    elif element.tag == f"{_W}altChunk":
        _chunk(element, state)
    elif isinstance(element.tag, str) and element.tag not in _SKIP:  # content controls, tracked insertions, …
        for child in element:
            _element(child, state)


def _paragraph(element: etree._Element, state: _State) -> list[Block]:
    style_id = _value(element, f"{_W}pPr/{_W}pStyle")
    style = state.styles.get(style_id or "", Style())
    collected = Pieces(state.page, state.page)
    _runs(element, state, collected, style.bold)
    label = state.numbering.label(element, style.numbering)
    text = "".join(t for t, _ in collected.parts)
    text, removed, repairs = clean_pieces(text)
    state.removed += removed
    for warning in repairs:
        state.repairs[warning.code] = warning
    state.removed += ["()"] * len(_BRACKETED.findall(text))
    text = _BRACKETED.sub(r"\1", text)
    if not visible(text).strip() and OPEN not in text:
        return []
    hint = int(m.group(1)) if (m := re.fullmatch(r"(?:heading|tiêu đề)\s*(\d)", style.name, re.I)) else None
    bold = bool(collected.parts) and all(b for t, b in collected.parts if visible(t).strip())
    lead = lead_of(collected)
    if label:
        text, lead = f"{label} {text.lstrip()}", lead + len(label) + 1 if lead else 0
        state.labels += count_characters(label)
    like = Block("", collected.page, bold=bold, lead=lead, hint=hint, centred=_is_centred(element))
    return blocks_of(text, like, collected.page_end)


def _is_centred(paragraph: etree._Element) -> bool:
    return _value(paragraph, f"{_W}pPr/{_W}jc") == "center"


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return found.get(f"{_W}val") if found is not None else None


def _runs(element: etree._Element, state: _State, out: Pieces, bold: bool) -> None:
    for child in element:
        if child.tag in _SKIP:
            continue
        if child.tag == f"{_W}r":
            _run(child, state, out, bold)
        elif child.tag == f"{_M}t":
            out.add(_words(child, state), bold, state.page)
        elif isinstance(child.tag, str) and child.tag not in {f"{_W}p", f"{_W}tbl"}:
            _runs(child, state, out, bold)


def _run(run: etree._Element, state: _State, out: Pieces, bold: bool) -> None:
    properties = run.find(f"{_W}rPr")
    raised = False
    if properties is not None:
        b = properties.find(f"{_W}b")
        i = properties.find(f"{_W}i")
        bold = (is_on(b) if b is not None else bold) or is_on(i)
        raised = _value(properties, f"{_W}vertAlign") == "superscript"
    for child in content(run):
        if child.tag in _DRAWN:
            _boxes(child, state)
        elif child.tag == f"{_W}ruby":
            _runs(child, state, out, bold)
        elif child.tag == f"{_W}lastRenderedPageBreak" or child.get(f"{_W}type") == "page":
            _turn(child, state)
        else:
            out.add(sign := _sign(child, state, raised), bold, state.page)
            state.turned = state.turned and not sign.strip()


def _turn(element: etree._Element, state: _State) -> None:
    """A page ends; where Word drew it, it says so once more behind a break that somebody typed."""
    drawn = element.tag == f"{_W}lastRenderedPageBreak"
    if state.page is not None and not (drawn and state.turned):
        state.page += 1
    state.turned = not drawn


def _sign(child: etree._Element, state: _State, raised: bool) -> str:
    """What one element of a run prints; markers as tokens."""
    tag = str(child.tag).removeprefix(_W)
    if tag == "t":
        text = _words(child, state)
        if raised and re.fullmatch(r"\s*\(?\d{1,3}\)?\s*", text):
            return marker(re.sub(r"\D", "", text), text.strip())
        return text
    if tag in {"footnoteReference", "endnoteReference"}:
        return marker("#" + _number(state, tag.removesuffix("Reference"), child.get(f"{_W}id", "")), "")
    if tag == "sym":
        state.repairs["symbol"] = ParseWarning("symbol", "Ký hiệu riêng của phông chữ, hiện là □ / symbols of a font")
        state.labels += 1
        return "□"
    if tag == "noBreakHyphen" and child not in state.read:
        state.read.add(child)
        return "-"
    return {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n"}.get(tag, "")


def _words(element: etree._Element, state: _State) -> str:
    """The text of an element, without the characters that our own tokens are made of; nothing the second time."""
    if element in state.read:
        return ""
    state.read.add(element)
    text = element.text or ""
    if found := PRIVATE.findall(text):
        state.removed.append("".join(found))
        state.repairs["private-use"] = clean_text(found[0])[2][0]
        text = PRIVATE.sub("", text)
    return text


def _boxes(element: etree._Element, state: _State) -> None:
    """Text boxes are text too: their paragraphs stand before the one that anchors them."""
    box_tag = f"{_W}txbxContent"
    outer = next(element.iterancestors(box_tag), None)
    page, state.page = state.page, None  # a break inside a box turns no page of the text around it
    start = len(state.reading.blocks)
    for box in (b for b in element.iter(box_tag) if next(b.iterancestors(box_tag), None) is outer):
        for child in box:
            _element(child, state)
    state.page = page
    for block in state.reading.blocks[start:]:
        block.page = page


def _number(state: _State, kind: str, identifier: str) -> str:
    return state.notes.key(kind, identifier) if state.notes else identifier


def _bodies(root: etree._Element, kind: str, state: _State) -> None:
    """The bodies of one kind, without the rules above them."""
    page, state.page = state.page, None
    rules = {"separator", "continuationSeparator", "continuationNotice"}
    for rule in [n for n in root.iter(f"{_W}{kind}") if n.get(f"{_W}type") in rules]:
        rule.clear()  # Word prints its own line there, whatever the file holds
    for note in root.iter(f"{_W}{kind}"):
        blocks = [b for p in _cell_paragraphs(note) for b in _paragraph(p, state)]
        if blocks:
            number = _number(state, kind, note.get(f"{_W}id", ""))
            for block in blocks:
                block.role, block.note, block.hint = "note", "#" + number, None
                state.reading.blocks.append(block)
    state.page = page


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"}:
            yield from _rows(child)


def _cell_paragraphs(element: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs of a cell or a note, those of nested tables included, those of text boxes not (runs bring them)."""
    for child in element:
        if child.tag == f"{_W}p":
            yield child
        elif isinstance(child.tag, str) and child.tag not in _SKIP:
            yield from _cell_paragraphs(child)


def _table(table: etree._Element, state: _State) -> None:
    """A table of data becomes rows; one that only places the letterhead or the signature becomes text."""
    rows: list[Cells] = []
    for row in _rows(table):
        before = _value(row, f"{_W}trPr/{_W}gridBefore")
        cells: Cells = [None] * min(int(before), 64) if before and before.isdigit() else []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl"), None) is not table:
                continue
            cells.append([b for p in _cell_paragraphs(cell) for b in _paragraph(p, state)])
            span = _value(cell, f"{_W}tcPr/{_W}gridSpan")
            cells += [None] * (span_of(span) - 1)
        rows.append(cells)
    flat = [b for cells in rows for inside in cells for b in inside or ()]
    width = max((len(c) for c in rows), default=0)
    if width <= 1 or len(rows) == 1 or (width <= 3 and any(LETTERHEAD_CELL.search(visible(b.text)) for b in flat)):
        state.reading.blocks += flat
        return
    state.table += 1
    # two tables without a paragraph between them are one, and the signatures often stand in a table
    last = [b for inside in rows[-1] for b in inside or ()]
    signatures = last if any(LETTERHEAD_CELL.search(visible(b.text)) for b in last) else []
    rows = rows[:-1] if signatures else rows
    columns = columns_of(rows)
    for cells in rows:
        kept = [cells[c] or [] for c in columns if c < len(cells)]
        texts = tuple(" ".join(b.text.replace("\t", " ") for b in inside) for inside in kept)
        if any(texts):
            page = next((b.page for inside in kept for b in inside), state.page)
            state.reading.blocks.append(Block("\t".join(texts), page, role="row", cells=texts, table=state.table))
    state.reading.blocks += signatures
