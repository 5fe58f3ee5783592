"""The PDF sample: typeset here, footnotes at the foot of the page where their marker falls, a table ruled over two pages."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .markup import Heading, Paragraph, Raw, Source, Table, plain, shown

FONTS = Path(__file__).parent / "fonts"
WIDTH, HEIGHT = 595.28, 841.89
LEFT, RIGHT, TOP, BOTTOM = 85.0, 56.7, 62.0, 56.7
MEASURE = WIDTH - LEFT - RIGHT
BODY, LEADING = 14.0, 18.5
NOTE, NOTE_LEADING = 10.5, 12.6
SUPER_SIZE, SUPER_RISE = 0.58, 0.36  # of the size of the text around: what Word does
INDENT = 28.0
RULE_LENGTH, RULE_ROOM = 144.0, 12.0
INLINE = re.compile(r"(\{[^{}]+\}|\^[23]|\*\*[^*]+\*\*|\*[^*]+\*|\s+)")


@dataclass(frozen=True)
class Piece:
    """A stretch of glyphs in one font; `rise` in points; pieces of one word stand together."""

    text: str
    font: str
    size: float
    rise: float = 0.0

    @property
    def width(self) -> float:
        """Its advance in points."""
        return pdfmetrics.stringWidth(self.text, self.font, self.size)


@dataclass
class Word:
    """Pieces without a space between them, and the notes that are called in it."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    breaks: bool = False

    @property
    def width(self) -> float:
        """Its advance in points."""
        return sum(piece.width for piece in self.pieces)


@dataclass
class Line:
    """Words of one line, its indent, and whether it is stretched to the measure."""

    words: list[Word]
    indent: float = 0.0
    stretch: bool = True

    @property
    def notes(self) -> list[str]:
        """Footnote keys called in the line."""
        return [key for word in self.words for key in word.notes]

    @property
    def text(self) -> str:
        """The line without its markers."""
        return " ".join("".join(p.text for p in w.pieces if not p.rise) for w in self.words)


def words(text: str, size: float, font: str = "Tinos") -> list[Word]:
    """Cut a text into words, tokens and emphasis resolved."""
    out = [Word()]
    for part in INLINE.split(text):
        if not part:
            continue
        raised = {"size": size * SUPER_SIZE, "rise": size * SUPER_RISE}
        if part.isspace():
            out.append(Word())
        elif part == "{/}":
            out.append(Word(breaks=True))
        elif part.startswith("{"):
            out[-1].notes.append(part[1:-1])
            out[-1].pieces.append(Piece(shown(part[1:-1]), font, **raised))
        elif part.startswith("^"):
            out[-1].pieces.append(Piece(part[1:], font, **raised))
        elif part.startswith("*") and len(part) > 1:
            inner = "Tinos-Bold" if part.startswith("**") else "Tinos-Italic"
            for i, word in enumerate(part.strip("*").split(" ")):
                out += [Word()] if i else []
                out[-1].pieces.append(Piece(word, inner, size))
        else:
            out[-1].pieces.append(Piece(part, font, size))
    return [word for word in out if word.pieces or word.breaks]


def wrap(items: list[Word], measure: float, space: float, indent: float = 0.0) -> list[Line]:
    """Break words into lines, first fit."""
    lines, current, used = [], [], indent
    for word in items:
        if word.breaks or (current and used + space + word.width > measure):
            lines.append(Line(current, indent if not lines else 0.0, not word.breaks))
            current, used = [], 0.0
        if word.pieces:
            used += word.width + (space if current else 0.0)
            current.append(word)
    return [*lines, Line(current, indent if not lines else 0.0, False)]


class Pages:
    """Sets lines on pages and keeps the foot of each for its notes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.buffer = io.BytesIO()
        self.canvas: Any = Canvas(self.buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=0)
        self.canvas.setTitle(source.meta["title"])
        self.page = 1
        self.y = HEIGHT - TOP
        self.notes: list[list[Line]] = []
        self.joins: list[dict] = []
        self.tables_cut = 0
        self.lead: list[Word] = []

    def note_room(self, notes: list[list[Line]]) -> float:
        """Height in points that notes take at the foot, their rule included."""
        return RULE_ROOM + sum(len(n) for n in notes) * NOTE_LEADING if notes else 0.0

    def note_lines(self, key: str) -> list[Line]:
        """The lines of one note, its marker in front."""
        mark = Word([Piece(shown(key), "Tinos", NOTE * SUPER_SIZE, NOTE * SUPER_RISE)])
        body = words(self.source.notes[key] or "", NOTE)
        return wrap([mark, *body], MEASURE, NOTE * 0.25)

    def draw(self, line: Line, x: float, y: float, measure: float, align: str = "both") -> None:
        """Draw a line word by word; a space glyph follows each, as word processors write it."""
        space = line.words[0].pieces[0].size * 0.25
        natural = sum(w.width for w in line.words) + space * (len(line.words) - 1)
        x += line.indent
        if align == "center":
            x += (measure - natural) / 2
        elif line.stretch and len(line.words) > 1 and align == "both":
            space += (measure - line.indent - natural) / (len(line.words) - 1)
        for i, word in enumerate(line.words):
            for j, piece in enumerate(word.pieces):
                last = j == len(word.pieces) - 1 and i < len(line.words) - 1
                self.canvas.setFont(piece.font, piece.size)
                self.canvas.drawString(x, y + piece.rise, piece.text + (" " if last else ""))
                x += piece.width
            x += space

    def new_page(self) -> None:
        """Finish this page and begin the next, with its number in the middle of the top."""
        self.finish_page()
        self.canvas.showPage()
        self.page += 1
        self.canvas.setFont("Tinos", 13)
        self.canvas.drawCentredString(LEFT + MEASURE / 2, HEIGHT - 40, str(self.page))
        self.y = HEIGHT - TOP

    def finish_page(self) -> None:
        """Draw the note zone: a short rule, then the bodies."""
        if not self.notes:
            return
        y = BOTTOM + self.note_room(self.notes) - RULE_ROOM
        self.canvas.setLineWidth(0.6)
        self.canvas.line(LEFT, y + 4, LEFT + RULE_LENGTH, y + 4)
        for lines in self.notes:
            for line in lines:
                y -= NOTE_LEADING
                self.draw(line, LEFT, y + 3, MEASURE)
        self.notes = []

    def fits(self, height: float, notes: list[list[Line]]) -> bool:
        """Whether a block of this height (points) and its notes still fit on the page."""
        return self.y - height >= BOTTOM + self.note_room(self.notes + notes)

    def add(self, lines: list[Line], leading: float = LEADING, align: str = "both", after: float = 5.0) -> None:
        """Set the lines of one block, moving to a new page where line and notes do not fit."""
        for i, line in enumerate(lines):
            notes = [self.note_lines(key) for key in line.notes]
            if not self.fits(leading, notes):
                self.new_page()
                if i:
                    self.join(lines[i - 1].text, line.text)
            elif i and align != "both":
                self.join(lines[i - 1].text, line.text)
            self.y -= leading
            self.draw(line, LEFT, self.y + 4, MEASURE, align)
            for note in notes:
                self.notes.append(note)
                if len(note) > 1:
                    self.join(note[0].text, note[1].text)
        self.y -= after

    def join(self, left: str, right: str) -> None:
        """Record that two lines belong together."""
        self.joins.append({"left_end": " ".join(left.split()[-8:]), "right_start": " ".join(right.split()[:8])})

    def heading(self, h: Heading) -> None:
        """A heading; it takes at least two lines of what follows along to a new page."""
        if "runin" in h.options:
            self.lead = words(h.label + h.title, BODY, "Tinos-Bold")
            return
        if "split" in h.options:
            self.add(wrap(words(h.label.strip(), BODY, "Tinos-Bold"), MEASURE, 3.5), align="center", after=0)
            lines, align = wrap(words(h.title, BODY, "Tinos-Bold"), MEASURE, 3.5), "center"
        else:
            lines, align = wrap(words(h.label + h.title, BODY, "Tinos-Bold"), MEASURE, 3.5, INDENT), "left"
        if not self.fits(LEADING * (len(lines) + 2), []):
            self.new_page()
        self.add(lines, align=align)

    def paragraph(self, text: str) -> None:
        """A paragraph, justified."""
        items = self.lead + words(text, BODY)
        self.lead = []
        self.add(wrap(items, MEASURE, BODY * 0.25, INDENT))

    def columns(self, left: list[str], right: list[str], size: float) -> None:
        """Two columns of furniture side by side."""
        half = MEASURE / 2
        sides = [
            [line for text in side for line in wrap(words(text, size), half - 10, size / 4)] for side in (left, right)
        ]
        height = max(len(side) for side in sides) * size * 1.3
        if not self.fits(height, []):
            self.new_page()
        for x, side in zip((LEFT, LEFT + half), sides, strict=True):
            for i, line in enumerate(side):
                self.draw(line, x, self.y - (i + 1) * size * 1.3, half, "center")
        self.y -= height + 10

    def table(self, table: Table) -> None:
        """A ruled table; its header is repeated on each page."""
        self.add(wrap(words(table.title, BODY, "Tinos-Bold"), MEASURE, 3.5), align="center")
        widths = [34.0, MEASURE - 34.0 - 64.0 * (len(table.header) - 2), *[64.0] * (len(table.header) - 2)]
        header = self.cells(table.header, widths, "Tinos-Bold")
        self.row(header, widths)
        for row in table.rows:
            cells = self.cells(row or [], widths, "Tinos")
            if not self.fits(self.row_height(cells), []):
                self.new_page()
                self.tables_cut += 1
                self.row(header, widths)
            self.row(cells, widths)
        self.y -= 12

    def cells(self, row: list[str], widths: list[float], font: str) -> list[list[Line]]:
        """The wrapped lines of every cell."""
        return [wrap(words(c.replace("<b>", "**").replace("</b>", "**"), 11.5, font), w - 8, 2.9) if c else []
                for c, w in zip(row, widths, strict=True)]  # fmt: skip

    def row_height(self, cells: list[list[Line]]) -> float:
        """Height of a row in points."""
        return max(len(cell) for cell in cells) * 14.0 + 6.0

    def row(self, cells: list[list[Line]], widths: list[float]) -> None:
        """Draw one row with its boxes."""
        height, x = self.row_height(cells), LEFT
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            self.canvas.setLineWidth(0.5)
            self.canvas.rect(x, self.y - height, width, height)
            for i, line in enumerate(cell):
                self.draw(line, x + 4, self.y - 13.0 - i * 14.0, width - 8, "left" if n == 1 else "center")
            x += width
        self.y -= height

    def write(self) -> bytes:
        """Set the whole document.

        Raises:
            ValueError: the table does not cross a page although the source says so (or the reverse).
        """
        raw: dict[str, list[str]] = {}
        for block in self.source.blocks:
            if isinstance(block, Raw):
                raw.setdefault(block.kind, []).append(block.text)
        self.columns(raw["letterhead"], raw["motto"], 13)
        done: set[str] = set()
        for block in self.source.blocks:
            match block:
                case Heading():
                    self.heading(block)
                case Paragraph():
                    self.paragraph(block.text)
                case Table():
                    self.table(block)
                case Raw(kind="title" | "rule"):
                    self.add(wrap(words(block.text, BODY, "Tinos-Bold"), MEASURE, 3.5), align="center")
                case Raw(kind="recipients") if "recipients" not in done:
                    done.add("recipients")
                    self.columns(raw["recipients"], raw["signature"], 12)
        self.finish_page()
        self.canvas.save()
        if bool(self.tables_cut) != (self.source.meta.get("table_crosses") == "yes"):
            raise ValueError(f"{self.source.name}: table_crosses does not say what the pages do")
        return self.buffer.getvalue()


def render_pdf(source: Source) -> tuple[bytes, list[dict]]:
    """The PDF and the places where its pages and lines broke headings, paragraphs and notes."""
    for style in ("Regular", "Bold", "Italic"):
        name = "Tinos" if style == "Regular" else f"Tinos-{style}"
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"Tinos-{style}.ttf")))
    pages = Pages(source)
    data = pages.write()
    return data, [{key: plain(value) for key, value in join.items()} for join in pages.joins]
