"""The footnote zone of a page: which lines are in it, and which of them start a body."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ingest.lines import MARKER, OPEN, Block, marker, visible
from ingest.readers.pdf_lines import Line

if TYPE_CHECKING:
    from ingest.readers.pdf import Page

_SMALLER = 0.93  # notes are set at 10 or 12 points under text of 13 or 14
_PAGE_NUMBER = re.compile(r"\s*[-–]?\s*\d{1,4}\s*[-–]?\s*")
_PLAIN_START = re.compile(r"([(\[]?)(\d{1,3})([)\]]?)(?=[\s.:)\]-])")


def mark_zone(pages: list[Page]) -> None:
    """Find the note zone of pages that print no rule above it: the smaller lines at the foot, from a raised number on.

    The body's size is that of most letters of the file, so that a page full of notes is told from a page of text.
    """
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            if not line.zone:
                sizes[round(line.size, 1)] += len(line.text)
    if not sizes:
        return
    body = sizes.most_common(1)[0][0]
    open_note = False
    for page in pages:
        lines = [line for line in page.lines if not line.running]
        if not any(line.zone for line in lines):
            start = _zone_start(lines, body, page.height, open_note)
            for line in lines[start:]:
                line.zone = True
        open_note = any(line.zone for line in lines)


def _zone_start(lines: list[Line], body: float, height: float, open_note: bool) -> int:
    """Where the small lines at the foot begin, as an index; len(lines) if there are none."""
    end = len(lines)
    while end and _PAGE_NUMBER.fullmatch(visible(lines[end - 1].text)):
        end -= 1
    start = end
    while start and lines[start - 1].size <= _SMALLER * body and not lines[start - 1].side:
        start -= 1
    small = lines[start:end]
    if not small or (small[0].top < 0.3 * height and len(small) < len(lines) / 2):
        return len(lines)
    first = next((i for i, line in enumerate(small) if line.marked), None)
    if first is None:
        return len(lines)
    # lines above the first number go on with a body of the page before, where that had one
    return start if open_note and start > 0 else start + first


def zone_blocks(lines: list[Line], page: int) -> list[Block]:
    """Blocks of the note zone: a line that starts with a marker starts a body, the others continue it.

    A plain number at a line's start counts as a marker where the running text of the page carries that very number as
    a raised one: some converters set the number of the body at full size.
    """
    wanted = {m.group(1) for line in lines if not line.zone for m in MARKER.finditer(line.text)}
    wanted -= {m.group(1) for line in lines if line.zone and line.marked for m in [MARKER.match(line.text)] if m}
    out: list[Block] = []
    body: Block | None = None
    for line in lines:
        if not line.zone or line.running:
            continue
        if _PAGE_NUMBER.fullmatch(visible(line.text)) and not line.marked:
            out.append(Block(line.text, page))
            continue
        text = line.text if line.marked else _as_marked(line.text, wanted)
        if line.marked or text != line.text or body is None:
            body = Block(text, page, zone=True)
            out.append(body)
        else:
            body.text = f"{body.text} {line.text}"
    return out


def _as_marked(text: str, wanted: set[str]) -> str:
    m = _PLAIN_START.match(text) if OPEN not in text[:3] else None
    if m is None or m.group(2) not in wanted:
        return text
    wanted.discard(m.group(2))
    return marker(m.group(2), m.group(0)) + text[m.end() :]
