"""What a searcher answered: for each query its hits in rank order, and how long that took."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from index.evaluation.qrels import BEIR, Found, Qrels, Topic
from index.grouping import Shape
from index.report import Progress

if TYPE_CHECKING:
    from index.hits import SearchResult
    from index.search import Searcher

WARM_UP = 5
"""Queries that are answered once before the clock counts."""

_EACH = Shape(duplicates=False)
"""In the BEIR form a document that says the same as another is an answer of its own."""

_DEEPEST = 16  # times k: how far down a BEIR document may hide behind passages of others


@dataclass(frozen=True, slots=True)
class Run:
    """The answers of one searcher.

    Attributes:
        hits: query id → hits, best first.
        took_ms: query id → wall milliseconds of its search; empty where nothing was timed.
        mode: how it really searched ("hybrid", "lexical", "dense", or a name of a peer).
        degraded: None, or one sentence saying what was asked and could not run.
    """

    hits: Mapping[str, Sequence[Found]]
    took_ms: Mapping[str, float] = field(default_factory=dict)
    mode: str = ""
    degraded: str | None = None

    @staticmethod
    def from_scores(scores: Mapping[str, Mapping[str, float]], mode: str = "") -> Run:
        """A run of document ids with scores; equal scores are ordered as trec_eval does, by id, the later first."""
        ranked = {
            qid: tuple(Found(name) for name, _ in sorted(row.items(), key=lambda x: (x[1], x[0]), reverse=True))
            for qid, row in scores.items()
        }
        return Run(ranked, mode=mode)

    def milliseconds(self, percent: float) -> float | None:
        """A percentile of the times."""
        return float(np.percentile(list(self.took_ms.values()), percent)) if self.took_ms else None


def search_all(
    searcher: Searcher, qrels: Qrels, *, k: int = 10, mode: str = "hybrid", progress: Progress | None = None
) -> Run:
    """Ask every query that can be scored, one at a time, timed.

    Args:
        searcher: an open index.
        qrels: the queries.
        k: hits that count; in the BEIR form documents that count (more passages are asked for where they share one).
        mode: "hybrid", "lexical" or "dense".
        progress: called with ("search", done, total).

    Raises:
        UsageError: an unknown mode.
    """
    topics = qrels.scored
    shape = _EACH if qrels.form == BEIR else Shape()
    for topic in topics[:WARM_UP]:
        searcher.search(topic.text, limit=k, mode=mode, shape=shape)
    hits: dict[str, tuple[Found, ...]] = {}
    took: dict[str, float] = {}
    ran, degraded = mode, None
    for done, topic in enumerate(topics, 1):
        started = time.perf_counter()
        result = searcher.search(topic.text, limit=k, mode=mode, shape=shape)
        took[topic.qid] = (time.perf_counter() - started) * 1000
        ran, degraded = result.mode, result.degraded
        hits[topic.qid] = _documents(searcher, topic, result, k, mode) if qrels.form == BEIR else _found(result)
        if progress:
            progress("search", done, len(topics))
    return Run(hits, took, ran, degraded)


def _found(result: SearchResult) -> tuple[Found, ...]:
    return tuple(Found(hit.source, hit.text) for hit in result.hits)


def _documents(searcher: Searcher, topic: Topic, result: SearchResult, k: int, mode: str) -> tuple[Found, ...]:
    """Hits without their text, deep enough that `k` documents are among them."""
    limit = k
    while len({hit.source for hit in result.hits}) < k and len(result.hits) == limit and limit < _DEEPEST * k:
        limit *= 4
        result = searcher.search(topic.text, limit=limit, mode=mode, shape=_EACH)
    return tuple(Found(hit.source) for hit in result.hits)
