"""The web application: page and API over one open index. `create_app` does the work; importing does none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from ingest.errors import VankienError
from search_api import problems
from search_api.about import package_version
from search_api.schemas import ProblemOut
from search_api.settings import Settings

if TYPE_CHECKING:
    from index.search import Searcher

WEB = Path(__file__).parent / "web"
# Everything the page needs comes from this server; inline scripts and styles are refused by the browser.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
DESCRIPTION = (
    "Tìm theo nghĩa trong văn kiện của Đảng: đoạn văn, chú thích, dòng bảng, kèm trích dẫn đúng chỗ. "
    "Search by meaning in Vietnamese Party documents: paragraphs, footnotes and table rows, each with its exact place. "
    "Errors are `application/problem+json` (RFC 9457)."
)


def create_app(settings: Settings, *, searcher: Searcher | None = None) -> FastAPI:
    """Make the application.

    The index is opened once, when the application starts. If that fails the
    application still runs: ``healthz`` answers, everything else says why not
    (503) and what to do.

    Args:
        settings: see `search_api.settings`.
        searcher: an index that is already open; opened from ``settings.index`` when None.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = None
        if app.state.searcher is None:
            try:
                opened = app.state.searcher = await run_in_threadpool(_open, settings)
            except VankienError as error:
                app.state.failure = error
        yield
        if opened is not None:
            opened.close()

    app = FastAPI(
        title="Văn Kiện",
        version=package_version(),
        description=DESCRIPTION,
        # The interactive documentation pages load scripts from elsewhere; this server works offline.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = settings
    app.state.searcher = searcher
    app.state.failure = None
    problems.install(app)
    _add_routes(app)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    app.middleware("http")(_secure)
    app.openapi = _describe(app)
    return app


def _open(settings: Settings) -> Searcher:
    from index.search import open_index

    return open_index(settings.index, model=settings.model, backend=settings.backend, reranker=settings.reranker)


def _operation_id(route: APIRoute) -> str:
    """The function's own name: clients made from the description keep theirs when a path moves."""
    return route.name


def _add_routes(app: FastAPI) -> None:
    from search_api.routes import documents, health, pages, passages, search

    closed: dict[int | str, dict[str, Any]] = {503: {"model": ProblemOut, "description": "Index not available"}}
    for module in (search, documents, passages):
        app.include_router(module.router, prefix="/api/v1", responses=closed)
    app.include_router(health.router, prefix="/api/v1")
    app.include_router(pages.router, include_in_schema=False)


def _describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The OpenAPI description with every failure as what it is sent as, ``application/problem+json``."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = plain()
            schema = {"$ref": "#/components/schemas/ProblemOut"}
            for operation in (operation for methods in described["paths"].values() for operation in methods.values()):
                for status, answer in operation["responses"].items():
                    if status >= "400":
                        answer["content"] = {problems.MEDIA_TYPE: {"schema": schema}}
                    if status == "422":
                        answer["description"] = "Invalid parameters"
            for unused in ("HTTPValidationError", "ValidationError"):
                described["components"]["schemas"].pop(unused, None)
        return app.openapi_schema or {}

    return openapi


async def _secure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
