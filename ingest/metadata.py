"""What the document says of itself, from the letterhead, the title, the annex line and the signature.

Each field records where it was found. Nothing is guessed from the file's name; a number left blank in a draft is none.
"""

from __future__ import annotations

import re
import unicodedata

from ingest.document import Metadata
from ingest.furniture import DOC_TYPES, NAME, RANKS
from ingest.letters import LOWER, UPPER
from ingest.lines import Block
from ingest.offices import CITIES, LEVEL, UNIT, Office, issuer_of, party_body, read_office, read_offices, signs_as

_SYMBOL = r"[A-ZĐ][A-Za-zĐđ]{0,11}\d{0,2}(?:\s*[-–/]\s*[A-ZĐ][A-Za-zĐđ]{1,11})?"
_NUMBER = re.compile(rf"\b[Ss]ố\s*:?\s*(\d{{1,5}}(?:/\d{{4}})?)\s*([-–/])\s*({_SYMBOL})(?!\w)")
_BLANK = r"[\s.…_]*"
_DATE = re.compile(
    rf"ngày{_BLANK}(\d{{1,2}})?{_BLANK}(?:tháng|/){_BLANK}(\d{{1,2}})?{_BLANK}(?:năm|/){_BLANK}(\d{{4}})", re.I
)
_SHORT_DATE = re.compile(rf"ngày{_BLANK}(\d{{1,2}})?{_BLANK}/{_BLANK}(\d{{1,2}})?{_BLANK}/?{_BLANK}(\d{{4}})", re.I)
_MONTH = re.compile(r",\s*()tháng\s*(\d{1,2})\s*(?:năm|/)\s*(\d{4})", re.I)
_FULL = r"(?:ngày\s+)?\d{1,2}(?:/\d{1,2}(?:/\d{4})?|\s+tháng\s+\d{1,2}(?:\s+năm\s+\d{4})?)"
_BETWEEN = re.compile(rf"\btừ\s+({_FULL})\s+đến\s+(?:hết\s+)?({_FULL})", re.I)
_UNFINISHED = re.compile(r"(?:\bngày[\s.…_\d]*|\bsố\s*:?)$", re.I)  # of a date or number over two lines
_TERM = re.compile(
    r"(?:nhiệm kỳ|giai đoạn)\s*(\d{4}\s*[-–]\s*\d{4}(?:,\s*(?:định hướng|tầm nhìn)\s+(?:đến\s+)?(?:năm\s+)?\d{4})?)",
    re.I,
)
_PART_OF_YEAR = re.compile(
    r"(\d{1,2} tháng (?:đầu|cuối) năm|\d{1,2} tháng|quý\s+[IVX]+|tháng\s+\d{1,2})"
    r"(?=(?:\s+|[^.;]{0,40}?(?:\bnăm\s+|/))(\d{4}))",
    re.I,
)
_HORIZON = re.compile(r"\bđến\s+năm\s+(\d{4})(?:,\s*(?:định hướng|tầm nhìn)\s+(?:đến\s+)?năm\s+\d{4})?", re.I)
_YEAR = re.compile(r"\bnăm\s+(\d{4})", re.I)
_ALWAYS_CAPITAL = frozenset(
    {"Đảng bộ", "Đảng", "Nghị quyết", "Đại hội", "Nhân dân", "Quốc hội", "Việt Nam", "Trung ương"}
)
_BODIES = frozenset({"Ban Chấp hành", "Ban Thường vụ", "Tỉnh ủy", "Huyện ủy", "Ủy ban nhân dân", "Hội đồng nhân dân"})
_CAPITAL_WORDS = frozenset(word for name in _ALWAYS_CAPITAL for word in name.split(" ") if word[:1].isupper())
_DRAFT = re.compile(r"\W*d[ựự] thảo\b", re.I)
_SUBJECT = re.compile(r"^\s*(?:V/v|V/V|Về việc)\b")
_TITLED = re.compile(rf"^\W*(?:đã ký)?\W*{RANKS}", re.I)
_BODY = re.compile(
    r"(Ban Chấp hành|BCH|Ban Thường vụ|BTV)\s+"
    r"(?:Đảng bộ|(?:[Hh]uyện|[Tt]ỉnh|[Tt]hành|[Tt]hị|[Đđ]ảng|[Qq]uận)\s+[ủu][yỷ])"
)
# The two columns of a letterhead on one line: wide space, or where the right one begins
_SIDES = re.compile(
    r"\t+|\s{4,}|\s+(?=ĐẢNG CỘNG SẢN VIỆT NAM|CỘNG H[OÒ][AÀ] XÃ HỘI"
    rf"|(?:[{UPPER}][{LOWER}]+ ?){{1,4}}, (?:ngày|tháng)\b)"
)


def find_metadata(blocks: list[Block]) -> Metadata:
    """Read the metadata off the marked blocks (furniture, headings, first and last paragraphs)."""
    found: dict[str, str] = {}
    head = [b for b in blocks if b.role == "furniture" and b.kind in {"letterhead", "title", "annex_note"}]
    texts = [b.shown for b in blocks if b.role in {"text", "note", "heading"}]
    lines = [b.shown for b in head if b.kind == "letterhead"]
    title, doc_type = _title(head, texts, found)
    number, date = _number_and_date(blocks, head, found)
    offices = _offices(lines, blocks, found)
    place, province = _places(head, texts, offices, found, [b.shown for b in blocks if b.kind == "recipients"])
    issuer = _issuer(blocks, texts, offices, place, found)
    return Metadata(
        doc_type=doc_type,
        title=title,
        issuer=issuer,
        place=place,
        province=province,
        number=number,
        date=date,
        period=_period(blocks, texts, found),
        signer=_signer(blocks, found),
        draft=any(_DRAFT.match(b.shown) for b in head),
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
    for name in sorted(names | _ALWAYS_CAPITAL | _BODIES, key=len, reverse=True):
        joined = re.sub(rf"\b{re.escape(name.lower())}\b", name, joined)
    return re.sub(r"^(\W*)(\w)", lambda m: m.group(1) + m.group(2).upper(), joined)


def _title(head: list[Block], texts: list[str], found: dict[str, str]) -> tuple[str | None, str | None]:
    lines = [b for b in head if b.kind == "title"]
    if not lines:
        return _subject(head, found)
    doc_type = None
    parts = []
    for block in lines:
        text = _tidy(block.shown)
        known = next((t for t in DOC_TYPES if re.match(rf"{t}\b", text.upper())), None)
        if doc_type is None and known:
            doc_type = known.capitalize()
        elif doc_type is None and (m := re.match(r"^\((Báo cáo[^()]{0,20}|Nghị quyết|Kế hoạch)\s", text)):
            doc_type = re.match(r"Báo cáo chính trị|Báo cáo|Nghị quyết|Kế hoạch", m.group(1)).group(0)  # type: ignore[union-attr]
        parts.append(text)
    found["title"] = lines[0].shown[:60]
    if doc_type:
        found["doc_type"] = lines[0].shown[:60]
    plain = _without_motto([p for p in parts if not p.startswith("(") and not _DRAFT.match(p)], doc_type)
    names = {name for text in texts[:300] for _, name in UNIT.findall(text) if " " in name}
    return _read_as_one(plain or parts, names, doc_type) or None, doc_type


def _without_motto(parts: list[str], doc_type: str | None) -> list[str]:
    """Title lines without the congress's motto, a line or more in quotes below them."""
    start = next((i for i, p in enumerate(parts) if re.match(r"[“\"]|(?:Phương châm|Chủ đề|Khẩu hiệu)\b.*:", p)), 0)
    below = start > 1 or (start == 1 and parts[0].casefold() != (doc_type or "").casefold())
    return parts[:start] if below and parts[-1].endswith(("”", '"')) else parts


def _subject(head: list[Block], found: dict[str, str]) -> tuple[str | None, str | None]:
    """An official letter has no title but a subject: "V/v rà soát hộ nghèo"."""
    for block in head:
        if _SUBJECT.match(block.shown):
            found["title"] = found["doc_type"] = block.shown[:60]
            return _tidy(block.shown), "Công văn"
    return None, None


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
        if phrases[1].casefold().startswith(doc_type.casefold()):  # "QUY CHẾ" over "Quy chế làm việc"
            return _tidy(" ".join(phrases[1:]))
        first, *rest = phrases[1].split(" ")
        named = first in _CAPITAL_WORDS or (rest and rest[0][:1].isupper())
        phrases[1] = phrases[1] if named else phrases[1][:1].lower() + phrases[1][1:]
    return _tidy(" ".join(phrases))


def _number_and_date(blocks: list[Block], head: list[Block], found: dict[str, str]) -> tuple[str | None, str | None]:
    """From the letterhead, else from the line that ties an annex to its document; a title cites other documents."""
    own = [b for b in head if b.kind == "letterhead"]
    own += [b for b in blocks[-15:] if b.role == "furniture" and b.kind == "letterhead" and b not in own]
    number = date = None
    lines = [b.shown for b in [*own, *(b for b in blocks if b.role == "furniture" and b.kind == "annex_note")]]
    for i, line in enumerate(lines):
        text = f"{line} {lines[i + 1]}" if i + 1 < len(lines) and _UNFINISHED.search(line) else line
        if number is None and (m := _NUMBER.search(text)):
            number = f"{m.group(1)}{m.group(2).replace('–', '-')}{''.join(m.group(3).split()).replace('–', '-')}"
            found["number"] = text[:80]
        if date is None and (m := _DATE.search(text) or _SHORT_DATE.search(text) or _MONTH.search(text)):
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


def _offices(lines: list[str], blocks: list[Block], found: dict[str, str]) -> list[Office]:
    """Offices of the letterhead; without one, the office behind "của" in the annex line."""
    sides = [side for line in lines for side in _SIDES.split(line)]
    offices = read_offices(sides)
    if offices:
        found["issuer"] = next((s for s in reversed(sides) if read_office(_tidy(s))), sides[0])[:80]
        return offices
    for block in blocks:
        if block.role == "furniture" and block.kind == "annex_note":
            m = re.search(r"\bcủa\s+([^()]{4,90}?)\s*\)?\s*$", block.shown)
            office = read_office(_tidy(m.group(1)).upper()) if m else None
            if office is not None and office.unit:
                found["issuer"] = block.shown[:80]
                return [office]
    return []


def _places(
    head: list[Block], texts: list[str], offices: list[Office], found: dict[str, str], addressed: list[str]
) -> tuple[str | None, str | None]:
    """The unit that reports and its province: named in the letterhead, else the unit named most in the first pages.

    Of the recipients (`addressed`) the province counts: reports go to the committee above.
    """
    counts: dict[tuple[str, str], float] = {}
    first = [(b.shown, 4.0) for b in head if not b.shown.isupper()]
    first += [(t, 2.0 if i < 12 else 1.0) for i, t in enumerate(texts[:400])]
    for text, weight in first:
        for unit, name in UNIT.findall(text):
            key = (unit.lower(), unicodedata.normalize("NFC", name))
            counts[key] = counts.get(key, 0.0) + weight
    for unit, name in (found for text in addressed for found in UNIT.findall(text)):
        if LEVEL[unit.lower()] == 2:
            counts["tỉnh", name] = counts.get(("tỉnh", name), 0.0) + 1.0
    located = [o for o in offices if o.unit]
    author = located[-1] if located else None
    province = _province(located, counts)
    if province:
        found["province"] = (
            "đầu văn bản (letterhead)" if any(o.name == province for o in located) else "tỉnh " + province
        )
    level = LEVEL[author.unit] if author else None  # an office of the whole country has none
    if not offices:
        level = _own_level(head, texts)
    place = author.place if author else None
    if place is None and level == 2 and province:
        place = f"tỉnh {province}"
    elif place is None:
        wanted = {k: v for k, v in counts.items() if LEVEL[k[0]] == level}
        if wanted:
            unit, name = max(wanted, key=lambda k: (wanted[k], k))
            place = f"{unit} {name}"
    if place is None and (m := next((m for b in head if (m := re.match(r"^([^,\d]{2,40}),\s*ngày", b.shown))), None)):
        unit = {0: "xã", 1: "huyện", 2: "tỉnh"}.get(level if level is not None else -1)
        place = f"{unit} {_tidy(m.group(1))}" if unit else _tidy(m.group(1))
    if place:
        found["place"] = place
    return place, province


def _province(located: list[Office], counts: dict[tuple[str, str], float]) -> str | None:
    """Of the letterhead; a city right above a ward is a province since the districts are gone; else named most."""
    for office in located:
        if office.unit == "tỉnh" or (office.unit == "thành phố" and office.name in CITIES):
            return office.name
    named = _most(counts, 2)
    above = located[0] if len(located) > 1 else None
    if named is None and above and above.unit == "thành phố" and LEVEL[located[-1].unit] == 0:
        return above.name
    return named


def _most(counts: dict[tuple[str, str], float], level: int) -> str | None:
    wanted = {name: n for (unit, name), n in counts.items() if LEVEL[unit] == level}
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


def _issuer(
    blocks: list[Block], texts: list[str], offices: list[Office], place: str | None, found: dict[str, str]
) -> str | None:
    """The author, in full: of the letterhead or the annex line, else the committee of the place that reports."""
    signed = [b.shown for b in blocks if b.role == "furniture" and b.kind == "signature"]
    body, where = _speaking_body(blocks, texts, signed)
    if named := issuer_of(offices, body):
        return named
    unit, _, name = (place or "").partition(" ")
    if place and place.startswith(("thị xã", "thành phố", "thị trấn", "đặc khu")):
        unit, name = " ".join(place.split(" ")[:2]), " ".join(place.split(" ")[2:])
    if unit not in LEVEL or not name:
        return None
    for text in signed:
        if m := re.match(r"T\s*[/.]?\s*M\W*\s*([ỦU][YỶ] BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND)", text):
            office = read_office(f"{m.group(1)} {unit} {name}".upper())
            found["issuer"] = text[:80]
            return issuer_of([office], None) if office else None
    found["issuer"] = where or "đoạn đầu (opening paragraphs)"
    return party_body(body, unit, name)


def _speaking_body(blocks: list[Block], texts: list[str], signed: list[str]) -> tuple[str | None, str | None]:
    """Which body of the Party committee speaks, and the line that says so: "T/M …", the opening, the annex line."""
    opening = [t for t in texts[:8] if len(t) < 600]
    attached = [b.shown for b in blocks if b.role == "furniture" and b.kind in {"annex_note", "title"}]
    for text in signed:
        if m := re.match(r"T\s*[/.]?\s*M\W*\s*(BAN THƯỜNG VỤ|BTV|BAN CHẤP HÀNH|BCH)\b", text):
            return _body_name(m.group(1)), text[:80]
    for text in opening:
        for m in _BODY.finditer(text):
            if re.search(r"\bbáo cáo\b", text[m.end() : m.end() + 60]):
                return _body_name(m.group(1)), text[:80]
    for text in attached:
        if m := re.search(rf"của\s+{_BODY.pattern}", text, re.I):
            return _body_name(m.group(1)), text[:80]
    return None, None


def _body_name(text: str) -> str:
    return "Ban Thường vụ" if text.upper() in {"BAN THƯỜNG VỤ", "BTV"} else "Ban Chấp hành"


def _period(blocks: list[Block], texts: list[str], found: dict[str, str]) -> str | None:
    """The time that the document reports on or plans for, from its title, else from its opening."""
    title = " ".join(b.shown for b in blocks if b.role == "furniture" and b.kind == "title")
    for where, text in [("title", title), *[("opening", t) for t in texts[:3]]]:
        if period := _period_in(text):
            found["period"] = where
            return _with_past_term(blocks, period) if where == "title" else period
    return None


def _period_in(text: str) -> str | None:
    years = list(dict.fromkeys(_YEAR.findall(text)))
    if m := _BETWEEN.search(text):
        tasks = f", nhiệm vụ năm {years[-1]}" if years and re.search(r"nhiệm vụ[^.;]{0,30}năm", text, re.I) else ""
        return _tidy(m.group(0)[:1].lower() + m.group(0)[1:]) + tasks
    if m := _TERM.search(text):
        return re.sub(r"(?<=\d)\s*[-–]\s*", "-", sentence_case(m.group(1)).lower())
    if m := _PART_OF_YEAR.search(text):
        part = _tidy(m.group(1))
        part = re.sub(r"^\w+", lambda w: w.group(0).lower(), part) if not part[0].isdigit() else part.lower()
        return f"{part} {'' if part.endswith('năm') else 'năm '}{m.group(2)}"
    if (m := _HORIZON.search(text)) and m.group(1) == years[0]:
        return _tidy(m.group(0)).lower()
    if years:
        tasks = len(years) > 1 and "nhiệm vụ" in text.lower()
        return f"năm {years[0]}" + (f", nhiệm vụ năm {years[1]}" if tasks else "")
    return None


def _with_past_term(blocks: list[Block], period: str) -> str:
    """A political report looks back on the term that its first part names, and forward to the title's."""
    part = next((b.title or "" for b in blocks if b.role == "heading" and b.kind in {"part", "letter"}), "")
    past = _TERM.search(part)
    if past and re.fullmatch(r"\d{4}-\d{4}", period):
        earlier = re.sub(r"\s*[-–]\s*", "-", past.group(1))
        if earlier[-4:] == period[:4]:
            return f"{earlier}, phương hướng {period}"
    return period


def _signer(blocks: list[Block], found: dict[str, str]) -> str | None:
    """The last name of the first signature that has one; annexes may carry their own."""
    name = None
    office = False  # a name in capitals is one only below an office
    for block in blocks:
        if block.role == "furniture" and block.kind == "signature":
            text = _TITLED.sub("", block.shown.split("\n")[-1])
            if read_office(text) or signs_as(text):
                office = True
            elif NAME.match(text.title() if office and text.isupper() else text) and (office or not text.isupper()):
                name = _tidy(text.title() if text.isupper() else text)
        elif block.role in {"text", "heading", "row"}:
            if name:
                break
            office = False
    if name:
        found["signer"] = "khối ký (signature block)"
    return name
