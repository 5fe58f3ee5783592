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
    """Write the model: rows in half precision, tokenizer, modules, profile.

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
    # Directions alone count, so the scale is free: the longest row is given length 8, far from half precision's ends.
    longest = float(np.linalg.norm(rows, axis=1).max()) or 1.0
    save_file({"embedding.weight": (rows * (8 / longest)).astype(np.float16)}, folder / "model.safetensors")
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


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
