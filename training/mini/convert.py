"""The trained model as a folder that needs neither torch nor a graphics card: ONNX, weights in 8 bits.

The graph takes token numbers and gives unit vectors: mean, projection and normalisation are inside. Weights alone are
in 8 bits, one scale a row of the table of subwords and a column of each matrix, and become floats again when the graph
is loaded. What flows between them stays float: quantised as well (`quantize_dynamic`), it left a cosine of only 0.87 to
the trained model, for a few states of such a transformer are far larger than the rest.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from index.convert import weights_only
from training.manifest import save_manifest
from training.mini.bi_encoder import BiEncoder
from training.mini.stages import load_trained, trained_rows
from training.mini.subwords import PAD, PASSAGE, QUERY, SPECIAL

__all__ = ["export"]

GRAPH = "onnx/model_qint8.onnx"
LEVELS = (127, 124)
"""Grids that are tried. A model that went on from weights of 8 bits (`training.mini.shipped`) has moved by less than a
step of their grid, and rounding to the same one takes most of what it learnt back (cosine 0.984, on another 0.9998)."""
SHARE = 0.4
"""Of the static model in the cosine: the best on 9,028 held-out queries, 0.695 against 0.613 and 0.612 alone."""


class _Whole(nn.Module):
    """From token numbers to unit vectors."""

    def __init__(self, model: BiEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.model(input_ids), dim=1)


def export(work: Path, folder: Path, *, name: str = "trained", licence: str = "Apache-2.0") -> str:
    """Write the model.

    Args:
        work: has ``tokenizer.json`` and ``<name>.pt``.
        folder: made if it is not there; a card in it is left alone.
        name: of the trained weights.
        licence: for the profile.

    Returns:
        One line: folder, size, how far the vectors in 8 bits are from those in 32.
    """
    model = load_trained(work / f"{name}.pt", torch.device("cpu"))
    model.body.set_attn_implementation("eager")
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    tokenizer.enable_padding(pad_id=PAD, pad_token=SPECIAL[PAD])
    tokenizer.enable_truncation(256)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "model.onnx"
        _write_graph(model, plain)
        found = {}
        for levels in LEVELS:
            small = Path(scratch) / f"{levels}.onnx"
            weights_only(plain, small, levels)
            found[levels] = _apart(plain, small, tokenizer)
        best = max(LEVELS, key=lambda levels: found[levels].mean())
        shutil.copyfile(Path(scratch) / f"{best}.onnx", folder / GRAPH)
        apart = found[best]
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    profile = {
        "input": "raw",
        "query_prompt": f"{SPECIAL[QUERY]} ",
        "passage_prompt": f"{SPECIAL[PASSAGE]} ",
        "max_length": 256,
        "dims": model.out.out_features,
        "graph": GRAPH,
        "beside": "vankien-static",
        "beside_share": SHARE,
        "licence": licence,
    }
    save_manifest(trained_rows(work / f"{name}.pt"), folder)
    (folder / "vankien.json").write_text(json.dumps(profile, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{folder}, {size / 1e6:.1f} MB, cosine to 32 bits {apart.mean():.4f} (least {apart.min():.4f})"


def _write_graph(model: BiEncoder, path: Path) -> None:
    example = torch.randint(6, model.body.config.vocab_size, (3, 24))
    example[1, 16:] = PAD
    with warnings.catch_warnings():  # the older exporter says that it is; the newer one needs another package
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Whole(model).eval(),
            (example,),
            str(path),
            input_names=["input_ids"],
            output_names=["sentence_embedding"],
            dynamic_axes={"input_ids": {0: "texts", 1: "tokens"}, "sentence_embedding": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )


def _apart(plain: Path, small: Path, tokenizer: Tokenizer) -> np.ndarray:
    """Cosines between the two graphs' vectors of a few sentences."""
    from onnxruntime import InferenceSession

    ids = np.asarray([encoding.ids for encoding in tokenizer.encode_batch(_SENTENCES)], dtype=np.int64)
    one, other = (np.asarray(InferenceSession(str(path)).run(None, {"input_ids": ids})[0]) for path in (plain, small))
    return (one * other).sum(axis=1)


_SENTENCES = [
    "[Q] bao nhiêu gia đình thoát nghèo",
    "[Q] ket nap dang vien",
    "[Q] poverty reduction results",
    "[P] Toàn huyện còn 2.914 hộ nghèo, chiếm 27,6%, giảm 5,1 điểm phần trăm so với đầu năm.",
    "[P] Công tác kiểm tra, giám sát được thực hiện thường xuyên; xử lý kỷ luật 12 đảng viên.",
    "[P] Tổng thu ngân sách trên địa bàn đạt 186,4 tỷ đồng, vượt 12% dự toán tỉnh giao.",
]
