"""`vankien models fetch` against a hub on 127.0.0.1: what it fetches, how it goes on, what it says when it cannot."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_server import Hub, serving
from tiny_models import TEXTS, tiny_bert

from index.encode import load_encoder
from index.fetch import _check_space
from index.model_files import BACKENDS, needed, weights_of
from index.model_profiles import known_models
from ingest.errors import FetchError

REPO = Path(__file__).resolve().parents[1]
NAME = "nobody/tiny"
# The files of BAAI/bge-m3 and intfloat/multilingual-e5-small, and of a model in shards.
BGE = [".gitattributes", "1_Pooling/config.json", "README.md", "colbert_linear.pt", "config.json", "imgs/bm25.jpg"]
BGE += [
    "config_sentence_transformers.json",
    "long.jpg",
    "modules.json",
    "onnx/Constant_7_attr__value",
    "onnx/config.json",
]
BGE += ["onnx/model.onnx", "onnx/model.onnx_data", "onnx/sentencepiece.bpe.model", "onnx/tokenizer.json"]
BGE += ["pytorch_model.bin", "sentence_bert_config.json", "sentencepiece.bpe.model", "sparse_linear.pt"]
BGE += ["special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]
E5 = ["1_Pooling/config.json", "README.md", "config.json", "model.safetensors", "modules.json", "onnx/model.onnx"]
E5 += ["onnx/model_O4.onnx", "onnx/model_qint8_avx512_vnni.onnx", "onnx/tokenizer.json", "pytorch_model.bin"]
E5 += [f"openvino/openvino_model{form}.{end}" for form in ("", "_qint8_quantized") for end in ("bin", "xml")]
E5 += ["sentence_bert_config.json", "sentencepiece.bpe.model", "special_tokens_map.json", "tokenizer.json"]
E5 += ["tokenizer_config.json", "tf_model.h5", "flax_model.msgpack", "rust_model.ot"]
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as hubs have them: weights in two forms, a card, pictures, a graph with its data."""
    folder = tiny_bert(tmp_path_factory.mktemp("hub") / "tiny", "mean", query="query: ", document="passage: ")
    for name, size in {"pytorch_model.bin": 90_000, "tf_model.h5": 80_000, "README.md": 9, "imgs/a.jpg": 5_000}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x" * size)
    for name in ("model.onnx", "model.onnx_data", "model_O4.onnx"):
        (folder / "onnx").mkdir(exist_ok=True)
        (folder / "onnx" / name).write_bytes(name.encode() * 200)
    return folder


@pytest.fixture
def hub(source: Path) -> Iterator[Hub]:
    with serving(Hub({NAME: source})) as hub:
        yield hub


def environment(hub: Hub, home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "SENTENCE_"))}
    return kept | {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "PYTHONPATH": str(REPO)}


def fetching(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "search_api.cli", "models", "fetch", *map(str, words)]


def run(hub: Hub, home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command, env = fetching(*words), environment(hub, home)
    return subprocess.run(command, env=env, cwd=REPO, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.filterwarnings("ignore")
def test_what_is_fetched_is_found_by_name_and_encodes(
    hub: Hub, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    done = run(hub, tmp_path, NAME)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder == tmp_path / "hub" / "models--nobody--tiny" / "snapshots" / hub.revision(NAME)
    there = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert there == needed([path for path, *_ in hub.files(NAME)], "torch")
    assert set(hub.sent) == set(there), "nothing else was sent"
    assert "pytorch_model.bin" not in there
    assert len(done.stderr.strip().splitlines()) == 1
    assert (tmp_path / "hub" / "models--nobody--tiny" / "refs" / "main").read_text() == hub.revision(NAME)

    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    found, theirs = load_encoder(NAME), load_encoder(str(source))
    assert found.name == NAME
    np.testing.assert_allclose(found.encode_queries(TEXTS), theirs.encode_queries(TEXTS), atol=1e-6)
    assert found.fingerprint == theirs.fingerprint, "other forms of the same weights change no vector"

    hub.sent.clear()
    again = run(hub, tmp_path, NAME, "--revision", hub.revision(NAME))
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert not hub.sent

    done = run(hub, tmp_path, NAME, "--backend", "onnx")
    assert done.returncode == 0, done.stderr
    assert set(hub.sent) == {"onnx/model.onnx", "onnx/model.onnx_data"}
    assert load_encoder(NAME).fingerprint == theirs.fingerprint


def test_it_is_fetched_to_a_folder(hub: Hub, tmp_path: Path):
    target = tmp_path / "models" / "tiny"
    done = run(hub, tmp_path / "home", NAME, "--to", target, "--backend", "onnx-int8")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == target
    names = [p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()]
    assert weights_of(names, "onnx") == ["onnx/model.onnx", "onnx/model.onnx_data"]
    assert not weights_of(names, "torch")
    assert f"vankien models convert {target} --backend onnx-int8" in done.stderr, "there is no quantised graph"


def test_ctrl_c_stops_at_once_and_the_next_run_goes_on(hub: Hub, tmp_path: Path):
    source = hub.repositories[NAME] = tmp_path / "large"
    source.mkdir()
    (source / "config.json").write_text("{}")
    size = 12 << 20
    (source / "model.safetensors").write_bytes(os.urandom(size))
    hub.slow, hub.block = 0.1, 1 << 19
    with subprocess.Popen(
        fetching(NAME), env=environment(hub, tmp_path), cwd=REPO,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            while hub.sent.get("model.safetensors", 0) < 5 << 20 and process.poll() is None:
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGINT)
            asked = time.monotonic()
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert time.monotonic() - asked < 4
    assert (process.returncode, out) == (130, "")
    assert "không mất gì" in err
    assert hub.sent["model.safetensors"] < size, "it was not stopped in the middle"
    hub.slow = 0.0
    hub.sent = {}
    done = run(hub, tmp_path, NAME)
    assert done.returncode == 0, done.stderr
    assert len(hub.ranges) == 1
    start = int(hub.ranges[0].removeprefix("model.safetensors bytes=").removesuffix("-"))
    assert 1 << 20 <= start < size
    assert hub.sent["model.safetensors"] == size - start
    folder = Path(done.stdout.strip())
    assert (folder / "model.safetensors").read_bytes() == (source / "model.safetensors").read_bytes()


SAID = """
import json, sys
from pathlib import Path
from index.fetch import fetch
from ingest.errors import VankienError
for words in json.loads(sys.argv[1]):
    to = words.pop("to", None)
    try:
        fetch(**words, to=to and Path(to))
        print(json.dumps(["", ""]))
    except VankienError as error:
        print(json.dumps([type(error).__name__, str(error)]))
"""


def said(env: dict[str, str], *asked: dict[str, str]) -> list[tuple[str, str]]:
    """What `fetch` raises for each, in one process."""
    done = subprocess.run(
        [sys.executable, "-c", SAID, json.dumps(asked)], env=env, cwd=REPO, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_each_refusal_is_one_sentence_that_says_what_to_do(hub: Hub, source: Path, tmp_path: Path):
    hub.repositories |= {"nobody/gated": source, "nobody/broken": source, "nobody/empty": source / "1_Pooling"}
    hub.gated.add("nobody/gated")
    hub.broken.add("nobody/broken")
    (tmp_path / "file").write_text("")
    wanted = [
        ({"name": "nobody/none"}, "FetchError", "no such repository"),
        ({"name": NAME, "revision": "v9"}, "FetchError", "no such revision"),
        ({"name": "nobody/gated"}, "FetchError", "hf auth login"),
        ({"name": "nobody/broken"}, "FetchError", "503"),
        ({"name": "no body/tiny"}, "FetchError", "not a valid name"),
        ({"name": NAME, "to": str(tmp_path / "file" / "x")}, "FetchError", "--to"),
        ({"name": NAME, "backend": "openvino-int8"}, "", ""),
        ({"name": "nobody/empty"}, "UsageError", "no weights"),
        ({"name": "tiny"}, "UsageError", "not a name on the hub"),
        ({"name": "vankien-static"}, "UsageError", "not a name on the hub"),
    ]
    found = said(environment(hub, tmp_path / "home"), *(words for words, *_ in wanted))
    for (words, kind, part), (raised, message) in zip(wanted, found, strict=True):
        assert raised == kind, (words, message)
        assert part in message
        assert "\n" not in message
        assert not kind or " / " in message, "Vietnamese first, English beside it"


def test_no_network_is_one_sentence(hub: Hub, tmp_path: Path):
    hub.url = "http://127.0.0.1:9"  # where nothing listens
    done = run(hub, tmp_path, NAME)
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be reached" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    forbidden = said(environment(hub, tmp_path) | {"HF_HUB_OFFLINE": "1"}, {"name": NAME})
    assert "HF_HUB_OFFLINE" in forbidden[0][1]


@pytest.mark.parametrize("to", [False, True])
def test_a_file_that_arrives_damaged_is_not_taken(hub: Hub, source: Path, tmp_path: Path, to: bool):
    cache = tmp_path / "hub" / "models--nobody--tiny" / "blobs"
    data = (source / "model.safetensors").read_bytes()
    target = tmp_path / "to" / "model.safetensors" if to else cache / hashlib.sha256(data).hexdigest()
    target.parent.mkdir(parents=True)
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(b"other bytes than the first ones of the file")
    words = {"name": NAME, **({"to": str(tmp_path / "to")} if to else {})}
    first, second = said(environment(hub, tmp_path), words, words)
    assert first[0] == "FetchError"
    assert "damaged" in first[1]
    assert second == ("", "")
    assert target.read_bytes() == data
    assert not part.exists()


def test_a_disk_that_is_too_small_is_said_before_the_work(tmp_path: Path):
    _check_space(tmp_path / "not" / "yet", 1000)
    with pytest.raises(FetchError, match="disk is full"):
        _check_space(tmp_path / "not" / "yet", 10**18)


def test_what_each_backend_needs():
    assert weights_of(BGE, "torch") == ["pytorch_model.bin"]
    assert weights_of(BGE, "onnx") == ["onnx/model.onnx", "onnx/Constant_7_attr__value", "onnx/model.onnx_data"]
    assert not weights_of(BGE, "onnx-int8")
    assert weights_of(E5, "torch") == ["model.safetensors"]
    assert weights_of(E5, "onnx-int8") == ["onnx/model_qint8_avx512_vnni.onnx"] or "arm" in os.uname().machine
    assert weights_of(E5, "openvino") == ["openvino/openvino_model.xml", "openvino/openvino_model.bin"]
    assert weights_of(BGE, "openvino") == weights_of(BGE, "onnx")
    assert weights_of([*SHARDS, "pytorch_model.bin"], "torch") == SHARDS
    dense = ["config.json", "model.safetensors", "2_Dense/pytorch_model.bin", "2_Dense/config.json"]
    assert needed(dense, "torch") == sorted(dense)
    for files in (BGE, E5):
        for backend in BACKENDS:
            kept = needed(files, backend)
            assert {"tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json"} <= set(kept)
            assert not {"README.md", "tf_model.h5", "imgs/bm25.jpg", "onnx/model_O4.onnx"} & set(kept)


def test_an_interrupted_model_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--BAAI--bge-m3" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    index = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}
    for name in ("config.json", SHARDS[0]):
        (snapshot / name).write_text("{}")
    (snapshot / SHARDS[2]).write_text(json.dumps(index))
    bge = next(m for m in known_models() if m.name == "BAAI/bge-m3")
    assert not bge.backends
    (snapshot / SHARDS[1]).write_text("{}")
    assert next(m for m in known_models() if m.name == "BAAI/bge-m3").backends == ("torch",)


def test_nothing_else_goes_to_a_network():
    """Whoever imports a client of the hub is the one module that may; everything else loads local files only."""
    found = {
        path.relative_to(REPO).as_posix()
        for package in ("ingest", "index", "search_api")
        for path in (REPO / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "huggingface_hub")
        or (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "huggingface_hub" for a in node.names))
    }
    assert found == {"index/fetch.py", "index/download.py"}
