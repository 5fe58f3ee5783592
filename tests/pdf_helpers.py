"""PDF pages drawn for tests: Tinos letters at exact places, as a converter would write them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ingest.document import Document
from ingest.pipeline import parse_bytes

FONTS = Path(__file__).resolve().parents[1] / "samples/build/fonts"
LEFT, RIGHT = 80.0, 530.0
FULL = "Toàn huyện còn 340 hộ nghèo; thu nhập bình quân đầu người của huyện đạt 32 triệu đồng"  # one line at 12 points


class Paper:
    """A PDF under the pen; y is counted from the top, as one reads."""

    def __init__(self, pagesize: tuple[float, float] = A4) -> None:
        for style in ("Regular", "Bold", "Italic"):
            pdfmetrics.registerFont(TTFont(f"T{style}", FONTS / f"Tinos-{style}.ttf"))
        self.buffer = BytesIO()
        self.pagesize = pagesize
        self.canvas: Any = Canvas(self.buffer, pagesize=pagesize, invariant=1)

    def text(self, x: float, y: float, text: str, size: float = 12, style: str = "Regular") -> float:
        """Draw one string; returns where it ends."""
        self.canvas.setFont(f"T{style}", size)
        self.canvas.drawString(x, self.pagesize[1] - y, text)
        return x + pdfmetrics.stringWidth(text, f"T{style}", size)

    def lines(self, y: float, *lines: str, x: float = LEFT, size: float = 12, step: float = 16) -> float:
        """Draw lines one under the other; returns the height of the next."""
        for line in lines:
            self.text(x, y, line, size)
            y += step
        return y

    def filled(self, y: float, text: str, x: float = LEFT, right: float = RIGHT, size: float = 12) -> float:
        """A paragraph set to the measure, flush left, broken where the next word no longer fits; the next height."""
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if pdfmetrics.stringWidth(longer, "TRegular", size) > right - x:
                self.text(x, y, line, size)
                y, longer = y + 1.3 * size, word
            line = longer
        self.text(x, y, line, size)
        return y + 1.3 * size

    def raised(self, x: float, y: float, digits: str, size: float = 12) -> float:
        """A marker as Word sets it: 0.58 of the size, 0.36 above the baseline."""
        return self.text(x, y - 0.36 * size, digits, 0.58 * size)

    def rule(self, y: float, x0: float = LEFT, x1: float = LEFT + 144) -> None:
        """A level line."""
        self.canvas.setLineWidth(0.6)
        self.canvas.line(x0, self.pagesize[1] - y, x1, self.pagesize[1] - y)

    def grid(self, xs: list[float], ys: list[float], skip: set[tuple[str, int, int]] | None = None) -> None:
        """Rulings of a table, cell side by cell side; `skip` names sides left out as ("h" | "v", row, column)."""
        top = self.pagesize[1]
        for r, y in enumerate(ys):
            for c in range(len(xs) - 1):
                if not skip or ("h", r, c) not in skip:
                    self.canvas.line(xs[c], top - y, xs[c + 1], top - y)
        for c, x in enumerate(xs):
            for r in range(len(ys) - 1):
                if not skip or ("v", r, c) not in skip:
                    self.canvas.line(x, top - ys[r], x, top - ys[r + 1])

    def page(self) -> None:
        """The next sheet."""
        self.canvas.showPage()

    def data(self) -> bytes:
        """The finished file."""
        self.canvas.save()
        return self.buffer.getvalue()


def parse(data: bytes | Paper, name: str = "a.pdf") -> Document:
    """A Document whose account is closed and whose offsets are true."""
    document = parse_bytes(data.data() if isinstance(data, Paper) else data, name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def texts(document: Document, *kinds: str) -> list[str]:
    """Texts of the passages of these kinds, all without any."""
    return [p.text for p in document.passages if not kinds or p.kind in kinds]


def notes(document: Document) -> dict[str, tuple[str | None, str]]:
    """Marker → (the last words in front of its anchor, body)."""
    by_id = {p.id: p.text for p in document.passages}
    return {
        n.marker: (by_id[n.anchor.passage][: n.anchor.offset][-12:] if n.anchor else None, n.text)
        for n in document.footnotes
    }


def codes(document: Document) -> set[str]:
    """Codes of the warnings."""
    return {w.code for w in document.warnings}
