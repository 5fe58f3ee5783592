"""The code tables of TCVN3 (ABC), VNI and VPS, the character sets of Vietnamese fonts before Unicode.

Checked cell by cell against the tables of UniKey (``ukengine/data.cpp`` of vn-input/ibus-unikey: TCVN3, VPS, VNI-WIN),
those of xvnkb (``vni.h`` of lamdao/xvnkb), Mozilla's ``intl/uconv/ucvlatin/vps.ut`` and glibc's ``TCVN5712-1``, which
is the whole standard TCVN 5712:1993 that TCVN3 is the third part of. Tables copied on the web are often wrong.
"""

from __future__ import annotations

import unicodedata
from functools import cache

CHARSETS = ("tcvn3", "vni", "vps")
NAMES = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "vps": "VPS"}

# Code of the first letter → letters of the codes that follow each other
_TCVN3 = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
# Capitals of the whole standard, which the fonts of TCVN3 lack: read, but doubtful
_TCVN_CAPITALS = {0xAF: "Ằ", 0xBA: "Ẳ", 0xBF: "ẴẮẦẨẪẤỀ", 0xCD: "Ể", 0xD9: "ỄẾỒ", 0xE0: "Ổ", 0xF0: "Ỗ", 0xFF: "Ố"}
# Tones as signs of their own, behind a capital
TCVN_TONES = {0xB0: "\u0300", 0xB1: "\u0309", 0xB2: "\u0303", 0xB3: "\u0301", 0xB4: "\u0323"}
_VPS = {
    0x02: "ẠẬẶẸỆ",
    0x10: "ỊỌỘỢỤỰ",
    0x19: "Ỵ",
    0x1C: "ẪỮ",
    0x80: "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ‘’ỀỂỄỐỒỔỖýỷỵỚỜỞ",
    0xA1: "ắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕựầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺßàáâãảạăçèéêẽìíîĩẴĐòóôõöƠụùúủüỶẼỳ",
}
# Capitals that programs write with the small letter's code, since theirs is a control character
_VPS_SHARED = "ạẫậặẹệịọộợụữựỵ"
# Letters and signs of VNI that need no letter before them
_VNI_SINGLE = {0xCD: "Í", 0xCC: "Ì", 0xC6: "Ỉ", 0xD3: "Ĩ", 0xD2: "Ị", 0xCE: "Ỵ", 0xD1: "Đ", 0xD4: "Ơ", 0xD6: "Ư"}
_VNI_TONES = {0xD9: "\u0301", 0xD8: "\u0300", 0xDB: "\u0309", 0xD5: "\u0303", 0xCF: "\u0323"}
_VNI_ROOF = {0xC2: "", 0xC1: "\u0301", 0xC0: "\u0300", 0xC5: "\u0309", 0xC3: "\u0303", 0xC4: "\u0323"}  # on a, e, o
_VNI_BREVE = {0xCA: "", 0xC9: "\u0301", 0xC8: "\u0300", 0xDA: "\u0309", 0xDC: "\u0303", 0xCB: "\u0323"}  # on a
_SMALL = 0x20  # from a capital's code to the small letter's, in VNI as in Latin-1
SHIELD = 0x10F000  # private characters that carry codes which cleaning would take out (`shield`)


def _spread(runs: dict[int, str]) -> dict[int, str]:
    return {first + i: letter for first, letters in runs.items() for i, letter in enumerate(letters)}


@cache
def single_codes(charset: str) -> dict[int, str]:
    """Code → letter, for the codes that stand alone."""
    if charset == "tcvn3":
        return _spread(_TCVN3 | _TCVN_CAPITALS)
    if charset == "vps":
        return _spread(_VPS)
    return _VNI_SINGLE | {code + _SMALL: letter.lower() for code, letter in _VNI_SINGLE.items()}


@cache
def doubtful_codes(charset: str) -> frozenset[int]:
    """Codes that the fonts of the character set do not really have."""
    return frozenset(_spread(_TCVN_CAPITALS)) if charset == "tcvn3" else frozenset()


@cache
def caseless_codes(charset: str) -> frozenset[int]:
    """Codes of a small letter that is written for its capital too: TCVN3 has no capital with a tone."""
    if charset == "tcvn3":
        return frozenset(code for code in _spread(_TCVN3) if code >= 0xB5)
    if charset == "vps":
        return frozenset(code for code, letter in _spread(_VPS).items() if letter in _VPS_SHARED)
    return frozenset()


@cache
def pairs() -> dict[tuple[str, int], str]:
    """VNI's pairs: (letter as read so far, code of the sign behind it) → letter; the sign may be of either case."""
    out: dict[tuple[str, int], str] = {}
    for base in "aeouyơư":
        marks = dict(_VNI_TONES)
        if base in "aeo":
            marks |= {code: "\u0302" + tone for code, tone in _VNI_ROOF.items()}
        if base == "a":
            marks |= {code: "\u0306" + tone for code, tone in _VNI_BREVE.items()}
        for code, mark in marks.items():
            letter = unicodedata.normalize("NFC", base + mark)
            for either in (code, code + _SMALL):
                out[base, either] = letter
                out[base.upper(), either] = letter.upper()
    return out


@cache
def code_points() -> dict[str, int]:
    """Character → the byte that it was: by Latin-1, Windows 1252 or 1258, a symbol font (U+F0xx), or `shield`."""
    out: dict[str, int] = {}
    for code in range(0x80, 0x100):
        for codec in ("cp1258", "cp1252"):
            if char := bytes([code]).decode(codec, "ignore"):
                out[char] = code
        out[chr(code)] = code
    for code in range(0x20, 0x100):
        out[chr(0xF000 + code)] = code
        out[chr(SHIELD + code)] = code
    return out


@cache
def western(code: int) -> str:
    """What a code without a Vietnamese letter prints: quotation marks and dashes at Windows' places."""
    return bytes([code]).decode("cp1252", "ignore") or chr(code)


_SHIELDED = [*range(0x80, 0xA0), 0xAD]  # what cleaning takes out; U+0085 it makes a line end
_COMBINING = {"\u0300": 0xCC, "\u0309": 0xD2, "\u0303": 0xDE, "\u0301": 0xEC, "\u0323": 0xF2}  # of Windows 1258


@cache
def _shielding() -> tuple[dict[int, int], dict[int, int]]:
    there = {code: SHIELD + code for code in _SHIELDED} | {ord(c): SHIELD + code for c, code in _COMBINING.items()}
    return there, {private: code for code, private in there.items()}


def shield(text: str) -> str:
    """`text` with the characters that cleaning would take out or join moved to private ones; `unshield` undoes it."""
    return text if text.isascii() else text.translate(_shielding()[0])


def unshield(text: str) -> str:
    """The inverse of `shield`."""
    return text.translate(_shielding()[1])
