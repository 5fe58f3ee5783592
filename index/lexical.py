"""BM25 by tantivy over tokens that were cut here, so that both sides agree to the letter.

The fields and what each is for:

* ``whole``, ``bigrams``: syllables without diacritics of all that stands with a passage (document, headings, the
  sentence that carries a footnote's marker, its own text), and pairs of them; a query without marks finds everything.
* ``marked``, ``words``: the text's syllables with marks, and words of two syllables and more; they lift the exact
  spelling.
* ``header``: document, place and period once more, so that a place that is asked for counts.
* ``refs``: document numbers, one token each.
* ``folded``, ``body``: the text alone, for what must stand together, and all but the document's own words, for what
  must be there at all (`index.query.gates`); they add little or nothing to scores.

One field for the whole, as BM25F has it (Robertson, Zaragoza & Taylor 2004; weights as repetitions, which is the same
thing): a word that stands in heading and text is one word that occurs twice. Sums over fields count it as two finds,
each as rare as it is in its own field; on the samples that lost 3 points, on laws under their titles 6.

Scores are tantivy's BM25 (k1 = 1.2, b = 0.75; Robertson & Zaragoza 2009) summed over fields with weights.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.records import LexicalRow
from ingest.errors import IndexDamagedError

if TYPE_CHECKING:
    from tantivy import Query, Schema

_FIELDS = ("whole", "bigrams", "marked", "words", "header", "refs", "folded", "body")
_HEAP_BYTES = 256_000_000
_OFFICE, _NO_OFFICE = "named", "none"
_TOKENIZER = "blanks"


@dataclass(frozen=True, slots=True)
class Term:
    """One weighted term of a query; `phrase` terms are blanks-separated sequences that must stand together."""

    field: str
    token: str
    weight: float
    phrase: bool = False


def _tantivy() -> Any:
    """The library, loaded at its first use."""
    import tantivy

    return tantivy


@dataclass(frozen=True, slots=True)
class Required:
    """What a passage must have: a term, or a row of its own among those that are let pass without it."""

    term: Term
    rows: tuple[int, ...] = ()


class LexicalIndex:
    """A tantivy index, read-only.

    Args:
        path: its folder.

    Raises:
        IndexDamagedError: the folder holds no index that tantivy can open.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._index = _tantivy().Index.open(str(path))
            self._searcher = self._index.searcher()
        except ValueError as error:
            raise IndexDamagedError(f"không mở được chỉ mục từ (tantivy cannot open): {error}", where=path) from None
        self._schema = self._index.schema
        self._query = _tantivy().Query
        self._should, self._must = _tantivy().Occur.Should, _tantivy().Occur.Must
        self._must_not = _tantivy().Occur.MustNot

    @property
    def size(self) -> int:
        """How many passages it holds."""
        return self._searcher.num_docs

    @staticmethod
    def build(path: Path, rows: Iterable[tuple[int, str, str, str, LexicalRow]], offices: Container[str]) -> None:
        """Write a new index.

        Args:
            path: an empty or missing folder.
            rows: row number, document id, kind, role and tokens of every passage. The same rows in the same order
                give the same scores and the same order of equal ones.
            offices: ids of the documents that say which office wrote them.
        """
        path.mkdir(parents=True, exist_ok=True)
        tantivy = _tantivy()
        index = tantivy.Index(_schema(), path=str(path))
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer(_TOKENIZER, blanks)
        # One thread: several would deal the passages out to segments by chance, and equal scores would change order.
        writer = index.writer(_HEAP_BYTES, 1)
        for row, document, kind, role, tokens in rows:
            entry = tantivy.Document()
            entry.add_unsigned("row", row)
            entry.add_text("document", document)
            entry.add_text("kind", kind)
            entry.add_text("role", role)
            entry.add_text("office", _OFFICE if document in offices else _NO_OFFICE)
            for field, text in _field_texts(tokens):
                if text:
                    entry.add_text(field, text)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()

    def search(
        self,
        terms: Iterable[Term],
        *,
        limit: int,
        documents: Iterable[str] | None = None,
        kinds: Iterable[str] = (),
        required: Iterable[Required] = (),
        excluded: Iterable[Term] = (),
        roles: Iterable[str] = (),
        offices: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Best passages for weighted terms.

        Args:
            terms: what to look for; a passage needs one of them.
            limit: how many at most.
            documents: only passages of these documents; None for all.
            kinds: only passages of these kinds; empty for all.
            required: only passages that fulfil every one of these.
            excluded: only passages that hold none of these.
            roles: only passages with these roles (`index.roles`); empty for all.
            offices: only passages of documents that say which office wrote them.

        Returns:
            Rows (int64) and scores (float64), best first.
        """
        query = self._filtered(self._any(terms), documents, kinds, roles, required, excluded)
        if offices:
            named = self._query.const_score_query(self._query.term_query(self._schema, "office", _OFFICE), 0.0)
            query = self._query.boolean_query([(self._must, query), (self._must, named)])
        return self._run(query, limit)

    def matching(
        self,
        alternatives: Iterable[tuple[Sequence[Sequence[Term]], int]],
        *,
        documents: Iterable[str] | None = None,
        kinds: Iterable[str] = (),
        required: Iterable[Required] = (),
        excluded: Iterable[Term] = (),
        roles: Iterable[str] = (),
    ) -> np.ndarray:
        """Rows (int64) of all passages that fulfil one of the alternatives, unranked.

        Args:
            alternatives: pairs of (groups, least): at least `least` of the groups must have one of their terms there.
            documents: only passages of these documents; None for all.
            kinds: only passages of these kinds; empty for all.
            required: only passages that fulfil every one of these.
            excluded: only passages that hold none of these.
            roles: only passages with these roles; empty for all.
        """
        clauses = [
            (self._should, self._query.boolean_query([(self._should, self._any(g)) for g in groups], least))
            for groups, least in alternatives
            if groups
        ]
        if not clauses or not self.size:
            return np.empty(0, np.int64)
        any_of = self._query.const_score_query(self._query.boolean_query(clauses), 0.0)
        query = self._filtered(any_of, documents, kinds, roles, required, excluded)
        return self._run(query, self.size)[0]

    def _run(self, query: Query, limit: int) -> tuple[np.ndarray, np.ndarray]:
        limit = min(limit, self.size)  # tantivy sets memory aside for all that it is asked for
        hits = self._searcher.search(query, limit=limit, count=False).hits if limit > 0 else []
        rows = self._searcher.fast_field_values("row", [address for _, address in hits]) if hits else []
        return np.array(rows, np.int64), np.array([score for score, _ in hits], np.float64)

    def _any(self, terms: Iterable[Term]) -> Query:
        return self._query.boolean_query([(self._should, self._term(term)) for term in terms])

    def _term(self, term: Term) -> Query:
        if term.phrase:
            tokens: list[str | tuple[int, str]] = list(term.token.split())
            query = self._query.phrase_query(self._schema, term.field, tokens)
        else:
            query = self._query.term_query(self._schema, term.field, term.token, "freq")
        return query if term.weight == 1.0 else self._query.boost_query(query, term.weight)

    def _required(self, required: Required) -> Query:
        term = self._term(required.term)
        if not required.rows:
            return term
        others = self._query.term_set_query(self._schema, "row", list(required.rows))
        return self._query.boolean_query([(self._should, term), (self._should, others)])

    def _filtered(
        self,
        query: Query,
        documents: Iterable[str] | None,
        kinds: Iterable[str],
        roles: Iterable[str],
        required: Iterable[Required],
        excluded: Iterable[Term],
    ) -> Query:
        clauses = [(self._must, query)]
        # Filters do not count: what is required is scored as one of the query's own terms.
        clauses += [(self._must, self._query.const_score_query(self._required(one), 0.0)) for one in required]
        clauses += [(self._must_not, self._term(term)) for term in excluded]
        for field, values in (("document", documents), ("kind", kinds or None), ("role", roles or None)):
            if values is not None:
                allowed = self._query.term_set_query(self._schema, field, sorted(values))
                clauses.append((self._must, self._query.const_score_query(allowed, 0.0)))
        return self._query.boolean_query(clauses) if len(clauses) > 1 else query


def bigrams(tokens: Sequence[str]) -> list[str]:
    """Pairs of neighbours, joined: ["giam", "ngheo", "ben"] → ["giam_ngheo", "ngheo_ben"]."""
    return [f"{a}_{b}" for a, b in pairwise(tokens)]


def _field_texts(tokens: LexicalRow) -> list[tuple[str, str]]:
    body = (tokens.path, tokens.carrier, tokens.folded)
    # What a passage says itself counts twice: a word of a note is more than one of the sentence that it belongs to.
    parts = (tokens.header, *body, tokens.path, tokens.folded)
    made = {
        "whole": " ".join(part for part in parts if part),
        "body": " ".join(part for part in body if part),
        "bigrams": " ".join(pair for part in parts for pair in bigrams(part.split())),
    }
    return [(f, made[f] if f in made else getattr(tokens, f)) for f in _FIELDS]


def _schema() -> Schema:
    builder = _tantivy().SchemaBuilder()
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    for field in ("document", "kind", "role", "office"):
        builder.add_text_field(field, stored=False, tokenizer_name="raw", index_option="basic")
    for field in _FIELDS:
        positions = "position" if field in ("folded", "marked") else "freq"
        builder.add_text_field(field, stored=False, tokenizer_name=_TOKENIZER, index_option=positions)
    return builder.build()
