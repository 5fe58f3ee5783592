"""Measuring rows: on the held-out part while training, on the benchmarks and the gold reports afterwards."""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.pairs import CLAUSE_SHARE, Item, Material
from training.sources import WRITTEN

__all__ = ["benchmark", "best_of_each", "held_out_scores", "ranking_scores"]


def ranking_scores(ranks: np.ndarray) -> dict[str, float]:
    """Recall@10, nDCG@10 and MRR@10 of single right answers.

    Args:
        ranks: of the right answer, 0 for the first place.
    """
    found = ranks < 10
    return {
        "n": len(ranks),
        "recall@10": float(found.mean()),
        "ndcg@10": float(np.where(found, 1 / np.log2(ranks + 2), 0).mean()),
        "mrr@10": float(np.where(found, 1 / (ranks + 1), 0).mean()),
    }


def _pool(texts: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    vectors = np.stack([rows[ids].sum(axis=0) if len(ids) else np.zeros(rows.shape[1], rows.dtype) for ids in texts])
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def best_of_each(scores: np.ndarray, owner: np.ndarray, passages: int) -> np.ndarray:
    """Scores of passages from those of their clauses, (queries, clauses), the best of each passage."""
    best = np.full((passages, len(scores)), -1.0, dtype=np.float32)
    np.maximum.at(best, owner, scores.T)
    return best.T


def _ranks(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    own = scores[np.arange(len(target)), target]
    return (scores > own[:, None]).sum(axis=1)


def held_out_scores(
    material: Material, rows: np.ndarray, clause_share: float = CLAUSE_SHARE
) -> dict[str, dict[str, float]]:
    """Scores by kind of query on the held-out written data.

    Held-out queries choose among all held-out passages and the training passages of the same sources.

    Args:
        material: with both parts.
        rows: (pieces, dims).
        clause_share: of the best clause in a passage's score.
    """
    held: list[Item] = [item for name in WRITTEN for item in material.held.get(name, [])]
    known = {id(item) for item in held}
    others = [item for name in WRITTEN for item in material.train.get(name, []) if id(item) not in known]
    items = [*held, *others]
    passages = _pool([item.with_context for item in items], rows)
    clauses = _pool([clause for item in items for clause in item.clauses or [item.passage]], rows)
    owner = np.asarray([i for i, item in enumerate(items) for _ in item.clauses or [item.passage]])
    kinds, texts, target = [], [], []
    for i, item in enumerate(held):
        for query in item.queries:
            twice = query.kind in ("paraphrase", "topic")
            kinds += [query.kind, "without diacritics"] if twice else [query.kind]
            texts += [query.forms[0], query.plain] if twice else [query.forms[0]]
            target += [i, i] if twice else [i]
    if not texts:
        return {}
    asked = _pool(texts, rows)
    scores = asked @ passages.T * (1 - clause_share) + best_of_each(asked @ clauses.T, owner, len(items)) * clause_share
    ranks = _ranks(scores, np.asarray(target))
    labels = np.asarray(kinds)
    sections = np.asarray(["section" if held[t].group else "passage" for t in target])
    table = {"all": ranking_scores(ranks)}
    for kind in sorted(set(kinds)):
        table[kind] = ranking_scores(ranks[labels == kind])
    for name in ("section", "passage"):
        if (sections == name).any():
            table[f"of a {name}"] = ranking_scores(ranks[sections == name])
    return table


def _lines(path: Path) -> list[dict]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


Encode = Callable[[list[str]], np.ndarray]


def benchmark(folder: Path, passages: Encode, queries: Encode) -> dict[str, float]:
    """Scores on one benchmark: ``corpus.jsonl.xz``, ``queries.jsonl.xz``, ``qrels.tsv``."""
    corpus, asked = _lines(folder / "corpus.jsonl.xz"), _lines(folder / "queries.jsonl.xz")
    place = {row["_id"]: i for i, row in enumerate(corpus)}
    relevant: dict[str, set[int]] = defaultdict(set)
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, passage, score = line.split("\t")
        if float(score) > 0:
            relevant[query].add(place[passage])
    asked = [row for row in asked if relevant[row["_id"]]]
    vectors = passages([f"{row.get('title') or ''}\n{row['text']}".strip() for row in corpus])
    scores = queries([row["text"] for row in asked]) @ vectors.T
    order = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    ndcg, recall, mrr = [], [], []
    for row, top in zip(asked, order, strict=True):
        right = relevant[row["_id"]]
        hits = np.array([i in right for i in top])
        ideal = (1 / np.log2(np.arange(min(10, len(right))) + 2)).sum()
        ndcg.append((hits / np.log2(np.arange(len(hits)) + 2)).sum() / ideal)
        recall.append(hits.sum() / min(10, len(right)))
        mrr.append(1 / (hits.argmax() + 1) if hits.any() else 0.0)
    mean = {"ndcg@10": ndcg, "recall@10": recall, "mrr@10": mrr}
    return {"n": len(asked), **{name: float(np.mean(values)) for name, values in mean.items()}}
