"""``vankien search QUERY`` and ``--batch QUERIES.jsonl``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from index.hits import MODES, Filters, SearchResult
from ingest.document import PASSAGE_KINDS
from ingest.errors import UsageError
from search_api.cli import add_settings, open_searcher, say
from search_api.settings import Settings

# Queries that go to the searcher together: enough for the encoder to work in one go, few enough to see lines come.
CHUNK = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("query", metavar="QUERY", nargs="?", help="câu hỏi / what to look for")
    what.add_argument(
        "--batch", metavar="QUERIES.jsonl", help='mỗi dòng {"qid", "query"}; - là stdin / one a line; - is stdin'
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="hybrid",
        help="từ và nghĩa, chỉ từ, chỉ nghĩa / words and meaning, words, meaning [hybrid]",
    )
    parser.add_argument(
        "--document", metavar="ID", action="append", help="chỉ trong văn kiện này / only in this document"
    )
    parser.add_argument("--kind", choices=PASSAGE_KINDS, action="append", help="chỉ loại đoạn này / only this kind")
    parser.add_argument("--place", metavar="P", action="append", help="chỉ địa phương này / only this place")
    parser.add_argument("--year", metavar="Y", type=int, action="append", help="chỉ năm này / only this year")
    parser.add_argument(
        "--doc-type", metavar="T", action="append", help="chỉ loại văn bản này / only this kind of document"
    )
    parser.add_argument(
        "--offset", metavar="N", type=int, default=0, help="bỏ qua N kết quả đầu / pass over the first N hits [0]"
    )
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "model", "limit")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Search and print; a batch prints one JSON line a query."""
    if args.offset < 0:
        raise UsageError("--offset phải từ 0 trở lên / must be 0 or more")
    given = (args.document, args.kind, args.place, args.year, args.doc_type)
    filters = Filters(*(tuple(values or ()) for values in given))
    if args.batch:
        return _batch(args, settings, filters)
    if not args.query.strip():
        raise UsageError(
            "câu hỏi trống / the query is empty", do='Ví dụ / example: vankien search "kết quả giảm nghèo"'
        )
    searcher = open_searcher(settings)
    result = searcher.search(args.query, limit=settings.limit, offset=args.offset, mode=args.mode, filters=filters)
    if args.json:
        print(json.dumps(result_json(result), ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_result

        print_result(result, args.offset)
    return 0


def result_json(result: SearchResult) -> dict[str, Any]:
    """The whole result as plain JSON; hits in the contract's form."""
    return {
        "query": result.query,
        "mode": result.mode,
        "degraded": result.degraded,
        "total": result.total,
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
    rows = list(_read(lines, name))
    searcher = open_searcher(settings)
    told = False
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK]
        results = searcher.search_many(
            [row["query"] for row in chunk], limit=settings.limit, offset=args.offset, mode=args.mode, filters=filters
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
