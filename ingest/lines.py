"""What a reader yields: Blocks, the physical units of a file, in reading order.

A footnote marker that a reader suspects travels inside the text as a token of
three private-use characters, ``OPEN key MID visible CLOSE``: `key` is what a
body would carry ("12", or a DOCX id), `visible` what must stand in the text if
the suspicion proves wrong ("2" in m², "(1)" of a list).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from ingest.document import ParseWarning

OPEN, MID, CLOSE = "\ue000", "\ue001", "\ue002"
MARKER = re.compile(f"{OPEN}([^{MID}]*){MID}([^{CLOSE}]*){CLOSE}")
_NOT_COUNTED = re.compile(r"[\s\u0300-\u036f]+")
# These decompose into one character and marks that are not counted, if at all: what is counted stays the same
_SIMPLE = re.compile("[\0-\u0621\u1e00-\u303f\ue000-\uf8ff\ufffd]*")
PRIVATE = re.compile(f"[{OPEN}-{CLOSE}]")


def marker(key: str, visible: str) -> str:
    """The token for a suspected footnote marker."""
    return f"{OPEN}{key}{MID}{visible}{CLOSE}"


def visible(text: str) -> str:
    """`text` with every token replaced by what the page shows."""
    return MARKER.sub(lambda m: m.group(2), text) if OPEN in text else text


def without_markers(text: str) -> str:
    """`text` with every token taken out."""
    return MARKER.sub("", text) if OPEN in text else text


def count_characters(text: str) -> int:
    """Characters that are not white space: the unit of the character account; an accent belongs to its letter.

    Counted in the canonical decomposition: so the sum is the same however the text is cut or composed.
    """
    if not _SIMPLE.fullmatch(text):
        text = unicodedata.normalize("NFD", text)
    return len(_NOT_COUNTED.sub("", text))


@dataclass(slots=True)
class Block:
    """One physical unit: a line of a text file, a paragraph of DOCX or HTML, a paragraph piece of a PDF page.

    Attributes:
        text: NFC, markup out, suspected markers as tokens.
        page: 1-based sheet, None where the format has none.
        role: "text", "row", "rule", "note", "heading", "furniture"; readers set the first three
            (and "note" where the format says so), the later steps the rest.
        bold: the whole unit is bold or italic.
        lead: length of the leading bold or italic run, characters of `text`.
        hint: heading level that the format claims (``##``, Word style), often a lie.
        cells: of a table row.
        table: number of the table in the file, rows of one table share it.
        note: key of the body (role "note").
        gap: an empty line or a page break stands before it.
        soft: ends with a hard line break inside one paragraph ("two spaces" in Markdown, <br>).
        page_end: sheet on which a joined unit ends.
        number: the number of a heading or list item, as printed.
        level: of a heading, 1 for the outermost.
        rank: of a heading's numbering style, smaller is further out.
        above: the heading that encloses this one, None at the top.
        breaks: (offset, page) of each page break inside a joined unit.
        seams: offsets at which the pieces of a joined unit meet.
        centred: the line stands in the middle of the page.
        title: of a heading, without its number.
        kind: passage kind of running text ("paragraph" or "list_item"); kind of furniture.
        anchors: accepted markers as (offset in `text`, footnote index), set by notes.
        taken: markers taken out of the text, as printed (for the character account).
        order: position in the file; the halves of a split block share it.
        joined: continues the unit of the same note.
        zone: stands in the footnote zone of its page.
    """

    text: str
    page: int | None = None
    role: str = "text"
    bold: bool = False
    lead: int = 0
    hint: int | None = None
    cells: tuple[str, ...] | None = None
    table: int | None = None
    note: str | None = None
    gap: bool = True
    soft: bool = False
    centred: bool = False
    page_end: int | None = None
    number: str | None = None
    title: str | None = None
    level: int = 0
    rank: int = 0
    above: Block | None = None
    breaks: list[tuple[int, int]] = field(default_factory=list)
    seams: list[int] = field(default_factory=list)
    kind: str = "paragraph"
    anchors: list[tuple[int, int]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    order: int = 0
    joined: bool = False
    zone: bool = False

    def reaching(self, other: Block) -> int | None:
        """The last sheet of this unit and `other` put together; a text box may lie before the page that anchors it."""
        return max(self.page_end or self.page or 0, other.page_end or other.page or 0) or None

    @property
    def shown(self) -> str:
        """The text as the page shows it, trimmed."""
        return visible(self.text).strip()


@dataclass(slots=True)
class Reading:
    """What one reader made of one file.

    Attributes:
        blocks: in reading order.
        media_type: of the content, whatever the file's name says.
        removed: markup taken out, for the character account.
        total: characters (not white space) that the reader met, markup included.
        warnings: of the reader.
        pages: number of sheets, None where the format has none.
    """

    blocks: list[Block]
    media_type: str
    removed: list[str] = field(default_factory=list)
    total: int = 0
    warnings: list[ParseWarning] = field(default_factory=list)
    pages: int | None = None
