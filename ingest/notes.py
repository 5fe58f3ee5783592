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
from collections import defaultdict, deque
from dataclasses import dataclass, field

from ingest.flow import ends_open, is_numbered, starts_low
from ingest.lines import CLOSE, MARKER, OPEN, Block, visible
from ingest.marks import part_fused, reject_exponents
from ingest.typed_notes import confirm_typed_notes

_KEY = re.compile(r"\d+|\*+")
_BODY = re.compile(rf"^\s*{OPEN}(\d+|\*+)[^{CLOSE}]*{CLOSE}\s*(?:[-–—:.)]\s*)*")
_PARAGRAPHS = 3  # of a body, behind its first
_MIN_MARKERS = 3  # a document without any body has footnotes only if it has this many markers
_PLAIN_BODY = re.compile(r"^\s*\((\d{1,3})\)\s*[-–—.:]?\s*(?=\S)")


@dataclass(slots=True)
class Note:
    """A footnote in the making: marker, body blocks, and the block and offset that carry its marker.

    `repeats` are further places that refer to the same body (formats with ids allow that).
    """

    key: str
    marker: str
    body: list[Block]
    carrier: Block | None = None
    offset: int = 0
    problem: str | None = None
    id: str = ""
    repeats: list[tuple[Block, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Mark:
    key: str
    block: Block
    at: int
    taken: bool = False


def link_notes(blocks: list[Block]) -> list[Note]:
    """Find bodies and markers, link them, and take the accepted markers out of the texts.

    Bodies get ``role = "note"``; `Block.anchors` of the carriers point into the returned list.

    Args:
        blocks: in reading order; changed in place. Where the format has ids, the reader has marked the bodies itself
            (``role == "note"`` and `Block.note`) and written the ids into the markers.

    Returns:
        In reading order of the bodies; a marker without body stands where its carrier does.
    """
    for block in blocks:
        reject_exponents(block)
    part_fused(blocks)
    confirm_typed_notes(blocks)
    cuts: dict[int, int] = {}
    notes = _explicit(blocks) + _implicit(blocks, cuts)
    notes.sort(key=lambda n: n.body[0].order if n.body else n.carrier.order if n.carrier else 0)
    _settle(blocks, notes, cuts)
    return notes


def _marks(blocks: list[Block], wanted: re.Pattern[str]) -> list[_Mark]:
    """Suspected markers in reading order, without those that open a body."""
    found = []
    for block in blocks:
        indent = len(block.text) - len(block.text.lstrip())
        for m in MARKER.finditer(block.text):
            opens = m.start() <= indent
            if wanted.fullmatch(m.group(1)) and not (opens and block.role in {"note", "candidate"}):
                found.append(_Mark(m.group(1), block, m.start()))
    return found


def _explicit(blocks: list[Block]) -> list[Note]:
    """Bodies that the reader marked, linked by id; where ids start anew, by nearness as well."""
    notes: dict[str, list[Note]] = {}
    previous: Block | None = None
    for block in blocks:
        if block.role == "note" and block.note:
            same = notes.setdefault(block.note, [])
            if previous is not None and previous.note == block.note:
                same[-1].body.append(block)
            else:
                same.append(Note(block.note, _printed(block.note), [block]))
        previous = block if block.role == "note" else None
    marks: dict[str, list[_Mark]] = defaultdict(list)
    for mark in _marks(blocks, re.compile(r"#.+")):
        marks[mark.key].append(mark)
    for key, same in notes.items():
        if len(same) == 1 and marks[key]:
            first = marks[key][0]
            first.taken, same[0].carrier, same[0].offset = True, first.block, first.at
        else:
            _attach(same, marks[key])
        same[-1].repeats = [(m.block, m.at) for m in marks[key] if not m.taken]
    lost = [
        Note(key, _printed(key), [], found[0].block, found[0].at, "marker without body",
             repeats=[(m.block, m.at) for m in found[1:]])
        for key, found in marks.items()
        if key not in notes and found
    ]  # fmt: skip
    return [note for same in notes.values() for note in same] + lost


def _printed(key: str) -> str:
    """What the page shows of an id: "#12" is 12, "#e3=iii" is iii."""
    return key.removeprefix("#").rpartition("=")[2]


def _implicit(blocks: list[Block], cuts: dict[int, int]) -> list[Note]:
    starts = _body_starts(blocks)
    if not starts and not any(OPEN in b.text for b in blocks):
        return []
    for _, block in starts:
        block.role = "candidate"
    marks = _marks(blocks, _KEY)
    notes = [Note(key, key, [block], id=f"{key}@{block.order}") for key, block in starts]
    _attach(notes, marks)
    for note in notes:
        cuts[id(note.body[0])] = _claim(note)
    _continuations(blocks, notes)
    return notes + _without_body(notes, marks)


def _value(key: str) -> int:
    """The place of a key in its sequence: "12" is 12, "**" is 2."""
    return int(key) if key.isdigit() else len(key)


def _body_starts(blocks: list[Block]) -> list[tuple[str, Block]]:
    """Blocks that start like a body and continue a sequence of numbers.

    A raised number at a block's start is a body unless it jumps; a plain "(12)-" is one only as the
    next number after a body, when a raised marker of that number stands before it, no raised body of
    that number comes, and it is no item of a list "(1) … (6)".
    """
    raised = {_value(m.group(1)) for b in blocks if b.role == "text" and (m := _BODY.match(b.text))}
    item: int | None = None
    starts: list[tuple[str, Block]] = []
    seen: dict[int, int] = {}
    last = 0
    for block in blocks:
        if block.role != "text":
            continue
        m = _BODY.match(block.text)
        if m:
            number = _value(m.group(1))
            if number == last + 1 or number == 1 or seen.get(number) or 0 < number - last <= 3:
                starts.append((m.group(1), block))
                last = number
        elif m := _PLAIN_BODY.match(block.text):
            number = int(m.group(1))
            listed = item is not None and number == item + 1
            if number == last + 1 and seen.get(number) and number not in raised and not listed:
                starts.append((m.group(1), block))
                last = number
            else:
                item = number
        indent = len(block.text) - len(block.text.lstrip())
        for mark in MARKER.finditer(block.text):
            if mark.start() > indent and _KEY.fullmatch(mark.group(1)):
                seen[_value(mark.group(1))] = seen.get(_value(mark.group(1)), 0) + 1
    return starts


def _attach(notes: list[Note], marks: list[_Mark]) -> None:
    """Give each body its marker: the nearest free one of its number before it, in running text first, else behind it.

    Both lists are in reading order, so each marker is looked at a bounded number of times.
    """
    ahead: dict[str, deque[_Mark]] = defaultdict(deque)
    for mark in marks:
        ahead[mark.key].append(mark)
    in_text: dict[str, list[_Mark]] = defaultdict(list)
    in_bodies: dict[str, list[_Mark]] = defaultdict(list)
    for note in notes:
        queue = ahead[note.key]
        while queue and queue[0].block.order < note.body[0].order:
            mark = queue.popleft()
            if not mark.taken:
                (in_bodies if mark.block.role == "candidate" else in_text)[note.key].append(mark)
        if before := in_text[note.key] or in_bodies[note.key]:
            mark = before.pop()
        else:
            mark = next((m for m in queue if not m.taken and m.block.role != "candidate"), None)
        if mark is None:
            note.problem = "body without marker"
            continue
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


def _without_body(notes: list[Note], marks: list[_Mark]) -> list[Note]:
    """Markers whose body is lost: only where the document has notes, and in the range of their numbers."""
    free = [m for m in marks if not m.taken]
    if not notes and len(marks) < _MIN_MARKERS:
        return []
    top = max((_value(n.key) for n in notes), default=max((_value(m.key) for m in marks), default=0))
    found = []
    for mark in free:
        if 1 <= _value(mark.key) <= top + 1:
            top = max(top, _value(mark.key))
            found.append(Note(mark.key, mark.key, [], mark.block, mark.at, "marker without body"))
    return found


def _continuations(blocks: list[Block], notes: list[Note]) -> None:
    """Give bodies their second paragraphs and the halves that stand behind a page break."""
    owner = {id(n.body[0]): n for n in notes if n.body}
    feet = _feet(blocks)
    flow = [b for b in blocks if b.role in {"text", "note"}]
    # roles change only behind the block that is looked at, so what follows can be found beforehand
    following: list[Block | None] = [None] * (len(flow) + 1)
    for i in range(len(flow) - 1, -1, -1):
        following[i] = flow[i] if flow[i].role == "text" else following[i + 1]
    foot: list[Note] = []  # the notes of the last page's foot
    cut: list[Note] = []  # those of them that end in mid-sentence
    main: Block | None = None
    for i, block in enumerate(flow):
        if block.role == "note":
            if (note := owner.get(id(block))) is not None:
                if i and flow[i - 1].role != "note":
                    foot, cut = [], []
                foot.append(note)
                cut += [note] * _unfinished(note.body[-1])
            continue
        last = (cut or foot or [None])[-1]
        foot_of_page = id(block) in feet and not (main is not None and ends_open(main) and starts_low(block))
        if last is not None and (
            foot_of_page or _belongs_to_note(flow, i, last, main, following[i + 1], _parts_bodies(flow, i, last, owner))
        ):
            block.role, block.note = "note", last.id
            block.joined = starts_low(block)
            last.body.append(block)
            if cut and cut[-1] is last:
                cut.pop()
            cut += [last] * _unfinished(block)
            continue
        main = block


def _belongs_to_note(
    flow: list[Block], i: int, last: Note, main: Block | None, following: Block | None, between: bool
) -> bool:
    """Is the text `flow[i]` behind a body a part of it?

    Args:
        flow: running text and bodies.
        i: the place of the text.
        last: the note before it.
        main: the running text before the notes.
        following: the next running text.
        between: it parts two bodies whose markers both stand before them.
    """
    block = flow[i]
    if block.zone:
        return True
    if is_numbered(block) or block.hint:
        return False
    previous = flow[i - 1] if i else None
    if between and not _headinglike(block):
        return True
    open_main = main is not None and ends_open(main) and not _headinglike(main)
    low = starts_low(block)
    if _unfinished(last.body[-1]) and low and not _headinglike(block):
        before_notes = i + 1 < len(flow) and flow[i + 1].role == "note"
        goes_on = following is not None and not is_numbered(following) and not _headinglike(following)
        if before_notes:
            return not open_main or goes_on
        if not open_main:
            return previous is not None
        return goes_on and starts_low(following) if following else False
    # a second paragraph of the body: the running text before the notes is cut, and goes on only behind this block
    return previous is not None and previous.role == "note" and open_main and not low and _goes_on_behind(flow, i)


def _parts_bodies(flow: list[Block], i: int, last: Note, owner: dict[int, Note]) -> bool:
    """Does `flow[i]` stand between two of three bodies in a row whose markers both stand before the first of them?"""
    if not i or i + 1 >= len(flow) or flow[i - 1].role != "note" or ends_open(flow[i]):
        return False
    around = flow[max(0, i - 2) : i] + flow[i + 1 : i + 3]
    if sum(b.role == "note" for b in around) < _PARAGRAPHS:
        return False
    behind = owner.get(id(flow[i + 1]))
    if behind is None or behind.carrier is None or last.carrier is None:
        return False
    return last.carrier.order <= behind.carrier.order < last.body[0].order


def _goes_on_behind(flow: list[Block], place: int) -> bool:
    """Does running text in lower case, the rest of something, stand behind at most three whole paragraphs?"""
    for i in range(place + 1, min(len(flow), place + 1 + _PARAGRAPHS)):
        if flow[i].role != "text":
            return False
        if starts_low(flow[i]):
            return i == place + 1 or not ends_open(flow[i - 1])
        if is_numbered(flow[i]) or _headinglike(flow[i]):
            return False
    return False


def _feet(blocks: list[Block]) -> set[int]:
    """Ids of the blocks between notes and the page number below them, where the numbers tell that no page is missing.

    A number at the top of a page would have the notes right above it, and the running text behind it.
    """
    found: set[int] = set()
    last: int | None = None
    since_note: list[int] | None = None
    for block in blocks:
        if block.role == "note":
            since_note = []
        elif block.role == "furniture" and block.kind == "page_number":
            number = int(re.findall(r"\d+", block.shown)[0])
            if since_note and len(since_note) <= _PARAGRAPHS and last is not None and number == last + 1:
                found.update(since_note)
            last, since_note = number, None
        elif since_note is not None:
            plain = block.role == "text" and not is_numbered(block) and not _headinglike(block)
            since_note = [*since_note, id(block)] if plain else None
    return found


def _unfinished(body: Block) -> bool:
    """A body that a page cut: it ends in mid-sentence, or behind an item of a series."""
    return ends_open(body) or body.text.rstrip().endswith((";", ","))


def _headinglike(block: Block) -> bool:
    text = block.shown
    return block.bold or bool(block.hint) or (text.isupper() and len(text) > 3)


def _settle(blocks: list[Block], notes: list[Note], cuts: dict[int, int]) -> None:
    """Take accepted markers out of the texts, restore rejected ones, and record where the markers stood."""
    wanted: dict[tuple[int, int], int] = {}
    for i, note in enumerate(notes):
        carriers = [(note.carrier, note.offset)] if note.carrier is not None else []
        wanted |= {(id(b), at - cuts.get(id(b), 0)): i for b, at in carriers + note.repeats}
    for block in blocks:
        if OPEN not in block.text:
            continue
        out: list[str] = []
        length = position = cut = 0
        for m in MARKER.finditer(block.text):
            piece = block.text[position : m.start()]
            out.append(piece)
            length += len(piece)
            if m.end() <= block.lead:
                cut = m.end() - length
            index = wanted.get((id(block), m.start()))
            if index is None:
                out.append(m.group(2))
                length += len(m.group(2))
                cut -= len(m.group(2)) if m.end() <= block.lead else 0
            else:
                block.anchors.append((length, index))
                block.taken.append(m.group(2))
            position = m.end()
        out.append(block.text[position:])
        block.text = "".join(out)
        block.lead -= cut
        if block.role == "row":
            block.cells = tuple(block.text.split("\t"))
