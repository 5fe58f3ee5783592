"""What MCP tools answer. `search` and `fetch` have the very form that ChatGPT's connectors ask for."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from index.hits import Comparison, Hit, HitFootnote, PassageView, SearchResult
from search_api.schemas import NOTES as TOLD
from search_api.schemas import Out, SectionOut
from search_api.views import document_url

NOTES = "Chú thích / footnotes:"


class FoundOut(BaseModel):
    """One hit of `search`."""

    id: str
    title: str
    url: str
    text: str = Field(description="the passage, verbatim, then its footnotes")
    citation: str
    kind: str
    start: int = Field(description="character offset in the document's canonical text")
    end: int
    score: float


class FoundListOut(BaseModel):
    """What `search` answers."""

    results: list[FoundOut]
    total: int
    mode: str
    notes: list[str] = Field(description=TOLD)


class FetchedOut(BaseModel):
    """What `fetch` answers."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, Any]


class ComparedOut(BaseModel):
    """What `compare` answers."""

    results: list[FoundOut]
    without: list[str] = Field(description="documents that say nothing about it")
    notes: list[str] = Field(description=TOLD)


class ListedOut(Out):
    """A row of `documents`."""

    id: str
    title: str
    doc_type: str | None
    issuer: str | None
    place: str | None
    province: str | None
    number: str | None
    period: str | None
    date: str | None
    passages: int
    url: str = ""


class ListedDocumentsOut(BaseModel):
    """What `documents` answers."""

    total: int
    offset: int
    documents: list[ListedOut]


class HeadingsOut(BaseModel):
    """What `outline` answers."""

    id: str
    title: str
    url: str
    sections: list[SectionOut]


def found(hit: Hit, base: str) -> FoundOut:
    """A hit as `search` tells it.

    Args:
        hit: the hit.
        base: address of the server, without a slash at its end.
    """
    return FoundOut(
        id=hit.passage_id,
        title=title(hit),
        url=base + document_url(hit.document.id, hit.passage_id),
        text=with_notes(hit.text, hit.footnotes),
        citation=hit.citation,
        kind=hit.kind,
        start=hit.start,
        end=hit.end,
        score=hit.score,
    )


def fetched(view: PassageView, sha256: str, base: str) -> FetchedOut:
    """A passage as `fetch` tells it."""
    hit = view.passage
    metadata: dict[str, Any] = {
        "citation": hit.citation,
        "document_id": hit.document.id,
        "document": hit.document.title,
        "issuer": hit.document.issuer,
        "place": hit.document.place,
        "period": hit.document.period,
        "date": hit.document.date,
        "source": hit.source,
        "sha256": sha256,
        "kind": hit.kind,
        "section_path": list(hit.section_path),
        "page": hit.page,
        "start": hit.start,
        "end": hit.end,
        "footnotes": [{"marker": note.marker, "text": note.text, "id": note.passage_id} for note in hit.footnotes],
        "before": [{"id": other.passage_id, "text": other.text} for other in view.before],
        "after": [{"id": other.passage_id, "text": other.text} for other in view.after],
    }
    if hit.anchor:
        metadata["note_to"] = {"id": hit.anchor.passage_id, "text": hit.anchor.text}
    return FetchedOut(
        id=hit.passage_id,
        title=title(hit),
        text=with_notes(hit.text, hit.footnotes),
        url=base + document_url(hit.document.id, hit.passage_id),
        metadata=metadata,
    )


def compared(comparison: Comparison, base: str) -> ComparedOut:
    """A comparison as `compare` tells it."""
    without = [" · ".join(part for part in (d.place, d.title) if part) for d in comparison.without]
    return ComparedOut(
        results=[found(hit, base) for hit in comparison.hits], without=without, notes=notes_of(comparison)
    )


def notes_of(result: SearchResult | Comparison) -> list[str]:
    """What there is to say of an answer as a whole."""
    return [*result.notes, *([result.degraded] if result.degraded else [])]


def title(hit: Hit) -> str:
    """Place, period, document and the innermost headings on one line."""
    document = hit.document
    named = [part for part in (document.place, document.period) if part] or [document.title]
    return " — ".join([" · ".join(named), *([" › ".join(hit.section_path[-2:])] if hit.section_path else [])])


def with_notes(text: str, notes: tuple[HitFootnote, ...]) -> str:
    """A passage's text and below it the footnotes whose marks stand in it."""
    return "\n".join([text, *([NOTES] if notes else []), *(f"({note.marker}) {note.text}" for note in notes)])
