"""Words with boxes → lines with markers → paragraphs of one page."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ingest.lines import CLOSE, OPEN, Block, marker, visible
from ingest.markup import SUPERSCRIPT
from ingest.readers.pdf_words import Word

_START = re.compile(
    r"^\s*(?:[-–+•*▪◦●○◆■□➢❖✓✔]\s|o\s+(?=[A-ZĐ])|\(?\d{1,2}[).]\s?|\d{1,2}(?:\.\d{1,2})+\.?\s|[IVX]{1,5}[.\-/]\s?|[A-Ha-eđg-z][.)]\s|(?:PHẦN|Phần|CHƯƠNG|Chương|MỤC|Mục|Điều|ĐIỀU)\s)"
)
_ATTACHED = re.compile(r"\s*\((?:Kèm theo|Ban hành kèm|Đính kèm)")  # an annex's note under its title
_COUNT = re.compile(r"\s*\(?(\d{1,2})([.)/-])\s+\D")
_BULLET = re.compile(r"\s*(?:[•▪◦●○◆■□➢❖✓✔]\s|o\s+(?=[A-ZĐ]))")
_DASH = re.compile(r"\s*(?:[-–+•*▪◦●○◆■□➢❖✓✔]\s|o\s+(?=[A-ZĐ]))")
_SPLIT_NUMBER = re.compile(r"[^\W_][-–]")  # "294-" at a line's end: a document number goes on
_BLANK_NUMBER = re.compile(r"[-–/]\s?[A-ZĐ].*|[-–/]")  # "-BC/HU" behind "Số" and a blank that is filled in by hand
_NUMBER = re.compile(r"(?:.*\W)?[Ss][ốỐ]\s*:?")
_DATE = re.compile(r"(?:tháng|năm)\W?")
_RAISED = 0.82  # a marker's size over its line's
_RISE = (0.12, 0.7)  # how far a marker's baseline stands above its line's, in sizes of the line
_HANGS = 0.8  # sizes of white space between a raised word and the one it hangs on
_DWARF = 0.35
_SPACED = 1.3  # leadings between two paragraphs; a line with raised letters takes a tenth more than others
_FLUSH = 0.4  # sizes by which left ends of lines that stand under one another differ, in a scan
_SAME_LINE = 0.25  # how far baselines of one line may differ, in sizes
_GAP = 2.2  # sizes of white space that part two columns of a letterhead
_DIGITS = re.compile(r"([(\[]?\d{1,3}[)\]]?)([.,;:]?)")
_SUPERSCRIPT = re.compile(r"⁽?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}⁾?(?![^\W\d_])")


@dataclass(slots=True)
class Line:
    """One printed line (or one side of a line with a wide gap).

    Attributes:
        text: with markers as tokens.
        x0: left end, points.
        x1: right end.
        base: height of the baseline.
        size: of most of its letters.
        bold: all of it is bold or italic.
        zone: it stands in the footnote zone.
        marked: it starts with a raised number.
        lead: length of the leading bold or italic run.
        running: it is a running head.
        side: one of several pieces that a wide gap parts.
        head: width of its first word, points.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool
    zone: bool = False
    marked: bool = False
    lead: int = 0
    running: bool = False
    side: bool = False
    head: float = 0.0

    @property
    def top(self) -> float:
        """About the upper end of its capitals."""
        return self.base - 0.75 * self.size

    @property
    def bottom(self) -> float:
        """About the lower end of its descenders."""
        return self.base + 0.2 * self.size


def lines_of(words: list[Word], width: float, rule: float | None) -> list[Line]:
    """Group words to lines by their baselines; small raised digits become marker tokens.

    Args:
        words: upright words of one page, column or cell.
        width: of the page, points.
        rule: height of the rule above the notes; lines below it belong to the note zone.
    """
    out: list[Line] = []
    for row in rows_of(words):
        pieces = _split_wide(row)
        for piece in pieces:
            line = _line(piece)
            line.zone = rule is not None and line.top >= rule - 1
            line.side = len(pieces) > 1
            out.append(line)
    return out


def rows_of(words: list[Word]) -> list[list[Word]]:
    """Words on one baseline are a row, from left to right; smaller ones join the row that they hang on."""
    rows: list[list[Word]] = []
    bases: list[float] = []  # of the rows, sorted; `rows` and `sizes` go along
    sizes: list[float] = []
    last = -1  # the row that took the word before, most often this one's as well
    for _, base, _, word in sorted((-round(w.size, 1), w.base, i, w) for i, w in enumerate(words)):
        if last >= 0 and bases[last] == base and word.size > _RAISED * sizes[last]:
            rows[last].append(word)
            continue
        at = bisect_left(bases, base)
        best: tuple[float, int] | None = None
        for i in range(max(0, at - 2), min(len(bases), at + 2)):
            off = (bases[i] - base) / sizes[i]
            small = word.size <= _RAISED * sizes[i] or _DIGITS.fullmatch(word.text)
            if not -_SAME_LINE <= off <= (_RISE[1] if small else _SAME_LINE) or (best and abs(off) >= best[0]):
                continue
            # a raised word hangs on another one: under a watermark's letters stand whole lines that do not
            if abs(bases[i] - base) <= _SAME_LINE * word.size or _hangs(word, rows[i], sizes[i]):
                best = (abs(off), i)
        if best is not None:
            last = best[1]
            rows[last].append(word)
        else:
            last = at
            bases.insert(at, base)
            sizes.insert(at, max(word.size, 0.1))
            rows.insert(at, [word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _hangs(word: Word, row: list[Word], size: float) -> bool:
    """The word stands right behind or before one of the row, and is no dwarf beside it."""
    if word.size < _DWARF * size:
        return False
    return any(-0.5 < gap / size < _HANGS for w in row for gap in (word.x0 - w.x1, w.x0 - word.x1))


def _split_wide(row: list[Word]) -> list[list[Word]]:
    """Two columns of a letterhead or of a signature block: parted where the gap is wider than `_GAP` sizes."""
    pieces = [[row[0]]]
    for before, word in pairwise(row):
        if word.x0 - before.x1 > _GAP * max(before.size, word.size) and not _is_blank(pieces[-1], word):
            pieces.append([])
        pieces[-1].append(word)
    return pieces


def _is_blank(before: list[Word], word: Word) -> bool:
    """The gap is one that somebody fills in by hand: "Số      -BC/HU", "ngày       tháng       năm"."""
    if _BLANK_NUMBER.fullmatch(word.text):
        return bool(_NUMBER.fullmatch(before[-1].text))
    return bool(_DATE.fullmatch(word.text)) and any(w.text.strip("(,.").lower() == "ngày" for w in before)


def _line(words: list[Word]) -> Line:
    main = _most(_weights(words, lambda w: w.size))
    plain = [w for w in words if w.size >= main * _RAISED] or words
    base = _most(_weights(plain, lambda w: w.base))
    parts: list[str] = []
    marked = False
    lead: int | None = None
    length = 0
    for i, word in enumerate(words):
        part = _part(word, base, main)
        marked = marked or (i == 0 and OPEN in part)
        glued = i > 0 and _touches(words[i - 1], word) and (not word.spaced or part.startswith(OPEN))
        part = part if i == 0 or glued else " " + part
        if lead is None and not word.heavy and re.search(r"\w", word.text):
            lead = length
        parts.append(part)
        length += len(part)
    letters = [w for w in plain if re.search(r"\w", w.text)]
    bold = bool(letters) and all(w.heavy for w in letters)
    return Line(
        *("".join(parts), words[0].x0, max(w.x1 for w in words), base, main, bold),
        marked=marked,
        head=words[0].x1 - words[0].x0,
        lead=length if lead is None else lead,
    )


def _weights(words: list[Word], key: Callable[[Word], float]) -> dict[float, int]:
    weights: dict[float, int] = {}
    for word in words:
        value = round(key(word), 1)
        weights[value] = weights.get(value, 0) + len(word.text)
    return weights


def _most(weights: dict[float, int]) -> float:
    return max(weights, key=lambda k: (weights[k], k))


def _part(word: Word, base: float, size: float) -> str:
    """The word as it goes into its line's text: a raised number as a marker's token."""
    rise = (base - word.base) / size if size else 0.0
    if _RISE[0] < rise and (m := _DIGITS.fullmatch(word.text)) and (word.size <= _RAISED * size or rise > _SAME_LINE):
        return _token(m.group(1)) + m.group(2)
    if word.text.isascii():
        return word.text
    return _SUPERSCRIPT.sub(lambda m: _token(m.group(0)), word.text)


def _token(raised: str) -> str:
    return marker(re.sub(r"\D", "", raised.translate(SUPERSCRIPT)), raised)


def _touches(before: Word, word: Word) -> bool:
    return word.x0 - before.x1 < 0.12 * max(before.size, word.size)


def paragraphs_of(lines: list[Line], width: float, stops: list[float]) -> list[tuple[float, Block]]:
    """Join the lines of one page to paragraphs.

    A line starts a paragraph when it is indented, numbered, centred, in another weight, behind a short line that
    ends a sentence, or behind more white space than usual.

    Args:
        lines: of the running text, in reading order.
        width: of the page, points.
        stops: heights of tables, which end a paragraph.

    Returns:
        (height, block) pairs; centred lines stay single blocks.
    """
    if not lines:
        return []
    full = [line for line in lines if not line.side]
    left = min((line.x0 for line in full), default=0.0)
    right = max((line.x1 for line in full), default=width)
    margin = _margin(full) if full else left
    setting = _Setting(margin, right, _leading(full), _justified(full, margin, right))
    out: list[tuple[float, Block]] = []
    previous: Line | None = None
    first = True  # the line before is the first one of its paragraph
    for line in lines:
        centred = line.side or _is_centred(line, left, right)
        fresh = (
            previous is None
            or centred
            or previous.side
            or _is_centred(previous, left, right)
            or _starts(line, previous, first, setting)
            or _counts_on(out[-1][1].text, line.text)
            or any(previous.top < s <= line.top for s in stops)
        )
        if fresh:
            year = re.fullmatch(r"\s*\d{4}\s*", line.text) and next(
                (b for _, b in out[-3:] if b.text.endswith("năm")), None
            )
            if year:  # "ngày 18 tháng 12 năm | 2023": a date over two lines of the letterhead
                year.text = f"{year.text} {line.text.strip()}"
                continue
            block = Block(line.text, bold=line.bold, centred=centred, lead=line.lead)
            out.append((line.top, block))
        else:
            _append(out[-1][1], line)
        previous, first = line, fresh
    return out


def _append(block: Block, line: Line) -> None:
    glue = "" if _SPLIT_NUMBER.search(block.text[-2:]) and line.text[:1].isalnum() else " "
    if block.bold:
        block.lead = len(block.text) + len(glue) + line.lead
    block.text = block.text + glue + line.text
    block.bold = block.bold and line.bold


def _margin(lines: list[Line]) -> float:
    """The left margin: the leftmost place where several lines start; on a page of list items most are indented."""
    starts = Counter(round(line.x0) for line in lines)
    return min(x for x, n in starts.items() if n >= max(2, 0.08 * len(lines)) or n == starts.most_common(1)[0][1])


def _leading(lines: list[Line]) -> float:
    steps = [b.top - a.top for a, b in pairwise(lines) if 0 < b.top - a.top < 60]
    return sorted(steps)[len(steps) // 2] if steps else 18.0


def _is_centred(line: Line, left: float, right: float) -> bool:
    before, after = line.x0 - left, right - line.x1
    span = right - left
    return span > 0 and min(before, after) > 0.06 * span and abs(before - after) < 0.08 * span


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a page's running text is set, points: left margin, right end, leading; whether lines are justified."""

    margin: float
    right: float
    leading: float
    justified: bool


def _justified(lines: list[Line], margin: float, right: float) -> bool:
    """Most long lines end at one place."""
    long = [line for line in lines if line.x1 - line.x0 > 0.6 * (right - margin)]
    return len(long) >= 8 and sum(right - line.x1 < 2.0 for line in long) >= 0.6 * len(long)


def _counts_on(text: str, line: str) -> bool:
    """The line carries the number behind that of the paragraph above it: "4. …" under "3. …"."""
    above, here = _COUNT.match(visible(text[:40])), _COUNT.match(visible(line[:40]))
    return bool(above and here) and above[2] == here[2] and int(here[1]) == int(above[1]) + 1  # type: ignore[index]


def _placed(line: Line, previous: Line, first: bool, ends: bool, indent: float) -> bool | None:
    """What a line's left end says behind a line that is full; None where it says nothing.

    Args:
        line: whose left end is looked at.
        previous: the line above it.
        first: that one is the first of its paragraph.
        ends: that one ends a sentence or announces a list.
        indent: of the line from the margin, points.
    """
    step = line.x0 - previous.x0
    if abs(step) < _FLUSH * line.size:
        return None if indent < _FLUSH * line.size or (first and ends) or _START.match(line.text) else False
    if first:  # under the first line of an item hang the others; under an indented one they start at the margin
        return False if step > 0 and not _START.match(line.text) else None
    opens = bool(_START.match(line.text)) or line.text.lstrip()[:1].isupper()
    return True if opens and (step > 0 or indent > _FLUSH * line.size) else None


def _starts(line: Line, previous: Line, first: bool, setting: _Setting) -> bool:
    margin, right, leading = setting.margin, setting.right, setting.leading
    text = visible(line.text)
    # a line is broken where the next word no longer fits; where lines are justified, at the margin
    room = right - previous.x1
    short = room > 0.6 * line.size + (0.0 if setting.justified else line.head)
    ends = bool(re.search(r"[.:;!?…][”\"')]*$", re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", previous.text).rstrip()))
    if line.top - previous.top > 1.7 * leading or _ATTACHED.match(text) or _BULLET.match(text):
        return True
    if not ends and text.lstrip()[:1].islower() and not _START.match(text):
        return False
    if line.top - previous.top > _SPACED * leading and (ends or text.lstrip()[:1].isupper()):
        return True
    if room > 2 * line.size + line.head and text.lstrip()[:1].isupper() and not (line.bold and previous.bold):
        return True
    if line.bold != previous.bold and (short or ends) and (line.bold or previous.bold):
        return True
    indent = line.x0 - margin
    if not short:
        placed = _placed(line, previous, first, ends, indent)
        if placed is not None:
            return placed
    if indent > 1.2 * line.size or (indent > 0.8 * line.size and previous.x0 <= line.x0 + 1 and (ends or short)):
        return True
    if short and (ends or bool(_START.match(text))):
        return True
    # an indent tells an item from a wrapped line; behind the end of a sentence a dash needs none
    return ends and (bool(_DASH.match(text)) or (bool(_START.match(text)) and indent > 0.3 * line.size))
