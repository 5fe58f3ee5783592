"""Evidence for a prompt: never over the budget, never twice, to the letter, best first, with its notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import open_index
from index.grouping import Shape
from index.hits import DocumentRef, Filters, Hit, HitAnchor, HitDuplicate, HitFootnote, PassageView, SearchResult
from index.packing import CHARACTERS_PER_TOKEN, Packed, estimated_tokens, pack
from index.search import Searcher
from index.view import View
from ingest.errors import UsageError

QUERIES = (
    "kết quả giảm nghèo",
    "so ho thoat ngheo",
    "thu ngân sách",
    "hạn chế, nguyên nhân",
    "rừng",
    "poverty reduction",
)
NOTHING = "zzqx"


@pytest.fixture(scope="module")
def searcher(sample_index: Path):
    searcher = open_index(sample_index)
    yield searcher
    searcher.close()


@pytest.fixture(scope="module")
def canonical(searcher: Searcher) -> dict[str, str]:
    """Document's id → its canonical text."""
    return {info.id: searcher.document(info.id).canonical for info in searcher.documents()}


@pytest.fixture(scope="module")
def verdict(searcher: Searcher) -> Callable[[str], str]:
    """Status of a quotation, remembered."""
    known: dict[str, str] = {}

    def status(text: str) -> str:
        if text not in known:
            known[text] = searcher.verify(text).status
        return known[text]

    return status


def ids(packed: Packed) -> list[str]:
    """Ids of all that is shown, footnotes included."""
    notes = [note.passage_id for p in packed.passages for note in p.footnotes if note.passage_id]
    return [p.passage_id for p in packed.passages] + notes


def hits_of(packed: Packed) -> list[int]:
    return sorted(p.rank for p in packed.passages if p.role == "hit")


def found_for(searcher, query: str, limit: int = 40, **options) -> tuple[Hit, ...]:
    return searcher.search(query, limit=limit, shape=Shape(footnotes=True), **options).hits


# ---- a searcher without an index -------------------------------------------------------------------------------------


class Shelf:
    """Answers a search with hits that were made up, and shows what stands around them."""

    def __init__(self, hits: list[Hit], others: list[Hit] = ()) -> None:
        self.found = tuple(replace(hit, rank=rank, score=1 / rank) for rank, hit in enumerate(hits, 1))
        self.all = sorted([*hits, *others], key=lambda hit: (hit.document.id, hit.start))

    def search(self, query: str, *, limit: int, mode: str, filters: Filters, shape: Shape) -> SearchResult:
        assert shape == Shape(duplicates=True, footnotes=True)
        return SearchResult(query, mode, None, len(self.found), 0.0, self.found[:limit])

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        own = next(hit for hit in self.all if hit.passage_id == passage_id)
        row = [hit for hit in self.all if hit.document == own.document]
        at = row.index(own)
        return PassageView(own, tuple(row[max(0, at - context) : at]), tuple(row[at + 1 : at + 1 + context]))


def made(number: int, text: str, document: str = "d", **fields) -> Hit:
    """A passage that starts at 1,000 times its number."""
    start = 1000 * number
    given = {
        "rank": 0,
        "score": 0.0,
        "source": f"{document}.txt",
        "document": DocumentRef(document, "Báo cáo", "Huyện ủy Nậm Pheo", "huyện Nậm Pheo", "năm 2024", None),
        "passage_id": f"{document}:p{number:05d}",
        "kind": "paragraph",
        "text": text,
        "section_path": ("I. KẾT QUẢ",),
        "page": None,
        "start": start,
        "end": start + len(text),
        "highlights": (),
        "footnotes": (),
        "anchor": None,
        "citation": f"Huyện ủy {document}, mục I",
    }
    return Hit(**given | fields)


def note_of(carrier: Hit, number: int, text: str, marker: str = "1") -> Hit:
    """A footnote as a passage of its own."""
    anchor = HitAnchor(carrier.passage_id, carrier.text, 0, marker)
    citation = f"{carrier.citation}, chú thích {marker}"
    return made(number, text, carrier.document.id, kind="footnote", anchor=anchor, citation=citation)


def with_notes(hit: Hit, *notes: Hit) -> Hit:
    """A passage that carries these footnotes."""
    return replace(hit, footnotes=tuple(HitFootnote(n.anchor.marker, n.text, n.passage_id, 0) for n in notes))


# ---- whatever is asked -----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    query=st.sampled_from(QUERIES), budget=st.integers(1, 7000), neighbours=st.integers(0, 2), limit=st.integers(1, 40)
)
def test_every_layout_keeps_its_promises(searcher, canonical, verdict, query, budget, neighbours, limit):
    packed = pack(searcher, query, budget=budget, neighbours=neighbours, limit=limit)
    assert packed.tokens == estimated_tokens(packed.text) <= budget
    assert len(ids(packed)) == len(set(ids(packed)))
    assert [p.number for p in packed.passages] == list(range(1, len(packed.passages) + 1))
    behind = 0
    for p in packed.passages:
        assert canonical[p.document.id][p.start : p.end] == p.text
        assert verdict(p.text) == "verbatim"
        behind = packed.text.index(f"\n[{p.number}] ", behind)
        assert packed.text.index(p.text, behind) - behind < 40
        for note in p.footnotes:
            assert note.text in canonical[p.document.id]
            assert verdict(note.text) == "verbatim"
            behind = packed.text.index(f"\nChú thích {note.marker}: {note.text}\n", behind)
        line = packed.text[packed.text.index("\nTrích dẫn [", behind) + 1 :].splitlines()[0]
        assert f"[{p.number}]" in line
        assert line.endswith(f"]: {p.citation}")
    shown = set(ids(packed))
    assert packed.left_out == sum(hit.passage_id not in shown for hit in found_for(searcher, query, limit))
    assert packed.without_footnotes == sum(p.without_footnotes for p in packed.passages) <= 1


@settings(max_examples=30, deadline=None)
@given(query=st.sampled_from(QUERIES), budget=st.integers(300, 7000))
def test_documents_come_by_their_best_hit_and_passages_in_reading_order(searcher, query, budget):
    passages = pack(searcher, query, budget=budget).passages
    documents = list(dict.fromkeys(p.document.id for p in passages))
    best = [min(p.rank for p in passages if p.document.id == d and p.role == "hit") for d in documents]
    assert best == sorted(best)
    assert passages == tuple(sorted(passages, key=lambda p: (documents.index(p.document.id), p.start)))


@pytest.mark.parametrize("query", QUERIES)
def test_a_larger_budget_never_packs_fewer_hits(searcher, query):
    sizes = [*range(100, 3000, 41), 4000, 8000, 16000, 40000]
    packed = [pack(searcher, query, budget=budget, neighbours=0) for budget in sizes]
    assert all(len(hits_of(a)) <= len(hits_of(b)) for a, b in pairwise(packed))
    assert len(hits_of(packed[0])) < len(hits_of(packed[-1]))
    assert packed[-1].left_out == 0


SHAPES = st.lists(st.tuples(st.integers(1, 400), st.lists(st.integers(1, 300), max_size=2), st.booleans()), max_size=12)


@settings(max_examples=150, deadline=None)
@given(shapes=SHAPES, budgets=st.tuples(st.integers(1, 3000), st.integers(1, 3000)), neighbours=st.integers(0, 1))
def test_nor_with_passages_of_any_size(shapes, budgets, neighbours):
    hits, others = [], []
    for i, (size, notes, is_note) in enumerate(shapes):
        document = "de"[i % 2]
        own = made(10 * i, "a" * size, document)
        bodies = [note_of(own, 10 * i + 1 + j, "b" * n, str(j)) for j, n in enumerate(notes)]
        own = with_notes(own, *bodies)
        # A footnote leads, and the passage that carries it comes later, or only as its carrier.
        hits += [bodies[0], own] if is_note and bodies else [own]
        others += bodies[1:] if is_note else bodies
    shelf = Shelf(hits, others)
    small, large = (pack(shelf, "", budget=b, neighbours=neighbours, count=len) for b in sorted(budgets))
    assert len(hits_of(small)) <= len(hits_of(large))
    assert small.tokens <= small.budget
    assert len(ids(large)) == len(set(ids(large)))


# ---- what comes along ------------------------------------------------------------------------------------------------


def test_hits_bring_their_footnotes(searcher):
    packed = pack(searcher, QUERIES[0], budget=3000)
    found = {hit.passage_id: hit for hit in found_for(searcher, QUERIES[0])}
    with_some = [p for p in packed.passages if p.footnotes]
    assert with_some
    for p in with_some:
        assert p.footnotes == found[p.passage_id].footnotes
        notes = "".join(f"\nChú thích {note.marker}: {note.text}" for note in p.footnotes)
        assert f"[{p.number}] {p.text}{notes}" in packed.text


def test_a_footnote_comes_with_the_passage_that_carries_it(searcher):
    packed = pack(searcher, "số hộ thoát nghèo", budget=6000)
    notes = [p for p in packed.passages if p.kind == "footnote"]
    assert any(packed.passages[note.carrier - 1].role == "carrier" for note in notes)
    for note in notes:
        carrier = packed.passages[note.carrier - 1]
        view = searcher.passage(note.passage_id, context=0).passage
        assert (view.anchor.passage_id, view.anchor.marker) == (carrier.passage_id, note.marker)
        assert f"[{note.number}] (chú thích {note.marker} của [{carrier.number}]) {note.text}" in packed.text


def test_a_footnote_comes_not_without_its_sentence():
    carrier = made(1, "c" * 300)
    note = note_of(carrier, 2, "n" * 20)
    alone = pack(Shelf([note], [carrier]), "", budget=300, count=len)
    assert alone.passages == ()
    assert alone.left_out == 1
    both = pack(Shelf([note], [carrier]), "", budget=600, count=len)
    assert [(p.role, p.rank, p.score) for p in both.passages] == [("carrier", None, None), ("hit", 1, 1.0)]


def test_the_carrier_of_a_better_footnote_becomes_a_hit_with_its_other_footnotes():
    carrier = made(1, "câu")
    one, two = note_of(carrier, 2, "chú thích một", "1"), note_of(carrier, 3, "chú thích hai", "2")
    shelf = Shelf([one, with_notes(carrier, one, two)], [two])
    packed = pack(shelf, "", budget=1000)
    assert [(p.role, p.rank) for p in packed.passages] == [("hit", 2), ("hit", 1)]
    assert [note.marker for note in packed.passages[0].footnotes] == ["2"]
    assert packed.left_out == 0


def test_a_footnote_under_its_sentence_is_not_packed_again():
    carrier = made(1, "câu")
    body = "phần đầu của một chú thích dài. Phần sau."
    first, second = note_of(carrier, 2, "phần đầu của một chú thích dài."), note_of(carrier, 3, "Phần sau.")
    other = note_of(carrier, 4, "Phần sau.", "2")  # the same words, but another footnote
    whole = HitFootnote("1", body, first.passage_id, 3)
    packed = pack(Shelf([replace(carrier, footnotes=(whole,)), first, second, other]), "", budget=1000)
    assert ids(packed) == [carrier.passage_id, other.passage_id, first.passage_id]
    assert packed.text.count("Phần sau.") == 2
    assert packed.left_out == 0


def test_a_hit_without_room_for_its_footnotes_comes_without_them_and_says_so():
    carrier = made(1, "câu")
    shelf = Shelf([with_notes(carrier, note_of(carrier, 2, "n" * 500))])
    packed = pack(shelf, "", budget=300, count=len)
    assert packed.passages[0].without_footnotes
    assert packed.passages[0].footnotes == ()
    assert packed.without_footnotes == 1
    assert packed.left_out == 0
    assert not pack(shelf, "", budget=900, count=len).passages[0].without_footnotes


def test_what_does_not_fit_gives_way_to_the_next_smaller_one():
    shelf = Shelf([made(1, "a" * 100), made(3, "b" * 900), made(5, "c" * 700), made(7, "d" * 10), made(9, "e" * 10)])
    packed = pack(shelf, "", budget=500, count=len, neighbours=0)
    assert hits_of(packed) == [1, 4]
    assert packed.left_out == 3


# ---- neighbours ------------------------------------------------------------------------------------------------------


def test_neighbours_stand_beside_a_hit_in_the_running_text(searcher):
    packed = pack(searcher, QUERIES[0], budget=4000, limit=3, neighbours=1)
    beside = [p for p in packed.passages if p.role == "neighbour"]
    assert beside
    texts: dict[str, list[str]] = {}
    for p in packed.passages:
        texts[p.document.id] = [q.id for q in searcher.document(p.document.id).passages if q.kind != "footnote"]
    for p in beside:
        assert p.kind != "footnote"
        assert not p.footnotes
        row = texts[p.document.id]
        at = row.index(p.passage_id)
        near = {row[at - 1] if at else "", row[min(at + 1, len(row) - 1)]}
        assert any(q.passage_id in near for q in packed.passages if q.role != "neighbour")
    assert not [p for p in pack(searcher, QUERIES[0], budget=4000, limit=3, neighbours=0).passages if p in beside]


def test_the_best_hit_gets_its_neighbours_first_and_the_nearest_of_them():
    others = [made(n, f"{n:02d}" * 30) for n in (1, 2, 4, 5, 11, 13)]
    shelf = Shelf([made(12, "best"), made(3, "second")], others)

    def beside(budget: int) -> list[int]:
        packed = pack(shelf, "", budget=budget, neighbours=2, count=len)
        return [p.start // 1000 for p in packed.passages if p.role == "neighbour"]

    fewest = next(budget for budget in range(1, 2000) if beside(budget))
    assert beside(fewest) == [11]
    assert beside(fewest + 80) == [5, 11]  # two before it, in this document
    assert beside(10_000) == [1, 2, 4, 5, 11, 13]


def test_hits_come_before_neighbours_and_one_that_is_a_hit_is_packed_once():
    hits = [made(1, "một"), made(2, "hai"), made(9, "chín")]
    packed = pack(Shelf(hits, [made(3, "ba")]), "", budget=1000)
    assert [(p.start // 1000, p.role) for p in packed.passages] == [
        *((1, "hit"), (2, "hit"), (3, "neighbour"), (9, "hit")),
    ]
    full = next(b for b in range(1, 1000) if len(hits_of(pack(Shelf(hits, [made(3, "ba")]), "", budget=b))) == 3)
    assert [p.role for p in pack(Shelf(hits, [made(3, "ba")]), "", budget=full).passages] == ["hit"] * 3


def test_a_hit_left_out_may_come_as_a_neighbour_and_keeps_its_rank():
    far = made(1, "z" * 10, "e")
    shelf = Shelf([made(1, "một"), made(4, "y" * 2000), replace(far, document=replace(far.document, title="t" * 500))])
    shelf.found += (replace(made(2, "hai"), rank=4, score=0.1), replace(made(3, "ba"), rank=5, score=0.05))
    shelf.all[1:1] = [made(2, "hai"), made(3, "ba")]
    packed = pack(shelf, "", budget=400, count=len, neighbours=1)
    assert [(p.start // 1000, p.role, p.rank) for p in packed.passages] == [
        *((1, "hit", 1), (2, "hit", 4), (3, "neighbour", 5)),
    ]
    assert packed.left_out == 2


def test_a_footnote_has_the_neighbours_of_its_sentence():
    carrier = made(2, "câu")
    notes = [note_of(carrier, 20 + n, f"chú thích {n}", str(n)) for n in range(3)]
    packed = pack(Shelf([notes[1]], [carrier, notes[0], notes[2], made(1, "trước"), made(9, "sau")]), "", budget=1000)
    assert [p.text for p in packed.passages] == ["trước", "câu", "sau", "chú thích 1"]


def test_footnotes_between_a_hit_and_its_neighbour_are_passed_over():
    hit = made(1, "câu")
    notes = [note_of(hit, 2 + n, f"chú thích {n}", str(n)) for n in range(3)]
    packed = pack(Shelf([hit], [*notes, made(7, "sau"), made(8, "xa")]), "", budget=1000)
    assert [p.text for p in packed.passages] == ["câu", "sau"]


def test_what_says_the_same_as_a_hit_is_no_neighbour():
    twin = made(2, "câu ấy")
    hit = replace(made(1, "câu ấy"), duplicates=(HitDuplicate(twin.passage_id, "d.txt", twin.document),))
    assert len(pack(Shelf([hit], [twin]), "", budget=1000).passages) == 1


# ---- filters, collections, other counts ------------------------------------------------------------------------------


def test_filters_hold_for_hits_and_neighbours(searcher):
    document = searcher.documents()[3].id
    packed = pack(searcher, "giảm nghèo", budget=4000, filters=Filters(documents=(document,)))
    assert packed.passages
    assert {p.document.id for p in packed.passages} == {document}
    rows = pack(searcher, "hộ nghèo", budget=4000, filters=Filters(kinds=("table_row",)))
    assert {p.kind for p in rows.passages} == {"table_row"}
    assert {p.role for p in rows.passages} == {"hit", "neighbour"}
    notes = pack(searcher, "hộ nghèo", budget=4000, filters=Filters(kinds=("footnote",)))
    assert {p.kind for p in notes.passages if p.role == "hit"} == {"footnote"}
    assert {p.role for p in notes.passages} == {"hit", "carrier"}
    causes = pack(searcher, "giảm nghèo", budget=9000, limit=3, filters=Filters(sections=("cause",)))
    assert {searcher.passage(p.passage_id, context=0).passage.section for p in causes.passages} == {"cause"}
    assert {p.role for p in causes.passages} == {"hit", "neighbour"}


def test_a_view_of_several_collections_packs_a_passage_once(searcher):
    options = {"budget": 2500, "limit": 30}
    one, view = (pack(s, QUERIES[0], **options) for s in (searcher, View({"": searcher})))
    assert view.text == one.text
    both = pack(View({"": searcher, "b": searcher}), QUERIES[0], **options)
    assert len(ids(both)) == len(set(ids(both)))
    assert both.tokens <= 2500


def test_the_count_of_the_caller_decides(searcher):
    def words(text: str) -> int:
        return len(text.split())

    packed = pack(searcher, QUERIES[0], budget=500, count=words)
    assert packed.tokens == words(packed.text)
    assert 400 < packed.tokens <= 500
    assert estimated_tokens(packed.text) > 500


def test_every_piece_is_counted_once_and_the_whole_once(searcher):
    seen: list[str] = []

    def count(text: str) -> int:
        seen.append(text)
        return estimated_tokens(text)

    packed = pack(searcher, QUERIES[0], budget=4000, count=count)
    assert len(seen) == len(set(seen))
    assert seen[-1] == packed.text
    assert max(len(text) for text in seen[:-1]) < 3000 < len(packed.text)


def test_the_pieces_have_no_fewer_tokens_than_the_whole():
    shelf = Shelf([made(n, "x") for n in range(1, 41)])
    for budget in range(100, 900, 7):
        seen: list[str] = []
        packed = pack(shelf, "", budget=budget, count=lambda text, seen=seen: seen.append(text) or len(text))
        assert [text for text in seen if len(text) > 80] == [packed.text] * bool(packed.text), "one was taken out again"


@pytest.mark.parametrize("budget", [40, 400, 4000])
def test_a_tokenizer_that_makes_more_of_the_whole_than_of_its_pieces(searcher, budget):
    packed = pack(searcher, QUERIES[0], budget=budget, count=lambda text: len(text) ** 2 // 10_000)
    assert packed.tokens == len(packed.text) ** 2 // 10_000 <= budget
    assert [p.number for p in packed.passages] == list(range(1, len(packed.passages) + 1))
    assert packed.left_out > 0
    assert packed.passages or int(packed.notes[-1].split()[-1]) > budget


# ---- the ends --------------------------------------------------------------------------------------------------------


def test_a_budget_too_small_says_what_the_smallest_passage_needs(searcher):
    packed = pack(searcher, QUERIES[0], budget=5)
    assert (packed.passages, packed.text, packed.tokens) == ((), "", 0)
    assert packed.left_out == len(found_for(searcher, QUERIES[0]))
    (note,) = packed.notes
    vietnamese, english = note.split(" / ")
    assert "quá nhỏ" in vietnamese
    assert "too small" in english
    least = int(english.split()[-1])
    assert pack(searcher, QUERIES[0], budget=least - 1).notes
    enough = pack(searcher, QUERIES[0], budget=least)
    assert len(enough.passages) == 1
    assert enough.notes == ()


def test_nothing_found_is_no_matter_of_the_budget(searcher):
    packed = pack(searcher, NOTHING, budget=5)
    assert (packed.passages, packed.text, packed.tokens, packed.left_out, packed.notes) == ((), "", 0, 0, ())


@pytest.mark.parametrize(
    "wrong", [{"budget": 0}, {"budget": -5}, {"budget": 2**31}, {"neighbours": -1}, {"limit": -1}, {"mode": "magic"}]
)
def test_bad_numbers_are_refused(searcher, wrong):
    with pytest.raises(UsageError):
        pack(searcher, "rừng", **{"budget": 100} | wrong)


def test_what_the_search_says_is_handed_on(searcher):
    assert pack(searcher, "rừng", budget=500, mode="lexical").mode == "lexical"
    unknown = pack(searcher, "♞", budget=500, mode="dense")
    assert unknown.mode == "lexical"
    assert unknown.degraded == searcher.search("♞", mode="dense").degraded is not None
    quoted = 'giảm nghèo "không có câu này đâu"'
    assert pack(searcher, quoted, budget=500).notes == searcher.search(quoted).notes != ()


def test_to_json_is_json(searcher):
    packed = pack(searcher, "số hộ thoát nghèo", budget=3000)
    again = json.loads(json.dumps(packed.to_json(), ensure_ascii=False))
    assert again["passages"][0]["document"]["title"] == packed.passages[0].document.title
    assert again["text"] == packed.text
    assert packed.took_ms > 0


def test_an_estimate_rounds_up():
    assert [estimated_tokens("a" * n) for n in (0, 1, 2, 3, 101)] == [0, 1, 1, 2, 51]
    assert CHARACTERS_PER_TOKEN == 2


def test_a_header_says_nothing_twice():
    told = DocumentRef("d", "Báo cáo năm 2024", "Huyện ủy\nNậm Pheo", "Nậm Pheo", "năm 2024", None)
    packed = pack(Shelf([replace(made(1, "câu"), document=told)]), "", budget=1000)
    assert packed.text.splitlines()[0] == "Nguồn: Báo cáo năm 2024 · Huyện ủy Nậm Pheo"


def test_a_mark_without_a_body_is_no_footnote():
    hit = replace(made(1, "câu"), footnotes=(HitFootnote("1", "", None, 3), HitFootnote("2", "Thân.", None, 3)))
    (passage,) = pack(Shelf([hit]), "", budget=1000).passages
    assert [note.marker for note in passage.footnotes] == ["2"]


def test_the_layout_to_the_letter():
    carrier = made(1, "Câu có chú thích.", section_path=("PHẦN I", "1. Kinh tế"))
    note = note_of(carrier, 8, "Thân chú thích.", "4")
    beside = replace(made(2, "Câu liền sau."), section_path=carrier.section_path, start=carrier.end + 2)
    later = made(5, "Câu về sau.", section_path=carrier.section_path)
    apart = made(6, "Ở mục khác.", section_path=("PHẦN II",), citation="Huyện ủy d, phần II")
    alone = note_of(made(7, "Câu mang.", section_path=()), 9, "Chú thích được tìm thấy.", "5")
    alone = replace(alone, section_path=())
    other = made(1, "Một văn kiện khác.", "e")
    shelf = Shelf(
        [with_notes(carrier, note), other, beside, later, apart, alone],
        [made(7, "Câu mang.", section_path=()), note],
    )
    packed = pack(shelf, "", budget=10_000)
    assert packed.text == (
        "Nguồn: Báo cáo · Huyện ủy Nậm Pheo · huyện Nậm Pheo · năm 2024\n"
        "\n"
        "Mục: PHẦN I › 1. Kinh tế\n"
        "[1] Câu có chú thích.\n"
        "Chú thích 4: Thân chú thích.\n"
        "[2] Câu liền sau.\n"
        "\n"
        "[3] Câu về sau.\n"
        "Trích dẫn [1] [2] [3]: Huyện ủy d, mục I\n"
        "\n"
        "Mục: PHẦN II\n"
        "[4] Ở mục khác.\n"
        "Trích dẫn [4]: Huyện ủy d, phần II\n"
        "\n"
        "[5] Câu mang.\n"
        "Trích dẫn [5]: Huyện ủy d, mục I\n"
        "\n"
        "[6] (chú thích 5 của [5]) Chú thích được tìm thấy.\n"
        "Trích dẫn [6]: Huyện ủy d, mục I, chú thích 5\n"
        "\n"
        "Nguồn: Báo cáo · Huyện ủy Nậm Pheo · huyện Nậm Pheo · năm 2024\n"
        "\n"
        "Mục: I. KẾT QUẢ\n"
        "[7] Một văn kiện khác.\n"
        "Trích dẫn [7]: Huyện ủy e, mục I"
    )
