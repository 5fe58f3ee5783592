"""The peer of `benchmarks.server`: txtai's own API over our passages, with our encoder.

Nothing of txtai is imported here: it lives in an environment of its own, is configured by a file and filled over HTTP
(``/add``, ``/index``), as its users do it. It searches by BM25 and by vectors (``hybrid``) and keeps the texts
(``content``); its tokenizer is its default, and the encoder reads the text as it is, without our word segmentation. To
make such an environment beside ours without another torch: a virtual environment, a ``.pth`` file in it that names our
site-packages, then ``pip install --no-deps txtai fastapi-mcp``.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.model_profiles import DEFAULT_MODEL, find_model

TXTAI_SEARCH = "/search?limit=10&query="
CONFIG = """path: {index}
writable: true
embeddings:
  path: {model}
  method: sentence-transformers
  hybrid: true
  content: true
"""
START_SECONDS, INDEX_SECONDS = 120, 600


def txtai_version(python: Path) -> str:
    """The version that an environment has."""
    code = "from importlib.metadata import version; print(version('txtai'))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def txtai_serving(python: Path, folder: Path, passages: Sequence[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    """The API of txtai on a free port of this machine, filled with the passages where it is not yet.

    Args:
        python: of an environment with txtai's API.
        folder: for its configuration, its index and its messages; what an earlier start left there is used.
        passages: id and text.

    Yields:
        Its address and the process' number; it is stopped whatever happens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config, port = folder / "config.yml", free_port()
    config.write_text(CONFIG.format(index=folder / "index", model=find_model(DEFAULT_MODEL)), encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own |= {"CONFIG": str(config), "HF_HUB_OFFLINE": "1"}
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    with (folder / "log").open("wb") as log:
        command = [python, "-m", "uvicorn", "txtai.api:app", *options]
        process = subprocess.Popen(command, cwd=folder, env=own, stdout=log, stderr=log)
    try:
        wait_for(process, port, folder / "log")
        if int(asked(port, "GET", "/count")) != len(passages):
            asked(port, "POST", "/add", [{"id": name, "text": text} for name, text in passages])
            asked(port, "GET", "/index")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        stopped(process)


def stopped(process: subprocess.Popen[Any]) -> None:
    """End a process, by force where it does not follow."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once it answers.

    Raises:
        SystemExit: it ended, or takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            asked(port, "GET", "/count")
        except ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"txtai did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def asked(port: int, method: str, path: str, body: object = None) -> str:
    """What it answers to one request.

    Raises:
        SystemExit: it did not answer with 200.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=INDEX_SECONDS)
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"txtai: {answer.status} for {path}: {text[:300]}")
    return text
