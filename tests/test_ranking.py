"""The forward index, the measurements on it, soft matching, the learnt ranker, and how they rank together."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.ask import NO_DIRECTION
from index.candidates import Allowed
from index.encode import StaticEncoder, load_encoder
from index.features import Measure, wanted
from index.forward import UNKNOWN, ForwardIndex, ForwardRow
from index.fusion import DEFAULT_FUSION, reciprocal_ranks
from index.query import DEFAULT_WEIGHTS, analyse
from index.rank_model import RANKER, RankModel, load_ranker, ranker_of
from index.ranking import Ranker, _lifted
from index.records import LexicalRow, folded_tokens
from index.search import open_index
from index.soft import SoftMatcher
from index.tokens import references, tokenize
from ingest.errors import IndexDamagedError, ModelNotFoundError

TEXTS = [
    ("Tỷ lệ hộ nghèo giảm còn 21,4%. Xây dựng 02 xã nông thôn mới.", "1. Giảm nghèo", ""),
    ("Trồng mới 320 ha rừng theo Nghị quyết số 02-NQ/HU.", "2. Lâm nghiệp", ""),
    ("Xã A 12 ha; xã B 8 ha.", "2. Lâm nghiệp", "trồng rừng sản xuất"),
]


def lexical(text: str, path: str, carrier: str) -> LexicalRow:
    tokens = tokenize(text)
    return LexicalRow(
        folded=" ".join(t.folded for t in tokens),
        marked=" ".join(t.marked for t in tokens),
        words="",
        path=folded_tokens(path),
        header=folded_tokens("huyện Mường Hin năm 2024"),
        carrier=folded_tokens(carrier),
        refs=" ".join(references(text)),
    )


@pytest.fixture(scope="module")
def soft() -> SoftMatcher:
    return SoftMatcher()


@pytest.fixture(scope="module")
def forward(tmp_path_factory: pytest.TempPathFactory, soft: SoftMatcher) -> ForwardIndex:
    folder = tmp_path_factory.mktemp("forward")
    rows = []
    for text, path, carrier in TEXTS:
        clauses = text.replace("; ", ". ").split(". ")
        rows.append(ForwardRow(lexical(text, path, carrier), soft.pieces(clauses), soft.pieces([path])[0]))
    ForwardIndex.build(folder, rows)
    return ForwardIndex(folder)


def test_tokens_come_back_in_reading_order_with_their_owners(forward):
    known = forward.tokens("folded", np.array([2, 0]))
    expected = [[t.folded for t in tokenize(TEXTS[i][0])] for i in (2, 0)]
    assert list(known.numbers) == [n for words in expected for n in forward.numbers(words)]
    assert list(known.owners) == [0] * len(expected[0]) + [1] * len(expected[1])
    assert list(np.unique(forward.piece_clauses(np.array([0])))) == [0, 1]


def test_rarity_is_bm25s_and_unknown_is_the_rarest(forward):
    rare, common, none = forward.rarity(np.array([*forward.numbers(["ngheo", "xa"]), UNKNOWN]))
    assert rare == pytest.approx(np.log(1 + 2.5 / 1.5))  # in one of three passages
    assert common == pytest.approx(np.log(1 + 1.5 / 2.5))  # in two
    assert none == pytest.approx(np.log(1 + 3.5 / 0.5))
    pair = forward.numbers(["ho", "ngheo"])
    assert forward.pair_rarity(pair[:1], pair[1:])[0] == pytest.approx(rare)
    assert forward.pair_rarity(pair[1:], pair[:1])[0] == pytest.approx(none)


def test_an_index_of_nothing_opens(tmp_path):
    ForwardIndex.build(tmp_path, [])
    empty = ForwardIndex(tmp_path)
    assert empty.size == 0
    assert len(empty.tokens("folded", np.empty(0, np.int64)).numbers) == 0


def test_passages_that_hold_a_sequence(tmp_path):
    texts = ["a b a b", "", "c a", "b c", "b"]
    nothing = np.empty(0, np.int32)
    rows = [ForwardRow(replace(lexical("x", "", ""), path=text), [], nothing) for text in texts]
    ForwardIndex.build(tmp_path, rows)
    built = ForwardIndex(tmp_path)
    for size in range(1, 6):
        for words in itertools.product("abcd", repeat=size):
            held = [i for i, text in enumerate(texts) if f" {' '.join(words)} " in f" {text} "]
            assert built.holding("path", built.numbers(words)).tolist() == held, words


def test_a_broken_file_is_named(tmp_path, forward):
    with pytest.raises(IndexDamagedError, match="forward index"):
        ForwardIndex(tmp_path / "nowhere")


def measured(forward: ForwardIndex, text: str) -> dict[str, np.ndarray]:
    return Measure(forward, wanted(analyse(text), forward), np.arange(3)).features()


def test_coverage_counts_text_path_and_carrier(forward):
    found = measured(forward, "trồng rừng sản xuất")
    assert found["cover_all"][2] == pytest.approx(1.0)  # all of it in the sentence that carries the note
    assert found["cover_carrier"].tolist() == pytest.approx([0, 0, 1])
    assert 0 < found["cover_all"][1] < 1
    assert found["cover_all"][0] == 0
    assert measured(forward, "lâm nghiệp")["cover_path"].tolist() == pytest.approx([0, 1, 1])


def test_pairs_must_stand_together(forward):
    assert measured(forward, "hộ nghèo")["cover_pairs"].tolist() == pytest.approx([1, 0, 0])
    assert measured(forward, "nghèo hộ")["cover_pairs"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("typed", "worth"), [("02-NQ/HU", 1.0), ("nghị quyết số 2", 0.5), ("03-NQ/HU", 0.0)])
def test_document_numbers_in_full_and_short(forward, typed, worth):
    assert measured(forward, typed)["refs"].tolist() == [0, worth, 0]


def test_soft_matching_is_the_mean_of_nearest_pieces(forward, soft):
    query = soft.query("hộ nghèo")
    found = soft.features(query, forward, np.arange(3))
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    pieces = np.concatenate(encoder.pieces(TEXTS[0][0].split(". ")))
    rows = encoder.rows[pieces]
    cosines = np.maximum(query.directions @ (rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-9)).T, 0)
    assert found["soft"][0] == pytest.approx(float(query.weights @ cosines.max(axis=1)), abs=1e-5)
    assert found["soft"].argmax() == 0
    assert (found["soft_path"] >= found["soft"] - 1e-9).all()


def test_what_is_said_in_one_clause_beats_what_is_strewn(tmp_path, soft):
    rows = []
    for clauses in (["tỷ lệ hộ nghèo giảm", "trồng rừng mới"], ["tỷ lệ trồng rừng", "hộ dân bớt nghèo giảm"]):
        tokens = lexical(" ".join(clauses), "", "")
        rows.append(ForwardRow(tokens, soft.pieces(clauses), np.empty(0, np.int32)))
    ForwardIndex.build(tmp_path, rows)
    found = soft.features(soft.query("tỷ lệ hộ nghèo giảm"), ForwardIndex(tmp_path), np.arange(2))
    assert found["soft_clause"][0] > found["soft_clause"][1]


def test_a_query_without_known_pieces_scores_nothing(forward, soft):
    found = soft.features(soft.query("…"), forward, np.arange(3))
    assert all(not part.any() for part in found.values())


def test_reciprocal_ranks():
    fused = reciprocal_ranks(np.array([3.0, 2.0, 0.0]), np.array([0.0, 9.0, 1.0]))
    assert fused.argmax() == 1
    assert fused[0] == pytest.approx(61 / 61 / 2)
    assert fused[2] == pytest.approx(61 / 62 / 2)


def test_the_packaged_rankers_are_whole():
    for path in (RANKER, *sorted(RANKER.parents[1].glob("*/ranker.json"))):
        model = load_ranker(path)
        assert {"*", "question", "english", "docref"} <= model.weights.keys()
        assert all(np.isfinite(row).all() and len(row) == len(model.features) for row in model.weights.values())
        assert model.scale[0] > 0  # a higher sum is a likelier answer
        before, after = json.loads(path.read_text("utf-8"))["measured"]["samples, documents left out in turn"]
        assert after > before


def test_an_encoder_may_have_a_ranker_of_its_own(tmp_path):
    assert ranker_of(None) == ranker_of(tmp_path) == RANKER
    path = tmp_path / "ranker.json"
    whole = json.loads(RANKER.read_text("utf-8"))
    for broken in (
        {},
        {**whole, "weights": []},
        {**whole, "weights": {"question": whole["weights"]["*"]}},
        {**whole, "features": [*whole["features"], "luck"]},
        {**whole, "scale": [1]},
        {**whole, "general": {"weights": {}, "scale": [1, 0]}},
        {**whole, "general": {"weights": {**whole["weights"]["*"], "soft": float("nan")}, "scale": [1, 0]}},
    ):
        path.write_text(json.dumps(broken))
        assert ranker_of(tmp_path) == path
        load_ranker.cache_clear()
        with pytest.raises(ModelNotFoundError, match="ranker"):
            load_ranker(path)


def test_contributions_add_up_and_unknown_kinds_take_the_common_weights():
    model = RankModel(("a", "b"), {"*": np.array([1.0, 2.0]), "question": np.array([0.0, 5.0])}, (1.0, 0.0))
    shown, office = {"a": np.array([1.0, 0.0]), "b": np.array([1.0, 1.0])}, np.array([True, False])
    assert model.contributions("other", shown, office).sum(axis=0).tolist() == [3, 2]
    assert model.contributions("question", shown, office).sum(axis=0).tolist() == [5, 5]
    assert model.probability(np.array([0.0, 0.0]), office).tolist() == [0.5, 0.5]


def test_texts_that_no_office_wrote_have_weights_of_their_own():
    own = {"*": np.array([1.0, 2.0]), "question": np.array([0.0, 5.0])}
    model = RankModel(("a", "b"), own, (1.0, 0.0), (np.array([4.0, 0.5]), (2.0, -1.0)))
    shown, office = {"a": np.array([1.0, 1.0]), "b": np.array([1.0, 1.0])}, np.array([True, False])
    assert model.contributions("question", shown, office).sum(axis=0).tolist() == [5, 4.5]
    assert model.probability(np.array([0.0, 0.5]), office).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("method", ["learned", "weighted", "rrf"])
def test_every_method_finds_the_passage(sample_index: Path, method: str):
    searcher = open_index(sample_index)
    fusion = replace(DEFAULT_FUSION, method=method)
    ranker = Ranker(searcher._retriever, DEFAULT_WEIGHTS, fusion, SoftMatcher(), load_ranker())
    query = searcher.analysed("tỷ lệ hộ nghèo")
    ranking = ranker.rank(query, searcher.vector(query), 100, "hybrid", Allowed())
    texts = searcher._catalogue.passages([ranker.ids[i] for i in ranking.positions[:5]])
    assert sum("nghèo" in stored.passage.text for stored in texts.values()) >= 4
    assert (np.diff(ranking.scores) <= 1e-9).all()
    assert ranking.scores.min() >= 0
    assert ranking.scores.max() <= 1
    assert bool(ranking.contributions) == (method == "learned")


def test_the_learnt_score_is_the_sum_of_what_the_hit_explains(sample_index: Path):
    searcher = open_index(sample_index)
    hit = searcher.search("vì sao giải ngân chậm", limit=1).hits[0]
    model = load_ranker()
    total = sum(hit.explain["features"].values())
    probability = float(model.probability(np.array([total]), np.array([True]))[0])
    assert hit.score == pytest.approx(probability, abs=0.02)  # contributions are rounded; places and standing count 1


@pytest.mark.parametrize("query", ["kết nạp đảng viên", "hạn chế, yếu kém", "ket qua giam ngheo", "số 02-NQ/HU"])
def test_pages_together_are_the_whole(sample_index: Path, query: str):
    searcher = open_index(sample_index)
    whole = searcher.search(query, limit=1000)
    pages = [searcher.search(query, limit=10, offset=start) for start in range(0, len(whole.hits) + 10, 10)]
    parts = [hit.passage_id for page in pages for hit in page.hits]
    assert parts == [hit.passage_id for hit in whole.hits]
    assert len(parts) > 20
    assert {page.total for page in pages} == {whole.total}
    assert whole.total == sum(1 + len(hit.duplicates) for hit in whole.hits)
    assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)


def test_a_page_far_behind_the_end_is_empty_and_costs_nothing(sample_index: Path):
    assert open_index(sample_index).search("hộ nghèo", offset=2**31 - 1, limit=5).hits == ()


def test_the_best_score_has_room_for_a_factor():
    lifted = _lifted(np.array([1.0, 1.0, 0.98]), np.array([1.0, 1.5, 0.2]))
    assert lifted[1] > lifted[0] > lifted[2]
    assert _lifted(np.array([1.0, 0.98]), np.array([0.1, 1.0]))[0] < 0.98


def test_a_query_without_a_direction_goes_by_words_and_says_so(sample_index: Path):
    silent = open_index(sample_index).search("…", mode="dense")
    assert (silent.mode, silent.degraded, silent.total) == ("lexical", NO_DIRECTION, 0)


def test_a_pasted_page_is_a_query_like_any_other(sample_index: Path):
    text = " ".join(f"từ{i % 7} chữ{i}" for i in range(3000))
    assert open_index(sample_index).search(f"hộ nghèo {text}", limit=1).took_ms >= 0
