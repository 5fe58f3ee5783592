"""The title of a table, from the lines above it."""

from __future__ import annotations

import re

from ingest.flow import is_bullet
from ingest.lines import Block

_NAMED = re.compile(r"^(?:BIỂU|BẢNG|PHỤ LỤC|Biểu|Bảng|Phụ lục)\b(?!\s+\w+\s+\w+\s+\w+.*\.$)")
_UNIT = re.compile(r"^\W*(?:Đơn vị(?: tính)?|ĐVT)\s*[:.]", re.I)
_REACH = 6  # blocks above the table
_LONGEST = 300


def table_title(blocks: list[Block], place: int, caption: str = "") -> str:
    """The title above the table that starts at `place`.

    Lines in bold, in capitals or called "Bảng …", "Biểu …" right above it, the unit of its figures aside; where there
    are none, the heading that it follows directly.

    Args:
        blocks: all blocks in reading order.
        place: of the table's first row.
        caption: a title found in the table's own first row.
    """
    lines: list[str] = []
    plain: list[str] = []
    for block in reversed(blocks[max(0, place - _REACH) : place]):
        text = block.shown
        if block.role in {"rule", "note", "furniture"} or (block.role == "text" and _UNIT.match(text)):
            continue
        if block.role == "heading":
            heading = _heading(block)
            if block.kind == "annex" and len(plain) <= 1:
                lines = [heading, *plain, *lines]
            return " ".join(lines) or caption or heading
        if block.role != "text" or not text:
            break
        if _NAMED.match(text) and len(text) <= _LONGEST:
            lines.insert(0, text)
            break
        if _is_title(block, text, bool(lines), plain):
            lines.insert(0, text)
        elif plain or lines or len(text) > _LONGEST or text.endswith((".", ";")) or is_bullet(text):
            break
        else:
            plain.insert(0, text)
    return " ".join(lines) or caption


def _is_title(block: Block, text: str, below: bool, plain: list[str]) -> bool:
    """Set off by bold or capitals; a second such line only where both are capitals, the lines of one title."""
    if plain or len(text) > _LONGEST or text.endswith((".", ";")):
        return False
    return text.isupper() or (block.bold and not below)


def _heading(block: Block) -> str:
    if block.number and block.kind != "annex":
        return f"{block.number}. {block.title}"
    return block.text.strip() or block.title or ""
