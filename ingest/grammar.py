"""The numbers of Party and state documents: how a numbered unit starts, and which number follows which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.letters import UPPER

_ORDINALS = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|một|bốn)"
_ROMAN = r"[IVXL]{1,6}"
_LEAD = r"(?:\d{1,2}|[IVX]{1,5}|[A-H])"
# (style, pattern of the number, pattern of what parts it from the title), outermost first; matched in _TRIED's order
_STYLES: tuple[tuple[str, str, str], ...] = (
    ("annex", rf"(?:BIỂU|Biểu|PHỤ LỤC|Phụ lục)(?:\s+(?:SỐ|số))?(?:\s+(?:\d{{1,2}}|{_ROMAN})\b)?", r"\s*[.:-]?\s*"),
    ("part", rf"(?i:PHẦN\s+(?:THỨ\s+)?(?:{_ORDINAL}|{_ROMAN}|[A-H]|\d))\b", r"\s*[.:-]?\s*"),
    ("chapter", rf"(?:CHƯƠNG|Chương)\s+(?:{_ROMAN}|\d+)\b", r"\s*[.:-]?\s*"),
    ("clause", rf"(?:MỤC|Mục)\s+(?:{_ROMAN}|\d+)\b", r"\s*[.:-]?\s*"),
    ("subclause", rf"(?:TIỂU MỤC|Tiểu mục)\s+(?:{_ROMAN}|\d+)\b", r"\s*[.:-]?\s*"),
    ("article", r"(?:ĐIỀU|Điều)\s+\d+[a-zđ]?", r"(?:\s*[.:]\s*|$)"),
    ("letter", r"[A-EĐGHK]", r"\s*[./)-]+\s+(?=\S)"),
    ("roman", _ROMAN, r"\s*[./)-]+\s*(?=\S)(?!(?<=V/)[vV]\b)"),  # but "V/v" is a letter's subject
    # "5. Về …", "5- Về …", "5-Về …", but no "5-NQ/HU"
    ("n1", r"\d{1,2}", r"\s*(?:[./]{1,2}\s*-?|-|–)\s*(?!\w+/[A-ZĐ])(?=[^\d\s])"),
    # "2.1", also "II.1" and "A.1"
    ("n2", rf"{_LEAD}\.\d{{1,2}}", r"(?:\.\s*|\s*[)-]\s*|\s+)(?=[^\d\s%])"),
    ("n3", rf"{_LEAD}(?:\.\d{{1,2}}){{2}}", r"\.?\s*[.)-]?\s*(?=[^\d\s])"),
    ("n4", rf"{_LEAD}(?:\.\d{{1,2}}){{3}}", r"\.?\s*[.)-]?\s+(?=\S)"),
    ("point", r"[a-eđg-z]", rf"(?:\s*[)]\s*(?=\S)|\s*[./]\s+(?=[{UPPER}]))"),
    ("paren", r"\d{1,2}", r"\s*[)]\s*(?=[^\d\s])"),
)
RANK = {style: rank for rank, (style, *_) in enumerate(_STYLES)}
UNNUMBERED_RANK = len(_STYLES)
ANNOUNCED = frozenset({"annex", "part", "chapter", "clause", "subclause"})
DOTTED = frozenset({"n2", "n3", "n4"})
_TRIED = (
    *("annex", "part", "chapter", "clause", "subclause", "article"),
    *("n4", "n3", "n2", "roman", "letter", "n1", "point", "paren"),
)
_BY_STYLE = {style: re.compile(f"({number}){glue}(.*)$", re.S) for style, number, glue in _STYLES}
_NUMERALS = (
    *("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV"),
    *("XV", "XVI", "XVII", "XVIII", "XIX", "XX", "XXI", "XXII", "XXIII", "XXIV", "XXV"),
)
_ALPHABETS = ("abcdđeghiklmnopqrstuvxy", "abcdefghijklmnopqrstuvwxyz", "abcdeghiklmnopqrstuvxy")

# Chapters that reports announce in capitals without a number
NAMED = re.compile(
    r"(?:PHẦN |LỜI )?(?:MỞ ĐẦU|KẾT LUẬN|NÓI ĐẦU)|ĐẶT VẤN ĐỀ|TỔ CHỨC THỰC HIỆN"
    r"|KIẾN NGHỊ(?:, ĐỀ XUẤT)?|ĐỀ XUẤT, KIẾN NGHỊ"
)
# A line of a table of contents ends in leaders and a page
_CONTENTS = re.compile(r"(?:\.{4,}|…{2,}|_{4,}|\t)\s*\d{1,3}$")
_LINE_END = 80  # characters; a megabyte of tabs would cost its square
# Roles that reports announce without a number, in bold or italic, alone or in front of a paragraph
ROLES = re.compile(
    r"""(?:[-–+*•]\s*)?(
        (?:Về\s+)?(?:Nguyên\ nhân\s+)?(?:khách\ quan|chủ\ quan)
      | Nguyên\ nhân(?:\s+(?:của\s+)?(?:những\s+)?(?:tồn\ tại|hạn\ chế|ưu\ điểm|kết\ quả)[^.:;]{0,40})?
      | Về\s+(?:nguyên\ nhân|ưu\ điểm|khuyết\ điểm|hạn\ chế|tồn\ tại|thuận\ lợi|khó\ khăn|thời\ cơ|thách\ thức)
        [^.:;]{0,40}
      | Mục\ tiêu\ (?:chung|tổng\ quát|cụ\ thể)
      | (?:Một\ số\ )?bài\ học\ kinh\ nghiệm
      | (?:Tồn\ tại|Hạn\ chế|Ưu\ điểm|Khuyết\ điểm)(?:,\s*(?:hạn\ chế|khuyết\ điểm|yếu\ kém))?
    )\s*([:.]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
# Words before a list or a speech: no name of a section
ANNOUNCES = re.compile(r"\b(?:sau|sau đây|như|gồm|là|phát biểu|rằng)\s*:?\s*$", re.I)
# The pair of causes stands before a colon and needs no emphasis
ROLE_AND_COLON = re.compile(r"(?:[-–+]\s*)?Nguyên nhân (?:khách|chủ) quan\s*:", re.I)


@dataclass(frozen=True, slots=True)
class Numbered:
    """The start of a numbered unit: style, number as printed, title behind it, offset where the title starts."""

    style: str
    number: str
    title: str
    at: int

    @property
    def rank(self) -> int:
        """Of the style; smaller is further out."""
        return RANK[self.style]


def parse_number(text: str) -> Numbered | None:
    """The number in front of `text`; None where it has none, or where it is a line of a table of contents."""
    text = text.rstrip()
    lost = len(text) - len(text.lstrip())
    text = text[lost:]
    for style in _TRIED:
        if m := _BY_STYLE[style].match(text):
            if _CONTENTS.search(text[-_LINE_END:]):
                return None
            return Numbered(style, m.group(1).strip(), m.group(2).strip(), m.start(2) + lost)
    return None


def _last(number: str) -> str:
    """What counts in a number: "Điều 12" → "12", "2.1.3" → "3", "Phần thứ hai" → "2"."""
    word = re.split(r"[\s.]+", number.strip())[-1]
    if word.casefold() in _ORDINALS:
        return str(_ORDINALS.index(word.casefold()) + 1)
    return {"một": "1", "bốn": "4"}.get(word.casefold(), word)


def prefix(number: str) -> str:
    """What stands before the last dot: 2.1 of 2.1.3, nothing of anything else."""
    return number.rpartition(".")[0] if re.fullmatch(r"\w+(?:\.\d+)+", number) else ""


@lru_cache(maxsize=8192)
def follows(first: str, second: str) -> bool:
    """Is `second` the number behind `first`: I → II, 2.1 → 2.2, d → đ or e, Điều 4 → Điều 5?"""
    if prefix(first) != prefix(second):
        return False
    a, b = _last(first), _last(second)
    if a.isdigit() and b.isdigit():
        return int(b) == int(a) + 1
    if a in _NUMERALS and b in _NUMERALS and _NUMERALS.index(b) == _NUMERALS.index(a) + 1:
        return True
    a, b = a.lower(), b.lower()
    return any(a in order and b in order and order.index(b) == order.index(a) + 1 for order in _ALPHABETS)


def starts(number: str) -> bool:
    """Is it the first number of a sequence: 1, I, A, a, 2.1?"""
    return _last(number) in {"1", "01", "I", "A", "a"}
