"""A model's graph for another backend, made once on this machine: from torch's weights, then in 8 bits if asked for.

Two ways of 8 bits. *Dynamic* (`onnxruntime.quantization.quantize_dynamic`) also rounds what flows between the layers:
six tenths of the time on a CPU, but some models lose too much by it. *Weights only*, one scale a row of a table and a
column of a matrix, keeps the direction (cosine 0.999). For ``onnx-int8`` the first is taken where it keeps `CLOSE`,
measured on sentences here; OpenVINO always gets the second, which of the two it runs faster.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.encode import PooledEncoder, TransformerEncoder, load_encoder, not_found
from index.model_files import CONVERTED, TORCH, files_in, graph_of
from index.model_profiles import find_model, full_name, read_profile, runs_on
from index.pooled_model import PooledModel
from ingest.errors import UsageError

__all__ = ["Converted", "convert", "weights_only"]

CLOSE = 0.98
"""The least cosine to the vectors of 32 bits, of every sentence, that dynamic quantisation may leave."""
SAME = 0.9999
"""The same between torch and the graph made of it."""

_OPSET = 17
_LARGE = 1_500_000_000  # bytes; a file of protobuf ends at 2 GB, so what is larger keeps its numbers beside it
_WORTH = 1024  # numbers that a matrix must have
_SENTENCES = (
    "Hộ nghèo",
    "Bà con trong bản đã có nước sạch để dùng quanh năm chưa?",
    "Xã Nậm Khao có 4/9 bản thoát khỏi diện đặc biệt khó khăn trong năm vừa qua.",
    "Công tác phát triển đảng viên trong doanh nghiệp ngoài nhà nước còn chậm, có chi bộ ba năm liền không kết nạp.",
    "ty le tre em trong do tuoi duoc tiem chung day du",
    "How many kilometres of village road were paved with concrete?",
    "Số thu ngân sách trên địa bàn đạt 87,6 tỷ đồng, bằng 112% dự toán giao; chi đầu tư 41,2 tỷ đồng.",
    "Nguyên nhân chủ quan: một số cấp ủy chưa sâu sát cơ sở, ban hành kế hoạch rồi nhưng ít kiểm tra lại.",
)


@dataclass(frozen=True, slots=True)
class Converted:
    """What was made.

    Attributes:
        name: the model's.
        graph: the file.
        size: of it and what lies beside it for it, bytes.
        way: "32 bits", "dynamic 8 bits" or "weights in 8 bits".
        cosine: the least one between its vectors and those that it was made from.
    """

    name: str
    graph: Path
    size: int
    way: str
    cosine: float


def convert(name: str, backend: str) -> Converted:
    """Make the graph that a backend runs, beside the model's other files.

    Args:
        name: as for `index.encode.load_encoder`.
        backend: of `index.model_files.BACKENDS`, not torch.

    Raises:
        ModelNotFoundError: the model is not here, or cannot be read.
        UsageError: it needs no graph, the package ``onnx`` is missing, or the graph does not give the same vectors.
    """
    if backend not in CONVERTED:
        raise UsageError("backend này không cần chuyển / nothing to convert for this backend", where=backend)
    folder = find_model(name, "onnx")
    if folder is not None and "onnx" not in runs_on(folder):
        folder = find_model(name, TORCH)
    if folder is None:
        raise not_found(name)
    target = folder / CONVERTED[backend]
    graphs = PooledEncoder(folder, read_profile(folder, full_name(name)), backend)
    with _needs_onnx(), tempfile.TemporaryDirectory() as scratch:
        plain, cosine = _plain(graphs, Path(scratch))
        if backend in ("onnx", "openvino"):
            return _put(plain, target, "32 bits", cosine, graphs.name)
        small, way, cosine = _small(graphs, plain, Path(scratch))
        return _put(small, target, way, cosine, graphs.name)


@contextmanager
def _needs_onnx() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        raise UsageError(
            "cần gói onnx để chuyển / the package onnx is needed to convert", do="pip install 'vankien[convert]'"
        ) from error


def _plain(graphs: PooledEncoder, scratch: Path) -> tuple[Path, float]:
    """The graph of 32 bits, the one that is there or one made of torch's weights; its least cosine to those."""
    there, name = graph_of(files_in(graphs.folder), "onnx"), graphs.name
    if there:
        return graphs.folder / there, 1.0
    encoder = load_encoder(str(graphs.folder), TORCH)
    if not isinstance(encoder, TransformerEncoder):
        raise UsageError("mô hình này không cần backend / this model needs no backend", where=name)
    encoder = TransformerEncoder(graphs.folder, graphs.info)
    graph = scratch / "model.onnx"
    try:
        _export(encoder.loaded, graph)
        ours = _vectors(graphs, graph)
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        raise UsageError(
            f"không chuyển được mô hình này / this model cannot be converted ({' '.join(str(error).split())[:200]})",
            where=name,
            do="Dùng --backend torch. / Use --backend torch.",
        ) from error
    least = float((encoder.encode_passages(_SENTENCES) * ours).sum(axis=1).min())
    if least < SAME:
        raise UsageError(
            f"đồ thị ONNX cho vectơ khác torch (cosin {least:.4f}) / the graph's vectors differ from torch's",
            where=name,
            do="Dùng --backend torch. / Use --backend torch.",
        )
    return graph, least


def _export(model: Any, graph: Path) -> None:
    """Write the transformer inside a sentence-transformers model, from token numbers to one vector a token."""
    import onnx
    import torch

    class Tokens(torch.nn.Module):
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask)[0]

    inner = model[0].auto_model.cpu().float().eval()
    inner.set_attn_implementation("eager")
    ids = torch.ones((2, 8), dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    axes = {0: "texts", 1: "tokens"}
    raw = graph.with_name("raw.onnx")
    with warnings.catch_warnings():  # the older exporter says that it is; the newer one needs another package
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Tokens(inner),
            (ids, mask),
            str(raw),
            input_names=["input_ids", "attention_mask"],
            output_names=["last_hidden_state"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "last_hidden_state": axes},
            opset_version=_OPSET,
            dynamo=False,
        )
    _save(onnx.load(raw), graph)


def _small(graphs: PooledEncoder, plain: Path, scratch: Path) -> tuple[Path, str, float]:
    """The graph in 8 bits, the way that was taken, its least cosine to the one of 32."""
    theirs = _vectors(graphs, plain)
    if not graphs.backend.startswith("openvino"):
        graph = scratch / "dynamic.onnx"
        _dynamic(plain, graph)
        least = float((theirs * _vectors(graphs, graph)).sum(axis=1).min())
        if least >= CLOSE:
            return graph, "dynamic 8 bits", least
    graph = scratch / "weights.onnx"
    weights_only(plain, graph)
    return graph, "weights in 8 bits", float((theirs * _vectors(graphs, graph)).sum(axis=1).min())


def _dynamic(plain: Path, graph: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    large = sum(path.stat().st_size for path in _with_data(plain)) > _LARGE
    logging.disable(logging.WARNING)  # it advises a step that these graphs do not need, on the root logger
    try:
        # Seven bits of the eight: the sums of older processors overflow otherwise.
        quantize_dynamic(
            plain,
            graph,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            use_external_data_format=large,
        )
    finally:
        logging.disable(logging.NOTSET)


def weights_only(plain: Path, graph: Path, levels: int = 127) -> None:
    """Each large matrix and table as int8 with its scales, behind a DequantizeLinear.

    Args:
        plain: the graph in 32 bits.
        graph: the file to write.
        levels: the whole number that the largest weight of a row or column becomes.
    """
    import onnx
    from onnx import helper, numpy_helper, version_converter

    model = onnx.load(plain)
    if next((o.version for o in model.opset_import if not o.domain), _OPSET) < 13:  # scales of rows came with 13
        model = version_converter.convert_version(model, _OPSET)
    axes = {node.input[0]: 0 for node in model.graph.node if node.op_type == "Gather"}
    axes |= {node.input[1]: 1 for node in model.graph.node if node.op_type == "MatMul"}
    kept, new, nodes = [], [], []
    for value in model.graph.initializer:
        array = numpy_helper.to_array(value) if value.name in axes else np.empty(0)
        if array.ndim != 2 or array.size < _WORTH or array.dtype != np.float32:
            kept.append(value)
            continue
        axis = axes[value.name]
        scale = np.abs(array).max(axis=1 - axis) / levels
        scale = np.where(scale > 0, scale, 1).astype(np.float32)
        whole = np.rint(array / np.expand_dims(scale, 1 - axis)).astype(np.int8)
        names = [f"{value.name}_{part}" for part in ("int8", "scale")]
        new += [numpy_helper.from_array(whole, names[0]), numpy_helper.from_array(scale, names[1])]
        nodes.append(helper.make_node("DequantizeLinear", names, [value.name], axis=axis))
    rest = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend([*kept, *new])
    model.graph.node.extend([*nodes, *rest])
    _save(model, graph)


def _save(model: Any, graph: Path) -> None:
    import onnx

    large = sum(len(value.raw_data) for value in model.graph.initializer) > _LARGE
    onnx.save_model(model, graph, save_as_external_data=large, location=f"{graph.name}_data" if large else None)


def _vectors(graphs: PooledEncoder, graph: Path) -> np.ndarray:
    """Unit vectors of the sentences by a graph, each in the form that the model wants."""
    model = PooledModel(graphs.folder, str(graph.resolve()), "onnx", graphs.info.max_length)
    return model.encode([graphs.form(graphs.info.passage_prompt, text) for text in _SENTENCES])


def _put(graph: Path, target: Path, way: str, cosine: float, name: str) -> Converted:
    """Bring a graph and the file beside it to their place; nobody ever sees half of one."""
    if graph != target:
        import onnx

        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as near:
            whole = Path(near) / target.name
            _save(onnx.load(graph), whole)
            for part in reversed(list(_with_data(whole))):
                os.replace(part, target.with_name(part.name))
    return Converted(name, target, sum(path.stat().st_size for path in _with_data(target)), way, cosine)


def _with_data(graph: Path) -> Iterable[Path]:
    """A graph and the file of its numbers, where there is one."""
    return [path for path in (graph, graph.with_name(f"{graph.name}_data")) if path.is_file()]
