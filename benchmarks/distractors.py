"""The gold reports among many foreign passages: what the gold queries lose, and what a search takes then.

usage: distractors.py [--passages N...] [--keep FOLDER] [--shared FOLDER] [--mode MODE] [--model NAME] [--jobs N]

The foreign passages are paragraphs of 40 to 250 syllables from SHARED/data/training (news, news_more, wiki, laws, in
turn), each text a document under its title, ten paragraphs of a text at most. The gold's grades are known for the three
reports alone, so every foreign passage counts as not relevant; some would be, and the loss is the most that it can be.
With --keep the indexes stay in FOLDER and a second run only searches. Printed is Markdown for docs/quality.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from benchmarks.baseline import shared_files
from benchmarks.retrieval import GOLD
from benchmarks.texts import kept_index
from index.encode import load_encoder
from index.evaluation import Comparison, Report, compare, evaluate, read_queries
from index.evaluation.reading import json_lines
from index.hits import MODES
from index.report import shown
from index.search import open_index
from ingest.document import Document
from ingest.passages import split_text
from ingest.pipeline import parse_file
from training.general import text_document

SOURCES = ("news", "news_more", "wiki", "laws")
SHORTEST, LONGEST = 40, 250  # syllables
PER_TEXT = 10


def paragraphs(text: str) -> list[str]:
    """The parts of a text that are as long as paragraphs of a report."""
    parts = [text[p.start : p.end] for p in split_text(text)]
    return [part for part in parts if SHORTEST <= len(part.split()) <= LONGEST][:PER_TEXT]


def source_documents(path: Path) -> Iterator[Document]:
    """The texts of one file of ../shared/data/training that have such paragraphs."""
    name = path.name.split(".")[0]
    for number, row in json_lines(path):
        kept = paragraphs(row.get("body") or row.get("text") or "")
        if kept:
            heading = tuple(str(part) for part in (*row.get("path", "").split(" > "), row.get("title")) if part)
            yield text_document(f"{name}/{number:06d}", heading, kept)


def distractors(folder: Path, passages: int) -> Iterator[Document]:
    """Documents of the four sources in turn, with `passages` passages in all (the last one may bring a few more)."""
    left = passages
    for documents in zip_longest(*(source_documents(folder / f"{name}.jsonl.xz") for name in SOURCES)):
        for document in documents:
            if left <= 0:
                return
            if document is not None:
                left -= len(document.passages)
                yield document


def measure(shared: Path, index: Path, passages: int, mode: str, model: str | None, jobs: int) -> Report:
    """The gold queries over the gold reports among about `passages` others."""

    def documents() -> Iterator[Document]:
        yield from (parse_file(path) for path in shared_files(shared))
        yield from distractors(shared / "data" / "training", passages)

    kept_index(index, f"gold and {passages} passages of {SOURCES}", documents, load_encoder(model), jobs)
    queries = read_queries([shared / "gold" / f"{name}.queries.jsonl" for name in GOLD])
    searcher = open_index(index, model=model)
    with shown(None) as progress:
        report = evaluate(searcher, queries, mode=mode, documents=shared / "seeds", progress=progress)
    searcher.close()
    return report


def table(reports: dict[int, Report]) -> str:
    """nDCG@10 by kind, a column a size, with the paired difference from the reports alone."""
    alone = reports[0]
    changes: dict[int, Comparison] = {size: compare(alone, report) for size, report in reports.items()}
    sizes = [f"{report.stamp.index['passages']:,} passages" for report in reports.values()]
    lines = [f"| kind | queries | {' | '.join(sizes)} |", "|---|---|" + "---|" * len(sizes)]
    for kind, first in changes[0].changes.items():
        cells = [f"{first.now:.3f}"]
        for size in list(reports)[1:]:
            row = changes[size].changes[kind]
            low, high = row.interval
            cells.append(f"{row.now:.3f} ({row.difference:+.3f} [{low:+.3f}, {high:+.3f}])")
        lines.append(f"| {kind} | {first.n} | {' | '.join(cells)} |")
    for name, value in (("p50", lambda r: r.stamp.p50_ms), ("p95", lambda r: r.stamp.p95_ms)):
        lines.append(f"| search {name}, ms | | {' | '.join(f'{value(r):.1f}' for r in reports.values())} |")
    return "\n".join(lines)


def main() -> int:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[100_000], metavar="N")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    parser.add_argument("--keep", type=Path, help="folder for the indexes; a temporary one without it")
    parser.add_argument("--mode", choices=MODES, default="hybrid")
    parser.add_argument("--model")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    reports = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in (0, *sorted(set(args.passages) - {0})):
            index = (args.keep or Path(temporary)) / f"gold-{size}"
            reports[size] = measure(args.shared, index, size, args.mode, args.model, args.jobs)
    print(table(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
