"""The Word sample: a raw OOXML package with real footnotes, the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape

from .markup import Heading, Paragraph, Raw, Source, Table

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORDML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FIRST_NOTE_ID = 2  # 0 and 1 are the separators, so a note's id is not the number that a reader sees
RUN_LENGTH = 43  # Word splits runs wherever an editing session ended, in the middle of words too
INLINE = re.compile(r"(\{[^{}]+\}|\^[23]|\*\*[^*]+\*\*|\*[^*]+\*)")


def _run(text: str, props: str = "") -> str:
    rpr = f"<w:rPr>{props}</w:rPr>" if props else ""
    parts = [text[i : i + RUN_LENGTH] for i in range(0, len(text), RUN_LENGTH)]
    return "".join(f'<w:r>{rpr}<w:t xml:space="preserve">{escape(part, quote=False)}</w:t></w:r>' for part in parts)


def paragraph_xml(runs: str, *, align: str = "both", style: str = "", extra: str = "") -> str:
    pstyle = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{pstyle}{extra}<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'


def cell_xml(content: str, width: int, span: int = 1) -> str:
    grid = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{grid}</w:tcPr>{content}</w:tc>'


def grid_xml(rows: list[str], widths: list[int], borders: bool) -> str:
    style = '<w:tblStyle w:val="TableGrid"/>' if borders else ""
    cols = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return f'<w:tbl><w:tblPr>{style}<w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{cols}</w:tblGrid>{"".join(rows)}</w:tbl>'


class DocxWriter:
    """Collects the body and the notes of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.body: list[str] = []
        self.notes: list[str] = []
        self.lead = ""

    def run(self, text: str, props: str = "") -> str:
        """Runs of plain text, `props` their properties."""
        return _run(text, props)

    def inline(self, text: str, props: str = "") -> str:
        """Runs of a text: markers become footnote references, exponents superscript runs."""
        runs = []
        for part in INLINE.split(text):
            if part.startswith("{") and part.endswith("}"):
                runs.append(self.token(part[1:-1]))
            elif part.startswith("^"):
                runs.append(self.run(part[1:], props + '<w:vertAlign w:val="superscript"/>'))
            elif part.startswith("**"):
                runs.append(self.run(part[2:-2], props + "<w:b/>"))
            elif part.startswith("*") and len(part) > 2:
                runs.append(self.run(part[1:-1], props + "<w:i/>"))
            elif part:
                runs.append(self.run(part, props))
        return "".join(runs)

    def token(self, key: str) -> str:
        """A footnote reference, or a line break; the note goes to its own part."""
        if key == "/":
            return "<w:r><w:br/></w:r>"
        if key == "//":
            raise ValueError("a page break inside a paragraph is the word processor's to make")
        note_id = len(self.notes) + FIRST_NOTE_ID
        mark = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
        runs = mark + self.inline(" " + (self.source.notes[key] or ""))
        self.notes.append(f'<w:footnote w:id="{note_id}">{paragraph_xml(runs, style="FootnoteText")}</w:footnote>')
        return f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="{note_id}"/></w:r>'

    def heading(self, h: Heading) -> None:
        """A heading, in whatever style the source gives it."""
        style = h.options.get("style", "")
        if "split" in h.options:
            self.body.append(paragraph_xml(self.run(h.label.strip(), "<w:b/>"), align="center"))
            self.body.append(paragraph_xml(self.inline(h.title, "<w:b/>"), align="center", style=style))
        elif "runin" in h.options:
            self.lead = self.run(h.label + h.title + " ", "<w:b/><w:i/>")
        else:
            self.body.append(paragraph_xml(self.inline(h.label + h.title, "<w:b/>"), style=style))

    def paragraph(self, text: str) -> None:
        """A paragraph, with a style or a list number where the source marks it so."""
        numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if text.startswith("#. ") else ""
        style = "Heading3" if text.startswith("!") else ""  # someone picked the style for its look
        runs = self.lead + self.inline(text.removeprefix("#. ").removeprefix("!"))
        self.lead = ""
        self.body.append(paragraph_xml(runs, extra=numbered, style=style))

    def table(self, table: Table) -> None:
        """A ruled table with its header row marked as such; group rows are merged."""
        self.body.append(paragraph_xml(self.inline(table.title, "<w:b/>"), align="center"))
        widths = [700, 3600, *[1300] * (len(table.header) - 2)]
        cells = [
            cell_xml(paragraph_xml(self.run(h, "<w:b/>"), align="center"), w)
            for h, w in zip(table.header, widths, strict=True)
        ]
        rows = [f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"]
        for row in table.rows:
            if row is None:
                continue
            if not any(row[2:]):  # a group row: its title spans the rest of the grid
                title = self.run(re.sub("</?b>", "", row[1]), "<w:b/>")
                first = cell_xml(paragraph_xml(self.run(row[0])), widths[0])
                cells = [first, cell_xml(paragraph_xml(title), sum(widths[1:]), len(row) - 1)]
            else:
                cells = [
                    cell_xml(paragraph_xml(self.inline(c), align="left"), w) for c, w in zip(row, widths, strict=True)
                ]
            rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
        self.body.append(grid_xml(rows, widths, borders=True))

    def columns(self, blocks: list[Raw], left: str, right: str) -> None:
        """Two blocks of furniture side by side in a table without borders."""
        cells = []
        for kind in (left, right):
            lines = [b.text for b in blocks if b.kind == kind]
            cells.append(cell_xml("".join(paragraph_xml(self.inline(line), align="center") for line in lines), 4700))
        self.body.append(grid_xml([f"<w:tr>{''.join(cells)}</w:tr>"], [4700, 4700], borders=False))

    def write(self) -> str:
        """The content of word/document.xml."""
        raw = [b for b in self.source.blocks if isinstance(b, Raw)]
        self.columns(raw, "letterhead", "motto")
        for block in self.source.blocks:
            match block:
                case Heading():
                    self.heading(block)
                case Paragraph():
                    self.paragraph(block.text)
                case Table():
                    self.table(block)
                case Raw(kind="title"):
                    self.body.append(paragraph_xml(self.inline(block.text, "<w:b/>"), align="center", style="Title"))
                case Raw(kind="rule"):
                    self.body.append(paragraph_xml(self.run(block.text), align="center"))
                case Raw(kind="recipients") if block is next(b for b in raw if b.kind == "recipients"):
                    self.columns(raw, "recipients", "signature")
        section = (
            '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/>'
            '<w:pgMar w:top="1134" w:right="851" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/>'
            "<w:titlePg/></w:sectPr>"
        )
        return f"{XML}<w:document {W} {R}><w:body>{''.join(self.body)}{section}</w:body></w:document>"


def styles_xml() -> str:
    items = ['<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>']
    names = {"Title": "Title", "Heading1": "heading 1", "Heading2": "heading 2", "Heading3": "heading 3"}
    items += [
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in {**names, "FootnoteText": "footnote text"}.items()
    ]
    items.append(
        '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/>'
        '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    )
    sides = "".join(
        f'<w:{s} w:val="single" w:sz="4"/>' for s in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    items.append(
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f"<w:tblPr><w:tblBorders>{sides}</w:tblBorders></w:tblPr></w:style>"
    )
    font = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/><w:sz w:val="28"/>'
    defaults = f"<w:docDefaults><w:rPrDefault><w:rPr>{font}</w:rPr></w:rPrDefault></w:docDefaults>"
    return f"{XML}<w:styles {W}>{defaults}{''.join(items)}</w:styles>"


def _footnotes(notes: list[str]) -> str:
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{i}"><w:p><w:r><w:{tag}/></w:r></w:p></w:footnote>'
        for i, (kind, tag) in enumerate(
            [("separator", "separator"), ("continuationSeparator", "continuationSeparator")]
        )
    )
    return f"{XML}<w:footnotes {W}>{separators}{''.join(notes)}</w:footnotes>"


PAGE_FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)


def _parts(source: Source) -> dict[str, str]:
    writer = DocxWriter(source)
    document = writer.write()
    level = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    parts = ("styles", "footnotes", "numbering", "header")
    overrides = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{WORDML}.{name}+xml"/>' for name in parts)
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{name}" Target="{name}.xml"/>' for i, name in enumerate(parts, 1)
    )
    core = f"<dc:title>{escape(source.meta['title'])}</dc:title><dc:creator>Văn phòng Huyện ủy</dc:creator>"
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{WORDML}.document.main+xml"/>{overrides}<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp:coreProperties>',
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "word/styles.xml": styles_xml(),
        "word/footnotes.xml": _footnotes(writer.notes),
        "word/numbering.xml": f'{XML}<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        "word/header.xml": f"{XML}<w:hdr {W}>{paragraph_xml(PAGE_FIELD, align='center')}</w:hdr>",
    }


def render_docx(source: Source) -> bytes:
    """A Word file; parts in a fixed order with fixed dates, stored uncompressed so that no zlib version matters."""
    return pack({name: text.encode() for name, text in _parts(source).items()})


def pack(files: dict[str, bytes]) -> bytes:
    """A ZIP archive of these files, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, date_time=(2022, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            package.writestr(info, data)
    return buffer.getvalue()
