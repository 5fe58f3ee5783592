"""Encoders: the shipped one on numpy alone, any other through sentence-transformers, nothing fetched."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import quiet_sentence_transformers

from index.encode import PairEncoder, fingerprint, known_models, load_encoder
from index.model_profiles import DEFAULT_MODEL, MODELS, SHIPPED, find_model, read_profile
from index.published import PUBLISHED
from index.segment import words_form
from index.static_model import StaticModel, is_static
from ingest.errors import ModelNotFoundError

ROOT = Path(__file__).parents[1]
DEFAULT = MODELS / DEFAULT_MODEL
TEXTS = [
    "Tỷ lệ hộ nghèo giảm từ 22,13% xuống 18,73% theo Nghị quyết số 02-NQ/HU",
    "KẾT QUẢ PHÁT TRIỂN ĐẢNG VIÊN",
    "ket qua giam ngheo",
    "poverty reduction in mountainous districts; unheard-of wordlings",
    "xã Thèn Sin, Tả Lèng: 漢字 ☂ ½",
    "",
    " \n ",
    "☂☂☂",
]

needs_shipped = pytest.mark.skipif(not DEFAULT.is_dir(), reason="index/models/vankien-static is not in this checkout")


def tiny_static(folder: Path, *, half: bool, normalize: bool = True) -> Path:
    st = quiet_sentence_transformers()
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {w: i for i, w in enumerate(["[UNK]", "giảm", "nghèo", "tỷ_lệ", "hộ", "đảng_viên", "nhà"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    rows = np.random.default_rng(0).standard_normal((len(words), 8)).astype(np.float16 if half else np.float32)
    modules = [StaticEmbedding(tokenizer, embedding_weights=rows)] + [Normalize()] * normalize
    st.SentenceTransformer(modules=modules, device="cpu").save(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    st = quiet_sentence_transformers()
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", ":", "giảm", "nghèo", "tỷ", "_", "lệ", "hộ", ","]
    (base / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(base)
    BertTokenizerFast(str(base / "vocab.txt"), strip_accents=False).save_pretrained(base)
    folder = tmp_path_factory.mktemp("tiny")
    transformer = Transformer(str(base), max_seq_length=32)
    modules = [transformer, Pooling(transformer.get_embedding_dimension())]
    st.SentenceTransformer(modules=modules, device="cpu", prompts={"query": "query: ", "document": ""}).save(
        str(folder), create_model_card=False
    )
    return folder


def assert_unit(vectors: np.ndarray, shape: tuple[int, int]):
    assert vectors.shape == shape
    assert vectors.dtype == np.float32
    norms = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-5) | (norms == 0))


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_static_equals_sentence_transformers(tmp_path: Path, half: bool, normalize: bool):
    folder = tiny_static(tmp_path / "m", half=half, normalize=normalize)
    assert is_static(folder)
    forms = ["giảm nghèo tỷ_lệ", "đảng_viên", "", "nothing known", "nhà nhà hộ"]
    reference = quiet_sentence_transformers().SentenceTransformer(str(folder), device="cpu").float()
    theirs = reference.encode(forms, normalize_embeddings=True)
    np.testing.assert_allclose(StaticModel(folder).encode(forms), theirs, atol=1e-6)


@needs_shipped
def test_shipped_equals_sentence_transformers():
    forms = [words_form(text) for text in TEXTS]
    reference = quiet_sentence_transformers().SentenceTransformer(str(DEFAULT), device="cpu").float()
    theirs = reference.encode(forms, normalize_embeddings=True)
    np.testing.assert_allclose(load_encoder().encode_queries(TEXTS), theirs, atol=1e-6)


@needs_shipped
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_model_knows_its_field(name: str):
    encoder = load_encoder(name)
    assert encoder.name == name
    passages = [
        "Tỷ lệ hộ nghèo theo chuẩn đa chiều giảm còn 18,73%, vượt chỉ tiêu nghị quyết đề ra.",
        "Kết nạp 214 đảng viên mới, đạt 107% kế hoạch; xóa 12 bản trắng chi bộ.",
        "Trồng mới 120 ha chè, sản lượng chè búp tươi đạt 1.240 tấn.",
        "Phát hiện, bắt giữ 45 vụ, 52 đối tượng phạm tội về ma túy.",
    ]
    vectors = encoder.encode_passages(passages)
    queries = {
        "bà con bớt nghèo": 0,
        "ket qua giam ngheo": 0,
        "poverty reduction": 0,
        "phat trien dang vien": 1,
        "tea growing area": 2,
        "drug crime": 3,
    }
    best = (encoder.encode_queries(list(queries)) @ vectors.T).argmax(axis=1)
    assert best.tolist() == list(queries.values())
    assert_unit(vectors, (4, encoder.dims))


@needs_shipped
@pytest.mark.parametrize(("name", "most"), [("vankien-static", 30_000_000), ("vankien-mini", 40_000_000)])
def test_shipped_model_is_small_and_has_a_card(name: str, most: int):
    size = sum(p.stat().st_size for p in (MODELS / name).rglob("*") if p.is_file())
    assert size <= most
    assert "trained on" in (MODELS / name / "README.md").read_text(encoding="utf-8").lower()


@needs_shipped
def test_no_piece_of_the_vocabulary_is_a_quotation():
    tokenizer = json.loads((DEFAULT / "tokenizer.json").read_text(encoding="utf-8"))
    longest = max((piece for piece, _ in tokenizer["model"]["vocab"]), key=len)
    assert len(longest) < 60, "a piece that long would be a quotation"


@needs_shipped
@pytest.mark.parametrize("name", SHIPPED)
def test_searching_process_imports_no_torch(name: str):
    code = (
        f"import sys; from index.encode import load_encoder; load_encoder({name!r}).encode_queries(['hộ nghèo']);"
        "bad = {'torch', 'sentence_transformers', 'transformers'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=60)


def test_two_encoders_as_one_mix_their_cosines(tmp_path: Path):
    first = load_encoder(str(tiny_static(tmp_path / "a", half=False)))
    second = load_encoder()
    pair = PairEncoder(first, second, 0.3)
    query, passages = ["giảm nghèo"], ["hộ nghèo", "đảng_viên nhà", "tỷ_lệ"]
    assert pair.dims == first.dims + second.dims
    assert_unit(pair.encode_passages(passages), (3, pair.dims))
    mixed = 0.7 * (first.encode_queries(query) @ first.encode_passages(passages).T)
    mixed += 0.3 * (second.encode_queries(query) @ second.encode_passages(passages).T)
    np.testing.assert_allclose(pair.encode_queries(query) @ pair.encode_passages(passages).T, mixed, atol=1e-5)
    assert pair.fingerprint not in (first.fingerprint, second.fingerprint)
    assert pair.fingerprint != PairEncoder(first, second, 0.4).fingerprint


def test_a_graph_that_is_damaged_is_named(tmp_path: Path):
    folder = tmp_path / "g"
    shutil.copytree(MODELS / "vankien-mini", folder)
    graph = folder / "onnx" / "model_qint8.onnx"
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        load_encoder(str(folder)).encode_queries(["hộ nghèo"])


def test_progress_and_empty_input(tmp_path: Path):
    encoder = load_encoder(str(tiny_static(tmp_path / "m", half=False)))
    seen: list[tuple[int, int]] = []
    vectors = encoder.encode_passages(["giảm nghèo"] * 300 + [""], lambda done, total: seen.append((done, total)))
    assert seen == [(256, 301), (301, 301)]
    assert_unit(vectors, (301, 8))
    assert not vectors[-1].any()
    assert encoder.encode_passages([]).shape == (0, 8)
    assert encoder.encode_queries([]).shape == (0, 8)


def test_form_of_input_travels_with_the_model(tmp_path: Path):
    folder = tiny_static(tmp_path / "m", half=False)
    before = load_encoder(str(folder)).fingerprint
    profile = {"input": "words_form", "query_prompt": "nhà ", "passage_prompt": "", "licence": "CC0-1.0", "name": "x"}
    (folder / "vankien.json").write_text(json.dumps(profile), encoding="utf-8")
    encoder = load_encoder(str(folder))
    model = StaticModel(folder)
    np.testing.assert_allclose(encoder.encode_passages(["Tỷ lệ HỘ"]), model.encode(["tỷ_lệ hộ"]))
    np.testing.assert_allclose(encoder.encode_queries(["Tỷ lệ HỘ"]), model.encode(["nhà tỷ_lệ hộ"]))
    assert encoder.fingerprint != before
    assert encoder.name == str(folder.resolve())


def test_fingerprint_is_of_the_content(tmp_path: Path):
    first, second = (tiny_static(tmp_path / name, half=False) for name in "ab")
    assert fingerprint(first) == fingerprint(second)
    (second / "README.md").write_text("a card changes no vector", encoding="utf-8")
    assert fingerprint(first) == fingerprint(second)
    data = bytearray((second / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (second / "model.safetensors").write_bytes(data)
    assert fingerprint(first) != fingerprint(second)


@pytest.mark.filterwarnings("ignore")
def test_any_sentence_transformers_model(bert: Path):
    encoder = load_encoder(str(bert))
    assert encoder.dims == 16
    vectors = encoder.encode_passages(["giảm nghèo", "tỷ lệ hộ"])
    assert_unit(vectors, (2, 16))
    reference = quiet_sentence_transformers().SentenceTransformer(str(bert), device="cpu")
    theirs = reference.encode(["query: giảm nghèo"], prompt="", normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode_queries(["giảm nghèo"]), theirs, atol=1e-5)
    assert np.abs(encoder.encode_queries(["giảm nghèo"])[0] - vectors[0]).max() > 1e-4


@pytest.mark.filterwarnings("ignore")
def test_segmented_input_reaches_the_model(bert: Path):
    (bert / "vankien.json").write_text('{"input": "segmented_form"}', encoding="utf-8")
    try:
        encoder = load_encoder(str(bert))
        reference = quiet_sentence_transformers().SentenceTransformer(str(bert), device="cpu")
        theirs = reference.encode(["Tỷ_lệ hộ , nghèo"], prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(encoder.encode_passages(["Tỷ lệ hộ, nghèo"]), theirs, atol=1e-5)
    finally:
        (bert / "vankien.json").unlink()


@pytest.mark.parametrize(
    "name", ["bge-m3", "BAAI/bge-m3", "nobody/no-model", "./not/here", "/not/here", "nonsense", "..", ""]
)
def test_a_model_that_is_not_here(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("SENTENCE_TRANSFORMERS_HOME", raising=False)
    with pytest.raises(ModelNotFoundError) as caught:
        load_encoder(name)
    message = str(caught.value)
    assert "\n" not in message
    assert "trên máy" in message
    assert "on this machine" in message
    if "bge" in name:
        assert "vankien models fetch BAAI/bge-m3" in message


def test_a_hub_model_in_the_cache_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--BAAI--bge-m3" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    assert find_model("bge-m3") is None, "a snapshot without weights is no model"
    (snapshot / "model.safetensors").write_bytes(b"")
    assert find_model("bge-m3") == find_model("BAAI/bge-m3") == snapshot
    assert [m.name for m in known_models() if m.here and m.name not in SHIPPED] == ["BAAI/bge-m3"]


@pytest.mark.filterwarnings("ignore")
def test_damaged_models_are_named(tmp_path: Path, bert: Path):
    static = tiny_static(tmp_path / "m", half=False)
    (static / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        load_encoder(str(static))
    folder = tmp_path / "t"
    folder.mkdir()
    for path in bert.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(b"broken" if path.suffix == ".safetensors" else path.read_bytes())
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        load_encoder(str(folder)).encode_queries(["a"])


def test_profiles():
    models = {m.name: m for m in known_models()}
    assert next(iter(models)) == DEFAULT_MODEL
    assert len(models) >= 10
    assert models["intfloat/multilingual-e5-small"].query_prompt == "query: "
    assert models["bkai-foundation-models/vietnamese-bi-encoder"].input == "segmented_form"
    assert read_profile(Path("nowhere"), "bge-m3").dims == 1024
    assert all(m.licence and (m.dims or m.task == "rerank") for m in models.values() if not m.default)
    assert models["itdainb/PhoRanker"].task == "rerank"


def test_published_scores_have_a_source_and_stand_in_the_guide():
    guide = (ROOT / "docs" / "encoder.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in guide.splitlines() if line.startswith("| ")}
    encoders = [m for m in known_models() if m.name not in SHIPPED and m.task == "encode"]
    assert len(encoders) == 9
    assert {m.name for m in encoders} >= set(PUBLISHED)
    for model in encoders:
        assert f"{model.dims:,}" in rows[model.name]
        assert f"{model.max_length:,}" in rows[model.name]
        assert model.licence in rows[model.name]
        assert ("segmented" in rows[model.name]) == (model.input == "segmented_form")
        figures = [cell for cell in rows[model.name].strip("|").split("|")[-2:] if cell.strip()]
        assert len(figures) == len(model.published)
        for given in model.published:
            assert f"{given.figure:.3f}" in rows[model.name]
            assert 0 < given.figure < 1
            assert re.search(r"mteb \d[\d.]+, revision [0-9a-f]{7}$", given.source)
