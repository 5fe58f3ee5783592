"""Who issues a document: the offices that letterheads, annex lines and signatures name, and their places."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.letters import LOWER, UPPER

LEVEL = {
    **{"đặc khu": 0, "phường": 0, "thị trấn": 0, "xã": 0},
    **{"huyện": 1, "quận": 1, "thị xã": 1, "thành phố": 1, "tỉnh": 2},
}
_UNITS = "|".join(sorted(LEVEL, key=len, reverse=True))
# "Huyện ủy" leads the Party in a "huyện"; a commune's committee is a "Đảng ủy xã"
CITIES = frozenset({"Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế"})  # with a province's rank
_COMMITTEE = {"tỉnh": "Tỉnh ủy", "huyện": "Huyện ủy", "quận": "Quận ủy", "thị xã": "Thị ủy", "thành phố": "Thành ủy"}
_LED = {"tỉnh": "tỉnh", "huyện": "huyện", "quận": "quận", "thị": "thị xã", "thành": "thành phố"}
_PARTY = re.compile(
    rf"""(?P<body>BAN\ CHẤP\ HÀNH|BCH|BAN\ THƯỜNG\ VỤ|BTV)?\s*(?:
        (?P<led>TỈNH|HUYỆN|QUẬN|THỊ|THÀNH)\ [ỦU][YỶ]
      | ĐẢNG\ (?:BỘ|[ỦU][YỶ])\s+(?P<unit>{_UNITS.upper()})
    )\s+(?P<name>[^,;()]{{2,40}})$""",
    re.VERBOSE,
)
_STATE = re.compile(
    rf"(?P<body>[ỦU][YỶ] BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND)\s+(?P<unit>{_UNITS.upper()})\s+"
    r"(?P<name>[^,;()]{2,40})$"
)
_STATE_OPEN = re.compile(r"^(?:[ỦU][YỶ] BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND)$")
_UNIT_LINE = re.compile(rf"^(?:{_UNITS.upper()})\s+\S")
_CENTRAL = re.compile(
    r"^(?:QUỐC HỘI|[ỦU][YỶ] BAN THƯỜNG VỤ QUỐC HỘI|CHÍNH PHỦ|THỦ TƯỚNG CHÍNH PHỦ|CHỦ TỊCH NƯỚC|BỘ CHÍNH TRỊ|BAN BÍ THƯ"
    r"|BAN CHẤP HÀNH TRUNG ƯƠNG|VĂN PHÒNG TRUNG ƯƠNG.*|BAN [^,;]{2,60} TRUNG ƯƠNG|BỘ (?!CHÍNH TRỊ)[^,;]{2,60})$"
)
_DEPARTMENT = re.compile(
    r"^(?:BAN|SỞ|PHÒNG|VĂN PHÒNG|[ỦU][YỶ] BAN (?:KIỂM TRA|MẶT TRẬN)|MẶT TRẬN|LIÊN ĐOÀN|TRUNG TÂM"
    r"|CHI CỤC|CỤC|CÔNG AN|HỘI|ĐOÀN|TRƯỜNG|ĐẢNG [ỦU][YỶ] (?:CÁC CƠ QUAN|CƠ QUAN|CÔNG AN|QUÂN SỰ))\b"
)
_LOCATED = re.compile(rf"(?P<body>.+?)\s+(?P<unit>{_UNITS.upper()})\s+(?P<name>[^,;()]{{2,40}})$")
_STATE_NAME = {"UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân"}
UNIT = re.compile(
    rf"\b([Hh]uyện|[Qq]uận|[Tt]hị xã|[Tt]hành phố|[Xx]ã|[Pp]hường|[Tt]hị trấn|[Đđ]ặc khu|[Tt]ỉnh)(?:\s+[ủu][ỷyỹ])?\s+"
    rf"([{UPPER}][{LOWER}’']+(?:[ -][{UPPER}][{LOWER}’']+)*)"
)


@dataclass(frozen=True, slots=True)
class Office:
    """One office: `kind` is "party", "state", "central" or "department"; `body` what acts for it, as printed.

    `unit` and `name` are those of the place it stands for ("huyện", "Bản Mây"), empty where it names none.
    """

    kind: str
    body: str
    unit: str = ""
    name: str = ""

    @property
    def place(self) -> str:
        """The unit with its kind: "huyện Bản Mây"."""
        return f"{self.unit} {self.name}".strip()


def read_offices(lines: list[str]) -> list[Office]:
    """The offices that letterhead lines name, in their order: the superior first, the author last."""
    joined: list[str] = []
    for line in lines:
        text = re.sub(r"\s+", " ", line).strip(" *.-–")
        if joined and _STATE_OPEN.match(joined[-1]) and _UNIT_LINE.match(text):
            joined[-1] = f"{joined[-1]} {text}"  # "ỦY BAN NHÂN DÂN" over "XÃ BẢN MÂY"
        elif text:
            joined.append(text)
    return [office for text in joined if (office := read_office(text))]


def read_office(text: str) -> Office | None:
    """One line in capitals as an office."""
    if not text.isupper() or text.startswith(("ĐẢNG CỘNG SẢN", "CỘNG H", "ĐỘC LẬP")):
        return None
    if m := _PARTY.match(text):
        unit = _LED[m["led"].lower()] if m["led"] else m["unit"].lower()
        return Office("party", (m["body"] or "").replace("BCH", "BAN CHẤP HÀNH"), unit, _name(m["name"]))
    if m := _STATE.match(text):
        body = _STATE_NAME.get(m["body"]) or (
            "Ủy ban nhân dân" if m["body"].endswith("BAN NHÂN DÂN") else "Hội đồng nhân dân"
        )
        return Office("state", body, m["unit"].lower(), _name(m["name"]))
    if _CENTRAL.match(text):
        return Office("central", department_name(text))
    if m := re.fullmatch(r"(BAN CHẤP HÀNH|BAN THƯỜNG VỤ)(?: KHÓA [IVXLC\d]+)?", text):
        return Office("party", m[1])
    if m := re.match(r"(CHI BỘ|ĐẢNG BỘ BỘ PHẬN)\s+(.{2,50})$", text):
        return Office("department", f"{m[1].capitalize()} {_name(m[2])}")
    if _DEPARTMENT.match(text):
        if m := _LOCATED.match(text):
            return Office("department", department_name(m["body"]), m["unit"].lower(), _name(m["name"]))
        return Office("department", department_name(text))
    return None


def signs_as(text: str) -> bool:
    """Does a line in capitals say for whom, or as what, somebody signs: "T/M BAN THƯỜNG VỤ", "BÍ THƯ"?"""
    return text.isupper() and bool(
        re.match(
            r"(?:T\W*M|K\W*T|T\W*L|T\W*U\W*Q|Q)\b\W|(?:PHÓ )*(?:BÍ THƯ|CHỦ TỊCH|TRƯỞNG|CHÁNH|GIÁM ĐỐC|CHỦ NHIỆM)", text
        )
        or re.match(r"(?:BAN|PHÒNG|VĂN PHÒNG|ỦY|UỶ|SỞ|HỘI|ĐẢNG|CỤC|BỘ)\b", text)
    )


def _name(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip(" *.")).title()


def department_name(text: str) -> str:
    """An office in capitals as it is written: "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG" → "Sở Nông nghiệp và Môi trường"."""
    if text in {"BAN CHẤP HÀNH TRUNG ƯƠNG", "VĂN PHÒNG TRUNG ƯƠNG ĐẢNG"}:
        return {"B": "Ban Chấp hành Trung ương", "V": "Văn phòng Trung ương Đảng"}[text[0]]
    head = re.match(r"(?:[ỦU][YỶ] BAN|BAN|SỞ|PHÒNG|BỘ|CHI CỤC|CỤC|HỘI|TRUNG TÂM)\s+", text)
    first, rest = (text[: head.end()].strip(), text[head.end() :]) if head else ("", text)
    rest = re.sub(r"(?:^|(?<=, )|(?<= - )|(?<= và ))\w", lambda m: m.group(0).upper(), rest.lower())
    for name in ("Trung ương", "Ủy ban", "Hội đồng", "Đảng ủy"):
        rest = re.sub(rf"\b{name.lower()}\b", name, rest)
    return f"{first.capitalize()} {rest}".strip()


def issuer_of(offices: list[Office], body: str | None) -> str | None:
    """The author's full name.

    Args:
        offices: of the letterhead, the author last.
        body: "Ban Chấp hành" or "Ban Thường vụ", where the text or the signature says which of them speaks.
    """
    if not offices:
        return None
    author = offices[-1]
    above = next((o for o in reversed(offices[:-1]) if o.unit), None)
    if author.kind == "central":
        return author.body
    if author.kind == "department" and author.unit:
        return f"{author.body} {author.place}"
    if author.kind == "department":
        if above is None:
            return author.body
        if author.body.endswith(f" {above.unit}"):  # "Ban Cán sự đảng Ủy ban nhân dân tỉnh"
            return f"{author.body} {above.name}"
        return f"{author.body} {committee(above.unit, above.name) if above.kind == 'party' else above.place}"
    if author.kind == "state":
        return f"{author.body} {author.place}"
    if not author.unit:  # "HUYỆN ỦY BẢN MÂY" over "BAN THƯỜNG VỤ"
        if above and above.kind == "department":
            return f"{_body(author.body)} {above.body} {above.place}"
        return party_body(_body(author.body), above.unit, above.name) if above else None
    return party_body(_body(author.body) or body, author.unit, author.name)


def _body(text: str) -> str:
    return "Ban Thường vụ" if text in {"BAN THƯỜNG VỤ", "BTV"} else "Ban Chấp hành" if text else ""


def party_body(body: str | None, unit: str, name: str) -> str:
    """The body in full: "Ban Thường vụ Huyện ủy Bản Mây", "Ban Chấp hành Đảng bộ huyện Bản Mây"."""
    if (body or "").casefold() == "ban thường vụ":
        return f"Ban Thường vụ {committee(unit, name)}"
    return f"Ban Chấp hành Đảng bộ {unit} {name}"


def committee(unit: str, name: str) -> str:
    """The Party committee of a place: "Huyện ủy Bản Mây", "Đảng ủy xã Bản Lành"."""
    led = _COMMITTEE.get(unit)
    return f"{led} {name}" if led else f"Đảng ủy {unit} {name}"
