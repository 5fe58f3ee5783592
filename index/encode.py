"""Text → vectors: one protocol, four ways.

Static models, the default one among them, run on numpy alone (`index.static_model`), ``vankien-mini`` and other ONNX
graphs on onnxruntime (`index.graph_model`); every other model runs through sentence-transformers, imported at its first
use, or on the backend that is asked for (`index.pooled_model`). Nothing is ever fetched here: a model that is not on
this machine raises `ModelNotFoundError` at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.graph_model import GraphModel
from index.model_files import TORCH, files_in, fingerprint, graph_of, vector_files
from index.model_profiles import DEFAULT_MODEL, ModelInfo, find_model, full_name, known_models, read_profile, runs_on
from index.pooled_model import PooledModel
from index.segment import segmented_form, words_form
from index.static_model import StaticModel, is_static
from ingest.errors import ModelNotFoundError

__all__ = ["Encoder", "ModelInfo", "Progress", "fingerprint", "known_models", "load_encoder"]

Progress = Callable[[int, int], None]
"""Called after each part with (texts done, texts in all)."""

_PART = 256  # texts between two calls of a Progress


class Encoder(Protocol):
    """Passages and queries → unit vectors that are near each other where one answers the other."""

    @property
    def name(self) -> str:
        """The name to give `load_encoder` to have it again."""
        ...

    @property
    def backend(self) -> str:
        """The backend to give `load_encoder` to have it again; "" for a shipped model, which has one way."""
        ...

    @property
    def dims(self) -> int:
        """Length of its vectors."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of its files: vectors of two encoders may be compared only if their fingerprints are the same."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """float32 (len(texts), dims), each row of length 1 (zeros for a text with no word that the model knows)."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """The same for queries, which some models want in another form."""
        ...


def load_encoder(name: str | None = None, backend: str | None = None) -> Encoder:
    """Open an encoder that is on this machine.

    Args:
        name: None for the shipped model; a folder with a sentence-transformers model; a hub name (``BAAI/bge-m3``) or a
            profile's short name (``bge-m3``) that was fetched before.
        backend: of `index.model_files.BACKENDS`, None for torch; static models and graphs of their own have no choice.

    Returns:
        The encoder. A transformer's weights are read at its first use, its fingerprint without them.

    Raises:
        ModelNotFoundError: its files are not on this machine, or no model can be read from them.
    """
    name = str(name) if name is not None else DEFAULT_MODEL
    backend = backend or TORCH
    folder = find_model(name, backend)
    if folder is None:
        raise not_found(name)
    info = read_profile(folder, full_name(name))
    if info.task != "encode":
        raise unreadable(folder, ValueError("it orders hits anew and makes no vectors: name it as --reranker"))
    if is_static(folder):
        return StaticEncoder(folder, info)
    if info.graph:
        graph = GraphEncoder(folder, info)
        return PairEncoder(graph, load_encoder(info.beside), info.beside_share) if info.beside else graph
    if backend.startswith("openvino") and find_spec("openvino") is None:
        raise _no_openvino()
    if backend not in runs_on(folder):
        raise not_for(backend, info.name)
    return TransformerEncoder(folder, info) if backend == TORCH else PooledEncoder(folder, info, backend)


class _Prepared:
    """What all kinds share: form of input, prompts, fingerprint, progress."""

    def __init__(self, folder: Path, info: ModelInfo, backend: str = "") -> None:
        self.folder = folder
        self.info = info
        self.name = info.name
        self.backend = backend

    @property
    def fingerprint(self) -> str:
        """Hash of the model's files, computed once."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        return fingerprint(self.folder, vector_files(self.folder, self.backend) if self.backend else None)

    @property
    def dims(self) -> int:
        """Length of the vectors."""
        raise NotImplementedError

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Unit vectors of passages, float32 (len(texts), dims)."""
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        for start in range(0, len(texts), _PART):
            part = [self.form(self.info.passage_prompt, text) for text in texts[start : start + _PART]]
            vectors[start : start + len(part)] = self._encode(part)
            if progress is not None:
                progress(start + len(part), len(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of queries, float32 (len(texts), dims)."""
        if not texts:
            return np.zeros((0, self.dims), dtype=np.float32)
        return self._encode([self.form(self.info.query_prompt, text) for text in texts])

    def form(self, prompt: str, text: str) -> str:
        """A text as the model wants it."""
        if self.info.input == "words_form":
            text = words_form(text)
        elif self.info.input == "segmented_form":
            text = segmented_form(text)
        return prompt + text

    def _encode(self, texts: list[str]) -> np.ndarray:
        raise NotImplementedError


class StaticEncoder(_Prepared):
    """A static model on numpy alone: 0.2 ms a query, segmentation included; loaded in a fifth of a second."""

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        super().__init__(folder, info)
        try:
            self._model = StaticModel(folder)
        except Exception as error:  # tokenizers raises plain Exception
            raise unreadable(folder, error) from error

    @property
    def dims(self) -> int:
        """Length of the vectors."""
        return self._model.dims

    @property
    def rows(self) -> np.ndarray:
        """The model's own table, float32 (pieces, dims)."""
        return self._model.rows

    def pieces(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Numbers of the pieces that texts fall into, int32, without any prompt."""
        return self._model.pieces([self.form("", text) for text in texts])

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._model.encode(texts)


class GraphEncoder(_Prepared):
    """A transformer as an ONNX graph: no torch, loaded at its first use in a third of a second."""

    @cached_property
    def _model(self) -> GraphModel:
        try:
            return GraphModel(self.folder, self.info.graph, self.info.max_length or 256)
        except Exception as error:  # onnxruntime and tokenizers raise their own kinds
            raise unreadable(self.folder, error) from error

    @property
    def dims(self) -> int:
        """Length of the vectors; from the profile where it says so, else the graph is loaded."""
        return self.info.dims or self._model.dims

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._model.encode(texts)


class PairEncoder:
    """Two encoders as one: their vectors side by side, so that the cosine is the mix of both cosines.

    Args:
        first: gives the name.
        second: the one beside it.
        share: of the second in the cosine, 0–1.
    """

    def __init__(self, first: Encoder, second: Encoder, share: float) -> None:
        self._parts = (first, second)
        self._weights = (np.float32((1 - share) ** 0.5), np.float32(share**0.5))
        self.name = first.name
        self.backend = ""

    @property
    def first_dims(self) -> int:
        """Length of the first one's vector, which stands in front."""
        return self._parts[0].dims

    @property
    def dims(self) -> int:
        """Length of both vectors together."""
        return sum(part.dims for part in self._parts)

    @property
    def fingerprint(self) -> str:
        """Hash of both models' files and of their shares."""
        parts = [part.fingerprint for part in self._parts] + [f"{weight:.4f}" for weight in self._weights]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Unit vectors of passages, float32 (len(texts), dims)."""
        first, second = self._parts
        return self._joined(first.encode_passages(texts, progress), second.encode_passages(texts))

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of queries, float32 (len(texts), dims)."""
        first, second = self._parts
        return self._joined(first.encode_queries(texts), second.encode_queries(texts))

    def _joined(self, *vectors: np.ndarray) -> np.ndarray:
        both = np.hstack([weight * part for weight, part in zip(self._weights, vectors, strict=True)])
        return both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)


class TransformerEncoder(_Prepared):
    """Any other model, through sentence-transformers (imported and loaded at first use: 10 s and more)."""

    def __init__(self, folder: Path, info: ModelInfo) -> None:
        super().__init__(folder, info, TORCH)

    @cached_property
    def loaded(self) -> Any:
        """The model of sentence-transformers."""
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()
            model = SentenceTransformer(
                str(self.folder), local_files_only=True, trust_remote_code=self.info.remote_code
            )
        except Exception as error:  # whatever torch, transformers or the model's own code raise
            raise unreadable(self.folder, error) from error
        if self.info.max_length:
            model.max_seq_length = min(self.info.max_length, model.max_seq_length or self.info.max_length)
        return model

    @property
    def dims(self) -> int:
        """Length of the vectors; from the profile where it says so, else the model is loaded."""
        return self.info.dims or int(self.loaded.get_embedding_dimension())

    def _encode(self, texts: list[str]) -> np.ndarray:
        # prompt="" keeps sentence-transformers from adding its own default prompt to ours.
        vectors = self.loaded.encode(
            texts, prompt="", batch_size=16, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


class PooledEncoder(_Prepared):
    """The same models on onnxruntime or OpenVINO, in 32 or 8 bits; loaded at first use."""

    @cached_property
    def _model(self) -> PooledModel:
        graph = graph_of(files_in(self.folder), self.backend) or ""
        try:
            model = PooledModel(self.folder, graph, self.backend.partition("-")[0], self.info.max_length)
        except Exception as error:  # the runtimes, tokenizers and transformers raise their own kinds
            raise unreadable(self.folder, error) from error
        if not model.pooling.with_prompt and (self.info.query_prompt or self.info.passage_prompt):
            raise unreadable(self.folder, ValueError("only torch leaves the prompt out of the pooling, as it wants"))
        return model

    @property
    def dims(self) -> int:
        """Length of the vectors; from the profile where it says so, else the graph is loaded."""
        return self.info.dims or self._model.dims

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._model.encode(texts)


def not_found(name: str) -> ModelNotFoundError:
    """The error for a model that is not on this machine, with the command that fetches it."""
    if name == DEFAULT_MODEL:
        return ModelNotFoundError(
            "gói cài đặt thiếu mô hình mặc định / the package lacks its default model",
            where=name,
            do="Cài lại gói. / Install the package again.",
        )
    full = full_name(name)
    is_path = full.startswith((".", "/", "~")) or full.count("/") != 1
    fetch = f"vankien models fetch {full}"
    return ModelNotFoundError(
        "không có mô hình này trên máy / this model is not on this machine",
        where=name,
        do="Kiểm tra đường dẫn. / Check the path."
        if is_path
        else f"Tải về trước bằng lệnh / Fetch it first with: {fetch}",
    )


def unreadable(folder: Path, error: Exception) -> ModelNotFoundError:
    """The error for a folder from which no model can be read."""
    reason = " ".join(str(error).split())[:200]
    return ModelNotFoundError(
        f"không đọc được mô hình / the model cannot be read ({type(error).__name__}: {reason})",
        where=folder,
        do="Tải lại mô hình. / Fetch the model again.",
    )


def not_for(backend: str, name: str) -> ModelNotFoundError:
    """The error for a model that is here, but not in the form that a backend needs."""
    hub = "/" in name and not Path(name).is_absolute()
    ways = [f"vankien models fetch {name} --backend {backend}"] * hub + [
        f"vankien models convert {name} --backend {backend}"
    ] * (backend != TORCH)
    return ModelNotFoundError(
        f"mô hình chưa có tệp cho backend {backend} / the model has no files for this backend",
        where=name,
        do=f"Tải hoặc tạo bằng lệnh / Fetch or make them with: {' | '.join(ways)}"
        if ways
        else "Chọn backend khác. / Take another backend.",
    )


def _no_openvino() -> ModelNotFoundError:
    return ModelNotFoundError(
        "máy này chưa cài OpenVINO / OpenVINO is not installed", do="Cài / Install: pip install 'vankien[openvino]'"
    )
