"""Other words that a query looks for beside those that were typed: mended slips, restored marks, abbreviations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.lexical import Term, bigrams
from index.tokens import folded_keys, tokenize

if TYPE_CHECKING:
    from index.query import Query, Weights

__all__ = ["extra_terms", "instead", "trust"]

_FIELDS = ("whole", "header")


def trust(query: Query) -> dict[int, float]:
    """Start of a token that stands for a mended slip → how sure that is; the token counts so much."""
    return {r.start: r.score for r in query.respelled if r.how == "slip"}


def extra_terms(query: Query, weights: Weights) -> Iterator[tuple[str, str, float]]:
    """Field, token and weight of everything that is looked for beside the query's own tokens."""
    starts = {t.start for t in query.content}
    for change in query.respelled:
        if change.start not in starts:
            continue
        if change.how == "slip":  # what was typed may be a word after all
            for token in tokenize(change.written):
                yield from ((name, token.folded, getattr(weights, name)) for name in _FIELDS)
        elif change.how == "marks":
            for token in tokenize(change.meant):
                yield "marked", token.marked, weights.restored * change.score
    for expansion in query.expanded:
        scale = weights.abbreviated * expansion.share
        tokens = folded_keys(expansion.form)
        for token in tokens:
            yield "whole", token, scale * weights.whole
        for pair in bigrams(tokens):
            yield "bigrams", pair, scale * weights.bigrams


def instead(query: Query) -> dict[str, list[Term]]:
    """Folded token of the query → what may stand in a passage in its place (for `index.query.gates`)."""
    found: dict[str, list[Term]] = {}
    for expansion in query.expanded:
        form = " ".join(folded_keys(expansion.form))
        term = Term("folded", form, 1.0, " " in form)
        for token in query.tokens:
            if expansion.start <= token.start < expansion.end:
                found.setdefault(token.folded, []).append(term)
    slips = {r.start: r.written for r in query.respelled if r.how == "slip"}
    for token in query.tokens:
        if token.start in slips:
            typed = [Term("folded", t.folded, 1.0) for t in tokenize(slips[token.start])]
            found.setdefault(token.folded, []).extend(typed)
    return found
