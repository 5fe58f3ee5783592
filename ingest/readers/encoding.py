"""Bytes to text: UTF-8 and UTF-16, and what old machines wrote; every guess becomes a warning."""

from __future__ import annotations

import re
import unicodedata

from ingest.document import ParseWarning
from ingest.letters import LOWER, UPPER

_SAMPLE = 200_000  # bytes that a guess is based on
_LETTER = re.compile(f"[{UPPER}{LOWER}–—‘’“”…]")


def decode(data: bytes) -> tuple[str, list[ParseWarning]]:
    """Bytes to text: UTF-8, UTF-16, Vietnamese Windows, otherwise the best guess; guesses are reported."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    if codec := utf16_without_mark(data):
        return data.decode(codec, "replace"), [_guessed(codec)]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    signs = len(text) - len(text.encode("ascii", "ignore"))
    if broken * 5 < signs:  # UTF-8 with a few damaged bytes; of another code page hardly a letter would be valid
        message = f"Có {broken} chỗ hỏng mã UTF-8, hiện là � / {broken} places are damaged UTF-8, shown as �"
        return text, [ParseWarning("encoding", message)]
    codec = _code_page(data[:_SAMPLE])
    return data.decode(codec, "replace"), [_guessed(codec)]


def _guessed(codec: str) -> ParseWarning:
    told = f"Không phải UTF-8, đọc theo {codec}, xin kiểm tra dấu / not UTF-8, read as {codec}"
    return ParseWarning("encoding", told)


def utf16_without_mark(data: bytes) -> str | None:
    """The byte order of UTF-16 that lacks its mark: in Vietnamese text nearly every second byte is 0, 1, 3 or 1E."""
    head = data[: 4096 & ~1]
    if len(head) < 8 or b"\x00" not in head:
        return None
    for codec, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        blocks = sum(b in b"\x00\x01\x03\x1e\x20" for b in high)
        if blocks >= 0.97 * len(high) and high.count(0) > 0.4 * len(high) and low.count(0) < 0.02 * len(low):
            return codec
    return None


def _code_page(sample: bytes) -> str:
    """windows-1258 where that makes the signs above ASCII letters of Vietnamese, else what charset-normalizer finds."""
    text = unicodedata.normalize("NFC", sample.decode("cp1258", "replace"))
    signs = [c for c in text if c > "\x7f"]
    letters = sum(bool(_LETTER.match(c)) for c in signs)
    if signs and letters >= 0.9 * len(signs):
        return "cp1258"
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else "cp1258"
