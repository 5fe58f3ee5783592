"""Evidence for a prompt: the best passages that a budget of tokens holds, verbatim, with what explains them.

Two rounds. First the hits, best first, each whole: with its footnotes or, where it is a footnote, with its sentence.
The first without room is taken without its footnotes, or the next smaller one in its place, and the round is over: a
fuller filling would give some larger budgets fewer hits. The room that is left goes to the neighbours of the hits.

What was picked is laid out to be read: grouped by document, in reading order, each passage with a number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from index.bounds import MOST, check_number
from index.grouping import Shape
from index.hits import DocumentRef, Filters, Hit, HitFootnote, SearchResult
from index.packed_layout import body, cited, header, laid_out, note_line, path_line

if TYPE_CHECKING:
    from index.search import Searcher
    from index.view import View

CHARACTERS_PER_TOKEN = 2.0
"""Characters (NFC) that a token stands for, on the safe side: layouts of the sample reports have 2.2 to 2.8 a token
with today's vocabularies (o200k, Llama 3), fewest where headings are in capitals. Older ones need more tokens (cl100k:
1.6 to 1.9 characters each): hand over their own `count`."""

FLOOR = 0.01
"""Score below which a hit is no evidence, unless nothing is better, where scores are probabilities
(`SearchResult.likeliest`): of 7,180 hits below it 55 were of use to the samples' graded queries. Room is better spent
on what stands beside the others, or not at all."""

NOTES_BETWEEN = 3
"""Bodies of footnotes that are passed over between a hit and its neighbour in the running text."""


@dataclass(frozen=True, slots=True)
class PackedPassage:
    """One passage of a layout.

    Attributes:
        number: 1-based, in the order of the layout.
        role: "hit", "carrier" (of a footnote that is a hit) or "neighbour".
        rank: 1-based, in the search; None for what was not found but stands beside it.
        score: of the search, likewise.
        passage_id: as in a `Hit`, like all that is not named here; an id stands once in a layout, footnotes included.
        document: short.
        start: offset (characters) in the document's canonical text.
        end: offset behind its last character.
        text: verbatim: `canonical[start:end]`.
        footnotes: those of a hit, in the order of their marks; they stand under it.
        without_footnotes: whether there was no room for them.
        marker: of a footnote that is a passage of its own.
        carrier: number of the passage that carries this marker.
    """

    number: int
    role: str
    rank: int | None
    score: float | None
    passage_id: str
    document: DocumentRef
    source: str
    kind: str
    section_path: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    citation: str
    footnotes: tuple[HitFootnote, ...]
    without_footnotes: bool = False
    marker: str | None = None
    carrier: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """Evidence for a query, ready for a prompt.

    Attributes:
        query: as typed.
        text: the layout; "" where nothing was packed.
        passages: in the order of the layout.
        budget: tokens that there was room for.
        tokens: of `text`, by the caller's count; never above `budget`.
        left_out: hits that the layout does not show for want of room; those below `FLOOR` are none.
        without_footnotes: hits of which only the footnotes are left out.
        mode: what really ran ("hybrid", "lexical", "dense").
        degraded: None, or one sentence saying what was asked and could not run.
        notes: sentences on what could not be done as asked, Vietnamese first.
        took_ms: milliseconds, the search included.
    """

    query: str
    text: str
    passages: tuple[PackedPassage, ...]
    budget: int
    tokens: int
    left_out: int
    without_footnotes: int
    mode: str
    degraded: str | None
    notes: tuple[str, ...]
    took_ms: float

    def to_json(self) -> dict[str, Any]:
        """As plain dictionaries, tuples and numbers."""
        return asdict(self)


def estimated_tokens(text: str) -> int:
    """Tokens of a Vietnamese text, estimated on the safe side; no tokenizer is needed.

    Args:
        text: in NFC; `CHARACTERS_PER_TOKEN` says what it was measured on.
    """
    return int(-(-len(text) // CHARACTERS_PER_TOKEN))


def pack(
    searcher: Searcher | View,
    query: str,
    *,
    budget: int,
    filters: Filters = Filters(),  # noqa: B008 (frozen)
    mode: str = "hybrid",
    neighbours: int = 1,
    limit: int = 40,
    count: Callable[[str], int] = estimated_tokens,
) -> Packed:
    """The best evidence for a query that a budget of tokens holds.

    Args:
        searcher: a `Searcher` or a `View`.
        query: as typed, with or without diacritics, Vietnamese or English.
        budget: tokens of the whole layout at most, 1 or more.
        filters: hard filters. Hits keep to all of them, neighbours to kinds and sections; footnotes and carrying
            passages come with their hits whatever they are.
        mode: "hybrid", "lexical" or "dense".
        neighbours: passages on each side of a hit that may come along; footnotes are no neighbours.
        limit: hits that are looked at; of these, the ones from a score of `FLOOR` on.
        count: tokens of a text, for the model at hand. A text should not have more than its parts together; where it
            has, what was packed last is taken out again.

    Raises:
        UsageError: an unknown mode or section, or a number that is too small or too large.
    """
    started = time.perf_counter()
    check_number("budget", budget, 1)
    check_number("neighbours", neighbours)
    result = searcher.search(query, limit=limit, mode=mode, filters=filters, shape=Shape(footnotes=True))
    hits = _evidence(result)
    packing = _Packing(budget, count, 2 * limit * (1 + neighbours))
    _pack_hits(packing, searcher, hits)
    if neighbours:
        _pack_neighbours(packing, searcher, result.hits, neighbours, filters)
    passages, text, tokens = packing.finished()
    too_small = _too_small(packing, searcher, hits, budget) if hits and not passages else ()
    return Packed(
        *(query, text, passages, budget, tokens),
        left_out=sum(not packing.shows(hit) for hit in hits),
        without_footnotes=sum(passage.without_footnotes for passage in passages),
        mode=result.mode,
        degraded=result.degraded,
        notes=(*result.notes, *too_small),
        took_ms=round((time.perf_counter() - started) * 1000, 3),
    )


def _evidence(result: SearchResult) -> list[Hit]:
    """The hits that may be packed as such."""
    best = max((hit.score for hit in result.hits), default=0.0)
    least = 0.0 if result.likeliest is None else min(FLOOR, best)
    return [hit for hit in result.hits if hit.score >= least]


# ---- what is picked --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """A passage that is picked; `rank` is None for one that was not found."""

    hit: Hit
    role: str
    rank: int | None
    footnotes: tuple[HitFootnote, ...] = ()
    without_footnotes: bool = False


class _Packing:
    """What is picked so far, and how many tokens it takes.

    Every piece of the layout is counted once; to try a passage costs a sum over its document and no new count. Numbers
    are counted as long as `most`, the passages at most, before they are known.
    """

    def __init__(self, budget: int, count: Callable[[str], int], most: int) -> None:
        self._budget, self._most = budget, most
        self._count, self._tokens = count, cache(count)
        self._pieces: dict[str, tuple[int, int, int]] = {}
        self._documents: dict[str, tuple[_Entry, ...]] = {}
        self._spent = 0
        self._steps: list[tuple[str, tuple[_Entry, ...]]] = []

    def add(self, unit: Sequence[_Entry]) -> bool:
        """Pick passages of one document together; where there is no room, nothing changes and the answer is False."""
        key = unit[0].hit.document.id
        before = self._documents.get(key, ())
        new = {entry.hit.passage_id for entry in unit}
        kept = (entry for entry in before if entry.hit.passage_id not in new)
        after = tuple(sorted((*kept, *unit), key=lambda entry: (entry.hit.start, entry.hit.passage_id)))
        spent = self._spent - self.cost(before) + self.cost(after)
        if spent > self._budget:
            return False
        self._steps.append((key, before))
        self._documents[key], self._spent = after, spent
        return True

    def shown(self, document: str) -> set[str | None]:
        """Ids of the passages of a document that are picked, and of the footnotes under them."""
        entries = self._documents.get(document, ())
        notes = {note.passage_id for entry in entries for note in entry.footnotes}
        return {entry.hit.passage_id for entry in entries} | (notes - {None})

    def shows(self, hit: Hit, *but: str) -> bool:
        """Whether a passage is picked, in another role than `but`, or stands under one that is as its footnote."""
        for entry in self._documents.get(hit.document.id, ()):
            if entry.hit.passage_id == hit.passage_id:
                return entry.role not in but
            # A long footnote has several passages; it stands whole under its sentence, by the id of the first.
            part = hit.anchor if hit.anchor and hit.anchor.passage_id == entry.hit.passage_id else None
            for note in entry.footnotes:
                if note.passage_id == hit.passage_id or (part and part.marker == note.marker and hit.text in note.text):
                    return True
        return False

    def hits(self) -> list[_Entry]:
        """What is picked as a hit, best first."""
        picked = (entry for entries in self._documents.values() for entry in entries if entry.role == "hit")
        return sorted(picked, key=lambda entry: entry.rank or 0)

    def finished(self) -> tuple[tuple[PackedPassage, ...], str, int]:
        """The passages in their layout, the text, its tokens.

        A tokenizer may make more of the whole than of its pieces; then what came last goes, until it fits.
        """
        while True:
            passages = _numbered(self._documents.values())
            text = laid_out(passages)
            tokens = self._count(text) if passages else 0
            if tokens <= self._budget:
                return passages, text, tokens
            key, before = self._steps.pop()
            self._documents[key] = before

    def cost(self, entries: Sequence[_Entry]) -> int:
        """Tokens of the passages of one document, in reading order, with its header."""
        spent = self._tokens(header(entries[0].hit.document) + "\n") if entries else 0
        path = citation = None
        for entry in entries:
            own, head, foot = self._tokens_of(entry.hit)
            spent += own + sum(self._tokens(note_line(note)) for note in entry.footnotes)
            # Headings and citation stand once for passages beside each other.
            if entry.hit.section_path != path:
                spent, path, citation = spent + head, entry.hit.section_path, None
            if entry.hit.citation != citation:
                spent, citation = spent + foot, entry.hit.citation
        return spent

    def _tokens_of(self, hit: Hit) -> tuple[int, int, int]:
        """Tokens of a passage with its number here and in the citation, of its headings, of its citation."""
        if hit.passage_id not in self._pieces:
            anchor, number = hit.anchor, self._most
            text = body(number, hit.text, anchor.marker if anchor else None, number if anchor else None)
            self._pieces[hit.passage_id] = (
                self._tokens(f"\n{text} [{number}]"),
                self._tokens("\n" + path_line(hit.section_path)),
                self._tokens("\n" + cited("", hit.citation)),
            )
        return self._pieces[hit.passage_id]


def _pack_hits(packing: _Packing, searcher: Searcher | View, hits: Sequence[Hit]) -> None:
    """The first round: hits with all that belongs to them, and one last that the rest of the room will hold."""
    for i, hit in enumerate(hits):
        # What is there as the carrier of a better hit still becomes a hit itself.
        if packing.shows(hit, "carrier") or packing.add(_units(packing, searcher, hit)[0]):
            continue
        rest = (later for later in hits[i:] if not packing.shows(later, "carrier"))
        any(packing.add(unit) for later in rest for unit in _units(packing, searcher, later))
        return


def _units(packing: _Packing, searcher: Searcher | View, hit: Hit) -> list[list[_Entry]]:
    """What a hit is packed as: whole, and without its footnotes where it has any.

    A footnote says little without the sentence that it explains, so it comes with it or not at all.
    """
    shown, carriers = packing.shown(hit.document.id), []
    if hit.anchor and hit.anchor.passage_id not in shown:
        carriers = [_Entry(searcher.passage(hit.anchor.passage_id, context=0).passage, "carrier", None)]
    notes = tuple(note for note in dict.fromkeys(hit.footnotes) if note.text and note.passage_id not in shown)
    whole = _Entry(hit, "hit", hit.rank, notes)
    bare = replace(whole, footnotes=(), without_footnotes=True)
    return [[*carriers, entry] for entry in ((whole, bare) if notes else (whole,))]


def _too_small(packing: _Packing, searcher: Searcher | View, hits: Sequence[Hit], budget: int) -> tuple[str]:
    least = min(packing.cost(_units(packing, searcher, hit)[-1]) for hit in hits)
    least = max(least, budget + 1)  # where the whole has more tokens than its pieces, they alone would say too little
    vietnamese = f"ngân sách {budget} token quá nhỏ, đoạn ngắn nhất cũng cần {least}"
    return (f"{vietnamese} / a budget of {budget} tokens is too small, even the smallest passage needs {least}",)


def _pack_neighbours(
    packing: _Packing, searcher: Searcher | View, found: Sequence[Hit], neighbours: int, filters: Filters
) -> None:
    """The second round: what stands before and behind the hits, best hits first, on each side the nearest first."""
    by_id = {hit.passage_id: hit for hit in found}
    picked = packing.hits()
    said = {twin.passage_id for entry in picked for twin in entry.hit.duplicates}
    context, kinds, sections = min(MOST, neighbours + NOTES_BETWEEN), filters.kinds, filters.sections
    for hit in (entry.hit for entry in picked):
        # Beside a footnote stand other footnotes; what explains it stands beside its sentence.
        view = searcher.passage(hit.anchor.passage_id if hit.anchor else hit.passage_id, context=context)
        for side in (view.before[::-1], view.after):
            for near in [passage for passage in side if passage.kind != "footnote"][:neighbours]:
                if (kinds and near.kind not in kinds) or (sections and near.section not in sections):
                    break
                if near.passage_id in said or packing.shows(near):
                    continue
                own = by_id.get(near.passage_id)
                if not packing.add([_Entry(own or near, "neighbour", own.rank if own else None)]):
                    break


# ---- the layout ------------------------------------------------------------------------------------------------------


def _numbered(documents: Iterable[tuple[_Entry, ...]]) -> tuple[PackedPassage, ...]:
    """What is picked, document after document, with its numbers."""
    entries = [entry for picked in documents for entry in picked]
    numbers = {entry.hit.passage_id: number for number, entry in enumerate(entries, 1)}
    passages = []
    for entry in entries:
        hit, anchor = entry.hit, entry.hit.anchor
        own = PackedPassage(
            *(numbers[hit.passage_id], entry.role, entry.rank, None if entry.rank is None else hit.score),
            *(hit.passage_id, hit.document, hit.source, hit.kind, hit.section_path, hit.page, hit.start, hit.end),
            *(hit.text, hit.citation, entry.footnotes, entry.without_footnotes),
            *(anchor.marker if anchor else None, numbers.get(anchor.passage_id) if anchor else None),
        )
        passages.append(own)
    return tuple(passages)
