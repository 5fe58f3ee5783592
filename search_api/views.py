"""What the templates need, ready made: labels, links, facets, pages of hits. No HTML here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from index.grouping import Shape
from index.hits import DocumentInfo, Filters, Hit, SearchResult
from ingest.document import Document
from search_api.highlight import Marker, Piece, cut, joined, sentence_around
from search_api.reading import anchor, flow, outline
from search_api.why import Part, why

WEB = Path(__file__).parent / "web"
KINDS = {"paragraph": "Đoạn văn", "list_item": "Mục liệt kê", "footnote": "Chú thích", "table_row": "Dòng bảng"}
SECTIONS = {
    "result": "Kết quả",
    "shortcoming": "Hạn chế",
    "cause": "Nguyên nhân",
    "lesson": "Bài học kinh nghiệm",
    "target": "Mục tiêu, chỉ tiêu",
    "task": "Nhiệm vụ",
    "measure": "Giải pháp",
    "general": "Bối cảnh, đánh giá chung",
    "other": "Phần khác",
}
FACETS = (
    ("kind", "Loại đoạn", "Kind"),
    ("section", "Phần của văn kiện", "Section"),
    ("document", "Văn kiện", "Document"),
    ("place", "Địa phương", "Place"),
    ("province", "Tỉnh", "Province"),
    ("year", "Năm", "Year"),
    ("doc_type", "Loại văn bản", "Kind of document"),
)
EXAMPLES = (
    "kết quả giảm nghèo",
    "hạn chế và nguyên nhân",
    "xây dựng nông thôn mới",
    "thu ngân sách trên địa bàn",
    "ket nap dang vien moi",
    "poverty reduction",
)
_FIELDS = {
    "document": "documents",
    "kind": "kinds",
    "place": "places",
    "year": "years",
    "section": "sections",
    "province": "provinces",
    "doc_type": "doc_types",
}
# Footnotes longer than this (characters) start folded on a page of hits; the whole text is still in the page.
LONG_NOTE = 320
# Values of a facet that are shown at once; the others are folded, none is left out.
FACET_SIZE = 8


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment: everything escaped, unknown names refused."""
    env = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {
        "static": static,
        "document_url": document_url,
        "kinds": KINDS,
        "sections": SECTIONS,
        "number": number,
        "count": count,
        "day": day,
        "facet_size": FACET_SIZE,
    }
    return env


@lru_cache(maxsize=32)
def static(name: str) -> str:
    """Address of a file under web/static, with a part of its hash so that browsers never keep an old one."""
    digest = hashlib.sha256((WEB / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def document_url(document_id: str, passage_id: str | None = None) -> str:
    """Where a document is read, at a passage if one is named."""
    url = f"/van-kien/{quote(document_id, safe='')}"
    return f"{url}#{quote(anchor(passage_id))}" if passage_id else url


def number(value: float, digits: int = 2) -> str:
    """A number with the Vietnamese comma."""
    return f"{value:.{digits}f}".replace(".", ",")


def count(value: int) -> str:
    """A count with the Vietnamese thousands point."""
    return f"{value:,}".replace(",", ".")


def day(date: str | None) -> str | None:
    """An ISO date, whole or partial, as it is written in Vietnamese ("20/12/2024", "12/2024")."""
    return "/".join(reversed(date.split("-"))) if date else None


@dataclass(frozen=True, slots=True)
class Question:
    """What the page's address asks.

    Attributes:
        page: 1-based.
        diverse: hits that a document may have before the others had as many; 0 for no turn.
        grouped: passages that say the same, and a note with its sentence, as one hit.
        context: neighbours on each side of every hit.
        path: of the page that is asked.
    """

    q: str = ""
    filters: Filters = field(default_factory=Filters)
    mode: str = "hybrid"
    page: int = 1
    diverse: int = 0
    grouped: bool = True
    context: int = 0
    path: str = "/tim"

    @property
    def shape(self) -> Shape:
        """The shape of the result; a reader sees a note under its sentence, so both are grouped unless told not to."""
        return Shape(self.grouped, self.grouped, self.diverse)

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return self.filters != Filters()

    @property
    def active(self) -> int:
        """How many filter values are set."""
        return sum(len(self.values(name)) for name in _FIELDS)

    def url(self, **changes: Any) -> str:
        """The address of this question with some parts changed.

        Args:
            changes: fields of this class.
        """
        other = replace(self, **changes)
        pairs = [("q", other.q), *other.hidden()]
        if other.page > 1:
            pairs.append(("trang", str(other.page)))
        return f"{other.path}?{urlencode(pairs)}"

    def compared(self) -> str:
        """The address of the comparison of all documents, with the same filters."""
        return Question(self.q, self.filters, self.mode, path="/so-sanh").url()

    def toggled(self, name: str, value: str) -> str:
        """The address with one filter value set, or unset if it is set."""
        return self.url(filters=_toggle(self.filters, name, value), page=1)

    def without(self, name: str) -> Filters:
        """The filters without those of one field."""
        return replace(self.filters, **{_FIELDS[name]: ()})

    def values(self, name: str) -> tuple[str, ...]:
        """The values set for one field, as text."""
        return tuple(str(value) for value in getattr(self.filters, _FIELDS[name]))

    def hidden(self) -> list[tuple[str, str]]:
        """Name and value of whatever keeps filters and view in an address, or in the form when it is sent."""
        pairs = [(name, value) for name in _FIELDS for value in self.values(name)]
        if self.mode != "hybrid":
            pairs.append(("mode", self.mode))
        if self.diverse:
            pairs.append(("diverse", str(self.diverse)))
        if not self.grouped:
            pairs.append(("group", "none"))
        if self.context:
            pairs.append(("context", str(self.context)))
        return pairs


def _toggle(filters: Filters, name: str, value: str) -> Filters:
    attribute = _FIELDS[name]
    kept = tuple(v for v in getattr(filters, attribute) if str(v) != value)
    if len(kept) == len(getattr(filters, attribute)):
        kept = (*kept, int(value) if name == "year" else value)
    return replace(filters, **{attribute: kept})


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet; `url` toggles it."""

    label: str
    count: int
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """One group of filters."""

    name: str
    title: str
    subtitle: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A footnote under a hit; `found` says that it matches as well and is no hit of its own."""

    marker: str
    text: str
    url: str | None
    long: bool
    found: bool = False


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit as the page shows it; `said` is the sentence a footnote hit belongs to."""

    hit: Hit
    pieces: list[Piece]
    notes: list[NoteView]
    said: list[Piece]
    url: str
    said_url: str | None
    why: list[Part]

    @property
    def kind(self) -> str:
        """The kind in Vietnamese."""
        return KINDS.get(self.hit.kind, self.hit.kind)


def hit_view(hit: Hit) -> HitView:
    """Cut a hit's text at highlights and markers, and its carrying sentence for a footnote hit."""
    base = f"n{hit.rank}"
    markers = [
        Marker(note.offset, note.marker, f"{base}-{number}")
        for number, note in enumerate(hit.footnotes)
        if note.offset is not None
    ]
    notes = [
        NoteView(
            note.marker,
            note.text,
            document_url(hit.document.id, note.passage_id) if note.passage_id else None,
            len(note.text) > LONG_NOTE,
            note.passage_id in hit.folded,
        )
        for note in hit.footnotes
    ]
    said: list[Piece] = []
    said_url = None
    if hit.anchor:
        begin, end = sentence_around(hit.anchor.text, hit.anchor.offset)
        place = Marker(max(0, min(hit.anchor.offset, end) - begin), hit.anchor.marker or "*")
        said = cut(hit.anchor.text[begin:end], (), [place])
        said_url = document_url(hit.document.id, hit.anchor.passage_id)
    url = document_url(hit.document.id, hit.passage_id)
    pieces = cut(hit.text, joined(hit.text, hit.highlights), markers, hit.best_clause)
    return HitView(hit, pieces, notes, said, url, said_url, why(hit))


def facet_views(
    question: Question, facets: Mapping[str, list[tuple[str, int]]], documents: Mapping[str, str]
) -> list[FacetView]:
    """Groups of filters with counts; a value that is set stays in the list even where it counts nothing.

    Args:
        question: what is asked now.
        facets: field → (value, count), each counted without that field's own filter.
        documents: document id → name to show.
    """
    labels = {"kind": KINDS, "section": SECTIONS, "document": documents}
    views = []
    for name, title, subtitle in FACETS:
        counted = [(str(value), number) for value, number in facets.get(name, [])]
        chosen = question.values(name)
        missing = [(value, 0) for value in chosen if value not in dict(counted)]
        choices = [
            Choice(labels.get(name, {}).get(value, value), number, question.toggled(name, value), value in chosen)
            for value, number in [*counted, *missing]
        ]
        # What is set comes first: it must never hide among the folded values.
        choices.sort(key=lambda choice: not choice.active)
        # One value that everything has is no choice.
        if len(choices) > 1 or any(choice.active for choice in choices):
            views.append(FacetView(name, title, subtitle, choices))
    return views


@dataclass(frozen=True, slots=True)
class Pages:
    """Paging: the addresses before and behind, None at the ends."""

    first: int
    last: int
    before: str | None
    behind: str | None


def pages(question: Question, result: SearchResult, size: int, reach: int) -> Pages:
    """Paging of one result.

    Args:
        question: what is asked now.
        result: its page of hits.
        size: hits a page.
        reach: farthest offset that may be asked for.
    """
    first = (question.page - 1) * size
    last = first + len(result.hits)
    more = result.more and last <= reach
    return Pages(
        first + 1,
        last,
        question.url(page=question.page - 1) if question.page > 1 else None,
        question.url(page=question.page + 1) if more else None,
    )


def document_context(document: Document, info: DocumentInfo | None = None) -> dict[str, Any]:
    """What the document's template needs."""
    title = (info.title if info else None) or document.metadata.title or document.source
    return {"document": document, "title": title, "blocks": flow(document), "branches": outline(document)}


def standalone_page(document: Document) -> str:
    """The document as one HTML file with its style inside, for ``vankien parse --format html``."""
    style = (WEB / "static" / "vankien.css").read_text(encoding="utf-8")
    template = environment().get_template("standalone.html")
    return template.render(style=style, **document_context(document))
