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
from index.encode import Encoder
from index.forward import ForwardIndex, ForwardRow
from index.gazetteer import compile_places
from index.lexical import LexicalIndex
from index.report import Progress
from index.snapshot import SCHEMA_VERSION, Build, Manifest, write_synced
from index.soft import SoftMatcher
from index.spelling import write_speller
from index.thesaurus import compile_thesaurus, read_entries
from index.twins import near_duplicates
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
    LexicalIndex.build(build.folder / "lexical", catalogue.lexical_rows())
    report("write", 1, 4)
    rows, texts = catalogue.embedded_texts()
    clause_rows, owners, clause_texts = catalogue.clause_texts()
    vectors, encoded = _encode([*texts, *clause_texts], encoder, make.cache, report)
    report("write", 2, 4)
    VectorIndex.build(build.folder / "passages.faiss", np.array(rows, np.int64), vectors[: len(rows)])
    VectorIndex.build(build.folder / "clauses.faiss", np.array(clause_rows, np.int64), vectors[len(rows) :])
    mean = vectors[: len(rows)].mean(axis=0) if len(rows) else np.zeros(encoder.dims, np.float32)
    np.save(build.folder / "mean.npy", mean)
    report("write", 3, 4)
    soft = SoftMatcher()
    ForwardIndex.build(build.folder / "forward", _forward_rows(catalogue, owners, clause_texts, soft, make.cache))
    np.save(build.folder / "twins.npy", near_duplicates([tokens.folded for *_, tokens in catalogue.lexical_rows()]))
    thesaurus = compile_thesaurus(make.thesaurus)
    write_synced(build.folder / "thesaurus.json", json.dumps(thesaurus, ensure_ascii=False))
    places = compile_places(Metadata(**head["metadata"]) for head in catalogue.document_heads())
    write_synced(build.folder / "places.json", json.dumps(places, ensure_ascii=False))
    write_speller(build.folder / "spelling", catalogue, read_entries(make.thesaurus))
    paths = {path for *_, path in catalogue.section_paths()}
    make.cache.keep_only([*texts, *clause_texts, *paths], encoder.fingerprint, pieces_of(soft.fingerprint))
    report("write", 4, 4)
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
        soft=soft.fingerprint,
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


def _forward_rows(
    catalogue: Catalogue, owners: Sequence[int], clause_texts: Sequence[str], soft: SoftMatcher, cache: BuildCache
) -> Iterator[ForwardRow]:
    """The rows of the forward index in the order of the passages' ids, as the clauses are (`owners`: their rows)."""
    paths = catalogue.section_paths()
    listed = sorted({path for _, path in paths})
    pieces = _pieces([*clause_texts, *listed], soft, cache)
    above = dict(zip(listed, pieces[len(clause_texts) :], strict=True))
    place = 0
    for (row, path), (*_, tokens) in zip(paths, catalogue.lexical_rows(), strict=True):
        first = place
        while place < len(owners) and owners[place] == row:
            place += 1
        yield ForwardRow(tokens, pieces[first:place], above[path])


def _pieces(texts: Sequence[str], soft: SoftMatcher, cache: BuildCache) -> list[np.ndarray]:
    """The soft matcher's pieces of all texts, int32; only those that the cache does not know are cut."""
    known = cache.pieces(texts, soft.fingerprint)
    missing = list(dict.fromkeys(text for position, text in enumerate(texts) if position not in known))
    made: dict[str, np.ndarray] = {}
    for start in range(0, len(missing), _ENCODE_STEP):
        step = missing[start : start + _ENCODE_STEP]
        cut = soft.pieces(step)
        cache.put_pieces(step, cut, soft.fingerprint)
        made.update(zip(step, cut, strict=True))
    return [known[position] if position in known else made[text] for position, text in enumerate(texts)]
