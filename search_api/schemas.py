"""The JSON forms of the HTTP API (CONTRACT: Hit, Document); they also make the OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from index.bounds import MOST

Kind = Literal["paragraph", "list_item", "footnote", "table_row"]
Mode = Literal["hybrid", "lexical", "dense"]
Facet = Literal["document", "kind", "place", "year", "section", "province", "doc_type"]
Section = Literal["result", "shortcoming", "cause", "lesson", "target", "task", "measure", "general", "other"]
Group = Literal["duplicates", "footnotes", "none"]


def _encodable(text: str) -> str:
    """Refuse halves of characters, which JSON can write and nothing can send back."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("có ký tự không hợp lệ / holds characters that are no text") from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]

HIT_EXAMPLE: dict[str, Any] = {
    "rank": 1,
    "score": 0.93,
    "source": "bao-cao.docx",
    "document": {
        "id": "d3f1c09a1b2c",
        "title": "Báo cáo kết quả thực hiện Nghị quyết năm 2024",
        "issuer": "Huyện ủy An Sơn",
        "place": "huyện An Sơn",
        "period": "2024",
        "date": "2024-12-20",
    },
    "passage_id": "d3f1c09a1b2c:p00012",
    "kind": "paragraph",
    "text": "Tỷ lệ hộ nghèo giảm còn 6,5%.",
    "section_path": ["Phần thứ nhất", "II. Kết quả", "1. Giảm nghèo"],
    "page": 3,
    "start": 4210,
    "end": 4239,
    "highlights": [[6, 14], [15, 19]],
    "footnotes": [
        {"marker": "4", "text": "Theo chuẩn nghèo đa chiều.", "passage_id": "d3f1c09a1b2c:p00019", "offset": 28}
    ],
    "anchor": None,
    "citation": "Huyện ủy An Sơn, Báo cáo số 12-BC/HU, ngày 20/12/2024, tr. 3",
    "explain": {"lexical": 0.88, "dense": 0.97, "matched": {"text": ["hộ nghèo", "giảm"]}, "concepts": {}},
    "section": "result",
    "best_clause": None,
    "duplicates": [],
    "folded": [],
    "before": [],
    "after": [],
}

LIKELIEST = "probability that the best passage answers the query; null where it is not judged"
NOTES = "what could not be done as it was asked, and whether the documents may say nothing on it"


class Out(BaseModel):
    """What the API sends: read from the dataclasses of index/hits.py by name."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class DocumentRefOut(Out):
    """The document of a hit, short."""

    id: str
    title: str
    issuer: str | None
    place: str | None
    period: str | None
    date: str | None = Field(description="ISO date, possibly partial")


class HitFootnoteOut(Out):
    """A footnote whose marker stands in the hit."""

    marker: str
    text: str
    passage_id: str | None
    offset: int | None = Field(description="where the marker stood, in characters of the hit's text")


class HitAnchorOut(Out):
    """For a footnote hit: the passage that carries its marker, and where in that passage's text."""

    passage_id: str
    text: str
    offset: int
    marker: str | None


class HitDuplicateOut(Out):
    """A passage that says the same as the hit in the same words and figures."""

    passage_id: str
    source: str
    document: DocumentRefOut


class NeighbourOut(Out):
    """A passage before or after the hit, in reading order."""

    passage_id: str
    kind: Kind
    text: str


class HitOut(Out):
    """One ranked passage, verbatim."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_serialization_defaults_required=True,
        json_schema_extra={"examples": [HIT_EXAMPLE]},
    )

    rank: int
    score: float
    source: str = Field(description="file name as it was given to ingest")
    document: DocumentRefOut
    passage_id: str
    kind: Kind
    text: str
    section_path: list[str]
    page: int | None = Field(description="1-based sheet; null where the format has no pages")
    start: int = Field(description="character offset in the document's canonical text")
    end: int
    highlights: list[tuple[int, int]] = Field(description="half-open character ranges in text")
    footnotes: list[HitFootnoteOut]
    anchor: HitAnchorOut | None
    citation: str
    explain: dict[str, Any] = Field(description="scores, the concepts searched along, and what of them stands where")
    section: Section = Field("other", description="part of the report that it stands in, by its headings")
    best_clause: tuple[int, int] | None = Field(
        None, description="range in text of the clause nearest in meaning; null where the text is one clause"
    )
    duplicates: list[HitDuplicateOut] = Field(default_factory=list, description="found as well, saying the same")
    folded: list[str] = Field(
        default_factory=list,
        description="ids of footnotes or of the carrying passage that this hit shows and stands for",
    )
    before: list[NeighbourOut] = Field(default_factory=list, description="as many neighbours as context asks for")
    after: list[NeighbourOut] = Field(default_factory=list)


class FacetValue(BaseModel):
    """One value of a facet and how many candidates have it."""

    value: str
    count: int


class SearchOut(BaseModel):
    """One page of hits."""

    query: str
    mode: Mode = Field(description="what really ran")
    degraded: str | None = Field(description="one sentence when the mode asked for could not run")
    total: int
    limit: int
    offset: int
    took_ms: float
    more: bool = Field(description="whether hits follow this page")
    hits: list[HitOut]
    facets: dict[str, list[FacetValue]]
    understood: dict[str, Any] = Field(description="what was made of the query: kind, filters, phrases, places, …")
    notes: list[str] = Field(description=NOTES)
    likeliest: float | None = Field(None, description=LIKELIEST)
    generation: str = Field(description="state of the index that answered; send it along to page on in it")
    next: str | None = Field(None, description="path and query of the next page in the same state; null on the last")


class CompareOut(BaseModel):
    """The best passage of each document, and the documents without one."""

    query: str
    mode: Mode = Field(description="what really ran")
    degraded: str | None = Field(description="one sentence when the mode asked for could not run")
    took_ms: float
    hits: list[HitOut] = Field(description="one a document, best first")
    without: list[DocumentRefOut]
    understood: dict[str, Any] = Field(description="what was made of the query: kind, filters, phrases, places, …")
    notes: list[str] = Field(description=NOTES)
    likeliest: float | None = Field(None, description=LIKELIEST)


class SearchIn(BaseModel):
    """A batch of queries that share their filters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"queries": ["giảm nghèo", "xây dựng nông thôn mới"], "limit": 5}]},
    )

    queries: Annotated[list[str], Field(min_length=1, description="up to the setting max_batch")]
    limit: int | None = Field(None, ge=1, description="hits a query; the setting limit when left out")
    offset: int = Field(0, ge=0)
    mode: Mode = "hybrid"
    document: list[Text] = Field(default_factory=list, description="ids of documents")
    kind: list[Kind] = Field(default_factory=list)
    place: list[Text] = Field(default_factory=list)
    year: list[int] = Field(default_factory=list)
    section: list[Section] = Field(default_factory=list)
    province: list[Text] = Field(default_factory=list)
    doc_type: list[Text] = Field(default_factory=list)
    facets: list[Facet] = Field(default_factory=list)
    group: list[Group] = Field(default_factory=lambda: ["duplicates"])
    diverse: int = Field(
        0, ge=0, le=MOST, description="hits a document may have before every other had as many; 0: any number"
    )
    context: int = Field(0, ge=0, description="neighbours on each side of every hit, at most max_context")


class BatchOut(BaseModel):
    """One result a query, in the order asked."""

    results: list[SearchOut]


class DocumentInfoOut(Out):
    """A row of the list of documents; the last four are counts."""

    id: str
    source: str
    title: str
    doc_type: str | None
    issuer: str | None
    place: str | None
    province: str | None
    number: str | None
    date: str | None
    period: str | None
    passages: int
    footnotes: int
    tables: int
    warnings: int
    collection: str = Field("", description="label of the collection that it is in; empty for the open one")


class DocumentsOut(BaseModel):
    """All documents of the index."""

    total: int
    generation: str = Field(description="state of the index that answered; send it along to page on in it")
    documents: list[DocumentInfoOut]


class SectionOut(Out):
    """A heading; children in reading order."""

    id: str
    level: int
    number: str | None
    title: str
    label: str
    page: int | None
    start: int
    end: int
    children: list[SectionOut] = Field(default_factory=list)


class OutlineOut(BaseModel):
    """The tree of headings of one document."""

    id: str
    title: str
    sections: list[SectionOut]


class PassageOut(Out):
    """A passage with its neighbours in reading order."""

    passage: HitOut
    before: list[HitOut]
    after: list[HitOut]


class HealthOut(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyOut(BaseModel):
    """The index is open: which generation, which model, how much is in it."""

    status: Literal["ready"] = "ready"
    generation: int = Field(description="of the open collection, or the first that is seen")
    version: str = Field(description="generations of all collections that are seen, as `generation` of a search")
    model: str | None
    documents: int
    passages: int
    degraded: str | None = Field(None, description="why it searches by words only, if it does")


class ProblemOut(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    do: str


class ProblemKindOut(BaseModel):
    """What a kind of problem means."""

    code: str
    status: int
    title: str
    do: str
