"""Two reports side by side, query by query: who won, by how much, how sure that is, and whether it is a fall."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from index.evaluation.measures import MAIN
from index.evaluation.report import ALL, Report
from index.evaluation.resampling import mean_intervals, randomisation_p
from ingest.errors import UsageError

FALL = 0.02
"""How much a mean may fall before it is a fall: two points."""

ENOUGH = 8
"""Queries from which the mean of a kind is worth a gate."""

_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """One kind, or all: from the baseline to now.

    Attributes:
        n: queries that both reports have.
        before: mean of the baseline.
        now: mean of the new report.
        difference: now - before.
        interval: low and high end of the 95 % interval of the difference.
        p: two-sided p of the paired randomisation test.
        wins: queries that are better now.
        ties: queries that are the same.
        losses: queries that are worse.
    """

    n: int
    before: float
    now: float
    difference: float
    interval: tuple[float, float]
    p: float
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports compared on the queries that both have.

    Attributes:
        measure: what is compared.
        changes: kind → change; "all" first.
        same_data: whether both were scored on the same queries, answers and lines; answers in documents that the
            index does not hold are other answers.
        missing: queries of the baseline that the new report does not have.
        added: queries that only the new report has.
    """

    measure: str
    changes: dict[str, Change]
    same_data: bool
    missing: int
    added: int

    @property
    def like(self) -> bool:
        """Whether like was compared with like: the same data, and no query gone or new."""
        return self.same_data and not (self.missing or self.added)

    def falls(self, points: float = FALL, enough: int = ENOUGH) -> dict[str, Change]:
        """The whole, and the kinds with at least `enough` queries, whose mean fell by more than `points` (0 to 1)."""
        return {
            kind: change
            for kind, change in self.changes.items()
            if (kind == ALL or change.n >= enough) and change.difference < -points - _TIE
        }

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return {**asdict(self), "falls": sorted(self.falls())}


def compare(baseline: Report, report: Report, measure: str = MAIN) -> Comparison:
    """Compare two reports, paired by query.

    Args:
        baseline: what was.
        report: what is.
        measure: one of `MEASURES`.

    Raises:
        UsageError: they are cut at different ranks, or have no query in common.
    """
    if baseline.stamp.k != report.stamp.k:
        raise UsageError(
            f"hai báo cáo chấm ở k khác nhau, {baseline.stamp.k} và {report.stamp.k} (scored at different ranks k)"
        )
    before = {row.qid: row.scores[measure] for row in baseline.rows}
    changes = {}
    for kind, rows in report.kinds().items():
        pairs = np.array([(before[r.qid], r.scores[measure]) for r in rows if r.qid in before])
        if len(pairs):
            changes[kind] = _change(pairs)
    if not changes:
        raise UsageError("hai báo cáo không có câu hỏi chung (the two reports have no query in common)")
    ids = {row.qid for row in report.rows}
    same = _judged_by(baseline) == _judged_by(report)
    return Comparison(measure, changes, same, len(before.keys() - ids), len(ids - before.keys()))


def _judged_by(report: Report) -> tuple[str, object]:
    return report.stamp.data, report.stamp.settings.get("lines")


def _change(pairs: np.ndarray) -> Change:
    differences = pairs[:, 1] - pairs[:, 0]
    differences[np.abs(differences) <= _TIE] = 0  # what rounding in a saved report leaves is no difference
    low, high = mean_intervals(differences[:, None])[0]
    means = pairs.mean(axis=0)
    return Change(
        n=len(pairs),
        before=round(float(means[0]), 6),
        now=round(float(means[1]), 6),
        difference=round(float(differences.mean()), 6),
        interval=(round(float(low), 6), round(float(high), 6)),
        p=round(randomisation_p(differences), 6),
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
    )
