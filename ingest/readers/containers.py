"""What a ZIP or an OLE container holds, by the names inside it: a document, a spreadsheet, an installer."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator

from ingest.errors import FileUnreadableError
from ingest.readers.xml import ZIP_ERRORS

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOC = "application/msword"
ODT = "application/vnd.oasis.opendocument.text"
ENCRYPTED_OFFICE = "application/x-encrypted-office"  # Office Open XML under a password (MS-OFFCRYPTO)
ZIP = "application/zip"
OLE = "application/x-ole-storage"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEAD = 1 << 20  # bytes of a part that are looked at
# Main parts of Office Open XML by a piece of their content type, and the media type of the whole
_OFFICE_XML = (
    (b"wordprocessingml.document.main", DOCX),
    (b"wordprocessingml.template.main", DOCX),
    (b"ms-word.document.macroEnabled", DOCX),
    (b"ms-word.template.macroEnabled", DOCX),
    (b"spreadsheetml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ms-excel", "application/vnd.ms-excel.sheet.macroEnabled.12"),
    (b"presentationml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"ms-powerpoint", "application/vnd.ms-powerpoint.presentation.macroEnabled.12"),
)
# Streams of the root storage of OLE files
_OLE_KINDS = (
    ("encryptedpackage", ENCRYPTED_OFFICE),
    ("worddocument", DOC),
    ("workbook", "application/vnd.ms-excel"),
    ("book", "application/vnd.ms-excel"),
    ("powerpoint document", "application/vnd.ms-powerpoint"),
    ("visiodocument", "application/vnd.visio"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
)
_MSI_MARK = "\u4840"  # opens the names of the tables in a Windows installer


def zip_kind(archive: zipfile.ZipFile) -> str:
    """The media type of what a ZIP is: DOCX, ODT, another office format, or ``application/zip`` for an archive."""
    names = set(archive.namelist())
    if "mimetype" in names:  # Open Document and EPUB say so first of all
        kind = _start(archive, "mimetype", 200).decode("ascii", "replace").strip()
        if kind.startswith(ODT):  # with its templates ("…text-template")
            return ODT
        if re.fullmatch(r"application/(?:vnd\.oasis\.[a-z0-9.-]{1,100}|epub\+zip)", kind):
            return kind
    if "word/document.xml" in names:
        return DOCX
    if "[Content_Types].xml" in names:
        types = _start(archive, "[Content_Types].xml", _HEAD)
        for mark, kind in _OFFICE_XML:
            if mark in types:
                return kind
    return ZIP


def _start(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(size)
    except ZIP_ERRORS:
        return b""


class OleFile:
    """The directory of an OLE container (MS-CFB 2.2, 2.6), as far as it takes to know what it is.

    Raises:
        FileUnreadableError: the directory is damaged or cut off.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            shift, mini = struct.unpack_from("<HH", data, 30)
            if shift not in {9, 12} or mini != 6:
                raise ValueError("sector size")
            self._size = 1 << shift
            self._fat = self._fat_sectors()
            directory = b"".join(map(self._sector, self._chain(struct.unpack_from("<L", data, 48)[0])))
            self._entries = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
            self.streams = {name.casefold(): entry for name, entry in self._root()}
        except (struct.error, ValueError, IndexError) as error:
            raise FileUnreadableError(
                "tệp Office kiểu cũ bị hỏng hoặc bị cắt (the OLE container is damaged or truncated)",
                do="Tải lại bản gốc (fetch the original again)",
            ) from error

    def kind(self) -> str:
        """The media type of what it is, by the streams of its root storage."""
        for name, kind in _OLE_KINDS:
            if name in self.streams:
                return kind
        return "application/x-msi" if any(_MSI_MARK in name for name in self.streams) else OLE

    def word_is_encrypted(self) -> bool:
        """Whether the flag fEncrypted stands in the head of the Word stream (MS-DOC 2.5.2)."""
        entry = self.streams.get("worddocument")
        head = self._head(entry) if entry else b""
        return len(head) >= 12 and bool(struct.unpack_from("<H", head, 10)[0] & 0x0100)

    def _head(self, entry: bytes) -> bytes:
        """The first bytes of a stream, from its first sector; streams below 4,096 bytes lie in small sectors."""
        start, size = struct.unpack_from("<LL", entry, 116)
        try:
            if size >= struct.unpack_from("<L", self._data, 56)[0]:
                return self._sector(start)
            small = list(self._chain(struct.unpack_from("<L", self._entries[0], 116)[0]))
            place = start * 64
            return self._sector(small[place // self._size])[place % self._size :][:64]
        except (ValueError, IndexError):
            return b""

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._data):
            raise ValueError("sector beyond the end")
        return self._data[start : start + self._size]

    def _fat_sectors(self) -> list[int]:
        """Numbers of the sectors of the allocation table: 109 in the header, the rest in a chain."""
        found = list(struct.unpack_from("<109L", self._data, 76))
        following, count = struct.unpack_from("<LL", self._data, 68)
        for _ in range(min(count, len(self._data) // self._size)):
            *more, following = struct.unpack(f"<{self._size // 4}L", self._sector(following))
            found += more
        return found

    def _chain(self, number: int) -> Iterator[int]:
        """The sectors of one stream, in order; no more than the file has, since a damaged chain may be a ring."""
        per = self._size // 4
        for _ in range(len(self._data) // self._size):
            if number >= 0xFFFFFFFA:
                return
            yield number
            (number,) = struct.unpack_from("<L", self._sector(self._fat[number // per]), 4 * (number % per))
        raise ValueError("a chain without end")

    def _root(self) -> Iterator[tuple[str, bytes]]:
        """Name and entry of each stream and storage right under the root, which form a binary tree."""
        waiting = [struct.unpack_from("<L", self._entries[0], 76)[0]]
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            entry = self._entries[number]
            length = min(64, struct.unpack_from("<H", entry, 64)[0])
            yield entry[: max(0, length - 2)].decode("utf-16-le", "replace"), entry
            waiting += struct.unpack_from("<LL", entry, 68)
