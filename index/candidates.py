"""Filters, the two searches, and exact scores of both kinds for every candidate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.catalogue import Catalogue
from index.fusion import FusionSettings
from index.hits import Filters
from index.lexical import LexicalIndex, Term
from index.records import document_years
from index.segment import fold
from index.vectors import VectorIndex
from ingest.document import Metadata


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the filters leave: documents and kinds for tantivy, rows for FAISS; None where nothing is filtered."""

    documents: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    clauses: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates by position (order of passage ids) with their scores; `total` counts all that match."""

    positions: np.ndarray
    scores: np.ndarray
    total: int


class DocumentTable:
    """What filters and facets need to know of every document, in memory.

    Args:
        heads: as `Catalogue.document_heads` gives them.
    """

    def __init__(self, heads: list[dict[str, Any]]) -> None:
        self.ids = [head["id"] for head in heads]
        self.codes = {document: code for code, document in enumerate(self.ids)}
        self.metadata = [Metadata(**head["metadata"]) for head in heads]
        self.sources = [head["source"] for head in heads]
        self.years = [document_years(meta) for meta in self.metadata]
        self._places = [
            tuple(fold(p) for p in (meta.place, meta.province) if p) for meta in self.metadata
        ]

    def matching(self, filters: Filters) -> list[int]:
        """Codes of the documents that pass the filters; a place also matches by its bare name or its province."""
        wanted = [fold(place).strip() for place in filters.places]
        return [
            code
            for code, document in enumerate(self.ids)
            if (not filters.documents or document in filters.documents)
            and (not filters.years or not set(filters.years).isdisjoint(self.years[code]))
            and (not wanted or any(f" {w} " in f" {p} " for w in wanted for p in self._places[code]))
        ]


class Retriever:
    """The caches of one generation behind three questions: what is allowed, which words match, what means the same.

    Args:
        folder: the generation.
        catalogue: its catalogue.
        documents: its documents.
    """

    def __init__(self, folder: Path, catalogue: Catalogue, documents: DocumentTable) -> None:
        index = catalogue.passage_index()
        kinds = sorted({kind for *_, kind in index})
        self.kinds = kinds
        self.ids = [passage for _, passage, _, _ in index]
        self.rows = np.array([row for row, *_ in index], np.int64)
        self.documents = np.array([documents.codes[d] for _, _, d, _ in index], np.int64)
        self.kind_codes = np.array([kinds.index(kind) for *_, kind in index], np.int64)
        self._position = np.full(int(self.rows.max(initial=0)) + 1, -1, np.int64)
        self._position[self.rows] = np.arange(len(self.rows))
        owners = np.array(catalogue.clause_owners(), np.int64).reshape(-1, 2)
        self._clause_rows = owners[:, 0]
        self._owner = np.full(int(self._clause_rows.max(initial=0)) + 1, -1, np.int64)
        self._owner[self._clause_rows] = self._position[owners[:, 1]]
        self._table = documents
        self.lexical_index = LexicalIndex(folder / "lexical")
        self.passages = VectorIndex(folder / "passages.faiss")
        self.clauses = VectorIndex(folder / "clauses.faiss")

    def allowed(self, filters: Filters) -> Allowed:
        """What the filters leave."""
        documents = kinds = None
        keep = np.ones(len(self.rows), bool)
        if filters.documents or filters.years or filters.places:
            codes = self._table.matching(filters)
            keep &= np.isin(self.documents, codes)
            documents = tuple(self._table.ids[code] for code in codes)
        if filters.kinds:
            kinds = tuple(filters.kinds)
            keep &= np.isin(self.kind_codes, [self.kinds.index(k) for k in kinds if k in self.kinds])
        if documents is None and kinds is None:
            return Allowed()
        clauses = self._clause_rows[keep[self._owner[self._clause_rows]]]
        return Allowed(documents, kinds or (), self.rows[keep], clauses)

    def lexical(self, terms: list[Term], limit: int, allowed: Allowed) -> Scored:
        """Passages with at least one of the terms, best first."""
        rows, scores, total = self.lexical_index.search(
            terms, limit=limit, documents=allowed.documents, kinds=allowed.kinds
        )
        return Scored(self._position[rows], scores, total)

    def matching(self, terms: list[Term], allowed: Allowed) -> np.ndarray:
        """Positions of all passages with at least one of the terms."""
        rows = self.lexical_index.rows_with(terms, documents=allowed.documents, kinds=allowed.kinds)
        return self._position[rows]

    def nearest(self, vector: np.ndarray, limit: int, allowed: Allowed) -> np.ndarray:
        """Positions of the passages that are near the query, by themselves or by one of their clauses."""
        rows, _ = self.passages.search(vector, limit, allowed.rows)
        clauses, _ = self.clauses.search(vector, 2 * limit, allowed.clauses)
        return np.union1d(self._position[rows], self._owner[clauses])

    def cosines(self, vector: np.ndarray, positions: np.ndarray, settings: FusionSettings) -> tuple[np.ndarray, np.ndarray]:
        """Exact dense scores.

        Args:
            vector: the query's, float32 (dims,).
            positions: of the candidates, int64 (n,), each once.
            settings: for the share of the best clause.

        Returns:
            The mix of the passage's cosine with its best clause's, float64 (n,), and that clause's row, int64 (n,).
        """
        place = np.full(len(self.rows), -1, np.int64)
        place[positions] = np.arange(len(positions))
        whole = np.zeros(len(positions))
        rows, scores = self.passages.search(vector, len(positions), self.rows[positions])
        whole[place[self._position[rows]]] = scores
        best = whole.copy()
        best_clause = np.full(len(positions), -1, np.int64)
        mine = self._clause_rows[place[self._owner[self._clause_rows]] >= 0]
        rows, scores = self.clauses.search(vector, len(mine), mine)
        owners = place[self._owner[rows]]
        # Best first, so the first clause of each passage is its best one.
        first, where = np.unique(owners, return_index=True)
        best[first] = scores[where]
        best_clause[first] = rows[where]
        share = settings.clause_share
        return (1 - share) * whole + share * best, best_clause
