"""The benchmarks over public texts, on a small set: documents made of texts, the peer, the table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import distractors, lexical_weights, public_sets
from benchmarks.texts import KEY, kept_index
from index.encode import load_encoder
from index.evaluation import read_corpus, read_queries
from index.query import DEFAULT_WEIGHTS
from index.search import open_index
from index.snapshot import current_generation
from training.general import text_document

CORPUS = {
    "luat@1": ("Luật Lâm nghiệp", "Rừng được giao cho cộng đồng dân cư quản lý và bảo vệ."),
    "luat@2": ("Luật Trẻ em", "Trẻ em có quyền được giáo dục, học tập để phát triển toàn diện."),
    "luat@3": ("", "Người lao động được trả lương trực tiếp, đầy đủ, đúng thời hạn."),
    "luat@4": ("Luật Đất đai", "Đất được thu hồi khi dự án đầu tư chậm tiến độ quá hai mươi bốn tháng. " * 40),
}
QUERIES = {
    "a": ("ai bảo vệ rừng", "luat@1"),
    "b": ("quyen hoc tap cua tre em", "luat@2"),
    "c": ("trả lương", "luat@3"),
    "d": ("thu hồi đất của dự án chậm tiến độ", "luat@4"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("beir") / "small"
    folder.mkdir()
    corpus = [{"_id": i, "title": title, "text": text} for i, (title, text) in CORPUS.items()]
    queries = [{"_id": i, "text": text} for i, (text, _) in QUERIES.items()]
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (folder / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    judged = "".join(f"{i}\t{right}\t1\n" for i, (_, right) in QUERIES.items())
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, encoding="utf-8")
    return folder


def test_a_set_is_measured_in_every_way(small: Path, tmp_path: Path):
    reports = public_sets.measure(small, tmp_path / "ix", None, 1)
    assert set(reports) == {"bm25s", "bm25s-passages", "hybrid", "lexical", "dense"}
    for name in ("bm25s", "bm25s-passages", "hybrid", "lexical"):
        assert np.mean([row.scores["ndcg"] for row in reports[name].rows]) > 0.9, name
    stamp = reports["hybrid"].stamp
    assert stamp.index["documents"] == 4
    assert stamp.index["passages"] > 4, "a text of more than 250 syllables is several passages"
    cells = public_sets.table_row("small", reports).strip("| ").split(" | ")
    assert len(cells) == public_sets.HEAD.splitlines()[0].strip("| ").count("|") + 1
    assert cells[0] == "small"


def test_the_peer_reads_marks_and_no_marks_alike(small: Path):
    assert public_sets.peer_tokens("Hoà bình 2024") == public_sets.peer_tokens("hoa binh 2024")
    assert "hoa_binh" in public_sets.peer_tokens("Hoà bình 2024")
    units = public_sets.peer_units(list(read_corpus(small)))
    assert len(units["bm25s"]) == 4 < len(units["bm25s-passages"])
    for name, texts in units.items():
        run = public_sets.peer_run(texts, read_queries([small]), name)
        assert run.hits["b"][0].source == "luat@2"
        assert len({hit.source for hit in run.hits["b"]}) == len(run.hits["b"]), "a document once"
        assert len(run.took_ms) == 4


def test_a_sample_of_the_queries_is_the_same_each_time(small: Path):
    qrels = read_queries([small])
    assert public_sets.sampled(qrels, None) == public_sets.sampled(qrels, 9) == qrels
    once, again = public_sets.sampled(qrels, 2), public_sets.sampled(qrels, 2)
    assert once == again
    assert len(once.scored) == 2
    assert once.data == again.data != qrels.data, "the hash is of what was asked"


def test_a_document_of_texts_holds_them_by_offset():
    document = text_document("x/1", ("Đầu đề",), ["Một đoạn ngắn.", "Một câu dài hơn. " * 120])
    assert len(document.passages) >= 3
    for passage in document.passages:
        assert document.canonical[passage.start : passage.end] == passage.text
        assert len(passage.text.split()) <= 250
        assert passage.section_path == ("Đầu đề",)
    assert len({passage.id for passage in document.passages}) == len(document.passages)


def test_an_index_is_kept_until_what_it_is_made_of_changes(tmp_path: Path):
    encoder = load_encoder()
    asked = []

    def documents():
        asked.append(1)
        return [text_document("x/1", (), ["Tỷ lệ hộ nghèo giảm còn 9,2%."])]

    for material in ("one", "one", "two"):
        kept_index(tmp_path / "ix", material, documents, encoder)
    assert len(asked) == 2
    assert current_generation(tmp_path / "ix") == 2
    assert open_index(tmp_path / "ix").search("hộ nghèo").hits[0].source == "x/1"
    (tmp_path / "ix" / KEY).unlink()
    kept_index(tmp_path / "ix", "two", documents, encoder)
    assert len(asked) == 3


def test_distractors_are_paragraphs_of_every_source_in_turn(shared_dir: Path):
    folder = shared_dir / "data" / "training"
    if not folder.is_dir():
        pytest.skip("../shared/data/training is not beside this checkout")
    documents = list(distractors.distractors(folder, 200))
    passages = [passage for document in documents for passage in document.passages]
    assert 200 <= len(passages) < 210
    assert {document.source.split("/")[0] for document in documents} == set(distractors.SOURCES)
    assert all(40 <= len(passage.text.split()) <= 250 for passage in passages)
    assert len({document.id for document in documents}) == len(documents)


def test_lexical_weights_are_measured_on_halves_of_the_documents(sample_index: Path):
    trial = lexical_weights.Trial(open_index(sample_index))
    now = trial.values(DEFAULT_WEIGHTS)
    assert set(now) == set(lexical_weights.SHARES)
    assert 0.7 < lexical_weights.wanted(now) < 1
    halves = [lexical_weights.wanted(trial.values(DEFAULT_WEIGHTS, half)) for half in (0, 1)]
    assert min(halves) < lexical_weights.wanted(now) < max(halves)
    blind = replace(DEFAULT_WEIGHTS, whole=0.01, bigrams=0.0)
    assert lexical_weights.wanted(trial.values(blind)) < lexical_weights.wanted(now) - 0.05
