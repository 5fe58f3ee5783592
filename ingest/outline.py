"""The heading grammar of Party and state documents: which blocks are headings, and how deep.

A level comes from the numbering and its sequence, never from the converter's
``#`` or style, which lie. Numbers: PHẦN THỨ …, CHƯƠNG, MỤC, Điều, A., I. / I-,
1. / 1-, 1.1., 1.1.1, a) … đ); annexes (BIỂU, PHỤ LỤC) start anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.flow import ends_open, starts_low
from ingest.lines import Block

_ORDINAL = r"(?:nhất|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)"
_ROMAN = r"[IVXL]{1,6}"
# (style, rank, pattern of the number, pattern of what parts it from the title); the first that matches wins
_STYLES: tuple[tuple[str, int, str, str], ...] = (
    ("annex", 0, rf"(?:BIỂU|Biểu|PHỤ LỤC|Phụ lục)(?:\s+(?:SỐ|số))?(?:\s+(?:\d{{1,2}}|{_ROMAN})\b)?", r"\s*[.:-]?\s*"),
    ("part", 1, rf"(?i:PHẦN\s+(?:THỨ\s+)?(?:{_ORDINAL}|{_ROMAN}|[A-H]|\d))\b", r"\s*[.:-]?\s*"),
    ("chapter", 2, rf"(?:CHƯƠNG|Chương)\s+(?:{_ROMAN}|\d+)\b", r"\s*[.:-]?\s*"),
    ("clause", 3, rf"(?:MỤC|Mục)\s+(?:{_ROMAN}|\d+)", r"\s*[.:-]\s*"),
    ("article", 4, r"(?:ĐIỀU|Điều)\s+\d+", r"\s*[.:]\s*"),
    ("roman", 6, _ROMAN, r"\s*[./)-]+\s*(?=\S)"),
    ("letter", 5, r"[A-HK]", r"\s*[./)-]+\s+(?=\S)"),
    ("n4", 10, r"\d{1,2}(?:\.\d{1,2}){3}", r"\.?\s*[.)-]?\s+(?=\S)"),
    ("n3", 9, r"\d{1,2}(?:\.\d{1,2}){2}", r"\.?\s*[.)-]?\s*(?=[^\d\s])"),
    ("n2", 8, r"\d{1,2}\.\d{1,2}", r"(?:\.\s*|\s*[)-]\s*|\s+)(?=[^\d\s])"),
    # "5. Về …", "5- Về …", "5-Về …", but no "5-NQ/HU"
    ("n1", 7, r"\d{1,2}", r"\s*(?:[./]\s*-?|-|–)\s*(?!\w+/[A-ZĐ])(?=[^\d\s])"),
    ("point", 11, r"[a-eđg-z]", r"\s*[)]\s*(?=\S)"),
)
_GRAMMAR = tuple((style, rank, re.compile(f"({number}){glue}(.*)$", re.S)) for style, rank, number, glue in _STYLES)
# Roles that reports announce without a number, in bold or italic, alone or in front of a paragraph
_ROLES = re.compile(
    r"""(?:[-–+*•]\s*)?(
        (?:Về\s+)?(?:Nguyên\ nhân\s+)?(?:khách\ quan|chủ\ quan)
      | Nguyên\ nhân(?:\s+(?:của\s+)?(?:những\s+)?(?:tồn\ tại|hạn\ chế|ưu\ điểm|kết\ quả)[^.:;]{0,40})?
      | Mục\ tiêu\ (?:chung|tổng\ quát|cụ\ thể)
      | (?:Một\ số\ )?bài\ học\ kinh\ nghiệm
      | (?:Tồn\ tại|Hạn\ chế|Ưu\ điểm|Khuyết\ điểm)(?:,\s*(?:hạn\ chế|khuyết\ điểm|yếu\ kém))?
    )\s*([:.]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_ANNEX_NUMBER = re.compile(rf"\s(?:\d+|{_ROMAN})$")
_MAX_HEADING = 500
_NUMERALS = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split()  # noqa: SIM905
_MAX_TITLE_LINES = 12
_UNNUMBERED_RANK = 12


@dataclass(slots=True)
class Head:
    """A heading found in a block: `rest` is what stands behind it in the same paragraph."""

    style: str
    rank: int
    number: str | None
    title: str
    rest_at: int | None = None


def parse_number(text: str) -> tuple[str, int, str, str, int] | None:
    """(style, rank, number, title, where the title starts) of a numbered unit, None if it has no number."""
    text = text.rstrip()
    lost = len(text) - len(text.lstrip())
    text = text[lost:]
    for style, rank, pattern in _GRAMMAR:
        if m := pattern.match(text):
            return style, rank, m.group(1).strip(), m.group(2).strip(), m.start(2) + lost
    return None


def find_headings(blocks: list[Block]) -> list[Block]:
    """Mark heading blocks (``role = "heading"``, number, title, level left 0) and split run-in headings off.

    Returns:
        The blocks, with run-in headings as blocks of their own and titles over several lines merged.
    """
    out: list[Block] = []
    following = _next_texts(blocks)
    skip_until = -1
    for i, block in enumerate(blocks):
        if i <= skip_until:
            continue
        if block.role != "text":
            out.append(block)
            continue
        head = _head_of(block, following[i], _before_row(blocks, i))
        if head is None:
            out.append(block)
            continue
        if head.rest_at is not None:
            out += _split(block, head)
            continue
        _become(block, head)
        out.append(block)
        skip_until = i + _absorb_title(block, blocks, i + 1)
    return out


def _before_row(blocks: list[Block], place: int) -> bool:
    """Whether a table starts right behind the block (furniture and one line such as "Đơn vị: %" aside)."""
    near = [b for b in blocks[place + 1 : place + 5] if b.role not in {"rule", "furniture", "note"}]
    return any(b.role == "row" for b in near[:2])


def _next_texts(blocks: list[Block]) -> list[Block | None]:
    """For each position the next block of running text behind it."""
    found: list[Block | None] = [None] * len(blocks)
    for i in range(len(blocks) - 2, -1, -1):
        found[i] = blocks[i + 1] if blocks[i + 1].role == "text" else found[i + 1]
    return found


def _become(block: Block, head: Head) -> None:
    block.role, block.number, block.title = "heading", head.number, head.title
    block.kind = head.style
    block.rank = head.rank


def _split(block: Block, head: Head) -> list[Block]:
    """A run-in heading and its paragraph become two blocks; footnote anchors go where they stood."""
    at = head.rest_at or 0
    rest = block.text[at:]
    cut = len(rest) - len(rest.lstrip())
    first = Block(block.text[:at].rstrip(), block.page, gap=block.gap, order=block.order, lead=block.lead)
    _become(first, head)
    first.anchors = [(o, n) for o, n in block.anchors if o < at]
    block.text = rest.lstrip()
    block.anchors = [(max(0, o - at - cut), n) for o, n in block.anchors if o >= at]
    block.lead, block.hint, block.bold = 0, None, False
    if re.match(r"\(\s*Kèm theo", block.text):
        block.role, block.kind = "furniture", "annex_note"
    if not block.text:
        first.taken = block.taken
        return [first]
    return [first, block]


def _head_of(block: Block, following: Block | None, before_row: bool) -> Head | None:
    text = block.text.strip()
    parsed = parse_number(text)
    if parsed is None:
        return _unnumbered(block, following)
    style, rank, number, title, at = parsed
    if style in {"annex", "part", "chapter", "clause"}:
        return _announced(block, parsed, before_row)
    if not title or len(title) > _MAX_HEADING:
        return _run_in(block, style, rank, number, at)
    if block.lead and at < block.lead < len(text) - 3:
        return _run_in(block, style, rank, number, at)
    if following is not None and not title.isupper() and not block.bold and _is_cut(block, title, following):
        return None
    if style == "article" or _complete_title(block, title, style):
        return Head(style, rank, number, title)
    return _run_in(block, style, rank, number, at)


def _is_cut(block: Block, title: str, following: Block) -> bool:
    """A numbered paragraph that a page or line cut in two, not a heading over two lines."""
    if not (ends_open(block) and starts_low(following)):
        return False
    return len(title) + len(following.text) > 250 or not ends_open(following)


def _complete_title(block: Block, title: str, style: str) -> bool:
    """A title is no sentence: it does not end in a full stop, unless the whole unit is emphasised or upper case."""
    if title.isupper() or (block.bold and len(title) < 300):
        return True
    if style == "point":
        return len(title) <= 120 and not re.search(r"[.;,:]$", title)
    if re.search(r"[.;,…]$", title):
        return bool(block.hint) and len(title) <= 60 and title.count(".") == 1 and ";" not in title
    if title.endswith(":"):
        return len(title) <= 160
    dotted = style in {"n2", "n3", "n4"}  # deep numbers are headings far more often than list items
    return len(title) <= 200 or dotted or not re.search(r"[;.]\s", title)


def _announced(block: Block, parsed: tuple[str, int, str, str, int], before_row: bool) -> Head | None:
    style, rank, number, title, _ = parsed
    if style == "annex":
        capitals = number.isupper() and (title.isupper() or not title or title[:20].isupper())
        above_table = before_row and bool(re.search(r"\d", number)) and len(title) <= 200
        if not capitals and not above_table:
            return None
        if attached := re.search(r"\s*\(\s*Kèm theo", block.text):
            return Head(style, rank, None, block.text[: attached.start()].strip(), attached.start())
        if not _ANNEX_NUMBER.search(number):  # "BIỂU KẾT QUẢ …" has no number: the whole line is the title
            return Head(style, rank, None, block.text.strip())
        return Head(style, rank, number, title.strip("* "))
    if title and not title.isupper() and not block.bold and len(title) > 200:
        return None
    if title and title[0].islower() and style == "part":
        return None  # "Phần thứ hai của báo cáo …" in running text
    return Head(style, rank, number, title)


def _run_in(block: Block, style: str, rank: int, number: str, at: int) -> Head | None:
    """Part ``**6. Quản lý chặt chẽ ….** Thực hiện …``: the emphasised run is the heading, the rest its paragraph."""
    if block.bold or not block.lead or block.lead <= at + 2 or block.lead >= len(block.text):
        return None
    title = block.text[at : block.lead].strip()
    if len(title) < 3:
        return None
    rest_at = block.lead
    if m := re.match(r"\s*[:.]", block.text[rest_at:]):
        rest_at += m.end()
    return Head(style, rank, number, title, rest_at)


def _unnumbered(block: Block, following: Block | None) -> Head | None:
    text = block.text.strip()
    m = _ROLES.match(text)
    if not m:
        return None
    whole = m.end() >= len(text)
    lost = len(block.text) - len(block.text.lstrip())
    if whole and not text.endswith((".", ";")):
        if following is None or len(text) > 100:
            return None
        return Head("role", _UNNUMBERED_RANK, None, m.group(1).strip())
    # the pair "Nguyên nhân khách quan: … / Nguyên nhân chủ quan: …" needs no emphasis
    causes = re.match(r"(?:[-–+]\s*)?Nguyên nhân (?:khách|chủ) quan\s*:", text, re.I)
    if causes or (block.lead and abs(block.lead - (m.end() + lost)) <= 2):
        return Head("role", _UNNUMBERED_RANK, None, m.group(1).strip(), m.end() + lost)
    return None


def _absorb_title(block: Block, blocks: list[Block], start: int) -> int:
    """Add the title lines from `start` on: all of a part's name, and the upper-case rest of a broken heading.

    Returns:
        How many of `blocks` went into the heading.
    """
    taken = 0
    needs = not block.title
    for following in blocks[start : start + _MAX_TITLE_LINES]:
        text = following.shown
        if following.role != "text" or parse_number(text) is not None or not text:
            break
        upper = text.isupper()
        title = block.title or ""
        if needs and not taken and len(text) <= 400:
            if not upper and not following.bold and not following.hint and block.kind != "part":
                break
        elif not _same_title(block, title, following):
            break
        block.title = f"{title} {text}".strip()
        block.text = f"{block.text.rstrip()} {following.text.strip()}".strip()
        block.anchors += [(len(block.text), note) for _, note in following.anchors]
        block.taken += following.taken
        block.page_end = following.page_end or following.page
        taken += 1
        if not upper:
            break
    return taken


def _same_title(block: Block, title: str, following: Block) -> bool:
    """The rest of a heading over two lines: both in capitals, or cut in mid-phrase and short."""
    text = following.shown
    if len(title) + len(text) > _MAX_HEADING or text.startswith("(") or not ends_open(block):
        return False
    if text.isupper() and title.isupper():
        return True
    return not title.isupper() and starts_low(following) and ends_open(following) and len(title) + len(text) <= 250


def assign_levels(blocks: list[Block]) -> list[str]:
    """Nest the headings: `Block.level` becomes 1, 2, 3 and so on.

    Args:
        blocks: all blocks; only those with role "heading" matter.

    Returns:
        One line for each number that was mended ("2.13 → 2.1.3").
    """
    stack: list[Block] = []
    around: list[Block] = []  # the headings that were open where an annex began
    inside: list[Block] = []  # that annex and the headings behind it
    mended: list[str] = []
    for block in blocks:
        if block.role != "heading":
            continue
        if block.kind == "annex":
            around = around if inside else list(stack)
        elif (depth := _resumed(around, block)) is not None:
            _move_inside(inside, around[-1])
            stack, around, inside = around[: depth + 1], [], []
        if mending := _mend_number(block, stack):
            mended.append(mending)
        while stack and not _encloses(stack[-1], block):
            stack.pop()
        block.above = stack[-1] if stack else None
        block.level = block.above.level + 1 if block.above else 1
        stack.append(block)
        if inside or block.kind == "annex":
            inside.append(block)
    return mended


def _move_inside(inside: list[Block], outer: Block) -> None:
    """The annex turns out to be a table within the text: it belongs to the section that it interrupted."""
    for block in inside:
        block.above = block.above or outer
        block.level += outer.level


def _resumed(around: list[Block], block: Block) -> int | None:
    """Does `block` carry on the numbering of a heading that an annex interrupted ("II." behind "I." and a table)?

    Returns:
        The place of that heading in `around`, None if the annex goes on.
    """
    for depth in range(len(around) - 1, -1, -1):
        if around[depth].kind == block.kind and _follows(around[depth].number or "", block.number or ""):
            return depth
    return None


def _follows(first: str, second: str) -> bool:
    """Is `second` the number behind `first`, in Roman or (dotted) Arabic numerals?"""
    if first in _NUMERALS and second in _NUMERALS:
        return _NUMERALS.index(second) == _NUMERALS.index(first) + 1
    *head, last = first.split(".")
    return last.isdigit() and second == ".".join([*head, str(int(last) + 1)])


def _encloses(outer: Block, inner: Block) -> bool:
    """May `inner` stand inside `outer`? Ranks decide; a dotted number also wants its prefix."""
    if outer.kind == "annex":
        return inner.kind not in {"annex", "part"}
    if outer.rank >= inner.rank:
        return False
    if outer.kind in {"n1", "n2", "n3"} and inner.kind in {"n2", "n3", "n4"}:
        return (inner.number or "").startswith(f"{outer.number}.")
    return True


def _mend_number(block: Block, stack: list[Block]) -> str | None:
    """Read a number that lost a dot in conversion ("2.13." behind 2.1.2) as its sequence says."""
    number = block.number or ""
    if block.kind not in {"n1", "n2", "n3"}:
        return None
    for opened in reversed(stack):
        parts = (opened.number or "").split(".")
        if opened.kind not in {"n2", "n3", "n4"} or not all(p.isdigit() for p in parts):
            continue
        wanted = ".".join([*parts[:-1], str(int(parts[-1]) + 1)])
        lost = wanted.count(".") - number.count(".")
        if lost > 0 and number.replace(".", "") == wanted.replace(".", ""):
            block.number, block.kind, block.rank = wanted, opened.kind, opened.rank
            return f"{number} → {wanted}"
    return None
