"""What a scanned page shows beside its words: skew, ruled lines, and the small raised digits of note markers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.readers.pdf_edges import Edge

INK = 140  # grey value below which a pixel is ink
_SKEW = 2.0  # degrees that are looked at on either side; a sheet lies straighter in any feeder
_RULE = 0.05  # least length of a ruled line, in widths of the page
_THICK = 0.004  # most thickness of one, in widths of the page
_GAP = 3  # pixels that a ruled line may be broken by
Array = np.ndarray


def straighten(image: Any) -> Any:
    """The greyscale PIL image turned by its skew: the angle at which its lines of text part most sharply.

    Method: the variance of the ink's sums along rows is largest when rows of text lie level (projection profile).
    """
    small = image.resize((max(1, image.width // 4), max(1, image.height // 4)))
    best = _best_angle(small, np.arange(-_SKEW, _SKEW + 0.01, 0.4))
    best = _best_angle(small, np.arange(best - 0.3, best + 0.31, 0.1))
    return image if abs(best) < 0.05 else image.rotate(best, resample=2, fillcolor=255)


def _best_angle(image: Any, angles: Array) -> float:
    def sharpness(angle: float) -> float:
        rows = (np.asarray(image.rotate(angle, resample=0, fillcolor=255)) < INK).sum(axis=1).astype(float)
        return float(np.square(np.diff(rows)).sum())

    return float(max(angles, key=lambda a: (sharpness(a), -abs(a))))


def take_rules(image: Any, scale: float) -> tuple[Any, list[Edge]]:
    """The image without its ruled lines (they confuse the recognition of what they frame), and these lines.

    Args:
        image: greyscale PIL image, straightened.
        scale: points per pixel.
    """
    from PIL import Image

    grey = np.array(image)
    ink = grey < INK
    least, thick = int(_RULE * ink.shape[1]), max(3, int(_THICK * ink.shape[1]))
    level = _long_runs(ink, least)
    upright = _long_runs(ink.T, least).T
    edges = [Edge(x0 * scale, y * scale, x1 * scale, y * scale) for x0, x1, y in _strokes(level, thick)]
    edges += [Edge(x * scale, y0 * scale, x * scale, y1 * scale) for y0, y1, x in _strokes(upright.T, thick)]
    if not edges:
        return image, []
    grey[_fat(level, thick) | _fat(upright.T, thick).T] = 255
    return Image.fromarray(grey), edges


def _long_runs(ink: Array, least: int) -> Array:
    """The pixels of `ink` that belong to a horizontal run of at least `least`, small breaks bridged."""
    bridged = ink.copy()
    for shift in range(1, _GAP + 1):  # a pixel is bridged that has ink within `_GAP` on both sides
        left = np.zeros_like(ink)
        left[:, shift:] = ink[:, :-shift]
        for other in range(1, _GAP + 2 - shift):
            right = np.zeros_like(ink)
            right[:, :-other] = ink[:, other:]
            bridged |= left & right
    padded = np.zeros((ink.shape[0], ink.shape[1] + 2), np.int8)
    padded[:, 1:-1] = bridged
    step = np.diff(padded, axis=1)
    rows, starts = np.nonzero(step == 1)
    _, ends = np.nonzero(step == -1)
    out = np.zeros_like(ink)
    for row, start, end in zip(rows, starts, ends, strict=True):
        if end - start >= least:
            out[row, start:end] = True
    return out


def _strokes(lines: Array, thick: int) -> list[tuple[int, int, float]]:
    """Runs on neighbouring rows as one stroke: (start, end, middle); blobs thicker than `thick` are no rules."""
    open_: list[list[int]] = []  # start, end, first row, last row
    done: list[list[int]] = []
    for row in np.flatnonzero(lines.any(axis=1)):
        padded = np.concatenate([[0], lines[row].astype(np.int8), [0]])
        step = np.diff(padded)
        still = [s for s in open_ if row - s[3] <= 2]
        done += [s for s in open_ if row - s[3] > 2]
        open_ = still
        for start, end in zip(np.flatnonzero(step == 1), np.flatnonzero(step == -1), strict=True):
            found = next((s for s in open_ if start < s[1] and s[0] < end), None)
            if found is None:
                open_.append([int(start), int(end), int(row), int(row)])
            else:
                found[0], found[1], found[3] = min(found[0], int(start)), max(found[1], int(end)), int(row)
    return [(s[0], s[1], (s[2] + s[3]) / 2) for s in [*done, *open_] if s[3] - s[2] < thick]


def _fat(lines: Array, thick: int) -> Array:
    """The lines and the fringe of pixels around them; where they are blobs, nothing."""
    columns = lines.sum(axis=0)
    out = lines.copy()
    for shift in (1, 2):
        out[shift:] |= lines[:-shift]
        out[:-shift] |= lines[shift:]
    return out & (columns <= 60 * thick)[None, :]


@dataclass(frozen=True, slots=True)
class Raised:
    """A raised digit group in a word's picture: its box in pixels, how many glyphs it has and how many follow it."""

    left: int
    top: int
    right: int
    bottom: int
    glyphs: int
    behind: int


def find_raised(ink: Array, box: tuple[int, int, int, int], base: float, size: float) -> Raised | None:
    """Small glyphs that hang at the height of capitals at the end of a word, as note markers do.

    Args:
        ink: whole page, True where there is ink.
        box: left, top, right, bottom of the word, pixels.
        base: row of the line's baseline.
        size: of the line's letters, pixels.
    """
    left, top, right, bottom = box
    top = max(0, int(min(top, base - 0.95 * size)))
    piece = ink[top : max(bottom, int(base + 0.25 * size)), left:right]
    glyphs = _glyphs(piece)
    behind = 0
    while glyphs and _is_stop(glyphs[-1], top, base, size) and behind < 2:
        glyphs.pop()
        behind += 1
    found = []
    while glyphs and _is_raised(glyphs[-1], top, base, size):
        found.insert(0, glyphs.pop())
    if not 1 <= len(found) <= 3 or (glyphs and found[0][0] - glyphs[-1][1] > 0.5 * size):
        return None
    y0, y1 = min(g[2] for g in found), max(g[3] for g in found)
    return Raised(left + found[0][0], top + y0, left + found[-1][1], top + y1, len(found), behind)


def _glyphs(piece: Array) -> list[tuple[int, int, int, int]]:
    """Connected columns of ink: (start, end, first row, last row + 1)."""
    if piece.size == 0:
        return []
    step = np.diff(np.concatenate([[0], piece.any(axis=0).astype(np.int8), [0]]))
    out = []
    for start, end in zip(np.flatnonzero(step == 1), np.flatnonzero(step == -1), strict=True):
        rows = np.flatnonzero(piece[:, start:end].any(axis=1))
        out.append((int(start), int(end), int(rows[0]), int(rows[-1]) + 1))
    return out


def _is_stop(glyph: tuple[int, int, int, int], top: int, base: float, size: float) -> bool:
    """A full stop or comma: low, on the baseline."""
    return top + glyph[2] > base - 0.25 * size and glyph[1] - glyph[0] < 0.3 * size


def _is_raised(glyph: tuple[int, int, int, int], top: int, base: float, size: float) -> bool:
    """As high as a digit of about 0.6 sizes, and its foot well above the baseline; a quotation mark is shorter."""
    height, foot = glyph[3] - glyph[2], base - (top + glyph[3])
    return 0.3 * size <= height <= 0.58 * size and foot >= 0.15 * size and glyph[1] - glyph[0] <= 0.5 * size
