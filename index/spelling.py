"""What the words of a query are spelled like: keyboard codes decoded, slips mended, lost marks restored.

For each token the words that it may stand for are looked up, and its neighbours decide between them (`index.lattice`).
Typed marks of a syllable are never changed; a word that the corpus, a dictionary or the thesaurus knows is never taken
for a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from index.abbreviations import Abbreviations, write_abbreviations
from index.catalogue import Catalogue
from index.keystrokes import ENGLISH, telex, vni
from index.lattice import Place, choose
from index.slips import MARK_OFF, marks_off, near_syllables
from index.spelling_table import NUMBER, SpellingTable, write_table
from index.thesaurus import Entry
from index.tokens import Token, is_vietnamese_syllable, syllable_keys, tokenize
from ingest.syllables import is_syllable, strip_marks

__all__ = ["Reading", "Respelling", "Speller", "write_speller"]

SURE = 0.997
"""From this probability on a syllable without marks is completed in a query that has marks elsewhere."""

HALF = 0.15
"""From this part of a marked query's syllables on that look as if they had lost theirs, all are read as if they had."""

LIKELY = 0.6
"""From this probability on an unknown word is taken for a slip, where it then goes with a neighbour."""

ALONE = 0.8
"""The same where it goes with none."""

RARE = 0.02
"""A bare syllable this rare beside the commonest spelling of its letters looks as if its marks were lost."""

LONGEST = 64
"""Tokens of a query that are read; a longer text is no query but a paragraph."""

_TYPED = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Respelling:
    """One word of a query, read as another.

    Attributes:
        written: as typed.
        meant: what it is read as.
        how: "telex", "vni", "slip" or "marks".
        score: how probable that is, 0 to 1.
        start: offset of `meant` in the text that was read (for "marks" of what stands there without them).
        end: offset behind it.
    """

    written: str
    meant: str
    how: str
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A query's text as it is understood.

    Attributes:
        text: with slips mended.
        restored: the same with the marks that the corpus has; equal to `text` where none were added.
        respelled: every change, in reading order.
    """

    text: str
    restored: str
    respelled: tuple[Respelling, ...] = ()


def write_speller(folder: Path, catalogue: Catalogue, concepts: Sequence[Entry]) -> None:
    """Count the spellings of a catalogue and harvest its abbreviations.

    Args:
        folder: where to put the files; made where it is missing.
        catalogue: whole.
        concepts: of the thesaurus.
    """
    forms = [form for row in concepts for form in _forms(row)]
    write_table(folder, _rows(catalogue), forms)
    texts = (text for (text,) in catalogue.passage_columns("text"))
    write_abbreviations(folder / "abbreviations.json", texts, concepts)


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Text and marked tokens of every passage, then of every heading and document's name once."""
    yield from catalogue.passage_columns("text", "t_marked")
    heads = {line for row in catalogue.passage_columns("section_path", "header") for line in row}
    for line in sorted(heads):
        yield line, " ".join(t.marked for t in tokenize(line))


def _forms(row: Entry) -> Iterator[str]:
    """Every form of a concept."""
    yield from (*row.native, *row.abbr, *row.english)


class Speller:
    """Reads queries with the spellings and abbreviations of one generation, opened when first asked for.

    Args:
        folder: what `write_speller` wrote.

    Raises:
        IndexDamagedError: at the first use: a file is missing or broken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def opened(self) -> Speller:
        """Itself, read whole, so that it outlives its files: a later build may remove the generation.

        Raises:
            IndexDamagedError: a file is missing or broken.
        """
        _ = self.table, self.abbreviations
        return self

    @cached_property
    def table(self) -> SpellingTable:
        """The counted spellings."""
        return SpellingTable(self._folder)

    @cached_property
    def abbreviations(self) -> Abbreviations:
        """The abbreviations and their long forms."""
        return Abbreviations(self._folder / "abbreviations.json")

    # ---- keyboard codes ------------------------------------------------------------------------------------------

    def decoded(self, text: str) -> tuple[str, tuple[Respelling, ...]]:
        """The text with words typed in Telex or VNI put into letters.

        A word is decoded where it is no syllable, no English word and none that is known, and what it stands for is a
        syllable that the corpus holds. Where two are, the query was typed so, and words that may be English ("car" for
        "cả") are decoded as well.

        Args:
            text: NFC.
        """
        words = list(_TYPED.finditer(text))[:LONGEST]
        found = {m.start(): hit for m in words if (hit := self._decode(m.group(), text))}
        if not found or self._foreign(words, found, text):
            return text, ()
        if len(found) > 1:
            rest = [m for m in words if m.start() not in found]
            found |= {m.start(): hit for m in rest if (hit := self._decode(m.group(), text, certain=True))}
        pieces, changes, position, length = [], [], 0, 0
        for match in words:
            if match.start() not in found:
                continue
            meant, how = found[match.start()]
            pieces += [text[position : match.start()], meant]
            length += match.start() - position + len(meant)
            changes.append(Respelling(match.group(), meant, how, 1.0, length - len(meant), length))
            position = match.end()
        return "".join([*pieces, text[position:]]), tuple(changes)

    def _decode(self, word: str, text: str, *, certain: bool = False) -> tuple[str, str] | None:
        """What a word stands for and how it was typed; None where it is to be left alone."""
        lower = word.lower()
        coded = not word.isalpha()
        key = vni(lower) if coded else telex(lower)
        if key is None or (word.isupper() and not text.isupper()):
            return None
        marked, folded = syllable_keys(lower)
        table, number, known = self.table, self.table.find(key), self.table.find(marked)
        if not (coded or certain) and (lower in ENGLISH or is_syllable(lower) or table.knows(folded)):
            return None
        if number < 0 or not (certain or table.holds(number)) or not is_syllable(table.writings[number]):
            return None
        if known >= 0 and is_syllable(lower) and table.counts[known] > RARE * table.counts[number]:
            return None  # "xoong" is a word of its own, "khoong" is not
        return _cased(self.table.writings[number], word), "vni" if coded else "telex"

    def _foreign(self, words: Sequence[re.Match[str]], found: dict[int, tuple[str, str]], text: str) -> bool:
        """Whether the query is no Vietnamese, or its digits are no marks, so that nothing of it should be decoded."""
        vni_words = [m.group() for m in words if m.start() in found and found[m.start()][1] == "vni"]
        # "khu2" may be khu 2: VNI is believed where a digit stands inside a word or two stand together.
        if vni_words and not any(re.search(r"\d[^\W\d_]|\d\d", word) for word in vni_words):
            return True
        if text.isupper() and len(found) < 2:
            return True
        others = [m.group() for m in words if m.start() not in found]
        if any(strip_marks(word) != word for word in others):
            return False
        return sum(self._is_foreign(word) for word in others) >= len(found)

    def _is_foreign(self, word: str) -> bool:
        if word.isdigit() or (word.isupper() and len(word) > 1):
            return False
        folded = syllable_keys(word)[1]
        return word.lower() in ENGLISH or not (is_vietnamese_syllable(folded) or self.table.knows(folded))

    # ---- slips and marks -----------------------------------------------------------------------------------------

    def read(self, text: str, tokens: Sequence[Token], kept: Sequence[tuple[int, int]] = ()) -> Reading:
        """The text with slips mended, and with the marks that the corpus has.

        Args:
            text: NFC.
            tokens: of the text.
            kept: spans that stay as they are: quoted phrases, document numbers.
        """
        marked = any(t.kind == "word" and t.marked != t.folded for t in tokens)
        places = [self._place(text, t, marked, kept) for t in tokens[:LONGEST]]
        sure = 0.0
        if marked:
            lost = [p is not None and self._looks_lost(p) for p in places]
            if not any(lost) and not any(p is not None and p.how for p in places):
                return Reading(text, text)
            if sum(lost) < max(2, HALF * len(places)):
                sure = SURE
            if not any(lost):
                for place in places:
                    if place is not None and not place.how:
                        self._keep(place)
        choose(self.table, places)
        return self._written(text, [p for p in places if p is not None], marked, sure)

    def _place(self, text: str, token: Token, marked: bool, kept: Sequence[tuple[int, int]]) -> Place | None:
        """What a token may be; None where nothing is known of it."""
        if token.kind != "word":
            number = self.table.find(NUMBER)
            return Place(token, range(number, number + 1)) if number >= 0 else None
        written = text[token.start : token.end]
        stays = bool(kept) and any(start <= token.start < end for start, end in kept)
        if stays or (len(written) > 1 and written.isupper()) or token.marked != token.folded:
            number = self.table.find(token.marked)
            if number >= 0:
                return Place(token, range(number, number + 1))
        elif words := self.table.spellings(token.folded):
            return Place(token, words)
        return None if stays else self._slip(token, written, marked)

    def _keep(self, place: Place) -> None:
        """Take a token as it was typed."""
        number = self.table.find(place.token.marked)
        if number >= 0:
            place.words = range(number, number + 1)

    def _slip(self, token: Token, written: str, marked: bool) -> Place | None:
        """The words that are one slip away from one that nobody knows."""
        # A capital is a name's or an abbreviation's.
        if len(written) < 3 or written[0].isupper() or token.folded in self.abbreviations.keys:
            return None
        if is_syllable(written) or written in ENGLISH:
            return None
        near = near_syllables(token.folded)
        if token.marked != token.folded and self.table.spellings(token.folded):
            near = (*near, (token.folded, 1.0))  # the letters of a word, but marks as no syllable has them
        elif self.table.knows(token.folded):
            return None
        words: dict[int, float] = {}
        for folded, likely in near:
            for number in self.table.spellings(folded):
                off = marks_off(token.marked, self.table.words[number]) if marked else 0
                words[number] = max(words.get(number, 0.0), likely * MARK_OFF**off)
        words = {n: w for n, w in words.items() if self.table.holds(n) and is_syllable(self.table.writings[n])}
        if not words:
            return None
        return Place(token, tuple(words), np.array(list(words.values())), "slip")

    def _looks_lost(self, place: Place) -> bool:
        """Whether a bare syllable in a query with marks looks as if it had lost them."""
        if len(place.words) < 2 or place.token.marked != place.token.folded:
            return False
        number = self.table.find(place.token.folded)
        counts = self.table.counts
        return number < 0 or counts[number] < RARE * counts[place.words[0] : place.words[-1] + 1].max()

    def _written(self, text: str, places: list[Place], marked: bool, sure: float) -> Reading:
        """The text with what was chosen, where it is sure enough."""
        mended, restored, changes, position, length = [], [], [], 0, 0
        alone = len(places) == 1
        for place in places:
            token = place.token
            typed, meant = text[token.start : token.end], self.table.writings[place.chosen]
            if place.how == "slip":
                if place.score < (LIKELY if place.paired or alone else ALONE):
                    continue
                shown = meant if marked else strip_marks(meant)
            elif not self._completes(place, typed, sure):
                continue
            else:
                shown, meant = typed, _cased(meant, typed)
            gap = text[position : token.start]
            mended += [gap, shown]
            restored += [gap, meant]
            length += len(gap) + len(shown)
            position = token.end
            score = round(place.score, 3)
            if shown != typed:
                changes.append(Respelling(typed, shown, "slip", score, length - len(shown), length))
            if meant != shown:
                changes.append(Respelling(shown, meant, "marks", score, length - len(shown), length))
        rest = text[position:]
        return Reading("".join([*mended, rest]), "".join([*restored, rest]), tuple(changes))

    def _completes(self, place: Place, typed: str, sure: float) -> bool:
        """Whether the chosen spelling of a syllable without marks is one to take."""
        token, key = place.token, self.table.words[place.chosen]
        if (
            token.kind != "word"
            or key == token.marked
            or token.marked != token.folded
            or (typed.isupper() and len(typed) > 1)
        ):
            return False
        return not sure or self.table.find(token.folded) < 0 or (place.paired and place.score >= sure)


def _cased(word: str, like: str) -> str:
    """The word with the capitals of what was typed."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
