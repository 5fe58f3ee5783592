"""Raised digits that are no footnote markers, or two of them: exponents, and numbers that fused ("²³" for ² and ³)."""

from __future__ import annotations

import re

from ingest.lines import MARKER, OPEN, Block, marker, visible

# "3.163,2m²", "60.000 m³/ngày", "km²": an exponent, whatever the typography says
_UNIT = re.compile(r"(?:^|[\d\s/.,(])[kcdmh]?m$")
_POWER = re.compile(r"[×x*.·]\s*10$")  # "3,2 × 10⁶"


def reject_exponents(block: Block) -> None:
    """Give exponents back to the text."""

    def decide(m: re.Match[str]) -> str:
        before = visible(block.text[max(0, m.start() - 40) : m.start()])
        if m.group(2).startswith(("(", "⁽", "[")):
            return m.group(0)
        exponent = _POWER.search(before) or (m.group(1) in {"2", "3"} and _UNIT.search(before))
        return m.group(2) if exponent else m.group(0)

    if OPEN in block.text:
        block.lead = len(MARKER.sub(decide, block.text[: block.lead]))
        block.text = MARKER.sub(decide, block.text)


def part_fused(blocks: list[Block]) -> None:
    """Part markers that stand in a row without anything between them.

    "²³" is 2 and 3 where 1 was the marker before it (or a page starts at 1), both have a body, and 23 has none.
    """
    opening = [MARKER.match(b.text.lstrip()) for b in blocks if b.role == "text"]
    bodies = {m.group(1) for m in opening if m}
    last = 0
    for block in blocks:
        if block.role not in {"text", "row"} or OPEN not in block.text:
            continue
        out: list[str] = []
        position = grown = 0
        for m in MARKER.finditer(block.text):
            key, shown = m.groups()
            out.append(block.text[position : m.start()])
            position = m.end()
            parts = [key]
            if key.isdigit() and block.text[: m.start()].strip():  # what opens a block is a body's
                if len(shown) == len(key) and key not in bodies and bodies.issuperset(found := _parts(key, last)):
                    parts = found
                last = int(parts[-1])
            tokens = [m.group(0)] if len(parts) == 1 else _tokens(parts, shown)
            out += tokens
            grown += sum(map(len, tokens)) - len(m.group(0)) if m.end() <= block.lead else 0
        block.text = "".join([*out, block.text[position:]])
        block.lead += grown


def _tokens(parts: list[str], shown: str) -> list[str]:
    starts = [sum(map(len, parts[:i])) for i in range(len(parts))]
    return [marker(part, shown[at : at + len(part)]) for part, at in zip(parts, starts, strict=True)]


def _parts(key: str, last: int) -> list[str]:
    """The digits as numbers one after another that carry on behind `last`, or start at 1; else the one number."""
    for first in (last + 1, 1) if int(key) != last + 1 else ():
        numbers = [str(first)]
        while len("".join(numbers)) < len(key):
            numbers.append(str(int(numbers[-1]) + 1))
        if "".join(numbers) == key and len(numbers) > 1:
            return numbers
    return [key]
