"""The client: what a server says is what the searcher says, and every failure is one sentence."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from index.grouping import Shape
from index.hits import Comparison, DocumentInfo, Filters, PassageView, SearchResult
from index.quotes import Verdict
from index.search import Searcher, open_index
from ingest.errors import UsageError, VankienError
from search_api.app import create_app
from search_api.client import Client, ServerError
from search_api.commands.serve import address, listen
from search_api.settings import Settings


@pytest.fixture(scope="module")
def site(sample_index: Path) -> Iterator[str]:
    """The address of a running server."""
    import uvicorn

    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(Settings(index=sample_index)), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    assert server.started
    yield address(listener, "127.0.0.1")
    server.should_exit = True
    thread.join(timeout=30)
    listener.close()


@pytest.fixture
def client(site: str) -> Iterator[Client]:
    with Client(site) as client:
        yield client


@pytest.fixture(scope="module")
def searcher(sample_index: Path) -> Searcher:
    return open_index(sample_index)


def fake(answer: Callable[[httpx2.Request], httpx2.Response], **options: Any) -> Client:
    return Client("http://vankien.test", transport=httpx2.MockTransport(answer), **options)


def told(value: Any) -> Any:
    """A result without times, its free-form parts (`explain`, `understood`) as JSON has them."""
    if isinstance(value, SearchResult | Comparison | Verdict):
        value = replace(value, took_ms=0.0)
    if isinstance(value, SearchResult | Comparison):
        hits = tuple(replace(hit, explain=plain(hit.explain)) for hit in value.hits)
        value = replace(value, hits=hits, understood=plain(value.understood))
    # A server need not tell where the time went.
    return replace(value, stages={}) if isinstance(value, SearchResult) and hasattr(value, "stages") else value


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


# ---- what is there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"limit": 3, "offset": 2, "mode": "lexical"},
        {"filters": Filters(kinds=("footnote",), places=("Nậm Pheo", "Ea Vin"))},
        {"filters": Filters(years=(2023,), sections=("result",)), "facets": ("document", "year")},
        {"shape": Shape(duplicates=False, footnotes=True, diverse=1), "context": 1},
        {"shape": Shape(duplicates=False)},
    ],
    ids=str,
)
def test_the_same_lines_give_the_same_result(client: Client, searcher: Searcher, asked: dict[str, Any]):
    there, here = (told(source.search("tỷ lệ hộ nghèo", **asked)) for source in (client, searcher))
    assert there == here
    assert len(here.hits) > 1
    assert there.frame().equals(here.frame())


def test_filters_one_by_one_mean_what_they_mean_together(client: Client, searcher: Searcher):
    found = client.search("ngân sách", place="Nậm Pheo", year=[2023, 2024], kind=("paragraph", "footnote"), limit=50)
    filters = Filters(places=("Nậm Pheo",), years=(2023, 2024), kinds=("paragraph", "footnote"))
    assert told(found) == told(searcher.search("ngân sách", limit=50, filters=filters))
    assert {hit.document.place for hit in found.hits} == {"huyện Nậm Pheo"}
    document = searcher.documents()[0].id
    more = client.search("kế hoạch", document=document, section="result", doc_type="báo cáo", filters=Filters())
    wanted = Filters(documents=(document,), sections=("result",), doc_types=("báo cáo",))
    assert told(more) == told(searcher.search("kế hoạch", filters=wanted))
    province = client.search("kế hoạch", province="Sơn Khê", group="none", diverse=1)
    wanted = Filters(provinces=("Sơn Khê",))
    shape = Shape(duplicates=False, diverse=1)
    assert told(province) == told(searcher.search("kế hoạch", filters=wanted, shape=shape))


def test_a_batch_is_answered_in_its_order(client: Client, searcher: Searcher):
    queries = ["giảm nghèo", "rừng", "đảng viên mới"]
    asked: dict[str, Any] = {"limit": 2, "filters": Filters(kinds=("paragraph",)), "facets": ("kind",)}
    there, here = (source.search_many(queries, **asked) for source in (client, searcher))
    assert [told(result) for result in there] == [told(result) for result in here]


def test_comparing(client: Client, searcher: Searcher):
    there, here = (source.compare("thu ngân sách", limit=5) for source in (client, searcher))
    assert isinstance(there, Comparison)
    assert told(there) == told(here)
    without = client.compare("loại:bảng thu ngân sách", place=["Sơn Khê", "Nậm Pheo"])
    assert told(without) == told(
        searcher.compare("loại:bảng thu ngân sách", filters=Filters(places=("Sơn Khê", "Nậm Pheo")))
    )
    assert without.without  # the province's report has no table


def test_documents_and_passages(client: Client, searcher: Searcher):
    infos = client.documents()
    assert infos == searcher.documents()
    assert isinstance(infos[0], DocumentInfo)
    first = infos[0].id
    assert client.document(first) == plain(searcher.document(first).to_json())
    outline = client.outline(first)
    assert outline["id"] == first
    assert outline["sections"][0]["title"]
    passage = searcher.search("giảm nghèo", limit=1).hits[0].passage_id
    there, here = client.passage(passage, context=2), searcher.passage(passage, context=2)
    assert isinstance(there, PassageView)
    assert len(there.before) == 2
    for a, b in zip(
        (there.passage, *there.before, *there.after), (here.passage, *here.before, *here.after), strict=True
    ):
        assert replace(a, explain={}) == replace(b, explain={})


def test_ready_says_what_is_open(client: Client, searcher: Searcher):
    ready = client.ready()
    assert (ready["status"], ready["passages"]) == ("ready", searcher.info.passages)


def test_verdicts_similar_passages_and_a_packed_context(client: Client, searcher: Searcher):
    hit = next(h for h in searcher.search("giảm nghèo", limit=10).hits if h.kind == "paragraph" and "giảm" in h.text)
    for quote in (hit.text, hit.text.replace("giảm", "tăng", 1), "hoàn toàn không có câu này ở đâu cả"):
        there, here = (source.verify(quote) for source in (client, searcher))
        assert told(there) == told(here)
    elsewhere = client.verify(hit.text, document=searcher.documents()[0].id, page=1)
    assert told(elsewhere) == told(searcher.verify(hit.text, document=searcher.documents()[0].id, page=1))
    assert elsewhere.status == "misattributed"
    there, here = (source.similar(hit.passage_id, limit=3, offset=1) for source in (client, searcher))
    assert told(there) == told(here)
    assert len(there.hits) == 3
    packed = client.context("tỷ lệ hộ nghèo", budget=800)
    assert "hộ nghèo" in json.dumps(packed, ensure_ascii=False)
    with pytest.raises(ServerError) as caught:
        client.similar("khong-co:p00001")
    assert caught.value.code == "not-found"


# ---- problems --------------------------------------------------------------------------------------------------------


def test_a_problem_becomes_an_error_with_what_where_and_what_to_do(client: Client):
    with pytest.raises(ServerError) as caught:
        client.passage("khong-co:p00001")
    error = caught.value
    assert isinstance(error, VankienError)
    assert (error.status, error.code) == (404, "not-found")
    assert "khong-co:p00001" in error.what
    assert error.where == "/api/v1/passages/khong-co:p00001"
    assert "list of documents" in error.do
    with pytest.raises(ServerError, match="limit") as caught:
        client.search("giảm nghèo", limit=1000)
    assert (caught.value.status, caught.value.code) == (422, "invalid-parameters")
    with pytest.raises(ServerError, match="facets"):
        client.search("giảm nghèo", facets="mùa")


def test_an_id_with_strange_characters_stays_one_segment(client: Client):
    with pytest.raises(ServerError) as caught:
        client.document("a?b#c")
    assert "a?b#c" in caught.value.what
    assert caught.value.code == "not-found"


def test_nobody_at_the_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Client(url) as client, pytest.raises(ServerError, match="không nối được với máy chủ") as caught:
            client.ready()
    assert caught.value.status is None
    assert caught.value.where == url
    assert "vankien serve" in caught.value.do


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx2.ReadTimeout("x"), "trong 2 giây"),
        (httpx2.ConnectTimeout("x"), "trong 2 giây"),
        (httpx2.RemoteProtocolError("cut off"), "cut off"),
    ],
)
def test_what_happens_on_the_way_is_said_in_a_sentence(error: Exception, said: str):
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise error

    with fake(answer, timeout=2) as client, pytest.raises(ServerError, match=said):
        client.search("giảm nghèo")


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, html="<h1>router</h1>"),
        httpx2.Response(502, html="bad gateway"),
        httpx2.Response(307, headers={"location": "http://elsewhere.test/"}),
        httpx2.Response(404, json={"detail": "Not Found"}),
        httpx2.Response(200, json=["?"]),
        httpx2.Response(200, json={"facets": {}, "query": "q"}),
        httpx2.Response(200, json={"facets": {"kind": [["paragraph", 1]]}}),
        httpx2.Response(200, json={**asdict(SearchResult("q", "dense", None, 0, 0.0, ())), "hits": [{"rank": 1}]}),
    ],
    ids=["page", "gateway", "redirect", "other API", "list", "too little", "other facets", "half a hit"],
)
def test_another_program_at_the_address_is_told_as_such(response: httpx2.Response):
    with fake(lambda request: response) as client, pytest.raises(ServerError, match="không phải của máy chủ Văn Kiện"):
        client.search("giảm nghèo")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_what_is_no_address_is_refused_at_once(url: str):
    with pytest.raises(UsageError, match="không phải địa chỉ máy chủ"):
        Client(url)


# ---- keys, proxies, newer servers ------------------------------------------------------------------------------------


def test_the_key_is_sent_and_never_shown():
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"status": "ready"})

    for key in ("vk_abc", None):
        with fake(answer, key=key) as client:
            client.ready()
            assert "vk_abc" not in repr(client)
    assert [request.headers.get("authorization") for request in seen] == ["Bearer vk_abc", None]
    for wrong in ("", "vk_bí-mật", "vk a", "vk\na"):
        with pytest.raises(UsageError) as caught:
            Client(key=wrong)
        assert wrong == "" or wrong not in str(caught.value)


def test_this_machine_is_not_asked_through_a_proxy(site: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Client(site) as client:
        assert client.ready()["status"] == "ready"
    with Client("http://vankien.test") as client, pytest.raises(ServerError, match="không nối được"):
        client.ready()


@pytest.mark.parametrize(
    ("asked", "groups", "diverse"),
    [
        ({}, [], "0"),
        ({"shape": Shape()}, ["duplicates"], "0"),
        ({"shape": Shape(duplicates=False)}, ["none"], "0"),
        ({"shape": Shape(footnotes=True, diverse=2), "group": "none"}, ["duplicates", "footnotes"], "2"),
        ({"group": ("footnotes",), "diverse": 3}, ["footnotes"], "3"),
    ],
)
def test_a_shape_is_sent_by_the_names_of_its_groups(asked: dict[str, Any], groups: list[str], diverse: str):
    seen: list[httpx2.QueryParams] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.params)
        return httpx2.Response(200, json=plain(asdict(SearchResult("q", "dense", None, 0, 0.0, ()))))

    with fake(answer) as client:
        client.search("q", **asked)
    assert (seen[0].get_list("group"), seen[0]["diverse"]) == (groups, diverse)


def test_a_path_before_the_api_is_kept():
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"path": request.url.path})

    transport = httpx2.MockTransport(answer)
    with Client("https://vankien.test/tim-kiem/", transport=transport) as client:
        assert client.ready() == {"path": "/tim-kiem/api/v1/readyz"}


def test_what_a_newer_server_adds_is_passed_over(searcher: Searcher):
    result = searcher.search("tỷ lệ hộ nghèo", limit=2)
    body = plain(asdict(result)) | {"facets": {}, "limit": 2, "offset": 0, "generation": "7-3"}
    for hit in body["hits"]:
        hit["mood"] = hit["document"]["colour"] = "x"
        for name in ("duplicates", "folded", "before", "after", "best_clause", "section"):  # nor does an older one tell
            hit.pop(name)

    with fake(lambda request: httpx2.Response(200, json=body)) as client:
        found = client.search("tỷ lệ hộ nghèo")
    assert [hit.text for hit in found.hits] == [hit.text for hit in result.hits]
    assert found.hits[0].highlights == result.hits[0].highlights
    assert found.hits[0].duplicates == ()


# ---- what goes over the wire -----------------------------------------------------------------------------------------


def test_verifying_posts_the_quotation_and_gives_a_verdict(searcher: Searcher):
    passage = searcher.search("giảm nghèo", limit=1).hits[0]
    altered = passage.text.replace("giảm", "tăng", 1)
    verdicts = {q: searcher.verify(q) for q in (passage.text, altered, "hoàn toàn không có câu này ở đâu cả")}
    assert {verdict.status for verdict in verdicts.values()} == {"verbatim", "altered", "not_found"}
    bodies: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert (request.method, request.url.path) == ("POST", "/api/v1/verify")
        bodies.append(json.loads(request.content))
        return httpx2.Response(200, json=asdict(verdicts[bodies[-1]["quote"]]) | {"newer": 1})

    with fake(answer) as client:
        for quote, verdict in verdicts.items():
            assert client.verify(quote) == verdict
        client.verify(altered, document="nam-pheo-2023.md", page=4)
    assert bodies[0] == {"quote": passage.text}
    assert bodies[-1] == {"quote": altered, "document": "nam-pheo-2023.md", "page": 4}


def test_similar_passages(searcher: Searcher):
    passage = searcher.search("giảm nghèo", limit=1).hits[0].passage_id
    result = searcher.similar(passage, limit=3, offset=1)
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json=plain(asdict(result)) | {"limit": 3, "offset": 1})

    with fake(answer) as client:
        found = client.similar(passage, limit=3, offset=1)
    assert told(found) == told(result)
    assert asked[0].url.path == f"/api/v1/similar/{passage}"
    assert dict(asked[0].url.params) == {"limit": "3", "offset": "1"}


def test_a_packed_context():
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"path": request.url.path, **request.url.params})

    with fake(answer) as client:
        assert client.context("giảm nghèo", budget=500) == {
            "path": "/api/v1/context",
            "q": "giảm nghèo",
            "budget": "500",
        }
        assert client.context("rừng") == {"path": "/api/v1/context", "q": "rừng"}
