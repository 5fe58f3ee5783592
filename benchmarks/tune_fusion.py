"""Choose the weights of the lexical terms and of the mix, on held-out training queries only (never on gold).

usage: tune_fusion.py DATA_FOLDER [--part lexical|fusion|all] [--queries N]

The passages of DATA/training/report_sections.jsonl and register_paragraphs.jsonl are indexed as documents; queries are
those of the records that the encoder's training holds out (`training.sources.held_out`), so the dense half is not
flattered. Each query has one right passage; printed is the mean nDCG@10, which for one answer is 1 / log2(rank + 1).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from index.build import build_documents
from index.candidates import Allowed
from index.encode import load_encoder
from index.fusion import scaled_dense, scaled_lexical
from index.query import DEFAULT_WEIGHTS, Query, Weights, analyse, terms
from index.search import Searcher, open_index
from ingest.document import Document, Metadata, Passage
from training.sources import held_out

DEPTH = 200


def documents(folder: Path) -> tuple[list[Document], list[tuple[str, str, str]]]:
    """The training material as documents, and (query, kind, id of its passage) for what is held out."""
    made: list[Document] = []
    queries: list[tuple[str, str, str]] = []
    for line in (folder / "report_sections.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        meta = Metadata(doc_type="Báo cáo", title=f"Báo cáo năm {row['year']}", place=row["place"], period=row["year"])
        document = _document(row["id"], meta, tuple(row["heading"]), row["passages"])
        made.append(document)
        if held_out(row["id"]):
            queries += _queries(document, row["passages"])
    rows = [json.loads(x) for x in (folder / "register_paragraphs.jsonl").read_text(encoding="utf-8").splitlines()]
    for start in range(0, len(rows), 20):
        document = _document(f"R{start:05d}", Metadata(), (), rows[start : start + 20])
        made.append(document)
        kept = [(r, p) for r, p in zip(rows[start : start + 20], document.passages, strict=True) if held_out(r["id"])]
        queries += [(q["query"], q["kind"], p.id) for r, p in kept for q in r["queries"]]
    return made, queries


def _document(name: str, meta: Metadata, path: tuple[str, ...], rows: list[dict]) -> Document:
    sha = hashlib.sha256(name.encode()).hexdigest()
    passages, place = [], 0
    for i, row in enumerate(rows):
        text = row["passage"].replace("⟨chú thích⟩", " ")
        kind = {"footnote": "footnote", "table_row": "table_row"}.get(row.get("role", ""), "paragraph")
        passages.append(Passage(f"{sha[:12]}:p{i:05d}", kind, text, None, path, None, None, place, place + len(text)))
        place += len(text) + 1
    canonical = "\n".join(p.text for p in passages)
    return Document(sha[:12], name, sha, "text/plain", meta, (), tuple(passages), (), (), (), (), canonical)


def _queries(document: Document, rows: list[dict]) -> list[tuple[str, str, str]]:
    return [
        (q["query"], q["kind"], p.id) for row, p in zip(rows, document.passages, strict=True) for q in row["queries"]
    ]


def gain(positions: np.ndarray, scores: np.ndarray, answer: int) -> float:
    """1 / log2(rank + 1) of the answer, 0 behind rank 10."""
    best = np.lexsort((positions, -scores))[:10]
    found = np.flatnonzero(positions[best] == answer)
    return 1 / np.log2(found[0] + 2) if len(found) else 0.0


def lexical_score(searcher: Searcher, queries: list[tuple[Query, str, int]], weights: Weights) -> dict[str, float]:
    """Mean gain of the lexical half, by kind as our rules see it."""
    found: dict[str, list[float]] = {"all": []}
    for query, kind, answer in queries:
        positions, bm25 = searcher._retriever.candidates(terms(query, weights), None, DEPTH, Allowed())
        value = gain(positions, bm25, answer)
        found["all"].append(value)
        found.setdefault(kind, []).append(value)
    return {kind: round(float(np.mean(values)), 4) for kind, values in found.items()}


def tune_lexical(searcher: Searcher, queries: list[tuple[Query, str, int]]) -> None:
    """One weight at a time, over a few values, from the present defaults."""
    print("default", lexical_score(searcher, queries, DEFAULT_WEIGHTS))
    for name in (f.name for f in fields(Weights)):
        base = getattr(DEFAULT_WEIGHTS, name)
        for value in sorted({0.0, base / 2, base * 2}):
            weights = replace(DEFAULT_WEIGHTS, **{name: value})
            print(f"{name:10} {value:5.2f}", lexical_score(searcher, queries, weights), flush=True)


def tune_fusion(searcher: Searcher, queries: list[tuple[Query, str, int]]) -> None:
    """The dense share for each kind of query, and the clause share."""
    vectors = searcher._vectors([q for q, _, _ in queries], "hybrid")
    retriever = searcher._retriever
    table = []
    for (query, _, answer), vector in zip(queries, vectors, strict=True):
        if vector is None:
            continue
        positions, bm25 = retriever.candidates(terms(query), vector, DEPTH, Allowed())
        whole, clause, _ = retriever.cosines(vector, positions)
        table.append(
            (query.kind, positions, scaled_lexical(bm25), whole, clause, float(vector @ retriever.mean), answer)
        )
    shares = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    for clause_share in (0.0, 0.3, 0.5, 0.7, 1.0):
        for calibration in ("mean", "zero", "min"):
            by_kind: dict[str, list[list[float]]] = {"all": []}
            for kind, positions, words, whole, clause, mean, answer in table:
                cosines = (1 - clause_share) * whole + clause_share * clause
                background = {"mean": mean, "zero": 0.0, "min": float(cosines.min())}[calibration]
                meaning = scaled_dense(cosines, background)
                row = [gain(positions, (1 - s) * words + s * meaning, answer) for s in shares]
                by_kind["all"].append(row)
                by_kind.setdefault(kind, []).append(row)
            for kind, rows in sorted(by_kind.items()):
                means = np.mean(rows, axis=0)
                print(
                    f"clause {clause_share} {calibration:5} {kind:9} n={len(rows):4}",
                    " ".join(f"{m:.3f}" for m in means),
                    flush=True,
                )


def main() -> int:
    """Index, then try."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=("lexical", "fusion", "all"), default="all")
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--model")
    args = parser.parse_args()
    made, wanted = documents(args.data / "training")
    random.Random(7).shuffle(wanted)
    with tempfile.TemporaryDirectory() as folder:
        build_documents(made, Path(folder), load_encoder(args.model))
        searcher = open_index(folder)
        place = {identity: i for i, identity in enumerate(searcher._retriever.ids)}
        queries = [(analyse(q, searcher._thesaurus), kind, place[p]) for q, kind, p in wanted[: args.queries]]
        if args.part in ("lexical", "all"):
            tune_lexical(searcher, queries)
        if args.part in ("fusion", "all"):
            tune_fusion(searcher, queries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
