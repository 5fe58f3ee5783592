"""How fast files are read: pages and megabytes a second, beside pdfplumber's own words in the same run.

usage: python -m benchmarks.ingest [FILE ...] [--rounds N] [--pages N] [--large] [--shared FOLDER]

Without files: our samples, and the seeds and real files in ``../shared`` where they are (``--large``: those of more
than a megabyte as well). For PDF the yardstick is ``page.extract_words()`` of pdfplumber on every page; `words` says
how many times as fast per page our reading of the words is (`read_text_layer`), `read` the whole reader (`read_pdf`:
words, tables, columns, notes), `parse` the whole pipeline. Scans are left out of the yardstick: it reads no pictures.
`MB` is the peak memory of a fresh process that parses the file. Seconds of one core, best of N rounds by
turns.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TypeVar

import pdfplumber
import pypdfium2 as pdfium

from ingest.pipeline import parse_file
from ingest.readers.pdf import read_pdf
from ingest.readers.pdf_words import read_text_layer

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
SUFFIXES = {".txt", ".md", ".docx", ".html", ".htm", ".pdf"}
MAX_BYTES = 1_000_000  # of a PDF taken without being named; the 408 pages of the largest cost minutes
PEAK = "--peak-of"  # the option by which this program asks a fresh process of itself


@dataclass(frozen=True, slots=True)
class Timing:
    """What one file took.

    Attributes:
        path: of the file.
        size: bytes.
        parse: seconds of the whole pipeline.
        peak: of a process that parses it, MB.
        pages: of a PDF, else 0.
        words: seconds of our words, PDF only, as all below.
        read: seconds of the whole reader.
        theirs: seconds of pdfplumber on `sampled` pages.
        sampled: pages that pdfplumber read.
    """

    path: Path
    size: int
    parse: float
    peak: float
    pages: int = 0
    words: float = 0.0
    read: float = 0.0
    theirs: float = 0.0
    sampled: int = 0

    @property
    def per_page(self) -> float:
        """Seconds of pdfplumber for one page."""
        return self.theirs / self.sampled if self.sampled else 0.0


def extract_words(path: Path, wanted: int) -> int:
    """The yardstick on all pages, or on `wanted` of them spread evenly (0 for all); returns how many."""
    with pdfplumber.open(path) as pdf:
        count = len(pdf.pages)
        chosen = range(count) if not wanted else sorted({i * count // wanted for i in range(min(wanted, count))})
        for i in chosen:
            pdf.pages[i].extract_words()
            pdf.pages[i].close()
        return len(chosen)


def read_words(path: Path) -> int:
    """Our words of every page; returns the number of pages."""
    pdf = pdfium.PdfDocument(path)
    try:
        for i in range(len(pdf)):
            page = pdf[i]
            read_text_layer(page)
            page.close()
        return len(pdf)
    finally:
        pdf.close()


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one core, those of programs that it calls included, and what was returned."""
    start = process_time() + sum(os.times()[2:4])
    out = call()
    return process_time() + sum(os.times()[2:4]) - start, out


def peak_memory(path: Path) -> float:
    """MB that a fresh process needs at most to parse the file."""
    command = [sys.executable, "-m", "benchmarks.ingest", PEAK, str(path.resolve())]
    return float(subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT).stdout)


def measure(path: Path, rounds: int, sampled: int) -> Timing:
    """Time one file, ours and the yardstick by turns, so that a busy machine slows both."""
    taken: dict[str, list[float]] = {"parse": [], "words": [], "read": [], "theirs": []}
    pages = read_by_them = 0
    for _ in range(rounds):
        seconds, document = timed(lambda: parse_file(path))
        taken["parse"].append(seconds)
        if document.media_type != "application/pdf" or any(w.code == "ocr" for w in document.warnings):
            continue
        data = path.read_bytes()
        taken["read"].append(timed(lambda data=data: read_pdf(data))[0])
        seconds, pages = timed(lambda: read_words(path))
        taken["words"].append(seconds)
        seconds, read_by_them = timed(lambda: extract_words(path, sampled))
        taken["theirs"].append(seconds)
    best = {name: min(values, default=0.0) for name, values in taken.items()}
    return Timing(path, path.stat().st_size, peak=peak_memory(path), pages=pages, sampled=read_by_them, **best)


def default_files(shared: Path, large: bool) -> list[Path]:
    """Samples, seeds and real files, those that are there."""
    folders = [ROOT / "samples", ROOT / "samples/formats", shared / "seeds", shared / "data/files"]
    found = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES]
    return [p for p in found if p.name != "README.md" and (large or p.stat().st_size <= MAX_BYTES)]


def line(name: str, timings: list[Timing]) -> str:
    """One row of the table, over one or several files."""
    size = sum(t.size for t in timings) / 1e6
    seconds = sum(t.parse for t in timings)
    row = f"{name[:33]:34}{size:>7.2f}{seconds:>8.2f}{size / seconds:>7.2f}{max(t.peak for t in timings):>6.0f}"
    if pages := sum(t.pages for t in timings):
        theirs = sum(t.per_page * t.pages for t in timings)
        faster = [theirs / sum(getattr(t, name) for t in timings) for name in ("words", "read", "parse")]
        row += f"{pages:>7}{pages / seconds:>9.1f}{1000 * theirs / pages:>9.0f}" + "".join(f"{f:>7.1f}" for f in faster)
    return row


def main() -> None:
    """Print a line a file and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--pages", type=int, default=0, help="pages of each PDF that pdfplumber reads, spread evenly")
    parser.add_argument("--large", action="store_true", help="files of more than a megabyte as well")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument(PEAK, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    if options.peak_of:
        parse_file(options.peak_of)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    print(f"{'':85}pdfplumber  times as fast as it")
    print(
        f"{'file':34}{'size MB':>7}{'parse s':>8}{'MB/s':>7}{'MB':>6}{'pages':>7}{'pages/s':>9}{'ms/page':>9}"
        f"{'words':>7}{'read':>7}{'parse':>7}"
    )
    done: list[Timing] = []
    for path in options.files or default_files(options.shared, options.large):
        done.append(measure(path, options.rounds, options.pages))
        print(line(path.name, done[-1:]), flush=True)
    for name, some in (("all PDF", [t for t in done if t.pages]), ("all others", [t for t in done if not t.pages])):
        if len(some) > 1:
            print(line(name, some))


if __name__ == "__main__":
    main()
