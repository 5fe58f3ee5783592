"""A key without the label sees no trace of a labelled document, through any route: nothing that it is sent changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_helpers import write_report

from index.build import ingest_paths
from index.library import collection_path
from search_api.access import FILE, KeyRing
from search_api.app import create_app
from search_api.settings import Settings

LABEL = "noi-bo"
SECRET = """ĐẢNG BỘ TỈNH QUẮNG THỤA
HUYỆN ỦY XUÂN QUẮC
*
Số 987-BC/HU

BÁO CÁO
kết quả kiểm tra nội bộ năm 2024

I. KẾT QUẢ KIỂM TRA ZƠN LẪM

Ban Quản lý Rừng Zơn (BQLRZ) để thất thoát 98.765,43 triệu đồng tại xã Quắng Thụa¹; tỷ lệ hộ nghèo giảm còn 21,4%.

¹ Theo biên bản Phẫn Trợt.

II. PHƯƠNG HƯỚNG

Xử lý nghiêm Zơn Lẫm theo Kết luận số 55-KL/HU.
"""
CANARIES = ("Quắng", "Thụa", "Xuân Quắc", "Zơn", "Lẫm", "BQLRZ", "98.765,43", "Phẫn", "Trợt", "mat-zon", "987-BC")
QUERIES = (
    "tỷ lệ hộ nghèo", "Zơn Lẫm", "zon lam", "quang thua", "BQLRZ", "Ban Quản lý Rừng Zơn", "98.765,43", "phan trot",
    'huyện:"Xuân Quắc" kiểm tra', 'tỉnh:"Quắng Thụa"', "báo cáo 987-BC/HU", "năm:2024", '"thất thoát"', "Zow Lẫmm",
    "kiểm tra nội bộ", "55-KL/HU", "loại:\"chú thích\"", "corruption",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server on two open reports, and the means to bring the labelled one in."""
    folder = tmp_path_factory.mktemp("world")
    for place, year in (("MƯỜNG HIN", 2024), ("NẬM PHEO", 2023)):
        write_report(folder / "open", f"{year}.txt", place=place, year=year)
    (folder / "secret").mkdir()
    (folder / "secret" / "mat-zon.txt").write_text(SECRET, encoding="utf-8")
    index = folder / "index"
    ingest_paths([folder / "open"], index)
    ring = KeyRing(index / FILE)
    tokens = {
        "plain": ring.add("plain", scopes=("read",))[1],
        "other": ring.add("other", scopes=("read", "ingest"), collections=("khac",))[1],
        "label": ring.add("label", scopes=("read",), collections=(LABEL,))[1],
    }
    app = create_app(Settings(index=index, reload_seconds=0))
    with TestClient(app, base_url=LOCAL) as client:
        yield client, tokens, folder


def asked(ids: dict[str, str], query: str) -> list[tuple[str, str, str, dict | None]]:
    """One call of every operation: its id, method, path, body."""
    return [
        *(("search", "GET", f"/api/v1/search?q={query}&facets=document,place,year,doc_type,province{more}", None)
          for more in ("", "&mode=lexical", "&mode=dense", "&context=2", f"&document={ids['document']}")),
        ("search_batch", "POST", "/api/v1/search", {"queries": [query, "giảm nghèo"], "facets": ["place"]}),
        ("compare", "GET", f"/api/v1/compare?q={query}", None),
        ("documents", "GET", "/api/v1/documents", None),
        ("document", "GET", f"/api/v1/documents/{ids['document']}", None),
        ("outline", "GET", f"/api/v1/documents/{ids['document']}/outline", None),
        ("document_file", "GET", f"/api/v1/documents/{ids['document']}/file", None),
        ("passage", "GET", f"/api/v1/passages/{ids['passage']}?context=3", None),
        ("similar", "GET", f"/api/v1/similar/{ids['passage']}?limit=20", None),
        ("similar", "GET", f"/api/v1/similar/{ids['open']}?limit=20", None),
        ("context", "GET", f"/api/v1/context?q={query}&budget=2000", None),
        *(("verify", "POST", "/api/v1/verify", {"quote": quote, "document": where})
          for quote in (query, "để thất thoát 98.765,43 triệu đồng", "HUYỆN ỦY XUÂN QUẮC", "Theo biên bản Phẫn Trợt")
          for where in (None, ids["document"], "huyện Xuân Quắc")),
        ("healthz", "GET", "/api/v1/healthz", None),
        ("readyz", "GET", "/api/v1/readyz", None),
        ("problem_kind", "GET", "/api/v1/problems/not-found", None),
        ("put_file", "PUT", f"/api/v1/files/mat-zon.txt?collection={LABEL}", {}),
        ("delete_file", "DELETE", f"/api/v1/files/mat-zon.txt?collection={LABEL}", None),
        *(("page", "GET", path, None) for path in (
            "/", f"/tim?q={query}", f"/tim?q={query}&document={ids['document']}", f"/so-sanh?q={query}", "/van-kien",
            f"/van-kien/{ids['document']}")),
        *(("mcp", "POST", "/mcp/", call(tool, arguments)) for tool, arguments in (
            ("search", {"query": query}), ("fetch", {"id": ids["passage"]}), ("fetch", {"id": ids["document"]}),
            ("verify", {"quote": query}), ("verify", {"quote": "để thất thoát 98.765,43 triệu đồng"}),
            ("compare", {"query": query}), ("context", {"query": query}), ("documents", {}),
            ("outline", {"id": ids["document"]}))),
    ]  # fmt: skip


def call(tool: str, arguments: dict) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def answers(client: TestClient, calls, token: str | None) -> list[tuple[str, int, str, str]]:
    """Of each call: what was asked, status, what tells one state from another, and the body without its timings."""
    headers = {"Accept": "application/json, text/event-stream", "X-Request-ID": "same"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    found = []
    for _, method, path, body in calls:
        answer = client.request(method, path, json=body, headers=headers)
        text = re.sub(r'"?\\?"?took_ms\\?"?:\s*[\d.]+|[\d.,]+ ms', "", answer.text)
        state = " ".join(answer.headers.get(name, "") for name in ("etag", "last-modified", "content-disposition"))
        found.append((f"{method} {path} {body}", answer.status_code, state, text))
    return found


def ids_of(folder: Path) -> dict[str, str]:
    """Ids of the labelled document and its passage (found out by reading the file apart), and of an open passage."""
    from ingest.pipeline import parse_file

    secret, open_ = parse_file(folder / "secret" / "mat-zon.txt"), parse_file(folder / "open" / "2024.txt")
    return {"document": secret.id, "passage": secret.passages[0].id, "open": open_.passages[0].id}


def test_nothing_changes_for_whoever_has_not_the_label(world):
    client, tokens, folder = world
    ids = ids_of(folder)
    operations = {op["operationId"] for path in client.get("/openapi.json").json()["paths"].values()
                  for op in path.values()}  # fmt: skip
    assert operations - {"metrics"} == {row[0] for row in asked(ids, "a")} - {"page", "mcp"}, "a route is not asked"
    callers = {"nobody": None, "plain": tokens["plain"], "other": tokens["other"]}

    def everything() -> dict[str, list]:
        return {
            name: [row for query in QUERIES for row in answers(client, asked(ids, query), token)]
            for name, token in callers.items()
        }

    def sizes(name: str) -> tuple[int, list[str]]:
        headers = {"Authorization": f"Bearer {callers[name]}"} if callers[name] else {}
        answer = client.get("/api/v1/metrics", headers=headers)
        return answer.status_code, re.findall(r"^vankien_index_(?!.*_created ).*", answer.text, re.MULTILINE)

    before, sizes_before = everything(), {name: sizes(name) for name in callers}
    ingest_paths([folder / "secret"], collection_path(folder / "index", LABEL))
    opened = client.app.state.library.refresh()
    client.app.state.metrics.reloaded(opened)
    assert opened == [LABEL]
    after = everything()
    for name in callers:
        assert sizes(name) == sizes_before[name]
        for one, other in zip(before[name], after[name], strict=True):
            assert one == other, f"{name}: {one[0]}"


def test_whoever_has_the_label_sees_it_everywhere(world):
    client, tokens, folder = world
    ids, headers = ids_of(folder), {"Authorization": f"Bearer {tokens['label']}"}
    if client.app.state.library.refresh() or LABEL not in client.app.state.library._held:
        ingest_paths([folder / "secret"], collection_path(folder / "index", LABEL))
        client.app.state.library.refresh()

    def get(path: str) -> dict:
        answer = client.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert ids["document"] in {hit["document"]["id"] for hit in get("search?q=Zơn Lẫm")["hits"]}
    listed = {row["id"]: row["collection"] for row in get("documents")["documents"]}
    assert (len(listed), listed[ids["document"]]) == (3, LABEL)
    assert get(f"documents/{ids['document']}")["id"] == ids["document"]
    assert get(f"passages/{ids['passage']}")["passage"]["passage_id"] == ids["passage"]
    assert get("compare?q=tỷ lệ hộ nghèo")["hits"][0]["document"]["id"]
    assert len(get("compare?q=tỷ lệ hộ nghèo")["hits"]) == 3
    answer = client.get(f"/api/v1/documents/{ids['document']}/file", headers=headers)
    assert answer.text == SECRET
    body = {"quote": "để thất thoát 98.765,43 triệu đồng"}
    assert client.post("/api/v1/verify", json=body, headers=headers).json()["status"] == "verbatim"
    assert client.post("/api/v1/verify", json=body).json()["status"] == "not_found"
    facets = get("search?q=tỷ lệ hộ nghèo&facets=place")["facets"]["place"]
    assert "huyện Xuân Quắc" in {value["value"] for value in facets}
    assert client.get("/api/v1/metrics", headers=headers).status_code == 403


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_word_of_it_is_ever_sent(world, data):
    """Whatever is asked, nothing that only the labelled document says comes back, but what was asked itself."""
    client, tokens, folder = world
    ids = ids_of(folder)
    words = data.draw(st.lists(st.sampled_from([*CANARIES, "zon", "quang", "nghèo", "xã", "kiểm tra"]), max_size=4))
    query = " ".join(words) or "nghèo"
    token = data.draw(st.sampled_from([None, tokens["plain"], tokens["other"]]))
    for what, status, _, text in answers(client, asked(ids, query), token):
        assert status < 500, what
        for canary in CANARIES:
            if canary.lower() not in f"{query} {what}".lower():
                assert canary not in text, f"{what}: {canary}"
