"""``vankien verify QUOTE``: is this quotation in the documents, where, word for word or altered."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from ingest.errors import UsageError
from search_api.cli import add_settings, open_searcher
from search_api.settings import Settings

NOT_VERBATIM = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "quote", metavar="QUOTE", help="đoạn trích; - là đọc từ đầu vào / the quotation; - reads it from stdin"
    )
    parser.add_argument(
        "--document",
        metavar="NAME",
        help="văn kiện được dẫn: mã, số hiệu, tên tệp, tên hay địa phương / where it is said to stand: id, number, "
        "file, title or place",
    )
    parser.add_argument("--page", metavar="N", type=int, help="trang được dẫn / the page it is said to stand on")
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index", "collections")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Verify and print; exit 0 where it stands there word for word, 1 where it does not."""
    quote = sys.stdin.read() if args.quote == "-" else args.quote
    if not quote.strip():
        raise UsageError(
            "đoạn trích trống / the quotation is empty", do='Ví dụ / example: vankien verify "tỷ lệ hộ nghèo giảm còn"'
        )
    verdict = open_searcher(settings).verify(quote, document=args.document, page=args.page)
    if args.json:
        print(json.dumps(asdict(verdict), ensure_ascii=False, indent=1))
    else:
        from search_api.terminal_verdict import print_verdict

        print_verdict(verdict)
    return 0 if verdict.status == "verbatim" else NOT_VERBATIM
