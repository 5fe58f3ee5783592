"""How the corpus spells its syllables, counted when an index is built: words, pairs of neighbours, what else is known.

::

    spelling/  words.txt        key, key without marks, commonest writing; sorted by the second, then the first
               counts.npy       uint32 (2, words): in the corpus, and with what is known beside it
               pairs.npy        int64 (pairs,), sorted: first word × number of words + second
               pair_counts.npy  uint32 (pairs,)
               lexicon.txt      keys without marks of what else is known: loanwords, English, rare words

Numbers, dates and document numbers are one word, ``#``. Vietnamese at large (`BACKGROUND`), a dictionary and the forms
of the thesaurus count as one more text of two million words, which helps while the corpus is small. The same passages
give the same bytes.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from index.tokens import syllable_keys
from ingest.errors import IndexDamagedError
from ingest.syllables import is_syllable

__all__ = ["MAX_PAIRS", "MAX_WORDS", "NUMBER", "PAIR_SHARE", "SpellingTable", "write_table"]

MAX_WORDS = 60_000
"""Words that are kept with their counts; of more the commonest (the others stay known, without counts)."""

MAX_PAIRS = 500_000
"""Pairs of neighbours that are kept; of more the commonest."""

NUMBER = "#"

BACKGROUND = Path(__file__).with_name("vietnamese.npz")
"""How often words and pairs stand in two million tokens of Vietnamese; made by ``python -m training.spelling``."""

PAIR_SHARE = 0.9
"""Part of a pair's own count in its probability; the rest is the second word's alone."""

_REMEMBERED = 1 << 12
_UNSEEN = 0.5  # added to every count: a word of the dictionary alone is possible, but not likely
_END = "\n"  # behind the last token of a passage
_STEP = 1 << 20  # tokens between two countings: bounds the memory of a build
_LETTERS = re.compile(r"[^\W\d_]+")
_NUCLEUS = re.compile(r"(?:qu|gi(?=[aăâeêoôơuưy])|[^aăâeêioôơuưy]*)([aăâeêioôơuưy]+)")
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # in the order of the digits in marked keys
_DICTIONARY = "corpus/data/Viet74K.txt"  # comes with underthesea


def write_table(folder: Path, rows: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> None:
    """Count and write.

    Args:
        folder: where to put the files; made where it is missing.
        rows: text and marked tokens (``t_marked``) of every passage.
        more: other texts whose words are to be known: the forms of the thesaurus.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counting = Counting()
    for text, marked in rows:
        counting.add(text, " ".join(NUMBER if token[0].isdigit() else token for token in marked.split()))
    counting.settle()
    words = counting.words.copy()
    known, others = _known(tuple(more))
    counting.merge(known)
    counts = np.zeros(len(counting.ids), np.int64)
    counts[: len(words)] = words
    keys = sorted(counting.ids, key=lambda key: (_bare(key), key))
    order = np.array([counting.ids[key] for key in keys], np.int64)
    kept = _commonest(counting.words[order], MAX_WORDS)
    place = np.full(len(keys), -1, np.int64)
    place[order[kept]] = np.arange(len(kept))
    pairs, pair_counts = counting.pairs_between(place, len(kept), MAX_PAIRS)
    writings = counting.commonest_writings()
    names = [keys[i] for i in kept]
    counted = {_bare(key) for key in names}
    lexicon = {_bare(key) for key in {*keys, *others} - {_END}} - counted
    _write(folder / "words.txt", (f"{key} {_bare(key)} {writings.get(key) or _written(key)}" for key in names))
    _write(folder / "lexicon.txt", sorted(lexicon))
    np.save(folder / "counts.npy", np.stack([counts, counting.words])[:, order[kept]].astype(np.uint32))
    np.save(folder / "pairs.npy", pairs)
    np.save(folder / "pair_counts.npy", pair_counts.astype(np.uint32))


class Counting:
    """Words and pairs of neighbours, counted step by step in little memory."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {_END: 0}
        self.words = np.zeros(1, np.int64)
        self._codes = np.empty(0, np.int64)  # first << 32 | second, sorted
        self._times = np.empty(0, np.int64)
        self._waiting: list[int] = []
        self._writings: Counter[str] = Counter()

    def add(self, text: str, marked: str) -> None:
        """One text and its tokens."""
        ids = self.ids
        self._waiting += [ids.setdefault(token, len(ids)) for token in marked.split()]
        self._waiting.append(0)
        self._writings.update(_LETTERS.findall(unicodedata.normalize("NFC", text).lower()))
        if len(self._waiting) >= _STEP:
            self.settle()

    def settle(self) -> None:
        """Count what waits."""
        found = np.array(self._waiting, np.int64)
        self._waiting = []
        words = np.bincount(found, minlength=len(self.ids))
        words[: len(self.words)] += self.words
        words[0] = 0
        self.words = words
        inside = (found[:-1] != 0) & (found[1:] != 0)
        self._merge(*np.unique((found[:-1] << 32 | found[1:])[inside], return_counts=True))

    def merge(self, other: Counting) -> None:
        """Add what another one has counted."""
        ids = np.array([self.ids.setdefault(key, len(self.ids)) for key in other.ids], np.int64)
        self.words = np.concatenate([self.words, np.zeros(len(self.ids) - len(self.words), np.int64)])
        self.words[ids] += other.words
        codes = ids[other._codes >> 32] << 32 | ids[other._codes & 0xFFFFFFFF]
        self._merge(codes, other._times)
        self._writings.update(other._writings)

    @staticmethod
    def background() -> Counting:
        """The words and pairs of Vietnamese at large."""
        found = Counting()
        with np.load(BACKGROUND) as data:
            names = data["words"].tobytes().decode().split()
            counts, pairs, times = data["counts"], np.cumsum(data["pairs"].astype(np.int64)), data["pair_counts"]
        found.ids |= {name: number for number, name in enumerate(names, 1)}
        found.words = np.concatenate([[0], counts]).astype(np.int64)
        found._merge((pairs // len(names) + 1) << 32 | (pairs % len(names) + 1), times.astype(np.int64))
        return found

    def _merge(self, codes: np.ndarray, times: np.ndarray) -> None:
        every = np.concatenate([self._codes, codes])
        self._codes, where = np.unique(every, return_inverse=True)
        weights = np.concatenate([self._times, times])
        self._times = np.bincount(where, weights, len(self._codes)).astype(np.int64)

    def pairs_between(self, place: np.ndarray, size: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
        """Codes and counts of the pairs to keep.

        Args:
            place: number of a word here → its number in the table, -1 where it is not kept.
            size: words of the table.
            limit: how many at most.
        """
        first, second = place[self._codes >> 32], place[self._codes & 0xFFFFFFFF]
        there = (first >= 0) & (second >= 0)
        codes, times = (first * size + second)[there], self._times[there]
        sorting = np.argsort(codes)
        codes, times = codes[sorting], times[sorting]
        kept = _commonest(times, limit)
        return codes[kept], times[kept]

    def commonest_writings(self) -> dict[str, str]:
        """Marked key → how it is written most often, in lower case ("qui2" → "quý")."""
        best: dict[str, tuple[int, str]] = {}
        for word, times in self._writings.items():
            key = syllable_keys(word)[0]
            best[key] = max(best.get(key, (0, "")), (times, word))
        return {key: word for key, (_, word) in best.items()}


class SpellingTable:
    """The counted spellings of one generation, read-only.

    Args:
        folder: what `write_table` wrote.

    Attributes:
        words: marked key of each word.
        writings: how it is written.
        counts: how often it was met, more than 0, float64 (words,).
        steps: how probable each of some words is behind each of some others, float64 (first, second), and which of
            these pairs were met, bool (first, second); remembered, since the same syllables come again.
        letters: number that all words of the same letters without marks share, int64 (words,).

    Raises:
        IndexDamagedError: a file is missing or does not fit the others.
    """

    def __init__(self, folder: Path) -> None:
        try:
            parts = (folder / "words.txt").read_text(encoding="utf-8").split()
            lexicon = (folder / "lexicon.txt").read_text(encoding="utf-8").split()
            counts, pairs, times = (np.load(folder / f"{n}.npy") for n in ("counts", "pairs", "pair_counts"))
        except (OSError, ValueError) as error:
            raise IndexDamagedError(
                f"không đọc được bảng chính tả (the spelling table is unreadable): {error}", where=folder
            ) from None
        self.words, bare, self.writings = parts[::3], parts[1::3], parts[2::3]
        if counts.shape != (2, len(self.words)) or len(self.writings) != len(bare) or len(pairs) != len(times):
            raise IndexDamagedError("bảng chính tả không khớp (the spelling table does not fit)", where=folder)
        self._held = counts[0] > 0
        self.counts = counts[1] + _UNSEEN
        self._chances = self.counts / max(1.0, float(self.counts.sum()))
        self._numbers = {key: number for number, key in enumerate(self.words)}
        self._spans: dict[str, tuple[int, int]] = {}
        for number, key in enumerate(bare):
            self._spans[key] = (self._spans.get(key, (number, 0))[0], number + 1)
        self.letters = np.array([self._spans[key][0] for key in bare], np.int64)
        # One pair behind the last, so that every search ends at one.
        self._pairs = np.concatenate([pairs, [np.iinfo(np.int64).max]])
        self._times = np.concatenate([times.astype(np.float64), [0.0]])
        self._columns = np.arange(len(self.words), dtype=np.int64)
        self._rows = self._columns * len(self.words)
        self.steps = lru_cache(maxsize=_REMEMBERED)(self._follow)
        self._lexicon = frozenset(lexicon)

    def find(self, key: str) -> int:
        """Number of the word with this marked key, -1 where it is not in the table."""
        return self._numbers.get(key, -1)

    def holds(self, number: int) -> bool:
        """Whether the corpus itself has this word."""
        return number >= 0 and bool(self._held[number])

    def spellings(self, folded: str) -> range:
        """Numbers of all words that are this one without marks."""
        return range(*self._spans.get(folded, (0, 0)))

    def knows(self, folded: str) -> bool:
        """Whether the corpus, a dictionary or the thesaurus holds a word that is this one without marks."""
        return folded in self._spans or folded in self._lexicon

    def alone(self, words: range | tuple[int, ...]) -> np.ndarray:
        """The probability of each word by itself, float64 (len(words),)."""
        return self._chances[_of(words)]

    def _follow(self, first: range | tuple[int, ...], second: range | tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        a, b = _of(first), _of(second)
        codes = self._rows[a][:, None] + self._columns[b]
        at = self._pairs.searchsorted(codes)
        seen = self._pairs[at] == codes
        share = self._times[at] * seen / self.counts[a][:, None]
        return PAIR_SHARE * share + (1 - PAIR_SHARE) * self._chances[b], seen


def _of(words: range | tuple[int, ...]) -> slice | list[int]:
    """Words as an index into an array; a slice costs no copy."""
    return slice(words.start, words.stop) if isinstance(words, range) else list(words)


def _commonest(counts: np.ndarray, limit: int) -> np.ndarray:
    """Places of the `limit` highest counts, in their order; of equal ones the first. None of count 0."""
    best = np.argsort(-counts, kind="stable")[:limit]
    return np.sort(best[counts[best] > 0])


@lru_cache(maxsize=1)
def _known(more: tuple[str, ...]) -> tuple[Counting, frozenset[str]]:
    """What is known beside any corpus, counted, and the words of it that are no syllables; made once a process."""
    counting, others = Counting.background(), set()
    for text in (*_dictionary(), *more):
        native, foreign = _native(text)
        counting.add(text, native)
        others |= foreign
    counting.settle()
    return counting, frozenset(others)


def _dictionary() -> tuple[str, ...]:
    """The words of the dictionary of Vietnamese that comes with underthesea; none where it is not there."""
    spec = importlib.util.find_spec("underthesea")  # found, not imported: that would cost half a second
    path = Path(spec.origin).parent / _DICTIONARY if spec and spec.origin else None
    text = path.read_text(encoding="utf-8") if path and path.is_file() else ""
    return tuple(sorted(set(_LETTERS.findall(unicodedata.normalize("NFC", text).lower()))))


def _native(text: str) -> tuple[str, frozenset[str]]:
    """Marked keys of a text up to its first word that is no syllable, and of all words that are none."""
    words = _LETTERS.findall(unicodedata.normalize("NFC", text).lower())
    foreign = [word for word in words if not is_syllable(word)]
    native = words[: words.index(foreign[0])] if foreign else words
    keys = " ".join(syllable_keys(word)[0] for word in native)
    return keys, frozenset(syllable_keys(word)[0] for word in foreign)


@lru_cache(maxsize=1 << 17)
def _bare(key: str) -> str:
    """A marked key without marks: "giam4" → "giam"."""
    return key if key == NUMBER else syllable_keys(key.rstrip("12345"))[1]


def _written(key: str) -> str:
    """A marked key as it may be written, the tone on the marked vowel or by the old habit: "đa5" → "đạ"."""
    letters, tone = key.rstrip("12345"), key[-1]
    nucleus = _NUCLEUS.match(letters)
    if letters == key or nucleus is None:
        return key
    start, end = nucleus.span(1)
    marked = [i for i in range(start, end) if letters[i] in "ăâêôơư"]
    second = end - start == 3 or (end - start == 2 and end < len(letters))
    place = marked[-1] if marked else start + second
    return unicodedata.normalize("NFC", letters[: place + 1] + _TONES[int(tone) - 1] + letters[place + 1 :])


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
