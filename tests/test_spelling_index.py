"""The spelling table in an index: made with each generation, checked by doctor, used by every search."""

from __future__ import annotations

from pathlib import Path

import pytest
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.doctor import check
from index.search import open_index
from index.snapshot import open_generation


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_encoder(monkeypatch, HashEncoder())
    write_report(tmp_path / "in", "a.txt")
    ingest_paths([tmp_path / "in"], tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("tyr leej hooj ngheof", "tỷ lệ hộ nghèo"),
        ("ty3 le65 ho65 ngheo2", "tỷ lệ hộ nghèo"),
        ("tỷ lệ hộ ngèo", "tỷ lệ hộ nghèo"),
    ],
)
def test_a_query_spelled_badly_finds_what_was_meant(index: Path, typed: str, searched: str):
    searcher = open_index(index)
    wanted = searcher.search("tỷ lệ hộ nghèo").hits[0]
    hit = searcher.search(typed).hits[0]
    assert hit.passage_id == wanted.passage_id
    assert hit.highlights == wanted.highlights
    assert hit.explain["query"]["searched"] == searched


def test_marks_are_restored_for_the_encoder(index: Path, monkeypatch: pytest.MonkeyPatch):
    encoder = HashEncoder()
    seen: list[str] = []
    monkeypatch.setattr(encoder, "encode_queries", lambda texts: seen.extend(texts) or encoder.encode_passages(texts))
    use_encoder(monkeypatch, encoder)
    open_index(index).search("ti le ho ngheo")
    assert seen == ["tỷ lệ hộ nghèo"]


def test_places_that_stand_in_headings_only_are_known(index: Path):
    query = open_index(index).search("Muong Hin").hits[0].explain["query"]
    assert query["restored"] == "Mường Hin"


@pytest.mark.parametrize("name", ["words.txt", "abbreviations.json"])
def test_doctor_sees_a_broken_table(index: Path, name: str):
    assert [f for f in check(index) if f.level == "error"] == []
    folder, manifest = open_generation(index)
    assert f"spelling/{name}" in manifest.files
    (folder / "spelling" / name).write_text("{", encoding="utf-8")
    assert {"checksum", "spelling"} <= {f.code for f in check(index) if f.level == "error"}


def test_two_builds_write_the_same_table(index: Path, tmp_path: Path):
    ingest_paths([tmp_path / "in"], tmp_path / "again")
    first, second = (open_generation(folder)[1].files for folder in (index, tmp_path / "again"))
    names = [name for name in first if name.startswith("spelling/")]
    assert len(names) == 6
    assert {name: first[name]["sha256"] for name in names} == {name: second[name]["sha256"] for name in names}
