"""The index's own tokens: one regular expression on both sides, documents and queries.

A syllable has two keys. The *marked* key keeps every diacritic but is blind to
where the tone mark was typed ("hoá" = "hòa" but for the tone, "quý" = "quí");
the *folded* key drops all marks. Numbers, dates and document numbers have one
normal form, so that "02-NQ/HU", "02 nq hu" and "2-NQ/HU" are the same token.
Offsets always point into the text that was given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Kinds of document as they are abbreviated in document numbers (folded), and their full names.
DOC_TYPES: dict[str, str] = {
    "nghị quyết": "nq", "chỉ thị": "ct", "kết luận": "kl", "quyết định": "qd", "quy định": "qd", "quy chế": "qc",
    "kế hoạch": "kh", "báo cáo": "bc", "thông báo": "tb", "hướng dẫn": "hd", "tờ trình": "ttr", "công văn": "cv",
    "đề án": "da", "chương trình hành động": "ctrhd", "chương trình": "ctr", "nghị định": "nd", "thông tư": "tt",
}  # fmt: skip
_ABBREVIATIONS = (
    "nq|nqlt|ct|kl|qd|qc|kh|bc|tb|hd|ttr|tr|cv|da|ctr|ctrhd|cthd|cth|nd|tt|ttlt|pl|lct|qh\\d+|ubnd|hdnd|bb|gm"
)
_ISSUERS = "hu|tu|tw|du|cp|ttg|ubnd|hdnd|ub|btv|bch|btctw|btc|ubkt|ubkttw|mttq|qu|tvqh|qh\\d*|dang uy|huyen uy|tinh uy"

_SEPARATOR = r"\s?[-–/]\s?"
_DOCREF = (
    r"(?P<ref>\d{1,5}[a-zđ]?(?:/\d{4})?"
    + _SEPARATOR
    + r"[^\W\d_]{1,8}\d{0,2}(?:"
    + _SEPARATOR
    + r"[^\W\d_]{1,10}\d{0,2}){0,3})"
)
_DATE = r"(?P<date>\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{1,2}/\d{4})(?!\d)"
_NUMBER = r"(?P<number>\d+(?:[.,]\d+)*)"
_WORD = r"(?P<word>[^\W\d_]+)"
_TOKEN = re.compile(f"{_DOCREF}|{_DATE}|{_NUMBER}|{_WORD}")
_NUMBER_ONLY = re.compile(_NUMBER)
_DATE_ONLY = re.compile(_DATE)
_ABBREVIATION = re.compile(_ABBREVIATIONS)
_ISSUER = re.compile(_ISSUERS)
_SPACED_REF = re.compile(rf"\b(\d{{1,5}})[ /-]+({_ABBREVIATIONS})(?:[ /-]+({_ISSUERS}))?\b")
_REVERSED_REF = re.compile(r"\b(nq|ct|kl|qd|nd)\s?(?:so\s)?(\d{1,4})(?![\d.,%/-])\b")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_TONES = {"\u0300": "1", "\u0301": "2", "\u0303": "3", "\u0309": "4", "\u0323": "5"}
_OPEN_Y = re.compile(r"^(?:[bcdđghklmnprstvx]|ch|gh|kh|nh|ng|ph|th|tr|qu)y$")


@dataclass(frozen=True, slots=True)
class Token:
    """One unit of matching.

    Attributes:
        marked: key with diacritics; equal to `folded` where the text carries none.
        folded: key without diacritics.
        start: offset of its first character in the text.
        end: offset behind its last.
        kind: "word", "number", "date" or "ref".
    """

    marked: str
    folded: str
    start: int
    end: int
    kind: str


@lru_cache(maxsize=65536)
def syllable_keys(syllable: str) -> tuple[str, str]:
    """The marked and the folded key of one syllable.

    The tone is moved behind the syllable, so the old and the new placement
    ("hóa", "hoá") meet; a final single "y" counts as "i" ("tỷ", "tỉ" but for the tone).
    """
    tone, rest = "", []
    for char in unicodedata.normalize("NFD", syllable.lower()):
        if char in _TONES:
            tone = _TONES[char]
        else:
            rest.append(char)
    base = unicodedata.normalize("NFC", "".join(rest))
    if _OPEN_Y.match(base):
        base = base[:-1] + "i"
    plain = "".join(c for c in unicodedata.normalize("NFD", base) if not unicodedata.combining(c)).replace("đ", "d")
    return base + tone, plain


def tokenize(text: str) -> list[Token]:
    """Every token of `text` (NFC) in reading order; a date yields its month and year too, at the same place."""
    return list(_tokenize(text))


@lru_cache(maxsize=8192)
def _tokenize(text: str) -> tuple[Token, ...]:
    """Cached, since the same passages and forms come back with every query."""
    tokens: list[Token] = []
    position = 0
    while match := _TOKEN.search(text, position):
        kind = match.lastgroup or "word"
        raw = match.group()
        position = match.end()
        if kind == "ref":
            key = _reference_key(raw)
            if key is None:
                # Not a document number after all ("11/14 xã" never comes here, "5-Nhà" does): read the digits alone.
                number = _NUMBER_ONLY.match(text, match.start())
                assert number is not None  # a reference starts with digits
                kind, raw, position = "number", number.group(), number.end()
                if date := _DATE_ONLY.match(text, match.start()):
                    kind, raw, position = "date", date.group(), date.end()
        start = match.start()
        tokens.extend(_tokens_of(kind, raw, start, position))
    return tuple(tokens)


def _tokens_of(kind: str, raw: str, start: int, end: int) -> list[Token]:
    if kind == "word":
        marked, folded = syllable_keys(raw)
        return [Token(marked, folded, start, end, kind)]
    if kind == "ref":
        key = _reference_key(raw) or raw
        return [Token(key, key, start, end, kind)]
    if kind == "date":
        parts = [str(int(p)) for p in re.split(r"[/.-]", raw)]
        return [Token(key, key, start, end, kind) for key in ("/".join(parts[i:]) for i in range(len(parts)))]
    key = number_key(raw)
    return [Token(key, key, start, end, kind)]


def number_key(raw: str) -> str:
    """Digits in one form: thousands without points, no leading zeros, decimal comma kept ("1.234,5" → "1234,5")."""
    if _THOUSANDS.fullmatch(raw):
        raw = raw.replace(".", "")
    stripped = raw.lstrip("0")
    return stripped if stripped[:1].isdigit() else "0" + stripped


def _reference_key(raw: str) -> str | None:
    """The normal form: "02-NQ/HU" → "2-nq-hu"; None where the letters are no document number's."""
    parts = [p.strip() for p in re.split(r"[-–/]", raw)]
    letters = [p for p in parts if not p[0].isdigit()]
    if not letters:
        return None
    folded = ["tw" if p.lower() == "tư" else syllable_keys(p)[1] for p in letters]
    known = _ABBREVIATION.fullmatch(folded[0]) or any(sum(c.isupper() for c in p) > 1 for p in letters)
    if not known:
        return None
    digits = [p.lstrip("0") or "0" for p in parts if p[0].isdigit()]
    return "-".join([*digits, *folded]).lower().replace("đ", "d")


def references(text: str, *, typed: bool = False) -> list[str]:
    """Normal forms of the document numbers named in `text`, each followed by its short form ("2-nq-hu", "2-nq").

    Args:
        text: NFC text.
        typed: True for a query, where "02 NQ HU" and "NQ 02" count as well.
    """
    found: dict[str, None] = {}
    for token in tokenize(text):
        if token.kind == "ref":
            found.setdefault(token.folded)
            found.setdefault(short_reference(token.folded))
    folded = " ".join(t.folded if t.kind == "word" else text[t.start : t.end].lower() for t in tokenize(text))
    pattern, names = _named_references()
    for match in pattern.finditer(folded):
        found.setdefault(f"{int(match.group(2))}-{names[match.group(1)]}")
    if typed:
        for match in _SPACED_REF.finditer(folded):
            number, kind, issuer = int(match.group(1)), match.group(2), match.group(3)
            if issuer:
                found.setdefault(f"{number}-{kind}-{issuer.replace(' ', '')}")
            found.setdefault(f"{number}-{kind}")
        for match in _REVERSED_REF.finditer(folded):
            found.setdefault(f"{int(match.group(2))}-{match.group(1)}")
    return list(found)


@lru_cache(maxsize=1)
def _named_references() -> tuple[re.Pattern[str], dict[str, str]]:
    """For "nghi quyet so 02": the pattern over folded syllables, and the abbreviation of each name."""
    names = {" ".join(syllable_keys(s)[1] for s in name.split()): short for name, short in DOC_TYPES.items()}
    unit = "nam|thang|ngay|qui|dong|trieu|ti|xa|nguoi|tran"
    pattern = rf"\b({'|'.join(names)})(?: so)? (\d{{1,4}})(?![\d.,%/-])(?! (?:{unit})\b)"
    return re.compile(pattern), names


def is_abbreviation(letters: str) -> bool:
    """Whether a document number may begin with these letters, or name its issuer so ("NQ", "ctr", "HU")."""
    folded = syllable_keys(letters)[1]
    return _ABBREVIATION.fullmatch(folded) is not None or _ISSUER.fullmatch(folded) is not None


def short_reference(key: str) -> str:
    """Number and kind of document only: "2-nq-hu" → "2-nq"; "1719-qd-ttg" → "1719-qd"; "76-2014-qh13" → "76-qh13"."""
    parts = key.split("-")
    letters = next((p for p in parts if not p[0].isdigit()), "")
    return f"{parts[0]}-{letters}"


# The syllables of Vietnamese without their marks: an onset (or none) and one of these rhymes, longest first.
_ONSETS = r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
_RHYMES = (
    "ieng|oach|oang|oanh|oong|uang|uech|uenh|uong|uych|uyen|uyet|uynh|yeng|ach|ang|anh|ech|eng|enh|ich|iec|iem|"
    "ien|iep|iet|ieu|inh|oac|oai|oam|oan|oao|oap|oat|oay|oen|oeo|oet|ong|ooc|uan|uat|uay|ung|uoc|uoi|uom|uon|"
    "uop|uot|uou|uya|uyt|uyu|yem|yen|yet|yeu|ac|ai|am|an|ao|ap|at|au|ay|ec|em|en|eo|ep|et|eu|ia|im|in|ip|it|iu|"
    "oa|oc|oe|oi|om|on|op|ot|ua|uc|ue|ui|um|un|uo|up|ut|uu|uy|a|e|i|o|u|y"
)
_SYLLABLE = re.compile(f"{_ONSETS}(?:{_RHYMES})")


@lru_cache(maxsize=16384)
def is_vietnamese_syllable(folded: str) -> bool:
    """True where the letters could be a Vietnamese syllable typed without marks."""
    return _SYLLABLE.fullmatch(folded) is not None
