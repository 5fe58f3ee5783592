"""Why a hit is where it is, for people: what matched where, by which expansion, with which score.

Reads `Hit.explain` without knowing all of it: names that it knows get a Vietnamese label, whatever else holds
numbers or words is shown under its own name, so that a new ranker needs no change here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.hits import Hit

MOST = 12
"""Contributions that are shown of a learnt ranking, the largest first."""
FORMS = 3
"""Forms of a concept that are shown; all of them are in the HTTP API's `explain`."""

_SCORES = {
    "lexical": ("theo từ", "by words"),
    "dense": ("theo nghĩa", "by meaning"),
    "rerank": ("theo mô hình xếp lại", "by the reranker"),
    "bm25": ("BM25, chưa quy đổi", "BM25, unscaled"),
    "cosine": ("độ gần nghĩa (cosin)", "cosine"),
    "whole": ("cả đoạn, gần nghĩa", "whole passage"),
    "clause": ("mệnh đề sát nhất, gần nghĩa", "best clause"),
    "soft": ("từng từ, gần nghĩa", "word by word"),
    "soft_clause": ("từng từ, trong mệnh đề sát nhất", "word by word, best clause"),
    "soft_path": ("từng từ, trong đề mục", "word by word, headings"),
    "cover_all": ("đủ các từ", "words covered"),
    "cover_pairs": ("đủ các cặp từ", "pairs covered"),
    "cover_path": ("từ có trong đề mục", "words in headings"),
    "cover_carrier": ("từ có trong câu mang chú thích", "words in the sentence with the note"),
    "added_form": ("từ đồng nghĩa", "added forms"),
    "refs": ("số văn bản", "document numbers"),
}
_FIELDS = {
    "text": ("trong đoạn", "in the text"),
    "path": ("trong đề mục", "in the headings"),
    "carrier": ("trong câu mang chú thích", "in the sentence with the note"),
    "header": ("trong tên văn kiện", "in the document's name"),
}
_QUERY = {
    "kind": ("kiểu câu hỏi", "kind"),
    "references": ("số văn bản", "document numbers"),
    "filters": ("bộ lọc", "filters"),
    "phrases": ("cụm từ trong ngoặc kép", "phrases"),
    "excluded": ("không có", "without"),
    "periods": ("thời gian", "periods"),
    "places": ("địa phương được ưu tiên", "places lifted"),
    "searched": ("đã tìm", "searched"),
    "respelled": ("sửa cách viết", "respelled"),
    "restored": ("thêm dấu", "marks restored"),
    "abbreviations": ("chữ viết tắt", "abbreviations"),
}
_KINDS = {
    "docref": "số văn bản",
    "english": "tiếng Anh",
    "question": "câu hỏi",
    "number": "có số liệu",
    "unmarked": "không dấu",
    "keywords": "từ khoá",
}
_HOW = {"named": "nêu tên", "meant": "nói cách khác", "near": "gần nghĩa"}
_GROUPS = {"features": ("Đóng góp vào điểm", "Contributions"), "fields": ("Điểm theo trường", "Scores by field")}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: label in Vietnamese, the same in English (or ""), value."""

    label: str
    english: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """A titled list of lines."""

    title: str
    english: str
    rows: list[Row]


def why(hit: Hit) -> list[Part]:
    """What explains a hit; parts without lines are left out."""
    explain = hit.explain
    query = explain.get("query")
    asked: Mapping[str, Any] = query if isinstance(query, Mapping) else {}
    parts = [
        Part("Khớp ở đâu", "What matched", _matched(explain.get("matched"))),
        Part("Điểm", "Scores", [Row("điểm chung", "score", _number(hit.score)), *_scores(explain)]),
    ]
    for name, value in explain.items():
        if name not in ("query", "matched", "concepts") and isinstance(value, Mapping):
            title, english = _GROUPS.get(name, (name, ""))
            parts.append(Part(title, english, _contributions(value)))
    parts.append(Part("Hiểu câu hỏi", "The query", _query(asked)))
    parts.append(Part("Tìm rộng ra", "Expansions", _expansions(asked.get("expansions"), explain.get("concepts"))))
    return [part for part in parts if part.rows]


def _matched(found: Any) -> list[Row]:
    if not isinstance(found, Mapping):
        return []
    return [Row(*_FIELDS.get(name, (name, "")), ", ".join(f"“{w}”" for w in words)) for name, words in found.items()]


def _expansions(expansions: Any, concepts: Any) -> list[Row]:
    here: Mapping[str, list[str]] = concepts if isinstance(concepts, Mapping) else {}
    rows = []
    for row in expansions or ():
        standing = here.get(row["concept"])
        forms = row.get("forms", ())
        value = ", ".join(forms[:FORMS]) + (" …" if len(forms) > FORMS else "")
        value += f" · ở đây có / here: {', '.join(f'“{form}”' for form in standing)}" if standing else ""
        how = _HOW.get(row.get("how", ""), row.get("how", ""))
        label = f"{row['concept']} ({how}, {_number(row['score'])})" if "score" in row else f"{row['concept']} ({how})"
        rows.append(Row(label, "", value))
    return rows


def _scores(explain: Mapping[str, Any]) -> list[Row]:
    known = [name for name in _SCORES if name in explain]
    names = [*known, *(name for name in explain if name not in _SCORES)]
    return [Row(*_SCORES.get(name, (name, "")), _number(explain[name])) for name in names if _is_number(explain[name])]


def _contributions(values: Mapping[str, Any]) -> list[Row]:
    numbers = [(name, value) for name, value in values.items() if _is_number(value)]
    numbers.sort(key=lambda item: -abs(item[1]))
    labels = _SCORES | _FIELDS
    return [Row(*labels.get(name, (name, "")), _number(value, signed=True)) for name, value in numbers[:MOST]]


def _query(asked: Mapping[str, Any]) -> list[Row]:
    rows = []
    for name, value in asked.items():
        shown = _KINDS.get(value, value) if name == "kind" else _plain(value)
        if name != "expansions" and isinstance(shown, str) and shown:
            rows.append(Row(*_QUERY.get(name, (name, "")), shown))
    return rows


def _plain(value: Any) -> str:
    """A number, a text or a list of them, of changes or of what the query wrote, as text; "" for anything else."""
    if _is_number(value):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(text for item in value if (text := _item(item)))
    return value if isinstance(value, str) else ""


def _item(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item) if isinstance(item, (str, int, float)) else ""
    if "from" in item and "to" in item:
        return f"{item['from']} → {item['to']}"
    return str(item.get("written") or item.get("place") or "")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: float, signed: bool = False) -> str:
    """Two decimals with the Vietnamese comma; a contribution with its sign."""
    return f"{value:+.2f}".replace(".", ",") if signed else f"{value:.2f}".replace(".", ",")
