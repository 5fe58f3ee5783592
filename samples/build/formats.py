"""The format samples: `source/formats/NAME.vk` → `samples/formats/NAME.*` and their gold.

What is written here comes out the same each time. The other files (PDF, DOC, RTF by LibreOffice; scans; archives) are
made by `python -m samples.build.office` out of these.
"""

from __future__ import annotations

from pathlib import Path

from . import gold
from .make import SAMPLES, SOURCES
from .markup import Source, parse
from .paged import render_paged
from .word import render_word

FOLDER = SAMPLES / "formats"
SOURCES_HERE = SOURCES / "formats"


def sources() -> list[Path]:
    """The source files, sorted."""
    return sorted(SOURCES_HERE.glob("*.vk"))


def outputs(source: Source) -> list[str]:
    """The endings of all files that a source becomes."""
    return source.meta["outputs"].split()


def build_formats(path: Path) -> dict[Path, bytes]:
    """The files made from one source without other programs, as path → bytes; the Word file also where it is only a step."""
    source = parse(path)
    files: dict[Path, bytes] = {}
    joins = gold.joins(source)
    for ending in outputs(source):
        target = FOLDER / f"{source.name}.{ending}"
        if ending == "docx":
            files[target] = render_word(source)
        elif ending == "txt":
            files[target], joins = render_paged(source)
    return {**files, **gold.write(source, SAMPLES / "gold", joins)}


def build_all_formats() -> list[Path]:
    """Write every format sample that needs no other program; returns the paths written."""
    written = []
    for path in sources():
        for target, data in build_formats(path).items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            written.append(target)
    return written
