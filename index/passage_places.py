"""A range of a document's canonical text → what stands there: passage, headings, page, citation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.candidates import DocumentTable
from index.catalogue import Catalogue
from index.citation import citation, section_numbers
from index.hits import DocumentRef
from index.present import Presenter
from ingest.document import Section


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """Where a quotation stands.

    Attributes:
        document: the document, short.
        source: its file's name.
        sha256: of the file.
        passage_id: the passage that it begins in; None in a heading, a letterhead or the like.
        passages: ids of all passages that it runs through.
        kind: of the first passage, "heading" in a heading, "other" elsewhere.
        text: the document's own characters.
        section_path: labels of the enclosing headings, outermost first.
        page: 1-based sheet on which the passage begins, None where the format has no pages.
        page_end: sheet on which the last one ends.
        start: character offset in the document's canonical text.
        end: behind the last one.
        citation: ready to paste.
    """

    document: DocumentRef
    source: str
    sha256: str
    passage_id: str | None
    passages: tuple[str, ...]
    kind: str
    text: str
    section_path: tuple[str, ...]
    page: int | None
    page_end: int | None
    start: int
    end: int
    citation: str


class Locator:
    """Knows what stands where in the documents of one generation.

    Args:
        catalogue: the generation's.
        documents: its documents.
        presenter: for citations.
        heads: as `Catalogue.document_heads` gives them.
    """

    def __init__(
        self, catalogue: Catalogue, documents: DocumentTable, presenter: Presenter, heads: Sequence[dict[str, Any]]
    ) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._presenter = presenter
        self._heads = {head["id"]: head for head in heads}

    def place(self, document: str, start: int, end: int) -> QuotePlace:
        """What stands at `start` to `end` of a document's canonical text."""
        code = self._documents.codes[document]
        source, head = self._documents.sources[code], self._heads[document]
        stored = self._catalogue.passages_at(document, start, end)
        meta = self._documents.metadata[code]
        if stored:
            first, last = stored[0].passage, stored[-1].passage
            path, page, page_end, kind = first.section_path, first.page, last.page_end or last.page, first.kind
            cited = self._presenter.citation(stored[0])
        else:
            section = _heading_at(head["sections"], start)
            path = tuple(_path(head["sections"], section)) if section else ()
            page = page_end = section["page"] if section else None
            kind = "heading" if section else "other"
            numbers = section_numbers(head["sections"], section["id"]) if section else []
            cited = citation(meta, source, numbers, page=page)
        return QuotePlace(
            document=self._presenter.reference(code),
            source=source,
            sha256=head["sha256"],
            passage_id=stored[0].passage.id if stored else None,
            passages=tuple(s.passage.id for s in stored),
            kind=kind,
            text=self._catalogue.canonical(document, start, end),
            section_path=path,
            page=page,
            page_end=page_end,
            start=start,
            end=end,
            citation=cited,
        )

    def on_page(self, document: str, start: int, end: int, page: int) -> bool:
        """Whether a range of a document's canonical text may stand on a page: what holds it is, at least partly."""
        place = self.place(document, start, end)
        return place.page is not None and place.page <= page <= (place.page_end or place.page)

    def apart(self, document: str, length: int) -> list[tuple[int, int]]:
        """The ranges of a document's canonical text that no passage holds: headings, letterhead, signature.

        Args:
            document: its id.
            length: of its canonical text.
        """
        found: list[tuple[int, int]] = []
        at = 0
        for start, end in [*self._catalogue.passage_ranges(document), (length, length)]:
            if start > at:
                found.append((at, start))
            at = max(at, end)
        return found

    def markers(self, document: str, start: int, end: int) -> list[tuple[int, str]]:
        """Canonical offset and marker of each footnote that is anchored in a range, in reading order."""
        return self._catalogue.markers_at(document, start, end)


def _heading_at(sections: Sequence[dict[str, Any]], start: int) -> dict[str, Any] | None:
    return next((row for row in sections if row["start"] <= start < row["end"]), None)


def _path(sections: Sequence[dict[str, Any]], section: dict[str, Any]) -> list[str]:
    """Labels of the headings above one, outermost first."""
    by_id = {row["id"]: row for row in sections}
    path: list[str] = []
    parent = section["parent"]
    while parent in by_id and len(path) < len(by_id):
        path.insert(0, Section(**by_id[parent]).label)
        parent = by_id[parent]["parent"]
    return path
