"""Lines to paragraphs: which block goes on in which, by Vietnamese rules without hyphens.

A unit is *open* when it lacks terminal punctuation; a unit *starts low* when
its first letter is lower case. An open unit followed by a low start is one
paragraph broken by a page or a line. Between them may stand notes, rules and
page numbers, never a heading, a list item or a table.
"""

from __future__ import annotations

import re

from ingest.lines import MARKER, Block, visible

_TERMINAL = re.compile(r"[.!?…:;][\s”\"’')\]»*]*$")
_SEMICOLON = re.compile(r";[\s”\"’')\]»*]*$")
_BULLET = re.compile(r"^\s*(?:[-–—+*•●▪◦✓➢]\s*|\(\d{1,2}\)\s*[-.]?\s*|[a-zđ]\)\s*|\d{1,2}[).]\s+)(?=\S)")
_NUMBERED = re.compile(
    r"^\s*(?:(?:PHẦN|Phần)\s+(?:THỨ|thứ|[IVX]+|[A-Z]\b)|(?:CHƯƠNG|Chương|MỤC|Mục|ĐIỀU|Điều)\s+[IVXLC\d]+"
    r"|[A-Z]\s*[./)-]\s+\S|[IVXL]{1,6}\s*[./)-]+\s*\S|\d{1,2}(?:\.\d{1,2}){0,3}\s*[./)-]+\s*(?!\w+[-/][A-ZĐ])\D"
    r"|\d{1,2}(?:\.\d{1,2}){1,3}\s+\S|[a-zđ]\s*[.)-]\s+\S)"
)
# Words that cannot end a sentence: a unit ending in one is cut, even before a capital ("của | Ban Bí thư")
_HANGING = {
    *(["của", "và", "các", "về", "cho", "với", "là", "số", "theo", "tại", "trong", "ngày", "tháng", "năm", "những", "do", "bởi", "từ", "đến", "ở", "trên", "dưới", "giữa", "hoặc", "hay", "để", "mà", "thì"]),
    *(["khi", "nếu", "như", "vào", "ra", "bằng", "qua", "cùng", "một", "hai", "gồm", "việc", "được", "bị", "có", "không", "chưa", "đã", "đang", "sẽ", "nhất", "mỗi", "từng", "nhằm", "tỉnh", "huyện", "xã"]),
}  # fmt: skip
_SPEAKABLE = re.compile(r"[^\W\d_]")


def ends_open(block: Block) -> bool:
    """The unit's text stops in mid-sentence (no terminal punctuation)."""
    return not _TERMINAL.search(visible(MARKER.sub("", block.text)).rstrip())


def starts_low(block: Block) -> bool:
    """The unit's first letter is lower case, before any capital, and it is no list item."""
    text = block.shown
    if _BULLET.match(text):
        return False
    m = _SPEAKABLE.search(text)
    return bool(m) and m.start() <= 3 and text[m.start()].islower()


def is_numbered(block: Block) -> bool:
    """The unit starts with a number of the heading grammar."""
    return bool(_NUMBERED.match(block.shown))


def is_bullet(text: str) -> bool:
    """The unit starts with a list sign: "-", "+", "(1)", "a)"."""
    return bool(_BULLET.match(text))


def last_word(text: str) -> str:
    """The last word of `text`, lower case, without punctuation."""
    words = re.findall(r"[\w/]+", text[-40:])
    return words[-1].lower() if words else ""


def goes_on(left: Block, right: Block, interrupted: bool) -> bool:
    """Is `right` the rest of `left`?

    Args:
        left: running text or list item.
        right: the next running text.
        interrupted: notes, furniture or a page break stand between them.
    """
    if right.role != "text" or left.role != "text":
        return False
    a, b = left.shown, right.shown
    if not a or not b or is_bullet(b) or right.hint:
        return False
    open_end = ends_open(left)
    if starts_low(right):
        return open_end or (bool(_SEMICOLON.search(a)) and (interrupted or len(a) >= 120) and not is_numbered(right))
    if not open_end or len(a) < 40:
        return False
    if re.match(r"^\d", b):
        return not is_numbered(right) or bool(re.search(r"\d\s*[-–]$", a))
    if right.bold or b.isupper():
        return False
    if a.endswith((",", "-", "–", "(")) or last_word(a) in _HANGING:
        return True
    return interrupted and len(a) >= 120 and not is_numbered(right)


def join(left: Block, right: Block) -> None:
    """Append `right` to `left`: one space between, none inside a range of years cut after its hyphen."""
    glue = "" if re.search(r"\d[-–]$", left.text) and re.match(r"\s*\d", right.text) else " "
    base = left.text.rstrip()
    rest = right.text.lstrip()
    cut = len(right.text) - len(rest)
    offset = len(base) + len(glue)
    left.anchors += [(max(0, at - cut) + offset, note) for at, note in right.anchors]
    if right.page is not None and right.page != (left.page_end or left.page):
        left.breaks.append((offset, right.page))
    left.breaks += [(at - cut + offset, page) for at, page in right.breaks]
    left.taken += right.taken
    left.text = base + glue + rest
    left.page_end = right.page_end or right.page or left.page_end
    left.soft = right.soft


def join_paragraphs(blocks: list[Block]) -> list[Block]:
    """Join broken paragraphs and broken bodies; every other block keeps its place."""
    out: list[Block] = []
    open_text: Block | None = None
    bodies: dict[str, Block] = {}
    interrupted = False
    for block in blocks:
        if block.role == "note":
            head = bodies.get(block.note or "")
            if head is not None and block.joined:
                join(head, block)
                continue
            bodies[block.note or ""] = block
            out.append(block)
            interrupted = True
            continue
        if block.role in {"rule", "furniture"}:
            out.append(block)
            interrupted = True
            continue
        if open_text is not None and block.role == "text":
            broken = interrupted or _turns_page(open_text, block)
            if open_text.soft or goes_on(open_text, block, broken):
                join(open_text, block)
                interrupted = False
                continue
        open_text = block if block.role == "text" else None
        interrupted = False
        out.append(block)
    return out


def _turns_page(left: Block, right: Block) -> bool:
    return right.page is not None and (left.page_end or left.page) != right.page
