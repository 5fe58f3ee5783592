"""The best passage of each document: exact, best first, documents without a match named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from index_helpers import HashEncoder, use_encoder

from index.build import build_documents
from index.grouping import Shape
from index.hits import Filters
from index.search import DEPTH, Searcher, open_index
from ingest.document import Document, Metadata, Passage
from ingest.errors import UsageError

CROWD = DEPTH + 60
"""Passages of one document that all come nearer than the only one of another."""


def report(name: str, texts: list[str]) -> Document:
    passages, start = [], 0
    for i, text in enumerate(texts):
        passages.append(
            Passage(f"{name}:p{i:05d}", "paragraph", text, None, (), None, None, start, start + len(text), ())
        )
        start += len(text) + 1
    meta = Metadata(doc_type="Báo cáo", place=f"huyện {name}", title=f"Báo cáo {name}", date="2024")
    return Document(
        name, f"{name}.txt", name, "text/plain", meta, (), tuple(passages), (), (), (), (), "\n".join(texts)
    )


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder: Path = tmp_path_factory.mktemp("compare")
    crowd = [f"Trồng rừng sản xuất, trồng rừng phòng hộ đạt {i} ha." for i in range(CROWD)]
    documents = [
        report("a", crowd),
        report(
            "b", ["Hội nghị thông qua chương trình làm việc.", "Công tác trồng cây, trồng rừng còn chậm ở một số xã."]
        ),
        report("c", [f"Thu ngân sách quý {i} tăng khá." for i in range(3 * CROWD)]),
    ]
    with pytest.MonkeyPatch.context() as patch:
        build_documents(documents, folder, use_encoder(patch, HashEncoder()))
        opened = open_index(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
def test_a_document_far_below_the_candidates_is_found(searcher: Searcher, mode: str):
    page = searcher.search("trồng rừng", mode=mode, limit=20)
    assert {hit.document.id for hit in page.hits} == {"a"}
    result = searcher.compare("trồng rừng", mode=mode)
    assert [hit.document.id for hit in result.hits][:2] == ["a", "b"]
    assert result.hits[1].passage_id == "b:p00001"
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    assert result.hits[0].highlights


def test_each_row_is_the_best_of_its_document(searcher: Searcher):
    result = searcher.compare("trồng rừng sản xuất")
    ranking = searcher.search("trồng rừng sản xuất", limit=CROWD + 10, shape=Shape(duplicates=False)).hits
    best: dict[str, str] = {}
    for hit in ranking:
        best.setdefault(hit.document.id, hit.passage_id)
    assert {hit.document.id: hit.passage_id for hit in result.hits} == best
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)


def test_documents_without_a_match_are_named(searcher: Searcher):
    result = searcher.compare("trồng rừng", mode="lexical")
    assert [d.id for d in result.without] == ["c"]
    assert searcher.compare("xyzzy qwfpg", mode="lexical").hits == ()
    assert [d.id for d in searcher.compare("xyzzy qwfpg", mode="lexical").without] == ["a", "b", "c"]


def test_filters_and_limit(searcher: Searcher):
    only = searcher.compare("trồng rừng", mode="lexical", filters=Filters(documents=("b", "c")))
    assert ([h.document.id for h in only.hits], [d.id for d in only.without]) == (["b"], ["c"])
    short = searcher.compare("trồng rừng", mode="lexical", limit=1)
    assert ([h.document.id for h in short.hits], [d.id for d in short.without]) == (["a"], ["c"])


@pytest.mark.parametrize("options", [{"mode": "magic"}, {"limit": -1}, {"filters": Filters(sections=("none",))}])
def test_wrong_use(searcher: Searcher, options: dict):
    with pytest.raises(UsageError):
        searcher.compare("rừng", **options)
