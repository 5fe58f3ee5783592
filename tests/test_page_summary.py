"""What stands above the hits: the same on both pages, and every × takes away what it stands beside."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from lxml import html

from index.hits import Filters, SearchResult
from index.operators import read_operators
from search_api.app import create_app
from search_api.settings import Settings
from search_api.summary import expansions, set_filters, understood
from search_api.views import Question


@pytest.fixture(scope="module")
def client(sample_index: Path):
    with TestClient(
        create_app(Settings(index=sample_index, limit=5)), base_url=LOCAL, follow_redirects=False
    ) as client:
        yield client


def page(client: TestClient, path: str, **params: Any) -> html.HtmlElement:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text[:400]
    return html.fromstring(answer.text)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def result(query: str, **told: Any) -> SearchResult:
    explained = {**read_operators(query).explain(), **told}
    return SearchResult(query, "hybrid", None, 0, 0.0, hits=(), facets={}, more=False, understood=explained, notes=())


# ---- filters beside the query ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tim", "/so-sanh"])
def test_both_pages_keep_show_and_drop_filters(client, path):
    asked = {"q": "hộ nghèo", "kind": ["footnote", "paragraph"], "section": "result", "mode": "lexical"}
    tree = page(client, path, **asked)
    kept = [(row.get("name"), row.get("value")) for row in tree.xpath("//input[@type='hidden' and @form='tim']")]
    assert kept == [("kind", "footnote"), ("kind", "paragraph"), ("section", "result"), ("mode", "lexical")]
    chips = {words(link).partition(" ×")[0]: link.get("href") for link in tree.xpath("//ul[@class='chips']//a")}
    assert list(chips) == ["Chú thích", "Đoạn văn", "Kết quả", "Bỏ mọi bộ lọc"]
    assert {urlsplit(link).path for link in chips.values()} == {path}
    left = {label: parse_qs(urlsplit(link).query) for label, link in chips.items()}
    whole = {"q": ["hộ nghèo"], "kind": ["footnote", "paragraph"], "section": ["result"], "mode": ["lexical"]}
    assert left["Chú thích"] == {**whole, "kind": ["paragraph"]}
    assert left["Kết quả"] == {name: value for name, value in whole.items() if name != "section"}
    assert left["Bỏ mọi bộ lọc"] == {"q": ["hộ nghèo"], "mode": ["lexical"]}


@pytest.mark.parametrize("path", ["/tim", "/so-sanh"])
def test_both_pages_say_what_leaves_nothing_and_what_was_understood(client, path):
    tree = page(client, path, q="hộ nghèo năm:2024 -giamr", province="Sơn Không")
    assert "Sơn Không" in words(tree.xpath("//p[@class='notice']")[0])
    told = [words(item) for item in tree.xpath("//ul[@class='chips']/li")]
    assert told[0].startswith("năm:2024 ×")
    assert told[1] == "không có “giamr”"
    link = tree.xpath("//ul[@class='chips']//a/@href")[0]
    assert link == f"{path}?{urlencode([('q', 'hộ nghèo -giamr'), ('province', 'Sơn Không')])}"
    assert not page(client, path, q="hộ nghèo").xpath("//p[@class='notice']")


def test_the_comparison_leads_back_to_all_hits_with_its_filters(client):
    tree = page(client, "/so-sanh", q="hộ nghèo", kind="footnote")
    assert tree.xpath("//ul[@class='ways']//a/@href") == [f"/tim?{urlencode({'q': 'hộ nghèo', 'kind': 'footnote'})}"]


def test_a_document_is_shown_by_its_name():
    (chip,) = set_filters(Question("a", Filters(documents=("d1",))), {"d1": "huyện A – Báo cáo"})
    assert (chip.label, chip.url) == ("huyện A – Báo cáo", "/tim?q=a")


# ---- filters in the query --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("query", "left"),
    [
        ('huyện:"Mường Ảng" hộ nghèo', ["hộ nghèo"]),
        ("hộ nghèo năm:2020-2024 năm:2020", ["hộ nghèo năm:2020", "hộ nghèo năm:2020-2024"]),
        ("hộ nghèo (năm:2020-2024 -loại:bảng", ["hộ nghèo ( -loại:bảng", "hộ nghèo (năm:2020-2024"]),
        ("-năm:2020 năm:2020 hộ nghèo", ["năm:2020 hộ nghèo", "-năm:2020 hộ nghèo"]),
    ],
)
def test_each_filter_of_the_query_can_be_taken_away(query: str, left: list[str], form: Any):
    query = unicodedata.normalize(form, query)
    links = [chip.url for chip in understood(Question(query), result(query)) if chip.url]
    assert [parse_qs(urlsplit(link).query)["q"] for link in links] == [[text] for text in left]


def test_without_its_only_filter_a_query_is_the_first_page():
    assert understood(Question("năm:2024"), result("năm:2024"))[0].url == "/"


# ---- what was searched for besides -----------------------------------------------------------------------------------


def concepts(*names: str) -> list[dict[str, Any]]:
    return [{"concept": name, "how": "named", "score": 1.0, "forms": [name]} for name in names]


@pytest.mark.parametrize(
    ("query", "told", "shown"),
    [
        ("giảm nghèo", {}, ["hộ nghèo"]),
        (unicodedata.normalize("NFD", "Kết quả giảm nghèo"), {}, ["hộ nghèo"]),
        ("giamr ngheof", {"searched": "giảm nghèo"}, ["hộ nghèo"]),
        ("giam ngheo", {"restored": "giảm nghèo"}, ["hộ nghèo"]),
        ("giam ngheo", {}, ["hộ nghèo"]),
        ("giam ngheo ho ngheo", {"restored": "giảm nghèo hộ nghèo"}, []),
        ("poverty reduction", {}, ["giảm nghèo", "hộ nghèo"]),
        ("giầm nghèo", {}, ["giảm nghèo", "hộ nghèo"]),
        ("nghèo giảm", {}, ["giảm nghèo", "hộ nghèo"]),
    ],
)
def test_the_querys_own_words_are_not_told_as_searched_besides(query: str, told: dict[str, str], shown: list[str]):
    assert expansions(result(query, expansions=concepts("giảm nghèo", "hộ nghèo"), **told)) == shown


def test_the_page_tells_what_else_was_searched(client):
    assert "tìm cả: giảm nghèo" in words(page(client, "/tim", q="poverty reduction"))
    for query in ("giảm nghèo", "kết quả giảm nghèo", "giam ngheo", "giamr ngheof"):
        listed = words(page(client, "/tim", q=query)).partition("tìm cả:")[2].partition("also searched")[0]
        assert "giảm nghèo" not in [name.strip() for name in listed.split(",")], query
