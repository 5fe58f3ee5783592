"""Step 5: what the exported model scores, through the very code that searches.

Nothing here is looked at when data or settings are chosen: those are chosen on the held-out written data alone.
"""

from __future__ import annotations

import json
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.clauses import clauses
from index.encode import Encoder, load_encoder
from training.measure import benchmark, best_of_each

__all__ = ["evaluate"]


def evaluate(model: Path, shared: Path) -> dict[str, dict[str, float]]:
    """Measure a model folder.

    Args:
        model: a sentence-transformers folder.
        shared: the folder with ``data/benchmarks``, ``gold``, ``seeds`` and ``tools``; what is absent is passed over.

    Returns:
        Name of the measurement → scores.
    """
    encoder = load_encoder(str(model))
    table: dict[str, dict[str, float]] = {}
    for folder in sorted((shared / "data" / "benchmarks").glob("*/")):
        table[folder.name] = benchmark(folder, encoder.encode_passages, encoder.encode_queries)
    scorer = shared / "tools" / "score_retrieval.py"
    gold = sorted((shared / "gold").glob("*.queries.jsonl"))
    if scorer.is_file() and gold:
        for by_clause in (False, True):
            name = "reports, passages and clauses" if by_clause else "reports, passages"
            for kind, scores in reports(encoder, shared, gold, scorer, by_clause=by_clause).items():
                table[f"{name}: {kind}"] = scores
    return table


def reports(
    encoder: Encoder, shared: Path, gold: list[Path], scorer: Path, *, by_clause: bool
) -> dict[str, dict[str, float]]:
    """Scores of the gold queries over the gold reports, one line of the file a passage, this encoder alone.

    Args:
        encoder: what is measured.
        shared: has ``seeds``.
        gold: files of queries.
        scorer: ``score_retrieval.py``.
        by_clause: whether a passage's score is the mean of its own and of its best clause's.

    Returns:
        Kind of query → nDCG@10, recall, MRR, P@1.
    """
    queries = [json.loads(line) for path in gold for line in path.read_text(encoding="utf-8").splitlines() if line]
    names = sorted({query["source"] for query in queries})
    lines = [(name, line) for name in names for line in _passages(shared / "seeds" / name)]
    asked = encoder.encode_queries([query["query"] for query in queries])
    scores = asked @ encoder.encode_passages([text for _, text in lines]).T
    if by_clause:
        scores = (scores + _best_clauses(encoder, asked, [text for _, text in lines])) / 2
    order = np.argsort(-scores, axis=1, kind="stable")[:, :100]
    with tempfile.TemporaryDirectory() as folder:
        hits = Path(folder) / "hits.jsonl"
        with hits.open("w", encoding="utf-8") as out:
            for query, top in zip(queries, order, strict=True):
                found = [{"source": lines[i][0], "text": lines[i][1]} for i in top]
                out.write(json.dumps({"qid": query["qid"], "hits": found}, ensure_ascii=False) + "\n")
        return _scored(scorer, hits, gold, shared / "seeds")


def _passages(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if len(line.split()) >= 4:
            yield line.strip()


def _best_clauses(encoder: Encoder, asked: np.ndarray, passages: list[str]) -> np.ndarray:
    owners, texts = [], []
    for i, passage in enumerate(passages):
        for start, end in clauses(passage):
            owners.append(i)
            texts.append(passage[start:end])
    return best_of_each(asked @ encoder.encode_passages(texts).T, np.asarray(owners), len(passages))


def _scored(scorer: Path, hits: Path, gold: list[Path], documents: Path) -> dict[str, dict[str, float]]:
    module = runpy.run_path(str(scorer))
    answers = module["load_gold"](gold, documents)
    found = {row["qid"]: row["hits"] for row in map(json.loads, hits.read_text(encoding="utf-8").splitlines())}
    rows = module["score"](answers, found, 10)
    table: dict[str, list[dict]] = {"all": rows}
    for row in rows:
        table.setdefault(row["kind"], []).append(row)
    return {
        kind: {
            "n": len(of_kind),
            **{m: float(np.mean([r[m] for r in of_kind])) for m in ("ndcg", "recall", "mrr", "p1")},
        }
        for kind, of_kind in table.items()
    }
