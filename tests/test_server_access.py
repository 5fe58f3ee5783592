"""The door: keys, scopes, limits, host names, headers; uploads."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import stat
import zipfile
from datetime import date

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from hypothesis import given
from hypothesis import strategies as st
from index_helpers import write_report

from index.build import ingest_paths
from index.library import collection_path
from index.snapshot import write_lock
from ingest.errors import UsageError
from search_api.access import Key, KeyRing
from search_api.app import create_app
from search_api.cli import main
from search_api.guard import is_loopback, needs_key, served_names
from search_api.limits import RateLimiter
from search_api.problems import MEDIA_TYPE
from search_api.settings import Settings


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "keys.json"


def client_of(sample_index, keys, **options) -> TestClient:
    settings = Settings(index=sample_index, keys=keys, reload_seconds=0, **options)
    return TestClient(create_app(settings), base_url=LOCAL)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_kept_as_a_hash_that_only_its_owner_can_read(keys):
    key, token = KeyRing(keys).add("Phòng tổng hợp", scopes=("read",), collections=("noi-bo",), expires="2099-12-31")
    text = keys.read_text(encoding="utf-8")
    assert token.split("_", 2)[2] not in text
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    found = KeyRing(keys).find(token)
    assert found == key
    assert KeyRing(keys).find(token[:-1] + ("a" if token[-1] != "a" else "b")) is None


def test_a_file_that_breaks_lets_nobody_in_however_often_it_is_looked_at(keys):
    ring = KeyRing(keys)
    _, token = ring.add("one", scopes=("read",))
    assert ring.find(token)
    text = keys.read_text(encoding="utf-8")
    for broken in ("{broken", text.replace('"expires": null', '"expires": "31/12/2099"')):
        keys.write_text(broken, encoding="utf-8")
        ring._looked = 0.0
        with pytest.raises(UsageError):
            ring.find(token)
        for _ in range(3):
            with contextlib.suppress(UsageError):
                assert ring.find(token) is None


def test_a_revoked_or_expired_key_is_refused_by_a_ring_that_is_open(keys):
    ring = KeyRing(keys)
    key, token = ring.add("one", scopes=("read",))
    _, old = ring.add("old", scopes=("read",), expires="2020-01-01")
    assert ring.find(token)
    assert ring.find(old) is None
    KeyRing(keys).revoke(key.id)
    ring._looked = 0.0
    assert ring.find(token) is None
    assert Key("a", "b", "c", ("read",), expires="2026-01-01").over(date(2026, 1, 2))
    assert not Key("a", "b", "c", ("read",), expires="2026-01-01").over(date(2026, 1, 1))


@pytest.mark.parametrize(
    "facts",
    [
        {"scopes": ("admin",)},
        {"scopes": ()},
        {"scopes": ("read",), "collections": ("../x",)},
        {"scopes": ("read",), "expires": "ngày mai"},
    ],
)
def test_wrong_keys_are_refused(keys, facts):
    with pytest.raises(UsageError):
        KeyRing(keys).add("x", **facts)
    assert not keys.exists() or json.loads(keys.read_text())["keys"] == []


def test_a_broken_file_is_named_and_lets_nobody_in(sample_index, keys):
    keys.write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"keys\.json"):
        KeyRing(keys).all()
    with client_of(sample_index, keys, access="keys") as client:
        assert client.get("/api/v1/documents", headers=bearer("vk_a_b")).status_code == 401


@given(st.text(max_size=60))
def test_no_token_crashes(token):
    from pathlib import Path

    assert KeyRing(Path("none.json")).find(token) is None


def test_the_command_makes_lists_and_revokes(keys, capsys):
    words = ["--keys", str(keys)]
    assert main(["keys", "add", "Phòng A", "--collection", "noi-bo", "--rate", "60", *words]) == 0
    token = capsys.readouterr().out.strip()
    key = KeyRing(keys).find(token)
    assert (key.name, key.collections, key.rate_limit, key.scopes) == ("Phòng A", ("noi-bo",), 60, ("read",))
    assert main(["keys", "list", *words]) == 0
    assert "Phòng A" in capsys.readouterr().out
    assert main(["keys", "list", "--json", *words]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert "digest" not in row
    assert main(["keys", "revoke", key.id, *words]) == 0
    assert main(["keys", "revoke", key.id, *words]) == 2
    assert KeyRing(keys).all() == []
    assert main(["keys", "add", "x", "--rate", "-1", *words]) == 2


# ---- the door --------------------------------------------------------------------------------------------------------


def test_beyond_this_machine_a_key_is_needed_for_everything_that_tells_of_documents(sample_index, keys):
    _, token = KeyRing(keys).add("a", scopes=("read",))
    with client_of(sample_index, keys, access="keys") as client:
        for path in ("/", "/tim?q=a", "/van-kien", "/api/v1/documents", "/api/v1/metrics", "/api/v1/readyz", "/mcp/",
                     "/openapi.json"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert "Bearer" in answer.headers["www-authenticate"]
            assert "Basic" in answer.headers["www-authenticate"]
        problem = client.get("/api/v1/documents")
        assert problem.headers["content-type"] == MEDIA_TYPE
        assert problem.json()["type"].endswith("/key-needed")
        assert client.get("/api/v1/healthz").status_code == 200
        assert client.get("/static/style.css").status_code in (200, 404)
        assert client.get("/api/v1/documents", headers=bearer(token)).status_code == 200
        password = base64.b64encode(f"ai cũng được:{token}".encode()).decode()
        assert client.get("/", headers={"Authorization": f"Basic {password}"}).status_code == 200
        for wrong in ("Bearer x", "Bearer", "Basic !", "Digest x", "", bearer(token[:-2])["Authorization"]):
            assert client.get("/api/v1/documents", headers={"Authorization": wrong}).status_code == 401


def test_who_needs_a_key():
    assert not needs_key(Settings())
    assert not needs_key(Settings(host="::1"))
    assert not needs_key(Settings(host="localhost"))
    assert needs_key(Settings(host="0.0.0.0"))
    assert needs_key(Settings(host="192.168.1.5"))
    assert needs_key(Settings(host="127.0.0.1", access="keys"))
    assert not needs_key(Settings(host="0.0.0.0", access="open"))
    assert is_loopback("127.8.8.8")
    assert not is_loopback("example.org")


def test_serving_others_without_any_key_is_refused_before_anything_is_opened(tmp_path, capsys):
    code = main(["serve", "--host", "0.0.0.0", "--port", "0", "--index", str(tmp_path / "none")])
    assert code == 2
    assert "vankien keys add" in capsys.readouterr().err


def test_other_host_names_are_turned_away(sample_index, keys):
    with client_of(sample_index, keys) as client:
        for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost:evil.example", "localhost:1:2", ""):
            answer = client.get("/api/v1/documents", headers={"Host": host})
            assert answer.status_code == 421, host
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert client.get("/api/v1/healthz", headers={"Host": host}).status_code == 200
    with client_of(sample_index, keys, allowed_hosts="vankien.example") as client:
        assert client.get("/api/v1/healthz", headers={"Host": "vankien.example"}).status_code == 200
        assert client.get("/api/v1/healthz").status_code == 421
    assert served_names(Settings(host="0.0.0.0")) is None
    assert served_names(Settings(allowed_hosts="*")) is None


def test_a_key_without_read_cannot_read(sample_index, keys):
    _, token = KeyRing(keys).add("writer", scopes=("ingest",))
    with client_of(sample_index, keys) as client:
        assert client.get("/api/v1/documents", headers=bearer(token)).status_code == 403
        assert client.get("/api/v1/documents").status_code == 200


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_the_bucket_refills_evenly():
    now = [0.0]
    limiter = RateLimiter(lambda: now[0])
    assert [limiter.wait("a", 3) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.wait("a", 3) == pytest.approx(20.0)
    assert limiter.wait("b", 3) == 0.0
    now[0] = 20.0
    assert limiter.wait("a", 3) == 0.0
    assert limiter.wait("a", 3) > 0
    assert limiter.wait("a", 0) == 0.0


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(1, 5)), max_size=60))
def test_no_minute_has_more_than_twice_what_is_allowed(steps):
    now, allowed = 0.0, []
    limiter = RateLimiter(lambda: now)
    for pause, tries in steps:
        now += pause
        allowed += [now for _ in range(tries) if limiter.wait("a", 10) == 0]
    for moment in allowed:
        assert sum(moment <= other < moment + 60 for other in allowed) <= 20


def test_too_many_requests_are_told_when_to_come_again(sample_index, keys):
    _, slow = KeyRing(keys).add("slow", scopes=("read",), rate_limit=2)
    _, free = KeyRing(keys).add("free", scopes=("read",), rate_limit=0)
    with client_of(sample_index, keys, rate_limit=3) as client:
        for headers, most in ((bearer(slow), 2), ({}, 3)):
            statuses = [client.get("/api/v1/documents", headers=headers).status_code for _ in range(most + 1)]
            assert statuses == [200] * most + [429]
        answer = client.get("/api/v1/documents")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.json()["type"].endswith("/too-many-requests")
        assert all(client.get("/api/v1/documents", headers=bearer(free)).status_code == 200 for _ in range(10))
        assert client.get("/api/v1/healthz").status_code == 200
    with client_of(sample_index, keys, rate_limit=3, access="keys") as client:
        statuses = [client.get("/api/v1/documents", headers=bearer(f"vk_x_{n}")).status_code for n in range(5)]
        assert statuses == [401, 401, 401, 429, 429]


def test_too_large_a_request_is_refused_with_and_without_its_length(sample_index, keys):
    _, small = KeyRing(keys).add("small", scopes=("read",), max_body=1)
    body = json.dumps({"quote": "một " * 600}).encode()
    with client_of(sample_index, keys, max_body=2) as client:
        kind = {"Content-Type": "application/json"}
        assert client.post("/api/v1/verify", content=body[:100], headers=kind).status_code == 422
        for content in (body, (chunk for chunk in [body[:1000], body[1000:]])):
            answer = client.post("/api/v1/verify", content=content, headers=kind)
            assert answer.status_code == 413, answer.text
            assert answer.json()["type"].endswith("/too-large")
        answer = client.post("/api/v1/verify", content=b" " * 1500, headers=kind | bearer(small))
        assert answer.status_code == 413


# ---- uploads ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def open_index_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    write_report(folder / "in", "a.txt")
    ingest_paths([folder / "in"], folder / "index")
    return folder / "index"


def test_uploads_are_off_unless_switched_on_and_need_the_scope_and_the_collection(open_index_dir, keys):
    ring = KeyRing(keys)
    _, reader = ring.add("reader", scopes=("read",))
    _, writer = ring.add("writer", scopes=("read", "ingest"))
    with client_of(open_index_dir, keys) as client:
        assert client.put("/api/v1/files/b.txt", content=b"x", headers=bearer(writer)).status_code == 403
    with client_of(open_index_dir, keys, uploads="on") as client:
        assert client.put("/api/v1/files/b.txt", content=b"x").status_code == 403
        assert client.put("/api/v1/files/b.txt", content=b"x", headers=bearer(reader)).status_code == 403
        answer = client.put("/api/v1/files/b.txt?collection=khac", content=b"x", headers=bearer(writer))
        assert answer.status_code == 403
        for name in ("..%2Fx.txt", ".x.txt", "x.exe", "x%00.txt", "a%5Cb.txt", "x" * 190 + "ệ" * 30 + ".txt"):
            answer = client.put(f"/api/v1/files/{name}", content=b"x", headers=bearer(writer))
            assert answer.status_code in (404, 422), name
        assert client.delete("/api/v1/files/none.txt", headers=bearer(writer)).status_code == 404


def test_a_document_that_is_sent_is_found_at_once_and_can_be_taken_away(open_index_dir, keys, tmp_path):
    _, writer = KeyRing(keys).add("writer", scopes=("read", "ingest"), collections=("noi-bo",))
    text = write_report(tmp_path, "b.txt", place="NẬM PHEO", year=2023).read_bytes()
    with client_of(open_index_dir, keys, uploads="on", max_upload=1) as client:
        headers = bearer(writer)
        before = client.get("/api/v1/documents", headers=headers).json()
        answer = client.put("/api/v1/files/báo cáo.txt?collection=noi-bo", content=text, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["failed"] == []
        assert answer.json()["documents"] == 1
        hits = client.get('/api/v1/search?q=huyện:"Nậm Pheo" nghèo', headers=headers).json()["hits"]
        assert {hit["source"] for hit in hits} == {"báo cáo.txt"}
        assert client.get("/api/v1/documents").json() == before
        too_much = client.put("/api/v1/files/c.txt", content=b"x" * (1 << 20) + b"x", headers=headers)
        assert too_much.status_code == 413
        bad = client.put("/api/v1/files/c.pdf?collection=noi-bo", content=b"%PDF-1.7 nothing", headers=headers)
        assert bad.status_code == 200
        assert bad.json()["failed"][0]["source"] == "c.pdf"
        assert len(client.get("/api/v1/documents", headers=headers).json()["documents"]) == 2
        gone = client.delete("/api/v1/files/báo cáo.txt?collection=noi-bo", headers=headers)
        assert gone.status_code == 200, gone.text
        assert len(client.get("/api/v1/documents", headers=headers).json()["documents"]) == 1


def test_what_is_refused_leaves_the_file_of_before(open_index_dir, keys, tmp_path):
    _, writer = KeyRing(keys).add("writer", scopes=("read", "ingest"), collections=("kho",))
    text = write_report(tmp_path, "b.txt", place="NẬM PHEO", year=2023).read_bytes()
    folder = collection_path(open_index_dir, "kho") / "uploads"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rong.md", "")
    with client_of(open_index_dir, keys, uploads="on") as client:
        address, headers = "/api/v1/files/b.txt?collection=kho", bearer(writer)
        assert client.put(address, content=text, headers=headers).status_code == 200
        with write_lock(collection_path(open_index_dir, "kho")):
            assert client.put(address, content=text + b"\n\nThem.", headers=headers).status_code == 409
            assert client.delete(address, headers=headers).status_code == 409
        assert (folder / "b.txt").read_bytes() == text
        answer = client.put("/api/v1/files/k.zip?collection=kho", content=packed.getvalue(), headers=headers)
        assert [row["source"] for row in answer.json()["failed"]] == ["k.zip/rong.md"]
        assert [path.name for path in folder.iterdir()] == ["b.txt"]
        assert client.put("/api/v1/files/a%0ab.txt", content=text, headers=headers).status_code == 422
