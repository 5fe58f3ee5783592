"""Words with boxes → lines with markers → paragraphs of one page."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ingest.lines import CLOSE, OPEN, Block, marker, visible

_START = re.compile(
    r"^\s*(?:[-–+•*]\s|\(?\d{1,2}[).]\s?|\d{1,2}(?:\.\d{1,2})+\.?\s|[IVX]{1,5}[.\-/]\s?|[A-Ha-eđg-z][.)]\s|(?:PHẦN|Phần|CHƯƠNG|Chương|MỤC|Mục|Điều|ĐIỀU)\s)"
)
_HEAVY = re.compile(r"bold|italic|oblique", re.I)
_RAISED = 0.82  # a marker's size over its line's
_GAP = 2.2  # sizes of white space that part two columns of a letterhead


@dataclass(slots=True)
class Line:
    """One printed line (or one side of a line with a wide gap)."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    zone: bool = False
    marked: bool = False
    lead: int = 0
    running: bool = False
    side: bool = False


def lines_of(words: list[dict[str, Any]], width: float, rule: float | None) -> list[Line]:
    """Group words to lines by their boxes; small raised digits become marker tokens.

    Args:
        words: of pdfplumber, with size and fontname.
        width: of the page, points.
        rule: height of the rule above the notes; lines below it belong to the note zone.
    """
    out: list[Line] = []
    for row in _rows(words):
        pieces = _split_wide(row)
        for piece in pieces:
            line = _line(piece)
            line.zone = rule is not None and line.top >= rule - 1
            line.side = len(pieces) > 1
            out.append(line)
    return out


def _rows(words: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Words whose boxes share most of their height are one row; small words join the row they touch."""
    rows: list[list[dict[str, Any]]] = []
    boxes: list[list[float]] = []
    for word in sorted(words, key=lambda w: (-w["size"], w["top"], w["x0"])):
        middle = (word["top"] + word["bottom"]) / 2
        best = None
        for i, (top, bottom) in enumerate(boxes):
            if top - 1 <= middle <= bottom + 1 and (best is None or abs(middle - (top + bottom) / 2) < best[0]):
                best = (abs(middle - (top + bottom) / 2), i)
        if best is None:
            rows.append([word])
            boxes.append([word["top"], word["bottom"]])
        else:
            rows[best[1]].append(word)
    order = sorted(range(len(rows)), key=lambda i: (round(boxes[i][0], 1), rows[i][0]["x0"]))
    return [sorted(rows[i], key=lambda w: w["x0"]) for i in order]


def _split_wide(row: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Two columns of a letterhead or of a signature block: parted where the gap is wider than `_GAP` sizes."""
    pieces = [[row[0]]]
    for before, word in pairwise(row):
        if word["x0"] - before["x1"] > _GAP * max(before["size"], word["size"]):
            pieces.append([])
        pieces[-1].append(word)
    return pieces


def _line(words: list[dict[str, Any]]) -> Line:
    size: Counter[float] = Counter()
    for w in words:
        size[round(w["size"], 1)] += len(w["text"])
    main = size.most_common(1)[0][0]
    base = [w for w in words if round(w["size"], 1) >= main * _RAISED] or words
    bottom = max(w["bottom"] for w in base)
    parts: list[str] = []
    marked = False
    for i, word in enumerate(words):
        text = word["text"]
        small = word["size"] <= main * _RAISED and word["bottom"] < bottom - 0.08 * main
        if small and (m := re.fullmatch(r"([(\[]?\d{1,3}[)\]]?)([.,;:]?)", text)):
            token = marker(re.sub(r"\D", "", m.group(1)), m.group(1)) + m.group(2)
            marked = marked or i == 0
            parts.append(token if i == 0 or _touches(words[i - 1], word) else " " + token)
        else:
            glued = i > 0 and _touches(words[i - 1], word)
            parts.append(text if i == 0 or glued else " " + text)
    letters = [w for w in base if re.search(r"\w", w["text"])]
    bold = bool(letters) and all(_HEAVY.search(w["fontname"]) for w in letters)
    text = "".join(parts)
    lead = 0
    for part, word in zip(parts, words, strict=True):
        if not _HEAVY.search(word["fontname"]) and re.search(r"\w", word["text"]):
            break
        lead += len(part)
    if not marked and re.match(r"^\s*\(?\d{1,3}\)?\s", text) and words[0]["size"] < 0.9 * main:
        marked = True
    return Line(
        text, words[0]["x0"], words[-1]["x1"], min(w["top"] for w in base), bottom, main, bold, marked=marked, lead=lead
    )


def _touches(before: dict[str, Any], word: dict[str, Any]) -> bool:
    return word["x0"] - before["x1"] < 0.12 * max(before["size"], word["size"])


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
    margin = Counter(round(line.x0) for line in full).most_common(1)[0][0] if full else left
    leading = _leading(full)
    out: list[tuple[float, Block]] = []
    previous: Line | None = None
    for line in lines:
        centred = line.side or _is_centred(line, left, right)
        fresh = (
            previous is None
            or centred
            or previous.side
            or _is_centred(previous, left, right)
            or _starts(line, previous, margin, right, leading)
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
            block = out[-1][1]
            if block.bold:
                block.lead = len(block.text) + 1 + line.lead
            block.text = f"{block.text} {line.text}"
            block.bold = block.bold and line.bold
        previous = line
    return out


def _leading(lines: list[Line]) -> float:
    steps = [b.top - a.top for a, b in pairwise(lines) if 0 < b.top - a.top < 60]
    return sorted(steps)[len(steps) // 2] if steps else 18.0


def _is_centred(line: Line, left: float, right: float) -> bool:
    before, after = line.x0 - left, right - line.x1
    span = right - left
    return span > 0 and min(before, after) > 0.06 * span and abs(before - after) < 0.08 * span


def _starts(line: Line, previous: Line, margin: float, right: float, leading: float) -> bool:
    text = visible(line.text)
    short = right - previous.x1 > 0.12 * (right - margin)
    ends = bool(re.search(r"[.:;!?…][”\"')]*$", re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", previous.text).rstrip()))
    if line.top - previous.top > 1.7 * leading:
        return True
    if line.x0 - margin > 0.8 * line.size and previous.x0 - margin <= line.x0 - margin + 1 and (ends or short):
        return True
    if line.x0 - margin > 1.2 * line.size:
        return True
    if line.bold != previous.bold and (short or ends) and (line.bold or previous.bold):
        return True
    if short and (ends or bool(_START.match(text))):
        return True
    return ends and bool(_START.match(text)) and line.x0 - margin > 0.3 * line.size
