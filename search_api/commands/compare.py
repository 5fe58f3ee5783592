"""``vankien compare QUERY``: the best passage of each document."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ingest.errors import UsageError
from search_api.cli import add_settings, open_searcher
from search_api.commands.search import add_filters, add_mode, filters_of
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("query", metavar="QUERY", help="câu hỏi / what to look for")
    add_mode(parser)
    add_filters(parser)
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "collections", "model", "backend", "reranker")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Compare and print."""
    if not args.query.strip():
        raise UsageError(
            "câu hỏi trống / the query is empty", do='Ví dụ / example: vankien compare "kết quả giảm nghèo"'
        )
    found = open_searcher(settings).compare(args.query, mode=args.mode, filters=filters_of(args))
    if args.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_comparison

        print_comparison(found)
    return 0
