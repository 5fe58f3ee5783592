"""``vankien show PASSAGE_ID``: a passage with its neighbours, footnotes and citation."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from index.bounds import check_number
from search_api.cli import add_settings, open_searcher
from search_api.lookup import find
from search_api.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "passage_id", metavar="PASSAGE_ID", help="mã đoạn, như search in ra / id of a passage, as search prints it"
    )
    parser.add_argument(
        "--context", metavar="N", type=int, default=1, help="số đoạn liền kề mỗi phía / neighbours on each side [1]"
    )
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "collections", "model", "backend")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the passage.

    Raises:
        NotFoundError: no such passage; exit 2.
        UsageError: the context is negative or too large.
    """
    check_number("--context", args.context)
    searcher = open_searcher(settings)
    view = find(searcher.passage, args.passage_id, context=args.context)
    if args.json:
        print(json.dumps(asdict(view), ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_passage

        print_passage(view)
    return 0
