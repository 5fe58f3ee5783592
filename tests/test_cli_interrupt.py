"""Ctrl-C in the middle of an ingest, in a process of its own: nothing that was read is read again."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from index_helpers import HashEncoder, use_encoder, write_report
from reportlab.pdfgen import canvas

from index.build import ingest_paths
from index.search import open_index
from index.snapshot import current_generation, lock_holder

REPO = Path(__file__).parents[1]
FILES = 20
PAGES = 40


def write_slow(path: Path, number: int) -> None:
    """A PDF that takes a while to read and no time to index: pages of a running head and one sentence in all."""
    page = canvas.Canvas(str(path), invariant=1)
    for at in range(PAGES):
        for line in range(3):
            page.drawString(80, 800 - 10 * line, "BAO CAO KET QUA THUC HIEN NHIEM VU NAM 2024 CUA XA NAM HIN")
        if not at:
            page.drawString(80, 500, f"Toan xa trong moi {number} ha rung.")
        page.showPage()
    page.save()


def kept(index_dir: Path) -> int:
    """Documents in the cache of an ingest under way."""
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"file:{index_dir / 'cache.sqlite'}?mode=ro", uri=True)) as db,
    ):
        return db.execute("SELECT count(*) FROM documents").fetchone()[0]
    return 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_is_130_and_the_next_ingest_reads_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int):
    use_encoder(monkeypatch, HashEncoder())
    folder, index_dir = tmp_path / "in", tmp_path / "ix"
    write_report(folder, "a.txt")
    ingest_paths([folder], index_dir)
    for number in range(FILES):
        write_slow(folder / f"b{number:02}.pdf", number)
    words = ["ingest", str(folder), "--index", str(index_dir), "--jobs", str(jobs)]
    with subprocess.Popen(
        [sys.executable, "-m", "search_api.cli", *words],
        cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            while kept(index_dir) < 3 and process.poll() is None:
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert "không mất gì" in err
    assert err.count("\n") == 1  # no word from the workers
    before = kept(index_dir)
    assert 3 <= before < FILES, "it was not stopped in the middle"
    assert current_generation(index_dir) == 1
    assert not lock_holder(index_dir)[1]
    assert open_index(index_dir).info.documents == 1

    steps: list[tuple[str, int, int]] = []
    report = ingest_paths([folder], index_dir, progress=lambda *step: steps.append(step))
    read = [step for step in steps if step[0] == "read"]
    assert read[0] == ("read", before, FILES)
    assert read[1:] == [("read", n, FILES) for n in range(before + 1, FILES + 1)]
    assert len(report.ingested) == FILES
    assert open_index(index_dir).info.documents == FILES + 1
