"""The optional cross-encoder: off unless named; then it orders the best hits, and no others."""

from __future__ import annotations

import contextlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from index.candidates import Allowed
from index.encode import load_encoder
from index.rerank import RERANKED, load_reranker
from index.search import Searcher, open_index
from index.segment import segmented_form
from ingest.errors import ModelNotFoundError
from search_api.cli import main

WORDS = [f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")]
WORDS += ["giảm", "nghèo", "hộ", "xã", "đảng", "viên", "nông", "thôn", "trường", "lớp", "y", "tế", "năm", "của", "_"]
QUERY = "kết quả giảm nghèo của xã"
ALL = Allowed()
ONE = np.zeros(1, np.int64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of chance weights, so that its order is unlike that of the search."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import BertConfig, BertForSequenceClassification
        from transformers.models.bert import BertTokenizerFast
    made = tmp_path_factory.mktemp("reranker")
    torch.manual_seed(7)
    config = BertConfig(vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    config.intermediate_size, config.initializer_range, config.num_labels = 16, 0.5, 1
    BertForSequenceClassification(config).save_pretrained(made)
    (made / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(str(made / "vocab.txt"), strip_accents=False).save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def plain(sample_index: Path):
    with contextlib.closing(open_index(sample_index)) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def reranked(sample_index: Path, folder: Path):
    with contextlib.closing(open_index(sample_index, reranker=str(folder))) as searcher:
        yield searcher


def ranking(searcher: Searcher, query: str, mode: str = "hybrid") -> list[str]:
    return [hit.passage_id for hit in searcher.search(query, limit=60, mode=mode).hits]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_the_best_stand_in_its_order_and_the_others_as_they_were(plain: Searcher, reranked: Searcher, mode: str):
    before = plain.ranker.rank(plain.analysed(QUERY), plain.vector(plain.analysed(QUERY)), 100, mode, ALL)
    after = reranked.ranker.rank(reranked.analysed(QUERY), reranked.vector(reranked.analysed(QUERY)), 100, mode, ALL)
    n = len(before.positions)
    assert n > RERANKED
    assert sorted(after.positions.tolist()) == sorted(before.positions.tolist())
    given = after.parts["rerank"]
    judged = np.flatnonzero(given)
    assert len(judged) == RERANKED
    assert set(judged.tolist()) == set(range(RERANKED))
    assert (np.diff(after.scores) <= 0).all()
    assert after.positions[:RERANKED].tolist() != before.positions[:RERANKED].tolist()


def test_its_scores_are_the_models_own(folder: Path, reranked: Searcher):
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    hits = reranked.search(QUERY, limit=5).hits
    texts = reranked._contextual(np.array([reranked.ranker.ids.index(hit.passage_id) for hit in hits]))
    assert all(text.endswith(hit.text) for text, hit in zip(texts, hits, strict=True))
    with torch.no_grad():  # the bare weights, without what sentence-transformers puts on top
        model, tokenizer = (
            BertForSequenceClassification.from_pretrained(folder),
            AutoTokenizer.from_pretrained(folder),
        )
        pairs = tokenizer([QUERY] * len(texts), texts, padding=True, truncation=True, return_tensors="pt")
        wanted = torch.sigmoid(model(**pairs).logits[:, 0]).numpy()
    assert [hit.explain["rerank"] for hit in hits] == pytest.approx(wanted.tolist(), abs=2e-4)


def test_document_numbers_and_lists_are_left_alone(plain: Searcher, reranked: Searcher):
    for query in ("48-BC/HU", "loại:báo_cáo"):
        assert ranking(plain, query) == ranking(reranked, query)
        assert "rerank" not in reranked.search(query).hits[0].explain


def test_it_is_named_in_what_is_open(plain: Searcher, reranked: Searcher, folder: Path):
    assert plain.info.reranker is None
    assert reranked.info.reranker == str(folder)


def test_the_form_of_its_input(folder: Path, tmp_path: Path):
    copy = tmp_path / "segmented"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "vankien.json").write_text(json.dumps({"input": "segmented_form"}), encoding="utf-8")
    text = "Tỷ lệ hộ nghèo giảm"
    raw = load_reranker(str(folder), lambda positions: [segmented_form(text)]).scores(segmented_form("đảng viên"), ONE)
    cut = load_reranker(str(copy), lambda positions: [text]).scores("đảng viên", ONE)
    assert cut.tolist() == raw.tolist()
    assert load_reranker(str(folder), list).scores("đảng viên", ONE[:0]).shape == (0,)


def test_what_is_no_cross_encoder_is_refused(sample_index: Path, tmp_path: Path):
    with pytest.raises(ModelNotFoundError, match="vankien models fetch BAAI/bge-reranker-v2-m3"):
        open_index(sample_index, reranker="bge-reranker-v2-m3")
    with pytest.raises(ModelNotFoundError, match="no cross-encoder"):
        open_index(sample_index, reranker="vankien-static")


def test_evaluation_and_search_by_name(
    sample_index: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    gold = Path(__file__).parents[1] / "samples" / "gold"
    queries = str(sorted(gold.glob("*.queries.jsonl"))[0])
    asked = ["evaluate", "--index", str(sample_index), "--queries", queries, "--json"]
    assert main(asked) == 0
    without = json.loads(capsys.readouterr().out)
    assert main([*asked, "--reranker", str(folder)]) == 0
    with_it = json.loads(capsys.readouterr().out)
    assert with_it["stamp"]["settings"]["reranker"] == str(folder)
    assert "reranker" not in without["stamp"]["settings"]
    assert main(["search", QUERY, "--index", str(sample_index), "--reranker", str(folder), "--json"]) == 0
    assert "rerank" in json.loads(capsys.readouterr().out)["hits"][0]["explain"]


def test_a_reranker_is_no_encoder(folder: Path, tmp_path: Path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "vankien.json").write_text(json.dumps({"task": "rerank"}), encoding="utf-8")
    with pytest.raises(ModelNotFoundError, match="--reranker"):
        load_encoder(str(tmp_path))
