"""Static encoders (sentence-transformers' `StaticEmbedding`) with numpy, `tokenizers` and `safetensors` alone.

A text's vector is the mean of its tokens' rows, L2-normalised. sentence-transformers does the same with torch, but
takes 6–14 s and 460 MB to import; a search process has no use for either. A test holds both equal to 1e-6.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

__all__ = ["StaticModel", "is_static"]

_CHUNK = 512  # texts pooled at once: bounds the memory of the gathered rows


def _modules(folder: Path) -> list[dict]:
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return modules if isinstance(modules, list) else []


def is_static(folder: Path) -> bool:
    """Whether the folder holds a `StaticEmbedding`, alone or followed by `Normalize`, as safetensors."""
    kinds = [str(module.get("type", "")).rsplit(".", 1)[-1] for module in _modules(folder)]
    if kinds not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
        return False
    first = folder / _modules(folder)[0].get("path", "")
    return (first / "model.safetensors").is_file() and (first / "tokenizer.json").is_file()


class StaticModel:
    """The rows of a static model and its tokenizer.

    Args:
        folder: a sentence-transformers folder for which `is_static` holds.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = folder / _modules(folder)[0].get("path", "")
        self.rows = _rows(load_file(folder / "model.safetensors"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self.dims = int(self.rows.shape[1])

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of texts that are already in the model's form of input.

        Returns:
            float32, (len(texts), dims), rows of length 1; a text without any known token gives zeros.
        """
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = texts[start : start + _CHUNK]
            vectors[start : start + len(chunk)] = self._pool(self.pieces(chunk))
        return vectors

    def pieces(self, texts: list[str]) -> list[np.ndarray]:
        """Numbers of the pieces of texts in the model's form of input, int32."""
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [np.array(encoding.ids, np.int32) for encoding in encoded]

    def _pool(self, ids: list[np.ndarray]) -> np.ndarray:
        lengths = np.array([len(i) for i in ids])
        pooled = np.zeros((len(ids), self.dims), dtype=np.float32)
        filled = np.flatnonzero(lengths)
        if len(filled):
            rows = self.rows[np.concatenate([ids[i] for i in filled])]
            starts = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
            sums = np.add.reduceat(rows, starts, axis=0)
            norms = np.linalg.norm(sums, axis=1, keepdims=True)
            pooled[filled] = sums / np.maximum(norms, 1e-12)
        return pooled


def _rows(tensors: dict[str, np.ndarray]) -> np.ndarray:
    """One float32 row a token id; also from model2vec's form (key "embeddings", token mapping, token weights)."""
    if "embedding.weight" in tensors:
        return tensors["embedding.weight"].astype(np.float32)
    rows = tensors["embeddings"].astype(np.float32)
    if "mapping" in tensors:
        rows = rows[tensors["mapping"].astype(np.int64)]
    if "weights" in tensors:
        rows = rows * tensors["weights"].astype(np.float32)[:, None]
    return rows
