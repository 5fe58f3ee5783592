"""Reports composed of held-out written sections, with judged queries: what the ranker is trained on.

The written sections are tidier than reports are: one theme a section, short passages, a place of its own each. Real
reports put three themes into one paragraph of 200 syllables under "1. Kinh tế". So a third of the sections is left as
it is, of a third neighbouring passages are joined, and the last third falls into paragraphs that mix themes under
general headings; all stand in sets of four documents with one place and year each. Lengths then lie as in real reports
(median 80 syllables, a tenth above 195).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Document, Metadata, Passage
from training.sources import OWN, file_hash, held_out

LONGEST = 250
PART = 64
"""Sections in one set of reports at most: some three hundred passages, as two or three real reports have. With more,
the same theme comes up so often that many a query has right answers that nobody judged."""
_PLACES = ("huyện Nậm Khao", "huyện Hải Cát Đông", "tỉnh Sơn Khê", "thị xã Phú Lương Hạ")
_HEADINGS = (
    "1. Kinh tế",
    "2. Văn hóa - xã hội",
    "3. Quốc phòng, an ninh",
    "4. Xây dựng Đảng và hệ thống chính trị",
    "III. NHIỆM VỤ, GIẢI PHÁP",
    "2. Hạn chế, khuyết điểm",
)
_KINDS = {"footnote": "footnote", "table_row": "table_row"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with the grades of its passages (id → 1–3), and how it was judged: "narrow" (one), "wide" (several)."""

    query: str
    answers: dict[str, int]
    width: str


@dataclass(frozen=True, slots=True)
class _Piece:
    key: str
    text: str
    role: str = ""


def compose(
    data: Path, seed: int, half: int | None = None, seen: Set[str] = frozenset()
) -> list[tuple[list[Document], list[Judged]]]:
    """Sets of four reports, each with the queries that are asked of it alone.

    Args:
        data: the folder with ``training/report_sections.jsonl``; where it is absent the project's own sections serve.
        seed: which of the many ways to put them together.
        half: 0 or 1 takes one half of the held-out sections, which share no query; None all of them.
        seen: names and hashes of files that are left out: an encoder was trained on their held-out part too.

    Returns:
        (documents, queries) of sets of nearly one size, none of more than `PART` sections.
    """
    draw = random.Random(seed)
    sections = [row for row in _sections(data, seen) if _taken(row["id"], half)]
    rest = [row for row in _loose(data, seen) if _taken(row["id"], half)]
    draw.shuffle(sections)
    sets = max(-(-len(sections) // PART), 1 if rest else 0)
    return [_set(f"report {seed}/{k}", sections[k::sets], rest[k::sets], draw) for k in range(sets)]


def _set(
    name: str, sections: Sequence[dict], rest: Sequence[dict], draw: random.Random
) -> tuple[list[Document], list[Judged]]:
    """Four documents of these sections and paragraphs, and their queries."""
    loose = [_Piece(row["id"], _plain(row["passage"])) for row in rest]
    documents: list[Document] = []
    where: dict[str, str] = {}
    for number, place in enumerate(_PLACES):
        parts = _arranged(sections[number::4], loose[number::4], draw)
        documents.append(_document(f"{name}/{number}", place, str(2020 + number), parts, where))
    return documents, [query for query in _queries(sections, rest, where) if query.answers]


def _taken(key: str, half: int | None) -> bool:
    return held_out(key) and (half is None or sum(key.encode()) % 2 == half)


def _sections(data: Path, seen: Set[str]) -> Iterator[dict]:
    for path in [*sorted(OWN.glob("*.jsonl")), data / "training" / "report_sections.jsonl"]:
        yield from _rows(path, seen)


def _loose(data: Path, seen: Set[str]) -> Iterator[dict]:
    yield from _rows(data / "training" / "register_paragraphs.jsonl", seen)


def _rows(path: Path, seen: Set[str]) -> Iterator[dict]:
    if path.is_file() and seen.isdisjoint((path.name, file_hash(path))):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _plain(text: str) -> str:
    return text.replace("⟨chú thích⟩", " ").strip()


def _arranged(
    sections: Sequence[dict], loose: Sequence[_Piece], draw: random.Random
) -> list[tuple[tuple[str, ...], list[_Piece]]]:
    """Paragraphs as (headings, pieces)."""
    parts: list[tuple[tuple[str, ...], list[_Piece]]] = []
    pool = list(loose)
    for row in sections:
        heading = tuple(row["heading"])
        pieces = [_Piece(f"{row['id']}/{p['id']}", _plain(p["passage"]), p.get("role", "")) for p in row["passages"]]
        style = draw.random()
        if style < 0.35:
            parts += [(heading, [piece]) for piece in pieces]
        elif style < 0.65:
            parts += [(heading[:-1] or heading, group) for group in _grouped(pieces, (2, 2, 3), draw)]
        else:
            pool += pieces
    draw.shuffle(pool)
    general = [(("II. KẾT QUẢ THỰC HIỆN", draw.choice(_HEADINGS)), group) for group in _grouped(pool, (1, 2, 3), draw)]
    return parts + general


def _grouped(pieces: Sequence[_Piece], sizes: Sequence[int], draw: random.Random) -> Iterator[list[_Piece]]:
    """Runs of some pieces, none longer than a passage may be."""
    group: list[_Piece] = []
    size = draw.choice(sizes)
    for piece in pieces:
        length = sum(len(p.text.split()) for p in group) + len(piece.text.split())
        if group and (len(group) == size or length > LONGEST):
            yield group
            group, size = [], draw.choice(sizes)
        group.append(piece)
    if group:
        yield group


def _document(
    name: str, place: str, year: str, parts: Sequence[tuple[tuple[str, ...], list[_Piece]]], where: dict[str, str]
) -> Document:
    """A document of these paragraphs; `where` learns the passage of each piece."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = Metadata(doc_type="Báo cáo", title=f"Báo cáo kết quả năm {year}", place=place, period=year)
    passages, at = [], 0
    for path, pieces in parts:
        text = " ".join(piece.text for piece in pieces)
        kind = _KINDS.get(pieces[0].role, "paragraph") if len(pieces) == 1 else "paragraph"
        identity = f"{digest[:12]}:p{len(passages):05d}"
        passages.append(Passage(identity, kind, text, None, path, None, None, at, at + len(text)))
        where.update((piece.key, identity) for piece in pieces)
        at += len(text) + 1
    canonical = "\n".join(passage.text for passage in passages)
    return Document(digest[:12], name, digest, "text/plain", meta, (), tuple(passages), (), (), (), (), canonical)


def _queries(sections: Sequence[dict], rest: Sequence[dict], where: dict[str, str]) -> Iterator[Judged]:
    for row in sections:
        keys = {p["id"]: f"{row['id']}/{p['id']}" for p in row["passages"]}
        for passage in row["passages"]:
            for query in passage["queries"]:
                yield Judged(query["query"], {where[keys[passage["id"]]]: 3}, "narrow")
        for query in row.get("queries", ()):
            grades: dict[str, int] = {}
            for name, grade in query["answers"].items():
                if name in keys:
                    grades[where[keys[name]]] = max(grade, grades.get(where[keys[name]], 0))
            yield Judged(query["query"], grades, "wide")
    for row in rest:
        for query in row["queries"]:
            yield Judged(query["query"], {where[row["id"]]: 3}, "narrow")
