"""The domain's concepts: official, everyday, abbreviated and English words for one thing.

A query is turned into the concepts that it names or comes near to, and their
official forms are added to it. Compiled once a generation, so that opening costs
milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from index.tokens import Token, tokenize
from ingest.errors import IndexDamagedError

_FOLDER = Path(__file__).parent
_K1, _B = 1.2, 0.5
_CLOSE = 0.5  # a concept with less than this part of the best one's score shares but a common word with the query
_ENGLISH_STOP = re.compile("the|a|an|of|and|in|on|for|to|with|by|from|at|how|what|which|who|is|are|was|were|many|much")


@dataclass(frozen=True, slots=True)
class Match:
    """A concept of a query and its official forms.

    `how` is "named" (in its official words), "meant" (in everyday words or an abbreviation) or "near" (it shares much
    with the query); `score` is 1 but for the near ones, where it is the part of the best one's.
    """

    concept: str
    how: str
    score: float
    official: tuple[str, ...]


class Thesaurus:
    """Concepts with a dictionary of their forms and an inverted index over the words of these.

    Args:
        data: what `compile_thesaurus` made.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._concepts: list[str] = data["concepts"]
        self._official: list[list[str]] = data["official"]
        self._forms: dict[str, dict[str, list[int]]] = {how: data[how] for how in ("named", "meant")}
        self._longest = max((key.count(" ") for forms in self._forms.values() for key in forms), default=0)
        self._postings = {name: _Postings(data[name]) for name in ("marked", "folded", "english")}

    def __len__(self) -> int:
        return len(self._concepts)

    def named(self, tokens: list[Token], *, marked: bool) -> list[Match]:
        """Concepts whose form stands in the query, longest first, without overlap.

        Args:
            tokens: of the query.
            marked: True where the query carries diacritics: then its marks must agree.
        """
        keys = [t.marked if marked else t.folded for t in tokens]
        side = "m" if marked else "f"
        found: dict[int, str] = {}
        position = 0
        while position < len(keys):
            position += self._read(keys, position, side, found)
        return [Match(self._concepts[c], how, 1.0, tuple(self._official[c])) for c, how in found.items()]

    def _read(self, keys: list[str], position: int, side: str, found: dict[int, str]) -> int:
        """Note the concepts of the longest form that starts here; how many tokens to go on."""
        for length in range(min(self._longest, len(keys) - position), 0, -1):
            form = " ".join([side, *keys[position : position + length]])
            matches = [(concept, how) for how, forms in self._forms.items() for concept in forms.get(form, ())]
            if matches:
                for concept, how in matches:
                    found.setdefault(concept, how)
                return length
        return 1

    def near(self, tokens: list[Token], *, marked: bool = False, english: bool = False, limit: int = 3) -> list[Match]:
        """The concepts whose forms share most with the query (BM25 over syllables and pairs), best first."""
        side = "english" if english else "marked" if marked else "folded"
        keys = english_keys(tokens) if english else [getattr(t, side) for t in tokens]
        scores = self._postings[side].scores(_with_pairs(keys), len(self._concepts))
        top = float(scores.max(initial=0.0))
        close = np.flatnonzero((scores > 0) & (scores >= _CLOSE * top))
        best = sorted(close, key=lambda c: (-scores[c], c))[:limit]
        return [
            Match(self._concepts[c], "near", round(float(scores[c]) / top, 4), tuple(self._official[c])) for c in best
        ]


class _Postings:
    """Token → concepts and BM25 weights, as arrays."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._spans: dict[str, int] = {token: i for i, token in enumerate(data["tokens"])}
        self._starts = np.array(data["starts"], np.int64)
        self._concepts = np.array(data["concepts"], np.int64)
        self._weights = np.array(data["weights"], np.float64)

    def scores(self, tokens: list[str], size: int) -> np.ndarray:
        scores = np.zeros(size)
        for token in dict.fromkeys(tokens):
            if (i := self._spans.get(token)) is not None:
                part = slice(self._starts[i], self._starts[i + 1])
                scores[self._concepts[part]] += self._weights[part]
        return scores


@lru_cache(maxsize=2)
def compile_thesaurus(folder: Path | None = None) -> dict[str, Any]:
    """Read the concepts and make what `Thesaurus` needs, ready for JSON; made once a process.

    Args:
        folder: where the ``*.jsonl`` lie; None for those of this package.
    """
    rows = concepts(folder)
    forms: dict[str, dict[str, list[int]]] = {"named": {}, "meant": {}}
    marked, folded, english = [], [], []
    for number, row in enumerate(rows):
        native = [row["concept"], *row["official"], *row["everyday"]]
        for form in [*native, *row["abbr"]]:
            how = "named" if form == row["concept"] or form in row["official"] else "meant"
            tokens = tokenize(form)
            for key in {"m " + " ".join(t.marked for t in tokens), "f " + " ".join(t.folded for t in tokens)}:
                # One bare syllable typed without marks ("an", "ma") could be anything.
                if len(tokens) > 1 or form in row["abbr"]:
                    forms[how].setdefault(key, []).append(number)
        marked.append([t for form in native for t in _with_pairs([t.marked for t in tokenize(form)])])
        folded.append([t for form in native for t in _with_pairs([t.folded for t in tokenize(form)])])
        english.append([t for form in row["english"] for t in _with_pairs(english_keys(tokenize(form)))])
    return {
        "fingerprint": thesaurus_fingerprint(folder),
        "concepts": [row["concept"] for row in rows],
        "official": [[row["concept"], *row["official"]] for row in rows],
        **forms,
        "marked": _compile_postings(marked),
        "folded": _compile_postings(folded),
        "english": _compile_postings(english),
    }


def concepts(folder: Path | None = None) -> list[dict[str, Any]]:
    """The concepts as the files hold them."""
    return [
        json.loads(line)
        for path in sorted((folder or _FOLDER).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def thesaurus_fingerprint(folder: Path | None = None) -> str:
    """Hash of the files that the concepts come from."""
    digest = hashlib.sha256()
    for path in sorted((folder or _FOLDER).glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load_thesaurus(path: Path) -> Thesaurus:
    """Open a compiled thesaurus.

    Raises:
        IndexDamagedError: the file is missing or is none.
    """
    try:
        return Thesaurus(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(f"không đọc được từ điển (the thesaurus is unreadable): {error}", where=path) from None


def english_keys(tokens: list[Token]) -> list[str]:
    """English words without function words, plurals cut ("households" → "household", "communities" → "community")."""
    keys = []
    for token in tokens:
        word = token.folded
        if _ENGLISH_STOP.fullmatch(word) or not re.fullmatch(r"[a-z0-9]+", word):
            continue
        if len(word) > 4 and word.endswith("ies"):
            word = word[:-3] + "y"
        elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
        keys.append(word)
    return keys


def _with_pairs(keys: list[str]) -> list[str]:
    return keys + [f"{a}_{b}" for a, b in pairwise(keys)]


def _compile_postings(bags: list[list[str]]) -> dict[str, Any]:
    """BM25 (Robertson & Zaragoza 2009) with the query side left at one occurrence a token."""
    mean = sum(map(len, bags)) / max(1, len(bags))
    entries: dict[str, list[tuple[int, int]]] = {}
    for number, bag in enumerate(bags):
        for token, count in Counter(bag).items():
            entries.setdefault(token, []).append((number, count))
    data: dict[str, Any] = {"tokens": [], "starts": [0], "concepts": [], "weights": []}
    for token, found in sorted(entries.items()):
        idf = math.log(1 + (len(bags) - len(found) + 0.5) / (len(found) + 0.5))
        data["tokens"].append(token)
        for number, count in found:
            norm = _K1 * (1 - _B + _B * len(bags[number]) / mean)
            data["concepts"].append(number)
            data["weights"].append(round(idf * count * (_K1 + 1) / (count + norm), 4))
        data["starts"].append(len(data["concepts"]))
    return data
