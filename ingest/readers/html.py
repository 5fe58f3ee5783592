"""HTML, as browsers and Word save it: blocks, tables, footnotes by link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree
from lxml import html as lxml_html

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError, FileUnreadableError
from ingest.legacy_fonts import MENTION
from ingest.legacy_tables import shield, western
from ingest.lines import OPEN, Block, Reading, count_characters, marker, visible
from ingest.readers.encoding import decode, unicode_form
from ingest.readers.html_fonts import Slot, convert_texts, style_rules
from ingest.readers.text import LETTERHEAD_CELL, span_of

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "p div h1 h2 h3 h4 h5 h6 li ul ol dl dt dd blockquote section article main header footer aside pre table tr td "
        "th tbody thead tfoot center address figure figcaption form fieldset body hr",
    )
)
# What a browser shows beside the document or not at all; text in it is counted and reported, not kept
_SKIP = tuple(
    re.findall(
        r"\w+",
        "script style head template noscript svg iframe object nav button select title meta link textarea",
    )
)
_UNREAD = ("nav", "button", "select", "textarea", "noscript", "svg", "object", "iframe")
_GROUPS = frozenset(["thead", "tbody", "tfoot"])
_CELL = frozenset(["td", "th"])
_BOLD = frozenset(["b", "strong", "i", "em"])
_REF = re.compile(r"#_?(?:ftn|edn|fn|footnote-?|note-?|cite_note-)[\w:-]*?(\d+)$", re.I)
_BACK = re.compile(r"#_?(?:ftnref|ednref|fnref|footnote-?ref-?|cite_ref-)[\w:-]*?(\d+)", re.I)
_BODY_ID = re.compile(r"^_?(?:ftn|edn|fn|footnote-?|note-?)[:-]?(\d+)$", re.I)
# Code pages of the web; Python's other codecs (hex, zlib, punycode …) are no character sets
_CODE_PAGE = re.compile(rb"utf-?8|us-ascii|(?:windows|cp|iso-?8859)-?\d+", re.I)
MAX_DEPTH = 200  # elements inside each other; Word nests some twenty, the parser's own limit is 256
MAX_ATTRIBUTES = 2_000  # of one tag; the parser compares each with all before it, so their number counts twice
# A tag with its attributes; nothing is tried twice, so that quotes that never close cost no more than others
_TAG = re.compile(r"""<[a-zA-Z](?>[^>"']++|"[^"]*+"|'[^']*+')*+""")
_ATTRIBUTE = re.compile(r"""[\s/"'][^\s/"'=>]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?""")


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
    taken: list[str] = field(default_factory=list)


def read_html(data: bytes, charset: str | None = None) -> Reading:
    """Read an HTML file.

    Args:
        data: the bytes.
        charset: what the bytes came with says of them; it goes before what the page declares.

    Raises:
        FileUnreadableError: the parser gives up, or elements are nested deeper than 200.
        EmptyFileError: no text in the body.
    """
    text, warnings = _decode(data, charset)
    text, removed, more = clean_text(shield(text))  # what cleaning would take out may be letters of a legacy font
    reading = Reading([], "text/html", removed=removed, warnings=warnings + more)
    body = _body(text, reading)
    state = _State(reading)
    _walk(body, state, False, 0)
    _flush(state)
    if not any(b.shown for b in reading.blocks):
        raise EmptyFileError("HTML không có chữ nào (no text in the body)", do="Kiểm tra lại bản gốc")
    reading.removed += state.taken
    reading.total = count_characters("".join(body.itertext())) + sum(map(count_characters, reading.removed))
    reading.total -= sum(map(count_characters, state.taken))
    return reading


def _body(text: str, reading: Reading) -> etree._Element:
    """The element that holds the document's text, with everything that is not text taken out."""
    text = re.sub(r"<!\[(?:if|endif)[^>]*\]>", "", text)  # Word's conditional marks, which are no comments
    text = re.sub(r"^\s*<\?xml[^>]*>", "", text)  # XHTML: lxml refuses to read it in a string
    if any(m.end() - m.start() > 2 * MAX_ATTRIBUTES and _overloaded(m.group(0)) for m in _TAG.finditer(text)):
        raise FileUnreadableError(
            f"HTML có thẻ mang hơn {MAX_ATTRIBUTES} thuộc tính (a tag with too many attributes)",
            do="Kiểm tra lại bản gốc",
        )
    try:
        parser = lxml_html.HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True)
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FileUnreadableError(
            f"HTML không đọc được (cannot be parsed): {error}", do="Kiểm tra lại bản gốc"
        ) from error
    if any(e.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for e in parser.error_log.filter_from_fatals()):
        # the parser stops there and gives what it has, without a word about the rest
        raise FileUnreadableError(
            "HTML lồng quá sâu hoặc có đoạn chữ quá dài (nested too deeply, or a text of more than 10 MB)",
            do="Kiểm tra lại bản gốc",
        )
    found = root.find("body")
    body = found if found is not None else root
    skipped = sum(count_characters("".join(e.itertext())) for e in body.iter(*_UNREAD))
    if skipped:
        told = f"Đã bỏ {skipped} ký tự của thanh chọn, nút bấm / menus and buttons left out: {skipped} characters"
        reading.warnings.append(ParseWarning("menus", told))
    rules = style_rules(root)
    etree.strip_elements(body, *_SKIP, with_tail=False)
    slots, tally = convert_texts(body, rules, _BLOCKS)
    reading.warnings += tally.warnings()
    _put_back(slots, reading)
    return body


def _overloaded(tag: str) -> bool:
    """Has the tag more than `MAX_ATTRIBUTES` attributes? Looks no further than that."""
    return next(islice(_ATTRIBUTE.finditer(tag), MAX_ATTRIBUTES, None), None) is not None


def _put_back(slots: list[Slot], reading: Reading) -> None:
    """Converted texts into the tree, cleaned, as are those into which entities (``&#x200B;``) brought something."""
    repairs: dict[str, ParseWarning] = {w.code: w for w in reading.warnings}
    for slot in slots:
        if not slot.text.isascii() or slot.text != (getattr(slot.element, slot.name) or ""):
            text, removed, warnings = clean_text(slot.text)
            setattr(slot.element, slot.name, text)
            reading.removed += removed
            repairs = {w.code: w for w in warnings} | repairs
    reading.warnings[:] = repairs.values()


def _decode(data: bytes, charset: str | None) -> tuple[str, list[ParseWarning]]:
    """The charset that the page declares, where it decodes; otherwise as for text."""
    m = re.search(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]+)", data[:4096], re.I)
    for name in ((charset or "").encode("ascii", "replace"), m.group(1) if m else b""):
        if _CODE_PAGE.fullmatch(name) and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
            try:
                return data.decode(name.decode("ascii")), []
            except (LookupError, UnicodeError):
                pass
    if MENTION.search(data) and not _is_unicode(data):  # fonts say what the bytes are, not statistics
        return data.decode("latin-1").translate({code: western(code) for code in range(0x80, 0xA0)}), []
    return decode(data)


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return unicode_form(data) is not None
    return True


def _walk(element: etree._Element, state: _State, bold: bool, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise FileUnreadableError(f"HTML lồng sâu hơn {MAX_DEPTH} tầng (nested too deeply)", do="Kiểm tra lại bản gốc")
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag:
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
    state.run.add(marker(re.sub(r"\D", "", text), text), bold)
    return True


def _link(element: etree._Element, state: _State, bold: bool) -> bool:
    href = element.get("href") or ""
    text = _content(element)
    if m := _BACK.search(href):
        # the link in front of a body leads back to its marker: what follows is the body
        if re.fullmatch(r"[\[(]?\d*[\])]?[↑↩^]*\.?", text):
            state.taken.append(text)
            if re.search(r"\d", text) and not "".join(state.run.text).strip():
                state.note = m.group(1)
            return True
    elif (m := _REF.search(href)) and re.fullmatch(r"[\[(]?[\d*]+[\])]?", text):
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
    rows = list(_rows(element))
    width = max((len(_cells(r)) for r in rows), default=0)
    whole = " ".join(element.itertext())
    _beside_cells(element, state, depth)
    if width <= 1 or len(rows) == 1 or (width <= 3 and LETTERHEAD_CELL.search(whole)) or state.note:
        for row in rows:
            for cell in _cells(row):
                _text(cell.text, state, False)
                for child in cell:
                    _walk(child, state, False, depth + 1)
                    _text(child.tail, state, False)
                _flush(state)
        return
    state.table += 1
    table = state.table
    covered: dict[int, int] = {}  # column → rows below that a cell reaches down to
    for row in rows:
        texts: list[str] = []
        for cell in _cells(row):
            _cover(texts, covered)
            inner = _State(Reading([], ""), table=state.table)
            _text(cell.text, inner, False)
            for child in cell:
                _walk(child, inner, False, depth + 1)
                _text(child.tail, inner, False)
            _flush(inner)
            state.taken += inner.taken
            state.table = inner.table
            width, below = span_of(cell.get("colspan")), _rows_of(cell) - 1
            covered.update({len(texts) + i: below for i in range(width) if below})
            texts.append(" ".join(b.text.replace("\t", " ") for b in inner.reading.blocks))
            texts += [""] * (width - 1)
        _cover(texts, covered)
        if any(visible(t).strip() for t in texts):
            state.reading.blocks.append(Block("\t".join(texts), role="row", cells=tuple(texts), table=table))


def _rows(element: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table; careless pages put groups and rows inside rows."""
    for child in element:
        if child.tag == "tr":
            yield child
        if child.tag in _GROUPS or child.tag == "tr":
            yield from _rows(child)


def _beside_cells(element: etree._Element, state: _State, depth: int) -> None:
    """Captions, and what careless pages write between rows and cells, stand before the table."""
    _text(element.text, state, False)
    for child in element:
        if child.tag in _GROUPS or child.tag == "tr":
            _beside_cells(child, state, depth + 1)
        elif not (element.tag == "tr" and child.tag in _CELL):
            _walk(child, state, False, depth + 1)
        _text(child.tail, state, False)
    _flush(state)


def _cells(row: etree._Element) -> list[etree._Element]:
    return [c for c in row if c.tag in _CELL]


def _rows_of(cell: etree._Element) -> int:
    value = cell.get("rowspan") or "1"
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,4}", value) else 1


def _cover(texts: list[str], covered: dict[int, int]) -> None:
    """Leave the places empty that cells of the rows above reach down to."""
    while covered.get(len(texts), 0) > 0:
        covered[len(texts)] -= 1
        texts.append("")
