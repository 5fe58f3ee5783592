"""Any hub model's graph run by onnxruntime or OpenVINO, and what sentence-transformers does around it: no torch.

The graph gives one vector a token (``last_hidden_state``), these are pooled as ``1_Pooling/config.json`` says and
brought to length 1; or it gives ``sentence_embedding`` itself. What is read: ``tokenizer.json``, ``modules.json``,
``config.json``, ``sentence_bert_config.json``, ``tokenizer_config.json``. Pooling follows
``sentence_transformers.sentence_transformer.modules.Pooling``; a model with other modules raises `ValueError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.graph_model import by_length, threads

__all__ = ["PooledModel", "Pooling", "read_pooling"]

_TOKENS = 4096  # at once, padding included, as in index.graph_model
_ONE_A_TOKEN = ("last_hidden_state", "token_embeddings")
_ONE_A_TEXT = "sentence_embedding"
_FED = ("input_ids", "attention_mask", "token_type_ids")
# In the order in which older files' flags are joined, as sentence-transformers does it.
_FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, slots=True)
class Pooling:
    """How vectors of tokens become one of a text: `modes` side by side; `with_prompt` if the prompt's tokens count."""

    modes: tuple[str, ...] = ("mean",)
    with_prompt: bool = True

    def __call__(self, tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Vectors of texts.

        Args:
            tokens: float32 (texts, tokens, dims).
            mask: 1 for a token, 0 behind the text, int64 (texts, tokens).

        Returns:
            float32 (texts, modes * dims), not yet of length 1.
        """
        return np.concatenate([_POOLINGS[mode](tokens, mask) for mode in self.modes], axis=1)


def _cls(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return tokens[:, 0]


def _last(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return tokens[np.arange(len(tokens)), np.maximum(mask.sum(axis=1) - 1, 0)]


def _max(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return np.where(mask[:, :, None] > 0, tokens, -np.inf).max(axis=1)


def _mean(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (tokens * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1e-9)


def _root_mean(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (tokens * mask[:, :, None]).sum(axis=1) / np.sqrt(np.maximum(mask.sum(axis=1, keepdims=True), 1e-9))


def _weighted(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
    weights = mask * np.arange(1, mask.shape[1] + 1)
    return (tokens * weights[:, :, None]).sum(axis=1) / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)


_POOLINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _root_mean,
    "weightedmean": _weighted,
    "lasttoken": _last,
}


class PooledModel:
    """A graph, its tokenizer and its pooling.

    Args:
        folder: the model's.
        graph: path of the graph in it, ``.onnx`` or (OpenVINO only) ``.xml``.
        runtime: "onnx" or "openvino".
        longest: tokens that are read of a text at most; None as the model's own files say.

    Raises:
        ValueError: the model has modules, inputs or outputs that are not known here.
        ImportError: OpenVINO is not installed.
    """

    def __init__(self, folder: Path, graph: str, runtime: str, longest: int | None = None) -> None:
        self.pooling = read_pooling(folder)
        self._tokenize = _tokenizer(folder, longest)
        self._padding = int(_read_json(folder / "config.json").get("pad_token_id") or 0)
        inputs, outputs, self._run = (_openvino if runtime == "openvino" else _onnx)(folder / graph)
        if strange := [name for name in inputs if name not in _FED]:
            raise ValueError(f"the graph wants inputs that are not known here: {', '.join(strange)}")
        self._inputs = inputs
        self._of_tokens = next((name for name in _ONE_A_TOKEN if name in outputs), None)
        self._output = self._of_tokens or _ONE_A_TEXT
        if self._output not in outputs:
            raise ValueError(f"the graph gives {', '.join(outputs)}, none of {', '.join((*_ONE_A_TOKEN, _ONE_A_TEXT))}")
        self.dims = len(self.encode(["a"])[0])

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors of texts that begin with the model's prompt.

        Returns:
            float32, (len(texts), dims), rows of length 1; texts of like length go through the graph together.
        """
        ids = self._tokenize(texts)
        vectors: list[np.ndarray] = [np.empty(0)] * len(ids)
        for chosen in by_length([len(text) for text in ids], _TOKENS):
            for i, vector in zip(chosen, self._batch([ids[i] for i in chosen]), strict=True):
                vectors[i] = vector
        return np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, self.dims), np.float32)

    def _batch(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        width = max(1, *(len(text) for text in ids))
        padded = np.full((len(ids), width), self._padding, np.int64)
        mask = np.zeros((len(ids), width), np.int64)
        for row, text in enumerate(ids):
            padded[row, : len(text)] = text
            mask[row, : len(text)] = 1
        fed = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(padded)}
        made = np.asarray(self._run(self._output, {name: fed[name] for name in self._inputs}), np.float32)
        vectors = self.pooling(made, mask) if self._of_tokens else made
        vectors = np.where(mask.any(axis=1, keepdims=True), vectors, 0)  # a text without any token has no direction
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def read_pooling(folder: Path) -> Pooling:
    """The pooling of a model's folder; the mean where there is no ``modules.json``, as sentence-transformers takes it.

    Raises:
        ValueError: a module other than transformer, pooling and normalisation, or a pooling that is not known.
    """
    modules = _read_json(folder / "modules.json")
    pooling = Pooling()
    for module in modules if isinstance(modules, list) else []:
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind == "Pooling":
            pooling = _pooling_of(_read_json(folder / module["path"] / "config.json"))
        elif kind not in ("Transformer", "Normalize"):
            raise ValueError(f"only torch runs its module {kind}")
    return pooling


def _pooling_of(config: dict[str, Any]) -> Pooling:
    given = config.get("pooling_mode") or [mode for flag, mode in _FLAGS.items() if config.get(flag)] or ["mean"]
    modes = (given,) if isinstance(given, str) else tuple(given)
    if strange := [mode for mode in modes if mode not in _POOLINGS]:
        raise ValueError(f"its pooling is not known here: {', '.join(strange)}")
    return Pooling(modes, bool(config.get("include_prompt", True)))


def _onnx(graph: Path) -> tuple[list[str], list[str], Callable[[str, dict[str, np.ndarray]], Any]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]
    options.log_severity_level = 3
    options.intra_op_num_threads = threads()
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    inputs, outputs = ([value.name for value in side] for side in (session.get_inputs(), session.get_outputs()))
    return inputs, outputs, lambda output, fed: session.run([output], fed)[0]


def _openvino(graph: Path) -> tuple[list[str], list[str], Callable[[str, dict[str, np.ndarray]], Any]]:
    import openvino  # pyright: ignore[reportMissingImports]

    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads():
        settings["INFERENCE_NUM_THREADS"] = threads()
    compiled = openvino.Core().compile_model(str(graph), "CPU", settings)
    inputs, outputs = ([port.get_any_name() for port in side] for side in (compiled.inputs, compiled.outputs))
    return inputs, outputs, lambda output, fed: compiled(fed)[outputs.index(output)]


def _tokenizer(folder: Path, longest: int | None) -> Callable[[list[str]], list[list[int]]]:
    """Texts → token numbers, cut at the least of all lengths that the model's files name."""
    sentences, config = (_read_json(folder / name) for name in ("sentence_bert_config.json", "config.json"))
    named = (
        longest,
        sentences.get("max_seq_length"),
        _read_json(folder / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    lengths = [int(length) for length in named if length and length < 1_000_000]
    lower = bool(sentences.get("do_lower_case"))
    encode = _fast(folder, min(lengths, default=512)) or _slow(folder, min(lengths, default=512))
    return lambda texts: encode([text.lower() for text in texts] if lower else texts)


def _fast(folder: Path, longest: int) -> Callable[[list[str]], list[list[int]]] | None:
    path = folder / "tokenizer.json"
    if not path.is_file():
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return lambda texts: [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def _slow(folder: Path, longest: int) -> Callable[[list[str]], list[list[int]]]:
    """For models without ``tokenizer.json``, PhoBERT's children among them; transformers takes seconds to import."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    return lambda texts: tokenizer(texts, truncation=True, max_length=longest)["input_ids"]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
