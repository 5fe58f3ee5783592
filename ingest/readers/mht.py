"""MHTML: a web page saved as one file (RFC 2557), as Word and browsers write it; the page in it is read as HTML."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message

from ingest.document import ParseWarning
from ingest.errors import FileUnreadableError
from ingest.lines import Reading
from ingest.readers.html import read_html

MAX_MIME_PARTS = 5_000


def read_mht(data: bytes) -> Reading:
    """Read the page that an MHTML file shows; its pictures and styles are not looked at, nothing is fetched.

    Raises:
        FileUnreadableError: no page in it.
        EmptyFileError: no text in the page.
    """
    try:
        message = message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"))
        parts = [p for p, _ in zip(message.walk(), range(MAX_MIME_PARTS), strict=False) if not p.is_multipart()]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(f": {error}") from error
    pages = [p for p in parts if p.get_content_type() in {"text/html", "application/xhtml+xml"}]
    pages = [p for p in pages if not _is_running_head(p)] or pages
    start = _start(message)
    page = next((p for p in pages if start and _header(p, "Content-ID") == start), pages[0] if pages else None)
    if page is None:
        raise _unreadable("")
    reading = read_html(_payload(page), page.get_content_charset())
    reading.media_type = "multipart/related"
    if others := len(pages) - 1:
        told = f"Tệp có {others} trang khác, chưa đọc / {others} other pages in the file were not read"
        reading.warnings.append(ParseWarning("other-pages", told))
    return reading


def _unreadable(why: str) -> FileUnreadableError:
    return FileUnreadableError(
        f"MHTML không có trang nào đọc được (no page in it){why}",
        do="Lưu lại dạng DOCX hoặc HTML (save as DOCX or HTML)",
    )


def _start(message: Message) -> str | None:
    """The id of the part that is the page itself, where the message names one."""
    value = message.get_param("start")
    return value.strip() if isinstance(value, str) else None


def _header(part: Message, name: str) -> str:
    return str(part.get(name, "")).strip()  # a header that is not ASCII is no string but an object


def _payload(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise _unreadable("")
    return content


def _is_running_head(part: Message) -> bool:
    """Word keeps page headers, footers and the rules above footnotes in a page of their own."""
    return bool(re.search(r"(?:^|/)header\.html?$", _header(part, "Content-Location"), re.I))
