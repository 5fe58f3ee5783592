"""The search may not get worse unseen: nDCG@10 against the kept baselines (`make baseline` renews them)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import baseline
from index.evaluation import Comparison, Report, compare, evaluate, read_queries
from index.search import open_index

RENEW = "another set of queries or way to judge than the baseline's: run `make baseline` and commit what it writes"


def held(name: str, report: Report) -> Comparison:
    """The comparison with the baseline, after the check that it is one of like with like."""
    kept = Report.load(baseline.baseline_path(name))
    comparison = compare(kept, report)
    assert comparison.same_data, RENEW
    assert (comparison.missing, comparison.added) == (0, 0), RENEW
    return comparison


@pytest.fixture(scope="module")
def samples(sample_index: Path) -> Report:
    return baseline.samples_report(open_index(sample_index))


def test_the_samples_are_not_found_worse_than_before(samples: Report):
    comparison = held(baseline.SAMPLES, samples)
    assert comparison.changes["all"].n >= 150
    assert sum(change.n >= 8 for kind, change in comparison.changes.items() if kind != "all") >= 8
    assert comparison.falls() == {}


def test_the_gold_reports_are_not_found_worse_than_before(gold_index: Path, shared_dir: Path):
    comparison = held(baseline.SHARED, baseline.shared_report(open_index(gold_index), shared_dir))
    assert comparison.changes["all"].n >= 60
    assert comparison.falls() == {}


def worse(report: Report, kind: str | None, by: float) -> Report:
    """The report with the nDCG of a kind (None: of all) lower by `by`."""
    rows = tuple(
        replace(row, scores={**row.scores, "ndcg": row.scores["ndcg"] - by}) if kind in (None, row.kind) else row
        for row in report.rows
    )
    return replace(report, rows=rows)


def test_the_gate_closes(samples: Report):
    assert compare(samples, worse(samples, None, 0.0199)).falls() == {}
    assert "all" in compare(samples, worse(samples, None, 0.0201)).falls()
    assert set(compare(samples, worse(samples, "docref", 0.021)).falls()) == {"docref"}


def test_the_kept_baselines_hold_no_gold_query():
    assert all(row.query == "" for row in Report.load(baseline.baseline_path(baseline.SHARED)).rows)


@pytest.mark.parametrize("half", ["lexical", "dense"])
def test_the_mix_is_not_below_the_better_of_its_halves(samples: Report, sample_index: Path, half: str):
    """For no kind with enough queries does it lose for sure, and on the whole it gains two points and more."""
    qrels = read_queries(sorted((baseline.ROOT / "samples" / "gold").glob("*.queries.jsonl")))
    comparison = compare(evaluate(open_index(sample_index), qrels, mode=half), samples)
    assert comparison.changes["all"].difference > 0.02
    for kind, change in comparison.changes.items():
        assert change.interval[1] >= 0, f"{kind}: {change.before:.3f} by {half} alone, {change.now:.3f} by both"
