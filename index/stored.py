"""Rows of a catalogue as the rest of the index reads them."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.document import Passage


@dataclass(frozen=True, slots=True)
class FileRow:
    """One `SourceFile`, by its key, that was ingested or tried: `reason` says why its newest content was not read."""

    path: str
    source: str
    sha256: str
    document: str | None
    size: int
    failed_sha256: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its row number, document, the footnote whose body it is, and its role (`index.roles`)."""

    row: int
    document: str
    position: int
    footnote: str | None
    passage: Passage
    role: str


@dataclass(frozen=True, slots=True)
class StoredFootnote:
    """A footnote as the catalogue keeps it; `anchor_offset` counts characters in the anchor passage's text."""

    document: str
    id: str
    marker: str
    text: str
    passage: str | None
    anchor_passage: str | None
    anchor_offset: int | None
