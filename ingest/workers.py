"""Many files side by side: each worker is a process of its own, so that one that dies or hangs costs one file."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

TIME_LIMIT = 3600.0  # seconds for one file; the largest real one (408 pages of PDF) takes two minutes
_GRACE = 5.0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    index: int = -1
    deadline: float = 0.0


class WorkerPool(Generic[Task, Result]):
    """Runs one function over many tasks in `jobs` processes.

    Processes are started afresh, not forked, since a fork of a process with threads (torch, FAISS) may hang.

    Args:
        work: a function of a module; gets a task, gives a result (both picklable), raises nothing.
        jobs: number of processes.
        time_limit: seconds after which a worker is stopped.
    """

    def __init__(self, work: Callable[[Task], Result], jobs: int, time_limit: float = TIME_LIMIT) -> None:
        self._work = work
        self._jobs = jobs
        self._time_limit = time_limit
        methods = multiprocessing.get_all_start_methods()
        method = "forkserver" if "forkserver" in methods else "spawn"
        self._context: BaseContext = multiprocessing.get_context(method)
        self._workers: list[_Worker] = []

    def results(self, tasks: list[Task], lost: Callable[[Task, str], Result]) -> Iterator[Result]:
        """Results in the order of `tasks`, each as soon as it and those before it are there.

        Whatever ends the iteration (the last result, an exception, Ctrl-C) also ends the workers.

        Args:
            tasks: what to work on.
            lost: makes the result of a task whose worker died ("died") or passed the time limit ("late").
        """
        waiting = deque(range(len(tasks)))
        done: dict[int, Result] = {}
        position = 0
        try:
            while position < len(tasks):
                while waiting and len(self._workers) < self._jobs:
                    self._workers.append(self._start())
                for worker in self._workers:
                    if worker.index < 0 and waiting:
                        self._give(worker, waiting.popleft(), tasks)
                done |= self._collect(tasks, lost)
                while position in done:
                    yield done.pop(position)
                    position += 1
        finally:
            self._stop()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._work, theirs), daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, index: int, tasks: list[Task]) -> None:
        worker.index, worker.deadline = index, monotonic() + self._time_limit
        with suppress(OSError):  # it died while idle; that is noticed when its answer is read
            worker.pipe.send(tasks[index])

    def _collect(self, tasks: list[Task], lost: Callable[[Task, str], Result]) -> dict[int, Result]:
        """Wait until at least one busy worker answers, dies or is late."""
        busy = [w for w in self._workers if w.index >= 0]
        rest = max(0.0, min(w.deadline for w in busy) - monotonic())
        ready = wait([w.pipe for w in busy], timeout=rest)
        found: dict[int, Result] = {}
        for worker in busy:
            if worker.pipe in ready:
                try:
                    found[worker.index] = worker.pipe.recv()
                    worker.index = -1
                    continue
                except (EOFError, OSError):
                    reason = "died"
            elif monotonic() >= worker.deadline:
                reason = "late"
            else:
                continue
            found[worker.index] = lost(tasks[worker.index], reason)
            self._workers.remove(worker)
            _end(worker)
        return found

    def _stop(self) -> None:
        for worker in self._workers:
            _end(worker)
        self._workers.clear()


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.terminate()
    worker.process.join(_GRACE)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(work: Callable[[Task], Result], pipe: Connection) -> None:
    """The worker's own loop: until the pipe is closed on the other side."""
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            pipe.send(work(task))
        except (BrokenPipeError, KeyboardInterrupt):
            return
