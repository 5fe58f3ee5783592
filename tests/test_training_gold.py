"""What the shipped models were trained on, held against what only measures them (reads ../shared)."""

import json
from pathlib import Path

import pytest

from training.manifest import FILE, leaked_queries, measuring_files, measuring_queries
from training.sources import WRITTEN, file_hash, source_files

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
MANIFESTS = [*sorted((ROOT / "index" / "models").glob(f"*/{FILE}")), ROOT / "index" / "vietnamese.json"]
"""What each shipped model, and the counts of Vietnamese for the spelling of queries, were made of."""

pytestmark = pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="../shared (gold, benchmarks) is not here")


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_measuring_file_was_trained_on(path: Path):
    manifest = json.loads(path.read_text(encoding="utf-8"))
    measuring = measuring_files(SHARED)
    assert len(measuring) > 15
    trained = {digest: name for source in manifest.values() for name, digest in source["files"].items()}
    assert not set(trained) & set(measuring)
    for source, row in manifest.items():
        now = {path.name: file_hash(path) for path in source_files(SHARED / "data", source)}
        assert row["files"]  # a model may be older than the newest file of a source, never than one that it names
        assert row["files"].items() <= now.items(), source


TERMS = {
    "bai hoc kinh nghiem",
    "bài học kinh nghiệm",
    "kim ngach xuat nhap khau",
    "kết quả giảm nghèo",
    "phương thức đóng bảo hiểm y tế",
    "ty le che phu rung",
}
"""Names of things, which two writers reach by themselves."""


def test_no_measuring_query_was_trained_on():
    """Terms of the field ("bài học kinh nghiệm") and titles of laws stand on both sides; whole queries must not."""
    queries = measuring_queries(SHARED)
    assert len(queries) > 8000
    found = {query for source, query in leaked_queries(SHARED / "data", queries) if source in WRITTEN}
    assert found <= TERMS, found - TERMS
