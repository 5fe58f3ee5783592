"""The text layer of one PDF page, read by PDFium: characters → words with box, baseline, size and font.

PDFium is asked through function pointers of our own (same library, plainer argument types), so that a page costs three
calls a character and no Python object each; that makes reading an order of magnitude faster than with pdfminer.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium_c

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.legacy_fonts import Tally, charset_of_font, convert_run
from ingest.lines import count_characters
from ingest.readers.pdf_frame import Frame

MAX_CHARS = 500_000  # of one page; a printed page holds 6,000, a poster 50,000
UNMAPPED = "\ufffd"
_GAP = 0.15  # white space between two words, in sizes (pdfplumber's x_tolerance_ratio)
_NARROW = 0.12  # the same where PDFium sees a blank too, between tightly justified words
_TIGHT = 0.06  # a blank that takes less room than this parts no words ("ĐIỀ U"): a converter's debris
_NEAR = 1.0  # sizes; so near before a word its blank starts, a justified line's stretch included
_LEAN = 10  # degrees by which a line of text may lean
_SHEARED, _DESCENT = 0.05, 0.2  # least slant that counts; the share of a character's box below the baseline
_ASLANT = -1  # the angle of what leans more
_BACK = 0.5  # a pen that goes back by more than this starts another word
_HEAVY = re.compile(r"bold|italic|oblique|black|heavy", re.I)
_BOLD_FLAG, _ITALIC_FLAG = 1 << 18, 1 << 6  # PDF 32000-1, table 123: font descriptor flags
_BLANK = frozenset([0x20, 0xA0, 0x0D, 0x0A, 0x09, 0x3000, 0x202F, *range(0x2000, 0x200B)])
_HYPHENS = {0x02, 0xFFFE}  # what PDFium puts for a hyphen at the end of a line
_DIRTY = re.compile("[\x00-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u2060\u3000\ue000-\uf8ff\ufeff]")


@dataclass(slots=True)
class Word:
    """Letters that touch, in one font and size. Coordinates in points from the upper left corner of the upright page.

    Attributes:
        text: NFC, legacy fonts converted.
        x0: left end.
        x1: right end.
        base: height of the baseline.
        size: of the font, points on paper.
        heavy: bold or italic.
        font: name without the subset's prefix.
        spaced: a blank stands before it.
        confidence: of a recognised word, percent; None for a text layer.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    heavy: bool = False
    font: str = ""
    spaced: bool = False
    confidence: float | None = None

    @property
    def top(self) -> float:
        """About the height of a capital's upper end."""
        return self.base - 0.75 * self.size

    @property
    def bottom(self) -> float:
        """About the lower end of a descender."""
        return self.base + 0.2 * self.size


@dataclass(slots=True)
class TextLayer:
    """What the text layer of a page holds.

    Attributes:
        words: in the order of the file, upright ones.
        turned: words written at another angle than most of the page, each as a whole line in the page's frame.
        stamps: what stands aslant, a watermark.
        angle: of most characters, degrees counter-clockwise in the file's own frame: 0, 90, 180 or 270.
        met: characters that are not white space, as they stand in `words` and `turned` and in `removed`.
        removed: characters taken out.
        warnings: repairs.
        unmapped: glyphs of which the file does not say which letter they are.
    """

    words: list[Word]
    turned: list[Word]
    angle: int
    met: int
    removed: list[str]
    warnings: list[ParseWarning]
    unmapped: int
    stamps: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """What the characters of one text object share; `slant` is the tangent of a face that is sheared to look italic."""

    size: float
    angle: int
    slant: float
    heavy: bool
    font: str
    base: tuple[float, float]

    @property
    def legacy(self) -> bool:
        """Its font shows codes of a character set before Unicode."""
        return charset_of_font(self.font) is not None


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


@lru_cache(maxsize=1)
def _calls() -> tuple[Callable[..., int], Callable[..., int], Callable[..., int]]:
    """PDFium's character calls with pointers as plain integers: unicode(page, i), object(page, i), box(page, i, to)."""
    void, whole = ctypes.c_void_p, ctypes.c_int

    def call(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        return ctypes.CFUNCTYPE(result, *arguments)(_address(getattr(pdfium_c, name)))

    return (
        call("FPDFText_GetUnicode", ctypes.c_uint, void, whole),
        call("FPDFText_GetTextObject", void, void, whole),
        call("FPDFText_GetLooseCharBox", whole, void, whole, void),
    )


def read_text_layer(page: Any, legacy: Tally | None = None) -> TextLayer:
    """The words of a page.

    Args:
        page: a `pypdfium2.PdfPage`.
        legacy: where to count what is converted from fonts before Unicode, for the file's one warning.

    Raises:
        ValueError: more than `MAX_CHARS` characters.
    """
    textpage = page.get_textpage()
    try:
        return _Layer(textpage.raw, legacy).read(*page.get_bbox())
    finally:
        textpage.close()


class _Layer:
    """One page's characters as arrays."""

    def __init__(self, raw: Any, legacy: Tally | None) -> None:
        self.raw = raw
        self.legacy = legacy
        count = max(0, pdfium_c.FPDFText_CountChars(raw))
        if count > MAX_CHARS:
            raise ValueError(f"{count} characters on one page")
        unicode, text_object, box = _calls()
        address = _address(raw)
        places = range(count)
        self.codes = list(map(unicode, repeat(address), places))
        self.objects = [o or 0 for o in map(text_object, repeat(address), places)]
        self.boxes = np.zeros((count, 4), np.float32)  # left, top, right, bottom, the y axis upwards
        start = self.boxes.ctypes.data
        for _ in map(box, repeat(address), places, range(start, start + 16 * count, 16)):
            pass
        self.blanks = np.zeros(count, bool)  # blanks of the file
        self.made = np.zeros(count, bool)  # those of PDFium
        self.runs: dict[int, _Run] = {}
        self.unmapped = 0

    def read(self, left: float, bottom: float, right: float, top: float) -> TextLayer:
        """Words of the whole page; the box is the page's own."""
        blank = [code in _BLANK for code in self.codes]
        # blanks that PDFium puts where the pen jumps have no width; a fallback font's letters make it jump inside words
        drawn = np.abs(self.boxes[:, 2] - self.boxes[:, 0]) + np.abs(self.boxes[:, 1] - self.boxes[:, 3]) > 0
        self.blanks = np.array(blank, bool) & drawn
        self.made = np.array(blank, bool) & ~drawn
        kept = [i for i, o in enumerate(self.objects) if o and not blank[i]]
        first = {self.objects[i]: i for i in reversed(kept)}
        self.runs = {key: self._look(i) for key, i in first.items()}
        angles: Counter[int] = Counter()
        for key, count in Counter(self.objects[i] for i in kept).items():
            angles[self.runs[key].angle] += count
        angle = next((a for a, _ in angles.most_common() if a != _ASLANT), 0)
        frame = Frame(angle, left, bottom, right, top)
        layer = TextLayer([], [], angle, 0, [], [], 0)
        for wanted in sorted(angles, key=lambda a: a != angle):
            chosen = [i for i in kept if self.runs[self.objects[i]].angle == wanted] if len(angles) > 1 else kept
            if wanted == _ASLANT:
                layer.stamps = self._stamps(chosen, layer)
                continue
            own = frame if wanted == angle else Frame(wanted, left, bottom, right, top)
            words = self._words(chosen, own, layer)
            if wanted == angle:
                layer.words = words
            else:
                layer.turned += _turned(words, own, frame)
        layer.unmapped = self.unmapped
        return layer

    def _look(self, i: int) -> _Run:
        matrix, x, y = pdfium_c.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetMatrix(self.raw, i, matrix)
        pdfium_c.FPDFText_GetCharOrigin(self.raw, i, x, y)
        name, flags = ctypes.create_string_buffer(256), ctypes.c_int()
        pdfium_c.FPDFText_GetFontInfo(self.raw, i, name, 256, flags)
        font = re.sub(r"^[A-Z]{6}\+", "", name.value.decode("utf-8", "replace"))
        a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
        turn = math.degrees(math.atan2(b, a))
        angle = round(turn / 90) * 90
        angle = angle % 360 if abs(turn - angle) <= _LEAN else _ASLANT
        room = abs(a * d - b * c)  # of a unit square
        size = abs(pdfium_c.FPDFText_GetFontSize(self.raw, i)) * room / (math.hypot(a, b) or 1.0)
        slant = (a * c + b * d) / (room or 1.0)
        heavy = bool(_HEAVY.search(font)) or bool(flags.value & (_BOLD_FLAG | _ITALIC_FLAG))
        return _Run(size if 0 < size < 2000 else 1.0, angle, slant, heavy, font, (x.value, y.value))

    def _stamps(self, chosen: list[int], layer: TextLayer) -> list[Word]:
        """What is written aslant, as one word without a place."""
        places = zip([-1, *chosen], chosen, self._letters(chosen), strict=False)
        parts = [" " * (i - before > 1) + letter for before, i, letter in places]
        text = _settled("".join(parts).strip(), "", layer)
        return [Word(text, 0.0, 0.0, 0.0, 1.0)] if text else []

    def _letters(self, chosen: list[int]) -> list[str]:
        codes = self.codes
        return [chr(c) if 31 < (c := codes[i]) < 0xD800 else self._odd(i) for i in chosen]

    def _odd(self, i: int) -> str:
        """What a code that is no plain letter stands for."""
        code = self.codes[i]
        if code in _HYPHENS and self._ends_line(i):
            return "-"
        if code < 32 or code in _HYPHENS:  # a font without a table of its letters; what is drawn must not vanish
            self.unmapped += 1
            return UNMAPPED
        if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            return self._pair(i)
        return chr(code)

    def _ends_line(self, i: int) -> bool:
        """The next character stands elsewhere."""
        if i + 1 >= len(self.codes) or not self.objects[i + 1]:
            return True
        (_, top, right, bottom), (left, _, _, below) = self.boxes[i], self.boxes[i + 1]
        height = abs(top - bottom)
        return abs(left - right) > height or abs(below - bottom) > height / 2

    def _pair(self, i: int) -> str:
        """Half of a surrogate pair: the first half brings the letter, the second nothing."""
        code = self.codes[i]
        after = self.codes[i + 1] if i + 1 < len(self.codes) else 0
        if 0xD800 <= code < 0xDC00 <= after < 0xE000:
            return chr(0x10000 + ((code - 0xD800) << 10) + (after - 0xDC00))
        before = self.codes[i - 1] if i else 0
        return "" if 0xDC00 <= code < 0xE000 and 0xD800 <= before < 0xDC00 else UNMAPPED

    def _words(self, chosen: list[int], frame: Frame, layer: TextLayer) -> list[Word]:
        """Cut the characters to words where the run changes or the pen jumps."""
        if not chosen:
            return []
        index = np.array(chosen)
        objects = [self.objects[i] for i in chosen]
        x0, x1 = self._ends(index, objects, frame)
        kinds: dict[tuple[float, str, float], int] = {}
        facts: dict[int, tuple[int, float]] = {}
        for key in dict.fromkeys(objects):
            run = self.runs[key]
            same = (round(run.size, 1), run.font, round(frame.point(*run.base)[1], 1))
            facts[key] = (kinds.setdefault(same, len(kinds)), run.size)
        table = np.array([facts[key] for key in objects])
        kind, size = table[:, 0], table[:, 1]
        gap = x0[1:] - x1[:-1]
        least = np.minimum(size[1:], size[:-1])
        spaced = self._spaced(index, size, frame)
        cut = (kind[1:] != kind[:-1]) | (gap > _GAP * least) | (x0[1:] < x0[:-1] - _BACK * least)
        cut |= spaced[1:] | (self.made[index[1:] - 1] & (gap > _NARROW * least))
        starts = [0, *(np.flatnonzero(cut) + 1).tolist(), len(chosen)]
        letters = self._letters(chosen)
        words = []
        left, right = x0.tolist(), x1.tolist()
        for a, b in pairwise(starts):
            run = self.runs[objects[a]]
            text = _settled("".join(letters[a:b]), run.font if run.legacy else "", layer, self.legacy)
            if text:
                base = frame.point(*run.base)[1]
                words.append(Word(text, left[a], max(right[a:b]), base, run.size, run.heavy, run.font, bool(spaced[a])))
        return words

    def _ends(self, index: np.ndarray, objects: list[int], frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Left and right ends of the characters; the boxes of a sheared face are too wide by what leans out of them."""
        boxes = self.boxes[index]
        x0, x1 = frame.across(boxes)
        slant = np.array([self.runs[key].slant for key in objects])
        if (slant > _SHEARED).any():
            sides = (0, 2) if frame.angle % 180 else (1, 3)
            height = np.abs(boxes[:, sides[0]] - boxes[:, sides[1]]) * np.where(slant > _SHEARED, slant, 0.0)
            x0, x1 = x0 + _DESCENT * height, x1 - (1 - _DESCENT) * height
        # where PDFium puts a blank of its own it stands at the pen, while an italic letter's box hangs over
        after = np.minimum(index + 1, len(self.codes) - 1)
        pen = frame.across(self.boxes[after])[0]
        return x0, np.where(self.made[after] & (pen > x0), np.minimum(x1, pen), x1)

    def _spaced(self, index: np.ndarray, size: np.ndarray, frame: Frame) -> np.ndarray:
        """Whether a blank of the file stands right before each character, with room for it.

        On paper as well as in the file: letters of a fallback font follow later. Left ends are compared, since those of
        a sheared face lean alike.
        """
        before = np.maximum(index - 1, 0)
        room = frame.across(self.boxes[index])[0] - frame.across(self.boxes[before])[0]
        return self.blanks[before] & (room > _TIGHT * size) & (room < _NEAR * size)


def _settled(text: str, font: str, layer: TextLayer, legacy: Tally | None = None) -> str:
    """Letters of a legacy font converted, NFC, control characters out; what was done goes into the layer's account."""
    if font:
        text, _ = convert_run(text, font, legacy)
    if (not text.isascii() and not unicodedata.is_normalized("NFC", text)) or _DIRTY.search(text):
        text, removed, warnings = clean_text(text)
        layer.removed += removed
        layer.met += sum(map(count_characters, removed))
        layer.warnings += warnings
        text = text.strip()
    layer.met += count_characters(text)
    return text


def _turned(words: list[Word], own: Frame, page: Frame) -> list[Word]:
    """Words of another angle as whole lines, each a box in the page's frame (a heading cell written upwards)."""
    lines: dict[tuple[int, float], list[Word]] = {}
    for word in words:
        lines.setdefault((round(word.base), word.size), []).append(word)
    out = []
    for line in lines.values():
        line.sort(key=lambda w: w.x0)
        corners = [
            page.point(*own.back(x, y))
            for x, y in ((line[0].x0, line[0].top), (line[-1].x1, line[0].top), (line[-1].x1, line[0].bottom))
        ]
        x0, x1 = min(x for x, _ in corners), max(x for x, _ in corners)
        base = max(y for _, y in corners)
        text = " ".join(w.text for w in line)
        out.append(Word(text, x0, x1, base, line[0].size, line[0].heavy, line[0].font))
    return out
