"""Words of Vietnamese text: underthesea behind one function, offsets kept.

What underthesea alone would do wrong, and what is done here instead (all measured on version 9.5):

* It splits ``02-NQ/HU`` into five tokens and rewrites characters. So the text is cut into tokens here, with numbers,
  dates and document numbers whole, and underthesea only decides which neighbours form one word.
* Its answer depends on case: ``ỦY BAN NHÂN DÂN`` loses its first syllable. So what stands in capitals is shown to it in
  lower case, and a heading is cut like the words of a query. Capitals at the start of a word are kept: they are what
  tells ``Huyện ủy | Mường Ảng`` apart. The price is small: against the same words typed in lower case 98.0 % of the
  boundaries agree (98.6 % if all case were dropped).
* On text without diacritics its answer is noise. Such text is cut into syllables.
* ``import underthesea`` pulls in its translator, and with it torch (4–6 s), and a classifier that installs a logging
  handler. Those optional parts are kept out while it is imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

__all__ = ["Word", "cut", "fold", "has_diacritics", "lines_kept", "remember", "segment", "segmented_form", "words_form"]

_NOT_NEEDED = (
    "underthesea.agent",
    "underthesea.address",
    "underthesea.pipeline.classification",
    "underthesea.pipeline.dependency_parse",
    "underthesea.pipeline.lang_detect",
    "underthesea.pipeline.sentiment",
    "underthesea.pipeline.translate",
)

# A letter with the combining marks that follow it, so that decomposed text is cut like composed text. Superscript and
# subscript digits count as letters for `re`, yet stand for footnote markers and units: never part of a word.
_LETTER = r"(?:[^\W\d_⁰¹²³⁴-⁹₀-₉ªº][\u0300-\u036f]*)"
_WORD = rf"{_LETTER}+(?:['’ʼ]{_LETTER}+)*[0-9]*"
_DASH = r"(?:\s?[-–]\s?|/)"
_CODE = r"[A-ZĐa-zđ]{1,8}\d{0,3}"
_KINDS = r"(?:NQ|NĐ|QĐ|QDD|CT|CTr|CTHĐ|KL|TB|BC|KH|HD|TT|TTr|QC|ĐA|CV|TTLT|TTLB|QH|QyĐ|UBTVQH)"
_TOKEN = re.compile(
    # 02-NQ/HU · 30/2020/NĐ-CP · 72/2025/QH15 · 1719/QĐ-TTg · 294-QĐ/TW; also typed in lower case
    rf"(?P<number>(?<![\w/])\d+[A-Za-z]?(?:/\d{{4}})?{_DASH}{_CODE}(?:[-–/]{_CODE})+(?![\w])"
    rf"|(?<![\w/])\d+/\d{{4}}/[A-ZĐ]{{2,}}\d*(?!\w)"
    # Số -BC/HU, its number not filled in · NĐ-CP, NQ/TW named without a number
    rf"|(?<![\w/])[-–]\s?{_KINDS}/[A-ZĐ]{{2,}}(?!\w)"
    rf"|(?<!\w){_KINDS}[-–/][A-ZĐ][A-ZĐa-zđ]+(?!\w)"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)"  # 15/9/2020
    r"|\d+(?:[.,]\d+)*(?:/\d+(?:[.,]\d+)*)*(?:%|‰)?)"  # 1.234,5 · 22,13% · 11/13 · 9/2020
    rf"|(?P<word>{_WORD})"
    r"|(?P<other>\S)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        text: as it stands in the text, ``text == source[start:end]``; a word of several syllables keeps its spaces.
        start: first character in the given text.
        end: one past the last character.
    """

    text: str
    start: int
    end: int


class _Folded(dict[int, str]):
    """Code point → one folded character, filled as they come (a table for `str.translate`)."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        lower = char.lower()
        base, *marks = unicodedata.normalize("NFD", lower)
        plain = base if all(unicodedata.combining(m) for m in marks) else lower[0]
        self[code] = plain
        return plain


_FOLDED = _Folded({ord("đ"): "d", ord("Đ"): "d", ord("ð"): "d", ord("Ð"): "d"})


def fold(text: str) -> str:
    """Lower case without diacritics, ``đ`` as ``d``; one character for each character of the NFC text.

    Args:
        text: any text; composed (NFC) first if it is not.

    Returns:
        A string as long as ``unicodedata.normalize("NFC", text)``, so that offsets map one to one.
    """
    return unicodedata.normalize("NFC", text).translate(_FOLDED)


def has_diacritics(text: str) -> bool:
    """Whether the text is written with Vietnamese marks (one marked letter is enough; ``đ`` counts)."""
    return any(char > "\x7f" and _FOLDED[ord(char)] in "adeiouy" for char in unicodedata.normalize("NFC", text))


def segment(text: str) -> list[Word]:
    """Cut a text into words; punctuation is left out.

    Args:
        text: any text, one line or many.

    Returns:
        The words in order, not overlapping, each with its offsets in `text`. Numbers (``1.234,5``, ``22,13%``), dates
        (``15/9/2020``) and document numbers (``02-NQ/HU``) are one word each. Text without any diacritics is cut into
        syllables.
    """
    return [Word(text[a:b], a, b) for a, b, kind in _kept_spans(text) if kind != "other"]


def words_form(text: str) -> str:
    """The encoder's input: words joined by spaces, the syllables of a word by ``_``; lower case, NFC.

    Example:
        ``Tỷ lệ hộ nghèo giảm 22,13%`` → ``tỷ_lệ hộ nghèo giảm 22,13%``
    """
    return " ".join(_joined(word.text) for word in segment(text))


def segmented_form(text: str) -> str:
    """The input of encoders built on PhoBERT: case and punctuation kept, ``_`` inside words, spaces between tokens.

    Example:
        ``Tỷ lệ hộ nghèo, cận nghèo.`` → ``Tỷ_lệ hộ nghèo , cận nghèo .``
    """
    return " ".join("_".join(unicodedata.normalize("NFC", text[a:b]).split()) for a, b, _ in _kept_spans(text))


@lru_cache(maxsize=16)  # a query is cut for its words, for the encoder and for the soft matcher
def _kept_spans(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple(_spans(text))


def _spans(text: str) -> list[tuple[int, int, str]]:
    """Words and punctuation marks: start, end, and what the token is ("word", "number" or "other")."""
    spans: list[tuple[int, int, str]] = []
    for start, end in _lines(text):
        matches = list(_TOKEN.finditer(text, start, end))
        joins = _joins(matches) if has_diacritics(text[start:end]) else [False] * len(matches)
        for match, join in zip(matches, joins, strict=True):
            if join:
                spans[-1] = (spans[-1][0], match.end(), "word")
            else:
                spans.append((*match.span(), match.lastgroup or "other"))
    return spans


def _joined(word: str) -> str:
    word = unicodedata.normalize("NFC", word)
    if word[0].isdigit() or not word[0].isalpha():
        return "".join(word.split()).lower()
    return "_".join(word.lower().split())


def _lines(text: str) -> list[tuple[int, int]]:
    """Spans of the lines: no word goes over a line's end, and a tagger's sentence stays short."""
    starts = [0, *(m.end() for m in re.finditer(r"\n", text))]
    return [(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if a < b]


def cut(texts: list[str]) -> dict[bytes, bytes]:
    """What the tagger says of the lines of these texts that are new to it; for `remember` in another process."""
    with lines_kept():
        before = set(_known)
        for text in texts:
            _spans(text)
        return {key: tags for key, tags in _known.items() if key not in before}


def remember(tags: dict[bytes, bytes]) -> None:
    """Take over what `cut` found, so that these lines cost nothing here."""
    for key, value in tags.items():
        _keep(key, value)


def _joins(matches: Sequence[re.Match[str]]) -> list[bool]:
    """For each token, whether it goes on the word before it."""
    if not matches:
        return []
    capitals = not any(char.islower() for m in matches for char in m.group())
    tags = _tags([_shown(m.group(), capitals) for m in matches])
    joins = [False] * len(matches)
    for i in range(1, len(matches)):
        before, here = matches[i - 1], matches[i]
        # Words join over white space only: not over a hyphen, nor with a number.
        apart = here.start() > before.end()
        joins[i] = tags[i] == _INSIDE and apart and before.lastgroup == here.lastgroup == "word"
    return joins


def _shown(token: str, capitals: bool) -> str:
    """A token as the tagger sees it: composed, and in lower case if it stands in capitals."""
    token = unicodedata.normalize("NFC", token).replace("ð", "đ").replace("Ð", "Đ")
    return token.lower() if token.isupper() and (capitals or len(token) > 1) else token


def _tags(tokens: Sequence[str]) -> bytes:
    """A byte a token: `_INSIDE` for one that goes on a word; remembered (`lines_kept`)."""
    key = hashlib.blake2b("\n".join(tokens).encode(), digest_size=16).digest()
    known = _known.get(key)
    if known is None:
        known = bytes(_INSIDE if tag == "I-W" else 0 for tag in _tagger()(tokens))
        _keep(key, known)
    return known


_INSIDE = 1
_KEPT_LINES = 1 << 17  # while a build runs: some 30 MB
_KEPT_QUERIES = 1 << 12  # else: of lines that people ask with there is no end
_known: dict[bytes, bytes] = {}
_builds = [0]
_counting = threading.Lock()


@contextlib.contextmanager
def lines_kept() -> Iterator[None]:
    """While this runs, many lines are remembered, since a build cuts each text three times over; then few."""
    with _counting:
        _builds[0] += 1
    try:
        yield
    finally:
        with _counting:
            _builds[0] -= 1
        if not _builds[0]:
            while len(_known) > _KEPT_QUERIES:
                _known.pop(next(iter(_known), b""), None)


def _keep(key: bytes, tags: bytes) -> None:
    """The oldest gives way. Threads may come between, so nothing is taken for granted."""
    if len(_known) >= (_KEPT_LINES if _builds[0] else _KEPT_QUERIES):
        _known.pop(next(iter(_known), b""), None)
    _known[key] = tags


@cache
def _tagger() -> Callable[[Sequence[str]], list[str]]:
    """The word segmenter of underthesea as a function from tokens to ``B-W`` / ``I-W`` tags; loads it (0.5 s)."""
    module = _import_word_tokenize()
    module.word_tokenize("a", use_token_normalize=False)  # makes it load its model
    model = module.word_tokenize_model

    def tag(tokens: Sequence[str]) -> list[str]:
        return model.predict([[token] for token in tokens])

    return tag


def _import_word_tokenize() -> Any:
    """Import underthesea's segmenter without its translator, classifiers and agents.

    ``None`` in `sys.modules` makes an import raise ImportError, which underthesea takes as "not installed". The marks
    are taken away again, so that whoever wants those parts in this process can still import them by their full name.
    """
    blocked = [name for name in _NOT_NEEDED if name not in sys.modules]
    try:
        for name in blocked:
            sys.modules[name] = None  # type: ignore[assignment]
        return importlib.import_module("underthesea.pipeline.word_tokenize")
    finally:
        for name in blocked:
            if sys.modules.get(name, 0) is None:
                del sys.modules[name]
