"""Several collections as one: each is searched by itself, the answers are put together.

Scores of the learnt ranker are probabilities, so hits of different collections can stand in one order (with equal ones
in the order of the collections); inside a collection the order stays as it was. With one collection everything is that
collection's own answer.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeVar

from index.ask import UNSURE, doubted
from index.grouping import Shape
from index.hits import Comparison, DocumentInfo, Filters, Hit, PassageView, SearchResult
from index.opening import IndexInfo
from index.quotes import LISTED, Verdict
from index.reader import unknown
from index.search import DEFAULT_SHAPE, Searcher
from index.stored import FileRow, StoredPassage
from ingest.document import Document
from ingest.errors import UsageError

T = TypeVar("T")
_BEST = {"verbatim": 0, "misattributed": 1, "altered": 2, "not_found": 3}


class View:
    """What one caller sees.

    Args:
        searchers: name of a collection → its searcher, at least one; the order decides between equal scores.
    """

    def __init__(self, searchers: Mapping[str, Searcher]) -> None:
        self._searchers = dict(searchers)
        self._all = list(searchers.values())

    @property
    def collections(self) -> tuple[str, ...]:
        """Names of the collections, "" for the open one."""
        return tuple(self._searchers)

    @property
    def version(self) -> str:
        """What names the generations that are open: the same version gives the same answers."""
        return "-".join(str(searcher.info.generation) for searcher in self._all)

    @property
    def info(self) -> IndexInfo:
        """What is open, the counts of all collections together."""
        infos = [searcher.info for searcher in self._all]
        first = infos[0]
        names = ("documents", "passages", "clauses", "footnotes", "tables")
        sums = {name: sum(getattr(info, name) for info in infos) for name in names}
        degraded = next((info.degraded for info in infos if info.degraded), None)
        created = max(info.created for info in infos)
        return replace(first, degraded=degraded, created=created, **sums)

    # ---- search --------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        offset: int = 0,
        mode: str = "hybrid",
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        facets: Sequence[str] = (),
        shape: Shape = DEFAULT_SHAPE,
        context: int = 0,
    ) -> SearchResult:
        """As `Searcher.search`."""
        return self.search_many(
            [query], limit=limit, offset=offset, mode=mode, filters=filters, facets=facets, shape=shape, context=context
        )[0]

    def search_many(
        self, queries: Sequence[str], *, limit: int = 10, offset: int = 0, **options: Any
    ) -> list[SearchResult]:
        """As `Searcher.search_many`."""
        if len(self._all) == 1:
            return self._all[0].search_many(queries, limit=limit, offset=offset, **options)
        asked = [searcher.search_many(queries, limit=offset + limit, **options) for searcher in self._all]
        return [merged(results, limit, offset) for results in zip(*asked, strict=True)]

    def compare(
        self,
        query: str,
        *,
        limit: int | None = None,
        mode: str = "hybrid",
        filters: Filters = Filters(),  # noqa: B008 (frozen)
    ) -> Comparison:
        """As `Searcher.compare`."""
        found = [searcher.compare(query, limit=limit, mode=mode, filters=filters) for searcher in self._all]
        if len(found) == 1:
            return found[0]
        hits = sorted((hit for one in found for hit in one.hits), key=lambda hit: -hit.score)[:limit]
        likeliest = _likeliest(found)
        return replace(
            found[0],
            degraded=next((one.degraded for one in found if one.degraded), None),
            took_ms=round(sum(one.took_ms for one in found), 3),
            hits=_ranked(hits, 1),
            without=tuple(document for one in found for document in one.without),
            notes=doubted(_said_by_all(found), likeliest),
            likeliest=likeliest,
        )

    def similar(
        self,
        passage_id: str,
        *,
        limit: int = 10,
        offset: int = 0,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        context: int = 0,
    ) -> SearchResult:
        """As `Searcher.similar`."""
        owner = self._owner(lambda searcher: searcher.passage(passage_id, context=0), passage_id)[0]
        options: dict[str, Any] = {"filters": filters, "context": context}
        if len(self._all) == 1:
            return owner.similar(passage_id, limit=limit, offset=offset, **options)
        own = owner.similar(passage_id, limit=offset + limit, **options)
        vector = owner.vector_of(passage_id)
        others = [
            searcher.near(vector, own.query, limit=offset + limit, **options)
            for searcher in self._all
            # Vectors of different encoders have nothing in common.
            if searcher is not owner and searcher.info.model == owner.info.model
        ]
        return merged([own, *others], limit, offset)

    def verify(self, quote: str, *, document: str | None = None, page: int | None = None) -> Verdict:
        """As `Searcher.verify`; the best of all collections."""
        verdicts = [searcher.verify(quote, document=document, page=page) for searcher in self._all]
        best = min(verdicts, key=lambda v: (_BEST[v.status], -v.similarity))
        same = [v for v in verdicts if v is not best and v.place is not None and v.similarity == 1.0]
        if best.similarity < 1.0 or not same:
            return best
        more = [place for v in same for place in (v.place, *v.elsewhere) if place is not None]
        return replace(
            best,
            elsewhere=(*best.elsewhere, *more)[:LISTED],
            places=best.places + sum(v.places for v in same),
            took_ms=round(sum(v.took_ms for v in verdicts), 3),
        )

    # ---- reading -------------------------------------------------------------------------------------------------

    def documents(self) -> list[DocumentInfo]:
        """Every document, collection after collection, in the order of the sources; one that lies in two comes once."""
        found: dict[str, DocumentInfo] = {}
        for searcher in self._all:
            for info in searcher.documents():
                found.setdefault(info.id, info)
        return list(found.values())

    def labels(self) -> dict[str, str]:
        """Document's id → name of the collection that it is read from, "" for the open one."""
        found: dict[str, str] = {}
        for name, searcher in self._searchers.items():
            for info in searcher.documents():
                found.setdefault(info.id, name)
        return found

    def document(self, document_id: str) -> Document:
        """As `Searcher.document`."""
        return self._owner(lambda searcher: searcher.document(document_id), document_id)[1]

    def document_passages(self, document_id: str) -> list[StoredPassage]:
        """As `Searcher.document_passages`."""
        return self._owner(lambda searcher: searcher.document_passages(document_id), document_id)[1]

    def files(self, document_id: str) -> list[FileRow]:
        """As `Searcher.files`."""
        return self._owner(lambda searcher: searcher.files(document_id), document_id)[1]

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        """As `Searcher.passage`."""
        return self._owner(lambda searcher: searcher.passage(passage_id, context=context), passage_id)[1]

    def _owner(self, look: Callable[[Searcher], T], key: str) -> tuple[Searcher, T]:
        """The first collection that knows an id, and what it says of it."""
        for searcher in self._all[:-1]:
            try:
                return searcher, look(searcher)
            except UsageError:
                continue
        if not self._all:
            raise unknown(key)
        return self._all[-1], look(self._all[-1])


def merged(results: Sequence[SearchResult], limit: int, offset: int) -> SearchResult:
    """Answers of several collections as one.

    Where one could do as it was asked and another had to loosen it, only the first counts. One that is not sure of what
    it found has done as it was asked.

    Args:
        results: each with its hits from the first on, `offset` + `limit` at most.
        limit: hits of the page.
        offset: hits to pass over.
    """
    kept = [result for result in results if not _asked(result)] or list(results)
    streams = [
        # A hit counts with no more than what stands before it, or the order inside its collection would break.
        [(-floor, number, hit) for hit, floor in zip(r.hits, accumulate((h.score for h in r.hits), min), strict=True)]
        for number, r in enumerate(kept)
    ]
    # A document may lie in two collections: its passages come once.
    hits = list({hit.passage_id: hit for *_, hit in heapq.merge(*streams, key=lambda row: row[:2])}.values())
    facets: dict[str, Counter[str]] = {}
    stages: Counter[str] = Counter()
    for result in results:
        stages.update(result.stages)  # pyright: ignore[reportArgumentType]
    likeliest = _likeliest(kept)
    for result in kept:
        for name, values in result.facets.items():
            facets.setdefault(name, Counter()).update(dict(values))
    return replace(
        kept[0],
        degraded=next((result.degraded for result in kept if result.degraded), None),
        total=sum(result.total for result in kept),
        took_ms=round(sum(result.took_ms for result in results), 3),
        hits=_ranked(hits[offset : offset + limit], offset + 1),
        facets={name: sorted(c.items(), key=lambda item: (-item[1], item[0])) for name, c in facets.items()},
        more=len(hits) > offset + limit or any(result.more for result in kept),
        notes=doubted(_said_by_all(results), likeliest),
        stages=dict(stages),
        likeliest=likeliest,
    )


def _ranked(hits: Sequence[Hit], first: int) -> tuple[Hit, ...]:
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, first))


def _asked(answer: SearchResult | Comparison) -> tuple[str, ...]:
    """What could not be done as asked; doubt is no such thing."""
    return tuple(note for note in answer.notes if note != UNSURE)


def _said_by_all(answers: Sequence[SearchResult | Comparison]) -> tuple[str, ...]:
    """What no collection could do as asked; what one alone could not do another did."""
    return tuple(note for note in _asked(answers[0]) if all(note in _asked(other) for other in answers[1:]))


def _likeliest(answers: Sequence[SearchResult | Comparison]) -> float | None:
    """Of all that found something; None where one of them is not judged."""
    judged = [answer.likeliest for answer in answers if answer.hits]
    return max((one for one in judged if one is not None), default=None) if None not in judged else None
