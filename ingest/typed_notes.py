"""Footnotes typed by hand: "(1)", "[1]" or "(*)" behind a word, and bodies that start with the same sign.

Such a sign alone proves nothing: lists and asides look the same. A sign at the start of a block is a body when it
stands where bodies stand (under a rule, under "CHÚ THÍCH", behind another body) and when the running text before it
carries the same sign, glued to a word where it is a number in parentheses. What is confirmed becomes the tokens that
readers write for printed markers, and `ingest.notes` links it like any other note.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ingest.flow import ends_open, starts_low
from ingest.letters import LOWER, UPPER
from ingest.lines import MARKER, OPEN, Block, marker

_HEADER = re.compile(r"^\W*(?:CHÚ THÍCH|Chú thích|GHI CHÚ|Ghi chú|CHÚ DẪN|Chú dẫn)\W*$")
_REACH = 4  # blocks of running text that a body's paragraphs may fill between it and the body before
_PRINTED = 3  # a file with this many printed markers has no typed ones in need of guessing


@dataclass(frozen=True, slots=True)
class _Style:
    """One way to type notes: `body` at a block's start, `mark` within the text; group 1 is the key."""

    body: re.Pattern[str]
    mark: re.Pattern[str]
    bare: bool = False  # bodies stand anywhere: each carries on the numbers, behind a marker of its own


_STYLES = (
    _Style(
        re.compile(r"\s*\((\d{1,3})\)\s*(?:[-–—:.]\s*)?(?=\S)"),
        re.compile(r"(?<=[\w%)”\"’²³.,;:])\((\d{1,3})\)(?!\s*[-–]?\s*[:=])"),
    ),
    # with a blank before it, a number in parentheses is a marker only at the end of a clause: "412 ha (1)."
    _Style(
        re.compile(r"\s*\((\d{1,3})\)\s*(?:[-–—:.]\s*)?(?=\S)"),
        re.compile(r"(?<=[\w%)”\"’²³])\s\((\d{1,3})\)(?=\s*(?:[.,;]|$))"),
    ),
    _Style(re.compile(r"\s*\[(\d{1,3})\]\s*(?:[-–—:.]\s*)?(?=\S)"), re.compile(r"(?<=\S)\s?\[(\d{1,3})\]")),
    # "hộ nghèo2, …" and a line "2 Bản Nà Lốc …": raised digits that lost their place on the line
    _Style(
        re.compile(rf"\s*(\d{{1,3}})\s+(?=[“\"(]?[{UPPER}])"),
        re.compile(rf"(?:(?<=[{LOWER}][{LOWER}])(?<![kcdmh]m)|(?<=[”)%]))(\d{{1,3}})(?=[\s.,;:]|$)"),
        bare=True,
    ),
    _Style(re.compile(r"\s*\((\*{1,4})\)\s*(?:[-–—:.]\s*)?(?=\S)"), re.compile(r"(?<=\S)\s?\((\*{1,4})\)")),
)


def confirm_typed_notes(blocks: list[Block]) -> None:
    """Turn confirmed signs, and those that open a body, into tokens; and mark the zone that holds the bodies.

    Args:
        blocks: in reading order; changed in place.
    """
    for block in blocks:  # readers make tokens of "(*)" only to keep it from being read as emphasis
        if OPEN in block.text:
            block.text = MARKER.sub(lambda m: m.group(2) if m.group(1)[:1] == "*" else m.group(0), block.text)
    printed = sum(1 for b in blocks for m in MARKER.finditer(b.text) if m.start() > 0)
    if printed >= _PRINTED or any(b.role == "note" for b in blocks):
        return
    for style in _STYLES:
        _confirm(blocks, style)


def _confirm(blocks: list[Block], style: _Style) -> None:
    bodies = _carried_on(blocks, style) if style.bare else _bodies(blocks, style)
    if len(bodies) <= style.bare:
        return
    seen: Counter[str] = Counter()
    paired: list[int] = []
    for i, block in enumerate(blocks):
        if block.role != "text":
            continue
        if i in bodies:
            if seen[bodies[i]] > 0:
                seen[bodies[i]] -= 1
                paired.append(i)
            continue
        seen.update(m.group(1) for m in style.mark.finditer(block.text))
    if len(paired) * 2 < len(bodies):
        return
    keys = {bodies[i] for i in paired}
    for i, block in enumerate(blocks):
        if i in bodies:
            if i in paired:
                _open(block, style)
        elif block.role == "text":
            block.text = style.mark.sub(lambda m: _token(m) if m.group(1) in keys else m.group(0), block.text)
    _mark_zone(blocks, paired)


def _bodies(blocks: list[Block], style: _Style) -> dict[int, str]:
    """Places of blocks that start like a body and stand where bodies stand, with their keys."""
    found: dict[int, str] = {}
    reach = 0  # running text blocks left before the zone is over
    for i, block in enumerate(blocks):
        if block.role == "rule" or (block.role == "text" and _HEADER.match(block.text)):
            reach = 1
        elif block.role == "text":
            m = style.body.match(block.text) if reach or block.zone else None
            if m:
                found[i] = m.group(1)
                reach = _REACH
            else:
                reach -= reach > 0
                # one cut body may stand between the rule and the first body: it goes on from the page before
                if reach == 0 and i and blocks[i - 1].role == "rule" and starts_low(block):
                    reach = 1
        elif block.role not in {"furniture", "note"}:
            reach = 0
    return found


def _carried_on(blocks: list[Block], style: _Style) -> dict[int, str]:
    """Blocks that open with the next number, or with 1 again, which running text before them carries as a marker."""
    found: dict[int, str] = {}
    pending: set[int] = set()
    last = 0
    for i, block in enumerate(blocks):
        if block.role != "text":
            continue
        m = style.body.match(block.text)
        if m and int(m.group(1)) in pending & {last + 1, 1}:
            last = int(m.group(1))
            pending.discard(last)
            found[i] = m.group(1)
        else:
            pending |= {int(m.group(1)) for m in style.mark.finditer(block.text)}
    return found


def _open(block: Block, style: _Style) -> None:
    m = style.body.match(block.text)
    if m:
        sign = m.group(0).strip()
        block.text = marker(m.group(1), sign) + block.text[m.end() :]


def _token(m: re.Match[str]) -> str:
    sign = m.group(0)
    blank = sign[: len(sign) - len(sign.lstrip())]
    return blank + marker(m.group(1), sign.strip())


def _mark_zone(blocks: list[Block], paired: list[int]) -> None:
    """What stands between a rule and the first body under it goes on with the last body of the page before."""
    first = set(paired)
    for i, block in enumerate(blocks):
        if block.role != "rule" or not any(j in first for j in (i + 1, i + 2)):
            continue
        following = blocks[i + 1]
        if i + 1 not in first and following.role == "text" and starts_low(following) and OPEN not in following.text[:1]:
            following.zone = any(ends_open(blocks[j]) for j in paired if j < i)
