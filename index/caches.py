"""Catalogue → what is made from it: tantivy, FAISS, the compiled thesaurus, and the manifest that vouches for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from index.cache import BuildCache, pieces_of
from index.catalogue import Catalogue
from index.embedding import embed
from index.encode import Encoder
from index.forward import ForwardIndex, ForwardRow
from index.gazetteer import compile_places
from index.lexical import LexicalIndex
from index.records import names_an_office
from index.report import Progress
from index.snapshot import SCHEMA_VERSION, Build, Manifest, write_synced
from index.soft import SoftMatcher
from index.spelling import write_speller
from index.thesaurus import compile_thesaurus, read_entries
from index.twins import near_duplicates
from index.vectors import VectorIndex
from ingest.document import Metadata

_LIBRARIES = ("faiss-cpu", "tantivy", "underthesea", "numpy")


@dataclass(frozen=True, slots=True)
class Make:
    """What a generation is made with.

    Attributes:
        encoder: for the vectors.
        default: whether it is the shipped one, taken because no other was asked for.
        cache: what earlier builds have left.
        parser: fingerprint of the code that read the documents.
        jobs: processes that cut the words.
        report: progress.
        thesaurus: folder of the user's own concepts, or None.
    """

    encoder: Encoder
    default: bool
    cache: BuildCache
    parser: str
    jobs: int
    report: Progress
    thesaurus: Path | None = None


def write_caches(build: Build, catalogue: Catalogue, make: Make) -> tuple[Manifest, int]:
    """Everything of a generation that is made from its catalogue: tantivy, FAISS, the manifest.

    Returns:
        The manifest, and how many texts had to be encoded.
    """
    encoder, report = make.encoder, make.report
    counts = catalogue.counts()
    report("write", 0, 4)
    heads = [(head["id"], Metadata(**head["metadata"])) for head in catalogue.document_heads()]
    offices = {document for document, meta in heads if names_an_office(meta)}
    LexicalIndex.build(build.folder / "lexical", catalogue.lexical_rows(), offices)
    report("write", 1, 4)
    rows, texts = catalogue.embedded_texts()
    clause_rows, owners, clause_texts = catalogue.clause_texts()
    paths = sorted({path for _, path in catalogue.section_paths()})
    soft = SoftMatcher()
    made = embed([*texts, *clause_texts], [*clause_texts, *paths], encoder, soft, make.cache, make.jobs, report)
    vectors = made.vectors
    report("write", 2, 4)
    VectorIndex.build(build.folder / "passages.faiss", np.array(rows, np.int64), vectors[: len(rows)])
    VectorIndex.build(build.folder / "clauses.faiss", np.array(clause_rows, np.int64), vectors[len(rows) :])
    of_offices = np.array([document in offices for (document,) in catalogue.passage_columns("document")], bool)
    np.save(build.folder / "mean.npy", _background(vectors[: len(rows)], of_offices))
    report("write", 3, 4)
    ForwardIndex.build(build.folder / "forward", _forward_rows(catalogue, owners, made.pieces, len(clause_texts)))
    np.save(build.folder / "twins.npy", near_duplicates([tokens.folded for *_, tokens in catalogue.lexical_rows()]))
    thesaurus = compile_thesaurus(make.thesaurus)
    write_synced(build.folder / "thesaurus.json", json.dumps(thesaurus, ensure_ascii=False))
    places = compile_places(meta for _, meta in heads)
    write_synced(build.folder / "places.json", json.dumps(places, ensure_ascii=False))
    write_speller(build.folder / "spelling", catalogue, read_entries(make.thesaurus))
    make.cache.keep_only([*texts, *clause_texts, *paths], encoder.fingerprint, pieces_of(soft.fingerprint))
    report("write", 4, 4)
    return _manifest(build, make, counts, thesaurus["fingerprint"], soft.fingerprint), made.encoded


def _manifest(build: Build, make: Make, counts: dict[str, int], thesaurus: str, soft: str) -> Manifest:
    encoder = make.encoder
    return Manifest(
        generation=build.number,
        schema=SCHEMA_VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model={
            "name": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dims": encoder.dims,
            "backend": encoder.backend,
            "default": make.default,
        },
        parser=make.parser,
        thesaurus=thesaurus,
        soft=soft,
        versions={name: metadata.version(name) for name in _LIBRARIES},
        counts=counts,
    )


def _background(vectors: np.ndarray, of_offices: np.ndarray) -> np.ndarray:
    """What a query has in common with any passage, float32 (dims,); strangers beside documents of offices do not count.

    Args:
        vectors: of all passages, float32 (n, dims).
        of_offices: which of them belong to documents that say which office wrote them, bool (n,).
    """
    if not len(vectors):
        return np.zeros(vectors.shape[1], np.float32)
    return vectors[of_offices].mean(axis=0) if of_offices.any() else vectors.mean(axis=0)


def _forward_rows(
    catalogue: Catalogue, owners: Sequence[int], pieces: Sequence[np.ndarray], clauses: int
) -> Iterator[ForwardRow]:
    """The rows of the forward index in the order of the passages' ids.

    Args:
        catalogue: the generation's.
        owners: the passage's row of each clause, in that order.
        pieces: of these clauses, then of all section paths, sorted.
        clauses: how many there are.
    """
    paths = catalogue.section_paths()
    above = dict(zip(sorted({path for _, path in paths}), pieces[clauses:], strict=True))
    place = 0
    for (row, path), (*_, tokens) in zip(paths, catalogue.lexical_rows(), strict=True):
        first = place
        while place < len(owners) and owners[place] == row:
            place += 1
        yield ForwardRow(tokens, pieces[first:place], above[path])
