"""Step 4: the learnt rows as a sentence-transformers folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from training.vocabulary import Vocabulary

__all__ = ["export"]

MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.base.modules.normalize.Normalize",
    },
]


def export(vocabulary: Vocabulary, rows: np.ndarray, folder: Path, *, licence: str = "Apache-2.0") -> int:
    """Write the model: rows in 8 bits with a weight each, tokenizer, modules, profile.

    sentence-transformers reads this form by itself (it is model2vec's) and multiplies rows and weights.

    Args:
        vocabulary: gives the tokenizer.
        rows: (pieces, dims).
        folder: made if it is not there; a card in it is left alone.
        licence: for the profile.

    Returns:
        Size of the folder in bytes.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1_Normalize").mkdir(exist_ok=True)
    whole, weights = _in_eight_bits(rows)
    save_file({"embeddings": whole, "weights": weights}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes for the owner alone
    vocabulary.tokenizer().save(str(folder / "tokenizer.json"), pretty=False)
    _write(folder / "modules.json", MODULES)
    names = {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"}
    _write(folder / "1_Normalize" / "config.json", names)
    _write(
        folder / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": {}, "similarity_fn_name": "cosine"},
    )
    profile = {"input": "words_form", "query_prompt": "", "passage_prompt": "", "dims": int(rows.shape[1])}
    _write(folder / "vankien.json", {**profile, "licence": licence})
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _in_eight_bits(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 (pieces, dims) and float32 (pieces,), whose product is as long as the rows, up to one factor for all.

    Directions alone count, so that factor is free: the longest row is given length 8.
    """
    longest = float(np.linalg.norm(rows, axis=1).max()) or 1.0
    largest = np.abs(rows).max(axis=1)
    whole = np.rint(rows * (127 / np.where(largest > 0, largest, 1))[:, None]).astype(np.int8)
    return whole, (largest / 127 * (8 / longest)).astype(np.float32)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
