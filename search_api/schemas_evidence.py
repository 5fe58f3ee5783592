"""The JSON forms of what a chat tool quotes by: verdicts on quotations, packed contexts, files that were sent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from search_api.schemas import NOTES, DocumentRefOut, HitFootnoteOut, Kind, Mode, Out, Text

Status = Literal["verbatim", "altered", "misattributed", "not_found"]


class VerifyIn(BaseModel):
    """A quotation, and where it is said to stand."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"quote": "Tỷ lệ hộ nghèo giảm còn 6,5%.", "document": "huyện An Sơn"}]},
    )

    quote: Text = Field(min_length=1, description="up to the setting quote_max_length characters, and 1,000 words")
    document: Text | None = Field(
        None, max_length=500, description="a document's id, number, file, words of its title, its place; a passage's id"
    )
    page: int | None = Field(None, ge=1, le=1_000_000, description="1-based sheet")


class QuotePlaceOut(Out):
    """Where a quotation stands, in the document's own characters."""

    document: DocumentRefOut
    source: str
    sha256: str = Field(description="of the file, hexadecimal")
    passage_id: str | None = Field(description="the passage that it begins in; null in a heading or a letterhead")
    passages: list[str]
    kind: Literal["paragraph", "list_item", "footnote", "table_row", "heading", "other"]
    text: str
    section_path: list[str]
    page: int | None
    page_end: int | None
    start: int = Field(description="character offset in the document's canonical text")
    end: int
    citation: str


class DifferenceOut(Out):
    """One change between the quotation and the document."""

    kind: Literal["replaced", "added", "left_out"]
    about: Literal["diacritics", "number", "words"]
    quote: str
    document: str
    quote_start: int
    quote_end: int
    start: int
    end: int


class VerdictOut(Out):
    """What is to be said of a quotation."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)

    quote: str
    status: Status
    message: str = Field(description="the status in one sentence, Vietnamese first")
    exact: bool = Field(description="the same character by character as well")
    similarity: float = Field(ge=0, le=1)
    place: QuotePlaceOut | None
    elsewhere: list[QuotePlaceOut] = Field(description="further places of the same wording, 20 at most")
    places: int = Field(description="how many places have the same wording")
    differences: list[DifferenceOut]
    tolerated: list[str] = Field(description="what differs without changing the wording: white space, quotes, case, …")
    took_ms: float


class PackedPassageOut(Out):
    """A passage of a packed context."""

    number: int = Field(description="as it is cited in the text: [1], [2], …")
    role: Literal["hit", "neighbour", "carrier"]
    rank: int | None
    score: float | None
    passage_id: str
    document: DocumentRefOut
    source: str
    kind: Kind
    section_path: list[str]
    page: int | None
    start: int
    end: int
    text: str
    citation: str
    footnotes: list[HitFootnoteOut]
    marker: str | None = Field(None, description="of a footnote: its mark")
    carrier: int | None = Field(None, description="of a footnote: the number of the passage that carries its mark")
    without_footnotes: bool = Field(
        False, description="whether there was room for the passage without its footnotes only"
    )


class ContextOut(Out):
    """The best passages with their footnotes and neighbours, within a budget of tokens."""

    query: str
    text: str = Field(description="ready for a prompt: every passage verbatim, numbered, with its citation")
    passages: list[PackedPassageOut]
    budget: int
    tokens: int = Field(description="of the text, estimated on the safe side; never above the budget")
    left_out: int = Field(description="hits that there was no room for")
    without_footnotes: int = Field(description="hits that stand without their footnotes for want of room")
    mode: Mode
    degraded: str | None
    notes: list[str] = Field(description=NOTES)
    took_ms: float


class FileReportOut(BaseModel):
    """What became of a file that was sent or taken away."""

    name: str
    collection: str
    generation: int
    changed: bool = Field(description="whether the index is a new one")
    documents: int = Field(description="documents in the collection afterwards")
    failed: list[dict[str, Any]] = Field(description="files that could not be read, each with its reason")
