"""Rows of the catalogue → hits: highlights, footnotes, the sentence a footnote belongs to, the citation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from index.candidates import DocumentTable
from index.catalogue import Catalogue, StoredFootnote, StoredPassage
from index.citation import citation, section_numbers
from index.highlight import Highlighter
from index.hits import DocumentInfo, DocumentRef, Hit, HitAnchor, HitFootnote
from index.query import Query
from index.records import document_title


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage's id with its score and what explains it."""

    passage: str
    score: float
    explain: dict[str, Any] = field(default_factory=dict)


class Presenter:
    """Makes hits of passages.

    Args:
        catalogue: the generation's.
        documents: its documents.
        heads: as `Catalogue.document_heads` gives them.
    """

    def __init__(self, catalogue: Catalogue, documents: DocumentTable, heads: Sequence[dict[str, Any]]) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._sections = {head["id"]: head["sections"] for head in heads}
        self._heads = heads
        self._numbers: dict[tuple[str, str | None], list[str]] = {}

    def hits(self, ranked: Sequence[Ranked], query: Query | None, first_rank: int) -> tuple[Hit, ...]:
        """Hits in the order given.

        Args:
            ranked: passages; those that the catalogue does not have are left out.
            query: for highlights; None for none.
            first_rank: rank of the first one.
        """
        stored = self._catalogue.passages([r.passage for r in ranked])
        notes = self._notes(stored.values())
        anchors = self._catalogue.passages(sorted({n.anchor_passage for n in notes.values() if n.anchor_passage}))
        marker = Highlighter(query) if query else None
        return tuple(
            self._hit(stored[r.passage], r, rank, marker, notes, anchors)
            for rank, r in enumerate(ranked, first_rank)
            if r.passage in stored
        )

    def infos(self) -> list[DocumentInfo]:
        """The list of documents, in the order of their sources, with counts."""
        counts = self._catalogue.passage_counts()
        return [
            DocumentInfo(
                id=head["id"],
                source=head["source"],
                title=document_title(meta, head["source"]),
                doc_type=meta.doc_type,
                issuer=meta.issuer,
                place=meta.place,
                province=meta.province,
                number=meta.number,
                date=meta.date,
                period=meta.period,
                passages=counts.get(head["id"], 0),
                footnotes=head["footnotes"],
                tables=head["tables"],
                warnings=head["warnings"],
            )
            for head, meta in zip(self._heads, self._documents.metadata, strict=True)
        ]

    def _notes(self, passages: Any) -> dict[tuple[str, str], StoredFootnote]:
        """The footnotes that these passages carry or are."""
        keys = {(s.document, note) for s in passages for note in (*s.passage.footnotes, s.footnote) if note}
        return self._catalogue.footnotes(sorted(keys))

    def _hit(
        self,
        stored: StoredPassage,
        ranked: Ranked,
        rank: int,
        marker: Highlighter | None,
        notes: dict[tuple[str, str], StoredFootnote],
        anchors: dict[str, StoredPassage],
    ) -> Hit:
        p = stored.passage
        code = self._documents.codes[stored.document]
        meta, source = self._documents.metadata[code], self._documents.sources[code]
        own = notes.get((stored.document, stored.footnote)) if stored.footnote else None
        title = document_title(meta, source)
        return Hit(
            rank=rank,
            score=round(ranked.score, 6),
            source=source,
            document=DocumentRef(stored.document, title, meta.issuer, meta.place, meta.period, meta.date),
            passage_id=p.id,
            kind=p.kind,
            text=p.text,
            section_path=p.section_path,
            page=p.page,
            start=p.start,
            end=p.end,
            highlights=marker.ranges(p.text) if marker else (),
            footnotes=_carried(stored, notes),
            anchor=_anchor(own, anchors),
            citation=citation(meta, source, self._section(stored), note=own.marker if own else None, page=p.page),
            explain=ranked.explain,
        )

    def _section(self, stored: StoredPassage) -> list[str]:
        key = (stored.document, stored.passage.section)
        if key not in self._numbers:
            self._numbers[key] = section_numbers(self._sections[stored.document], stored.passage.section)
        return self._numbers[key]


def _carried(stored: StoredPassage, notes: dict[tuple[str, str], StoredFootnote]) -> tuple[HitFootnote, ...]:
    found = [notes[key] for note in stored.passage.footnotes if (key := (stored.document, note)) in notes]
    return tuple(HitFootnote(n.marker, n.text, n.passage, n.anchor_offset) for n in found)


def _anchor(note: StoredFootnote | None, anchors: dict[str, StoredPassage]) -> HitAnchor | None:
    if note is None or note.anchor_passage is None or note.anchor_passage not in anchors:
        return None
    return HitAnchor(
        note.anchor_passage, anchors[note.anchor_passage].passage.text, note.anchor_offset or 0, note.marker
    )
