"""Documents that a DOCX takes in whole (ECMA-376, part 1, 17.17.2): HTML, RTF, text or DOCX parts of its package."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

from ingest.document import ParseWarning
from ingest.errors import IngestError
from ingest.lines import MARKER, Reading, marker
from ingest.readers import read, sniff
from ingest.readers.containers import DOCX
from ingest.readers.xml import ZIP_ERRORS

MAX_DEPTH = 3  # documents inside each other


def read_chunk(archive: zipfile.ZipFile, name: str | None, depth: int) -> Reading | ParseWarning:
    """What the reader of its kind makes of one part, or why nothing can be made of it.

    Args:
        archive: the package.
        name: of the part, None where the document points nowhere.
        depth: of the document that takes it in.
    """
    try:
        if name is None:
            return _left_out("—", "không có trong tệp / not in the file")
        if depth >= MAX_DEPTH:
            return _left_out(name, f"lồng sâu hơn {MAX_DEPTH} tầng / nested too deeply")
        data = archive.read(name)
        if sniff(data) == DOCX:
            from ingest.readers.docx import read_docx

            return read_docx(data, depth + 1)
        return read(data, name)
    except IngestError as error:
        return _left_out(name or "", error.what)
    except ZIP_ERRORS as error:
        return _left_out(name or "", str(error))


def settle_in(chunk: Reading, page: int | None, tables: int, number: Callable[[str], str]) -> None:
    """Fit the blocks of a chunk into the document: its page, its count of tables and of notes.

    Args:
        chunk: changed in place.
        page: on which it stands; its own pages are not the document's.
        tables: how many the document has had so far.
        number: gives the number in the document to the key of a note.
    """
    numbers: dict[str, str] = {}

    def own(key: str) -> str:
        return numbers[key] if key in numbers else numbers.setdefault(key, "#" + number(key))

    for block in chunk.blocks:
        block.text = MARKER.sub(lambda m: marker(own(m[1]), m[2]) if m[1].startswith("#") else m[0], block.text)
        block.page = block.page_end = page
        block.note = own(block.note) if block.note else None
        block.table = block.table + tables if block.table is not None else None


def _left_out(name: str, why: str) -> ParseWarning:
    return ParseWarning("chunk", f"Chưa đọc văn bản nhúng {name}: {why} / a document inside this one was not read")
