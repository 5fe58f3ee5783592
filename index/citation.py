"""How a passage is cited in Vietnamese; what is unknown is left out.

"Ban Chấp hành Đảng bộ huyện X, Báo cáo số 12-BC/HU, ngày 5/12/2024, Phần thứ nhất, mục II.1, chú thích 4, tr. 12"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from index.records import document_title
from ingest.document import Metadata

LONGEST_TITLE = 120
"""Characters of a title that a citation still gives in full."""

_NAMED_LEVEL = re.compile(r"(phần|chương|mục|điều|phụ lục|biểu)\b", re.IGNORECASE)


def citation(
    meta: Metadata, source: str, numbers: Sequence[str], *, note: str | None = None, page: int | None = None
) -> str:
    """The citation of one passage.

    Args:
        meta: the document's metadata.
        source: its file's name, for want of anything better.
        numbers: numbers of the enclosing headings, outermost first.
        note: the footnote's marker, if it is one.
        page: 1-based sheet.
    """
    parts = [meta.issuer, _document(meta, source), _day(meta.date), *_sections(numbers)]
    if note:
        parts.append(f"chú thích {note}")
    if page is not None:
        parts.append(f"tr. {page}")
    return ", ".join(part for part in parts if part)


def _document(meta: Metadata, source: str) -> str:
    kind = meta.doc_type
    if kind and meta.number and any(c.isdigit() for c in meta.number):
        return f"{kind} số {meta.number}"
    title = document_title(meta, source)
    if kind and len(title) > LONGEST_TITLE:
        title = kind  # the slogan of a congress report fills half a page and tells nobody which report it is
    elif kind and not title.lower().startswith(kind.lower()):
        title = f"{kind} {title[:1].lower() + title[1:] if not title.isupper() else title}"
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"
    return title + (" (dự thảo)" if meta.draft else "")


def _day(date: str | None) -> str:
    """An ISO date in words: "2024-12-05" → "ngày 5/12/2024", "2024-12" → "tháng 12/2024", "2024" → "năm 2024"."""
    parts = [str(int(p)) for p in (date or "").split("-") if p.isdigit()]
    names = {1: "năm", 2: "tháng", 3: "ngày"}
    return f"{names[len(parts)]} {'/'.join(reversed(parts))}" if len(parts) in names else ""


def _sections(numbers: Sequence[str]) -> list[str]:
    """Named levels by name, the rest as one chain: ["Phần thứ nhất", "II", "1"] → "Phần thứ nhất", "mục II.1"."""
    named = [n for n in numbers if _NAMED_LEVEL.match(n)]
    chain = ""
    for number in (n.rstrip(".)") for n in numbers if not _NAMED_LEVEL.match(n)):
        # "1.2" under "1" says all that "1" says.
        chain = number if not chain or number.startswith(chain + ".") else f"{chain}.{_own(number, chain)}"
    return [*named, f"mục {chain}"] if chain else named


def _own(number: str, chain: str) -> str:
    """The part of a decimal number that its parent's does not hold: "1.2" under "II.1" → "2"."""
    parent = chain.rsplit(".", number.count("."))[1:]
    head = number.split(".")[:-1]
    return number.rsplit(".", 1)[-1] if head and parent[-len(head) :] == head else number


def section_numbers(sections: Sequence[dict[str, Any]], section: str | None) -> list[str]:
    """Numbers of the headings that enclose a passage, outermost first.

    Args:
        sections: as in the document's JSON.
        section: id of the innermost one.
    """
    by_id = {s["id"]: s for s in sections}
    numbers: list[str] = []
    seen: set[str] = set()
    while section and section in by_id and section not in seen:
        seen.add(section)
        row = by_id[section]
        if row["number"]:
            numbers.insert(0, row["number"])
        section = row["parent"]
    return numbers
