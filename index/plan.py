"""What an ingest has to do: compare the files on disk with those in the catalogue."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.catalogue import FileRow
from ingest.archive import look
from ingest.errors import IngestError
from ingest.remote import code_fingerprint
from ingest.sources import SourceFile, digests, find_files, from_key


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on disk or in an archive there, by its absolute path; size in bytes and hash of its content."""

    file: SourceFile
    size: int
    sha256: str

    @property
    def key(self) -> str:
        """Its name in the catalogue's rows."""
        return self.file.key

    @property
    def source(self) -> str:
        """The name to cite."""
        return self.file.source


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
    unreadable: list[tuple[SourceFile, IngestError]] = field(default_factory=list)


def make_plan(paths: Sequence[Path], known: Iterable[FileRow], fresh: Container[str]) -> Plan:
    """Compare.

    A known file is removed when it is gone from disk, or from its archive, and stood under one of the given paths (or
    was given itself). Files in other places are left as they are, and so are the members of an archive that cannot be
    opened now.

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
    existing = [p for p in paths if p.exists() or not _was_known(p.resolve(), rows)]
    files = [replace(file, path=file.path.resolve()) for file in find_files(existing)]
    gone = _gone(rows, files)
    found = _look(files, plan)
    movable = {row.sha256: row for row in gone.values() if row.document}
    for file in found:
        row = rows.get(file.key)
        if file.sha256 not in fresh:
            plan.parse.append(file)
        elif row is not None and row.sha256 == file.sha256 and row.document and not row.reason:
            plan.unchanged.append(file)
        else:
            before = movable.pop(file.sha256, None)
            plan.renamed.append((file, before))
            if before:
                del gone[before.path]
    plan.removed = [row for key, row in sorted(gone.items()) if _under(from_key(key).path, roots)]
    return plan


def _look(files: Iterable[SourceFile], plan: Plan) -> list[FoundFile]:
    found = []
    for file, size, content in digests(files):
        if isinstance(content, IngestError):
            plan.unreadable.append((file, type(content)(content.what, where=file.source, do=content.do)))
        else:
            found.append(FoundFile(file, size, content))
    return found


def _gone(rows: dict[str, FileRow], files: Iterable[SourceFile]) -> dict[str, FileRow]:
    """Rows of files that are no longer on disk, and of members that are no longer in an archive that was looked into.

    Where a file was an archive before and is none now, or the other way round, the rows of what it was are gone.
    """
    there = {file.key for file in files}
    looked_into = {file.path for file in files if file.member is not None}
    plain = {file.path for file in files if file.member is None and look(file.path) == "other"}
    gone = {}
    for key, row in rows.items():
        file = from_key(key)
        changed = looked_into if file.member is None else looked_into | plain
        if not file.path.exists() or (file.path in changed and key not in there):
            gone[key] = row
    return gone


def _under(path: Path, roots: Iterable[Path]) -> bool:
    return any(path == root or root in path.parents for root in roots)


def _was_known(path: Path, rows: dict[str, FileRow]) -> bool:
    """Whether a path that is gone from disk was ingested before, as a file or as a folder of files."""
    return any(path == known or path in known.parents for known in (from_key(key).path for key in rows))


def parser_fingerprint() -> str:
    """Hash of the ingest package's source: documents read by another version of it are read again."""
    return code_fingerprint()
