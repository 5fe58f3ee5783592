"""Damage of every kind is refused with its name, found by the doctor, and mended from SQLite."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from pathlib import Path

import pytest
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.doctor import check, rebuild
from index.search import open_index
from index.snapshot import current_generation, generation_path, write_lock
from ingest.errors import IndexDamagedError, IndexLockedError, IndexNotFoundError, ModelNotFoundError


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    return use_encoder(monkeypatch, HashEncoder())


@pytest.fixture
def index_dir(tmp_path: Path, encoder: HashEncoder) -> Path:
    for trees in (10, 20):
        write_report(tmp_path / "in", "a.txt", trees=trees)
        ingest_paths([tmp_path / "in"], tmp_path / "ix")
    return tmp_path / "ix"


def generation(index_dir: Path) -> Path:
    return generation_path(index_dir, current_generation(index_dir) or 0)


def grave(index_dir: Path) -> list[str]:
    return [f.code for f in check(index_dir) if f.level in ("error", "warning")]


def test_a_sound_index_has_nothing_grave(index_dir: Path):
    (finding,) = check(index_dir)
    assert (finding.level, finding.code) == ("info", "generation")


def test_no_index(tmp_path: Path):
    assert grave(tmp_path / "none") == ["no-index"]
    with pytest.raises(IndexNotFoundError, match="vankien ingest"):
        open_index(tmp_path / "none")


CACHES = ["passages.faiss", "clauses.faiss", "mean.npy", "twins.npy"]
FILES = ["catalogue.sqlite", *CACHES, "thesaurus.json", "lexical/meta.json"]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_and_mended(index_dir: Path, name: str):
    (generation(index_dir) / name).unlink()
    with pytest.raises(IndexDamagedError, match="vankien doctor") as caught:
        open_index(index_dir)
    assert name in str(caught.value)
    assert "checksum" in grave(index_dir)
    rebuild(index_dir)
    assert grave(index_dir) == []
    # Where the newest catalogue itself is gone, the generation before it is what there is.
    expected = "10 ha" if name == "catalogue.sqlite" else "20 ha"
    assert expected in open_index(index_dir).search("trồng rừng sản xuất").hits[0].text


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(index_dir: Path, name: str):
    path = generation(index_dir) / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexDamagedError, match="vankien doctor"):
        open_index(index_dir)
    assert "checksum" in grave(index_dir)


@pytest.mark.parametrize("name", ["catalogue.sqlite", *CACHES])
def test_a_flipped_bit_is_found(index_dir: Path, name: str):
    path = generation(index_dir) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "checksum" in grave(index_dir)


def test_an_edited_manifest_is_refused(index_dir: Path):
    path = generation(index_dir) / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    data["counts"]["passages"] += 1
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(IndexDamagedError, match="manifest"):
        open_index(index_dir)
    assert grave(index_dir) == ["manifest"]
    rebuild(index_dir)
    assert grave(index_dir) == []


def test_caches_of_another_generation_are_refused(index_dir: Path, tmp_path: Path):
    """Same size, sound by itself, and yet not this generation's: only the checksum or the counts can tell."""
    write_report(tmp_path / "in", "b.txt", place="NẬM PHEO", trees=30)
    ingest_paths([tmp_path / "in"], index_dir)
    newest = generation(index_dir)
    shutil.copy(generation_path(index_dir, int(newest.name) - 1) / "passages.faiss", newest / "passages.faiss")
    with pytest.raises(IndexDamagedError, match=r"passages\.faiss"):
        open_index(index_dir)
    assert {"checksum", "counts"} <= set(grave(index_dir))


@pytest.mark.parametrize("content", [None, "", "seven", "99"])
def test_a_damaged_pointer_is_refused_and_mended(index_dir: Path, content: str | None):
    if content is None:
        (index_dir / "CURRENT").unlink()
    else:
        (index_dir / "CURRENT").write_text(content)
    with pytest.raises(IndexDamagedError):
        open_index(index_dir)
    assert grave(index_dir) == ["manifest"]
    rebuild(index_dir)
    assert grave(index_dir) == []
    assert "20 ha" in open_index(index_dir).search("trồng rừng sản xuất").hits[0].text


def test_an_ingest_refuses_a_damaged_index(index_dir: Path, tmp_path: Path):
    (generation(index_dir) / "manifest.json").unlink()
    with pytest.raises(IndexDamagedError):
        ingest_paths([tmp_path / "in"], index_dir)


def test_rebuilding_keeps_files_and_needs_no_source(index_dir: Path, tmp_path: Path):
    before = open_index(index_dir).search("hộ nghèo")
    source = tmp_path / "in" / "a.txt"
    text = source.read_bytes()
    source.unlink()
    rebuild(index_dir)
    after = open_index(index_dir).search("hộ nghèo")
    assert [(h.passage_id, h.score) for h in after.hits] == [(h.passage_id, h.score) for h in before.hits]
    source.write_bytes(text)
    assert ingest_paths([tmp_path / "in"], index_dir).unchanged == ("a.txt",)


def test_a_missing_model_is_a_warning_and_search_goes_on(index_dir: Path, monkeypatch: pytest.MonkeyPatch):
    def missing(name=None, backend=None):
        raise ModelNotFoundError("không có", where=name, do="hf download x")

    monkeypatch.setattr("index.opening.load_encoder", missing)
    monkeypatch.setattr("index.doctor.load_encoder", missing)
    assert grave(index_dir) == ["model-missing"]
    result = open_index(index_dir).search("hộ nghèo")
    assert result.mode == "lexical"
    assert result.degraded
    assert "lexical only" in result.degraded
    assert result.hits


def test_a_changed_model_is_never_compared(index_dir: Path, monkeypatch: pytest.MonkeyPatch):
    use_encoder(monkeypatch, HashEncoder("other"))
    assert grave(index_dir) == ["model-changed"]
    searcher = open_index(index_dir)
    assert searcher.info.model is None
    assert searcher.search("hộ nghèo", mode="dense").mode == "lexical"
    assert searcher.search("hộ nghèo", mode="lexical").degraded is None


def test_failed_files_are_told(index_dir: Path, tmp_path: Path):
    (tmp_path / "in" / "bad.txt").write_bytes(b"")
    ingest_paths([tmp_path / "in"], index_dir)
    assert [f.message.split(":")[0] for f in check(index_dir) if f.code == "failed-file"] == ["bad.txt"]


def hold(index_dir: str, ready, done) -> None:
    with write_lock(Path(index_dir)):
        ready.set()
        done.wait(60)


def test_two_writers_are_kept_apart_and_a_dead_ones_lock_is_taken_over(index_dir: Path, tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    writer = context.Process(target=hold, args=(str(index_dir), ready, done))
    writer.start()
    assert ready.wait(60)
    with pytest.raises(IndexLockedError, match=str(writer.pid)):
        ingest_paths([tmp_path / "in"], index_dir)
    assert "locked" in [f.code for f in check(index_dir)]
    assert open_index(index_dir).search("hộ nghèo").hits  # readers are not kept out
    writer.kill()
    writer.join()
    time.sleep(0.05)
    assert "killed" in [f.code for f in check(index_dir)]
    assert ingest_paths([tmp_path / "in"], index_dir).failed == ()
    assert "killed" not in [f.code for f in check(index_dir)]
