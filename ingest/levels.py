"""How deep each heading is, from its number, its rank and the headings that are open; odd numbers are reported."""

from __future__ import annotations

from ingest.document import ParseWarning
from ingest.grammar import DOTTED, follows, parse_number, prefix, starts
from ingest.lines import Block

# Styles that nest either way round: the first number of the inner one tells ("I." with "A." below, "1)" with "a)")
_EITHER_WAY = frozenset({("roman", "letter"), ("paren", "point")})
_MAX_WARNINGS = 50  # of numbers out of sequence; the rest are counted


def assign_levels(blocks: list[Block]) -> list[ParseWarning]:
    """Nest the headings: `Block.level` becomes 1, 2, 3 and so on, `Block.above` the heading that encloses it.

    Args:
        blocks: all blocks in reading order; numbered paragraphs matter for gaps only.

    Returns:
        A warning for each number that was mended ("2.13 → 2.1.3"), and for each that is out of sequence.
    """
    stack: list[Block] = []
    around: list[Block] = []  # the headings that were open where an annex began
    inside: list[Block] = []  # that annex and the headings behind it
    warnings: list[ParseWarning] = []
    odd = 0
    used: set[tuple[int, str]] = set()
    siblings: dict[tuple[int, str], tuple[int, Block]] = {}
    for place, block in enumerate(blocks):
        if block.role != "heading":
            continue
        if block.kind == "annex":
            around = around if inside else list(stack)
        elif (depth := _resumed(around, block)) is not None:
            _move_inside(inside, around[-1])
            stack, around, inside = around[: depth + 1], [], []
        if mending := _mend_number(block, stack):
            message = f"Số mục đã sửa theo thứ tự / heading number mended by its sequence: {mending}"
            warnings.append(ParseWarning("heading-number", message, block.page))
        _close(stack, block, used)
        block.above = stack[-1] if stack else None
        block.level = block.above.level + 1 if block.above else 1
        stack.append(block)
        used.add((id(_outer(stack)), block.number or ""))
        if inside or block.kind == "annex":
            inside.append(block)
        since, before = siblings.get((id(block.above), block.kind), (0, None))
        siblings[id(block.above), block.kind] = place, block
        if before is not None and not _in_sequence(before, block, blocks[since + 1 : place]):
            odd += 1
            if odd > _MAX_WARNINGS:
                continue
            message = f"Số mục không theo thứ tự / heading number out of sequence: {before.number} → {block.number}"
            warnings.append(ParseWarning("heading-sequence", message, block.page))
    if odd > _MAX_WARNINGS:
        message = f"… và {odd - _MAX_WARNINGS} số mục nữa / … and {odd - _MAX_WARNINGS} more"
        warnings.append(ParseWarning("heading-sequence", message))
    return warnings


def _outer(stack: list[Block]) -> Block | None:
    """The open heading above the plain and dotted digits."""
    return next((b for b in reversed(stack) if b.kind != "n1" and b.kind not in DOTTED), None)


def _close(stack: list[Block], block: Block, used: set[tuple[int, str]]) -> None:
    """Take the headings off the stack that do not enclose `block`."""
    same = next((i for i in range(len(stack) - 1, -1, -1) if _carries_on(stack[i], block)), None)
    if same is not None:
        del stack[same:]
        return
    if block.kind in DOTTED and stack:  # "2.1" below "3": the old prefix kept, when 2 had its own 2.1 already
        digits = next((i for i in range(len(stack) - 1, -1, -1) if stack[i].kind == "n1"), None)
        if digits is not None and starts(block.number or "") and (id(_outer(stack)), block.number or "") in used:
            del stack[digits + 1 :]
            return
    while stack and not _encloses(stack, block):
        stack.pop()


def _carries_on(opened: Block, block: Block) -> bool:
    return opened.kind == block.kind and follows(opened.number or "", block.number or "")


def _encloses(stack: list[Block], inner: Block) -> bool:
    """May `inner` stand inside the last of `stack`? Ranks decide; a dotted number also wants its prefix."""
    outer = stack[-1]
    if outer.kind == "annex":
        return inner.kind not in {"annex", "part"}
    if (outer.kind, inner.kind) in _EITHER_WAY:
        return starts(inner.number or "") and all(b.kind != inner.kind for b in stack)
    if outer.rank >= inner.rank:
        return False
    if (outer.kind == "n1" or outer.kind in DOTTED) and inner.kind in DOTTED:
        return (inner.number or "").startswith(f"{outer.number}.")
    return True


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
    return next((depth for depth in range(len(around) - 1, -1, -1) if _carries_on(around[depth], block)), None)


def _in_sequence(before: Block, block: Block, between: list[Block]) -> bool:
    """Does the number follow its sibling's, numbered paragraphs between them counted in?"""
    if before.number is None or block.number is None or block.kind == "annex":
        return True
    number = before.number
    if follows(number, block.number) or (starts(block.number) and prefix(number) != prefix(block.number)):
        return True
    for other in between:
        start = parse_number(other.text[:200]) if other.role == "text" else None
        if start is not None and start.style == block.kind and follows(number, start.number):
            number = start.number
    return follows(number, block.number)


def _mend_number(block: Block, stack: list[Block]) -> str | None:
    """Read a number that lost a dot in conversion ("2.13." behind 2.1.2) as its sequence says."""
    number = block.number or ""
    if block.kind not in {"n1", "n2", "n3"}:
        return None
    for opened in reversed(stack):
        parts = (opened.number or "").split(".")
        if opened.kind not in DOTTED or not all(p.isdigit() for p in parts):
            continue
        wanted = ".".join([*parts[:-1], str(int(parts[-1]) + 1)])
        lost = wanted.count(".") - number.count(".")
        if lost > 0 and number.replace(".", "") == wanted.replace(".", ""):
            block.number, block.kind, block.rank = wanted, opened.kind, opened.rank
            return f"{number} → {wanted}"
    return None
