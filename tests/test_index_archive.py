"""Archives in the index: members come, go, move and stay, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_helpers import saved, text
from index_helpers import HashEncoder, use_encoder

from index.build import ingest_paths
from index.catalogue import Catalogue
from index.search import open_index
from index.snapshot import current_generation, generation_path


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    return use_encoder(monkeypatch, HashEncoder())


def rows(index: Path) -> dict[str, str | None]:
    number = current_generation(index)
    assert number is not None
    with Catalogue(generation_path(index, number) / "catalogue.sqlite") as catalogue:
        return {Path(row.path).name if "!/" not in row.path else row.source: row.reason for row in catalogue.files()}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_archive_in_the_index(tmp_path, encoder, jobs):
    folder, index = tmp_path / "docs", tmp_path / "ix"
    folder.mkdir()
    saved(folder, {"a.txt": text("Nậm Kha", 41), "con/b.txt": text("Huổi Lếch", 52), "c.txt": b"", "../d.txt": text()})
    report = ingest_paths([folder], index, jobs=jobs)
    assert report.ingested == ("a.zip/a.txt", "a.zip/con/b.txt")
    assert sorted((f.source, f.error) for f in report.failed) == [
        ("a.zip/../d.txt", "FileUnreadableError"),
        ("a.zip/c.txt", "EmptyFileError"),
    ]
    assert open_index(index).search("Huổi Lếch").hits[0].source == "a.zip/con/b.txt"
    again = ingest_paths([folder], index, jobs=jobs)
    assert again.unchanged == ("a.zip/a.txt", "a.zip/con/b.txt")
    assert not again.changed


def test_changes_of_an_archive_are_followed(tmp_path, encoder, monkeypatch):
    folder, index = tmp_path / "docs", tmp_path / "ix"
    folder.mkdir()
    members = {"a.txt": text("Nậm Kha", 41), "b.txt": text("Huổi Lếch", 52), "c.txt": text("Pá Khoang", 63)}
    path = saved(folder, members)
    ingest_paths([folder], index)
    saved(folder, {"a.txt": members["a.txt"], "mới/c.txt": members["c.txt"], "d.txt": text("Mường Pồn", 74)})
    report = ingest_paths([folder], index)
    assert report.unchanged == ("a.zip/a.txt",)
    assert report.renamed == ("a.zip/mới/c.txt",)
    assert report.removed == ("a.zip/b.txt",)
    assert report.ingested == ("a.zip/d.txt",)
    assert sorted(d.source for d in open_index(index).documents()) == ["a.zip/a.txt", "a.zip/d.txt", "a.zip/mới/c.txt"]
    path.rename(folder / "b.zip")
    assert len(ingest_paths([folder], index).renamed) == 3
    (folder / "b.zip").unlink()
    (folder / "e.txt").write_bytes(text("Nà Sang", 85))
    gone = ingest_paths([folder], index)
    assert sorted(gone.removed) == ["b.zip/a.txt", "b.zip/d.txt", "b.zip/mới/c.txt"]
    assert rows(index) == {"e.txt": None}


def test_an_archive_given_by_itself_and_gone_is_removed(tmp_path, encoder):
    path, index = saved(tmp_path, {"a.txt": text(), "b.txt": text(n=2)}), tmp_path / "ix"
    ingest_paths([path], index)
    path.unlink()
    assert len(ingest_paths([path], index).removed) == 2


def test_a_damaged_archive_keeps_what_it_had_and_comes_back(tmp_path, encoder):
    folder, index = tmp_path / "docs", tmp_path / "ix"
    folder.mkdir()
    path = saved(folder, {"a.txt": text("Nậm Kha", 41), "b.txt": text("Huổi Lếch", 52)})
    ingest_paths([folder], index)
    good = path.read_bytes()
    path.write_bytes(good[:-30])
    report = ingest_paths([folder], index)
    assert [f.source for f in report.failed] == ["a.zip"]
    assert report.removed == ()
    assert len(open_index(index).documents()) == 2
    path.write_bytes(good)
    mended = ingest_paths([folder], index)
    assert mended.failed == ()
    assert rows(index) == {"a.zip/a.txt": None, "a.zip/b.txt": None}


def test_a_file_in_place_of_an_archive(tmp_path, encoder):
    path, index = saved(tmp_path, {"a.txt": text("Nậm Kha", 41)}), tmp_path / "ix"
    ingest_paths([path], index)
    path.write_bytes(text("Huổi Lếch", 52))
    report = ingest_paths([path], index)
    assert report.ingested == ("a.zip",)
    assert report.removed == ("a.zip/a.txt",)
    saved(tmp_path, {"a.txt": text("Nậm Kha", 41)})
    assert ingest_paths([path], index).removed == ("a.zip",)
