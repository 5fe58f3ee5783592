"""DOCX: paragraphs, automatic numbers, tables, Word's own footnotes and endnotes by id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, FileUnreadableError
from ingest.lines import CLOSE, OPEN, Block, Reading, count_characters, marker, visible
from ingest.readers import DOCX
from ingest.readers.numbering import Numbering
from ingest.readers.text import LETTERHEAD_CELL
from ingest.readers.xml import open_zip, read_part

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BRACKETED = re.compile(rf"\(\s*({OPEN}[^{CLOSE}]*{CLOSE})\s*\)")
_SKIP = {f"{_W}{t}" for t in ("del", "moveFrom", "instrText", "pPr", "rPr", "sdtPr", "Fallback")}


@dataclass
class _State:
    reading: Reading
    numbering: Numbering
    styles: dict[str, tuple[str, bool]]
    page: int | None = None
    table: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    repairs: dict[str, ParseWarning] = field(default_factory=dict)


def read_docx(data: bytes) -> Reading:
    """Read a DOCX file.

    Raises:
        FileUnreadableError: damaged or without a document part.
        EmptyFileError: no text in it.
    """
    archive = open_zip(data)
    root = read_part(archive, "word/document.xml")
    body = root.find(f"{_W}body") if root is not None else None
    if root is None or body is None:
        raise FileUnreadableError("DOCX không có phần nội dung (no document part)", do="Tải lại bản gốc")
    reading = Reading([], DOCX, explicit_notes=True)
    state = _State(
        reading, Numbering(read_part(archive, "word/numbering.xml")), _styles(read_part(archive, "word/styles.xml"))
    )
    if next(root.iter(f"{_W}lastRenderedPageBreak"), None) is not None or _has_page_break(root):
        state.page = 1
    for element in body:
        _element(element, state)
    _bodies(read_part(archive, "word/footnotes.xml"), "footnote", state)
    _bodies(read_part(archive, "word/endnotes.xml"), "endnote", state)
    if not any(visible(b.text).strip() for b in reading.blocks):
        raise EmptyFileError("DOCX không có chữ nào (the document holds no text)", do="Kiểm tra lại bản gốc")
    reading.pages = state.page
    reading.warnings += state.repairs.values()
    reading.removed += state.removed
    reading.total = sum(count_characters(visible(b.text)) for b in reading.blocks) + sum(
        count_characters(r) for r in reading.removed
    )
    return reading


def _has_page_break(root: etree._Element) -> bool:
    return any(b.get(f"{_W}type") == "page" for b in root.iter(f"{_W}br"))


def _styles(root: etree._Element | None) -> dict[str, tuple[str, bool]]:
    """Style id → (name, bold)."""
    if root is None:
        return {}
    out = {}
    for style in root.iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        bold = style.find(f"{_W}rPr/{_W}b")
        out[style.get(f"{_W}styleId", "")] = (name.get(f"{_W}val", "") if name is not None else "", _on(bold))
    return out


def _on(toggle: etree._Element | None) -> bool:
    return toggle is not None and toggle.get(f"{_W}val", "1") not in {"0", "false", "off"}


def _element(element: etree._Element, state: _State) -> None:
    if element.tag == f"{_W}p":
        for block in _paragraph(element, state):
            state.reading.blocks.append(block)
    elif element.tag == f"{_W}tbl":
        _table(element, state)
    elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}moveTo"}:
        for child in element:
            _element(child, state)


@dataclass
class _Text:
    parts: list[tuple[str, bool]] = field(default_factory=list)

    def add(self, text: str, bold: bool = False) -> None:
        if text:
            self.parts.append((text, bold))


def _paragraph(element: etree._Element, state: _State) -> list[Block]:
    style_id = _value(element, f"{_W}pPr/{_W}pStyle")
    style, style_bold = state.styles.get(style_id or "", ("", False))
    page = state.page
    collected = _Text()
    _runs(element, state, collected, style_bold)
    label = state.numbering.label(element, style_id)
    text = "".join(t for t, _ in collected.parts)
    text, removed, repairs = _clean(text)
    state.removed += removed
    for warning in repairs:
        state.repairs[warning.code] = warning
    state.removed += ["()"] * len(_BRACKETED.findall(text))
    text = _BRACKETED.sub(r"\1", text)
    if not visible(text).strip() and OPEN not in text:
        return []
    hint = int(m.group(1)) if (m := re.fullmatch(r"(?:heading|tiêu đề)\s*(\d)", style, re.I)) else None
    centred = _value(element, f"{_W}pPr/{_W}jc") == "center"
    lead = _lead(collected)
    bold = bool(collected.parts) and all(b for t, b in collected.parts if visible(t).strip())
    if label:
        text, lead = f"{label} {text.lstrip()}", lead + len(label) + 1 if lead else 0
    pieces = text.split("\n")
    blocks = []
    for i, piece in enumerate(pieces):
        if piece.strip():
            soft = i < len(pieces) - 1 and not piece.rstrip().endswith((".", ";", ":"))
            lost = len(piece) - len(piece.lstrip())
            only = len(pieces) == 1
            blocks.append(
                Block(
                    piece.strip(),
                    page,
                    bold=bold,
                    lead=max(0, lead - lost) if only and not bold else 0,
                    hint=hint,
                    soft=soft,
                    centred=centred,
                )
            )
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
        elif isinstance(child.tag, str) and child.tag not in {f"{_W}p", f"{_W}tbl"}:
            _runs(child, state, out, bold)


def _run(run: etree._Element, state: _State, out: _Text, bold: bool) -> None:
    properties = run.find(f"{_W}rPr")
    raised = False
    if properties is not None:
        b = properties.find(f"{_W}b")
        i = properties.find(f"{_W}i")
        bold = (_on(b) if b is not None else bold) or _on(i)
        raised = _value(properties, f"{_W}vertAlign") == "superscript"
    for child in run:
        if child.tag == f"{_W}t":
            text = child.text or ""
            token = raised and re.fullmatch(r"\s*\(?\d{1,3}\)?\s*", text)
            out.add(marker(re.sub(r"\D", "", text), text.strip()) if token else text, bold)
        elif child.tag == f"{_W}tab":
            out.add("\t", bold)
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            if child.get(f"{_W}type") == "page":
                _turn(state)
            else:
                out.add("\n", bold)
        elif child.tag == f"{_W}noBreakHyphen":
            out.add("-", bold)
        elif child.tag == f"{_W}lastRenderedPageBreak":
            _turn(state)
        elif child.tag in {f"{_W}footnoteReference", f"{_W}endnoteReference"}:
            kind = "footnote" if child.tag.endswith("footnoteReference") else "endnote"
            out.add(marker("#" + _number(state, kind, child.get(f"{_W}id", "")), ""), bold)
        elif child.tag.endswith("}AlternateContent") or child.tag.endswith("}drawing") or child.tag.endswith("}pict"):
            _boxes(child, state)


def _boxes(element: etree._Element, state: _State) -> None:
    """Text boxes are text too: their paragraphs stand before the one that anchors them."""
    choice = next((c for c in element if str(c.tag).endswith("}Choice")), element)
    for box in choice.iter(f"{_W}txbxContent"):
        for child in box:
            _element(child, state)


def _turn(state: _State) -> None:
    if state.page is not None:
        state.page += 1


def _number(state: _State, kind: str, identifier: str) -> str:
    """Word numbers its notes by order of reference; endnotes get a letter so that both may be "1"."""
    key = f"{kind}:{identifier}"
    if key not in state.notes:
        state.notes[key] = 1 + sum(k.startswith(kind) for k in state.notes)
    return f"{'' if kind == 'footnote' else 'e'}{state.notes[key]}"


def _bodies(root: etree._Element | None, kind: str, state: _State) -> None:
    if root is None:
        return
    for note in root.iter(f"{_W}{kind}"):
        if note.get(f"{_W}type") in {"separator", "continuationSeparator", "continuationNotice"}:
            continue
        page, state.page = state.page, None
        blocks = [b for child in note if child.tag == f"{_W}p" for b in _paragraph(child, state)]
        state.page = page
        if blocks:
            number = _number(state, kind, note.get(f"{_W}id", ""))
            for block in blocks:
                block.role, block.note, block.hint = "note", "#" + number, None
                state.reading.blocks.append(block)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if child.tag == f"{_W}tr":
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"}:
            yield from _rows(child)


def _table(table: etree._Element, state: _State) -> None:
    """A table of data becomes rows; one that only places the letterhead or the signature becomes text."""
    rows: list[list[list[Block]]] = []
    for row in _rows(table):
        cells: list[list[Block]] = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl"), None) is not table:
                continue
            blocks = [b for p in cell.iter(f"{_W}p") for b in _paragraph(p, state)]
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merge is not None and merge.get(f"{_W}val") != "restart" and not blocks:
                blocks = []
            cells.append(blocks)
            span = _value(cell, f"{_W}tcPr/{_W}gridSpan")
            cells += [[] for _ in range(min(int(span), 64) - 1)] if span and span.isdigit() else []
        rows.append(cells)
    flat = [b for cells in rows for blocks in cells for b in blocks]
    width = max((len(c) for c in rows), default=0)
    if width <= 1 or len(rows) == 1 or (width <= 3 and any(LETTERHEAD_CELL.search(visible(b.text)) for b in flat)):
        state.reading.blocks += flat
        return
    state.table += 1
    for cells in rows:
        texts = tuple(" ".join(b.text for b in blocks) for blocks in cells)
        if any(texts):
            page = next((b.page for blocks in cells for b in blocks), state.page)
            state.reading.blocks.append(Block("\t".join(texts), page, role="row", cells=texts, table=state.table))
