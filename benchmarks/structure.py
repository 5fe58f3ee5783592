"""How well structure is read: headings, parents, footnotes, joins, table rows, metadata, against the gold.

usage: structure.py [--shared FOLDER] [--wrong]

Gold has the form of ``samples/gold``: NAME.structure.json and NAME.footnotes.json. Without options: our samples, and
the real reports in ``../shared`` where they are. Words are compared without case, white space and punctuation.

`parents` is the share of the headings found whose parent's number is gold's. `meta` is the share of metadata fields
right, among those that gold states and those that we state and gold leaves empty. A field is right when it equals what
gold says, or either reading where gold's carries a parenthesis; the kind of unit in front of a place and the kind of
document in front of a title do not count; a period is its numbers.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Document
from ingest.pipeline import parse_file
from ingest.readers import ocr

ROOT = Path(__file__).parents[1]
REAL = {
    "tamduong": "000_fc7403f0804dce4b.txt",
    "muongte": "001_7403cd4725ee3072.txt",
    "laichau": "003_3835c3cb13c1955a.txt",
}


@dataclass(frozen=True, slots=True)
class Scores:
    """F1 of headings and linked footnotes; shares of parents, joins, table rows and metadata fields.

    `joins` and `rows` are None where gold has none.
    """

    headings: float
    parents: float
    footnotes: float
    joins: float | None
    rows: float | None
    meta: float


SCANS = frozenset({"lung-tang-2018"})  # samples that are pictures
FIELDS = ("doc_type", "title", "issuer", "place", "province", "number", "date", "period", "signer")
_UNIT = re.compile(r"^(?:tỉnh|thành phố|thị xã|thị trấn|huyện|quận|phường|xã|đặc khu)\s+")


def letters(text: str | None) -> str:
    """Letters and digits alone, lower case, NFC; superscript digits as digits."""
    folded = unicodedata.normalize("NFKC", re.sub(r"</?\w+>|\[\w+: [^\]]*\]", "", text or "")).casefold()
    return re.sub(r"[\W_]+", "", folded)


def _f1(found: int, predicted: int, gold: int) -> float:
    return round(2 * found / (predicted + gold), 3) if predicted + gold else 1.0


def score(document: Document, structure: dict, notes: list[dict]) -> Scores:
    """Compare one document with its gold."""
    headings, parents = _headings(document, structure["headings"])
    wrong, stated = wrong_fields(document, structure["meta"])
    return Scores(
        headings,
        parents,
        _footnotes(document, notes),
        _joins(document, structure["joins"]),
        _rows(document, structure["tables"]),
        round(1 - len(wrong) / stated, 3) if stated else 1.0,
    )


def _number(text: str | None) -> str:
    return letters(text).replace("phầnthứ", "phần")


def _headings(document: Document, gold: list[dict]) -> tuple[float, float]:
    """F1 of (number, title), and the share of the found ones under the right parent."""
    left = [(_number(s.number), letters(s.title)[:60], s.parent) for s in document.sections]
    numbers: dict[str | None, str] = {s.id: _number(s.number) for s in document.sections}
    found = right = 0
    for head in gold:
        # a draft's page budget "(03 trang)" may stay in a title or be set apart
        number, titles = _number(head["number"]), {letters(head["text"])[:60], letters(head.get("text_clean"))[:60]}
        match = next((h for h in left if h[1] in titles and (h[0] == number or not number)), None)
        if match is not None:
            left.remove(match)
            found += 1
            right += numbers.get(match[2], "") == _number(head.get("parent"))
    return _f1(found, len(document.sections), len(gold)), round(right / found, 3) if found else 1.0


def wrong_fields(document: Document, gold: dict) -> tuple[list[str], int]:
    """The metadata fields that differ from gold, and how many are stated by gold or by us."""
    wrong = []
    stated = 0
    for name in FIELDS:
        mine = getattr(document.metadata, name)
        theirs = gold.get("doc_number" if name == "number" else name)
        if mine or theirs:
            stated += 1
            # where a slogan stands over the name of the report, gold calls either of them the title
            others = [gold.get("theme"), gold.get("subtitle")] if name == "title" else []
            same = any(_field(name, mine) == _field(name, reading) for reading in [*_readings(theirs), *others])
            wrong += [] if same else [f"{name}: {mine!r}, gold {theirs!r}"]
    return wrong, stated


def _readings(text: str | None) -> list[str | None]:
    """What gold accepts: as it stands, without its parenthesis, and the parenthesis alone."""
    inside = re.findall(r"\(([^()]*)\)", text or "")
    return [text, *([re.sub(r"\([^()]*\)", "", text or "")] if inside else []), *inside]


def _field(name: str, text: str | None) -> str:
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text or "").casefold()).strip(" .,;:")
    if name in {"place", "province"}:
        folded = _UNIT.sub("", folded)
    if name == "title":
        folded = re.sub(r"^(?:báo cáo chính trị|báo cáo|nghị quyết|kế hoạch|quy chế|hướng dẫn)\b", "", folded)
    if name == "period":
        return "-".join(re.findall(r"\d+|\b[ivx]+\b", re.sub(r"\b0(?=\d)", "", folded)))
    if name == "doc_type":
        folded = folded.removesuffix(" chính trị")  # a kind of report
    return folded if name in {"date", "number"} else letters(folded)


def _footnotes(document: Document, gold: list[dict]) -> float:
    carriers = {p.id: p.text for p in document.passages}
    carriers |= {s.id: document.canonical[s.start : s.end] for s in document.sections}
    whole = [g for g in gold if g.get("anchor_before") and g.get("body_start")]
    left = list(document.footnotes)
    found = 0
    for note in whole:
        for mine in left:
            body = letters(mine.text)
            if letters(mine.marker) != letters(str(note["marker"])) or not mine.linked:
                continue
            # the ends may differ by the sign that opened the body, or by a unit's exponent
            if letters(note["body_start"])[:30] in body[:60] and letters(note["body_end"])[-20:] in body[-60:]:
                place = mine.anchor.passage if mine.anchor else mine.heading.section if mine.heading else ""
                offset = (mine.anchor or mine.heading).offset  # type: ignore[union-attr]
                before = letters(carriers[place][:offset])
                if before.endswith(letters(note["anchor_before"])[-15:]):
                    left.remove(mine)
                    found += 1
                    break
    # a marker without body, or a body without marker, is kept and reported, but it claims no link
    claimed = sum(f.linked and f.passage is not None for f in document.footnotes)
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


def leaks(document: Document, gold: list[dict]) -> int:
    """Note bodies that stand inside somebody else's paragraph: gold's first 30 letters found there, 24 at least."""
    others = [letters(p.text) for p in document.passages if p.kind != "footnote"]
    starts = [letters(g["body_start"])[:30] for g in gold if g.get("anchor_before") and g.get("body_start")]
    return sum(start in text for start in starts if len(start) >= 24 for text in others)


def sample_files(*, all_formats: bool = False) -> list[Path]:
    """The samples with gold; without `all_formats` those for which this machine has the programs."""
    folder = ROOT / "samples"
    gold = {p.name.removesuffix(".structure.json") for p in (folder / "gold").glob("*.structure.json")}
    files = [p for p in [*folder.glob("*.*"), *folder.glob("formats/*.*")] if p.stem in gold and p.suffix != ".zip"]
    return sorted((p for p in files if all_formats or not missing_program(p)), key=lambda p: p.name)


def missing_program(path: Path) -> str | None:
    """The program that reading a sample needs and this machine lacks, None if it can be read."""
    if path.suffix in {".doc", ".rtf"} and not shutil.which("soffice"):
        return "LibreOffice"
    if path.stem in SCANS and path.suffix == ".pdf":
        try:
            ocr.languages()
        except ocr.OcrUnavailableError:
            return "Tesseract"
    return None


def sample_scores() -> dict[str, Scores]:
    """Scores of every sample that has gold and can be read here."""
    gold = ROOT / "samples/gold"
    return {p.name: score(parse_file(p), *gold_of(gold, p.stem)) for p in sample_files()}


def main() -> None:
    """Print a line a document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--wrong", action="store_true", help="name the metadata fields that differ")
    options = parser.parse_args()
    shared = options.shared
    table = sample_scores()
    if (shared / "gold").is_dir():
        for name, source in REAL.items():
            document = parse_file(shared / "seeds" / source)
            gold = gold_of(shared / "gold", name)
            table[name] = score(document, *gold)
            if options.wrong:
                print(name, *wrong_fields(document, gold[0]["meta"])[0], sep="\n  ")
    print(f"{'document':28}{'headings':>9}{'parents':>9}{'footnotes':>10}{'joins':>7}{'rows':>7}{'meta':>7}")
    for name, s in table.items():
        joins, rows = ("–" if v is None else f"{v:.3f}" for v in (s.joins, s.rows))
        shares = f"{s.headings:>9.3f}{s.parents:>9.3f}{s.footnotes:>10.3f}{joins:>7}{rows:>7}{s.meta:>7.3f}"
        print(f"{name:28}{shares}")


if __name__ == "__main__":
    main()
