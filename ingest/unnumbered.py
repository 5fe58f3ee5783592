"""Headings without a number: announced roles, lines in bold, annexes over "(Kèm theo …)", names before paragraphs."""

from __future__ import annotations

import re

from ingest.flow import is_bullet, starts_low
from ingest.grammar import ANNOUNCES, NAMED, RANK, ROLE_AND_COLON, ROLES, UNNUMBERED_RANK, parse_number
from ingest.letters import UPPER
from ingest.lines import Block
from ingest.siblings import Head

FURNITURE_BETWEEN = frozenset({"rule", "furniture", "note"})  # what a page break puts into a heading
_MAX_UNNUMBERED = 120
_SHORT = 60
_TITLE_LINES = 3
_LABEL = re.compile(rf"([{UPPER}][^.;:!?\d]{{2,45}}\.)\s+(?=[{UPPER}\d])")
_LABEL_ROW, _LABEL_WORDS = 3, 6  # paragraphs in a row, spaces in the name of each
_STARRED = re.compile(rf"\s*\*\s*([{UPPER}][^.;:!?]{{2,{_MAX_UNNUMBERED}}}):(?=\s|$)\s*")
_REMARK = re.compile(r"(?:ghi chú|chú thích|chú giải|lưu ý)\b|nguồn(?:\s+(?:số liệu|tài liệu|trích))?$", re.I)
_BRACKETED = re.compile(r"\((\d{1,2})\)\s*[-–.]?\s*(?=\S)")  # "(1) Nâng cao …", a heading where it is a bold line alone
_BOLD_LABEL = re.compile(rf"\s*[{UPPER}][^.;:!?]{{2,{_SHORT}}}\s*[.:]\s*$")


def unnumbered_head(blocks: list[Block], place: int, following: Block | None) -> Head | None:
    """Roles ("Nguyên nhân khách quan"), chapters in capitals, and lines in bold with a text below."""
    block = blocks[place]
    text = block.text.strip()
    m = ROLES.match(text)
    if not m:
        return _attached(blocks, place) or _line_alone(blocks, place, text, following)
    whole = m.end() >= len(text)
    lost = len(block.text) - len(block.text.lstrip())
    if whole and not text.endswith((".", ";")):
        if following is None or len(text) > 100:
            return None
        return Head("role", UNNUMBERED_RANK, None, m.group(1).strip())
    if ROLE_AND_COLON.match(text) or (block.lead and abs(block.lead - (m.end() + lost)) <= 2):
        return Head("role", UNNUMBERED_RANK, None, m.group(1).strip(), m.end() + lost)
    return None


def _attached(blocks: list[Block], place: int) -> Head | None:
    """The title of an annex without a name of its kind: lines in capitals or bold over "(Kèm theo …)"."""
    above = next((b for b in reversed(blocks[max(0, place - 2) : place]) if b.role != "rule"), None)
    if above is not None and above.role == "text" and (above.shown.isupper() or above.bold):
        return None  # the second line of a title
    for block in blocks[place : place + _TITLE_LINES + 1]:
        if block.role == "furniture" and block.kind == "annex_note":
            return Head("annex", RANK["annex"], None, blocks[place].text.strip())
        if block.role == "rule":
            continue
        if block.role != "text" or not (block.shown.isupper() or block.bold) or len(block.shown) > _MAX_UNNUMBERED:
            return None
    return None


def _line_alone(blocks: list[Block], place: int, text: str, following: Block | None) -> Head | None:
    """A line in bold or in the capitals of a known chapter, with running text of another form below."""
    block = blocks[place]
    number, text = (m.group(1), text[m.end() :]) if (m := _BRACKETED.match(text)) else (None, text)
    if len(text) > _MAX_UNNUMBERED or following is None or re.search(r"[.,;:!?…]$", text) or not text[:1].isupper():
        return None
    named = text.isupper() and NAMED.fullmatch(text)
    alone = following.text.strip()
    if named and not alone.isupper():
        return Head("named", UNNUMBERED_RANK, None, text)
    behind = next((b for b in blocks[place + 1 :] if b.role not in FURNITURE_BETWEEN), None)
    if not block.bold or block.centred or text.isupper() or behind is not following:
        return None
    if following.bold:
        # one bold line over another, each a unit of its own: the outer and the inner heading
        at = next(i for i in range(place + 1, len(blocks)) if blocks[i] is following)
        below = next((b for b in blocks[at + 1 : at + 5] if b.role == "text"), None)
        nested = following.gap and max(len(text), len(alone)) <= _SHORT and below is not None and not below.bold
        return Head("bold", UNNUMBERED_RANK, None, text) if nested and _line_alone(blocks, at, alone, below) else None
    if starts_low(following) or (len(alone) < 40 and not is_bullet(alone)) or len(text) < 6 or text.count(" ") < 1:
        return None
    return Head("paren" if number else "bold", RANK["paren"] if number else UNNUMBERED_RANK, number, text)


def plain_labels(blocks: list[Block], heads: dict[int, Head]) -> None:
    """Paragraphs in a row that all open with a name and a full stop: "Sản xuất. Gieo cấy …", "Giáo dục. Có 12 …"."""
    row: list[tuple[int, re.Match[str]]] = []
    for i, block in enumerate([*blocks, Block("")]):
        if block.role in FURNITURE_BETWEEN:
            continue
        m = _LABEL.match(block.text) if block.role == "text" and i not in heads and not block.bold else None
        if m and m.group(1).count(" ") <= _LABEL_WORDS:
            row.append((i, m))
            continue
        if len(row) >= _LABEL_ROW:
            heads.update((at, Head("bold", UNNUMBERED_RANK, None, m.group(1), m.end())) for at, m in row)
        row = []


def starred(blocks: list[Block], heads: dict[int, Head]) -> None:
    """Names behind an asterisk: "* Về kinh tế:" on lines of their own, two at least, and then also before a sentence.

    Args:
        blocks: in reading order.
        heads: place → heading; theirs are added.
    """
    found: dict[int, Head] = {}
    alone = 0
    for i, block in enumerate(blocks):
        m = _STARRED.match(block.text) if block.role == "text" and i not in heads else None
        if m is None or _REMARK.match(m.group(1)) or ANNOUNCES.search(m.group(1)):
            continue
        whole = not block.text[m.end() :].strip()
        if whole and (i + 1 == len(blocks) or _STARRED.fullmatch(blocks[i + 1].text.strip()) or blocks[i + 1].cells):
            continue
        alone += whole
        found[i] = Head("star", UNNUMBERED_RANK, None, m.group(1).strip(), None if whole else m.end())
    if alone > 1:
        heads.update(found)


def bold_labels(blocks: list[Block], heads: dict[int, Head]) -> None:
    """Emphasised names with a colon or stop, each in front of a sentence, two and more of them under one heading.

    Args:
        blocks: in reading order.
        heads: place → heading; theirs are added.
    """
    group: dict[int, Head] = {}
    for i, block in enumerate([*blocks, Block("")]):
        if i in heads or i == len(blocks):
            if len(group) > 1:
                heads.update(group)
            group = {}
        elif block.role == "text" and 0 < block.lead < len(block.text.rstrip()) and not block.bold:
            end = block.lead + len(block.text[block.lead :]) - len(block.text[block.lead :].lstrip(" :"))
            end = end if ":" in block.text[block.lead : end] else block.lead
            sentence = not block.text[end:].lstrip('“"‘( ')[:1].islower()  # "**Thu ngân sách:** đạt 40 tỷ đồng" is one
            named = _BOLD_LABEL.match(block.text[:end]) and not is_bullet(block.text)
            if named and sentence and parse_number(block.text) is None:
                title = block.text[:end].strip().rstrip(":").strip()
                group[i] = Head("label", UNNUMBERED_RANK + 1, None, title, end)
