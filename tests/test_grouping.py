"""The shape of a result: twins as one hit, a note with its sentence, documents in turn; pages and totals stay right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from index_helpers import HashEncoder, use_encoder

from index.build import build_documents
from index.clauses import clauses
from index.grouping import NEAR, Relations, Shape, arrange
from index.hits import Filters
from index.search import Searcher, open_index
from index.twins import LIKE, near_duplicates
from ingest.document import Anchor, Document, Footnote, Metadata, Passage, Section
from ingest.errors import UsageError

LONG = (
    "toan huyen co 12 xa da hoan thanh chi tieu ve giao thong nong thon trong do 8 xa dat chuan som hon ke hoach "
    "duoc giao nhan dan dong tinh huong ung hien dat lam duong va gop ngay cong xay dung nha van hoa thon ban cac "
    "doan the phan cong nhau van dong tung ho bao dam khong con ho nao o nha tam"
)


# ---- twins -----------------------------------------------------------------------------------------------------------


def test_twins_have_the_same_words_and_figures():
    texts = [
        LONG,
        LONG.replace("nha tam", "nha tranh"),  # the last word of 67: 64 of 66 runs of three words are shared
        LONG.replace("bao dam", "cam ket"),  # two words within: 61 of 69, below nine tenths
        LONG.replace("12 xa", "13 xa"),  # 62 of 68, but another figure
        LONG,
        "xa na khoang 12",
        "xa pa lu 12",  # a name in a short row
        "xa na khoang 12",
    ]
    assert near_duplicates(texts).tolist() == [0, 0, 2, 3, 0, 5, 6, 5]


def test_twins_of_nothing():
    assert near_duplicates([]).tolist() == []
    assert near_duplicates(["", "", "a"]).tolist() == [0, 0, 2]


words = st.lists(st.sampled_from(["a", "b", "c", "d", "1", "2"]), min_size=0, max_size=14).map(" ".join)


@given(st.lists(words, max_size=12))
def test_twins_are_those_that_comparing_all_with_all_finds(texts: list[str]):
    def runs(text: str) -> set[str]:
        tokens = text.split()
        return {" ".join(tokens[i : i + 3]) for i in range(max(1, len(tokens) - 2))}

    def alike(a: str, b: str) -> bool:
        figures = [[t for t in x.split() if not t.isalpha()] for x in (a, b)]
        return figures[0] == figures[1] and len(runs(a) & runs(b)) >= LIKE * len(runs(a) | runs(b))

    expected = list(range(len(texts)))
    for _ in texts:  # groups grow until nothing changes
        for i in range(len(texts)):
            for j in range(len(texts)):
                if alike(texts[i], texts[j]):
                    expected[i] = expected[j] = min(expected[i], expected[j])
    assert near_duplicates(texts).tolist() == expected


def test_twins_of_many_passages_are_found_in_seconds():
    rng = np.random.default_rng(1)
    vocabulary = np.array(
        [f"{a}{b}" for a in "bcdghklmnt" for b in ("a", "an", "e", "eo", "i", "inh", "o", "ong", "u")]
    )
    weights = 1 / np.arange(1, len(vocabulary) + 1)
    texts = [" ".join(rng.choice(vocabulary, 60, p=weights / weights.sum())) for _ in range(4000)]
    texts[3000:3100] = texts[:100]
    begun = time.process_time()
    groups = near_duplicates(texts)
    assert time.process_time() - begun < 8
    assert groups.tolist() == [*range(3000), *range(100), *range(3100, 4000)]


# ---- the ranking -----------------------------------------------------------------------------------------------------


def relations(twins: list[int], anchors: list[int] | None = None, documents: list[int] | None = None) -> Relations:
    size = len(twins)
    return Relations(
        np.array(twins), np.array(anchors or [-1] * size, np.int64), np.array(documents or [0] * size, np.int64)
    )


def test_the_best_of_a_group_stands_for_it():
    made = arrange(np.array([4, 2, 0, 3, 1]), relations([0, 1, 0, 3, 0]), Shape())
    assert made.order.tolist() == [0, 3, 4]
    assert made.duplicates == {0: [1, 2]}
    assert arrange(np.array([4, 2]), relations([0] * 5), Shape(duplicates=False)).order.tolist() == [0, 1]


def test_a_note_and_its_sentence_are_one_hit_led_by_the_better():
    # Passage 0 carries the notes 1 and 2; passage 3 has nothing to do with them.
    related = relations([0, 1, 2, 3], [-1, 0, 0, -1])
    both = Shape(footnotes=True)
    made = arrange(np.array([0, 3, 2, 1]), related, both)
    assert (made.order.tolist(), made.folded) == ([0, 1], {0: [2, 3]})
    made = arrange(np.array([2, 3, 0, 1]), related, both)
    # Note 2 shows its sentence; note 1 would then be shown by nobody, so it stays.
    assert (made.order.tolist(), made.folded) == ([0, 1, 3], {0: [2]})
    assert arrange(np.array([2, 3, 0, 1]), related, Shape()).order.tolist() == [0, 1, 2, 3]


def test_a_note_far_below_its_sentence_stays_a_hit():
    size = NEAR + 3
    related = relations(list(range(size)), [-1] * (size - 1) + [0])
    positions = np.arange(size)
    assert len(arrange(positions, related, Shape(footnotes=True)).order) == size
    nearer = np.concatenate([positions[1:], [0]])  # carrier last, note one before it
    assert arrange(nearer, related, Shape(footnotes=True)).folded == {size - 2: [size - 1]}


def test_what_stands_for_duplicates_is_not_folded_away():
    related = relations([0, 1, 1, 3], [-1, 0, -1, -1])
    made = arrange(np.array([0, 1, 2, 3]), related, Shape(footnotes=True))
    assert made.order.tolist() == [0, 1, 3]
    assert (made.duplicates, made.folded) == ({1: [2]}, {})


def test_documents_take_turns_and_nothing_is_lost():
    related = relations(list(range(7)), documents=[5, 5, 5, 9, 5, 9, 7])
    positions = np.arange(7)
    assert arrange(positions, related, Shape(diverse=1)).order.tolist() == [0, 3, 6, 1, 5, 2, 4]
    assert arrange(positions, related, Shape(diverse=2)).order.tolist() == [0, 1, 3, 5, 6, 2, 4]
    assert arrange(positions, related, Shape(diverse=99)).order.tolist() == list(range(7))
    for wrong in (-1, 2**63):
        with pytest.raises(UsageError, match="diverse"):
            Shape(diverse=wrong)


@given(st.data())
def test_every_place_is_a_hit_or_named_in_one(data: st.DataObject):
    size = data.draw(st.integers(0, 25))
    twins = [data.draw(st.integers(0, i)) for i in range(size)]
    twins = [twins[t] if twins[t] <= t else t for t in twins]
    anchors = [data.draw(st.integers(-1, size - 1)) for _ in range(size)]
    anchors = [-1 if a == i else a for i, a in enumerate(anchors)]
    documents = [data.draw(st.integers(0, 3)) for _ in range(size)]
    positions = np.array(data.draw(st.permutations(range(size))), np.int64)[: data.draw(st.integers(0, size))]
    shape = Shape(data.draw(st.booleans()), data.draw(st.booleans()), data.draw(st.integers(0, 3)))
    made = arrange(positions, relations(twins, anchors, documents), shape)
    named = [p for group in (made.duplicates, made.folded) for places in group.values() for p in places]
    assert sorted([*made.order.tolist(), *named]) == list(range(len(positions)))
    for group in (made.duplicates, made.folded):
        assert all(lead < place for lead, places in group.items() for place in places)
        assert set(group) <= set(made.order.tolist())
    if not shape.diverse:
        assert all(a < b for a, b in pairwise(made.order.tolist()))


# ---- in a search -----------------------------------------------------------------------------------------------------

CARRIER = "Huyện đã hỗ trợ con giống cho hộ nghèo ở các xã vùng cao, mở rộng chăn nuôi gia súc theo hướng hàng hóa."
NOTE = "Hỗ trợ con giống cho 86 hộ nghèo xã Pa Lừ và 120 hộ nghèo xã Nà Khoang."
TWIN = (
    "Cấp ủy các cấp tiếp tục quan tâm lãnh đạo công tác hỗ trợ con giống, vật tư cho hộ nghèo, cận nghèo; phân công "
    "đảng viên giúp đỡ từng hộ, gắn trách nhiệm của người đứng đầu với kết quả giảm nghèo bền vững ở cơ sở hằng năm."
)
OTHER = "Công tác quốc phòng được giữ vững; lực lượng dân quân được huấn luyện đúng kế hoạch."


def report(name: str, place: str, twin: str) -> Document:
    texts = [
        ("paragraph", CARRIER.replace("cao", f"cao {name}")),
        ("footnote", f"{NOTE} ({name})"),
        ("paragraph", twin),
    ]
    texts.append(("paragraph", f"{OTHER} {place} đã thực hiện tốt."))
    sections = (Section("s1", 1, "I", "KẾT QUẢ ĐẠT ĐƯỢC", None, 0, 0), Section("s2", 1, "II", "Hạn chế", None, 0, 0))
    passages, start = [], 0
    for i, (kind, text) in enumerate(texts):
        section, path = ("s2", ("II. Hạn chế",)) if i == 3 else ("s1", ("I. KẾT QUẢ ĐẠT ĐƯỢC",))
        notes = ("f1",) if i == 0 else ()
        passages.append(Passage(f"{name}:p{i}", kind, text, section, path, 1, 1, start, start + len(text), notes))
        start += len(text) + 1
    note = Footnote("f1", "1", texts[1][1], f"{name}:p1", Anchor(f"{name}:p0", 20))
    meta = Metadata(
        doc_type="Báo cáo" if name != "c" else "Nghị quyết", place=place, province="tỉnh Sơn Khê", title=name
    )
    canonical = "\n".join(text for _, text in texts)
    return Document(
        name, f"{name}.txt", name, "text/plain", meta, sections, tuple(passages), (note,), (), (), (), canonical
    )


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder: Path = tmp_path_factory.mktemp("shape")
    documents = [
        report("a", "huyện Mường Hin", TWIN),
        report("b", "huyện Nậm Pheo", TWIN.upper().replace(";", ",")),
        report("c", "xã Bản Lếch", TWIN.replace("hằng năm", "mỗi năm 2 lần")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        build_documents(documents, folder, use_encoder(patch, HashEncoder()))
        opened = open_index(folder)
    yield opened
    opened.close()


QUERY = "hỗ trợ con giống cho hộ nghèo"


def test_duplicates_are_named_in_their_hit(searcher: Searcher):
    result = searcher.search(QUERY, limit=50)
    each = searcher.search(QUERY, limit=50, shape=Shape(duplicates=False))
    (twin,) = [hit for hit in result.hits if hit.duplicates]
    assert (twin.passage_id, [other.passage_id for other in twin.duplicates]) == ("a:p2", ["b:p2"])
    assert twin.duplicates[0].source == twin.duplicates[0].document.title + ".txt"
    assert [h.passage_id for h in each.hits if h.passage_id != twin.duplicates[0].passage_id] == [
        h.passage_id for h in result.hits
    ]
    assert result.total == each.total
    assert "c:p2" in {h.passage_id for h in result.hits}  # it has a figure that the others lack
    assert not any(h.duplicates for h in each.hits)


def test_a_note_is_folded_and_nothing_of_it_is_lost(searcher: Searcher):
    folded = searcher.search(QUERY, limit=50, shape=Shape(footnotes=True))
    plain = searcher.search(QUERY, limit=50)
    assert len(folded.hits) < len(plain.hits)
    shown = {h.passage_id for h in folded.hits} | {p for h in folded.hits for p in h.folded}
    assert shown == {h.passage_id for h in plain.hits}
    for hit in folded.hits:
        beside = {note.passage_id for note in hit.footnotes} | ({hit.anchor.passage_id} if hit.anchor else set())
        assert set(hit.folded) <= beside


@pytest.mark.parametrize("shape", [Shape(), Shape(footnotes=True), Shape(diverse=1), Shape(True, True, 2)])
def test_pages_fit_together_in_every_shape(searcher: Searcher, shape: Shape):
    everything = searcher.search(QUERY, limit=50, shape=shape)
    assert not everything.more
    pages = [
        searcher.search(QUERY, limit=2, offset=offset, shape=shape) for offset in range(0, len(everything.hits), 2)
    ]
    assert [h.passage_id for p in pages for h in p.hits] == [h.passage_id for h in everything.hits]
    assert [h.rank for p in pages for h in p.hits] == list(range(1, len(everything.hits) + 1))
    assert [p.more for p in pages] == [True] * (len(pages) - 1) + [False]


def test_diverse_brings_every_document_first(searcher: Searcher):
    hits = searcher.search(QUERY, limit=50, shape=Shape(diverse=1)).hits
    assert {h.document.id for h in hits[:3]} == {"a", "b", "c"}


def test_sections_provinces_and_types_filter_and_count(searcher: Searcher):
    facets = ("section", "province", "doc_type")
    result = searcher.search("quốc phòng hộ nghèo", facets=facets, limit=50, shape=Shape(duplicates=False))
    assert dict(result.facets["province"]) == {"tỉnh Sơn Khê": result.total}
    assert sum(count for _, count in result.facets["section"]) == result.total
    for name, field in (("section", "sections"), ("doc_type", "doc_types")):
        for value, count in result.facets[name]:
            only = searcher.search("quốc phòng hộ nghèo", filters=replace(Filters(), **{field: (value,)}), limit=50)
            assert only.total == count, value
    for mode in ("hybrid", "lexical", "dense"):
        hits = searcher.search(QUERY, mode=mode, filters=Filters(sections=("shortcoming",))).hits
        assert {h.section for h in hits} == {"shortcoming"}
    assert searcher.search(QUERY, filters=Filters(doc_types=("nghi quyet",))).hits[0].document.id == "c"


@pytest.mark.parametrize("written", ["tỉnh Sơn Khê", "Sơn Khê", "tinh son khe", "TỈNH SƠN KHÊ", "T. Sơn Khê"])
def test_a_province_is_the_same_with_its_unit_and_without(searcher: Searcher, written: str):
    everything = searcher.search(QUERY, limit=50)
    assert searcher.search(QUERY, limit=50, filters=Filters(provinces=(written,))).hits == everything.hits


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(provinces=("Sơn",)), "no document fulfils province: Sơn"),
        (Filters(provinces=("tỉnh",)), "no document fulfils province: tỉnh"),
        (Filters(provinces=("",)), "no document fulfils province: "),
        (Filters(years=(1901, 1902)), "no document fulfils year: 1901, 1902"),
        (Filters(documents=("x",)), "no document fulfils document: x"),
        (Filters(places=("xã Lạ",)), "no document fulfils place: xã Lạ"),
        (Filters(doc_types=("Chỉ thị",)), "no document fulfils doc_type: Chỉ thị"),
        (Filters(kinds=("table_row",)), "no passage fulfils all the filters at once"),
        (Filters(sections=("lesson",)), "no passage fulfils all the filters at once"),
        (Filters(places=("xã Bản Lếch",), doc_types=("Báo cáo",)), "no passage fulfils all the filters at once"),
    ],
)
def test_filters_that_leave_nothing_are_named(searcher: Searcher, filters: Filters, told: str):
    for found in (searcher.search(QUERY, filters=filters), searcher.compare(QUERY, filters=filters)):
        assert found.hits == ()
        assert [note.partition(" / ")[2] for note in found.notes] == [told]
    assert searcher.search(QUERY, filters=Filters(places=("xã Bản Lếch",))).notes == ()


def test_context_brings_neighbours(searcher: Searcher):
    hits = searcher.search(QUERY, context=1, limit=50).hits
    for hit in hits:
        document, _, number = hit.passage_id.partition(":p")
        assert [n.passage_id for n in hit.before] == ([f"{document}:p{int(number) - 1}"] if number != "0" else [])
        assert [n.passage_id for n in hit.after] == ([f"{document}:p{int(number) + 1}"] if number != "3" else [])
    assert all(hit.before == hit.after == () for hit in searcher.search(QUERY).hits)


def test_the_best_clause_is_the_nearest_part_of_the_text(searcher: Searcher):
    encoder = HashEncoder()
    seen = 0
    for query in (QUERY, "phân công đảng viên giúp đỡ từng hộ", "trách nhiệm của người đứng đầu"):
        vector = encoder.encode_queries([query])[0]
        for hit in searcher.search(query, limit=50).hits:
            if hit.best_clause is None:
                continue
            seen += 1
            assert 0 <= hit.best_clause[0] < hit.best_clause[1] <= len(hit.text)
            best = encoder.encode_passages([hit.text[slice(*hit.best_clause)]])[0] @ vector
            others = encoder.encode_passages([hit.text[a:b] for a, b in clauses(hit.text)]) @ vector
            assert best == pytest.approx(others.max(), abs=1e-5)
    assert seen
    assert all(hit.best_clause is None for hit in searcher.search(QUERY, mode="lexical").hits)
