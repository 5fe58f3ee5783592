"""The footnote zone of a page: which lines are in it, and which of them start a body."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ingest.lines import MARKER, OPEN, Block, marker, visible
from ingest.readers.pdf_edges import Edge
from ingest.readers.pdf_lines import Line, rows_of
from ingest.readers.pdf_words import Word

if TYPE_CHECKING:
    from ingest.readers.pdf import Page

_SMALLER = 0.93  # notes are set at 10 or 12 points under text of 13 or 14
_UNDER = 0.28  # how far below the baseline an underline is drawn, in sizes
_SIGN = re.compile(r"[(\[]?(?:\d{1,3}|\*{1,4})[)\].:]?(?:\s|$|[^\W\d_])|[¹²³⁴-⁹⁽]")
_PAGE_NUMBER = re.compile(r"\s*[-–]?\s*\d{1,4}\s*[-–]?\s*")
_TYPED = re.compile(r"\s*(?:\(\d{1,3}\)|\[\d{1,3}\]|\(?\*{1,4}\)?)\s*[-–—:.]?\s*(?=[^\W\d_a-zđ])")
_PLAIN_START = re.compile(r"([(\[]?)(\d{1,3})([)\]]?)(?=[\s.:)\]-])")


def note_rule(
    edges: list[Edge], words: list[Word], tables: list[tuple[float, float]], width: float, height: float
) -> float | None:
    """The height of the short rule above the footnotes, None if there is none.

    An underlined word draws the same edge, so does a blank to fill in: under the rule of notes stand smaller letters,
    or a line that starts with a number or an asterisk.

    Args:
        edges: of the page.
        words: upright ones, outside of tables.
        tables: heights between which a table stands.
        width: of the page, points.
        height: of the page, points.
    """
    found = []
    for edge in edges:
        length = edge.x1 - edge.x0
        short = edge.level and 0.1 * width <= length <= 0.45 * width
        if not short or edge.x0 >= 0.3 * width or edge.top <= 0.25 * height:
            continue
        if any(top <= edge.top <= bottom for top, bottom in tables) or _underlines(edge, words):
            continue
        below = [w for w in words if w.base >= edge.top]
        if _smaller(below, words) or (edge.top > 0.5 * height and _signed(below)):
            found.append(edge.top)
    return max(found) if found else None


def _underlines(edge: Edge, words: list[Word]) -> bool:
    over = [w for w in words if -0.1 * w.size <= edge.top - w.base <= _UNDER * w.size]
    return sum(max(0.0, min(w.x1, edge.x1) - max(w.x0, edge.x0)) for w in over) >= 0.5 * (edge.x1 - edge.x0)


def _smaller(below: list[Word], words: list[Word]) -> bool:
    """The words below are set smaller than the others; where there are no others, they are notes as well."""
    if not below:
        return False
    under = {id(w) for w in below}
    above = [w for w in words if id(w) not in under]
    small, body = (sorted(w.size for w in some)[len(some) // 2] if some else 0.0 for some in (below, above))
    return not above or small <= _SMALLER * body


def _signed(below: list[Word]) -> bool:
    """They start like a note: "1 Theo", "(1) Theo", "(*)"."""
    return bool(below) and bool(_SIGN.match(" ".join(w.text for w in rows_of(below)[0][:2])))


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
        if line.marked or text != line.text or body is None or _TYPED.match(text):
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
