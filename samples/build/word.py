"""Word files of the format samples: landscape and two-column sections, endnotes, two-line table headers, old fonts."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from .docx import (
    FIRST_NOTE_ID,
    OFFICE,
    PACKAGE,
    PAGE_FIELD,
    WORDML,
    XML,
    DocxWriter,
    R,
    W,
    cell_xml,
    grid_xml,
    pack,
    paragraph_xml,
)
from .legacy import FONTS, encode
from .markup import Heading, Paragraph, Raw, Section, Source, Table

RUN_LENGTH = 43
PORTRAIT, LANDSCAPE = (11906, 16838), (16838, 11906)
MARGINS = 'w:top="1134" w:right="851" w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"'
TEXT_WIDTH = {"portrait": 9354, "landscape": 14286, "columns": 4400, "flow": 9354}
SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


class WordWriter(DocxWriter):
    """Collects body and notes of one source, section by section."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.font = source.meta.get("font", "unicode")
        self.voice = "unicode"
        self.in_note = False
        self.first = True
        self.layout = "portrait"
        self.note = "endnote" if source.meta.get("notes") == "endnotes" else "footnote"

    def run(self, text: str, props: str = "") -> str:
        """Runs of plain text, in the code points of the voice's font."""
        out = []
        for start in range(0, len(text), RUN_LENGTH):
            for named, part in encode(text[start : start + RUN_LENGTH], self.voice):
                font = self.explicit(named)
                fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>' if font else ""
                rpr = f"<w:rPr>{fonts}{props}</w:rPr>" if fonts or props else ""
                out.append(f'<w:r>{rpr}<w:t xml:space="preserve">{escape(part, quote=False)}</w:t></w:r>')
        return "".join(out)

    def explicit(self, font: str) -> str:
        """The font that a run has to name: none where it is the default of the document (named all the same in notes)."""
        if self.font == "unicode":
            return font
        return "" if font == FONTS[self.font] and not self.in_note else font or FONTS["unicode"]

    def token(self, key: str) -> str:
        """A reference to a footnote or endnote; page breaks of the other formats are nothing here."""
        if key == "//":
            return ""
        if key == "/":
            return super().token(key)
        name, number = self.note, len(self.notes) + FIRST_NOTE_ID
        style = f'<w:rPr><w:rStyle w:val="{name.title()}Reference"/></w:rPr>'
        voice, self.voice, self.in_note = self.voice, self.font, True
        runs = f"<w:r>{style}<w:{name}Ref/></w:r>" + self.inline(" " + (self.source.notes[key] or ""))
        self.voice, self.in_note = voice, False
        self.notes.append(f'<w:{name} w:id="{number}">{paragraph_xml(runs, style="FootnoteText")}</w:{name}>')
        return f'<w:r>{style}<w:{name}Reference w:id="{number}"/></w:r>'

    def heading(self, h: Heading) -> None:
        """A heading, in the capitals' font where the document has an old one."""
        self.voice = self.font
        if self.font != "unicode" and h.title.isupper():
            self.voice += "-caps"
            if h.level == 1:  # typed without the caps lock: the font makes capitals of small letters
                h = replace(h, title=h.title.lower())
        super().heading(h)
        self.voice = "unicode"

    def paragraph(self, text: str) -> None:
        """A paragraph in the document's font, or in the one that it names."""
        match = re.match(r"\[(vni|unicode)\] ", text)
        self.voice = match[1] if match else self.font
        super().paragraph(re.sub(r" ?\{//\} ?", " ", text[match.end() if match else 0 :]))
        self.voice = "unicode"

    def columns(self, blocks: list[Raw], left: str, right: str) -> None:
        """Two blocks of furniture side by side in a table without borders."""
        widths = [TEXT_WIDTH["portrait"] * share // 100 for share in (47, 53)]
        cells = []
        for kind, width in zip((left, right), widths, strict=True):
            align = "left" if kind == "recipients" else "center"
            lines = [paragraph_xml(self.inline(b.text), align=align, style="Cell") for b in blocks if b.kind == kind]
            cells.append(cell_xml("".join(lines) or paragraph_xml(""), width))
        self.body.append(
            grid_xml([f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"], widths, borders=False)
        )

    def table(self, table: Table) -> None:
        """A ruled table with a header of one or two lines, whose spanning cells are merged."""
        self.body.append(paragraph_xml(self.inline(table.title, "<w:b/>"), align="center"))
        if table.note:
            self.body.append(paragraph_xml(self.inline(table.note, "<w:i/>"), align="center"))
        rest = len(table.header) - 2
        free = TEXT_WIDTH[self.layout] - 650
        widths = [650, free - rest * (free * 7 // 10 // rest), *[free * 7 // 10 // rest] * rest]
        mark = "<w:trPr><w:tblHeader/></w:trPr>" if table.repeats else ""
        rows = [f"<w:tr>{mark}{cells}</w:tr>" for cells in self.header_cells(table, widths)]
        if table.numbering:
            cells = "".join(
                self.cell(text, width, "center") for text, width in zip(table.numbering, widths, strict=True)
            )
            rows.append(f"<w:tr>{cells}</w:tr>")
        rows += [self.row(row, widths) for row in table.rows if row]
        self.body.append(grid_xml(rows, widths, borders=True))

    def cell(self, text: str, width: int, align: str, props: str = "", span: int = 1) -> str:
        """One cell; a lost one is empty."""
        bold = props or ("<w:b/>" if text.startswith("<b>") else "")
        content = self.inline(re.sub("</?b>|∅", "", text), bold + '<w:sz w:val="24"/>')
        return cell_xml(paragraph_xml(content, align=align, style="Cell"), width, span)

    def header_cells(self, table: Table, widths: list[int]) -> list[str]:
        """The cells of each header line: a group spans its columns, a cell without a group spans both lines."""
        lines = table.header_lines
        if len(lines) == 1:
            return ["".join(self.cell(t, w, "center", "<w:b/>") for t, w in zip(lines[0], widths, strict=True))]
        upper, lower, i = [], [], 0
        while i < len(widths):
            end = i + 1
            while end < len(widths) and lines[1][end] and not lines[0][end]:
                end += 1
            grouped = bool(lines[1][i])
            for cells, text in ((upper, lines[0][i]), (lower, "")):
                if grouped and cells is lower:
                    cells += [self.cell(lines[1][k], widths[k], "center", "<w:b/>") for k in range(i, end)]
                else:
                    merge = "" if grouped else f"<w:vMerge{' w:val=' + chr(34) + 'restart' + chr(34) if text else ''}/>"
                    cell = self.cell(text, sum(widths[i:end]), "center", "<w:b/>", end - i)
                    cells.append(cell.replace("</w:tcPr>", merge + "</w:tcPr>", 1))
            i = end
        return ["".join(upper), "".join(lower)]

    def row(self, row: list[str], widths: list[int]) -> str:
        """A row; a group's title spans the rest of the grid."""
        if not any(row[2:]):
            cells = self.cell(row[0], widths[0], "center") + self.cell(
                row[1], sum(widths[1:]), "left", "<w:b/>", len(row) - 1
            )
        else:
            sides = ["center", "left", *["center"] * (len(row) - 2)]
            cells = "".join(self.cell(t, w, a) for t, w, a in zip(row, widths, sides, strict=True))
        return f"<w:tr>{cells}</w:tr>"

    def section(self, last: bool = False) -> str:
        """The properties of the section that ends here."""
        width, height = LANDSCAPE if self.layout == "landscape" else PORTRAIT
        turned = ' w:orient="landscape"' if self.layout == "landscape" else ""
        columns = '<w:cols w:num="2" w:space="554"/>' if self.layout == "columns" else ""
        numbers = '<w:numRestart w:val="eachPage"/>' if self.restarts else ""
        numbers += '<w:numFmt w:val="decimal"/>' if self.note == "endnote" else ""  # else they are shown as i, ii
        restart = f"<w:{self.note}Pr>{numbers}</w:{self.note}Pr>" if numbers else ""
        begins = '<w:type w:val="continuous"/>' if self.layout in ("columns", "flow") else ""
        title = "<w:titlePg/>" if self.first else ""
        self.first = False
        xml = (
            f'<w:sectPr><w:headerReference w:type="default" r:id="rId4"/>{restart}{begins}'
            f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar {MARGINS}/>{columns}{title}</w:sectPr>'
        )
        return xml if last else f"<w:p><w:pPr>{xml}</w:pPr></w:p>"

    @property
    def restarts(self) -> bool:
        """Whether the notes are numbered anew on each page."""
        return self.source.meta.get("restart") == "page"

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
                case Section():
                    self.body.append(self.section())
                    self.layout = block.layout
                case Raw(kind="title" | "subtitle"):
                    self.body.append(paragraph_xml(self.inline(block.text, "<w:b/>"), align="center", style="Title"))
                case Raw(kind="rule"):
                    self.body.append(paragraph_xml(self.run(block.text), align="center", style="Title"))
                case Raw(kind="recipients") if block is next(b for b in raw if b.kind == "recipients"):
                    self.columns(raw, "recipients", "signature")
        section = self.section(last=True)
        return f"{XML}<w:document {W} {R}><w:body>{''.join(self.body)}{section}</w:body></w:document>"


def _style(kind: str, key: str, name: str, ppr: str = "", rpr: str = "") -> str:
    ppr, rpr = (f"<w:{tag}>{xml}</w:{tag}>" if xml else "" for tag, xml in (("pPr", ppr), ("rPr", rpr)))
    based = "" if kind == "character" or key == "Normal" else '<w:basedOn w:val="Normal"/>'
    default = ' w:default="1"' if key == "Normal" else ""
    return f'<w:style w:type="{kind}"{default} w:styleId="{key}"><w:name w:val="{name}"/>{based}{ppr}{rpr}</w:style>'


def _styles(font: str) -> str:
    first = '<w:spacing w:before="60" w:after="60"/><w:ind w:firstLine="567"/>'
    flat = '<w:spacing w:before="0" w:after="0"/><w:ind w:firstLine="0"/>'
    raised = '<w:vertAlign w:val="superscript"/>'
    items = [
        _style("paragraph", "Normal", "Normal", first),
        _style("paragraph", "Title", "Title", flat),
        _style("paragraph", "Cell", "Table Cell", flat),
        _style("paragraph", "FootnoteText", "footnote text", flat, '<w:sz w:val="20"/>'),
        _style("character", "FootnoteReference", "footnote reference", rpr=raised),
        _style("character", "EndnoteReference", "endnote reference", rpr=raised),
    ]
    for n in range(1, 5):
        outline = f'<w:keepNext/>{first}<w:outlineLvl w:val="{n - 1}"/>'
        items.append(_style("paragraph", f"Heading{n}", f"heading {n}", outline, "<w:b/>"))
    borders = "".join(f'<w:{s} w:val="single" w:sz="4"/>' for s in SIDES)
    items.append(
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>"
    )
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/><w:sz w:val="28"/>'
    defaults = f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}</w:rPr></w:rPrDefault></w:docDefaults>"
    return f"{XML}<w:styles {W}>{defaults}{''.join(items)}</w:styles>"


def _notes(writer: WordWriter) -> str:
    name = writer.note
    rules = "".join(
        f'<w:{name} w:type="{kind}" w:id="{i}"><w:p><w:r><w:{kind}/></w:r></w:p></w:{name}>'
        for i, kind in enumerate(("separator", "continuationSeparator"))
    )
    return f"{XML}<w:{name}s {W}>{rules}{''.join(writer.notes)}</w:{name}s>"


def _settings(writer: WordWriter) -> str:
    restart = '<w:numRestart w:val="eachPage"/>' if writer.restarts else ""
    rules = "".join(f'<w:{writer.note} w:id="{i}"/>' for i in (0, 1))
    number = '<w:numFmt w:val="decimal"/>'
    return f"{XML}<w:settings {W}><w:{writer.note}Pr>{number}{restart}{rules}</w:{writer.note}Pr></w:settings>"


def render_word(source: Source) -> bytes:
    """A Word file of a format sample, the same bytes each time."""
    writer = WordWriter(source)
    document = writer.write()
    level = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    parts = ("styles", f"{writer.note}s", "numbering", "header", "settings")
    overrides = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{WORDML}.{name}+xml"/>' for name in parts)
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{name}" Target="{name}.xml"/>' for i, name in enumerate(parts, 1)
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    files = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
        f'ContentType="{WORDML}.document.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
        "word/styles.xml": _styles(FONTS[writer.font]),
        f"word/{writer.note}s.xml": _notes(writer),
        "word/numbering.xml": f'{XML}<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        "word/header.xml": f"{XML}<w:hdr {W}>{paragraph_xml(PAGE_FIELD, align='center', style='Title')}</w:hdr>",
        "word/settings.xml": _settings(writer),
    }
    return pack({name: text.encode() for name, text in files.items()})
