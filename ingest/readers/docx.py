"""DOCX: paragraphs, automatic numbers, tables, Word's own footnotes and endnotes by id."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, FileUnreadableError
from ingest.lines import CLOSE, OPEN, PRIVATE, Block, Reading, count_characters, marker, visible
from ingest.readers import DOCX
from ingest.readers.numbering import Numbering
from ingest.readers.styles import Style, is_on, read_styles
from ingest.readers.text import LETTERHEAD_CELL, span_of
from ingest.readers.xml import open_zip, read_part

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BRACKETED = re.compile(rf"\(\s*({OPEN}[^{CLOSE}]*{CLOSE})\s*\)")
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DELETED = (f"{_W}del", f"{_W}moveFrom", _FALLBACK)  # what tracked changes took out; a second drawing of text boxes
_SKIP = {f"{_W}{t}" for t in ("pPr", "rPr", "sdtPr")}
_TEXT = (f"{_W}t", f"{_M}t", f"{_W}noBreakHyphen")


@dataclass
class _State:
    reading: Reading
    numbering: Numbering
    styles: dict[str, Style]
    page: int | None = None
    table: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    labels: int = 0
    repairs: dict[str, ParseWarning] = field(default_factory=dict)
    read: set[etree._Element] = field(default_factory=set)


def read_docx(data: bytes) -> Reading:
    """Read a DOCX file.

    Raises:
        FileUnreadableError: damaged or without a document part.
        EmptyFileError: no text in it.
    """
    archive = open_zip(data)
    root = read_part(archive, "word/document.xml", drop=_DELETED)
    body = root.find(f"{_W}body") if root is not None else None
    if root is None or body is None:
        raise FileUnreadableError("DOCX không có phần nội dung (no document part)", do="Tải lại bản gốc")
    reading = Reading([], DOCX)
    styles = read_styles(read_part(archive, "word/styles.xml"))
    state = _State(reading, Numbering(read_part(archive, "word/numbering.xml")), styles)
    if next(root.iter(f"{_W}lastRenderedPageBreak"), None) is not None or _has_page_break(root):
        state.page = 1
    for element in body:
        _element(element, state)
    total = _settle(root, state)
    for name, kind in (("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote")):
        part = read_part(archive, name, drop=_DELETED)
        if part is not None:
            _bodies(part, kind, state)
            total += _settle(part, state)
    total += _running_heads(archive, state)
    if not any(visible(b.text).strip() for b in reading.blocks):
        raise EmptyFileError("DOCX không có chữ nào (the document holds no text)", do="Kiểm tra lại bản gốc")
    reading.pages = state.page
    reading.warnings += state.repairs.values()
    reading.removed += state.removed
    reading.total = total + state.labels
    return reading


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


def _has_page_break(root: etree._Element) -> bool:
    return any(b.get(f"{_W}type") == "page" for b in root.iter(f"{_W}br"))


def _running_heads(archive: zipfile.ZipFile, state: _State) -> int:
    """Page headers and footers, each once, as furniture; returns their characters."""
    names = sorted(n for n in archive.namelist() if re.fullmatch(r"word/(?:header|footer)\d*\.xml", n))
    page, state.page = state.page, None
    body, total = state.reading.blocks, 0
    for name in names:
        root = read_part(archive, name, drop=_DELETED)
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
    elif isinstance(element.tag, str) and element.tag not in _SKIP:  # content controls, tracked insertions, …
        for child in element:
            _element(child, state)


@dataclass
class _Text:
    """The pieces of one paragraph, and the sheets on which its text starts and ends."""

    page: int | None
    page_end: int | None
    parts: list[tuple[str, bool]] = field(default_factory=list)

    def add(self, text: str, bold: bool, page: int | None) -> None:
        if not text:
            return
        if text.strip():
            self.page = self.page if any(t.strip() for t, _ in self.parts) else page
            self.page_end = page
        self.parts.append((text, bold))


def _paragraph(element: etree._Element, state: _State) -> list[Block]:
    style_id = _value(element, f"{_W}pPr/{_W}pStyle")
    style = state.styles.get(style_id or "", Style())
    collected = _Text(state.page, state.page)
    _runs(element, state, collected, style.bold)
    label = state.numbering.label(element, style.numbering)
    text = "".join(t for t, _ in collected.parts)
    text, removed, repairs = _clean(text)
    state.removed += removed
    for warning in repairs:
        state.repairs[warning.code] = warning
    state.removed += ["()"] * len(_BRACKETED.findall(text))
    text = _BRACKETED.sub(r"\1", text)
    if not visible(text).strip() and OPEN not in text:
        return []
    hint = int(m.group(1)) if (m := re.fullmatch(r"(?:heading|tiêu đề)\s*(\d)", style.name, re.I)) else None
    bold = bool(collected.parts) and all(b for t, b in collected.parts if visible(t).strip())
    lead = _lead(collected)
    if label:
        text, lead = f"{label} {text.lstrip()}", lead + len(label) + 1 if lead else 0
        state.labels += count_characters(label)
    like = Block("", collected.page, bold=bold, lead=lead, hint=hint, centred=_is_centred(element))
    return _blocks(text, like, collected.page_end)


def _is_centred(paragraph: etree._Element) -> bool:
    return _value(paragraph, f"{_W}pPr/{_W}jc") == "center"


def _blocks(text: str, like: Block, page_end: int | None) -> list[Block]:
    """One block for each line that a hard break makes of a paragraph."""
    pieces = [p for p in text.split("\n") if p.strip()]
    blocks = []
    for i, piece in enumerate(pieces):
        soft = i < len(pieces) - 1 and not piece.rstrip().endswith((".", ";", ":"))
        lost = len(piece) - len(piece.lstrip())
        lead = max(0, like.lead - lost) if len(pieces) == 1 and not like.bold else 0
        blocks.append(replace(like, text=piece.strip(), lead=lead, soft=soft, breaks=[], anchors=[], taken=[]))
    if blocks and page_end != like.page:
        blocks[-1].page_end = page_end
    return blocks


def _clean(text: str) -> tuple[str, list[str], list[ParseWarning]]:
    """`clean_text`, with our own tokens kept."""
    pieces = re.split(f"({OPEN}[^{CLOSE}]*{CLOSE})", text)
    removed: list[str] = []
    warnings: list[ParseWarning] = []
    for i in range(0, len(pieces), 2):
        pieces[i], gone, more = clean_text(pieces[i])
        removed += gone
        warnings += more
    return "".join(pieces), removed, warnings


def _lead(collected: _Text) -> int:
    length = 0
    for text, bold in collected.parts:
        if not bold and visible(text).strip():
            break
        length += len(text)
    return length if any(b and t.strip() for t, b in collected.parts) else 0


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return found.get(f"{_W}val") if found is not None else None


def _runs(element: etree._Element, state: _State, out: _Text, bold: bool) -> None:
    for child in element:
        if child.tag in _SKIP:
            continue
        if child.tag == f"{_W}r":
            _run(child, state, out, bold)
        elif child.tag == f"{_M}t":
            out.add(_words(child, state), bold, state.page)
        elif isinstance(child.tag, str) and child.tag not in {f"{_W}p", f"{_W}tbl"}:
            _runs(child, state, out, bold)


def _run(run: etree._Element, state: _State, out: _Text, bold: bool) -> None:
    properties = run.find(f"{_W}rPr")
    raised = False
    if properties is not None:
        b = properties.find(f"{_W}b")
        i = properties.find(f"{_W}i")
        bold = (is_on(b) if b is not None else bold) or is_on(i)
        raised = _value(properties, f"{_W}vertAlign") == "superscript"
    for child in run:
        if child.tag in {f"{_W}drawing", f"{_W}pict"} or str(child.tag).endswith("}AlternateContent"):
            _boxes(child, state)
        elif child.tag == f"{_W}lastRenderedPageBreak" or child.get(f"{_W}type") == "page":
            if state.page is not None:
                state.page += 1
        else:
            out.add(_sign(child, state, raised), bold, state.page)


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
    """Word numbers its notes by order of reference; endnotes get a letter so that both may be "1"."""
    key = f"{kind}:{identifier}"
    if key not in state.notes:
        state.notes[key] = 1 + sum(k.startswith(kind) for k in state.notes)
    return f"{'' if kind == 'footnote' else 'e'}{state.notes[key]}"


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
    rows: list[list[list[Block]]] = []
    for row in _rows(table):
        before = _value(row, f"{_W}trPr/{_W}gridBefore")
        cells: list[list[Block]] = [[] for _ in range(min(int(before), 64))] if before and before.isdigit() else []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl"), None) is not table:
                continue
            blocks = [b for p in _cell_paragraphs(cell) for b in _paragraph(p, state)]
            cells.append(blocks)
            span = _value(cell, f"{_W}tcPr/{_W}gridSpan")
            cells += [[] for _ in range(span_of(span) - 1)]
        rows.append(cells)
    flat = [b for cells in rows for blocks in cells for b in blocks]
    width = max((len(c) for c in rows), default=0)
    if width <= 1 or len(rows) == 1 or (width <= 3 and any(LETTERHEAD_CELL.search(visible(b.text)) for b in flat)):
        state.reading.blocks += flat
        return
    state.table += 1
    for cells in rows:
        texts = tuple(" ".join(b.text.replace("\t", " ") for b in blocks) for blocks in cells)
        if any(texts):
            page = next((b.page for blocks in cells for b in blocks), state.page)
            state.reading.blocks.append(Block("\t".join(texts), page, role="row", cells=texts, table=state.table))
