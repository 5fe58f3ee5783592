"""What stands above the hits of both pages: what was understood, which filters hold, what was searched for besides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from index.hits import Comparison, SearchResult
from index.segment import has_diacritics
from index.tokens import tokenize
from search_api.views import FACETS, KINDS, SECTIONS, Question


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows or steers the search; `url` asks again without it, None where it stays."""

    label: str
    url: str | None


def understood(question: Question, result: SearchResult | Comparison) -> list[Chip]:
    """Filters, phrases and minus that stood in the query, and the places that it names, as the searcher tells them."""
    found = []
    for row in result.understood.get("filters", ()):
        label = f"{'không: ' if row['not'] else ''}{row['written'].lstrip('-−').replace('_', ' ')}"
        left = _without(question.q, row["written"])
        found.append(Chip(label, question.url(q=left, page=1) if left else "/"))
    found += [Chip(f"đúng cụm “{phrase}”", None) for phrase in result.understood.get("phrases", ())]
    found += [Chip(f"không có “{phrase}”", None) for phrase in result.understood.get("excluded", ())]
    found += [Chip(f"ưu tiên {row['place']}", None) for row in result.understood.get("places", ())]
    return list(dict.fromkeys(found))


def _without(query: str, written: str) -> str:
    """A query without one of its filters, which the searcher has read from its NFC form."""
    # The whole filter only: năm:2020 also begins năm:2020-2024.
    whole = rf"(?<![^\s(]){re.escape(written)}(?=[\s\"“”„«»,]|$)"
    return " ".join(re.sub(whole, " ", unicodedata.normalize("NFC", query), count=1).split())


def set_filters(question: Question, documents: Mapping[str, str]) -> list[Chip]:
    """The filters that hold beside the query.

    Args:
        question: what is asked now.
        documents: document id → name to show.
    """
    labels = {"kind": KINDS, "section": SECTIONS, "document": documents}
    return [
        Chip(labels.get(name, {}).get(value, value), question.toggled(name, value))
        for name, _, _ in FACETS
        for value in question.values(name)
    ]


def searched(result: SearchResult | Comparison) -> str | None:
    """What was searched for instead of the words typed: keyboard codes and slips put right; None where nothing was."""
    return result.understood.get("searched")


def expansions(result: SearchResult) -> list[str]:
    """Concepts that were searched along and do not stand in the query's own words, as typed or as put right."""
    told = result.understood
    own = unicodedata.normalize("NFC", told.get("restored") or told.get("searched") or result.query)
    side = "marked" if has_diacritics(own) else "folded"
    words = _keys(own, side)
    return [row["concept"] for row in told.get("expansions", ()) if _keys(row["concept"], side) not in words]


def _keys(text: str, side: str) -> str:
    return f" {' '.join(getattr(token, side) for token in tokenize(text))} "
