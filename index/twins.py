"""Near-duplicates: passages that say the same in the same words and figures, found once a build.

Reports repeat one another, and an annex repeats the text. Two passages are twins when their figures are the same, in
the same order, and the Jaccard similarity of their runs of three folded tokens is at least 0.9: case, marks, blanks and
punctuation do not matter, one word in sixty does not, a name in a short row does.

The pairs are found exactly by prefix filtering (Bayardo, Ma, Srikant 2007, "Scaling up all pairs similarity search"):
of two sets that are as like as that, the rarest tenth of either meets the other's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

LIKE = 0.9
"""Jaccard similarity from which two passages are twins."""

_RUN = 3  # tokens


def near_duplicates(texts: Sequence[str]) -> np.ndarray:
    """Groups of twins.

    Args:
        texts: folded tokens of each passage, separated by blanks (`LexicalRow.folded`), in the order of the ids.

    Returns:
        For each the place of the first passage of its group, its own where it has no twin: int64 (n,).
    """
    groups = _Groups(len(texts))
    same: dict[str, int] = {}
    by_figures: dict[tuple[str, ...], list[int]] = {}
    for place, text in enumerate(texts):
        first = same.setdefault(text, place)
        if first != place:
            groups.join(first, place)
            continue
        figures = tuple(token for token in text.split() if not token.isalpha())
        by_figures.setdefault(figures, []).append(place)
    for places in by_figures.values():
        if len(places) > 1:
            for one, other in _alike(places, [_runs(texts[place]) for place in places]):
                groups.join(one, other)
    return np.array([groups.first(place) for place in range(len(texts))], np.int64)


def _runs(text: str) -> set[str]:
    tokens = text.split()
    return {" ".join(tokens[i : i + _RUN]) for i in range(max(1, len(tokens) - _RUN + 1))}


def _alike(places: Sequence[int], sets: Sequence[set[str]]) -> list[tuple[int, int]]:
    """Pairs of places whose sets are at least `LIKE` alike."""
    frequency = Counter(run for runs in sets for run in runs)
    order = sorted(range(len(sets)), key=lambda i: len(sets[i]))
    seen: dict[str, list[int]] = {}
    pairs = []
    for i in order:
        runs = sets[i]
        rarest = sorted(runs, key=lambda run: (frequency[run], run))
        prefix = rarest[: len(runs) - math.ceil(LIKE * len(runs)) + 1]
        for j in dict.fromkeys(j for run in prefix for j in seen.get(run, ())):
            if len(sets[j]) >= LIKE * len(runs) and _jaccard(runs, sets[j]) >= LIKE:
                pairs.append((places[j], places[i]))
        for run in prefix:
            # A run that nobody else has brings nobody together.
            if frequency[run] > 1:
                seen.setdefault(run, []).append(i)
    return pairs


def _jaccard(a: set[str], b: set[str]) -> float:
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


class _Groups:
    """Disjoint sets; the lowest place speaks for its group."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def first(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.first(one), self.first(other)))
        self._above[high] = low
