"""Evidence for a prompt: never over the budget, never twice, to the letter, best first, with its notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packing_helpers import Shelf, made, note_of, with_notes

from index import open_index
from index.grouping import Shape
from index.hits import Filters, Hit, HitDuplicate, HitFootnote
from index.packing import FLOOR, Packed, estimated_tokens, pack
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


@pytest.fixture(scope="module")
def searcher(sample_index: Path):
    searcher = open_index(sample_index)
    yield searcher
    searcher.close()


@pytest.fixture(scope="module")
def canonical(searcher: Searcher) -> dict[str, str]:
    return {info.id: searcher.document(info.id).canonical for info in searcher.documents()}


@pytest.fixture(scope="module")
def status(searcher: Searcher) -> Callable[[str], str]:
    return cache(lambda text: searcher.verify(text).status)


def ids(packed: Packed) -> list[str]:
    """Ids of all that is shown, footnotes included."""
    notes = [note.passage_id for p in packed.passages for note in p.footnotes if note.passage_id]
    return [p.passage_id for p in packed.passages] + notes


def ranks(packed: Packed) -> list[int]:
    return sorted(p.rank for p in packed.passages if p.role == "hit")


def found_for(searcher: Searcher, query: str, limit: int = 40) -> list[Hit]:
    """What is worth packing: the best, and all hits that are not next to certainly beside the point."""
    hits = searcher.search(query, limit=limit, shape=Shape(footnotes=True)).hits
    return [hit for hit in hits if hit.score >= min(FLOOR, hits[0].score)]


@settings(max_examples=60, deadline=None)
@given(
    query=st.sampled_from(QUERIES), budget=st.integers(1, 7000), neighbours=st.integers(0, 2), limit=st.integers(1, 40)
)
def test_every_layout_keeps_its_promises(searcher, canonical, status, query, budget, neighbours, limit):
    packed = pack(searcher, query, budget=budget, neighbours=neighbours, limit=limit)
    assert packed.tokens == estimated_tokens(packed.text) <= budget
    shown = set(ids(packed))
    assert len(ids(packed)) == len(shown)
    assert [p.number for p in packed.passages] == list(range(1, len(packed.passages) + 1))
    at = 0
    for p in packed.passages:
        assert canonical[p.document.id][p.start : p.end] == p.text
        assert status(p.text) == "verbatim"
        at = packed.text.index(f"\n[{p.number}] ", at)
        assert packed.text.index(p.text, at) - at < 40
        for note in p.footnotes:
            assert note.text in canonical[p.document.id]
            assert status(note.text) == "verbatim"
            at = packed.text.index(f"\nChú thích {note.marker}: {note.text}\n", at)
        line = packed.text[packed.text.index("\nTrích dẫn [", at) + 1 :].splitlines()[0]
        assert f"[{p.number}]" in line
        assert line.endswith(f"]: {p.citation}")
    documents = list(dict.fromkeys(p.document.id for p in packed.passages))
    best = [min(p.rank for p in packed.passages if p.document.id == d and p.role == "hit") for d in documents]
    assert best == sorted(best)
    assert list(packed.passages) == sorted(packed.passages, key=lambda p: (documents.index(p.document.id), p.start))
    assert packed.left_out == sum(hit.passage_id not in shown for hit in found_for(searcher, query, limit))
    assert packed.without_footnotes == sum(p.without_footnotes for p in packed.passages) <= 1


@pytest.mark.parametrize(
    ("scores", "likeliest", "packed"),
    [((0.8, 0.02, 0.009, 0.0001), 0.8, 2), ((0.008, 0.008, 0.007), 0.01, 2), ((0.8, 0.002, 0.0), None, 3)],
    ids=["noise behind evidence", "nothing but noise", "scores that are no probabilities"],
)
def test_room_that_only_noise_could_fill_stays_empty(scores, likeliest, packed):
    shelf = Shelf([])
    shelf.all, shelf.likeliest = [made(number, f"Đoạn {number}.") for number in range(len(scores))], likeliest
    shelf.found = tuple(
        replace(hit, rank=n, score=s) for n, (hit, s) in enumerate(zip(shelf.all, scores, strict=True), 1)
    )
    found = pack(shelf, "q", budget=2000, neighbours=0)
    assert ranks(found) == list(range(1, packed + 1))
    assert found.left_out == 0
    beside = [p for p in pack(shelf, "q", budget=2000, neighbours=1).passages if p.role == "neighbour"]
    assert [p.score for p in beside] == list(scores[packed : packed + 1])


@pytest.mark.parametrize("query", QUERIES)
def test_a_larger_budget_never_packs_fewer_hits(searcher, query):
    packed = [pack(searcher, query, budget=b, neighbours=0) for b in (*range(100, 3000, 41), 4000, 8000, 40_000)]
    assert all(len(ranks(a)) <= len(ranks(b)) for a, b in pairwise(packed))
    assert len(ranks(packed[0])) < len(ranks(packed[-1]))
    assert packed[-1].left_out == 0


SHAPES = st.lists(st.tuples(st.integers(1, 400), st.lists(st.integers(1, 300), max_size=2), st.booleans()), max_size=12)


@settings(max_examples=150, deadline=None)
@given(shapes=SHAPES, budgets=st.tuples(st.integers(1, 3000), st.integers(1, 3000)), neighbours=st.integers(0, 1))
def test_nor_with_passages_of_any_size(shapes, budgets, neighbours):
    hits, others = [], []
    for i, (size, notes, leads) in enumerate(shapes):
        own = made(10 * i, "a" * size, "de"[i % 2])
        bodies = [note_of(own, 10 * i + 1 + j, "b" * n, str(j)) for j, n in enumerate(notes)]
        first = bodies[:leads]  # a footnote that is found before the passage that carries it
        hits += [*first, with_notes(own, *bodies)]
        others += bodies[len(first) :]
    shelf = Shelf(hits, others)
    small, large = (pack(shelf, "", budget=b, neighbours=neighbours, count=len) for b in sorted(budgets))
    assert len(ranks(small)) <= len(ranks(large))
    assert small.tokens <= small.budget
    assert len(ids(large)) == len(set(ids(large)))


def test_hits_bring_their_footnotes(searcher):
    packed = pack(searcher, QUERIES[0], budget=3000)
    found = {hit.passage_id: hit for hit in found_for(searcher, QUERIES[0])}
    assert any(p.footnotes for p in packed.passages)
    for p in packed.passages:
        if p.role == "hit" and p.kind != "footnote" and not p.without_footnotes:
            assert p.footnotes == found[p.passage_id].footnotes
            notes = "".join(f"\nChú thích {note.marker}: {note.text}" for note in p.footnotes)
            assert f"[{p.number}] {p.text}{notes}" in packed.text


def test_a_footnote_comes_with_the_passage_that_carries_it(searcher):
    packed = pack(searcher, "số hộ thoát nghèo", budget=6000)
    notes = [p for p in packed.passages if p.kind == "footnote"]
    assert any(packed.passages[note.carrier - 1].role == "carrier" for note in notes)
    for note in notes:
        carrier = packed.passages[note.carrier - 1]
        anchor = searcher.passage(note.passage_id, context=0).passage.anchor
        assert (anchor.passage_id, anchor.marker) == (carrier.passage_id, note.marker)
        assert f"[{note.number}] (chú thích {note.marker} của [{carrier.number}]) {note.text}" in packed.text


def test_a_footnote_comes_not_without_its_sentence():
    carrier = made(1, "c" * 300)
    shelf = Shelf([note_of(carrier, 2, "n" * 20)], [carrier])
    alone, both = (pack(shelf, "", budget=budget, count=len) for budget in (300, 600))
    assert (alone.passages, alone.left_out) == ((), 1)
    assert [(p.role, p.rank, p.score) for p in both.passages] == [("carrier", None, None), ("hit", 1, 1.0)]


def test_the_carrier_of_a_better_footnote_becomes_a_hit_with_its_other_footnotes():
    carrier = made(1, "câu")
    one, two = note_of(carrier, 2, "chú thích một", "1"), note_of(carrier, 3, "chú thích hai", "2")
    packed = pack(Shelf([one, with_notes(carrier, one, two)], [two]), "", budget=1000)
    assert [(p.role, p.rank) for p in packed.passages] == [("hit", 2), ("hit", 1)]
    assert [note.marker for note in packed.passages[0].footnotes] == ["2"]
    assert packed.left_out == 0


def test_a_footnote_under_its_sentence_is_not_packed_again():
    carrier = made(1, "câu")
    first, second = note_of(carrier, 2, "Phần đầu của một chú thích dài."), note_of(carrier, 3, "Phần sau.")
    whole = HitFootnote("1", f"{first.text} {second.text}", first.passage_id, 3)
    other = note_of(carrier, 4, "Phần sau.", "2")  # the same words, but another footnote
    packed = pack(Shelf([replace(carrier, footnotes=(whole,)), first, second, other]), "", budget=1000)
    assert ids(packed) == [carrier.passage_id, other.passage_id, first.passage_id]
    assert packed.left_out == 0


def test_a_mark_without_a_body_is_no_footnote_and_two_marks_of_one_are_one():
    nothing, body = HitFootnote("1", "", None, 3), HitFootnote("2", "Thân.", None, 3)
    hits = [replace(made(n, "câu"), footnotes=(nothing, body, body)) for n in (1, 2)]
    passages = pack(Shelf(hits), "", budget=1000).passages
    assert [[note.marker for note in passage.footnotes] for passage in passages] == [["2"], ["2"]]


def test_a_hit_without_room_for_its_footnotes_comes_without_them_and_says_so():
    carrier = made(1, "câu")
    shelf = Shelf([with_notes(carrier, note_of(carrier, 2, "n" * 500))])
    packed = pack(shelf, "", budget=300, count=len)
    assert [(p.without_footnotes, p.footnotes) for p in packed.passages] == [(True, ())]
    assert (packed.without_footnotes, packed.left_out) == (1, 0)
    assert pack(shelf, "", budget=900, count=len).without_footnotes == 0


def test_what_does_not_fit_gives_way_to_the_next_smaller_one():
    sizes = ((1, 100), (3, 900), (5, 700), (7, 10), (9, 10))
    packed = pack(Shelf([made(n, "a" * size) for n, size in sizes]), "", budget=500, count=len, neighbours=0)
    assert (ranks(packed), packed.left_out) == ([1, 4], 3)


def test_neighbours_stand_beside_a_hit_in_the_running_text(searcher):
    packed = pack(searcher, QUERIES[0], budget=4000, limit=3)
    beside = [p for p in packed.passages if p.role == "neighbour"]
    centres = {p.passage_id for p in packed.passages if p.role != "neighbour"}
    assert beside
    for p in beside:
        row = [q.id for q in searcher.document(p.document.id).passages if q.kind != "footnote"]
        at = row.index(p.passage_id)  # fails for a footnote
        assert centres & {*row[max(0, at - 1) : at], *row[at + 1 : at + 2]}
        assert not p.footnotes
    assert "neighbour" not in {p.role for p in pack(searcher, QUERIES[0], budget=4000, limit=3, neighbours=0).passages}


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
    shelf = Shelf([made(1, "một"), made(2, "hai"), made(9, "chín")], [made(3, "ba")])
    roles = [[p.role for p in pack(shelf, "", budget=budget).passages] for budget in range(1, 1000)]
    assert roles[-1] == ["hit", "hit", "neighbour", "hit"]
    assert next(found for found in roles if found.count("hit") == 3) == ["hit"] * 3


def test_a_hit_left_out_may_come_as_a_neighbour_and_keeps_its_rank():
    hits = [made(1, "một"), made(4, "y" * 2000), made(5, "z" * 1000), made(9, "chín"), made(2, "hai")]
    packed = pack(Shelf(hits), "", budget=300, count=len)
    assert [f"{p.text} {p.role} {p.rank}" for p in packed.passages] == ["một hit 1", "hai neighbour 5", "chín hit 4"]
    assert packed.left_out == 2


def test_neighbours_are_of_the_running_text_and_say_something_new():
    carrier = made(2, "câu")
    notes = [note_of(carrier, 3 + n, f"chú thích {n}", str(n)) for n in range(3)]
    around = [made(1, "trước"), *notes, made(8, "sau"), made(9, "xa")]
    packed = pack(Shelf([carrier], around), "", budget=1000)
    assert [p.text for p in packed.passages] == ["trước", "câu", "sau"]
    packed = pack(Shelf([notes[2]], [carrier, *around[:3], *around[4:]]), "", budget=1000)
    assert [p.text for p in packed.passages] == ["trước", "câu", "chú thích 2", "sau"]
    twins = tuple(HitDuplicate(hit.passage_id, "d.txt", hit.document) for hit in around[-2:])
    packed = pack(Shelf([replace(carrier, duplicates=twins)], around), "", budget=1000)
    assert [p.text for p in packed.passages] == ["trước", "câu"]


def test_filters_hold_for_hits_and_neighbours(searcher):
    def packed(**filters):
        return pack(searcher, "giảm nghèo", budget=4000, limit=10, filters=Filters(**filters)).passages

    document = searcher.documents()[3].id
    assert {p.document.id for p in packed(documents=(document,))} == {document}
    assert {f"{p.kind} {p.role}" for p in packed(kinds=("table_row",))} == {"table_row hit", "table_row neighbour"}
    notes = packed(kinds=("footnote",))
    assert {p.kind for p in notes if p.role == "hit"} == {"footnote"}
    assert {p.role for p in notes} == {"hit", "carrier"}
    causes = packed(sections=("cause",))
    assert {searcher.passage(p.passage_id, context=0).passage.section for p in causes} == {"cause"}


def test_a_view_of_several_collections_packs_a_passage_once(searcher):
    views = View({"": searcher}), View({"": searcher, "b": searcher})
    one, view, both = (pack(s, QUERIES[0], budget=2500) for s in (searcher, *views))
    assert view.text == one.text
    assert len(ids(both)) == len(set(ids(both)))


def test_an_estimate_rounds_up_and_the_count_of_the_caller_decides(searcher):
    assert [estimated_tokens("a" * n) for n in (0, 1, 2, 3, 101)] == [0, 1, 1, 2, 51]
    packed = pack(searcher, QUERIES[0], budget=500, count=lambda text: len(text.split()))
    assert 400 < packed.tokens == len(packed.text.split()) <= 500 < estimated_tokens(packed.text)


def test_every_piece_is_counted_once_and_has_no_fewer_tokens_than_in_the_whole(searcher):
    shelf = Shelf([made(n, "x") for n in range(1, 41)])
    for source, budget in ((searcher, 4000), *((shelf, budget) for budget in range(100, 900, 7))):
        seen: list[str] = []
        packed = pack(source, QUERIES[0], budget=budget, count=lambda text, seen=seen: seen.append(text) or len(text))
        assert len(seen) == len(set(seen))
        wholes = [text for text in seen if "Nguồn" in text and "Trích dẫn" in text]
        assert wholes == [packed.text] * bool(packed.text), "something was taken out again"


@pytest.mark.parametrize("budget", [40, 400, 4000])
def test_a_tokenizer_that_makes_more_of_the_whole_than_of_its_pieces(searcher, budget):
    packed = pack(searcher, QUERIES[0], budget=budget, count=lambda text: len(text) ** 2 // 10_000)
    assert packed.tokens == len(packed.text) ** 2 // 10_000 <= budget
    assert [p.number for p in packed.passages] == list(range(1, len(packed.passages) + 1))
    assert packed.left_out > 0
    assert packed.passages or int(packed.notes[-1].split()[-1]) > budget


def test_a_budget_too_small_says_what_the_smallest_passage_needs(searcher):
    packed = pack(searcher, QUERIES[0], budget=5)
    assert (packed.passages, packed.text, packed.tokens) == ((), "", 0)
    assert packed.left_out == len(found_for(searcher, QUERIES[0]))
    vietnamese, english = packed.notes[0].split(" / ")
    assert ("quá nhỏ" in vietnamese, "too small" in english) == (True, True)
    least = int(english.split()[-1])
    assert pack(searcher, QUERIES[0], budget=least - 1).notes
    enough = pack(searcher, QUERIES[0], budget=least)
    assert (len(enough.passages), enough.notes) == (1, ())
    nothing = pack(searcher, "♞", budget=5)
    assert (nothing.passages, nothing.left_out, nothing.notes) == ((), 0, ())


@pytest.mark.parametrize("wrong", ["budget=0", "budget=-5", "budget=2147483648", "neighbours=-1", "limit=-1"])
def test_bad_numbers_are_refused(searcher, wrong):
    name, number = wrong.split("=")
    with pytest.raises(UsageError, match=name):
        pack(searcher, "rừng", **{"budget": 100} | {name: int(number)})


def test_what_the_search_says_is_handed_on_and_all_is_json(searcher):
    assert pack(searcher, "♞", budget=500, mode="dense").mode == "lexical"
    assert "lexical only" in pack(searcher, "♞", budget=500, mode="dense").degraded
    quoted = 'giảm nghèo "không có câu này đâu"'
    packed = pack(searcher, quoted, budget=500)
    assert packed.notes == searcher.search(quoted).notes != ()
    title = packed.passages[0].document.title
    assert json.loads(json.dumps(packed.to_json()))["passages"][0]["document"]["title"] == title


LAYOUT = """\
Nguồn: Báo cáo năm 2024 · Huyện ủy Nậm Pheo · huyện Nậm Pheo

Mục: PHẦN I › 1. Kinh tế
[1] Câu có chú thích.
Chú thích 4: Thân chú thích.
[2] Câu liền sau.

[3] Câu về sau.
Trích dẫn [1] [2] [3]: Huyện ủy d, mục I

Mục: PHẦN II
[4] Ở mục khác.
Trích dẫn [4]: Huyện ủy d, phần II

[5] Câu mang.
Trích dẫn [5]: Huyện ủy d, mục I

[6] (chú thích 5 của [5]) Chú thích được tìm thấy.
Trích dẫn [6]: Huyện ủy d, mục I, chú thích 5

Nguồn: Báo cáo năm 2024 · Huyện ủy Nậm Pheo · huyện Nậm Pheo

Mục: I. KẾT QUẢ
[7] Một văn kiện khác.
Trích dẫn [7]: Huyện ủy e, mục I"""


def test_the_layout_to_the_letter():
    path = ("PHẦN I", "1. Kinh tế")
    carrier = made(1, "Câu có chú thích.", section_path=path)
    note, bare = note_of(carrier, 8, "Thân chú thích.", "4"), made(7, "Câu mang.", section_path=())
    beside = made(2, "Câu liền sau.", section_path=path, start=carrier.end + 2)
    apart = made(6, "Ở mục khác.", section_path=("PHẦN II",), citation="Huyện ủy d, phần II")
    alone = replace(note_of(bare, 9, "Chú thích được tìm thấy.", "5"), section_path=())
    later, other = made(5, "Câu về sau.", section_path=path), made(1, "Một văn kiện khác.", "e")
    shelf = Shelf([with_notes(carrier, note), other, beside, later, apart, alone], [bare, note])
    assert pack(shelf, "", budget=10_000).text == LAYOUT
