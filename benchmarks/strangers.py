"""What odds texts of no office should have that lie beside documents of offices: what either side loses by them.

usage: strangers.py [--passages N] [--odds O...] [--titles N] [--shared FOLDER] [--keep FOLDER] [--jobs N]

The samples and about N foreign passages (as `benchmarks.distractors` takes them) are one index. Asked are the samples'
own graded queries, whose loss against the samples alone is printed, and of some of the foreign texts their titles and
seven words out of their middle: the mean reciprocal rank of the text itself, and the part of those found among ten.
`FusionSettings.strangers` was chosen where both curves bend. The gold of real reports takes no part in this.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.baseline import sample_files, samples_report
from benchmarks.distractors import distractors
from benchmarks.texts import kept_index
from index.build import ingest_paths
from index.encode import load_encoder
from index.fusion import DEFAULT_FUSION
from index.query import DEFAULT_WEIGHTS
from index.rank_model import load_ranker
from index.ranking import Ranker
from index.search import Searcher, open_index
from index.soft import SoftMatcher
from ingest.pipeline import parse_file

WORDS = 7
SEED = 3


def with_odds(searcher: Searcher, odds: float) -> None:
    """Give strangers other odds in an open index, these and no others however many they are."""
    settings = replace(DEFAULT_FUSION, strangers=odds, many=int((~searcher._retriever.named).sum()))
    searcher.ranker = Ranker(searcher._retriever, DEFAULT_WEIGHTS, settings, SoftMatcher(), load_ranker())


def known_items(searcher: Searcher, size: int) -> dict[str, list[tuple[str, str]]]:
    """Queries with the id of the text that they are made of: titles, and words out of the middle."""
    foreign = [d for d in searcher.documents() if "/" in d.source and not d.issuer and not d.number and not d.doc_type]
    found: dict[str, list[tuple[str, str]]] = {"titles": [], "words": []}
    for document in random.Random(SEED).sample(foreign, min(size, len(foreign))):
        passages = searcher.document_passages(document.id)
        passage = passages[len(passages) // 2].passage
        words = passage.text.split()
        middle = len(words) // 2
        found["titles"].append((" ".join(passage.section_path[-1:]) or passage.text, document.id))
        found["words"].append((" ".join(words[middle : middle + WORDS]), document.id))
    return found


def ranks(searcher: Searcher, queries: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Mean reciprocal rank of the right document among ten hits, and how often it is there."""
    found = []
    for query, document in queries:
        hits = searcher.search(query, limit=10).hits
        found.append(next((1 / hit.rank for hit in hits if hit.document.id == document), 0.0))
    return float(np.mean(found)), float(np.mean(np.array(found) > 0))


def main() -> int:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=5000)
    parser.add_argument("--odds", type=float, nargs="+", default=[1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01])
    parser.add_argument("--titles", type=int, default=250)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    parser.add_argument("--keep", type=Path, help="folder for the indexes; a temporary one without it")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    files = sample_files()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        ingest_paths(files, folder / "alone", jobs=args.jobs)
        alone = samples_report(open_index(folder / "alone")).summaries()["all"].means["ndcg"]

        def documents():
            yield from map(parse_file, files)
            yield from distractors(args.shared / "data" / "training", args.passages)

        kept_index(folder / "among", f"samples and {args.passages}", documents, load_encoder(), args.jobs)
        searcher = open_index(folder / "among")
        items = known_items(searcher, args.titles)
        print(f"samples alone: nDCG@10 {alone:.3f}\n")
        print("| odds | samples' queries | strangers by title, MRR / found | by seven words |\n|---|---|---|---|")
        for odds in args.odds:
            with_odds(searcher, odds)
            now = samples_report(searcher).summaries()["all"].means["ndcg"]
            cells = [
                f"{mrr:.3f} / {share:.3f}" for mrr, share in (ranks(searcher, queries) for queries in items.values())
            ]
            print(f"| {odds:g} | {now:.3f} ({now - alone:+.3f}) | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
