"""The server as it runs: generations under load, pages over a rebuild, validators, headers, logs, figures, the end."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, served
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.library import OPEN, Library, also_open, chosen_collections, collection_path, library_of
from index.search import open_index
from ingest.errors import GenerationGoneError, IndexNotFoundError, UsageError
from search_api.app import create_app
from search_api.cli import main
from search_api.settings import Settings


@pytest.fixture(scope="module")
def client(sample_index):
    with TestClient(create_app(Settings(index=sample_index, cors="https://a.example", reload_seconds=0)),
                    base_url=LOCAL) as client:  # fmt: skip
        yield client


@pytest.fixture
def growing(tmp_path, monkeypatch):
    """A small index, and what adds a report to it."""
    use_encoder(monkeypatch, HashEncoder())
    folder, index = tmp_path / "in", tmp_path / "index"
    for number in range(4):
        write_report(folder, f"{number}.txt", place=f"XÃ SỐ {number}", poor=f"{20 + number},4", trees=300 + number)
    ingest_paths([folder], index)

    def grow(number: int) -> None:
        write_report(folder, f"{number}.txt", place=f"XÃ SỐ {number}", poor=f"{20 + number},4", trees=300 + number)
        ingest_paths([folder], index)

    return index, grow


# ---- generations -----------------------------------------------------------------------------------------------------


def test_no_request_fails_while_new_generations_land(growing):
    index, grow = growing
    app = create_app(Settings(index=index, reload_seconds=1, max_limit=100))
    stop = threading.Event()
    found: list[tuple[int, str]] = []

    def ask(address: str) -> None:
        with httpx2.Client(base_url=address) as client:
            while not stop.is_set():
                answer = client.get("/api/v1/search", params={"q": "tỷ lệ hộ nghèo", "limit": 50})
                body = answer.json()
                found.append((answer.status_code, body.get("generation", "")))
                assert len({hit["document"]["id"] for hit in body["hits"]}) == len(body["hits"])

    with served(app) as address, ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(ask, address) for _ in range(4)]
        for number in range(4, 8):
            grow(number)
            time.sleep(0.2)
        wanted = str(4 + 1)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and (not found or found[-1][1] != wanted):
            time.sleep(0.1)
        stop.set()
        for worker in workers:
            worker.result()
    assert {status for status, _ in found} == {200}
    assert len({generation for _, generation in found}) >= 2
    assert found[-1][1] == wanted


def test_pages_of_one_result_stay_together_over_a_rebuild(growing):
    index, grow = growing
    with TestClient(create_app(Settings(index=index, reload_seconds=0)), base_url=LOCAL) as client:
        library = client.app.state.library
        whole = client.get("/api/v1/search?q=tỷ lệ hộ nghèo&limit=4").json()
        page = client.get("/api/v1/search?q=tỷ lệ hộ nghèo&limit=2").json()
        assert page["next"].startswith("/api/v1/search?")
        grow(9)
        assert library.refresh() == [OPEN]
        following = client.get(page["next"]).json()
        assert following["generation"] == page["generation"] != client.get("/api/v1/search?q=a").json()["generation"]
        ids = [hit["passage_id"] for hit in (*page["hits"], *following["hits"])]
        assert ids == [hit["passage_id"] for hit in whole["hits"]]
        listed = client.get("/api/v1/documents", params={"generation": page["generation"], "limit": 2, "offset": 2})
        assert (listed.json()["total"], len(listed.json()["documents"])) == (4, 2)
        grow(10)
        library.refresh()
        gone = client.get(page["next"])
        assert gone.status_code == 410
        assert gone.json()["type"].endswith("/generation-gone")
        assert client.get("/api/v1/search?q=a&generation=x").status_code == 422


def test_a_server_started_before_the_first_ingest_finds_the_index_when_it_comes(tmp_path, monkeypatch):
    use_encoder(monkeypatch, HashEncoder())
    index = tmp_path / "index"
    with TestClient(create_app(Settings(index=index, reload_seconds=1)), base_url=LOCAL) as client:
        assert client.get("/api/v1/readyz").status_code == 503
        write_report(tmp_path / "in", "a.txt")
        ingest_paths([tmp_path / "in"], index)
        deadline = time.monotonic() + 20
        while client.get("/api/v1/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_generation_that_cannot_be_opened_leaves_the_one_before(growing, caplog):
    index, grow = growing
    library = library_of(index)
    library.refresh()
    grow(8)
    newest = max(index.glob("generations/*"))
    manifest = newest / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text[:-20])
    assert library.refresh() == []
    assert OPEN in library.failures
    assert "manifest" in caplog.text
    with library.lease() as view:
        assert len(view.documents()) == 4
    manifest.write_text(text)
    assert library.refresh() == [OPEN]
    assert not library.failures
    library.close()


def test_leases_keep_what_they_have_until_they_end(growing):
    index, grow = growing
    library = library_of(index)
    library.refresh()
    with library.lease() as old:
        for number in (5, 6, 7):
            grow(number)
            library.refresh()
        assert len(old.documents()) == 4
        assert old.search("nghèo").hits
        with library.lease() as new:
            assert len(new.documents()) == 7
        with pytest.raises(GenerationGoneError), library.lease(version="1"):
            pass
    library.close()
    with pytest.raises(IndexNotFoundError), library.lease():
        pass


def test_collections_are_chosen_by_name(growing, tmp_path):
    index, _ = growing
    write_report(tmp_path / "more", "x.txt", place="BẢN LẾCH")
    ingest_paths([tmp_path / "more"], collection_path(index, "noi-bo"))
    assert chosen_collections(index, "") == (OPEN,)
    assert chosen_collections(index, "*") == chosen_collections(index, " noi-bo ") == (OPEN, "noi-bo")
    for wrong in ("khac", "../x", "A"):
        with pytest.raises(UsageError):
            chosen_collections(index, wrong)
    library = library_of(index)
    library.refresh()
    with library.lease((OPEN, "noi-bo")) as both, library.lease() as one:
        query = "tỷ lệ hộ nghèo"
        apart = [hit.passage_id for hit in one.search(query, limit=20).hits]
        together = [hit.passage_id for hit in both.search(query, limit=20).hits]
        assert [i for i in together if i in apart] == apart
        assert len(together) > len(apart)
        pages = [hit.passage_id for start in range(0, 20, 3) for hit in both.search(query, limit=3, offset=start).hits]
        assert pages[: len(together)] == together
        scores = [hit.score for hit in both.search(query, limit=20).hits]
        assert scores == sorted(scores, reverse=True)
        assert both.info.documents == one.info.documents + 1
        assert len(both.compare(query).hits) == 5
        near = both.similar(apart[0], limit=20)
        assert apart[0] not in {hit.passage_id for hit in near.hits}
        assert {hit.document.place for hit in near.hits} >= {"xã Bản Lếch"} or len(near.hits) > 4
    library.close()


def test_a_labelled_document_that_is_open_too_is_told_of(growing, tmp_path, capsys):
    index, _ = growing
    assert main(["ingest", str(tmp_path / "in" / "1.txt"), "--collection", "noi-bo", "--index", str(index)]) == 0
    assert "1.txt" in capsys.readouterr().err
    assert also_open(index, "noi-bo") == ["1.txt"]
    assert also_open(index, OPEN) == []
    assert main(["ingest", str(tmp_path), "--collection", "../x", "--index", str(index)]) == 2
    for words in (["search", "nghèo"], ["verify", "tỷ lệ hộ nghèo toàn huyện"], ["compare", "nghèo"]):
        assert main([*words, "--collections", "noi-bo", "--index", str(index)]) == 0
        assert main([*words, "--collections", "khac", "--index", str(index)]) == 2


def test_one_searcher_can_be_a_library(growing):
    index, _ = growing
    searcher = open_index(index)
    library = Library.of(searcher)
    assert library.refresh() == []
    with library.lease() as view:
        assert view.search("nghèo").hits == searcher.search("nghèo").hits
    library.close()


# ---- answers that need not be sent again -----------------------------------------------------------------------------


def test_an_answer_that_is_still_good_is_not_sent_again(client):
    for path in ("/api/v1/search?q=nghèo", "/api/v1/documents", "/van-kien", "/tim?q=nghèo"):
        first = client.get(path)
        assert first.status_code == 200
        tag, changed = first.headers["etag"], first.headers["last-modified"]
        assert "no-cache" in first.headers["cache-control"]
        assert "Authorization" in first.headers["vary"]
        for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", {tag}'},
                        {"If-Modified-Since": changed}):  # fmt: skip
            again = client.get(path, headers=headers)
            assert (again.status_code, again.content) == (304, b""), headers
            assert again.headers["etag"] == tag
        for headers in ({"If-None-Match": '"x"'}, {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
                        {"If-Modified-Since": "hom qua"},
                        {"If-None-Match": '"x"', "If-Modified-Since": changed}):  # fmt: skip
            assert client.get(path, headers=headers).status_code == 200, headers


def test_a_tag_is_of_one_address_one_form_and_one_index(client, growing):
    tag = client.get("/tim?q=nghèo", headers={"HX-Request": "true"}).headers["etag"]
    for headers in ({}, {"HX-Request": "true", "HX-History-Restore-Request": "true"}):
        assert client.get("/tim?q=nghèo", headers={**headers, "If-None-Match": tag}).status_code == 200
    assert client.get("/api/v1/search?q=nghèo&limit=0", headers={"If-None-Match": tag}).status_code == 422
    assert client.get("/api/v1/documents/none", headers={"If-None-Match": "*"}).status_code == 404
    index, _ = growing
    library = library_of(index)
    library.refresh()
    with library.lease() as view:
        before = (view.version, len(view.documents()))
    shutil.rmtree(index)
    write_report(index.parent / "other", "z.txt")
    ingest_paths([index.parent / "other"], index)
    assert library.refresh() == [OPEN]
    with library.lease() as view:
        assert (view.version, len(view.documents())) == (before[0], 1)
    library.close()


def test_what_changes_with_every_look_has_no_tag(client):
    assert "etag" not in client.get("/api/v1/metrics").headers
    assert "etag" not in client.get("/api/v1/healthz").headers
    assert "etag" not in client.get("/api/v1/passages/none").headers


# ---- headers ---------------------------------------------------------------------------------------------------------


def test_long_answers_are_zipped_where_that_is_taken(client):
    long = client.get("/api/v1/documents", headers={"Accept-Encoding": "gzip"})
    assert long.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/v1/healthz", headers={"Accept-Encoding": "gzip"}).headers
    plain = client.get("/api/v1/documents", headers={"Accept-Encoding": "identity"})
    assert plain.json() == long.json()


def test_other_sites_may_call_only_if_they_are_named(client, sample_index):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    preflight = client.options("/api/v1/search?q=a", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    answer = client.get("/api/v1/healthz", headers={"Origin": "https://b.example"})
    assert "access-control-allow-origin" not in answer.headers
    with TestClient(create_app(Settings(index=sample_index, reload_seconds=0)), base_url=LOCAL) as none:
        answer = none.get("/api/v1/healthz", headers={"Origin": "https://a.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_every_answer_has_an_id_and_the_security_headers(client):
    for path in (
        "/",
        "/api/v1/healthz",
        "/api/v1/search?q=a",
        "/api/v1/none",
        "/static/none",
        "/van-kien/none",
        "/mcp/",
    ):
        answer = client.get(path)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"]), path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
    assert client.get("/", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    for wrong in ("a b", "x" * 65, "<script>"):
        assert client.get("/", headers={"X-Request-ID": wrong}).headers["x-request-id"] != wrong
    hits = client.get("/api/v1/search?q=nghèo").json()["hits"]
    file = client.get(f"/api/v1/documents/{hits[0]['document']['id']}/file")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]


def test_the_time_of_each_stage_is_told(client):
    header = client.get("/api/v1/search?q=nghèo").headers["server-timing"]
    assert re.findall(r"(\w+);dur=[\d.]+", header) == ["understand", "encode", "rank", "present"]


def test_the_file_is_the_very_bytes(client, sample_files):
    by_source = {path.name: path for path in sample_files}
    for row in client.get("/api/v1/documents").json()["documents"]:
        answer = client.get(f"/api/v1/documents/{row['id']}/file")
        assert answer.content == by_source[row["source"]].read_bytes()


def test_a_file_that_has_changed_or_gone_is_not_passed_off_as_the_one_that_was_read(growing, tmp_path):
    index, _ = growing
    with TestClient(create_app(Settings(index=index, reload_seconds=0)), base_url=LOCAL) as client:
        rows = client.get("/api/v1/documents").json()["documents"]
        (tmp_path / "in" / rows[0]["source"]).write_text("khác", encoding="utf-8")
        (tmp_path / "in" / rows[1]["source"]).unlink()
        statuses = [client.get(f"/api/v1/documents/{row['id']}/file").status_code for row in rows[:3]]
        assert statuses == [404, 404, 200]


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_a_server_that_is_told_to_stop_answers_what_it_has_begun(sample_index, tmp_path):
    words = [sys.executable, "-m", "search_api.cli", "serve", "--index", str(sample_index), "--port", "0",
             "--log-level", "info", "--log-format", "json"]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        queries = [f"giảm nghèo {number}" for number in range(100)]
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(
                httpx2.post, f"{address}/api/v1/search", json={"queries": queries, "limit": 50}, timeout=60
            )
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            answer = asked.result()
        assert answer.status_code == 200
        assert len(answer.json()["results"]) == 100
        _, log = process.communicate(timeout=30)
    rows = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(row.get("path") == "/api/v1/search" for row in rows)
    assert process.returncode in (0, -signal.SIGTERM)
