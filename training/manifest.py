"""What a model was trained on, file by file, and proof that nothing else was.

A manifest lists each source with its files' SHA-256 and the number of its records. It is written beside the model, so
that a test can hold it against the data folder and against everything that only measures: gold, seeds, benchmarks.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from index.segment import fold
from training.sources import available, file_hash, read_source, source_files

__all__ = ["FILE", "leaked_queries", "manifest", "measuring_files", "measuring_queries", "write_manifest"]

FILE = "training.json"


def manifest(data: Path) -> dict[str, dict]:
    """Source → its files' hashes and its number of records."""
    return {
        name: {
            "files": {path.name: file_hash(path) for path in source_files(data, name)},
            "records": sum(1 for _ in read_source(data, name)),
        }
        for name in available(data)
    }


def write_manifest(data: Path, folder: Path, names: Collection[str] | None = None) -> None:
    """Write ``training.json`` beside a model.

    Args:
        data: the data folder.
        folder: of the model.
        names: the sources that it was trained on; None for all.
    """
    found = manifest(data)
    text = json.dumps({n: found[n] for n in found if names is None or n in names}, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def measuring_files(shared: Path) -> dict[str, str]:
    """Hash → name of every file that only measures."""
    folders = (shared / "gold", shared / "seeds", shared / "data" / "benchmarks")
    return {file_hash(path): path.name for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def measuring_queries(shared: Path) -> set[str]:
    """The queries of gold and benchmarks, as `_key` has them."""
    found = set()
    for path in sorted((shared / "gold").glob("*.queries.jsonl")):
        found |= {_key(json.loads(line)["query"]) for line in path.read_text(encoding="utf-8").splitlines() if line}
    for path in sorted((shared / "data" / "benchmarks").glob("*/queries.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            found |= {_key(json.loads(line)["text"]) for line in lines}
    return found


def leaked_queries(data: Path, queries: set[str], least: int = 4) -> Iterator[tuple[str, str]]:
    """Training queries that stand among the measuring ones, as (source, query).

    Args:
        data: the data folder.
        queries: from `measuring_queries`.
        least: words; two writers reach shorter ones ("kết quả giảm nghèo") by themselves.
    """
    for name in available(data):
        for record in read_source(data, name):
            for _, query, *_ in (*record.queries, *record.wide):
                key = _key(query)
                if key in queries and len(key.split()) >= least:
                    yield name, query


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
