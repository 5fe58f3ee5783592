"""The accuracy tables of docs/quality.md, written by measuring: structure, and one report in several formats.

usage: python -m benchmarks.quality [--shared FOLDER] [--check]

Writes what stands between ``<!-- structure -->`` and ``<!-- /structure -->``. Rows of real reports are kept as they are
where ``../shared`` is not beside the checkout. ``--check`` writes nothing and fails if a row would change.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from benchmarks.structure import REAL, ROOT, Scores, gold_of, leaks, letters, sample_files, score
from ingest.document import Document
from ingest.pipeline import parse_file

PAGE = ROOT / "docs/quality.md"
OPEN, CLOSE = "<!-- structure -->", "<!-- /structure -->"
TRIPLET = "phieng-sai-2024"
NAMES = {
    "tamduong": "real: district, mid-term (superscript digits)",
    "muongte": "real: district, yearly (`<sup>(1)</sup>`)",
    "laichau": "real: province, yearly (`<sup>1</sup>`)",
}
HEAD = (
    "| document | headings F1 | parents | footnotes F1 | joins | leaks | table rows | metadata |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def row(name: str, document: Document, gold: tuple[dict, list[dict]]) -> str:
    """One line of the table."""
    s: Scores = score(document, *gold)
    joins, rows = ("–" if v is None else f"{v:.3f}" for v in (s.joins, s.rows))
    shares = f"{s.headings:.3f} | {s.parents:.3f} | {s.footnotes:.3f} | {joins} | {leaks(document, gold[1])} | {rows}"
    return f"| {name} | {shares} | {s.meta:.3f} |\n"


def sample_rows() -> dict[str, str]:
    """File name → its line, of the samples that this machine can read."""
    folder = ROOT / "samples/gold"
    return {p.name: row(f"`{p.name}`", parse_file(p), gold_of(folder, p.stem)) for p in sample_files()}


def real_rows(shared: Path) -> dict[str, str]:
    """The lines of the real reports."""
    if not (shared / "gold").is_dir():
        return {}
    found = {}
    for name, source in REAL.items():
        found[name] = row(NAMES[name], parse_file(shared / "seeds" / source), gold_of(shared / "gold", name))
    return found


def same_in_all_formats() -> str:
    """How far DOCX, PDF and text of one report agree: outline, footnotes, passages (Dice of their letters)."""
    files = [ROOT / f"samples/formats/{TRIPLET}.{ending}" for ending in ("docx", "pdf", "txt")]
    documents = {f.suffix[1:].upper(): parse_file(f) for f in files}
    lines = "| formats | outline | footnotes | passages |\n|---|---|---|---|\n"
    for first, second in (("DOCX", "PDF"), ("DOCX", "TXT"), ("PDF", "TXT")):
        a, b = documents[first], documents[second]
        same = [outline(a) == outline(b), notes(a) == notes(b)]
        told = " | ".join("same" if s else "**differs**" for s in same)
        lines += f"| {first} – {second} | {told} | {agreement(a, b):.3f} |\n"
    return lines


def outline(document: Document) -> list[tuple[str, str, int]]:
    """Number, title and level of each heading."""
    return [(letters(s.number), letters(s.title), s.level) for s in document.sections]


def notes(document: Document) -> list[tuple[str, str]]:
    """Marker and body of each footnote."""
    return [(f.marker, letters(f.text)) for f in document.footnotes]


def agreement(a: Document, b: Document) -> float:
    """Share of passages that stand in both, letters alone (Dice coefficient)."""
    first, second = ({letters(p.text) for p in d.passages} for d in (a, b))
    return 2 * len(first & second) / (len(first) + len(second))


def written(page: str) -> dict[str, str]:
    """The lines of the page's table by their first cell."""
    part = page.partition(OPEN)[2].partition(CLOSE)[0]
    return {line.split("|")[1].strip().strip("`"): line + "\n" for line in part.splitlines() if line.startswith("| ")}


def tables(page: str, shared: Path) -> str:
    """What belongs between the marks; lines that cannot be measured here stay as the page has them."""
    before, measured = written(page), sample_rows()
    samples = "".join(measured.get(name) or before.get(name, "") for name in sorted({*measured, *sample_names()}))
    real = real_rows(shared) or {n: before[NAMES[n]] for n in NAMES if NAMES[n] in before}
    return f"{OPEN}\n{HEAD}{''.join(real.values())}{samples}\n{same_in_all_formats()}{CLOSE}"


def sample_names() -> list[str]:
    """All samples with gold, those that this machine cannot read included."""
    return [p.name for p in sample_files(all_formats=True)]


def main() -> int:
    """Write the page, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    page = PAGE.read_text("utf-8")
    new = re.sub(rf"{OPEN}.*{CLOSE}", lambda _: tables(page, options.shared), page, flags=re.S)
    if options.check:
        changed = [name for name, line in written(new).items() if written(page).get(name) != line]
        print(*(f"docs/quality.md: {name} is not as measured" for name in changed), sep="\n", file=sys.stderr)
        return bool(changed)
    PAGE.write_text(new, "utf-8")
    print(new.partition(OPEN)[2].partition(CLOSE)[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
