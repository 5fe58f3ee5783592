"""The HTTP API on a real index over samples/."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from http_helpers import LOCAL
from hypothesis import given, settings
from hypothesis import strategies as st

from index.facets import FACETS
from index.grouping import GROUPS
from index.hits import MODES
from index.roles import ROLES
from ingest.document import PASSAGE_KINDS
from search_api import views
from search_api.app import create_app
from search_api.kinds import KINDS
from search_api.problems import MEDIA_TYPE
from search_api.schemas import Facet, Group, Kind, Mode, Section
from search_api.settings import Settings

HIT_FIELDS = {
    "rank", "score", "source", "document", "passage_id", "kind", "text", "section_path", "page", "start", "end",
    "highlights", "footnotes", "anchor", "citation", "explain", "section", "best_clause", "duplicates", "folded",
    "before", "after",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(sample_index: Path):
    with TestClient(create_app(Settings(index=sample_index, max_limit=20, max_batch=3)), base_url=LOCAL) as client:
        yield client


def get(client: TestClient, path: str, **params) -> dict:
    answer = client.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == f"/api/v1/problems/{code}"
    assert body["title"]
    assert body["detail"]
    assert body["do"]
    return body


def test_search_gives_hits_in_the_contracts_form(client):
    found = get(client, "search", q="kết quả giảm nghèo", limit=7)
    assert found["mode"] == "hybrid"
    assert found["degraded"] is None
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, 8))
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    for hit in found["hits"]:
        assert set(hit) >= HIT_FIELDS
        assert set(hit["document"]) == {"id", "title", "issuer", "place", "period", "date"}
        assert all(0 <= a < b <= len(hit["text"]) for a, b in hit["highlights"])
        assert hit["citation"]
    assert re.search("nghèo", found["hits"][0]["text"], re.IGNORECASE)


def test_query_without_diacritics_finds_the_same_topic(client):
    hits = get(client, "search", q="ket qua giam ngheo", limit=5)["hits"]
    assert any("nghèo" in hit["text"].lower() for hit in hits[:3])


def test_paging_goes_on_where_the_page_before_ended(client):
    whole = get(client, "search", q="nông thôn mới", limit=12)["hits"]
    parts = [get(client, "search", q="nông thôn mới", limit=4, offset=offset)["hits"] for offset in (0, 4, 8)]
    assert [hit["passage_id"] for part in parts for hit in part] == [hit["passage_id"] for hit in whole]
    assert [hit["rank"] for hit in parts[1]] == [5, 6, 7, 8]


def test_filters_hold_for_every_hit_and_facets_count_candidates(client):
    row = get(client, "documents")["documents"][0]
    found = get(
        client, "search", q="kết quả", document=row["id"], kind=["footnote", "table_row"], facets="kind,document"
    )
    assert found["hits"]
    assert {hit["document"]["id"] for hit in found["hits"]} == {row["id"]}
    assert {hit["kind"] for hit in found["hits"]} <= {"footnote", "table_row"}
    assert set(found["facets"]) == {"kind", "document"}
    assert [value["value"] for value in found["facets"]["document"]] == [row["id"]]
    assert sum(value["count"] for value in found["facets"]["kind"]) == found["facets"]["document"][0]["count"]


def test_place_and_year_filters(client):
    row = next(row for row in get(client, "documents")["documents"] if row["place"] and row["date"])
    found = get(client, "search", q="kết quả", place=row["place"].upper(), year=int(row["date"][:4]))
    assert {hit["document"]["place"] for hit in found["hits"]} == {row["place"]}


def test_sections_provinces_and_types_are_filters_and_facets(client):
    fields = ("section", "province", "doc_type")
    found = get(client, "search", q="hộ nghèo", facets=",".join(fields))
    for field in fields:
        value = found["facets"][field][0]
        only = get(client, "search", q="hộ nghèo", **{field: value["value"]})
        # A kind of document has its special forms with it: "Báo cáo" those of "Báo cáo chính trị".
        special = [v for v in found["facets"][field] if v["value"].startswith(f"{value['value']} ")]
        counted = value["count"] + sum(v["count"] for v in special if field == "doc_type")
        # Found is what comes near the best match; where a filter takes the best away, a little more comes near.
        assert counted <= only["total"] <= 1.2 * counted + 1
        assert only["total"] <= found["total"]
    assert {hit["section"] for hit in get(client, "search", q="hộ nghèo", section=["cause"])["hits"]} == {"cause"}


def test_shape_and_context_of_a_search(client):
    plain = get(client, "search", q="hộ nghèo", limit=20)["hits"]
    folded = get(client, "search", q="hộ nghèo", limit=20, group="duplicates,footnotes")["hits"]
    assert [hit["passage_id"] for hit in folded] != [hit["passage_id"] for hit in plain]
    for hit in folded:
        shown = {note["passage_id"] for note in hit["footnotes"]} | {(hit["anchor"] or {}).get("passage_id")}
        assert set(hit["folded"]) <= shown
    assert any(hit["folded"] for hit in folded)
    for diverse, most in (("true", 2), ("1", 1)):
        hits = get(client, "search", q="hộ nghèo", limit=4, diverse=diverse)["hits"]
        documents = [hit["document"]["id"] for hit in hits]
        assert max(map(documents.count, documents)) <= most
    near = get(client, "search", q="hộ nghèo", limit=3, context=1)["hits"]
    for hit in near:
        view = get(client, f"passages/{hit['passage_id']}", context=1)
        assert [n["text"] for n in hit["before"]] == [n["text"] for n in view["before"]]
        assert [n["passage_id"] for n in hit["after"]] == [n["passage_id"] for n in view["after"]]
    body = {"queries": ["hộ nghèo"], "limit": 20, "group": ["duplicates", "footnotes"]}
    batch = client.post("/api/v1/search", json=body).json()["results"][0]
    assert [hit["passage_id"] for hit in batch["hits"]] == [hit["passage_id"] for hit in folded]


@pytest.mark.parametrize(
    "options", [{"group": "all"}, {"diverse": "-1"}, {"diverse": "many"}, {"context": 21}, {"section": "none"}]
)
def test_wrong_shapes_are_invalid(client, options):
    problem(client.get("/api/v1/search", params={"q": "a", **options}), 422, "invalid-parameters")


def test_a_number_that_nothing_can_count_is_invalid(client):
    problem(client.get("/api/v1/compare", params={"q": "a", "limit": 2**63}), 422, "invalid-parameters")


def test_more_says_whether_hits_follow(client):
    whole = get(client, "search", q="hộ nghèo", limit=20)
    assert whole["more"] is True
    assert get(client, "search", q="hộ nghèo 1.276", limit=20, kind="table_row", document="none")["more"] is False


def test_best_clause_is_a_part_of_the_text(client):
    hits = get(client, "search", q="hỗ trợ xóa nhà tạm", limit=20)["hits"]
    parts = [(hit["text"], hit["best_clause"]) for hit in hits if hit["best_clause"]]
    assert parts
    for text, (start, end) in parts:
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() != text.strip()


def test_explain_says_what_matched_where(client):
    for hit in get(client, "search", q="tỷ lệ hộ nghèo", limit=5)["hits"]:
        marked = {hit["text"][a:b].lower() for a, b in hit["highlights"]}
        assert {" ".join(words.split()) for words in marked} == {
            words.lower() for words in hit["explain"]["matched"].get("text", [])
        }
        for forms in hit["explain"]["concepts"].values():
            assert all(form in " ".join(hit["text"].split()) for form in forms)


def test_compare_gives_the_best_of_each_document(client, sample_files):
    found = get(client, "compare", q="tỷ lệ hộ nghèo")
    documents = [hit["document"]["id"] for hit in found["hits"]] + [document["id"] for document in found["without"]]
    assert len(documents) == len(set(documents)) == len(sample_files)
    for hit in found["hits"][:3]:
        best = get(client, "search", q="tỷ lệ hộ nghèo", limit=1, document=hit["document"]["id"])["hits"][0]
        assert best["passage_id"] == hit["passage_id"]
    assert len(get(client, "compare", q="tỷ lệ hộ nghèo", limit=2)["hits"]) == 2
    problem(client.get("/api/v1/compare", params={"q": " "}), 422, "invalid-parameters")


def test_footnote_hit_comes_with_the_sentence_that_carries_it(client):
    hits = get(client, "search", q="hộ nghèo", kind="footnote", limit=20)["hits"]
    anchored = [hit for hit in hits if hit["anchor"]]
    assert anchored
    assert all(0 <= hit["anchor"]["offset"] <= len(hit["anchor"]["text"]) for hit in anchored)
    for hit in anchored:
        carrier = get(client, f"passages/{hit['anchor']['passage_id']}", context=0)["passage"]
        assert (hit["anchor"]["marker"], hit["anchor"]["offset"]) in {
            (n["marker"], n["offset"]) for n in carrier["footnotes"]
        }


def test_batch_answers_in_order_and_like_single_searches(client):
    queries = ["giảm nghèo", "kết nạp đảng viên"]
    answer = client.post("/api/v1/search", json={"queries": queries, "limit": 3})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["query"] for result in results] == queries
    for query, result in zip(queries, results, strict=True):
        alone = get(client, "search", q=query, limit=3)["hits"]
        assert [hit["passage_id"] for hit in result["hits"]] == [hit["passage_id"] for hit in alone]


def test_documents_and_their_offsets(client, sample_files):
    listed = get(client, "documents")
    assert listed["total"] == len(listed["documents"]) == len(sample_files)
    for row in listed["documents"]:
        document = get(client, f"documents/{row['id']}")
        assert document["id"] == row["id"]
        assert len(document["passages"]) == row["passages"]
        assert "canonical" not in document
        tree = get(client, f"documents/{row['id']}/outline")
        assert count(tree["sections"]) == len(document["sections"])


def count(sections: list[dict]) -> int:
    return sum(1 + count(section["children"]) for section in sections)


def test_passage_with_its_neighbours(client):
    hit = get(client, "search", q="giảm nghèo", limit=1)["hits"][0]
    document = get(client, f"documents/{hit['document']['id']}")
    ids = [passage["id"] for passage in document["passages"]]
    at = ids.index(hit["passage_id"])
    view = get(client, f"passages/{hit['passage_id']}", context=2)
    assert view["passage"]["text"] == hit["text"]
    assert [near["passage_id"] for near in view["before"]] == ids[max(0, at - 2) : at]
    assert [near["passage_id"] for near in view["after"]] == ids[at + 1 : at + 3]
    alone = get(client, f"passages/{hit['passage_id']}", context=0)
    assert alone["before"] == alone["after"] == []


def test_health_and_readiness(client):
    assert get(client, "healthz") == {"status": "ok"}
    ready = get(client, "readyz")
    assert ready["status"] == "ready"
    assert ready["generation"] >= 1
    assert ready["model"]
    assert ready["documents"] == get(client, "documents")["total"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": ""},
        {"q": "   "},
        {"q": "x" * 1001},
        {"q": "a", "limit": 0},
        {"q": "a", "limit": 21},
        {"q": "a", "limit": "many"},
        {"q": "a", "offset": -1},
        {"q": "a", "offset": 1001},
        {"q": "a", "kind": "chapter"},
        {"q": "a", "year": "never"},
        {"q": "a", "mode": "magic"},
        {"q": "a", "facets": "colour"},
    ],
)
def test_wrong_parameters_are_named(client, params):
    body = problem(client.get("/api/v1/search", params=params), 422, "invalid-parameters")
    name = {"limit", "offset", "kind", "year", "mode", "facets"} & set(params) or {"q"}
    assert any(row["parameter"].split(".")[1] in name for row in body["errors"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"queries": []}',
        '{"queries": ["a", "b", "c", "d"]}',
        '{"queries": [" "]}',
        '{"queries": ["a"], "size": 3}',
        f'{{"queries": ["a"], "diverse": {2**63}}}',
        f'{{"queries": ["a"], "offset": {2**63}}}',
        f'{{"queries": ["a"], "context": {2**63}}}',
    ],
)
def test_wrong_batches_are_problems(client, body):
    answer = client.post("/api/v1/search", content=body, headers={"content-type": "application/json"})
    problem(answer, 422, "invalid-parameters")


@pytest.mark.parametrize(
    "path", ["nothing", "documents/none", "documents/none/outline", "passages/none:p00001", "problems/none"]
)
def test_unknown_things_are_404(client, path):
    problem(client.get(f"/api/v1/{path}"), 404, "not-found")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_query_is_a_crash(client, text):
    body = json.dumps({"queries": [text], "facets": ["kind"]})
    answer = client.post("/api/v1/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 422), answer.text
    for hit in answer.json()["results"][0]["hits"] if answer.status_code == 200 else []:
        assert all(0 <= a < b <= len(hit["text"]) for a, b in hit["highlights"])


def test_wrong_method_is_405_and_says_which_are_right(client):
    answer = client.delete("/api/v1/search")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


def test_context_beyond_the_setting_is_refused(client):
    hit = get(client, "search", q="giảm nghèo", limit=1)["hits"][0]
    problem(client.get(f"/api/v1/passages/{hit['passage_id']}", params={"context": 21}), 422, "invalid-parameters")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_each_kind_of_problem_can_be_looked_up(client, kind):
    assert get(client, f"problems/{kind.code}") == {
        "code": kind.code, "status": kind.status, "title": kind.title, "do": kind.do,
    }  # fmt: skip


def test_without_an_index_everything_but_health_says_why(tmp_path: Path):
    with TestClient(create_app(Settings(index=tmp_path / "none")), base_url=LOCAL) as client:
        assert client.get("/api/v1/healthz").status_code == 200
        for path in ("readyz", "search?q=a", "documents", "passages/a:b"):
            body = problem(client.get(f"/api/v1/{path}"), 503, "index-unavailable")
            assert "none" in body["detail"]


def test_a_damaged_index_is_503_not_a_crash(sample_index: Path, tmp_path: Path):
    copy = tmp_path / "index"
    shutil.copytree(sample_index, copy)
    catalogue = next(copy.rglob("catalogue.sqlite"))
    catalogue.write_bytes(catalogue.read_bytes()[:1000])
    with TestClient(create_app(Settings(index=copy)), base_url=LOCAL) as client:
        problem(client.get("/api/v1/readyz"), 503, "index-unavailable")


def test_a_crash_inside_is_a_problem_without_its_insides(sample_index: Path):
    app = create_app(Settings(index=sample_index))
    with TestClient(app, base_url=LOCAL, raise_server_exceptions=False) as client:
        app.state.library = object()
        body = problem(client.get("/api/v1/documents"), 500, "internal")
        assert "object has no attribute" not in str(body)


def test_threads_searching_at_once_get_what_one_gets(client):
    queries = ["giảm nghèo", "thu ngân sách", "kết nạp đảng viên", "rừng", "trường học"] * 4
    alone = {query: [hit["passage_id"] for hit in get(client, "search", q=query)["hits"]] for query in set(queries)}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: get(client, "search", q=query)["hits"], queries))
    assert [[hit["passage_id"] for hit in hits] for hits in found] == [alone[query] for query in queries]


def test_description_has_examples_summaries_and_stable_ids(client):
    described = client.get("/openapi.json").json()
    operations = {op["operationId"]: op for methods in described["paths"].values() for op in methods.values()}
    assert set(operations) == {
        "search", "search_batch", "compare", "documents", "document", "outline", "passage", "healthz", "readyz",
        "problem_kind", "similar", "verify", "context", "metrics", "document_file", "put_file", "delete_file",
    }  # fmt: skip
    assert all(op["summary"] and op["description"] for op in operations.values())
    assert described["components"]["schemas"]["HitOut"]["examples"]
    assert described["components"]["schemas"]["SearchIn"]["examples"]
    for operation in operations.values():
        for status, answer in operation["responses"].items():
            if status != "200":
                assert list(answer["content"]) == [MEDIA_TYPE], operation["operationId"]


def test_the_forms_name_what_the_search_knows():
    """Literals are written out for the description; each must be what the code below takes."""
    forms = {Kind: PASSAGE_KINDS, Mode: MODES, Facet: FACETS, Section: ROLES, Group: (*GROUPS, "none")}
    for form, known in forms.items():
        assert get_args(form) == tuple(known)
    assert (tuple(views.KINDS), tuple(views.SECTIONS)) == (tuple(PASSAGE_KINDS), ROLES)
    assert {name for name, _, _ in views.FACETS} == set(FACETS)


def test_the_example_hit_is_a_valid_hit(client):
    from search_api.schemas import HIT_EXAMPLE, HitOut

    hit = HitOut.model_validate(HIT_EXAMPLE)
    assert all(hit.text[a:b] for a, b in hit.highlights)
    assert set(HIT_EXAMPLE) == HIT_FIELDS
