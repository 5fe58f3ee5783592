"""Footnotes typed by hand: "(1)", "[1]" or "(*)" behind a word, and bodies that start with the same sign.

Such a sign alone proves nothing: lists and asides look the same. A sign at the start of a block is a body when it
stands where bodies stand (under a rule, under "CHÚ THÍCH", behind another body), or carries on the numbers of the
bodies before it, and when the running text before it carries the same sign, glued to a word where it is a number in
parentheses. What is confirmed becomes the tokens that readers write for printed markers, and `ingest.notes` links it
like any other note.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.flow import ends_open, starts_low
from ingest.letters import LOWER, UPPER
from ingest.lines import MARKER, MID, OPEN, Block, marker

_HEADER = re.compile(r"\W*(?:chú thích|ghi chú|chú dẫn|chú giải)(?:\s+(?:phần|mục|chương)\s+\w+)?\W*$", re.I)
_REACH = 4  # blocks of running text that a body's paragraphs may fill between it and the body before
_SLIP_REACH = 200  # blocks in which a marker with a slip is looked for
_ESTABLISHED = 3  # bodies after which one without a marker may follow
_PRINTED = 3  # a file with this many printed markers has no typed ones in need of guessing


@dataclass(frozen=True, slots=True)
class _Style:
    """One way to type notes: `body` at a block's start, `mark` within the text; group 1 is the key.

    `anywhere`: bodies need no rule above them, but carry on each other's numbers, behind markers of their own. `bare`:
    nothing but a number tells them. `slip`: the pattern of a marker KEY that was typed with a blank before it.
    """

    body: re.Pattern[str]
    mark: re.Pattern[str]
    slip: str = r"(?!)"
    anywhere: bool = False
    bare: bool = False


# "Điều 5(1)" cites a clause; "quý1", "lớp5" name what they count
_CITED = re.compile(r"\b(?:điều|khoản|điểm|mục|chương|phần)\s\d{1,3}[a-zđ]?$", re.I)
_COUNTED = re.compile(r"\b(?:quý|lớp|tổ|mũi|khối|nhóm|đợt|khoản)$", re.I)
# With a blank before it, a number behind these is theirs: "Tổ dân phố 4, gồm …", "khoản (4) của Quy chế"
_NAMES_A_NUMBER = re.compile(
    r"\b(?:quý|lớp|tổ|phố|mũi|khối|nhóm|đợt|khoản|điều|điểm|mục|phần|chương|số|cấp|loại|hạng|bảng|biểu|khu|bản|thôn|"
    r"ấp|xóm|khóm|tháng|ngày|năm|thứ|từ|đến|là|được|còn)$",
    re.I,
)


def _marks(style: _Style, text: str) -> Iterator[re.Match[str]]:
    """The signs in running text that may be markers: no citations, no items of a series."""
    for m in style.mark.finditer(text):
        before = text[max(0, m.start() - 24) : m.start()]
        if (_COUNTED if style.bare else _CITED).search(before):
            continue
        item = before[-1:] in ":;," and text[m.end() : m.end() + 2].lstrip()[:1].islower()
        if not (item and m.group(0).startswith(("(", "["))):
            yield m


_STYLES = (
    _Style(
        re.compile(r"\s*\((\d{1,3})\)\s*(?:[-–—:.]\s*)?(?=\S)"),
        re.compile(r"(?<=[\w%)”\"’²³.,;:])\((\d{1,3})\)(?!\s*[-–]?\s*[:=])"),
        slip=r"(?<=[\w%)”\"’.,;])\s\((KEY)\)",
        anywhere=True,
    ),
    # with a blank before it, a number in parentheses is a marker only at the end of a clause: "412 ha (1)."
    _Style(
        re.compile(r"\s*\((\d{1,3})\)\s*(?:[-–—:.]\s*)?(?=\S)"),
        re.compile(r"(?<=[\w%)”\"’²³])\s\((\d{1,3})\)(?=\s*(?:[.,;]|$))"),
    ),
    _Style(
        re.compile(r"\s*\[(\d{1,3})\]\s*(?:[-–—:.]\s*)?(?=\S)"),
        re.compile(r"(?<=\S)\s?\[(\d{1,3})\]"),
        anywhere=True,
    ),
    # "hộ nghèo2, …" and a line "2 Bản Nà Lốc …": raised digits that lost their place on the line
    _Style(
        re.compile(rf"\s*(?:[-*•]\s+)?(\d{{1,3}})\s+(?=[“\"(]?[{UPPER}])"),
        re.compile(
            rf"(?:(?<=[{LOWER}][{LOWER}])(?<![kcdmh]m)|(?<=[”)%])|(?<=\d\sha)|(?<=\D(?:19|20)\d\d)|(?<=[\d\s]m)(?![23]\b))"
            r"(\d{1,3})(?=[\s.,;:)]|$)"
        ),
        slip=r"(?<=[^\W\d])\s(KEY)(?=\s?[.,;:])",
        anywhere=True,
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
    bodies = {} if style.bare else _bodies(blocks, style)
    if style.anywhere:
        carried = _carried_on(blocks, style)
        bodies = dict(sorted((bodies | carried).items())) if len(carried) > 1 else bodies
    if not bodies:
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
        seen.update(m.group(1) for m in _marks(style, block.text))
    if len(paired) * 2 < len(bodies):
        return
    keys = {bodies[i] for i in paired}
    lost = [i for i, before in zip([*bodies][1:], bodies, strict=False) if _is_lost(bodies, paired, before, i)]
    for i, block in enumerate(blocks):
        if i in bodies:
            if i in paired or i in lost:
                _open(block, style)
        elif block.role == "text":
            block.text = _with_tokens(block.text, [m for m in _marks(style, block.text) if m.group(1) in keys])
    for i in lost:
        _find_slip(blocks, style, bodies[i], i)
    _mark_zone(blocks, paired)


def _is_lost(bodies: dict[int, str], paired: list[int], before: int, place: int) -> bool:
    """A body without a marker of the usual form, but right behind the one whose number it carries on."""
    if place in paired or before not in paired or not bodies[place].isdigit():
        return False
    return int(bodies[place]) == int(bodies[before]) + 1


def _find_slip(blocks: list[Block], style: _Style, key: str, place: int) -> None:
    """A marker that was typed with a blank before it: the only such sign between those of its neighbours."""
    before = f"{OPEN}{int(key) - 1}{MID}"
    least = max(0, place - _SLIP_REACH)
    first = next((i for i in range(place - 1, least, -1) if blocks[i].text.find(before) > 0), least)
    found = _slips(blocks[first:place], style, key)
    if len(found) == 1:
        block, m = found[0]
        block.text = block.text[: m.start()] + _token(m) + block.text[m.end() :]


def _slips(blocks: list[Block], style: _Style, key: str) -> list[tuple[Block, re.Match[str]]]:
    pattern = re.compile(style.slip.replace("KEY", key))
    return [
        (block, m)
        for block in blocks
        if block.role == "text"
        for m in pattern.finditer(block.text)
        if not _NAMES_A_NUMBER.search(block.text[max(0, m.start() - 24) : m.start()])
    ]


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
    """Blocks that open with the next number, or with 1 again, which running text before them carries as a marker.

    Of blocks one under the other that count up, all or none are bodies, or they are a list; where bodies were found
    before, one may have lost its marker.
    """
    found: dict[int, str] = {}
    pending: set[int] = set()
    last = 0
    latest = 0  # the place of the last body
    above: int | None = None  # the place of the text before the run; what it announces is a list
    for run in _runs(blocks, style):
        numbers = [int(m.group(1)) for i in run if (m := style.body.match(blocks[i].text))]
        lost = len(set(numbers) - pending)
        listed = above is not None and _announces(blocks[above].text)
        fits = bool(numbers) and numbers[0] in {last + 1, 1} and not listed
        if fits and lost == 1 and numbers[0] == last + 1 and len(found) >= _ESTABLISHED:
            beside = len(run) > 1 or above in found
            lost = (
                0
                if beside
                or len(_slips(blocks[max(latest, run[0] - _SLIP_REACH) : run[0]], style, str(numbers[0]))) == 1
                else lost
            )
        above = run[-1]
        if fits and not lost:
            found.update(zip(run, map(str, numbers), strict=True))
            pending -= set(numbers)
            last, latest = numbers[-1], run[-1]
        else:
            pending |= {int(m.group(1)) for i in run for m in _marks(style, blocks[i].text)}
    return found


def _announces(text: str) -> bool:
    return text.rstrip().endswith(":") and not _HEADER.match(text)


def _runs(blocks: list[Block], style: _Style) -> Iterator[list[int]]:
    """Places of running text: those of blocks that count up together, every other one by itself."""
    run: list[int] = []
    number = 0
    for i, block in enumerate(blocks):
        if block.role != "text":
            continue
        m = style.body.match(block.text)
        if run and not (m and int(m.group(1)) == number + 1):
            yield run
            run = []
        if m:
            run.append(i)
            number = int(m.group(1))
        else:
            yield [i]
    if run:
        yield run


def _open(block: Block, style: _Style) -> None:
    m = style.body.match(block.text)
    if m:
        sign = m.group(0).strip()
        block.text = marker(m.group(1), sign) + block.text[m.end() :]


def _with_tokens(text: str, marks: list[re.Match[str]]) -> str:
    pieces, position = [], 0
    for m in marks:
        pieces += [text[position : m.start()], _token(m)]
        position = m.end()
    return "".join([*pieces, text[position:]])


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
