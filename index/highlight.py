"""Which characters of a verbatim text a query matches: offsets from the text itself, no search in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from index.query import Query
from index.tokens import Token, tokenize

_GAP = 3  # characters between two highlighted tokens that are bridged (a blank, a comma and a blank, a hyphen)


class Highlighter:
    """Finds what one query matches in any text.

    A token of the query with marks matches its exact spelling, one without
    marks any spelling. Tokens that stand together in query and text count
    first; single ones only where they did not turn up in such company. Official
    forms that were added for a concept are shown where they stand in full.

    Args:
        query: the analysed query.
    """

    def __init__(self, query: Query) -> None:
        self._query = query
        content = {t.start for t in query.content}
        self._after: dict[str, list[tuple[Token, Token]]] = {}
        for a, b in pairwise(query.tokens):
            if a.start in content and b.start in content:
                self._after.setdefault(a.folded, []).append((a, b))
        self._alone = self._single_tokens()
        self._forms: dict[str, list[list[str]]] = {}
        for match in query.matches:
            for form in match.official:
                keys = [self._key(t) for t in tokenize(form)]
                if len(keys) > 1:
                    self._forms.setdefault(keys[0], []).append(keys)

    def ranges(self, text: str) -> tuple[tuple[int, int], ...]:
        """Half-open character ranges of `text`, sorted, not overlapping, neighbours merged."""
        tokens = tokenize(text)
        chosen, covered = self._pairs(tokens)
        for i, here in enumerate(tokens):
            wanted = self._alone.get(here.folded)
            if wanted is not None and wanted.start not in covered and _same(wanted, here):
                chosen.add(i)
        chosen |= self._whole_forms(tokens)
        return merge(text, sorted((tokens[i].start, tokens[i].end) for i in chosen))

    def _single_tokens(self) -> dict[str, Token]:
        """Tokens that mean something by themselves: numbers, references, and syllables that are words of their own."""
        query = self._query
        joined = {part for word in query.words for part in word.split("_")}
        single = {t.folded: t for t in query.content if t.kind != "word" or (query.marked and t.marked not in joined)}
        if not query.marked and len(query.content) == 1:
            single = {t.folded: t for t in query.content}
        return {**single, **{ref: Token(ref, ref, -1, -1, "ref") for ref in query.refs}}

    def _key(self, token: Token) -> str:
        return token.marked if self._query.marked else token.folded

    def _pairs(self, tokens: list[Token]) -> tuple[set[int], set[int]]:
        """Tokens here that stand together in the query too, and the starts of the query's tokens that they match."""
        chosen: set[int] = set()
        covered: set[int] = set()
        for i, (here, following) in enumerate(pairwise(tokens)):
            for a, b in self._after.get(here.folded, ()):
                if _same(a, here) and _same(b, following):
                    chosen |= {i, i + 1}
                    covered |= {a.start, b.start}
        return chosen, covered

    def _whole_forms(self, tokens: list[Token]) -> set[int]:
        chosen: set[int] = set()
        keys = [self._key(t) for t in tokens]
        for i, key in enumerate(keys):
            for form in self._forms.get(key, ()):
                if keys[i : i + len(form)] == form:
                    chosen.update(range(i, i + len(form)))
        return chosen


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


def _same(wanted: Token, found: Token) -> bool:
    """Exact marks where the query has some, any spelling where it has none."""
    if wanted.marked == wanted.folded:
        return wanted.folded == found.folded
    return wanted.marked == found.marked
