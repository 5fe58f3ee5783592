"""What a quotation may not change: its words, numbers and signs, as keys with the offsets they stand at.

Two texts say the same when their keys are equal one by one. A key is blind to what a copy changes without a reader
noticing: white space, kinds of quotation marks and dashes, case, the Unicode form, and where a tone mark was typed
("hoá" and "hòa" but for the tone). It is strict on everything else: every letter with its marks, every digit with the
points and commas between digits ("1.234" is not "1234"), per cent, signs at numbers. Punctuation between words is no
key; `index.quotes` says where it differs.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DASHES = "-‐‑‒–—―−"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WORD = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<raised>[{_RAISED}]+)"
    r"|(?P<word>[^\W\d_⁰¹²³⁴-⁹]+)"
    r"|(?P<sign>[%‰°<>=≤≥±×÷/])"
    # at a number these change its value or join two; between words they are punctuation
    rf"|(?P<joint>[{_DASHES}+](?=\s?\d)|(?<=\d)[{_DASHES}+]|(?<=\d\s)[{_DASHES}+])"
)
_MARKUP = re.compile(r"<(?:sup|SUP)>\s*(\d+)\s*</(?:sup|SUP)>|\[(?:footnoteRef:|\^)(\d+)\]")
_TAGS = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|span|p|br)\s*/?>", re.IGNORECASE)
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
        keys.append(_key(match[0]) if match.lastgroup == "word" else _sign(match[0]))
        spans.append(match.span())
    return Wording(tuple(keys), tuple(spans))


def quoted(text: str) -> tuple[str, Wording]:
    """A quotation as it was handed in: NFC, converters' markup and characters that nobody sees taken out, its words.

    Signs and raised digits at its edges are no words of it ("- 15 xã" quotes "15 xã"), per cent and degrees excepted.
    """
    clean = unicodedata.normalize("NFC", text).translate(_NOT_SEEN)
    clean = _TAGS.sub("", _MARKUP.sub(lambda match: f"[{match[1] or match[2]}]", clean)).strip()
    words = wording(clean)
    first, last = 0, len(words)
    while first < last and _at_edge(words.keys[first]):
        first += 1
    while last > first and _at_edge(words.keys[last - 1]):
        last -= 1
    return clean, Wording(words.keys[first:last], words.spans[first:last])


@lru_cache(maxsize=65536)
def _key(word: str) -> str:
    """Lower case with the tone behind the letters, so that old and new placement are one."""
    plain, tone = [], ""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tone += char
        else:
            plain.append(char)
    return unicodedata.normalize("NFC", "".join(plain)) + tone


def _sign(text: str) -> str:
    return "-" if text in _DASHES else text


def _at_edge(key: str) -> bool:
    return key in _EDGE or all(char in _RAISED for char in key)


_EDGE = frozenset("-+/<>=≤≥±×÷")


def as_number(key: str) -> str | None:
    """The digits of a key that may be a footnote's marker ("4", "⁴"), else None."""
    if key and all(char in _RAISED for char in key):
        return "".join(str(_RAISED.index(char)) for char in key)
    return key if key.isdigit() else None


def folded(key: str) -> str:
    """A key without its diacritics, to tell a missing mark from another word."""
    plain = unicodedata.normalize("NFD", key).replace("đ", "d")
    return "".join(char for char in plain if not unicodedata.combining(char))
