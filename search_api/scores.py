"""What ``vankien evaluate`` prints: a table by kind of query, the comparison with a baseline, the worst queries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from search_api.terminal import BOLD, DIM, GREEN, RED, YELLOW, Printer

if TYPE_CHECKING:
    from index.evaluation import Comparison, Report, Stamp

_NAMES = {
    "all": "tất cả / all",
    "topic": "chủ đề / topic",
    "shared": "chủ đề chung / shared",
    "question": "câu hỏi / question",
    "paraphrase": "diễn đạt khác / paraphrase",
    "footnote": "chú thích / footnote",
    "table": "bảng / table",
    "number": "số liệu / number",
    "docref": "số văn bản / docref",
    "nodiacritics": "không dấu / nodiacritics",
    "english": "tiếng Anh / english",
}
_WIDE = 28


def print_report(report: Report, comparison: Comparison | None, worst: int) -> None:
    """Tables to stdout; what was measured, and what fell, to stderr."""
    out, err = Printer(), Printer(sys.stderr)
    _scores(out, report)
    if comparison:
        out.line()
        _changes(out, comparison)
    if worst:
        out.line()
        for row in report.worst(worst):
            out.text(row.query, " " * 8, f"  {_value(row.scores['ndcg'])} ")
            out.text(f"{row.kind or '–'} · {row.qid}", " " * 8, style=DIM)
    out.stream.flush()
    _told(err, report.stamp)
    if comparison:
        _verdict(err, comparison)


def _value(value: float, signed: bool = False) -> str:
    """Three decimals with the Vietnamese comma."""
    return f"{value:{'+' if signed else ''}.3f}".replace(".", ",").replace("-", "−")


def _name(kind: str) -> str:
    return f"{_NAMES.get(kind, kind):{_WIDE}.{_WIDE}}"


def _scores(out: Printer, report: Report) -> None:
    ndcg, recall = f"nDCG@{report.stamp.k} [95 %]", f"recall@{report.stamp.k}"
    out.line(out.style(f"{'':{_WIDE}}{'n':>6}  {ndcg:22}{recall:>10}{'MRR':>8}{'P@1':>8}", DIM))
    for kind, row in report.summaries().items():
        low, high = row.intervals["ndcg"]
        interval = f"{_value(row.means['ndcg'])} [{_value(low)}; {_value(high)}]"
        others = f"{_value(row.means['recall']):>10}{_value(row.means['mrr']):>8}{_value(row.means['p1']):>8}"
        line = f"{_name(kind)}{row.n:>6}  {interval:22}{others}"
        out.line(out.style(line, BOLD) if kind == "all" else line)


def _changes(out: Printer, comparison: Comparison) -> None:
    heads = f"{'':{_WIDE}}{'n':>6}{'trước':>8}{'nay':>8}  {'hiệu / change [95 %]':26}{'p':>7}  hơn–bằng–kém"
    out.line(out.style(heads, DIM))
    falls = comparison.falls()
    for kind, row in comparison.changes.items():
        low, high = (_value(end, signed=True) for end in row.interval)
        interval = f"{_value(row.difference, signed=True)} [{low}; {high}]"
        counts = f"{row.wins}–{row.ties}–{row.losses}"
        means = f"{_value(row.before):>8}{_value(row.now):>8}"
        line = f"{_name(kind)}{row.n:>6}{means}  {interval:26}{_value(row.p):>7}  {counts}"
        out.line(out.style(line, RED if kind in falls else ""))


def _told(err: Printer, stamp: Stamp) -> None:
    if stamp.degraded:
        err.text(stamp.degraded, "  ", "! ", YELLOW)
    times = ""
    if stamp.p50_ms is not None and stamp.p95_ms is not None:
        times = f" · p50 {stamp.p50_ms:.1f} ms · p95 {stamp.p95_ms:.1f} ms".replace(".", ",")
    left = f" · bỏ qua / left out {stamp.unscored}" if stamp.unscored else ""
    model = f"{stamp.model} ({stamp.fingerprint})" if stamp.model else "không có mô hình / no model"
    err.line(
        err.style(f"{stamp.mode} · {model} · #{stamp.generation} · câu hỏi / queries {stamp.data}{left}{times}", DIM)
    )


def _verdict(err: Printer, comparison: Comparison) -> None:
    if not comparison.same_data:
        err.text(
            "câu hỏi, lời đáp có trong chỉ mục hoặc cách chấm đã khác / the queries, the answers that the index holds, "
            "or how they are judged differ",
            "  ",
            "! ",
            YELLOW,
        )
    if not comparison.like:
        err.text(
            f"chỉ so các câu chung ({comparison.missing} câu cũ không còn, {comparison.added} câu mới) / only the "
            f"common queries are compared ({comparison.missing} old ones are gone, {comparison.added} are new)",
            "  ",
            "! ",
            YELLOW,
        )
    falls = comparison.falls()
    if falls:
        told = ", ".join(f"{kind} {_value(row.difference, signed=True)}" for kind, row in falls.items())
        err.text(f"chất lượng giảm quá 2 điểm / quality fell by more than 2 points: {told}", "  ", "✗ ", RED)
    elif comparison.like:
        err.text("không giảm quá 2 điểm / no fall of more than 2 points", "  ", "✓ ", GREEN)
    else:
        err.text(
            "các câu chung không giảm quá 2 điểm, nhưng hai lần chấm không như nhau / the common queries did not fall "
            "by more than 2 points, but the two were not scored alike",
            "  ",
            "! ",
            YELLOW,
        )
