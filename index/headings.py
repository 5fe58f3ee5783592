"""Which passages stand under a heading that holds a quoted phrase.

The lexical index keeps headings without their order, so the forward index is asked, which knows them without marks and
as one line; what it finds is held against the headings as they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from index.catalogue import Catalogue
from index.forward import ForwardIndex
from index.lexical import Term
from index.tokens import tokenize

MAX_KEPT = 100_000
"""Passages whose headings stay in memory once read."""


class Headings:
    """The headings of one generation.

    Args:
        forward: its forward index.
        catalogue: its catalogue.
        ids: of the passages, by position.
    """

    def __init__(self, forward: ForwardIndex, catalogue: Catalogue, ids: Sequence[str]) -> None:
        self._forward, self._catalogue, self._ids = forward, catalogue, ids
        self._kept: dict[str, tuple[str, ...]] = {}

    def holding(self, phrase: str, term: Term) -> np.ndarray:
        """Positions of the passages of which one heading has the whole phrase, int64, sorted.

        Args:
            phrase: NFC text with at least one token.
            term: of it, as `index.conditions.phrase_term` makes it: with its marks or without.
        """
        numbers = self._forward.numbers(token.folded for token in tokenize(phrase))
        positions = self._forward.holding("path", numbers)
        paths = self._paths([self._ids[int(position)] for position in positions])
        wanted = f" {term.token} "
        right = {
            path: any(wanted in _tokens(heading, term.field == "marked") for heading in path) for path in set(paths)
        }
        return positions[np.array([right[path] for path in paths], bool)]

    def _paths(self, passages: list[str]) -> list[tuple[str, ...]]:
        """The section path of each passage."""
        missing = [passage for passage in passages if passage not in self._kept]
        if len(self._kept) + len(missing) > MAX_KEPT:
            self._kept, missing = {}, passages
        self._kept |= self._catalogue.headings(missing)
        return [self._kept[passage] for passage in passages]


@lru_cache(maxsize=20_000)
def _tokens(heading: str, marked: bool) -> str:
    """The tokens of a heading, each between blanks."""
    return f" {' '.join(token.marked if marked else token.folded for token in tokenize(heading))} "
