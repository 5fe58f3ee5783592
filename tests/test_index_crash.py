"""kill -9 at any moment of an ingest leaves the old or the new generation whole."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from index_helpers import HashEncoder, use_encoder, write_report

from index.build import ingest_paths
from index.doctor import check
from index.search import open_index
from index.snapshot import current_generation, lock_holder

VICTIM = Path(__file__).parent / "index_victim.py"
MOMENTS = 12


@contextlib.contextmanager
def victim(folder: Path, index_dir: Path, jobs: int = 1) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The ingest, under way: it has said its first word. Dead at the end of the block, whatever was done to it."""
    command = [sys.executable, str(VICTIM), str(folder), str(index_dir), str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "start\n"
        try:
            yield process, process.stdout
        finally:
            process.kill()


def kill_at(folder: Path, index_dir: Path, stage: str, jobs: int = 1) -> None:
    """Kill the ingest as soon as it reports that stage."""
    with victim(folder, index_dir, jobs) as (process, words):
        for line in words:
            if line.startswith(stage):
                process.kill()
                return
        pytest.fail(f"never came to {stage}")


def grow(folder: Path, step: int) -> None:
    """One file changes, one is new, one goes: every kind of work at once."""
    write_report(folder, "a.txt", trees=1000 + step)
    write_report(folder, f"new-{step}.txt", place=f"NẬM {step}", trees=step)
    (folder / f"new-{step - 1}.txt").unlink(missing_ok=True)


def test_kill_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    use_encoder(monkeypatch, HashEncoder())
    folder, index_dir = tmp_path / "in", tmp_path / "ix"
    for name in ("a", "b", "c"):
        write_report(folder, f"{name}.txt", place=f"MƯỜNG {name.upper()}", trees=len(name) * 10)
    ingest_paths([folder], index_dir)
    # How long an ingest that nobody disturbs takes, from its first word: the moments are drawn from that span.
    grow(folder, 0)
    with victim(folder, index_dir) as (process, words):
        begun = time.monotonic()
        words.read()
        span = time.monotonic() - begun
        assert process.wait(timeout=60) == 0
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    survived, finished = set(), 0
    for step in range(1, MOMENTS + 1):
        before = current_generation(index_dir)
        grow(folder, step)
        with victim(folder, index_dir) as (process, _):
            # Spread over the span, a random moment in each part of it, the switch at its end included.
            time.sleep(span * (step - 1 + dice.random()) / MOMENTS)
            process.kill()
        after = current_generation(index_dir)
        assert before is not None
        assert after in (before, before + 1), f"seed {seed}"
        finished += after == before + 1
        survived.add(process.returncode)
        graver = [f for f in check(index_dir) if f.level in ("error", "warning")]
        assert graver == [], f"seed {seed}, step {step}"
        searcher = open_index(index_dir)
        assert searcher.search("tỷ lệ hộ nghèo").hits
        texts = {searcher.document(d.id).canonical for d in searcher.documents()}
        assert len(texts) == searcher.info.documents
        searcher.close()
        assert not lock_holder(index_dir)[1]
    assert -signal.SIGKILL in survived, "no process was killed under way"
    report = ingest_paths([folder], index_dir)
    assert report.failed == ()
    assert sorted(d.source for d in open_index(index_dir).documents()) == sorted(p.name for p in folder.iterdir())
    assert [f.code for f in check(index_dir)] == ["generation"]


@pytest.mark.parametrize("stage", ["read 0", "index 0", "write 0", "encode 0", "write 2", "write 3"])
def test_kill_in_every_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str):
    use_encoder(monkeypatch, HashEncoder())
    folder, index_dir = tmp_path / "in", tmp_path / "ix"
    write_report(folder, "a.txt")
    ingest_paths([folder], index_dir)
    grow(folder, 1)
    kill_at(folder, index_dir, stage)
    assert [f for f in check(index_dir) if f.level in ("error", "warning")] == []
    assert open_index(index_dir).info.generation in (1, 2)
    assert ingest_paths([folder], index_dir).failed == ()
    assert open_index(index_dir).search("1001 ha rừng").hits[0].source == "a.txt"


def test_kill_in_the_very_first_ingest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    use_encoder(monkeypatch, HashEncoder())
    folder, index_dir = tmp_path / "in", tmp_path / "ix"
    write_report(folder, "a.txt")
    kill_at(folder, index_dir, "write 2")
    assert current_generation(index_dir) in (None, 1)
    assert ingest_paths([folder], index_dir).failed == ()
    assert open_index(index_dir).info.documents == 1


@pytest.mark.parametrize("stage", ["read 1", "index 1"])
def test_workers_of_a_killed_ingest_keep_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str):
    use_encoder(monkeypatch, HashEncoder())
    folder, index_dir = tmp_path / "in", tmp_path / "ix"
    for step in range(4):
        write_report(folder, f"{step}.txt", trees=step)
    kill_at(folder, index_dir, stage, jobs=2)
    assert not lock_holder(index_dir)[1]
    assert len(ingest_paths([folder], index_dir).ingested) == 4
