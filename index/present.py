"""Rows of the catalogue → hits: highlights, footnotes, the sentence a footnote belongs to, the citation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.candidates import DocumentTable
from index.catalogue import Catalogue, StoredFootnote, StoredPassage
from index.citation import citation, section_numbers
from index.highlight import Highlighter
from index.hits import DocumentInfo, DocumentRef, Hit, HitAnchor, HitDuplicate, HitFootnote, Neighbour
from index.query import Query
from index.records import document_title
from ingest.document import Passage

KEPT = 2048
"""Passages that stay in memory once read: hits of one query come back with the next."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage's id with its score and what explains it.

    Attributes:
        clause: row of its best clause, -1 for none.
        duplicates: positions of the passages that say the same.
        folded: ids of the footnotes or the carrying passage that it stands for.
    """

    passage: str
    score: float
    explain: dict[str, Any] = field(default_factory=dict)
    clause: int = -1
    duplicates: tuple[int, ...] = ()
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Around:
    """What the hits of one page share."""

    marker: Highlighter | None
    notes: dict[tuple[str, str], StoredFootnote]
    anchors: dict[str, StoredPassage]
    clauses: dict[int, tuple[int, int]]
    context: int


class Presenter:
    """Makes hits of passages.

    Args:
        catalogue: the generation's.
        documents: its documents.
        heads: as `Catalogue.document_heads` gives them.
        passages: id and document's code of a passage, by its position.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        documents: DocumentTable,
        heads: Sequence[dict[str, Any]],
        passages: tuple[Sequence[str], Sequence[int]] = ((), ()),
    ) -> None:
        self._catalogue = catalogue
        self._documents = documents
        self._sections = {head["id"]: head["sections"] for head in heads}
        self._heads = heads
        self._ids, self._codes = passages
        self._numbers: dict[tuple[str, str | None], list[str]] = {}
        self._kept: dict[str, StoredPassage] = {}
        self._kept_notes: dict[tuple[str, str], StoredFootnote] = {}
        self._references = [
            DocumentRef(
                head["id"], document_title(meta, head["source"]), meta.issuer, meta.place, meta.period, meta.date
            )
            for head, meta in zip(heads, documents.metadata, strict=True)
        ]

    def reference(self, code: int) -> DocumentRef:
        """The document of that code, short."""
        return self._references[code]

    def hits(self, ranked: Sequence[Ranked], query: Query | None, first_rank: int, context: int = 0) -> tuple[Hit, ...]:
        """Hits in the order given.

        Args:
            ranked: passages; those that the catalogue does not have are left out.
            query: for highlights; None for none.
            first_rank: rank of the first one.
            context: neighbours on each side that every hit brings along.
        """
        stored = self._stored([r.passage for r in ranked])
        notes = self._notes(stored.values())
        around = _Around(
            marker=Highlighter(query, query.spellings) if query else None,
            notes=notes,
            anchors=self._stored(sorted({n.anchor_passage for n in notes.values() if n.anchor_passage})),
            clauses=self._catalogue.clause_ranges([r.clause for r in ranked if r.clause >= 0]),
            context=context,
        )
        return tuple(
            self._hit(stored[r.passage], r, rank, around)
            for rank, r in enumerate(ranked, first_rank)
            if r.passage in stored
        )

    def _stored(self, ids: Sequence[str]) -> dict[str, StoredPassage]:
        """Passages by id, from memory where they were read before."""
        found = {i: kept for i in ids if (kept := self._kept.get(i)) is not None}
        missing = [i for i in ids if i not in found]
        if missing:
            read = self._catalogue.passages(missing)
            if len(self._kept) + len(read) > KEPT:
                self._kept = {}
            self._kept.update(read)
            found |= read
        return found

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

    def _notes(self, passages: Iterable[StoredPassage]) -> dict[tuple[str, str], StoredFootnote]:
        """The footnotes that these passages carry or are."""
        keys = {(s.document, note) for s in passages for note in (*s.passage.footnotes, s.footnote) if note}
        found = {key: kept for key in keys if (kept := self._kept_notes.get(key)) is not None}
        missing = sorted(key for key in keys if key not in found)
        if missing:
            read = self._catalogue.footnotes(missing)
            if len(self._kept_notes) + len(read) > KEPT:
                self._kept_notes = {}
            self._kept_notes.update(read)
            found |= read
        return found

    def _hit(self, stored: StoredPassage, ranked: Ranked, rank: int, around: _Around) -> Hit:
        p = stored.passage
        code = self._documents.codes[stored.document]
        source = self._documents.sources[code]
        own = around.notes.get((stored.document, stored.footnote)) if stored.footnote else None
        clause = around.clauses.get(ranked.clause)
        before, after = self._neighbours(stored, around.context)
        anchor = _anchor(own, around.anchors)
        highlights, explain = _look(p, anchor, ranked.explain, around.marker)
        return Hit(
            rank=rank,
            score=round(ranked.score, 6),
            source=source,
            document=self._references[code],
            passage_id=p.id,
            kind=p.kind,
            text=p.text,
            section_path=p.section_path,
            page=p.page,
            start=p.start,
            end=p.end,
            highlights=highlights,
            footnotes=_carried(stored, around.notes),
            anchor=anchor,
            citation=self._cited(stored, own),
            explain=explain,
            section=stored.role,
            best_clause=clause if clause and _is_part(clause, p.text) else None,
            duplicates=tuple(self._duplicate(position) for position in ranked.duplicates),
            folded=ranked.folded,
            before=before,
            after=after,
        )

    def citation(self, stored: StoredPassage) -> str:
        """How a passage is cited."""
        own = self._notes([stored]).get((stored.document, stored.footnote)) if stored.footnote else None
        return self._cited(stored, own)

    def _cited(self, stored: StoredPassage, own: StoredFootnote | None) -> str:
        code = self._documents.codes[stored.document]
        meta, source = self._documents.metadata[code], self._documents.sources[code]
        note = own.marker if own else None
        return citation(meta, source, self._section(stored), note=note, page=stored.passage.page)

    def _duplicate(self, position: int) -> HitDuplicate:
        code = self._codes[position]
        return HitDuplicate(self._ids[position], self._documents.sources[code], self._references[code])

    def _neighbours(self, stored: StoredPassage, context: int) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
        if not context:
            return (), ()
        at = stored.position
        near = self._catalogue.document_passages(stored.document, max(0, at - context), at + context)
        rows = [(s.position, Neighbour(s.passage.id, s.passage.kind, s.passage.text)) for s in near]
        return tuple(n for place, n in rows if place < at), tuple(n for place, n in rows if place > at)

    def _section(self, stored: StoredPassage) -> list[str]:
        key = (stored.document, stored.passage.section)
        if key not in self._numbers:
            self._numbers[key] = section_numbers(self._sections[stored.document], stored.passage.section)
        return self._numbers[key]


def _look(
    passage: Passage, anchor: HitAnchor | None, explain: dict[str, Any], marker: Highlighter | None
) -> tuple[tuple[tuple[int, int], ...], dict[str, Any]]:
    """Highlights, and what explains the hit, with what of the query stands in text, headings and carrying sentence."""
    if marker is None:
        return (), explain
    highlights, concepts = marker.look(passage.text)
    fields = {"text": (passage.text, highlights)}
    path = " > ".join(passage.section_path)
    fields["path"] = (path, marker.ranges(path))
    if anchor is not None:
        fields["carrier"] = (anchor.text, marker.ranges(anchor.text))
    matched = {name: _strings(text, ranges) for name, (text, ranges) in fields.items() if ranges}
    return highlights, {**explain, "matched": matched, "concepts": concepts}


def _strings(text: str, ranges: Sequence[tuple[int, int]]) -> list[str]:
    """What stands in the ranges, each once whatever its case."""
    found: dict[str, str] = {}
    for start, end in ranges:
        words = " ".join(text[start:end].split())
        found.setdefault(words.lower(), words)
    return list(found.values())


def _is_part(clause: tuple[int, int], text: str) -> bool:
    """Whether a clause is one of several: it leaves words of the text out."""
    return bool(text[: clause[0]].strip() or text[clause[1] :].strip())


def _carried(stored: StoredPassage, notes: dict[tuple[str, str], StoredFootnote]) -> tuple[HitFootnote, ...]:
    found = [notes[key] for note in stored.passage.footnotes if (key := (stored.document, note)) in notes]
    return tuple(HitFootnote(n.marker, n.text, n.passage, n.anchor_offset) for n in found)


def _anchor(note: StoredFootnote | None, anchors: dict[str, StoredPassage]) -> HitAnchor | None:
    if note is None or note.anchor_passage is None or note.anchor_passage not in anchors:
        return None
    return HitAnchor(
        note.anchor_passage, anchors[note.anchor_passage].passage.text, note.anchor_offset or 0, note.marker
    )
