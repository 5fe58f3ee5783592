"""No network unless asked: the whole way from file to answer with every connection refused and noted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
# Loaded by Python itself before anything else, in every process that a command starts.
GUARD = """
import os, socket

def refuse(*args, **kwargs):
    with open(os.environ["NETWORK_LOG"], "a") as log:
        print(args, file=log)
    raise OSError("no network in this test")

socket.getaddrinfo = socket.create_connection = refuse
connect = socket.socket.connect

def local_only(self, address):
    return connect(self, address) if self.family == socket.AF_UNIX else refuse(address)

socket.socket.connect = local_only
"""


class Offline:
    """Runs `vankien` where every connection is refused; `attempts` is what was tried all the same."""

    def __init__(self, folder: Path) -> None:
        (folder / "sitecustomize.py").write_text(GUARD, "utf-8")
        self.log = folder / "network.log"
        path = os.pathsep.join([str(folder), str(REPO)])
        self.env = os.environ | {"PYTHONPATH": path, "NETWORK_LOG": str(self.log), "HF_HOME": str(folder / "hub")}

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "search_api.cli", *map(str, arguments)]
        return subprocess.run(command, env=self.env, cwd=REPO, capture_output=True, text=True, timeout=120, check=False)

    @property
    def attempts(self) -> str:
        return self.log.read_text("utf-8") if self.log.exists() else ""


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    return Offline(tmp_path)


def test_the_guard_sees_an_attempt(offline: Offline):
    code = "import urllib.request as u; u.urlopen('http://example.invalid/')"
    done = subprocess.run([sys.executable, "-c", code], env=offline.env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "example.invalid" in offline.attempts


def test_from_file_to_answer_without_network(offline: Offline, sample_files: list[Path], tmp_path: Path):
    index = tmp_path / "index"
    assert offline.run("models").returncode == 0
    done = offline.run("ingest", *sample_files[:2], "--index", index)
    assert done.returncode == 0, done.stderr
    done = offline.run("search", "kết quả giảm nghèo", "--index", index, "--mode", "hybrid")
    assert done.returncode == 0, done.stderr
    assert "nghèo" in done.stdout
    assert offline.run("doctor", "--index", index).returncode == 0
    assert not offline.attempts


def test_a_model_that_is_not_here_is_one_sentence_at_once(offline: Offline, sample_files: list[Path], tmp_path: Path):
    done = offline.run("ingest", sample_files[0], "--index", tmp_path / "index", "--model", "nobody/no-such-model")
    assert done.returncode == 3
    assert "nobody/no-such-model" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not offline.attempts
