"""Quality and speed of the search on the gold queries, mode by mode.

usage: retrieval.py [--shared FOLDER] [--model NAME] [--documents gold|all] [--worst N] [--keep FOLDER]

Only the three gold documents are in the index (``--documents all`` takes the five seeds, for latency). Scored by
SHARED/tools/score_retrieval.py; latency is measured inside the process, one query at a time, after a warm-up, and set
against the libraries alone: the query encoded, one tantivy search for its syllables, two FAISS searches, no ranking and
no hits made of them. At the end stands what is left of hybrid nDCG@10 where the same queries are typed without marks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.build import ingest_paths
from index.encode import load_encoder
from index.evaluation import Topic, evaluate, read_queries
from index.hits import MODES
from index.search import DEPTH, Searcher, open_index
from index.segment import fold
from index.snapshot import open_generation

GOLD = {
    "tamduong": "000_fc7403f0804dce4b.txt",
    "muongte": "001_7403cd4725ee3072.txt",
    "laichau": "003_3835c3cb13c1955a.txt",
}


def queries(shared: Path) -> list[dict]:
    """The gold queries, each line once."""
    lines = [
        line for name in GOLD for line in (shared / "gold" / f"{name}.queries.jsonl").read_text("utf-8").splitlines()
    ]
    return [json.loads(line) for line in lines if line.strip()]


def run(searcher: Searcher, rows: list[dict], mode: str, limit: int, target: Path) -> tuple[list[float], list[float]]:
    """Answer every query and write the hits; wall and CPU milliseconds of each."""
    walls, cpus = [], []
    with target.open("w", encoding="utf-8") as out:
        for row in rows:
            wall, cpu = time.perf_counter(), time.process_time()
            result = searcher.search(row["query"], limit=limit, mode=mode)
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
            hits = [hit.to_json() for hit in result.hits]
            out.write(json.dumps({"qid": row["qid"], "query": row["query"], "hits": hits}, ensure_ascii=False) + "\n")
    return walls, cpus


def libraries_alone(index: Path, model: str | None, rows: list[dict]) -> list[float]:
    """Wall milliseconds of each query in tantivy and FAISS on the same files, without anything of ours in between."""
    import faiss
    import tantivy

    folder, manifest = open_generation(index)
    built = manifest.model["name"] if manifest.model and not manifest.model["default"] else None
    encoder = load_encoder(model or built)
    words = tantivy.Index.open(str(folder / "lexical"))
    searcher, query_of = words.searcher(), tantivy.Query
    vectors = [faiss.read_index(str(folder / name)) for name in ("passages.faiss", "clauses.faiss")]
    walls = []
    for row in rows[:5] + rows:
        wall = time.perf_counter()
        terms = [query_of.term_query(words.schema, "folded", fold(w)) for w in row["query"].split()]
        searcher.search(query_of.boolean_query([(tantivy.Occur.Should, term) for term in terms]), DEPTH)
        vector = encoder.encode_queries([row["query"]])
        for index_of in vectors:
            index_of.search(vector, DEPTH)
        walls.append((time.perf_counter() - wall) * 1000)
    return walls[5:]


def score(shared: Path, hits: Path, *options: str) -> str:
    """The scorer's table."""
    tool = shared / "tools" / "score_retrieval.py"
    gold = [str(shared / "gold" / f"{name}.queries.jsonl") for name in GOLD]
    command = [sys.executable, str(tool), str(hits), *gold, "--documents", str(shared / "seeds"), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def without_marks(searcher: Searcher, shared: Path) -> tuple[float, float]:
    """Hybrid nDCG@10 of the gold queries that are Vietnamese with marks, as written and typed without them."""
    qrels = read_queries([shared / "gold" / f"{name}.queries.jsonl" for name in GOLD])
    written = [topic for topic in qrels.topics if topic.kind not in ("english", "nodiacritics")]
    plain = [replace(topic, text=fold(topic.text)) for topic in written]

    def ndcg(topics: list[Topic]) -> float:
        report = evaluate(searcher, replace(qrels, topics=tuple(topics)), documents=shared / "seeds")
        return report.summaries()["all"].means["ndcg"]

    return ndcg(written), ndcg(plain)


def main() -> int:
    """Ingest, search in each mode, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    parser.add_argument("--model")
    parser.add_argument("--documents", choices=("gold", "all"), default="gold")
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the index and the hits; a temporary one without it")
    args = parser.parse_args()
    rows = queries(args.shared)
    files = [args.shared / "seeds" / name for name in GOLD.values()]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = ingest_paths(
            files if args.documents == "gold" else [args.shared / "seeds"], folder / "index", model=args.model
        )
        print(f"{report.counts} in {report.seconds:.1f} s, model {report.model}")
        searcher = open_index(folder / "index", model=args.model)
        alone = float(np.percentile(libraries_alone(folder / "index", args.model, rows), 50))
        print(f"tantivy and FAISS alone: p50 {alone:.1f} ms")
        for mode in MODES:
            target = folder / f"{mode}.jsonl"
            for row in rows[:5]:
                searcher.search(row["query"], mode=mode)
            walls, cpus = run(searcher, rows, mode, 10, target)
            print(f"\n== {mode}: p50 {np.percentile(walls, 50):.1f} ms, p95 {np.percentile(walls, 95):.1f} ms", end="")
            print(f" (CPU p50 {np.percentile(cpus, 50):.1f}, p95 {np.percentile(cpus, 95):.1f})", end="")
            print(f", {np.percentile(walls, 50) / alone:.1f} × the libraries alone")
            if args.documents == "gold":
                print(score(args.shared, target, "--worst", str(args.worst)))
        if args.documents == "gold":
            marked, plain = without_marks(searcher, args.shared)
            print(f"the same queries without marks: nDCG@10 {plain:.3f} for {marked:.3f}, {plain / marked:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
