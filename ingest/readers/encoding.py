"""Bytes to text: UTF-8 and UTF-16, and what old machines wrote; every guess becomes a warning."""

from __future__ import annotations

import codecs
import re
import unicodedata

from ingest.document import ParseWarning
from ingest.legacy_fonts import Tally, charset_of_bytes, convert
from ingest.letters import LOWER, UPPER

_SAMPLE = 200_000  # bytes that a guess is based on
_LETTER = re.compile(f"[{UPPER}{LOWER}–—‘’“”…]")


def decode(data: bytes) -> tuple[str, list[ParseWarning]]:
    """Bytes to text: UTF-8, UTF-16, UTF-32, fonts before Unicode, Vietnamese Windows, a guess; guesses are told."""
    if codec := marked(data):
        return data.decode(codec, "replace"), []
    if codec := utf32_without_mark(data) or utf16_without_mark(data):
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
    charset = charset_of_bytes(data[:_SAMPLE])
    if charset and charset != "cp1258":
        return _legacy(data, charset)
    codec = charset or _code_page(data[:_SAMPLE])
    return data.decode(codec, "replace"), [_guessed(codec)]


def _legacy(data: bytes, charset: str) -> tuple[str, list[ParseWarning]]:
    """The bytes of a file that was typed in a font before Unicode."""
    tally = Tally(guessed=True)
    lines = [convert(line, charset) for line in data.decode("latin-1").split("\n")]
    for line in lines:
        tally.add(charset, line)
    return "\n".join(line.text for line in lines), tally.warnings()


def _guessed(codec: str) -> ParseWarning:
    told = f"Không phải UTF-8, đọc theo {codec}, xin kiểm tra dấu / not UTF-8, read as {codec}"
    return ParseWarning("encoding", told)


def unicode_form(data: bytes) -> str | None:
    """UTF-16 or UTF-32, with or without a mark; None for everything else."""
    return marked(data) or utf32_without_mark(data) or utf16_without_mark(data)


def marked(data: bytes) -> str | None:
    """UTF-32 or UTF-16 where the byte order mark says so; the longer mark first, as it starts like the shorter one."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(data) % 4 == 0:
        return "utf-32"
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def utf32_without_mark(data: bytes) -> str | None:
    """The byte order of UTF-32 that lacks its mark: of four bytes the two highest are 0 in nearly every text."""
    head = data[: 4096 & ~3]
    if len(head) < 8 or len(data) % 4:
        return None
    for codec, high in (("utf-32-le", (head[3::4], head[2::4])), ("utf-32-be", (head[::4], head[1::4]))):
        if not any(high[0]) and sum(map(bool, high[1])) <= 0.03 * len(high[1]):
            try:
                head.decode(codec)
            except UnicodeDecodeError:
                continue
            return codec
    return None


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
    if is_vietnamese(unicodedata.normalize("NFC", sample.decode("cp1258", "replace"))):
        return "cp1258"
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else "cp1258"


def is_vietnamese(text: str) -> bool:
    """Whether nine of ten signs above ASCII are Vietnamese letters or quotation marks; False where there is none."""
    signs = [c for c in text if c > "\x7f"]
    return bool(signs) and sum(bool(_LETTER.match(c)) for c in signs) >= 0.9 * len(signs)
