"""Text and Markdown samples: what different converters leave of the same kind of report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .markup import TOKEN, Heading, PageBreak, Paragraph, Raw, Source, Table, exponents, markers, shown

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Style:
    """How one converter writes: `marker` and `body` get a footnote key (and text), `gap` parts the blocks."""

    marker: Callable[[str], str]
    body: Callable[[str, str], str]
    square: str = "²"
    gap: str = "\n\n"
    line_break: str = "  \n"
    inline_bodies: bool = False


def _paren_body(key: str, text: str) -> str:
    number = int(shown(key))
    if 11 <= number <= 13:
        return f"({number})- {text}"
    return f"<sup>({number})</sup>{' - ' if number % 5 == 0 else '- '}{text}"


STYLES = {
    "sup-digits": Style(
        lambda k: shown(k).translate(SUPERSCRIPT),
        lambda k, t: f"{shown(k).translate(SUPERSCRIPT)} {t}",
        line_break="\n",
    ),
    "sup-paren": Style(lambda k: f"<sup>({shown(k)})</sup>", _paren_body, square="<sup>2</sup>"),
    "sup-bare": Style(
        lambda k: f"<sup>{shown(k)}</sup>",
        lambda k, t: f"<sup>{shown(k)}</sup>{'' if int(shown(k)) % 3 == 2 else ' '}{t}",
    ),
    "footnote-ref": Style(
        lambda k: f"[footnoteRef:{shown(k)}]",
        lambda k, t: f"[{shown(k)}: {'	' if int(shown(k)) % 3 == 1 else ''} {t}]",
        gap="\n",
        line_break="\n",
        inline_bodies=True,
    ),
}


class TextWriter:
    """Writes one source in one style."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.style = STYLES[source.meta["style"]]
        self.out: list[str] = []
        self.pending: list[str] = []
        self.carried: list[str] = []
        self.lead = ""

    def inline(self, text: str) -> str:
        """Tokens, exponents and line breaks in this style."""
        text = exponents(text).replace("²", self.style.square)
        text = re.sub(r" ?\{/\} ?", lambda m: self.style.line_break, text)
        return TOKEN.sub(lambda m: self.style.marker(m[1]), text)

    def bodies(self) -> list[str]:
        """The bodies due at the foot of this page; a lost one leaves nothing, a long one goes on at the next foot."""
        due, self.carried = self.carried, []
        for key in self.pending:
            text, _, rest = (self.source.notes[key] or "").partition("{//}")
            due += [self.style.body(key, self.inline(text.strip()))] if text else []
            self.carried += [self.inline(rest.strip())] if rest else []
        self.pending = []
        return due

    def paragraph(self, text: str) -> None:
        """A paragraph in the pieces that page breaks leave of it, the notes between them."""
        parts = [part.strip() if i else part.rstrip() for i, part in enumerate(text.split("{//}"))]
        for i, part in enumerate(parts):
            if i:
                self.out += self.bodies()
            self.pending += markers(part)
            line = self.lead + self.inline(part)
            self.lead = ""
            if self.style.inline_bodies and self.pending:
                line += " " + "  ".join(self.bodies()) + " "
            self.out.append(line)

    def heading(self, h: Heading) -> None:
        """A heading in the form that its options ask for."""
        bold = "**" if "b" in h.options else ""
        hashes = h.options.get("md", "") + " " if "md" in h.options else ""
        title = self.inline(h.title)
        if trail := h.options.get("trail"):
            title += " " + trail
        mark = f"[bookmark: {h.options['bm']}]" if "bm" in h.options else ""
        tab = "\t" if "tab" in h.options else ""
        if "split" in h.options:
            self.out.append(f"{mark}{hashes}{bold}{h.label.strip()}{bold}")
            self.out.append(f"{hashes}{bold}{title}{bold}")
        elif "fused" in h.options:
            self.out.append(f"{hashes}{bold}{h.label.strip()}{bold}{bold}{title}{bold}")
        elif "runin" in h.options:
            self.lead = f"{mark}{tab}{hashes}{bold}{h.label}{title}{bold} "
        else:
            self.out.append(f"{mark}{tab}{hashes}{bold}{h.label}{title}{bold}")

    def table(self, table: Table) -> None:
        """A table as lines with tabs, the header again behind a page break."""
        if table.title:
            self.out += [self.inline(line) for line in (table.title, table.note) if line]
        lines = ["\t".join(table.header)]
        if table.numbering:
            lines.append("\t".join(table.numbering))
        for row in table.rows:
            lines += ["", "\t".join(table.header)] if row is None else ["\t".join(exponents(c) for c in row)]
        self.out.append("\n".join(lines))

    def write(self) -> str:
        """The whole document."""
        for block in self.source.blocks:
            match block:
                case Heading():
                    self.heading(block)
                case Paragraph():
                    self.paragraph(block.text)
                case Table():
                    self.table(block)
                case Raw():
                    self.out.append(self.inline(block.text))
                case PageBreak():
                    self.out += self.bodies()
        self.out += self.bodies() + self.carried
        return self.source.meta.get("lead_lines", "").replace("\\n", "\n") + self.style.gap.join(self.out) + "\n"


def render_text(source: Source) -> bytes:
    """A text or Markdown sample as UTF-8 bytes."""
    return TextWriter(source).write().encode()
