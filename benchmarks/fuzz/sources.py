"""The readers under attack: for each, its corpus and the function that makes input number i out of a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

from benchmarks.fuzz import archive, page, plain, portable, word
from benchmarks.fuzz.container import Parts, unpack

SAMPLES = Path(__file__).parents[2] / "samples"
Make = Callable[[Random], bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: the ending that its inputs bear, and what makes them."""

    name: str
    suffix: str
    make: Make


def _samples(*suffixes: str) -> list[Path]:
    files = [*SAMPLES.iterdir(), *(SAMPLES / "formats").iterdir()]
    return sorted(p for p in files if p.suffix in suffixes and p.name != "README.md")


@cache
def _texts() -> list[str]:
    return [p.read_text("utf-8", "replace") for p in _samples(".txt", ".md")]


@cache
def _pages() -> list[str]:
    return [p.read_text("utf-8", "replace") for p in _samples(".html")]


@cache
def _documents() -> list[Parts]:
    return [unpack(p.read_bytes()) for p in _samples(".docx")]


@cache
def _portables() -> list[bytes]:
    found = [p.read_bytes() for p in _samples(".pdf")]
    return [d for d in found if portable.take_apart(d).objects]  # not those with object streams or old Mac line ends


def targets() -> dict[str, Target]:
    """All readers by name."""

    def text(rng: Random) -> bytes:
        return plain.any_text_file(rng, _texts())

    def html(rng: Random) -> bytes:
        return page.any_page(rng, _pages())

    def docx(rng: Random) -> bytes:
        return word.any_document(rng, _documents())

    def pdf(rng: Random) -> bytes:
        return portable.any_pdf(rng, _portables())

    def mht(rng: Random) -> bytes:
        return page.in_one_file(rng, html(rng))

    zipped: Make = partial(archive.any_archive, members=[text, html, docx, mht])
    found = (
        Target("text", ".txt", text),
        Target("markdown", ".md", text),
        Target("html", ".html", html),
        Target("docx", ".docx", docx),
        Target("pdf", ".pdf", pdf),
        Target("mht", ".mht", mht),
        Target("zip", ".zip", zipped),
    )
    return {t.name: t for t in found}


def make_input(target: Target, seed: int, index: int) -> bytes:
    """Input number `index`: the same seed gives the same bytes, so a failure can be made again from two numbers."""
    return target.make(Random(f"{target.name} {seed} {index}"))
