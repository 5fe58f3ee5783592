"""Many files: what happens to one never touches the others, in worker processes and on executors."""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import bad_parsers
import pytest

from ingest import errors
from ingest.errors import ClusterLostError, FileUnreadableError, VankienError
from ingest.many import Outcome, parse_many
from ingest.progress import listening
from ingest.workers import AHEAD, PAGES, Limits, WorkerPool

GOOD = "I. KẾT QUẢ\n\nToàn xã có {} hộ thoát nghèo.\n"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA and /proc are Linux'")
BAD = {
    "exit": "exit 9",
    "leave": "exit 3",
    "kill": "killed",
    "bug": "ZeroDivisionError: of ours",
    "locked": "cannot pickle",
    "stubborn": "ValueError: not here",
    "lambda": "pickle",
}


def write(folder: Path, *texts: str) -> list[Path]:
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number:03}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def among_good(folder: Path, *bad: str) -> list[Path]:
    """Files that are bad in turn with files that are good; good ones at both ends."""
    texts = [GOOD.format(0)]
    for number, text in enumerate(bad, 1):
        texts += [text, GOOD.format(number)]
    return write(folder, *texts)


def check(files: list[Path], outcomes: list[Outcome[Path]]) -> list[VankienError]:
    """Every file has its outcome, in order; the good ones a document. Returns the errors of the bad ones."""
    assert [o.item for o in outcomes] == files
    found = []
    for number, outcome in enumerate(outcomes):
        if number % 2 == 0:
            assert outcome.document is not None, outcome.error
            assert f"{number // 2} hộ" in outcome.document.canonical
            assert outcome.document.source == outcome.item.name
        else:
            assert outcome.document is None
            assert isinstance(outcome.error, FileUnreadableError)
            assert outcome.item.name in str(outcome.error)
            assert outcome.error.do
            found.append(outcome.error)
    return found


@pytest.fixture(params=["processes", "executor"])
def how(request) -> Iterator[dict]:
    """Worker processes of parse_many's own, or an executor that knows nothing of processes."""
    if request.param == "processes":
        yield {"jobs": 2}
        return
    with ThreadPoolExecutor(2) as executor:
        yield {"executor": executor}


def test_a_file_that_breaks_its_process_costs_one_file(tmp_path, how):
    files = among_good(tmp_path, *BAD)
    found = check(files, list(parse_many(files, parse=bad_parsers.parse, **how)))
    for error, words in zip(found, BAD.values(), strict=True):
        assert words in error.what


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_hangs_is_stopped_at_the_limit(tmp_path, jobs):
    files = among_good(tmp_path, "hang", "spin")
    found = check(files, list(parse_many(files, jobs=jobs, time_limit=1.5, parse=bad_parsers.parse)))
    assert all("1.5 s" in error.what and "time_limit" in error.do for error in found)


def test_the_limit_holds_on_an_executor_and_blocks_none_of_its_threads(tmp_path):
    files = among_good(tmp_path, "hang", "spin", "hang")
    with ThreadPoolExecutor(2) as executor:
        outcomes = list(parse_many(files, executor=executor, time_limit=1.5, parse=bad_parsers.parse))
    assert all("1.5 s" in error.what for error in check(files, outcomes))


@LINUX
def test_a_file_that_eats_memory_is_stopped_at_the_limit(tmp_path, how):
    files = among_good(tmp_path, "hog", "grab")
    found = check(files, list(parse_many(files, memory_limit=500, parse=bad_parsers.parse, **how)))
    assert all("bộ nhớ" in error.what and "memory_limit" in error.do for error in found)


def test_in_this_process_a_defect_costs_one_file_too(tmp_path):
    files = among_good(tmp_path, "bug")
    found = check(files, list(parse_many(files, parse=bad_parsers.parse)))
    assert "ZeroDivisionError" in found[0].what


def test_nothing_to_do(how):
    assert list(parse_many([], **how)) == []


def test_the_crasher_is_not_tried_again(tmp_path):
    files = write(tmp_path, f"exit\n{GOOD}", "exit")
    marks = tmp_path / "marks"
    marks.mkdir()
    outcomes = list(parse_many(files, jobs=2, parse=_Counting(marks)))
    assert outcomes[0].document is not None
    assert outcomes[1].error is not None
    assert len(list(marks.iterdir())) == 2


@dataclass(frozen=True)
class _Counting:
    """Leaves a mark each time it is called."""

    folder: Path

    def __call__(self, data: bytes, source: str):
        (self.folder / f"{source}-{os.getpid()}-{time.monotonic_ns()}").touch()
        return bad_parsers.parse(data, source)


def test_a_name_that_is_no_text_goes_all_the_way(tmp_path, how):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe1o c\xe1o.txt"))
    try:
        path.write_text(GOOD.format(1), encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    (outcome,) = parse_many([path], **how)
    assert outcome.document is not None, outcome.error
    assert outcome.source == outcome.document.source == "b\ufffdo c\ufffdo.txt"


def test_what_is_no_file_is_read_by_its_own_way(how):
    outcomes = list(parse_many([_Member("a.zip/b.txt", True), _Member("a.zip/c.txt", False)], **how))
    assert [o.source for o in outcomes] == ["a.zip/b.txt", "a.zip/c.txt"]
    assert outcomes[0].document is not None
    assert outcomes[0].document.source == "a.zip/b.txt"
    assert outcomes[1].error is not None
    assert "hỏng" in outcomes[1].error.what


@dataclass(frozen=True)
class _Member:
    source: str
    sound: bool

    def read_bytes(self) -> bytes:
        if not self.sound:
            raise FileUnreadableError("hỏng", where=self.source)
        return GOOD.format(1).encode()


# ---- order and how much is under way ---------------------------------------------------------------------------------


def test_results_wait_for_an_earlier_one_but_not_without_bound(tmp_path):
    """The first file is read only once as many others are finished as may be: not one more is, until then."""
    gate, bound = tmp_path / "gate", AHEAD + 2 - 1
    files = write(tmp_path, f"wait {gate}", *(GOOD.format(n) for n in range(3 * AHEAD)))
    finished: list[str] = []

    def count(outcome):
        finished.append(outcome.source)
        if len(finished) == bound:
            gate.touch()

    outcomes = list(parse_many(files, jobs=2, parse=bad_parsers.parse, on_progress=count))
    assert [o.item for o in outcomes] == files
    assert finished.index("000.txt") == bound
    assert sorted(finished) == [f.name for f in files]


class _Watched(ThreadPoolExecutor):
    """Counts what has been submitted and is not finished."""

    under_way = most = 0

    def submit(self, fn, /, task, *args, **kwargs):
        future = super().submit(fn, task, *args, **kwargs)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future.add_done_callback(self._finished)
        return future

    def _finished(self, _):
        self.under_way -= 1


@pytest.mark.parametrize("name", ["MAX_UNDER_WAY", "MAX_BYTES_UNDER_WAY"])
def test_an_executor_gets_no_more_than_may_be_under_way(tmp_path, monkeypatch, name):
    files = write(tmp_path, *(GOOD.format(n) for n in range(30)))
    size = files[0].stat().st_size
    monkeypatch.setattr(f"ingest.remote.{name}", 4 if name == "MAX_UNDER_WAY" else 4 * size)
    with _Watched(2) as executor:
        outcomes = list(parse_many(files, executor=executor))
    assert [o.item for o in outcomes] == files
    assert 2 <= executor.most <= 5


# ---- executors that fail ---------------------------------------------------------------------------------------------


def test_an_executor_that_takes_no_work_is_an_error_that_says_what_to_do(tmp_path):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ClusterLostError, match="chạy lại"):
        list(parse_many(write(tmp_path, GOOD), executor=executor))


def test_an_executor_that_is_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.remote.SILENCE", 0.5)
    executor = _Forgetful("000.txt", "001.txt")
    with executor, pytest.raises(ClusterLostError):
        list(parse_many(write(tmp_path, GOOD, GOOD), executor=executor, time_limit=1))


def test_a_file_that_an_executor_lost_is_named_and_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.remote.SILENCE", 0.5)
    files = write(tmp_path, GOOD, GOOD, GOOD)
    with _Forgetful("001.txt") as executor:
        outcomes = list(parse_many(files, executor=executor, time_limit=3))
    assert [o.document is not None for o in outcomes] == [True, False, True]


class _Forgetful(ThreadPoolExecutor):
    """Never answers for some files, as a cluster whose machine has vanished."""

    def __init__(self, *forgotten: str) -> None:
        super().__init__(1)
        self._forgotten = forgotten

    def submit(self, fn, /, task, *args, **kwargs):
        return Future() if task.source in self._forgotten else super().submit(fn, task, *args, **kwargs)


# ---- errors travel ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, VankienError)]
)
def test_every_error_survives_the_way_between_processes(kind):
    error = kind("hỏng (damaged)", where=Path("a/b.pdf"), do="Tải lại")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.what, copy.where, copy.do, str(copy)) == (error.what, "a/b.pdf", "Tải lại", str(error))
    assert copy.args == error.args


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_pages_are_told_while_a_long_pdf_is_read(tmp_path, monkeypatch):
    from reportlab.pdfgen import canvas

    path = tmp_path / "dài.pdf"
    page = canvas.Canvas(str(path), invariant=1)
    for number in range(3):
        page.drawString(80, 700, f"Trang so {number}")
        page.showPage()
    page.save()
    heard: list[tuple[int, int]] = []
    with listening(lambda *step: heard.append(step)):
        list(parse_many([path]))
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_pages_come_from_the_worker_to_its_parent():
    told: list[tuple[str, int, int]] = []
    pool: WorkerPool[str, str] = WorkerPool(_turn_pages, 1, Limits(60))
    assert list(pool.results(["x"], lambda task, loss: loss.kind, at_page=lambda *step: told.append(step))) == ["X"]
    assert told == [("x", 2, 2)]  # the first comes too soon after the beginning to be worth a word


def test_a_long_document_has_its_time_again_for_every_so_many_pages():
    pool: WorkerPool[int, str] = WorkerPool(_read_on, 2, Limits(2))
    assert list(pool.results([PAGES, 1], lambda task, loss: loss.kind)) == ["read", "late"]


def _read_on(page: int) -> str:
    from ingest.progress import at_page

    at_page(page, 1000)
    time.sleep(3)
    return "read"


def _turn_pages(task: str) -> str:
    from ingest.progress import at_page

    at_page(1, 2)
    time.sleep(0.6)
    at_page(2, 2)
    return task.upper()
