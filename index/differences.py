"""What tells a quotation from the text that it comes from, in words that a reader can check."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.alignment import Alignment
from index.wording import Wording, as_number, folded, wording

_HALF_LIKE = 0.75  # likeness of a word with other marks


@dataclass(frozen=True, slots=True)
class Difference:
    """One change.

    Attributes:
        kind: "replaced", "added" (the quotation has words that the document has not) or "left_out".
        about: "diacritics" where only marks differ, "number" where a figure is concerned, else "words".
        quote: the quotation's own characters, "" where it leaves words out.
        document: the document's own, "" where words were added.
        quote_start: character offset in the quotation (NFC, trimmed).
        quote_end: behind the last one.
        start: character offset in the document's canonical text.
        end: behind the last one.
    """

    kind: str
    about: str
    quote: str
    document: str
    quote_start: int
    quote_end: int
    start: int
    end: int


def differences(
    alignment: Alignment, quote: str, words: Wording, text: str, theirs: Wording, offset: int
) -> tuple[Difference, ...]:
    """The changes of an alignment, in reading order.

    Args:
        alignment: of the words of the quotation in those of the text.
        quote: the quotation.
        words: its words.
        text: a stretch of the document's canonical text.
        theirs: its words.
        offset: where the stretch begins in the canonical text.
    """
    found = []
    for step in alignment.steps:
        if step.same:
            continue
        a, b = _characters(words, *step.quote), _characters(theirs, *step.text)
        kind = "added" if step.text[0] == step.text[1] else "left_out" if step.quote[0] == step.quote[1] else "replaced"
        about = _about(words.keys[slice(*step.quote)], theirs.keys[slice(*step.text)])
        found.append(Difference(kind, about, quote[slice(*a)], text[slice(*b)], *a, offset + b[0], offset + b[1]))
    return tuple(found)


def similarity(alignment: Alignment, words: Wording, theirs: Wording) -> float:
    """Share of words that both have, 0 to 1 (Dice); a word with other marks counts three quarters."""
    alike = 0.0
    for step in alignment.steps:
        if step.same:
            alike += step.quote[1] - step.quote[0]
        elif step.quote[1] - step.quote[0] == step.text[1] - step.text[0]:
            pairs = zip(words.keys[slice(*step.quote)], theirs.keys[slice(*step.text)], strict=True)
            alike += sum(_HALF_LIKE for a, b in pairs if folded(a) == folded(b))
    return 2 * alike / max(1, len(words) + alignment.end - alignment.start)


def without_markers(
    alignment: Alignment, quote: str, words: Wording, theirs: Wording, offset: int, markers: Sequence[tuple[int, str]]
) -> str | None:
    """The quotation without numbers that are marks of footnotes at that very place ("tuy4" for "tuy"); None for none.

    A mark is raised, in brackets, or touches the word before it, and counts once: a number that reads as one is none.

    Args:
        alignment: of the quotation's words in those of a stretch of the document.
        quote: the quotation.
        words: its words.
        theirs: the stretch's.
        offset: where the stretch begins in the canonical text.
        markers: canonical offset and marker of each footnote that is anchored in the stretch.
    """
    left = list(markers)
    dropped: list[tuple[int, int]] = []
    for step in alignment.steps:
        if step.same or step.text[0] != step.text[1] or not step.text[0]:
            continue
        before = offset + theirs.spans[step.text[0] - 1][1]
        after = offset + theirs.spans[step.text[0]][0] if step.text[0] < len(theirs) else before + 2
        for i in range(*step.quote):
            span = _as_mark(quote, words.spans[i])
            number = as_number(words.keys[i])
            mark = next((m for m in left if before <= m[0] <= after and m[1] == number), None)
            if span is not None and mark is not None:
                left.remove(mark)
                dropped.append(span)
    if not dropped:
        return None
    pieces, at = [], 0
    for start, end in dropped:
        pieces.append(quote[at:start])
        at = end
    return "".join([*pieces, quote[at:]])


def _as_mark(quote: str, span: tuple[int, int]) -> tuple[int, int] | None:
    """The characters of a footnote's mark, its brackets with it; None where the number reads as a number."""
    start, end = span
    if not quote[start].isdecimal():
        return span  # raised
    if quote[start - 1 : start] in ("(", "[") and quote[end : end + 1] in (")", "]"):
        return start - 1, end + 1
    return span if start and not quote[start - 1].isspace() and not quote[end : end + 1].isalnum() else None


def tolerated(quote: str, words: Wording, text: str) -> tuple[str, ...]:
    """What differs between the characters of two texts of the same wording.

    Args:
        quote: the quotation.
        words: its words.
        text: the document's own characters, from the first to the last word.
    """
    inner = quote[words.spans[0][0] : words.spans[-1][1]]
    steps = dict(_TOLERANCES)

    def level(value: str, but: str) -> str:
        for name, step in steps.items():
            if name != but:
                value = step(value)
        return value

    found = tuple(name for name in steps if level(inner, name) != level(text, name))
    # Two that cover each other (a dash for a hyphen between blanks) are both named by neither.
    return found or (() if inner == text else ("punctuation",))


def _characters(words: Wording, first: int, last: int) -> tuple[int, int]:
    """The characters of a run of words; of an empty one the place between two."""
    if first < last:
        return words.spans[first][0], words.spans[last - 1][1]
    here = words.spans[first - 1][1] if first else words.spans[0][0] if len(words) else 0
    return here, here


def _about(quote: Sequence[str], text: Sequence[str]) -> str:
    if quote and [folded(key) for key in quote] == [folded(key) for key in text]:
        return "diacritics"
    return "number" if any(key[:1].isdigit() or key in "-%‰" for key in (*quote, *text)) else "words"


def _spaced(text: str) -> str:
    """Blanks only between letters and digits; beside punctuation they are typography."""
    return re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(text.split()))


def _toneless(text: str) -> str:
    """Each word by its key, whose tone stands behind it."""
    found = wording(text)
    pieces, at = [], 0
    for key, (start, end) in zip(found.keys, found.spans, strict=True):
        shown = text[start:end]
        if key[:1].isalpha():
            upper = [char.isupper() for char in shown]
            shown = "".join(c.upper() if i < len(upper) and upper[i] else c for i, c in enumerate(key))
        pieces += [text[at:start], shown]
        at = end
    return unicodedata.normalize("NFD", "".join([*pieces, text[at:]]))


_TOLERANCES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("tone placement", _toneless),
    ("raised digits", lambda text: re.sub(r"(?<=m)[²³]", lambda match: "23"["²³".index(match[0])], text)),
    ("quotes", lambda text: re.sub(r"[\"'“”„‟«»‘’‚‛′″`´]+", '"', text)),
    ("dashes", lambda text: re.sub("[‐‑‒–—―−]", "-", text)),
    ("case", str.casefold),
    ("punctuation", lambda text: re.sub(r"[^\w\s%‰°<>=≤≥±×÷/\"-]|(?<!\d)(?<!\d )-(?! ?\d)|_", "", text)),
    ("white space", _spaced),
)
