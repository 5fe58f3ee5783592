"""Graded queries: a compact source (`source/NAME.queries`) → the gold's JSON lines, every quote checked.

kind | query            starts a query
S03                     starts a shared query, by its number in `SHARED`
3 quote                 an answer: grade (3 direct, 2 clearly relevant, 1 marginal) and words of one line of the document
2 @NAME quote           an answer in another document
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from .gold import Line, reading
from .markup import Source, parse

KINDS = (
    "topic",
    "question",
    "paraphrase",
    "footnote",
    "table",
    "number",
    "docref",
    "nodiacritics",
    "english",
    "shared",
)
SHARED = (
    "kết quả giảm nghèo",
    "số xã về đích nông thôn mới",
    "số thu ngân sách trong năm",
    "trường đạt chuẩn quốc gia",
    "tỷ lệ tham gia bảo hiểm y tế",
    "kết nạp đảng viên được bao nhiêu",
    "tỷ lệ che phủ rừng và bảo vệ rừng",
    "dịch vụ công trực tuyến, chuyển đổi số",
    "công tác tuyển quân",
    "đảng viên bị thi hành kỷ luật",
    "hạn chế do nguyên nhân chủ quan",
    "những bài học rút ra",
    "tiến độ giải ngân đầu tư công",
    "đào tạo nghề, giải quyết việc làm cho lao động",
    "thu nhập bình quân đầu người",
    "tình hình tội phạm và ma túy",
    "sắp xếp bộ máy, tinh giản biên chế",
    "trạm y tế xã có bác sĩ",
    "thiệt hại do thiên tai, thời tiết bất lợi",
    "sản lượng lương thực",
    "kiểm tra, giám sát của Đảng",
    "còn những hạn chế, yếu kém nào",
    "chỉ tiêu không đạt kế hoạch",
    "thời gian tới làm gì để phát triển kinh tế",
)


def _row_quote(quote: str, lines: list[Line]) -> str | None:
    """A quote that is a cell of a table row, made longer by the two cells behind it, so that it names this row only."""
    for line in lines:
        cells = line.text.split("\t")
        if line.kind == "table" and quote in cells:
            at = cells.index(quote)
            return " ".join(cell for cell in cells[at : at + 3] if cell)
    return None


def _answer(grade: str, quote: str, source: Source) -> dict:
    lines = reading(source)
    quote = _row_quote(quote, lines) or quote
    kind = next((line.kind for line in lines if quote in re.sub(r"\s+", " ", line.text)), None)
    if kind is None:
        raise ValueError(f"{source.name}: no line has the quote {quote!r}")
    return {"quote": quote, "grade": int(grade), "where": kind}


def compile_queries(source: Source, path: Path) -> bytes:
    """The queries of one sample as JSON lines.

    Raises:
        ValueError: an unknown kind, or a quote that no line of the document has.
    """
    rows, own = [], 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"S(\d\d)", line):
            query = SHARED[int(match[1]) - 1]
            rows.append({"qid": f"{source.name}-{line}", "query": query, "kind": "shared"})
        elif match := re.match(r"([123]) (?:@(\S+) )?(.+)", line):
            holder = parse(path.with_name(f"{match[2]}.vk")) if match[2] else source
            elsewhere = {"source": holder.filename} if match[2] else {}
            rows[-1]["answers"].append(_answer(match[1], match[3], holder) | elsewhere)
            continue
        elif line:
            kind, _, query = (part.strip() for part in line.partition("|"))
            if kind not in KINDS:
                raise ValueError(f"{source.name}: unknown kind in {line!r}")
            own += 1
            rows.append({"qid": f"{source.name}-{own:02}", "query": query, "kind": kind})
        else:
            continue
        rows[-1] |= {"source": source.filename, "answers": []}
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
