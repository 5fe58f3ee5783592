"""Workers that judge inputs by their numbers, and the watch over them: one that hangs or dies is an escape."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import signal
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import monotonic

from benchmarks.fuzz.findings import Findings
from benchmarks.fuzz.judge import TIME_LIMIT, Verdict, confine, judge
from benchmarks.fuzz.sources import make_input, targets

CHUNK = 200  # inputs handed out, and done again after an interruption, at a time
WALL_LIMIT = 120.0  # seconds; only what hangs outside Python gets that far
RECYCLE = 2000  # inputs after which a worker is replaced, so that its peak memory starts anew
_TWICE = 50  # every fiftieth input is parsed twice


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    chunk: int = -1
    at: int = 0
    end: int = 0
    since: float = field(default_factory=monotonic)
    done: int = 0


@dataclass
class Campaign:
    """Inputs of one reader.

    Attributes:
        reader: its name in `targets`.
        seed: of the inputs.
        inputs: how many in all, those of earlier runs counted.
        seconds: stop after that many; 0 for never.
        jobs: processes.
        folder: for the state and the failing inputs.
    """

    reader: str
    seed: int
    inputs: int
    seconds: float
    jobs: int
    folder: Path

    def run(self) -> Findings:
        """Judge what is left to judge. Ctrl-C saves what is done and is raised again."""
        key = f"random-{self.seed}"
        self.findings = Findings.load(self.reader, self.folder, key)
        before, start = self.findings.seconds, monotonic()
        last = -(-self.inputs // CHUNK)
        self._todo = deque(c for c in range(last) if c not in self.findings.chunks)
        self._workers: list[_Worker] = []
        self._again: set[int] = set()  # inputs that cost a worker its life once
        self._kept: dict[str, tuple[Path, Verdict]] = {}
        told = start
        try:
            while (self._todo and not self._over(start)) or any(w.chunk >= 0 for w in self._workers):
                self._hand_out(self._over(start))
                self._collect()
                self.findings.seconds = before + monotonic() - start
                if monotonic() - told > (1 if sys.stderr.isatty() else 60):
                    told = monotonic()
                    self._tell()
                    self.findings.save(key)
        finally:
            self.findings.save(key)
            for worker in self._workers:
                _end(worker)
        for path, verdict in self._kept.values():
            self.findings.make_small(path, verdict)
        return self.findings

    def _over(self, start: float) -> bool:
        return bool(self.seconds) and monotonic() - start > self.seconds

    def _tell(self) -> None:
        f = self.findings
        rate = f.inputs / max(f.seconds, 1e-9)
        line = f"{self.reader}: {f.inputs:,}/{self.inputs:,}, {rate:,.0f}/s, {sum(f.escapes.values())} escapes"
        before, after = ("\r", "") if sys.stderr.isatty() else ("", "\n")
        print(before + line, end=after, file=sys.stderr, flush=True)

    def _hand_out(self, over: bool) -> None:
        for worker in [w for w in self._workers if w.chunk < 0 and w.done >= RECYCLE]:
            self._workers.remove(worker)
            _end(worker)
        while not over and self._todo and len(self._workers) < self.jobs:
            self._workers.append(self._start())
        for worker in self._workers:
            if worker.chunk < 0 and self._todo and not over:
                worker.chunk = self._todo.popleft()
                worker.at, worker.end = worker.chunk * CHUNK, min((worker.chunk + 1) * CHUNK, self.inputs)
                self._send(worker)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.reader, self.seed), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    @staticmethod
    def _send(worker: _Worker) -> None:
        worker.since = monotonic() + 20.0  # the first answer also waits for the imports
        with suppress(OSError):
            worker.pipe.send((worker.at, worker.end))

    def _collect(self) -> None:
        """Take in the verdicts that are there; replace workers that are dead or late."""
        ready = wait([w.pipe for w in self._workers], timeout=0.5)
        for worker in list(self._workers):
            if worker.pipe in ready:
                try:
                    while worker.pipe.poll():
                        self._take(worker, worker.pipe.recv())
                except (EOFError, OSError):
                    self._lost(worker, "died")
            elif worker.chunk >= 0 and monotonic() - worker.since > WALL_LIMIT and not worker.pipe.poll():
                self._lost(worker, "hang")

    def _take(self, worker: _Worker, verdict: Verdict) -> None:
        self.findings.add(verdict, worker.at)
        worker.since = monotonic()
        if verdict.problem:
            self._keep(worker.at, verdict)
        worker.at += 1
        worker.done += 1
        if worker.at >= worker.end:
            self.findings.chunks.add(worker.chunk)
            worker.chunk = -1

    def _lost(self, worker: _Worker, reason: str) -> None:
        """Count the input that cost a worker its life and go on behind it with a new one."""
        _end(worker)
        self._workers.remove(worker)
        if worker.chunk < 0:
            return
        if worker.at not in self._again:  # a machine that stands still for a minute looks like a hang
            self._again.add(worker.at)
            self._workers.append(self._resume(worker, worker.at))
            return
        detail = f"exit code {worker.process.exitcode}, seed {self.seed}, input {worker.at}"
        verdict = Verdict("ESCAPE", reason, detail)
        self.findings.add(verdict, worker.at)
        self._keep(worker.at, verdict)
        self._workers.append(self._resume(worker, worker.at + 1))

    def _resume(self, lost: _Worker, at: int) -> _Worker:
        """A new worker for the rest of a lost one's chunk."""
        fresh = self._start()
        fresh.chunk, fresh.at, fresh.end = lost.chunk, at, lost.end
        if at >= lost.end:
            self.findings.chunks.add(lost.chunk)
            fresh.chunk = -1
        else:
            self._send(fresh)
        return fresh

    def _keep(self, index: int, verdict: Verdict) -> None:
        target = targets()[self.reader]
        path = self.findings.keep(make_input(target, self.seed, index), target.suffix, verdict)
        if path is not None:
            self._kept.setdefault(verdict.problem, (path, verdict))
            print(f"\n{self.reader} input {index}: {verdict.problem}\n  {path}", file=sys.stderr, flush=True)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def _serve(pipe: Connection, reader: str, seed: int) -> None:
    """The worker: ranges of numbers in, one verdict out for each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    target = targets()[reader]
    judge(make_input(target, seed, 0), f"a{target.suffix}")  # imports what the reader needs before memory is limited
    confine()
    while True:
        try:
            start, end = pipe.recv()
        except (EOFError, OSError):
            return
        for index in range(start, end):
            data = make_input(target, seed, index)
            verdict = judge(data, f"a{target.suffix}", limit=TIME_LIMIT, twice=index % _TWICE == 0)
            if verdict.problem.startswith("time"):  # a virtual machine that is paused charges the pause to somebody
                verdict = judge(data, f"a{target.suffix}", limit=TIME_LIMIT)
            try:
                pipe.send(verdict)
            except OSError:
                return
