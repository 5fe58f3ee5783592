"""The real thing: default encoder, real parser, real reports. Bars of quality and speed, and what they stand on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from index.build import ingest_paths
from index.doctor import check
from index.hits import MODES
from index.search import Searcher, open_index

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def seeds(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the five reports in ../shared."""
    folder = tmp_path_factory.mktemp("seeds")
    report = ingest_paths([shared_dir / "seeds"], folder)
    assert report.failed == ()
    assert report.counts["documents"] == 5
    assert report.seconds < 60
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


def test_a_cold_search_takes_under_four_seconds_and_no_torch(seeds: Path):
    """A fresh process, imports and all; the better of two, since the machine may have other work."""
    code = (
        "import sys, index.search\n"
        "result = index.search.open_index(sys.argv[1]).search('kết quả giảm nghèo')\n"
        "heavy = [m for m in ('torch', 'sentence_transformers', 'sklearn') if m in sys.modules]\n"
        "print(len(result.hits), result.mode, heavy)"
    )
    seconds = []
    for _ in range(2):
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", code, str(seeds)], cwd=REPO, capture_output=True, text=True, check=False
        )
        seconds.append(time.monotonic() - begun)
        assert done.stdout == "10 hybrid []\n", done.stderr
    assert min(seconds) < 4


def test_a_search_takes_under_ten_milliseconds(seeds: Path, shared_dir: Path):
    searcher = open_index(seeds)
    queries = [
        json.loads(line)["query"]
        for path in sorted((shared_dir / "gold").glob("*.queries.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    for query in queries[:10]:
        searcher.search(query)
    # The processor's time, not the clock's: the bar is about the work, and other tests run beside this one.
    assert np.percentile([_milliseconds(searcher, query) for query in queries], 50) < 10


def _milliseconds(searcher: Searcher, query: str) -> float:
    begun = time.process_time()
    searcher.search(query)
    return (time.process_time() - begun) * 1000


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
