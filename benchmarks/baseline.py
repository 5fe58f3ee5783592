"""The figures that `make test` holds the search to; ``make baseline`` renews them on purpose.

usage: baseline.py [--shared FOLDER] [--only samples|shared]

Two reports of `index.evaluation`, hybrid, at rank 10, are kept in baselines/: of the samples' gold over the files of
samples/, and of the three gold reports of SHARED, alone in the index (without the text of the queries, which is not
ours to publish). `tests/test_evaluate_gate.py` fails where nDCG falls by more than two points overall, or for a kind
with at least eight queries. Renew them together with the change that moved the figures, and say why in the commit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.retrieval import GOLD
from index.build import ingest_paths
from index.evaluation import Report, compare, evaluate, read_queries
from index.search import Searcher, open_index

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks" / "baselines"
SAMPLES, SHARED = "samples", "shared"


def baseline_path(name: str) -> Path:
    """Where the baseline of "samples" or "shared" is kept."""
    return FOLDER / f"{name}.json"


def sample_files() -> list[Path]:
    """The documents of samples/, as the tests index them."""
    folder = ROOT / "samples"
    return sorted(p for p in folder.iterdir() if p.is_file() and p.name != "README.md" and p.name[0] != ".")


def samples_report(searcher: Searcher) -> Report:
    """The samples' gold over an index of `sample_files`."""
    return evaluate(searcher, read_queries(sorted((ROOT / "samples" / "gold").glob("*.queries.jsonl"))))


def shared_files(shared: Path) -> list[Path]:
    """The three gold reports."""
    return [shared / "seeds" / name for name in GOLD.values()]


def shared_report(searcher: Searcher, shared: Path) -> Report:
    """The gold of SHARED over an index of `shared_files`, as its scorer counts, without texts."""
    queries = read_queries([shared / "gold" / f"{name}.queries.jsonl" for name in GOLD])
    return evaluate(searcher, queries, documents=shared / "seeds").without_texts()


def _renew(name: str, report: Report) -> None:
    path = baseline_path(name)
    print(f"{name}: nDCG@10 {report.summaries()['all'].means['ndcg']:.4f} over {len(report.rows)} queries", end="")
    if path.is_file():
        change = compare(Report.load(path), report).changes["all"]
        print(
            f"; the {change.n} that were there before: {change.before:.4f} -> {change.now:.4f} (p {change.p:.3f})",
            end="",
        )
    print()
    path.parent.mkdir(exist_ok=True)
    report.save(path)


def main() -> int:
    """Index, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--only", choices=(SAMPLES, SHARED))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if args.only != SHARED:
            ingest_paths(sample_files(), folder / SAMPLES)
            _renew(SAMPLES, samples_report(open_index(folder / SAMPLES)))
        if args.only != SAMPLES and (args.shared / "gold").is_dir():
            ingest_paths(shared_files(args.shared), folder / SHARED)
            _renew(SHARED, shared_report(open_index(folder / SHARED), args.shared))
        elif args.only != SAMPLES:
            print(f"{SHARED}: {args.shared} is not here; its baseline stays as it is")
    return 0


if __name__ == "__main__":
    sys.exit(main())
