"""Hits without an index, for tests of what is packed."""

from __future__ import annotations

from dataclasses import replace

from index.grouping import Shape
from index.hits import DocumentRef, Filters, Hit, HitAnchor, HitFootnote, PassageView, SearchResult


class Shelf:
    """A searcher without an index: it finds the hits that it was given, and shows them among the others."""

    def __init__(self, hits: list[Hit], others: list[Hit] = ()) -> None:
        self.found = tuple(replace(hit, rank=rank, score=1 / rank) for rank, hit in enumerate(hits, 1))
        self.likeliest: float | None = None
        self.all = sorted([*hits, *others], key=lambda hit: (hit.document.id, hit.start))

    def search(self, query: str, *, limit: int, mode: str, filters: Filters, shape: Shape) -> SearchResult:
        assert shape == Shape(duplicates=True, footnotes=True)
        return SearchResult(query, mode, None, len(self.found), 0.0, self.found[:limit], likeliest=self.likeliest)

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        own = next(hit for hit in self.all if hit.passage_id == passage_id)
        row = [hit for hit in self.all if hit.document.id == own.document.id]
        at = row.index(own)
        return PassageView(own, tuple(row[max(0, at - context) : at]), tuple(row[at + 1 : at + 1 + context]))


def made(number: int, text: str, document: str = "d", **fields) -> Hit:
    """A passage that starts at 1,000 times its number."""
    start, path, cited = 1000 * number, ("I. KẾT QUẢ",), f"Huyện ủy {document}, mục I"
    reference = DocumentRef(document, "Báo cáo năm 2024", "Huyện ủy\nNậm Pheo", "huyện Nậm Pheo", "năm 2024", None)
    own = (f"{document}.txt", reference, f"{document}:p{number:05d}", "paragraph", text, path, None)
    return replace(Hit(0, 0.0, *own, start, start + len(text), (), (), None, cited), **fields)


def note_of(carrier: Hit, number: int, text: str, marker: str = "1") -> Hit:
    """A footnote as a passage of its own."""
    anchor, cited = HitAnchor(carrier.passage_id, carrier.text, 0, marker), f"{carrier.citation}, chú thích {marker}"
    return made(number, text, carrier.document.id, kind="footnote", anchor=anchor, citation=cited)


def with_notes(hit: Hit, *notes: Hit) -> Hit:
    """A passage that carries these footnotes."""
    return replace(hit, footnotes=tuple(HitFootnote(n.anchor.marker, n.text, n.passage_id, 0) for n in notes))
