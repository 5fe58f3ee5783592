"""The source form of a sample: one block a line, footnotes by key, page breaks where a converter would leave them.

%key value                     metadata (goes into the gold's `meta`) and rendering switches
@kind text                     furniture: letterhead, dateline, title, rule, recipients, signature
= level | number | title | options   a heading; options: md=## b split runin sep=- trail=(03 trang)
+key body                      the body of footnote `key` (shown as what follows the key's last dot); `!lost` = no body
-- page                        a page ends here, between two blocks
|title                         an annex table (`||title`: one in the text); its rows follow, cells parted by tabs, the
                               header first, before it perhaps a note in brackets;
                               `~` = page break with the header repeated (`~-` not repeated), `#…` = a row of column
                               numbers, `A › B` in the header = B below a cell A that spans, `∅` = a cell that a
                               converter lost
-- section LAYOUT              what follows begins a new page: portrait, landscape; or goes on under what is above it:
                               columns (two), flow (one)
anything else                  a paragraph: {key} marker, {//} page break inside it, {/} hard line break, ^2 an exponent;
                               `#. ` in front of it = numbered by the word processor, not in the text,
                               `[vni] `, `[unicode] ` = set in that font where the document has an old one
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Heading:
    """A heading: true level, number without punctuation (empty if none), title, parent's number, rendering options."""

    level: int
    number: str
    title: str
    parent: str | None
    options: dict[str, str]

    @property
    def label(self) -> str:
        """The number as printed, with its punctuation and a trailing space."""
        if not self.number:
            return ""
        if self.number.casefold().startswith(("phần", "biểu", "phụ lục", "chương", "mục")):
            return self.number + " "
        return f"{self.number}{self.options.get('sep', '.')} "


@dataclass(frozen=True)
class Paragraph:
    """Running text with tokens."""

    text: str


@dataclass(frozen=True)
class Raw:
    """Furniture, printed as it stands."""

    kind: str
    text: str


@dataclass(frozen=True)
class Table:
    """A table; `rows` holds cell lists, None where a page ends and the header is repeated; `note` stands under the title.

    An annex's title is a heading of the outermost level, as in the gold of the three real reports; so are, one level
    below, its rows that have a Roman number and no figures.
    """

    title: str
    header: list[str]
    rows: list[list[str] | None]
    numbering: list[str] | None
    note: str = ""
    annex: bool = True
    repeats: bool = True

    @property
    def columns(self) -> list[str]:
        """The header's cells by column; a cell that spans goes in front of those below it."""
        return [cell.replace(" › ", " ") for cell in self.header]

    @property
    def header_lines(self) -> list[list[str]]:
        """The header as printed, a list of cells for each of its lines; a cell that spans stands over the first."""
        if not any("›" in cell for cell in self.header):
            return [self.header]
        upper, lower = [], []
        for cell in self.header:
            top, _, below = cell.partition(" › ")
            upper.append("" if below and upper and top in upper else top)
            lower.append(below)
        return [upper, lower]

    @property
    def number(self) -> str:
        """The number that the title begins with ("Biểu 1"), else empty."""
        match = re.match(r"((?:Biểu|Phụ lục) \d+)\. ", self.title)
        return match[1] if match else ""


@dataclass(frozen=True)
class PageBreak:
    """A page ends between two blocks."""


@dataclass(frozen=True)
class Section:
    """A new page begins, in another layout: portrait, landscape or columns."""

    layout: str


Block = Heading | Paragraph | Raw | Table | PageBreak | Section


@dataclass
class Source:
    """A parsed source file."""

    name: str
    meta: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    notes: dict[str, str | None] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        """Name of the built document."""
        return f"{self.name}.{self.meta['format']}"


def shown(key: str) -> str:
    """The marker that a reader sees for a footnote key ("II.3" → "3")."""
    return key.rsplit(".", 1)[-1]


def plain(text: str) -> str:
    """A paragraph as a reader sees it: no tokens, no markup, one space where a page or line was broken."""
    text = re.sub(r"\s*\{//?\}\s*", " ", text.removeprefix("#. ").removeprefix("!"))
    text = re.sub(r"^\[(vni|unicode)\] ", "", text).replace("∅", "")
    text = re.sub(r"\[bookmark: [^\]]*\]", "", TOKEN.sub("", text))
    text = text.replace("**", "").replace("*", "").replace("<b>", "").replace("</b>", "")
    return exponents(text).strip()


def exponents(text: str) -> str:
    """Turn `m^2` into `m²`."""
    return re.sub(r"\^([23])", lambda m: {"2": "²", "3": "³"}[m[1]], text)


def _heading(line: str, stack: list[Heading]) -> Heading:
    level, number, title, *rest = [part.strip() for part in line[1:].split("|")]
    options = {}
    for item in re.findall(r"trail=\([^)]*\)|\S+", rest[0] if rest else ""):
        key, _, value = item.partition("=")
        options[key] = value
    while stack and stack[-1].level >= int(level):
        stack.pop()
    heading = Heading(int(level), number, title, stack[-1].number or None if stack else None, options)
    stack.append(heading)
    return heading


def _table(title: str, lines: list[str]) -> Table:
    header, rows, numbering, note = [], [], None, ""
    for line in lines:
        if line.strip() in ("~", "~-"):
            rows.append(None)
        elif line.startswith("#"):
            numbering = line[1:].split("\t")
        elif line.startswith("(") and not header:
            note = line
        elif not header:
            header = line.split("\t")
        else:
            cells = line.split("\t")
            rows.append(cells + [""] * (len(header) - len(cells)))
    return Table(title.lstrip("| "), header, rows, numbering, note, not title.startswith("|"), "~-" not in lines)


def parse(path: Path) -> Source:
    """Read a source file.

    Raises:
        ValueError: a marker without a declared body, or the reverse.
    """
    lines = unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).split("\n")
    source, stack, i = Source(path.stem), [], 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if not line.strip():
            continue
        if line[0] == "%":
            key, _, value = line[1:].partition(" ")
            source.meta[key] = value
        elif line[0] == "@":
            kind, _, text = line[1:].partition(" ")
            source.blocks.append(Raw(kind, text.replace("\\t", "\t")))
        elif line[0] == "=":
            source.blocks.append(_heading(line, stack))
        elif line[0] == "+":
            key, _, body = line[1:].partition(" ")
            source.notes[key] = None if body == "!lost" else body
        elif line == "-- page":
            source.blocks.append(PageBreak())
        elif line.startswith("-- section "):
            source.blocks.append(Section(line.removeprefix("-- section ")))
        elif line[0] == "|":
            end = next((j for j in range(i, len(lines)) if not lines[j].strip()), len(lines))
            source.blocks.append(_table(line[1:].strip(), lines[i:end]))
            i = end
        else:
            source.blocks.append(Paragraph(line))
    _check(source)
    return source


def markers(text: str) -> list[str]:
    """Footnote keys in a text, in order."""
    return [key for key in TOKEN.findall(text) if key not in ("/", "//")]


def _check(source: Source) -> None:
    used = [key for b in source.blocks if isinstance(b, Paragraph) for key in markers(b.text)]
    if sorted(used) != sorted(source.notes):
        raise ValueError(f"{source.name}: markers and bodies differ: {sorted(set(used) ^ set(source.notes))}")
