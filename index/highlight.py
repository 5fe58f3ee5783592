"""Which characters of a verbatim text a query matches: offsets from the text itself, no search in the browser.

Only the places where a key of the query stands are looked at (`index.spots`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from index.query import Query
from index.spots import Finder, Spots
from index.tokens import Token, is_vietnamese_syllable, tokenize

_GAP = 3  # characters between two highlighted tokens that are bridged (a blank, a comma and a blank, a hyphen)


class Highlighter:
    """Finds what one query matches in any text.

    A token of the query with marks matches its exact spelling, one without
    marks any spelling. Tokens that stand together in query and text count
    first; single ones only where they did not turn up in such company, and a
    pair of which one has other marks ("hổ nghèo") only where the text does not
    hold it as typed. Forms that were added for a concept are shown where they
    stand in full, and so is an abbreviation, and what one stands for.

    Args:
        query: the analysed query.
        spellings: other spellings of the whole query that were searched too (a slip put right, marks put back).
    """

    def __init__(self, query: Query, spellings: Sequence[str] = ()) -> None:
        self._query = query
        content = {t.start for t in query.content}
        pairs = [(a, b) for a, b in pairwise(query.tokens) if a.start in content and b.start in content]
        tying = {t.folded for t in query.tokens} - {t.folded for t in query.content}
        pairs += [
            (a, b)
            for spelling in spellings
            for a, b in pairwise(tokenize(spelling))
            if tying.isdisjoint((a.folded, b.folded))
        ]
        self._after: dict[str, list[tuple[Token, Token]]] = {}
        for a, b in pairs:
            self._after.setdefault(a.folded, []).append((a, b))
        self._alone = self._single_tokens()
        self._forms: dict[str, list[tuple[list[Token], list[str], str]]] = {}
        forms = [(form, match.concept) for match in query.matches for form in match.official]
        others = [*spellings, *(expansion.form for expansion in query.expanded)]
        for form, concept in [*forms, *((other, "") for other in others)]:
            tokens = tokenize(form)
            if len(tokens) > 1 or (tokens and not is_vietnamese_syllable(tokens[0].folded)):
                self._forms.setdefault(tokens[0].folded, []).append((tokens, [t.folded for t in tokens], concept))
        keys = {t.folded for pair in pairs for t in pair} | self._alone.keys()
        keys |= {key for forms in self._forms.values() for _, folded, _ in forms for key in folded}
        self._starts = self._after.keys() | self._alone.keys() | self._forms.keys()
        self._finder = Finder(keys)

    def ranges(self, text: str) -> tuple[tuple[int, int], ...]:
        """Half-open character ranges of `text` (NFC), sorted, not overlapping, neighbours merged."""
        return self.look(text)[0]

    def look(self, text: str) -> tuple[tuple[tuple[int, int], ...], dict[str, list[str]]]:
        """The ranges, and the concepts of which forms stand in `text`, each with these forms as they stand there."""
        keys = self._finder.spots(text)
        here = self._starts & keys.places.keys()
        if not here:
            return (), {}
        chosen, covered = self._pairs(keys, here)
        for key in here:
            wanted = self._alone.get(key)
            if wanted is not None and wanted not in covered:
                chosen.update(i for i in keys.places[key] if _same(wanted, keys.marked(i)))
        formed, concepts = self._whole_forms(keys, here)
        chosen |= formed
        return merge(text, sorted((keys.starts[i], keys.ends[i]) for i in chosen)), concepts

    def _single_tokens(self) -> dict[str, Token]:
        """Tokens that mean something by themselves: numbers, references, and syllables that are words of their own."""
        query = self._query
        joined = {part for word in query.words for part in word.split("_")}
        single = {t.folded: t for t in query.content if t.kind != "word" or (query.marked and t.marked not in joined)}
        if not query.marked and len(query.content) == 1:
            single = {t.folded: t for t in query.content}
        return {**single, **{ref: Token(ref, ref, -1, -1, "ref") for ref in query.refs}}

    def _pairs(self, keys: Spots, here: set[str]) -> tuple[set[int], set[Token]]:
        """Tokens here that stand together in the query too, and the query's tokens that they match."""
        chosen: set[int] = set()
        covered: set[Token] = set()
        loose: list[tuple[int, Token, Token]] = []
        for a, b in (pair for key in here for pair in self._after.get(key, ())):
            for i in keys.together(a.folded, b.folded):
                exact = _same(a, keys.marked(i)), _same(b, keys.marked(i + 1))
                if not any(exact):
                    continue
                if all(exact):
                    chosen |= {i, i + 1}
                    covered |= {a, b}
                else:
                    loose.append((i, a, b))
        for i, a, b in loose:
            if a not in covered and b not in covered:
                chosen |= {i, i + 1}
        return chosen, covered

    def _whole_forms(self, keys: Spots, here: set[str]) -> tuple[set[int], dict[str, list[str]]]:
        chosen: set[int] = set()
        concepts: dict[str, list[str]] = {}
        for form, folded, concept in (form for key in here for form in self._forms.get(key, ())):
            size = len(form)
            for i in keys.together(*folded[:2]) if size > 1 else keys.places[folded[0]]:
                end = i + size
                if (
                    keys.folded[i:end] == folded
                    and all(_same(token, keys.marked(j)) for j, token in enumerate(form, i))
                    and not any(map(keys.apart, range(i + 1, end - 1)))
                ):
                    chosen.update(range(i, end))
                    words = " ".join(keys.text[keys.starts[i] : keys.ends[end - 1]].split())
                    if concept and words not in concepts.setdefault(concept, []):
                        concepts[concept].append(words)
        return chosen, concepts


def merge(text: str, ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join ranges that overlap, touch or have only blanks and light punctuation between them."""
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        between = text[joined[-1][1] : start] if joined else ""
        if joined and (start <= joined[-1][1] or (len(between) <= _GAP and not between.strip(" \n\t,-–/"))):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _same(wanted: Token, marked: str) -> bool:
    """Exact marks where the query has some, any spelling where it has none (the folded keys are equal already)."""
    return wanted.marked in (wanted.folded, marked)
