"""Runs LibreOffice for one conversion and outlives whoever asked for it, only to clean up.

A program of its own (``python -I office_guard.py FOLDER SECONDS COMMAND …``), so that a reader that is stopped, killed
or interrupted leaves no LibreOffice running and no file behind: the pipe to its standard input then closes.
It prints one line, the exit status of the command, "late", or "failed: …", waits for the pipe to be closed, and
removes the folder.
"""

from __future__ import annotations

import os
import resource
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic

MAX_MEMORY = 4 * 1024 * 1024 * 1024  # bytes of address space; LibreOffice takes one of them to start
MAX_OUTPUT = 1024 * 1024 * 1024  # bytes of one file that it writes
_LOOK = 0.05  # seconds between looks at the process


def main(folder: str, seconds: float, command: list[str]) -> None:
    """Run `command` for at most `seconds`, report, wait for the reader, remove `folder`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        print(_run(folder, seconds, command), flush=True)
        while sys.stdin.buffer.read(4096):
            pass
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: str, seconds: float, command: list[str]) -> str:
    deadline = monotonic() + seconds
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_limit,  # noqa: PLW1509 - this program has one thread
        )
    except OSError as error:
        return f"failed: {error}"
    try:
        while process.poll() is None:
            if monotonic() > deadline:
                return "late"
            if select.select([sys.stdin], [], [], _LOOK)[0]:  # closed: nobody waits any more
                return "left"
        return str(process.returncode)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _limit() -> None:
    for signalled in (signal.SIGINT, signal.SIGTERM):  # what is ignored here would be ignored there
        signal.signal(signalled, signal.SIG_DFL)
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901
        resource.setrlimit(kind, (most, most))


def _environment(folder: str) -> dict[str, str]:
    """As little as it takes: no proxies, no display, no home but the folder."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "FONTCONFIG_PATH") if name in os.environ}
    return {**kept, "HOME": folder, "TMPDIR": folder, "SAL_USE_VCLPLUGIN": "svp", "SAL_DISABLE_OPENCL": "1"}


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
