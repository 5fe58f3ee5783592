"""What the document says of itself, from the letterhead, the title, the annex line and the signature.

Each field records where it was found. Nothing is guessed from the file's name.
"""

from __future__ import annotations

import re
import unicodedata

from ingest.document import Metadata
from ingest.furniture import DOC_TYPES
from ingest.letters import LOWER, UPPER
from ingest.lines import Block

_NUMBER = re.compile(
    r"\b[Ss]ố\s*:?\s*(\d{1,4}(?:[/.]\d{4})?)?[\s_.…]*[-–/]?\s*"
    r"((?:[A-ZĐ][A-Za-zĐđ]{1,5})\s*[-/]\s*[A-ZĐ][A-Za-zĐđ]{1,7})\b"
)
_DATE = re.compile(r"ngày\s*(\d{1,2})?\s*(?:tháng|/)\s*(\d{1,2})?\s*(?:năm|/)\s*(\d{4})", re.I)
_SHORT_DATE = re.compile(r"ngày\s*(\d{1,2})?\s*/\s*(\d{1,2})?\s*/?\s*(\d{4})", re.I)
_PERIOD = re.compile(r"(?:nhiệm kỳ|giai đoạn)\s*(\d{4}\s*[-–]\s*\d{4})", re.I)
_YEAR = re.compile(
    r"\b((?:6 tháng|9 tháng|[Qq]uý\s+[IVX]+|tháng \d{1,2}|05 năm|5 năm)[^,.;]{0,20}?\s)?năm\s+(\d{4})", re.I
)
# A proper name: capitalised words, as in "huyện Mường Ảng", "tỉnh Lai Châu"
_PROPER = rf"([{UPPER}][{LOWER}’']+(?:[ -][{UPPER}][{LOWER}’']+)*)"
_UNIT = re.compile(
    rf"\b([Hh]uyện|[Tt]hị xã|[Tt]hành phố|[Xx]ã|[Pp]hường|[Tt]hị trấn|[Tt]ỉnh)(?:\s+[ủu][ỷyỹ])?\s+{_PROPER}"
)
_OFFICE = re.compile(
    r"^(?:ĐẢNG BỘ|(?:HUYỆN|TỈNH|THÀNH|ĐẢNG) [ỦU][YỶ]|BAN CHẤP HÀNH|BAN THƯỜNG VỤ|UBND|[ỦU][YỶ] BAN NHÂN DÂN)"
)
_ALWAYS_CAPITAL = frozenset(
    {"Đảng bộ", "Đảng", "Nghị quyết", "Đại hội", "Nhân dân", "Quốc hội", "Việt Nam", "Trung ương"}
)
_CAPITAL_WORDS = frozenset(word for name in _ALWAYS_CAPITAL for word in name.split(" ") if word[:1].isupper())
_OFFICE_NAME = re.compile(
    r"^(?:ĐẢNG BỘ |ĐẢNG [ỦU][YỶ] |BAN CHẤP HÀNH ĐẢNG BỘ |[ỦU][YỶ] BAN NHÂN DÂN |UBND )?"
    r"(HUYỆN|TỈNH|XÃ|PHƯỜNG|THỊ XÃ|THỊ TRẤN|THÀNH PHỐ)(?: [ỦU][YỶ])?\s+(\S+(?:\s+\S+){0,3})$"
)
_LEVEL = {"xã": 0, "phường": 0, "thị trấn": 0, "huyện": 1, "thị xã": 1, "thành phố": 1, "tỉnh": 2}


def find_metadata(blocks: list[Block]) -> Metadata:
    """Read the metadata off the marked blocks (furniture, headings, first and last paragraphs)."""
    found: dict[str, str] = {}
    head = [b for b in blocks if b.role == "furniture" and b.kind in {"letterhead", "title", "annex_note"}]
    texts = [b.shown for b in blocks if b.role in {"text", "note", "heading"}]
    title, doc_type = _title(head, texts, found)
    number, date = _number_and_date(head, found)
    place, province = _places(head, texts, found)
    issuer = _issuer(head, texts, place, found)
    return Metadata(
        doc_type=doc_type,
        title=title,
        issuer=issuer,
        place=place,
        province=province,
        number=number,
        date=date,
        period=_period(" ".join(b.shown for b in head if b.kind == "title"), texts, found),
        signer=_signer(blocks, found),
        draft=any(re.search(r"\(?\s*d[ựự] thảo", b.shown, re.I) for b in head),
        found=found,
    )


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" *")


def sentence_case(text: str, names: set[str] | frozenset[str] = frozenset()) -> str:
    """Upper-case titles in sentence case: "BÁO CÁO SƠ KẾT" → "Báo cáo sơ kết".

    Args:
        text: the title; anything not all in capitals is given back as it is.
        names: proper names of the document, whose capitals are restored.
    """
    if not text.isupper():
        return text
    words = []
    for word in text.lower().split(" "):
        bare = word.strip(',.;:()“”"')
        keep = re.fullmatch(r"[ivxl]+", bare) or bare in {"hđnd", "ubnd", "mttq", "ntm", "ubmttq", "bch", "btv"}
        words.append(word.upper() if keep else word)
    joined = " ".join(words)
    for name in sorted(names | _ALWAYS_CAPITAL, key=len, reverse=True):
        joined = re.sub(rf"\b{re.escape(name.lower())}\b", name, joined)
    return re.sub(r"^(\W*)(\w)", lambda m: m.group(1) + m.group(2).upper(), joined)


def _title(head: list[Block], texts: list[str], found: dict[str, str]) -> tuple[str | None, str | None]:
    lines = [b for b in head if b.kind == "title"]
    if not lines:
        return None, None
    doc_type = None
    parts = []
    for block in lines:
        text = _tidy(block.shown)
        known = next((t for t in DOC_TYPES if text.upper().startswith(t)), None)
        if doc_type is None and known:
            doc_type = known.capitalize()
        elif doc_type is None and (m := re.match(r"^\((Báo cáo[^()]{0,20}|Nghị quyết|Kế hoạch)\s", text)):
            doc_type = re.match(r"Báo cáo chính trị|Báo cáo|Nghị quyết|Kế hoạch", m.group(1)).group(0)  # type: ignore[union-attr]
        parts.append(text)
    found["title"] = lines[0].shown[:60]
    if doc_type:
        found["doc_type"] = lines[0].shown[:60]
    plain = [p for p in parts if not p.startswith("(") and not re.match(r"^D[ựự] thảo", p)]
    names = {name for text in texts[:300] for _, name in _UNIT.findall(text) if " " in name}
    return _read_as_one(plain or parts, names, doc_type) or None, doc_type


def _read_as_one(parts: list[str], names: set[str], doc_type: str | None) -> str:
    """The lines of a title as one phrase: "BÁO CÁO" over "Tình hình …" reads "Báo cáo tình hình …"."""
    groups: list[str] = []
    if doc_type and re.match(rf"{doc_type.upper()} \S*[{LOWER}]", parts[0]):  # "BÁO CÁO tình hình …" on one line
        parts = [parts[0][: len(doc_type)], parts[0][len(doc_type) + 1 :], *parts[1:]]
    for i, part in enumerate(parts):
        if i and part.isupper() and parts[i - 1].isupper():
            groups[-1] = f"{groups[-1]} {part}"  # one title over several lines, put in sentence case as a whole
        else:
            groups.append(part)
    phrases = [sentence_case(_tidy(g), names) for g in groups]
    if len(phrases) > 1 and doc_type and phrases[0].casefold() == doc_type.casefold():
        first, *rest = phrases[1].split(" ")
        named = first in _CAPITAL_WORDS or (rest and rest[0][:1].isupper())
        phrases[1] = phrases[1] if named else phrases[1][:1].lower() + phrases[1][1:]
    return _tidy(" ".join(phrases))


def _number_and_date(head: list[Block], found: dict[str, str]) -> tuple[str | None, str | None]:
    number = date = None
    for block in head:
        text = block.shown
        if number is None and (m := _NUMBER.search(text)) and m.group(1):
            number = m.group(1) + "-" + "".join(m.group(2).split())
            found["number"] = text[:80]
        if date is None and (m := _DATE.search(text) or _SHORT_DATE.search(text)):
            date = _iso(m)
            if date:
                found["date"] = text[:80]
    return number, date


def _iso(m: re.Match[str]) -> str | None:
    day, month, year = m.group(1), m.group(2), m.group(3)
    if month and not 1 <= int(month) <= 12:
        return year
    if month and day and 1 <= int(day) <= 31:
        return f"{year}-{int(month):02d}-{int(day):02d}"
    return f"{year}-{int(month):02d}" if month else year


def _places(head: list[Block], texts: list[str], found: dict[str, str]) -> tuple[str | None, str | None]:
    """The unit that reports and its province: named in the letterhead, else the unit named most in the first pages."""
    counts: dict[tuple[str, str], float] = {}
    named = [b for b in head if not re.search(r"XÃ HỘI CHỦ NGHĨA|CỘNG SẢN", b.shown)]
    first = [(b.shown, 4.0) for b in named] + [(t, 2.0 if i < 12 else 1.0) for i, t in enumerate(texts[:400])]
    for text, weight in first:
        for unit, name in _UNIT.findall(_proper_case(text)):
            key = (unit.lower(), unicodedata.normalize("NFC", name))
            counts[key] = counts.get(key, 0.0) + weight
    province = _most(counts, 2)
    if province:
        found["province"] = "tỉnh " + province
    offices = _offices(head)
    own_level = min(_LEVEL[unit] for unit, _ in offices) if offices else _own_level(head, texts)
    place = next((f"{unit} {name}" for unit, name in offices if _LEVEL[unit] == own_level), None)
    if place is None and own_level == 2 and province:
        place = f"tỉnh {province}"
    elif place is None:
        wanted = {k: v for k, v in counts.items() if _LEVEL[k[0]] == own_level}
        if wanted:
            unit, name = max(wanted, key=lambda k: (wanted[k], k))
            place = f"{unit} {name}"
    if place is None and (m := next((m for b in head if (m := re.match(r"^([^,\d]{2,40}),\s*ngày", b.shown))), None)):
        unit = {0: "xã", 1: "huyện", 2: "tỉnh"}.get(own_level if own_level is not None else -1)
        place = f"{unit} {_tidy(m.group(1))}" if unit else _tidy(m.group(1))
    if place:
        found["place"] = place
    return place, province


def _offices(head: list[Block]) -> list[tuple[str, str]]:
    """Units named by the letterhead. Its lines go downwards, the superior's first: the lowest unit is the author's."""
    names = [_proper_case(b.shown) for b in head if b.kind == "letterhead" and b.shown.isupper()]
    return [(unit.lower(), name) for text in names if text for unit, name in _UNIT.findall(text)]


def _proper_case(text: str) -> str:
    """A letterhead in capitals ("HUYỆN ỦY THẠCH GIANG") as names: "huyện Thạch Giang"; other capitals name nothing."""
    if not text.isupper():
        return text
    m = _OFFICE_NAME.match(text.strip(" *"))
    return f"{m.group(1).lower()} {m.group(2).title()}" if m else ""


def _most(counts: dict[tuple[str, str], float], level: int) -> str | None:
    wanted = {name: n for (unit, name), n in counts.items() if _LEVEL[unit] == level}
    return max(wanted, key=lambda k: (wanted[k], k)) if wanted else None


def _own_level(head: list[Block], texts: list[str]) -> int | None:
    """Is the reporting committee a commune's (0), a district's (1) or a province's (2)? None if nothing says so."""
    lead = " ".join([b.shown for b in head] + texts[:6] + texts[-4:])
    votes = {
        0: len(re.findall(r"Đảng bộ (?:xã|phường|thị trấn)|Đảng ủy (?:xã|phường)|ĐẢNG BỘ (?:XÃ|PHƯỜNG)", lead)),
        1: len(
            re.findall(
                r"Đảng bộ (?:huyện|thị xã|thành phố)|Huyện [ủu][yỷ]|HUYỆN [ỦU][YỶ]|ĐẢNG BỘ HUYỆN|T/M HUYỆN", lead
            )
        ),
        2: len(re.findall(r"Đảng bộ tỉnh|Tỉnh [ủu][yỷ]|TỈNH [ỦU][YỶ]|ĐẢNG BỘ TỈNH", lead)),
    }
    body = " ".join(texts)
    totals = {
        0: len(re.findall(r"(?:trong|toàn|trên địa bàn) xã\b|Đảng bộ xã", body)),
        1: len(re.findall(r"(?:trong|toàn|trên địa bàn) huyện\b|Đảng bộ huyện|Huyện ủy", body)),
        2: len(re.findall(r"(?:trong|toàn|trên địa bàn) tỉnh\b|Đảng bộ tỉnh|Tỉnh ủy", body)),
    }
    best = max((0, 1, 2), key=lambda k: (3 * votes[k] + totals[k], k == 1))
    return best if votes[best] or totals[best] else None


def _issuer(head: list[Block], texts: list[str], place: str | None, found: dict[str, str]) -> str | None:
    """The committee, in full: named in the letterhead or in the first paragraph that says who reports."""
    body = (
        "Ban Chấp hành"
        if any("Ban Chấp hành Đảng bộ" in t or "BAN CHẤP HÀNH" in t for t in [b.shown for b in head] + texts[:8])
        else None
    )
    for block in head:
        if block.kind == "letterhead" and _OFFICE.match(block.shown.lstrip()):
            found["issuer"] = block.shown[:80]
            break
    if place is None:
        return None
    if place.startswith(("huyện", "tỉnh", "xã", "phường", "thị xã", "thành phố", "thị trấn")):
        found.setdefault("issuer", "đoạn đầu (opening paragraphs)")
        return f"{body or 'Ban Chấp hành'} Đảng bộ {place}"
    return None


def _period(title: str, texts: list[str], found: dict[str, str]) -> str | None:
    for where, text in [("title", title), *[("opening", t) for t in texts[:3]]]:
        if m := _PERIOD.search(text):
            found["period"] = where
            return re.sub(r"\s*[-–]\s*", "-", m.group(1))
        years = list(dict.fromkeys(m.group(2) for m in _YEAR.finditer(text)))
        if years:
            found["period"] = where
            if part := re.search(r"6 tháng đầu năm|9 tháng(?: đầu năm)?|[Qq]uý [IVX]+", text):
                return f"{part.group(0)} {'' if 'năm' in part.group(0) else 'năm '}{years[0]}"
            return f"năm {years[0]}" + (
                f", nhiệm vụ năm {years[1]}" if len(years) > 1 and "nhiệm vụ" in text.lower() else ""
            )
    return None


def _signer(blocks: list[Block], found: dict[str, str]) -> str | None:
    names = [b.shown for b in blocks if b.role == "furniture" and b.kind == "signature" and not b.shown.isupper()]
    if names:
        found["signer"] = "khối ký (signature block)"
        return _tidy(names[-1].split("\n")[-1])
    return None
