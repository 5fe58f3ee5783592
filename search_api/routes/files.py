"""Documents sent over HTTP: off unless the setting ``uploads`` is on, and for keys with the scope ingest only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from index.library import OPEN, collection_path
from ingest.errors import IndexLockedError, UsageError, VankienError
from ingest.sources import may_be_document
from search_api.access import Caller
from search_api.deps import CallerDep, SettingsDep, invalid
from search_api.lookup import NotAllowedError, NotFoundError
from search_api.schemas import ProblemOut
from search_api.schemas_evidence import FileReportOut
from search_api.settings import Settings

router = APIRouter(tags=["files"])
FOLDER = "uploads"
BUSY: dict[int | str, dict[str, Any]] = {409: {"model": ProblemOut, "description": "Another write is under way"}}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such file"}}
FileName = Annotated[str, Path(min_length=1, max_length=200, description="Name of the file; its content decides")]
Collection = Annotated[
    str, Query(max_length=63, description="Label of the collection; empty for the open one. The key must have it")
]
_DONE, _PARTLY, _NO_INDEX = 0, 1, 3
BINARY = {"requestBody": {"required": True, "content": {"application/octet-stream": {
    "schema": {"type": "string", "format": "binary"}}}}}  # fmt: skip


@router.put(
    "/files/{name}", summary="Gửi một văn kiện / Send a document", responses=BUSY, openapi_extra=BINARY,
    response_model=FileReportOut,
)  # fmt: skip
async def put_file(
    *, request: Request, settings: SettingsDep, caller: CallerDep, name: FileName, collection: Collection = OPEN
) -> FileReportOut:
    """Keep a file (the body is its bytes) and read it into the index; a file of that name is replaced.

    What cannot be read is not kept, and `failed` says why; the index then stays as it was.
    """
    folder = _folder(settings, caller, collection)
    path = folder / _checked(name)
    async with _writing(request):
        await run_in_threadpool(folder.mkdir, parents=True, exist_ok=True)
        before = await run_in_threadpool(_read, path)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
            try:
                async for chunk in request.stream():
                    file.write(chunk)
            except BaseException:
                os.unlink(file.name)
                raise
        os.replace(file.name, path)
        report = await _ingest(settings, folder, collection)
        if any(row["source"] == path.name for row in report["failed"]):
            await run_in_threadpool(_restore, path, before)
            again = await _ingest(settings, folder, collection)
            report = {**again, "failed": report["failed"]}
    return await _told(request, name, collection, report)


@router.delete(
    "/files/{name}", summary="Bỏ một văn kiện đã gửi / Take a file away", responses={**BUSY, **MISSING},
    response_model=FileReportOut,
)  # fmt: skip
async def delete_file(
    *, request: Request, settings: SettingsDep, caller: CallerDep, name: FileName, collection: Collection = OPEN
) -> FileReportOut:
    """Take away a file that was sent, and its document out of the index."""
    folder = _folder(settings, caller, collection)
    path = folder / _checked(name)
    async with _writing(request):
        if not await run_in_threadpool(path.is_file):
            raise NotFoundError("không có tệp này / no such file", where=name)
        await run_in_threadpool(path.unlink)
        report = await _ingest(settings, folder, collection)
    return await _told(request, name, collection, report)


def _folder(settings: Settings, caller: Caller, collection: str) -> FilePath:
    """Where the files of a collection lie, for somebody who may write there."""
    if settings.uploads != "on":
        raise NotAllowedError(
            "máy chủ này không nhận văn kiện / this server takes no documents",
            do="Bật cài đặt uploads / switch the setting uploads on",
        )
    if "ingest" not in caller.scopes:
        raise NotAllowedError("khoá không có quyền ingest / the key has not the scope ingest")
    if collection not in caller.collections:
        raise NotAllowedError("khoá không có tập này / the key has not this collection", where=collection[:63])
    return collection_path(settings.index, collection) / FOLDER


def _checked(name: str) -> str:
    bad = name != os.path.basename(name) or name.startswith(".") or "\x00" in name or "\\" in name
    try:
        bad = bad or len(name.encode()) > 250
    except UnicodeEncodeError:
        bad = True
    if bad or not may_be_document(name):
        raise invalid("name", "không phải tên của một văn kiện / not the name of a document", name[:80], where="path")
    return name


@contextlib.asynccontextmanager
async def _writing(request: Request):
    """One write at a time; a second one is told so at once."""
    state = request.app.state
    if getattr(state, "writing", False):
        raise IndexLockedError("đang có văn kiện khác được đưa vào / another document is being read")
    state.writing = True
    try:
        yield
    finally:
        state.writing = False


def _read(path: FilePath) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _restore(path: FilePath, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(before)


async def _ingest(settings: Settings, folder: FilePath, collection: str) -> dict[str, Any]:
    """``vankien ingest`` in a process of its own, so that reading a file never slows or brings down the server."""
    with tempfile.TemporaryDirectory() as temporary:
        report = FilePath(temporary) / "report.json"
        words = ["ingest", str(folder), "--index", str(settings.index), "--report", str(report)]
        words += ["--collection", collection] if collection else []
        for option in ("model", "backend", "thesaurus"):
            value = getattr(settings, option)
            words += [f"--{option}", str(value)] if value else []
        words += ["--time-limit", str(settings.time_limit), "--memory-limit", str(settings.memory_limit)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "search_api.cli", *words,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await process.communicate()
        except BaseException:
            process.kill()
            raise
        if process.returncode in (_DONE, _PARTLY) and report.is_file():
            return json.loads(report.read_text(encoding="utf-8"))
    text = said.decode(errors="replace").strip().splitlines()
    what = (text or ["?"])[-1].removeprefix("vankien: ")
    if process.returncode == _NO_INDEX:
        raise IndexLockedError(what)
    raise UsageError(what) if process.returncode == UsageError.exit_code else VankienError(what)


async def _told(request: Request, name: str, collection: str, report: dict[str, Any]) -> FileReportOut:
    """Switch to the new generation, so that the next request of whoever sent the file finds it."""
    library = request.app.state.library
    request.app.state.metrics.reloaded(await run_in_threadpool(library.refresh))
    failed = [{k: row[k] for k in ("source", "error", "reason", "do")} for row in report["failed"]]
    return FileReportOut(
        name=name,
        collection=collection,
        generation=report["generation"],
        changed=report["changed"],
        documents=report["counts"]["documents"],
        failed=failed,
    )
