"""What a generation is searched with (encoder, soft matcher, learnt ranker), whether it is whole, what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.candidates import Retriever
from index.choice import chosen
from index.encode import Encoder, StaticEncoder, load_encoder
from index.model_profiles import DEFAULT_MODEL, find_model
from index.rank_model import RankModel, load_ranker, ranker_of
from index.snapshot import Manifest, damaged
from index.soft import SoftMatcher
from ingest.errors import ModelNotFoundError


def encoder_of(manifest: Manifest, model: str | None, backend: str | None = None) -> tuple[Encoder | None, str | None]:
    """The encoder that the index was built with, or None and one sentence that says why.

    Args:
        manifest: of the generation.
        model: another name or place of that encoder; None as the manifest says.
        backend: what runs it; None as the manifest says.
    """
    if manifest.model is None:
        return None, "chỉ tìm theo từ: chỉ mục không có vectơ / lexical only: the index has no vectors"
    choice = chosen(manifest, model, backend)
    try:
        encoder = load_encoder(choice.name, choice.backend)
    except ModelNotFoundError as error:
        return None, f"chỉ tìm theo từ / lexical only: {error}"
    if encoder.fingerprint != manifest.model["fingerprint"]:
        return None, _other(encoder, manifest.model)
    return encoder, None


def _other(encoder: Encoder, built_with: dict[str, Any]) -> str:
    """The sentence for an encoder whose vectors may not be compared with those of the index, with the way out."""
    theirs, ours = (
        f"{name} ({backend})" if backend else name
        for name, backend in ((built_with["name"], built_with.get("backend")), (encoder.name, encoder.backend))
    )
    if theirs == ours:  # the same name, other files
        return (
            f"chỉ tìm theo từ: tệp của mô hình {ours} đã đổi từ khi lập chỉ mục, hãy ingest lại / "
            "lexical only: the model's files have changed since the index was built, ingest again"
        )
    again = " ".join([f"--model {encoder.name}", *([f"--backend {encoder.backend}"] if encoder.backend else [])])
    return (
        f"chỉ tìm theo từ: chỉ mục được lập bằng mô hình {theirs}, không phải {ours}; bỏ --model và --backend, hoặc "
        f"ingest lại với {again} / lexical only: the index was built with another model; leave out --model and "
        f"--backend, or ingest again with {again}"
    )


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
