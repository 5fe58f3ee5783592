"""Catalogue → what is made from it: tantivy, FAISS, the compiled thesaurus, and the manifest that vouches for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata

import numpy as np

from index.cache import BuildCache
from index.catalogue import Catalogue
from index.encode import Encoder
from index.gazetteer import compile_places
from index.lexical import LexicalIndex
from index.report import Progress
from index.snapshot import SCHEMA_VERSION, Build, Manifest, write_synced
from index.thesaurus import compile_thesaurus
from index.vectors import VectorIndex
from ingest.document import Metadata

_LIBRARIES = ("faiss-cpu", "tantivy", "underthesea", "numpy")
_ENCODE_STEP = 512  # texts between two writes to the cache: what an interruption may cost


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
    """

    encoder: Encoder
    default: bool
    cache: BuildCache
    parser: str
    jobs: int
    report: Progress


def write_caches(build: Build, catalogue: Catalogue, make: Make) -> tuple[Manifest, int]:
    """Everything of a generation that is made from its catalogue: tantivy, FAISS, the manifest.

    Returns:
        The manifest, and how many texts had to be encoded.
    """
    encoder, report = make.encoder, make.report
    counts = catalogue.counts()
    report("write", 0, 3)
    LexicalIndex.build(build.folder / "lexical", catalogue.lexical_rows())
    report("write", 1, 3)
    rows, texts = catalogue.embedded_texts()
    clause_rows, _, clause_texts = catalogue.clause_texts()
    vectors, encoded = _encode([*texts, *clause_texts], encoder, make.cache, report)
    report("write", 2, 3)
    VectorIndex.build(build.folder / "passages.faiss", np.array(rows, np.int64), vectors[: len(rows)])
    VectorIndex.build(build.folder / "clauses.faiss", np.array(clause_rows, np.int64), vectors[len(rows) :])
    mean = vectors[: len(rows)].mean(axis=0) if len(rows) else np.zeros(encoder.dims, np.float32)
    np.save(build.folder / "mean.npy", mean)
    thesaurus = compile_thesaurus()
    write_synced(build.folder / "thesaurus.json", json.dumps(thesaurus, ensure_ascii=False))
    places = compile_places(Metadata(**head["metadata"]) for head in catalogue.document_heads())
    write_synced(build.folder / "places.json", json.dumps(places, ensure_ascii=False))
    make.cache.keep_only([*texts, *clause_texts], encoder.fingerprint)
    report("write", 3, 3)
    manifest = Manifest(
        generation=build.number,
        schema=SCHEMA_VERSION,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model={
            "name": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dims": encoder.dims,
            "default": make.default,
        },
        parser=make.parser,
        thesaurus=thesaurus["fingerprint"],
        versions={name: metadata.version(name) for name in _LIBRARIES},
        counts=counts,
    )
    return manifest, encoded


def _encode(texts: Sequence[str], encoder: Encoder, cache: BuildCache, report: Progress) -> tuple[np.ndarray, int]:
    """Vectors of all texts, float32 (len(texts), dims); only those that the cache does not know are computed."""
    vectors = np.zeros((len(texts), encoder.dims), np.float32)
    known = cache.vectors(texts, encoder.fingerprint, encoder.dims)
    for position, vector in known.items():
        vectors[position] = vector
    places: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        if position not in known:
            places.setdefault(text, []).append(position)
    missing = list(places)
    report("encode", 0, len(missing))
    for start in range(0, len(missing), _ENCODE_STEP):
        step = missing[start : start + _ENCODE_STEP]
        made = encoder.encode_passages(step, lambda done, _, s=start: report("encode", s + done, len(missing)))
        cache.put_vectors(step, made, encoder.fingerprint)
        for text, vector in zip(step, made, strict=True):
            vectors[places[text]] = vector
    return vectors, len(missing)
