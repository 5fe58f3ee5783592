"""HTML, as browsers and Word save it: blocks, tables, footnotes by link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree
from lxml import html as lxml_html

from ingest.clean import clean_text
from ingest.errors import EmptyFileError, FileUnreadableError
from ingest.lines import OPEN, Block, Reading, count_characters, marker, visible
from ingest.readers.text import LETTERHEAD_CELL, decode

_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd", "blockquote", "section", "article", "main", "header", "footer", "aside", "pre", "table", "tr", "td", "th", "tbody", "thead", "tfoot", "center", "address", "figure", "figcaption", "form", "fieldset", "body", "hr"]
)  # fmt: skip
_SKIP = frozenset(
    [
        "script",
        "style",
        "head",
        "template",
        "noscript",
        "svg",
        "math",
        "iframe",
        "object",
        "nav",
        "button",
        "select",
        "option",
        "title",
        "meta",
        "link",
    ]
)
_BOLD = frozenset(["b", "strong", "i", "em"])
_REF = re.compile(r"#_?(?:ftn|edn|fn|footnote-?|note-?|cite_note-)[\w:-]*?(\d+)$", re.I)
_BACK = re.compile(r"#_?(?:ftnref|ednref|fnref|footnote-?ref-?|ref|cite_ref-)[\w:-]*?(\d+)", re.I)
_BODY_ID = re.compile(r"^_?(?:ftn|edn|fn|footnote-?|note-?)[:-]?(\d+)$", re.I)
MAX_DEPTH = 200


@dataclass
class _Run:
    text: list[str] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)

    def add(self, text: str, bold: bool) -> None:
        if text:
            self.text.append(text)
            self.bold.append(bold)


@dataclass
class _State:
    reading: Reading
    run: _Run = field(default_factory=_Run)
    hint: int | None = None
    note: str | None = None
    table: int = 0
    pre: bool = False
    centred: bool = False
    met: int = 0


def read_html(data: bytes) -> Reading:
    """Read an HTML file.

    Raises:
        FileUnreadableError: the parser gives up, or elements are nested deeper than 200.
        EmptyFileError: no text in the body.
    """
    text, warnings = _decode(data)
    text, removed, more = clean_text(text)
    text = re.sub(r"<!\[(?:if|endif)[^>]*\]>", "", text)  # Word's conditional marks, which are no comments
    try:
        parser = lxml_html.HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True)
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FileUnreadableError(
            f"HTML không đọc được (cannot be parsed): {error}", do="Kiểm tra lại bản gốc"
        ) from error
    reading = Reading(
        [], "text/html", warnings=warnings + [w for w in more if w.code != "control-characters"], explicit_notes=True
    )
    state = _State(reading)
    body = root.find("body")
    _walk(body if body is not None else root, state, False, 0)
    _flush(state)
    if not any(b.shown for b in reading.blocks):
        raise EmptyFileError("HTML không có chữ nào (no text in the body)", do="Kiểm tra lại bản gốc")
    reading.total = state.met + sum(count_characters(r) for r in removed)
    reading.removed += removed
    return reading


def _decode(data: bytes) -> tuple[str, list]:
    """The charset that the page declares, where it decodes; otherwise as for text."""
    m = re.search(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]+)", data[:4096], re.I)
    if m and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(m.group(1).decode("ascii")), []
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _walk(element: etree._Element, state: _State, bold: bool, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise FileUnreadableError(f"HTML lồng sâu hơn {MAX_DEPTH} tầng (nested too deeply)", do="Kiểm tra lại bản gốc")
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in _SKIP or not tag:
        return
    if tag == "table":
        _flush(state)
        _table(element, state, depth)
        return
    if tag == "br":
        _flush(state, soft=True)
        return
    if tag == "sup" and _superscript(element, state, bold):
        return
    if tag == "a" and _link(element, state, bold):
        return
    block = tag in _BLOCKS
    saved = state.hint, state.note, state.pre, state.centred
    if block:
        _flush(state)
        state.hint = int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else None
        state.pre = tag == "pre"
        style = (element.get("style") or "").lower()
        state.centred = "center" in (element.get("align") or "") or "text-align:center" in style.replace(" ", "")
        if m := _BODY_ID.match(element.get("id") or ""):
            state.note = m.group(1)
        if tag == "hr":
            return
    inner = bold or tag in _BOLD or "font-weight:bold" in (element.get("style") or "").replace(" ", "").lower()
    _text(element.text, state, inner)
    for child in element:
        _walk(child, state, inner, depth + 1)
        _text(child.tail, state, inner)
    if block:
        _flush(state)
        state.hint, state.note, state.pre, state.centred = saved


def _text(text: str | None, state: _State, bold: bool) -> None:
    if not text:
        return
    state.met += count_characters(text)
    if state.pre:
        for i, line in enumerate(text.split("\n")):
            if i:
                _flush(state)
            state.run.add(line, bold)
        return
    state.run.add(re.sub(r"\s+", " ", text), bold)


def _content(element: etree._Element) -> str:
    return re.sub(r"\s+", "", "".join(element.itertext()))


def _superscript(element: etree._Element, state: _State, bold: bool) -> bool:
    if element.find(".//a") is not None:
        return False
    text = _content(element)
    if not re.fullmatch(r"\(?\[?\d{1,3}\]?\)?", text):
        return False
    state.met += count_characters(text)
    state.run.add(marker(re.sub(r"\D", "", text), text), bold)
    return True


def _link(element: etree._Element, state: _State, bold: bool) -> bool:
    href = element.get("href") or ""
    text = _content(element)
    if m := _BACK.search(href):
        # the link in front of a body leads back to its marker: what follows is the body
        if re.fullmatch(r"[\[(]?\d*[\])]?[↑↩^]*\.?", text):
            state.met += count_characters(text)
            state.reading.removed.append(text)
            if text and re.search(r"\d", text):
                state.note = m.group(1)
            return True
    elif (m := _REF.search(href)) and re.fullmatch(r"[\[(]?[\d*]+[\])]?", text):
        state.met += count_characters(text)
        state.run.add(marker("#" + m.group(1), text), bold)
        return True
    return False


def _flush(state: _State, soft: bool = False) -> None:
    """End the current block."""
    run, state.run = state.run, _Run()
    text = "".join(run.text)
    if not visible(text).strip() and OPEN not in text:
        return
    lost = len(text) - len(text.lstrip())
    spoken = [(t, b) for t, b in zip(run.text, run.bold, strict=True) if visible(t).strip()]
    lead = 0
    for piece, bold in zip(run.text, run.bold, strict=True):
        if not bold and visible(piece).strip():
            break
        lead += len(piece)
    whole = bool(spoken) and all(b for _, b in spoken)
    ends = text.rstrip().endswith((".", ";", ":"))
    block = Block(text.strip(), bold=whole, lead=0 if whole or not spoken or not spoken[0][1] else max(0, lead - lost))
    block.hint, block.soft, block.centred = state.hint, soft and not ends, state.centred
    if state.note:
        block.role, block.note, block.hint = "note", "#" + state.note, None
    state.reading.blocks.append(block)


def _table(element: etree._Element, state: _State, depth: int) -> None:
    rows = [r for r in element.iter("tr") if next(r.iterancestors("table"), None) is element]
    width = max((len(_cells(r)) for r in rows), default=0)
    whole = " ".join(element.itertext())
    if width <= 1 or len(rows) == 1 or (width <= 3 and LETTERHEAD_CELL.search(whole)) or state.note:
        for row in rows:
            for cell in _cells(row):
                for part in (cell.text,):
                    _text(part, state, False)
                for child in cell:
                    _walk(child, state, False, depth + 1)
                    _text(child.tail, state, False)
                _flush(state)
        return
    state.table += 1
    table = state.table
    for row in rows:
        texts: list[str] = []
        for cell in _cells(row):
            inner = _State(Reading([], ""), table=state.table)
            _text(cell.text, inner, False)
            for child in cell:
                _walk(child, inner, False, depth + 1)
                _text(child.tail, inner, False)
            _flush(inner)
            state.met += inner.met
            state.table = inner.table
            texts.append(" ".join(b.text.replace("\t", " ") for b in inner.reading.blocks))
            texts += [""] * (min(_span(cell), 64) - 1)
        if any(visible(t).strip() for t in texts):
            state.reading.blocks.append(Block("\t".join(texts), role="row", cells=tuple(texts), table=table))


def _cells(row: etree._Element) -> list[etree._Element]:
    return [c for c in row if c.tag in {"td", "th"}]


def _span(cell: etree._Element) -> int:
    value = cell.get("colspan") or "1"
    return int(value) if value.isdigit() and int(value) > 0 else 1
