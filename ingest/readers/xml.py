"""ZIP and XML read with limits: no entities, no network, no bombs."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from io import BytesIO

from lxml import etree

from ingest.errors import FileUnreadableError

MAX_PART_BYTES = 200 * 1024 * 1024
MAX_PARTS = 10_000
MAX_RATIO = 200  # a Word part compresses 10 to 30 times; a bomb a thousand times
# What zipfile and its decompressors raise on damaged or foreign data
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
)


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The archive, after a look at its table of contents.

    Raises:
        FileUnreadableError: damaged, or larger unpacked than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        parts = archive.infolist()
    except ZIP_ERRORS as error:
        raise FileUnreadableError("tệp nén bị hỏng (damaged ZIP container)", do="Tải lại bản gốc") from error
    total = sum(p.file_size for p in parts)
    if len(parts) > MAX_PARTS or total > MAX_PART_BYTES or (total > 20_000_000 and total > MAX_RATIO * len(data)):
        raise FileUnreadableError(
            f"tệp nén phình quá giới hạn {MAX_PART_BYTES >> 20} MB (the container unpacks beyond the limit)",
            do="Kiểm tra nguồn gốc tệp (check where the file comes from)",
        )
    return archive


def read_part(archive: zipfile.ZipFile, name: str, drop: tuple[str, ...] = ()) -> etree._Element | None:
    """The root element of one XML part, None if the archive has no such part.

    Args:
        archive: as `open_zip` gives it.
        name: of the part.
        drop: tags of the elements to take out with all that is in them.

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
    if drop:
        etree.strip_elements(root, *drop, with_tail=False)
    return root
