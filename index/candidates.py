"""Filters, the two searches, and exact scores of both kinds for every candidate."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.boosts import Calendar, Understood, understand
from index.catalogue import Catalogue
from index.conditions import NOTHING_LEFT, required_phrases, wanted
from index.forward import ForwardIndex
from index.headings import Headings
from index.hits import Filters
from index.lexical import LexicalIndex, Required, Term
from index.operators import NO_OPERATORS, Operators
from index.places import load_places, province_key
from index.query import Query
from index.records import document_title, document_years, folded_tokens, names_an_office
from index.roles import ROLES
from index.segment import fold
from index.tokens import references
from index.vectors import VectorIndex
from ingest.document import Metadata

LOOKED_UP = 4
"""How far down the lexical ranking the scores of passages that only the vectors brought are looked up."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the filters leave: documents, kinds, terms, roles for tantivy, rows for FAISS; None where none is filtered.

    A passage must fulfil all that is `required`, none of the `excluded` terms may be in it. `notes` say what could not
    be done as it was asked.
    """

    documents: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    clauses: np.ndarray | None = None
    required: tuple[Required, ...] = ()
    excluded: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class DocumentTable:
    """What filters and facets need to know of every document, in memory.

    Args:
        heads: as `Catalogue.document_heads` gives them.
        places: what the build has compiled of their places; None compiles it now.
    """

    def __init__(self, heads: list[dict[str, Any]], places: Path | None = None) -> None:
        self.ids = [head["id"] for head in heads]
        self.codes = {document: code for code, document in enumerate(self.ids)}
        self.metadata = [Metadata(**head["metadata"]) for head in heads]
        self.sources = [head["source"] for head in heads]
        self.years = [document_years(meta) for meta in self.metadata]
        self.calendar = Calendar(self.years)
        self.types = [fold(meta.doc_type or "") for meta in self.metadata]
        self.provinces = [province_key(meta.province or "") for meta in self.metadata]
        self.places = load_places(places, self.metadata)
        self.named = np.array([names_an_office(meta) for meta in self.metadata], bool)

    @cached_property
    def names(self) -> list[str]:
        """Title and source of each document as folded words between blanks."""
        return [
            f" {folded_tokens(document_title(meta, source))} | {folded_tokens(source)} "
            for meta, source in zip(self.metadata, self.sources, strict=True)
        ]

    @cached_property
    def numbers(self) -> list[frozenset[str]]:
        """Normal forms of each document's number."""
        return [frozenset(references(meta.number or "")) for meta in self.metadata]


class Retriever:
    """The caches of one generation behind three questions: what is allowed, what comes near, how near is it.

    Args:
        folder: the generation.
        catalogue: its catalogue.
        documents: its documents.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, documents: DocumentTable) -> None:
        index = catalogue.passage_index()
        kinds = sorted({kind for _, _, _, kind, _ in index})
        self.kinds = kinds
        self.ids = [passage for _, passage, *_ in index]
        self.rows = np.array([row for row, *_ in index], np.int64)
        self.documents = np.array([documents.codes[d] for _, _, d, *_ in index], np.int64)
        self.kind_codes = np.array([kinds.index(kind) for _, _, _, kind, _ in index], np.int64)
        self.standing = np.array([standing for *_, standing in index], np.float64)
        self.named = documents.named[self.documents]
        self.mixed = bool(self.named.any() and not self.named.all())
        relations = catalogue.passage_relations()
        self.roles = np.array([ROLES.index(role) for role, _ in relations], np.int64)
        places = {passage: position for position, passage in enumerate(self.ids)}
        self.anchors = np.array([places.get(anchor or "", -1) for _, anchor in relations], np.int64)
        self.twins: np.ndarray = np.load(folder / "twins.npy")
        self._position = np.full(int(self.rows.max(initial=0)) + 1, -1, np.int64)
        self._position[self.rows] = np.arange(len(self.rows))
        owners = np.array(catalogue.clause_owners(), np.int64).reshape(-1, 2)
        self._clause_rows = owners[:, 0]
        self._owner = np.full(int(self._clause_rows.max(initial=0)) + 1, -1, np.int64)
        self._owner[self._clause_rows] = self._position[owners[:, 1]]
        by_passage = np.argsort(self._owner[self._clause_rows], kind="stable")
        self._clauses_in_order = self._clause_rows[by_passage]
        counts = np.bincount(self._owner[self._clause_rows], minlength=len(self.rows))
        self._clause_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._table = documents
        self._understood: tuple[Query | None, Understood] = (None, Understood(np.ones(len(documents.ids)), ()))
        self.lexical_index = LexicalIndex(folder / "lexical")
        self.passages = VectorIndex(folder / "passages.faiss")
        self.mean: np.ndarray = np.load(folder / "mean.npy")
        self.clauses = VectorIndex(folder / "clauses.faiss")
        self.forward = ForwardIndex(folder / "forward")
        self._headings = Headings(self.forward, catalogue, self.ids)

    def allowed(self, filters: Filters, operators: Operators = NO_OPERATORS) -> Allowed:
        """What the filters beside the query and inside it leave.

        Phrases that no passage has any more are asked for without their marks, then not at all; `notes` say so, and
        where the filters leave nothing.
        """
        asked = wanted(filters, operators, self._table, self.kinds)
        if asked.nothing:
            return Allowed()
        keep = np.ones(len(self.rows), bool)
        documents = None
        if asked.documents is not None:
            keep &= asked.documents[self.documents]
            documents = tuple(self._table.ids[code] for code in np.flatnonzero(asked.documents))
        if asked.kinds == ():
            documents = ()  # kinds that shut each other out; no kinds at all would mean any
        if asked.kinds is not None:
            keep &= np.isin(self.kind_codes, [self.kinds.index(k) for k in asked.kinds if k in self.kinds])
        if asked.roles:
            keep &= np.isin(self.roles, [ROLES.index(role) for role in asked.roles if role in ROLES])
        notes = asked.notes
        if len(keep) and not keep.any() and not notes:
            notes = (NOTHING_LEFT,)
        if asked.excluded:
            keep &= ~self._holding([asked.excluded])
        required = ()
        if asked.phrases:
            required, keep, note = required_phrases(asked.phrases, keep, self._having)
            notes += note
        clauses = self._clause_rows[keep[self._owner[self._clause_rows]]]
        kinds = asked.kinds or ()
        return Allowed(documents, kinds, self.rows[keep], clauses, required, asked.excluded, notes, asked.roles)

    def _holding(self, groups: list[tuple[Term, ...]]) -> np.ndarray:
        """Which passages have one of the terms of every group, bool (passages,)."""
        held = np.zeros(len(self.rows), bool)
        held[self._position[self.lexical_index.matching([(groups, len(groups))])]] = True
        return held

    def _having(self, phrase: str, term: Term, headings: bool) -> tuple[Required, np.ndarray]:
        """Which passages have a phrase in their text (or in a heading), bool (passages,), and how tantivy is told."""
        held = self._holding([(term,)])
        if not headings:
            return Required(term), held
        titled = self._headings.holding(phrase, term)
        titled = titled[~held[titled]]
        held[titled] = True
        return Required(term, tuple(self.rows[titled].tolist())), held

    def position(self, passage: str) -> int:
        """The position of a passage's id, which must exist."""
        return bisect_left(self.ids, passage)

    def nearest_passages(self, vector: np.ndarray | None, allowed: Allowed) -> tuple[np.ndarray, np.ndarray]:
        """Positions (int64) and cosines of all passages that the filters leave, nearest first, equal ones by id."""
        if vector is None:
            return np.empty(0, np.int64), np.empty(0)
        positions = self.everything(allowed)
        scores = self.passages.scores(vector, self.rows[positions])
        order = np.argsort(-scores, kind="stable")
        return positions[order], scores[order]

    def having(self, term: Term) -> list[str]:
        """Ids of all passages that have a term in their text, in the order of the ids."""
        return [self.ids[place] for place in np.flatnonzero(self._holding([(term,)])).tolist()]

    def likely(self, terms: list[Term], limit: int, documents: Sequence[str] | None = None) -> list[str]:
        """Ids of the passages that have most of the terms, best first (BM25).

        Args:
            terms: weighted.
            limit: how many at most.
            documents: only passages of these; None for all.
        """
        rows, _ = self.lexical_index.search(terms, limit=limit, documents=documents)
        return [self.ids[place] for place in self._position[rows].tolist()]

    def understand(self, query: Query) -> Understood:
        """What the query's places and times mean for the documents."""
        known, understood = self._understood
        if known is not query:  # asked for twice a query: by the ranking and by what explains it
            understood = understand(query, self._table)
            self._understood = (query, understood)
        return understood

    def everything(self, allowed: Allowed) -> np.ndarray:
        """Positions of all passages that the filters leave, in the order of their ids."""
        return np.arange(len(self.rows)) if allowed.rows is None else np.sort(self._position[allowed.rows])

    def candidates(
        self, terms: list[Term], vector: np.ndarray | None, limit: int, allowed: Allowed
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best of both halves.

        Args:
            terms: for the lexical half; empty for none.
            vector: the query's, float32 (dims,), for the dense half; None for none.
            limit: how many candidates each half brings.
            allowed: what the filters leave.

        Returns:
            Positions, sorted, each once (int64, n), and the BM25 of each (float64, n), 0 where no term matches or where
            it is not among the best `LOOKED_UP` times `limit`.
        """
        bm25 = np.zeros(len(self.rows))
        positions = np.empty(0, np.int64)
        # Where other texts lie beside documents of offices, these bring as many as if they were alone.
        for offices in (False, True) if self.mixed else (False,):
            rows, scores = self.lexical_index.search(
                terms,
                limit=limit if vector is None else LOOKED_UP * limit,
                documents=allowed.documents,
                kinds=allowed.kinds,
                required=allowed.required,
                excluded=allowed.excluded,
                roles=allowed.roles,
                offices=offices,
            )
            found = self._position[rows]
            bm25[found] = scores
            near = self._nearest(vector, limit, self._of_offices(allowed) if offices else allowed)
            positions = np.union1d(positions, np.concatenate([found[:limit], near]))
        return positions, bm25[positions]

    def _of_offices(self, allowed: Allowed) -> Allowed:
        """What the filters leave of documents that say which office wrote them."""
        if allowed.rows is None or allowed.clauses is None:
            return self._offices
        rows = allowed.rows[self.named[self._position[allowed.rows]]]
        return replace(allowed, rows=rows, clauses=allowed.clauses[self.named[self._owner[allowed.clauses]]])

    @cached_property
    def _offices(self) -> Allowed:
        return Allowed(
            rows=self.rows[self.named], clauses=self._clause_rows[self.named[self._owner[self._clause_rows]]]
        )

    def matching(self, gates: list[tuple[list[list[Term]], int]], allowed: Allowed) -> np.ndarray:
        """Positions of all passages that hold what the query asks for (`index.query.gates`), sorted."""
        rows = self.lexical_index.matching(
            gates,
            documents=allowed.documents,
            kinds=allowed.kinds,
            required=allowed.required,
            excluded=allowed.excluded,
            roles=allowed.roles,
        )
        return np.sort(self._position[rows])

    def _nearest(self, vector: np.ndarray | None, limit: int, allowed: Allowed) -> np.ndarray:
        """Positions of the passages that are near the query, by themselves or by one of their clauses."""
        if vector is None:
            return np.empty(0, np.int64)
        rows, _ = self.passages.search(vector, limit, allowed.rows)
        clauses, _ = self.clauses.search(vector, 2 * limit, allowed.clauses)
        return np.union1d(self._position[rows], self._owner[clauses])

    def cosines(self, vector: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Exact dense scores.

        Args:
            vector: the query's, float32 (dims,).
            positions: of the candidates, int64 (n,), each once.

        Returns:
            The passage's own cosine and its best clause's, float64 (n,) each, and that clause's row, int64 (n,), -1 for
            a passage without clauses.
        """
        whole = self.passages.scores(vector, self.rows[positions])
        first, last = self._clause_starts[positions], self._clause_starts[positions + 1]
        counts = last - first
        # Clauses lie in the order of their passages, so those of the candidates are runs of one array.
        runs = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
        rows = self._clauses_in_order[runs]
        scores = self.clauses.scores(vector, rows)
        owners = np.repeat(np.arange(len(positions)), counts)
        best = whole.copy()
        best_clause = np.full(len(positions), -1, np.int64)
        if len(scores):
            held = np.flatnonzero(counts)
            best[held] = np.maximum.reduceat(scores, (np.cumsum(counts) - counts)[held])
            where = np.flatnonzero(scores == best[owners])[::-1]  # the first of equal ones is written last
            best_clause[owners[where]] = rows[where]
        return whole, best, best_clause
