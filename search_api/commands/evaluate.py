"""``vankien evaluate --queries FILE...``: how good the search is, by kind of query, and whether it has fallen."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from index.bounds import check_number
from ingest.errors import UsageError
from search_api.cli import add_settings, open_searcher
from search_api.commands.search import add_mode
from search_api.settings import Settings

FELL = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--queries",
        metavar="FILE",
        nargs="+",
        type=Path,
        required=True,
        help="câu hỏi có trích dẫn làm lời đáp (JSONL), hoặc thư mục dạng BEIR / "
        "queries with graded quotes (JSONL), or a folder in the BEIR form",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="so từng câu với báo cáo đã lưu; mã thoát 1 nếu giảm quá 2 điểm / "
        "compare query by query with a saved report; exit code 1 if it fell by over 2 points",
    )
    parser.add_argument("--save", metavar="FILE", type=Path, help="ghi báo cáo / save the report")
    add_mode(parser)
    parser.add_argument(
        "--k", metavar="K", type=int, default=10, help="chỉ xét K kết quả đầu / only the first K hits count [10]"
    )
    parser.add_argument(
        "--documents",
        metavar="DIR",
        type=Path,
        help="các tệp văn bản gốc: trích dẫn cùng dòng là một lời đáp [dòng trong chỉ mục] / "
        "the text files: quotes in one line are one answer [the index's lines]",
    )
    parser.add_argument(
        "--worst", metavar="N", type=int, default=0, help="kèm N câu hỏi kém nhất / also list the N worst queries [0]"
    )
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "model", "backend", "reranker")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Measure, print, compare; exit 1 for a fall."""
    from index.evaluation import Report, compare, evaluate, read_queries
    from index.report import shown
    from search_api.scores import print_report

    _check(args)
    qrels = read_queries(args.queries)
    baseline = Report.load(args.baseline) if args.baseline else None
    searcher = open_searcher(settings)
    with shown(None) as progress:
        report = evaluate(searcher, qrels, k=args.k, mode=args.mode, documents=args.documents, progress=progress)
    comparison = compare(baseline, report) if baseline else None
    if args.save:
        report.save(args.save)
    if args.json:
        told: dict[str, Any] = {**report.to_json(), "comparison": comparison.to_json() if comparison else None}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print_report(report, comparison, args.worst)
    return FELL if comparison and comparison.falls() else 0


def _check(args: argparse.Namespace) -> None:
    """What can be said before the work."""
    check_number("--k", args.k, 1)
    check_number("--worst", args.worst)
    if args.save and not args.save.parent.is_dir():
        raise UsageError("không có thư mục để ghi báo cáo / no folder to write the report to", where=args.save)
