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
from ingest.errors import IndexDamagedError, IndexLockedError, UsageError, VankienError
from ingest.sources import may_be_document
from search_api.access import Caller
from search_api.deps import CallerDep, SettingsDep, invalid
from search_api.lookup import NotAllowedError, NotFoundError
from search_api.reloading import renewed
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
_LOCKED = "another process is writing"
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
    await run_in_threadpool(folder.mkdir, parents=True, exist_ok=True)
    received = await _received(request, folder, settings.time_limit)
    try:
        async with _writing(request):
            report = await _replaced(settings, path, received, collection)
    finally:
        received.unlink(missing_ok=True)
    return await _told(request, name, collection, report)


async def _received(request: Request, folder: FilePath, seconds: float) -> FilePath:
    """The body as a hidden file, whole; nothing else waits for whoever sends slowly."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        try:
            async with asyncio.timeout(seconds):
                async for chunk in request.stream():
                    file.write(chunk)
        except BaseException as error:
            os.unlink(file.name)
            if isinstance(error, TimeoutError):
                raise UsageError("văn kiện gửi quá lâu / the document was too long in coming") from None
            raise
    return FilePath(file.name)


async def _replaced(settings: Settings, path: FilePath, received: FilePath, collection: str) -> dict[str, Any]:
    """Put the new file in its place and read it; what was there before comes back where that fails."""
    before = path.with_name(f".{path.name}.before")
    if await run_in_threadpool(path.is_file):
        await run_in_threadpool(os.replace, path, before)
    await run_in_threadpool(os.replace, received, path)
    try:
        report = await _ingest(settings, path.parent, collection)
        if _unread(report, path.name):
            await run_in_threadpool(_restore, path, before)
            report = {**await _ingest(settings, path.parent, collection), "failed": report["failed"]}
        return report
    except BaseException:
        _restore(path, before)
        raise
    finally:
        before.unlink(missing_ok=True)


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
        aside = path.with_name(f".{path.name}.before")
        await run_in_threadpool(os.replace, path, aside)
        try:
            report = await _ingest(settings, folder, collection)
        except BaseException:
            _restore(path, aside)
            raise
        aside.unlink(missing_ok=True)
    return await _told(request, name, collection, report)


def _unread(report: dict[str, Any], name: str) -> bool:
    """Whether nothing of a file could be read, neither itself nor, of an archive, any document in it."""
    read = (*report["ingested"], *report["unchanged"], *report["renamed"])
    return bool(_of(report, name)) and not any(_belongs(source, name) for source in read)


def _of(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What failed of one file."""
    return [row for row in report["failed"] if _belongs(row["source"], name)]


def _belongs(source: str, name: str) -> bool:
    return source == name or source.startswith(f"{name}/")


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
    bad = name != os.path.basename(name) or name.startswith(".") or "\\" in name or not name.isprintable()
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


def _restore(path: FilePath, before: FilePath) -> None:
    if before.is_file():
        os.replace(before, path)
    else:
        path.unlink(missing_ok=True)


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
        raise IndexLockedError(what) if _LOCKED in what else IndexDamagedError(what)
    raise UsageError(what) if process.returncode == UsageError.exit_code else VankienError(what)


async def _told(request: Request, name: str, collection: str, report: dict[str, Any]) -> FileReportOut:
    """Switch to the new generation, so that the next request of whoever sent the file finds it."""
    library = request.app.state.library
    request.app.state.metrics.reloaded(await renewed(library))
    failed = [{k: row[k] for k in ("source", "error", "reason", "do")} for row in _of(report, name)]
    return FileReportOut(
        name=name,
        collection=collection,
        generation=report["generation"],
        changed=report["changed"],
        documents=report["counts"]["documents"],
        failed=failed,
    )
