"""Footnotes: which suspected markers are real, which blocks are bodies, and which belongs to which.

Two ways lead to a link. Where the format carries ids (DOCX, HTML of Word,
``[footnoteRef:1]``), the id decides. Elsewhere a body is a block that starts
with a marker; it is confirmed by the sequence of the numbers and by a marker
of the same number before it, never by looks alone (ANCHORS §3.7).

A page reads: running text, then its notes. A page break therefore leaves
[text] [notes] [rest of the text] [rest of the last note] [next notes]; the
rules of `_continuations` undo that order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.flow import ends_open, is_numbered, starts_low
from ingest.lines import CLOSE, MARKER, OPEN, Block, visible

# "3.163,2m²", "60.000 m³/ngày", "km²": an exponent, whatever the typography says
_UNIT = re.compile(r"(?:^|[\d\s/.,(])[kcdmh]?m$")
_BODY = re.compile(rf"^\s*{OPEN}(\d+)[^{CLOSE}]*{CLOSE}\s*(?:[-–—:.)]\s*)*")
_PLAIN_BODY = re.compile(r"^\s*\((\d{1,3})\)\s*[-–—.:]?\s*(?=\S)")


@dataclass(slots=True)
class Note:
    """A footnote in the making: marker, body blocks, and the block and offset that carry its marker."""

    key: str
    marker: str
    body: list[Block]
    carrier: Block | None = None
    offset: int = 0
    problem: str | None = None
    id: str = ""


@dataclass(slots=True)
class _Mark:
    key: str
    block: Block
    at: int
    taken: bool = False


def link_notes(blocks: list[Block], explicit: bool) -> list[Note]:
    """Find bodies and markers, link them, and take the accepted markers out of the texts.

    Bodies get ``role = "note"``; `Block.anchors` of the carriers point into the returned list.

    Args:
        blocks: in reading order; changed in place.
        explicit: the reader marked bodies itself (``role == "note"`` and `Block.note`).
    """
    for block in blocks:
        _reject_exponents(block)
    cuts: dict[int, int] = {}
    notes = _explicit(blocks) if explicit else []
    notes += _implicit(blocks, cuts)
    _settle(blocks, notes, cuts)
    return notes


def _reject_exponents(block: Block) -> None:
    def decide(m: re.Match[str]) -> str:
        before = block.text[: m.start()]
        if m.group(1) in {"2", "3"} and not m.group(2).startswith(("(", "⁽", "[")) and _UNIT.search(visible(before)):
            return m.group(2)
        return m.group(0)

    if OPEN in block.text:
        block.text = MARKER.sub(decide, block.text)


def _marks(blocks: list[Block], wanted: re.Pattern[str]) -> list[_Mark]:
    found = []
    for block in blocks:
        for m in MARKER.finditer(block.text):
            at_start = not block.text[: m.start()].strip()
            if wanted.fullmatch(m.group(1)) and not (at_start and block.role in {"note", "candidate"}):
                found.append(_Mark(m.group(1), block, m.start()))
    return found


def _explicit(blocks: list[Block]) -> list[Note]:
    notes: dict[str, Note] = {}
    for block in blocks:
        if block.role == "note" and block.note:
            shown = block.note.lstrip("#")
            note = notes.setdefault(block.note, Note(block.note, shown, []))
            note.body.append(block)
    for mark in _marks(blocks, re.compile(r"#.+")):
        note = notes.setdefault(mark.key, Note(mark.key, mark.key.lstrip("#"), []))
        if note.carrier is None:
            note.carrier, note.offset = mark.block, mark.at
    for note in notes.values():
        if not note.body or note.carrier is None:
            note.problem = "body without marker" if note.body else "marker without body"
    return list(notes.values())


def _implicit(blocks: list[Block], cuts: dict[int, int]) -> list[Note]:
    starts = _body_starts(blocks)
    if not starts and not any(OPEN in b.text for b in blocks):
        return []
    for _, block in starts:
        block.role = "candidate"
    marks = _marks(blocks, re.compile(r"\d+"))
    notes = []
    for number, block in starts:
        note = Note(str(number), str(number), [block], id=f"{number}@{block.order}")
        _attach(note, block, marks)
        notes.append(note)
    for note in notes:
        cuts[id(note.body[0])] = _claim(note)
    _continuations(blocks, notes)
    for mark in marks:
        if not mark.taken and _plausible(mark, notes, marks):
            notes.append(Note(mark.key, mark.key, [], mark.block, mark.at, "marker without body"))
    notes.sort(key=lambda n: n.body[0].order if n.body else n.carrier.order if n.carrier else 0)
    return notes


def _body_starts(blocks: list[Block]) -> list[tuple[int, Block]]:
    """Blocks that start like a body and continue a sequence of numbers.

    A raised number at a block's start is a body unless it jumps; a plain "(12)-" is one only as the
    next number after a body, when a raised marker of that number stands before it, no raised body of
    that number comes, and it is no item of a list "(1) … (6)".
    """
    raised = {int(m.group(1)) for b in blocks if b.role == "text" and (m := _BODY.match(b.text))}
    item: int | None = None
    starts: list[tuple[int, Block]] = []
    seen: dict[int, int] = {}
    last = 0
    for block in blocks:
        if block.role != "text":
            continue
        m = _BODY.match(block.text)
        if m:
            number = int(m.group(1))
            if number == last + 1 or number == 1 or seen.get(number) or 0 < number - last <= 3:
                starts.append((number, block))
                last = number
        elif m := _PLAIN_BODY.match(block.text):
            number = int(m.group(1))
            listed = item is not None and number == item + 1
            if number == last + 1 and seen.get(number) and number not in raised and not listed:
                starts.append((number, block))
                last = number
            else:
                item = number
        for mark in MARKER.finditer(block.text):
            if block.text[: mark.start()].strip() and mark.group(1).isdigit():
                seen[int(mark.group(1))] = seen.get(int(mark.group(1)), 0) + 1
    return starts


def _attach(note: Note, body: Block, marks: list[_Mark]) -> None:
    """The marker of a body: the nearest free one of its number before it, in running text first, else behind it."""
    same = [m for m in marks if m.key == note.key and not m.taken]
    before = [m for m in same if m.block.order < body.order]
    text = [m for m in before if m.block.role != "candidate"] or before
    after = [m for m in same if m.block.order > body.order and m.block.role != "candidate"][:1]
    mark = text[-1] if text else (after[0] if after else None)
    if mark is None:
        note.problem = "body without marker"
        return
    mark.taken = True
    note.carrier, note.offset = mark.block, mark.at


def _claim(note: Note) -> int:
    """Turn the start of a body into its text: the marker and the dash behind it go; returns how much was cut."""
    block = note.body[0]
    m = _BODY.match(block.text) or _PLAIN_BODY.match(block.text)
    cut = m.end() if m else 0
    if m:
        block.taken.append(visible(m.group(0)).strip())
        block.text = block.text[cut:]
    block.role = "note"
    block.note = note.id
    return cut


def _plausible(mark: _Mark, notes: list[Note], marks: list[_Mark]) -> bool:
    """A marker whose body is lost: only where the document has notes, in the range of their numbers."""
    numbers = [int(n.key) for n in notes if n.key.isdigit()] or [int(m.key) for m in marks]
    return bool(notes or len(marks) >= 3) and 1 <= int(mark.key) <= max(numbers, default=0) + 1


def _continuations(blocks: list[Block], notes: list[Note]) -> None:
    """Give bodies their second paragraphs and the halves that stand behind a page break."""
    owner = {id(n.body[0]): n for n in notes if n.body}
    flow = [b for b in blocks if b.role in {"text", "note"}]
    last: Note | None = None
    main: Block | None = None
    for i, block in enumerate(flow):
        if block.role == "note":
            last = owner.get(id(block), last)
            continue
        if last is not None and _belongs_to_note(flow, i, last, main):
            block.role, block.note = "note", last.id
            block.joined = starts_low(block)
            last.body.append(block)
            continue
        main = block


def _belongs_to_note(flow: list[Block], i: int, last: Note, main: Block | None) -> bool:
    block = flow[i]
    if block.zone:
        return True
    if is_numbered(block) or block.hint or (OPEN in block.text and not last.body):
        return False
    previous = flow[i - 1] if i else None
    following = next((b for b in flow[i + 1 :] if b.role == "text"), None)
    open_main = main is not None and ends_open(main) and not _headinglike(main)
    low = starts_low(block)
    if ends_open(last.body[-1]) and low and not _headinglike(block):
        before_notes = i + 1 < len(flow) and flow[i + 1].role == "note"
        goes_on = following is not None and not is_numbered(following) and not _headinglike(following)
        if before_notes:
            return not open_main or goes_on
        if not open_main:
            return previous is not None
        return goes_on and starts_low(following) if following else False
    # a second paragraph of the body: the running text before the notes is cut, and goes on only behind this block
    if previous is not None and previous.role == "note" and open_main and not low and following is not None:
        near = flow[i + 1] is following
        return near and starts_low(following)
    return False


def _headinglike(block: Block) -> bool:
    text = block.shown
    return block.bold or bool(block.hint) or (text.isupper() and len(text) > 3)


def _settle(blocks: list[Block], notes: list[Note], cuts: dict[int, int]) -> None:
    """Take accepted markers out of the texts, restore rejected ones, and record where the markers stood."""
    wanted = {
        (id(n.carrier), n.offset - cuts.get(id(n.carrier), 0)): i for i, n in enumerate(notes) if n.carrier is not None
    }
    for block in blocks:
        if OPEN not in block.text:
            continue
        out: list[str] = []
        length = position = 0
        for m in MARKER.finditer(block.text):
            piece = block.text[position : m.start()]
            out.append(piece)
            length += len(piece)
            index = wanted.get((id(block), m.start()))
            if index is None:
                out.append(m.group(2))
                length += len(m.group(2))
            else:
                block.anchors.append((length, index))
                block.taken.append(m.group(2))
            position = m.end()
        out.append(block.text[position:])
        block.text = "".join(out)
        if block.role == "row":
            block.cells = tuple(block.text.split("\t"))
