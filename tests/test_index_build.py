"""Ingest: only what is new is read and encoded; what is gone disappears; interruptions lose nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from index_helpers import HashEncoder, use_encoder, write_report

import index.build
from index.build import ingest_paths
from index.cache import BuildCache
from index.catalogue import Catalogue
from index.search import open_index
from index.snapshot import SCHEMA_VERSION, current_generation, generation_path, leftovers
from ingest.errors import FileUnreadableError, IndexDamagedError, ModelNotFoundError


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    return use_encoder(monkeypatch, HashEncoder())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_report(tmp_path / "in", "a.txt", place="MƯỜNG HIN")
    write_report(tmp_path / "in", "b.txt", place="NẬM PHEO", poor="18,2", trees=150)
    return tmp_path / "in"


def catalogue(index_dir: Path) -> Catalogue:
    number = current_generation(index_dir)
    assert number is not None
    return Catalogue(generation_path(index_dir, number) / "catalogue.sqlite")


def test_files_become_searchable(folder: Path, tmp_path: Path, encoder: HashEncoder):
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.ingested == ("a.txt", "b.txt")
    assert report.failed == ()
    assert report.changed
    assert report.counts["documents"] == 2
    assert report.to_json()["ingested"] == ("a.txt", "b.txt")
    found = open_index(tmp_path / "ix").search("tỷ lệ hộ nghèo 18,2%")
    assert found.hits[0].source == "b.txt"


def test_nothing_new_makes_no_generation(folder: Path, tmp_path: Path, encoder: HashEncoder, monkeypatch):
    ingest_paths([folder], tmp_path / "ix")
    monkeypatch.setattr(index.build, "parse_many", lambda *_, **__: pytest.fail("parsed again") if _[0] else iter(()))
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.unchanged == ("a.txt", "b.txt")
    assert not report.changed
    assert report.generation == 1


def test_only_new_texts_are_encoded(folder: Path, tmp_path: Path, encoder: HashEncoder):
    first = ingest_paths([folder], tmp_path / "ix")
    assert first.encoded == encoder.encoded > 0
    path = folder / "a.txt"
    path.write_text(path.read_text("utf-8") + "\nToàn huyện có thêm 12 hợp tác xã nông nghiệp.\n", encoding="utf-8")
    second = ingest_paths([folder], tmp_path / "ix")
    assert second.ingested == ("a.txt",)
    assert second.unchanged == ("b.txt",)
    assert 0 < second.encoded <= 4
    assert open_index(tmp_path / "ix").search("12 hợp tác xã").hits[0].source == "a.txt"


def test_another_model_encodes_everything_again(folder: Path, tmp_path: Path, monkeypatch):
    use_encoder(monkeypatch, HashEncoder("a"))
    first = ingest_paths([folder], tmp_path / "ix")
    use_encoder(monkeypatch, HashEncoder("b"))
    second = ingest_paths([folder], tmp_path / "ix")
    assert second.changed
    assert second.ingested == ()
    assert second.encoded == first.encoded


def test_a_removed_file_disappears(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    (folder / "b.txt").unlink()
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.removed == ("b.txt",)
    searcher = open_index(tmp_path / "ix")
    assert [d.source for d in searcher.documents()] == ["a.txt"]
    assert {h.source for h in searcher.search("hộ nghèo", limit=100).hits} == {"a.txt"}


def test_files_elsewhere_stay(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    write_report(tmp_path / "more", "c.txt", place="SÌN PHÌN", trees=99)
    report = ingest_paths([tmp_path / "more"], tmp_path / "ix")
    assert report.removed == ()
    assert report.counts["documents"] == 3


def test_a_renamed_file_is_not_read_again(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    (folder / "a.txt").rename(folder / "z.txt")
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.renamed == ("z.txt",)
    assert report.ingested == report.removed == ()
    assert report.encoded == 0
    searcher = open_index(tmp_path / "ix")
    assert [d.source for d in searcher.documents()] == ["b.txt", "z.txt"]
    assert searcher.document(searcher.documents()[1].id).source == "z.txt"


def test_a_moved_folder_is_not_read_again(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    folder.rename(tmp_path / "out")
    report = ingest_paths([tmp_path / "out"], tmp_path / "ix")
    assert report.renamed == ("a.txt", "b.txt")
    assert report.counts["documents"] == report.counts["files"] == 2


def test_a_copy_is_one_document_and_outlives_its_twin(folder: Path, tmp_path: Path, encoder: HashEncoder):
    shutil.copy(folder / "a.txt", folder / "copy.txt")
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.counts["documents"] == 2
    assert report.counts["files"] == 3
    (folder / "a.txt").unlink()
    ingest_paths([folder], tmp_path / "ix")
    assert [d.source for d in open_index(tmp_path / "ix").documents()] == ["b.txt", "copy.txt"]


def test_a_bad_file_is_named_and_the_good_one_searchable(folder: Path, tmp_path: Path, encoder: HashEncoder):
    (folder / "empty.txt").write_bytes(b"")
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.ingested == ("a.txt", "b.txt")
    (failure,) = report.failed
    assert failure.source == "empty.txt"
    assert failure.error == "EmptyFileError"
    assert failure.reason
    again = ingest_paths([folder], tmp_path / "ix")
    assert [f.source for f in again.failed] == ["empty.txt"]
    assert not again.changed


def test_a_file_that_goes_bad_keeps_its_last_good_version(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    good = (folder / "b.txt").read_bytes()
    (folder / "b.txt").write_bytes(b"")
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.failed[0].kept
    assert open_index(tmp_path / "ix").search("18,2%").hits[0].source == "b.txt"
    (folder / "b.txt").write_bytes(good)
    mended = ingest_paths([folder], tmp_path / "ix")
    assert mended.failed == ()
    with catalogue(tmp_path / "ix") as cat:
        assert [row.reason for row in cat.files()] == [None, None]


def test_a_path_that_never_was_is_an_error(tmp_path: Path, encoder: HashEncoder):
    with pytest.raises(FileUnreadableError):
        ingest_paths([tmp_path / "nowhere"], tmp_path / "ix")


def test_a_given_file_that_is_gone_is_removed(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    (folder / "b.txt").unlink()
    assert ingest_paths([folder / "b.txt"], tmp_path / "ix").removed == ("b.txt",)


def test_a_missing_model_stops_before_any_work(folder: Path, tmp_path: Path):
    with pytest.raises(ModelNotFoundError):
        ingest_paths([folder], tmp_path / "ix", model="nobody/nothing")
    assert current_generation(tmp_path / "ix") is None


def test_ctrl_c_leaves_the_old_generation_and_the_work_done(
    folder: Path, tmp_path: Path, encoder: HashEncoder, monkeypatch
):
    ingest_paths([folder], tmp_path / "ix")
    write_report(folder, "c.txt", place="SÌN PHÌN", trees=77)
    asked = encoder.encode_passages

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder, "encode_passages", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ingest_paths([folder], tmp_path / "ix")
    assert current_generation(tmp_path / "ix") == 1
    assert leftovers(tmp_path / "ix", 1) == []
    assert len(open_index(tmp_path / "ix").documents()) == 2
    monkeypatch.setattr(encoder, "encode_passages", asked)
    monkeypatch.setattr(index.build, "parse_many", lambda files, **_: pytest.fail("read again") if files else iter(()))
    assert ingest_paths([folder], tmp_path / "ix").ingested == ("c.txt",)


def test_the_same_files_give_the_same_index(folder: Path, tmp_path: Path, encoder: HashEncoder):
    """Whatever the way there: all at once, or one by one with changes in between."""
    ingest_paths([folder], tmp_path / "one")
    ingest_paths([folder / "b.txt"], tmp_path / "two")
    extra = write_report(folder, "x.txt", trees=5)
    ingest_paths([folder], tmp_path / "two")
    extra.unlink()
    ingest_paths([folder], tmp_path / "two")
    for query in ("hộ nghèo", "rừng sản xuất", "02-NQ/HU"):
        one, two = (open_index(tmp_path / name).search(query).hits for name in ("one", "two"))
        assert [(h.passage_id, h.score) for h in one] == [(h.passage_id, h.score) for h in two]


def test_two_generations_are_kept(folder: Path, tmp_path: Path, encoder: HashEncoder):
    for trees in (1, 2, 3, 4):
        write_report(folder, "a.txt", trees=trees)
        ingest_paths([folder], tmp_path / "ix")
    assert sorted(p.name for p in (tmp_path / "ix" / "generations").iterdir()) == ["000003", "000004"]


def test_an_open_searcher_outlives_new_generations(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "ix")
    searcher = open_index(tmp_path / "ix")
    for trees in (1, 2, 3):
        write_report(folder, "a.txt", trees=trees)
        ingest_paths([folder], tmp_path / "ix")
    assert not searcher.is_current()
    assert "320" in searcher.search("trồng rừng sản xuất 320 ha").hits[0].text


def test_progress_counts_every_stage(folder: Path, tmp_path: Path, encoder: HashEncoder):
    seen: list[tuple[str, int, int]] = []
    ingest_paths([folder], tmp_path / "ix", progress=lambda *step: seen.append(step))
    for stage in ("read", "index", "encode", "write"):
        steps = [(done, total) for name, done, total in seen if name == stage]
        assert steps[-1][0] == steps[-1][1] > 0
        assert steps == sorted(steps)


def test_two_processes_give_the_same_as_one(folder: Path, tmp_path: Path, encoder: HashEncoder):
    ingest_paths([folder], tmp_path / "one")
    ingest_paths([folder], tmp_path / "two", jobs=2)
    with catalogue(tmp_path / "one") as one, catalogue(tmp_path / "two") as two:
        assert list(one.lexical_rows()) == list(two.lexical_rows())
        assert one.clause_texts() == two.clause_texts()


def test_a_damaged_cache_is_replaced(tmp_path: Path):
    (tmp_path / "cache.sqlite").write_bytes(b"no database" * 400)
    cache = BuildCache(tmp_path / "cache.sqlite")
    cache.put_vectors(["a"], np.ones((1, 4), np.float32), "m")
    assert list(cache.vectors(["a", "b"], "m", 4)) == [0]
    assert cache.vectors(["a"], "other", 4) == {}
    cache.keep_only(["b"], "m")
    assert cache.vectors(["a"], "m", 4) == {}
    cache.close()


def test_an_index_of_an_earlier_version_is_renewed(folder: Path, tmp_path: Path, encoder: HashEncoder, monkeypatch):
    with pytest.MonkeyPatch.context() as past:
        past.setattr("index.caches.SCHEMA_VERSION", SCHEMA_VERSION - 1)
        ingest_paths([folder], tmp_path / "ix")
    with pytest.raises(IndexDamagedError, match="another index version"):
        open_index(tmp_path / "ix")
    monkeypatch.setattr(index.build, "parse_many", lambda files, **_: pytest.fail("read again") if files else iter(()))
    report = ingest_paths([folder], tmp_path / "ix")
    assert report.unchanged == ("a.txt", "b.txt")
    assert report.encoded == 0
    assert open_index(tmp_path / "ix").search("18,2%").hits[0].source == "b.txt"
