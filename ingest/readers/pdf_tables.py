"""Ruled tables of a PDF page: pdfplumber's table finder over the edges that PDFium gives."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from pdfplumber.table import TableFinder

from ingest.readers.pdf_edges import Edge
from ingest.readers.pdf_lines import lines_of
from ingest.readers.pdf_words import Word

MAX_EDGES = 20_000  # of one page; a dense table of 40 rows and 12 columns has 2,000
_SLACK = 2.0  # points by which a word may stand over its cell
_MOSTLY = 0.9
_GLOVE = 1.0  # points; a cell of a real table leaves more room beside its text

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class PdfTable:
    """A grid: `rows` hold the text of each cell ("" where a merged cell covers the place), `tops` their heights."""

    top: float
    bottom: float
    rows: list[tuple[str, ...]]
    tops: list[float]


@dataclass(slots=True)
class _Page:
    """What `TableFinder` wants to know of a page."""

    edges: list[dict[str, Any]]
    bbox: Box


def find_tables(
    edges: list[Edge], words: list[Word], turned: list[Word], width: float, height: float
) -> tuple[list[PdfTable], list[Word], list[Word]]:
    """Tables of at least two rows and columns whose cells hold whole words.

    Args:
        edges: of the page.
        words: upright ones.
        turned: words of another angle, which only heading cells hold.
        width: of the page, points.
        height: of the page, points.

    Returns:
        The tables, and the words and turned words that stand in none of them.
    """
    if not 4 <= len(edges) <= MAX_EDGES:
        return [], words, turned
    out: list[PdfTable] = []
    page = _Page([_edge(e) for e in edges], (0.0, 0.0, width, height))
    for found in TableFinder(cast(Any, page)).tables:
        rows = found.rows
        if len(rows) < 2 or len(found.columns) < 2:
            continue
        cells = [cell for row in rows for cell in row.cells if cell is not None]
        place = _places(words, cells)
        if not _holds_words(words, place, cells, found.bbox):
            continue
        table, used, used_turned = _fill(rows, cells, words, turned, found.bbox, width)
        out.append(table)
        words = [w for w in words if id(w) not in used]
        turned = [w for w in turned if id(w) not in used_turned]
    return out, words, turned


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "x0": edge.x0,
        "x1": edge.x1,
        "top": edge.top,
        "bottom": edge.bottom,
        "width": edge.x1 - edge.x0,
        "height": edge.bottom - edge.top,
        "orientation": "h" if edge.level else "v",
        "object_type": "line",
    }


def _places(words: list[Word], cells: list[Box]) -> list[int]:
    """For each word the cell that its middle stands in, -1 for none."""
    if not words or not cells:
        return [-1] * len(words)
    boxes = np.array(cells)
    x = np.array([(w.x0 + w.x1) / 2 for w in words])[:, None]
    y = np.array([w.base - 0.3 * w.size for w in words])[:, None]
    inside = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
    return np.where(inside.any(axis=1), inside.argmax(axis=1), -1).tolist()


def _holds_words(words: list[Word], place: list[int], cells: list[Box], box: Box) -> bool:
    """Cells of a real table hold whole words with room around them.

    The grid that highlighted text seems to draw cuts through words, or fits each of them like a glove.
    """
    near = [(w, p) for w, p in zip(words, place, strict=True) if p >= 0 or _within(w, box)]
    whole = sum(p < 0 or (cells[p][0] - _SLACK <= w.x0 and w.x1 <= cells[p][2] + _SLACK) for w, p in near)
    held = sum(p >= 0 for _, p in near)
    tight = sum(p >= 0 and abs(w.x0 - cells[p][0]) < _GLOVE and abs(cells[p][2] - w.x1) < _GLOVE for w, p in near)
    return (
        held >= 0.5 * len(near) > 0
        and whole >= _MOSTLY * len(near)
        and tight <= 0.3 * held
        and len(cells) <= 3 * len(near)
    )


def _within(word: Word, box: Box) -> bool:
    return box[0] <= (word.x0 + word.x1) / 2 <= box[2] and box[1] <= word.base - 0.3 * word.size <= box[3]


def _slot(word: Word, tops: list[float], lefts: list[float]) -> tuple[int, int]:
    """Row and column of a word that stands in the table but in no cell, since a ruling is missing."""
    row = bisect_right(tops, word.base - 0.3 * word.size) - 1
    return max(0, row), max(0, bisect_right(lefts, (word.x0 + word.x1) / 2) - 1)


def _fill(
    rows: list[Any], cells: list[Box], words: list[Word], turned: list[Word], box: Box, width: float
) -> tuple[PdfTable, set[int], set[int]]:
    """The text of each cell, and the ids of the words and turned words that stand in the table."""
    tops = [row.bbox[1] for row in rows]
    lefts = sorted({cell[0] for cell in cells})
    places = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row.cells) if cell is not None]
    held: dict[tuple[int, int], list[Word]] = {}
    used: set[int] = set()
    for word, at in zip(words, _places(words, cells), strict=True):
        if at >= 0 or _within(word, box):
            held.setdefault(places[at] if at >= 0 else _slot(word, tops, lefts), []).append(word)
            used.add(id(word))
    sideways: dict[tuple[int, int], list[Word]] = {}
    for word, at in zip(turned, _places(turned, cells), strict=True):
        if at >= 0:
            sideways.setdefault(places[at], []).append(word)
    texts = []
    for r in range(len(rows)):
        texts.append(tuple(_text(held.get((r, c), []), sideways.get((r, c), []), width) for c in range(len(lefts))))
    return PdfTable(box[1], box[3], texts, tops), used, {id(w) for some in sideways.values() for w in some}


def _text(words: list[Word], turned: list[Word], width: float) -> str:
    lines = [line.text for line in lines_of(words, width, None)] if words else []
    return " ".join([*lines, *(w.text for w in sorted(turned, key=lambda w: w.x0))])
