"""The web page without JavaScript: what the server sends is all a reader needs."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL, page, words
from lxml import html

from index.hits import Filters
from search_api.app import create_app
from search_api.observe import SECURITY_HEADERS
from search_api.settings import Settings
from search_api.views import Question, facet_views, static

GROUPED = "duplicates,footnotes"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
def client(sample_index: Path):
    with TestClient(
        create_app(Settings(index=sample_index, limit=5, max_offset=12)), base_url=LOCAL, follow_redirects=False
    ) as client:
        yield client


# ---- first page ------------------------------------------------------------------------------------------------------


def test_first_page_has_a_labelled_box_examples_and_documents(client, sample_files):
    tree = page(client, "/")
    assert tree.xpath("//form[@action='/tim' and @method='get']//input[@name='q']/@id") == ["q"]
    assert tree.xpath("//label[@for='q']")
    examples = tree.xpath("//div[@class='examples']//a/@href")
    assert len(examples) >= 4
    for link in examples:
        assert page(client, link).xpath("//article[contains(@class, 'hit')]"), link
    listed = tree.xpath("//ul[@class='documents']//a/@href")
    assert len(listed) == min(6, len(sample_files))


@pytest.mark.parametrize("path", ["/", "/tim?q=ngh%C3%A8o", "/van-kien", "/khong-co"])
def test_frame_of_every_page(client, path):
    tree = page(client, path, 404 if path == "/khong-co" else 200)
    assert tree.get("lang") == "vi"
    assert tree.xpath("//a[@class='skip']/@href") == ["#noi-dung"]
    assert tree.xpath("//main[@id='noi-dung']")
    assert len(tree.xpath("//h1")) == 1
    assert len(tree.xpath("//title")) >= 1
    assert tree.xpath("//meta[@name='viewport']")


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(client):
    row = client.get("/api/v1/documents").json()["documents"][0]
    for path in ("/", "/tim?q=ngh%C3%A8o", "/van-kien", f"/van-kien/{row['id']}"):
        answer = client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
        tree = html.fromstring(answer.text)
        assert all(link.startswith(("/", "#")) for link in tree.xpath("//@href | //@src | //@action | //@hx-get"))
        assert not tree.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]")


def test_static_files_are_there_and_named_by_their_content(client):
    for name in ("vankien.css", "vankien.js", "icon.svg", "vendor/htmx/htmx.min.js", "vendor/htmx/LICENSE"):
        assert client.get(static(name)).status_code == 200
        assert re.search(r"\?v=[0-9a-f]{10}$", static(name))


# ---- results ---------------------------------------------------------------------------------------------------------


def test_hits_show_text_marks_place_citation_and_link(client):
    found = client.get("/api/v1/search", params={"q": "giảm nghèo", "limit": 5, "group": GROUPED}).json()["hits"]
    tree = page(client, "/tim?q=gi%E1%BA%A3m+ngh%C3%A8o")
    cards = tree.xpath("//article[contains(@class, 'hit')]")
    assert len(cards) == len(found)
    for card, hit in zip(cards, found, strict=True):
        text = card.xpath(".//p[@class='text']")[0]
        for marker in text.xpath(".//sup"):
            marker.drop_tree()
        assert text.text_content() == hit["text"]
        shown = "".join(text.xpath(".//mark//text()")).replace(" ", "")
        assert shown == "".join(hit["text"][a:b] for a, b in hit["highlights"]).replace(" ", "")
        assert card.xpath(".//cite")[0].text_content().replace("\u00a0", " ") == hit["citation"]
        assert card.xpath(".//button/@data-copy") == [hit["citation"]]
        link = card.xpath(".//div[@class='links']/a/@href")[0]
        document, _, spot = link.partition("#")
        assert page(client, document).xpath(f"//*[@id='{spot}']")
        assert [label.text_content() for label in card.xpath(".//ol[@class='path']/li")] == hit["section_path"]


def test_what_was_searched_for_instead_is_said(client):
    assert "Hiển thị kết quả cho “giảm nghèo”" in words(page(client, "/tim?q=giamr+ngheof"))
    assert "Hiển thị kết quả cho" not in words(page(client, "/tim?q=gi%E1%BA%A3m+ngh%C3%A8o"))


def test_footnotes_stand_under_their_hit(client):
    seen = 0
    for query in ("giảm nghèo", "đảng viên", "nông thôn mới"):
        found = client.get("/api/v1/search", params={"q": query, "limit": 5, "group": GROUPED}).json()["hits"]
        cards = page(client, f"/tim?q={query}").xpath("//article[contains(@class, 'hit')]")
        for card, hit in zip(cards, found, strict=True):
            notes = card.xpath(".//*[starts-with(@class, 'note') and @class != 'notes']")
            assert len(notes) == len(hit["footnotes"])
            for note, footnote in zip(notes, hit["footnotes"], strict=True):
                assert footnote["text"] in note.text_content()
            placed = [note["marker"] for note in hit["footnotes"] if note["offset"] is not None]
            assert [sup.text_content() for sup in card.xpath(".//p[@class='text']//sup")] == placed
            for target in card.xpath(".//p[@class='text']//sup/a/@href"):
                assert card.xpath(f".//*[@id='{target[1:]}']")
            seen += len(notes)
    assert seen


def test_a_footnote_hit_shows_the_sentence_it_belongs_to(client):
    tree = page(client, "/tim?q=h%E1%BB%99+ngh%C3%A8o&kind=footnote")
    said = tree.xpath("//div[starts-with(@class, 'said')]")
    assert said
    assert all(box.xpath(".//blockquote//sup") for box in said)


def test_each_hit_says_why_without_javascript(client):
    tree = page(client, "/tim?q=h%E1%BB%99+ngh%C3%A8o")
    panels = tree.xpath("//article//details[@class='why']")
    assert len(panels) == len(tree.xpath("//article"))
    text = words(panels[0])
    assert "Vì sao có kết quả này?" in text
    assert "Khớp ở đâu" in text
    assert "hộ nghèo" in text.lower()
    assert re.search(r"điểm chung score ?\d,\d\d", text)


def test_the_nearest_clause_is_marked_in_the_text(client):
    found = client.get("/api/v1/search", params={"q": "hộ nghèo", "limit": 5, "group": GROUPED}).json()["hits"]
    cards = page(client, "/tim?q=h%E1%BB%99+ngh%C3%A8o").xpath("//article")
    assert any(hit["best_clause"] for hit in found)
    for card, hit in zip(cards, found, strict=True):
        for marker in card.xpath(".//sup"):
            marker.drop_tree()
        shown = "".join(card.xpath(".//p[@class='text']//span[@class='nearest']//text()"))
        assert shown == (hit["text"][slice(*hit["best_clause"])] if hit["best_clause"] else "")


def test_ways_to_view_are_links_that_keep_the_question(client):
    tree = page(client, "/tim?q=h%E1%BB%99+ngh%C3%A8o&section=result")
    links = {words(link): link.get("href") for link in tree.xpath("//ul[@class='ways']//a")}
    assert len(links) == 4
    for label, link in links.items():
        query = parse_qs(urlsplit(link).query)
        assert (query["q"], query["section"]) == (["hộ nghèo"], ["result"]), label
    turned = page(client, next(link for label, link in links.items() if "Mỗi văn kiện" in label))
    places = turned.xpath("//article//p[@class='from']/a/@href")
    assert max(map(places.count, places)) <= 2
    near = page(client, next(link for label, link in links.items() if "liền kề" in label))
    assert near.xpath("//article/p[@class='beside']")
    apart = page(client, next(link for label, link in links.items() if "Gộp" in label))
    assert not apart.xpath("//article//*[contains(@class, 'found')]")
    together = page(client, "/tim?q=h%E1%BB%97+tr%E1%BB%A3+con+gi%E1%BB%91ng+cho+h%E1%BB%99+ngh%C3%A8o")
    assert together.xpath("//article//*[contains(@class, 'found')]")


def test_comparison_has_a_row_a_document(client, sample_files):
    tree = page(client, "/so-sanh?q=t%E1%BB%B7+l%E1%BB%87+h%E1%BB%99+ngh%C3%A8o")
    shown = tree.xpath("//article//p[@class='from']/a/@href") + tree.xpath("//section[@class='without']//a/@href")
    assert len(shown) == len(set(shown)) == len(sample_files)
    only = page(client, "/so-sanh?q=h%E1%BB%99+ngh%C3%A8o&year=1999")
    assert not only.xpath("//article")
    assert client.get("/so-sanh?q=").headers["location"] == "/"


def test_partial_for_htmx_is_the_part_of_the_whole(client):
    url = "/tim?q=ngh%C3%A8o"
    whole, part = client.get(url), client.get(url, headers=HTMX)
    assert "HX-Request" in whole.headers["vary"].split(", ")
    assert whole.headers["vary"] == part.headers["vary"]
    assert whole.headers["etag"] != part.headers["etag"]
    assert "<html" not in part.text
    assert re.sub(r"[\d,]+ ms", "", part.text).strip() in re.sub(r"[\d,]+ ms", "", whole.text)
    restored = client.get(url, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.text


def test_facets_are_links_that_filter_and_unfilter(client):
    tree = page(client, "/tim?q=k%E1%BA%BFt+qu%E1%BA%A3")
    links = tree.xpath("//aside[@class='filters']//a")
    note = next(link for link in links if link.text_content().strip().startswith("Chú thích"))
    filtered = page(client, note.get("href"))
    assert {card.get("class") for card in filtered.xpath("//article")} == {"hit footnote"}
    active = filtered.xpath("//aside[@class='filters']//a[@aria-current='true']")
    assert len(active) == 1
    assert parse_qs(urlsplit(active[0].get("href")).query) == {"q": ["kết quả"]}
    # The other kinds are still offered, with the counts that they would have.
    counts = {words(link) for link in filtered.xpath("//aside[@class='filters']/div/section[1]//a")}
    assert counts == {words(link) for link in tree.xpath("//aside[@class='filters']/div/section[1]//a")}
    assert filtered.xpath("//input[@type='hidden' and @name='kind' and @form='tim']/@value") == ["footnote"]
    assert filtered.xpath("//ul[@class='chips']//a")


def test_paging_reaches_every_hit_up_to_the_setting_and_no_further(client):
    seen, url = [], "/tim?q=k%E1%BA%BFt+qu%E1%BA%A3"
    while url:
        tree = page(client, url)
        seen += tree.xpath("//div[@class='links']/a/@href")
        url = next(iter(tree.xpath("//nav[@class='paging']/a[@rel='next']/@href")), None)
        assert len(seen) <= 15
    assert len(seen) == len(set(seen)) == 15
    assert tree.xpath("//nav[@class='paging']/a[@rel='prev']")


def test_empty_state_helps(client):
    tree = page(client, "/tim?q=xyzzy+qwfpg&kind=table_row&mode=lexical")
    assert not tree.xpath("//article")
    links = tree.xpath("//div[@class='empty']//a/@href")
    assert any(parse_qs(urlsplit(link).query).get("q") == ["xyzzy qwfpg"] and "kind" not in link for link in links)
    assert "/van-kien" in links


def test_without_a_query_back_to_the_first_page(client):
    for path in ("/tim", "/tim?q=", "/tim?q=%20"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/van-kien/none", 404),
        ("/nothing", 404),
        ("/tim?q=a&kind=chapter", 422),
        ("/tim?q=a&trang=0", 422),
        ("/tim?q=a&trang=99", 422),
        ("/tim?q=" + "x" * 1001, 422),
    ],
)
def test_errors_are_pages_in_plain_words(client, path, status):
    tree = page(client, path, status)
    assert tree.xpath("//section[@class='error']//a[@href='/']")
    part = client.get(path, headers=HTMX)
    assert part.status_code == status
    assert "<html" not in part.text


def test_a_page_without_an_index_says_what_to_do(tmp_path):
    with TestClient(create_app(Settings(index=tmp_path / "none")), base_url=LOCAL) as client:
        answer = client.get("/")
        assert answer.status_code == 503
        assert "vankien" in answer.text


# ---- documents -------------------------------------------------------------------------------------------------------


def test_a_document_is_all_there_in_reading_order(client):
    for row in client.get("/api/v1/documents").json()["documents"]:
        document = client.get(f"/api/v1/documents/{row['id']}").json()
        tree = page(client, f"/van-kien/{row['id']}")
        ids = tree.xpath("//article[@class='paper']//@id")
        assert len(ids) == len(set(ids)), row["source"]
        spots = [passage["id"].rpartition(":")[2] for passage in document["passages"]]
        assert set(spots) <= set(ids), row["source"]
        body = [p["id"].rpartition(":")[2] for p in document["passages"] if p["kind"] in ("paragraph", "list_item")]
        assert [spot for spot in ids if spot in set(body)] == body
        sections = [section["id"] for section in document["sections"]]
        assert set(sections) <= set(ids)
        assert tree.xpath("//aside[@class='outline']//a/@href") == [f"#{section}" for section in sections]
        assert len(tree.xpath("//table")) == row["tables"]
        assert len(tree.xpath("//details[@class='warnings']//li")) == row["warnings"]
        for mark in tree.xpath("//div[@class='flow']//sup/a/@href"):
            assert mark[1:] in ids
        for back in tree.xpath("//aside[@class='note']/a/@href"):
            assert back[1:] in ids


def test_tables_are_tables(client):
    rows = client.get("/api/v1/documents").json()["documents"]
    row = next(row for row in rows if row["tables"])
    document = client.get(f"/api/v1/documents/{row['id']}").json()
    tables = page(client, f"/van-kien/{row['id']}").xpath("//table")
    for table, source in zip(tables, document["tables"], strict=True):
        assert [cell.text_content() for cell in table.xpath("./thead/tr/th")] == source["columns"]
        cells = [[cell.text_content() for cell in line.xpath("./td")] for line in table.xpath("./tbody/tr")]
        assert cells == source["rows"]


def test_list_of_documents(client, sample_files):
    tree = page(client, "/van-kien")
    links = tree.xpath("//ul[@class='documents']//a/@href")
    assert len(links) == len(sample_files)
    assert all(client.get(link).status_code == 200 for link in links)


# ---- addresses -------------------------------------------------------------------------------------------------------


def test_a_question_survives_its_own_address():
    filters = Filters(("d",), ("footnote",), ("huyện A", "B"), (2024,), ("Báo cáo",), ("cause",), ("tỉnh C",))
    asked = Question("kết quả & 100%", filters, "lexical", 3, diverse=2, grouped=False, context=1)
    found = parse_qs(urlsplit(asked.url()).query)
    assert found == {
        "q": ["kết quả & 100%"], "document": ["d"], "kind": ["footnote"], "place": ["huyện A", "B"], "year": ["2024"],
        "section": ["cause"], "province": ["tỉnh C"], "doc_type": ["Báo cáo"], "mode": ["lexical"], "trang": ["3"],
        "diverse": ["2"], "group": ["none"], "context": ["1"],
    }  # fmt: skip
    compared = parse_qs(urlsplit(asked.compared()).query)
    assert compared == {k: v for k, v in found.items() if k not in ("trang", "diverse", "group", "context")}
    toggled = parse_qs(urlsplit(asked.toggled("place", "B")).query)
    assert toggled["place"] == ["huyện A"]
    assert "trang" not in toggled
    assert parse_qs(urlsplit(asked.toggled("year", "2023")).query)["year"] == ["2024", "2023"]


def test_a_set_value_stays_in_its_facet_even_if_it_counts_nothing():
    asked = Question("a", Filters(places=("nơi khác",)))
    views = facet_views(asked, {"place": [("huyện A", 3)], "kind": [("paragraph", 3)]}, {})
    assert [view.name for view in views] == ["place"]
    assert [(choice.label, choice.count, choice.active) for choice in views[0].choices] == [
        ("nơi khác", 0, True),
        ("huyện A", 3, False),
    ]
