"""How well structure is read: headings, footnotes, joins, table rows, against the gold beside the samples.

usage: structure.py [--shared FOLDER]

Gold has the form of ``samples/gold``: NAME.structure.json and NAME.footnotes.json. Without options: our samples, and
the real reports in ``../shared`` where they are. Words are compared without case, white space and punctuation.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Document
from ingest.pipeline import parse_file

ROOT = Path(__file__).parents[1]
REAL = {
    "tamduong": "000_fc7403f0804dce4b.txt",
    "muongte": "001_7403cd4725ee3072.txt",
    "laichau": "003_3835c3cb13c1955a.txt",
}


@dataclass(frozen=True, slots=True)
class Scores:
    """F1 of headings and linked footnotes, share of joins and of table rows (None where gold has none)."""

    headings: float
    footnotes: float
    joins: float | None
    rows: float | None


def letters(text: str | None) -> str:
    """Letters and digits alone, lower case, NFC; superscript digits as digits."""
    folded = unicodedata.normalize("NFKC", re.sub(r"</?\w+>|\[\w+: [^\]]*\]", "", text or "")).casefold()
    return re.sub(r"[\W_]+", "", folded)


def _f1(found: int, predicted: int, gold: int) -> float:
    return round(2 * found / (predicted + gold), 3) if predicted + gold else 1.0


def score(document: Document, structure: dict, notes: list[dict]) -> Scores:
    """Compare one document with its gold."""
    return Scores(
        _headings(document, structure["headings"]),
        _footnotes(document, notes),
        _joins(document, structure["joins"]),
        _rows(document, structure["tables"]),
    )


def _headings(document: Document, gold: list[dict]) -> float:
    left = [(letters(s.number), letters(s.title)[:60]) for s in document.sections]
    found = 0
    for head in gold:
        number, title = letters(head["number"]), letters(head["text"])[:60]
        match = next((h for h in left if h[1] == title and (h[0] == number or not number)), None)
        if match is not None:
            left.remove(match)
            found += 1
    return _f1(found, len(document.sections), len(gold))


def _footnotes(document: Document, gold: list[dict]) -> float:
    texts = {p.id: p.text for p in document.passages}
    whole = [g for g in gold if g.get("anchor_before") and g.get("body_start")]
    left = list(document.footnotes)
    found = 0
    for note in whole:
        for mine in left:
            body = letters(mine.text)
            if letters(mine.marker) != letters(str(note["marker"])) or mine.anchor is None:
                continue
            # the ends may differ by the sign that opened the body, or by a unit's exponent
            if letters(note["body_start"])[:30] in body[:60] and letters(note["body_end"])[-20:] in body[-60:]:
                before = letters(texts[mine.anchor.passage][: mine.anchor.offset])
                if before.endswith(letters(note["anchor_before"])[-15:]):
                    left.remove(mine)
                    found += 1
                    break
    # a marker without body, or a body without marker, is kept and reported, but it claims no link
    claimed = sum(f.anchor is not None and f.passage is not None for f in document.footnotes)
    return _f1(found, claimed, len(whole))


def _joins(document: Document, gold: list[dict]) -> float | None:
    if not gold:
        return None
    texts = [letters(p.text) for p in document.passages] + [letters(s.title) for s in document.sections]
    texts.append(letters(document.metadata.title))
    whole = [letters(j["left_end"])[-18:] + letters(j["right_start"])[:18] for j in gold]
    return round(sum(any(w in t for t in texts) for w in whole) / len(gold), 3)


def _rows(document: Document, gold: list[dict]) -> float | None:
    wanted = sum(t["rows"] for t in gold)
    found = 0
    for table in gold:
        header = letters(table["header"][1])
        mine = [
            t for t in document.tables if len(t.columns) == len(table["header"]) and header in map(letters, t.columns)
        ]
        found += min(table["rows"], len(mine[0].rows)) if mine else 0
    return round(found / wanted, 3) if wanted else None


def gold_of(folder: Path, name: str) -> tuple[dict, list[dict]]:
    """The structure and the footnotes of one gold document."""
    return (
        json.loads((folder / f"{name}.structure.json").read_text("utf-8")),
        json.loads((folder / f"{name}.footnotes.json").read_text("utf-8")),
    )


def sample_scores() -> dict[str, Scores]:
    """Scores of every sample that has gold."""
    out = {}
    for path in sorted((ROOT / "samples").glob("*.*")):
        if (ROOT / "samples/gold" / f"{path.stem}.structure.json").exists():
            out[path.name] = score(parse_file(path), *gold_of(ROOT / "samples/gold", path.stem))
    return out


def main() -> None:
    """Print a line a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    shared = parser.parse_args().shared
    table = sample_scores()
    if (shared / "gold").is_dir():
        for name, source in REAL.items():
            table[name] = score(parse_file(shared / "seeds" / source), *gold_of(shared / "gold", name))
    print(f"{'document':32}{'headings':>10}{'footnotes':>10}{'joins':>8}{'rows':>8}")
    for name, s in table.items():
        joins, rows = ("–" if v is None else f"{v:.3f}" for v in (s.joins, s.rows))
        print(f"{name:32}{s.headings:>10.3f}{s.footnotes:>10.3f}{joins:>8}{rows:>8}")


if __name__ == "__main__":
    main()
