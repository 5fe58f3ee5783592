"""The same reading on a Dask cluster: a real one of two worker processes on this machine."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bad_parsers
import distributed
import pytest
from dask import config
from distributed import Client, LocalCluster

from ingest.cluster import dask_executor, differences
from ingest.errors import ClusterLostError, FileUnreadableError, UsageError
from ingest.many import parse_many
from ingest.pipeline import parse_bytes
from ingest.remote import OtherCode, ReadTask, code_fingerprint, read_task
from ingest.workers import Limits
from search_api.cli import main

GOOD = "I. KẾT QUẢ\n\nToàn xã có {} hộ thoát nghèo.\n"


def start(workers: int) -> LocalCluster:
    """A cluster with any free port for its HTTP server (None would take a fixed one, and warn where it is taken)."""
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with start(2) as cluster:
        yield cluster


@pytest.fixture
def executor(cluster: LocalCluster):
    with dask_executor(cluster.scheduler_address) as executor:
        yield executor


def write(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number}.txt" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_the_same_documents_as_with_two_processes(executor, sample_files):
    here = list(parse_many(sample_files, jobs=2))
    there = list(parse_many(sample_files, executor=executor))
    assert [o.item for o in there] == sample_files
    assert all(o.document is not None for o in there)
    for ours, theirs in zip(here, there, strict=True):
        assert ours.document
        assert theirs.document
        assert theirs.document == ours.document
        assert json.dumps(theirs.document.to_json()) == json.dumps(ours.document.to_json())
        assert theirs.document.canonical == ours.document.canonical


def test_a_file_that_crashes_and_one_that_hangs_cost_themselves_and_no_worker(cluster, executor, tmp_path):
    before = pids(cluster)
    texts = [GOOD.format(0), "exit", GOOD.format(2), "hang", "kill", "locked", GOOD.format(6), "hang", GOOD.format(8)]
    files = write(tmp_path, *texts)
    outcomes = list(parse_many(files, executor=executor, time_limit=3, parse=bad_parsers.parse))
    assert [o.item for o in outcomes] == files
    assert [n for n, o in enumerate(outcomes) if o.document] == [0, 2, 6, 8]
    told = {n: str(o.error) for n, o in enumerate(outcomes) if o.error}
    assert "exit 9" in told[1]
    assert "3 s" in told[3]
    assert "killed" in told[4]
    assert "cannot pickle" in told[5]
    assert "3 s" in told[7]
    assert pids(cluster) == before


def pids(cluster: LocalCluster) -> set[int]:
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        return set(client.run(os.getpid).values())


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc for what it kills")
def test_a_file_that_loses_its_worker_is_named_and_the_others_go_on(tmp_path, monkeypatch):
    """The machine is gone, not only the process that reads. How often Dask tries again is the scheduler's setting."""
    files = write(tmp_path, GOOD.format(0), "kill-parent", GOOD.format(2))
    monkeypatch.setattr("ingest.remote.MAX_UNDER_WAY", 1)  # or Dask may blame a file that waited at the same worker
    with config.set({"distributed.scheduler.allowed-failures": 0}):
        cluster = start(2)
    with cluster, dask_executor(cluster.scheduler_address) as executor:
        outcomes = list(parse_many(files, executor=executor, time_limit=60, parse=bad_parsers.parse))
    assert [o.document is not None for o in outcomes] == [True, False, True]
    assert isinstance(outcomes[1].error, FileUnreadableError)
    assert "1.txt" in str(outcomes[1].error)
    assert "KilledWorker" in str(outcomes[1].error)


def test_ctrl_c_leaves_the_cluster_free_for_the_next(cluster, tmp_path):
    files = write(tmp_path, *(GOOD.format(n) for n in range(40)))
    with dask_executor(cluster.scheduler_address) as executor:
        outcomes = parse_many(files, executor=executor)
        next(outcomes)
        outcomes.close()
    with dask_executor(cluster.scheduler_address) as executor:
        assert all(o.document for o in parse_many(files, executor=executor))


# ---- what is wrong with the cluster ----------------------------------------------------------------------------------


def test_a_worker_with_other_code_is_refused(executor):
    task = ReadTask("a.txt", GOOD.encode(), parse_bytes, Limits(60), "of another version")
    assert isinstance(executor.submit(read_task, task).result(), OtherCode)
    same = executor.submit(read_task, replace(task, code=code_fingerprint())).result()
    assert same == parse_bytes(task.data, "a.txt")


def test_other_code_ends_the_work_with_a_sentence(executor, monkeypatch, tmp_path):
    monkeypatch.setattr("ingest.remote.code_fingerprint", lambda: "of another version")
    with pytest.raises(UsageError, match="phiên bản khác"):
        list(parse_many(write(tmp_path, GOOD), executor=executor))


def test_a_worker_without_this_package_or_with_another_version_is_named():
    with start(1) as cluster, Client(cluster.scheduler_address, set_as_default=False) as client:
        client.run(exec, "import ingest.remote; ingest.remote.code_fingerprint = lambda: 'of another version'")
        with pytest.raises(UsageError, match="phiên bản khác"), dask_executor(cluster.scheduler_address):
            pass
        client.run(exec, "import sys; sys.modules['ingest.remote'] = None")
        with pytest.raises(UsageError, match="chưa cài"), dask_executor(cluster.scheduler_address):
            pass


def test_dask_that_is_not_installed_is_one_sentence_and_2(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code = main(["ingest", str(tmp_path), "--index", str(tmp_path / "i"), "--dask", "tcp://127.0.0.1:1"])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "vankien[dask]" in err
    assert err.count("\n") == 1


def test_versions_are_compared(cluster):
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        versions = client.get_versions()
    assert differences(versions) == []
    scheduler = {"packages": {**versions["scheduler"]["packages"], "distributed": "2025.1.0"}}
    worker = {"packages": {**versions["scheduler"]["packages"], "python": "3.12.1.final.0", "dask": None}}
    told = differences({**versions, "scheduler": scheduler, "workers": {"tcp://a": worker}})
    assert told == [
        f"scheduler: distributed 2025.1.0 ≠ {distributed.__version__}",
        "tcp://a: python 3.12 ≠ 3.11",
        f"tcp://a: dask ? ≠ {versions['client']['packages']['dask']}",
    ]


def test_a_cluster_that_goes_away_is_an_error_that_says_what_to_do(tmp_path):
    files = write(tmp_path, GOOD.format(0), "hang")
    with start(1) as cluster, dask_executor(cluster.scheduler_address) as executor:
        outcomes = parse_many(files, executor=executor, time_limit=60, parse=bad_parsers.parse)
        assert next(outcomes).document is not None
        cluster.close()
        with pytest.raises(ClusterLostError, match="chạy lại"):
            next(outcomes)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "127.0.0.1:{port}", "không có", "ftp://a:1"])
def test_no_scheduler_is_one_sentence_and_2(capsys, monkeypatch, tmp_path, address):
    monkeypatch.setattr("ingest.cluster.CONNECT", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound and not listening: nobody else takes it meanwhile
        address = address.format(port=free.getsockname()[1])
        code = main(["ingest", str(write(tmp_path, GOOD)[0]), "--index", str(tmp_path / "i"), "--dask", address])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert address in err
    assert "bộ điều phối" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "i").exists()


def test_a_scheduler_without_workers_is_one_sentence_and_2(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("ingest.cluster.CONNECT", 2.0)
    with start(0) as empty:
        file = write(tmp_path, GOOD)[0]
        code = main(["ingest", str(file), "--index", str(tmp_path / "i"), "--dask", empty.scheduler_address])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "dask worker" in err
    assert err.count("\n") == 1


def test_the_command_reads_on_the_cluster(capsys, cluster, tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in", GOOD.format(1), "", GOOD.format(2))
    report = tmp_path / "report.json"
    words = ["ingest", tmp_path / "in", "--index", tmp_path / "i", "--dask", cluster.scheduler_address]
    code = main([*map(str, words), "--report", str(report)])
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert "1.txt" in err
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["ingested"] == ["0.txt", "2.txt"]
    assert [row["error"] for row in told["failed"]] == ["EmptyFileError"]
