"""The measures against trec_eval, the intervals and tests of significance against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from index.evaluation import MEASURES, Qrels, Run, Topic, score
from index.evaluation.measures import measured
from index.evaluation.resampling import mean_intervals, randomisation_p
from ingest.errors import UsageError

TREC = {"ndcg_trec": "ndcg_cut_10", "recall_trec": "recall_10", "mrr": "recip_rank", "p1": "P_1"}

GRADES = st.dictionaries(st.sampled_from([f"d{i:02}" for i in range(30)]), st.integers(0, 3), min_size=1, max_size=20)
# Few distinct scores, so that many are equal; all are exact in 32 bits, which is what trec_eval sorts by.
SCORES = st.dictionaries(st.sampled_from([f"d{i:02}" for i in range(30)]), st.integers(0, 12), max_size=25)


def qrels(grades: dict[str, dict[str, int]], relevant: int = 1) -> Qrels:
    topics = tuple(Topic(qid, qid, documents=tuple(row.items())) for qid, row in grades.items())
    return Qrels("beir", relevant, topics, "")


def trec(grades, scores, measures, relevant: int = 1) -> dict[str, dict[str, float]]:
    evaluator = pytrec_eval.RelevanceEvaluator(grades, measures, relevance_level=relevant)
    return evaluator.evaluate({qid: {k: float(v) for k, v in row.items()} for qid, row in scores.items()})


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(GRADES, SCORES), min_size=1, max_size=6), st.sampled_from([1, 2]))
def test_measures_are_those_of_trec_eval(pairs, relevant):
    """Random runs with ties and ungraded hits; nothing behind rank 10, where trec_eval's recip_rank has no cut."""
    grades = {f"q{i}": row for i, (row, _) in enumerate(pairs)}
    scores = {f"q{i}": row for i, (_, row) in enumerate(pairs)}
    run = Run.from_scores(scores)
    cut = {q: {h.source: scores[q][h.source] for h in hits[:10]} for q, hits in run.hits.items()}
    expected = trec(grades, cut, {"ndcg_cut_10", "recall_10", "recip_rank", "P_1"}, relevant)
    judged = qrels(grades, relevant)
    if not judged.scored:
        with pytest.raises(UsageError):
            score(judged, run)
        return
    for row in score(judged, run).rows:
        for ours, theirs in TREC.items():
            assert row.scores[ours] == pytest.approx(expected.get(row.qid, {}).get(theirs, 0.0), abs=1e-9), ours


@settings(deadline=None, max_examples=100)
@given(GRADES, SCORES)
def test_exponential_ndcg_is_trec_evals_over_transformed_grades(grades, scores):
    """2^grade - 1 as the grade itself: 0, 1, 3, 7."""
    judged = qrels({"q": grades})
    if judged.scored:
        run = Run.from_scores({"q": scores})
        expected = trec({"q": {d: 2**g - 1 for d, g in grades.items()}}, {"q": scores}, {"ndcg_cut_10"})
        found = score(judged, run).rows[0].scores["ndcg"]
        assert found == pytest.approx(expected.get("q", {}).get("ndcg_cut_10", 0.0), abs=1e-9)


def test_recall_can_reach_one_where_there_are_more_answers_than_ranks():
    values = measured([2, 2], [2] * 5, k=2, relevant=2)
    assert (values["recall"], values["recall_trec"]) == (1.0, 0.4)
    assert set(values) == set(MEASURES)


def test_marginal_hits_count_for_ndcg_alone():
    values = measured([1, 3], [1, 3], k=10, relevant=2)
    assert values["mrr"] == 0.5
    assert values["p1"] == 0.0
    assert values["ndcg"] == pytest.approx((1 + 7 / np.log2(3)) / (7 + 1 / np.log2(3)))


def test_a_later_passage_of_a_document_takes_no_rank():
    topic = Topic("q", "q", documents=(("a", 1), ("b", 1)))
    run = Run.from_scores({"q": {"a": 3, "b": 1}}).hits["q"]
    assert topic.gains([run[0], run[0], run[1]]) == [1, 1]


def test_intervals_are_those_of_scipy():
    values = np.random.default_rng(1).beta(5, 2, 40)
    ours = mean_intervals(values[:, None], resamples=20_000)[0]
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours == pytest.approx([theirs.low, theirs.high], abs=0.003)
    assert (mean_intervals(values[:, None]) == mean_intervals(values[:, None])).all(), "not the same twice"


@pytest.mark.parametrize("n", [2, 6, 13, 14, 60])
def test_significance_is_that_of_scipy(n):
    """Exact up to 13 differences, random signs beyond."""
    differences = np.random.default_rng(n).normal(0.05, 0.1, n)
    theirs = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(3)
    ).pvalue
    assert randomisation_p(differences) == pytest.approx(theirs, abs=1e-12 if n <= 13 else 0.02)


def test_queries_that_did_not_change_say_nothing():
    assert randomisation_p(np.zeros(30)) == 1.0
    moved = np.array([0.1, 0.2, 0.3, -0.05])
    assert randomisation_p(np.concatenate([moved, np.zeros(30)])) == randomisation_p(moved)
