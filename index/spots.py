"""Where the keys of a query stand in a text: found in its folded letters, without cutting the whole text into tokens.

A text is read as one byte a character: the letter without marks, or a blank. Cut at the blanks, that gives its folded
syllables at a fraction of what `tokenize` costs; the marks are read from the text itself, where they are asked for.
What is found is what `index.tokens.tokenize` would give, less the tokens that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """What was found in a text, in reading order: keys without marks, where they stand, and which stands where.

    `given` are keys with marks that are known already (those of numbers); `marked` reads the others from the text.
    """

    text: str
    folded: list[str]
    starts: list[int]
    ends: list[int]
    given: list[str]
    places: dict[str, list[int]]

    def marked(self, i: int) -> str:
        """The key with its marks."""
        return self.given[i] or syllable_keys(self.text[self.starts[i] : self.ends[i]])[0]

    def together(self, first: str, second: str) -> list[int]:
        """Where one key stands and another right behind it."""
        if second not in self.places:
            return []
        folded, last = self.folded, len(self.folded) - 1
        return [i for i in self.places.get(first, ()) if i < last and folded[i + 1] == second and not self.apart(i)]

    def apart(self, i: int) -> bool:
        """Whether a word or a number stands between this key and the next."""
        start, end = self.ends[i], self.starts[i + 1]
        return end - start > 1 and _WORDLIKE.search(self.text, start, end) is not None


class Finder:
    """Looks for some keys in any text.

    Args:
        keys: folded keys of `index.tokens.Token`.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        wanted = set(keys)
        plain = [key for key in wanted if _PLAIN.fullmatch(key)]
        self._keys = {written.encode(): key for key in plain for written in (key, with_y(key)) if written}
        self._numbers = {key for key in wanted if key[:1].isdecimal()}
        self._rest = wanted.difference(plain, self._numbers)  # "m²", letters of other scripts

    def spots(self, text: str) -> Spots:
        """The places of the keys in `text` (NFC)."""
        words, places = words_of(text)
        keys = self._keys
        rows = [(at, at + len(word), keys[word], "") for word, at in zip(words, places, strict=True) if word in keys]
        if self._rest or self._numbers:
            rows = self._with_others(text, rows)
        folded = [row[2] for row in rows]
        where: dict[str, list[int]] = {}
        for i, key in enumerate(folded):
            where.setdefault(key, []).append(i)
        return Spots(text, folded, [r[0] for r in rows], [r[1] for r in rows], [r[3] for r in rows], where)

    def _with_others(self, text: str, rows: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
        """The rows with those of numbers and of letters other than a to z, in reading order."""
        numbers = _numbers(text) if self._numbers else ()
        refs = [(t.start, t.end) for t in numbers if t.kind == "ref"]  # no other number has letters
        for match in _LETTERS.finditer(text) if self._rest else ():
            marked, folded = syllable_keys(match[0])
            if folded in self._rest:
                rows.append((match.start(), match.end(), folded, marked))
        if refs:
            rows = [row for row in rows if not any(start <= row[0] < end for start, end in refs)]
        rows += [(t.start, t.end, t.folded, t.marked) for t in numbers if t.folded in self._numbers]
        rows.sort(key=itemgetter(0))  # the parts of a date keep their order
        return rows


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
def words_of(text: str) -> tuple[list[bytes], list[int]]:
    """The runs of letters in a text, folded, and where each starts; kept for the same reason."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _table()
    letters = table[np.minimum(points, len(table) - 1)]
    inside = np.concatenate([[False], letters != ord(" ")])
    return letters.tobytes().split(), np.flatnonzero(inside[1:] & ~inside[:-1]).tolist()


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Code point → its letter from a to z; "?" for a letter that is none of these, a blank for what is no letter."""
    table = np.full(0x10000, ord(" "), np.uint8)
    for point, char in enumerate(map(chr, range(len(table)))):
        if char.isalnum() and not char.isdecimal():
            folded = syllable_keys.__wrapped__(char)[1] if point < _LATIN_ENDS else "?"
            table[point] = ord(folded) if _PLAIN.fullmatch(folded) and len(folded) == 1 else ord("?")
    return table
