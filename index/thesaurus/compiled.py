"""Concepts → what `Thesaurus` searches in, ready for JSON; made once a generation.

Long lists are written as the base64 of their bytes: a JSON of 70,000 small values
takes a quarter of a second to open, this takes milliseconds, and what a query
does not need is not unpacked.
"""

from __future__ import annotations

import base64
import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from index.thesaurus.english import english_keys
from index.thesaurus.entries import Entry, read_entries, thesaurus_fingerprint
from index.tokens import Token, tokenize
from ingest.errors import ThesaurusError

FORMAT = 2
CONCEPT = "<u2"  # the number of a concept
WEIGHT = "<f2"  # three digits are more than BM25 means
_K1, _B = 1.2, 0.5


@dataclass(frozen=True, slots=True)
class _Form:
    """A form's tokens; `meant` is 1 where it is not an official one, `short` says that it is an abbreviation."""

    tokens: list[Token]
    meant: int = 0
    short: bool = False
    english: bool = False


def compile_thesaurus(extra: Path | None = None) -> dict[str, Any]:
    """Read the concepts and make what `Thesaurus` needs.

    Args:
        extra: folder of the user's own ``*.jsonl``; None for the package's alone.

    Raises:
        ThesaurusError: a file cannot be read, or a line in it is no concept.
    """
    return _compile(extra, thesaurus_fingerprint(extra))


@lru_cache(maxsize=2)
def _compile(extra: Path | None, fingerprint: str) -> dict[str, Any]:
    """Once a process for the same files."""
    entries = read_entries(extra)
    if len(entries) > np.iinfo(CONCEPT).max:
        raise ThesaurusError(f"quá nhiều khái niệm (too many concepts): {len(entries)}", where=extra)
    forms = [_forms(entry) for entry in entries]
    return {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "official": _text(["\t".join(map(_clean, [entry.concept, *entry.official])) for entry in entries]),
        **{side: _side(forms, side) for side in ("marked", "folded", "english")},
    }


def side_keys(tokens: list[Token], side: str) -> list[str]:
    """What tokens are called on one side: with marks, without, or as English words without function words."""
    return english_keys(tokens) if side == "english" else [getattr(token, side) for token in tokens]


def with_pairs(keys: list[str]) -> list[str]:
    """The keys, and each two that stand together."""
    return keys + [f"{a}_{b}" for a, b in pairwise(keys)]


def array(text: str, kind: str) -> np.ndarray:
    """The array behind its base64."""
    return np.frombuffer(base64.b64decode(text), kind)


def lines(text: str) -> list[bytes]:
    """The sorted list behind its base64, in UTF-8, whose order is that of the text."""
    return base64.b64decode(text).split(b"\n")


def _text(values: list[int] | list[float] | list[str], kind: str = "") -> str:
    raw = np.array(values, kind).tobytes() if kind else "\n".join(map(str, values)).encode("utf-8")
    return base64.b64encode(raw).decode("ascii")


def _side(entries: list[list[_Form]], side: str) -> dict[str, Any]:
    bags: list[list[str]] = []
    forms: dict[str, dict[int, int]] = {}
    for number, entry in enumerate(entries):
        bag: list[str] = []
        for form in entry:
            if form.english != (side == "english") and not form.short:
                continue  # abbreviations are typed in English queries too ("OCOP products")
            keys = side_keys(form.tokens, side)
            if not form.short:
                bag += with_pairs(keys)
            if _can_stand_alone(form, keys, side):
                # An official word that is somebody's everyday word as well counts as the official one.
                owners = forms.setdefault(" ".join(keys), {})
                owners[number] = min(form.meant, owners.get(number, 1))
        bags.append(bag)
    return {**_dictionary(forms), **_postings(bags)}


def _forms(entry: Entry) -> list[_Form]:
    return [
        *(_Form(tokenize(_clean(form))) for form in [entry.concept, *entry.official]),
        *(_Form(tokenize(_clean(form)), meant=1) for form in entry.everyday),
        *(_Form(tokenize(_clean(form)), meant=1, short=True) for form in entry.abbr),
        *(_Form(tokenize(_clean(form)), english=True) for form in entry.english),
    ]


def _clean(form: str) -> str:
    """A user's file may hold decomposed text and line breaks; `thesaurus_problems` speaks of them."""
    return " ".join(unicodedata.normalize("NFC", form).split())


def _dictionary(forms: dict[str, dict[int, int]]) -> dict[str, Any]:
    """Forms in order, their owners (twice the concept, + 1 for "meant"), and how long the forms of a first word get."""
    names = sorted(forms)
    longest: dict[str, int] = {}
    for name in names:
        first = name.split(" ", 1)[0]
        longest[first] = max(longest.get(first, 0), name.count(" ") + 1)
    owners = [[2 * number + meant for number, meant in forms[name].items()] for name in names]
    return {
        "first_words": _text(list(longest)),
        "longest": _text(list(longest.values()), "<i4"),
        "forms": _text(names),
        "form_starts": _text([0, *np.cumsum([len(group) for group in owners]).tolist()], "<i4"),
        "form_owners": _text([owner for group in owners for owner in group], "<i4"),
    }


def _can_stand_alone(form: _Form, keys: list[str], side: str) -> bool:
    """One bare syllable without marks ("an", "ma") could be anything, and so could what is left of "30a" in English."""
    if form.short and len(keys) < len(form.tokens):
        return False
    if len(keys) != 1 or form.short or form.english:
        return bool(keys)
    return side == "marked" and form.tokens[0].marked != form.tokens[0].folded


def _postings(bags: list[list[str]]) -> dict[str, Any]:
    """BM25 (Robertson & Zaragoza 2009) with the query side left at one occurrence a token."""
    mean = sum(map(len, bags)) / max(1, len(bags))
    entries: dict[str, list[tuple[int, int]]] = {}
    for number, bag in enumerate(bags):
        for token, count in Counter(bag).items():
            entries.setdefault(token, []).append((number, count))
    tokens = sorted(entries)
    starts, concepts, weights, rarity = [0], [], [], []
    for token in tokens:
        found = entries[token]
        idf = math.log(1 + (len(bags) - len(found) + 0.5) / (len(found) + 0.5))
        for number, count in found:
            norm = _K1 * (1 - _B + _B * len(bags[number]) / mean)
            concepts.append(number)
            weights.append(idf * count * (_K1 + 1) / (count + norm))
        starts.append(len(concepts))
        rarity.append(idf)
    return {
        "tokens": _text(tokens),
        "token_starts": _text(starts, "<i4"),
        "token_concepts": _text(concepts, CONCEPT),
        "token_weights": _text(weights, WEIGHT),
        "token_rarity": _text(rarity, "<f4"),
    }
