"""How many searches a second the server answers, beside txtai's API, and how long a round trip takes.

usage: python -m benchmarks.server [--folder DIR] [--seconds N] [--connections N] [--rounds N] [--txtai PYTHON]

wrk (Debian's package of that name) asks the queries of ``wrk_queries.lua`` for N seconds. With --txtai, the python of
an environment that has txtai's API, txtai serves the same passages with the same encoder (`benchmarks.server_txtai`),
and both are measured by turns, each server alone on the machine and warm. Then 200 calls, one after the other, of
``/api/v1/verify`` and of the MCP tool ``search``: over HTTP, over stdio, and by a bare POST, which tells how much of a
round trip is the client's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.server_txtai import TXTAI_SEARCH, stopped, txtai_serving, txtai_version
from benchmarks.verify import cut
from index.build import ingest_paths
from index.search import open_index

ROOT = Path(__file__).resolve().parents[1]
LUA = Path(__file__).with_name("wrk_queries.lua")
OUR_SEARCH = "/api/v1/search?limit=10&q="
CALLS, WARM = 200, 20
QUOTABLE = 12  # words
MCP_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured: rate a second, milliseconds, answers above 399, and requests without an answer."""

    rate: float
    p50: float
    p99: float
    status: int
    broken: int

    def __str__(self) -> str:
        times = f"p50 {self.p50:7.1f} ms  p99 {self.p99:7.1f} ms"
        return f"{self.rate:7.1f} requests/s  {times}  {self.status} bad answers, {self.broken} broken"


@dataclass(frozen=True, slots=True)
class Texts:
    """What an index holds: ids of its documents, (id, text) of its passages."""

    documents: list[str]
    passages: list[tuple[str, str]]

    @property
    def quotable(self) -> list[str]:
        """The passages that are long enough to cut quotations out of them."""
        return [text for _, text in self.passages if len(re.findall(r"[^\W\d_]+", text)) >= QUOTABLE]


def default_folder() -> Path:
    """The reports beside the checkout where they are, else the samples."""
    seeds = ROOT.parent / "shared" / "seeds"
    return seeds if seeds.is_dir() else ROOT / "samples"


def indexed(folder: Path, index: Path) -> Texts:
    """Index a folder of documents, and say what is in it."""
    report = ingest_paths([folder], index)
    if report.failed:
        print(f"{len(report.failed)} files could not be read", file=sys.stderr)
    searcher = open_index(index)
    documents = [info.id for info in searcher.documents()]
    passages = [(s.passage.id, s.passage.text) for name in documents for s in searcher.document_passages(name)]
    searcher.close()
    return Texts(documents, passages)


def stop_on_sigterm() -> None:
    """Let SIGTERM end this program as Ctrl-C does, so that no server is left behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def environment() -> dict[str, str]:
    """Of the processes started here: this checkout, no network."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


def queries() -> list[str]:
    """Those of the Lua file."""
    return re.findall(r'^  "(.+)",$', LUA.read_text(encoding="utf-8"), re.MULTILINE)


# ---- servers -----------------------------------------------------------------------------------------------------


@contextmanager
def serving(index: Path, log: Path, wait: float = 120) -> Iterator[tuple[str, int]]:
    """``vankien serve`` over an index, on a free port of this machine.

    Args:
        index: the index.
        log: where its messages go.
        wait: seconds that it may take to start.

    Yields:
        Its address and the process' number; it is stopped whatever happens.
    """
    options = ["--index", str(index), "--host", "127.0.0.1", "--port", "0"]
    options += ["--reload-seconds", "0", "--log-level", "warning"]
    command = [sys.executable, "-m", "search_api.cli", "serve", *options]
    with log.open("wb") as messages:
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=messages, text=True)
    late = threading.Timer(wait, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()  # printed once it answers; empty where it has ended
        late.cancel()
        if not address:
            raise SystemExit(f"the server did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
        yield address, process.pid
    finally:
        late.cancel()
        stopped(process)


# ---- requests a second -------------------------------------------------------------------------------------------


def warmed(address: str, path: str) -> float:
    """Ask each query twice; the mean size of an answer, in KB.

    Raises:
        SystemExit: one was not answered: what follows would measure errors.
    """
    connection, sizes = connected(address), []
    for query in 2 * queries():
        connection.request("GET", path + quote(query, safe=""))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status} for {query!r}: {body[:300].decode('utf-8', 'replace')}")
        sizes.append(len(body))
    connection.close()
    return statistics.mean(sizes) / 1000


def loaded(address: str, path: str, seconds: int, connections: int) -> Load:
    """Let wrk ask for so many seconds."""
    options = [f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    command = ["wrk", *options, "-s", str(LUA), address, "--", path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["requests"] / found["seconds"]
    return Load(rate, found["p50"], found["p99"], found["status"], found["broken"])


Sides = dict[str, tuple[Callable[[], AbstractContextManager[tuple[str, int]]], str]]
"""Name of a server → what starts it, and the path of a search."""


def compared(sides: Sides, rounds: int, seconds: int, connections: int) -> None:
    """Measure the servers by turns, print each line, the medians and their ratio."""
    found: dict[str, list[Load]] = {name: [] for name in sides}
    for number in range(1, rounds + 1):
        for name, (start, path) in sides.items():
            with start() as (address, _):
                size = warmed(address, path)
                load = loaded(address, path, seconds, connections)
            found[name].append(load)
            print(f"{name:8} round {number}  {load}  ({size:.1f} KB an answer)", flush=True)
    medians = {name: statistics.median(load.rate for load in loads) for name, loads in found.items()}
    print("median   " + ", ".join(f"{name} {rate:.1f} requests/s" for name, rate in medians.items()), end="")
    if len(medians) == 2:
        ours, theirs = medians.values()
        print(f"; ratio {ours / theirs:.2f}")
    else:
        print("; txtai was not measured (--txtai PYTHON)")


# ---- round trips -------------------------------------------------------------------------------------------------


def connected(address: str) -> http.client.HTTPConnection:
    """A connection to the server that is kept open."""
    return http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)


def told(name: str, times: Sequence[float]) -> None:
    """Print a line of what calls took, without the first ones."""
    counted = sorted(times[WARM:])
    p50, p95 = counted[len(counted) // 2], counted[int(len(counted) * 0.95)]
    print(f"{name:36} p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  ({len(counted)} calls)", flush=True)


def posted(address: str, path: str, bodies: Iterator[dict[str, Any]]) -> list[float]:
    """Milliseconds of each POST, over one connection."""
    connection, times = connected(address), []
    for body in bodies:
        data = json.dumps(body).encode()
        started = time.perf_counter()
        connection.request("POST", path, data, MCP_HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != 200 or b'"isError":true' in text:
            raise SystemExit(f"{answer.status} from {path}: {text[:300].decode('utf-8', 'replace')}")
    connection.close()
    return times


async def tool_times(target: Any) -> list[float]:
    """Milliseconds of each call of the tool ``search`` by the official client.

    Args:
        target: an address, or how the server is started.
    """
    from mcp import Client

    times = []
    async with Client(target) as client:
        for query in islice(cycle(queries()), CALLS + WARM):
            started = time.perf_counter()
            result = await client.call_tool("search", {"query": query})
            times.append((time.perf_counter() - started) * 1000)
            if result.is_error:
                raise SystemExit(f"search of {query!r}: {result.content}")
    return times


def round_trips(index: Path, texts: Texts, log: Path) -> None:
    """Print what verify and the MCP search take, one call after the other."""
    import anyio
    from mcp import StdioServerParameters

    random_, quotable = random.Random(8), texts.quotable
    quotes = ({"quote": cut(random_.choice(quotable), random_)} for _ in range(CALLS + WARM))
    calls = (
        {"jsonrpc": "2.0", "id": i, "method": "tools/call", "params": {"name": "search", "arguments": {"query": query}}}
        for i, query in enumerate(islice(cycle(queries()), CALLS + WARM))
    )
    with serving(index, log) as (address, _):
        told("POST /api/v1/verify", posted(address, "/api/v1/verify", quotes))
        told("MCP search, HTTP, official client", anyio.run(tool_times, f"{address}/mcp/"))
        told("MCP search, HTTP, bare POST", posted(address, "/mcp/", calls))
    words = ["-m", "search_api.cli", "mcp", "--index", str(index)]
    program = StdioServerParameters(command=sys.executable, args=words, env=environment())
    told("MCP search, stdio, official client", anyio.run(tool_times, program))


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=default_folder(), help="documents")
    parser.add_argument("--seconds", type=int, default=20, help="of each run of wrk")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2, help="how often each server is measured")
    parser.add_argument("--txtai", type=Path, metavar="PYTHON", help="of an environment with txtai's API")
    args = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is not on this machine: install Debian's package wrk")
    stop_on_sigterm()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        index, log = folder / "index", folder / "server.log"
        texts = indexed(args.folder, index)
        documents, passages = len(texts.documents), len(texts.passages)
        print(f"{documents} documents, {passages} passages; {args.connections} connections, {args.seconds} s a run")
        sides: Sides = {"vankien": (partial(serving, index, log), OUR_SEARCH)}
        if args.txtai:
            print(f"txtai {txtai_version(args.txtai)}: hybrid (BM25 and the same encoder), content kept")
            sides["txtai"] = (partial(txtai_serving, args.txtai, folder / "txtai", texts.passages), TXTAI_SEARCH)
        compared(sides, args.rounds, args.seconds, args.connections)
        round_trips(index, texts, log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
