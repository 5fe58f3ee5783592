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

_ORDINAL = r"nhất|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười"
_GRAMMAR: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("annex", 0, re.compile(r"^((?:BIỂU|Biểu|PHỤ LỤC|Phụ lục)(?:\s+(?:SỐ|số))?\s*(?:\d{1,2}|[IVX]+)?)\s*[.:-]?\s*(.*)$", re.S)),
    ("part", 1, re.compile(rf"^((?:PHẦN|Phần)\s+(?:(?:THỨ|thứ|Thứ)\s+)?(?:{_ORDINAL}|[IVX]+|[A-H]|\d))\b\s*[.:-]?\s*(.*)$", re.I | re.S)),
    ("chapter", 2, re.compile(r"^((?:CHƯƠNG|Chương)\s+(?:[IVXL]+|\d+))\s*[.:-]?\s*(.*)$", re.S)),
    ("clause", 3, re.compile(r"^((?:MỤC|Mục)\s+(?:[IVXL]+|\d+))\s*[.:-]\s*(.*)$", re.S)),
    ("article", 4, re.compile(r"^((?:ĐIỀU|Điều)\s+\d+)\s*[.:]\s*(.*)$", re.S)),
    ("roman", 6, re.compile(r"^([IVXL]{1,6})\s*[./)-]+\s*(\S.*)$", re.S)),
    ("letter", 5, re.compile(r"^([A-HK])\s*[./)-]+\s+(\S.*)$", re.S)),
    ("n4", 10, re.compile(r"^(\d{1,2}\.\d{1,2}\.\d{1,2}\.\d{1,2})\.?\s*[.)-]?\s+(\S.*)$", re.S)),
    ("n3", 9, re.compile(r"^(\d{1,2}\.\d{1,2}\.\d{1,2})\.?\s*[.)-]?\s*(?=\D)(\S.*)$", re.S)),
    ("n2", 8, re.compile(r"^(\d{1,2}\.\d{1,2})(?:\.\s*|\s*[)-]\s*|\s+)(?=\D)(\S.*)$", re.S)),
    ("n1", 7, re.compile(r"^(\d{1,2})\s*(?:[./]\s*-?|-|–)\s*(?!\w+/[A-ZĐ])(?=\D)(\S.*)$", re.S)),
    ("point", 11, re.compile(r"^([a-eđg-z])\s*[)]\s*(\S.*)$", re.S)),
)  # fmt: skip
# Roles that reports announce without a number, in bold or italic, alone or in front of a paragraph
_ROLES = re.compile(
    r"^(?:[-–+*•]\s*)?((?:Về\s+)?(?:Nguyên nhân\s+)?(?:khách quan|chủ quan)|Nguyên nhân(?:\s+(?:của\s+)?(?:những\s+)?(?:tồn tại|hạn chế|ưu điểm|kết quả)[^.:;]{0,40})?"
    r"|Mục tiêu (?:chung|tổng quát|cụ thể)|(?:Một số )?[Bb]ài học kinh nghiệm|(?:Tồn tại|Hạn chế|Ưu điểm|Khuyết điểm)(?:,\s*(?:hạn chế|khuyết điểm|yếu kém))?)\s*([:.]|$)",
    re.I,
)
_MAX_HEADING = 500
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
    for style, rank, pattern in _GRAMMAR:
        m = pattern.match(text.lstrip())
        if m:
            return style, rank, m.group(1).strip(), m.group(2).strip(), m.start(2) + lost
    return None


def find_headings(blocks: list[Block]) -> list[Block]:
    """Mark heading blocks (``role = "heading"``, number, title, level left 0) and split run-in headings off.

    Returns:
        The blocks, with run-in headings as blocks of their own and titles over several lines merged.
    """
    out: list[Block] = []
    skip_until = -1
    for i, block in enumerate(blocks):
        if i <= skip_until:
            continue
        if block.role != "text":
            out.append(block)
            continue
        head = _head_of(block, blocks[i + 1 :])
        if head is None:
            out.append(block)
            continue
        if head.rest_at is not None:
            out += _split(block, head)
            continue
        _become(block, head)
        out.append(block)
        skip_until = i + _absorb_title(block, blocks[i + 1 :])
    return out


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
    return [first, block] if block.text else [first]


def _head_of(block: Block, after: list[Block]) -> Head | None:
    text = block.text.strip()
    parsed = parse_number(text)
    following = next((b for b in after if b.role == "text"), None)
    if parsed is None:
        return _unnumbered(block, following)
    style, rank, number, title, at = parsed
    if style in {"annex", "part", "chapter", "clause"}:
        return _announced(block, style, rank, number, title, following)
    if not title or len(title) > _MAX_HEADING:
        return _run_in(block, style, rank, number, at)
    if block.lead and at < block.lead < len(text) - 3:
        return _run_in(block, style, rank, number, at)
    if following is not None and ends_open(block) and starts_low(following) and not title.isupper() and not block.bold:
        if len(title) + len(following.text) > 250 or not ends_open(following):
            return None  # a numbered paragraph cut by a page, not a heading
    if style == "article" or _complete_title(block, title, style):
        return Head(style, rank, number, title)
    return _run_in(block, style, rank, number, at)


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


def _announced(block: Block, style: str, rank: int, number: str, title: str, following: Block | None) -> Head | None:
    if style == "annex":
        if not (number.isupper() and (title.isupper() or not title or title[:20].isupper())):
            return None
        if attached := re.search(r"\s*\(\s*Kèm theo", block.text):
            return Head(style, rank, None, block.text[: attached.start()].strip(), attached.start())
        bare = not re.search(r"\d|[IVX]+$", number.removeprefix("BIỂU").removeprefix("PHỤ LỤC").strip())
        if bare:  # "BIỂU KẾT QUẢ …" has no number: the whole line is the title
            return Head(style, rank, None, block.text.strip())
        return Head(style, rank, number, title.strip("* "))
    if title and not title.isupper() and not block.bold and len(title) > 200:
        return None
    if title and title[0].islower() and style == "part":
        return None  # "Phần thứ hai của báo cáo …" in running text
    return Head(style, rank, number, title)


def _run_in(block: Block, style: str, rank: int, number: str, at: int) -> Head | None:
    """``**6. Quản lý chặt chẽ ….** Thực hiện …``: the emphasised run is the heading, the rest its paragraph."""
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


def _absorb_title(block: Block, after: list[Block]) -> int:
    """Add the following title lines: all of a part's name, and the upper-case rest of a broken heading.

    Returns:
        How many of `after` went into the heading.
    """
    taken = 0
    needs = not block.title
    for following in after:
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
        block.anchors += following.anchors
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
    return starts_low(following) and ends_open(following) and len(title) + len(text) <= 250


def assign_levels(blocks: list[Block]) -> tuple[dict[int, int | None], list[str]]:
    """Nest the headings: `Block.level` becomes 1, 2, 3 …

    Args:
        blocks: all blocks; only those with role "heading" matter.

    Returns:
        heading position → position of its parent (None at the top), and one line for each number that was mended.
    """
    stack: list[tuple[int, Block]] = []
    parents: dict[int, int | None] = {}
    mended: list[str] = []
    for i, block in enumerate(blocks):
        if block.role != "heading":
            continue
        _mend_number(block, stack, mended)
        while stack and not _encloses(stack[-1][1], block):
            stack.pop()
        parents[i] = stack[-1][0] if stack else None
        stack.append((i, block))
    depth: dict[int, int] = {}
    for i, parent in parents.items():
        depth[i] = 1 if parent is None else depth[parent] + 1
    for i, level in depth.items():
        blocks[i].level = level
    return parents, mended


def _encloses(outer: Block, inner: Block) -> bool:
    """May `inner` stand inside `outer`? Ranks decide; a dotted number also wants its prefix."""
    if outer.kind == "annex":
        return inner.kind not in {"annex", "part"}
    if outer.rank >= inner.rank:
        return False
    if outer.kind in {"n1", "n2", "n3"} and inner.kind in {"n2", "n3", "n4"}:
        return (inner.number or "").startswith(f"{outer.number}.")
    return True


def _mend_number(block: Block, stack: list[tuple[int, Block]], mended: list[str]) -> None:
    """A number that lost a dot in conversion ("2.13." behind 2.1.2) is read as its sequence says."""
    number = block.number or ""
    if block.kind not in {"n1", "n2", "n3"}:
        return
    for _, open_block in reversed(stack):
        parts = (open_block.number or "").split(".")
        if open_block.kind not in {"n2", "n3", "n4"} or not all(p.isdigit() for p in parts):
            continue
        wanted = ".".join([*parts[:-1], str(int(parts[-1]) + 1)])
        if (
            number != wanted
            and number.replace(".", "") == wanted.replace(".", "")
            and number.count(".") < wanted.count(".")
        ):
            block.number, block.kind = wanted, open_block.kind
            block.rank = open_block.rank
            mended.append(f"{number} → {wanted}")
            return
