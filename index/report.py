"""What an ingest did: plain, frozen, ready for JSON."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total); stages are "read", "index", "encode" and "write", each counting its own units.

Beside "read", "page" tells which page of how many some long file is at.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read; `kept` says that an earlier version of it is still searchable."""

    source: str
    path: str
    error: str
    reason: str
    do: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class IngestReport:
    """The outcome of one ingest.

    Attributes:
        ingested: sources of new and changed files that were read.
        unchanged: sources of files that were as before.
        removed: sources of files that are gone, and with them from the index.
        renamed: sources of files that only have another name or place now.
        failed: files that could not be read, each with its reason.
        generation: the generation in force afterwards.
        changed: whether it is a new one.
        model: name of the encoder.
        counts: rows in the index by table.
        encoded: how many vectors were computed; the others were known.
        seconds: time from start to switch.
    """

    ingested: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[str, ...]
    failed: tuple[Failure, ...]
    generation: int
    changed: bool
    model: str
    counts: dict[str, int] = field(default_factory=dict)
    encoded: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return asdict(self)


@contextlib.contextmanager
def shown(progress: Progress | None) -> Iterator[Progress]:
    """The caller's progress, or bars on a terminal, or nothing."""
    if progress is not None or not sys.stderr.isatty():
        yield progress or (lambda stage, done, total: None)
        return
    from tqdm import tqdm

    bars: dict[str, tqdm] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage == "page":
            if "read" in bars:
                bars["read"].set_postfix_str(f"trang / page {done}/{total}")
        elif total:
            bar = (
                bars.setdefault(stage, tqdm(desc=stage, total=total, leave=True)) if stage not in bars else bars[stage]
            )
            bar.total = total
            bar.update(done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
