"""What the server counts and logs."""

from __future__ import annotations

import io
import json
import logging
import re
import sys

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL

from search_api.app import create_app
from search_api.logs import JsonFormatter, request_id
from search_api.settings import Settings


@pytest.fixture(scope="module")
def client(sample_index):
    with TestClient(create_app(Settings(index=sample_index, cors="https://a.example", reload_seconds=0)),
                    base_url=LOCAL) as client:  # fmt: skip
        yield client


def test_metrics_count_requests_stages_refusals_and_sizes(client):
    client.get("/api/v1/search?q=nghèo")
    client.get("/api/v1/none")
    client.get("/", headers={"Host": "evil.example"})
    text = client.get("/api/v1/metrics").text
    for line in (
        r'vankien_http_requests_total{method="GET",operation="search",status="200"} [\d.]+',
        r'vankien_http_request_seconds_count{operation="search"} [\d.]+',
        r'vankien_search_stage_seconds_sum{stage="rank"} [\d.e-]+',
        r'vankien_http_refusals_total{kind="misdirected"} [\d.]+',
        r'vankien_index_rows{table="passages"} [\d.]+',
        r"vankien_index_open 1.0",
        r"process_resident_memory_bytes [\d.e+]+",
        r'vankien_build_info{version="[^"]+"} 1.0',
    ):
        pattern = re.sub(r"[{}]", lambda match: "\\" + match[0], line)
        assert re.search(pattern, text), line
    assert "nghèo" not in text
    client.request("EVIL", "/api/v1/healthz")
    assert 'method="EVIL"' not in client.get("/api/v1/metrics").text


def test_the_log_is_one_json_object_a_line_and_never_what_was_asked(client, caplog):
    caplog.set_level(logging.INFO, "vankien.access")
    client.get("/api/v1/search?q=bímậtriêng", headers={"X-Request-ID": "log-1"})
    record = next(r for r in caplog.records if r.name == "vankien.access")
    line = json.loads(JsonFormatter().format(record))
    assert line["path"] == "/api/v1/search"
    assert (line["status"], line["method"], line["caller"]) == (200, "GET", "anonymous")
    assert line["ms"] > 0
    assert "bímậtriêng" not in caplog.text
    client.get("/api/v1/healthz%0aINFO vankien.access: GET /admin 200")
    assert not any("\n" in r.getMessage() for r in caplog.records if r.name == "vankien.access")
    token = request_id.set("abc")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    try:
        raise ValueError("lỗi")
    except ValueError:
        made = logging.makeLogRecord({"name": "n", "levelno": 40, "levelname": "ERROR", "msg": "m",
                                      "request_id": request_id.get(), "exc_info": sys.exc_info()})  # fmt: skip
    handler.emit(made)
    request_id.reset(token)
    row = json.loads(stream.getvalue())
    assert (row["request_id"], row["level"]) == ("abc", "error")
    assert "ValueError: lỗi" in row["exception"]
