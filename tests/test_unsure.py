"""Where the documents are likely to say nothing on a question, the answer says so, everywhere that it is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import anyio
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, page, served, words
from mcp import Client

from index import open_index
from index.ask import UNLIKELY, UNSURE
from index.packing import pack
from index.view import View, merged
from search_api.app import create_app
from search_api.cli import main
from search_api.settings import Settings

FOREIGN = ("chứng khoán Mỹ", "tổng thống Mỹ", "khủng long tuyệt chủng", "how to bake bread")
ANSWERED = ("kết quả giảm nghèo", "thu ngan sach", "hạn chế, nguyên nhân", "new party members", "trồng rừng")


@pytest.fixture(scope="module")
def searcher(sample_index):
    searcher = open_index(sample_index)
    yield searcher
    searcher.close()


@pytest.mark.parametrize("query", FOREIGN)
def test_a_foreign_question_comes_with_the_note(searcher, query):
    result = searcher.search(query)
    assert result.hits
    assert result.notes == (UNSURE,)
    assert max(hit.score for hit in result.hits) < 2 * UNLIKELY
    assert searcher.compare(query).notes == (UNSURE,)
    assert pack(searcher, query, budget=2000).notes == (UNSURE,)
    assert searcher.search(query, limit=2, offset=6).notes == (UNSURE,)


@pytest.mark.parametrize("query", ANSWERED)
def test_what_the_documents_answer_comes_without(searcher, query):
    assert searcher.search(query).notes == searcher.compare(query).notes == ()


@pytest.mark.parametrize("query", ["loại:bảng", "12-NQ/HU"])
def test_what_the_learnt_ranker_did_not_judge_comes_without(searcher, query):
    assert UNSURE not in searcher.search(query).notes


@pytest.mark.parametrize("mode", ["lexical", "dense"])
def test_other_modes_have_no_probability_to_judge_by(searcher, mode):
    assert searcher.search(FOREIGN[0], mode=mode).notes == ()


def test_it_stands_beside_what_could_not_be_done_as_asked(searcher):
    notes = searcher.search(f"{FOREIGN[0]} huyện:khôngcó").notes
    assert notes
    assert UNSURE not in notes[:-1]


def test_of_several_collections_one_that_is_sure_is_enough(searcher):
    unsure = searcher.search(FOREIGN[0], limit=3)
    sure = replace(searcher.search(ANSWERED[0], limit=3), query=FOREIGN[0])
    both = merged([unsure, sure], 6, 0)
    assert both.notes == ()
    assert len(both.hits) == len({hit.passage_id for hit in (*unsure.hits, *sure.hits)})
    assert merged([unsure, unsure], 3, 0).notes == (UNSURE,)
    assert View({"a": searcher, "b": searcher}).compare(FOREIGN[0]).notes == (UNSURE,)


def test_the_page_the_api_and_the_terminal_say_it(sample_index, capsys):
    with TestClient(create_app(Settings(index=sample_index, reload_seconds=0)), base_url=LOCAL) as client:
        assert client.get("/api/v1/search", params={"q": FOREIGN[0]}).json()["notes"] == [UNSURE]
        assert client.get("/api/v1/context", params={"q": FOREIGN[0], "budget": 900}).json()["notes"] == [UNSURE]
        assert UNSURE in words(page(client, f"/tim?q={FOREIGN[0]}"))
        assert UNSURE not in words(page(client, f"/tim?q={ANSWERED[0]}"))
    assert main(["search", FOREIGN[0], "--index", str(sample_index)]) == 0
    assert UNSURE in " ".join(capsys.readouterr().err.split())


def test_a_chat_tool_is_told(sample_index):
    async def ask(address):
        async with Client(f"{address}/mcp/") as client:
            names = {"search": {}, "compare": {}, "context": {"budget": 900}}
            calls = {name: await client.call_tool(name, {"query": FOREIGN[0], **more}) for name, more in names.items()}
            assert "may say nothing" in client.instructions
            return {name: json.loads(call.content[0].text)["notes"] for name, call in calls.items()}

    with served(create_app(Settings(index=sample_index, reload_seconds=0))) as address:
        assert anyio.run(ask, address) == {name: [UNSURE] for name in ("search", "compare", "context")}
