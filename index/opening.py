"""What a generation is searched with (encoder, soft matcher, learnt ranker), whether it is whole, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.candidates import Retriever
from index.encode import Encoder, StaticEncoder, load_encoder
from index.model_profiles import DEFAULT_MODEL, find_model
from index.rank_model import RankModel, load_ranker, ranker_of
from index.snapshot import Manifest, damaged
from index.soft import SoftMatcher
from ingest.errors import ModelNotFoundError


def encoder_of(manifest: Manifest, model: str | None) -> tuple[Encoder | None, str | None]:
    """The encoder that the index was built with, or None and one sentence that says why.

    Args:
        manifest: of the generation.
        model: another name or place of that encoder; None as the manifest says.
    """
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


def soft_matcher_of(encoder: Encoder | None, manifest: Manifest) -> SoftMatcher | None:
    """None where the index holds the pieces of another version of the packaged model; the next ingest mends that."""
    soft = SoftMatcher(encoder if isinstance(encoder, StaticEncoder) and encoder.name == DEFAULT_MODEL else None)
    return soft if soft.fingerprint == manifest.soft else None


def rank_model_of(encoder: Encoder | None) -> RankModel:
    """The weights learnt with this encoder, else those of the default one."""
    return load_ranker(ranker_of(find_model(encoder.name) if encoder else None))


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is open: generation, encoder's name (None: by words only), time of the build, counts, reranker's name."""

    generation: int
    model: str | None
    degraded: str | None
    created: str
    documents: int
    passages: int
    clauses: int
    footnotes: int
    tables: int
    reranker: str | None = None


def index_info(manifest: Manifest, encoder: Encoder | None, degraded: str | None, reranker: str | None) -> IndexInfo:
    """What is told of an open generation."""
    counts = manifest.counts
    return IndexInfo(
        generation=manifest.generation,
        model=encoder.name if encoder else None,
        degraded=degraded,
        created=manifest.created,
        reranker=reranker,
        **{name: counts[name] for name in ("documents", "passages", "clauses", "footnotes", "tables")},
    )


def check_counts(index_dir: Path, manifest: Manifest, retriever: Retriever) -> None:
    """Hold every part of a generation against its manifest.

    Raises:
        IndexDamagedError: one has more or fewer rows.
    """
    found = {
        "tantivy": (retriever.lexical_index.size, manifest.counts["passages"]),
        "passages.faiss": (retriever.passages.size, manifest.counts["passages"]),
        "clauses.faiss": (retriever.clauses.size, manifest.counts["clauses"]),
        "twins.npy": (len(retriever.twins), manifest.counts["passages"]),
        "catalogue": (len(retriever.rows), manifest.counts["passages"]),
    }
    for name, (here, expected) in found.items():
        if here != expected:
            raise damaged(index_dir, f"{name} có {here} dòng thay vì {expected} (its count differs from the manifest)")
