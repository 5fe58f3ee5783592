"""Text and Markdown: lines of the genre in any order, cut out of real files or made up, in old code pages too."""

from __future__ import annotations

import unicodedata
from random import Random

from benchmarks.fuzz.alphabet import BODIES, FURNITURE, INLINE, MARKERS, NUMBERS, ODD, SEPARATORS, row, words
from benchmarks.fuzz.bytewise import mutate_bytes

CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "latin-1", "utf-32", "utf-7", "shift_jis")


def line(rng: Random) -> str:
    """One line of a report, well formed or not."""
    kind = rng.randrange(16)
    if kind < 3:
        return f"{rng.choice(NUMBERS)} {words(rng, 12)}"
    if kind == 3:
        return f"{'#' * rng.randint(1, 7)} {rng.choice(NUMBERS)} {words(rng, 8)}"
    if kind == 4:
        return f"**{rng.choice(NUMBERS)} {words(rng, 8)}.** {words(rng)}"
    if kind == 5:
        return f"{rng.choice(BODIES)}{words(rng)}{rng.choice((']', '', '.'))}"
    if kind == 6:
        return row(rng)
    if kind == 7:
        return rng.choice((f"| {row(rng, ' | ')} |", "|---|:--:|", row(rng, "|")))
    if kind in {8, 9}:
        return rng.choice(FURNITURE)
    if kind == 10:
        return "".join(rng.choice((*INLINE, *MARKERS, *ODD, *NUMBERS, " ")) for _ in range(rng.randint(1, 12)))
    if kind == 11:
        return f"{words(rng)}{rng.choice(MARKERS)}{rng.choice(('.', ',', '', ';'))}"
    if kind == 12:
        return words(rng, 400 if rng.random() < 0.05 else 60)
    return words(rng)


def made_up(rng: Random, most: int = 20) -> str:
    """A text of its own."""
    return "".join(line(rng) + rng.choice(SEPARATORS) for _ in range(rng.randint(1, most)))


def window(rng: Random, text: str, most: int = 25) -> str:
    """Some consecutive lines."""
    lines = text.split("\n")
    start = rng.randrange(len(lines))
    return "\n".join(lines[start : start + rng.randint(1, most)])


def mutate_lines(rng: Random, text: str) -> str:
    """Lines moved, doubled, lost, joined, cut, or met by new ones."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(lines) + 1)
        kind = rng.randrange(7)
        if kind == 0:
            lines.insert(at, line(rng))
        elif kind == 1:
            del lines[at : at + rng.randint(1, 3)]
        elif kind == 2:
            lines[at:at] = lines[max(0, at - rng.randint(1, 5)) : at] * rng.randint(1, 4)
        elif kind == 3 and len(lines) > 1:
            other = rng.randrange(len(lines))
            at %= len(lines)
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 4 and at + 1 < len(lines):
            lines[at : at + 2] = [lines[at] + rng.choice(("", " ", "\t")) + lines[at + 1]]
        elif kind == 5 and at < len(lines) and lines[at]:
            cut = rng.randrange(len(lines[at]))
            lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
        else:
            lines.insert(at, rng.choice(("", " ", "\x0c", "-" * 20, "\t")))
        lines = lines or [""]
    return "\n".join(lines)


def mutate_characters(rng: Random, text: str) -> str:
    """Pieces put in, taken out, doubled; letters decomposed or in another case."""
    for _ in range(rng.randint(1, 8)):
        at = rng.randint(0, len(text))
        span = text[at : at + rng.choice((1, 2, 5, 30))]
        kind = rng.randrange(6)
        if kind < 2:
            new = rng.choice((*ODD, *MARKERS, *INLINE, *NUMBERS, *SEPARATORS)) + span
        elif kind == 2:
            new = ""
        elif kind == 3:
            new = span * rng.choice((2, 3, 50))
        elif kind == 4:
            new = unicodedata.normalize(rng.choice(("NFD", "NFKD", "NFKC")), span)
        else:
            new = rng.choice((span.upper(), span.lower(), span.title(), span[::-1]))
        text = text[:at] + new + text[at + len(span) :]
    return text


def grow(rng: Random, text: str, size: int) -> str:
    """A piece of the text repeated to about `size` characters: what is quadratic shows."""
    start = rng.randrange(len(text) or 1)
    piece = text[start : start + rng.choice((1, 3, 20, 200, 2000))] or "x"
    return text[:2000] + piece * max(1, size // len(piece))


def any_text(rng: Random, corpus: list[str]) -> str:
    """Made up, or cut out of the corpus (two files spliced), then mutated."""
    chance = rng.random()
    if chance < 0.4:
        text = made_up(rng)
    elif chance < 0.6:
        text = window(rng, rng.choice(corpus)) + rng.choice(SEPARATORS) + window(rng, rng.choice(corpus))
    else:
        text = window(rng, rng.choice(corpus))
    if rng.random() < 0.6:
        text = mutate_lines(rng, text)
    if rng.random() < 0.5:
        text = mutate_characters(rng, text)
    if rng.random() < 0.004:
        text = grow(rng, text, rng.choice((20_000, 60_000)))
    return text


def any_text_file(rng: Random, corpus: list[str]) -> bytes:
    """The bytes of a text file, mostly UTF-8."""
    text = any_text(rng, corpus)
    if rng.random() < 0.1:
        data = text.encode(rng.choice(CODECS), "replace")
    else:
        data = text.encode("utf-8", "surrogatepass" if rng.random() < 0.3 else "replace")
    return mutate_bytes(rng, data) if rng.random() < 0.12 else data
