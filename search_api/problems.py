"""Errors over HTTP: every one is ``application/problem+json`` (RFC 9457), from one table of kinds.

A problem's ``type`` is a relative reference (``/api/v1/problems/<code>``) that
this server answers with what the kind means, so that it works offline too.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ingest.errors import VankienError
from search_api.conditional import NotModifiedError
from search_api.kinds import BY_CODE, BY_STATUS, Kind, kind_for
from search_api.rendering import error_page

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/v1/problems/"

log = logging.getLogger(__name__)


def problem(
    kind: Kind,
    detail: str,
    instance: str,
    *,
    status: int | None = None,
    do: str | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """One problem document as a response.

    Args:
        kind: row of `KINDS`.
        detail: what happened this time.
        instance: path of the request.
        status: HTTP status where it differs from the kind's.
        do: what to do where it differs from the kind's.
        headers: extra response headers.
        more: extension members (RFC 9457 §3.2).
    """
    body = {
        "type": TYPE_BASE + kind.code,
        "title": kind.title,
        "status": status or kind.status,
        "detail": detail,
        "instance": instance,
        "do": do or kind.do,
        **more,
    }
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=headers)


def wants_page(request: Request) -> bool:
    """Whether this is the web page's request (its errors are pages), not the API's."""
    return not request.url.path.startswith(("/api/", "/openapi", "/mcp"))


def methods_of(request: Request) -> list[str]:
    """The methods that a path takes, of all its routes; the framework names those of the first one only."""
    routes = request.app.router.routes
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def install(app: FastAPI) -> None:
    """Map every error to a problem document, or to an error page outside ``/api``."""

    async def on_vankien(request: Request, error: Exception) -> Response:
        assert isinstance(error, VankienError)
        kind = kind_for(error)
        if kind.code == "internal":
            log.error("%s %s: %s", request.method, request.url.path, error)
        what = f"{error.where}: {error.what}" if error.where else error.what
        return answer(request, kind, what, do=error.do or None)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = BY_STATUS.get(error.status_code, BY_CODE["bad-request" if error.status_code < 500 else "internal"])
        detail = f"{request.method} {request.url.path}"
        headers = dict(error.headers) if error.headers else None
        if error.status_code == 405 and not request.url.path.startswith("/mcp"):
            headers = {"Allow": ", ".join(methods_of(request))}
        return answer(request, kind, detail, status=error.status_code, headers=headers)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        rows = [
            {"parameter": ".".join(str(part) for part in row["loc"]), "message": row["msg"]} for row in error.errors()
        ]
        detail = "; ".join(f"{row['parameter']}: {row['message']}" for row in rows)
        return answer(request, BY_CODE["invalid-parameters"], detail, errors=rows)

    async def on_crash(request: Request, error: Exception) -> Response:
        log.exception("%s %s", request.method, request.url.path, exc_info=error)
        return answer(request, BY_CODE["internal"], type(error).__name__)

    async def on_not_modified(request: Request, error: Exception) -> Response:
        return Response(status_code=304)

    app.add_exception_handler(NotModifiedError, on_not_modified)
    app.add_exception_handler(VankienError, on_vankien)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_crash)


def answer(request: Request, kind: Kind, detail: str, **more: Any) -> Response:
    """An error as a problem document, or as a page outside ``/api``.

    Args:
        request: what went wrong.
        kind: row of `KINDS`.
        detail: what happened this time.
        more: `do`, `status`, `headers` or extension members of `problem`.
    """
    if wants_page(request):
        return error_page(
            request, kind, detail, do=more.get("do"), status=more.get("status"), headers=more.get("headers")
        )
    return problem(kind, detail, request.url.path, **more)
