"""Slips of the fingers: what words lie one slip away from what was typed, and how likely each kind of slip is.

One slip is a Damerau–Levenshtein distance of 1 (Damerau 1964: a letter missing, doubled or too many, another one in its
place, two swapped, 80 % of all misspellings) over syllables without marks.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["MARK_OFF", "marks_off", "near_syllables"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

# How likely each slip is beside the others; only their order matters, the neighbours in the query decide.
_MISSING = _DOUBLED = _SWAPPED = 1.0
_NEIGHBOUR = 0.7
_EXTRA_NEIGHBOUR = 0.5
_OTHER = 0.1
MARK_OFF = 0.2
"""What each mark that does not agree takes away."""


@lru_cache(maxsize=1024)
def near_syllables(typed: str) -> tuple[tuple[str, float], ...]:
    """Letters that are one slip away from `typed` (without marks, lower case), each with its likelihood."""
    found: dict[str, float] = {}

    def note(word: str, likely: float) -> None:
        if word != typed and likely > found.get(word, 0.0):
            found[word] = likely

    near = _neighbours()
    for i, char in enumerate(typed):
        before, behind = typed[:i], typed[i + 1 :]
        around = before[-1:] + behind[:1]
        extra = _DOUBLED if char in around else _OTHER
        if extra == _OTHER and any(char in near.get(other, "") for other in around):
            extra = _EXTRA_NEIGHBOUR
        note(before + behind, extra)
        if behind:
            note(before + behind[0] + char + behind[1:], _SWAPPED)
        for other in _ALPHABET:
            note(before + other + behind, _NEIGHBOUR if other in near.get(char, "") else _OTHER)
            note(before + other + typed[i:], _MISSING)
    for other in _ALPHABET:
        note(typed + other, _MISSING)
    return tuple(found.items())


def marks_off(typed: str, key: str) -> int:
    """How many marks of two marked keys do not agree: the tone, and each letter with a mark of its own."""
    tones = [word[-1] if word[-1:].isdigit() else "" for word in (typed, key)]
    letters = [{char for char in word if char > "\x7f"} for word in (typed, key)]
    return (tones[0] != tones[1]) + len(letters[0] ^ letters[1])


@lru_cache(maxsize=1)
def _neighbours() -> dict[str, str]:
    """Letter → the letters beside it on a keyboard, in its row and the rows above and below."""
    places = {char: (r, c + r * 0.5) for r, row in enumerate(_ROWS) for c, char in enumerate(row)}
    return {
        a: "".join(b for b, (r2, c2) in places.items() if a != b and abs(r - r2) <= 1 and abs(c - c2) <= 1)
        for a, (r, c) in places.items()
    }
