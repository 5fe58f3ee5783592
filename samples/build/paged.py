"""Plain text by habits of other converters: hard-wrapped lines, page numbers, form feeds, notes at the foot or the end."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from .gold import _break
from .markup import TOKEN, Heading, PageBreak, Paragraph, Raw, Section, Source, Table, exponents, markers, plain, shown

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Notes:
    """How markers and bodies look, and what stands above the bodies."""

    marker: Callable[[str], str]
    body: Callable[[str, str], str]
    rule: str = ""


NOTES = {
    "sup-digits": Notes(
        lambda n: n.translate(SUPERSCRIPT),
        lambda n, t: f"{n.translate(SUPERSCRIPT)} {t}",
    ),
    "round": Notes(lambda n: f"({n})", lambda n, t: f"({n}) {t}", "_" * 20),
    "square": Notes(lambda n: f"[{n}]", lambda n, t: f"[{n}] {t}"),
    "stars": Notes(lambda n: f" ({n})", lambda n, t: f"({n}) {t}", "-" * 15),
}


def _wrap(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, break_long_words=False, break_on_hyphens=False)


class PagedText:
    """Writes one source page by page; `joins` are the places where lines or pages broke a text."""

    def __init__(self, source: Source) -> None:
        meta = source.meta
        self.source = source
        self.notes = NOTES[meta["style"]]
        self.width = int(meta.get("wrap", 0))
        self.indent = " " * int(meta.get("indent", 0))
        self.number = meta.get("page_number", "")  # "head N", "foot - N -": N is the page's number
        self.break_by = meta.get("page_break", "").replace("\\f", "\f")
        self.at_end = meta.get("notes_title", "")
        self.out: list[str] = []
        self.due: list[str] = []
        self.kept: list[str] = []
        self.carried: list[str] = []
        self.joins: list[dict] = []
        self.page = 1
        self.lead = ""

    def inline(self, text: str) -> str:
        """A text with its markers in this style."""
        text = re.sub(r"</?b>", "", exponents(text))
        text = re.sub(r"\*\*([^*{}]+)\*\*|\*([^*{}]+)\*", lambda m: m[1] or m[2], text)
        return TOKEN.sub(lambda m: self.notes.marker(shown(m[1])), text)

    def block(self, text: str, indent: str = "", centre: bool = False) -> None:
        """One block of text, wrapped; its first wrap is a join."""
        lines = []
        for i, part in enumerate(re.split(r" ?\{/\} ?", text)):
            if i:
                self.joins.append(_break(lines[-1], part))
            wrapped = [self.inline(part)]
            if self.width:
                width = self.width - 12 if centre else self.width
                wrapped = _wrap(wrapped[0], width, indent)
                pieces = _wrap(plain(part), width, indent)
                if len(wrapped) > 1 and len(pieces) > 1:
                    self.joins.append(self.first_wrap(wrapped, plain(part)))
            lines += wrapped
        self.out.append("\n".join(line.center(self.width).rstrip() if centre else line for line in lines))

    def first_wrap(self, lines: list[str], text: str) -> dict:
        """The first wrap of a text, as the words of the text without markers around it."""
        words = text.split()
        bare = re.sub(r"(?<=\S)(\(\d+\)|\[\d+\])", "", re.sub(r" \(\*+\)", "", lines[0])).split()
        return _break(" ".join(words[: len(bare)]), " ".join(words[len(bare) :]))

    def foot(self) -> None:
        """The page ends: bodies due, page number, form feed."""
        bodies, self.carried = self.carried, []
        for key in self.due:
            text, _, rest = (self.source.notes[key] or "").partition("{//}")
            bodies += [self.notes.body(shown(key), text.strip())] if text else []
            self.carried += [rest.strip()] if rest else []
        self.due = []
        if self.at_end:
            self.kept += bodies
            bodies = []
        if bodies and self.notes.rule:
            self.out.append(self.notes.rule)
        for body in bodies:
            self.block(body)
        place, _, number = self.number.partition(" ")
        if place == "foot":
            self.page_number(number)
        self.page += 1
        if self.break_by:
            self.out[-1] += "\n" + self.break_by
        if place == "head":
            self.page_number(number)

    def page_number(self, form: str) -> None:
        """The number of the page, alone on its line."""
        text = form.replace("N", str(self.page))
        self.out.append(text.center(self.width).rstrip() if self.width else text)

    def paragraph(self, text: str) -> None:
        """A paragraph in the pieces that pages leave of it."""
        parts = [part.strip() for part in text.split("{//}")]
        for i, part in enumerate(parts):
            if i:
                self.joins.append(_break(parts[i - 1], part))
                self.foot()
            self.due += markers(part)
            self.block(self.lead + part, self.indent if not i else "")
            self.lead = ""

    def heading(self, h: Heading) -> None:
        """A heading without markup: a line of its own, two lines, or the start of its paragraph."""
        if "runin" in h.options:
            self.lead = f"{h.label}{h.title} "
        elif "split" in h.options:
            self.block(h.label.strip(), centre=bool(self.width))
            self.block(h.title, centre=bool(self.width))
        else:
            self.block(h.label + h.title, self.indent)

    def table(self, table: Table) -> None:
        """A table as lines with tabs."""
        for line in (table.title, table.note):
            if line:
                self.block(line, centre=bool(self.width))
        header = ["\t".join(line) for line in table.header_lines]
        lines = [*header, "\t".join(table.numbering)] if table.numbering else [*header]
        for row in table.rows:
            if row is None:
                self.out.append("\n".join(lines))
                self.foot()
                lines = [*header] if table.repeats else []
            else:
                lines.append(re.sub("</?b>", "", exponents("\t".join(cell for cell in row if cell != "∅"))))
        self.out.append("\n".join(lines))

    def columns(self) -> None:
        """Letterhead and motto side by side, as spaces or tabs leave them."""
        raw = [b for b in self.source.blocks if isinstance(b, Raw)]
        left, right = ([plain(b.text) or b.text for b in raw if b.kind == kind] for kind in ("letterhead", "motto"))
        for i in range(max(len(left), len(right))):
            a, b = (side[i] if i < len(side) else "" for side in (left, right))
            self.out.append(f"{a:<34}{b}".rstrip() if self.width else f"{a}\t{b}".rstrip())

    def write(self) -> str:
        """The whole document."""
        self.columns()
        for block in self.source.blocks:
            match block:
                case Heading():
                    self.heading(block)
                case Paragraph():
                    self.paragraph(block.text)
                case Table():
                    self.table(block)
                case Raw(kind="letterhead" | "motto"):
                    pass
                case Raw(kind="recipients" | "signature"):
                    self.out.append(self.inline(block.text))
                case Raw():
                    self.block(block.text, centre=bool(self.width))
                case PageBreak() | Section():
                    self.foot()
        self.number = self.break_by = ""
        self.foot()
        if self.at_end:
            self.out.append(self.at_end)
            for body in self.kept:
                self.block(body)
        return "\n\n".join(self.out) + "\n"


def render_paged(source: Source) -> tuple[bytes, list[dict]]:
    """A text sample as bytes in its encoding and line ends, and its joins."""
    writer = PagedText(source)
    text = writer.write()
    if source.meta.get("line_end") == "crlf":
        text = text.replace("\n", "\r\n")
    return text.encode(source.meta.get("encoding", "utf-8")), writer.joins
