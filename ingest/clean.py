"""Characters before structure: NFC, control characters, private-use debris; each repair is a warning."""

from __future__ import annotations

import re
import unicodedata

from ingest.document import ParseWarning
from ingest.lines import PRIVATE

# Line ends of every system; U+000B is Word's line break, U+000C the page break of text files
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Kept: tab and newline, which carry structure. U+00AD is a soft hyphen, U+200B..U+200F and U+FEFF are invisible.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LONG_RUN = re.compile(r"([\u0300-\u036f]{4})[\u0300-\u036f]+")
_WIDE_SPACE = re.compile(r"[ \t]{200,}")  # no layout; only there to make patterns that look for white space slow


def clean_text(text: str) -> tuple[str, list[str], list[ParseWarning]]:
    """NFC text with unusual spaces made plain and unprintable characters taken out.

    Returns:
        The text, the characters taken out (for the account), and a warning for each kind of repair.
    """
    warnings: list[ParseWarning] = []
    removed: list[str] = []
    text = _NEWLINES.sub("\n", text)

    def drop(pattern: re.Pattern[str], code: str, what: str) -> None:
        nonlocal text
        found = pattern.findall(text)
        if found:
            removed.append("".join(found))
            text = pattern.sub("", text)
            warnings.append(ParseWarning(code, f"{what}: {len(found)}"))

    drop(PRIVATE, "private-use", "Đã bỏ ký tự vùng riêng / private-use characters removed")
    drop(
        _CONTROL, "control-characters", "Đã bỏ ký tự điều khiển hoặc vô hình / control or invisible characters removed"
    )
    if _LONG_RUN.search(text):
        text = _LONG_RUN.sub(r"\1", text)
        warnings.append(ParseWarning("combining-marks", "Chuỗi dấu kết hợp quá dài đã cắt / runs of marks shortened"))
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        warnings.append(
            ParseWarning("not-nfc", "Văn bản không ở dạng NFC, đã chuẩn hóa / text was not in NFC, normalised")
        )
    return _WIDE_SPACE.sub(" ", _SPACES.sub(" ", text)), removed, warnings
