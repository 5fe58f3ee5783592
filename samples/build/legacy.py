"""Unicode → the code points of the fonts that Vietnamese offices typed in before Unicode: TCVN3 (.VnTime) and VNI.

Tables: TCVN 5712:1993 (VN3, the "ABC" fonts) and VNI-Windows, as published with the keyboard programs of the time.
"""

from __future__ import annotations

import unicodedata

FONTS = {"unicode": "Times New Roman", "tcvn3": ".VnTime", "tcvn3-caps": ".VnTimeH", "vni": "VNI-Times"}
TONES = "\u0300\u0301\u0309\u0303\u0323"  # grave, acute, hook, tilde, dot below
# each vowel with its codes: plain, grave, acute, hook, tilde, dot below
TCVN3 = {
    "a": "aµ¸¶·¹",
    "ă": "¨»¾¼½Æ",
    "â": "©ÇÊÈÉË",
    "e": "eÌÐÎÏÑ",
    "ê": "ªÒÕÓÔÖ",
    "i": "i×ÝØÜÞ",
    "o": "oßãáâä",
    "ô": "«åèæçé",
    "ơ": "¬êíëìî",
    "u": "uïóñòô",
    "ư": "\u00adõøö÷ù",
    "y": "yúýûüþ",
}
TCVN3_MORE = {"đ": "®", "Ă": "¡", "Â": "¢", "Ê": "£", "Ô": "¤", "Ơ": "¥", "Ư": "¦", "Đ": "§"}
VNI_TONES = dict(zip(TONES, "øùûõï", strict=True))
VNI_MARKED = {"â": "aâàáåãä", "ă": "aêèéúüë", "ê": "eâàáåãä", "ô": "oâàáåãä"}  # letter, then plain and the five tones
VNI_SINGLE = {"đ": "ñ", "ơ": "ô", "ư": "ö", "ì": "ì", "í": "í", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}


def _apart(char: str) -> tuple[str, str]:
    """A letter without its tone, and the tone (empty if none)."""
    parts = unicodedata.normalize("NFD", char)
    tone = next((c for c in parts if c in TONES), "")
    return unicodedata.normalize("NFC", parts.replace(tone, "") if tone else parts), tone


def tcvn3(char: str) -> str | None:
    """The TCVN3 code point of a character, None where the set has none (capitals with a tone)."""
    if char in TCVN3_MORE:
        return TCVN3_MORE[char]
    vowel, tone = _apart(char)
    if vowel in TCVN3:
        return TCVN3[vowel][TONES.index(tone) + 1 if tone else 0]
    return None if tone else char


def vni(char: str) -> str:
    """A character as VNI-Windows writes it: one code point, or a letter and a mark."""
    lower = char.lower()
    if lower in VNI_SINGLE:
        out = VNI_SINGLE[lower]
    else:
        vowel, tone = _apart(lower)
        if vowel in VNI_MARKED:
            codes = VNI_MARKED[vowel]
            out = codes[0] + codes[TONES.index(tone) + 2 if tone else 1]
        else:
            out = VNI_SINGLE.get(vowel, vowel) + (VNI_TONES[tone] if tone else "")
    return out.upper() if char != lower else out


def encode(text: str, voice: str) -> list[tuple[str, str]]:
    """Runs of (font, text) for a voice: unicode, tcvn3, tcvn3-caps or vni; the font is empty for Unicode.

    A capital with a tone stands in the capitals' font of TCVN3 as its small letter, as typists had to do.
    """
    if voice == "unicode":
        return [("", text)] if text else []
    if voice == "vni":
        return [(FONTS["vni"], "".join(map(vni, text)))]
    out: list[tuple[str, str]] = []
    for char in text:
        if voice == "tcvn3-caps":
            font, code = FONTS["tcvn3-caps"], char if char.isascii() else tcvn3(char.lower()) or char
        elif (code := tcvn3(char)) is not None:
            font = FONTS["tcvn3"]
        else:
            font, code = FONTS["tcvn3-caps"], tcvn3(char.lower()) or char
        if out and out[-1][0] == font:
            out[-1] = (font, out[-1][1] + code)
        else:
            out.append((font, code))
    return out
