"""Where in a longer text a short one stands with the fewest changes, and which changes.

Approximate matching by dynamic programming (Sellers 1980, "The theory and computation of evolutionary distances"): the
edit distance with a free start and a free end in the longer text, a row at a time in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHANGE, LOOK_ALIKE = 2, 1
"""What it costs to replace, add or leave out a word; to replace one by the same letters with other marks."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run of an alignment: words `quote` of the short text stand for words `text` of the long one.

    Attributes:
        same: whether they are the same words.
        quote: half-open range, empty where the short text leaves words out.
        text: half-open range, empty where the short text adds words.
    """

    same: bool
    quote: tuple[int, int]
    text: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The best place.

    Attributes:
        start: first word of the long text that belongs to it.
        end: one behind the last.
        edits: words changed, a changed mark counted half.
        steps: in reading order.
    """

    start: int
    end: int
    edits: float
    steps: tuple[Step, ...]


def find(part: Sequence[str], whole: Sequence[str], first: int = 0) -> int:
    """Where `part` stands in `whole` word for word, -1 if nowhere.

    Args:
        part: keys, at least one.
        whole: keys.
        first: where to begin.
    """
    at, last = first, len(whole) - len(part)
    wanted = tuple(part)
    while at <= last:
        try:
            at = whole.index(wanted[0], at, last + 1)
        except ValueError:
            return -1
        if tuple(whole[at : at + len(wanted)]) == wanted:
            return at
        at += 1
    return -1


def align(
    part: Sequence[int], whole: Sequence[int], part_folded: Sequence[int], whole_folded: Sequence[int]
) -> Alignment:
    """The place of `part` in `whole` that needs the fewest changes, the leftmost of equal ones.

    Args:
        part: numbers of the words, the same number for the same key; at least one.
        whole: likewise, any number of words.
        part_folded: numbers of the words without diacritics.
        whole_folded: likewise.
    """
    costs = _costs(np.asarray(part), np.asarray(whole), np.asarray(part_folded), np.asarray(whole_folded))
    n, m = len(part), len(whole)
    table = np.zeros((n + 1, m + 1), np.int32)
    table[:, 0] = np.arange(n + 1) * CHANGE
    slope = np.arange(m + 1, dtype=np.int32) * CHANGE
    for i in range(1, n + 1):
        row = table[i]
        np.minimum(table[i - 1, :-1] + costs[i - 1], table[i - 1, 1:] + CHANGE, out=row[1:])
        row -= slope
        np.minimum.accumulate(row, out=row)
        row += slope
    end = int(table[n].argmin())
    return _traced(table, costs, end)


def _costs(part: np.ndarray, whole: np.ndarray, part_folded: np.ndarray, whole_folded: np.ndarray) -> np.ndarray:
    """What it costs to take each word of the one for each of the other, int32 (n, m)."""
    alike = part_folded[:, None] == whole_folded[None, :]
    costs = np.where(alike, LOOK_ALIKE, CHANGE).astype(np.int32)
    costs[part[:, None] == whole[None, :]] = 0
    return costs


def _traced(table: np.ndarray, costs: np.ndarray, end: int) -> Alignment:
    """Follow the table back from the end of the best place."""
    i, j = len(table) - 1, end
    moves: list[tuple[bool, int, int]] = []  # same, words of the part, words of the whole
    while i:
        here = table[i, j]
        if j and here == table[i - 1, j - 1] + costs[i - 1, j - 1]:
            i, j = i - 1, j - 1
            moves.append((costs[i, j] == 0, 1, 1))
        elif here == table[i - 1, j] + CHANGE:
            i -= 1
            moves.append((False, 1, 0))
        else:
            j -= 1
            moves.append((False, 0, 1))
    steps: list[Step] = []
    a, b = 0, j
    for same, words, others in reversed(moves):
        last = steps[-1] if steps else None
        if last is not None and last.same == same:
            steps[-1] = Step(same, (last.quote[0], a + words), (last.text[0], b + others))
        else:
            steps.append(Step(same, (a, a + words), (b, b + others)))
        a, b = a + words, b + others
    return Alignment(j, end, float(table[-1, end]) / CHANGE, tuple(steps))
