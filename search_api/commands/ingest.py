"""``vankien ingest PATH...``: files and folders into the index; new, changed and removed files only."""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ingest.errors import UsageError
from search_api.cli import add_settings, say
from search_api.settings import Settings

PARTLY = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="tệp hoặc thư mục / files or folders")
    parser.add_argument("--report", metavar="FILE", type=Path, help="ghi báo cáo JSON / write a JSON report")
    parser.add_argument(
        "--collection",
        metavar="NAME",
        default="",
        help="nhãn của tập: chỉ ai có khoá với nhãn này mới thấy / label of a collection that only keys with it see",
    )
    add_settings(parser, "index", "model", "backend", "thesaurus", "jobs", "time_limit", "memory_limit", "dask")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Ingest, report, and say which files failed and why. At least one worker process reads, never this one."""
    from index.build import ingest_paths
    from index.library import also_open, collection_path
    from search_api.terminal import print_report

    if args.report and not args.report.parent.is_dir():
        # Said before the work, not after it.
        raise UsageError("không có thư mục để ghi báo cáo / no folder to write the report to", where=args.report)
    with executor(settings.dask) as cluster:
        report = ingest_paths(
            args.paths,
            collection_path(settings.index, args.collection),
            model=settings.model,
            backend=settings.backend,
            thesaurus=settings.thesaurus,
            jobs=cores(settings.jobs),
            time_limit=settings.time_limit,
            memory_limit=settings.memory_limit,
            executor=cluster,
        )
    if args.report:
        args.report.write_text(
            json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
            errors="backslashreplace",
        )
    print_report(report)
    if open_too := also_open(settings.index, args.collection):
        say(
            "các văn kiện này cũng ở tập mở, ai cũng thấy / these are in the open collection too, for everybody: "
            + ", ".join(open_too)
        )
    return PARTLY if report.failed else 0


def executor(address: str | None) -> AbstractContextManager[Executor | None]:
    """Dask's executor at that address; None where none is given, so that processes of this machine read."""
    if address is None:
        return nullcontext()
    from ingest.cluster import dask_executor

    return dask_executor(address)


def cores(jobs: int) -> int:
    """How many processes to use; 0 means one for each core this process may run on."""
    return jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
