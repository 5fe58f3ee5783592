"""Candidates → one ranking: the scores of both halves, mixed, with what explains each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.candidates import Allowed, Retriever
from index.fusion import FusionSettings, order, scaled_dense, scaled_lexical
from index.query import Query, Weights, gates, terms


@dataclass(frozen=True, slots=True)
class Ranking:
    """Positions, best first, with scores and what explains each; `found` are the positions of every match."""

    positions: np.ndarray
    scores: np.ndarray
    parts: dict[str, np.ndarray]
    found: np.ndarray


class Ranker:
    """Ranks what the retriever brings.

    Args:
        retriever: of the generation.
        weights: of the lexical terms.
        fusion: how the halves are mixed.
    """

    def __init__(self, retriever: Retriever, weights: Weights, fusion: FusionSettings) -> None:
        self._retriever = retriever
        self._weights = weights
        self._fusion = fusion

    def rank(self, query: Query, vector: np.ndarray | None, depth: int, mode: str, allowed: Allowed) -> Ranking:
        """Everything that was found, best first.

        Args:
            query: analysed.
            vector: the query's, float32 (dims,); None searches by words alone.
            depth: candidates that each half brings at least.
            mode: "hybrid", "lexical" or "dense".
            allowed: what the filters leave.
        """
        wanted = terms(query, self._weights) if mode != "dense" else []
        positions, bm25 = self._retriever.candidates(wanted, vector, depth, allowed)
        matching = self._retriever.matching(gates(query), allowed) if mode != "dense" else positions[:0]
        words = scaled_lexical(bm25)
        parts = {"lexical": words, "bm25": bm25}
        scores, kept = words, np.isin(positions, matching) | (words >= self._fusion.kept)
        if vector is not None:
            cosines, _ = self._retriever.cosines(vector, positions, self._fusion)
            meaning = scaled_dense(cosines, float(vector @ self._retriever.mean))
            share = 1.0 if mode == "dense" else self._fusion.share(query.kind)
            scores = (1 - share) * words + share * meaning
            kept |= meaning >= self._fusion.kept
            parts = (
                {**parts, "dense": meaning, "cosine": cosines}
                if mode != "dense"
                else {"dense": meaning, "cosine": cosines}
            )
            if mode == "hybrid" and not bm25.any() and cosines.max(initial=0.0) < self._fusion.nothing:
                return Ranking(positions[:0], scores[:0], {}, positions[:0])
        if not kept.any():
            kept[:] = True  # better something that matches in part than nothing
        scores = scores * self._retriever.standing[positions]
        scores = scores * self._retriever.understand(query).factors[self._retriever.documents[positions]]
        found = np.union1d(matching, positions[kept])
        positions, scores = positions[kept], scores[kept]
        best = order(scores, positions)
        return Ranking(positions[best], scores[best], {k: v[kept][best] for k, v in parts.items()}, found)


def listing(positions: np.ndarray) -> Ranking:
    """All of these passages as they stand, for a query that only filters; int64 (n,)."""
    return Ranking(positions, np.zeros(len(positions)), {}, positions)
