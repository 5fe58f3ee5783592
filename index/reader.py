"""Everything that is read from a generation without a query: documents, passages, what is similar, quotations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from index.ask import check
from index.bounds import check_number
from index.candidates import DocumentTable, Retriever
from index.catalogue import Catalogue
from index.grouping import Arrangement, Relations, Shape, arrange
from index.hits import DocumentInfo, Filters, PassageView, SearchResult
from index.passage_places import Locator
from index.present import Presenter, Ranked
from index.quotes import Verdict, Verifier
from index.stored import FileRow, StoredPassage
from ingest.document import Document
from ingest.errors import UsageError

NO_VECTORS = "chỉ mục không có vectơ / the index has no vectors"


class Reader:
    """The documents of one generation.

    Args:
        catalogue: the generation's.
        retriever: its caches.
        documents: its documents.
        heads: as `Catalogue.document_heads` gives them.
    """

    def __init__(
        self, catalogue: Catalogue, retriever: Retriever, documents: DocumentTable, heads: Sequence[dict[str, Any]]
    ) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._retriever = retriever
        passages = retriever.ids, retriever.documents.tolist()
        self._presenter = Presenter(catalogue, documents, heads, passages)
        self._relations = Relations(retriever.twins, retriever.anchors, retriever.documents)
        self._locator = Locator(catalogue, documents, self._presenter, heads)
        self._verifier = Verifier(catalogue, retriever, documents, self._locator)

    def close(self) -> None:
        """Close the files."""
        self._catalogue.close()

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        """A passage with `context` neighbours on each side, in reading order.

        Raises:
            UsageError: there is no such passage, or `context` is negative or too large.
        """
        check_number("context", context)
        stored = self._stored(passage_id)
        around = self._catalogue.document_passages(
            stored.document, max(0, stored.position - context), stored.position + context
        )
        hits = self._presenter.hits([Ranked(s.passage.id, 0.0) for s in around], None, 0)
        middle = stored.position - around[0].position
        return PassageView(hits[middle], hits[:middle], hits[middle + 1 :])

    def documents(self) -> list[DocumentInfo]:
        """Every document, in the order of the sources."""
        return self._presenter.infos()

    def document(self, document_id: str) -> Document:
        """A document whole, as it was read.

        Raises:
            UsageError: there is no such document.
        """
        found = self._catalogue.document(document_id)
        if found is None:
            raise unknown(document_id)
        return found

    def document_passages(self, document_id: str) -> list[StoredPassage]:
        """The passages of a document in reading order.

        Raises:
            UsageError: there is no such document.
        """
        self._known(document_id)
        return self._catalogue.document_passages(document_id)

    def files(self, document_id: str) -> list[FileRow]:
        """The files that a document was read from, by path; none for one that a program handed over.

        Raises:
            UsageError: there is no such document.
        """
        self._known(document_id)
        return self._catalogue.files_of(document_id)

    def verify(self, quote: str, *, document: str | None = None, page: int | None = None) -> Verdict:
        """Whether a quotation stands in the documents word for word, and where.

        Args:
            quote: up to `index.quotes.MOST_WORDS` words.
            document: where it is said to stand: a document's id, number, file, words of its title or its place, or a
                passage's id.
            page: 1-based sheet it is said to stand on.

        Raises:
            UsageError: no word in it, or too many.
        """
        return self._verifier.verify(quote, document, page)

    def similar(
        self,
        passage_id: str,
        *,
        limit: int = 10,
        offset: int = 0,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        context: int = 0,
    ) -> SearchResult:
        """The passages that come nearest to one in meaning, those that say the same as it left out.

        Args:
            passage_id: the passage.
            limit: hits a page.
            offset: hits to pass over.
            filters: hard filters, applied before the search.
            context: neighbours on each side that every hit brings along.

        Raises:
            UsageError: there is no such passage, or a number is negative or too large.
        """
        stored = self._stored(passage_id)
        vector = self._retriever.passages.vector(stored.row)
        return self.near(
            vector, stored.passage.text, limit=limit, offset=offset, filters=filters, context=context, but=passage_id
        )

    def near(
        self,
        vector: np.ndarray | None,
        text: str,
        *,
        limit: int = 10,
        offset: int = 0,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        context: int = 0,
        but: str | None = None,
    ) -> SearchResult:
        """The passages whose vectors come nearest to one.

        Args:
            vector: float32 (dims,), of length 1; None finds nothing, as an index without vectors does.
            text: what the vector stands for, repeated in the answer.
            limit: hits a page.
            offset: hits to pass over.
            filters: hard filters, applied before the search.
            context: neighbours on each side that every hit brings along.
            but: id of a passage that is left out with those that say the same.

        Raises:
            UsageError: a number is negative or too large.
        """
        check(limit, offset, context, "dense", (), filters)
        started = time.perf_counter()
        allowed = self._retriever.allowed(filters)
        positions, scores = self._retriever.nearest_passages(vector, allowed)
        if but is not None:
            kept = self._relations.twins[positions] != self._relations.twins[self._retriever.position(but)]
            positions, scores = positions[kept], scores[kept]
        arranged = arrange(positions, self._relations, Shape())
        places = arranged.order[offset : offset + limit]
        ranked = [self._ranked_near(positions, scores, place, arranged) for place in places.tolist()]
        return SearchResult(
            query=text,
            mode="dense",
            degraded=None if vector is not None else NO_VECTORS,
            total=len(positions),
            took_ms=round((time.perf_counter() - started) * 1000, 3),
            hits=self._presenter.hits(ranked, None, offset + 1, context),
            more=len(arranged.order) > offset + limit,
            understood={"kind": "similar"},
            notes=allowed.notes,
        )

    def _ranked_near(self, positions: np.ndarray, scores: np.ndarray, place: int, arranged: Arrangement) -> Ranked:
        score = float(scores[place])
        same = tuple(int(positions[other]) for other in arranged.duplicates.get(place, ()))
        passage = self._retriever.ids[positions[place]]
        return Ranked(passage, max(0.0, score), {"dense": round(score, 4)}, duplicates=same)

    def vector_of(self, passage_id: str) -> np.ndarray | None:
        """A passage's direction, float32 (dims,); None where the index has no vectors.

        Raises:
            UsageError: there is no such passage.
        """
        return self._retriever.passages.vector(self._stored(passage_id).row)

    def _stored(self, passage_id: str) -> StoredPassage:
        stored = self._catalogue.passages([passage_id]).get(passage_id)
        if stored is None:
            raise unknown(passage_id)
        return stored

    def _known(self, document_id: str) -> None:
        if document_id not in self._documents.codes:
            raise unknown(document_id)


def unknown(key: str) -> UsageError:
    """The error for an id that nothing has."""
    return UsageError(f"không có {key} trong chỉ mục (not in the index)")
