"""Lines to paragraphs: which block goes on in which, by Vietnamese rules without hyphens.

A unit is *open* when it lacks terminal punctuation; a unit *starts low* when
its first letter is lower case. An open unit followed by a low start is one
paragraph broken by a page or a line. Between them may stand notes, rules and
page numbers, never a heading, a list item or a table.
"""

from __future__ import annotations

import re

from ingest.lines import MARKER, Block, visible

_CLOSERS = "”\"’')]»*"
_TAIL = 120  # characters at the end of a unit that the rules look at
_TERMINAL = re.compile(rf"[.!?…:;][\s{re.escape(_CLOSERS)}]*$")
_SEMICOLON = re.compile(rf";[\s{re.escape(_CLOSERS)}]*$")
_BULLET = re.compile(r"^\s*(?:[-–—+*•●▪◦✓➢]\s*|\(\d{1,2}\)\s*[-.]?\s*|[a-zđ]\)\s*|\d{1,2}[).]\s+|o\s+(?=[A-ZĐ]))(?=\S)")
_NUMBERED = re.compile(
    r"""\s*(?:
        (?:PHẦN|Phần)\s+(?:THỨ|thứ|[IVX]+|[A-Z]\b)
      | (?:CHƯƠNG|Chương|MỤC|Mục|ĐIỀU|Điều)\s+[IVXLC\d]+
      | [A-Z]\s*[./)-]\s+\S
      | [IVXL]{1,6}\s*[./)-]+\s*\S
      | \d{1,2}(?:\.\d{1,2}){0,3}\s*[./)-]+\s*(?!\w+[-/][A-ZĐ])\D     # "12. Về …", no "12-NQ/TW"
      | \d{1,2}(?:\.\d{1,2}){1,3}\s+\S
      | [a-zđ]\s*[.)-]\s+\S
    )""",
    re.VERBOSE,
)
# Words that cannot end a sentence: a unit ending in one is cut, even before a capital ("của | Ban Bí thư")
_HANGING = frozenset(
    re.findall(
        r"\w+",
        "của và các về cho với là số theo tại trong ngày tháng năm những do bởi từ đến ở trên dưới giữa hoặc hay để mà "
        "thì khi nếu như vào ra bằng qua cùng một hai gồm việc được bị có không chưa đã đang sẽ nhất mỗi từng nhằm "
        "tỉnh huyện xã",
    )
)
_SPEAKABLE = re.compile(r"[^\W\d_]")
_YEARS_CUT = re.compile(r"\d\s*[-–]$")


def ends_open(block: Block) -> bool:
    """The unit's text stops in mid-sentence (no terminal punctuation)."""
    return not _TERMINAL.search(_tail(block))


def _tail(block: Block) -> str:
    """The end of the text; enough for every rule, and as fast for a unit of a megabyte."""
    return MARKER.sub("", block.text[-4 * _TAIL :]).rstrip()[-_TAIL:]


def starts_low(block: Block) -> bool:
    """The unit's first letter is lower case, before any capital, and it is no list item."""
    text = head_of(block)
    if _BULLET.match(text):
        return False
    m = _SPEAKABLE.search(text)
    return bool(m) and m.start() <= 3 and text[m.start()].islower()


def is_numbered(block: Block) -> bool:
    """The unit starts with a number of the heading grammar."""
    return bool(_NUMBERED.match(head_of(block)))


def head_of(block: Block) -> str:
    """The first characters as the page shows them, trimmed."""
    return visible(block.text[: 4 * _TAIL]).strip()[:_TAIL]


def is_bullet(text: str) -> bool:
    """The unit starts with a list sign: "-", "+", "(1)", "a)"."""
    return bool(_BULLET.match(text))


def last_word(text: str) -> str:
    """The last word of `text`, lower case, without punctuation."""
    words = re.findall(r"[\w/]+", text)
    return words[-1].lower() if words else ""


def goes_on(left: Block, right: Block, interrupted: bool, length: int | None = None) -> bool:
    """Is `right` the rest of `left`?

    Args:
        left: running text or list item, or the last piece of one that was put together already.
        right: the next running text.
        interrupted: notes, furniture or a page break stand between them.
        length: characters of the whole of which `left` is the last piece.
    """
    if right.role != "text" or left.role != "text":
        return False
    end, start = _tail(left), head_of(right)
    length = len(left.shown) if length is None else length
    if not end or not start or is_bullet(start) or right.hint:
        return False
    open_end = ends_open(left)
    if starts_low(right):
        return open_end or (bool(_SEMICOLON.search(end)) and (interrupted or length >= 120) and not is_numbered(right))
    if not open_end or length < 40:
        return False
    if re.match(r"^\d", start):
        return not is_numbered(right) or bool(_YEARS_CUT.search(end))
    if right.bold or right.shown.isupper():
        return False
    if end.endswith((",", "-", "–", "(")) or last_word(end) in _HANGING:
        return True
    return interrupted and length >= 120 and not is_numbered(right)


def join(left: Block, rest: list[Block]) -> None:
    """Append `rest` to `left`: one space between two pieces, none inside a range of years cut after its hyphen."""
    if not rest:
        return
    pieces = [left.text.rstrip()]
    length = len(pieces[0])
    left.anchors = [(min(at, length), note) for at, note in left.anchors]
    for right in rest:
        text = right.text.strip()
        cut = len(right.text) - len(right.text.lstrip())
        glue = "" if _YEARS_CUT.search(pieces[-1][-4:]) and re.match(r"\d", text) else " "
        offset = length + len(glue)
        left.anchors += [(min(max(0, at - cut), len(text)) + offset, note) for at, note in right.anchors]
        left.seams.append(offset)
        reached = left.page_end or left.page or 0
        if right.page is not None and right.page > reached:  # a text box may stand before the page that anchors it
            left.breaks.append((offset, right.page))
        left.taken += right.taken
        left.page_end = left.reaching(right)
        pieces += [glue, text]
        length = offset + len(text)
    left.text = "".join(pieces)


def join_paragraphs(blocks: list[Block]) -> list[Block]:
    """Join broken paragraphs and broken bodies; every other block keeps its place."""
    out: list[Block] = []
    rest: dict[int, list[Block]] = {}
    bodies: dict[str, Block] = {}
    first = last = None  # the open paragraph: its first and its last piece
    length = 0
    interrupted = False
    for block in blocks:
        if block.role == "note":
            head = bodies.get(block.note or "")
            if head is not None and block.joined:
                rest.setdefault(id(head), []).append(block)
                continue
            bodies[block.note or ""] = block
            interrupted = True
        elif block.role in {"rule", "furniture"}:
            interrupted = True
        elif block.role == "text":
            broken = interrupted or (last is not None and _turns_page(last, block))
            interrupted = False
            if first and last and (last.soft or goes_on(last, block, broken, length)):
                rest.setdefault(id(first), []).append(block)
                last, length = block, length + 1 + len(block.text)
                continue
            first, last, length = block, block, len(block.shown)
        else:
            first = last = None
            interrupted = False
        out.append(block)
    for block in out:
        join(block, rest.get(id(block), []))
    return out


def _turns_page(left: Block, right: Block) -> bool:
    return right.page is not None and (left.page_end or left.page) != right.page
