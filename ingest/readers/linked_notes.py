"""Footnotes that converters of Word files write as links: ``[[1]](#_ftn1)`` and, at the body, ``[[1]](#_ftnref1)``.

Two shapes. Word's own HTML, LibreOffice's and Google Docs' put a link back in front of the body; mammoth and what
follows its HTML keep the bodies as a numbered list and put the link back (``[↑](#footnote-ref-1)``) behind it. Both are
linked by the ids, since the numbers shown may begin anew; the text reader gets markers and ``[^n]: body`` lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.lines import Reading, count_characters, marker

# What a link to a note points to, and what the link back does. Word; LibreOffice; Google Docs; mammoth; Pandoc's HTML
_ID = r"(\d{1,5})"
_TARGETS = [
    (kind, re.compile(to + r"\Z"), re.compile(back + r"\Z"))
    for kind, to, back in [
        ("ftn", rf"_ftn{_ID}", rf"_ftnref{_ID}"),
        ("edn", rf"_edn{_ID}", rf"_ednref{_ID}"),
        ("sdfootnote", rf"sdfootnote{_ID}sym", rf"sdfootnote{_ID}anc"),
        ("sdendnote", rf"sdendnote{_ID}sym", rf"sdendnote{_ID}anc"),
        ("ftnt", rf"ftnt{_ID}", rf"ftnt_ref{_ID}"),
        ("footnote", rf"(?:[\w-]{{1,60}}-)?footnote-{_ID}", rf"(?:[\w-]{{1,60}}-)?footnote-ref-{_ID}"),
        ("endnote", rf"(?:[\w-]{{1,60}}-)?endnote-{_ID}", rf"(?:[\w-]{{1,60}}-)?endnote-ref-{_ID}"),
        ("fn", rf"(?:user-content-)?fn[:-]?{_ID}", rf"(?:user-content-)?fnref[:-]?{_ID}"),
    ]
]
# From the bracket that closes a label on; Pandoc adds attributes
_GOAL = re.compile(
    r"\]\(<?(?P<page>[^()\s<>#]{0,300})#(?P<name>[\w\\:.-]{1,90})>?(?:\s+\"[^\"\n]{0,300}\"|\s+'[^'\n]{0,300}')?\)"
    r"(?:\{[^{}\n]{0,120}\})?"
)
_HTML = re.compile(r"<a\s([^<>\n]{1,600})>((?:<(?!/?a\b)[^<>\n]{1,200}>|[^<>\n]){0,60})</a>", re.I)
_HREF = re.compile(r"\bhref\s*=\s*[\"']?([^\"'\s#]{0,300})#([\w:.-]{1,90})", re.I)
_MAX_LABEL = 160  # characters, markup included
_DRESS = re.compile(r"<[^<>]*>|\{[^{}]*\}|[\\\[\]()【】_^~.\s]")  # what a label wears around its number
_SHOWN = re.compile(r"\d{1,4}|[ivxlcdm]{1,8}|[a-zđ]|[*†‡§]{1,4}|", re.I)
_ARROW = re.compile(r"[↑↩⤴⬆⏎\ufe0e\ufe0f]+|back|trở lại|quay lại", re.I)
_WRAPS = (("<sup>", "</sup>"), ("^", "^"), ("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"))
_SIGN = re.compile(r"\s*(?:>\s*)*(?:[-*+]\s+|\d{1,4}\\?[.)]\s+)?")
_ITEM = re.compile(r"\s*(\d{1,4})\\?[.)]\s+")
_LEAD = re.compile(
    r"\s*(?:>\s*)*(?:[-*+]\s+|\d{1,4}\\?[.)]\s+)?"
    r"(?:<(?:p|div|span|sup|li|small)\b[^<>\n]{0,300}>\s*|<a\s[^<>\n]{1,300}>\s*</a>\s*)*\Z"
)
_MAX_LEAD = 1_000  # characters
_TEXT, _NOTHING = re.compile(r"\s*\S"), re.compile(r"[\s*_.]*\Z")
_NAMED = re.compile(
    r"\s*(?:\d{1,4}\\?[.)]\s+)?<a\s+(?:id|name)\s*=\s*[\"']([\w:.-]{1,90})[\"'][^<>\n]{0,100}>\s*</a>", re.I
)
_KNOWN = re.compile(r"\[\^(\d+)\]")
# What stands between two bodies and is no paragraph of the first; a NUL stands for a note that was taken out
_BREAK = re.compile(
    r"\s{0,3}(?:\0|#|\||\[\^|[-_=*–—]{3,}\s*$|(?:[-*_]\s+){2,}|\W{0,6}(?:Nơi nhận|T\s*/\s*M|PHỤ LỤC|BIỂU)\b)"
)
_FURTHER, _LAST_FURTHER = 12, 3  # paragraphs that a body may have before the next one, and before the end of the file
_BACK = 60  # lines in which the list item is looked for that a link back closes


@dataclass(frozen=True, slots=True)
class _Link:
    line: int
    start: int
    end: int
    note: tuple[str, int]  # kind and id
    back: bool
    shown: str | None  # the number of the label, "" without one; None for an arrow
    elsewhere: bool  # the address names a page


@dataclass(slots=True)
class _Found:
    """Links of one file by what they do: `starts` and `ends` of bodies by their line."""

    markers: list[_Link] = field(default_factory=list)
    starts: dict[int, _Link] = field(default_factory=dict)
    ends: dict[int, _Link] = field(default_factory=dict)


@dataclass(slots=True)
class _Body:
    note: tuple[str, int]
    first: int
    last: int
    shown: str
    lead: int  # characters of the list sign or quote sign before it


def mark_linked_notes(lines: list[str], reading: Reading) -> list[str]:
    """The lines with linked notes as the text reader knows notes.

    Args:
        lines: of the file, one a paragraph.
        reading: its account is kept: links taken out are in `removed`, what the new notation adds is in `total`.

    Returns:
        As many lines: a marker's token for each link to a note, ``[^n]: `` before a body, its further paragraphs set
        in. A link of the same look with another target stays as it is.
    """
    links = [link for i, line in enumerate(lines) for link in _links(i, line)]
    found = _sorted(lines, links)
    if not found.markers and not found.starts and not found.ends:
        return lines
    bodies = _bodies(lines, found)
    known = {body.note for body in bodies}
    markers = [m for m in found.markers if m.note in known or not m.elsewhere]
    keys = _keys(markers, bodies, {n for line in lines for n in _KNOWN.findall(line)})
    used = {body.first for body in bodies}
    cuts = [(m, marker("#" + keys[m.note], "")) for m in markers]
    cuts += [(link, "") for i, link in found.starts.items() if i in used]
    cuts += [(link, "") for link in found.ends.values()]
    out = _cut(lines, cuts, reading)
    for body in bodies:
        line, notation = out[body.first], f"[^{keys[body.note]}]: "
        reading.removed.append(line[: body.lead].strip())
        reading.total += count_characters(notation)
        out[body.first] = notation + line[body.lead :]
        for i in range(body.first + 1, body.last + 1):
            out[i] = "    " + out[i].strip() if out[i].strip() else ""
    return out


def _cut(lines: list[str], cuts: list[tuple[_Link, str]], reading: Reading) -> list[str]:
    """The lines with each link replaced by what stands beside it."""
    out = list(lines)
    by_line: dict[int, list[tuple[_Link, str]]] = {}
    for link, token in sorted(cuts, key=lambda cut: (cut[0].line, cut[0].start)):
        by_line.setdefault(link.line, []).append((link, token))
    for place, found in by_line.items():
        line, position, pieces = lines[place], 0, []
        for link, token in found:
            pieces += [line[position : link.start], token]
            reading.removed.append(line[link.start : link.end])
            position = link.end
        out[place] = "".join([*pieces, line[position:]])
    return out


def _links(place: int, line: str) -> list[_Link]:
    if "#" not in line:
        return []
    found: list[_Link] = []
    for m in _GOAL.finditer(line):
        start = _label_start(line, m.start())
        if start is not None and (link := _link(place, line, (start, m.end()), m, line[start + 1 : m.start()])):
            found.append(link)
    for m in _HTML.finditer(line):
        if (href := _HREF.search(m[1])) and (link := _link(place, line, m.span(), href, m[2])):
            found.append(link)
    apart: list[_Link] = []
    for link in sorted(found, key=lambda link: (link.start, -link.end)):
        past = apart[-1].end if apart else 0
        if link.end > past:  # "^[1](#_ftn1)^[2](#_ftn2)^": two links claim the sign between them
            apart.append(replace(link, start=max(link.start, past)))
    return apart


def _label_start(line: str, closing: int) -> int | None:
    """The bracket that opens the label which `closing` ends; labels hold brackets themselves, escaped or not."""
    depth = 1
    for i in range(closing - 1, max(-1, closing - 1 - _MAX_LABEL), -1):
        depth += {"]": 1, "[": -1}.get(line[i], 0)
        if not depth:
            return i
    return None


def _link(place: int, line: str, span: tuple[int, int], goal: re.Match[str], label: str) -> _Link | None:
    name = goal[2].replace("\\", "")
    for kind, to, back in _TARGETS:
        if m := to.match(name) or back.match(name):
            shown = _DRESS.sub("", label)
            shown = shown.strip("*") or shown
            if not _SHOWN.fullmatch(shown) and not _ARROW.fullmatch(shown):
                return None
            start, end = span
            for left, right in _WRAPS * 2:
                if line.startswith(right, end) and line.endswith(left, 0, start):
                    start, end = start - len(left), end + len(right)
            arrow = shown != "" and not _SHOWN.fullmatch(shown)
            return _Link(place, start, end, (kind, int(m[1])), m.re is back, None if arrow else shown, bool(goal[1]))
    return None


def _sorted(lines: list[str], links: list[_Link]) -> _Found:
    found = _Found()
    for link in links:
        line = lines[link.line]
        if not link.back:
            found.markers.append(link)
        elif link.shown is not None and _leads(line, link) and (link.shown or _TEXT.match(line, link.end)):
            found.starts.setdefault(link.line, link)
        elif _NOTHING.match(line, link.end) and link.line not in found.ends:
            found.ends[link.line] = link
    closed = {link.note for link in found.ends.values()} | {m.note for m in found.markers}
    for i, line in enumerate(lines):
        if i in found.starts or "<a" not in line or not (m := _NAMED.match(line)):
            continue
        for kind, to, _ in _TARGETS:
            if (name := to.match(m[1])) and (kind, int(name[1])) in closed:
                found.starts[i] = _Link(i, m.start(1), m.start(1), (kind, int(name[1])), True, "", False)
    return found


def _leads(line: str, link: _Link) -> bool:
    """Nothing but signs of a list or a quote, and tags, stand before the link."""
    return link.start <= _MAX_LEAD and bool(_LEAD.match(line[: link.start]))


def _bodies(lines: list[str], found: _Found) -> list[_Body]:
    shown = {m.note: m.shown for m in reversed(found.markers) if m.shown}
    starts = sorted(found.starts)
    bodies: list[_Body] = []
    open_ends = dict(found.ends)
    for at, following in pairwise([*starts, len(lines)]):
        link = found.starts[at]
        end = next((i for i in range(at, following) if i in open_ends and open_ends[i].note == link.note), None)
        if end is not None:
            del open_ends[end]
        last = end if end is not None else _last_line(lines, at, following, {m.line for m in found.markers})
        sign = _SIGN.match(lines[at][: link.start])
        bodies.append(_Body(link.note, at, last, link.shown or "", sign.end() if sign else 0))
    taken = {i for body in bodies for i in range(body.first, body.last + 1)}
    for end, link in sorted(open_ends.items()):
        if end in taken:
            continue
        first = _item_above(lines, end, taken, shown.get(link.note))
        taken.update(range(first, end + 1))
        item = _ITEM.match(lines[first])
        bodies.append(_Body(link.note, first, end, item[1] if item else "", item.end() if item else 0))
    return sorted(bodies, key=lambda body: body.first)


def _last_line(lines: list[str], first: int, following: int, marked: set[int]) -> int:
    """The last paragraph of a body that no link back closes: what stands before the next body, or the file's end."""
    between = [i for i in range(first + 1, following) if lines[i].strip()]
    while between and re.fullmatch(r"[\s\-_=*–—\f]+", lines[between[-1]]):
        between.pop()
    at_end = following == len(lines)
    if not between or len(between) > (_LAST_FURTHER if at_end else _FURTHER):
        return first
    if any(_BREAK.match(lines[i]) or i in marked or lines[i].isupper() or "\f" in lines[i] for i in between):
        return first
    return between[-1]


def _item_above(lines: list[str], end: int, taken: set[int], number: str | None) -> int:
    """The list item whose last paragraph is at `end`: of the number that its marker shows, else the nearest."""
    nearest = None
    for i in range(end, max(-1, end - _BACK), -1):
        if i in taken:
            break
        if m := _ITEM.match(lines[i]):
            nearest = i if nearest is None else nearest
            if number is None or m[1] == number:
                return i
    return end if nearest is None else nearest


def _keys(markers: list[_Link], bodies: list[_Body], used: set[str]) -> dict[tuple[str, int], str]:
    """Each note's key: the number shown, ``5=2`` where that number is another note's already."""
    shown: dict[tuple[str, int], str] = {}
    for note, label in [*((m.note, m.shown) for m in markers), *((b.note, b.shown) for b in bodies)]:
        shown[note] = shown.get(note) or label or ""
    keys: dict[tuple[str, int], str] = {}
    free = max([0, *(int(n) for n in used), *(int(s) for s in shown.values() if s.isdecimal())])
    for note, label in shown.items():
        printed = label or str(note[1])
        if printed.isdecimal() and printed not in used:
            keys[note] = printed
            used.add(printed)
        else:
            free += 1
            keys[note] = f"{free}={printed}"
    return keys
