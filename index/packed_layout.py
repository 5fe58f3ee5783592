"""How packed passages are laid out for a prompt: headings, numbered passages, their notes, their citation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from index.hits import DocumentRef, HitFootnote

if TYPE_CHECKING:
    from index.packing import PackedPassage


def laid_out(passages: Sequence[PackedPassage]) -> str:
    """The text for the prompt. Headings and citation stand once for passages beside each other that share them."""
    documents = []
    for _, own in groupby(passages, key=lambda passage: passage.document.id):
        rows = list(own)
        blocks = [
            path_line(path) + "\n".join(_block(list(cited)) for _, cited in groupby(same, key=lambda row: row.citation))
            for path, same in groupby(rows, key=lambda row: row.section_path)
        ]
        documents.append(header(rows[0].document) + "\n" + "\n".join(blocks))
    return "\n".join(documents).rstrip("\n")


def _block(rows: Sequence[PackedPassage]) -> str:
    """Passages with one citation; a blank line where something lies between them."""
    lines = []
    for i, row in enumerate(rows):
        apart = i and row.start - rows[i - 1].end > 2  # paragraphs are two line ends apart, rows of a table one
        text = body(row.number, row.text, row.marker, row.carrier)
        lines.append(("\n" if apart else "") + text + "".join(note_line(note) for note in row.footnotes))
    return "".join(lines) + cited("".join(f" [{row.number}]" for row in rows), rows[0].citation)


def header(document: DocumentRef) -> str:
    """Title, issuer, place and period, as far as one does not say the other."""
    said = ""
    for part in (document.title, document.issuer, document.place, document.period):
        line = " ".join((part or "").split())
        if line not in said:
            said += f" · {line}" if said else line
    return f"Nguồn: {said}\n"


def path_line(section_path: tuple[str, ...]) -> str:
    """The headings above a passage; nothing for none."""
    return f"Mục: {' › '.join(' '.join(label.split()) for label in section_path)}\n" if section_path else ""


def body(number: int, text: str, marker: str | None, carrier: int | None) -> str:
    """A passage with its number; of a footnote its marker, and the number of the passage that carries it."""
    note = f"(chú thích {marker}{f' của [{carrier}]' if carrier else ''}) " if marker else ""
    return f"[{number}] {note}{text}\n"


def note_line(note: HitFootnote) -> str:
    """A footnote under its passage."""
    return f"Chú thích {note.marker}: {note.text}\n"


def cited(numbers: str, citation: str) -> str:
    """The citation of the passages before it, with their numbers (" [3] [4]")."""
    return f"Trích dẫn{numbers}: {citation}\n"
