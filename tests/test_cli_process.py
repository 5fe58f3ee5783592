"""The command line in a process of its own, for what only that shows."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "search_api.cli"]


def test_help_loads_nothing_heavy():
    program = (
        "import sys; from search_api.cli import main; main(['--help']); "
        "heavy = {'torch', 'numpy', 'faiss', 'fastapi', 'underthesea', 'jinja2', 'sqlite3'} & set(sys.modules); "
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPO, check=True, stdout=subprocess.DEVNULL)


def test_serve_prints_its_address_answers_and_stops(sample_index):
    with subprocess.Popen(
        [*COMMAND, "serve", "--index", str(sample_index), "--port", "0"],
        cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            import httpx

            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
            assert httpx.get(f"{address}/api/v1/readyz").json()["status"] == "ready"
            busy = subprocess.run(
                [*COMMAND, "serve", "--index", str(sample_index), "--port", address.rpartition(":")[2]],
                cwd=REPO, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert busy.returncode == 2
            assert "--port" in busy.stderr
            assert busy.stderr.count("\n") == 1
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) in (0, 130)
            assert process.stderr is not None
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def test_a_closed_pipe_is_no_error(sample_index):
    reader, writer = socket.socketpair()
    reader.close()
    with writer:
        done = subprocess.run(
            [*COMMAND, "models", "--json"],
            cwd=REPO,
            stdout=writer.fileno(),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 0
    assert done.stderr == ""
