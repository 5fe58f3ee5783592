"""Search in one generation of an index: candidates → one ranking → hits."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.ask import NO_DIRECTION, Ask, check, doubted
from index.candidates import Allowed, DocumentTable, Retriever
from index.catalogue import Catalogue
from index.compare import best_of_each
from index.encode import Encoder
from index.facets import count_facets
from index.fusion import DEFAULT_FUSION, FusionSettings
from index.grouping import Arrangement, Shape, arrange
from index.hits import Comparison, Filters, SearchResult
from index.opening import check_counts, encoder_of, index_info, rank_model_of, soft_matcher_of
from index.present import Ranked
from index.query import DEFAULT_WEIGHTS, Query, Weights, analyse
from index.ranking import Ranker, Ranking, listing
from index.reader import Reader
from index.rerank import load_reranker
from index.snapshot import Manifest, current_generation, damaged, open_generation
from index.spelling import Speller
from index.thesaurus import load_thesaurus

DEPTH = 100
"""Candidates that each half brings."""

DEEPER = 8
"""How many times more the next search brings when a page lies further down."""
DEFAULT_SHAPE = Shape()
_WORD = re.compile(r"[^\W\d_]{1,20}")


def open_index(
    index_dir: str | Path, *, model: str | None = None, backend: str | None = None, reranker: str | None = None
) -> Searcher:
    """Open the generation in force.

    Args:
        index_dir: the index.
        model: another name or place of the encoder that the index was built with (None: as the index says).
        backend: what runs it (`index.model_files`); None as the index says.
        reranker: name or folder of a cross-encoder (`index.rerank`) that orders the best hits anew; None for none.

    Returns:
        A searcher, safe for many threads. Where the encoder cannot be had it searches by words and says so.

    Raises:
        IndexNotFoundError: there is no index.
        IndexDamagedError: something does not match; run ``vankien doctor``.
        ModelNotFoundError: the reranker is not on this machine.
    """
    folder, manifest = open_generation(Path(index_dir))
    encoder, degraded = encoder_of(manifest, model, backend)
    try:
        return Searcher(Path(index_dir), folder, manifest, encoder, degraded, reranker=reranker)
    except (ValueError, KeyError, IndexError, sqlite3.Error) as error:
        raise damaged(
            Path(index_dir), f"chỉ mục không nhất quán (the index is inconsistent): {error}", folder
        ) from error


class Searcher(Reader):
    """An open index. Made by `open_index`.

    Args:
        index_dir: the index.
        folder: its generation in force.
        manifest: of that generation.
        encoder: None searches by words only.
        degraded: why there is no encoder.
        weights: of the lexical terms.
        fusion: how the halves are mixed.
        reranker: name or folder of a cross-encoder; None for none.
    """

    def __init__(
        self,
        index_dir: Path,
        folder: Path,
        manifest: Manifest,
        encoder: Encoder | None,
        degraded: str | None = None,
        weights: Weights = DEFAULT_WEIGHTS,
        fusion: FusionSettings = DEFAULT_FUSION,
        reranker: str | None = None,
    ) -> None:
        self.index_dir = index_dir
        self._encoder = encoder
        self._degraded = degraded
        catalogue = Catalogue(folder / "catalogue.sqlite")
        heads = catalogue.document_heads()
        documents = DocumentTable(heads, folder / "places.json")
        super().__init__(catalogue, Retriever(folder, catalogue, documents), documents, heads)
        soft, model = soft_matcher_of(encoder, manifest), rank_model_of(encoder)
        judge = load_reranker(reranker, self._contextual) if reranker else None
        self.ranker = Ranker(self._retriever, weights, fusion, soft, model, judge)
        self._thesaurus = load_thesaurus(folder / "thesaurus.json")
        self._speller = Speller(folder / "spelling").opened()
        check_counts(index_dir, manifest, self._retriever)
        self.info = index_info(manifest, encoder, degraded, reranker)

    def _contextual(self, positions: np.ndarray) -> list[str]:
        """The texts of passages with their context, for the reranker."""
        ids = [self._retriever.ids[position] for position in positions.tolist()]
        found = self._catalogue.contextual(ids)
        return [found[i] for i in ids]

    def is_current(self) -> bool:
        """Whether this is still the generation in force; if not, `open_index` gives the newer one."""
        return current_generation(self.index_dir) == self.info.generation

    def warm(self) -> None:
        """Search and verify once, so that nobody waits for what is loaded or made on first use."""
        document = next(iter(self.documents()), None)
        passages = self.document_passages(document.id) if document else []
        text = max((stored.passage.text for stored in passages), key=len, default="")
        words = [match[0] for match in islice(_WORD.finditer(text), 40)]
        self.search(" ".join(words[:8]) or "văn kiện", limit=1)
        if len(words) > 8:
            self.verify(" ".join([*words[:4], *words[5:]]))  # with a word left out: what is verbatim is found sooner

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
        """Ranked passages.

        Args:
            query: as typed, with or without diacritics, Vietnamese or English.
            limit: hits a page.
            offset: hits to pass over.
            mode: "hybrid", "lexical" or "dense".
            filters: hard filters, applied before the search.
            facets: fields to count over everything that was found (`index.facets.FACETS`).
            shape: what becomes one hit, and in what turn documents come.
            context: neighbours on each side that every hit brings along.

        Raises:
            UsageError: an unknown mode, facet or section, or a number that is negative or too large.
        """
        return self.search_many(
            [query], limit=limit, offset=offset, mode=mode, filters=filters, facets=facets, shape=shape, context=context
        )[0]

    def search_many(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        offset: int = 0,
        mode: str = "hybrid",
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        facets: Sequence[str] = (),
        shape: Shape = DEFAULT_SHAPE,
        context: int = 0,
    ) -> list[SearchResult]:
        """The same for many queries, encoded in one go; `took_ms` of each holds its share of the encoding."""
        check(limit, offset, context, mode, facets, filters)
        started = time.perf_counter()
        ran, degraded = self._mode(mode)
        analysed = [self.analysed(query) for query in queries]
        understood = time.perf_counter()
        vectors = self._vectors(analysed, ran)
        encoded = time.perf_counter()
        ask = Ask(limit, offset, ran, degraded, self._retriever.allowed(filters), facets, shape, context)
        shared = (time.perf_counter() - started) / max(1, len(queries))
        each = 1000 / max(1, len(queries))
        common = {"understand": (understood - started) * each, "encode": (encoded - understood) * each}
        results = []
        for query, vector in zip(analysed, vectors, strict=True):
            begun = time.perf_counter()
            allowed = self._retriever.allowed(filters, query.operators) if query.operators else ask.allowed
            result = self._search(query, vector, replace(ask, allowed=allowed))
            took = (time.perf_counter() - begun + shared) * 1000
            stages = {name: round(ms, 3) for name, ms in (common | result.stages).items()}
            results.append(replace(result, took_ms=round(took, 3), stages=stages))
        return results

    def compare(
        self,
        query: str,
        *,
        limit: int | None = None,
        mode: str = "hybrid",
        filters: Filters = Filters(),  # noqa: B008 (frozen)
    ) -> Comparison:
        """The best passage of each document, best first; documents without a match are named.

        Every passage takes part in the ranking, so that each document's best is found however far down it stands.

        Args:
            query: as for `search`.
            limit: documents at most; None for all.
            mode: "hybrid", "lexical" or "dense".
            filters: hard filters, applied before the search.

        Raises:
            UsageError: an unknown mode or section, or a number that is negative or too large.
        """
        check(limit or 0, 0, 0, mode, (), filters)
        started = time.perf_counter()
        ran, degraded = self._mode(mode)
        analysed = self.analysed(query)
        (vector,) = self._vectors([analysed], ran)
        allowed = self._retriever.allowed(filters, analysed.operators)
        everything = len(self._retriever.rows)
        ranking = self._ranking(analysed, vector, everything, ran, allowed, everything)
        codes = range(len(self._documents.ids))
        if allowed.documents is not None:
            codes = [self._documents.codes[document] for document in allowed.documents]
        places, missing = best_of_each(ranking.positions, self._retriever.documents, codes)
        explained = self._explained(analysed)
        ranked = self._ranked(ranking, places[:limit], explained)
        return Comparison(
            query=query,
            mode=ran,
            degraded=degraded,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
            hits=self._presenter.hits(ranked, analysed, 1),
            without=tuple(self._presenter.reference(code) for code in missing),
            understood=explained,
            notes=doubted(allowed.notes, ranking.likeliest),
            likeliest=ranking.likeliest,
        )

    def analysed(self, query: str) -> Query:
        """What is made of a query before it is looked for."""
        return analyse(query, self._thesaurus, self._speller)

    def vector(self, query: Query) -> np.ndarray | None:
        """Its direction, float32 (dims,); None without an encoder or for a text with no word that the model knows."""
        return self._vectors([query], "hybrid")[0]

    def _mode(self, mode: str) -> tuple[str, str | None]:
        if mode == "lexical" or self._encoder is not None:
            return mode, None
        return "lexical", self._degraded

    def _vectors(self, queries: Sequence[Query], mode: str) -> Sequence[np.ndarray | None]:
        if mode == "lexical" or self._encoder is None or not queries:
            return [None] * len(queries)
        vectors = self._encoder.encode_queries([query.meaning for query in queries])
        # A text with no word that the model knows has no direction: it is searched by words alone.
        return [v if np.any(v) else None for v in vectors]

    def _search(self, query: Query, vector: np.ndarray | None, ask: Ask) -> SearchResult:
        if vector is None and ask.mode == "dense" and not query.operators.lists:
            ask = replace(ask, mode="lexical", degraded=NO_DIRECTION)
        last = ask.offset + ask.limit
        began = time.perf_counter()
        ranking = self._ranking(query, vector, 2 * last, ask.mode, ask.allowed)
        arranged = arrange(ranking.positions, self._relations, ask.shape)
        ordered = time.perf_counter()
        explained = self._explained(query)
        ranked = self._ranked(ranking, arranged.order[ask.offset : last], explained, arranged)
        hits = self._presenter.hits(ranked, query, ask.offset + 1, ask.context)
        shown = time.perf_counter()
        return SearchResult(
            query=query.raw,
            mode=ask.mode,
            degraded=ask.degraded,
            total=len(ranking.found),
            took_ms=0.0,
            hits=hits,
            facets=count_facets(ranking.found, ask.facets, self._retriever, self._documents) if ask.facets else {},
            more=len(arranged.order) > last,
            understood=explained,
            notes=doubted(ask.allowed.notes, ranking.likeliest),
            likeliest=ranking.likeliest,
            stages={"rank": (ordered - began) * 1000, "present": (shown - ordered) * 1000},
        )

    def _ranking(
        self,
        query: Query,
        vector: np.ndarray | None,
        last: int,
        mode: str,
        allowed: Allowed,
        depth: int = DEPTH,
    ) -> Ranking:
        """The ranking of a query down to `last`; of one that only filters, everything that its filters leave.

        What pages further down need is found by deeper searches and stands behind what was there before, so that a hit
        keeps its page whatever page is asked for.
        """
        if query.operators.lists:
            return listing(self._retriever.everything(allowed))
        ranking = self.ranker.rank(query, vector, depth, mode, allowed)
        while len(ranking.positions) < min(last, len(ranking.found)) and depth < len(self._retriever.rows):
            depth = min(DEEPER * depth, len(self._retriever.rows))
            ranking = ranking.followed_by(self.ranker.rank(query, vector, depth, mode, allowed))
        return ranking

    def _explained(self, query: Query) -> dict[str, Any]:
        return {**query.explain(), **self._retriever.understand(query).explain()}

    def _ranked(
        self, ranking: Ranking, places: np.ndarray, explained: dict[str, Any], arranged: Arrangement | None = None
    ) -> list[Ranked]:
        """What the presenter needs to know of some places of a ranking."""
        ids = self._retriever.ids
        duplicates = arranged.duplicates if arranged else {}
        folded = arranged.folded if arranged else {}
        return [
            Ranked(
                ids[ranking.positions[i]],
                float(ranking.scores[i]),
                {
                    **{name: round(float(part[i]), 4) for name, part in ranking.parts.items()},
                    **_features(ranking, i),
                    "query": explained,
                },
                int(ranking.clauses[i]) if ranking.clauses is not None else -1,
                tuple(int(ranking.positions[j]) for j in duplicates.get(i, ())),
                tuple(ids[ranking.positions[j]] for j in folded.get(i, ())),
            )
            for i in places.tolist()
        ]


def _features(ranking: Ranking, i: int) -> dict[str, dict[str, float]]:
    """What each measurement added to the learnt score of one hit; nothing where it did not run."""
    added = {name: round(float(part[i]), 3) for name, part in ranking.contributions.items() if part[i]}
    return {"features": added} if added else {}
