"""Transformers as ONNX graphs, with `onnxruntime` and `tokenizers` alone: no torch in a process that searches.

The graph takes ``input_ids`` (texts, tokens), 0 behind shorter texts, and gives ``sentence_embedding`` (texts, dims),
each of length 1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

__all__ = ["GraphModel", "by_length", "threads"]

_TOKENS = 4096  # at once, padding included: bounds the memory, and keeps long texts from holding up short ones


class GraphModel:
    """A graph and its tokenizer.

    Args:
        folder: has ``tokenizer.json``.
        graph: path of the ONNX file in it.
        longest: tokens that are read of a text.
    """

    def __init__(self, folder: Path, graph: str, longest: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]
        options.log_severity_level = 3
        options.intra_op_num_threads = threads()
        self._session = onnxruntime.InferenceSession(str(folder / graph), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        self.dims = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of texts that begin with the model's prompt.

        Returns:
            float32, (len(texts), dims), rows of length 1; texts of like length go through the graph together.
        """
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        vectors = np.zeros((len(ids), self.dims), dtype=np.float32)
        for chosen in by_length([len(text) for text in ids], _TOKENS):
            padded = np.zeros((len(chosen), max(1, len(ids[chosen[-1]]))), dtype=np.int64)
            for row, i in enumerate(chosen):
                padded[row, : len(ids[i])] = ids[i]
            vectors[chosen] = np.asarray(self._session.run(["sentence_embedding"], {"input_ids": padded})[0])
        return vectors


def threads() -> int:
    """Threads that a graph runs on: ``OMP_NUM_THREADS``, which torch follows too; 0 leaves it to the library."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() else 0


def by_length(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Places of texts in batches of like length, the shortest first.

    Args:
        lengths: of the texts, in tokens.
        most: tokens of a batch, padding included; a single text may be longer.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and lengths[i] * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
