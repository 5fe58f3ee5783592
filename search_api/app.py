"""The web application: page, API and MCP over the collections of one index. `create_app` does the work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from index.library import Library, chosen_collections, library_of
from search_api import problems
from search_api.about import package_version
from search_api.access import FILE, KeyRing
from search_api.guard import Guard
from search_api.mcp import PATH, McpEndpoint, Tools
from search_api.metrics import Metrics
from search_api.observe import Observer
from search_api.openapi import describe
from search_api.reloading import refreshed, watched
from search_api.schemas import ProblemOut
from search_api.settings import Settings

WEB = Path(__file__).parent / "web"
DESCRIPTION = (
    "Tìm theo nghĩa trong văn kiện của Đảng: đoạn văn, chú thích, dòng bảng, kèm trích dẫn đúng chỗ. "
    "Search by meaning in Vietnamese Party documents: paragraphs, footnotes and table rows, each with its exact place. "
    "Errors are `application/problem+json` (RFC 9457)."
)
SMALLEST_ZIPPED = 1024
"""Bytes from which an answer is compressed; below, the header costs more than it saves."""


def create_app(settings: Settings, *, library: Library | None = None) -> FastAPI:
    """Make the application.

    The index is opened when the application starts, and again whenever a new
    generation lands (setting ``reload_seconds``). Where it cannot be opened the
    application still runs: ``healthz`` answers, everything else says why not
    (503) and what to do, until it can.

    Args:
        settings: see `search_api.settings`.
        library: an index that is already open; opened from ``settings.index`` when None.

    Raises:
        UsageError: the setting ``collections`` names one that is not there.
    """
    owned = library is None
    if library is None:
        library = library_of(settings.index, model=settings.model, backend=settings.backend, reranker=settings.reranker)
    app = FastAPI(
        title="Văn Kiện",
        version=package_version(),
        description=DESCRIPTION,
        # The interactive documentation pages load scripts from elsewhere; this server works offline.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(owned),
        generate_unique_id_function=_operation_id,
        # A path with a slash too many is no other page: 404 says so, a redirect would lose the key.
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.library = library
    app.state.ring = KeyRing(settings.keys or settings.index / FILE)
    app.state.metrics = Metrics()
    app.state.collections = chosen_collections(settings.index, settings.collections or "")
    app.state.turns = CapacityLimiter(settings.threads)
    problems.install(app)
    _add_routes(app)
    tools = Tools(library, settings, app.state.collections, app.state.metrics, app.state.turns)
    endpoint = McpEndpoint(tools)
    app.state.mcp = endpoint
    for path in (PATH, f"{PATH}/"):  # clients are told the one with the slash, and type the other
        app.router.routes.append(Route(path, endpoint, name="mcp"))
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    _add_layers(app, settings)
    app.openapi = describe(app)
    return app


def _add_layers(app: FastAPI, settings: Settings) -> None:
    """What every request passes, innermost first."""
    state = app.state
    app.add_middleware(
        Guard, settings=settings, ring=state.ring, collections=state.collections, on_refused=state.metrics.refused
    )
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED)
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in settings.cors.split(",") if origin.strip()],
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "X-Request-ID", "Mcp-Session-Id"],
            expose_headers=["ETag", "X-Request-ID", "Retry-After", "Server-Timing", "Mcp-Session-Id"],
        )
    app.add_middleware(Observer, metrics=state.metrics)


def _lifespan(owned: bool) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        library: Library = app.state.library
        await refreshed(library)
        watch = asyncio.create_task(watched(app)) if app.state.settings.reload_seconds else None
        try:
            async with app.state.mcp.run():
                yield
        finally:
            if watch is not None:
                watch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watch
            if owned:
                library.close()

    return lifespan


def _operation_id(route: APIRoute) -> str:
    """The function's own name: clients made from the description keep theirs when a path moves."""
    return route.name


def _add_routes(app: FastAPI) -> None:
    from search_api.routes import documents, evidence, files, health, pages, passages, search

    answers: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemOut, "description": text}
        for status, text in (
            (400, "Not to be understood"),
            (401, "A key is needed"),
            (403, "Not allowed"),
            (413, "Too large"),
            (421, "Another host name"),
            (429, "Too many requests"),
            (500, "Internal error"),
            (503, "Index not available"),
        )
    }
    for module in (search, documents, passages, evidence, files, health):
        app.include_router(module.router, prefix="/api/v1", responses=answers)
    app.include_router(pages.router, include_in_schema=False)
