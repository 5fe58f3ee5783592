"""What a search gives back: plain, frozen, ready for JSON (the contract's Hit)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

MODES = ("hybrid", "lexical", "dense")


@dataclass(frozen=True, slots=True)
class Filters:
    """Hard filters; an empty tuple means "any". They act before the search, so narrow ones never starve.

    Attributes:
        documents: document ids.
        kinds: passage kinds ("paragraph", "list_item", "footnote", "table_row").
        places: places as the documents name them or as they were or are called now; case and diacritics do not
            matter. A place finds the documents of what lies in it, too.
        years: years of the document's date or period.
        doc_types: kinds of document; "báo cáo" finds "Báo cáo chính trị" as well.
        sections: roles of the part of the document that a passage stands in (`index.roles.ROLES`).
        provinces: provinces, with their unit or without ("tỉnh Sơn La", "Sơn La"); case and diacritics do not matter.
    """

    documents: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    doc_types: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The document of a hit, short."""

    id: str
    title: str
    issuer: str | None
    place: str | None
    period: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class HitFootnote:
    """A footnote whose marker stands in the hit; `offset` is where, in the hit's text (characters)."""

    marker: str
    text: str
    passage_id: str | None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class HitAnchor:
    """For a footnote hit: the passage that carries its `marker`, and where in that passage's text."""

    passage_id: str
    text: str
    offset: int
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class HitDuplicate:
    """A passage that says the same as a hit in the same words and figures (`index.twins`)."""

    passage_id: str
    source: str
    document: DocumentRef


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A passage before or after a hit, in reading order."""

    passage_id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked passage.

    Attributes:
        highlights: half-open character ranges in `text`, sorted, not overlapping.
        section: role of the part of the document that it stands in (`index.roles.ROLES`).
        best_clause: the range of the clause that comes nearest in meaning; None where the text is one clause.
        duplicates: passages that say the same and were found as well, in the order of the ranking.
        folded: ids of the footnotes that it shows, or of the passage whose footnote it is, that were found as well
            and are therefore no hits of their own.
        before: neighbours in reading order, as many as were asked for.
        after: the same behind it.
    """

    rank: int
    score: float
    source: str
    document: DocumentRef
    passage_id: str
    kind: str
    text: str
    section_path: tuple[str, ...]
    page: int | None
    start: int
    end: int
    highlights: tuple[tuple[int, int], ...]
    footnotes: tuple[HitFootnote, ...]
    anchor: HitAnchor | None
    citation: str
    explain: dict[str, Any] = field(default_factory=dict)
    section: str = "other"
    best_clause: tuple[int, int] | None = None
    duplicates: tuple[HitDuplicate, ...] = ()
    folded: tuple[str, ...] = ()
    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The contract's JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits.

    Attributes:
        query: as typed.
        mode: what really ran ("hybrid", "lexical", "dense").
        degraded: None, or one sentence saying what was asked and could not run.
        total: how many passages were candidates under the filters (a true count for the lexical half,
            at least len(hits)).
        took_ms: time inside the searcher, milliseconds.
        hits: ranked, best first.
        facets: field → [(value, count)], counted over everything that was found, not over the page.
        more: whether hits follow this page.
        understood: what was made of the query: kind, filters, phrases, places, periods, expansions.
        notes: sentences on what was asked and could not be done as asked, and where the documents may say nothing on
            it (`index.ask.UNSURE`), Vietnamese first.
        stages: stage of the search → milliseconds ("understand", "encode", "rank", "present").
        likeliest: probability that the best passage answers the query, 0 to 1; None where it is not judged: in other
            modes than "hybrid", for a document's number, for filters alone, for a phrase that was found, with a
            reranker, and among documents that name no office.
    """

    query: str
    mode: str
    degraded: str | None
    total: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    more: bool = False
    understood: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stages: dict[str, float] = field(default_factory=dict)
    likeliest: float | None = None

    def frame(self) -> DataFrame:
        """The hits as a pandas DataFrame, one row a hit (`index.frames.hits_frame`).

        Raises:
            UsageError: pandas is not installed.
        """
        from index.frames import hits_frame

        return hits_frame(self.hits)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The best passage of each document.

    Attributes:
        query: as typed.
        mode: what really ran.
        degraded: None, or one sentence saying what was asked and could not run.
        took_ms: time inside the searcher, milliseconds.
        hits: one a document, best first.
        without: documents that passed the filters and have no match, in the order of their sources.
        understood: as in a `SearchResult`.
        notes: likewise.
        likeliest: likewise.
    """

    query: str
    mode: str
    degraded: str | None
    took_ms: float
    hits: tuple[Hit, ...]
    without: tuple[DocumentRef, ...]
    understood: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    likeliest: float | None = None

    def frame(self) -> DataFrame:
        """One row a document, those without a match last (`index.frames.comparison_frame`).

        Raises:
            UsageError: pandas is not installed.
        """
        from index.frames import comparison_frame

        return comparison_frame(self)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A row of the list of documents."""

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


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage with what a reader wants around it: neighbours in reading order, footnotes, citation."""

    passage: Hit
    before: tuple[Hit, ...]
    after: tuple[Hit, ...]
