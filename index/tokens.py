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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.segment import fold

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
_START = re.compile(rf"{_WORD}|\d")
_DOCREF_ONLY = re.compile(_DOCREF)
_NUMBER_ONLY = re.compile(_NUMBER)
_DATE_ONLY = re.compile(_DATE)
_ABBREVIATION = re.compile(_ABBREVIATIONS)
_ISSUER = re.compile(_ISSUERS)
_ISSUED = re.compile(rf"\d+-(?:{_ISSUERS})")
# Behind the digits: a letter ("30a"), a year ("30/2020"), and nothing that makes them a figure, a date or a range.
_TAIL = (
    r"(?P<letter>[a-e])?(?!\w)(?:/(?P<year>(?:19|20)\d\d))?(?P<stop>)"
    r"(?!\w|[.,]\d|\s?%|\s?[-–]\s?\d|\s?/\s?\d)\)?"
)
_KIND_FIRST = re.compile(
    rf"(?<![\w/-])(?P<kind>{_ABBREVIATIONS})(?:\s?[/-]\s?(?P<issuer>{_ISSUERS}))?(?P<numbered>\s?so)?\s?:?[\s-]?"
    rf"(?P<number>\d{{1,4}}){_TAIL}(?P<more>(?:(?:\s?,|\s+va)\s+\d{{1,3}}(?!\w|[.,]\d|\s?[%/-]))*)"
)
_NUMBER_FIRST = re.compile(
    r"(?<![\w/.,-])(?P<number>\d{1,5})(?P<letter>[a-e])?(?:/(?P<year>(?:19|20)\d\d))?(?P<joint>\s?[-–/]\s?|\s+|\.)"
    rf"(?P<kind>{_ABBREVIATIONS})(?:(?:\s?[-–/]\s?|\s+)(?P<issuer>{_ISSUERS}))?(?!\w)"
)
_ISSUER_NAMES = {
    "huyen uy": "hu", "quan uy": "qu", "tinh uy": "tu", "thanh uy": "tu", "dang uy": "du", "trung uong": "tw",
    "bo chinh tri": "tw", "ban bi thu": "tw", "chinh phu": "cp", "thu tuong": "ttg", "thu tuong chinh phu": "ttg",
    "dang bo huyen": "hu", "dang bo tinh": "tu", "dang bo thanh pho": "tu",
    "hoi dong nhan dan": "hdnd", "uy ban nhan dan": "ubnd",
}  # fmt: skip
_NAMES_OF_ISSUERS = "|".join(sorted(_ISSUER_NAMES, key=len, reverse=True)).replace(" ", r"\s+")
_ISSUER_AFTER = re.compile(
    r"(?:\s?[-–/]\s?|\s+)(?:cua\s+)?(?:(?:ban\s+chap\s+hanh|bch|ban\s+thuong\s+vu|btv)\s+)?"
    rf"(?:(?P<name>{_NAMES_OF_ISSUERS})|(?P<short>hu|tu|tw|du|qu|cp|ttg|ubnd|hdnd))(?!\w)"
)
_SAFE = frozenset({"nq", "ct", "kl", "qd", "nd"})  # clear without capitals too
_LASTING = frozenset({"kh", "ctr", "ctrhd", "bc", "da"})  # "kế hoạch 5 năm 2021-2025" is a plan for five years
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNITS = (
    r"nam|thang|ngay|quy|qui|dong|trieu|ty|ti|xa|nguoi|tran|ho|tieu\s+chi|chi\s+tieu|nhiem\s+vu|giai\s+phap|diem|"
    r"trang|phan|muc|noi\s+dung|linh\s+vuc|mo\s+hinh|du\s+an"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_TONES = {"\u0300": "1", "\u0301": "2", "\u0303": "3", "\u0309": "4", "\u0323": "5"}
_Named = tuple[str, int, int]  # normal form of a document number, and where it begins and ends
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


@lru_cache(maxsize=8192)
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


def with_y(folded: str) -> str | None:
    """A folded key as it is written with a final "y": "ti" → "ty"; None for one that is not written so."""
    written = folded[:-1] + "y"
    return written if folded.endswith("i") and _OPEN_Y.match(written) else None


def tokenize(text: str) -> list[Token]:
    """Every token of `text` (NFC) in reading order; a date yields its month and year too, at the same place."""
    return list(_tokenize(text))


@lru_cache(maxsize=8192)
def folded_keys(text: str) -> tuple[str, ...]:
    """The folded key of every token; for short texts that come back, the forms of concepts."""
    return tuple(token.folded for token in tokenize(text))


@lru_cache(maxsize=8192)
def _tokenize(text: str) -> tuple[Token, ...]:
    """Cached, since the same passages and forms come back with every query."""
    tokens: list[Token] = []
    position = 0
    while match := _START.search(text, position):
        start = match.start()
        if match.lastgroup == "word":
            position = match.end()
            marked, folded = syllable_keys(match[0])
            tokens.append(Token(marked, folded, start, position, "word"))
        else:
            found, position = number_tokens(text, start)
            tokens += found
    return tuple(tokens)


def number_tokens(text: str, start: int) -> tuple[list[Token], int]:
    """The token of a number, a date or a document number, several for a date, and where it ends.

    Args:
        text: NFC text.
        start: of its first digit; no token that began further left reaches it.
    """
    match = _DOCREF_ONLY.match(text, start)
    if match and (key := _reference_key(match[0])):
        return [Token(key, key, start, match.end(), "ref")], match.end()
    # "5-Nhà" is no document number after all: the digits alone are read ("11/14 xã" never was one).
    if match := _DATE_ONLY.match(text, start):
        parts = [str(int(p)) for p in re.split(r"[/.-]", match[0])]
        keys = ("/".join(parts[i:]) for i in range(len(parts)))
        return [Token(key, key, start, match.end(), "date") for key in keys], match.end()
    match = _NUMBER_ONLY.match(text, start)
    assert match is not None  # it starts with a digit
    key = number_key(match[0])
    return [Token(key, key, start, match.end(), "number")], match.end()


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

    A year is no document's number ("kế hoạch 2023") unless "số" stands before it.

    Args:
        text: NFC text.
        typed: True for a query, where "02 NQ HU", "NQ 02" and "NQ số 02/HU" count as well.
    """
    return list(_references(text, typed)[0])


def typed_references(text: str, tokens: Sequence[Token]) -> tuple[tuple[str, ...], frozenset[Token]]:
    """`references` of a query, and the tokens that only write them: "02", "NQ" and "HU" of "02 NQ HU".

    Args:
        text: NFC text.
        tokens: of it.
    """
    keys, named = _references(text, True)
    parts = {
        token
        for key, start, end in named
        for token in tokens
        if start <= token.start < end and token.folded in key.split("-")
    }
    return tuple(keys), frozenset(parts)


def _references(text: str, typed: bool) -> tuple[dict[str, None], list[_Named]]:
    """Normal forms, full before short, and where those stand that are no token by themselves."""
    found: dict[str, None] = {}
    folded = fold(text)
    readers = (_named, _abbreviated, _spaced) if typed else (_named,)
    named = [ref for reader in readers for ref in reader(text, folded)]
    for token in tokenize(text):
        if token.kind == "ref" and not (named and _ISSUED.fullmatch(token.folded)):
            found.setdefault(token.folded)
            found.setdefault(short_reference(token.folded))
    for key, *_ in sorted(named, key=lambda ref: -ref[0].count("-")) if typed else named:
        found.setdefault(key)
        found.setdefault(short_reference(key))
    return found, named


def _named(text: str, folded: str) -> Iterator[_Named]:
    """By the kind's name: "nghị quyết số 02", "Nghị quyết 02 của Huyện ủy", "nghị định 30/2020"."""
    pattern, names = _named_references()
    for match in pattern.finditer(folded):
        kind = names[re.sub(r"\s+", " ", match["kind"])]
        numbered, number = match["numbered"], match["number"]
        dated = match["after"] and kind not in _LASTING
        if not numbered and ((_YEAR.fullmatch(number) and not match["year"]) or (match["unit"] and not dated)):
            continue
        issuer, end = _issuer_after(text, folded, match.end("stop"))
        yield _normal(number, match["letter"], match["year"], kind, issuer), match.start(), end


def _abbreviated(text: str, folded: str) -> Iterator[_Named]:
    """By its abbreviation: "NQ 02", "NQ số 02/HU", "NQ/HU 02", "NQ 18 và 19"."""
    for match in _KIND_FIRST.finditer(folded):
        written = text[slice(*match.span("kind"))]
        known = match["kind"] in _SAFE or sum(char.isupper() for char in written) > 1
        if not known or (_YEAR.fullmatch(match["number"]) and not match["numbered"] and not match["issuer"]):
            continue
        issuer, end = match["issuer"], match.end()
        if not issuer:
            issuer, behind = _issuer_after(text, folded, match.end("stop"))
            end = max(end, behind)
        yield _normal(match["number"], match["letter"], match["year"], match["kind"], issuer), match.start(), end
        for number in re.findall(r"\d+", match["more"] or ""):
            yield _normal(number, None, None, match["kind"], issuer), match.start(), end


def _spaced(text: str, folded: str) -> Iterator[_Named]:
    """Number first: "02 NQ HU", "1719 qd ttg", "02.NQ/HU"."""
    for match in _NUMBER_FIRST.finditer(folded):
        written = text[slice(*match.span("kind"))]
        blank = match["joint"].isspace()
        if blank and _YEAR.fullmatch(match["number"]):
            continue
        if blank and not match["issuer"] and match["kind"] not in _SAFE and not written.isupper():
            continue
        yield _normal(match["number"], match["letter"], match["year"], match["kind"], match["issuer"]), *match.span()


def _normal(number: str, letter: str | None, year: str | None, kind: str, issuer: str | None) -> str:
    parts = [f"{int(number)}{letter or ''}", year if issuer else None, kind, issuer and issuer.replace(" ", "")]
    return "-".join(part for part in parts if part)


def _issuer_after(text: str, folded: str, position: int) -> tuple[str | None, int]:
    """The issuer that is named behind a number ("của Huyện ủy", "/HU", " TW"), and where what belongs to it ends."""
    match = _ISSUER_AFTER.match(folded, position)
    if match is None:
        return None, position
    if match["name"]:
        return _ISSUER_NAMES[re.sub(r"\s+", " ", match["name"])], match.end()
    written = text[slice(*match.span("short"))]
    # "tu" may be "từ" and "du" may be "du lịch": in small letters only what is no syllable.
    if written.isupper() or match["short"] in ("hu", "tw", "cp", "ttg", "ubnd", "hdnd"):
        return match["short"], match.end()
    return None, position


@lru_cache(maxsize=1)
def _named_references() -> tuple[re.Pattern[str], dict[str, str]]:
    """For "nghi quyet so 02": the pattern over folded text, and the abbreviation of each name."""
    names = {fold(name): short for name, short in DOC_TYPES.items()}
    names |= {name.replace("quy ", "qui "): short for name, short in names.items()}
    words = "|".join(sorted(names, key=len, reverse=True)).replace(" ", r"\s+")
    pattern = (
        rf"(?<!\w)(?P<kind>{words})(?P<numbered>\s+so)?\s*:?\s*\(?(?P<number>\d{{1,4}}){_TAIL}"
        rf"(?P<unit>\s+(?:{_UNITS})(?!\w)(?P<after>(?<=nam)\s(?:19|20)\d\d(?!\s?[-–]))?)?"
    )
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
