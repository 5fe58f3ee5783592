"""Vectors and pieces of a build: cut once, by one process or several, and taken from the cache the next time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from index_helpers import write_report

import index.build
import index.embedding
import index.segment
from index.build import ingest_paths
from index.cache import BuildCache
from index.embedding import Embedded, embed
from index.encode import load_encoder
from index.segment import cut, lines_kept, remember, words_form
from index.soft import SoftMatcher

CLAUSES = [f"tỷ lệ hộ nghèo của xã Bản {name} giảm còn 7,{i}%" for i, name in enumerate(("Cuội", "Lếch", "Hin"))]
TEXTS = [f"Báo cáo · Giảm nghèo\n{clause}" for clause in CLAUSES] + CLAUSES


@pytest.fixture
def cache(tmp_path: Path):
    kept = BuildCache(tmp_path / "cache.sqlite")
    yield kept
    kept.close()


def made(cache: BuildCache, texts: list[str], pieces: list[str], jobs: int = 1) -> tuple[Embedded, list[int]]:
    seen: list[int] = []
    found = embed(
        texts, pieces, load_encoder(), SoftMatcher(), cache, jobs, lambda stage, done, total: seen.append(done)
    )
    return found, seen


def test_vectors_and_pieces_are_those_of_the_models(cache: BuildCache) -> None:
    found, _ = made(cache, [*TEXTS, TEXTS[0]], ["Giảm nghèo", *CLAUSES, "Giảm nghèo"])
    np.testing.assert_array_equal(found.vectors, load_encoder().encode_passages([*TEXTS, TEXTS[0]]))
    wanted = SoftMatcher().pieces(["Giảm nghèo", *CLAUSES, "Giảm nghèo"])
    assert [p.tolist() for p in found.pieces] == [p.tolist() for p in wanted]
    assert found.encoded == len(TEXTS)


def test_what_is_known_is_not_made_again(cache: BuildCache, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = made(cache, TEXTS, CLAUSES)
    monkeypatch.setattr(SoftMatcher, "pieces", None)
    again, _ = made(cache, TEXTS, CLAUSES)
    assert again.encoded == 0
    np.testing.assert_array_equal(again.vectors, first.vectors)
    assert [p.tolist() for p in again.pieces] == [p.tolist() for p in first.pieces]


def test_processes_make_the_same(cache: BuildCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, _ = made(cache, TEXTS, CLAUSES)
    monkeypatch.setattr(index.embedding, "_STEP", 2)
    monkeypatch.setattr(index.embedding, "_WORTH_PROCESSES", 2)
    monkeypatch.setattr(index.segment, "_known", {})
    monkeypatch.setattr(index.segment, "_tagger", None)  # all lines come cut from the processes
    other = BuildCache(tmp_path / "other.sqlite")
    together, seen = made(other, TEXTS, CLAUSES, jobs=2)
    other.close()
    np.testing.assert_array_equal(together.vectors, alone.vectors)
    assert [p.tolist() for p in together.pieces] == [p.tolist() for p in alone.pieces]
    assert seen == sorted(seen)
    assert seen[-1] == len(TEXTS)


def test_a_process_that_cannot_cut_costs_nothing(cache: BuildCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.embedding, "_WORTH_PROCESSES", 2)
    monkeypatch.setattr(index.embedding, "cut", _broken)
    found, _ = made(cache, TEXTS, CLAUSES, jobs=2)
    np.testing.assert_array_equal(found.vectors, load_encoder().encode_passages(TEXTS))


def _broken(texts: list[str]) -> dict[bytes, bytes]:
    raise RuntimeError(texts[0])


def test_lines_taken_over_are_not_cut_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.segment, "_known", {})
    wanted = [words_form(text) for text in TEXTS]
    monkeypatch.setattr(index.segment, "_known", {})
    tags = cut(TEXTS)
    assert len(tags) == 1 + len(CLAUSES)
    assert cut(TEXTS) == {}
    monkeypatch.setattr(index.segment, "_known", {})
    monkeypatch.setattr(index.segment, "_tagger", None)
    remember(tags)
    assert [words_form(text) for text in TEXTS] == wanted


def test_the_oldest_line_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.segment, "_known", {})
    monkeypatch.setattr(index.segment, "_KEPT_LINES", 3)
    monkeypatch.setattr(index.segment, "_KEPT_QUERIES", 2)
    remember({b"a": b"1", b"b": b"2", b"c": b"3"})
    assert list(index.segment._known) == [b"b", b"c"]
    with lines_kept():
        remember({b"d": b"4", b"e": b"5"})
        with lines_kept():
            assert list(index.segment._known) == [b"c", b"d", b"e"]
        assert list(index.segment._known) == [b"c", b"d", b"e"]
    assert list(index.segment._known) == [b"d", b"e"]


def test_what_is_asked_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.segment, "_known", {})
    monkeypatch.setattr(index.segment, "_KEPT_QUERIES", 5)
    for number in range(50):
        words_form(f"đường làng số {number}")
    assert len(index.segment._known) == 5


def test_a_build_remembers_its_lines_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    monkeypatch.setattr(index.segment, "_known", {})
    monkeypatch.setattr(index.segment, "_KEPT_QUERIES", 2)
    write_caches = index.build.write_caches

    def noted(*arguments):
        made = write_caches(*arguments)
        lengths.append(len(index.segment._known))
        return made

    monkeypatch.setattr(index.build, "write_caches", noted)
    write_report(tmp_path / "in", "a.txt")
    ingest_paths([tmp_path / "in"], tmp_path / "index")
    assert lengths[0] > 2
    assert len(index.segment._known) == 2
