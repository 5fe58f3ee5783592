"""What a model was trained on, file by file, and proof that nothing else was.

A manifest lists each source with its files' SHA-256, the number of its records, and those of its files whose held-out
part was trained on too (``whole``). It is made when the source is read for a training, kept in the work folder, and
written beside the model, so that a test can hold it against the data folder and against everything that only measures:
gold, seeds, benchmarks.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from index.model_profiles import DEFAULT_MODEL, find_model, read_profile
from index.segment import fold
from training.sources import OWN, available, file_hash, read_source, source_files

__all__ = [
    "FILE",
    "gone_on",
    "later_sections",
    "leaked_queries",
    "manifest",
    "manifests_of",
    "measuring_files",
    "measuring_queries",
    "read_manifest",
    "save_manifest",
    "trained_whole",
]

FILE = "training.json"


def manifest(data: Path, names: Collection[str] | None = None) -> dict[str, dict]:
    """Source → its files' hashes as they are now, and its number of records; of all sources, or of those named."""
    return {
        name: {
            "files": {path.name: file_hash(path) for path in source_files(data, name)},
            "records": sum(1 for _ in read_source(data, name)),
        }
        for name in available(data)
        if names is None or name in names
    }


def trained_whole(rows: Mapping[str, dict]) -> dict[str, dict]:
    """The same of a training that took the held-out part in as well."""
    return {name: {**one, "whole": sorted(one["files"])} for name, one in rows.items()}


def gone_on(earlier: Mapping[str, dict], rows: Mapping[str, dict]) -> dict[str, dict]:
    """Of a training on `rows` that went on from a model of `earlier`: the files of both, what was whole in either."""
    joined = {name: dict(one) for name, one in earlier.items()}
    for name, one in rows.items():
        before = joined.get(name, {"files": {}})
        joined[name] = {"files": {**before["files"], **one["files"]}, "records": one["records"]}
        if whole := {*before.get("whole", ()), *one.get("whole", ())}:
            joined[name]["whole"] = sorted(whole)
    return joined


def save_manifest(rows: Mapping[str, dict], folder: Path) -> None:
    """Write ``training.json`` into the folder of a model."""
    (folder / FILE).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, dict]:
    """What `save_manifest` wrote.

    Raises:
        FileNotFoundError: the model has none.
    """
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def manifests_of(model: str | None) -> list[dict[str, dict]]:
    """The manifests of an encoder and of the one beside it, as `index.encode.load_encoder` would open them.

    Args:
        model: a name or a folder; None for the default encoder.

    Returns:
        Those that there are: a model of others has none.
    """
    name = model or DEFAULT_MODEL
    folder = find_model(name)
    if folder is None:
        return []
    own = [read_manifest(folder)] if (folder / FILE).exists() else []
    beside = read_profile(folder, name).beside
    return own + (manifests_of(beside) if beside else [])


def later_sections(rows: Mapping[str, dict]) -> set[str]:
    """Ids of this project's own sections whose held-out part a model of this manifest has not been trained on.

    They came after the last training that took everything in.
    """
    whole = rows.get("own_sections", {}).get("whole", ())
    files = [path for path in sorted(OWN.glob("*.jsonl")) if path.name not in whole]
    return {json.loads(line)["id"] for path in files for line in path.read_text(encoding="utf-8").splitlines()}


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
