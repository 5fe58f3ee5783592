"""Which files of a model each backend needs: to fetch them, to find them on this machine, to know vectors by them.

A backend is what runs a model that comes from a hub. ``torch`` runs its weights by sentence-transformers; ``onnx`` and
``openvino`` run its graph with onnxruntime and OpenVINO (`index.pooled_model`); ``…-int8`` runs a graph of 8 bits, the
one that ``vankien models convert`` made here or else the repository's own.

Backends of 32 bits give the same vectors (to 1e-5 by test), so they have one fingerprint and read each other's indices;
those of 8 bits give others, and each has its own.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

__all__ = ["BACKENDS", "TORCH", "files_in", "fingerprint", "graph_of", "needed", "vector_files", "weights_of"]

TORCH = "torch"
BACKENDS = (TORCH, "onnx", "onnx-int8", "openvino", "openvino-int8")
PLAIN = "onnx/model.onnx"
CONVERTED = {"onnx": PLAIN, "openvino": PLAIN, "onnx-int8": "onnx/vankien_int8.onnx"}
CONVERTED["openvino-int8"] = "onnx/vankien_int8_weights.onnx"
"""What ``vankien models convert`` writes for each backend."""

# Names that optimum and sentence-transformers give to quantised graphs; the last ones are made for one kind of
# processor, and those of "avx512" lose bits by overflow where that is missing.
_ARM = platform.machine().lower() in ("arm64", "aarch64")
_OF_PROCESSORS = ("qint8_arm64", "quint8_avx2") if _ARM else ("quint8_avx2", "qint8_avx512_vnni", "qint8_avx512")
_QUANTISED = ("model_quantized", "model_int8", "model_uint8", *(f"model_{name}" for name in _OF_PROCESSORS))
_GRAPHS = {
    "onnx": (PLAIN, "model.onnx"),
    "onnx-int8": (CONVERTED["onnx-int8"], *(f"onnx/{name}.onnx" for name in _QUANTISED)),
    "openvino": ("openvino/openvino_model.xml", PLAIN, "model.onnx"),
    "openvino-int8": (CONVERTED["openvino-int8"], "openvino/openvino_model_qint8_quantized.xml"),
}
_SETUP = (".json", ".txt", ".model", ".codes", ".py", ".jinja")
_OTHERS = ("onnx", "openvino", "coreml", "flax", "tf", "gguf", "original", "runs", "logs", "eval", "assets", "imgs")
_NOT_SETUP = ("training.json", "ranker.json", "all_results.json", "train_results.json", "eval_results.json")
_SAFE = re.compile(r"(adapter_)?model(-\d+-of-\d+)?\.safetensors(\.index\.json)?")
_PICKLED = re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?")
_UNHASHED = ("training.json", "ranker.json", ".md", ".gitattributes", ".lock", ".png")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def needed(names: Iterable[str], backend: str) -> list[str]:
    """The files of a repository that a backend needs, no weights twice.

    Args:
        names: paths of all its files, with "/".
        backend: of `BACKENDS`.

    Returns:
        Some of them, sorted: settings, tokenizer, code, and the backend's weights, if it has any.
    """
    names = sorted(names)
    weights = _torch_weights(names) if backend == TORCH else _graph_files(names, backend)
    return sorted({*filter(_is_setup, names), *weights})


def weights_of(names: Iterable[str], backend: str) -> list[str]:
    """Those of `needed` that hold what was learnt; none where the backend cannot run this model."""
    names = sorted(names)
    return _torch_weights(names) if backend == TORCH else _graph_files(names, backend)


def graph_of(names: Iterable[str], backend: str) -> str | None:
    """The graph that a backend runs, None where there is none (or the backend is torch)."""
    there = set(names)
    return next((graph for graph in _GRAPHS.get(backend, ()) if graph in there), None)


def files_in(folder: Path) -> list[str]:
    """Paths of all files in a model's folder, with "/", hidden ones left out, sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def vector_files(folder: Path, backend: str) -> list[str]:
    """The files that decide on a backend's vectors, one list for all backends of 32 bits where torch's weights are."""
    names = files_in(folder)
    exact = not backend.endswith("-int8") and _torch_weights(names)
    return needed(names, TORCH if exact else backend)


def fingerprint(folder: Path, names: Sequence[str] | None = None) -> str:
    """Hash of a model's files, 16 hexadecimal digits.

    In the hub's cache a large file is a link to a blob that is named by the SHA-256 of its content; that name is taken
    instead of reading gigabytes again, so a copy of the files elsewhere has the same fingerprint.

    Args:
        folder: the model's.
        names: the files that count; None for all but those that change no vector.
    """
    digest = hashlib.sha256()
    if names is None:
        names = [name for name in files_in(folder) if not name.endswith(_UNHASHED)]
    for name in sorted(names, key=PurePosixPath):
        path = folder / name
        real = path.resolve()
        if path.is_symlink() and real.parent.name == "blobs" and _SHA256.fullmatch(real.name):
            content = real.name
        else:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{name}\n{content}\n".encode())
    return digest.hexdigest()[:16]


def missing_shards(folder: Path, names: Iterable[str]) -> list[str]:
    """Files that an index of sharded weights names and that are not there (a download that was interrupted)."""
    lost = []
    for name in names:
        if name.endswith(".index.json"):
            try:
                shards = json.loads((folder / name).read_text(encoding="utf-8"))["weight_map"].values()
            except (OSError, ValueError, KeyError, AttributeError):
                continue
            lost += [shard for shard in sorted(set(shards)) if not (folder / name).with_name(shard).is_file()]
    return lost


def _is_setup(name: str) -> bool:
    path = PurePosixPath(name)
    if any(part.startswith(".") for part in path.parts) or (len(path.parts) > 1 and path.parts[0] in _OTHERS):
        return False
    return path.suffix in _SETUP and path.name not in _NOT_SETUP and not name.endswith(".index.json")


def _torch_weights(names: Sequence[str]) -> list[str]:
    """Of each folder the safetensors, or else what torch has pickled."""
    chosen = []
    by_folder: dict[PurePosixPath, list[str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if len(path.parts) == 1 or (path.parts[0] not in _OTHERS and not path.parts[0].startswith(".")):
            by_folder.setdefault(path.parent, []).append(name)
    for inside in by_folder.values():
        safe, pickled = (
            [name for name in inside if form.fullmatch(PurePosixPath(name).name)] for form in (_SAFE, _PICKLED)
        )
        chosen += safe if any(name.endswith(".safetensors") for name in safe) else pickled
    return chosen


def _graph_files(names: Sequence[str], backend: str) -> list[str]:
    """The graph and what lies beside it for it: ``model.onnx_data``, ``Constant_7_attr__value``, ``….bin``."""
    graph = graph_of(names, backend)
    if graph is None:
        return []
    path = PurePosixPath(graph)
    beside = [PurePosixPath(name) for name in names if name != graph and PurePosixPath(name).parent == path.parent]
    if path.suffix == ".xml":
        data = [other for other in beside if other == path.with_suffix(".bin")]
    else:
        data = [
            other for other in beside if other.name.startswith(path.name) or (path.stem == "model" and _bare(other))
        ]
    return [graph, *(other.as_posix() for other in data)]


def _bare(path: PurePosixPath) -> bool:
    """Whether it is a tensor kept under its own name, as torch's exporter writes those of graphs over 2 GB."""
    return not path.suffix and not path.name.startswith("LICENSE")
