"""What a user may write inside a query besides words: ``key:value`` filters, "quoted phrases", ``-minus``.

Read off the raw text before anything else looks at it. What is not understood stays plain text, so that no word is
ever lost: an unknown key (``abc:``), a year that is none (``năm:abc``), a quotation mark without its partner, a hyphen
inside a word, a range or a document number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.segment import fold, has_diacritics
from index.tokens import DOC_TYPES as ABBREVIATED
from index.tokens import is_abbreviation, syllable_keys, tokenize
from ingest.furniture import DOC_TYPES

# A quotation mark with its partner; what stands between must hold a letter or a digit.
_QUOTED = r"\"[^\"]+\"|“[^“”]+”|„[^„“”]+[“”]|«[^«»]+»"
_VALUE = rf"(?:{_QUOTED}|[^\s\"“”„«»,]+)"
_PIECE = re.compile(
    rf"""(?<![^\s(])(?P<minus>[-−]?)(?P<key>[^\W\d_]+(?:_[^\W\d_]+)*):(?P<values>{_VALUE}(?:,{_VALUE})*)
       | (?<![^\s(])[-−](?P<gone>{_QUOTED}|[^\W\d_]\w*+)(?![-–/:]\w)
       | (?P<phrase>{_QUOTED})""",
    re.VERBOSE,
)
_ONE = re.compile(_VALUE)
_MARKS = '"“”„«»'
_YEARS = re.compile(r"((?:19|20)\d\d)(?:(?:\s?[-–—]\s?|\.\.)((?:19|20)\d\d))?")
_LONGEST_SPAN = 60  # years from first to last

# Key as typed → field and, for places, the level that the key names.
_KEYS = {
    "tỉnh": ("place", "province"), "province": ("place", "province"),
    **dict.fromkeys(("huyện", "quận", "thị xã", "district"), ("place", "district")),
    **dict.fromkeys(("xã", "phường", "thị trấn", "đặc khu", "commune"), ("place", "commune")),
    **dict.fromkeys(("nơi", "địa phương", "địa bàn", "thành phố", "tp", "place"), ("place", "")),
    **dict.fromkeys(("năm", "year"), ("year", "")),
    **dict.fromkeys(("loại", "kind", "type"), ("kind", "")),
    **dict.fromkeys(("văn bản", "văn kiện", "tài liệu", "document", "doc"), ("document", "")),
}  # fmt: skip
_PASSAGE_KINDS = {
    "paragraph": "đoạn|đoạn văn|paragraph",
    "list_item": "mục|mục liệt kê|liệt kê|gạch đầu dòng|list item|list",
    "footnote": "chú thích|cước chú|ghi chú|footnote|note",
    "table_row": "bảng|dòng bảng|bảng biểu|table row|table",
}
_ENGLISH_TYPES = {
    "report": "báo cáo", "political report": "báo cáo chính trị", "resolution": "nghị quyết", "plan": "kế hoạch",
    "directive": "chỉ thị", "conclusion": "kết luận", "decision": "quyết định", "programme": "chương trình",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter of a query.

    Attributes:
        field: "place", "year", "kind" (of passages), "doc_type" or "document".
        values: what it asks for, any of them; years as text.
        level: for places "province", "district", "commune", or "" where the key names none.
        negated: whether the query wants what does not have it.
        written: as typed.
    """

    field: str
    values: tuple[str, ...]
    level: str = ""
    negated: bool = False
    written: str = ""

    def explain(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        values = list(self.values)
        return {
            "field": self.field,
            "values": values,
            "level": self.level,
            "not": self.negated,
            "written": self.written,
        }


@dataclass(frozen=True, slots=True)
class Operators:
    """A query taken apart.

    Attributes:
        text: what is left as plain words, those of the quoted phrases among them (NFC, blanks collapsed).
        conditions: the filters; those of one field and level are alternatives, different ones hold together.
        phrases: what stood in quotation marks.
        excluded: words and phrases behind a minus.
    """

    text: str
    conditions: tuple[Condition, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions or self.phrases or self.excluded)

    @property
    def lists(self) -> bool:
        """Whether nothing is looked for: all that passes the filters is to be listed."""
        return bool(self) and not tokenize(self.text)

    def explain(self) -> dict[str, Any]:
        """What was understood, ready for JSON."""
        found: dict[str, Any] = {}
        if self.conditions:
            found["filters"] = [condition.explain() for condition in self.conditions]
        if self.phrases:
            found["phrases"] = list(self.phrases)
        if self.excluded:
            found["excluded"] = list(self.excluded)
        return found


NO_OPERATORS = Operators("")


def read_operators(raw: str) -> Operators:
    """Take a query apart; never fails, whatever the text.

    Args:
        raw: as typed, any Unicode form.
    """
    text = unicodedata.normalize("NFC", raw)
    conditions: list[Condition] = []
    phrases: dict[str, None] = {}
    excluded: dict[str, None] = {}
    plain, position = [], 0
    while match := _PIECE.search(text, position):
        plain.append(text[position : match.start()])
        position = match.end()
        if match["phrase"]:
            phrase = _bare(match["phrase"])
            plain.append(f" {phrase} ")
            if tokenize(phrase):
                phrases.setdefault(phrase)
        elif match["key"]:
            found = _conditions(match)
            conditions += found
            if not found:
                # No filter: the key is plain text, and what stands behind its colon is looked at again.
                position = match.start("values")
                plain.append(text[match.start() : position])
        elif _is_minus(text, match):
            excluded.setdefault(_bare(match["gone"]))
        else:
            plain.append(match.group())
    plain.append(text[position:])
    left = re.sub(r"\s+", " ", "".join(plain)).strip()
    return Operators(left, tuple(conditions), tuple(phrases), tuple(excluded))


def _bare(value: str) -> str:
    """Without quotation marks; in what is not quoted ``_`` stands for a blank."""
    quoted = value[0] in _MARKS
    inner = value[1:-1] if quoted else value.replace("_", " ").rstrip(".;:!?)")
    return re.sub(r"\s+", " ", inner).strip()


def _is_minus(text: str, match: re.Match[str]) -> bool:
    """No minus: the hyphen of a document number with a blank before it ("02 -NQ/HU", "số -BC/HU")."""
    gone = match["gone"]
    if not tokenize(_bare(gone)):
        return False
    before = text[: match.start()].rstrip()
    after_number = before[-1:].isdigit() or fold(before).endswith(("so", "so:"))
    return gone[0] in _MARKS or not (after_number and is_abbreviation(gone))


def _conditions(match: re.Match[str]) -> list[Condition]:
    """The filters of one ``key:value``; none where key or value are unknown."""
    field, level = _known_key(match["key"])
    values = [_bare(value) for value in _ONE.findall(match["values"])]
    negated, written = bool(match["minus"]), match.group()
    if field == "year":
        years = [year for value in values for year in _years(value)]
        complete = all(_years(value) for value in values)
        return [Condition("year", tuple(map(str, years)), "", negated, written)] if complete else []
    if field == "kind":
        kinds = [_kinds().get(fold(value), ()) for value in values]
        if not all(kinds):
            return []
        pairs = [pair for found in kinds for pair in found]
        return [
            Condition(name, tuple(value for other, value in pairs if other == name), "", negated, written)
            for name in dict.fromkeys(name for name, _ in pairs)
        ]
    if not field or not all(tokenize(value) for value in values):
        return []
    return [Condition(field, tuple(values), level, negated, written)]


def _known_key(key: str) -> tuple[str, str]:
    """Field and level of a key, with marks or without; ("", "") for an unknown one ("nấm" is not "năm")."""
    side = 0 if has_diacritics(key) else 1
    return _key_table()[side].get(_key(key.replace("_", " "))[side], ("", ""))


def _key(text: str) -> tuple[str, str]:
    pairs = [syllable_keys(syllable) for syllable in text.split()]
    return " ".join(p[0] for p in pairs), " ".join(p[1] for p in pairs)


@lru_cache(maxsize=1)
def _key_table() -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    both = {_key(name): what for name, what in _KEYS.items()}
    return {marked: what for (marked, _), what in both.items()}, {folded: what for (_, folded), what in both.items()}


def _years(value: str) -> list[int]:
    match = _YEARS.fullmatch(value)
    if match is None:
        return []
    first, last = int(match[1]), int(match[2] or match[1])
    return list(range(first, last + 1)) if first <= last <= first + _LONGEST_SPAN else []


@lru_cache(maxsize=1)
def _kinds() -> dict[str, tuple[tuple[str, str], ...]]:
    """Folded name → (field, value): a kind of passage, or the kinds of document that it stands for."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for kind, names in _PASSAGE_KINDS.items():
        for name in (kind, *names.split("|")):
            found.setdefault(fold(name), {})["kind", kind] = None
    types = {name.lower(): name.lower() for name in DOC_TYPES}
    for name, target in [*types.items(), *_ENGLISH_TYPES.items(), *((v, k) for k, v in ABBREVIATED.items())]:
        found.setdefault(fold(name), {})["doc_type", target] = None
    return {name: tuple(values) for name, values in found.items()}
