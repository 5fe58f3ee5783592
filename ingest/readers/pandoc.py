"""Markdown as Pandoc writes it: notes with names, tables laid out with blanks and dashes, tables in boxes.

Tables become pipe rows, notes get the numbers that a reader of the printed page sees; the text reader does the rest.
"""

from __future__ import annotations

import re
from itertools import pairwise

from ingest.lines import Reading

_LABEL = re.compile(r"\[\^([^\]\[^\s]{1,40})\](:?)")
_DASHES = re.compile(r" *-{2,}(?: +-{2,})+ *")  # under a header: a run of dashes a column
_LINE = re.compile(r" *-{5,} *")  # around a table whose cells have several lines
_BORDER = re.compile(r" *\+(?:[-=:]{3,}\+){1,}")
_MAX_HEADER, _MAX_ROWS = 8, 2_000  # lines


def number_notes(text: str) -> str:
    """``[^name]`` with the numbers of their first markers; a text whose names are all numbers stays as it is."""
    found = list(_LABEL.finditer(text))
    defined = {m[1] for m in found if m[2]}
    if all(label.isdigit() for label in defined):
        return text
    order = [m[1] for m in found if not m[2] and m[1] in defined] + [m[1] for m in found if m[2]]
    numbers = {label: str(i) for i, label in enumerate(dict.fromkeys(order), 1)}
    return _LABEL.sub(lambda m: f"[^{numbers[m[1]]}]{m[2]}" if m[1] in numbers else m[0], text)


def pipe_tables(lines: list[str], reading: Reading) -> list[str]:
    """The lines with every table as pipe rows; what drew the table counts as removed."""
    out: list[str] = []
    i = 0
    while i < len(lines):
        table = None
        if _BORDER.fullmatch(lines[i]):
            table = _boxed(lines, i)
        elif _DASHES.fullmatch(lines[i]):
            table = _dashed(lines, i)
        if table is None:
            out.append(lines[i])
            i += 1
            continue
        start, end, rows = table
        del out[len(out) - (i - start) :]
        made = [f"| {' | '.join(row)} |" for row in rows]
        # the account: signs that were there go, signs that the rows bring come
        reading.removed.append("".join(re.findall(r"[-+=:|]", "".join(_drawn(lines[start:end])))))
        reading.total += sum(line.count("|") for line in made) - sum(c.count("|") for row in rows for c in row)
        out += made
        i = end
    return out


def _drawn(lines: list[str]) -> list[str]:
    """What only draws a table: lines of dashes, and the bars of a box."""
    boxed = any(_BORDER.fullmatch(line) for line in lines)
    rules = [line for line in lines if _BORDER.fullmatch(line) or _is_rule(line)]
    return rules + ["|" * line.count("|") for line in lines if boxed and line not in rules]


def _is_rule(line: str) -> bool:
    return bool(_LINE.fullmatch(line) or _DASHES.fullmatch(line))


def _spans(rule: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(r"-+", rule)]


def _cut(line: str, spans: list[tuple[int, int]]) -> list[str] | None:
    """The cells of a line, None where words stand between the columns."""
    rest = list(line)
    for start, end in spans:
        rest[start:end] = " " * (len(rest[start:end]))
    if "\t" in line or "".join(rest).strip():
        return None
    return [line[start:end].strip() for start, end in spans]


def _joined(lines: list[list[str]]) -> list[str]:
    """One row of several lines."""
    return [" ".join(cell for cell in column if cell) for column in zip(*lines, strict=True)]


def _dashed(lines: list[str], rule: int) -> tuple[int, int, list[list[str]]] | None:
    """The table around the dashes at `rule`: its first line, the line behind it, its rows."""
    spans = _spans(lines[rule])
    start = rule
    while start and rule - start < _MAX_HEADER and lines[start - 1].strip() and not _LINE.fullmatch(lines[start - 1]):
        start -= 1
    several = start > 0 and start < rule and bool(_LINE.fullmatch(lines[start - 1]))
    if several and any(_is_rule(line) for line in lines[start:rule]):  # what draws a table is no header of one
        return None
    if several:
        header = [_cut(line, spans) for line in lines[start:rule]]
        start -= 1
    else:  # what stands above the line over the dashes is text
        start = rule - 1 if rule and lines[rule - 1].strip() and not _is_rule(lines[rule - 1]) else rule
        header = [_cut(line, spans) for line in lines[start:rule]]
    rows: list[list[str]] = []
    pending: list[list[str]] = []
    end, closed = rule + 1, False
    for end in range(rule + 1, min(len(lines), rule + _MAX_ROWS)):
        line = lines[end]
        if _is_rule(line):
            closed = True
            break
        if not line.strip():
            if not several:
                break
            rows += [_joined(pending)] if pending else []
            pending = []
            continue
        cells = _cut(line, spans)
        if cells is None:
            return None
        pending.append(cells)
        if not several:
            rows, pending = [*rows, cells], []
    else:
        end = min(len(lines), rule + _MAX_ROWS)
    rows += [_joined(pending)] if pending else []
    if not rows or None in header or (several and not closed) or (not header and not closed):
        return None
    head = [_joined([cells for cells in header if cells])] if header else []
    return start, end + closed, [*head, *rows]


def _boxed(lines: list[str], start: int) -> tuple[int, int, list[list[str]]] | None:
    """The table in a box that begins at `start`; cells that span columns are not read, and leave it as it is."""
    bars = [m.start() for m in re.finditer(r"\+", lines[start])]
    spans = [(a + 1, b) for a, b in pairwise(bars)]
    rows: list[list[str]] = []
    pending: list[list[str]] = []
    end = start + 1
    for end in range(start + 1, min(len(lines), start + _MAX_ROWS)):
        line = lines[end]
        if pending and _BORDER.fullmatch(line):
            rows.append(_joined(pending))
            pending = []
        elif len(line) > bars[-1] and all(line[at] == "|" for at in bars):
            pending.append([line[a:b].strip() for a, b in spans])
        else:
            break
    else:
        end = min(len(lines), start + _MAX_ROWS)
    return (start, end, rows) if rows and not pending else None
