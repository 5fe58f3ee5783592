"""The model in the package as one that can be trained on: its graph's weights, made floats again.

A training that goes on from what is shipped needs no state of the training before it, only the repository. The weights
of the graph are in 8 bits, so they begin a cosine of 0.9998 away from those that were trained.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from training.mini.bi_encoder import BiEncoder
from training.mini.masked import Shape, new_model

__all__ = ["SHIPPED", "load_shipped", "same_subwords", "shipped_tokenizer"]

SHIPPED = Path(__file__).parents[2] / "index" / "models" / "vankien-mini" / "onnx" / "model_qint8.onnx"


def shipped_tokenizer(graph: Path) -> Tokenizer:
    """The subwords of a model, for texts of any length and without padding, as `training.mini.pack` wants them."""
    tokenizer = Tokenizer.from_file(str(graph.parents[1] / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def same_subwords(graph: Path, path: Path) -> bool:
    """Whether texts that were packed by the tokenizer of a file have the numbers that a model knows."""
    return Tokenizer.from_file(str(path)).get_vocab() == shipped_tokenizer(graph).get_vocab()


def load_shipped(graph: Path) -> BiEncoder:
    """The transformer of a graph that `training.mini.convert.export` wrote.

    Args:
        graph: the ONNX file.

    Returns:
        The model on the CPU, in 32 bits, not training.

    Raises:
        ValueError: the graph is of another form: a matrix of the transformer is missing in it or has another size.
    """
    state = _weights(graph)
    try:
        table = state["body.embeddings.tok_embeddings.weight"]
        inner = state["body.layers.0.mlp.Wo.weight"].shape[1]
        layers = 1 + max(int(key.split(".")[2]) for key in state if key.startswith("body.layers."))
        shape = Shape(table.shape[1], layers, inner=inner)  # of heads there are always as many
        model = BiEncoder(new_model(shape, len(table)).model, len(state["out.weight"]))
        model.load_state_dict({key: torch.from_numpy(value.copy()) for key, value in state.items()})
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"{graph} is no graph of training.mini: {error}") from error
    return model.eval()


def _weights(graph: Path) -> dict[str, np.ndarray]:
    """Name in the model → float32 array. In a graph a matrix has a number; its name is that of the node behind it."""
    import onnx
    from onnx.numpy_helper import to_array

    model = onnx.load(graph).graph
    found = {value.name: np.asarray(to_array(value)) for value in model.initializer}
    for node in model.node:
        if node.op_type == "DequantizeLinear":
            whole, scale = (found.pop(name) for name in node.input)
            axis = next(a.i for a in node.attribute if a.name == "axis")
            found[node.output[0]] = whole.astype(np.float32) * np.expand_dims(scale, 1 - axis)
    state = {name.removeprefix("model."): a for name, a in found.items() if name.startswith("model.") and a.ndim}
    for node in model.node:
        if node.op_type == "MatMul" and node.input[1] in found:
            place = node.name.removeprefix("/model/").removesuffix("/MatMul").replace("/", ".")
            state[f"{place}.weight"] = np.ascontiguousarray(found[node.input[1]].T)
    return state
