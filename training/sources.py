"""What is read from the data folder, how much of it, and what part is held out.

The amounts are bounded because segmentation costs most of the preparation (45,000 syllables a second and core). The
written material is taken whole; of the rest what is nearest to administrative text.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

__all__ = ["CONCEPTS", "OWN", "SOURCES", "WRITTEN", "Record", "available", "file_hash", "read_source", "source_files"]

HELD_OUT_PERCENT = 12
WRITTEN = ("report_sections", "own_sections", "register_paragraphs", "synthetic_queries")
OWN = Path(__file__).with_name("written")
"""What was written for this project, and may be shipped with it: the same form as ``report_sections``."""
CONCEPTS = "concepts"
"""The thesaurus of `index/thesaurus`, as the search has it: the data folder's, reviewed, half as large again."""


@dataclass(slots=True)
class Record:
    """One passage and the texts that should find it.

    Attributes:
        source: which file it comes from.
        id: unique within the source.
        group: passages of one group are hard negatives of each other (a section, a subject of law).
        held: kept out of training, for measuring.
        passage: the text to be found.
        context: the line that an index puts before it (place, year, headings), maybe empty.
        queries: (kind, text).
        wide: (kind, text, id of a passage of the group → grade 1–3): queries that several passages answer; on the first
            record of its group alone.
    """

    source: str
    id: str
    group: str = ""
    held: bool = False
    passage: str = ""
    context: str = ""
    queries: list[tuple[str, str]] = field(default_factory=list)
    wide: list[tuple[str, str, dict[str, int]]] = field(default_factory=list)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def held_out(key: str) -> bool:
    """Whether a section or passage is held out: by the hash of its key, so the same everywhere."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 100 < HELD_OUT_PERCENT


def _rows(path: Path) -> Iterator[dict]:
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _cut(text: str, syllables: int) -> str:
    return " ".join(text.split()[:syllables])


def _sections(source: str):
    def read(rows: Iterator[dict]) -> Iterator[Record]:
        for row in rows:
            parts = (row.get("place"), row.get("year"), *row.get("heading", ()))
            context = " · ".join(str(part) for part in parts if part)
            wide = [(q["kind"], q["query"], q["answers"]) for q in row.get("queries", ())]
            for p in row["passages"]:
                queries = [(q["kind"], q["query"]) for q in p["queries"]]
                held = held_out(row["id"])
                yield Record(source, p["id"], row["id"], held, p["passage"], context, queries, wide)
                wide = []

    return read


def _register_paragraphs(rows: Iterator[dict]) -> Iterator[Record]:
    for row in rows:
        queries = [(q["kind"], q["query"]) for q in row["queries"]]
        passage = row["passage"].replace("⟨chú thích⟩", " ")
        yield Record("register_paragraphs", row["id"], "", held_out(row["id"]), passage, "", queries)


def _synthetic_queries(rows: Iterator[dict]) -> Iterator[Record]:
    for i, row in enumerate(rows):
        queries = [(q["kind"], q["query"]) for q in row["queries"]]
        yield Record("synthetic_queries", str(i), "", held_out(row["passage"]), row["passage"], "", queries)


def _thesaurus(source: str):
    kinds = ("official", "everyday", "abbr", "english", "related")

    def read(rows: Iterator[dict]) -> Iterator[Record]:
        for row in rows:
            terms = [(kind, term) for kind in kinds for term in row.get(kind, ())]
            passage = ", ".join([row["concept"], *row.get("official", ())])
            yield Record(source, row["concept"], "", False, passage, "", [("concept", row["concept"]), *terms])

    return read


def _qa(source: str, syllables: int, every: int = 1):
    def read(rows: Iterator[dict]) -> Iterator[Record]:
        for i, row in enumerate(islice(rows, 0, None, every)):
            group = row.get("subject", "")
            yield Record(source, str(i), group, False, _cut(row["passage"], syllables), "", [("title", row["query"])])

    return read


def _news(rows: Iterator[dict]) -> Iterator[Record]:
    for i, row in enumerate(rows):
        if row.get("adm", 0) >= 1:
            queries = [("title", row["title"]), ("abstract", row["abstract"])]
            yield Record("news", str(i), "", False, _cut(row["body"], 120), "", queries)


def _news_more(rows: Iterator[dict]) -> Iterator[Record]:
    for i, row in enumerate(islice(rows, 0, None, 2)):
        yield Record("news_more", str(i), "", False, row["abstract"], "", [("title", row["title"])])


def _chunks(source: str, syllables: int, per_row: int, every: int = 1):
    """Consecutive parts of long texts, cut at sentence ends; the second part's query is its first neighbour."""

    def read(rows: Iterator[dict]) -> Iterator[Record]:
        for i, row in enumerate(islice(rows, 0, None, every)):
            parts: list[str] = []
            size = syllables
            for sentence in re.split(r"(?<=[.;!?])\s+", row["text"][: per_row * syllables * 8]):
                if size >= syllables:
                    parts.append("")
                    size = 0
                parts[-1] += " " + sentence
                size += len(sentence.split())
            for k, part in enumerate(parts[:per_row]):
                title = [("title", row["title"])] if row.get("title") and k == 0 else []
                yield Record(source, f"{i}-{k}", str(i), False, _cut(part, 2 * syllables), "", title)

    return read


SOURCES = {
    "report_sections": ("training/report_sections.jsonl", _sections("report_sections")),
    "own_sections": (str(OWN / "*.jsonl"), _sections("own_sections")),
    "register_paragraphs": ("training/register_paragraphs.jsonl", _register_paragraphs),
    "synthetic_queries": ("training/synthetic_queries.jsonl", _synthetic_queries),
    "thesaurus": ("thesaurus/*.jsonl", _thesaurus("thesaurus")),
    CONCEPTS: (str(Path(__file__).parents[1] / "index" / "thesaurus" / "*.jsonl"), _thesaurus(CONCEPTS)),
    "legal_qa": ("training/legal_qa_pairs.jsonl.xz", _qa("legal_qa", 150)),
    "policy_news": ("training/policy_news_pairs.jsonl.xz", _qa("policy_news", 150)),
    "phapdien": ("training/phapdien_pairs.jsonl.xz", _qa("phapdien", 80, every=2)),
    "news": ("training/news.jsonl.xz", _news),
    "news_more": ("training/news_more.jsonl.xz", _news_more),
    "raw_text": ("training/raw_text.jsonl.xz", _chunks("raw_text", 100, 12)),
    "laws": ("training/laws.jsonl.xz", _chunks("laws", 120, 1, every=8)),
    "wiki": ("training/wiki.jsonl.xz", _chunks("wiki", 100, 1, every=2)),
}


def available(data: Path) -> list[str]:
    """Names of the sources whose file is in the data folder."""
    return [name for name, (pattern, _) in SOURCES.items() if _files(data, pattern)]


def source_files(data: Path, name: str) -> list[Path]:
    """The files of one source."""
    return _files(data, SOURCES[name][0])


def read_source(data: Path, name: str) -> Iterator[Record]:
    """The records of one source, in the file's order."""
    pattern, read = SOURCES[name]
    for path in _files(data, pattern):
        yield from read(_rows(path))


def _files(data: Path, pattern: str) -> list[Path]:
    whole = Path(pattern)
    return sorted(whole.parent.glob(whole.name) if whole.is_absolute() else data.glob(pattern))
