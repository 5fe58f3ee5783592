"""What an ingest has to do: compare the files on disk with those in the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.catalogue import FileRow
from ingest.errors import FileUnreadableError
from ingest.pipeline import find_files
from ingest.remote import code_fingerprint


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on disk: absolute path, the name to cite, size in bytes and hash of its content."""

    path: Path
    source: str
    size: int
    sha256: str


@dataclass(slots=True)
class Plan:
    """The work of one ingest.

    Attributes:
        parse: files whose content is new, or was read by another version of the parser.
        unchanged: files that are in the index as they are.
        renamed: files whose content is in the index under another path; each with the row it replaces, or None for
            a second copy.
        removed: rows of files that are gone.
        unreadable: files that could not even be opened.
    """

    parse: list[FoundFile] = field(default_factory=list)
    unchanged: list[FoundFile] = field(default_factory=list)
    renamed: list[tuple[FoundFile, FileRow | None]] = field(default_factory=list)
    removed: list[FileRow] = field(default_factory=list)
    unreadable: list[tuple[Path, FileUnreadableError]] = field(default_factory=list)


def make_plan(paths: Sequence[Path], known: Iterable[FileRow], fresh: Container[str]) -> Plan:
    """Compare.

    A known file is removed when it is gone from disk and stood under one of the given paths (or was given itself).
    Files in other places are left as they are.

    Args:
        paths: files and folders as the user gave them.
        known: the catalogue's files.
        fresh: hashes of the contents that the catalogue holds as the present parser reads them.

    Raises:
        FileUnreadableError: a given path does not exist and never was in the index.
    """
    plan = Plan()
    rows = {row.path: row for row in known}
    roots = [path.resolve() for path in paths]
    gone = {p: row for p, row in rows.items() if not Path(p).exists()}
    existing = [p for p in paths if p.exists() or not _was_known(p.resolve(), rows)]
    found = [f for f in (_look(path, plan) for path in find_files(existing)) if f is not None]
    movable = {row.sha256: row for row in gone.values() if row.document}
    for file in found:
        row = rows.get(str(file.path))
        if file.sha256 not in fresh:
            plan.parse.append(file)
        elif row is not None and row.sha256 == file.sha256 and row.document and not row.reason:
            plan.unchanged.append(file)
        else:
            before = movable.pop(file.sha256, None)
            plan.renamed.append((file, before))
            if before:
                del gone[before.path]
    plan.removed = [row for p, row in sorted(gone.items()) if _under(Path(p), roots)]
    return plan


def _look(path: Path, plan: Plan) -> FoundFile | None:
    try:
        absolute = path.resolve()
        with absolute.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return FoundFile(absolute, path.name, absolute.stat().st_size, sha256)
    except OSError as error:
        plan.unreadable.append((path, FileUnreadableError(f"không đọc được (cannot read): {error}", where=path.name)))
        return None


def _under(path: Path, roots: Iterable[Path]) -> bool:
    return any(path == root or root in path.parents for root in roots)


def _was_known(path: Path, rows: dict[str, FileRow]) -> bool:
    """Whether a path that is gone from disk was ingested before, as a file or as a folder of files."""
    return str(path) in rows or any(path in Path(p).parents for p in rows)


def parser_fingerprint() -> str:
    """Hash of the ingest package's source: documents read by another version of it are read again."""
    return code_fingerprint()
