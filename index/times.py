"""Years and periods named in a text, in one form whatever their spelling.

"2020-2025", "2020 – 2025", "từ năm 2020 đến năm 2025" are one period; "quý I/2024" and "quý 1 năm 2024" another. A
period knows the years it covers and the ways to write it, as token sequences, so that a query in one spelling finds
text in the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.tokens import is_vietnamese_syllable, syllable_keys

_YEAR = r"(?:19|20)\d\d"
_DASH = r"(?:\s?[-–—]\s?|\s(?:đến|den|tới|toi|to)\s(?:(?:hết|het)\s)?(?:(?:năm|nam)\s)?)"
_RANGE = re.compile(rf"(?<![\d./])({_YEAR}){_DASH}({_YEAR}|\d\d)(?![\d/]|[.,]\d|-\w)", re.I)
# Figures of four digits that count something are no years.
_COUNTED = "hộ|người|đồng|triệu|tỷ|tỉ|ha|km|tấn|con|lượt|cháu|em|trẻ|học sinh|đảng viên|lao động|m2|%"
_SINGLE = re.compile(rf"(?<![\d.,])({_YEAR})(?!\d|[.,]\d|\s?(?:{_COUNTED})(?!\w))", re.I)
_ROMAN = r"[IVX]{1,6}"
_WORDS = {"mot": 1, "nhat": 1, "hai": 2, "ba": 3, "tu": 4, "bon": 4, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_WORDS |= {"muoi": 10, "muoi mot": 11, "muoi hai": 12}
_COUNT = r"\d{1,2}|mười\s(?:một|hai)|muoi\s(?:mot|hai)|một|mot|nhất|nhat|hai|ba|tư|tu|bốn|bon|sáu|sau|bảy|bay|tám|tam"
_COUNT += "|chín|chin|mười|muoi"
_QUARTER = re.compile(
    rf"\b(?:quý|quí|quy|qui)\s(?:thứ\s)?({_ROMAN}|[1-4]|{_COUNT})\b(?:\s?[/-]\s?|,?\s(?:năm|nam)\s|\s)?({_YEAR})?", re.I
)
_MONTHS = re.compile(
    rf"\b({_COUNT})\s(?:tháng|thang)(?:\s(đầu|dau|cuối|cuoi)\s(?:năm|nam))?(?:\s(?:năm|nam))?\s?/?\s?({_YEAR})?\b", re.I
)
_HALF = re.compile(rf"\b(?:nửa|nua)\s(đầu|dau|cuối|cuoi)\s(?:năm|nam)\s?/?\s?({_YEAR})?\b", re.I)
_TERM = re.compile(rf"\b(?:khóa|khoá|khoa)\s(?:thứ\s|thu\s)?({_ROMAN}|\d{{1,2}})(?!\w|[.,/]\d)", re.I)
_LAST = {"cuoi", "cuối"}
_GOES_ON = re.compile(r"\s(?!(?:cua|nam|ngay|nhiem|ve)\b)[^\W\d_]", re.I)  # with a word that follows no number
_NAMES = ("không", "một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một")
_LONGEST = 60  # years


@dataclass(frozen=True, slots=True)
class Period:
    """One period of time that a text names.

    Attributes:
        key: its normal form: "2023", "2020-2025", "2024-Q1", "Q1", "2024-M1..6", "M1..9", "khoa-15".
        years: those it covers, empty where the text names none.
        start: offset of its first character.
        end: offset behind its last.
        forms: ways to write it, each as folded tokens separated by blanks; none for a single year.
    """

    key: str
    years: tuple[int, ...]
    start: int
    end: int
    forms: tuple[str, ...] = ()


def periods(text: str) -> tuple[Period, ...]:
    """The periods that a text names, in reading order; what lies inside a longer one is not named again.

    Args:
        text: NFC text.
    """
    if not any(char.isdigit() for char in text) and not _SPELT.search(text):
        return ()
    found: list[Period] = []
    for reader in (_ranges, _quarters, _parts, _halves, _terms, _single):
        for period in reader(text):
            if all(period.end <= other.start or other.end <= period.start for other in found):
                found.append(period)
    return tuple(sorted(found, key=lambda p: p.start))


_SPELT = re.compile(rf"\b(?:qu[ýíyi]|kh[oó][aá])\s|\b(?:{_COUNT})\s(?:tháng|thang)|\b(?:nửa|nua)\s", re.I)


def _ranges(text: str) -> Iterator[Period]:
    for match in _RANGE.finditer(text):
        first, last = match[1], match[2]
        if len(last) == 2:
            last = first[:2] + last  # "2021-25"
        if int(first) < int(last) <= int(first) + _LONGEST:
            forms = (f"{first} {last}", f"{first} den {last}", f"{first} den nam {last}", f"{first} den het nam {last}")
            yield Period(f"{first}-{last}", tuple(range(int(first), int(last) + 1)), *match.span(), forms)


def _quarters(text: str) -> Iterator[Period]:
    for match in _QUARTER.finditer(text):
        number = _number(match[1])
        if not 1 <= number <= 4:
            continue
        year = match[2]
        if not year and _is_another_word(match):
            continue
        names = (_roman(number).lower(), str(number), _folded(_NAMES[number]), *(("nhat",) if number == 1 else ()))
        ends = ("", *((f" {year}", f" nam {year}") if year else ()))
        forms = [f"qui {name}{end}" for name in names for end in (ends[1:] if year else ends)]
        if year:
            forms.append(f"qui {number}/{year}")  # "quý 1/2024" is cut like a month
        yield Period(f"{year}-Q{number}" if year else f"Q{number}", _one(year), *_trimmed(text, match), tuple(forms))


def _is_another_word(match: re.Match[str]) -> bool:
    """Whether a quarter without a year may be none: "quy tu luc luong" (quy tụ), "cao quý nhất"."""
    return match[1].lower() in ("nhất", "nhat") or (_bare(match) and _folded(match[1]) in _WORDS)


def _bare(match: re.Match[str]) -> bool:
    """Typed without marks."""
    return match.group().isascii()


def _parts(text: str) -> Iterator[Period]:
    """So many months, of the year's beginning or end: "6 tháng đầu năm 2024", "9 tháng năm 2023", "chín tháng"."""
    for match in _MONTHS.finditer(text):
        count, side, year = _number(match[1]), (match[2] or "").lower(), match[3]
        if not 2 <= count <= 11 or not (side or year):
            continue
        yield _months(count, side in _LAST, bool(side), year, _trimmed(text, match))


def _halves(text: str) -> Iterator[Period]:
    for match in _HALF.finditer(text):
        yield _months(6, match[1].lower() in _LAST, True, match[2], _trimmed(text, match))


def _months(count: int, at_end: bool, sided: bool, year: str | None, span: tuple[int, int]) -> Period:
    months = f"M{13 - count}..12" if at_end else f"M1..{count}"
    names = (str(count), _folded(_NAMES[count]))
    sides = (f" {'cuoi' if at_end else 'dau'} nam",) if sided else (" dau nam", " nam", "")
    forms = [f"{name} thang{side}" for name in names for side in sides if side or year]
    if count == 6 and sided:
        forms.append("nua cuoi nam" if at_end else "nua dau nam")
    return Period(f"{year}-{months}" if year else months, _one(year), *span, tuple(dict.fromkeys(forms)))


def _terms(text: str) -> Iterator[Period]:
    """Terms of a congress or an assembly: "khóa XV", "khoá 15", "khóa thứ XV"."""
    for match in _TERM.finditer(text):
        number = _number(match[1])
        # "khoa vi sinh" is no "khóa VI sinh".
        syllable = _bare(match) and not match[1].isupper() and is_vietnamese_syllable(match[1].lower())
        if 1 <= number <= 30 and not (syllable and _GOES_ON.match(text, match.end())):
            names = (_roman(number).lower(), str(number))
            forms = tuple(f"khoa {between}{name}" for name in names for between in ("", "thu "))
            yield Period(f"khoa-{number}", (), *match.span(), forms)


def _single(text: str) -> Iterator[Period]:
    for match in _SINGLE.finditer(text):
        yield Period(match[1], (int(match[1]),), *match.span())


def _one(year: str | None) -> tuple[int, ...]:
    return (int(year),) if year else ()


def _trimmed(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Where a match lies, without blanks and slashes at its end."""
    return match.start(), match.start() + len(text[match.start() : match.end()].rstrip(" /,-"))


def _number(written: str) -> int:
    """1 to 30 from digits, Roman digits or a word; 0 for none of them."""
    if written.isdigit():
        return int(written)
    if re.fullmatch(_ROMAN, written, re.I):
        return _roman_numbers().get(written.upper(), 0)
    return _WORDS.get(_folded(written), 0)


def _folded(words: str) -> str:
    return " ".join(syllable_keys(word)[1] for word in words.split())


def _roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


@lru_cache(maxsize=1)
def _roman_numbers() -> dict[str, int]:
    return {_roman(number): number for number in range(1, 31)}
