"""Search: ranking rules, filters, totals, facets, footnotes, citations, paging; on documents written here."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from index_helpers import HashEncoder, use_encoder

from index.bounds import MOST
from index.build import build_documents
from index.citation import citation, section_numbers
from index.grouping import Shape
from index.hits import Filters
from index.records import document_years, footnote_owners, records
from index.search import Searcher, open_index
from ingest.document import Anchor, Document, Footnote, Metadata, Passage, Section
from ingest.errors import UsageError

TEXTS = [
    ("paragraph", "Tỷ lệ hộ nghèo toàn huyện giảm 5,2% so với đầu nhiệm kỳ, vượt chỉ tiêu nghị quyết đề ra."),
    ("paragraph", "Các bạn trẻ tích cực tham gia phong trào tình nguyện xây dựng quê hương giàu đẹp, văn minh."),
    ("paragraph", "Người dân ở bản vùng cao tích cực tham gia phong trào xây dựng quê hương giàu đẹp, văn minh."),
    (
        "list_item",
        "- Thực hiện Nghị quyết số 02-NQ/HU, ngày 15/9/2020 của Huyện ủy về phát triển nông nghiệp hàng hóa.",
    ),
    ("list_item", "- Thực hiện Nghị quyết số 12-NQ/TW, ngày 16/3/2022 của Bộ Chính trị về lực lượng Công an nhân dân."),
    ("table_row", "Tỷ lệ che phủ rừng (%): Thực hiện năm 2023: 51,8; Kế hoạch năm 2024: 52,4"),
    ("footnote", "Trong đó: xã Nà Khoang 120 hộ, xã Pa Lừ 86 hộ, được hỗ trợ bò giống sinh sản."),
    ("footnote", "và 45 hộ được hỗ trợ máy cày, máy xới."),
    ("paragraph", "Công tác tổ chức hội nghị được chuẩn bị chu đáo; nội dung được gửi trước cho đại biểu."),
]


def document(name: str, place: str, period: str, date: str | None = None) -> Document:
    sections = (
        Section("s1", 1, "Phần thứ nhất", "KẾT QUẢ", None, 0, 0),
        Section("s2", 2, "II", "Văn hóa - xã hội", "s1", 0, 0),
        Section("s3", 3, "1", "Công tác giảm nghèo", "s2", 0, 0),
    )
    path = ("Phần thứ nhất KẾT QUẢ", "II. Văn hóa - xã hội", "1. Công tác giảm nghèo")
    passages, place_in_text = [], 0
    for i, (kind, text) in enumerate(TEXTS):
        start, end = place_in_text, place_in_text + len(text)
        notes = ("f1",) if i == 0 else ()
        # Only the first passages stand under the heading about poverty.
        section, own = ("s3", path) if i < 2 or kind == "footnote" else ("s2", path[:2])
        passages.append(Passage(f"{name}:p{i:05d}", kind, text, section, own, 3, 3, start, end, notes))
        place_in_text = end + 1
    note = Footnote("f1", "4", TEXTS[6][1] + "\n" + TEXTS[7][1], f"{name}:p00006", Anchor(f"{name}:p00000", 35))
    meta = Metadata(
        doc_type="Báo cáo", issuer=f"Ban Chấp hành Đảng bộ {place}", place=place, province="tỉnh Sơn Khê",
        number="12-BC/HU", period=period, date=date, title=f"Kết quả thực hiện nhiệm vụ {period}",
    )  # fmt: skip
    canonical = "\n".join(text for _, text in TEXTS)
    return Document(
        name, f"{name}.txt", name, "text/plain", meta, sections, tuple(passages), (note,), (), (), (), canonical
    )


# Both documents hold the same passages: these tests want each of them by itself.
EACH = Shape(duplicates=False)
DOCUMENTS = [
    document("d1", "huyện Mường Hin", "năm 2024", "2024-12-05"),
    document("d2", "huyện Nậm Pheo", "2021-2025", None),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("search")
    with pytest.MonkeyPatch.context() as patch:
        build_documents(DOCUMENTS, folder, use_encoder(patch, HashEncoder()))
        opened = open_index(folder)
    yield opened
    opened.close()


def first(searcher: Searcher, query: str, **options) -> str:
    return searcher.search(query, **options).hits[0].text


def test_the_exact_spelling_ranks_first(searcher: Searcher):
    assert "bạn trẻ" in first(searcher, "các bạn tham gia phong trào", mode="lexical")
    assert "ở bản" in first(searcher, "bản tham gia phong trào", mode="lexical")


@pytest.mark.parametrize("query", ["ty le ho ngheo", "tỷ lệ hộ nghèo", "TỈ LỆ HỘ NGHÈO", "tỷ le hộ ngheo"])
def test_a_query_without_marks_finds_the_same(searcher: Searcher, query: str):
    assert first(searcher, query, mode="lexical") == TEXTS[0][1]


@pytest.mark.parametrize("query", ["02-NQ/HU", "02 NQ HU", "02-nq/hu", "2-NQ/HU", "nghi quyet so 02", "Nghị quyết 02"])
def test_document_numbers_however_typed(searcher: Searcher, query: str):
    assert "02-NQ/HU" in first(searcher, query)


def test_english_finds_vietnamese(searcher: Searcher):
    assert "hộ nghèo" in first(searcher, "poverty rate of households", mode="lexical")


def test_everyday_words_find_official_ones(searcher: Searcher):
    result = searcher.search("hết đói khổ", mode="lexical", filters=Filters(documents=("d1",)))
    assert any("hộ nghèo" in hit.text for hit in result.hits)
    assert result.hits[0].explain["query"]["expansions"][0]["how"] == "meant"


def test_a_quoted_phrase_must_stand_together(searcher: Searcher):
    assert "giàu đẹp, văn minh" in first(searcher, '"quê hương giàu đẹp"')


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_filters_act_before_the_search(searcher: Searcher, mode: str):
    cases = [
        (Filters(documents=("d2",)), lambda h: h.document.id == "d2"),
        (Filters(kinds=("footnote",)), lambda h: h.kind == "footnote"),
        (Filters(places=("MUONG HIN",)), lambda h: h.document.id == "d1"),
        (Filters(places=("huyện nậm pheo",), kinds=("table_row",)), lambda h: h.passage_id == "d2:p00005"),
        (Filters(years=(2022,)), lambda h: h.document.id == "d2"),
        (Filters(years=(2024,)), lambda h: True),
    ]
    for filters, holds in cases:
        # A query of which the best matches are all filtered away: what is left must still come.
        hits = searcher.search("các bạn trẻ và bò giống, rừng", mode=mode, filters=filters).hits
        assert hits, filters
        assert all(holds(hit) for hit in hits), filters


def test_a_province_holds_its_districts(searcher: Searcher):
    found = searcher.search("hộ nghèo", filters=Filters(places=("Sơn Khê",)), shape=EACH)
    assert {hit.document.id for hit in found.hits} == {"d1", "d2"}


@pytest.mark.parametrize("filters", [Filters(documents=("none",)), Filters(years=(1999,)), Filters(kinds=("nothing",))])
def test_filters_that_leave_nothing(searcher: Searcher, filters: Filters):
    for mode in ("hybrid", "lexical", "dense"):
        result = searcher.search("hộ nghèo", mode=mode, filters=filters, facets=("document", "kind"))
        assert (result.hits, result.total) == ((), 0)
        assert result.facets == {"document": [], "kind": []}


def test_facets_count_everything_that_was_found(searcher: Searcher):
    result = searcher.search("tích cực tham gia phong trào", limit=1, facets=("document", "kind", "place", "year"))
    everything = searcher.search("tích cực tham gia phong trào", limit=1000, shape=EACH).hits
    assert result.total == len(everything) > 1
    assert dict(result.facets["document"]) == Counter(h.document.id for h in everything)
    assert dict(result.facets["kind"]) == Counter(h.kind for h in everything)
    assert sum(n for _, n in result.facets["place"]) == result.total
    assert dict(result.facets["year"])["2024"] == result.total  # both reports speak of 2024
    for (_, more), (_, less) in zip(result.facets["year"], result.facets["year"][1:], strict=False):
        assert more >= less


def test_pages_fit_together(searcher: Searcher):
    everything = searcher.search("công tác của huyện", limit=100).hits
    pages = [
        hit for offset in range(0, 18, 4) for hit in searcher.search("công tác của huyện", limit=4, offset=offset).hits
    ]
    assert [h.passage_id for h in pages] == [h.passage_id for h in everything]
    assert [h.rank for h in pages] == list(range(1, len(pages) + 1))
    assert searcher.search("công tác của huyện", offset=1000).hits == ()


def test_equal_scores_are_ordered_by_id(searcher: Searcher):
    hits = searcher.search("bò giống sinh sản", shape=EACH).hits
    twins = [h.passage_id for h in hits if h.text == TEXTS[6][1]]
    assert twins == ["d1:p00006", "d2:p00006"]


def test_batches_and_threads_agree_with_single_searches(searcher: Searcher):
    queries = ["hộ nghèo", "rừng", "02-NQ/HU", "poverty", "phong trao", "bò giống"] * 5
    random.Random(1).shuffle(queries)
    single = [[(h.passage_id, h.score) for h in searcher.search(q).hits] for q in queries]
    batch = [[(h.passage_id, h.score) for h in r.hits] for r in searcher.search_many(queries)]
    with ThreadPoolExecutor(8) as pool:
        threads = list(pool.map(lambda q: [(h.passage_id, h.score) for h in searcher.search(q).hits], queries))
    assert single == batch == threads


def test_highlights_and_offsets_are_the_documents_own(searcher: Searcher):
    for hit in searcher.search("giảm tỷ lệ hộ nghèo").hits:
        canonical = searcher.document(hit.document.id).canonical
        assert canonical[hit.start : hit.end] == hit.text
        assert all(0 <= a < b <= len(hit.text) for a, b in hit.highlights)
    best = searcher.search("tỷ lệ hộ nghèo", mode="lexical").hits[0]
    assert best.text[slice(*best.highlights[0])] == "Tỷ lệ hộ nghèo"


def test_footnotes_come_with_their_sentence_and_back(searcher: Searcher):
    body = searcher.search("tỷ lệ hộ nghèo giảm 5,2%", filters=Filters(documents=("d1",))).hits[0]
    (note,) = body.footnotes
    assert (note.marker, note.passage_id, note.offset) == ("4", "d1:p00006", 35)
    for passage in ("d1:p00006", "d1:p00007"):  # a long body lies in two passages
        hit = searcher.passage(passage, context=0).passage
        assert hit.anchor is not None
        assert hit.anchor.passage_id == "d1:p00000"
        assert hit.anchor.text == TEXTS[0][1]
        assert hit.anchor.offset == 35
        assert "chú thích 4" in hit.citation


def test_a_footnote_is_found_by_the_sentence_that_carries_it(searcher: Searcher):
    filters = Filters(kinds=("footnote",), documents=("d1",))
    result = searcher.search("tỷ lệ hộ nghèo đầu nhiệm kỳ", filters=filters, mode="lexical")
    assert {h.passage_id for h in result.hits} == {"d1:p00006", "d1:p00007"}


def test_a_heading_lifts_what_stands_under_it(searcher: Searcher):
    hits = searcher.search("công tác giảm nghèo", filters=Filters(documents=("d1",))).hits
    assert hits[0].section_path[-1] == "1. Công tác giảm nghèo"


def test_the_citation(searcher: Searcher):
    hit = searcher.passage("d1:p00000").passage
    assert hit.citation == (
        "Ban Chấp hành Đảng bộ huyện Mường Hin, Báo cáo số 12-BC/HU, ngày 5/12/2024, Phần thứ nhất, mục II.1, tr. 3"
    )


@pytest.mark.parametrize(
    ("meta", "numbers", "expected"),
    [
        (Metadata(), [], "x.txt"),
        (
            Metadata(doc_type="Báo cáo", title="Báo cáo năm 2023", date="2023-12"), ["I", "1", "1.2"],
            "Báo cáo năm 2023, tháng 12/2023, mục I.1.2",
        ),
        (
            Metadata(doc_type="Báo cáo", number="-BC/HU", title="Tổng kết"), ["A", "II", "3"],
            "Báo cáo tổng kết, mục A.II.3",
        ),
        (
            Metadata(title="Quy chế", draft=True), ["Chương II", "Điều 5", "a)"],
            "Quy chế (dự thảo), Chương II, Điều 5, mục a",
        ),
        (Metadata(doc_type="Báo cáo chính trị", title="phát huy " * 40, draft=True), [], "Báo cáo chính trị (dự thảo)"),
    ],
)  # fmt: skip
def test_citations_leave_out_what_is_unknown(meta: Metadata, numbers: list[str], expected: str):
    assert citation(meta, "x.txt", numbers) == expected


def test_section_numbers_survive_a_circle():
    rows = [{"id": "a", "number": "I", "parent": "b"}, {"id": "b", "number": "A", "parent": "a"}]
    assert section_numbers(rows, "a") == ["A", "I"]


def test_a_passage_with_its_neighbours(searcher: Searcher):
    view = searcher.passage("d1:p00002", context=2)
    assert view.passage.passage_id == "d1:p00002"
    assert [h.passage_id for h in view.before] == ["d1:p00000", "d1:p00001"]
    assert [h.passage_id for h in view.after] == ["d1:p00003", "d1:p00004"]
    assert searcher.passage("d1:p00000", context=1).before == ()
    assert searcher.passage("d2:p00008", context=9).after == ()


def test_documents_come_back_as_they_were(searcher: Searcher):
    assert [d.id for d in searcher.documents()] == ["d1", "d2"]
    info = searcher.documents()[0]
    assert (info.passages, info.footnotes, info.tables, info.place) == (9, 1, 0, "huyện Mường Hin")
    assert searcher.document("d1") == DOCUMENTS[0]
    assert [s.passage for s in searcher.document_passages("d2")] == list(DOCUMENTS[1].passages)


@pytest.mark.parametrize("look_up", ["document", "passage", "document_passages"])
def test_unknown_ids_are_wrong_use(searcher: Searcher, look_up: str):
    with pytest.raises(UsageError, match="nowhere"):
        getattr(searcher, look_up)("nowhere")


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "magic"},
        {"limit": -1},
        {"offset": -1},
        {"facets": ("colour",)},
        {"context": -1},
        {"limit": 2**63},
        {"offset": 2**63},
        {"context": 2**63},
        {"filters": Filters(sections=("none",))},
    ],
)
def test_wrong_use(searcher: Searcher, options: dict):
    with pytest.raises(UsageError):
        searcher.search("hộ nghèo", **options)


@pytest.mark.parametrize("context", [-1, 2**63])
def test_neighbours_that_cannot_be_counted_are_wrong_use(searcher: Searcher, context: int):
    with pytest.raises(UsageError, match="context"):
        searcher.passage("d1:p00002", context=context)


def test_the_largest_numbers_are_answered(searcher: Searcher):
    everything = searcher.search("hộ nghèo", limit=50, shape=Shape(diverse=MOST))
    assert searcher.search("hộ nghèo", limit=MOST, context=MOST, shape=Shape(diverse=MOST)).total == everything.total
    assert searcher.search("hộ nghèo", limit=MOST, offset=MOST).hits == ()
    assert len(searcher.passage("d1:p00000", context=MOST).after) == 8


@pytest.mark.parametrize(
    "query", ["", "   ", "?!…", "“”", "của", "x" * 3000, "\x00", "a\u0301" * 50, "👍", "0" * 400, '()[]{}*+-&|~^\\"']
)
def test_odd_queries_never_break(searcher: Searcher, query: str):
    for mode in ("hybrid", "lexical", "dense"):
        result = searcher.search(query, mode=mode, facets=("kind",))
        assert result.total >= len(result.hits)


def test_scores_are_exact_for_every_candidate(searcher: Searcher):
    """A page further down asks for more candidates; that must not change anybody's score."""
    few = searcher.search("hộ nghèo và rừng", limit=3).hits
    many = searcher.search("hộ nghèo và rừng", limit=400).hits
    assert [(h.passage_id, h.score) for h in few] == [(h.passage_id, h.score) for h in many[:3]]
    assert all(0 <= h.score <= 1 for h in many)


def test_dense_scores_are_cosines_of_passage_and_best_clause(searcher: Searcher):
    encoder = HashEncoder()
    rows = {r.passage.id: r for d in DOCUMENTS for r in records(d)}
    query = encoder.encode_queries(["hộ nghèo toàn huyện"])[0]
    for hit in searcher.search("hộ nghèo toàn huyện", mode="dense", limit=100).hits:
        record = rows[hit.passage_id]
        whole = encoder.encode_passages([record.embedded_text])[0] @ query
        clauses = encoder.encode_passages([hit.text[a:b] for a, b in record.clause_ranges]) @ query
        assert hit.explain["cosine"] == pytest.approx(0.5 * whole + 0.5 * np.max(clauses), abs=2e-4)


def test_years_and_owners():
    assert document_years(Metadata(date="2024-12-05", period="nhiệm kỳ 2020 - 2025")) == tuple(range(2020, 2026))
    assert document_years(Metadata(period="số 2500 và 12025")) == ()
    owners = footnote_owners(DOCUMENTS[0])
    assert {k.rpartition(":")[2]: v.id for k, v in owners.items()} == {"p00006": "f1", "p00007": "f1"}
