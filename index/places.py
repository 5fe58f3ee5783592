"""Place names in queries and filters, matched with the places of the documents in the index, old names and new.

The documents come first: the places that their metadata names are known even where no gazetteer has them. The gazetteer
(`index.gazetteer`) adds what else those places are called or belong to: the communes that a district became in July
2025, the district that a commune of today was, the province around both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from index.gazetteer import SAME, compile_places, join_key, place_id, place_key, syllable_key, unit_level, word_keys
from index.segment import has_diacritics
from index.tokens import Token, is_vietnamese_syllable, tokenize
from ingest.document import Metadata
from ingest.errors import IndexDamagedError

HOW = ("same", "inside", "holds", "counterpart")
_LONGEST = 6  # syllables of a name
# What stands before a name, as marked and as folded words → its level ("" for any).
_PREFIXES = {
    "tỉnh": "province", "tỉnh ủy": "province", "huyện": "district", "huyện ủy": "district", "quận": "district",
    "quận ủy": "district", "thị xã": "district", "thị ủy": "district", "thành phố": "city", "thành ủy": "city",
    "xã": "commune", "phường": "commune", "thị trấn": "commune", "đặc khu": "commune", "đảng ủy": "", "đảng bộ": "",
    "địa bàn": "",
}  # fmt: skip
_SHORT = {"t": "province", "h": "district", "q": "district", "tx": "district", "tp": "city", "x": "commune"}
_SHORT |= {"p": "commune", "tt": "commune"}
_PERSONS = frozenset({"ho chi minh"})  # names of people first: a place only behind its unit


@dataclass(frozen=True, slots=True)
class Entry:
    """What documents have to do with a unit of this name and level; no documents: known, but none has."""

    level: str
    name: str
    how: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place that a query names.

    Attributes:
        written: as typed, with its unit.
        level: "province", "district", "commune", or "" where the query does not say.
        lifts: how documents belong to it ("same", "inside", "holds", "counterpart") → their codes.
    """

    written: str
    level: str
    lifts: dict[str, tuple[int, ...]]


class PlaceIndex:
    """The places of an index.

    Args:
        metadata: of all documents, in the order of their codes.
        compiled: as `compile_places` gives it.
    """

    def __init__(self, metadata: Sequence[Metadata], compiled: dict[str, Any]) -> None:
        self.size = len(metadata)
        self._ordinary = frozenset(compiled["ordinary"])
        alike: dict[str, list[int]] = {}
        for code, meta in enumerate(metadata):
            alike.setdefault(place_id(meta), []).append(code)
        gathered: dict[tuple[str, str, str, str], set[int]] = {}
        strings: dict[tuple[str, str], set[int]] = {}
        for key, codes in alike.items():
            place, province = metadata[codes[0]].place or "", metadata[codes[0]].province or ""
            for name, usual in ((place, ""), (province, "province")):
                if not name:
                    continue
                strings.setdefault((unit_level(name)[0] or usual, _words(name)), set()).update(codes)
            for level, name, how in _related(place, province, compiled["relations"].get(key, ())):
                gathered.setdefault((place_key(name), level, how, name), set()).update(codes)
        for level, name in compiled["longer"]:
            gathered.setdefault((place_key(name), level, "", name), set())
        self._names: dict[str, list[Entry]] = {}
        for (key, level, how, name), found in gathered.items():
            self._names.setdefault(key, []).append(Entry(level, name, how, tuple(sorted(found))))
        self._beginnings = {key[:n] for key in (*self._names, *SAME) for n in range(1, len(key) + 1)}
        self._strings = [(level, words, sorted(found)) for (level, words), found in strings.items()]

    def documents(self, value: str, level: str = "") -> np.ndarray:
        """Codes (int64, sorted) of the documents that a place filter lets through.

        Those of the place itself, of what it was or became, of what lies in it; and those whose place or province holds
        the words of `value` as they stand ("Mường" finds "huyện Mường Ảng").

        Args:
            value: the place, with its unit or without.
            level: that the filter's key names, "" for none.
        """
        tokens = tokenize(value)
        if not tokens:
            return np.empty(0, np.int64)
        prefix, skip = _prefix(value, tokens, 0, has_diacritics(value))
        bare = tokens[skip:]
        entries = self._names.get(join_key(t.folded for t in bare), [])
        if not entries or not bare:  # "quan ba" typed without marks is no "quận Ba" where that is unknown
            prefix, bare = "", tokens
            entries = self._names.get(join_key(t.folded for t in bare), [])
        chosen = _narrowed(entries, level or _level(prefix, bare))
        found = {code for entry in chosen for code in entry.codes}
        words = f" {' '.join(t.folded for t in (bare if level else tokens))} "
        for other, string, codes in self._strings:
            if (not level or other in (level, "")) and words in string:
                found.update(codes)
        return np.array(sorted(found), np.int64)

    def named(self, text: str, tokens: Sequence[Token], marked: bool) -> tuple[FoundPlace, ...]:
        """The places that a query names, in reading order, the longest name first.

        Args:
            text: the query.
            tokens: of it.
            marked: whether it is written with diacritics.
        """
        found: list[FoundPlace] = []
        i = 0
        while i < len(tokens):
            prefix, skip = _prefix(text, tokens, i, marked)
            place = self._at(text, tokens, i + skip, marked, prefix) if skip else None
            place = place or self._at(text, tokens, i, marked, None)
            if place is None:
                i += 1
                continue
            entries, level, end = place
            if lifts := _lifts(entries):
                found.append(FoundPlace(text[tokens[i].start : tokens[end - 1].end], level, lifts))
            i = end
        return tuple(found)

    def _at(
        self, text: str, tokens: Sequence[Token], start: int, marked: bool, prefix: str | None
    ) -> tuple[list[Entry], str, int] | None:
        """The longest name that begins at a token: its entries, their level, and the token behind it."""
        for end, entries in reversed(self._known_from(tokens, start)):
            window = tokens[start:end]
            level = _level(prefix or "", window)
            chosen = _exact(_narrowed(entries, level), window) if marked else _narrowed(entries, level)
            if not self._goes_on(text, tokens, end) and self._counts(text, window, chosen, marked, prefix):
                return chosen, level, end
        return None

    def _known_from(self, tokens: Sequence[Token], start: int) -> list[tuple[int, list[Entry]]]:
        """The names that begin at a token, each with the token behind it, shortest first."""
        found, key = [], ""
        for end in range(start + 1, min(len(tokens), start + _LONGEST) + 1):
            key += syllable_key(tokens[end - 1].folded)
            if key not in self._beginnings:
                break
            if entries := self._names.get(SAME.get(key, key)):
                found.append((end, entries))
        return found

    def _counts(
        self, text: str, window: Sequence[Token], entries: list[Entry], marked: bool, prefix: str | None
    ) -> bool:
        """Whether the words are meant as a name: behind its unit, in capitals, or since they are no ordinary words."""
        if prefix is not None:
            return True
        folded = " ".join(t.folded for t in window)
        capitals = not text.isupper() and all(
            text[t.start].isupper() or text[t.start - 1 : t.start] in ("'", "’", "ʼ") for t in window
        )
        spelt = "m" + " ".join(t.marked for t in window)
        common = (spelt if marked else f"f{folded}") in self._ordinary
        if folded in _PERSONS or any(t.kind != "word" for t in window):
            return False
        if len(window) == 1 and is_vietnamese_syllable(folded):
            provinces = any(entry.level == "province" for entry in entries)
            return provinces and capitals and (window[0].start > 0 or not common)
        if capitals or len(window) == 1:
            return True
        return not common and (not marked or any(word_keys(entry.name)[0] == spelt for entry in entries))

    def _goes_on(self, text: str, tokens: Sequence[Token], end: int) -> bool:
        """Whether a further syllable in capitals belongs to the name, which then is another, unknown one."""
        if end >= len(tokens) or text.isupper():
            return False
        here, after = tokens[end - 1], tokens[end]
        written = text[after.start : after.end]
        if text[here.end : after.start] != " " or not written[0].isupper() or (len(written) > 1 and written.isupper()):
            return False
        if not text[here.start].isupper() or _prefix(text, tokens, end, True)[1]:
            return False
        return not self._known_from(tokens, end)


def province_key(name: str) -> str:
    """One key for all spellings of a province, with its unit or without ("tỉnh Sơn La", "TP. Hà Nội"); "" for none."""
    tokens = tokenize(name)
    level, skip = _prefix(name, tokens, 0, has_diacritics(name))
    bare = tokens[skip:] if level in ("province", "city") else []
    return join_key(token.folded for token in bare or tokens)


def load_places(path: Path | None, metadata: Sequence[Metadata]) -> PlaceIndex:
    """Open what the build has compiled; an index of before that is compiled now.

    Raises:
        IndexDamagedError: the file is there and is none.
    """
    try:
        text = path.read_text(encoding="utf-8") if path is not None and path.is_file() else None
        return PlaceIndex(metadata, json.loads(text) if text is not None else compile_places(metadata))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(f"không đọc được bảng địa danh (unreadable places): {error}", where=path) from None


def _lifts(entries: Iterable[Entry]) -> dict[str, tuple[int, ...]]:
    """How documents belong to a place → their codes, each document once, under the closest tie."""
    lifts: dict[str, tuple[int, ...]] = {}
    known: set[int] = set()
    for how in HOW:
        codes = {code for entry in entries if entry.how == how for code in entry.codes} - known
        if codes:
            lifts[how] = tuple(sorted(codes))
        known |= codes
    return lifts


def _related(place: str, province: str, relations: Iterable[Sequence[str]]) -> Iterable[tuple[str, str, str]]:
    """Level, name and how of everything that a document's place has to do with."""
    own = unit_level(place) if place else None
    around = ("province", unit_level(province)[1]) if province else None
    if own:
        yield (*own, "same")
    if around and (own is None or (own[0], place_key(own[1])) != ("province", place_key(around[1]))):
        yield (*around, "inside")
    for level, name, how in relations:
        if not (how == "inside" and around and (level, place_key(name)) == ("province", place_key(around[1]))):
            yield level, name, how


def _words(name: str) -> str:
    return f" {' '.join(t.folded for t in tokenize(name))} "


def _level(prefix: str, window: Sequence[Token]) -> str:
    """The level that a prefix names; "thành phố" is a province's only before the names of the great cities."""
    if prefix != "city":
        return prefix
    return unit_level("thành phố " + " ".join(t.folded for t in window))[0]


def _narrowed(entries: list[Entry], level: str) -> list[Entry]:
    """Entries of the level named; all where there is none of it."""
    return [entry for entry in entries if level and entry.level == level] or entries


def _exact(entries: list[Entry], window: Sequence[Token]) -> list[Entry]:
    """Entries spelt with the same marks; all where none is, since marks get lost and vary (Đăk, Đắk)."""
    spelt = "m" + " ".join(t.marked for t in window)
    return [entry for entry in entries if word_keys(entry.name)[0] == spelt] or entries


def _prefix(text: str, tokens: Sequence[Token], i: int, marked: bool) -> tuple[str, int]:
    """The unit that is named at a token: its level and how many tokens it takes, ("", 0) for none."""
    for size in (2, 1):
        window = tokens[i : i + size]
        if len(window) < size:
            continue
        level = _prefix_table(marked).get(" ".join(t.marked if marked else t.folded for t in window))
        if level is not None:
            return level, size
    if i >= len(tokens):
        return "", 0
    token = tokens[i]
    level = _SHORT.get(token.folded)
    dotted = text[token.end : token.end + 1] == "."
    if level is not None and (dotted or (text[token.start : token.end].isupper() and not text.isupper())):
        return level, 1
    return "", 0


@lru_cache(maxsize=2)
def _prefix_table(marked: bool) -> dict[str, str]:
    return {word_keys(words)[0 if marked else 1][1:]: level for words, level in _PREFIXES.items()}
