"""Which pieces of text get a row, and what each row is made of.

The tokenizer is a plain `tokenizers` Unigram over a whole text in the form of `index.segment.words_form`, white space
written as ``▁``: a piece starts with ``▁`` (a word), with ``_`` (a syllable inside a word) or is a digit, letter or
mark. The scores make it take the fewest pieces, the more frequent ones among equals. So

* a known word is one piece (``▁hộ_nghèo``), a known phrase too (``▁nông_thôn▁mới``);
* a word that is not known falls back to its syllables (``▁thèn`` ``_sin``);
* text without diacritics finds whole words too (``▁ket▁qua``), because it comes unjoined.

A row is the sum of its parts, and the parts are what is learnt: the word itself, its syllables, its form without
diacritics. ``▁hộ▁nghèo`` = phrase + ``▁hộ`` + ``▁nghèo``. Rare words so learn from their relatives. As pooling is a
mean and the result is normalised, the sum is folded into one row for export without any loss.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers

from index.segment import fold

__all__ = ["NEWER_TONES", "Vocabulary", "build", "tone_new", "tone_old"]

SPACE = "▁"
UNKNOWN = "[UNK]"
NEWER_TONES = dict(
    zip(
        ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"],
        ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"],
        strict=True,
    )
)
_OLD = {new: old for old, new in NEWER_TONES.items()}
_OLD_PLACE = re.compile(rf"(?<!q)({'|'.join(NEWER_TONES)})(?!\w|[_])|(?<!q)({'|'.join(NEWER_TONES)})(?=_)")
_NEW_PLACE = re.compile(rf"({'|'.join(_OLD)})(?![^\W_])")
_SYLLABLE = re.compile(
    r"(?:[bcdđghklmnpqrstvx]|ch|gh|gi|kh|ng|ngh|nh|ph|qu|th|tr)?[aăâeêioôơuưyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợ"
    r"ùúủũụừứửữựỳýỷỹỵ]{1,3}(?:[cmnpt]|ch|ng|nh)?"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*(?:_[^\W\d_]+(?:['’ʼ][^\W\d_]+)*)*")


def tone_new(text: str) -> str:
    """The newer tone placement: ``hoá`` → ``hóa``, ``uỷ`` → ``ủy`` (``quý`` stays)."""
    return _OLD_PLACE.sub(lambda m: NEWER_TONES[m.group()], text)


def tone_old(text: str) -> str:
    """The older tone placement: ``hóa`` → ``hoá``, ``ủy`` → ``uỷ``."""
    return _NEW_PLACE.sub(lambda m: _OLD[m.group()], text)


@dataclass(slots=True)
class Vocabulary:
    """Pieces with their scores, and the parts that their rows are sums of.

    Attributes:
        pieces: piece → score, in the order of the rows.
        parts: for each piece the numbers of its parts; none for a row of zeros.
        names: part number → name, ``w:`` word or phrase, ``s:`` syllable, ``f:`` without diacritics, ``d:`` digits.
        counts: how often each ``w:`` part occurs in the material.
    """

    pieces: dict[str, float] = field(default_factory=dict)
    parts: list[list[int]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, piece: str, frequency: float, parts: Iterable[str]) -> None:
        """Add a piece unless it is there; `frequency` is its share of all words."""
        if piece not in self.pieces:
            self.pieces[piece] = -10.0 + math.log(max(frequency, 1e-9)) / 10
            self.parts.append([self.names.setdefault(name, len(self.names)) for name in parts])

    def tokenizer(self) -> Tokenizer:
        """The tokenizer that cuts a text into these pieces."""
        rows = [(piece, round(score, 3)) for piece, score in self.pieces.items()]
        tokenizer = Tokenizer(models.Unigram(rows, unk_id=0, byte_fallback=False))
        steps = [normalizers.NFC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), SPACE)]
        tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Prepend(SPACE)])  # type: ignore[assignment]
        return tokenizer

    def save(self, path: Path) -> None:
        """Write as JSON."""
        state = {"pieces": self.pieces, "parts": self.parts, "names": list(self.names), "counts": self.counts}
        path.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what `save` wrote."""
        state = json.loads(path.read_text(encoding="utf-8"))
        names = {name: i for i, name in enumerate(state["names"])}
        return cls(state["pieces"], state["parts"], names, state["counts"])


@dataclass(slots=True)
class Counts:
    """What was counted: occurrences and numbers of records, apart for the written material."""

    words: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, texts: Iterable[str], written: bool) -> None:
        """Count one record's texts."""
        seen: set[str] = set()
        for text in texts:
            words = tone_new(text).split()
            good = [w if _WORD.fullmatch(w) else "" for w in words]
            self.words.update(w for w in good if w)
            self.pairs.update((a, b) for a, b in pairwise(good) if a and b)
            seen.update(good)
        seen.discard("")
        self.records.update(seen)
        if written:
            self.written.update(seen)


def texts_of(row: dict) -> Iterator[str]:
    """All texts of a prepared record but the forms without diacritics."""
    yield row["passage"]
    if row["context"]:
        yield row["context"]
    for _, forms, *_ in (*row["queries"], *row["wide"]):
        yield from forms[:1]


def count(rows: Iterable[dict], written: Iterable[str]) -> Counts:
    """Count the words and neighbours of prepared records that are not held out."""
    counts, names = Counts(), set(written)
    for row in rows:
        if not row["held"]:
            counts.add(texts_of(row), row["source"] in names)
    return counts


def build(counts: Counts, terms: Iterable[str], *, words: int, phrases: int, folded: int, least: int = 5) -> Vocabulary:
    """Choose the pieces.

    Args:
        counts: from `count`.
        terms: the thesaurus' terms as words; those of two to four words become phrases.
        words: how many words at most.
        phrases: how many phrases at most, terms included.
        folded: how many words of several syllables also have a form without diacritics.
        least: records that a word must occur in (2 of the written ones suffice), so that no single text shows through.

    Returns:
        The vocabulary.
    """
    vocabulary = Vocabulary()
    vocabulary.add(UNKNOWN, 0, [])
    total = max(1, sum(counts.words.values()))
    known = [w for w, n in counts.records.most_common() if n >= least or counts.written[w] >= 2][:words]
    for word in sorted(known, key=lambda w: (-counts.words[w], w)):
        vocabulary.counts[word] = counts.words[word]
        _add_spellings(vocabulary, SPACE + word, counts.words[word] / total, _word_parts(word))
    for phrase, n in _phrases(counts, set(known), terms, phrases):
        vocabulary.counts[SPACE.join(phrase)] = n
        parts = [f"w:{SPACE.join(phrase)}", *(part for word in phrase for part in _word_parts(word))]
        _add_spellings(vocabulary, SPACE + SPACE.join(phrase), n / total, parts)
    _add_syllables(vocabulary, known, counts.words, total)
    _add_folded(vocabulary, known, counts.words, total, folded)
    _add_signs(vocabulary)
    return vocabulary


def _word_parts(word: str) -> list[str]:
    return [f"w:{word}", f"f:{fold(word)}", *(f"s:{s}" for s in word.split("_"))]


def _add_spellings(vocabulary: Vocabulary, piece: str, frequency: float, parts: list[str]) -> None:
    vocabulary.add(piece, frequency, parts)
    vocabulary.add(tone_old(piece), frequency, parts)


def _phrases(counts: Counts, known: set[str], terms: Iterable[str], limit: int) -> list[tuple[tuple[str, ...], int]]:
    """Terms of the thesaurus first, then pairs of words that stand together far more often than by chance."""
    chosen: dict[tuple[str, ...], int] = {}
    for term in terms:
        words = tuple(tone_new(term).split())
        if 2 <= len(words) <= 4 and all(w in known for w in words):
            chosen[words] = max(1, min(counts.pairs[pair] for pair in pairwise(words)))
    total = max(1, sum(counts.words.values()))
    ranked = []
    for (a, b), n in counts.pairs.items():
        if n >= 30 and a in known and b in known and len(a) > 1 and len(b) > 1:
            npmi = math.log(n * total / (counts.words[a] * counts.words[b])) / -math.log(n / total)
            if npmi > 0.35:
                ranked.append((npmi * math.sqrt(n), n, (a, b)))
    for _, n, pair in sorted(ranked, reverse=True):
        if len(chosen) >= limit:
            break
        chosen.setdefault(pair, n)
    return list(chosen.items())[:limit]


def _add_syllables(vocabulary: Vocabulary, known: list[str], words: Counter[str], total: int) -> None:
    """Syllables, at a word's start and inside it: what an unknown word falls back to.

    A syllable that was counted by itself is a word already; here come those that stand in two kinds of words.
    """
    syllables: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for word, n in words.items():
        for syllable in word.split("_"):
            syllables[syllable] += n
            kinds[syllable] += 1
    inside = {syllable for word in known for syllable in word.split("_")}
    for syllable, n in sorted(syllables.items()):
        vietnamese = _SYLLABLE.fullmatch(syllable) is not None and n >= 5
        if (kinds[syllable] >= 2 and syllable in inside) or vietnamese:
            parts = [f"f:{fold(syllable)}", f"s:{syllable}"]
            _add_spellings(vocabulary, SPACE + syllable, n / total / 10, parts)
            _add_spellings(vocabulary, "_" + syllable, n / total / 10, parts)


def _add_folded(vocabulary: Vocabulary, known: list[str], words: Counter[str], total: int, limit: int) -> None:
    """Forms without diacritics of words and of syllables."""
    long = sorted((w for w in known if "_" in w), key=lambda w: (-words[w], w))[:limit]
    short = (s for w in known for s in w.split("_"))
    for word in [*long, *sorted(set(short))]:
        plain = fold(word)
        vocabulary.add(SPACE + plain.replace("_", SPACE), words[word] / total / 10, [f"f:{plain}"])


def _add_signs(vocabulary: Vocabulary) -> None:
    """Digits (single, in pairs, years), which are learnt, and letters and marks, whose rows stay zero."""
    years = [str(year) for year in range(1930, 2051)]
    for digits in [*years, *(f"{i:02d}" for i in range(100)), *map(str, range(10))]:
        vocabulary.add(SPACE + digits, 1e-4, [f"d:{digits}"])
        vocabulary.add(digits, 1e-5, [f"d:{digits}"])
    vocabulary.add("%", 1e-4, ["d:%"])
    for sign in [SPACE, "_", *"abcdefghijklmnopqrstuvwxyzđ", *".,/-–'’&+", "s", "es", "ed", "ing", "ly"]:
        vocabulary.add(sign, 1e-9, [])
