"""English words as the thesaurus compares them: no function words, no endings, one spelling for Britain and America."""

from __future__ import annotations

import re
from functools import lru_cache

from index.tokens import Token

_STOP = re.compile(
    "the|a|an|of|and|or|in|on|for|to|with|by|from|at|as|how|what|when|where|which|who|why|is|are|was|were|be|been|has|"
    "have|had|do|does|did|many|much|not|no|it|its|their|there|that|this|these|into|than|per|over|up|out|off|about|"
    "during|between|among|after|before|under|will|can|should|we|our|they|you|i|s"
)
# British → American: endings, and the words of the domain that have them.
_IZE = re.compile(r"is(e|ed|ing|ation)$")
_NEVER_IZE = re.compile(
    r"p?rais|exercis|(ad|re|super)vis|(com)?promis|premis|enterpris|surpris|franchis|expertis|[a-z]?[rw]is|nois|prec?is"
)
_SPELLING = (
    (re.compile(r"^(lab|neighb|hon|harb|behavi)our"), r"\1or"),
    (re.compile(r"^(program)me$"), r"\1"),
    (re.compile(r"^(cent|fib)re$"), r"\1er"),
    (re.compile(r"^(defen|licen|offen)ce$"), r"\1se"),
)
_ENDING = re.compile(r"(\w*[aeiouy]\w*?[^aeiou])(?:ing|ed)")


def english_keys(tokens: list[Token]) -> list[str]:
    """Comparable words: "households" → "household", "communities" → "community", "organised" → "organiz"."""
    return [key for token in tokens if (key := _key(token.folded))]


@lru_cache(maxsize=16384)
def _key(word: str) -> str:
    """The word's key; "" for a function word and what is no English word."""
    if _STOP.fullmatch(word) or not re.fullmatch(r"[a-z0-9]+", word):
        return ""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if not _NEVER_IZE.match(word):
        word = _IZE.sub(r"iz\1", word)
    for pattern, other in _SPELLING:
        word = pattern.sub(other, word)
    return _stem(word)


def _stem(word: str) -> str:
    """One key for the forms of a verb: "disciplining", "discipline" → "disciplin"; "dropping", "dropped" → "drop"."""
    if found := _ENDING.fullmatch(word):
        word = found.group(1)
        if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
            word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
