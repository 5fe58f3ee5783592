"""A query's words → concepts: those that it names, then those that what is left of it comes near to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from index.thesaurus.compiled import CONCEPT, FORMAT, WEIGHT, array, lines, side_keys, with_pairs
from index.tokens import Token, is_vietnamese_syllable

_CLOSE = 0.7  # a near concept has at least this part of the best one's score
_COVERED = 0.3  # … and its forms hold this part of what the query is about, each word counting by its rarity
_SAID = 0.75  # where named concepts hold this part of it, near ones would only blur it
_TELLING = 3.5  # rarity of a word that stands in 3 % of the concepts: log(1 / 0.03)
_NEAR = 3
_LEAST = 0.3  # what a named concept counts at least, however common its words beside another's


@dataclass(frozen=True, slots=True)
class Match:
    """A concept of a query and its official forms.

    `how` is "named" (in its official or English words), "meant" (in everyday words or an abbreviation) or "near" (it
    shares much with the query). `score` is the rarity of the form's words, as a part of that of the rarest form in the
    query, divided by n where the form belongs to n concepts; for the near ones it is the part of the best one's.
    """

    concept: str
    how: str
    score: float
    official: tuple[str, ...]


class Thesaurus:
    """Concepts with a sorted list of their forms and an inverted index over the words of these.

    Args:
        data: what `compile_thesaurus` made.

    Raises:
        ValueError: it is of another version.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, {FORMAT} is needed")
        self._official = lines(data["official"])
        self._sides = {name: _Side(data[name], name) for name in ("marked", "folded", "english")}

    def __len__(self) -> int:
        return len(self._official)

    def matches(
        self, tokens: list[Token], content: list[Token], *, marked: bool = False, english: bool = False
    ) -> tuple[Match, ...]:
        """The concepts of a query, named ones first, then at most three near ones.

        Args:
            tokens: of the query.
            content: those of them that are no function words.
            marked: True where the query carries diacritics: then its marks must agree.
            english: True for a query in English.
        """
        side = self._sides["english" if english else "marked" if marked else "folded"]
        about = {token.start: key for token in content for key in side_keys([token], side.name)}
        rarity = {key: side.rarity(key.encode()) for key in about.values()}
        whole = sum(rarity.values()) or 1.0
        found: dict[str, Match] = {}
        said: set[str] = set()
        alone = len(rarity) == 1
        named = [(o, {about.get(token.start, "") for token in form}) for o, form in self._named(tokens, side, alone)]
        parts = [sum(rarity.get(key, 0.0) for key in keys) for _, keys in named]
        for (owners, keys), part in zip(named, parts, strict=True):
            said |= keys & rarity.keys()
            share = max(_LEAST, part / max(parts)) if part else 1.0
            for owner in owners:
                match = self._match(owner >> 1, "meant" if owner & 1 else "named", share / len(owners))
                found.setdefault(match.concept, match)
        if side.telling(rarity) and sum(rarity[key] for key in said) < _SAID * whole:
            for match in self._near(list(about.values()), whole, side):
                found.setdefault(match.concept, match)
        return tuple(found.values())

    def _named(self, tokens: list[Token], side: _Side, alone: bool) -> Iterator[tuple[list[int], list[Token]]]:
        """The longest forms from left to right: their owners, and the tokens that they cover.

        A syllable that is a form by itself ("chùa") counts where it is all that is asked for: elsewhere it may be a
        part of a name or of another word.
        """
        words = [(key, token) for token in tokens for key in side_keys([token], side.name)]
        keys = [key.encode() for key, _ in words]
        position = 0
        while position < len(keys):
            length, owners = side.longest_form(keys, position)
            form = [token for _, token in words[position : position + length]]
            if owners and (alone or length > 1 or side.name == "english" or not is_vietnamese_syllable(form[0].folded)):
                yield owners, form
            position += length

    def _near(self, keys: list[str], whole: float, side: _Side) -> list[Match]:
        scores, shares = side.scores(keys, len(self))
        scores *= shares / whole
        top = scores.max(initial=0.0)
        close = np.flatnonzero((scores >= _CLOSE * top) & (shares >= _COVERED * whole)) if top else ()
        best = sorted((int(c) for c in close), key=lambda c: (-scores[c], c))[:_NEAR]
        return [self._match(c, "near", float(scores[c] / top)) for c in best]

    def _match(self, concept: int, how: str, score: float) -> Match:
        official = tuple(self._official[concept].decode().split("\t"))
        return Match(official[0], how, round(score, 4), official)


class _Side:
    """Forms and postings of one way to write: with marks, without, in English. Opened when it is first asked for."""

    def __init__(self, data: dict[str, Any], name: str) -> None:
        self.name = name
        self._data = data

    @cached_property
    def _forms(self) -> dict[bytes, int]:
        return {form: i for i, form in enumerate(lines(self._data["forms"]))}

    @cached_property
    def _longest(self) -> dict[bytes, int]:
        """A form's first word → how many words the longest form has that starts with it."""
        return dict(zip(lines(self._data["first_words"]), array(self._data["longest"], "<i4").tolist(), strict=True))

    @cached_property
    def _owners(self) -> tuple[np.ndarray, np.ndarray]:
        return array(self._data["form_starts"], "<i4"), array(self._data["form_owners"], "<i4")

    @cached_property
    def _tokens(self) -> dict[bytes, int]:
        return {token: i for i, token in enumerate(lines(self._data["tokens"]))}

    @cached_property
    def _postings(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Where each token's part starts; concepts and weights in these parts; each token's rarity."""
        kinds = {"starts": "<i4", "concepts": CONCEPT, "weights": WEIGHT, "rarity": "<f4"}
        starts, concepts, weights, rarity = (array(self._data[f"token_{n}"], kind) for n, kind in kinds.items())
        return starts, concepts.astype(np.int64), weights.astype(np.float64), rarity.astype(np.float64)

    def longest_form(self, keys: list[bytes], position: int) -> tuple[int, list[int]]:
        """How many keys the longest form has that starts here, and its owners (twice the concept, + 1 for "meant")."""
        most = self._longest.get(keys[position], 0)
        for length in range(min(most, len(keys) - position), 0, -1):
            if (i := self._forms.get(b" ".join(keys[position : position + length]))) is not None:
                starts, owners = self._owners
                return length, owners[starts[i] : starts[i + 1]].tolist()
        return 1, []

    def rarity(self, key: bytes) -> float:
        """The word's inverse document frequency over the concepts; half the highest for a word that none of them has.

        Such a word may be a name, which takes nothing from what the others mean, or the very thing that is asked for.
        """
        rarity = self._postings[3]
        return float(rarity[i] if (i := self._tokens.get(key)) is not None else rarity.max(initial=0.0) / 2)

    def telling(self, rarity: dict[str, float]) -> bool:
        """Whether any of the words says more than what stands in every report ("kết quả", "năm", "huyện")."""
        return any(
            value >= _TELLING and key.encode() in self._tokens for key, value in rarity.items() if not key[0].isdigit()
        )

    def scores(self, keys: list[str], size: int) -> tuple[np.ndarray, np.ndarray]:
        """BM25 over words and pairs, and the rarity of the words that each concept has (float64, both (size,))."""
        scores, shares = np.zeros(size), np.zeros(size)
        starts, concepts, weights, rarity = self._postings
        words = set(keys)
        for key in dict.fromkeys(with_pairs(keys)):
            if (i := self._tokens.get(key.encode())) is not None:
                part = slice(starts[i], starts[i + 1])
                scores[concepts[part]] += weights[part]
                if key in words:
                    shares[concepts[part]] += rarity[i]
        return scores, shares
