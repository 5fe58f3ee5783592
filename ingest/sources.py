"""What there is to read: files, files in folders, and the documents inside ZIP archives."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path, PurePosixPath
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ingest.archive import Member, is_archive, list_members, read_member, read_members
from ingest.errors import FileUnreadableError, IngestError, UnsupportedFileError, printable
from ingest.readers import MAX_FILE_BYTES

SUFFIXES = frozenset(
    {
        ".txt",
        ".md",
        ".markdown",
        ".pdf",
        ".docx",
        ".docm",
        ".dotx",
        ".dotm",
        ".html",
        ".htm",
        ".xhtml",
        ".mht",
        ".mhtml",
    }
    | {".doc", ".dot", ".rtf", ".odt", ".ott", ".zip", ".jpg", ".jpeg", ".png", ".tif", ".tiff"}
)
# Not read yet, but a user who finds one missing must have been told
NAMED_SUFFIXES = frozenset(
    {"", ".wps", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp", ".rar", ".7z"} | {".gif", ".bmp"}
)
IGNORE_FILE = ".vankienignore"
_INSIDE = "!/"
_BYTES = "bytes:"  # of a key whose path is no text: the path's bytes, percent-encoded
_SHOWN = 12  # members that a message names


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One thing to read: a file on disk, or a document inside an archive there.

    Attributes:
        path: on disk.
        member: path inside the archive, None for the file itself.
    """

    path: Path
    member: str | None = None

    @property
    def source(self) -> str:
        """The name to cite: "báo cáo.docx", "tài liệu.zip/2023/báo cáo.docx"."""
        name = printable(self.path.name)
        return name if self.member is None else f"{name}/{self.member}"

    @property
    def key(self) -> str:
        """What tells it from every other one, once `path` is absolute: "/a/tài liệu.zip!/2023/báo cáo.docx"."""
        key = str(self.path) if self.member is None else f"{self.path}{_INSIDE}{self.member}"
        # a name that is no text, which file systems allow and no database or JSON takes
        return key if key == printable(key) else _BYTES + quote_from_bytes(os.fsencode(key))

    def read_bytes(self) -> bytes:
        """Its bytes.

        Raises:
            IngestError: it is not there, no regular file, too large, or the archive or the member cannot be read.
        """
        if self.member is None:
            return load_file(self.path)
        try:
            return read_member(self.path, self.member, may_be_document)
        except IngestError as error:
            raise type(error)(error.what, where=self.source, do=error.do) from error

    def __str__(self) -> str:
        return self.key


def from_key(key: str) -> SourceFile:
    """The `SourceFile` of a key; where "!/" might be part of a folder's name, the disk decides."""
    if key.startswith(_BYTES):
        key = os.fsdecode(unquote_to_bytes(key.removeprefix(_BYTES)))
    path = Path(key)
    if _INSIDE not in key or path.exists():
        return SourceFile(path)
    # "!" may end the name of a folder, too
    cuts = [i for i in range(len(key)) if key.startswith(_INSIDE, i) and not Path(key[: i + 1]).is_dir()]
    if not cuts:
        return SourceFile(path)
    cut = next((i for i in cuts if Path(key[:i]).is_file()), cuts[0])
    return SourceFile(Path(key[:cut]), key[cut + len(_INSIDE) :])


def find_files(paths: Iterable[str | Path]) -> list[SourceFile]:
    """What to ingest: files as given; in folders all that may be documents, sorted, no doubles; archives as members.

    Hidden files are left out, and so is what a folder's ``.vankienignore`` names (one glob pattern a line, for the
    names in that folder; a trailing "/" names a folder). The members of an archive are chosen by their names as files
    in folders are. A folder or an archive that cannot be read is given back itself, so that parsing names it with the
    reason.

    Raises:
        FileUnreadableError: a path does not exist.
    """
    found: dict[Path, Path] = {}
    for item in paths:
        path = Path(item)
        if not path.exists():
            raise FileUnreadableError("không thấy tệp hoặc thư mục (no such file or folder)", where=path)
        for file in _walk(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return [source for file in found.values() for source in _expanded(file)]


def _expanded(path: Path) -> list[SourceFile]:
    if not is_archive(path):
        return [SourceFile(path)]
    try:
        members = list_members(path, may_be_document)
    except IngestError:
        members = []
    return [SourceFile(path, m.name) for m in members] or [SourceFile(path)]


def may_be_document(name: str) -> bool:
    """Whether a file of this name is looked at in a folder or an archive."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES | NAMED_SUFFIXES


def _walk(folder: Path) -> Iterator[Path]:
    try:
        inside = sorted(folder.iterdir())
        ignore = folder / IGNORE_FILE
        lines = ignore.read_text(encoding="utf-8", errors="replace").splitlines() if ignore.is_file() else []
    except OSError:
        yield folder
        return
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for path in inside:
        if path.name.startswith(".") or any(_ignored(path, p) for p in patterns):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file() and may_be_document(path.name):
            yield path


def _ignored(path: Path, pattern: str) -> bool:
    if pattern.endswith("/"):
        return path.is_dir() and fnmatch(path.name, pattern.rstrip("/"))
    return fnmatch(path.name, pattern)


def locate(path: Path) -> SourceFile:
    """What a path means to someone who wants one document.

    "a.zip/b.docx" is a member of an archive, and an archive with one document stands for that document.

    Raises:
        UnsupportedFileError: an archive with several documents, which the message names, or with none.
        FileUnreadableError: no such member, or the archive is damaged.
    """
    if os.path.exists(path):  # unlike Path.exists, it gives False for a name that no file can have
        return _only_one(path, "") if is_archive(path) else SourceFile(path)
    archive = next((p for p in path.parents if os.path.isfile(p)), None)
    if archive is None or not is_archive(archive):
        return SourceFile(path)
    return _only_one(archive, unicodedata.normalize("NFC", path.relative_to(archive).as_posix()))


def _only_one(archive: Path, inside: str) -> SourceFile:
    """The member of that name, or the only one under it; "" stands for the whole archive."""
    try:
        members = list_members(archive, may_be_document)
    except IngestError as error:
        raise type(error)(error.what, where=archive, do=error.do) from error
    under = [m for m in members if not inside or m.name == inside or m.name.startswith(inside + "/")]
    if not members:
        raise _no_document(archive)
    if not under:
        what = f"trong tệp nén không có {inside} (no such member in the archive)"
        raise FileUnreadableError(what, where=archive, do=_choice(archive, members))
    likely = [m for m in under if m.error is None and PurePosixPath(m.name).suffix.lower() in SUFFIXES]
    if len(likely or under) > 1:
        what = f"tệp nén có {len(likely or under)} văn kiện (an archive of {len(likely or under)} documents)"
        raise UnsupportedFileError(what, where=archive, do=_choice(archive, likely or under))
    return SourceFile(archive, (likely or under)[0].name)


def _choice(archive: Path, members: list[Member]) -> str:
    names = ", ".join(m.name for m in members[:_SHOWN])
    more = f", … (+{len(members) - _SHOWN})" if len(members) > _SHOWN else ""
    return f"Chọn một, ví dụ (choose one, for instance) {archive}/{members[0].name}; có (there are): {names}{more}"


def _no_document(archive: Path) -> UnsupportedFileError:
    return UnsupportedFileError(
        "không có văn kiện nào trong tệp nén (no document in the archive)",
        where=archive,
        do="Kiểm tra lại tệp nén (check the archive)",
    )


def load_file(path: Path) -> bytes:
    """The bytes of a file on disk.

    Raises:
        IngestError: it is not there, no regular file, too large, or an archive without any document.
    """
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # a pipe or device would be read for ever
            raise FileUnreadableError("không phải tệp thường (not a regular file)", where=path)
        if is_archive(path):
            return _only_one(path, "").read_bytes()  # or the error that says what is wrong with it
        if facts.st_size > MAX_FILE_BYTES:
            raise FileUnreadableError(f"tệp lớn hơn {MAX_FILE_BYTES >> 20} MB (the file is too large)", where=path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FileUnreadableError("không thấy tệp (no such file)", where=path, do="Kiểm tra đường dẫn") from error
    except (OSError, ValueError) as error:
        raise FileUnreadableError(f"không đọc được tệp (cannot be read): {error}", where=path) from error


def digests(files: Iterable[SourceFile]) -> Iterator[tuple[SourceFile, int, str | IngestError]]:
    """Size in bytes and SHA-256 of each, or the error that says why it cannot be read; an archive is opened once.

    Args:
        files: the members of one archive beside each other, as `find_files` gives them.
    """
    for path, group in groupby(files, key=lambda f: f.path):
        same = list(group)
        members = {f.member: f for f in same if f.member is not None}
        for file in same:
            if file.member is None:
                yield file, *_digest(path)
        if not members:
            continue
        try:
            for name, content in read_members(path, members, may_be_document):
                if isinstance(content, IngestError):
                    yield members.pop(name), 0, content
                else:
                    yield members.pop(name), len(content), hashlib.sha256(content).hexdigest()
        except IngestError as error:
            yield from ((file, 0, error) for file in members.values())


def _digest(path: Path) -> tuple[int, str | IngestError]:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return 0, FileUnreadableError("không phải tệp thường (not a regular file)")
        with path.open("rb") as file:
            return facts.st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return 0, FileUnreadableError(f"không đọc được (cannot read): {error}")
