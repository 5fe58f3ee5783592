"""What is known of models before they are loaded: the form of their input, prompts, size, licence, whether here.

A model folder may hold ``vankien.json``, which goes before everything else::

    {"input": "words_form", "query_prompt": "", "passage_prompt": "", "dims": 256, "licence": "Apache-2.0"}

so another default model is a change of files, not of code. ``graph`` names an ONNX file that is run without torch, and
``beside`` a second shipped model whose vectors are put behind the first one's, with the share that it has in the
cosine. Without that file a profile below is used, and without a profile the prompts that sentence-transformers keeps in
``config_sentence_transformers.json``.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.model_files import BACKENDS, files_in, missing_shards, weights_of
from index.published import PUBLISHED, Published

__all__ = ["DEFAULT_MODEL", "INPUT_FORMS", "ModelInfo", "find_model", "known_models", "read_profile", "runs_on"]

MODELS = Path(__file__).parent / "models"
DEFAULT_MODEL = "vankien-static"
SHIPPED = (DEFAULT_MODEL, "vankien-mini")
PROFILE_FILE = "vankien.json"
_NOT_IN_FILE = ("name", "published", "here", "backends", "default")
INPUT_FORMS = ("raw", "words_form", "segmented_form")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One encoder or reranker.

    Attributes:
        name: what to give as ``--model``: a hub name, or the shipped model's.
        dims: length of its own vectors (those of `beside` come behind them); 0 if not known before loading.
        input: "raw", "words_form" (lower case, words joined by "_") or "segmented_form" (case and punctuation kept).
        query_prompt: put before each query.
        passage_prompt: put before each passage.
        max_length: tokens that it reads of a text, None for all.
        licence: of the weights, as its authors state it.
        graph: an ONNX file in its folder that gives the vectors (`index.graph_model`), "" for none.
        beside: another model's name; both vectors together are this model's.
        beside_share: of that model in the cosine, 0–1.
        remote_code: whether it runs code from its own repository when loaded.
        task: "encode", or "rerank" for a cross-encoder (`index.rerank`).
        published: figures that others have measured and published.
        here: whether its files are on this machine.
        backends: of `index.model_files.BACKENDS`, those whose files are here; none for a shipped model.
        default: whether it is the one that is used when none is named.
    """

    name: str
    dims: int = 0
    input: str = "raw"
    query_prompt: str = ""
    passage_prompt: str = ""
    max_length: int | None = None
    licence: str = ""
    graph: str = ""
    beside: str = ""
    beside_share: float = 0.5
    remote_code: bool = False
    task: str = "encode"
    published: tuple[Published, ...] = ()
    here: bool = False
    backends: tuple[str, ...] = ()
    default: bool = False


def _e5(size: str, dims: int) -> ModelInfo:
    name = f"intfloat/multilingual-e5-{size}"
    return ModelInfo(name, dims, "raw", "query: ", "passage: ", 512, "MIT")


def _reranker(name: str, max_length: int, form: str = "raw", remote_code: bool = False) -> ModelInfo:
    return ModelInfo(name, 0, form, max_length=max_length, licence="Apache-2.0", remote_code=remote_code, task="rerank")


PROFILES = (
    ModelInfo("BAAI/bge-m3", 1024, max_length=8192, licence="MIT"),
    _e5("small", 384),
    _e5("base", 768),
    _e5("large", 1024),
    ModelInfo("AITeamVN/Vietnamese_Embedding", 1024, max_length=2048, licence="Apache-2.0"),
    ModelInfo(
        "bkai-foundation-models/vietnamese-bi-encoder", 768, "segmented_form", max_length=256, licence="Apache-2.0"
    ),
    ModelInfo("dangvantuan/vietnamese-embedding", 768, "segmented_form", max_length=256, licence="Apache-2.0"),
    ModelInfo("hiieu/halong_embedding", 768, max_length=512, licence="Apache-2.0"),
    ModelInfo("Alibaba-NLP/gte-multilingual-base", 768, max_length=8192, licence="Apache-2.0", remote_code=True),
    _reranker("BAAI/bge-reranker-v2-m3", 1024),
    _reranker("AITeamVN/Vietnamese_Reranker", 2304),
    _reranker("namdp-ptit/ViRanker", 512),
    _reranker("itdainb/PhoRanker", 256, "segmented_form"),
    _reranker("cross-encoder/mmarco-mMiniLMv2-L12-H384-v1", 512),
    _reranker("Alibaba-NLP/gte-multilingual-reranker-base", 1024, remote_code=True),
)


def known_models() -> list[ModelInfo]:
    """The shipped models first, then the profiles, each with `here` filled in; loads no model, asks no network."""
    known = [
        replace(
            read_profile(MODELS / name, name),
            name=name,
            here=find_model(name) is not None,
            default=name == DEFAULT_MODEL,
        )
        for name in SHIPPED
    ]
    return known + [_with_state(profile) for profile in PROFILES]


def _with_state(profile: ModelInfo) -> ModelInfo:
    folder = find_model(profile.name)
    found = runs_on(folder) if folder and profile.task == "encode" else ()
    published = PUBLISHED.get(profile.name, ())
    return replace(profile, here=folder is not None, backends=found, published=published)


def runs_on(folder: Path) -> tuple[str, ...]:
    """The backends whose files are in a model's folder, whole."""
    names = files_in(folder)
    found = {backend: weights_of(names, backend) for backend in BACKENDS}
    return tuple(backend for backend in BACKENDS if found[backend] and not missing_shards(folder, found[backend]))


def full_name(name: str) -> str:
    """A profile's full name for its last part (``bge-m3`` → ``BAAI/bge-m3``), any other name unchanged."""
    same = [p.name for p in PROFILES if name in (p.name, p.name.rsplit("/", 1)[-1])]
    return same[0] if same else name


def find_model(name: str, backend: str | None = None) -> Path | None:
    """The folder of a model that is on this machine.

    Args:
        name: a folder, the name of a shipped model, a hub name, or the last part of a profile's hub name.
        backend: where there are several folders (revisions in the hub's cache), the first one with its files goes
            before the others.

    Returns:
        The folder that holds its files, None if there is none or it has no weights.
    """
    folders = [MODELS / name, Path(name).expanduser(), *_hub_folders(full_name(name))]
    found = [folder for folder in folders if _has_weights(folder)]
    return next((folder for folder in found if backend and backend in runs_on(folder)), found[0] if found else None)


def read_profile(folder: Path, name: str) -> ModelInfo:
    """What is known of the model in a folder.

    Args:
        folder: its files.
        name: the name under which it was asked for.

    Returns:
        From ``vankien.json``, else from the profile of that name, else from sentence-transformers' own prompts.
    """
    if Path(name).expanduser() == folder:
        name = str(folder.resolve())  # so that the name means the same from every working directory
    own = _read_json(folder / PROFILE_FILE)
    if own:
        known = {k: v for k, v in own.items() if k in asdict(ModelInfo(name)) and k not in _NOT_IN_FILE}
        return replace(ModelInfo(name), **known, here=True)
    for profile in PROFILES:
        if profile.name == full_name(name):
            return replace(profile, here=True)
    prompts = _read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
    passage = prompts.get("passage") or prompts.get("document") or ""
    return ModelInfo(name, query_prompt=prompts.get("query") or "", passage_prompt=passage, here=True)


def _hub_folders(name: str) -> list[Path]:
    """Where huggingface_hub keeps the snapshots of a hub name, newest first.

    The cache's layout is a documented promise of huggingface_hub; reading it here costs no import and no network.
    """
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        return []
    home = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "huggingface")
    caches = [os.environ.get("SENTENCE_TRANSFORMERS_HOME"), os.environ.get("HF_HUB_CACHE"), home / "hub"]
    folders = []
    for cache in caches:
        if cache:
            snapshots = Path(cache).expanduser() / f"models--{name.replace('/', '--')}" / "snapshots"
            folders += sorted(snapshots.glob("*/"), key=lambda p: p.stat().st_mtime, reverse=True)
    return folders


def _has_weights(folder: Path) -> bool:
    if not any((folder / name).is_file() for name in ("modules.json", "config.json", PROFILE_FILE)):
        return False
    return any(p.suffix in (".safetensors", ".bin", ".onnx", ".xml") for p in folder.rglob("*") if p.is_file())


def _read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
