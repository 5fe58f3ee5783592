"""From the runs of one Word paragraph to its blocks: text cleaned, cut at hard breaks, bold lead measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.lines import CLOSE, OPEN, Block, visible

_WRAPPED = re.compile(r".*\}(?:AlternateContent|Choice|Fallback)")


Cells = list[list[Block] | None]
"""One table row: the blocks of each cell; None for each further column that the cell before it covers."""


@dataclass
class Pieces:
    """The pieces of one paragraph, and the sheets on which its text starts and ends."""

    page: int | None
    page_end: int | None
    parts: list[tuple[str, bool]] = field(default_factory=list)

    def add(self, text: str, bold: bool, page: int | None) -> None:
        """Put a piece behind the others; `page` is the sheet it stands on."""
        if not text:
            return
        if text.strip():
            self.page = self.page if any(t.strip() for t, _ in self.parts) else page
            self.page_end = page
        self.parts.append((text, bold))


def content(run: etree._Element) -> Iterator[etree._Element]:
    """The elements of a run; those of alternatives (one is left of each) as if they stood in it."""
    for child in run:
        if _WRAPPED.fullmatch(str(child.tag)):
            yield from content(child)
        else:
            yield child


def blocks_of(text: str, like: Block, page_end: int | None) -> list[Block]:
    """One block for each line that a hard break makes of a paragraph."""
    pieces = [p for p in text.split("\n") if p.strip()]
    blocks = []
    for i, piece in enumerate(pieces):
        soft = i < len(pieces) - 1 and not piece.rstrip().endswith((".", ";", ":"))
        lost = len(piece) - len(piece.lstrip())
        lead = max(0, like.lead - lost) if len(pieces) == 1 and not like.bold else 0
        blocks.append(replace(like, text=piece.strip(), lead=lead, soft=soft, breaks=[], anchors=[], taken=[]))
    if blocks and page_end != like.page:
        blocks[-1].page_end = page_end
    return blocks


def clean_pieces(text: str) -> tuple[str, list[str], list[ParseWarning]]:
    """`clean_text`, with our own tokens kept."""
    pieces = re.split(f"({OPEN}[^{CLOSE}]*{CLOSE})", text)
    removed: list[str] = []
    warnings: list[ParseWarning] = []
    for i in range(0, len(pieces), 2):
        pieces[i], gone, more = clean_text(pieces[i])
        removed += gone
        warnings += more
    return "".join(pieces), removed, warnings


def lead_of(collected: Pieces) -> int:
    """Length of the bold run at the start, 0 if there is none."""
    length = 0
    for text, bold in collected.parts:
        if not bold and visible(text).strip():
            break
        length += len(text)
    return length if any(b and t.strip() for t, b in collected.parts) else 0


def columns_of(rows: list[Cells]) -> list[int]:
    """The columns in which some cell begins; a grid also has some that cells only cover, if its tables were merged."""
    width = max((len(cells) for cells in rows), default=0)
    return [c for c in range(width) if any(c < len(cells) and cells[c] is not None for cells in rows)]
