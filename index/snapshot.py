"""Generations on disk: built aside, checksummed, switched in one step.

::

    INDEX/
      CURRENT                 the number of the generation in force, one line
      LOCK                    held (flock) by the one process that writes; the kernel frees it when that process dies
      cache.sqlite            parsed documents and vectors that the next build can use again; may be deleted
      generations/000007/     manifest.json catalogue.sqlite lexical/ forward/ passages.faiss clauses.faiss spelling/
      generations/000008.tmp/ a build under way, or what a killed one left behind

A reader takes the number from CURRENT and opens that folder; nothing in it ever
changes. The one before it is kept, for readers that opened it a moment ago.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import IndexDamagedError, IndexLockedError, IndexNotFoundError

SCHEMA_VERSION = 10
"""Raised whenever what is written can no longer be read by the code before, or is cut into other tokens."""

KEPT_GENERATIONS = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself.

    Attributes:
        generation: its number.
        schema: `SCHEMA_VERSION` of the code that wrote it.
        created: ISO time, UTC.
        model: name, fingerprint, dims and backend of the encoder; None where there was none (lexical only).
        parser: fingerprint of the ingest code that read the files.
        thesaurus: fingerprint of the concepts.
        soft: fingerprint of the model whose pieces the forward index holds.
        versions: library → version.
        counts: table or cache → rows.
        files: path within the generation → {"sha256", "bytes"}.
    """

    generation: int
    schema: int
    created: str
    model: dict[str, Any] | None
    parser: str
    thesaurus: str
    versions: dict[str, str]
    counts: dict[str, int]
    soft: str = ""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


def damaged(index_dir: Path, what: str, where: Path | None = None) -> IndexDamagedError:
    """The error for whatever does not match, naming the command that mends it."""
    return IndexDamagedError(what, where=where or index_dir, do=f"Hãy chạy (run): vankien doctor --index {index_dir}")


def current_generation(index_dir: Path) -> int | None:
    """The number of the generation in force; None where there is none yet.

    Raises:
        IndexDamagedError: CURRENT holds no number, or is gone though there are generations.
    """
    try:
        text = (index_dir / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        # Generation 1 without CURRENT is what a kill just before the very first switch leaves: no index yet.
        if max(finished_generations(index_dir), default=0) > 1:
            raise damaged(index_dir, "thiếu tệp CURRENT (CURRENT is missing)") from None
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(index_dir, f"không đọc được tệp CURRENT (CURRENT is unreadable): {error}") from None
    if not text.isdigit():
        raise damaged(index_dir, f"tệp CURRENT không phải là số (CURRENT holds no number): {text[:40]!r}")
    return int(text)


def finished_generations(index_dir: Path) -> list[int]:
    """Numbers of the generations that lie there complete, oldest first."""
    generations = index_dir / "generations"
    if not generations.is_dir():
        return []
    return sorted(int(p.name) for p in generations.iterdir() if p.name.isdigit())


def generation_path(index_dir: Path, number: int) -> Path:
    """The folder of a generation."""
    return index_dir / "generations" / f"{number:06d}"


def open_generation(index_dir: Path) -> tuple[Path, Manifest]:
    """The folder and manifest of the generation in force, after the quick checks (versions, every file and its size).

    Raises:
        IndexNotFoundError: nothing was ever ingested here.
        IndexDamagedError: something does not match; the message says what.
    """
    number = current_generation(index_dir)
    if number is None:
        raise IndexNotFoundError(
            "chưa có chỉ mục ở đây (there is no index here)",
            where=index_dir,
            do=f"Hãy chạy (run): vankien ingest FILES --index {index_dir}",
        )
    folder = generation_path(index_dir, number)
    manifest = read_manifest(index_dir, folder)
    if manifest.generation != number:
        raise damaged(
            index_dir, f"manifest là của thế hệ {manifest.generation} (belongs to another generation)", folder
        )
    if manifest.schema != SCHEMA_VERSION:
        raise damaged(
            index_dir, f"phiên bản chỉ mục {manifest.schema}, cần {SCHEMA_VERSION} (another index version)", folder
        )
    for problem in size_problems(folder, manifest):
        raise damaged(index_dir, problem, folder)
    return folder, manifest


def read_manifest(index_dir: Path, folder: Path) -> Manifest:
    """Read and check a generation's manifest.

    Raises:
        IndexDamagedError: it is missing, no manifest, or its own checksum does not match.
    """
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        checksum = data.pop("checksum")
        manifest = Manifest(**data)
    except FileNotFoundError:
        raise damaged(index_dir, "thiếu manifest.json (the manifest is missing)", folder) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(index_dir, f"manifest.json hỏng (the manifest is broken): {error}", folder) from None
    if checksum != _checksum(data):
        raise damaged(index_dir, "mã kiểm của manifest.json không khớp (the manifest's checksum differs)", folder)
    return manifest


def size_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What is missing or has another size than the manifest says, one sentence each."""
    for name, facts in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError:
            yield f"thiếu tệp {name} ({name} is missing)"
            continue
        if size != facts["bytes"]:
            yield f"{name} có {size} byte thay vì {facts['bytes']} (its size differs from the manifest)"


def checksum_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Files whose content is not what was written; reads everything."""
    for name, facts in manifest.files.items():
        path = folder / name
        if path.is_file() and file_sha256(path) != facts["sha256"]:
            yield f"nội dung {name} không khớp mã kiểm (its content differs from the manifest's checksum)"


def file_sha256(path: Path) -> str:
    """The content's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@contextlib.contextmanager
def write_lock(index_dir: Path) -> Iterator[None]:
    """Hold the index for writing.

    The lock is the kernel's: it is gone with its process, whatever the file still says, so the lock of a killed
    ingest is taken over at once.

    Raises:
        IndexLockedError: another living process holds it.
    """
    index_dir.mkdir(parents=True, exist_ok=True)
    with (index_dir / "LOCK").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise IndexLockedError(
                f"tiến trình {holder} đang ghi chỉ mục này (another process is writing this index)",
                where=index_dir,
                do="Hãy đợi nó xong (wait until it is done).",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


class Build:
    """A generation under construction. Use inside `write_lock`.

    Args:
        index_dir: the index.
        base: the generation in force, or the one to build from where CURRENT is damaged; None for neither.

    Attributes:
        number: the generation's number.
        folder: where to put its files.
    """

    def __init__(self, index_dir: Path, base: int | None) -> None:
        self.index_dir = index_dir
        generations = index_dir / "generations"
        generations.mkdir(parents=True, exist_ok=True)
        for name in leftovers(index_dir, base):
            shutil.rmtree(generations / name)
        self.number = max(finished_generations(index_dir), default=0) + 1
        self.folder = generations / f"{self.number:06d}.tmp"
        self.folder.mkdir()

    def finish(self, manifest: Manifest) -> None:
        """Checksum, fsync, give the folder its name, switch CURRENT to it, remove generations no longer needed.

        Before the switch nothing of this is seen by readers; after it everything is on the disk.
        """
        files = {}
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            if path.name.startswith(".tantivy-"):
                path.unlink()  # tantivy's own lock files: empty, and not part of what is kept
                continue
            _sync(path)
            name = path.relative_to(self.folder).as_posix()
            files[name] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        data = {**asdict(manifest), "files": files}
        write_synced(
            self.folder / "manifest.json",
            json.dumps({**data, "checksum": _checksum(data)}, ensure_ascii=False, indent=1) + "\n",
        )
        for folder in [*(p for p in self.folder.rglob("*") if p.is_dir()), self.folder]:
            _sync(folder)
        final = generation_path(self.index_dir, self.number)
        os.replace(self.folder, final)
        _sync(final.parent)
        temporary = self.index_dir / "CURRENT.tmp"
        write_synced(temporary, f"{self.number}\n")
        os.replace(temporary, self.index_dir / "CURRENT")
        _sync(self.index_dir)
        self._remove_old()

    def abandon(self) -> None:
        """Remove what was built; the generation in force stays."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_old(self) -> None:
        for number in finished_generations(self.index_dir)[:-KEPT_GENERATIONS]:
            # Renamed first: a kill in the middle leaves a leftover, never a generation with holes.
            folder = generation_path(self.index_dir, number)
            doomed = folder.with_suffix(".old.tmp")
            os.replace(folder, doomed)
            shutil.rmtree(doomed, ignore_errors=True)


def leftovers(index_dir: Path, current: int | None) -> list[str]:
    """What killed builds left in `generations`: unfinished folders, and finished ones that CURRENT never came to."""
    generations = index_dir / "generations"
    if not generations.is_dir():
        return []
    found = [p.name for p in generations.iterdir() if p.name.endswith(".tmp")]
    found += [p.name for p in generations.iterdir() if p.name.isdigit() and int(p.name) > (current or 0)]
    return sorted(found)


def lock_holder(index_dir: Path) -> tuple[str, bool]:
    """What LOCK says, and whether a living process holds it."""
    path = index_dir / "LOCK"
    if not path.is_file():
        return "", False
    with path.open("r", encoding="ascii", errors="replace") as file:
        text = file.read().strip()
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return text, True
    return text, False


def write_synced(path: Path, text: str) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
