"""What part of a report a passage stands in, told by its headings: results, shortcomings, causes and so on.

Party reports are built alike: what was done, what was lacking and why, what was learnt, what is to be reached, by which
tasks and measures. The paragraphs below "Nguyên nhân" seldom repeat that word, so the heading is asked. Pure rules over
headings without marks (a scan may have lost some); nothing depends on the index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.segment import fold

ROLES = ("result", "shortcoming", "cause", "lesson", "target", "task", "measure", "general", "other")
"""kết quả · hạn chế · nguyên nhân · bài học · mục tiêu · nhiệm vụ · giải pháp · đánh giá và bối cảnh · phần khác."""

_PLANS = frozenset({"target", "task", "measure"})
# The number or name of a unit before its title: "Phần thứ nhất", "II.", "1.2", "a)", "Phụ lục số 1".
_LABEL = re.compile(
    r"(?:(?:phan|chuong|muc|dieu|phu luc|phu bieu|bieu|bang)(?: thu)?(?: so)? "
    r"(?:\d+|[ivxlc]+|nhat|hai|ba|bon|tu|nam|sau|mot|[a-h])|[ivxlc]+|\d+(?:\.\d+)*|[a-hđ])[\s.:)/–-]+"
)
# Words that may stand before the one that says it: "Về những hạn chế", "Biểu kết quả", "02 khâu đột phá".
_LEADING = re.compile(
    r"(?:(?:ve|nhung|cac|mot so|mot vai|mot|nhom|he thong|bieu|bang|tong hop|danh muc|khai quat|kiem diem|tong quan|"
    r"noi dung|doi voi|viec|phan|du kien|nhin nhan|\d+|"
    r"danh gia(?: tong quat| khai quat| chung| chung ve)?(?! chung| tong quat| khai quat))\s+)*"
)
_END = r"(?=$|[\s,;:.()–-])"
_SAYING: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(f"(?:{words}){_END}"))
    for role, words in (
        ("cause", r"nguyen nhan|(?:khach|chu) quan(?=\W*$)"),
        ("lesson", r"bai hoc|kinh nghiem"),
        # "hạn chế" is a verb as well: "Hạn chế tai nạn giao thông" is a task.
        (
            "shortcoming",
            r"han che(?=\W*$|\s*[,;:.(–-]|\s(?:va|khuyet|trong|ve|cua|con|yeu|ton|chu yeu|nhat dinh|bat cap|kho khan|"
            r"nguyen nhan|noi len)\b)|ton tai|khuyet diem|nhuoc diem|yeu kem|kho khan|vuong mac|bat cap|thieu sot|"
            r"diem nghen|mat (?:con )?(?:han che|ton tai|yeu)",
        ),
        (
            "result",
            r"ket qua|uu diem|thanh tuu|thanh tich|mat (?:duoc|manh|da dat)|tinh hinh(?! chung| dac diem)|viec da lam",
        ),
        ("target", r"muc tieu|chi tieu|muc dich"),
        (
            "task",
            r"nhiem vu|phuong huong|dinh huong|(?:khau |linh vuc )?dot pha|to chuc thuc hien|trong tam cong tac|"
            r"cong tac trong tam|ke hoach (?:nam|quy|\d+ thang|cong tac|giai doan|thuc hien)",
        ),
        ("measure", r"giai phap|bien phap"),
        (
            "general",
            r"danh gia (?:chung|tong quat|khai quat)|nhan (?:xet|dinh) chung|dac diem|boi canh|du bao|thuc trang|"
            r"thuan loi|quan diem|su can thiet|can cu|quy dinh chung|tinh hinh chung|tong quan|khai quat",
        ),
        ("other", r"kien nghi|de xuat|de nghi"),
    )
)
# They open a heading of plans and mean a task only where nothing plainer follows: "Phương hướng, mục tiêu".
_WEAK = re.compile(r"\b(?:phuong huong|dinh huong|ke hoach)\b")
_PARTS = re.compile(r"\s*[,;:–(]\s*|\s+-\s+|\s+va\s+")
_YEAR = re.compile(r"(?:19|20)\d\d")
# What a heading about the time to come says, so that it is not read as a report on targets.
_COMING = re.compile(r"\b(?:den nam|den cuoi|den het|toi|tiep theo|cuoi nam|cuoi nhiem ky|phuong huong|giai phap)\b")
# A text that opens with the name of its part needs no heading: "Nguyên nhân chủ quan: …", "* Bài học kinh nghiệm".
_OPENING = re.compile(
    r"[\W\d]*(?:ve )?(?:(?P<cause>nguyen nhan\b)|(?P<lesson>bai hoc kinh nghiem\b)|"
    r"(?P<shortcoming>(?:han che|ton tai|khuyet diem|yeu kem)(?:, (?:ton tai|khuyet diem|yeu kem|han che))*\s*:))"
)


def role_of(section_path: Sequence[str], text: str = "") -> str:
    """The role of a passage: what the nearest heading says that says anything, innermost first.

    A heading that names several ("Hạn chế và nguyên nhân") leaves it to the passage's own first words, else to the
    order in it; "Nhiệm vụ" decides among plans. Targets and tasks below a heading of results ("Kết quả" > "Các chỉ tiêu
    chủ yếu") are results, unless the inner heading speaks of another year or of the time to come.

    Args:
        section_path: headings, outermost first, as a passage has them.
        text: the passage's text.

    Returns:
        One of `ROLES`; "other" where nothing says it.
    """
    return _role(tuple(section_path), _opening(text))


def _opening(text: str) -> str:
    match = _OPENING.match(fold(text[:80]))
    return (match.lastgroup or "") if match else ""


@lru_cache(maxsize=16384)
def _role(path: tuple[str, ...], opening: str) -> str:
    """The rule itself, cached: the passages of one section share their headings."""
    for depth in range(len(path) - 1, -1, -1):
        named = roles_in(path[depth])
        if not named:
            continue
        if opening in named or opening in ("cause", "lesson"):
            return opening
        role = _first(named)
        if role in _PLANS and _reports_on(path[depth], path[:depth]):
            return "result"
        return role
    return opening or "other"


def _first(named: tuple[str, ...]) -> str:
    plans = [role for role in named if role in _PLANS]
    if plans and named[0] in {*_PLANS, "general"}:
        return "task" if "task" in plans else plans[0]
    return named[0]


def _reports_on(heading: str, outer: tuple[str, ...]) -> bool:
    """Whether a heading of targets or tasks stands in a part about what was reached."""
    folded = fold(heading)
    if _COMING.search(folded):
        return False
    for above in reversed(outer):
        named = roles_in(above)
        if named:
            years = set(_YEAR.findall(folded))
            return named[0] == "result" and years <= set(_YEAR.findall(above))
    return False


@lru_cache(maxsize=16384)
def roles_in(heading: str) -> tuple[str, ...]:
    """The roles that one heading names, in its order; empty where it names none."""
    folded = " ".join(fold(heading).split())
    folded = folded[match.end() :] if (match := _LABEL.match(folded)) else folded
    found: dict[str, None] = {}
    weak = False
    for part in _PARTS.split(folded):
        role = _said(part)
        if role == "task" and _WEAK.search(part):
            weak = True
        elif role:
            found.setdefault(role)
    if weak and not found.keys() & _PLANS:
        found = {"task": None, **found}
    named = tuple(found)
    # "Kết quả thực hiện các mục tiêu, nhiệm vụ": what follows is what was reached.
    return tuple(r for r in named if r not in _PLANS) if named[:1] == ("result",) else named


def _said(part: str) -> str | None:
    """The role that one part of a heading begins with."""
    lead = _LEADING.match(part)
    starts = dict.fromkeys((part[lead.end() :] if lead else part, part))
    return next((role for start in starts for role, words in _SAYING if words.match(start)), None)
