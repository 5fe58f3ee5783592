"""One reader a format, chosen by content: what the bytes say, not what the name says."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.errors import EmptyFileError, EncryptedFileError, UnsupportedFileError
from ingest.lines import Reading
from ingest.readers.containers import DOC, DOCX, ENCRYPTED_OFFICE, ODT, OLE, OLE_MAGIC, ZIP, OleFile, zip_kind
from ingest.readers.encoding import unicode_form
from ingest.readers.xml import open_container

MAX_FILE_BYTES = 512 * 1024 * 1024

RTF = "application/rtf"
MHT = "multipart/related"

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (OLE_MAGIC, OLE),
    (b"{\\rtf", RTF),
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


IMAGES = frozenset({"image/jpeg", "image/png", "image/tiff"})
_OFFICE = {DOC: ".doc", RTF: ".rtf", ODT: ".odt"}
_BLOCK_TAGS = rb"p|div|table|tr|td|h[1-6]|ul|ol|li|center|blockquote|body|section|article|main"
_FRAGMENT = re.compile(rb"<(?:%s|html|head|meta|title|style|font|span|b|strong|base|link)[\s>]" % _BLOCK_TAGS)
_BLOCK_END = re.compile(rb"</(?:%s)\s*>" % _BLOCK_TAGS)
_MIME = re.compile(rb"^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*(?:multipart/related|text/html)")


def sniff(data: bytes) -> str:
    """The media type of `data`, from its first bytes (and, for ZIP and OLE, from what is inside).

    Raises:
        EmptyFileError: no bytes at all.
        FileUnreadableError: a container whose table of contents is damaged.
    """
    if not data:
        raise EmptyFileError("tệp rỗng, 0 byte (the file is empty)", do="Kiểm tra lại bản gốc (check the original)")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return _inside(data, kind)
    if b"%PDF-" in data[:1024]:  # some converters put a few bytes before the header; readers of PDF accept that
        return "application/pdf"
    if codec := unicode_form(data):
        return _marked_up(data[:65536].decode(codec, "ignore").encode("utf-8"))
    return "application/octet-stream" if _is_binary(data[:8192]) else _marked_up(data[:65536])


def _inside(data: bytes, kind: str) -> str:
    if kind == ZIP:
        with open_container(data) as archive:
            return zip_kind(archive)
    return OleFile(data).kind() if kind == OLE else kind


def _marked_up(start: bytes) -> str:
    """HTML (also a piece of it without <html>), a web page in one file (MHTML), or plain text."""
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    head = start[:4096]
    if b"mime-version:" in head and _MIME.match(head.replace(b"\r\n", b"\n")):
        return MHT
    if head.startswith((b"<!doctype html", b"<html")) or (b"<html" in head and b"<body" in start):
        return "text/html"
    shown = start
    for opening, closing in ((b"<?xml", b"?>"), (b"<!--", b"-->")):
        if shown.startswith(opening):
            shown = shown.partition(closing)[2].lstrip()
    if not _FRAGMENT.match(shown):
        return "text/plain"
    # Markdown may open with a block of HTML as well, but goes on without
    lines = sum(1 for line in shown.split(b"\n") if line.strip())
    headings = len(re.findall(rb"^#{1,6} ", shown, re.M))
    return "text/html" if not headings and len(_BLOCK_END.findall(shown)) * 20 >= lines else "text/plain"


def _is_binary(head: bytes) -> bool:
    """A stray NUL may stand in a text; many, or many control characters beside it, do not."""
    if b"\x00" not in head:
        return False
    controls = len(head) - len(head.translate(None, bytes([*range(9), *range(14, 32)])))
    return head.count(b"\x00") > len(head) // 100 or controls > len(head) // 20


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
    if kind in _OFFICE:
        from ingest.readers.office import read_office

        return read_office(data, kind, _OFFICE[kind])
    if kind in IMAGES:
        from ingest.readers.image import read_image

        return read_image(data, kind)
    if kind in {"text/html", MHT}:
        from ingest.readers.html import read_html
        from ingest.readers.mht import read_mht

        return read_html(data) if kind == "text/html" else read_mht(data)
    if kind == "text/plain":
        from ingest.readers.text import read_text

        return read_text(data, markdown=Path(name).suffix.lower() in {".md", ".markdown"})
    if kind == ENCRYPTED_OFFICE:
        raise EncryptedFileError(
            "tệp Office có mật khẩu (the Office file is protected by a password)",
            do="Bỏ mật khẩu rồi nạp lại (remove the password and ingest again)",
        )
    raise UnsupportedFileError(
        f"nội dung là {kind}, chưa có bộ đọc (no reader for this content)",
        do="Chuyển sang PDF có chữ, DOCX, HTML hoặc văn bản (convert to PDF with text, DOCX, HTML or text)",
    )
