"""Which characters of a verbatim text a query matches: offsets from the text itself, no search in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from index.query import Query
from index.tokens import Token, tokenize

_GAP = 3  # characters between two highlighted tokens that are bridged (a blank, a comma and a blank, a hyphen)


def highlights(text: str, query: Query) -> tuple[tuple[int, int], ...]:
    """Ranges of `text` that the query matches.

    A token of the query with marks matches its exact spelling, one without marks any spelling. Tokens that stand
    together in query and text count first; single ones only where they are no mere tying words. Official forms that
    were added for a concept are shown where they stand in full.

    Returns:
        Half-open character ranges, sorted, not overlapping, neighbours merged.
    """
    tokens = tokenize(text)
    chosen = _pairs(tokens, query) | _singles(tokens, query)
    for match in query.matches:
        for form in match.official:
            chosen |= _sequence(tokens, [t.folded if not query.marked else t.marked for t in tokenize(form)], query.marked)
    return merge(text, sorted((tokens[i].start, tokens[i].end) for i in chosen))


def merge(text: str, ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join ranges that overlap, touch or have only blanks and light punctuation between them."""
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        between = text[joined[-1][1] : start] if joined else ""
        if joined and (start <= joined[-1][1] or (len(between) <= _GAP and not between.strip(" ,-–/"))):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _same(wanted: Token, found: Token) -> bool:
    """Exact marks where the query has some, any spelling where it has none."""
    if wanted.marked == wanted.folded:
        return wanted.folded == found.folded
    return wanted.marked == found.marked


def _pairs(tokens: list[Token], query: Query) -> set[int]:
    """Tokens that stand next to each other both in the query and here, at least one of them no tying word."""
    content = {t.start for t in query.content}
    pairs = [
        (a, b)
        for a, b in zip(query.tokens, query.tokens[1:], strict=False)
        if a.start in content and b.start in content
    ]
    by_folded: dict[str, list[tuple[Token, Token]]] = {}
    for a, b in pairs:
        by_folded.setdefault(a.folded, []).append((a, b))
    chosen: set[int] = set()
    for i, (here, following) in enumerate(zip(tokens, tokens[1:], strict=False)):
        for a, b in by_folded.get(here.folded, ()):
            if _same(a, here) and _same(b, following):
                chosen |= {i, i + 1}
    return chosen


def _singles(tokens: list[Token], query: Query) -> set[int]:
    """Tokens of the query that stand alone here: numbers and references always, syllables where they are words."""
    joined = {part for word in query.words for part in word.split("_")}
    alone = {
        t.folded: t for t in query.content if t.kind != "word" or (query.marked and t.marked not in joined)
    }
    if not query.marked and len(query.content) == 1:
        alone = {t.folded: t for t in query.content}
    return {i for i, here in enumerate(tokens) if (t := alone.get(here.folded)) is not None and _same(t, here)}


def _sequence(tokens: list[Token], keys: list[str], marked: bool) -> set[int]:
    """Tokens that spell one form in full."""
    size = len(keys)
    mine = [t.marked if marked else t.folded for t in tokens]
    chosen: set[int] = set()
    if not size:
        return chosen
    for i in range(len(mine) - size + 1):
        if mine[i] == keys[0] and mine[i : i + size] == keys:
            chosen.update(range(i, i + size))
    return chosen
