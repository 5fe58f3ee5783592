"""Characters before structure: NFC, control characters, private-use debris; each repair is a warning."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from ingest.document import ParseWarning
from ingest.lines import PRIVATE, Block

# Line ends of every system; U+000B is Word's line break, U+000C the page break of text files
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Kept: tab and newline, which carry structure. Out: control characters, soft hyphens, what is invisible or turns the
# direction of writing (and so shows another text than is stored), tags, lone halves of a pair, noncharacters
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LONG_RUN = re.compile(r"([\u0300-\u036f]{4})[\u0300-\u036f]+")
_WIDE_SPACE = re.compile(r"[ \t]{200,}")  # no layout; only there to make patterns that look for white space slow

NOT_NFC = ParseWarning("not-nfc", "Văn bản không ở dạng NFC, đã chuẩn hóa / text was not in NFC, normalised")


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
        warnings.append(NOT_NFC)
    return _WIDE_SPACE.sub(" ", _SPACES.sub(" ", text)), removed, warnings


def compose_blocks(blocks: list[Block]) -> bool:
    """NFC again where markup or a marker stood between a letter and its mark ("e<b>", U+0301).

    Args:
        blocks: with their markers settled; texts, cells and the offsets into the texts are changed in place.

    Returns:
        Whether there was anything to do.
    """
    found = False
    for block in blocks:
        if unicodedata.is_normalized("NFC", block.text):
            continue
        found = True
        old, block.text = block.text, unicodedata.normalize("NFC", block.text)
        places = _moved(old, block.text, [block.lead, *(at for at, _ in block.anchors)])
        block.lead = places[block.lead]
        block.anchors = [(places[at], note) for at, note in block.anchors]
        if block.cells is not None:
            block.cells = tuple(unicodedata.normalize("NFC", cell) for cell in block.cells)
    return found


def _moved(old: str, new: str, places: list[int]) -> dict[int, int]:
    """Where `places` of `old` are in `new`: counted in the canonical decomposition, which is the same for both."""
    wanted = sorted(set(places))
    moved: dict[int, int] = {}
    passed = position = reached = 0
    for start, place in pairwise([0, *wanted]):
        passed += len(unicodedata.normalize("NFD", old[start:place]))
        while reached < passed and position < len(new):
            reached += len(unicodedata.normalize("NFD", new[position]))
            position += 1
        moved[place] = position
    return moved
