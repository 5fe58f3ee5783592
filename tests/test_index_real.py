"""The real thing: default encoder, real parser, real reports. Bars of quality, and what they stand on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.build import ingest_paths
from index.doctor import check
from index.hits import MODES
from index.search import open_index

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def seeds(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the five reports in ../shared."""
    folder = tmp_path_factory.mktemp("seeds")
    report = ingest_paths([shared_dir / "seeds"], folder)
    assert report.failed == ()
    assert report.counts["documents"] == 5
    return folder


def test_the_samples_make_a_sound_index(sample_index: Path):
    assert [f for f in check(sample_index) if f.level in ("error", "warning")] == []
    searcher = open_index(sample_index)
    assert searcher.info.degraded is None
    for mode in MODES:
        hits = searcher.search("kết quả giảm nghèo", mode=mode).hits
        assert "nghèo" in hits[0].text.lower()
        for hit in hits:
            assert searcher.document(hit.document.id).canonical[hit.start : hit.end] == hit.text


def test_poverty_is_found_in_several_reports_and_a_footnote(seeds: Path):
    searcher = open_index(seeds)
    hits = searcher.search("kết quả giảm nghèo").hits
    assert all("nghèo" in hit.text.lower() for hit in hits[:5])
    assert len({hit.source for hit in hits}) >= 3
    assert any(hit.kind == "footnote" and hit.anchor for hit in hits)
    unmarked = searcher.search("ket qua giam ngheo").hits
    assert len({h.passage_id for h in hits} & {h.passage_id for h in unmarked}) >= 5


def test_a_cold_search_loads_nothing_heavy(seeds: Path):
    """In a fresh process, imports and all."""
    code = (
        "import sys, index.search\n"
        "result = index.search.open_index(sys.argv[1]).search('kết quả giảm nghèo')\n"
        "heavy = [m for m in ('torch', 'sentence_transformers', 'sklearn') if m in sys.modules]\n"
        "print(len(result.hits), result.mode, heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(seeds)], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert done.stdout == "10 hybrid []\n", done.stderr


def test_quality_on_the_gold_reports(shared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """nDCG@10 with the three gold reports alone in the index: hybrid at least 0.75, and not below either half."""
    monkeypatch.syspath_prepend(str(REPO))
    from benchmarks import retrieval

    ingest_paths([shared_dir / "seeds" / name for name in retrieval.GOLD.values()], tmp_path / "ix")
    searcher = open_index(tmp_path / "ix")
    rows = retrieval.queries(shared_dir)
    found = {}
    for mode in MODES:
        retrieval.run(searcher, rows, mode, 10, tmp_path / f"{mode}.jsonl")
        found[mode] = json.loads(retrieval.score(shared_dir, tmp_path / f"{mode}.jsonl", "--json"))["all"]["ndcg"]
    assert found["hybrid"] >= 0.75
    assert found["hybrid"] >= max(found["lexical"], found["dense"])
    marked, plain = retrieval.without_marks(searcher, shared_dir)
    assert plain >= 0.97 * marked


def test_another_way_to_the_same_index(sample_files: list[Path], sample_index: Path, tmp_path: Path):
    """Built file by file and with two processes, it answers to the last digit like the one built in one go."""
    ingest_paths(sample_files[:2], tmp_path / "ix")
    ingest_paths(sample_files, tmp_path / "ix", jobs=min(2, os.cpu_count() or 1))
    one, two = open_index(sample_index), open_index(tmp_path / "ix")
    for query in ("kết quả giảm nghèo", "ty le che phu rung", "forest cover", "số đảng viên kết nạp"):
        a, b = one.search(query).hits, two.search(query).hits
        assert [(h.passage_id, h.score) for h in a] == [(h.passage_id, h.score) for h in b]


def test_keyboard_mash_finds_nothing(sample_index: Path):
    searcher = open_index(sample_index)
    result = searcher.search("zzzzqqq wxwx", facets=("kind",))
    assert (result.total, result.hits, result.facets) == (0, (), {"kind": []})
    assert searcher.search("người dân đỡ khổ").hits
    searcher.close()
