"""``vankien doctor``: checks an index, says what is wrong and how to mend it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ingest.errors import IndexError_
from search_api.cli import add_settings
from search_api.settings import Settings

FINE = ("ok", "info")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    add_settings(parser, "index")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Check and print; exit 0 when clean, 3 when not."""
    from index.doctor import check

    findings = check(settings.index)
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_findings

        print_findings(findings)
    return 0 if all(finding.level in FINE for finding in findings) else IndexError_.exit_code
