"""Vietnamese as its keyboards type it, without the program that turns the keys into letters: Telex and VNI.

Telex writes marks with letters ("giamr ngheof", "ddarng vieen"), VNI with digits ("gia3m nghe2o"). Both allow the tone
key anywhere behind the vowel. Rules after the keyboards' own descriptions (Unikey, "Telex" and "VNI" input methods).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from index.tokens import syllable_keys

__all__ = ["ENGLISH", "telex", "vni"]

# Tone keys → the tone's digit in a marked key (`index.tokens.syllable_keys`).
_TELEX_TONES = {"f": "1", "s": "2", "x": "3", "r": "4", "j": "5"}
_VNI_TONES = {"2": "1", "1": "2", "4": "3", "3": "4", "5": "5"}
_MARKED_TONES = {"\u0300": "1", "\u0301": "2", "\u0303": "3", "\u0309": "4", "\u0323": "5"}
_CIRCUMFLEX = dict(zip("aeo", "âêô", strict=True))
_HORN = dict(zip("ou", "ơư", strict=True))
_VOWELS = frozenset("aăâeêioôơuưy")
_TELEX = re.compile(r"[^\W\d_]{2,9}")
_VNI = re.compile(r"(?=[^\W_]*\d)[^\W\d_][^\W_]{1,9}")

# English words that are good Telex for a Vietnamese syllable ("car" → "cả"): never decoded.
ENGLISH = frozenset(
    """
    ads air arm arms arts as ax bans bar barn bars bats beats bee beef been beeps beer bees best bets bias bins bits
    boats boo boom boost boot boots born bows box buns bur burn burst bus cans caps car cars cash cast cats chair
    chairs chaos char chars chart charts chest chews choir chow coast coats coins cons cool coos corn cost cow cows
    cox crow cups cuts dad dams das dawn days dead dear deed deeds deep deer dens did died dir docs doer does door
    doors dots dow down dried dust ear eats fans fast fees fist fix floor food foods for free gaps gas gasp gear
    gees gets gifts goats good guest guns guts hair hangs harm harms harps has hats hear heats hens her hers his
    hits hoax hoof hoop hops horn horst host hour hours how hows hurts hus huts ins ions is its jaws just keen keep
    keeps laos last law laws lens lets list loans loom loop loops loos loot lost lots low lower lows lux mans maps
    mar mas mats max mays meats meet meets mens mist mix moo moods moon moor moos moot most mow mows must near need
    needs nest nets news nix nooks noon nor now nuns nuts oats of ooh oops ops or our ours own owns ox pans par
    parts past paws pear pees pens per percs pest pets pier pins pits plus poo pools poor pots puns pus puts queen
    queens quest quits rats rest roast room root roots row rows runs rust sans saws sax school schools seats see
    seeds seen sees sets sex sheep sits six soon sorts sow sows suns sur tans taps tar tart tax tee teen teens tees
    tens ter term terms test tex texts this thus tins tips toast toes tons too took tools toor torn tour tours tow
    tower town towns tows trans traps tree trees troop troops trust turn turns tutor urn us vans var vast veer vets
    views vis vow was week wins worn wow year years yes
    """.split()  # noqa: SIM905 (a list of words is read, not parsed)
)


@lru_cache(maxsize=2048)
def telex(word: str) -> str | None:
    """The marked key of a syllable typed in Telex; None where no key of it is a mark.

    Args:
        word: letters in NFC, as typed; marks that are there already are kept ("nghèof" is "nghèo").
    """
    if not _TELEX.fullmatch(word):
        return None
    tone, letters, used, keyed = "", "", False, ""
    for char, mark in _letters(word):
        tone = mark or tone
        if char in _TELEX_TONES and _has_vowel(letters):
            if keyed == char:
                return None  # typed twice a tone key is a letter ("boss")
            tone, used, keyed = _TELEX_TONES[char], True, char
        elif keyed and char in _VOWELS:
            return None  # nobody sets the tone before the vowels are typed ("these", "axis")
        elif char == "w" and (changed := _hooked(letters)):
            letters, used = changed, True
        elif char in _CIRCUMFLEX and letters.endswith(char):
            letters, used = letters[:-1] + _CIRCUMFLEX[char], True
        elif char == "d" and letters.startswith("d"):
            letters, used = "đ" + letters[1:], True
        else:
            letters += char
    return _key(letters, tone) if used else None


@lru_cache(maxsize=2048)
def vni(word: str) -> str | None:
    """The marked key of a syllable typed in VNI; None where its digits are no marks.

    Args:
        word: letters and digits, starting with a letter, in NFC.
    """
    if not _VNI.fullmatch(word):
        return None
    tone, letters = "", ""
    for char, mark in _letters(word):
        tone = mark or tone
        if not char.isdigit():
            letters += char
        elif char in _VNI_TONES and _has_vowel(letters):
            tone = _VNI_TONES[char]
        elif char == "6" and (place := _last(letters, "aeo")) >= 0:
            letters = _put(letters, place, _CIRCUMFLEX[letters[place]])
        elif char == "7" and (changed := _hooked(letters, breve=False)):
            letters = changed
        elif char == "8" and (place := _last(letters, "a")) >= 0:
            letters = _put(letters, place, "ă")
        elif char == "9" and letters.startswith("d"):
            letters = "đ" + letters[1:]
        else:
            return None
    return _key(letters, tone)


def _letters(word: str) -> list[tuple[str, str]]:
    """Each letter without its tone, and the tone's digit ("" for none)."""
    found = []
    for char in word.lower():
        parts = unicodedata.normalize("NFD", char)
        tone = next((_MARKED_TONES[p] for p in parts if p in _MARKED_TONES), "")
        found.append((unicodedata.normalize("NFC", "".join(p for p in parts if p not in _MARKED_TONES)), tone))
    return found


def _has_vowel(letters: str) -> bool:
    return any(char in _VOWELS for char in letters)


def _hooked(letters: str, *, breve: bool = True) -> str | None:
    """The letters with the hook key's mark: "uo" → "ươ", else the last o, u (or a) that can take one."""
    if (place := letters.rfind("uo")) >= 0 and not letters.startswith("quo"):
        return _put(_put(letters, place, "ư"), place + 1, "ơ")
    if letters.endswith("ua") and not letters.startswith("qua"):
        return letters[:-2] + "ưa"
    place = _last(letters, "oua" if breve else "ou")
    if place < 0:
        return None
    if letters[place] == "a":
        return _put(letters, place, "ă")
    return _put(letters, place, _HORN[letters[place]])


def _last(letters: str, wanted: str) -> int:
    return max(letters.rfind(char) for char in wanted)


def _put(letters: str, place: int, char: str) -> str:
    return letters[:place] + char + letters[place + 1 :]


def _key(letters: str, tone: str) -> str:
    return syllable_keys(letters)[0] + tone
