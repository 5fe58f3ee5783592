"""Candidates → one ranking: the scores of both halves, mixed, the best ordered anew, with what explains each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from index.candidates import Allowed, Retriever
from index.features import Measure, wanted
from index.fusion import FusionSettings, order, reciprocal_ranks, scaled_dense, scaled_lexical
from index.query import Query, Weights, gates, terms
from index.rank_model import RankModel
from index.rerank import RERANKED, Reranker
from index.soft import SoftMatcher

_LIFT = 3.0  # a document's factor counts in the odds of its passages: 1.15 moves a middling score by a tenth


@dataclass(frozen=True, slots=True)
class Ranking:
    """Everything that was found, best first.

    Attributes:
        positions: int64 (n,).
        scores: float64 (n,), 0 to 1.
        parts: name of a score → float64 (n,): what explains each hit.
        found: positions of every match, ranked or not.
        clauses: row of the clause that comes nearest to the query, int64 (n,), -1 for none; None by words alone.
        contributions: what each measurement added to the learnt score, for the first so many; empty where it did not
            run.
        likeliest: the learnt ranker's highest probability, before documents and places weigh in; None where there is no
            judging by it (`Ranker.rank`).
    """

    positions: np.ndarray
    scores: np.ndarray
    parts: dict[str, np.ndarray]
    found: np.ndarray
    clauses: np.ndarray | None = None
    contributions: dict[str, np.ndarray] = field(default_factory=dict)
    likeliest: float | None = None

    def followed_by(self, deeper: Ranking) -> Ranking:
        """This ranking, and behind it what was found and only a deeper search could rank; found stays as it is."""
        new = np.isin(deeper.positions, self.found) & ~np.isin(deeper.positions, self.positions)
        floor = float(self.scores[-1]) if len(self.scores) else 1.0

        def joined(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: np.concatenate([part, second[name][new]]) for name, part in first.items()}

        clauses = None
        if self.clauses is not None and deeper.clauses is not None:
            clauses = np.concatenate([self.clauses, deeper.clauses[new]])
        return Ranking(
            np.concatenate([self.positions, deeper.positions[new]]),
            np.concatenate([self.scores, np.minimum(deeper.scores[new], floor)]),
            joined(self.parts, deeper.parts),
            self.found,
            clauses,
            joined(self.contributions, deeper.contributions),
            self.likeliest,
        )


@dataclass(frozen=True, slots=True)
class _Dense:
    """The dense half of the candidates, float64 (n,) each: scaled score, cosines, background; clause rows, int64."""

    meaning: np.ndarray
    whole: np.ndarray
    clause: np.ndarray
    background: float
    rows: np.ndarray


class Ranker:
    """Ranks what the retriever brings.

    Args:
        retriever: of the generation.
        weights: of the lexical terms.
        fusion: how the halves are mixed.
        soft: matches word by word; None where the index was built with pieces of another model: then the halves are
            mixed by their weights alone.
        model: the learnt weights.
        reranker: a cross-encoder that has the last word on the first of them; None for none.
    """

    def __init__(
        self,
        retriever: Retriever,
        weights: Weights,
        fusion: FusionSettings,
        soft: SoftMatcher | None,
        model: RankModel,
        reranker: Reranker | None = None,
    ) -> None:
        self._retriever = retriever
        self._weights = weights
        self._fusion = fusion
        self._soft = soft
        self._model = model
        self._reranker = reranker
        named = retriever.named
        self._odds = np.where(named, 1.0, fusion.odds_of(int((~named).sum())) if retriever.mixed else 1.0)
        self._learns = soft is not None and fusion.method == "learned"

    @property
    def ids(self) -> list[str]:
        """Passage ids by position."""
        return self._retriever.ids

    def rank(self, query: Query, vector: np.ndarray | None, depth: int, mode: str, allowed: Allowed) -> Ranking:
        """Everything that was found, best first.

        Args:
            query: analysed.
            vector: the query's, float32 (dims,); None searches by words alone.
            depth: candidates that each half brings at least.
            mode: "hybrid", "lexical" or "dense".
            allowed: what the filters leave.
        """
        wanted_terms = terms(query, self._weights) if mode != "dense" else []
        positions, bm25 = self._retriever.candidates(wanted_terms, vector, depth, allowed)
        matching = self._retriever.matching(gates(query), allowed) if mode != "dense" else positions[:0]
        words = scaled_lexical(bm25, self._retriever.named[positions])
        kept = np.isin(positions, matching) | (words >= self._fusion.kept)
        dense = self._dense(vector, positions) if vector is not None else None
        if dense is None:
            scores, parts = words, {"lexical": words, "bm25": bm25}
        else:
            kept |= dense.meaning >= self._fusion.kept
            nearest = max(dense.whole.max(initial=0.0), dense.clause.max(initial=0.0))
            if mode == "hybrid" and not bm25.any() and nearest < self._fusion.nothing:
                return Ranking(positions[:0], words[:0], {}, positions[:0])
            scores = dense.meaning if mode == "dense" else self._mixed(query, words, dense.meaning)
            parts = {"dense": dense.meaning, "cosine": self._cosine(dense)}
            if mode == "hybrid":
                parts = {"lexical": words, "bm25": bm25, **parts}
        if not kept.any():
            kept[:] = True  # better something that matches in part than nothing
        contributions: dict[str, np.ndarray] = {}
        likeliest = None
        # A document number is looked for by its letter; the learnt ranker, made for themes, would blur it.
        if mode == "hybrid" and dense is not None and self._learns and query.kind != "docref":
            scores, contributions = self._learned(query, positions, words, dense, np.where(kept, scores, -1.0))
            likeliest = self._likeliest(scores[kept], positions[kept], allowed)
        if self._reranker is not None and query.kind != "docref":
            scores, parts["rerank"] = self._reranked(self._reranker, query, positions, np.where(kept, scores, -1.0))
        scores = scores * self._retriever.standing[positions]
        places = self._retriever.understand(query).factors[self._retriever.documents[positions]]
        scores = _lifted(scores, places**_LIFT * self._odds[positions])
        best = np.flatnonzero(kept)[order(scores[kept], positions[kept])]
        return Ranking(
            positions[best],
            scores[best],
            {name: part[best] for name, part in parts.items()},
            np.union1d(matching, positions[kept]),
            dense.rows[best] if dense is not None else None,
            {name: part[best] for name, part in contributions.items()},
            likeliest,
        )

    def _dense(self, vector: np.ndarray, positions: np.ndarray) -> _Dense:
        whole, clause, rows = self._retriever.cosines(vector, positions)
        background = float(vector @ self._retriever.mean)
        share = self._fusion.clause_share
        meaning = scaled_dense((1 - share) * whole + share * clause, background, self._retriever.named[positions])
        return _Dense(meaning, whole, clause, background, rows)

    def _cosine(self, dense: _Dense) -> np.ndarray:
        return (1 - self._fusion.clause_share) * dense.whole + self._fusion.clause_share * dense.clause

    def _mixed(self, query: Query, words: np.ndarray, meaning: np.ndarray) -> np.ndarray:
        if self._fusion.method == "rrf":
            return reciprocal_ranks(words, meaning)
        share = self._fusion.share(query.kind)
        return (1 - share) * words + share * meaning

    def _learned(
        self, query: Query, positions: np.ndarray, words: np.ndarray, dense: _Dense, mixed: np.ndarray
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The best of the mix in the order of the learnt ranker, all others behind them.

        Returns:
            Scores, 0 to 1, and contributions by name, float64 (n,) each.
        """
        first = self._first(mixed, positions)
        named = self._retriever.named[positions[first]]
        added = self._model.contributions(query.kind, self._measured(query, positions, words, dense, first), named)
        learned = self._model.probability(added.sum(axis=0), named)
        scores = mixed * float(learned.min(initial=1.0))
        scores[first] = learned
        contributions = {name: np.zeros(len(positions)) for name in self._model.features}
        for name, part in zip(self._model.features, added, strict=True):
            contributions[name][first] = part
        return scores, contributions

    def _likeliest(self, scores: np.ndarray, positions: np.ndarray, allowed: Allowed) -> float | None:
        """The highest of the learnt scores, where it tells whether the documents answer the query at all.

        None where a quoted phrase was found as asked, which is an answer; where documents of no office are among them,
        whose scores say less; and where a cross-encoder has the last word.
        """
        if allowed.required or self._reranker is not None or not self._retriever.named[positions].all():
            return None
        return float(scores.max(initial=0.0))

    def _first(self, mixed: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Numbers of the candidates that the learnt ranker looks at, sorted: as many of offices as of others."""
        best, named = order(mixed, positions), self._retriever.named[positions]
        depth = self._fusion.learned_depth
        return np.sort(np.concatenate([best[named[best]][:depth], best[~named[best]][:depth]]))

    def _reranked(
        self, reranker: Reranker, query: Query, positions: np.ndarray, scores: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best in the order of the cross-encoder, all others behind them; and its own scores, 0 for the others."""
        first = order(scores, positions)[:RERANKED]
        judged = np.zeros(len(positions))
        judged[first] = reranker.scores(query.meaning, positions[first])
        behind = np.clip(scores, 0.0, None) * float(judged[first].min(initial=1.0))
        behind[first] = judged[first]
        return behind, judged

    def _measured(
        self, query: Query, positions: np.ndarray, words: np.ndarray, dense: _Dense, first: np.ndarray
    ) -> dict[str, np.ndarray]:
        """All that the learnt ranker looks at, for the candidates numbered in `first`."""
        assert self._soft is not None
        forward = self._retriever.forward
        soft = self._soft.features(self._soft.query(query.meaning), forward, positions[first])
        return {
            "lexical": words[first],
            "dense": dense.meaning[first],
            "whole": dense.whole[first] - dense.background,
            "clause": dense.clause[first] - dense.background,
            **soft,
            **Measure(forward, wanted(query, forward), positions[first]).features(),
        }

    def examples(self, query: Query, vector: np.ndarray, depth: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """What the learnt ranker would be shown for a query: for its training.

        Args:
            query: analysed.
            vector: the query's, float32 (dims,).
            depth: candidates that each half brings at least.

        Returns:
            Positions, int64 (n,), the best of the mix first, and the measurements by name, float64 (n,) each.
        """
        positions, bm25 = self._retriever.candidates(terms(query, self._weights), vector, depth, Allowed())
        words, dense = scaled_lexical(bm25, self._retriever.named[positions]), self._dense(vector, positions)
        first = order(self._mixed(query, words, dense.meaning), positions)[: self._fusion.learned_depth]
        return positions[first], self._measured(query, positions, words, dense, first)


def listing(positions: np.ndarray) -> Ranking:
    """All of these passages as they stand, for a query that only filters; int64 (n,)."""
    return Ranking(positions, np.zeros(len(positions)), {}, positions)


def _lifted(scores: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Scores between 0 and 1 with their odds multiplied: never above 1, and among equal factors in the same order."""
    if (factors == 1.0).all():
        return scores
    below = 0.99 * scores  # the best of a half is 1 by construction: its odds must have room for a factor
    odds = below / (1 - below) * factors
    return odds / (1 + odds)
