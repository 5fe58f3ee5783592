"""Public test sets: our three ways to search beside BM25 as bm25s computes it, nDCG@10.

usage: public_sets.py [--shared FOLDER] [--sets NAME...] [--queries N] [--keep FOLDER] [--model NAME] [--jobs N]
                      [--save FOLDER]

The sets are in SHARED/data/benchmarks, in the BEIR form; nothing was fitted to them (docs/quality.md says what was seen
of them). Each text of a corpus is a document
of its own under its title as a heading, and one passage, or several where it has more than 250 syllables; the best
passage stands for the document. bm25s (its defaults: Lucene's BM25, k1 1.5, b 0.75) is given the same tokens as our own
lexical search, folded syllables and pairs of them, of title and whole text, and once more of title and each passage,
the best of which stands for the document as it does with us. Printed is a table in Markdown for docs/quality.md with
the paired difference of hybrid and bm25s over whole texts. --queries takes that many queries of each set, the same ones
each time. With --keep the indexes stay for the next run and for
`vankien evaluate --index KEEP/NAME --queries SHARED/data/benchmarks/NAME`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.texts import kept_index
from index.encode import load_encoder
from index.evaluation import Qrels, Report, Run, compare, evaluate, read_corpus, read_queries, score
from index.hits import MODES
from index.report import shown
from index.search import open_index
from index.tokens import tokenize
from ingest.passages import split_text
from training.general import text_document

K = 10
PEER, PARTS = "bm25s", "bm25s-passages"
HEAD = (
    "| set | documents / passages | queries | bm25s | … by passages | lexical | dense | hybrid | hybrid − bm25s [95 %] "
    "| p | better–same–worse | p50 ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def peer_tokens(text: str) -> list[str]:
    """Folded syllables and the pairs of neighbours, as our lexical index has them."""
    single = [token.folded for token in tokenize(text)]
    return [*single, *(f"{a}_{b}" for a, b in pairwise(single))]


def peer_run(units: Sequence[tuple[str, str]], qrels: Qrels, name: str, k: int = K) -> Run:
    """What bm25s finds, one query at a time.

    Args:
        units: document id and a text of it; the best of a document's texts stands for it.
        qrels: the queries.
        name: of the run.
        k: documents of each query.
    """
    import bm25s

    bm25 = bm25s.BM25()
    bm25.index([peer_tokens(text) for _, text in units], show_progress=False)
    most = Counter(document for document, _ in units).most_common(1)[0][1]
    scores, took = {}, {}
    for topic in qrels.scored:
        started = time.perf_counter()
        rows, values = bm25.retrieve([peer_tokens(topic.text)], k=min(most * k, len(units)), show_progress=False)
        took[topic.qid] = (time.perf_counter() - started) * 1000
        found: dict[str, float] = {}
        for row, value in zip(np.ravel(rows).tolist(), np.ravel(values).tolist(), strict=True):
            if value > 0:
                found.setdefault(units[row][0], value)  # the best comes first
        scores[topic.qid] = dict(list(found.items())[:k])
    return Run(Run.from_scores(scores).hits, took, name)


def peer_units(corpus: Sequence[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    """What bm25s is given: whole texts, and the passages that we make of them, each under its title."""
    parts = [
        (name, f"{title}\n{text[part.start : part.end]}") for name, title, text in corpus for part in split_text(text)
    ]
    return {PEER: [(name, f"{title}\n{text}") for name, title, text in corpus], PARTS: parts}


def sampled(qrels: Qrels, size: int | None) -> Qrels:
    """The set with `size` of its queries (None: all), drawn with one seed."""
    if size is None or size >= len(qrels.scored):
        return qrels
    return qrels.narrowed(tuple(random.Random(7).sample(qrels.scored, size)))


def measure(folder: Path, index: Path, model: str | None, jobs: int, size: int | None = None) -> dict[str, Report]:
    """The reports of bm25s (by whole texts, by passages) and of our modes on one set; an index that lacks is built."""
    corpus, qrels = list(read_corpus(folder)), sampled(read_queries([folder]), size)
    encoder = load_encoder(model)
    kept_index(
        index,
        f"{folder.name} {len(corpus)}",
        lambda: (text_document(name, (title,) if title else (), [text]) for name, title, text in corpus),
        encoder,
        jobs,
    )
    searcher = open_index(index, model=model)
    reports = {name: score(qrels, peer_run(units, qrels, name), k=K) for name, units in peer_units(corpus).items()}
    with shown(None) as progress:
        for mode in MODES:
            reports[mode] = evaluate(searcher, qrels, k=K, mode=mode, progress=progress)
    searcher.close()
    return reports


def table_row(name: str, reports: dict[str, Report]) -> str:
    """One line of the table."""
    stamp = reports["hybrid"].stamp
    change = compare(reports[PEER], reports["hybrid"]).changes["all"]
    low, high = change.interval
    values = [
        f"{np.mean([row.scores['ndcg'] for row in reports[m].rows]):.3f}" for m in (PEER, PARTS, "lexical", "dense")
    ]
    cells = [
        name,
        f"{stamp.index['documents']:,} / {stamp.index['passages']:,}",
        f"{change.n:,}",
        *values,
        f"**{change.now:.3f}**",
        f"{change.difference:+.3f} [{low:+.3f}, {high:+.3f}]",
        f"{change.p:.4f}",
        f"{change.wins}–{change.ties}–{change.losses}",
        f"{stamp.p50_ms:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """Measure each set, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    parser.add_argument("--sets", nargs="+", metavar="NAME")
    parser.add_argument("--queries", type=int, metavar="N", help="queries of each set; all without it")
    parser.add_argument("--keep", type=Path, help="folder for the indexes; a temporary one without it")
    parser.add_argument("--model")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--save", type=Path, help="folder for the reports, SET.MODE.json")
    args = parser.parse_args()
    sets = sorted(path for path in (args.shared / "data" / "benchmarks").glob("*/"))
    if args.sets:
        sets = [path for path in sets if path.name in args.sets]
    if not sets:
        parser.error(f"no set in {args.shared / 'data' / 'benchmarks'}")
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for folder in sets:
            reports = measure(folder, (args.keep or Path(temporary)) / folder.name, args.model, args.jobs, args.queries)
            print(table_row(folder.name, reports), flush=True)
            if args.save:
                args.save.mkdir(parents=True, exist_ok=True)
                for mode, report in reports.items():
                    report.save(args.save / f"{folder.name}.{mode}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
