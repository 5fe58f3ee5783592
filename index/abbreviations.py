"""Abbreviations and what they stand for, both ways: general ones, the thesaurus', and those that the corpus introduces.

Harvested are "Hội đồng nhân dân (HĐND)", "… (sau đây gọi tắt là HĐND)" and "HĐND (Hội đồng nhân dân)" where the
initials agree, after Schwartz & Hearst (2003), by syllables instead of letters: each letter, or capital with its
small letters ("CTr"), begins a syllable; function words may be passed over. Two meanings of one abbreviation are kept
apart and weigh as often as they were introduced.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.thesaurus import Entry
from index.tokens import Token, is_vietnamese_syllable, tokenize
from ingest.errors import IndexDamagedError
from ingest.syllables import strip_marks

__all__ = ["MAX_ABBREVIATIONS", "Abbreviations", "Expansion", "curated", "harvest", "write_abbreviations"]

MAX_ABBREVIATIONS = 5_000
"""Pairs of abbreviation and long form that an index keeps; of more those that were introduced most often."""

MAX_MEANINGS = 3
"""Long forms of one abbreviation that a query looks for; of more the commonest."""

_SHORT = r"(?:[A-ZĐÂĂÊÔƠƯ][a-zđ]{0,2}|[&-](?=[A-ZĐ])){2,14}"
_CALLED = r"(?:sau\s+đây\s+)?(?:được\s+)?(?:gọi|viết)\s+(?:tắt|chung)(?:\s+là)?:?\s*"
_BEHIND = re.compile(rf"\(\s*(?:{_CALLED})?[\"“]?({_SHORT})[\"”]?\s*\)|,\s*{_CALLED}[\"“]?({_SHORT})\b")
_SIGNS = ("(", "tắt", "chung")  # one of these stands in every introduction
_BEFORE = re.compile(rf"(?<![\w-])({_SHORT})\s?\(([^()]{{5,90}})\)")
_UNIT = re.compile(r"[A-ZĐÂĂÊÔƠƯ][a-zđ]{0,2}")
_WORD = re.compile(r"[^\W\d_]+")
_BREAK = re.compile(r"[.;:!?()\n]")
_PASSED = frozenset(re.findall(r"\w+", "và của về các những cho với trong theo trên tại ở để do từ là"))
_LISTED = Path(__file__).with_name("abbreviations.tsv")
_REACH = 120  # characters before the bracket in which the long form is looked for


@dataclass(frozen=True, slots=True)
class Expansion:
    """One other form of what stands in a query.

    Attributes:
        written: what stands there, as typed.
        form: the other form.
        how: "long" (an abbreviation was typed) or "short" (its long form was).
        share: of this form among those that are looked for, of the abbreviation's meanings ("long") or of the long
            form's abbreviations ("short"); 0 to 1.
        start: offset in the query's text.
        end: offset behind it.
    """

    written: str
    form: str
    how: str
    share: float
    start: int
    end: int


def harvest(texts: Iterable[str]) -> Counter[tuple[str, str]]:
    """(abbreviation, long form in lower case) → in how many texts it is introduced."""
    found: Counter[tuple[str, str]] = Counter()
    for text in texts:
        if any(sign in text for sign in _SIGNS):
            found.update(set(_introduced(text)))
    return found


def _introduced(text: str) -> Iterable[tuple[str, str]]:
    for match in _BEHIND.finditer(text):
        short = match.group(1) or match.group(2)
        before = _BREAK.split(text[max(0, match.start() - _REACH) : match.start()])[-1]
        words = _WORD.findall(before)
        if size := _length_of(short, words):
            yield short, " ".join(words[-size:]).lower()
    for match in _BEFORE.finditer(text):
        words = _WORD.findall(match.group(2))
        if words and _length_of(match.group(1), words) == len(words):
            yield match.group(1), " ".join(words).lower()


def _length_of(short: str, words: Sequence[str]) -> int:
    """How many of the last words the abbreviation stands for; 0 where its initials do not agree with them."""
    units = _UNIT.findall(short)
    if len(units) < 2 or all(word.isupper() and len(word) > 1 for word in words[-len(units) :]):
        return 0
    place = len(words) - 1
    for unit in reversed(units):
        while place >= 0 and not _begins(unit, words[place]) and words[place].lower() in _PASSED:
            place -= 1
        if place < 0 or not _begins(unit, words[place]):
            return 0
        place -= 1
    return len(words) - 1 - place


def _begins(unit: str, word: str) -> bool:
    """Whether a capital with its small letters stands for this word: "Tr" for "trình", "Tg" for "tướng"."""
    rest = iter(_plain(word)[1:])
    return _letter(unit[0]) == _letter(word[0]) and all(char in rest for char in unit[1:].lower())


def _letter(char: str) -> str:
    """A letter without its marks, but đ beside d."""
    return "đ" if char in "đĐ" else strip_marks(char).lower()


def _plain(word: str) -> str:
    return "".join(t.folded for t in tokenize(word))


def curated(rows: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    """The listed abbreviations (``abbreviations.tsv``), and those of the thesaurus with the form that they abbreviate.

    Args:
        rows: concepts of the thesaurus.
    """
    for line in _LISTED.read_text(encoding="utf-8").splitlines():
        short, form = line.split("\t")
        yield short, form.lower()
    for row in rows:
        for short in row.abbr:
            for form in [row.concept, *row.official]:
                words = _WORD.findall(form)
                size = _length_of(short, words)
                # "DTTS" of "đồng bào dân tộc thiểu số" stands for its last four words.
                if size and (size == len(words) or len(_UNIT.findall(short)) > 2):
                    yield short, " ".join(words[-size:]).lower()


def write_abbreviations(path: Path, texts: Iterable[str], concepts: Iterable[Entry]) -> None:
    """Harvest from texts, add what is curated, and write ``[abbreviation, long form, how often, keys …]`` as JSON.

    The keys are those of the abbreviation (folded) and of the long form (folded and marked), so that opening is quick.
    """
    found = harvest(texts)
    # What is curated counts like one introduction.
    found.update(set(curated(concepts)))
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MAX_ABBREVIATIONS]
    rows = [[short, form, count, *_keys(short, form)] for (short, form), count in sorted(best)]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=0), encoding="utf-8")


class Abbreviations:
    """Look-up both ways.

    Args:
        path: what `write_abbreviations` wrote.

    Attributes:
        keys: folded keys of all abbreviations of one token.

    Raises:
        IndexDamagedError: the file is missing or is none.
    """

    def __init__(self, path: Path) -> None:
        self._forms: dict[str, list[tuple[str, str, int]]] = {}
        self._shorts: dict[str, list[tuple[str, str, int]]] = {}
        try:
            for short, form, count, key, folded, marked in json.loads(path.read_text(encoding="utf-8")):
                self._forms.setdefault(key, []).append((form, short, int(count)))
                for other in {folded, marked}:
                    self._shorts.setdefault(other, []).append((short, form, int(count)))
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamagedError(
                f"không đọc được bảng chữ viết tắt (the abbreviations are unreadable): {error}", where=path
            ) from None
        # First token of a form → how many tokens forms have that begin so.
        self._lengths: dict[str, set[int]] = {}
        for key in (*self._forms, *self._shorts):
            parts = key.split(" ")
            self._lengths.setdefault(parts[0], set()).add(len(parts))
        self.keys = frozenset(key for key in self._forms if " " not in key)

    def __len__(self) -> int:
        return len(self._forms)

    def expansions(self, text: str, tokens: Sequence[Token]) -> tuple[Expansion, ...]:
        """Other forms of what stands in a query, longest first, without overlap.

        Args:
            text: the query's, NFC.
            tokens: of it.
        """
        found: list[Expansion] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            step, lengths = 1, {*self._lengths.get(token.marked, ()), *self._lengths.get(token.folded, ())}
            for length in sorted(lengths, reverse=True):
                if place + length <= len(tokens) and (here := self._here(text, tokens[place : place + length])):
                    found += here
                    step = length
                    break
            place += step
        return tuple(found)

    def _here(self, text: str, tokens: Sequence[Token]) -> list[Expansion]:
        start, end = tokens[0].start, tokens[-1].end
        written = text[start:end]
        if len(tokens) > 1:
            # Marks that were typed must agree; where there are none, any will do.
            bare = all(t.marked == t.folded for t in tokens)
            shorts = self._shorts.get(_folded(tokens) if bare else _marked(tokens))
            if shorts:
                return [Expansion(written, form, "short", share, start, end) for form, share in _shares(shorts)]
        forms = self._forms.get(_folded(tokens))
        if not forms or not _abbreviates(written, tokens, text):
            return []
        return [Expansion(written, form, "long", share, start, end) for form, share in _shares(forms)]


def _abbreviates(written: str, tokens: Sequence[Token], text: str) -> bool:
    """Whether it is an abbreviation as typed: in capitals that others do not have too, or letters that are no syllable.

    "ĐTN" typed as "ĐTN", "đtn" or "dtn" is one; "an" is not, "AN" in "tình hình AN" is.
    """
    if any(is_vietnamese_syllable(t.folded) for t in tokens):
        return written.upper() == written and not text.isupper()
    return True


def _keys(short: str, form: str) -> tuple[str, str, str]:
    tokens = tokenize(form)
    return _folded(tokenize(short)), _folded(tokens), _marked(tokens)


def _shares(rows: Sequence[tuple[str, str, int]]) -> list[tuple[str, float]]:
    """The forms with their part of all introductions, commonest first."""
    counts: Counter[str] = Counter()
    for form, _, count in rows:
        counts[form] += count
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_MEANINGS]
    total = sum(count for _, count in best)
    return [(form, round(count / total, 3)) for form, count in best]


def _folded(tokens: Sequence[Token]) -> str:
    return " ".join(t.folded for t in tokens)


def _marked(tokens: Sequence[Token]) -> str:
    return " ".join(t.marked for t in tokens)
