"""What the retrievers share: asking, and a hit as text and metadata. Knows no framework."""

from __future__ import annotations

import logging
from typing import Any, Protocol, runtime_checkable

from index.frames import PATH_MARK
from index.hits import Filters, Hit, SearchResult

DEFAULT_K = 10
"""Passages that a retriever gives."""
ANY = Filters()
"""No filter."""

log = logging.getLogger(__name__)


@runtime_checkable
class Searches(Protocol):
    """Anything that searches: `index.search.Searcher`, `index.view.View`, `search_api.client.Client`."""

    def search(self, query: str, *, limit: int, mode: str, filters: Filters) -> SearchResult:
        """As `index.search.Searcher.search`."""
        ...


def found(searcher: Searches, query: str, k: int, mode: str, filters: Filters) -> tuple[Hit, ...]:
    """The hits of a query, best first.

    A retriever has no place for remarks in its answer, so whatever was not done as asked goes to the log.
    """
    result = searcher.search(query, limit=k, mode=mode, filters=filters)
    for remark in (result.degraded, *result.notes):
        if remark:
            log.warning("%s", remark)
    return result.hits


def text_of(hit: Hit, with_footnotes: bool) -> str:
    """The passage verbatim; with footnotes, each on a line of its own behind it, marked as a note."""
    notes = hit.footnotes if with_footnotes else ()
    lines = [f"[chú thích {note.marker} / note {note.marker}] {note.text}" for note in notes]
    return "\n".join([hit.text, *lines])


def metadata_of(hit: Hit) -> dict[str, Any]:
    """What goes with the text, all of it ready for JSON.

    Returns:
        Ids, document, place in it and `citation`. `section_path` is one string, headings joined by
        `index.frames.PATH_MARK`, outermost first; `page` is 1-based; `start` and `end` are characters of the document's
        canonical text and belong to the passage without its notes; `footnotes` are ``{"marker", "text"}``; `anchor` is,
        for a footnote, ``{"passage_id", "text"}`` of the passage that carries its marker, and None for everything else.
    """
    document, anchor = hit.document, hit.anchor
    return {
        "passage_id": hit.passage_id,
        "document_id": document.id,
        "kind": hit.kind,
        "title": document.title,
        "issuer": document.issuer,
        "place": document.place,
        "period": document.period,
        "date": document.date,
        "section_path": PATH_MARK.join(hit.section_path),
        "page": hit.page,
        "start": hit.start,
        "end": hit.end,
        "citation": hit.citation,
        "score": hit.score,
        "source": hit.source,
        "footnotes": [{"marker": note.marker, "text": note.text} for note in hit.footnotes],
        "anchor": {"passage_id": anchor.passage_id, "text": anchor.text} if anchor else None,
    }
