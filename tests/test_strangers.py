"""Texts of no office beside documents of offices: found, but never in the way."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from index.build import build_documents
from index.candidates import Allowed
from index.encode import load_encoder
from index.fusion import DEFAULT_FUSION, scaled_dense, scaled_lexical
from index.hits import Filters
from index.query import terms
from index.records import names_an_office
from index.search import Searcher, open_index
from ingest.document import Document, Metadata, Passage
from ingest.pipeline import parse_file

STRANGERS = 150  # more than the candidates that each half brings
QUERY = "công tác giảm nghèo"


def stranger(number: int) -> Document:
    name, text = f"n{number:03d}", f"Công tác giảm nghèo: bản tin số {number} nói về công tác giảm nghèo ở nhiều nơi."
    passage = Passage(f"{name}:p00001", "paragraph", text, None, ("Công tác giảm nghèo",), None, None, 0, len(text))
    return Document(name, f"{name}.txt", name, "text/plain", Metadata(), (), (passage,), (), (), (), (), text)


@pytest.fixture(scope="module")
def reports(sample_files: list[Path]) -> list[Document]:
    return [parse_file(path) for path in sample_files[:2]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, reports: list[Document]):
    folder = tmp_path_factory.mktemp("alone")
    build_documents(reports, folder, load_encoder())
    with contextlib.closing(open_index(folder)) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def among(tmp_path_factory: pytest.TempPathFactory, reports: list[Document]):
    folder = tmp_path_factory.mktemp("among")
    build_documents([*reports, *map(stranger, range(STRANGERS))], folder, load_encoder())
    with contextlib.closing(open_index(folder)) as searcher:
        yield searcher


def found(searcher: Searcher, query: str, mode: str, limit: int = 10, **more) -> list[str]:
    return [hit.passage_id for hit in searcher.search(query, limit=limit, mode=mode, **more).hits]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_they_take_no_place_among_the_candidates(alone: Searcher, among: Searcher, mode: str):
    """All of them hold the very words of the query, and yet the reports bring as many as they bring alone."""
    brought = [_candidates(searcher, mode, 20) for searcher in (alone, among)]
    reports = {passage for passage in brought[1] if not passage.startswith("n")}
    assert len(reports) >= len(brought[0]) >= 20 if mode != "hybrid" else len(reports) > 20
    if mode == "dense":  # by words they are others, since these words are not rare any more
        assert reports == brought[0]
    assert len(reports) < len(brought[1])


def _candidates(searcher: Searcher, mode: str, limit: int) -> set[str]:
    query = searcher.analysed(QUERY)
    wanted = terms(query) if mode != "dense" else []
    vector = searcher.vector(query) if mode != "lexical" else None
    positions, _ = searcher._retriever.candidates(wanted, vector, limit, Allowed())
    return {searcher.ranker.ids[position] for position in positions}


def test_they_are_found_all_the_same(among: Searcher):
    assert found(among, "bản tin số 77", "hybrid")[0] == "n077:p00001"
    listed = found(among, QUERY, "hybrid", limit=60)
    assert any(passage.startswith("n") for passage in listed)


def test_filters_hold_for_both(among: Searcher):
    only = found(among, QUERY, "hybrid", filters=Filters(documents=("n003",)))
    assert only == ["n003:p00001"]
    report = among.documents()[-1].id
    assert {
        passage.split(":")[0] for passage in found(among, QUERY, "hybrid", filters=Filters(documents=(report,)))
    } == {report}


def test_the_background_is_that_of_the_reports(alone: Searcher, among: Searcher):
    np.testing.assert_allclose(among._retriever.mean, alone._retriever.mean, atol=1e-6)


def test_scales_go_by_those_that_measure():
    scores = np.array([8.0, 4.0, 2.0])
    assert scaled_lexical(scores, np.array([False, True, True])).tolist() == [1.0, 1.0, 0.5]
    assert scaled_lexical(scores, np.array([False, False, False])).tolist() == [1.0, 0.5, 0.25]
    assert scaled_lexical(np.array([8.0, 0.0]), np.array([False, True])).tolist() == [1.0, 0.0]
    cosines = np.array([0.9, 0.5, 0.3])
    assert scaled_dense(cosines, 0.1, np.array([False, True, True])) == pytest.approx([1.0, 1.0, 0.5])
    assert scaled_dense(cosines, 0.1, np.array([False, False, False])) == pytest.approx([1.0, 0.5, 0.25])
    assert scaled_dense(cosines, 0.4, np.array([False, False, True])) == pytest.approx([1.0, 0.2, 0.0])


@pytest.mark.parametrize("field", ["doc_type", "issuer", "number", "place", "period"])
def test_any_sign_of_an_office_will_do(field: str):
    assert names_an_office(Metadata(**{field: "x"}))
    assert not names_an_office(Metadata(title="Tản mạn mùa gặt", date="2024-05-01"))


def test_the_more_there_are_the_smaller_their_odds():
    """And a text without letterhead among reports is nearly one of them."""
    assert DEFAULT_FUSION.odds_of(DEFAULT_FUSION.many) == DEFAULT_FUSION.strangers
    assert DEFAULT_FUSION.odds_of(4 * DEFAULT_FUSION.many) == pytest.approx(DEFAULT_FUSION.strangers / 2)
    assert DEFAULT_FUSION.odds_of(1) == DEFAULT_FUSION.odds_of(0) == 1


def test_odds_are_of_strangers_beside_offices_alone(alone: Searcher, among: Searcher, tmp_path: Path):
    build_documents(map(stranger, range(3)), tmp_path, load_encoder())
    with contextlib.closing(open_index(tmp_path)) as strangers:
        assert strangers.ranker._odds.tolist() == [1, 1, 1]
        assert strangers.search(QUERY).hits[0].score > 0.1
    assert set(alone.ranker._odds) == {1.0}
    assert set(among.ranker._odds) == {1.0, DEFAULT_FUSION.odds_of(STRANGERS)}
