"""Text and Markdown: one block a line, tab-separated lines and pipe rows as table rows."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from ingest.clean import clean_text
from ingest.document import ParseWarning
from ingest.errors import EmptyFileError
from ingest.lines import Block, Reading, count_characters
from ingest.markup import strip_inline

_RULE = re.compile(r"^\s*(?:[-_=–—]{3,}|[*]{1,3}|(?:[-*_]\s+){3,})\s*$")
_PIPE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
# Words that only the letterhead or the recipients' block holds: the grid around them places text, it is no table
LETTERHEAD_CELL = re.compile(r"ĐẢNG CỘNG SẢN VIỆT NAM|CỘNG H[OÒ][AÀ]\s+XÃ HỘI|Nơi nhận\s*:|Độc lập\s*-\s*Tự do", re.I)
_NOTE_OPEN = re.compile(r"\[(\d{1,3}):(?=\s)")
_MD_NOTE = re.compile(r"^\[\^(\d+)\]:\s*")


def decode(data: bytes) -> tuple[str, list[ParseWarning]]:
    """Bytes to text: UTF-8, UTF-16 by its mark, otherwise the best guess, which is reported."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    best = from_bytes(data[:200_000]).best()
    codec = best.encoding if best else "cp1258"
    note = ParseWarning(
        "encoding", f"Không phải UTF-8, đọc theo {codec} / not UTF-8, read as {codec}: xin kiểm tra dấu"
    )
    return data.decode(codec, "replace"), [note]


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
    text, removed, more = clean_text(text)
    if not text.strip():
        raise EmptyFileError("không có chữ nào trong tệp (the file holds no text)", do="Kiểm tra lại bản gốc")
    reading = Reading([], "text/markdown" if markdown else "text/plain", removed=removed, warnings=warnings + more)
    reading.total = count_characters(text) + sum(count_characters(r) for r in removed)
    text, bodies = _cut_bracket_notes(text, reading)
    reading.explicit_notes = bool(bodies)
    gap = True
    for line in text.split("\n"):
        if m := re.fullmatch(r"\x00(\d+)", line):
            _add_note(reading, *bodies[int(m.group(1))])
        elif line.strip():
            _add_line(reading, line, gap)
            gap = False
            continue
        gap = True
    for i, block in enumerate(reading.blocks):
        block.order = i
    _number_tables(reading.blocks)
    return reading


def _cut_bracket_notes(text: str, reading: Reading) -> tuple[str, list[tuple[str, str]]]:
    """Take out bodies written ``[12: body ]`` (possibly over lines); a line with a NUL and an index stands for each.

    Brackets inside a body are balanced; an unclosed body ends with its paragraph.
    """
    if "[footnoteRef:" not in text:
        return text, []
    out: list[str] = []
    bodies: list[tuple[str, str]] = []
    position = 0
    for m in _NOTE_OPEN.finditer(text):
        if m.start() < position:
            continue
        end, body_end = _closing(text, m.end())
        out.append(text[position : m.start()])
        out.append(f"\n\x00{len(bodies)}\n")
        bodies.append((m.group(1), text[m.end() : body_end]))
        reading.removed.append(text[m.start() : m.end()].strip() + "]" * (end - body_end))
        position = end
    out.append(text[position:])
    return "".join(out), bodies


def _closing(text: str, start: int) -> tuple[int, int]:
    depth = 1
    for i in range(start, min(len(text), start + 20_000)):
        if text[i] == "[":
            depth += 1
        elif text[i] == "]":
            depth -= 1
            if not depth:
                return i + 1, i
    newline = text.find("\n", start)
    end = newline if newline >= 0 else len(text)
    return end, end


def _add_note(reading: Reading, key: str, body: str) -> None:
    pieces = [p for p in body.split("\n") if p.strip()]
    for piece in pieces:
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
    if m := _MD_NOTE.match(line):
        reading.removed.append(m.group(0).strip())
        reading.explicit_notes = True
        inline = strip_inline(line[m.end() :])
        reading.removed += inline.removed
        reading.blocks.append(Block(inline.text.strip(), role="note", note="#" + m.group(1)))
        return
    inline = strip_inline(line)
    reading.removed += inline.removed
    if LETTERHEAD_CELL.search(inline.text) and "\t" in inline.text:  # two columns of a letterhead, no table
        sides = [side.strip() for side in inline.text.split("\t") if side.strip()]
        reading.blocks += [Block(side, gap=gap, bold=inline.bold, centred=True) for side in sides]
        return
    cells = _cells(inline.text, reading)
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


def _cells(text: str, reading: Reading) -> tuple[str, ...] | None:
    """Cells of a tab-separated or pipe row; a single leading tab is an indent, not a cell."""
    stripped = text.strip()
    if stripped.startswith("|") and stripped.count("|") >= 3:
        reading.removed.append("|" * stripped.count("|"))
        return tuple(c.strip() for c in stripped.strip("|").split("|"))
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
