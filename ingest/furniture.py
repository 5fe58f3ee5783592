"""Text that frames the document: letterhead, title, page numbers, recipients, signature. Set apart, not deleted."""

from __future__ import annotations

import re

from ingest.flow import is_numbered, starts_low
from ingest.grammar import NAMED, ROLES
from ingest.letters import UPPER
from ingest.lines import MARKER, OPEN, Block, visible

DOC_TYPES = (
    *("BÁO CÁO CHÍNH TRỊ", "BÁO CÁO TỔNG HỢP", "BÁO CÁO", "NGHỊ QUYẾT", "KẾ HOẠCH", "CHƯƠNG TRÌNH HÀNH ĐỘNG"),
    *("CHƯƠNG TRÌNH", "CHỈ THỊ", "KẾT LUẬN", "QUYẾT ĐỊNH", "QUY CHẾ", "QUY ĐỊNH", "HƯỚNG DẪN", "THÔNG BÁO"),
    *("THÔNG TRI", "ĐỀ ÁN", "TỜ TRÌNH", "CÔNG VĂN", "LỜI KÊU GỌI", "TUYÊN BỐ", "BIÊN BẢN", "LUẬT", "PHÁP LỆNH"),
    *("NGHỊ ĐỊNH", "THÔNG TƯ"),
)
_PAGE = re.compile(r"^\s*(?:[-–—]\s*)?(?:(?:Trang|trang)\s+)?\d{1,4}(?:\s*/\s*\d{1,4})?(?:\s*[-–—])?\s*$")
_RULE = re.compile(r"^[-_=–—*.…\s]{3,}$")
_LETTERHEAD = re.compile(
    r"""(?:
        ĐẢNG\ CỘNG\ SẢN\ VIỆT\ NAM | CỘNG\ H(?:ÒA|OÀ)\ | Độc\ lập
      | ĐẢNG\ BỘ\s | (?:ĐẢNG|HUYỆN|TỈNH|THÀNH|THỊ)\ [ỦU][YỶ]
      | BAN\ CHẤP\ HÀNH | BAN\ THƯỜNG\ VỤ | [ỦU][YỶ]\ BAN | HỘI\ ĐỒNG | UBND | (?:XÃ|HUYỆN|TỈNH)\s
      | \*+$
      | (?:Luật\ |Pháp\ lệnh\ )?[Ss]ố\s*:?\s*[\d_.…\s]*\s*[-–/]
      | \(?\s*(?:D[ựự]\ thảo|DỰ\ THẢO) | V/v\b | V/V\b
      | QUỐC\ HỘI | CHÍNH\ PHỦ | THỦ\ TƯỚNG | BỘ\ | SỞ\ | BAN\ | VĂN\ PHÒNG
    )""",
    re.VERBOSE,
)
_PLACE_DATE = re.compile(
    r"^[^\n,]{2,40},\s*(?:ngày\b.{0,25}(?:tháng\b.{0,25}năm|/.{0,12}/\s*\d{4})"
    r"|tháng\s*\d{1,2}\s*(?:năm|/)\s*\d{4})",
    re.I,
)
# The grounds of a decision and the addressee of a letter stand below the title and do not belong to it
_PREAMBLE = re.compile(r"^(?:[-–]\s*)?(?:Căn cứ|Xét|Theo đề nghị|Quốc hội ban hành|Chính phủ ban hành|Kính gửi)\b")
_RECIPIENTS = re.compile(r"^\s*Nơi\s+nhận\b", re.I)
# "- Lưu VT", "Lưu: Văn phòng", not "Lưu ý"
_ARCHIVE = re.compile(rf"^\s*[-–+]?\s*(?:Lưu|LƯU)(?:\s*[:.,]|\s*$|\s+(?:tại\s+)?(?:[{UPPER}]|hồ sơ|văn))")
_SIGN = re.compile(
    r"""\s*(?:
        T\s*[/.]?\s*M\b | K\s*/?\s*T\b | T\s*/?\s*L\b | Q\.
      | T\s*/?\s*U\s*/?\s*Q\b
      | (?:PHÓ\ )?(?:BÍ\ THƯ|CHỦ\ TỊCH|CHÁNH\ VĂN\ PHÒNG|TRƯỞNG\ (?:BAN|PHÒNG|ĐOÀN|CÔNG\ AN)|GIÁM\ ĐỐC|CHỦ\ NHIỆM)\b
      | (?:PHÓ\ )?(?:BỘ\ TRƯỞNG|HIỆU\ TRƯỞNG|TỔNG\ GIÁM\ ĐỐC|THỦ\ TƯỚNG|CHÁNH\ THANH\ TRA)\b
    )""",
    re.VERBOSE,
)
# What only the letterhead, the recipients or the signature say, at the start of a cell
_GRID = re.compile(
    r"^\s*(?:ĐẢNG CỘNG SẢN VIỆT NAM|CỘNG H[OÒ][AÀ]\s+XÃ HỘI|Độc lập\s*-\s*Tự do|Nơi nhận\s*:"
    r"|T\s*[/.]\s*M\W*\s*[A-ZĐỦỤỸ ]{4,})"
)
_MAX_GRID_ROWS, _MAX_GRID_COLUMNS = 20, 3
_RUNNING = 100  # characters of the longest running head
_MAX_RECIPIENTS = 60  # lines of the longest list of recipients
RANKS = (
    r"(?:(?:Đồng chí|Đ/c|Ông|Bà|GS|PGS|TS|ThS|Ths|BS|BSCKI{1,2}|KS"
    r"|(?:Thiếu|Trung|Thượng|Đại) (?:úy|tá|tướng))\.?,?\s+)*"
)
NAME = re.compile(rf"^\s*{RANKS}(?:[{UPPER}][\w’']*\s+){{1,4}}[{UPPER}][\w’']*\s*$")
_SIGNED = re.compile(r"^\W*(?:đã ký|ký tên|ký, đóng dấu|ký tên, đóng dấu)\W*$|^[\W_]+$", re.I)
_PLAIN_TITLE_LINES = 3
_ANNEX = re.compile(r"^\s*(?:BIỂU|PHỤ LỤC)\b")
_ATTACHED_LINES = 2
_ATTACHED = re.compile(r"^\s*\(\s*(?:K[èe]m theo|Ban hành kèm|Đính kèm)", re.I)


def unfold_letterheads(blocks: list[Block]) -> list[Block]:
    """Grids that only place the letterhead, the recipients or the signature side by side become lines of text."""
    tables: dict[int, list[Block]] = {}
    for block in blocks:
        if block.role == "row" and block.table is not None:
            tables.setdefault(block.table, []).append(block)
    framing = {
        table
        for table, rows in tables.items()
        if len(rows) <= _MAX_GRID_ROWS
        and max(len(b.cells or ()) for b in rows) <= _MAX_GRID_COLUMNS
        and any(_GRID.search(visible(c)) for b in rows for c in b.cells or ())
    }
    out: list[Block] = []
    for block in blocks:
        if block.role == "row" and block.table in framing:
            cells = [c.strip() for c in block.cells or () if c.strip()]
            out += [Block(c, block.page, bold=block.bold, gap=block.gap, centred=True) for c in cells]
        else:
            out += _part_recipients(block, out)
    return out


def _part_recipients(block: Block, before: list[Block]) -> list[Block]:
    """A line of the recipients with one of the signature beside it, behind a tab, becomes two lines."""
    if block.role != "text" or "\t" not in block.text.strip() or OPEN in block.text:
        return [block]
    sides = [side.strip() for side in block.text.split("\t") if side.strip()]
    announced = any(_RECIPIENTS.match(b.text) for b in before[-_MAX_GRID_ROWS:])
    if len(sides) != 2 or not announced or not re.match(r"[-–+•]", sides[0]):
        return [block]
    if not (_SIGN.match(sides[1]) or NAME.match(sides[1])):
        return [block]
    return [Block(side, block.page, bold=block.bold, gap=block.gap, centred=True) for side in sides]


def mark_lines(blocks: list[Block]) -> None:
    """Set apart what one line tells by itself: rules, page numbers, "(Kèm theo …)".

    Comes before the notes are linked, since a page number may stand between a note and its continuation.
    """
    attached = 0  # lines that an open "(Kèm theo …" may still fill
    for block in blocks:
        if attached and block.role == "text":
            attached = 0 if ")" in block.shown else attached - 1
            _set(block, "annex_note")
        elif block.role == "rule" or (block.role == "text" and _RULE.match(block.shown)):
            block.role, block.kind = "rule", "rule"
        elif block.role == "text" and _PAGE.match(block.shown):
            _set(block, "page_number")
        elif block.role == "text" and _ATTACHED.match(block.shown):
            _set(block, "annex_note")
            attached = 0 if ")" in block.shown else _ATTACHED_LINES
    _mark_running_heads(blocks)


def _mark_running_heads(blocks: list[Block]) -> None:
    """The same short line at every page's edge: beside a page number or a note, or where the page changes."""
    places: dict[str, list[int]] = {}
    for i, block in enumerate(blocks):
        text = block.shown
        if block.role != "text" or not 3 <= len(text) <= _RUNNING or re.search(r"[.;:,]$|^[-–+•(]", text):
            continue
        if not MARKER.match(block.text.lstrip()) and not is_numbered(block) and not ROLES.match(text):
            places.setdefault(re.sub(r"\d+|\s+", " ", text), []).append(i)
    for text, found in places.items():
        first = blocks[found[0]]
        # names, offices and set-off lines may well stand twice
        often = 2 if not (first.bold or first.hint or text.isupper() or NAME.match(text) or _SIGN.match(text)) else 3
        if len(found) >= often and all(_at_edge(blocks, i) for i in found):
            for i in found:
                _set(blocks[i], "running_head")


def _at_edge(blocks: list[Block], place: int) -> bool:
    """Does a page number, a body of notes or another sheet stand right beside the block?"""
    for other in blocks[max(0, place - 1) : place] + blocks[place + 1 : place + 2]:
        if other.role == "furniture" and other.kind == "page_number":
            return True
        if other.role == "note" or (other.role == "text" and MARKER.match(other.text.lstrip())):
            return True
        if other.page != blocks[place].page:
            return True
    return False


def mark_furniture(blocks: list[Block]) -> None:
    """Set apart the letterhead, the title, the recipients and the signature; everything else is left alone."""
    _mark_head(blocks)
    _mark_recipients(blocks)
    _mark_signature(blocks)


def _set(block: Block, kind: str) -> None:
    block.role, block.kind = "furniture", kind


def _mark_head(blocks: list[Block]) -> None:
    """Letterhead and title: everything before the first heading or the first long paragraph."""
    seen_type = False
    plain = 0  # title lines told by their place alone: bounded, since what is set apart is not searched
    numbered = next(
        (i for i, b in enumerate(blocks[:40]) if is_numbered(b) and not b.shown.startswith(("(", "V/"))), 40
    )
    announced = next((i for i, b in enumerate(blocks[:numbered]) if b.role == "text" and _is_type(b)), None)
    for place, block in enumerate(blocks[:60]):
        if block.role in {"rule", "furniture"}:
            continue
        text = block.shown
        if block.role != "text" or (is_numbered(block) and not text.startswith(("(", "V/"))) or _ANNEX.match(text):
            break
        if (NAMED.fullmatch(text) and text not in DOC_TYPES) or _PREAMBLE.match(text):
            break
        if seen_type and text.isupper() and _is_enacted(blocks, place):
            _set(block, "letterhead")
        elif _is_type(block):
            seen_type = True
            _set(block, "title")
        elif (
            (announced is not None and place < announced and len(text) <= 160 and not re.search(r"[.;]$", text))
            or (_LETTERHEAD.match(text) and len(text) <= 160 and not seen_type)
            or (_PLACE_DATE.match(text) and len(text) < 90)
        ):
            _set(block, "letterhead")
        elif text.isupper() or (block.bold and len(text) < 400) or (text.startswith("(") and len(text) < 400):
            _set(block, "title")
        elif len(text) < 3 or (re.match(r"^Số\b", text) and len(text) < 60):
            _set(block, "letterhead")
        elif (
            seen_type
            and plain < _PLAIN_TITLE_LINES * (1 + starts_low(block))
            and len(text) < 200
            and not re.search(r"[.;:]$|^[-–+•]", text)
        ):
            plain += 1
            _set(block, "title")
        elif _open_title(blocks, place):
            _set(block, "title")
        else:
            break


def _is_enacted(blocks: list[Block], place: int) -> bool:
    """The office that decides ("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH") stands between the title and its grounds."""
    if not _SIGN.match(blocks[place].shown) and not _LETTERHEAD.match(blocks[place].shown):
        return False
    below = next((b for b in blocks[place + 1 : place + 4] if b.role == "text"), None)
    return below is not None and bool(re.match(r"(?:[-–]\s*)?Căn cứ\b", below.shown))


def _is_type(block: Block) -> bool:
    """The line that names the kind of document: "BÁO CÁO", alone or with the start of the title."""
    text = block.shown
    upper = text.upper()
    named = any(re.match(rf"{t}\b", upper) for t in DOC_TYPES)
    return len(text) <= 300 and named and (text.isupper() or upper in DOC_TYPES or block.bold)


def _open_title(blocks: list[Block], place: int) -> bool:
    """Lines of a slogan title in mixed case: no full stop, and a parenthesis or a rule ends them within five blocks."""
    text = blocks[place].shown
    if len(text) > 250 or re.search(r"[.;:]$", text):
        return False
    for following in blocks[place + 1 : place + 6]:
        if following.role == "rule" or following.shown.startswith(("(Báo cáo", "(Trình")):
            return True
        if following.role != "text" or len(following.shown) > 250 or re.search(r"[.;:]$", following.shown):
            return False
    return False


def _mark_recipients(blocks: list[Block]) -> None:
    for i, block in enumerate(blocks):
        if block.role != "text" or not _RECIPIENTS.match(block.shown) or len(block.shown) > 400:
            continue
        _set(block, "recipients")
        for following in blocks[i + 1 : i + 1 + _MAX_RECIPIENTS]:
            text = following.shown
            listed = (
                re.match(r"^[-–+•]", text) or _ARCHIVE.match(text) or text.endswith((",", ";")) or text[:1].islower()
            )
            if _signs(following):
                continue  # printed beside the recipients, so its lines stand between theirs
            if following.role == "rule":
                continue
            if text.isupper() or is_numbered(following):
                break
            if following.role != "text" or len(text) > 300 or not listed:
                break
            _set(following, "recipients")
    _mark_unannounced_recipients(blocks)


def _signs(block: Block) -> bool:
    """A line of a signature block: an office in capitals, or a name."""
    text = block.shown
    return block.role == "text" and len(text) < 60 and bool(_SIGN.match(text) or NAME.match(text) or text.isupper())


def _mark_unannounced_recipients(blocks: list[Block]) -> None:
    """A list that ends in "- Lưu …" is the recipients' even where "Nơi nhận" was lost."""
    for i, block in enumerate(blocks):
        text = block.shown
        if block.role != "text" or not _ARCHIVE.match(text) or len(text) > 120 or "lưu trữ" in text.lower():
            continue
        _set(block, "recipients")
        for before in reversed(blocks[max(0, i - _MAX_RECIPIENTS) : i]):
            if before.role != "text" or not re.match(r"^[-–]\s*", before.shown) or len(before.shown) > 200:
                break
            if not before.shown.rstrip().endswith((",", ")", ";")) or before.shown.count(".") > 1:
                break
            _set(before, "recipients")


def _mark_signature(blocks: list[Block]) -> None:
    signing = 0
    for place, block in enumerate(blocks):
        text = block.shown
        if block.role == "text" and any(b.kind == "annex_note" for b in blocks[place + 1 : place + 2]):
            signing = 0  # the title of an annex
        elif block.role == "furniture" and block.kind == "recipients":
            signing = 8
        elif block.role == "text" and _SIGN.match(text) and text.isupper() and len(text) < 160:
            _set(block, "signature")
            signing = 8
        elif (
            signing
            and block.role == "text"
            and (
                NAME.match(text)
                or _SIGNED.match(text)
                or (text.isupper() and len(text) < 40 and not is_numbered(block))
            )
            and len(text) < 60
        ):
            if re.match(r"(?:BIỂU|PHỤ LỤC|PHẦN|CHƯƠNG|MỤC|ĐIỀU)\b", text.upper()):
                signing = 0
                continue
            _set(block, "signature")
            signing -= 1
        elif block.role == "text":
            signing = 0
