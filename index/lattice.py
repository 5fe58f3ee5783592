"""The most probable word for each token of a query, given what each may be.

A bigram model interpolated with single words (Jelinek & Mercer 1980), run forward and backward over the tokens (Rabiner
1989): each token gets its most probable word, and how probable that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.spelling_table import SpellingTable
from index.tokens import Token

__all__ = ["Place", "choose"]


@dataclass(slots=True)
class Place:
    """One token and the words that it may be.

    Attributes:
        token: as typed.
        words: their numbers in the table.
        likely: how likely each was typed like this, float64 (len(words),); None for all alike.
        how: "slip" where the token is none of them.
        chosen: the most probable one; -1 until one is chosen.
        score: how probable it is, of a slip's letters whatever their marks.
        paired: whether it is known to stand beside the word before or behind.
    """

    token: Token
    words: range | tuple[int, ...]
    likely: np.ndarray | None = None
    how: str = ""
    chosen: int = -1
    score: float = 1.0
    paired: bool = False

    @property
    def is_open(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.words) > 1 or self.how != ""


def choose(table: SpellingTable, places: Sequence[Place | None]) -> None:
    """Choose a word for each place.

    Args:
        table: with the probabilities.
        places: in reading order; None is a token of which nothing is known.
    """
    for place in places:
        if place is not None:
            place.chosen = place.words[0]
    for run in _runs(places):
        _choose(table, run)


def _runs(places: Sequence[Place | None]) -> Iterator[list[Place]]:
    """Open places that follow each other, with the settled one before and behind them."""
    run: list[Place] = []
    for place in [*places, None]:
        if place is not None:
            run.append(place)
        if place is None or not place.is_open:
            if any(p.is_open for p in run):
                yield run
            run = [place] if place is not None else []


def _choose(table: SpellingTable, run: Sequence[Place]) -> None:
    steps = [table.steps(a.words, b.words) for a, b in pairwise(run)]
    forward = [_weighed(table.alone(run[0].words), run[0])]
    for place, (step, _) in zip(run[1:], steps, strict=True):
        forward.append(_weighed(forward[-1] @ step, place))
    backward = np.ones(len(run[-1].words))
    for i in range(len(run) - 1, -1, -1):
        if i < len(run) - 1:
            backward = steps[i][0] @ _weighed(backward, run[i + 1])
        if run[i].is_open:
            _settle(table, run[i], forward[i] * backward)
    for (a, b), (_, seen) in zip(pairwise(run), steps, strict=True):
        if seen[a.words.index(a.chosen), b.words.index(b.chosen)]:
            a.paired = b.paired = True


def _settle(table: SpellingTable, place: Place, chances: np.ndarray) -> None:
    best = int(chances.argmax())
    place.chosen = place.words[best]
    same = chances[best]
    if place.how == "slip":
        letters = table.letters[list(place.words)]
        same = chances[letters == letters[best]].sum()
    place.score = float(same / chances.sum())


def _weighed(values: np.ndarray, place: Place) -> np.ndarray:
    """Times the likelihoods, scaled to a sum of 1 so that long queries do not vanish."""
    if place.likely is not None:
        values = values * place.likely
    return values / values.sum()
