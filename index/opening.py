"""What a generation is searched with: its encoder, the soft matcher that fits it, the learnt ranker."""

from __future__ import annotations

from index.encode import Encoder, StaticEncoder, load_encoder
from index.model_profiles import DEFAULT_MODEL, find_model
from index.rank_model import RankModel, load_ranker, ranker_of
from index.snapshot import Manifest
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
