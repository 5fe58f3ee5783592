"""Cut a verbatim text at its highlights and footnote markers, for whoever shows it (terminal or page)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"[.!?…](?=\s)")
_CLAUSE_END = re.compile(r"[.!?…;](?=\s)")
# Reports join a dozen clauses by semicolons; beyond this many characters the clause says more than the sentence.
LONG_SENTENCE = 320


@dataclass(frozen=True, slots=True)
class Marker:
    """A footnote's marker and where it stood; `target` is the id of the note to link to, if there is one."""

    offset: int
    label: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under one style, or (with `marker`) the place of a footnote marker; then `text` is empty.

    `near` says that it lies in the clause that comes nearest in meaning.
    """

    text: str
    mark: bool = False
    marker: Marker | None = None
    near: bool = False


def cut(
    text: str,
    highlights: Iterable[tuple[int, int]] = (),
    markers: Iterable[Marker] = (),
    nearest: tuple[int, int] | None = None,
) -> list[Piece]:
    """Cut `text` so that the pieces' texts joined are `text` again.

    Args:
        text: verbatim passage text.
        highlights: half-open character ranges; those outside the text are clipped.
        markers: footnote markers; an offset behind the end counts as the end.
        nearest: range of the clause that comes nearest in meaning; None for none.
    """
    spans = [(max(0, a), min(len(text), b)) for a, b in highlights]
    spans = [(a, b) for a, b in spans if a < b]
    places = sorted(markers, key=lambda m: m.offset)
    near = (max(0, nearest[0]), min(len(text), nearest[1])) if nearest else (0, 0)
    edges = {0, len(text), *near, *(e for s in spans for e in s), *(min(max(0, m.offset), len(text)) for m in places)}
    cuts = sorted(edges)
    pieces: list[Piece] = []
    waiting = list(places)
    for begin, end in zip(cuts, [*cuts[1:], len(text) + 1], strict=True):
        while waiting and (waiting[0].offset <= begin or begin == len(text)):
            pieces.append(Piece("", marker=waiting.pop(0), near=near[0] < begin <= near[1]))
        if begin < len(text):
            mark = any(a <= begin < b for a, b in spans)
            pieces.append(Piece(text[begin:end], mark, near=near[0] <= begin < near[1]))
    return pieces


def joined(text: str, highlights: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Highlights with only white space between them as one: words of a phrase are shown as a phrase."""
    spans: list[tuple[int, int]] = []
    for begin, end in sorted(highlights):
        if spans and not text[spans[-1][1] : begin].strip():
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return spans


def sentence_around(text: str, offset: int) -> tuple[int, int]:
    """The sentence of `text` in which a marker stands, or its clause where the sentence is long.

    A marker usually stands right behind its sentence's full stop or just
    before it; both belong to that sentence.

    Args:
        text: passage text.
        offset: where the marker stood.

    Returns:
        Half-open character range, spaces trimmed.
    """
    at = max(0, min(offset, len(text)))
    begin, end = _between(text, at, _SENTENCE_END)
    return (begin, end) if end - begin <= LONG_SENTENCE else _between(text, at, _CLAUSE_END)


def _between(text: str, at: int, ending: re.Pattern[str]) -> tuple[int, int]:
    ends = [m.end() for m in ending.finditer(text)]
    begin = max((e for e in ends if e < at), default=0)
    end = min((e for e in ends if e >= at), default=len(text))
    while begin < end and text[begin].isspace():
        begin += 1
    return begin, end
