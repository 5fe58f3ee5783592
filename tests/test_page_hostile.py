"""The page in rare states, with hits made by hand: everything is escaped, ids are quoted, what is missing is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, page, words

from index.hits import DocumentRef, Hit, HitAnchor, HitFootnote, SearchResult
from index.library import Library
from index.opening import IndexInfo
from ingest.document import Document, Footnote, Furniture, Metadata, ParseWarning, Passage, Section, Table
from search_api.app import create_app
from search_api.settings import Settings
from search_api.views import standalone_page

GROUPED = "duplicates,footnotes"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


# ---- escaping and rare states, with hits made by hand ----------------------------------------------------------------

EVIL = '<script>alert("x")</script> & "trích" \'dẫn\''


class Fixed:
    """A searcher that gives back what it was made with."""

    index_dir = Path("none")
    info = IndexInfo(1, None, "chỉ tìm theo từ / lexical only", "2026-01-01T00:00:00+00:00", 1, 1, 1, 1, 1)

    def __init__(self, hit: Hit, document: Document) -> None:
        self.hit, self.made = hit, document

    def search_many(self, queries, **_):
        facets = {"place": [(EVIL, 1), ("b", 1)]}
        why = f"không có mô hình {EVIL}"
        return [SearchResult(query, "lexical", why, 1, 0.1, (self.hit,), facets) for query in queries]

    def close(self):
        pass

    def documents(self):
        return []

    def document(self, _):
        return self.made


@pytest.fixture(scope="module")
def hostile():
    hit = Hit(
        1, 0.5, EVIL, DocumentRef("d/../?#", EVIL, EVIL, EVIL, EVIL, "2024"), "d/../?#:p00001", "footnote", EVIL,
        (EVIL, EVIL), 3, 0, len(EVIL), ((3, 9),), (HitFootnote(EVIL, EVIL * 20, None, 5),),
        HitAnchor("d:p00002", EVIL, 4), EVIL, {EVIL: 1.0},
    )  # fmt: skip
    passages = (Passage("d:p00001", "paragraph", EVIL, "s0001", (EVIL,), 1, 1, 0, len(EVIL)),)
    document = Document(
        "d", EVIL, "0", "text/plain", Metadata(title=EVIL, issuer=EVIL, place=EVIL, signer=EVIL),
        (Section("s0001", 1, "I", EVIL, None, 0, 1),), passages, (Footnote("f0001", EVIL, EVIL, None, None, EVIL),),
        (Table("t0001", EVIL, None, (EVIL,), ((EVIL,),)),), (ParseWarning(EVIL, EVIL, 2),),
        (Furniture("signature", EVIL, 0, 1),), EVIL,
    )  # fmt: skip
    library = Library.of(Fixed(hit, document))  # type: ignore[arg-type]
    with TestClient(create_app(Settings(), library=library), base_url=LOCAL) as client:
        yield client, document


def test_everything_is_escaped(hostile):
    client, document = hostile
    assert "<script>alert" not in client.get(f"/{EVIL}").text
    texts = [client.get(path).text for path in (f"/tim?q={EVIL}", "/van-kien/d", "/tim?q=a&kind=<script>")]
    for text in [*texts[:2], standalone_page(document)]:
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_ids_are_quoted_in_links(hostile):
    client, _ = hostile
    assert page(client, "/tim?q=a").xpath("//div[@class='links']/a/@href") == ["/van-kien/d%2F..%2F%3F%23#p00001"]


def test_degraded_search_says_so_on_both_pages(hostile):
    client, _ = hostile
    assert "không có mô hình" in words(page(client, "/tim?q=a"))
    assert "chỉ tìm theo từ" in words(page(client, "/"))


def test_an_empty_index_says_how_to_fill_it(hostile):
    client, _ = hostile
    assert "vankien ingest" in words(page(client, "/"))
    assert "vankien ingest" in words(page(client, "/van-kien"))
