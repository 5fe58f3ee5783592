"""MCP against the official client, over streamable HTTP and over stdio; the form that ChatGPT asks for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio
import pytest
from http_helpers import served
from mcp import Client, StdioServerParameters

from index import open_index
from search_api.access import KeyRing
from search_api.app import create_app
from search_api.settings import Settings

TOOLS = ["search", "fetch", "verify", "compare", "context", "documents", "outline"]
QUERY = "kết quả giảm nghèo"
REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def server(sample_index):
    with served(create_app(Settings(index=sample_index, reload_seconds=0))) as address:
        yield address


@pytest.fixture(params=["http", "stdio"])
def target(request, server, sample_index):
    """What the client connects to."""
    if request.param == "http":
        return f"{server}/mcp/"
    words = ["-m", "search_api.cli", "mcp", "--index", str(sample_index)]
    return StdioServerParameters(command=sys.executable, args=words, env={"PYTHONPATH": str(REPO)})


def asked(target, work):
    """Run a coroutine with a connected client."""

    async def main():
        with anyio.fail_after(90):
            async with Client(target) as client:
                return await work(client)

    return anyio.run(main)


def text_of(result) -> dict:
    """The one text of a result, read as JSON; the structured content says the same."""
    (content,) = result.content
    assert content.type == "text"
    assert not result.is_error, content.text
    found = json.loads(content.text)
    assert found == result.structured_content
    return found


def test_tools_have_the_form_that_is_asked_for(target):
    async def work(client):
        return await client.list_tools(), await client.list_prompts(), client.instructions

    tools, prompts, instructions = asked(target, work)
    by_name = {tool.name: tool for tool in tools.tools}
    assert list(by_name) == TOOLS
    for name, parameter in (("search", "query"), ("fetch", "id")):
        schema = by_name[name].input_schema
        assert schema["required"] == list(schema["properties"]) == [parameter]
        assert schema["properties"][parameter]["type"] == "string"
    for tool in tools.tools:
        assert tool.annotations.read_only_hint
        assert tool.output_schema
        assert len(tool.description) > 80
    assert {prompt.name for prompt in prompts.prompts} == {"answer_with_verified_quotes", "compare_places"}
    assert "verify" in instructions


def test_search_fetch_and_verify_fit_together(target, sample_index):
    async def work(client):
        found = text_of(await client.call_tool("search", {"query": QUERY}))
        fetched = text_of(await client.call_tool("fetch", {"id": found["results"][0]["id"]}))
        quote = fetched["text"].split("\n")[0]
        place = {"quote": quote, "document": fetched["metadata"]["document_id"]}
        return found, fetched, text_of(await client.call_tool("verify", place))

    found, fetched, verdict = asked(target, work)
    searcher = open_index(sample_index)
    hits = searcher.search(QUERY, limit=10).hits
    assert [row["id"] for row in found["results"]] == [hit.passage_id for hit in hits]
    for row, hit in zip(found["results"], hits, strict=True):
        assert {"id", "title", "url", "text"} <= set(row)
        assert row["url"].startswith("http://")
        assert row["url"].endswith(f"#{hit.passage_id.replace(':', '-')}") or hit.document.id in row["url"]
        assert row["text"].startswith(hit.text)
        assert (row["citation"], row["start"], row["end"]) == (hit.citation, hit.start, hit.end)
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert fetched["id"] == hits[0].passage_id
    assert fetched["metadata"]["citation"] == hits[0].citation
    assert verdict["status"] == "verbatim"
    searcher.close()


def test_whole_documents_come_in_pieces_that_make_the_text(target, sample_index):
    async def work(client):
        listed = text_of(await client.call_tool("documents", {}))
        document = listed["documents"][0]["id"]
        pieces, following = [], document
        while following:
            piece = text_of(await client.call_tool("fetch", {"id": following}))
            pieces.append(piece["text"])
            following = piece["metadata"]["next"]
        outline = text_of(await client.call_tool("outline", {"id": document}))
        compared = text_of(await client.call_tool("compare", {"query": QUERY}))
        return listed, document, "".join(pieces), outline, compared

    listed, document, text, outline, compared = asked(target, work)
    searcher = open_index(sample_index)
    assert listed["total"] == len(searcher.documents())
    assert text == searcher.document(document).canonical
    assert outline["sections"]
    comparison = searcher.compare(QUERY)
    assert [row["id"] for row in compared["results"]] == [hit.passage_id for hit in comparison.hits]
    searcher.close()


def test_context_keeps_to_its_budget(target):
    async def work(client):
        return text_of(await client.call_tool("context", {"query": QUERY, "budget": 1500}))

    packed = asked(target, work)
    assert 0 < packed["tokens"] <= 1500
    assert all(passage["text"] in packed["text"] for passage in packed["passages"])


def test_what_cannot_be_is_told_to_the_model(target):
    async def work(client):
        calls = [
            ("fetch", {"id": "x:p00001"}), ("fetch", {"id": "nothing"}), ("outline", {"id": "nothing"}),
            ("search", {"query": " "}), ("search", {"query": "a" * 2000}), ("verify", {"quote": "…"}),
            ("fetch", {}), ("nothing", {}), ("fetch", {"id": "x@" + "9" * 5000}), ("fetch", {"id": "x@-5"}),
            ("fetch", {"id": "x:p00001@5"}), ("verify", {"quote": "a " * 9000}),
        ]  # fmt: skip
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    for result in asked(target, work):
        assert result.is_error
        assert result.content[0].text
        assert "Traceback" not in result.content[0].text


def test_prompts_hold_what_was_asked(target):
    async def work(client):
        return await client.get_prompt("answer_with_verified_quotes", {"question": "Hộ nghèo giảm bao nhiêu?"})

    (message,) = asked(target, work).messages
    assert "Hộ nghèo giảm bao nhiêu?" in message.content.text
    assert "verify" in message.content.text


def test_many_at_once_over_http(server):
    async def work(client):
        found = []

        async def one(number: int) -> None:
            query = (QUERY, "thu ngân sách", "trồng rừng")[number % 3]
            found.append((number % 3, text_of(await client.call_tool("search", {"query": query}))["results"][0]["id"]))

        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(one, number)
        return found

    found = asked(f"{server}/mcp/", work)
    assert len(found) == 30
    assert len(set(found)) == 3


def test_without_the_slash_it_is_the_same(server):
    async def work(client):
        return await client.list_tools()

    assert len(asked(f"{server}/mcp", work).tools) == len(TOOLS)


def test_a_key_is_needed_where_one_is(sample_index, tmp_path):
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    keys = tmp_path / "keys.json"
    _, token = KeyRing(keys).add("bot", scopes=("read",))
    with served(create_app(Settings(index=sample_index, access="keys", keys=keys, reload_seconds=0))) as address:
        assert httpx2.post(f"{address}/mcp/", json={}).status_code == 401

        async def main():
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(f"{address}/mcp/", http_client=http)) as client,
            ):
                return await client.list_tools()

        assert len(anyio.run(main).tools) == len(TOOLS)
