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


def parse(data: bytes, source: str) -> Document:
    """Do what the file says; any other text is parsed."""
    match data.decode().split():
        case ["exit"]:
            os._exit(9)
        case ["leave"]:
            sys.exit(3)
        case ["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["kill-parent"]:  # of an executor's process, which has started this one
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(600)
        case ["hang"]:
            time.sleep(600)
        case ["spin"]:
            while True:
                pass
        case ["hog"]:
            hog()
        case ["grab"]:
            bytearray(ENOUGH)
        case ["bug"]:
            raise ZeroDivisionError("of ours")
        case ["locked"]:
            raise LockedError
        case ["stubborn"]:
            raise StubbornError("bướng")
        case ["lambda"]:
            return lambda: None  # type: ignore[return-value]
        case ["child", name]:  # a program that outlives its parent unless somebody ends it
            os.spawnlp(os.P_NOWAIT, "sleep", "sleep", name)
            time.sleep(600)
        case ["wait", path]:
            while not Path(path).exists():
                time.sleep(0.05)
    return parse_bytes(data, source)
