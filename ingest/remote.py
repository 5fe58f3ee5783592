"""Reading on any `concurrent.futures.Executor`, above all Dask's (`ingest.cluster`): other machines, perhaps.

What is sent is a small object with the file's bytes (`ReadTask`). On the other side it is read in a process of its own
(`ingest.workers`), never in the executor's: a file that crashes or hangs neither ends nor blocks a Dask worker, the
time limit counts from when its reading begins and not from when it was queued, and memory is bounded.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.document import Document
from ingest.errors import ClusterLostError, UsageError, VankienError
from ingest.many import Item, Outcome, Parse, attempt, error_of_loss, load, name_of
from ingest.workers import AHEAD, Limits, Loss, Worker, describe

MAX_UNDER_WAY = 256  # files handed to the executor at once
MAX_BYTES_UNDER_WAY = 256 << 20  # and bytes, unless one file alone is larger
SILENCE = 60.0  # seconds over the time that any file may take after which an executor that is silent counts as lost
_PAGE_BYTES = 10_000  # a page that is slow to read is a picture, which takes up more than that
_IDLE = 60.0  # seconds that a process on the other side waits for the next file
_AGAIN = "Những tệp đã đọc được giữ lại; chạy lại để đọc tiếp (what has been read is kept; run again to go on)"
SAME = "Cài cùng một phiên bản trên mọi máy (install the same version on every machine)"


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """Hash of this package's source: other code may read the same bytes as another document."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One file to read, with all that another machine must know.

    Attributes:
        source: its name to cite.
        data: its bytes.
        parse: bytes and name → document.
        limits: what reading may cost.
        code: `code_fingerprint` of the sender.
    """

    source: str
    data: bytes
    parse: Parse
    limits: Limits
    code: str


@dataclass(frozen=True, slots=True)
class OtherCode:
    """The answer of a worker whose code is not the sender's: it has not read the file."""

    machine: str


# The processes of this side that wait for work; more than one where the executor has several threads.
_waiting: list[tuple[Limits, Worker[ReadTask, Document | VankienError]]] = []
_lock = threading.Lock()


def read_task(task: ReadTask) -> Document | VankienError | OtherCode:
    """What the executor runs: read one file in a process of its own.

    Never raises: whatever happens to the file is in the answer.
    """
    if task.code != code_fingerprint():
        import socket

        return OtherCode(socket.gethostname())
    while True:
        worker = _worker(task.limits)
        answer = worker.run(task)
        if isinstance(answer, Loss):
            worker.end()
            return error_of_loss(task.limits, task.source, answer)
        if answer is not None:
            with _lock:
                _waiting.append((task.limits, worker))
            return answer
        worker.end()  # it had waited too long and ended itself


def _worker(limits: Limits) -> Worker[ReadTask, Document | VankienError]:
    with _lock:
        old = [w for kept, w in _waiting if kept != limits or not w.alive]
        _waiting[:] = [(kept, w) for kept, w in _waiting if w not in old]
        found = _waiting.pop()[1] if _waiting else None
    for worker in old:
        worker.end()
    return found or Worker(_parse, limits, _IDLE)


def _parse(task: ReadTask) -> Document | VankienError:
    return attempt(lambda: task.parse(task.data, task.source), task.source)


def results_from(
    executor: Executor,
    items: list[Item],
    parse: Parse,
    limits: Limits,
    finished: Callable[[Outcome[Item]], None] | None,
) -> Iterator[Outcome[Item]]:
    """Outcomes in the order of `items`, each as soon as it and those before it are there.

    Raises:
        ClusterLostError: the executor takes no work, or answers no more.
        UsageError: a worker has other code.
    """
    run = _Run(executor, items, parse, limits)
    done: dict[int, Outcome[Item]] = {}
    position = 0
    try:
        while position < len(items):
            for index, outcome in [*run.hand_out(position), *run.collect()]:
                done[index] = outcome
                if finished:
                    finished(outcome)
            while position in done:
                yield done.pop(position)
                position += 1
    finally:
        run.cancel()


class _Run:
    """The files of one `results_from` that are under way."""

    def __init__(self, executor: Executor, items: list[Any], parse: Parse, limits: Limits) -> None:
        self._executor = executor
        self._items = items
        self._parse = parse
        self._limits = limits
        self._next = 0
        self._latest = -1  # the highest number that has come back
        self._under_way: dict[Future[Any], tuple[int, int]] = {}  # number and bytes of each

    def hand_out(self, position: int) -> Iterator[tuple[int, Outcome[Any]]]:
        """Submit as many as may be under way; gives the outcomes of those that could not even be loaded."""
        while self._next < min(len(self._items), position + MAX_UNDER_WAY + AHEAD):
            size = sum(size for _, size in self._under_way.values())
            if len(self._under_way) >= MAX_UNDER_WAY or size >= MAX_BYTES_UNDER_WAY:
                return
            index, item = self._next, self._items[self._next]
            self._next += 1
            try:
                data = load(item)
            except VankienError as error:
                yield index, Outcome(item, name_of(item), None, error)
                continue
            task = ReadTask(name_of(item), data, self._parse, self._limits, code_fingerprint())
            try:
                self._under_way[self._executor.submit(read_task, task)] = index, len(data)
            except RuntimeError as error:  # it is broken or shut down
                raise _lost(describe(error)) from error

    def collect(self) -> Iterator[tuple[int, Outcome[Any]]]:
        """Wait until at least one answer is there, or nothing has come for too long."""
        if not self._under_way:
            return
        pages = max(size for _, size in self._under_way.values()) // _PAGE_BYTES
        patience = self._limits.at_page(pages) + SILENCE
        ready, _ = wait(self._under_way, timeout=patience, return_when=FIRST_COMPLETED)
        if not ready:
            yield from self._give_up(patience)
        for future in ready:
            index, _ = self._under_way.pop(future)
            self._latest = max(self._latest, index)
            yield index, self._outcome(index, future)

    def _outcome(self, index: int, future: Future[Any]) -> Outcome[Any]:
        item = self._items[index]
        try:
            answer = future.result()
        except CancelledError as error:
            raise _lost("cancelled") from error
        except Exception as error:
            if type(error).__name__ != "KilledWorker":  # Dask's, when the workers that had this file were all lost
                raise _lost(describe(error)) from error
            answer = error_of_loss(self._limits, name_of(item), Loss("died", "KilledWorker"))
        if isinstance(answer, OtherCode):
            what = f"máy {answer.machine} có phiên bản khác (a worker there has another version of this package)"
            raise UsageError(what, where="Dask", do=SAME)
        document, error = (answer, None) if isinstance(answer, Document) else (None, answer)
        return Outcome(item, name_of(item), document, error)

    def _give_up(self, patience: float) -> Iterator[tuple[int, Outcome[Any]]]:
        """Nothing for longer than any file may take: what later files have overtaken is lost.

        Raises:
            ClusterLostError: nothing was overtaken, so that it is not the files' fault.
        """
        overtaken = [f for f, (index, _) in self._under_way.items() if index < self._latest]
        if not overtaken:
            raise _lost(f"{patience:g} s")
        for future in overtaken:
            index, _ = self._under_way.pop(future)
            future.cancel()
            item = self._items[index]
            yield index, Outcome(item, name_of(item), None, error_of_loss(self._limits, name_of(item), Loss("late")))

    def cancel(self) -> None:
        """Cancel what has not begun; what has begun ends at its time limit at the latest."""
        for future in self._under_way:
            future.cancel()
        self._under_way.clear()


def _lost(detail: str) -> ClusterLostError:
    what = f"cụm máy đọc không còn làm việc (the executor no longer works): {detail}"
    return ClusterLostError(what, do=_AGAIN)
