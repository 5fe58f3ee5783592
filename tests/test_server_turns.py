"""Requests take turns, new generations come beside them, and both are warm before anybody waits."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from http_helpers import served
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.library import OPEN, Library, library_of
from index.search import Searcher
from index.view import View
from search_api import reloading
from search_api.app import create_app
from search_api.commands.serve import open_library
from search_api.reloading import settled
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

    app = create_app(Settings(index=index, reload_seconds=1, threads=threads, access="open"))
    with served(app) as address, httpx2.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(5) as pool:
        monkeypatch.setattr(View, "search", slow)
        monkeypatch.setattr(Library, "refresh", noted)
        asked = [pool.submit(client.get, "/api/v1/search?q=nghèo") for _ in range(5)]
        deadline = time.monotonic() + 20
        while running < threads and time.monotonic() < deadline:
            time.sleep(0.01)
        refreshed.clear()
        for path in ("/api/v1/healthz", "/api/v1/readyz", "/api/v1/problems/not-found", "/static/vankien.css"):
            assert client.get(path).status_code == 200, path
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


def test_what_cannot_be_warmed_is_in_force_all_the_same(index, monkeypatch, caplog):
    def broken(self):
        raise ValueError("hỏng / broken")

    monkeypatch.setattr(Searcher, "warm", broken)
    library = library_of(index)
    assert library.refresh() == [OPEN]
    assert not library.failures
    assert "cannot be warmed" in caplog.text
    with library.lease() as view:
        assert view.search("nghèo").hits
    library.close()


@pytest.mark.parametrize(
    "text",
    [
        "| | | |\n|---|---|---|\n| | | |\n",
        "x y z a b c d e f g " + ",".join(["a"] * 3000),
        " ".join("/".join(map(str, range(60))) for _ in range(30)),
        "",
    ],
    ids=["table of nothing", "one long word", "figures only", "nothing"],
)
def test_any_index_can_be_warmed(tmp_path, monkeypatch, caplog, text):
    use_encoder(monkeypatch, HashEncoder())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text + "\n")
    ingest_paths([tmp_path / "in"], tmp_path / "index")
    library = library_of(tmp_path / "index")
    assert library.refresh() == [OPEN]
    assert not library.failures
    assert "warmed" not in caplog.text
    library.close()


def test_the_first_of_a_burst_is_answered_first(index, monkeypatch):
    search = View.search

    def slow(self, *args, **options):
        time.sleep(0.1)
        return search(self, *args, **options)

    ended = []

    def ask(address, number):
        with httpx2.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/v1/search?q=nghèo").status_code == 200
        ended.append((time.monotonic(), number))

    with served(create_app(Settings(index=index, reload_seconds=0, threads=1))) as address:
        monkeypatch.setattr(View, "search", slow)
        with ThreadPoolExecutor(6) as pool:
            for number in range(6):
                pool.submit(ask, address, number)
                time.sleep(0.03)
    assert [number for _, number in ended] == list(range(6))
    # One after the other, not all of them behind the last.
    assert ended[-1][0] - ended[0][0] > 0.3


def test_a_new_generation_is_settled(index, tmp_path, monkeypatch):
    called = threading.Event()
    monkeypatch.setattr(reloading, "settled", called.set)
    with served(create_app(Settings(index=index, reload_seconds=1))):
        assert not called.is_set()
        write_report(tmp_path / "in", "b.txt")
        ingest_paths([tmp_path / "in"], index)
        assert called.wait(20)


def test_what_is_spared_from_the_search_for_cycles_is_searched_the_next_time():
    class Ring:
        pass

    ring = Ring()
    ring.itself, gone = ring, weakref.ref(ring)
    try:
        settled()
        assert gc.get_freeze_count() > 0
        del ring
        gc.collect()
        assert gone() is not None
        settled()
        assert gone() is None
    finally:
        gc.unfreeze()


def test_the_commands_settle_what_they_open(index, monkeypatch):
    gc.unfreeze()
    library = open_library(Settings(index=index))
    try:
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        library.close()
