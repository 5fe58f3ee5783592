"""How fast files are read: pages and megabytes a second, beside plain text extraction by pdfplumber in the same run.

usage: ingest.py [FILE ...] [--rounds N] [--shared FOLDER]

Without files: our samples, and the seeds and real files in ``../shared`` where they are. For PDF, `ratio` is our whole
pipeline's time over that of ``page.extract_text()`` on every page; above 1 we are slower. One core, best of N rounds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pdfplumber

from ingest.document import Document
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


def main() -> None:
    """Print a line a file and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    print(f"{'file':34}{'MB':>8}{'s':>8}{'MB/s':>8}{'pages':>7}{'pages/s':>9}{'plain s':>9}{'ratio':>7}")
    done: list[Timing] = []
    for path in options.files or default_files(options.shared):
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
