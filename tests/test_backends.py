"""Hub models on onnxruntime and OpenVINO: torch's vectors in 32 bits, near ones in 8, and what an index makes of it."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from index_helpers import write_report
from tiny_models import TEXTS, tiny_bert, with_profile

import index.convert
import index.embedding
from index.build import ingest_paths
from index.choice import Choice, chosen
from index.convert import convert
from index.doctor import check
from index.encode import PooledEncoder, TransformerEncoder, load_encoder
from index.model_files import CONVERTED, fingerprint, graph_of, vector_files
from index.model_profiles import runs_on
from index.pooled_model import PooledModel, Pooling, read_pooling
from index.search import open_index
from index.snapshot import open_generation
from ingest.errors import ModelNotFoundError, UsageError
from search_api.app import create_app
from search_api.cli import main
from search_api.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own future
needs_openvino = pytest.mark.skipif(
    find_spec("openvino") is None, reason="OpenVINO is not installed (pip install 'vankien[openvino]')"
)
openvino = pytest.param("openvino", marks=needs_openvino)
openvino_int8 = pytest.param("openvino-int8", marks=needs_openvino)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mean pooling, prompts, every graph that `convert` makes."""
    made = tiny_bert(tmp_path_factory.mktemp("models") / "mean", query="query: ", document="passage: ")
    for backend in CONVERTED:
        convert(str(made), backend)
    return made


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / "copy")


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(axis=1)


@pytest.mark.parametrize("backend", ["onnx", openvino])
@pytest.mark.parametrize(
    ("pooling", "form"),
    [
        ("mean", "raw"),
        ("mean", "segmented_form"),
        ("cls", "segmented_form"),
        ("lasttoken", "raw"),
        ("max", "raw"),
        ("mean_sqrt_len_tokens", "raw"),
        ("weightedmean", "raw"),
        (("cls", "mean"), "raw"),
    ],
)
def test_vectors_are_those_of_torch(tmp_path: Path, pooling: str, form: str, backend: str):
    made = tiny_bert(tmp_path / "m", pooling, seed=3, query="query: ", document="passage: ")
    if form != "raw":
        with_profile(made, input=form, query_prompt="query: ", max_length=12)
    convert(str(made), backend)
    ours, theirs = load_encoder(str(made), backend), load_encoder(str(made))
    assert isinstance(ours, PooledEncoder)
    assert ours.dims == theirs.dims == (64 if isinstance(pooling, tuple) else 32)
    for encode in ("encode_passages", "encode_queries"):
        np.testing.assert_allclose(getattr(ours, encode)(TEXTS), getattr(theirs, encode)(TEXTS), atol=1e-5)
    assert np.abs(ours.encode_queries(TEXTS[:1]) - ours.encode_passages(TEXTS[:1])).max() > 1e-3, "prompts reach it"
    assert ours.encode_passages([]).shape == (0, ours.dims)


@pytest.mark.parametrize("backend", ["onnx-int8", openvino_int8])
def test_eight_bits_are_near_and_a_quarter_of_the_size(folder: Path, backend: str):
    ours, theirs = load_encoder(str(folder), backend), load_encoder(str(folder))
    assert cosines(ours.encode_passages(TEXTS), theirs.encode_passages(TEXTS)).min() > 0.98
    assert np.abs(ours.encode_passages(TEXTS) - theirs.encode_passages(TEXTS)).max() > 1e-6, "it is not the same graph"


def test_eight_bits_make_it_smaller(tmp_path: Path):
    made = tiny_bert(tmp_path / "m", hidden=128)
    plain, small, weights = (convert(str(made), b) for b in ("onnx", "onnx-int8", "openvino-int8"))
    assert plain.way == "32 bits"
    assert plain.cosine > 0.9999
    assert small.way == "dynamic 8 bits"
    assert weights.way == "weights in 8 bits"
    assert weights.cosine > 0.99
    assert small.cosine >= index.convert.CLOSE
    assert max(small.size, weights.size) < 0.45 * plain.size


def test_a_model_that_loses_too_much_gets_its_weights_alone_in_eight_bits(copy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(index.convert, "CLOSE", 1.1)
    made = convert(str(copy), "onnx-int8")
    assert made.way == "weights in 8 bits"
    assert made.cosine > 0.99


def test_what_is_too_large_for_one_file_keeps_its_numbers_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(index.convert, "_LARGE", 10_000)
    made = tiny_bert(tmp_path / "m")
    for backend in ("onnx", "onnx-int8", "openvino-int8"):
        graph = convert(str(made), backend).graph
        assert graph.with_name(f"{graph.name}_data").is_file()
    ours, theirs = load_encoder(str(made), "onnx"), load_encoder(str(made))
    np.testing.assert_allclose(ours.encode_passages(TEXTS), theirs.encode_passages(TEXTS), atol=1e-5)
    small = load_encoder(str(made), "onnx-int8")
    assert cosines(small.encode_passages(TEXTS), theirs.encode_passages(TEXTS)).min() > 0.98
    assert "onnx/vankien_int8.onnx_data" in vector_files(made, "onnx-int8")
    assert not [path for path in (made / "onnx").iterdir() if path.name.startswith(".")]


def test_a_graph_of_another_maker_runs(tmp_path: Path):
    """As optimum writes them: token types asked for, the vector of the text given, one of each token beside it."""
    import torch
    from transformers import AutoModel

    made = tiny_bert(tmp_path / "m")
    inner = AutoModel.from_pretrained(made, attn_implementation="eager").eval()

    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, input_ids, attention_mask, token_type_ids):
            found = self.inner(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
            mask = attention_mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((found * mask).sum(1) / mask.sum(1), dim=1)

    (made / "onnx").mkdir()
    ones, names = torch.ones((2, 7), dtype=torch.int64), ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        Whole(), (ones, ones, ones * 0), str(made / "onnx" / "model.onnx"), input_names=names,
        output_names=["sentence_embedding"], dynamic_axes={name: {0: "b", 1: "s"} for name in names}, dynamo=False,
    )  # fmt: skip
    (made / "model.safetensors").rename(tmp_path / "away")
    assert runs_on(made) == ("onnx", "openvino")
    alone = load_encoder(str(made), "onnx")
    found, without = alone.encode_passages(TEXTS), alone.fingerprint
    (tmp_path / "away").rename(made / "model.safetensors")
    np.testing.assert_allclose(found, load_encoder(str(made)).encode_passages(TEXTS), atol=1e-5)
    assert load_encoder(str(made), "onnx").fingerprint == load_encoder(str(made)).fingerprint != without


def test_backends_of_the_same_vectors_have_one_fingerprint(folder: Path, copy: Path):
    def found(where: Path, backend: str) -> str:
        return fingerprint(where, vector_files(where, backend))

    torch = found(folder, "torch")
    assert torch == found(folder, "onnx") == found(folder, "openvino") == load_encoder(str(folder)).fingerprint
    assert len({torch, found(folder, "onnx-int8"), found(folder, "openvino-int8")}) == 3
    shutil.rmtree(copy / "onnx")
    assert found(copy, "torch") == torch, "graphs beside the weights do not count"
    (copy / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert found(copy, "torch") != torch


def test_a_quantised_graph_of_the_repository_is_taken(copy: Path):
    (copy / "onnx" / "vankien_int8.onnx").rename(copy / "onnx" / "model_quantized.onnx")
    names = [p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()]
    assert graph_of(names, "onnx-int8") == "onnx/model_quantized.onnx"
    assert load_encoder(str(copy), "onnx-int8").encode_queries(["hộ nghèo"]).shape == (1, 32)


def test_a_tokenizer_without_tokenizer_json(copy: Path):
    (copy / "tokenizer.json").unlink()
    vocabulary = copy.parent / "vocab.txt"
    from tiny_models import WORDS

    vocabulary.write_text("\n".join(WORDS), encoding="utf-8")
    shutil.move(vocabulary, copy / "vocab.txt")
    ours, theirs = load_encoder(str(copy), "onnx"), load_encoder(str(copy))
    np.testing.assert_allclose(ours.encode_passages(TEXTS), theirs.encode_passages(TEXTS), atol=1e-5)


def test_what_a_backend_cannot_run_is_said(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "plain").mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(copy / name, tmp_path / "plain" / name)
    with pytest.raises(ModelNotFoundError, match=r"vankien models convert .*plain --backend onnx-int8"):
        load_encoder(str(tmp_path / "plain"), "onnx-int8")
    modules = json.loads((copy / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (copy / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelNotFoundError, match="only torch runs its module Dense"):
        load_encoder(str(copy), "onnx").encode_queries(["a"])
    (copy / "modules.json").write_text(json.dumps(modules[:3]))
    (copy / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean", "include_prompt": false}')
    with pytest.raises(ModelNotFoundError, match="only torch leaves the prompt out"):
        load_encoder(str(copy), "onnx").encode_queries(["a"])
    (copy / "onnx" / "model.onnx").write_bytes(b"broken")
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        load_encoder(str(copy), "onnx").encode_queries(["a"])
    with pytest.raises(UsageError, match="nothing to convert"):
        convert(str(copy), "torch")
    with pytest.raises(UsageError, match="needs no backend"):
        convert("vankien-static", "onnx")
    with pytest.raises(ModelNotFoundError, match="not on this machine"):
        convert("nobody/none", "onnx")


def test_without_openvino_it_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("index.encode.find_spec", lambda name: None)
    with pytest.raises(ModelNotFoundError, match=r"pip install 'vankien\[openvino\]'"):
        load_encoder(str(folder), "openvino")


def test_a_model_that_is_run_in_one_way_has_no_backend():
    assert load_encoder(None, "onnx").backend == ""
    assert load_encoder("vankien-mini", "openvino").backend == ""


def test_poolings_of_older_files(tmp_path: Path):
    assert read_pooling(tmp_path) == Pooling(("mean",))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "modules.json").write_text('[{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]')
    for config, modes in (
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, ("cls",)),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, ("max", "mean")),
        ({"word_embedding_dimension": 8}, ("mean",)),
    ):
        (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(config))
        assert read_pooling(tmp_path).modes == modes
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode": "attention"}')
    with pytest.raises(ValueError, match="attention"):
        read_pooling(tmp_path)


def test_threads_follow_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch):
    from index.graph_model import threads

    for given, number in (("3", 3), ("", 0), ("many", 0)):
        monkeypatch.setenv("OMP_NUM_THREADS", given)
        assert threads() == number
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one = PooledModel(folder, "onnx/model.onnx", "onnx").encode(TEXTS)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    np.testing.assert_allclose(PooledModel(folder, "onnx/model.onnx", "onnx").encode(TEXTS), one, atol=1e-6)


# ---- an index and its model -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    write_report(folder, "a.txt")
    return folder


def remembered(index_dir: Path) -> tuple[str, str, bool]:
    model = open_generation(index_dir)[1].model
    assert model is not None
    return model["name"], model["backend"], model["default"]


def test_an_index_is_read_by_every_backend_of_the_same_vectors(folder: Path, files: Path, tmp_path: Path):
    ingest_paths([files], tmp_path / "ix", model=str(folder))
    assert remembered(tmp_path / "ix") == (str(folder), "torch", False)
    torch = open_index(tmp_path / "ix").search("hộ nghèo giảm", mode="dense")
    onnx = open_index(tmp_path / "ix", backend="onnx").search("hộ nghèo giảm", mode="dense")
    assert (torch.mode, onnx.mode) == ("dense", "dense")
    assert [hit.passage_id for hit in onnx.hits] == [hit.passage_id for hit in torch.hits]
    again = ingest_paths([files], tmp_path / "ix", backend="onnx")
    assert not again.changed
    other = open_index(tmp_path / "ix", backend="onnx-int8")
    degraded = other.search("hộ nghèo", mode="dense").degraded
    assert degraded
    assert f"--model {folder} --backend onnx-int8" in degraded
    assert f"{folder} (torch)" in degraded


def test_an_index_remembers_its_backend(folder: Path, files: Path, tmp_path: Path):
    first = ingest_paths([files], tmp_path / "ix", model=str(folder), backend="onnx-int8")
    assert remembered(tmp_path / "ix") == (str(folder), "onnx-int8", False)
    assert open_index(tmp_path / "ix").search("hộ nghèo", mode="dense").mode == "dense"
    assert not ingest_paths([files], tmp_path / "ix").changed
    assert not ingest_paths([files], tmp_path / "ix", model=str(folder)).changed
    assert [f.code for f in check(tmp_path / "ix") if f.level != "info"] == []
    other = ingest_paths([files], tmp_path / "ix", backend="onnx")
    assert other.encoded == first.encoded, "vectors of 8 bits are not taken for those of 32"
    assert remembered(tmp_path / "ix")[1] == "onnx"


def test_what_an_index_is_opened_with(folder: Path, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert chosen(None) == Choice(None, None)
    assert chosen(None, "bge-m3", "onnx") == Choice("bge-m3", "onnx")
    ingest_paths([files], tmp_path / "ix", model=str(folder), backend="onnx-int8")
    manifest = open_generation(tmp_path / "ix")[1]
    assert chosen(manifest) == Choice(str(folder), "onnx-int8")
    assert chosen(manifest, "bge-m3") == Choice("bge-m3", None)
    assert chosen(manifest, None, "onnx") == Choice(str(folder), "onnx")
    monkeypatch.chdir(folder.parent)
    assert chosen(manifest, folder.name) == Choice(folder.name, "onnx-int8")
    ingest_paths([files], tmp_path / "default")
    assert chosen(open_generation(tmp_path / "default")[1]).default


def test_ctrl_c_within_a_step_keeps_what_is_encoded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A large model takes minutes for the texts that are cut together; progress is told and vectors kept on the way."""
    monkeypatch.setattr(index.embedding, "_SECONDS", 0.0)
    (tmp_path / "in").mkdir()
    lines = [f"Xã số {n} trồng mới {n} ha rừng, kết nạp {n} đảng viên trong năm; còn {n} hộ nghèo." for n in range(200)]
    (tmp_path / "in" / "a.txt").write_text("\n\n".join(lines), encoding="utf-8")
    encode, calls = TransformerEncoder._encode, []

    def interrupted(self: TransformerEncoder, texts: list[str]) -> np.ndarray:
        calls.append(len(texts))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return encode(self, texts)

    monkeypatch.setattr(TransformerEncoder, "_encode", interrupted)
    steps: list[tuple[str, int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        ingest_paths([tmp_path / "in"], tmp_path / "ix", model=str(folder), progress=lambda *step: steps.append(step))
    assert [done for stage, done, _ in steps if stage == "encode"] == [0, 64, 128]
    assert ingest_paths([tmp_path / "in"], tmp_path / "ix", model=str(folder)).encoded == 200 - 128
    calls.clear()
    assert not ingest_paths([tmp_path / "in"], tmp_path / "ix").changed
    assert not calls


def test_a_model_of_other_dimensions_or_revision_is_refused(folder: Path, files: Path, tmp_path: Path):
    """Its vectors are never compared with those of the index; the search goes by words and says the way out."""
    here = shutil.copytree(folder, tmp_path / "model")
    ingest_paths([files], tmp_path / "ix", model=str(here))
    wider = tiny_bert(tmp_path / "wider", hidden=48)
    for other in (str(wider), "vankien-static"):
        found = open_index(tmp_path / "ix", model=other).search("hộ nghèo", mode="dense")
        assert found.mode == "lexical"
        assert "ingest again with --model" in (found.degraded or "")
        assert other in (found.degraded or "")
    pooling = b'{"embedding_dimension": 32, "pooling_mode": "cls"}'
    for name, data in (("model.safetensors", None), ("1_Pooling/config.json", pooling)):
        before = (here / name).read_bytes()
        (here / name).write_bytes(data or before[:-1] + bytes([before[-1] ^ 1]))
        found = open_index(tmp_path / "ix").search("hộ nghèo", mode="dense")
        assert (found.mode, "files have changed" in (found.degraded or "")) == ("lexical", True)
        assert [f.code for f in check(tmp_path / "ix") if f.level == "warning"] == ["model-changed"]
        (here / name).write_bytes(before)
    assert open_index(tmp_path / "ix").search("hộ nghèo", mode="dense").mode == "dense"
    (here / "1_Pooling" / "config.json").write_bytes(pooling)
    renewed = ingest_paths([files], tmp_path / "ix")
    assert renewed.changed
    assert renewed.encoded, "the next ingest encodes everything with the files that are there"
    assert open_index(tmp_path / "ix").search("hộ nghèo", mode="dense").mode == "dense"


def test_the_setting_reaches_ingest_search_and_serve(
    folder: Path, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    index_dir = tmp_path / "ix"
    assert (
        main(["ingest", str(files), "--index", str(index_dir), "--model", str(folder), "--backend", "onnx-int8"]) == 0
    )
    assert remembered(index_dir) == (str(folder), "onnx-int8", False)
    capsys.readouterr()
    words = ["search", "hộ nghèo", "--mode", "dense", "--json", "--index", str(index_dir)]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["mode"] == "dense"
    assert main([*words, "--backend", "onnx"]) == 0
    refused = json.loads(capsys.readouterr().out)
    assert refused["mode"] == "lexical"
    assert "--backend onnx" in refused["degraded"]
    for backend, mode in ((None, "dense"), ("onnx", "lexical")):
        with TestClient(create_app(Settings(index=index_dir, backend=backend)), base_url=LOCAL) as client:
            ready = client.get("/api/v1/readyz").json()
            found = client.get("/api/v1/search", params={"q": "hộ nghèo", "mode": "dense"}).json()
        assert (found["mode"], ready["model"] is None) == (mode, mode == "lexical")
        assert ("ingest again with" in (ready["degraded"] or "")) == (mode == "lexical")
