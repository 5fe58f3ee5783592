"""Text and Markdown: one block a line, tab-separated lines and pipe rows as table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError
from ingest.legacy_fonts import convert_lines
from ingest.lines import Block, Reading, count_characters
from ingest.markup import LINE_BREAK, strip_inline
from ingest.readers.encoding import decode
from ingest.readers.linked_notes import mark_linked_notes
from ingest.readers.pandoc import number_notes, pipe_tables
from ingest.readers.wrapped import unwrap

_RULE = re.compile(r"^\s*(?:[-_=–—]{3,}|[*]{1,3}|(?:[-*_]\s+){3,})\s*$")
_PIPE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
# Words that only the letterhead or the recipients' block holds: the grid around them places text, it is no table
LETTERHEAD_CELL = re.compile(r"ĐẢNG CỘNG SẢN VIỆT NAM|CỘNG H[OÒ][AÀ]\s+XÃ HỘI|Nơi nhận\s*:|Độc lập\s*-\s*Tự do", re.I)
# In a pipe cell lines are parted by <br>, or by the two blanks that ended them ("**A**  **B**", of markitdown)
_CELL_LINES = re.compile(rf"{LINE_BREAK.pattern}|(?<=[^\s|]) {{2,9}}(?=[^\s|])", re.I)
_SIGNATURE_CELL = re.compile(r"\|[\s*_]*(?:T\s*[/.]\s*M|K\s*[/.]\s*T|T\s*[/.]\s*L)\b\W{0,5}[A-ZĐỦỤ]{2}")
_LETTERHEAD = re.compile(rf"{LETTERHEAD_CELL.pattern}|(?:\t| {{4}})[^\t,]{{2,40}},\s*ngày\b.*\bnăm\b", re.I)
# Columns set with blanks; the room left for a day or a number is no column: "ngày      tháng 12", "Số      -BC/HU"
_COLUMNS = re.compile(r"\t|(?<! )(?<!ngày)(?<!tháng)(?<!Số) {4,}(?![-–/]|tháng|năm)")
MAX_SPAN = 64  # columns that one cell may claim; a file may say a billion
_NOTE_OPEN = re.compile(r"\[(\d{1,3}):(?=\s)")
MAX_BODY = 20_000  # characters of the longest body in brackets; beyond that its closing bracket was lost
_OPEN_CELL = re.compile(r'(^|\t)"([^"\t]*)$')  # a cell in quotes that the line does not close
_CLOSED_CELL = re.compile(r'[^"\t]*"(?:\t|$)')
_MAX_CELL_LINES = 20
# "**I. KINH TẾ****1. Nông nghiệp**": two headings that lost the line break between them
_TWO_HEADINGS = re.compile(r"(\*\*[^*]{3,300}\*\*)(?=\*\*(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-E])[.)/-]\s)")
_MD_NOTE = re.compile(r"^\[\^(\d+(?:=[^\]\s]{1,8})?)\]:\s*")


def span_of(value: str | None) -> int:
    """How many columns a cell claims, at most `MAX_SPAN`; 1 where the attribute is missing or makes no sense."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*", value or "")
    return min(max(1, int(found.group(1))), MAX_SPAN) if found else 1


def read_text(data: bytes, *, markdown: bool = False) -> Reading:
    """Read a text or Markdown file.

    Args:
        data: the bytes.
        markdown: the name ends in .md; only the media type depends on it, since converters write
            Markdown into .txt as well.

    Raises:
        EmptyFileError: white space only.
    """
    text, warnings = decode(data)
    text, tally = convert_lines(text)
    warnings = warnings + tally.warnings()
    text, removed, more = _clean_pages(text)
    if not text.strip():
        raise EmptyFileError("không có chữ nào trong tệp (the file holds no text)", do="Kiểm tra lại bản gốc")
    text = number_notes(text)
    reading = Reading([], "text/markdown" if markdown else "text/plain", removed=removed, warnings=warnings + more)
    reading.total = count_characters(text) + sum(count_characters(r) for r in removed)
    text, bodies = _cut_bracket_notes(text, reading)
    gap = True
    key: str | None = None  # of the Markdown body that indented lines go on with
    reading.pages = text.count("\f") + 1 if "\f" in text else None
    page = 1 if reading.pages else None
    lines = unwrap(pipe_tables(list(_whole_rows(text.split("\n"), reading)), reading))
    for line in mark_linked_notes(lines, reading):
        made = len(reading.blocks)
        if line == "\f":
            page = page + 1 if page else None
        elif m := re.fullmatch(r"\x00(\d+)", line):
            _add_note(reading, *bodies[int(m.group(1))])
        elif m := _MD_NOTE.match(line):
            key = str(m.group(1))
            reading.removed.append(m.group(0).strip())
            _add_note(reading, key, line[m.end() :])
        elif key is not None and line.strip() and line.startswith(("    ", "\t")):
            _add_note(reading, key, line)
        elif line.strip():
            _add_line(reading, line, gap)
        for block in reading.blocks[made:]:
            block.page = page
        if made < len(reading.blocks) and reading.blocks[-1].role != "note":
            gap, key = False, None
        else:
            gap = True
    _number_tables(reading.blocks)
    return reading


def _clean_pages(text: str) -> tuple[str, list[str], list[ParseWarning]]:
    """Clean page by page; a form feed stays, alone on a line, since it says where a sheet ends."""
    pages: list[str] = []
    removed: list[str] = []
    warnings: dict[str, ParseWarning] = {}
    for page in text.split("\f"):
        cleaned, gone, more = clean_text(page)
        pages.append(cleaned)
        removed += gone
        warnings |= {w.code: w for w in more}
    return "\n\f\n".join(pages), removed, list(warnings.values())


def _whole_rows(lines: list[str], reading: Reading) -> Iterator[str]:
    """Spreadsheets put a cell of several lines in quotes: such a row becomes one line, without the quotes."""
    i = 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if _OPEN_CELL.search(line):
            for end in range(i, min(i + _MAX_CELL_LINES, len(lines))):
                if _CLOSED_CELL.match(lines[end]):
                    reading.removed.append('""')
                    whole = " ".join([_OPEN_CELL.sub(r"\1\2", line), *lines[i : end + 1]])
                    line, i = whole.replace('"', "", 1), end + 1
                    break
                if not lines[end].strip() or "\t" in lines[end]:
                    break
        yield line


def _cut_bracket_notes(text: str, reading: Reading) -> tuple[str, list[tuple[str, str]]]:
    """Take out bodies written ``[12: body ]`` (possibly over lines); a line with a NUL and an index stands for each.

    Brackets inside a body are balanced; an unclosed body ends with its line.
    """
    if "[footnoteRef:" not in text:
        return text, []
    closing = _closing_brackets(text)
    out: list[str] = []
    bodies: list[tuple[str, str]] = []
    position = 0
    for m in _NOTE_OPEN.finditer(text):
        if m.start() < position:
            continue
        body_end = closing.get(m.start(), -1)
        closed = 0 <= body_end - m.end() <= MAX_BODY
        if not closed:
            newline = text.find("\n", m.end())
            body_end = newline if newline >= 0 else len(text)
        out.append(text[position : m.start()])
        out.append(f"\n\x00{len(bodies)}\n")
        bodies.append((m.group(1), text[m.end() : body_end]))
        reading.removed.append(m.group(0).strip() + "]" * closed)
        position = body_end + closed
    out.append(text[position:])
    return "".join(out), bodies


def _closing_brackets(text: str) -> dict[int, int]:
    """Where each "[" is closed, in one pass."""
    open_at: list[int] = []
    closing: dict[int, int] = {}
    for m in re.finditer(r"[\[\]]", text):
        if m.group(0) == "[":
            open_at.append(m.start())
        elif open_at:
            closing[open_at.pop()] = m.start()
    return closing


def _add_note(reading: Reading, key: str, body: str) -> None:
    for piece in body.replace("\f", "\n").split("\n"):
        inline = strip_inline(piece)
        reading.removed += inline.removed
        text = inline.text.strip()
        # Word writes the marker's own brackets in front of the body: "() Nghị quyết …", "(). …"
        if m := re.match(r"\(\s*\)\s*\.?\s*", text):
            reading.removed.append(m.group(0).strip())
            text = text[m.end() :]
        if text:
            reading.blocks.append(Block(text, role="note", note="#" + key))


def _add_line(reading: Reading, line: str, gap: bool) -> None:
    if _RULE.match(line) or _PIPE_RULE.match(line):
        reading.blocks.append(Block(line.strip(), role="rule", gap=gap))
        return
    framing = LETTERHEAD_CELL.search(line) or _SIGNATURE_CELL.search(line)
    if framing and line.lstrip().startswith("|") and _CELL_LINES.search(line):
        _add_letterhead(reading, line, gap)
        return
    if two := _TWO_HEADINGS.match(line):
        _add_line(reading, two.group(1), gap)
        _add_line(reading, line[two.end() :], gap=True)
        return
    inline = strip_inline(line)
    reading.removed += inline.removed
    sides = [side.strip() for side in _COLUMNS.split(inline.text) if side.strip()]
    if len(sides) > 1 and _LETTERHEAD.search(inline.text):  # two columns of a letterhead, no table
        reading.blocks += [Block(side, gap=gap, bold=inline.bold, centred=True) for side in sides]
        return
    above = reading.blocks[-1] if reading.blocks and not gap else None
    cells = _cells(inline.text, reading)
    if not cells and above is not None and above.cells and inline.text.count("\t") == len(above.cells) - 1 > 1:
        cells = tuple(c.strip() for c in inline.text.split("\t"))  # a row with its last cell alone
    if cells:
        reading.blocks.append(Block("\t".join(cells), role="row", cells=cells, gap=gap, bold=inline.bold))
        return
    text = inline.text.strip()
    if not text:
        return
    lost = len(inline.text) - len(inline.text.lstrip())
    soft = line.endswith("  ") and not line.rstrip().endswith((".", ";"))
    reading.blocks.append(
        Block(text, bold=inline.bold, lead=max(0, inline.lead - lost), hint=inline.hint, gap=gap, soft=soft)
    )


def _add_letterhead(reading: Reading, line: str, gap: bool) -> None:
    """Cells of several lines that place the letterhead, the recipients or the signature side by side, one by one."""
    reading.removed += ["|" * line.count("|"), *LINE_BREAK.findall(line)]
    for cell in line.strip().strip("|").split("|"):
        for piece in _CELL_LINES.split(cell):
            inline = strip_inline(piece)
            reading.removed += inline.removed
            if text := inline.text.strip():
                reading.blocks.append(Block(text, gap=gap, bold=inline.bold, centred=True))


def _cells(text: str, reading: Reading) -> tuple[str, ...] | None:
    """Cells of a tab-separated or pipe row; a single leading tab is an indent, not a cell."""
    stripped = text.strip()
    if stripped.startswith("|") and stripped.count("|") >= 3:
        reading.removed.append("|" * stripped.count("|"))
        return tuple(c.strip() for c in stripped.removeprefix("|").removesuffix("|").split("|"))
    if text.count("\t") < 2:
        return None
    cells = tuple(c.strip() for c in text.rstrip("\n").split("\t"))
    filled = [c for c in cells if c]
    # Two filled cells far apart are a letterhead; one filled cell behind tabs is an indented paragraph
    if len(filled) < 2 and not (len(cells) >= 4 and filled and len(filled[0]) < 400 and not text.startswith("\t\t\t")):
        return None
    if len(filled) == 1 and text.startswith("\t") and not text.rstrip(" ").endswith("\t"):
        return None
    return cells


def _number_tables(blocks: list[Block]) -> None:
    """Rows that follow each other are one table; empty lines between them do not end it."""
    table = 0
    previous = False
    for block in blocks:
        if block.role == "row":
            table += not previous
            block.table = table
        if block.role != "rule":
            previous = block.role == "row"
