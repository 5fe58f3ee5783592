"""ZIP archives of documents: their members by name, each read by itself, within limits, never written to disk.

An archive inside an archive is opened as well, down to `MAX_ARCHIVE_DEPTH`; its members carry both names
("tài liệu.zip/2023/báo cáo.docx"). A member that may not be read is listed with its reason and the others go on.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from ingest.errors import EncryptedFileError, FileUnreadableError, IngestError, UnsupportedFileError
from ingest.readers import MAX_FILE_BYTES, sniff
from ingest.readers.containers import ZIP, zip_kind
from ingest.readers.encoding import is_vietnamese
from ingest.readers.xml import (
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_DEPTH,
    MAX_MEMBERS,
    MAX_RATIO,
    RATIO_FROM,
    ZIP_ERRORS,
    open_container,
    too_large,
)

_UNICODE_PATH = 0x7075  # extra field with the name in UTF-8 (APPNOTE 4.6.9)
_MAC_DEBRIS = "__MACOSX"


@dataclass(frozen=True, slots=True)
class Member:
    """A document in an archive: its path there, and the reason why it may not be read, if there is one."""

    name: str
    error: IngestError | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    error: IngestError | None


@dataclass
class _Budget:
    """What an archive may still bring, those inside it included."""

    members: int = MAX_MEMBERS
    bytes: int = MAX_ARCHIVE_BYTES

    def spend(self, infos: list[zipfile.ZipInfo]) -> None:
        self.members -= len(infos)
        self.bytes -= sum(i.file_size for i in infos)
        if self.members < 0:
            raise too_large(f"tệp nén có hơn {MAX_MEMBERS} tệp bên trong (too many members)")
        if self.bytes < 0:
            raise too_large(f"tệp nén bung ra hơn {MAX_ARCHIVE_BYTES >> 30} GB (it unpacks beyond the limit)")


def is_archive(path: Path) -> bool:
    """Whether a file on disk is a ZIP that is no document itself (as DOCX and ODT are)."""
    return look(path) == "archive"


def look(path: Path) -> Literal["archive", "other", "unreadable"]:
    """What a path holds; "unreadable" is a ZIP that is damaged, and a file that may not be opened."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "other"
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return "other"
        with open_container(path) as archive:
            return "archive" if zip_kind(archive) == ZIP else "other"
    except (OSError, IngestError):
        return "unreadable"


def list_members(path: Path, wanted: Callable[[str], bool]) -> list[Member]:
    """The documents of an archive, in its own order.

    Args:
        path: the archive.
        wanted: tells by its name whether a member may be a document.

    Raises:
        FileUnreadableError: the archive is damaged, or larger than the limits allow.
    """
    with open_container(path) as archive:
        return [Member(e.name, e.error) for e in _walk(archive, wanted, "", 1, _Budget(), None)]


def read_members(
    path: Path, names: Container[str], wanted: Callable[[str], bool], only: str | None = None
) -> Iterator[tuple[str, bytes | IngestError]]:
    """Each named member's bytes, or the error that says why it cannot be read; one pass, one member in memory.

    Args:
        path: the archive.
        names: of members, as `list_members` gives them.
        wanted: as for `list_members`.
        only: the one name that is asked for, so that other archives inside need not be opened.

    Raises:
        FileUnreadableError: as `list_members`.
    """
    with open_container(path) as archive:
        for entry in _walk(archive, wanted, "", 1, _Budget(), only):
            if entry.name in names:
                yield entry.name, entry.error or _content(entry.archive, entry.info)


def read_member(path: Path, name: str, wanted: Callable[[str], bool]) -> bytes:
    """The bytes of one member.

    Raises:
        IngestError: there is no such member, or it cannot be read.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise FileUnreadableError(
            f"không đọc được tệp nén (cannot be read): {error}", do="Kiểm tra quyền đọc"
        ) from error
    archive, infos = _opened(path, facts.st_mtime_ns, facts.st_size)
    info = infos.get(name)
    if info is not None and wanted(name) and _refusal(name, info) is None and not _is_nested(archive, info):
        contents = [_content(archive, info)]
    else:
        contents = [content for _, content in read_members(path, {name}, wanted, name)]
    for content in contents:
        if isinstance(content, IngestError):
            raise content
        return content
    raise FileUnreadableError("trong tệp nén không có tệp này (no such member in the archive)", do="Kiểm tra lại tên")


@lru_cache(maxsize=1)
def _opened(path: Path, changed: int, size: int) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """The archive that was read last, still open: its members are asked for one after the other."""
    archive = open_container(path)
    return archive, dict(_names(archive))


def _walk(
    archive: zipfile.ZipFile,
    wanted: Callable[[str], bool],
    prefix: str,
    depth: int,
    budget: _Budget,
    only: str | None,
) -> Iterator[_Entry]:
    chosen = [(name, info) for name, info in _names(archive) if wanted(PurePosixPath(name).name)]
    budget.spend([info for _, info in chosen])
    for name, info in chosen:
        full = prefix + name
        error = _refusal(name, info)
        if error is None and (only is None or only.startswith(full)) and _is_nested(archive, info):
            try:
                if depth >= MAX_ARCHIVE_DEPTH:
                    raise too_large(f"tệp nén lồng sâu hơn {MAX_ARCHIVE_DEPTH} tầng (archives nested too deeply)")
                content = _content(archive, info)
                if isinstance(content, IngestError):
                    raise content
                with open_container(content) as inner:
                    inside = 0
                    for entry in _walk(inner, wanted, full + "/", depth + 1, budget, only):
                        yield entry
                        inside += 1
                    if not inside:
                        raise UnsupportedFileError(
                            "không có văn kiện nào trong tệp nén (no document in the archive)",
                            do="Mở tệp nén để xem (open it and look)",
                        )
                continue
            except IngestError as refused:
                error = refused
        yield _Entry(full, archive, info, error)


def _is_nested(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether a member is an archive itself; one that cannot be read is left to its reading, which says why."""
    try:
        with archive.open(info) as file:
            if file.read(2) != b"PK":
                return False
        return sniff(archive.read(info)) == ZIP
    except (*ZIP_ERRORS, IngestError):
        return False


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | IngestError:
    try:
        return archive.read(info)  # stops at the size that the table of contents gives, and checks the CRC
    except NotImplementedError as error:
        what = f"cách nén không đọc được (compression method not supported): {error!s:.200}"
        return UnsupportedFileError(what, do="Nén lại bằng ZIP thường (pack again as an ordinary ZIP)")
    except ZIP_ERRORS as error:
        what = f"tệp bên trong tệp nén bị hỏng (damaged member of the archive): {error!s:.200}"
        return FileUnreadableError(what, do="Tải lại bản gốc (fetch the original again)")


def _refusal(name: str, info: zipfile.ZipInfo) -> IngestError | None:
    """Why a member may not even be opened, None if it may."""
    parts = name.split("/")
    if "\0" in info.orig_filename:
        return FileUnreadableError("tên chứa ký tự NUL (a NUL in the member's name)", do="Kiểm tra nguồn gốc tệp")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
        return FileUnreadableError(
            "đường dẫn chỉ ra ngoài tệp nén (the member's path leads out of the archive)",
            do="Kiểm tra nguồn gốc tệp (check where the file comes from)",
        )
    if not stat.S_ISREG(mode := info.external_attr >> 16) and stat.S_IFMT(mode) and info.create_system == 3:
        return FileUnreadableError(
            "không phải tệp thường mà là liên kết (a symbolic link or device, no regular file)",
            do="Nén lại chính tệp văn kiện (pack the document itself)",
        )
    if info.flag_bits & 1:
        return EncryptedFileError(
            "tệp trong tệp nén có mật khẩu (the member is protected by a password)",
            do="Giải nén bằng mật khẩu rồi nạp lại (unpack it with its password and ingest again)",
        )
    if info.file_size > MAX_FILE_BYTES:
        return too_large(f"tệp lớn hơn {MAX_FILE_BYTES >> 20} MB (the file is too large)")
    if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * info.compress_size:
        return too_large(f"tệp nén phình hơn {MAX_RATIO} lần (it unpacks to more than {MAX_RATIO} times its size)")
    return None


def _names(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The files of an archive with their names as text, each name once; hidden files and macOS debris left out."""
    seen: set[str] = set()
    last: dict[str, int] = {}  # the number that the last double of a name was given
    for info in archive.infolist():
        name = _name(info)
        parts = [p for p in name.split("/") if p != "."]
        if not name or name.endswith("/") or any(p.startswith(".") and p != ".." for p in parts):
            continue
        if _MAC_DEBRIS in parts:
            continue
        path = PurePosixPath(name)
        if not path.name:
            continue
        while name in seen:  # two members of one name are allowed, and both may be documents
            last[str(path)] = number = last.get(str(path), 1) + 1
            name = str(path.with_stem(f"{path.stem}~{number}"))
        seen.add(name)
        yield name, info


def _name(info: zipfile.ZipInfo) -> str:
    """A member's path as text: UTF-8 where it says so or is so, Vietnamese Windows, else code page 437."""
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437")
        name = _unicode_path(info.extra, raw) or _decoded(raw)
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    while name.startswith("./"):
        name = name[2:]
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]", "�", name)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")  # macOS and many tools write UTF-8 without saying so
    except UnicodeDecodeError:
        text = unicodedata.normalize("NFC", raw.decode("cp1258", "replace"))
    return text if is_vietnamese(text) else raw.decode("cp437")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in an extra field of its own, if it belongs to the name in front of it."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        field = extra[position + 4 : position + 4 + size]
        if kind == _UNICODE_PATH and size > 5 and struct.unpack_from("<L", field, 1)[0] == zlib.crc32(raw):
            try:
                return field[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
        position += 4 + size
    return None
