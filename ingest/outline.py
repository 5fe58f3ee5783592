"""Which blocks are headings: the grammar of the numbers, each unit's form, and its siblings.

Emphasis and a converter's ``#`` or style are evidence that a unit is a heading, never of its level (`ingest.levels`).
"""

from __future__ import annotations

import re

from ingest.flow import ends_open, starts_low
from ingest.grammar import ANNOUNCED, DOTTED, RANK, Numbered, parse_number
from ingest.levels import assign_levels
from ingest.lines import Block
from ingest.siblings import Head, Unit, clause_head, settle
from ingest.unnumbered import FURNITURE_BETWEEN, bold_labels, plain_labels, starred, unnumbered_head

__all__ = ["assign_levels", "find_headings"]

_NUMBERED_ANNEX = re.compile(r"\s(?:\d+|[IVXL]{1,6})$")
_MAX_HEADING = 500
_MAX_TITLE_LINES = 12


def find_headings(blocks: list[Block]) -> list[Block]:
    """Mark heading blocks (``role = "heading"``, number, title, level left 0) and split run-in headings off.

    Returns:
        The blocks, with run-in headings as blocks of their own and titles over several lines merged. A heading that is
        the first clause of a paragraph stands before it as a block without text, `lead` characters of which it covers.
    """
    heads = _heads(blocks)
    out: list[Block] = []
    absorbed: set[int] = set()
    for i, block in enumerate(blocks):
        if i in absorbed:
            continue
        head = heads.get(i)
        if head is None:
            out.append(block)
        elif head.end is not None:
            out += [_inside(block, head), block]
        elif head.rest_at is not None:
            out += _split(block, head)
        else:
            _become(block, head)
            out.append(block)
            absorbed.update(_absorb_title(block, blocks, i + 1))
    return out


def _heads(blocks: list[Block]) -> dict[int, Head]:
    """Place → heading, each unit judged by itself and beside its siblings."""
    following = _next_texts(blocks)
    heads: dict[int, Head] = {}
    units: dict[int, Unit] = {}
    above: Block | None = None
    last: Block | None = None
    for i, block in enumerate(blocks):
        if block.role == "text":
            above, last = last, block
        if block.role != "text" or not block.text.strip():  # of a marker alone nothing is left
            continue
        start = parse_number(block.text)
        if start is None:
            if head := unnumbered_head(blocks, i, following[i]):
                heads[i] = head
            continue
        head = _numbered(block, start, following[i], _before_row(blocks, i))
        cut = _is_cut(block, start.title, following[i])
        units[i] = Unit(block, start, head, cut=cut, announced=above is not None and above.text.rstrip().endswith(":"))
    for i, unit in units.items():
        unit.body = _has_body(blocks, i, units, heads)
    settle(list(units.values()))
    plain_labels(blocks, heads)
    starred(blocks, heads)
    heads.update((i, unit.head) for i, unit in units.items() if unit.head is not None)
    bold_labels(blocks, heads)
    _rank_named(heads)
    return heads


def _rank_named(heads: dict[int, Head]) -> None:
    """A chapter in capitals without a number stands beside the outermost numbered ones."""
    ranks = [h.rank for h in heads.values() if h.style in RANK and h.style != "annex"]
    for head in heads.values():
        if head.style == "named":
            head.rank = min(ranks, default=head.rank)


def _has_body(blocks: list[Block], place: int, units: dict[int, Unit], heads: dict[int, Head]) -> bool:
    """Does something other than a unit of the same style stand right below the unit at `place`?"""
    for i in range(place + 1, len(blocks)):
        if blocks[i].role in FURNITURE_BETWEEN:
            continue
        below = units.get(i)
        if below is None:
            return i not in heads or heads[i].rank > units[place].start.rank
        return below.start.rank > units[place].start.rank
    return False


def _before_row(blocks: list[Block], place: int) -> bool:
    """Whether a table starts right behind the block (furniture and one line such as "Đơn vị: %" aside)."""
    near = [b for b in blocks[place + 1 : place + 5] if b.role not in FURNITURE_BETWEEN]
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


def _inside(block: Block, head: Head) -> Block:
    """The heading that is the first clause of `block`, which stays whole."""
    lost = len(block.text) - len(block.text.lstrip())
    first = Block("", block.page, gap=block.gap, order=block.order, lead=(head.end or 0) - lost)
    _become(first, head)
    return first


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


def _numbered(block: Block, start: Numbered, following: Block | None, before_row: bool) -> Head | None:
    """What a numbered unit looks like by itself."""
    title, style = start.title, start.style
    if style in ANNOUNCED:
        return _announced(block, start, before_row)
    if style == "article" and title and not block.bold and (len(title) > 200 or re.search(r"[.:;]/?\.?$", title)):
        return _run_in(block, start) or clause_head(block, start)  # its words are a rule, not a title
    if not title and style != "article":
        return None
    if len(title) > _MAX_HEADING or start.at < block.lead < len(block.text.rstrip()) - 3:
        return _run_in(block, start)
    if _is_cut(block, title, following):
        return None
    if style == "article" or _complete_title(block, title, style):
        return Head(style, start.rank, start.number, title)
    return _run_in(block, start)


def _is_cut(block: Block, title: str, following: Block | None) -> bool:
    """A numbered paragraph that a page or line cut in two, not a heading over two lines."""
    if following is None or title.isupper() or block.bold or not (ends_open(block) and starts_low(following)):
        return False
    return len(title) + len(following.text) > 250 or not ends_open(following)


def _complete_title(block: Block, title: str, style: str) -> bool:
    """A title is no sentence: it does not end in a full stop, unless the whole unit is emphasised or upper case."""
    if title.isupper() or (block.bold and len(title) < 300):
        return True
    if style in {"point", "paren"}:
        return len(title) <= 120 and not re.search(r"[.;,:]$", title)
    if re.search(r"[.;,…]$", title):
        return bool(block.hint) and len(title) <= 60 and title.count(".") == 1 and ";" not in title
    if title.endswith(":"):
        return len(title) <= 160
    if style in DOTTED:  # deep numbers are headings far more often than list items
        return True
    return not re.search(r"\.\s" if len(title) <= 300 else r"[;.]\s", title) or len(title) <= 200


def _announced(block: Block, start: Numbered, before_row: bool) -> Head | None:
    style, number, title = start.style, start.number, start.title
    if style == "annex":
        capitals = number.isupper() and (title.isupper() or not title or title[:20].isupper())
        above_table = before_row and bool(re.search(r"\d", number)) and len(title) <= 200
        if not capitals and not above_table:
            return None
        if attached := re.search(r"\s*\(\s*Kèm theo", block.text):
            return Head(style, start.rank, None, block.text[: attached.start()].strip(), attached.start())
        if not _NUMBERED_ANNEX.search(number):  # "BIỂU KẾT QUẢ …" has no number: the whole line is the title
            return Head(style, start.rank, None, block.text.strip())
        return Head(style, start.rank, number, title.strip("* "))
    if title and not title.isupper() and not block.bold:
        if len(title) > 200 or title[0].islower():
            return None  # "Phần thứ hai của báo cáo …" in running text
        parted = block.text[: start.at].rstrip()[-1:] in ".:-"
        if not parted and style != "part" and not number.isupper():
            return None  # "Chương III Điều lệ Đảng quy định …"
    return Head(style, start.rank, number, title)


def _run_in(block: Block, start: Numbered) -> Head | None:
    """Part ``**6. Quản lý chặt chẽ ….** Thực hiện …``: the emphasised run is the heading, the rest its paragraph."""
    if block.bold or not block.lead or block.lead <= start.at + 2 or block.lead >= len(block.text):
        return None
    title = block.text[start.at : block.lead].strip()
    if len(title) < 3:
        return None
    rest_at = block.lead
    if block.text[rest_at:].lstrip()[:1].islower() and not re.search(r"[.:;,]$", title):
        return None  # words stressed at the start of a sentence
    if m := re.match(r"\s*[:.]", block.text[rest_at:]):
        rest_at += m.end()
    return Head(start.style, start.rank, start.number, title, rest_at)


def _absorb_title(block: Block, blocks: list[Block], start: int) -> set[int]:
    """Add the title lines from `start` on: all of a part's name, and the rest of a heading cut by a line or a page.

    Returns:
        The places of those that went into the heading; page numbers, rules and notes between them stay.
    """
    taken: set[int] = set()
    needs = not block.title
    for place in range(start, min(len(blocks), start + _MAX_TITLE_LINES)):
        following = blocks[place]
        if following.role in FURNITURE_BETWEEN:
            continue
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
        above = block.text.rstrip()
        moved = len(above) + 1 - len(following.text) + len(following.text.lstrip())
        block.text = f"{above} {following.text.strip()}"
        block.anchors += [(min(moved + at, len(block.text)), note) for at, note in following.anchors]
        block.taken += following.taken
        block.page_end = block.reaching(following)
        taken.add(place)
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
    words = text[0].isalpha() and len(text) > 3  # no label of a drawing ("5a")
    low = words and starts_low(following) and ends_open(following)
    return not title.isupper() and low and len(title) + len(text) <= 250
