"""Many files → their documents, in order: in worker processes of this machine, or on any `concurrent.futures.Executor`.

Whatever happens to one file (it is damaged, crashes its process, hangs, eats memory, gives what cannot be sent), it is
named with the reason and the others go on. A file that cost a process is not tried a second time in the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from ingest.document import Document
from ingest.errors import FileUnreadableError, VankienError, printable
from ingest.pipeline import MORE_MEMORY, OUT_OF_MEMORY, parse_bytes
from ingest.sources import load_file
from ingest.workers import Limits, Loss, WorkerPool, describe

TIME_LIMIT = 600.0  # seconds for one file, and for every `ingest.workers.PAGES` pages of it
MEMORY_LIMIT = 2048  # megabytes for the process that reads it
_CHECK = "Kiểm tra lại bản gốc (check the original)"


@runtime_checkable
class Source(Protocol):
    """A document that is not simply a file, such as a member of a ZIP: its name to cite, and its bytes."""

    @property
    def source(self) -> str:
        """The name to cite."""
        ...

    def read_bytes(self) -> bytes:
        """Its bytes.

        Raises:
            IngestError: they cannot be had.
        """
        ...


Item = TypeVar("Item", bound="Path | Source")
Parse = Callable[[bytes, str], Document]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item]):
    """What became of one item: a document, or the error that stopped it."""

    item: Item
    source: str
    document: Document | None
    error: VankienError | None


def parse_many(
    items: Iterable[Item],
    *,
    jobs: int = 0,
    time_limit: float = TIME_LIMIT,
    memory_limit: int = MEMORY_LIMIT,
    executor: Executor | None = None,
    on_progress: Callable[[Outcome[Item]], None] | None = None,
    on_page: Callable[[Item, int, int], None] | None = None,
    parse: Parse = parse_bytes,
) -> Iterator[Outcome[Item]]:
    """Parse many files; outcomes in the order of `items`, one each.

    Args:
        items: paths, or whatever else is a `Source`.
        jobs: worker processes. 0 parses in this process, for programs that need no protection: there a file that
            hangs or crashes takes the program with it, and neither limit holds.
        time_limit: seconds for one file, from the moment its reading begins; again for every 50 pages of a PDF.
        memory_limit: megabytes for the process that reads it (Linux; 0: none).
        executor: read there instead, `jobs` being ignored. The file's bytes travel, not its path, so the workers may be
            other machines; they need this package in the same version.
        on_progress: called with each outcome as soon as it is there, not in order. What it keeps is safe from Ctrl-C,
            which ends the workers, cancels what waits and is raised here.
        on_page: called now and then with the item, the page that is being read and how many there are (long PDFs, in
            worker processes of this machine).
        parse: bytes and name → document; a function of a module.

    Raises:
        ClusterLostError: the executor takes no work, or answers no more.
        UsageError: the executor's workers have another version of this package.
    """
    files = list(items)
    limits = Limits(time_limit, memory_limit)
    if executor is not None:
        from ingest.remote import results_from

        outcomes = results_from(executor, files, parse, limits, on_progress)
    elif jobs <= 0:
        outcomes = _here(files, parse, on_progress)
    else:
        pool: WorkerPool[Item, Outcome[Item]] = WorkerPool(partial(outcome_of, parse), min(jobs, len(files)), limits)
        outcomes = pool.results(files, partial(outcome_of_loss, limits), on_progress, on_page)
    yield from outcomes


def _here(
    files: list[Item], parse: Parse, on_progress: Callable[[Outcome[Item]], None] | None
) -> Iterator[Outcome[Item]]:
    for file in files:
        outcome = outcome_of(parse, file)
        if on_progress:
            on_progress(outcome)
        yield outcome


def name_of(item: Path | Source) -> str:
    """The name to cite."""
    return printable(item.name if isinstance(item, Path) else item.source)


def load(item: Path | Source) -> bytes:
    """Its bytes.

    Raises:
        IngestError: they cannot be had.
    """
    return load_file(item) if isinstance(item, Path) else item.read_bytes()


def outcome_of(parse: Parse, item: Item) -> Outcome[Item]:
    """Read and parse one item; every exception becomes an error of the tree."""
    found = attempt(lambda: parse(load(item), name_of(item)), name_of(item))
    document, error = (found, None) if isinstance(found, Document) else (None, found)
    return Outcome(item, name_of(item), document, error)


def attempt(work: Callable[[], Document], source: str) -> Document | VankienError:
    """What `work` gives, or its error; a defect of ours must not cost the other thousand files."""
    try:
        return work()
    except VankienError as error:
        return error
    except MemoryError:
        return FileUnreadableError(OUT_OF_MEMORY, where=source, do=MORE_MEMORY)
    except Exception as error:
        return _internal(describe(error), source)


def _internal(detail: str, source: str) -> VankienError:
    what = f"lỗi nội bộ khi đọc (internal error while reading): {detail}"
    return FileUnreadableError(what, where=source, do="Báo cho người phát triển (report it to the developers)")


def outcome_of_loss(limits: Limits, item: Item, loss: Loss) -> Outcome[Item]:
    """The outcome of an item whose process gave none."""
    return Outcome(item, name_of(item), None, error_of_loss(limits, name_of(item), loss))


def error_of_loss(limits: Limits, source: str, loss: Loss) -> VankienError:
    """Why a process gave no document, in a sentence."""
    if loss.kind == "late":
        what = f"đọc quá {limits.seconds:g} giây (reading took longer than {limits.seconds:g} s)"
        do = "Tăng time_limit hoặc kiểm tra bản gốc (raise time_limit, or check the original)"
        return FileUnreadableError(what, where=source, do=do)
    if loss.kind == "failed":
        return _internal(loss.detail, source)
    what = f"tiến trình đọc tệp bị ngắt, {loss.detail} (the process that read it died)"
    if loss.detail == "SIGKILL":
        what = "tiến trình đọc tệp bị máy dừng, có lẽ hết bộ nhớ (the process was killed, memory may have run out)"
    return FileUnreadableError(what, where=source, do=_CHECK)
