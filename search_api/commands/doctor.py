"""``vankien doctor``: checks an index, says what is wrong and how to mend it; ``--rebuild`` mends it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ingest.errors import IndexError_
from search_api.cli import add_settings, say
from search_api.commands.ingest import cores
from search_api.settings import Settings

FINE = ("info",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="dựng lại từ các văn kiện có trong chỉ mục / build again from the documents in the index",
    )
    parser.add_argument("--json", action="store_true", help="in JSON / print JSON")
    parser.add_argument(
        "--collection", metavar="NAME", default="", help="nhãn của tập cần kiểm tra / label of the collection to check"
    )
    add_settings(parser, "index", "model", "backend", "thesaurus", "jobs")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Check (after a rebuild, if asked for) and print; exit 0 when clean, 3 when not."""
    from index.doctor import check, rebuild
    from index.library import collection_path

    folder = collection_path(settings.index, args.collection)

    if args.rebuild:
        manifest = rebuild(
            folder,
            model=settings.model,
            backend=settings.backend,
            thesaurus=settings.thesaurus,
            jobs=cores(settings.jobs),
        )
        say(f"đã dựng lại, bản số {manifest.generation} / rebuilt as generation {manifest.generation}")
    findings = check(folder, settings.thesaurus)
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        from search_api.terminal import print_findings

        print_findings(findings)
    return 0 if all(finding.level in FINE for finding in findings) else IndexError_.exit_code
