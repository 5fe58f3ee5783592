"""``vankien parse FILE``: one file, its Document on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from search_api.cli import add_settings
from search_api.settings import Settings

FORMATS = ("json", "text", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="tệp cần đọc / the file to read")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="json",
        help="json: Document; text: văn bản chuẩn / canonical text; html: trang đọc / a page to read [json]",
    )
    add_settings(parser)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Parse and print.

    Raises:
        IngestError: the file cannot be read; exit 1.
    """
    from ingest.pipeline import parse_file

    document = parse_file(args.file)
    if args.format == "json":
        text = json.dumps(document.to_json(), ensure_ascii=False, indent=1)
    elif args.format == "text":
        text = document.canonical
    else:
        from search_api.views import standalone_page

        text = standalone_page(document)
    # Offsets count in this text, so nothing may be put before it; a final newline is only added where there is none.
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return 0
