"""ZIP and XML read with limits: no entities, no network, no bombs."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from ingest.errors import FileUnreadableError

MAX_PART_BYTES = 200 * 1024 * 1024  # of one document's container, unpacked
MAX_PARTS = 10_000
MAX_RATIO = 200  # a Word part compresses 10 to 30 times; a bomb a thousand times
RATIO_FROM = 20_000_000  # bytes unpacked; no ratio is dangerous below that
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024  # of a ZIP's table of contents, which is read whole before it can be counted
# Of an archive of documents (ingest/archive.py), those inside it included
MAX_ARCHIVE_BYTES = 4 * 1024 * 1024 * 1024
MAX_MEMBERS = 10_000
MAX_ARCHIVE_DEPTH = 3  # archives inside each other, the outermost counted

# What zipfile and its decompressors raise on damaged or foreign data
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
)

_STRICT = "http://purl.oclc.org/ooxml/"
_TRANSITIONAL = "http://schemas.openxmlformats.org/"
# Office Open XML "strict" (ISO/IEC 29500-1) has names of its own for what Word calls otherwise
_NAMESPACES = {
    f"{_STRICT}wordprocessingml/main": f"{_TRANSITIONAL}wordprocessingml/2006/main",
    f"{_STRICT}officeDocument/math": f"{_TRANSITIONAL}officeDocument/2006/math",
    f"{_STRICT}officeDocument/relationships": f"{_TRANSITIONAL}officeDocument/2006/relationships",
}


def open_container(source: bytes | Path) -> zipfile.ZipFile:
    """A ZIP with its table of contents read, whatever it holds.

    Raises:
        FileUnreadableError: damaged, or the table of contents is larger than `MAX_DIRECTORY_BYTES`.
    """
    try:
        if isinstance(source, bytes):
            size = _directory_bytes(BytesIO(source))
        else:
            with source.open("rb") as file:
                size = _directory_bytes(file)
        if size > MAX_DIRECTORY_BYTES:
            raise too_large("mục lục của tệp nén quá lớn (its table of contents is too large)")
        return zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source)
    except ZIP_ERRORS as error:
        raise FileUnreadableError(
            "tệp nén bị hỏng hoặc bị cắt (the ZIP container is damaged or truncated)",
            do="Tải lại bản gốc (fetch the original again)",
        ) from error


def _directory_bytes(file: BinaryIO) -> int:
    """The size that the end records (PKWARE APPNOTE 4.3.14, 4.3.16) give for the table of contents; the largest one.

    zipfile reads that many bytes into memory, whatever the number of entries says.
    """
    end = file.seek(0, SEEK_END)
    file.seek(max(0, end - (1 << 16) - 200))
    tail = file.read()
    sizes = [0]
    for signature, offset, form in ((b"PK\x05\x06", 12, "<L"), (b"PK\x06\x06", 40, "<Q")):
        at = tail.find(signature)
        while at >= 0:
            field = tail[at + offset : at + offset + struct.calcsize(form)]
            if len(field) == struct.calcsize(form) and (size := struct.unpack(form, field)[0]) <= end:
                sizes.append(size)  # a size beyond the file is refused by zipfile itself
            at = tail.find(signature, at + 1)
    return max(sizes)


def too_large(what: str) -> FileUnreadableError:
    """The error for what a limit refuses."""
    return FileUnreadableError(what, do="Kiểm tra nguồn gốc tệp (check where the file comes from)")


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The container of one document, after a look at its table of contents.

    Raises:
        FileUnreadableError: damaged, or larger unpacked than the limits allow.
    """
    archive = open_container(data)
    parts = archive.infolist()
    total = sum(p.file_size for p in parts)
    if len(parts) > MAX_PARTS or total > MAX_PART_BYTES or (total > RATIO_FROM and total > MAX_RATIO * len(data)):
        raise too_large(
            f"tệp nén phình quá giới hạn {MAX_PART_BYTES >> 20} MB (the container unpacks beyond the limit)"
        )
    return archive


def read_part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """The root element of one XML part, None if the archive has no such part; strict names made the usual ones.

    Args:
        archive: as `open_zip` gives it.
        name: of the part.

    Raises:
        FileUnreadableError: the part is damaged.
    """
    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=False, remove_comments=True
    )
    try:
        root = etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, *ZIP_ERRORS) as error:
        raise FileUnreadableError(
            f"phần {name} bị hỏng (damaged part): {error!s:.200}", do="Tải lại bản gốc"
        ) from error
    if any(str(uri).startswith(_STRICT) for uri in root.nsmap.values()):
        _make_transitional(root)
    return root


def _make_transitional(root: etree._Element) -> None:
    """Give elements and attributes of a strict part the names that Word uses otherwise."""
    for element in root.iter(etree.Element):
        element.tag = _renamed(str(element.tag))
        for name, value in list(element.attrib.items()):
            new = _renamed(str(name))
            if new != name:
                del element.attrib[name]
                element.set(new, value)


def _renamed(name: str) -> str:
    space, brace, local = name[1:].rpartition("}")
    return f"{{{_NAMESPACES.get(space, space)}}}{local}" if name.startswith("{") and brace else name
