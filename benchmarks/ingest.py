"""How fast files are read: pages and megabytes a second, beside plain text extraction by pdfplumber in the same run.

usage: ingest.py [FILE ...] [--rounds N] [--shared FOLDER] [--jobs N ...] [--dask]

Without files: our samples, and the seeds and real files in ``../shared`` where they are. For PDF, `ratio` is our whole
pipeline's time over that of ``page.extract_text()`` on every page; above 1 we are slower. One core, best of N rounds.

``--jobs 1 2 …`` reads all files with that many worker processes instead, and ``--dask`` with as many Dask workers on
this machine too, by turns in the same run; `ratio` is then the time over that of the first number. Starting the
processes counts, starting the cluster does not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import pdfplumber

from ingest.cluster import dask_executor
from ingest.document import Document
from ingest.many import parse_many
from ingest.pipeline import parse_file

ROOT = Path(__file__).parents[1]
SUFFIXES = {".txt", ".md", ".docx", ".html", ".htm", ".pdf"}
MAX_BYTES = 1_000_000  # of a PDF taken without being named; the 408 pages of the largest cost minutes


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for one file; `raw` is plain extraction, PDF only."""

    path: Path
    size: int
    pages: int
    seconds: float
    raw: float | None

    @property
    def ratio(self) -> float | None:
        """Our time over plain extraction's."""
        return self.seconds / self.raw if self.raw else None


def extract_plainly(path: Path) -> int:
    """What a script of five lines does; returns the number of pages."""
    with pdfplumber.open(path) as pdf:
        for page in pdf.pages:
            page.extract_text()
            page.close()
        return len(pdf.pages)


def measure(path: Path, rounds: int) -> Timing:
    """Time one file, ours and plain extraction by turns, so that a busy machine slows both."""
    ours: list[float] = []
    plain: list[float] = []
    pages = 0
    document: Document | None = None
    for _ in range(rounds):
        start = perf_counter()
        document = parse_file(path)
        ours.append(perf_counter() - start)
        if document.media_type == "application/pdf":
            start = perf_counter()
            pages = extract_plainly(path)
            plain.append(perf_counter() - start)
    return Timing(path, path.stat().st_size, pages, min(ours), min(plain, default=None))


def default_files(shared: Path) -> list[Path]:
    """Samples, seeds and real files, those that are there."""
    folders = [ROOT / "samples", shared / "seeds", shared / "data/files"]
    found = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES]
    return [p for p in found if p.name != "README.md" and p.stat().st_size <= MAX_BYTES]


def compare(files: list[Path], jobs: list[int], dask: bool, rounds: int) -> None:
    """Print how long all files take with each number of worker processes, and with Dask workers beside."""
    print(f"{'how':34}{'files':>8}{'s':>8}{'files/s':>9}{'ratio':>7}")
    with cluster(max(jobs)) if dask else nullcontext() as address:
        ways: dict[str, Callable[[], None]] = {f"--jobs {n}": partial(read_all, files, jobs=n) for n in jobs}
        if address:
            ways[f"--dask, {max(jobs)} workers"] = partial(read_all, files, address=address)
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(rounds):
            for name, way in ways.items():
                start = perf_counter()
                way()
                best[name] = min(best[name], perf_counter() - start)
    first = best[next(iter(ways))]
    for name, seconds in best.items():
        print(f"{name:34}{len(files):>8}{seconds:>8.2f}{len(files) / seconds:>9.2f}{seconds / first:>7.2f}")


def read_all(files: list[Path], jobs: int = 0, address: str = "") -> None:
    """Read all files; one that fails would make the figure a lie."""
    with dask_executor(address) if address else nullcontext() as executor:
        for outcome in parse_many(files, jobs=jobs, executor=executor):
            if outcome.error:
                raise outcome.error


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A Dask cluster on this machine; gives its scheduler's address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as own:
        yield str(own.scheduler_address)  # pyright: ignore[reportAttributeAccessIssue]


def main() -> None:
    """Print a line a file and the totals, or a line for each way of reading all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--jobs", type=int, nargs="+", metavar="N")
    parser.add_argument("--dask", action="store_true")
    options = parser.parse_args()
    files = options.files or default_files(options.shared)
    if options.jobs or options.dask:
        compare(files, options.jobs or [1, 2], options.dask, options.rounds)
        return
    print(f"{'file':34}{'MB':>8}{'s':>8}{'MB/s':>8}{'pages':>7}{'pages/s':>9}{'plain s':>9}{'ratio':>7}")
    done: list[Timing] = []
    for path in files:
        timing = measure(path, options.rounds)
        done.append(timing)
        print(line(timing.path.name, [timing]), flush=True)
    pdf = [t for t in done if t.raw]
    for name, some in (("all PDF", pdf), ("all others", [t for t in done if not t.raw])):
        if some:
            print(line(name, some))


def line(name: str, timings: list[Timing]) -> str:
    """One row of the table, over one or several files."""
    size = sum(t.size for t in timings) / 1e6
    seconds = sum(t.seconds for t in timings)
    row = f"{name[:33]:34}{size:>8.3f}{seconds:>8.2f}{size / seconds:>8.2f}"
    if pages := sum(t.pages for t in timings):
        raw = sum(t.raw or 0.0 for t in timings)
        row += f"{pages:>7}{pages / seconds:>9.1f}{raw:>9.2f}{seconds / raw:>7.2f}"
    return row


if __name__ == "__main__":
    main()
