"""``vankien search QUERY`` and ``--batch QUERIES.jsonl``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from index.bounds import check_number
from index.grouping import GROUPS, Shape
from index.hits import MODES, Filters, SearchResult
from index.roles import ROLES
from ingest.document import PASSAGE_KINDS
from ingest.errors import UsageError
from search_api.cli import add_settings, open_searcher, say
from search_api.settings import Settings

# Queries that go to the searcher together: enough for the encoder to work in one go, few enough to see lines come.
CHUNK = 64
DEFAULT_GROUP = "duplicates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("query", metavar="QUERY", nargs="?", help="câu hỏi / what to look for")
    what.add_argument(
        "--batch", metavar="QUERIES.jsonl", help='mỗi dòng {"qid", "query"}; - là stdin / one a line; - is stdin'
    )
    add_mode(parser)
    add_filters(parser)
    parser.add_argument(
        "--group",
        metavar="WHAT",
        default=DEFAULT_GROUP,
        help="gộp đoạn trùng, gộp chú thích với câu mang nó, không gộp; dấu phẩy ở giữa / what becomes one hit: "
        f"{', '.join(GROUPS)}, none [{DEFAULT_GROUP}]",
    )
    parser.add_argument(
        "--diverse",
        metavar="N",
        type=int,
        default=0,
        help="mỗi văn kiện N kết quả trước, rồi đến phần còn lại / N hits a document first, then the rest [0]",
    )
    parser.add_argument(
        "--context", metavar="N", type=int, default=0, help="kèm N đoạn trước và sau / with N neighbours [0]"
    )
    parser.add_argument(
        "--offset", metavar="N", type=int, default=0, help="bỏ qua N kết quả đầu / pass over the first N hits [0]"
    )
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "collections", "model", "backend", "reranker", "limit")


def add_mode(parser: argparse.ArgumentParser) -> None:
    """Declare how to search: for every command that searches."""
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="hybrid",
        help="từ và nghĩa, chỉ từ, chỉ nghĩa / words and meaning, words, meaning [hybrid]",
    )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Declare the filters that `compare` shares."""
    parser.add_argument(
        "--document", metavar="ID", action="append", help="chỉ trong văn kiện này / only in this document"
    )
    parser.add_argument("--kind", choices=PASSAGE_KINDS, action="append", help="chỉ loại đoạn này / only this kind")
    parser.add_argument("--place", metavar="P", action="append", help="chỉ địa phương này / only this place")
    parser.add_argument("--year", metavar="Y", type=int, action="append", help="chỉ năm này / only this year")
    parser.add_argument(
        "--section",
        choices=ROLES,
        action="append",
        help="chỉ phần này của báo cáo (kết quả, hạn chế, nguyên nhân, bài học, mục tiêu, nhiệm vụ, giải pháp, "
        "đánh giá chung, phần khác) / only this part of a report",
    )
    parser.add_argument("--province", metavar="P", action="append", help="chỉ tỉnh này / only this province")
    parser.add_argument(
        "--doc-type", metavar="T", action="append", help="chỉ loại văn bản này / only this kind of document"
    )


def filters_of(args: argparse.Namespace) -> Filters:
    """The filters that were given."""
    return Filters(
        documents=tuple(args.document or ()),
        kinds=tuple(args.kind or ()),
        places=tuple(args.place or ()),
        years=tuple(args.year or ()),
        sections=tuple(args.section or ()),
        provinces=tuple(args.province or ()),
        doc_types=tuple(args.doc_type or ()),
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Search and print; a batch prints one JSON line a query."""
    filters = filters_of(args)
    if args.batch:
        return _batch(args, settings, filters)
    if not args.query.strip():
        raise UsageError(
            "câu hỏi trống / the query is empty", do='Ví dụ / example: vankien search "kết quả giảm nghèo"'
        )
    options = _options(args)
    searcher = open_searcher(settings)
    result = searcher.search(args.query, limit=settings.limit, filters=filters, **options)
    if args.json:
        print(json.dumps(result_json(result), ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_result

        print_result(result, args.offset)
    return 0


def _options(args: argparse.Namespace) -> dict[str, Any]:
    for name in ("offset", "context", "diverse"):
        check_number(f"--{name}", getattr(args, name))
    shape = Shape.of([name.strip() for name in args.group.split(",")], args.diverse)
    return {"offset": args.offset, "mode": args.mode, "shape": shape, "context": args.context}


def result_json(result: SearchResult) -> dict[str, Any]:
    """The whole result as plain JSON; hits in the contract's form."""
    return {
        "query": result.query,
        "mode": result.mode,
        "degraded": result.degraded,
        "total": result.total,
        "more": result.more,
        "took_ms": round(result.took_ms, 3),
        "understood": result.understood,
        "notes": list(result.notes),
        "hits": [hit.to_json() for hit in result.hits],
    }


def _batch(args: argparse.Namespace, settings: Settings, filters: Filters) -> int:
    if args.batch == "-":
        return _answer(sys.stdin, "stdin", args, settings, filters)
    with Path(args.batch).open(encoding="utf-8") as lines:
        return _answer(lines, args.batch, args, settings, filters)


def _answer(lines: IO[str], name: str, args: argparse.Namespace, settings: Settings, filters: Filters) -> int:
    options = _options(args)
    rows = list(_read(lines, name))
    searcher = open_searcher(settings)
    told = False
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK]
        results = searcher.search_many(
            [row["query"] for row in chunk], limit=settings.limit, filters=filters, **options
        )
        for row, result in zip(chunk, results, strict=True):
            if result.degraded and not told:
                say(result.degraded)
                told = True
            line = {"qid": row["qid"], "query": row["query"], "hits": [hit.to_json() for hit in result.hits]}
            if result.notes:
                line["notes"] = list(result.notes)
            print(json.dumps(line, ensure_ascii=False))
    return 0


def _read(lines: IO[str], name: str) -> Iterator[dict[str, str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield {"qid": str(row["qid"]), "query": str(row["query"])}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                "dòng không đúng dạng / not a query line",
                where=f"{name}:{number}",
                do='Mỗi dòng là / each line is {"qid": "…", "query": "…"}',
            ) from error
