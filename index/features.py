"""What the ranker looks at: for every candidate a row of plain, nameable measurements against one query."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.forward import ForwardIndex
from index.query import Query
from index.tokens import folded_keys


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query as numbers of the forward index.

    Attributes:
        own: folded content tokens, each once, int64 (s,); `UNKNOWN` for those found nowhere.
        pairs: places in `own` of tokens that stand together in the query, int64 (p, 2).
        added: tokens of the forms that were added, each once, int64 (e,).
        forms: for each form the places in `added` of its tokens, and its weight.
        refs: document numbers, int64 (r,).
        full: whether each is in full, bool (r,).
    """

    own: np.ndarray
    pairs: np.ndarray
    added: np.ndarray
    forms: tuple[tuple[np.ndarray, float], ...]
    refs: np.ndarray
    full: np.ndarray


FORM_WEIGHTS = {"named": 1.0, "meant": 1.0, "near": 0.4}
"""What a form that was added counts, by how its concept was found."""


def wanted(query: Query, forward: ForwardIndex) -> Wanted:
    """Turn a query into numbers.

    Args:
        query: analysed.
        forward: of the generation.
    """
    keys = list(dict.fromkeys(t.folded for t in query.content))
    place = {key: i for i, key in enumerate(keys)}
    together = dict.fromkeys(
        (place[a.folded], place[b.folded]) for a, b in pairwise(query.tokens) if a.folded in place and b.folded in place
    )
    forms: dict[tuple[str, ...], float] = {}
    for match in query.matches:
        weight = match.score * FORM_WEIGHTS.get(match.how, 1.0)
        for form in match.official:
            tokens = tuple(dict.fromkeys(folded_keys(form)))
            forms[tokens] = max(weight, forms.get(tokens, 0.0))
    added = {token: i for i, token in enumerate(dict.fromkeys(token for form in forms for token in form))}
    return Wanted(
        own=forward.numbers(keys),
        pairs=np.array(list(together), np.int64).reshape(-1, 2),
        added=forward.numbers(added),
        forms=tuple((np.array([added[t] for t in tokens], np.int64), weight) for tokens, weight in forms.items()),
        refs=forward.numbers(query.refs, "refs"),
        full=np.array([ref.count("-") > 1 for ref in query.refs], bool),
    )


class Measure:
    """Counts a query's tokens in some passages.

    Args:
        forward: of the generation.
        want: the query.
        positions: of the passages, int64 (n,).
    """

    def __init__(self, forward: ForwardIndex, want: Wanted, positions: np.ndarray) -> None:
        self._forward, self._want, self._positions = forward, want, positions
        self._size = len(positions)
        self._text = forward.tokens("folded", positions)

    def features(self) -> dict[str, np.ndarray]:
        """Every measurement, float64 (n,), 0 where nothing is found.

        Returns:
            "cover_all", "cover_pairs", "cover_path", "cover_carrier": which part of the query's own tokens (of its
            neighbouring pairs) stands anywhere with the passage, in its text, in the section path, in the sentence
            that carries the footnote, each token by its rarity; "added_form": how whole the best of the added forms
            stands in the text, times its weight; "refs": 1 where a document number of the query stands in full, 0.5
            for kind and number alone.
        """
        return {**self._own(), "added_form": self._added_form(), "refs": self._refs()}

    def _own(self) -> dict[str, np.ndarray]:
        want = self._want
        rarity = self._forward.rarity(want.own)
        total = max(1e-9, float(rarity.sum()))
        slots = _slots(want.own, self._forward.vocabulary())
        here = slots[self._text.numbers]
        found = {"text": self._count(here, self._text.owners, len(want.own)) > 0}
        for name in ("path", "carrier", "header"):
            tokens = self._forward.tokens(name, self._positions)
            found[name] = self._count(slots[tokens.numbers], tokens.owners, len(want.own)) > 0
        everywhere = found["text"] | found["path"] | found["carrier"] | found["header"]
        pairs = self._pairs(here, want.pairs, len(want.own)) > 0
        pair_rarity = self._forward.pair_rarity(want.own[want.pairs[:, 0]], want.own[want.pairs[:, 1]])
        return {
            "cover_all": everywhere @ rarity / total,
            "cover_pairs": pairs @ pair_rarity / max(1e-9, float(pair_rarity.sum())),
            "cover_path": found["path"] @ rarity / total,
            "cover_carrier": found["carrier"] @ rarity / total,
        }

    def _added_form(self) -> np.ndarray:
        want = self._want
        best = np.zeros(self._size)
        if not want.forms:
            return best
        slots = _slots(want.added, self._forward.vocabulary())
        there = self._count(slots[self._text.numbers], self._text.owners, len(want.added)) > 0
        rarity = self._forward.rarity(want.added)
        for places, weight in want.forms:
            share = there[:, places] @ rarity[places] / max(1e-9, float(rarity[places].sum()))
            best = np.maximum(best, weight * share**2)
        return best

    def _refs(self) -> np.ndarray:
        found = np.zeros(self._size)
        if not len(self._want.refs):
            return found
        tokens = self._forward.tokens("refs", self._positions)
        worth = np.zeros(self._forward.vocabulary("refs") + 1)
        for place, number in enumerate(self._want.refs):
            if number >= 0:
                worth[number] = 1.0 if self._want.full[place] else 0.5
        np.maximum.at(found, tokens.owners, worth[tokens.numbers])
        return found

    def _count(self, slots: np.ndarray, owners: np.ndarray, width: int) -> np.ndarray:
        """How often each slot is met in each passage, float64 (n, width)."""
        if not width:
            return np.zeros((self._size, 0))
        hit = np.flatnonzero(slots >= 0)
        counts = np.bincount(owners[hit] * width + slots[hit], minlength=self._size * width)
        return counts.reshape(self._size, width).astype(np.float64)

    def _pairs(self, slots: np.ndarray, pairs: np.ndarray, width: int) -> np.ndarray:
        """How often each pair of slots stands together, float64 (n, pairs)."""
        if not len(pairs) or not len(slots):
            return np.zeros((self._size, len(pairs)))
        owners = self._text.owners
        near = np.flatnonzero((owners[:-1] == owners[1:]) & (slots[:-1] >= 0) & (slots[1:] >= 0))
        keys = pairs[:, 0] * width + pairs[:, 1]
        by_key = np.argsort(keys)
        here = slots[near] * width + slots[near + 1]
        spot = by_key[np.minimum(np.searchsorted(keys, here, sorter=by_key), len(keys) - 1)]
        return self._count(np.where(keys[spot] == here, spot, -1), owners[near], len(pairs))


def _slots(numbers: np.ndarray, size: int) -> np.ndarray:
    """Token number → its place in `numbers`, -1 for all others, int64 (size + 1,)."""
    table = np.full(size + 1, -1, np.int64)
    known = numbers >= 0
    table[numbers[known]] = np.flatnonzero(known)
    return table
