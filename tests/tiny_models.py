"""Tiny encoders of chance weights, made by sentence-transformers itself, for the tests of models from a hub."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

SYLLABLES = "giảm nghèo tỷ lệ hộ xã bản đảng viên chi bộ nước sạch trẻ em tiêm chủng số thu ngân sách trên địa bàn đạt"
SYLLABLES += (
    " kế hoạch nguyên nhân chủ quan query passage : , . _ % 0 1 2 3 4 5 6 7 8 9 km doanh nghiệp năm trong còn chậm"
)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(SYLLABLES.split())]
TEXTS = [
    "Tỷ lệ hộ nghèo giảm còn 7 %",
    "đảng viên, chi bộ trong doanh nghiệp",
    "số thu ngân sách trên địa bàn đạt kế hoạch " * 6,
    "trẻ em",
    "",
    "漢字",
]


def quiet_sentence_transformers() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and transformers warn of their own future while being imported
        import sentence_transformers

        return sentence_transformers


def tiny_bert(folder: Path, pooling: str = "mean", seed: int = 0, hidden: int = 32, **prompts: str) -> Path:
    """A BERT of two layers that reads 32 tokens, with its pooling and prompts ("query", "document")."""
    st = quiet_sentence_transformers()
    import torch
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = folder.with_name(f"{folder.name}-base")
    base.mkdir(parents=True)
    (base / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
        initializer_range=0.3,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(base)
    BertTokenizerFast(str(base / "vocab.txt"), strip_accents=False).save_pretrained(base)
    transformer = Transformer(str(base), max_seq_length=32)
    modules = [transformer, Pooling(hidden, pooling_mode=pooling), Normalize()]
    model = st.SentenceTransformer(modules=modules, device="cpu", prompts=prompts or None)
    model.save(str(folder), create_model_card=False)
    return folder


def with_profile(folder: Path, **profile: Any) -> Path:
    (folder / "vankien.json").write_text(json.dumps(profile), encoding="utf-8")
    return folder
