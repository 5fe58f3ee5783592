"""A cross-encoder that reads query and passage together: off unless one is named, and nothing is ever fetched.

It is slow (a second and more a query on a laptop) and so reads only the best passages of a ranking. Which models are
known, and in which form they want their input, says `index.model_profiles`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.encode import not_found, unreadable
from index.model_profiles import ModelInfo, find_model, full_name, read_profile
from index.segment import segmented_form

RERANKED = 30
"""Passages of a ranking that it reads."""


class Reranker:
    """A cross-encoder, through sentence-transformers (imported and loaded at first use).

    Args:
        folder: with its files.
        info: what is known of it.
        texts: the texts of passages, by position in the index.
    """

    def __init__(self, folder: Path, info: ModelInfo, texts: Callable[[np.ndarray], Sequence[str]]) -> None:
        self.name = info.name
        self._folder, self._info, self._texts = folder, info, texts

    def scores(self, query: str, positions: np.ndarray) -> np.ndarray:
        """How likely each passage answers the query, float64 (n,), 0 to 1.

        Args:
            query: as typed, marks restored.
            positions: of the passages, int64 (n,).

        Raises:
            ModelNotFoundError: no cross-encoder with one score can be read from the folder.
        """
        if not len(positions):
            return np.empty(0)
        pairs = [(self._form(query), self._form(text)) for text in self._texts(positions)]
        logits = np.asarray(self._model.predict(pairs, batch_size=16, show_progress_bar=False), np.float64)
        if logits.shape != (len(positions),):
            raise unreadable(self._folder, ValueError(f"one score a pair is needed, it gives {logits.shape[1:]}"))
        return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))

    def _form(self, text: str) -> str:
        return segmented_form(text) if self._info.input == "segmented_form" else text

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import CrossEncoder
            from torch.nn import Identity

            return CrossEncoder(
                str(self._folder),
                max_length=self._info.max_length,
                activation_fn=Identity(),  # some models have it in their files, some not: the sigmoid is put on here
                local_files_only=True,
                trust_remote_code=self._info.remote_code,
            )
        except Exception as error:  # whatever torch, transformers or the model's own code raise
            raise unreadable(self._folder, error) from error


def load_reranker(name: str, texts: Callable[[np.ndarray], Sequence[str]]) -> Reranker:
    """A cross-encoder that is on this machine.

    Args:
        name: a folder, a hub name that was fetched before, or the last part of a profile's (``bge-reranker-v2-m3``).
        texts: the texts of passages, by position in the index.

    Raises:
        ModelNotFoundError: its files are not on this machine, or are those of another kind of model.
    """
    folder = find_model(name)
    if folder is None:
        raise not_found(name)
    # Any encoder could be loaded as one, with weights of chance in place of those that nobody has learnt.
    if not any("ForSequenceClassification" in made for made in _architectures(folder)):
        raise unreadable(folder, ValueError("no cross-encoder: its config.json names no sequence classification"))
    return Reranker(folder, read_profile(folder, full_name(name)), texts)


def _architectures(folder: Path) -> list[str]:
    try:
        return list(json.loads((folder / "config.json").read_text(encoding="utf-8"))["architectures"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
