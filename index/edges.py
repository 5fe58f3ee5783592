"""Where a quotation may begin and end: a figure does not lose the sign or the unit that it has in the document.

"80% số xã" out of "< 80% số xã" has the document's words, and says something else; so does "2,3" out of "2,3%".
"""

from __future__ import annotations

from dataclasses import replace

from index.alignment import Alignment, Step, find
from index.wording import METRES, Wording, bare


def place_of(words: Wording, theirs: Wording, text: str) -> int:
    """Where the words of a quotation stand in a text whole, -1 if nowhere.

    Args:
        words: the quotation's.
        theirs: the text's.
        text: the text.
    """
    at = find(words.keys, theirs.keys)
    while at >= 0 and (_opens_late(theirs, text, at) or _ends_early(theirs, text, at + len(words))):
        at = find(words.keys, theirs.keys, at + 1)
    return at


def grown(alignment: Alignment, theirs: Wording, text: str) -> Alignment:
    """An alignment with the sign before its first figure and the unit behind its last one as words left out."""
    start, end, steps = alignment.start, alignment.end, list(alignment.steps)
    if steps and steps[0].same and _opens_late(theirs, text, start):
        steps.insert(0, Step(False, (0, 0), (start - 1, start)))
        start -= 1
    if steps and steps[-1].same and _ends_early(theirs, text, end):
        steps.append(Step(False, (steps[-1].quote[1], steps[-1].quote[1]), (end, end + 1)))
        end += 1
    edits = alignment.edits + len(steps) - len(alignment.steps)
    return replace(alignment, start=start, end=end, edits=edits, steps=tuple(steps))


def _opens_late(theirs: Wording, text: str, at: int) -> bool:
    """Whether a sign of the figure at this word stands before it."""
    keys, spans = theirs.keys, theirs.spans
    if not at or not keys[at][:1].isdigit() or not bare(keys[at - 1], keys[at], text, (spans[at - 1], spans[at])):
        return False
    # between two figures it is a range
    return not (keys[at - 1] == "-" and at > 1 and keys[at - 2][:1].isdigit())


def _ends_early(theirs: Wording, text: str, end: int) -> bool:
    """Whether a unit of the figure before this word begins here, or goes on: "5.000 m" is not "5.000 m²"."""
    keys, spans = theirs.keys, theirs.spans
    if end >= len(keys):
        return False
    if keys[end - 1] in METRES:
        return keys[end] in ("2", "3") and spans[end - 1][1] == spans[end][0]
    if not keys[end - 1][:1].isdigit():
        return False
    return bare(keys[end - 1], keys[end], text, (spans[end - 1], spans[end]))
