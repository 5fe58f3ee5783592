"""The data model: what one file is once it has been read.

All classes are frozen; offsets are counted in Unicode characters of
`Document.canonical`, half open, so that for every passage
``canonical[p.start:p.end] == p.text``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

PASSAGE_KINDS = ("paragraph", "list_item", "footnote", "table_row")


def ordered_id(prefix: str, number: int, digits: int) -> str:
    """An id that sorts by `number`: ``s0012``; numbers with more than `digits` digits sort behind all others.

    A letter sorts behind every digit, so ``sA00010000`` follows ``s9999``.
    """
    return f"{prefix}{number:0{digits}d}" if number < 10**digits else f"{prefix}A{number:08d}"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its place in the outline.

    Attributes:
        id: stable within the document, sorts in reading order (``s0001``).
        level: 1 for the outermost.
        number: as the grammar reads it ("Phần thứ nhất", "I", "2.1.3"), None for unnumbered headings.
        title: the heading's own words, markup taken out.
        parent: id of the enclosing section, None at the top.
        start: offset of the heading's first character in the canonical text.
        end: offset behind its last character.
        page: 1-based sheet of the heading, None where the format has no pages.
    """

    id: str
    level: int
    number: str | None
    title: str
    parent: str | None
    start: int
    end: int
    page: int | None = None

    @property
    def label(self) -> str:
        """Number and title as one line ("II. Kết quả"), the form used in section paths."""
        if not self.number:
            return self.title
        glue = " " if self.number.lower().startswith(("phần", "chương", "mục", "điều", "biểu", "phụ lục")) else ". "
        return f"{self.number}{glue}{self.title}".strip()


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit of search, at most 250 syllables.

    Attributes:
        id: globally unique and stable: ``<document id>:p00012``; sorts in reading order.
        kind: one of `PASSAGE_KINDS`.
        text: verbatim, NFC, markers and markup out.
        section: id of the section it stands in.
        section_path: labels of all enclosing headings, outermost first; a table row's ends with the table's title.
        page: 1-based sheet on which it starts.
        page_end: sheet on which it ends.
        start: offset in the canonical text.
        end: offset behind its last character.
        footnotes: ids of the footnotes whose markers stand in it, in order.
    """

    id: str
    kind: str
    text: str
    section: str | None
    section_path: tuple[str, ...]
    page: int | None
    page_end: int | None
    start: int
    end: int
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a footnote's marker stood: a passage's id and an offset (characters) in that passage's text."""

    passage: str
    offset: int


@dataclass(frozen=True, slots=True)
class HeadingAnchor:
    """Where a marker stood in a heading: the section's id and an offset (characters) behind `Section.start`."""

    section: str
    offset: int


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote body and the place that it belongs to.

    Attributes:
        id: ``f0001`` in reading order of the bodies.
        marker: digits as printed, without brackets.
        text: the whole body, verbatim (a long body is cut into several passages; `passage` is the first).
        passage: id of the passage that holds the (first part of the) body; None where a marker has no body.
        anchor: None where the body has no marker in a passage.
        note: what is odd about it ("marker without body"), else None.
        heading: where the marker stands in a heading instead.
    """

    id: str
    marker: str
    text: str
    passage: str | None
    anchor: Anchor | None
    note: str | None = None
    heading: HeadingAnchor | None = None

    @property
    def linked(self) -> bool:
        """Whether its marker is known to stand in a passage or a heading."""
        return self.anchor is not None or self.heading is not None


@dataclass(frozen=True, slots=True)
class Table:
    """A grid with a header; `rows` have as many cells as `columns`."""

    id: str
    title: str
    section: str | None
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the document says of itself; None where it does not say.

    `date` is ISO, possibly partial ("2024-12"); `found` maps a field to the
    line or rule it was read from.
    """

    doc_type: str | None = None
    title: str | None = None
    issuer: str | None = None
    place: str | None = None
    province: str | None = None
    number: str | None = None
    date: str | None = None
    period: str | None = None
    signer: str | None = None
    draft: bool = False
    found: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Furniture:
    """Text set apart, not deleted: letterhead, running heads, page numbers, signature and recipient blocks.

    `kind` is "letterhead", "title", "annex_note", "page_number", "running_head", "recipients", "signature", "rule"
    or "table_header".
    """

    kind: str
    text: str
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParseWarning:
    """Something a careful reader should know; nothing was dropped because of it."""

    code: str
    message: str
    page: int | None = None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read. `canonical` holds every character that was kept, in reading order."""

    id: str
    source: str
    sha256: str
    media_type: str
    metadata: Metadata
    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    footnotes: tuple[Footnote, ...]
    tables: tuple[Table, ...]
    warnings: tuple[ParseWarning, ...]
    furniture: tuple[Furniture, ...]
    canonical: str

    def to_json(self) -> dict[str, Any]:
        """The contract's JSON form: plain dicts and lists, canonical text left out."""
        raw = asdict(self)
        del raw["canonical"]
        return raw

    @staticmethod
    def from_json(data: dict[str, Any], canonical: str) -> Document:
        """The inverse of `to_json`.

        Raises:
            KeyError: a field of the contract is missing.
        """
        tuples = {"section_path", "footnotes", "columns"}

        def make(cls: type, row: dict[str, Any]) -> Any:
            return cls(**{k: tuple(v) if k in tuples and isinstance(v, list) else v for k, v in row.items()})

        return Document(
            id=data["id"],
            source=data["source"],
            sha256=data["sha256"],
            media_type=data["media_type"],
            metadata=make(Metadata, data["metadata"]),
            sections=tuple(make(Section, s) for s in data["sections"]),
            passages=tuple(make(Passage, p) for p in data["passages"]),
            footnotes=tuple(_footnote(f) for f in data["footnotes"]),
            tables=tuple(
                Table(**{**t, "columns": tuple(t["columns"]), "rows": tuple(tuple(r) for r in t["rows"])})
                for t in data["tables"]
            ),
            warnings=tuple(make(ParseWarning, w) for w in data["warnings"]),
            furniture=tuple(make(Furniture, f) for f in data["furniture"]),
            canonical=canonical,
        )


def _footnote(row: dict[str, Any]) -> Footnote:
    anchor, heading = row["anchor"], row.get("heading")
    return Footnote(
        **{
            **row,
            "anchor": Anchor(**anchor) if anchor else None,
            "heading": HeadingAnchor(**heading) if heading else None,
        }
    )
