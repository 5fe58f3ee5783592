"""Work that is stopped: Ctrl-C and worse lose nothing that was read, and leave no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import bad_parsers
import pytest
from test_ingest_many import GOOD, LINUX, write

from ingest.many import parse_many
from ingest.workers import Loss, WorkerPool


def test_leaving_early_ends_the_workers_and_their_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pool: WorkerPool[bytes, int] = WorkerPool(_length, 2)
    results = pool.results([b"a", b"hang", b"hang"], _none)
    assert next(results) == 1
    workers = list(pool._workers)
    assert len(workers) == 2
    assert all(w.alive for w in workers)
    assert len(list(tmp_path.iterdir())) == 2
    results.close()
    assert not any(w.alive for w in workers)
    assert list(tmp_path.iterdir()) == []


def _length(data: bytes) -> int:
    if data == b"hang":
        time.sleep(600)
    return len(data)


def _none(task: bytes, loss: Loss) -> int:
    return -1


def test_ctrl_c_loses_nothing_that_was_read(tmp_path):
    files = write(tmp_path, "hang", *(GOOD.format(n) for n in range(5)))
    kept: list[str] = []

    def keep(outcome):
        kept.append(outcome.source)
        if len(kept) == 5:
            raise KeyboardInterrupt  # what Python makes of SIGINT while it waits

    with pytest.raises(KeyboardInterrupt):
        list(parse_many(files, jobs=2, parse=bad_parsers.parse, on_progress=keep))
    assert kept == [f.name for f in files[1:]]


def test_ctrl_c_cancels_what_waits_on_an_executor(tmp_path):
    files = write(tmp_path, *(GOOD.format(n) for n in range(40)))
    with ThreadPoolExecutor(1) as executor:
        futures: list[Future] = []
        submit = executor.submit
        executor.submit = lambda *a: futures.append(submit(*a)) or futures[-1]  # type: ignore[method-assign]
        outcomes = parse_many(files, executor=executor)
        next(outcomes)
        outcomes.close()
        assert sum(f.cancelled() for f in futures) > 20


PROGRAM = """
import sys
from pathlib import Path
import bad_parsers
from ingest.many import parse_many
for outcome in parse_many(sorted(Path(sys.argv[1]).iterdir()), jobs=2, parse=bad_parsers.parse):
    print(outcome.source, flush=True)
"""


@LINUX
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_program(tmp_path, sent):
    """The worker, and what it has started itself; both however the program ends."""
    folder = tmp_path / "in"
    folder.mkdir()
    child = str(900_000_000 + os.getpid())  # seconds of sleep that no other run of this test has
    write(folder, GOOD, f"child {child}", "spin")
    here = Path(__file__).parent
    # the workers' command lines repeat sys.path, so that this folder's name marks them
    path = os.pathsep.join([str(here.parent), str(here), str(tmp_path)])
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    environ = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"000.txt\n"
        until(lambda: len(running(str(tmp_path))) == 3 and running(child))
        os.killpg(process.pid, sent)  # a terminal sends Ctrl-C to the whole group
        process.wait(30)
        told = process.stderr.read().decode()
    assert told.count("Traceback") == (sent == signal.SIGINT)  # the program's own; the workers say nothing
    until(lambda: not running(str(tmp_path)) and not running(child))


def running(word: str) -> list[str]:
    """Command lines of living processes that hold `word`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in line:  # a zombie's is empty
            found.append(line)
    return found


def until(true) -> None:
    """Wait for it, a minute at most."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    pytest.fail("never came true")
