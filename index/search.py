"""Search in one generation of an index: candidates → one ranking → hits."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.candidates import Allowed, DocumentTable, Retriever
from index.catalogue import Catalogue, StoredPassage
from index.encode import Encoder, StaticEncoder, load_encoder
from index.fusion import DEFAULT_FUSION, FusionSettings
from index.hits import MODES, DocumentInfo, Filters, PassageView, SearchResult
from index.model_profiles import DEFAULT_MODEL, find_model
from index.present import Presenter, Ranked
from index.query import DEFAULT_WEIGHTS, Query, Weights, analyse
from index.rank_model import RankModel, load_ranker, ranker_of
from index.ranking import Ranker, Ranking, listing
from index.snapshot import Manifest, current_generation, damaged, open_generation
from index.soft import SoftMatcher
from index.spelling import Speller
from index.thesaurus import load_thesaurus
from ingest.document import Document
from ingest.errors import ModelNotFoundError, UsageError

DEPTH = 100
"""Candidates that each half brings at least; a page further down brings more."""

FACETS = ("document", "kind", "place", "year", "doc_type")


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is open: generation number, encoder's name (None: by words only), counts, time of the build."""

    generation: int
    model: str | None
    degraded: str | None
    created: str
    documents: int
    passages: int
    clauses: int
    footnotes: int
    tables: int


def open_index(index_dir: str | Path, *, model: str | None = None) -> Searcher:
    """Open the generation in force.

    Args:
        index_dir: the index.
        model: another name or place of the encoder that the index was built with (None: as the index says).

    Returns:
        A searcher, safe for many threads. Where the encoder cannot be had it searches by words and says so.

    Raises:
        IndexNotFoundError: there is no index.
        IndexDamagedError: something does not match; run ``vankien doctor``.
    """
    folder, manifest = open_generation(Path(index_dir))
    encoder, degraded = _encoder(manifest, model)
    try:
        return Searcher(Path(index_dir), folder, manifest, encoder, degraded)
    except (ValueError, KeyError, IndexError, sqlite3.Error) as error:
        raise damaged(
            Path(index_dir), f"chỉ mục không nhất quán (the index is inconsistent): {error}", folder
        ) from error


def _encoder(manifest: Manifest, model: str | None) -> tuple[Encoder | None, str | None]:
    if manifest.model is None:
        return None, "chỉ tìm theo từ: chỉ mục không có vectơ / lexical only: the index has no vectors"
    name = model or (None if manifest.model["default"] else manifest.model["name"])
    try:
        encoder = load_encoder(name)
    except ModelNotFoundError as error:
        return None, f"chỉ tìm theo từ / lexical only: {error}"
    if encoder.fingerprint != manifest.model["fingerprint"]:
        return None, (
            f"chỉ tìm theo từ: mô hình {encoder.name} không phải mô hình của chỉ mục, hãy ingest lại / "
            "lexical only: this is not the model that the index was built with, ingest again"
        )
    return encoder, None


def _soft_matcher(encoder: Encoder | None, manifest: Manifest) -> SoftMatcher | None:
    """None where the index holds the pieces of another version of the packaged model; the next ingest mends that."""
    soft = SoftMatcher(encoder if isinstance(encoder, StaticEncoder) and encoder.name == DEFAULT_MODEL else None)
    return soft if soft.fingerprint == manifest.soft else None


def _rank_model(encoder: Encoder | None) -> RankModel:
    return load_ranker(ranker_of(find_model(encoder.name) if encoder else None))


class Searcher:
    """An open index. Made by `open_index`.

    Args:
        index_dir: the index.
        folder: its generation in force.
        manifest: of that generation.
        encoder: None searches by words only.
        degraded: why there is no encoder.
        weights: of the lexical terms.
        fusion: how the halves are mixed.
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
    ) -> None:
        self.index_dir = index_dir
        self._encoder = encoder
        self._degraded = degraded
        self._catalogue = Catalogue(folder / "catalogue.sqlite")
        heads = self._catalogue.document_heads()
        self._documents = DocumentTable(heads, folder / "places.json")
        self._retriever = Retriever(folder, self._catalogue, self._documents)
        self.ranker = Ranker(self._retriever, weights, fusion, _soft_matcher(encoder, manifest), _rank_model(encoder))
        self._presenter = Presenter(self._catalogue, self._documents, heads)
        self._thesaurus = load_thesaurus(folder / "thesaurus.json")
        self._speller = Speller(folder / "spelling")
        self._check_counts(index_dir, manifest)
        counts = manifest.counts
        self.info = IndexInfo(
            generation=manifest.generation,
            model=encoder.name if encoder else None,
            degraded=degraded,
            created=manifest.created,
            **{name: counts[name] for name in ("documents", "passages", "clauses", "footnotes", "tables")},
        )

    def _check_counts(self, index_dir: Path, manifest: Manifest) -> None:
        found = {
            "tantivy": (self._retriever.lexical_index.size, manifest.counts["passages"]),
            "passages.faiss": (self._retriever.passages.size, manifest.counts["passages"]),
            "clauses.faiss": (self._retriever.clauses.size, manifest.counts["clauses"]),
            "catalogue": (len(self._retriever.rows), manifest.counts["passages"]),
        }
        for name, (here, expected) in found.items():
            if here != expected:
                raise damaged(
                    index_dir, f"{name} có {here} dòng thay vì {expected} (its count differs from the manifest)"
                )

    def is_current(self) -> bool:
        """Whether this is still the generation in force; if not, `open_index` gives the newer one."""
        return current_generation(self.index_dir) == self.info.generation

    def close(self) -> None:
        """Close the files."""
        self._catalogue.close()

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
    ) -> SearchResult:
        """Ranked passages.

        Args:
            query: as typed, with or without diacritics, Vietnamese or English.
            limit: hits a page.
            offset: hits to pass over.
            mode: "hybrid", "lexical" or "dense".
            filters: hard filters, applied before the search.
            facets: fields to count over all candidates: "document", "kind", "place", "year", "doc_type".

        Raises:
            UsageError: an unknown mode or facet, or a negative number.
        """
        return self.search_many([query], limit=limit, offset=offset, mode=mode, filters=filters, facets=facets)[0]

    def search_many(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        offset: int = 0,
        mode: str = "hybrid",
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        facets: Sequence[str] = (),
    ) -> list[SearchResult]:
        """The same for many queries, encoded in one go; `took_ms` of each holds its share of the encoding."""
        _check(limit, offset, mode, facets)
        started = time.perf_counter()
        ran, degraded = self._mode(mode)
        analysed = [self.analysed(query) for query in queries]
        vectors = self._vectors(analysed, ran)
        unfiltered = self._retriever.allowed(filters)
        shared = (time.perf_counter() - started) / max(1, len(queries))
        results = []
        for query, vector in zip(analysed, vectors, strict=True):
            begun = time.perf_counter()
            allowed = self._retriever.allowed(filters, query.operators) if query.operators else unfiltered
            result = self._search(query, vector, limit, offset, ran, degraded, allowed, facets)
            took = (time.perf_counter() - begun + shared) * 1000
            results.append(_with_time(result, took))
        return results

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

    def _search(
        self,
        query: Query,
        vector: np.ndarray | None,
        limit: int,
        offset: int,
        mode: str,
        degraded: str | None,
        allowed: Allowed,
        facets: Sequence[str],
    ) -> SearchResult:
        if query.operators.lists:
            ranking = listing(self._retriever.everything(allowed))
        else:
            ranking = self.ranker.rank(query, vector, max(DEPTH, 2 * (offset + limit)), mode, allowed)
        page = range(offset, min(offset + limit, len(ranking.positions)))
        explained = {**query.explain(), **self._retriever.understand(query).explain()}
        ranked = [
            Ranked(
                self._retriever.ids[ranking.positions[i]],
                float(ranking.scores[i]),
                {
                    **{name: round(float(part[i]), 4) for name, part in ranking.parts.items()},
                    **_features(ranking, i),
                    "query": explained,
                },
            )
            for i in page
        ]
        return SearchResult(
            query=query.raw,
            mode=mode,
            degraded=degraded,
            total=len(ranking.found),
            took_ms=0.0,
            hits=self._presenter.hits(ranked, query, offset + 1),
            facets=self._facets(ranking.found, facets) if facets else {},
            understood=explained,
            notes=allowed.notes,
        )

    def _facets(self, found: np.ndarray, facets: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        """Counts over everything that was found, not over the page."""
        by_document = Counter(self._retriever.documents[found].tolist())
        counts: dict[str, Counter[str]] = {name: Counter() for name in facets}
        for code, count in by_document.items():
            meta = self._documents.metadata[code]
            values = {
                "document": [self._documents.ids[code]],
                "place": [meta.place] if meta.place else [],
                "doc_type": [meta.doc_type] if meta.doc_type else [],
                "year": [str(year) for year in self._documents.years[code]],
            }
            for name, counter in counts.items():
                for value in values.get(name, ()):
                    counter[value] += count
        if "kind" in counts:
            for code, count in Counter(self._retriever.kind_codes[found].tolist()).items():
                counts["kind"][self._retriever.kinds[code]] = count
        return {name: sorted(c.items(), key=lambda item: (-item[1], item[0])) for name, c in counts.items()}

    # ---- reading -------------------------------------------------------------------------------------------------

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        """A passage with `context` neighbours on each side, in reading order.

        Raises:
            UsageError: there is no such passage.
        """
        stored = self._catalogue.passages([passage_id]).get(passage_id)
        if stored is None:
            raise _unknown(passage_id)
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
            raise _unknown(document_id)
        return found

    def document_passages(self, document_id: str) -> list[StoredPassage]:
        """The passages of a document in reading order.

        Raises:
            UsageError: there is no such document.
        """
        if document_id not in self._documents.codes:
            raise _unknown(document_id)
        return self._catalogue.document_passages(document_id)


def _check(limit: int, offset: int, mode: str, facets: Sequence[str]) -> None:
    if mode not in MODES:
        raise UsageError(f"không có cách tìm {mode!r} (no such mode)", do=f"Chọn (choose): {', '.join(MODES)}")
    if limit < 0 or offset < 0:
        raise UsageError("limit và offset phải từ 0 trở lên (must not be negative)")
    for name in facets:
        if name not in FACETS:
            raise UsageError(f"không có nhóm {name!r} (no such facet)", do=f"Chọn (choose): {', '.join(FACETS)}")


def _features(ranking: Ranking, i: int) -> dict[str, dict[str, float]]:
    """What each measurement added to the learnt score of one hit; nothing where it did not run."""
    added = {name: round(float(part[i]), 3) for name, part in ranking.contributions.items() if part[i]}
    return {"features": added} if added else {}


def _unknown(key: str) -> UsageError:
    return UsageError(f"không có {key} trong chỉ mục (not in the index)")


def _with_time(result: SearchResult, took_ms: float) -> SearchResult:
    from dataclasses import replace

    return replace(result, took_ms=round(took_ms, 3))
