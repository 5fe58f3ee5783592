"""The description is true: schemathesis finds no undeclared answer and no 500, a generated client works."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, served

from search_api.access import KeyRing
from search_api.app import create_app
from search_api.settings import Settings

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,allow_header_conformance,unsupported_method"
)
SCRIPTS = Path(sys.executable).parent


JSON = {"Content-Type": "application/json"}
HALVES = (
    ("search", '{"queries": ["a"], "place": ["\\ud800"]}'),
    ("search", '{"queries": ["\\ud800"]}'),
    ("verify", '{"quote": "\\ud800 a b"}'),
    ("verify", '{"quote": "a", "document": "\\ud800"}'),
)


@pytest.fixture(scope="module")
def described(sample_index):
    with TestClient(create_app(Settings(index=sample_index, reload_seconds=0)), base_url=LOCAL) as client:
        yield client.get("/openapi.json").json()


def test_it_is_openapi_31_with_ids_examples_and_keys(described):
    assert described["openapi"].startswith("3.1")
    assert set(described["components"]["securitySchemes"]) == {"key", "password"}
    ids = [op["operationId"] for methods in described["paths"].values() for op in methods.values()]
    assert len(ids) == len(set(ids))
    for methods in described["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"500", "503"} <= set(operation["responses"])
    assert "examples" in described["components"]["schemas"]["HitOut"]
    assert "examples" in described["components"]["schemas"]["VerifyIn"]


def test_its_bounds_are_the_settings(sample_index):
    app = create_app(Settings(index=sample_index, max_limit=7, max_batch=3, query_max_length=50, quote_max_length=60))
    described = app.openapi()
    parameters = {p["name"]: p["schema"] for p in described["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert {"maximum": 7, "minimum": 1, "type": "integer"} in parameters["limit"]["anyOf"]
    assert (parameters["q"]["minLength"], parameters["q"]["maxLength"]) == (1, 50)
    bodies = described["components"]["schemas"]
    assert bodies["SearchIn"]["properties"]["queries"]["maxItems"] == 3
    assert bodies["VerifyIn"]["properties"]["quote"]["maxLength"] == 60


@pytest.mark.parametrize("access", ["open", "keys", "refused"])
def test_schemathesis_finds_nothing_undeclared(sample_index, tmp_path, access):
    _, token = KeyRing(tmp_path / "keys.json").add("st", scopes=("read", "ingest"))
    settings = Settings(
        index=sample_index, access="open" if access == "open" else "keys", keys=tmp_path / "keys.json", reload_seconds=0
    )
    header = ["--header", f"Authorization: Bearer {token}"] if access == "keys" else []
    with served(create_app(settings)) as address:
        if access == "refused":  # the description itself is behind the door: it is read from a file
            path = tmp_path / "openapi.json"
            path.write_text(json.dumps(create_app(settings).openapi()), encoding="utf-8")
            target = [str(path), "--url", address]
        else:
            target = [f"{address}/openapi.json"]
        words = [str(SCRIPTS / "schemathesis"), "run", *target, "--checks", CHECKS, "--max-examples", "12",
                 "--seed", "6", "--no-color", "--generation-database", "none", *header]  # fmt: skip
        env = {**os.environ, "SCHEMATHESIS_HOOKS": ""}
        env.pop("SCHEMATHESIS_HOOKS")
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=240, env=env, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: 17" in done.stdout or "17 operations" in done.stdout, done.stdout[-2000:]


def test_a_generated_client_works(described, sample_index, tmp_path, monkeypatch):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(described), encoding="utf-8")
    (tmp_path / "config.yml").write_text("post_hooks: []\n", encoding="utf-8")
    words = [str(SCRIPTS / "openapi-python-client"), "generate", "--path", str(path), "--meta", "none",
             "--output-path", str(tmp_path / "made_client"), "--config", str(tmp_path / "config.yml")]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    made = importlib.import_module("made_client")
    app = create_app(Settings(index=sample_index, reload_seconds=0))
    with served(app) as address, contextlib.ExitStack() as stack:
        client = stack.enter_context(made.Client(base_url=address))
        search = importlib.import_module("made_client.api.search.search")
        found = search.sync(client=client, q="kết quả giảm nghèo", limit=3)
        assert [hit.rank for hit in found.hits] == [1, 2, 3]
        verify = importlib.import_module("made_client.api.evidence.verify")
        models = importlib.import_module("made_client.models")
        verdict = verify.sync(client=client, body=models.VerifyIn(quote=found.hits[0].text))
        assert verdict.status == "verbatim"
        outline = importlib.import_module("made_client.api.documents.outline")
        assert outline.sync(found.hits[0].document.id, client=client).sections
        refused = search.sync(client=client, q=" ")
        assert (refused.status, type(refused).__name__) == (422, "ProblemOut")


def test_halves_of_characters_are_refused(sample_index):
    with TestClient(create_app(Settings(index=sample_index, reload_seconds=0)), base_url=LOCAL) as client:
        answers = [client.post(f"/api/v1/{path}", content=body, headers=JSON) for path, body in HALVES]
    assert [answer.status_code for answer in answers] == [422] * len(HALVES)
