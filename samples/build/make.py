"""Sources → sample files and gold files, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import gold
from .markup import Source, parse
from .queries import compile_queries
from .text import render_text

SAMPLES = Path(__file__).resolve().parents[1]
SOURCES = SAMPLES / "build" / "source"
Rendered = tuple[bytes, list[dict] | None]


def _renderer(source: Source) -> Callable[[Source], Rendered]:
    """The renderer of a source's format; imported late, so that text samples need no PDF library."""
    if source.meta["format"] == "docx":
        from .docx import render_docx

        return lambda s: (render_docx(s), gold.joins(s))
    if source.meta["format"] == "pdf":
        from .pdf import render_pdf

        return render_pdf
    if source.meta["format"] == "html":
        from .html import render_html

        return render_html
    return lambda s: (render_text(s), None)


def build(path: Path) -> dict[Path, bytes]:
    """All files made from one source, as path → bytes."""
    source = parse(path)
    data, laid_out = _renderer(source)(source)
    files = {SAMPLES / source.filename: data, **gold.write(source, SAMPLES / "gold", laid_out)}
    if (questions := path.with_suffix(".queries")).exists():
        files[SAMPLES / "gold" / f"{source.name}.queries.jsonl"] = compile_queries(source, questions)
    return files


def build_all() -> list[Path]:
    """Write every sample; returns the paths written."""
    written = []
    for path in sorted(SOURCES.glob("*.vk")):
        for target, data in build(path).items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            written.append(target)
    return written
