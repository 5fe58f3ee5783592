"""Where the keys of a query stand in a text: found in its folded letters, without cutting the whole text into tokens.

A text is read as one byte a character: the letter without marks, the digit, or a blank. In that a syllable is found by
plain search, a dozen times as fast as `tokenize`; where one is found, its marks are read from the text itself. What is
found is what `index.tokens.tokenize` would give, less the tokens that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

import numpy as np

from index.tokens import Token, number_tokens, syllable_keys, with_y

_WORDLIKE = re.compile(r"[^\W_]")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN_ENDS = 0x2000  # Latin letters with all their marks lie below
_PLAIN = re.compile("[a-z]+")


@dataclass(frozen=True, slots=True)
class Spots:
    """What was found in a text, in reading order: keys without and with marks, and where; which key stands where."""

    text: str
    folded: list[str]
    marked: list[str]
    starts: list[int]
    ends: list[int]
    places: dict[str, list[int]]

    def together(self, first: str, second: str) -> list[int]:
        """Where one key stands and another right behind it."""
        if second not in self.places:
            return []
        last = len(self.folded) - 1
        return [
            i for i in self.places.get(first, ()) if i < last and self.folded[i + 1] == second and not self.apart(i)
        ]

    def apart(self, i: int) -> bool:
        """Whether a word or a number stands between this key and the next."""
        return _WORDLIKE.search(self.text, self.ends[i], self.starts[i + 1]) is not None


class Finder:
    """Looks for some keys in any text.

    Args:
        keys: folded keys of `index.tokens.Token`.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        wanted = set(keys)
        plain = [key for key in wanted if _PLAIN.fullmatch(key)]
        self._keys = {written.encode(): key for key in plain for written in (key, with_y(key)) if written}
        self._written = frozenset(self._keys)
        self._numbers = {key for key in wanted if key[:1].isdecimal()}
        self._rest = wanted.difference(plain, self._numbers)  # "m²", letters of other scripts

    def spots(self, text: str) -> Spots:
        """The places of the keys in `text` (NFC)."""
        rows = list(self._letters(text))
        if self._numbers:
            numbers = _numbers(text)
            rows = [row for row in rows if not any(t.start <= row[0] < t.end for t in numbers)]
            rows += [(t.start, t.end, t.folded, t.marked) for t in numbers if t.folded in self._numbers]
        rows.sort(key=itemgetter(0))  # the parts of a date keep their order
        folded = [row[2] for row in rows]
        places: dict[str, list[int]] = {}
        for i, key in enumerate(folded):
            places.setdefault(key, []).append(i)
        return Spots(text, folded, [r[3] for r in rows], [r[0] for r in rows], [r[1] for r in rows], places)

    def _letters(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Start, end, folded and marked key of every run of letters that is asked for."""
        letters, here = letters_of(text)
        for written in self._written & here:
            key, size, sought = self._keys[written], len(written), b" %s " % written
            at = letters.find(sought)  # with the blank in front, which the text does not have: where the word starts
            while at >= 0:
                yield at, at + size, key, syllable_keys(text[at : at + size])[0]
                at = letters.find(sought, at + size + 1)
        for match in _LETTERS.finditer(text) if self._rest else ():
            marked, folded = syllable_keys(match[0])
            if folded in self._rest:
                yield match.start(), match.end(), folded, marked


@lru_cache(maxsize=1024)
def _numbers(text: str) -> tuple[Token, ...]:
    """The tokens that start with a digit; kept, since hits come back with the next query."""
    found: list[Token] = []
    position = 0
    while match := _DIGIT.search(text, position):
        tokens, position = number_tokens(text, match.start())
        found += tokens
    return tuple(found)


@lru_cache(maxsize=1024)
def letters_of(text: str) -> tuple[bytes, frozenset[bytes]]:
    """One byte a character, between two blanks, and the runs of letters in it; kept for the same reason."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _table()
    letters = b" %s " % table[np.minimum(points, len(table) - 1)].tobytes()
    return letters, frozenset(letters.split())


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Code point → its letter from a to z; "?" for a letter that is none of these, a blank for what is no letter."""
    table = np.full(0x10000, ord(" "), np.uint8)
    for point, char in enumerate(map(chr, range(len(table)))):
        if char.isalnum() and not char.isdecimal():
            folded = syllable_keys.__wrapped__(char)[1] if point < _LATIN_ENDS else "?"
            table[point] = ord(folded) if _PLAIN.fullmatch(folded) and len(folded) == 1 else ord("?")
    return table
