"""Connecting to a Dask cluster, with every way it can fail said in one sentence."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from ingest.errors import UsageError
from ingest.remote import SAME, code_fingerprint
from ingest.workers import describe

# Evaluated by each worker; text, since Dask ends a worker that cannot import the function it is sent
_PROBE = "__import__('importlib').import_module('ingest.remote').code_fingerprint()"
CONNECT = 15.0  # seconds to find the scheduler, and again to find a worker


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Dask's executor at a scheduler's address (``tcp://host:8786``), for `parse_many`; disconnected at the end.

    Raises:
        UsageError: Dask is not installed, nothing answers at the address in time, it has no worker, or versions differ.
    """
    where = f"Dask {address}"
    try:
        import distributed
        from dask import config
    except ImportError as error:
        what = "chưa cài Dask (Dask is not installed)"
        raise UsageError(what, where=where, do="Cài / install: pip install 'vankien[dask]'") from error
    # A file is sent as one piece; Dask would warn of every one over 10 MB.
    with config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):
        client = _connected(distributed, address, where)
        try:
            _check(client, where)
            yield client.get_executor(pure=False)
        finally:
            client.close()


def _connected(distributed: Any, address: str, where: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions that differ: `_check` says it in our words
            return distributed.Client(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:  # what Dask raises depends on how far it came: OSError, TimeoutError, ValueError, …
        raise UsageError(
            f"không gặp được bộ điều phối trong {CONNECT:g} giây (the scheduler cannot be reached): {describe(error)}",
            where=where,
            do="Kiểm tra địa chỉ và `dask scheduler` (check the address and the scheduler)",
        ) from error


def _check(client: Any, where: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError as error:
        what = f"bộ điều phối không có máy đọc nào sau {CONNECT:g} giây (the scheduler has no worker)"
        do = "Khởi động `dask worker` với địa chỉ này (start `dask worker` with this address)"
        raise UsageError(what, where=where, do=do) from error
    if different := differences(client.get_versions()):
        what = f"phiên bản khác nhau (versions differ): {'; '.join(different)}"
        raise UsageError(what, where=where, do=SAME)
    for address, answer in client.run(eval, _PROBE, on_error="return").items():
        if isinstance(answer, BaseException):
            what = f"máy đọc {address} chưa cài vankien (that worker does not have it): {describe(answer)}"
            raise UsageError(what, where=where, do=SAME)
        if answer != code_fingerprint():
            what = f"máy đọc {address} có vankien phiên bản khác (that worker has another version)"
            raise UsageError(what, where=where, do=SAME)


def differences(versions: dict[str, Any]) -> list[str]:
    """What in the answer of ``Client.get_versions()`` is not as here: Python (to the minor version), Dask.

    Args:
        versions: "client", "scheduler" and "workers" (by address), each with "packages".
    """
    here = versions["client"]["packages"]
    found = []
    for place, facts in [("scheduler", versions["scheduler"]), *versions["workers"].items()]:
        for name in ("python", "dask", "distributed"):
            ours, theirs = here.get(name) or "?", facts["packages"].get(name) or "?"
            if name == "python":
                ours, theirs = (".".join(v.split(".")[:2]) for v in (ours, theirs))
            if ours != theirs:
                found.append(f"{place}: {name} {theirs} ≠ {ours}")
    return found
