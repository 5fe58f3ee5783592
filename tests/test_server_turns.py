"""Requests take turns, new generations come beside them, and both are warm before anybody waits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from http_helpers import served
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.library import OPEN, Library, library_of
from index.search import Searcher
from index.view import View
from ingest.errors import UsageError
from search_api.app import create_app
from search_api.settings import Settings


@pytest.fixture
def index(tmp_path, monkeypatch):
    use_encoder(monkeypatch, HashEncoder())
    write_report(tmp_path / "in", "a.txt")
    ingest_paths([tmp_path / "in"], tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize("threads", [1, 3])
def test_so_many_requests_run_side_by_side_and_the_rest_of_the_server_goes_on(index, monkeypatch, threads):
    go, lock, running, most = threading.Event(), threading.Lock(), 0, 0
    refreshed = threading.Event()
    search, refresh = View.search, Library.refresh

    def slow(self, *args, **options):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(30)
        with lock:
            running -= 1
        return search(self, *args, **options)

    def noted(self):
        refreshed.set()
        return refresh(self)

    app = create_app(Settings(index=index, reload_seconds=1, threads=threads))
    with served(app) as address, httpx2.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(5) as pool:
        monkeypatch.setattr(View, "search", slow)
        monkeypatch.setattr(Library, "refresh", noted)
        asked = [pool.submit(client.get, "/api/v1/search?q=nghèo") for _ in range(5)]
        deadline = time.monotonic() + 20
        while running < threads and time.monotonic() < deadline:
            time.sleep(0.01)
        refreshed.clear()
        assert client.get("/api/v1/healthz").status_code == 200
        assert refreshed.wait(20)  # it has its own thread, although all that answer are busy
        go.set()
        assert [job.result().status_code for job in asked] == [200] * 5
    assert most == threads


def test_a_collection_is_searched_and_verified_in_before_it_is_in_force(index, monkeypatch):
    seen = []
    search, verify = Searcher.search_many, Searcher.verify
    monkeypatch.setattr(Searcher, "search_many", lambda s, *a, **o: seen.append("search") or search(s, *a, **o))

    def noted(self, quote, **options):
        verdict = verify(self, quote, **options)
        seen.append(verdict.status)
        return verdict

    monkeypatch.setattr(Searcher, "verify", noted)
    library = library_of(index)
    assert library.refresh() == [OPEN]
    assert seen == ["search", "altered"]  # what is verbatim is found before places are compared word by word
    library.close()


def test_what_cannot_be_searched_is_not_in_force_and_is_closed(index, monkeypatch):
    closed = []

    def broken(self):
        raise UsageError("hỏng / broken")

    def gone(self):
        closed.append(self)

    monkeypatch.setattr(Searcher, "warm", broken)
    monkeypatch.setattr(Searcher, "close", gone)
    library = library_of(index)
    assert library.refresh() == []
    assert "broken" in str(library.failures[OPEN])
    assert len(closed) == 1


def test_an_index_without_documents_can_be_warmed(index, tmp_path):
    (tmp_path / "in" / "a.txt").unlink()
    (tmp_path / "in" / "b.txt").write_text("\n")
    ingest_paths([tmp_path / "in"], index)
    library = library_of(index)
    library.refresh()
    with library.lease() as view:
        assert view.info.documents == len(view.documents())
    library.close()
