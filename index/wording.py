"""What a quotation may not change: its words, numbers and signs, as keys with the offsets they stand at.

Two texts say the same when their keys are equal one by one. A key is blind to what a copy changes without a reader
noticing: white space, kinds of quotation marks and dashes, case, the Unicode form, and where a tone mark was typed
("hoá" and "hòa" but for the tone). It is strict on everything else: every letter with its marks, every digit with the
points and commas between digits ("1.234" is not "1234"), per cent, signs at numbers; only "m²" is "m2". Punctuation
between words is no key; `index.quotes` says where it differs.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DASHES = "-‐‑‒–—―−"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
METRES = frozenset(("mm", "cm", "dm", "m", "dam", "hm", "km"))  # "m²" and "m2" are one unit
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WORD = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<raised>[{_RAISED}]+)"
    r"|(?P<word>[^\W\d_⁰¹²³⁴-⁹]+)"
    # at a number these change its value or join two; between words they are punctuation
    rf"|(?P<joint>[{_DASHES}+](?=\)?\s{{0,4}}\d)|(?<=\d)[{_DASHES}+]|(?<=\d\s)[{_DASHES}+]|(?<=\d):(?=\d))"
    r"|(?P<other>[^\w\s])"
)
# What may say something by itself: money, mathematics, other symbols; directions and overstruck marks, which change
# what is seen. Table rules and bullets do not.
_SPEAKING = frozenset(("Sc", "Sm", "So", "Cf", "Mn", "Me"))
_SIGNS, _SILENT = frozenset("%‰/~"), frozenset("|+`^" + _DASHES)
_MARKUP = re.compile(r"<sup>\s*(\d+)\s*</sup>|\[(?:footnoteRef:|\^)(\d+)\]", re.IGNORECASE)
_BREAKS = re.compile(r"</?(?:br|p|div|li|tr|td)\s*/?>", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|span)\s*/?>", re.IGNORECASE)
_NOT_SEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text.

    Attributes:
        keys: of each word, number or sign, in reading order.
        spans: half-open character range of each in the text.
    """

    keys: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.keys)


def wording(text: str) -> Wording:
    """The words of an NFC text, with their offsets in it."""
    keys, spans = [], []
    for match in _WORD.finditer(text):
        kind, found = match.lastgroup, match[0]
        if kind == "other" and not _speaks(found):
            continue
        if kind == "raised" and keys and spans[-1][1] == match.start() and keys[-1] in METRES:
            found = _lowered(found)
        keys.append(_key(found) if kind == "word" else "-" if found in _DASHES else found)
        spans.append(match.span())
    return Wording(tuple(keys), tuple(spans))


@lru_cache(maxsize=4096)
def _speaks(char: str) -> bool:
    """Whether a character that is no letter, digit or blank belongs to the wording."""
    if char in _SIGNS:
        return True
    bullet = "\u25a0" <= char <= "\u25ff"
    return char not in _SILENT and not bullet and unicodedata.category(char) in _SPEAKING


def quoted(text: str) -> tuple[str, Wording]:
    """A quotation as it was handed in: NFC, converters' markup and characters that nobody sees taken out, its words.

    A bullet before it ("- 15 xã", "+ 15 xã") and the raised number of a note before its text are no words of it; a sign
    that touches what follows is.
    """
    clean = unicodedata.normalize("NFC", text).translate(_NOT_SEEN)
    clean = _TAGS.sub("", _BREAKS.sub(" ", _MARKUP.sub(lambda match: _raised(match[1] or match[2]), clean)))
    clean = html.unescape(clean).strip()
    words = wording(clean)
    first = 0
    while first < len(words) and _before(words.keys[first], clean[words.spans[first][1] :]):
        first += 1
    return clean, Wording(words.keys[first:], words.spans[first:])


def _lowered(raised: str) -> str:
    return "".join(str(_RAISED.index(char)) for char in raised)


def _raised(digits: str) -> str:
    return "".join(_RAISED[int(digit)] for digit in digits)


def _before(key: str, rest: str) -> bool:
    """Whether a key at the start of a quotation is a bullet or the number of a note."""
    return (key in "-+" and rest[:1].isspace()) or (bool(key) and all(char in _RAISED for char in key))


def bare(key: str, following: str, text: str, spans: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    """Whether one of two neighbouring keys is a number and the other a sign or unit that touches it.

    Args:
        key: the first one.
        following: the one behind it.
        text: that both stand in.
        spans: where.
    """
    if text[spans[0][1] : spans[1][0]].strip() or spans[1][0] - spans[0][1] > 1:
        return False
    touching = spans[1][0] == spans[0][1]
    if following[:1].isdigit():
        return key in "<>≤≥±≈~$€£¥" or (key in "-+" and touching)
    raised = all(char in _RAISED for char in following)
    return key[:1].isdigit() and (following in "%‰°" or (touching and raised))


@lru_cache(maxsize=8192)
def _key(word: str) -> str:
    """Lower case with the tone behind the letters, so that old and new placement are one."""
    plain, tone = [], ""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tone += char
        else:
            plain.append(char)
    return unicodedata.normalize("NFC", "".join(plain)) + tone


def as_number(key: str) -> str | None:
    """The digits of a key that may be a footnote's marker ("4", "⁴"), else None."""
    if key and all(char in _RAISED for char in key):
        return _lowered(key)
    return key if key.isdigit() else None


@lru_cache(maxsize=8192)
def folded(key: str) -> str:
    """A key without its diacritics, to tell a missing mark from another word."""
    plain = unicodedata.normalize("NFD", key).replace("đ", "d")
    return "".join(char for char in plain if not unicodedata.combining(char))
