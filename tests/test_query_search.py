"""Operators, places and years in a real search: before the ranking, on every face, explained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from index_helpers import HashEncoder, use_encoder
from lxml import html

from index.boosts import DEFAULT_BOOSTS, document_boosts
from index.build import build_documents
from index.grouping import Shape
from index.hits import Filters, SearchResult
from index.query import analyse
from index.search import Searcher, open_index
from ingest.document import Document, Metadata, Passage, Section
from search_api.app import create_app
from search_api.settings import Settings

TEXTS = (
    ("paragraph", "Công tác giảm nghèo được quan tâm; tỷ lệ hộ nghèo giảm còn 12,5%, hộ cận nghèo giảm nhanh."),
    ("paragraph", "Chính sách an sinh xã hội được thực hiện đầy đủ; xã hội hóa y tế, giáo dục được đẩy mạnh."),
    ("list_item", "- Quý I/2024 thu ngân sách đạt 31 tỷ đồng; xã hội và an ninh ổn định, thuế thu đủ."),
    ("table_row", "Tỷ lệ hộ nghèo (%): Thực hiện: 12,5; Kế hoạch: 12"),
    ("footnote", "Theo chuẩn nghèo đa chiều; hộ nghèo ở bản vùng cao còn nhiều, các bạn trẻ thiếu việc làm."),
)
PLACES = (
    ("d1", "Báo cáo", "huyện Quản Bạ", "Hà Giang", "2023-12-01", "năm 2023", "12-BC/HU"),
    ("d2", "Báo cáo chính trị", "huyện Nậm Pheo", "Sơn Khê", "2025-03-01", "2020-2025", None),
    ("d3", "Nghị quyết", "xã Quản Bạ", "Tuyên Quang", "2025-11-01", "năm 2025", "02-NQ/ĐU"),
    ("d4", "Kế hoạch", "tỉnh Sơn Khê", "Sơn Khê", "2024-01-15", "năm 2024", "15-KH/TU"),
)


def document(name: str, kind: str, place: str, province: str, date: str, period: str, number: str | None) -> Document:
    meta = Metadata(
        doc_type=kind, place=place, province=province, date=date, period=period, number=number, title=f"Văn bản {name}"
    )
    passages, start = [], 0
    for i, (passage_kind, text) in enumerate(TEXTS):
        passages.append(
            Passage(f"{name}:p{i:05d}", passage_kind, text, "s1", ("I. Kết quả",), 1, 1, start, start + len(text), ())
        )
        start += len(text) + 1
    sections = (Section("s1", 1, "I", "Kết quả", None, 0, 0),)
    canonical = "\n".join(text for _, text in TEXTS)
    return Document(name, f"{name}.txt", name, "text/plain", meta, sections, tuple(passages), (), (), (), (), canonical)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    folder = tmp_path_factory.mktemp("query")
    with pytest.MonkeyPatch.context() as patch:
        build_documents([document(*row) for row in PLACES], folder, use_encoder(patch, HashEncoder()))
        yield folder


@pytest.fixture(scope="module")
def searcher(folder) -> Iterator[Searcher]:
    opened = open_index(folder)
    yield opened
    opened.close()


def documents(result: SearchResult) -> set[str]:
    """Those of the hits and of the passages that they stand for."""
    return {ref.document.id for hit in result.hits for ref in (hit, *hit.duplicates)}


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        ('huyện:"Nậm Pheo"', {"d2"}),
        ("huyen:nam_pheo", {"d2"}),
        ('huyện:"Quản Bạ"', {"d1", "d3"}),
        ('xã:"Quản Bạ"', {"d1", "d3"}),
        ("xã:Lùng_Tám", {"d1"}),
        ("huyện:Lùng_Tám", {"d1"}),  # a commune: no district has the name
        ("loại:nghị_quyết,kế_hoạch", {"d3", "d4"}),
        ("loại:nghị_quyết,bảng", {"d3"}),
        ("tỉnh:Hà_Giang", {"d1", "d3"}),
        ("tỉnh:Sơn_Khê", {"d2", "d4"}),
        ("tỉnh:Sơn_Khê huyện:Nậm_Pheo", {"d2"}),
        ("huyện:Nậm_Pheo,Quản_Bạ năm:2023", {"d1", "d2"}),
        ("năm:2023", {"d1", "d2"}),
        ("năm:2024-2025", {"d2", "d3", "d4"}),
        ("-năm:2025", {"d1", "d4"}),
        ("loại:báo_cáo", {"d1", "d2"}),
        ("loại:báo_cáo_chính_trị", {"d2"}),
        ("-loại:báo_cáo", {"d3", "d4"}),
        ("văn_bản:02-NQ/ĐU", {"d3"}),
        ('văn_bản:"12 BC HU"', {"d1"}),
        ("văn_bản:d4.txt", {"d4"}),
        ('văn_bản:"Văn bản d2"', {"d2"}),
        ("document:d1,d4", {"d1", "d4"}),
    ],
)
def test_filters_in_the_query(searcher: Searcher, mode: str, operators: str, expected: set[str]):
    result = searcher.search(f"hộ nghèo {operators}", limit=50, mode=mode)
    assert documents(result) == expected
    assert result.notes == ()
    facets = searcher.search(f"hộ nghèo {operators}", mode=mode, facets=("document",)).facets
    assert {value for value, _ in facets["document"]} == expected


@pytest.mark.parametrize(
    ("operators", "kinds"),
    [
        ("loại:bảng", {"table_row"}),
        ("loại:bảng,chú_thích", {"table_row", "footnote"}),
        ("loại:bảng loại:nghị_quyết", {"table_row"}),
    ],
)
def test_kinds_of_passages(searcher: Searcher, operators: str, kinds: set[str]):
    assert {hit.kind for hit in searcher.search(f"hộ nghèo {operators}", limit=50).hits} == kinds


def test_filters_of_both_sources_hold_together(searcher: Searcher):
    result = searcher.search("hộ nghèo tỉnh:Sơn_Khê", limit=50, filters=Filters(years=(2021,), kinds=("table_row",)))
    assert [(hit.document.id, hit.kind) for hit in result.hits] == [("d2", "table_row")]
    for query in ("hộ nghèo loại:bảng", "hộ nghèo loại:bảng năm:2023", "loại:bảng năm:2023"):
        assert not searcher.search(query, filters=Filters(kinds=("footnote",))).hits
    assert documents(searcher.search("hộ nghèo", limit=50, filters=Filters(doc_types=("bao cao",)))) == {"d1", "d2"}
    assert documents(searcher.search("hộ nghèo", limit=50, filters=Filters(places=("Hà Giang",)))) == {"d1", "d3"}


def test_a_filter_that_nothing_fulfils_is_said(searcher: Searcher):
    result = searcher.search('hộ nghèo huyện:"Hà Xa"')
    assert not result.hits
    assert "Hà Xa" in result.notes[0]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_a_phrase_must_be_there(searcher: Searcher, mode: str):
    for typed in ('"an sinh xã hội"', '"an sinh xa hoi"', "“An sinh xã hội”"):
        result = searcher.search(f"{typed} đầy đủ", limit=50, mode=mode, shape=Shape(duplicates=False))
        assert result.total == len(result.hits) == len(PLACES), typed
        assert all("an sinh xã hội" in hit.text for hit in result.hits)
        assert result.notes == ()


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_a_phrase_of_no_text_may_stand_in_a_heading(tmp_path, mode: str):
    """Its marks are exact there too, and it must stand in one heading, not at the border of two; a note says so."""
    paths = [("I. Kết quả", "1. Giảm nghèo bền vững"), ("I. Kết quả",), ("II. Kết quá giảm",), ("Bền vững giảm nghèo",)]
    made = document(*PLACES[0])
    text = [("paragraph", "Hỗ trợ hộ nghèo làm nhà ở."), ("paragraph", "Giảm nghèo bền vững."), *TEXTS[2:4]]
    passages = tuple(
        replace(passage, section_path=path, kind=kind, text=words)
        for passage, path, (kind, words) in zip(made.passages, paths, text, strict=False)
    )
    with pytest.MonkeyPatch.context() as patch:
        build_documents([replace(made, passages=passages)], tmp_path, use_encoder(patch, HashEncoder()))
    with contextlib.closing(open_index(tmp_path)) as searcher:
        for query, wanted in (
            ('"giảm nghèo bền vững" hộ nghèo', {1}),
            ('"giam ngheo ben vung"', {1}),
            ('"bền vững giảm nghèo"', {3}),
            ('"kết quả"', {0, 1}),
            ('"kết quá"', {2}),
            ('"ket qua"', {0, 1, 2}),
            ('"kết quả" "hộ nghèo"', {0}),
            ('"kết quả" "giảm nghèo"', {0, 1}),
        ):
            result = searcher.search(query, limit=50, mode=mode, shape=Shape(duplicates=False))
            found = {int(hit.passage_id[-5:]) for hit in result.hits}
            # By meaning alone what is far from the query is no hit, phrase or not.
            assert found and found <= wanted if mode == "dense" else found == wanted, query
            assert bool(result.notes) == (wanted != {1}), query
            assert not result.notes or "chỉ đề mục có" in result.notes[0], query
        assert "như không có ngoặc kép" in searcher.search('"kết quả 1 giảm nghèo"', mode=mode).notes[0]


def test_marks_of_a_phrase_are_exact(searcher: Searcher):
    assert all("ở bản" in hit.text for hit in searcher.search('"ở bản"', limit=50).hits)
    assert "không phân biệt dấu" in searcher.search('"ở bạn vùng"').notes[0]
    assert all("ở bản vùng" in hit.text for hit in searcher.search('"ở bạn vùng"', limit=50).hits)


def test_a_phrase_that_nothing_has_is_searched_without_its_quotes_and_that_is_said(searcher: Searcher):
    result = searcher.search('"giảm hộ nghèo nhanh"')
    assert "nghèo" in result.hits[0].text
    assert "như không có ngoặc kép" in result.notes[0]
    other = searcher.search('"an sinh xã hội" loại:bảng')
    assert {hit.kind for hit in other.hits} <= {"table_row"}
    assert other.notes


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_minus_leaves_passages_out(searcher: Searcher, mode: str):
    result = searcher.search('nghèo -"cận nghèo" -thuế', limit=50, mode=mode)
    assert result.hits
    assert not any("cận nghèo" in hit.text or "thuế" in hit.text for hit in result.hits)
    assert "ngoặc kép" in searcher.search('"cận nghèo" -"hộ nghèo"', mode=mode).notes[0]


def test_filters_alone_list_everything_in_reading_order(searcher: Searcher):
    result = searcher.search("văn_bản:d4 -thuế", limit=3, facets=("kind",))
    assert [hit.passage_id for hit in result.hits] == ["d4:p00000", "d4:p00001", "d4:p00003"]
    assert result.total == 4
    assert dict(result.facets["kind"]) == {"paragraph": 2, "table_row": 1, "footnote": 1}
    assert [hit.passage_id for hit in searcher.search("văn_bản:d4 -thuế", limit=3, offset=3).hits] == ["d4:p00004"]


def test_a_batch_keeps_the_filters_of_each_query_apart(searcher: Searcher):
    found = searcher.search_many(["hộ nghèo năm:2024", "hộ nghèo", "hộ nghèo huyện:Nậm_Pheo"], limit=50)
    assert [len(documents(result)) for result in found] == [2, 4, 1]


def test_facets_count_kinds_of_document(searcher: Searcher):
    facets = searcher.search("hộ nghèo", facets=("doc_type",)).facets
    assert {value for value, _ in facets["doc_type"]} == {row[1] for row in PLACES}


# ---- boosts ----------------------------------------------------------------------------------------------------------


def factors(searcher: Searcher, query: str) -> list[float]:
    found = document_boosts(analyse(query), searcher._documents)
    assert found.dtype == np.float64
    assert (found >= 1).all()
    return [round(float(factor), 4) for factor in found]


def test_a_place_lifts_its_documents_and_those_inside_it(searcher: Searcher):
    related = round(1 + (DEFAULT_BOOSTS.place - 1) * DEFAULT_BOOSTS.related, 4)
    assert factors(searcher, "giảm nghèo Nậm Pheo") == [1, DEFAULT_BOOSTS.place, 1, 1]
    assert factors(searcher, "giảm nghèo tỉnh Sơn Khê") == [1, related, 1, DEFAULT_BOOSTS.place]
    assert factors(searcher, "giảm nghèo huyện Quản Bạ") == [DEFAULT_BOOSTS.place, 1, related, 1]
    assert factors(searcher, "giảm nghèo") == [1, 1, 1, 1]


def test_years_lift_documents_by_how_near_theirs_are(searcher: Searcher):
    one, term = factors(searcher, "kết quả năm 2024"), factors(searcher, "nhiệm kỳ 2020 đến 2025")
    assert one == [1, round(1 + (DEFAULT_BOOSTS.year - 1) / 6, 4), 1, DEFAULT_BOOSTS.year]
    assert max(term) == term[1] == DEFAULT_BOOSTS.year


def test_boosts_order_and_never_exclude(searcher: Searcher):
    for query, best in (("hộ nghèo Nậm Pheo", "d2"), ("hộ nghèo năm 2024", "d4"), ("ho ngheo nam pheo", "d2")):
        result = searcher.search(query, limit=50, mode="lexical")
        assert result.hits[0].document.id == best, query
        assert documents(result) == {"d1", "d2", "d3", "d4"}


def test_a_place_of_nearly_all_documents_says_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch):
    rows = [document(*PLACES[1]), document(*PLACES[3])]
    build_documents(rows, tmp_path, use_encoder(monkeypatch, HashEncoder()))
    opened = open_index(tmp_path)
    assert factors(opened, "giảm nghèo tỉnh Sơn Khê") == [1, 1]
    assert "places" not in opened.search("giảm nghèo tỉnh Sơn Khê").understood
    opened.close()


def test_other_spellings_of_a_period_are_found(searcher: Searcher):
    for query in ("quý 1 năm 2024", "quý một năm 2024", "quy 1/2024"):
        assert "Quý I/2024" in searcher.search(query, mode="lexical").hits[0].text, query


def test_everything_that_was_understood_is_told(searcher: Searcher):
    told = searcher.search('hộ nghèo Nậm Pheo năm 2024 tỉnh:"Sơn Khê" -thuế').understood
    assert told["places"] == [{"place": "Nậm Pheo", "level": "", "documents": {"same": 1}}]
    assert told["periods"] == ["2024"]
    assert told["excluded"] == ["thuế"]
    assert told["filters"][0]["values"] == ["Sơn Khê"]


# ---- faces -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(folder) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(index=folder)), base_url=LOCAL) as client:
        yield client


def test_over_http(client: TestClient):
    found = client.get(
        "/api/v1/search", params={"q": 'hộ nghèo -thuế tỉnh:"Sơn Khê"', "facets": "doc_type", "group": "none"}
    ).json()
    assert {hit["document"]["id"] for hit in found["hits"]} == {"d2", "d4"}
    assert {row["value"] for row in found["facets"]["doc_type"]} == {"Báo cáo chính trị", "Kế hoạch"}
    assert found["understood"]["excluded"] == ["thuế"]
    assert client.get("/api/v1/search", params={"q": '"hộ nghèo giảm nhanh"'}).json()["notes"]
    typed = client.get("/api/v1/search", params={"q": "hộ nghèo", "doc_type": "nghị quyết"}).json()
    assert {hit["document"]["id"] for hit in typed["hits"]} == {"d3"}
    body = {"queries": ["hộ nghèo năm:2023", "hộ nghèo"], "doc_type": ["báo cáo"], "limit": 20, "group": ["none"]}
    results = client.post("/api/v1/search", json=body).json()["results"]
    assert [{hit["document"]["id"] for hit in r["hits"]} for r in results] == [{"d1", "d2"}, {"d1", "d2"}]


def test_the_page_shows_what_it_understood_and_takes_it_back(client: TestClient):
    page = html.fromstring(client.get("/tim", params={"q": 'hộ nghèo huyện:"Nậm Pheo" -thuế "hộ nghèo"'}).text)
    (chips,) = page.xpath("//ul[contains(@aria-label, 'understood')]")
    said = [" ".join(item.text_content().split()) for item in chips.xpath("./li")]
    assert said[0].startswith('huyện:"Nậm Pheo"')
    assert said[1:] == ["đúng cụm “hộ nghèo”", "không có “thuế”"]
    without = html.fromstring(client.get(chips.xpath(".//a/@href")[0]).text)
    assert without.xpath("//input[@name='q']/@value")[0] == 'hộ nghèo -thuế "hộ nghèo"'


def test_the_page_says_what_could_not_be_done_and_how_to_type(client: TestClient):
    page = html.fromstring(client.get("/tim", params={"q": '"hộ nghèo giảm nhanh"'}).text)
    assert "ngoặc kép" in page.xpath("//p[@class='notice']")[0].text_content()
    empty = html.fromstring(client.get("/tim", params={"q": "nghèo huyện:Hà_Xa"}).text)
    assert "Hà_Xa" in empty.xpath("//p[@class='notice']")[0].text_content()
    for shown in (empty, html.fromstring(client.get("/").text)):
        assert "Cách gõ truy vấn" in shown.xpath("//details[@class='help']/summary")[0].text_content()
