"""What a PDF page draws beside letters: straight edges (table rulings, the rule above the notes) and pictures."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium_c

from ingest.readers.pdf_frame import Frame

MAX_OBJECTS = 200_000  # of one page; a page with a map holds 50,000
MAX_SEGMENTS = 2_000  # of one path; longer ones are drawings, no rulings
MAX_DEPTH = 12  # forms within forms
_FLAT = 0.5  # points by which an edge may lean
_SHORTEST = 1.0  # points; pdfplumber's edge_min_length_prefilter

_THIN = 3.0  # points; the thickest ruling
Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Edge:
    """A straight line along an axis, in the frame of the upright page, points."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def level(self) -> bool:
        """It lies, it does not stand."""
        return self.x1 - self.x0 >= self.bottom - self.top


@dataclass(slots=True)
class Drawing:
    """Edges of a page, the share of the page that pictures cover (0 to 1), and the resolution of the largest (dpi)."""

    edges: list[Edge] = field(default_factory=list)
    pictures: float = 0.0
    dpi: float = 0.0


def read_drawing(page: Any, frame: Frame) -> Drawing:
    """Edges and pictures of a `pypdfium2.PdfPage`; forms are looked into.

    Args:
        page: the page.
        frame: in which its text stands upright.
    """
    out = Drawing()
    area = max(1.0, frame.width * frame.height)
    largest = 0.0
    for kind, found, matrix in _objects(page.raw):
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            for a, b in _segments(found, matrix):
                _add(out.edges, frame.point(*a), frame.point(*b))
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            share, dpi = _picture(found, area)
            out.dpi = dpi if share >= max(largest, 0.1) else out.dpi
            largest = max(largest, share)
            out.pictures += share
    out.pictures = min(1.0, out.pictures)
    return out


def _objects(page: Any) -> Iterator[tuple[int, Any, Matrix]]:
    """(kind, object, matrix of the forms around it) of every drawn object."""
    left = MAX_OBJECTS
    count = pdfium_c.FPDFPage_CountObjects(page)
    stack = [(iter(range(count)), pdfium_c.FPDFPage_GetObject, page, _IDENTITY)]
    while stack and left > 0:
        places, get, holder, matrix = stack[-1]
        place = next(places, None)
        if place is None:
            stack.pop()
            continue
        left -= 1
        found = get(holder, place)
        if not found:
            continue
        kind = pdfium_c.FPDFPageObj_GetType(found)
        if kind != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield kind, found, matrix
        elif len(stack) <= MAX_DEPTH:
            inside = range(max(0, pdfium_c.FPDFFormObj_CountObjects(found)))
            stack.append((iter(inside), pdfium_c.FPDFFormObj_GetObject, found, _times(_matrix(found), matrix)))


def _matrix(found: Any) -> Matrix:
    m = pdfium_c.FS_MATRIX()
    return (m.a, m.b, m.c, m.d, m.e, m.f) if pdfium_c.FPDFPageObj_GetMatrix(found, m) else _IDENTITY


def _times(first: Matrix, then: Matrix) -> Matrix:
    """First one, then the other (PDF 32000-1, 8.3.4: row vectors)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _segments(path: Any, outer: Matrix) -> Iterator[tuple[Point, Point]]:
    """Straight pieces of a path that is stroked, or filled and thin, in the page's own coordinates.

    What is filled only and thicker than a line is a background, of a highlighted word or a shaded cell: no ruling.
    """
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(path, fill, stroke)
    count = pdfium_c.FPDFPath_CountSegments(path)
    if not (fill.value or stroke.value) or not 2 <= count <= MAX_SEGMENTS:
        return
    a, b, c, d, e, f = _times(_matrix(path), outer)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = at = (0.0, 0.0)
    piece: list[tuple[Point, Point]] = []  # of one part of the path, from a move to the next
    for i in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(path, i)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        to = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if stroke.value or _is_thin(piece):
                yield from piece
            start, piece = to, []
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            piece.append((at, to))
        at = to
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            piece.append((at, start))
            at = start
    if stroke.value or _is_thin(piece):
        yield from piece


def _is_thin(piece: list[tuple[Point, Point]]) -> bool:
    xs, ys = ([point[k] for pair in piece for point in pair] for k in (0, 1))
    return bool(piece) and min(max(xs) - min(xs), max(ys) - min(ys)) <= _THIN


def _add(edges: list[Edge], a: tuple[float, float], b: tuple[float, float]) -> None:
    x0, x1 = sorted((a[0], b[0]))
    top, bottom = sorted((a[1], b[1]))
    if min(x1 - x0, bottom - top) <= _FLAT and max(x1 - x0, bottom - top) >= _SHORTEST:
        edges.append(Edge(x0, top, x1, bottom))


def _picture(image: Any, area: float) -> tuple[float, float]:
    """The share of the page that a picture covers, and its dots per inch."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(image, *sides):
        return 0.0, 0.0
    left, bottom, right, top = (s.value for s in sides)
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium_c.FPDFImageObj_GetImagePixelSize(image, width, height)
    dpi = 72 * max(width.value, height.value) / max(1.0, abs(right - left), abs(top - bottom))
    return abs(right - left) * abs(top - bottom) / area, dpi
