"""DOCX: documents made up of what Word writes, and real ones whose trees, texts and bytes are changed part by part."""

from __future__ import annotations

import re
from copy import deepcopy
from random import Random
from xml.sax.saxutils import escape

from lxml import etree

from benchmarks.fuzz.alphabet import BIG, ODD, words
from benchmarks.fuzz.bytewise import mutate_bytes
from benchmarks.fuzz.container import Parts, finish
from benchmarks.fuzz.plain import line

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_SPACES = f"xmlns:w='{W}' xmlns:mc='{_MC}' xmlns:m='{_MATH}'"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAGS = (
    *(
        "p",
        "r",
        "t",
        "tbl",
        "tr",
        "tc",
        "sdt",
        "sdtContent",
        "ins",
        "del",
        "moveFrom",
        "moveTo",
        "hyperlink",
        "fldSimple",
        "smartTag",
    ),
    *(
        "pPr",
        "rPr",
        "tab",
        "br",
        "cr",
        "sym",
        "noBreakHyphen",
        "softHyphen",
        "footnoteReference",
        "endnoteReference",
        "drawing",
        "pict",
    ),
    *(
        "txbxContent",
        "instrText",
        "fldChar",
        "bookmarkStart",
        "lastRenderedPageBreak",
        "body",
        "footnote",
        "endnote",
        "customXml",
    ),
)
PARTS = (
    "word/document.xml",
    "word/styles.xml",
    "word/numbering.xml",
    "word/footnotes.xml",
    "word/endnotes.xml",
    "word/header1.xml",
    "word/footer2.xml",
)
RUN_PROPERTIES = (
    *(
        "",
        "",
        "",
        "<w:b/>",
        "<w:i/>",
        "<w:b w:val='0'/>",
        "<w:vertAlign w:val='superscript'/>",
        "<w:rStyle w:val='x'/>",
    ),
    *(
        "<w:rFonts w:ascii='.VnTime'/>",
        "<w:rFonts w:ascii='VNI-Times' w:hAnsi='VNI-Times'/>",
        "<w:vanish/>",
        "<w:caps/>",
    ),
)


BREAKS = ("tab", "br", "cr", "noBreakHyphen", "lastRenderedPageBreak", "br w:type='page'", "ptab")
KINDS_OF_NOTE = ("", "", " w:type='separator'", " w:type='continuationSeparator'", " w:type='x'")


def _text(rng: Random, text: str) -> str:
    return escape(_ILLEGAL.sub("", text)) if rng.random() < 0.98 else text


def _value(rng: Random) -> str:
    return escape(rng.choice(BIG)) if rng.random() < 0.3 else str(rng.randint(0, 4))


def run(rng: Random, depth: int) -> str:
    """A run of a paragraph, or what may stand in its place."""
    kind = rng.randrange(18)
    said = _text(rng, words(rng, 15))
    text = f"<w:r><w:rPr>{rng.choice(RUN_PROPERTIES)}</w:rPr><w:t xml:space='preserve'>{said}</w:t></w:r>"
    if kind < 7:
        return text
    if kind == 7:
        number = rng.choice(("1", "2", "(3)", "٣", "12", " 1 ", "1234"))
        return f"<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>{number}</w:t></w:r>"
    if kind in {8, 9}:
        return f"<w:r><w:{rng.choice(('footnote', 'endnote'))}Reference w:id='{_value(rng)}'/></w:r>"
    if kind == 10:
        return f"<w:r><w:{rng.choice(BREAKS)}/></w:r>"
    if kind == 11:
        return f"<w:r><w:sym w:font='Symbol' w:char='{rng.choice(('F0B7', 'F03D', '', 'ZZ', '110000'))}'/></w:r>"
    if kind == 12:
        around = rng.choice(("ins", "del", "hyperlink", "moveFrom", "sdt", "smartTag"))
        return f"<w:{around}>{text}</w:{around}>"
    if kind == 13:
        return f"<m:oMath><m:r><m:t>{_text(rng, words(rng, 3))}</m:t></m:r></m:oMath>"
    if kind == 14 and depth < 3:
        box = f"<w:txbxContent>{blocks(rng, depth + 2)}</w:txbxContent>"
        drawing, pict = f"<w:drawing>{box}</w:drawing>", f"<w:pict>{box}</w:pict>"
        both = f"<mc:Choice>{drawing}</mc:Choice><mc:Fallback>{pict}</mc:Fallback>"
        both = f"<mc:AlternateContent>{both}</mc:AlternateContent>"
        return f"<w:r>{rng.choice((drawing, pict, both))}</w:r>"
    if kind == 15:
        field = "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText> PAGE \\* MERGEFORMAT </w:instrText></w:r>"
        return (
            f"{field}<w:r><w:fldChar w:fldCharType='separate'/></w:r>{text}<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        )
    if kind == 16:
        return "<!-- x --><?pi x?><w:bookmarkStart w:id='0' w:name='_Toc1'/><w:proofErr w:type='spellStart'/>"
    return f"<w:r><w:t>{_text(rng, rng.choice(ODD))}</w:t></w:r>"


def paragraph(rng: Random, depth: int = 0) -> str:
    """A paragraph, perhaps styled or numbered."""
    properties = ""
    if rng.random() < 0.4:
        style = rng.choice(("Heading1", "Heading2", "a", "b", "none"))
        numbering = f"<w:numPr><w:ilvl w:val='{_value(rng)}'/><w:numId w:val='{_value(rng)}'/></w:numPr>"
        properties = (
            f"<w:pPr><w:pStyle w:val='{style}'/>{numbering * (rng.random() < 0.6)}<w:jc w:val='center'/></w:pPr>"
        )
    inner = "".join(run(rng, depth) for _ in range(rng.randint(0, 5)))
    if rng.random() < 0.5:
        inner = f"<w:r><w:t xml:space='preserve'>{_text(rng, line(rng))}</w:t></w:r>" + inner
    return f"<w:p>{properties}{inner}</w:p>"


def table(rng: Random, depth: int) -> str:
    """A table, perhaps with another one in a cell."""
    rows: list[str] = []
    for _ in range(rng.randint(0, 5)):
        cells: list[str] = []
        for _ in range(rng.randint(0, 5)):
            span = f"<w:tcPr><w:gridSpan w:val='{_value(rng)}'/><w:vMerge/></w:tcPr>" if rng.random() < 0.2 else ""
            cells.append(
                f"<w:tc>{span}{blocks(rng, depth + 2) if rng.random() < 0.2 else paragraph(rng, depth + 1)}</w:tc>"
            )
        rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def blocks(rng: Random, depth: int = 0) -> str:
    """Paragraphs and tables."""
    out: list[str] = []
    for _ in range(rng.randint(1, 7 if depth == 0 else 2)):
        kind = rng.randrange(12)
        if kind == 0 and depth < 5:
            out.append(table(rng, depth))
        elif kind == 1 and depth < 5:
            out.append(f"<w:sdt><w:sdtContent>{blocks(rng, depth + 1)}</w:sdtContent></w:sdt>")
        else:
            out.append(paragraph(rng, depth))
    return "".join(out)


def _numbering(rng: Random) -> str:
    levels = "".join(
        f"<w:lvl w:ilvl='{_value(rng)}'><w:start w:val='{_value(rng)}'/><w:numFmt w:val='"
        + rng.choice(("decimal", "upperRoman", "lowerLetter", "bullet", "none", "decimalZero", "x"))
        + f"'/><w:lvlText w:val='{rng.choice(('%1.', '%1.%2', '%9', '%', '', '%0', 'Điều %1.', '%1' * 30))}'/></w:lvl>"
        for _ in range(rng.randint(0, 4))
    )
    override = f"<w:lvlOverride w:ilvl='{_value(rng)}'><w:startOverride w:val='{_value(rng)}'/></w:lvlOverride>"
    nums = "".join(
        f"<w:num w:numId='{n}'><w:abstractNumId w:val='{_value(rng)}'/>{override * rng.randint(0, 1)}</w:num>"
        for n in range(4)
    )
    return f"<w:numbering {_SPACES}><w:abstractNum w:abstractNumId='1'>{levels}</w:abstractNum>{nums}</w:numbering>"


def _styles(rng: Random) -> str:
    names = ("Heading1", "Heading2", "a", "b")
    out = "".join(
        f"<w:style w:styleId='{name}'><w:name w:val='{rng.choice(('heading 1', 'Tiêu đề 2', 'x', ''))}'/>"
        f"<w:basedOn w:val='{rng.choice(names)}'/><w:pPr><w:numPr><w:numId w:val='{_value(rng)}'/></w:numPr></w:pPr>"
        f"<w:rPr>{rng.choice(RUN_PROPERTIES)}</w:rPr></w:style>"
        for name in names
    )
    return f"<w:styles {_SPACES}>{out}</w:styles>"


def made_up(rng: Random) -> Parts:
    """A document of its own, with the parts that Word adds."""
    parts = {"word/document.xml": f"<w:document {_SPACES}><w:body>{blocks(rng)}</w:body></w:document>"}
    for kind in ("footnote", "endnote"):
        if rng.random() < 0.5:
            notes = "".join(
                f"<w:{kind} w:id='{_value(rng)}'{rng.choice(KINDS_OF_NOTE)}>{blocks(rng, 3)}</w:{kind}>"
                for _ in range(rng.randint(0, 4))
            )
            parts[f"word/{kind}s.xml"] = f"<w:{kind}s {_SPACES}>{notes}</w:{kind}s>"
    if rng.random() < 0.5:
        parts["word/numbering.xml"] = _numbering(rng)
    if rng.random() < 0.5:
        parts["word/styles.xml"] = _styles(rng)
    if rng.random() < 0.2:
        parts["word/header1.xml"] = f"<w:hdr {_SPACES}>{blocks(rng, 1)}</w:hdr>"
    return [(name, text.encode("utf-8", "replace")) for name, text in parts.items()]


def cut_down(rng: Random, root: etree._Element, keep: int = 12) -> None:
    """Leave some consecutive children of the body or of the notes: small inputs are quick."""
    body = root.find(f"{{{W}}}body")
    place = body if body is not None else root
    start = rng.randrange(len(place) or 1)
    for i, child in enumerate(list(place)):
        if not start <= i < start + keep:
            place.remove(child)


def mutate_tree(rng: Random, root: etree._Element) -> None:
    """Elements lost, doubled, moved, renamed, wrapped; attributes and texts changed."""
    for _ in range(rng.randint(1, 8)):
        elements = [e for e in root.iter() if isinstance(e.tag, str) and e is not root]
        if not elements:
            return
        element, other = rng.choice(elements), rng.choice(elements)
        parent = element.getparent()
        kind = rng.randrange(8)
        if parent is None:
            continue
        if kind == 0:
            parent.remove(element)
        elif kind == 1 and len(elements) < 3000:
            parent.insert(parent.index(element), deepcopy(element))
        elif kind == 2 and other not in set(element.iterdescendants()) and other is not element:
            other.append(element)
        elif kind == 3:
            element.tag = f"{{{W}}}{rng.choice(TAGS)}"
        elif kind == 4:
            new = etree.SubElement(parent, f"{{{W}}}{rng.choice(TAGS)}")
            new.append(element)
        elif kind == 5 and element.attrib:
            name = rng.choice(list(element.attrib))
            element.set(name, rng.choice(BIG))
        elif kind == 6:
            element.text = _ILLEGAL.sub("", rng.choice((line(rng), rng.choice(ODD), words(rng, 4), "")))
        else:
            element.tail = _ILLEGAL.sub("", words(rng, 3))


def any_document(rng: Random, corpus: list[Parts]) -> bytes:
    """The bytes of a DOCX file."""
    parts = made_up(rng) if rng.random() < 0.6 else list(rng.choice(corpus))
    real = any(name == "[Content_Types].xml" for name, _ in parts)
    for i, (name, data) in enumerate(parts):
        if name not in PARTS and not name.startswith(("word/header", "word/footer")):
            continue
        try:
            root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            continue
        if real:
            cut_down(rng, root)
        if rng.random() < 0.5:
            mutate_tree(rng, root)
        new = etree.tostring(
            root, encoding=rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "us-ascii")), xml_declaration=True
        )
        parts[i] = (name, mutate_bytes(rng, new) if rng.random() < 0.03 else new)
    return finish(rng, parts)
