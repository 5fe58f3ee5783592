"""What a parser may do to the process that runs it; a module without pytest, since worker processes import it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from ingest.document import Document
from ingest.errors import FileUnreadableError
from ingest.pipeline import parse_bytes

ENOUGH = 3 << 30  # bytes at which the hog gives up, so that a limit that fails does not take the machine


class LockedError(FileUnreadableError):
    """Cannot be pickled: it holds a lock."""

    def __init__(self) -> None:
        super().__init__("khóa")
        self.lock = threading.Lock()


class StubbornError(FileUnreadableError):
    """Can be pickled, but not unpickled."""

    def __reduce__(self):
        return _refuse, ()


def _refuse():
    raise ValueError("not here")


def hog() -> None:
    held = []
    while len(held) << 20 < ENOUGH:
        held.append(bytearray(b"x") * (1 << 20))


def spin() -> None:
    while True:
        pass


def fail(error: Exception) -> None:
    raise error


def kill_parent() -> None:
    """Of an executor's process, which has started this one (unless it is gone and this one was adopted)."""
    parent = os.getppid()
    if b"multiprocessing" in Path(f"/proc/{parent}/cmdline").read_bytes():
        os.kill(parent, signal.SIGKILL)
    time.sleep(600)


def start_child(seconds: str) -> None:
    """A program that outlives its parent unless somebody ends it."""
    os.spawnlp(os.P_NOWAIT, "sleep", "sleep", seconds)
    time.sleep(600)


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.05)


DEEDS = {
    "exit": lambda: os._exit(9),
    "leave": lambda: sys.exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill-parent": kill_parent,
    "hang": lambda: time.sleep(600),
    "spin": spin,
    "hog": hog,
    "grab": lambda: bytearray(ENOUGH),
    "bug": lambda: fail(ZeroDivisionError("of ours")),
    "locked": lambda: fail(LockedError()),
    "stubborn": lambda: fail(StubbornError("bướng")),
    "child": start_child,
    "wait": wait_for,
}


def parse(data: bytes, source: str) -> Document:
    """Do what the file's first word says; any other text is parsed."""
    word, *arguments = data.decode().split()
    if word == "lambda":
        return lambda: None  # type: ignore[return-value]
    if word in DEEDS and len(arguments) < 2:
        DEEDS[word](*arguments)
    return parse_bytes(data, source)
