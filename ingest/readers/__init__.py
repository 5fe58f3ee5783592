"""One reader a format, chosen by content: what the bytes say, not what the name says."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import EmptyFileError, EncryptedFileError, UnsupportedFileError
from ingest.lines import Reading
from ingest.readers.encoding import utf16_without_mark

MAX_FILE_BYTES = 512 * 1024 * 1024

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def sniff(data: bytes) -> str:
    """The media type of `data`, from its first bytes (and, for ZIP, from what is inside).

    Raises:
        EmptyFileError: no bytes at all.
    """
    if not data:
        raise EmptyFileError("tệp rỗng, 0 byte (the file is empty)", do="Kiểm tra lại bản gốc (check the original)")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return _sniff_zip(data) if kind == "application/zip" else kind
    if b"%PDF-" in data[:1024]:  # some converters put a few bytes before the header; readers of PDF accept that
        return "application/pdf"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")) or (b"<html" in head and b"<body" in data[:65536].lower()):
        return "text/html"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text/html" if "<html" in data[:4096].decode("utf-16", "ignore").lower() else "text/plain"
    if utf16_without_mark(data):
        return "text/plain"
    return "application/octet-stream" if _is_binary(data[:8192]) else "text/plain"


def _is_binary(head: bytes) -> bool:
    """A stray NUL may stand in a text; many, or many control characters beside it, do not."""
    if b"\x00" not in head:
        return False
    controls = len(head) - len(head.translate(None, bytes([*range(9), *range(14, 32)])))
    return head.count(b"\x00") > len(head) // 100 or controls > len(head) // 20


def _sniff_zip(data: bytes) -> str:
    from ingest.readers.xml import open_zip

    with open_zip(data) as archive:
        names = set(archive.namelist())
    if "word/document.xml" in names:
        return DOCX
    return "application/zip"


def read(data: bytes, name: str) -> Reading:
    """Read `data` with the reader that its content asks for.

    Args:
        data: the file's bytes.
        name: the file's name, for messages and to tell Markdown from text.

    Raises:
        IngestError: one of its kinds; the message says what and what to do.
    """
    kind = sniff(data)
    if kind == "application/pdf":
        from ingest.readers.pdf import read_pdf

        return read_pdf(data)
    if kind == DOCX:
        from ingest.readers.docx import read_docx

        return read_docx(data)
    if kind == "text/html":
        from ingest.readers.html import read_html

        return read_html(data)
    if kind == "text/plain":
        from ingest.readers.text import read_text

        return read_text(data, markdown=Path(name).suffix.lower() in {".md", ".markdown"})
    if kind == "application/x-ole-storage" and b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k" in data:
        raise EncryptedFileError(
            "tệp Office có mật khẩu (the Office file is protected by a password)",
            do="Bỏ mật khẩu rồi nạp lại (remove the password and ingest again)",
        )
    raise UnsupportedFileError(
        f"nội dung là {kind}, chưa có bộ đọc (no reader for this content)",
        do="Chuyển sang PDF có chữ, DOCX, HTML hoặc văn bản (convert to PDF with text, DOCX, HTML or text)",
    )
