"""Two rankings → one: a weighted sum of scores brought to one scale, with weights by kind of query.

Equal weights can lose against the better half alone (published for Vietnamese
law: 0.865 → 0.821), so the weights are measured per kind on held-out queries
(`benchmarks/tune_fusion.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """How scores are mixed.

    Attributes:
        method: "learned" (the mix, its best ordered by the learnt ranker), "weighted" (the mix alone) or "rrf"
            (reciprocal rank fusion).
        learned_depth: how many of the mix's best the learnt ranker orders anew.
        clause_share: part of the best clause's cosine in a passage's dense score; the rest is the passage's own.
        dense_share: part of the dense score in the mix, by kind of query ("*" for all others).
        kept: scaled score of either half from which a passage counts as found though too few of the query's words
            stand in it.
        nothing: best cosine below which a query none of whose words stands anywhere has found nothing; keyboard
            mash stays under it with the shipped encoder, questions about the corpus in other words lie above.
        strangers: odds of a document that names neither its kind, nor an issuer, a number, a place or a period: a text
            that happens to lie beside documents of offices (a news item, a page of a book) comes behind one of these
            that says the same. Chosen by `benchmarks.strangers`.
        many: passages of such documents at which these odds hold (`odds_of`).
    """

    method: str = "learned"
    learned_depth: int = 40
    clause_share: float = 0.5
    dense_share: dict[str, float] = field(
        default_factory=lambda: {
            "*": 0.6,
            "docref": 0.2,
            "english": 0.7,
            "question": 0.65,
            "unmarked": 0.5,
            "number": 0.55,
        }
    )
    kept: float = 0.4
    nothing: float = 0.3
    strangers: float = 0.05
    many: int = 5000

    def share(self, kind: str) -> float:
        """The dense part for one kind of query."""
        return self.dense_share.get(kind, self.dense_share["*"])

    def odds_of(self, strangers: int) -> float:
        """Odds of passages of no office where there are so many of them, 1 at most.

        Four times as many strangers hold some that come nearer to a query by chance; what then weighs the two losses
        against each other are half the odds (measured at 5,000 and 20,000: docs/quality.md; fewer and more go by the
        same rule, unmeasured). The annex without letterhead among reports is then nearly one of them.
        """
        return min(1.0, self.strangers * math.sqrt(self.many / max(1, strangers)))


DEFAULT_FUSION = FusionSettings()
METHODS = ("learned", "weighted", "rrf")


def scaled_lexical(scores: np.ndarray, measure: np.ndarray | None = None) -> np.ndarray:
    """BM25 by the best candidate's: 1 for that one and whatever is better, 0 for what does not match.

    Args:
        scores: float64 (n,), of the candidates.
        measure: the candidates of which the best counts, bool (n,); None for all, as where none of them matches.
    """
    best = float(scores[measure].max(initial=0.0)) if measure is not None else 0.0
    best = best or float(scores.max(initial=0.0))
    return np.minimum(scores / best, 1.0) if best > 0 else np.zeros_like(scores)


def scaled_dense(cosines: np.ndarray, background: float, measure: np.ndarray | None = None) -> np.ndarray:
    """Cosines between the background of the collection (0) and the best candidate (1), cut at both.

    Args:
        cosines: float (n,), of the candidates.
        background: the cosine of a passage that has nothing to do with the query.
        measure: the candidates of which the best counts, bool (n,); None for all, as where all of them are strangers.
    """
    best = float(cosines[measure].max(initial=-1.0)) if measure is not None else -1.0
    if best <= background:
        best = float(cosines.max(initial=-1.0))
    if best <= background:
        return np.zeros(len(cosines))
    return np.clip((cosines - background) / (best - background), 0.0, 1.0)


def order(scores: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Indices that sort by score, best first; equal scores by position (which is the order of passage ids)."""
    return np.lexsort((positions, -np.round(scores, 9)))


def reciprocal_ranks(*scores: np.ndarray, k: int = 60) -> np.ndarray:
    """Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009), between 0 and 1.

    Args:
        scores: one array a ranking, float (n,); what has 0 or less stands in no place of it.
        k: damps the first ranks.
    """
    total = np.zeros(len(scores[0]))
    for ranking in scores:
        ranks = np.empty(len(ranking))
        ranks[np.argsort(-ranking, kind="stable")] = np.arange(1, len(ranking) + 1)
        total += np.where(ranking > 0, 1 / (k + ranks), 0.0)
    return total * (k + 1) / len(scores)
