"""Where the documents are likely to say nothing on a question, the answer says so, everywhere that it is shown."""

from __future__ import annotations

import json
from dataclasses import replace

import anyio
import numpy as np
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, page, served, words
from mcp import Client

from index import open_index
from index.ask import UNLIKELY, UNSURE
from index.build import ingest_paths
from index.candidates import Allowed
from index.packing import pack
from index.ranking import Ranker
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


def test_it_stands_behind_what_could_not_be_done_as_asked(searcher):
    first, *others = searcher.search(f'"không có cụm này" {FOREIGN[0]}').notes
    assert "không có cụm này" in first
    assert others == [UNSURE]


def test_a_phrase_that_was_found_leaves_no_doubt(searcher):
    words = searcher.search(ANSWERED[0]).hits[0].text.split()
    for i in range(min(20, len(words) - 1)):
        result = searcher.search(f'"{" ".join(words[i : i + 2])}"')
        assert UNSURE not in result.notes
        assert result.likeliest is None or result.notes  # the phrase was not found as asked


def test_documents_of_no_office_are_not_judged(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Khủng long chết hết khi một thiên thạch lao xuống trái đất.\n")
    ingest_paths([tmp_path / "in"], tmp_path / "index")
    searcher = open_index(tmp_path / "index")
    result = searcher.search("vì sao khủng long biến mất")
    assert (result.likeliest, result.notes, len(result.hits)) == (None, (), 1)
    searcher.close()


def test_a_cross_encoder_has_the_last_word(searcher):
    class Judge:
        def scores(self, query, positions):
            return np.full(len(positions), 0.99)

    ranker, query = searcher.ranker, searcher.analysed(FOREIGN[0])
    judged = Ranker(ranker._retriever, ranker._weights, ranker._fusion, ranker._soft, ranker._model, Judge())
    vector = searcher.vector(query)
    assert ranker.rank(query, vector, 100, "hybrid", Allowed()).likeliest < UNLIKELY
    assert judged.rank(query, vector, 100, "hybrid", Allowed()).likeliest is None


def test_of_several_collections_those_that_found_something_decide(searcher):
    unsure = searcher.search(FOREIGN[0], limit=3)
    sure = replace(searcher.search(ANSWERED[0], limit=3), query=FOREIGN[0])
    empty = replace(unsure, hits=(), notes=(), likeliest=None, total=0)
    loosened = replace(sure, notes=("không được như đã hỏi",))
    both = merged([unsure, sure], 6, 0)
    assert both.notes == ()
    assert both.likeliest == sure.likeliest > UNLIKELY > unsure.likeliest
    assert len(both.hits) == len({hit.passage_id for hit in (*unsure.hits, *sure.hits)})
    for others in ([unsure], [empty], [loosened], [empty, loosened]):
        for results in ([unsure, *others], [*others, unsure]):
            one = merged(results, 3, 0)
            assert one.notes == (UNSURE,)
            assert [hit.passage_id for hit in one.hits] == [hit.passage_id for hit in unsure.hits]
    assert merged([replace(sure, likeliest=None), unsure], 6, 0).notes == ()
    assert View({"a": searcher, "b": searcher}).compare(FOREIGN[0]).notes == (UNSURE,)


def test_the_page_the_api_and_the_terminal_say_it(sample_index, capsys):
    with TestClient(create_app(Settings(index=sample_index, reload_seconds=0)), base_url=LOCAL) as client:
        found = client.get("/api/v1/search", params={"q": FOREIGN[0]}).json()
        assert found["notes"] == [UNSURE]
        assert found["likeliest"] < UNLIKELY
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
