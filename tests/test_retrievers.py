"""The retrievers: LangChain and LlamaIndex are given what the searcher finds, to the letter, without any network."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from langchain_core.documents import Document
from langchain_core.load import dumps
from langchain_core.prompts import PromptTemplate, format_document
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from llama_index.core.schema import MetadataMode, NodeWithScore, ObjectType, QueryBundle, TextNode
from pydantic import ValidationError
from test_offline import GUARD

from index.hits import Filters, Hit, SearchResult
from index.search import Searcher, open_index
from index.view import View
from ingest.errors import UsageError
from search_api import retrievers
from search_api.app import create_app
from search_api.client import Client
from search_api.retrievers import LangChainRetriever, LlamaIndexRetriever
from search_api.settings import Settings

REPO = Path(__file__).resolve().parents[1]
QUERY = "tỷ lệ hộ nghèo"
NOTES = Filters(kinds=("footnote",), places=("Ea Vin",))
PACKAGES = {"LangChainRetriever": "langchain_core", "LlamaIndexRetriever": "llama_index"}
KEYS = {
    *("passage_id", "document_id", "title", "issuer", "place", "period", "date", "section_path", "page", "start"),
    *("end", "citation", "score", "source", "footnotes", "kind", "anchor"),
}


@pytest.fixture(scope="module")
def searcher(sample_index: Path) -> Searcher:
    return open_index(sample_index)


@pytest.fixture(scope="module")
def hits(searcher: Searcher) -> tuple[Hit, ...]:
    hits = searcher.search(QUERY, limit=20).hits
    assert len({hit.kind for hit in hits}) > 1
    assert any(hit.footnotes for hit in hits)
    assert any(hit.anchor for hit in hits)
    return hits


class Recorder:
    """Says what it is told to say, and remembers what it was asked and in which thread."""

    def __init__(self, result: SearchResult | Exception) -> None:
        self.result, self.asked = result, []
        self.thread: int | None = None

    def search(self, query: str, *, limit: int, mode: str, filters: Filters) -> SearchResult:
        self.asked.append((query, limit, mode, filters))
        self.thread = threading.get_ident()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def recorder(**said: Any) -> Recorder:
    nothing = SearchResult(query="", mode="hybrid", degraded=None, total=0, took_ms=0.0, hits=())
    return Recorder(replace(nothing, **said))


def check(text: str, metadata: dict[str, Any], hit: Hit) -> None:
    """A passage as a framework has it is the hit, whole."""
    assert text.partition("\n[chú thích ")[0] == hit.text
    assert all(f"\n[chú thích {note.marker} / note {note.marker}] {note.text}" in text for note in hit.footnotes)
    assert set(metadata) == KEYS
    assert json.loads(json.dumps(metadata, allow_nan=False)) == metadata
    same = ("passage_id", "kind", "page", "start", "end", "citation", "score", "source")
    assert {name: metadata[name] for name in same} == {name: getattr(hit, name) for name in same}
    of_document = ("title", "issuer", "place", "period", "date")
    assert {name: metadata[name] for name in of_document} == {n: getattr(hit.document, n) for n in of_document}
    assert metadata["document_id"] == hit.document.id
    assert tuple(metadata["section_path"].split(" › ")) == hit.section_path
    assert metadata["footnotes"] == [{"marker": note.marker, "text": note.text} for note in hit.footnotes]
    assert (metadata["anchor"] or {}).get("passage_id") == (hit.anchor.passage_id if hit.anchor else None)


def check_documents(documents: Sequence[Document], hits: Sequence[Hit]) -> None:
    for document, hit in zip(documents, hits, strict=True):
        assert document.id == hit.passage_id
        check(document.page_content, document.metadata, hit)


def check_nodes(nodes: Sequence[NodeWithScore], hits: Sequence[Hit]) -> None:
    for node, hit in zip(nodes, hits, strict=True):
        assert node.node.node_id == hit.passage_id
        assert node.score == hit.score
        check(node.text, node.metadata, hit)


# ---- LangChain -------------------------------------------------------------------------------------------------------


def test_documents_are_the_hits_in_their_order(searcher: Searcher, hits: tuple[Hit, ...]):
    retriever = LangChainRetriever(searcher=searcher, k=20)
    check_documents(retriever.invoke(QUERY), hits)
    check_documents(asyncio.run(retriever.ainvoke(QUERY)), hits)
    assert len(LangChainRetriever(searcher=searcher).invoke(QUERY)) == 10


def test_the_text_is_verbatim(searcher: Searcher, hits: tuple[Hit, ...]):
    documents = LangChainRetriever(searcher=searcher, k=20, with_footnotes=False).invoke(QUERY)
    assert [document.page_content for document in documents] == [hit.text for hit in hits]
    assert [len(document.metadata["footnotes"]) for document in documents] == [len(hit.footnotes) for hit in hits]
    for document in documents:
        verdict = searcher.verify(document.page_content, document=document.id)
        assert verdict.status == "verbatim", document.page_content
        canonical = searcher.document(document.metadata["document_id"]).canonical
        assert canonical[document.metadata["start"] : document.metadata["end"]] == document.page_content


def test_batches(searcher: Searcher):
    retriever = LangChainRetriever(searcher=searcher, k=3)
    queries = [QUERY, "thu ngân sách", "ket qua giam ngheo"]
    wanted = [searcher.search(query, limit=3).hits for query in queries]
    for answers in (retriever.batch(queries), asyncio.run(retriever.abatch(queries))):
        for documents, hits in zip(answers, wanted, strict=True):
            check_documents(documents, hits)


def test_a_chain(searcher: Searcher, hits: tuple[Hit, ...]):
    def cited(documents: list[Document]) -> str:
        return "\n".join(document.metadata["citation"] for document in documents)

    retriever = LangChainRetriever(searcher=searcher, k=20)
    chain = retriever | cited
    wanted = "\n".join(hit.citation for hit in hits)
    assert chain.invoke(QUERY) == wanted
    assert asyncio.run(chain.ainvoke(QUERY)) == wanted
    both = {"context": retriever | RunnableLambda(cited), "question": RunnablePassthrough()}
    prompt = both | PromptTemplate.from_template("{question}\n{context}")
    assert prompt.invoke(QUERY).to_string() == f"{QUERY}\n{wanted}"


def test_a_document_in_a_prompt_and_in_storage(searcher: Searcher, hits: tuple[Hit, ...]):
    (document,) = LangChainRetriever(searcher=searcher, k=1, with_footnotes=False).invoke(QUERY)
    prompt = PromptTemplate.from_template("{page_content} ({citation}; {section_path})")
    path = " › ".join(hits[0].section_path)
    assert format_document(document, prompt) == f"{hits[0].text} ({hits[0].citation}; {path})"
    assert Document.model_validate_json(document.model_dump_json()) == document


def test_langchain_asks_as_it_was_made():
    asked = recorder()
    LangChainRetriever(searcher=asked, k=7, mode="lexical", filters=NOTES).invoke("x")
    LangChainRetriever.model_validate({"searcher": asked, "filters": {"years": [2024]}}).invoke("y")
    assert asked.asked == [("x", 7, "lexical", NOTES), ("y", 10, "hybrid", Filters(years=(2024,)))]


def test_langchain_searches_beside_the_event_loop():
    asked = recorder()
    asyncio.run(LangChainRetriever(searcher=asked).ainvoke("x"))
    assert asked.thread not in (None, threading.get_ident())


def test_a_searcher_is_something_that_searches(searcher: Searcher):
    with pytest.raises(ValidationError, match="searcher"):
        LangChainRetriever(searcher="my-index")
    # Nothing of an index is written into a trace or a saved chain.
    retriever = LangChainRetriever(searcher=searcher)
    assert "Searcher" not in repr(retriever)
    assert "my-index" not in dumps(retriever)


# ---- LlamaIndex ------------------------------------------------------------------------------------------------------


def test_nodes_are_the_hits_in_their_order(searcher: Searcher, hits: tuple[Hit, ...]):
    retriever = LlamaIndexRetriever(searcher, k=20)
    check_nodes(retriever.retrieve(QUERY), hits)
    check_nodes(retriever.retrieve(QueryBundle(QUERY)), hits)
    check_nodes(asyncio.run(retriever.aretrieve(QUERY)), hits)
    assert len(LlamaIndexRetriever(searcher).retrieve(QUERY)) == 10


def test_a_node_knows_its_document_and_place(searcher: Searcher, hits: tuple[Hit, ...]):
    for node, hit in zip(LlamaIndexRetriever(searcher, k=20, with_footnotes=False).retrieve(QUERY), hits, strict=True):
        assert isinstance(node.node, TextNode)
        assert node.node.text == hit.text
        assert node.node.ref_doc_id == hit.document.id
        source = node.node.source_node
        assert source is not None
        assert source.node_type == ObjectType.DOCUMENT.value
        assert source.metadata == {"title": hit.document.title, "source": hit.source}
        canonical = searcher.document(hit.document.id).canonical
        assert canonical[node.node.start_char_idx : node.node.end_char_idx] == node.node.text
        assert searcher.verify(node.node.text, document=node.node.node_id).status == "verbatim"


def test_what_a_model_reads_of_a_node(searcher: Searcher, hits: tuple[Hit, ...]):
    hit = next(hit for hit in hits if hit.footnotes)
    node = next(n for n in LlamaIndexRetriever(searcher, k=20).retrieve(QUERY) if n.node.node_id == hit.passage_id)
    path, text = " › ".join(hit.section_path), node.text
    assert node.get_content(MetadataMode.LLM) == f"section_path: {path}\ncitation: {hit.citation}\n\n{text}"
    above = [f"title: {hit.document.title}", f"place: {hit.document.place}", f"period: {hit.document.period}"]
    assert node.get_content(MetadataMode.EMBED) == "\n".join([*above, f"section_path: {path}\n\n{text}"])


def test_a_node_in_storage(searcher: Searcher):
    node = LlamaIndexRetriever(searcher, k=1).retrieve(QUERY)[0].node
    assert TextNode.from_json(node.to_json()) == node


def test_llamaindex_asks_as_it_was_made():
    asked = recorder()
    LlamaIndexRetriever(asked, k=7, mode="lexical", filters=NOTES).retrieve("x")
    asyncio.run(LlamaIndexRetriever(asked).aretrieve("y"))
    assert asked.asked == [("x", 7, "lexical", NOTES), ("y", 10, "hybrid", Filters())]
    assert asked.thread != threading.get_ident()


# ---- both ------------------------------------------------------------------------------------------------------------


def ask(name: str, searcher: Any, query: str = QUERY, **options: Any) -> list[Any]:
    """Documents of LangChain, or nodes of LlamaIndex."""
    if name == "LangChainRetriever":
        return LangChainRetriever(searcher=searcher, **options).invoke(query)
    return LlamaIndexRetriever(searcher, **options).retrieve(query)


def check_either(found: list[Any], hits: Sequence[Hit]) -> None:
    if found and isinstance(found[0], NodeWithScore):
        check_nodes(found, hits)
    else:
        check_documents(found, hits)


@pytest.fixture
def client(sample_index: Path) -> Iterator[Client]:
    """A client of a real application, without a port between them."""
    with TestClient(create_app(Settings(index=sample_index)), base_url=LOCAL) as app:

        def answer(request: httpx2.Request) -> httpx2.Response:
            said = app.get(request.url.raw_path.decode())
            kind = {"content-type": said.headers["content-type"]}
            return httpx2.Response(said.status_code, headers=kind, content=said.content)

        with Client(LOCAL, transport=httpx2.MockTransport(answer)) as client:
            yield client


@pytest.mark.parametrize("name", PACKAGES)
def test_filters_are_respected(name: str, searcher: Searcher):
    hits = searcher.search(QUERY, limit=5, filters=NOTES).hits
    assert {(hit.kind, hit.document.place) for hit in hits} == {("footnote", "huyện Ea Vin")}
    found = ask(name, searcher, k=5, filters=NOTES)
    check_either(found, hits)
    assert all(one.metadata["anchor"]["text"] for one in found)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_view_and_a_client_do_as_well(name: str, searcher: Searcher, client: Client):
    hits = searcher.search(QUERY, limit=5, mode="lexical", filters=NOTES).hits
    for source in (View({"": searcher}), client):
        check_either(ask(name, source, k=5, mode="lexical", filters=NOTES), hits)


@pytest.mark.parametrize("name", PACKAGES)
def test_nothing_found_is_nothing(name: str):
    assert ask(name, recorder()) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_errors_come_through_whole(name: str, searcher: Searcher):
    with pytest.raises(UsageError, match="psychic"):
        ask(name, searcher, mode="psychic")
    with pytest.raises(UsageError, match="gone"):
        ask(name, Recorder(UsageError("gone")))


@pytest.mark.parametrize("name", PACKAGES)
def test_what_was_not_done_as_asked_is_logged(name: str, caplog: pytest.LogCaptureFixture):
    ask(name, recorder(degraded="chỉ theo từ / words only", notes=("không rõ nơi / no such place",)))
    said = [record.getMessage() for record in caplog.records if record.name == "search_api.retrievers.passages"]
    assert said == ["chỉ theo từ / words only", "không rõ nơi / no such place"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_package_is_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch):
    extra = name.removesuffix("Retriever").lower()
    home, package = f"search_api.retrievers.{extra}", PACKAGES[name]
    for module in [m for m in sys.modules if m == home or m.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError) as error:
        getattr(retrievers, name)
    assert f"pip install 'vankien[{extra}]'" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "inner"),
    [("LangChainRetriever", "langchain_core.retrievers"), ("LlamaIndexRetriever", "llama_index.core.schema")],
)
def test_a_damaged_package_shows_as_it_is(name: str, inner: str, monkeypatch: pytest.MonkeyPatch):
    home = f"search_api.retrievers.{name.removesuffix('Retriever').lower()}"
    monkeypatch.delitem(sys.modules, home)
    monkeypatch.setitem(sys.modules, inner, None)
    with pytest.raises(ModuleNotFoundError, match=inner):
        getattr(retrievers, name)


def test_only_the_two_names():
    assert not hasattr(retrievers, "HaystackRetriever")
    assert sorted(retrievers.__all__) == sorted(PACKAGES)
    assert importlib.import_module("search_api.retrievers.langchain").VanKienRetriever is LangChainRetriever
    assert importlib.import_module("search_api.retrievers.llamaindex").VanKienRetriever is LlamaIndexRetriever


PROGRAM = """
import sys, time
import search_api.retrievers
assert not {"langchain_core", "llama_index", "index.search"} & set(sys.modules), "importing did work"
from index import open_index
searcher = open_index(sys.argv[1])
searcher.search("hộ nghèo")  # what the search itself loads is not what is timed here
started = time.perf_counter()
from search_api.retrievers import LangChainRetriever, LlamaIndexRetriever
documents = LangChainRetriever(searcher=searcher, k=3).invoke("hộ nghèo")
nodes = LlamaIndexRetriever(searcher, k=3).retrieve("hộ nghèo")
assert [d.id for d in documents] == [n.node.node_id for n in nodes] and len(nodes) == 3
print(time.perf_counter() - started)
"""


def test_no_network_and_no_waiting(sample_index: Path, tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(GUARD, "utf-8")
    (tmp_path / "home").mkdir()
    log = tmp_path / "network.log"
    # Tracing is off unless the user's own environment turns it on; his caches of the frameworks' data are not here.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))}
    env = own | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(REPO)]), "NETWORK_LOG": str(log)}
    env |= {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "hub")}
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(sample_index)]
    done = subprocess.run(command, env=env, cwd=REPO, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not log.exists(), log.read_text("utf-8")
    assert not list((tmp_path / "home").iterdir())
    assert float(done.stdout) < 10  # about one second where nothing else runs
