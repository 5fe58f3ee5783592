"""One input through the whole pipeline: what came out, and whether that is allowed."""

from __future__ import annotations

import re
import resource
import signal
import tempfile
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import FrameType, TracebackType

from benchmarks.fuzz.invariants import broken, unclear
from ingest.errors import VankienError
from ingest.pipeline import parse_bytes
from ingest.readers import sniff
from ingest.sources import find_files

TIME_LIMIT = 5.0  # seconds of processor time for one input, so that a busy machine makes no false alarm,
TIME_A_BYTE = 60e-6  # and so many more for each byte: twice what the slowest linear shape takes
MEMORY_LIMIT = 1536 << 20  # bytes of address space above what the process has when it starts
PEAK_LIMIT = 768 << 20  # bytes resident at the worst moment


class TimeUpError(BaseException):
    """The input has used up its processor time; no handler of the pipeline may swallow this."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one input.

    Attributes:
        outcome: "document", or the name of the error of the tree, or "ESCAPE".
        problem: what makes it an escape, the same for the same defect; empty when all is well.
        detail: the traceback or the broken promises.
        seconds: of processor time.
    """

    outcome: str
    problem: str = ""
    detail: str = ""
    seconds: float = 0.0


def _time_up(number: int, frame: FrameType | None) -> None:
    raise TimeUpError


def confine(memory: int = MEMORY_LIMIT) -> None:
    """Set the memory limit of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def judge(data: bytes, name: str, *, limit: float = TIME_LIMIT, twice: bool = False) -> Verdict:
    """Parse `data` and check everything that a Document or an error promises.

    Args:
        data: the input.
        name: to parse it under.
        limit: seconds of processor time, for an input of no length.
        twice: parse it a second time and compare.
    """
    start, before = process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    old = signal.signal(signal.SIGPROF, _time_up)
    signal.setitimer(signal.ITIMER_PROF, limit + TIME_A_BYTE * len(data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            outcome, problems = _parse(data, name, twice)
    except TimeUpError as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        return Verdict("ESCAPE", f"time at {_place(error.__traceback__)}", _trace(error), process_time() - start)
    except Exception as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        problem = f"{type(error).__name__} at {_place(error.__traceback__)}"
        return Verdict("ESCAPE", problem, _trace(error), process_time() - start)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)
    seconds = process_time() - start
    if problems:
        return Verdict("ESCAPE", problems[0].split(":")[0], "\n".join(problems[:20]), seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if peak > max(PEAK_LIMIT, before):  # what the process took before this input is not its doing
        return Verdict("ESCAPE", "memory", f"{peak >> 20} MB resident", seconds)
    return Verdict(outcome, seconds=seconds)


def _parse(data: bytes, name: str, twice: bool) -> tuple[str, list[str]]:
    return _archive(data) if name.endswith(".zip") else _document(data, name, twice)


def _archive(data: bytes) -> tuple[str, list[str]]:
    """Every document of an archive, as a folder's ingest reads them; the outcome is the worst of them."""
    outcomes, problems = ["nothing"], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data)
        for source in find_files([path]):
            try:
                content = source.read_bytes()
            except VankienError as error:
                outcomes.append(type(error).__name__)
                problems += unclear(error)
                continue
            if sniff_or_none(content) in {"application/msword", "application/rtf"}:
                continue  # LibreOffice takes seconds for each
            outcome, found = _document(content, source.source, False)
            outcomes.append(outcome)
            problems += found
    return max(outcomes, key=lambda o: (o != "nothing", o != "document")), problems


def _document(data: bytes, name: str, twice: bool) -> tuple[str, list[str]]:
    try:
        document = parse_bytes(data, name)
    except VankienError as error:
        problems = unclear(error)
        if isinstance(error.__cause__, MemoryError):
            problems.append("memory: the limit was met")
        deep = " (RecursionError)" if isinstance(error.__cause__, RecursionError) else ""
        return type(error).__name__ + deep, problems
    problems = broken(document)
    if twice and parse_bytes(data, name) != document:
        problems.append("determinism: a second reading differs")
    return "document", problems


def sniff_or_none(data: bytes) -> str | None:
    """The media type, None where it cannot be told."""
    try:
        return sniff(data)
    except VankienError:
        return None


def _place(trace: TracebackType | None) -> str:
    """The innermost line of our own code."""
    place = "?"
    for frame in traceback.extract_tb(trace):
        if m := re.search(r"(?:ingest|fuzz)/(?:\w+/)*\w+\.py$", frame.filename):
            place = f"{m.group(0)}:{frame.lineno}"
    return place


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4000:]
