"""Queries as they are misspelled: one word spelled as it sounds in a dialect, or struck by a slip of the fingers.

Sounds that whole regions do not tell apart (initials ch/tr, s/x, d/gi, l/n; finals n/ng, c/t; the tones hỏi and ngã)
are the commonest mistakes of Vietnamese writers; slips are the four of Damerau (1964): a letter missing, doubled,
swapped with the next, or another.
"""

from __future__ import annotations

import random
import re
import unicodedata

__all__ = ["mistyped"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_INITIALS = (("ch", "tr"), ("tr", "ch"), ("s", "x"), ("x", "s"), ("d", "gi"), ("gi", "d"), ("l", "n"), ("n", "l"))
_FINALS = (("ng", "n"), ("n", "ng"), ("c", "t"), ("t", "c"))
_TONES = {"\u0309": "\u0303", "\u0303": "\u0309"}  # hỏi, ngã
_HELD_TOGETHER = ("nh", "ng")  # initials whose first letter is no n
_ALPHABET = "abcdeghiklmnopqrstuvxy"


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one word misspelled.

    Args:
        text: a query.
        chance: draws the word and the mistake.

    Returns:
        The text as it was where no word has three letters.
    """
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    wrong = chance.choice(_as_it_sounds(word.group()) or [""]) if chance.random() < 0.5 else ""
    wrong = wrong or _slip(word.group(), chance)
    return f"{text[: word.start()]}{wrong}{text[word.end() :]}"


def _as_it_sounds(word: str) -> list[str]:
    """What the word is taken for by ear: each mistake that it allows."""
    found = []
    lower = word.lower()
    for right, wrong in _INITIALS:
        if lower.startswith(right) and not lower.startswith(_HELD_TOGETHER):
            found.append(wrong + word[len(right) :])
    for right, wrong in _FINALS:
        if lower.endswith(right) and (right != "n" or not lower.endswith("ng")):
            found.append(word[: -len(right)] + wrong)
    apart = unicodedata.normalize("NFD", word)
    other = "".join(_TONES.get(sign, sign) for sign in apart)
    if other != apart:
        found.append(unicodedata.normalize("NFC", other))
    return found


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word) - 1)
    before, letter, behind = word[:place], word[place], word[place + 1 :]
    return chance.choice(
        (
            before + behind,
            before + letter + letter + behind,
            before + behind[0] + letter + behind[1:],
            before + chance.choice(_ALPHABET) + behind,
        )
    )
