"""Sentences and clauses as character ranges: small units to match, whole passages to show."""

from __future__ import annotations

import re

MIN_CLAUSE = 12
"""Syllables that a clause has at least; shorter ones join the clause before them (DESIGN: match small, return big)."""

_SENTENCE_END = re.compile(r"(?:[;!?…]|\n|(?<![\s(][A-ZĐ0-9])(?<!\bTP)\.)[\"”)]*(?=\s|$)")
_CLAUSE_END = re.compile(r"(?:[;!?…,:]|\n|\.|\s[-–])(?=\s|$)")
_SYLLABLE = re.compile(r"\w+")


def sentences(text: str) -> list[tuple[int, int]]:
    """Ranges of the sentences of `text`; in reports a semicolon ends one as well. Blank edges are left out."""
    return _ranges(text, [m.end() for m in _SENTENCE_END.finditer(text)])


def clauses(text: str, least: int = MIN_CLAUSE) -> list[tuple[int, int]]:
    """Ranges of at least `least` syllables each, cut at punctuation; one range where the text is shorter than two.

    Together the ranges hold every word of the text, in order and without overlap.
    """
    ends: list[int] = []
    start = 0
    for match in _CLAUSE_END.finditer(text):
        if _syllables(text, start, match.end()) >= least and _syllables(text, match.end(), len(text)) >= least:
            ends.append(match.end())
            start = match.end()
    return _ranges(text, ends)


def sentence_at(text: str, offset: int) -> str:
    """The sentence of `text` that ends at or holds the character before `offset` (where a footnote's marker stood)."""
    spot = max(0, offset - 1)
    for start, end in sentences(text):
        if start <= spot < end or spot < start:
            return text[start:end]
    return text.strip()


def _ranges(text: str, ends: list[int]) -> list[tuple[int, int]]:
    ranges = []
    start = 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        if piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            ranges.append((left, start + len(piece.rstrip())))
        start = end
    return ranges


def _syllables(text: str, start: int, end: int) -> int:
    return sum(1 for _ in _SYLLABLE.finditer(text, start, end))
