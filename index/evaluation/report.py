"""The scores of a run: a row a query, means with intervals by kind, and a stamp saying what was measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from index.evaluation.measures import MEASURES, measured
from index.evaluation.qrels import Qrels
from index.evaluation.reading import unreadable
from index.evaluation.resampling import mean_intervals
from index.evaluation.run import Run
from ingest.errors import UsageError

ALL = "all"
"""The name under which all queries together stand beside the kinds."""

FORM = 1
"""Version of the saved form."""

_DIGITS = 10  # of a saved score: finer than what counts as a tie between two reports


@dataclass(frozen=True, slots=True)
class Row:
    """One query: its id, kind and text ("" where texts were left out), and a value for each measure."""

    qid: str
    kind: str
    query: str
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """The queries of one kind, or all.

    Attributes:
        n: how many.
        means: measure → mean.
        intervals: measure → low and high end of the 95 % interval of the mean.
    """

    n: int
    means: dict[str, float]
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What was measured.

    Attributes:
        data: hash of queries and answers.
        form: "gold" or "beir".
        k: the rank behind which nothing counts.
        relevant: the least grade that counts as relevant.
        mode: how it really searched.
        degraded: None, or what could not run.
        version: of this package.
        model: the encoder's name, None for none.
        fingerprint: of the encoder.
        generation: of the index.
        index: how many documents, passages and clauses the index holds.
        settings: other settings of the run.
        unscored: how many queries had no relevant answer here, and were left out.
        p50_ms: median of the time of a search, wall milliseconds; None where nothing was timed.
        p95_ms: its 95th percentile.
    """

    data: str
    form: str
    k: int
    relevant: int
    mode: str = ""
    degraded: str | None = None
    version: str = ""
    model: str | None = None
    fingerprint: str | None = None
    generation: int | None = None
    index: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    unscored: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of one run over one set of queries."""

    rows: tuple[Row, ...]
    stamp: Stamp

    def kinds(self) -> dict[str, tuple[Row, ...]]:
        """All rows under "all", then those of each kind, the kinds with most queries first."""
        by_kind: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.kind:
                by_kind.setdefault(row.kind, []).append(row)
        ordered = sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0]))
        return {ALL: self.rows, **{kind: tuple(rows) for kind, rows in ordered}}

    def summaries(self) -> dict[str, Summary]:
        """Means with intervals for all queries and for each kind."""
        return {kind: _summary(rows) for kind, rows in self.kinds().items()}

    def worst(self, n: int) -> tuple[Row, ...]:
        """The `n` queries with the lowest nDCG."""
        return tuple(sorted(self.rows, key=lambda row: (row.scores["ndcg"], row.qid))[:n])

    def without_texts(self) -> Report:
        """The same without what was typed, for queries that may not be copied."""
        return replace(self, rows=tuple(replace(row, query="") for row in self.rows))

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return {
            "form": FORM,
            "stamp": asdict(self.stamp),
            "summary": {kind: asdict(summary) for kind, summary in self.summaries().items()},
            "rows": [asdict(replace(r, scores={m: round(v, _DIGITS) for m, v in r.scores.items()})) for r in self.rows],
        }

    def save(self, path: Path) -> None:
        """Write it, a line a query, so that two reports can be told apart by eye."""
        data = self.to_json()
        kinds = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(value)}" for kind, value in data["summary"].items())
        rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in data["rows"])
        stamp = json.dumps(data["stamp"], ensure_ascii=False)
        text = f'{{"form": {FORM},\n "stamp": {stamp},\n "summary": {{\n{kinds}\n }},\n "rows": [\n{rows}\n ]}}\n'
        path.write_text(text, encoding="utf-8")

    @staticmethod
    def load(path: Path) -> Report:
        """Read a saved report.

        Raises:
            UsageError: it cannot be read or is no report.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["form"] != FORM:
                raise ValueError(f"form {data['form']}")
            rows = tuple(Row(**row) for row in data["rows"])
            if missing := {name for row in rows for name in MEASURES if name not in row.scores}:
                raise ValueError(f"without {missing}")
            return Report(rows, Stamp(**data["stamp"]))
        except OSError as error:
            raise unreadable(path, error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                "không phải báo cáo của lệnh evaluate (not a report of vankien evaluate)",
                where=path,
                do="Ghi lại bằng (write one with): vankien evaluate … --save FILE",
            ) from error


def score(qrels: Qrels, run: Run, *, k: int = 10, **stamped: Any) -> Report:
    """Score a run.

    Args:
        qrels: the judged queries; those of the gold form with their quotes put to lines (`Qrels.located`).
        run: hits for each of them; a query without hits scores 0.
        k: the rank behind which nothing counts.
        stamped: further fields of the `Stamp`.

    Raises:
        UsageError: no query has a relevant answer, or `k` is below 1.
    """
    if k < 1:
        raise UsageError("k phải từ 1 trở lên (k must be 1 or more)")
    topics = qrels.scored
    if not topics:
        raise nothing_to_score()
    rows = tuple(
        Row(t.qid, t.kind, t.text, measured(t.gains(run.hits.get(t.qid, ())), t.grades, k, qrels.relevant))
        for t in topics
    )
    stamp = Stamp(
        data=qrels.data,
        form=qrels.form,
        k=k,
        relevant=qrels.relevant,
        mode=run.mode,
        degraded=run.degraded,
        version=package_version(),
        unscored=len(qrels.topics) - len(topics),
        p50_ms=_rounded(run.milliseconds(50)),
        p95_ms=_rounded(run.milliseconds(95)),
    )
    return Report(rows, replace(stamp, **stamped))


def nothing_to_score() -> UsageError:
    """The error for queries that belong to other documents."""
    return UsageError(
        "không câu hỏi nào có lời đáp trong chỉ mục này (none of the queries has an answer in this index)",
        do="Chỉ mục phải có các văn kiện mà câu hỏi nêu (the index must hold the documents that the queries name)",
    )


def package_version() -> str:
    """The installed version of this package, "0+source" when run from a checkout that is not installed."""
    try:
        return metadata.version("vankien")
    except metadata.PackageNotFoundError:
        return "0+source"


def _summary(rows: Sequence[Row]) -> Summary:
    values = np.array([[row.scores[name] for name in MEASURES] for row in rows])
    means, intervals = values.mean(axis=0), mean_intervals(values)
    return Summary(
        len(rows),
        {name: round(float(mean), 6) for name, mean in zip(MEASURES, means, strict=True)},
        {name: (round(float(a), 6), round(float(b), 6)) for name, (a, b) in zip(MEASURES, intervals, strict=True)},
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
