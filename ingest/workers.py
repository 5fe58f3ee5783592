"""Many tasks side by side: each worker is a process of its own; one that dies, hangs or eats memory costs one task.

A worker is started afresh, not forked, since a fork of a process with threads (torch, FAISS, Dask) may hang; by
`subprocess`, not `multiprocessing`, since Dask's workers are daemons, which `multiprocessing` forbids to have children.
It leads a session of its own: Ctrl-C in the terminal reaches the parent only, and whatever the worker has started
(LibreOffice, Tesseract) is ended with it. When the parent is gone, however that came about, the worker ends itself.
"""

from __future__ import annotations

import math
import os
import pickle
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, Generic, TypeVar

from ingest.progress import listening

Task = TypeVar("Task")
Result = TypeVar("Result")

AHEAD = 64  # results that may wait for an earlier one; bounds the memory that order costs
_START_LIMIT = 120.0  # seconds from the process's start to its first task: imports on a slow disk
_ORPHAN_GRACE = 30  # seconds after the limit at which the kernel ends a worker that nobody has ended
_PAGE_INTERVAL = 0.5  # seconds between two words about pages
PAGES = 50  # for so many pages read, a task gets the whole of its time again: OCR takes up to 10 s a page
# One thread each: workers are as many as there are cores, and a numeric library's threads hold memory besides
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
_START = "import sys; sys.path[:] = sys.argv[2:]; from ingest.workers import serve; serve(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may cost: seconds (again for every `PAGES` pages), megabytes its process may hold (0: no limit)."""

    seconds: float = 3600.0
    megabytes: int = 0

    def at_page(self, page: int) -> float:
        """Seconds from the beginning that a task may take that has come to that page."""
        return self.seconds * (1 + page // PAGES)


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a task has no result.

    Attributes:
        kind: "died" (its process is gone), "late" (stopped at the time limit) or "failed" (it raised, or its result
            cannot be sent).
        detail: the signal or exit code; the exception.
    """

    kind: str
    detail: str = ""


class Worker(Generic[Task, Result]):
    """One worker process, as its parent sees it.

    Args:
        work: a function of a module; gets a task, gives a result (both picklable).
        limits: for each task; the seconds count from the moment the worker takes it up.
        idle: seconds without a task after which the worker ends itself; None for never.
    """

    def __init__(self, work: Callable[[Task], Result], limits: Limits, idle: float | None = None) -> None:
        self._limits = limits
        self.index = -1
        self.deadline = 0.0
        self._begun = 0.0
        self._served = 0
        self._folder = tempfile.mkdtemp(prefix="vankien-")
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), *(p or os.getcwd() for p in sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # stdout is for the parent's data
                env={**_THREADS, **os.environ, "TMPDIR": self._folder},
                start_new_session=True,
            )
        self.pipe = Connection(ours.detach())
        self._send((work, limits, idle))

    def give(self, task: Task, index: int = 0) -> None:
        """Send a task; `index` is the caller's name for it."""
        self.index, self._begun = index, 0.0
        self.deadline = monotonic() + _START_LIMIT
        self._send(task)

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # it is dead; that is noticed when its answer is read
            self.pipe.send(message)

    def take(self) -> tuple[str, Any]:
        """The next message: ("page", (page, pages)), ("done", result) or a `Loss` as ("lost", loss).

        A worker that was idle and ended before it took the task up gives ("idle", None): give it to another.
        """
        while True:
            try:
                kind, value = pickle.loads(self.pipe.recv_bytes())
            except (EOFError, OSError):
                return ("idle", None) if self._served and not self._begun else ("lost", Loss("died", self._fate()))
            except Exception as error:  # it could be pickled there, but cannot be unpickled here
                return "lost", Loss("failed", describe(error))
            if kind == "page":
                self.deadline = self._begun + self._limits.at_page(value[0])
                return kind, value
            if kind != "begun":
                self._served += 1
                return (kind, value) if kind != "failed" else ("lost", Loss("failed", value))
            self._begun = monotonic()
            self.deadline = self._begun + self._limits.seconds
            if not self.pipe.poll():
                return kind, None

    def run(self, task: Task) -> Result | Loss | None:
        """One task from beginning to end; None when the worker had ended before it took the task up."""
        self.give(task)
        while self.pipe.poll(max(0.0, self.deadline - monotonic())):
            kind, value = self.take()
            if kind in ("done", "lost"):
                return value
            if kind == "idle":
                return None
        return Loss("late")

    def _fate(self) -> str:
        self.end()
        code = self.process.returncode
        try:
            return signal.Signals(-code).name if code < 0 else f"exit {code}"
        except ValueError:
            return f"signal {-code}"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process and whatever it has started, and remove its temporary files."""
        self.pipe.close()
        if self.process.returncode is None:  # until it is waited for, its number cannot be another's
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class WorkerPool(Generic[Task, Result]):
    """Runs one function over many tasks in `jobs` processes.

    Args:
        work: a function of a module; gets a task, gives a result (both picklable).
        jobs: number of processes.
        limits: what a task may cost.
    """

    def __init__(self, work: Callable[[Task], Result], jobs: int, limits: Limits = Limits()) -> None:
        self._work = work
        self._jobs = jobs
        self._limits = limits
        self._workers: list[Worker[Task, Result]] = []

    def results(
        self,
        tasks: list[Task],
        lost: Callable[[Task, Loss], Result],
        finished: Callable[[Result], None] | None = None,
        at_page: Callable[[Task, int, int], None] | None = None,
    ) -> Iterator[Result]:
        """Results in the order of `tasks`, each as soon as it and those before it are there.

        Whatever ends the iteration (the last result, an exception, Ctrl-C) also ends the workers. A task that was
        lost is not tried again: what killed one worker would kill the next.

        Args:
            tasks: what to work on.
            lost: makes the result of a task that has none.
            finished: called with each result at once, not in order: what it keeps, Ctrl-C does not lose.
            at_page: called with the task and the page (of how many) that is being read.
        """
        waiting = deque(range(len(tasks)))
        done: dict[int, Result] = {}
        position = 0
        try:
            while position < len(tasks):
                self._hand_out(waiting, tasks, position + AHEAD + self._jobs)
                for index, result in self._collect(tasks, waiting, lost, at_page):
                    done[index] = result
                    if finished:
                        finished(result)
                while position in done:
                    yield done.pop(position)
                    position += 1
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _hand_out(self, waiting: deque[int], tasks: list[Task], end: int) -> None:
        """Give tasks before number `end` to the workers that have none, starting workers as needed."""
        for worker in self._workers:
            if worker.index < 0 and waiting and waiting[0] < end:
                index = waiting.popleft()
                worker.give(tasks[index], index)
        while waiting and waiting[0] < end and len(self._workers) < self._jobs:
            index = waiting.popleft()
            worker = Worker(self._work, self._limits)
            self._workers.append(worker)
            worker.give(tasks[index], index)

    def _collect(
        self,
        tasks: list[Task],
        waiting: deque[int],
        lost: Callable[[Task, Loss], Result],
        at_page: Callable[[Task, int, int], None] | None,
    ) -> Iterator[tuple[int, Result]]:
        """Wait until at least one busy worker says something, dies or is late."""
        busy = [w for w in self._workers if w.index >= 0]
        rest = max(0.0, min(w.deadline for w in busy) - monotonic())
        ready = wait([w.pipe for w in busy], timeout=rest)
        for worker in busy:
            index = worker.index
            kind: str = ""
            value: Any = None
            if worker.pipe in ready:
                kind, value = worker.take()
            elif monotonic() >= worker.deadline:
                kind, value = "lost", Loss("late")
            if kind == "page" and at_page:
                at_page(tasks[index], *value)
            elif kind == "done":
                worker.index = -1
                yield index, value
            elif kind in ("lost", "idle"):
                self._workers.remove(worker)
                worker.end()
                if kind == "lost":
                    yield index, lost(tasks[index], value)
                else:
                    waiting.appendleft(index)


def describe(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def serve(handle: int) -> None:
    """The worker's own loop, until the other side is gone.

    Args:
        handle: file descriptor of its end of the socket pair.
    """
    pipe = Connection(handle)
    threading.Thread(target=_end_with_parent, args=(handle,), daemon=True).start()
    try:
        work, limits, idle = pipe.recv()
        _limit_memory(limits.megabytes)
        while pipe.poll(idle):
            task = pipe.recv()
            begun = monotonic()
            _set_alarm(limits.seconds)
            _tell(pipe, "begun", None)
            with listening(_page_teller(pipe, limits, begun)):
                answer = _answer(work, task)
            signal.alarm(0)
            pipe.send_bytes(answer)
    except (EOFError, OSError):
        return


def _answer(work: Callable[[Any], Any], task: Any) -> bytes:
    try:
        return pickle.dumps(("done", work(task)))
    except Exception as error:  # what the work raised, or why its result cannot be sent
        return pickle.dumps(("failed", describe(error)))


def _tell(pipe: Connection, kind: str, value: Any) -> None:
    pipe.send_bytes(pickle.dumps((kind, value)))


def _set_alarm(seconds: float) -> None:
    """Let the kernel end this process then: even one that holds Python's lock, even when no parent is left."""
    signal.alarm(max(1, math.ceil(seconds)) + _ORPHAN_GRACE)


def _page_teller(pipe: Connection, limits: Limits, begun: float) -> Callable[[int, int], None]:
    told = begun

    def tell(page: int, pages: int) -> None:
        nonlocal told
        if monotonic() - told >= _PAGE_INTERVAL or page % PAGES == 0:
            told = monotonic()
            _set_alarm(begun + limits.at_page(page) - told)
            _tell(pipe, "page", (page, pages))

    return tell


def _limit_memory(megabytes: int) -> None:
    """Let an allocation beyond the limit fail (MemoryError), so that one file cannot take the whole machine's memory.

    RLIMIT_DATA counts what the process has allocated (heap and private writable mappings, Linux 4.7 and later).
    RLIMIT_AS would count reserved addresses too, of which libraries such as torch take many times what they use;
    watching the resident size comes too late for what allocates faster than one looks.
    """
    if not megabytes or sys.platform != "linux":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = megabytes << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _end_with_parent(handle: int) -> None:
    """Wait for the other end to close, without reading; then end this process and all that it has started."""
    poll = select.poll()
    poll.register(handle, 0)  # a hang-up is told without being asked for
    poll.poll()
    os.killpg(0, signal.SIGKILL)
