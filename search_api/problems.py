"""Errors over HTTP: every one is ``application/problem+json`` (RFC 9457), from one table of kinds.

A problem's ``type`` is a relative reference (``/api/v1/problems/<code>``) that
this server answers with what the kind means, so that it works offline too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from ingest.errors import IndexError_, UsageError, VankienError
from search_api.lookup import NotFoundError

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/v1/problems/"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: HTTP status, title and what to do, Vietnamese first."""

    code: str
    status: int
    title: str
    do: str


KINDS = (
    Kind(
        "bad-request",
        400,
        "Yêu cầu không hợp lệ / Bad request",
        "Xem chi tiết rồi sửa yêu cầu / read the detail and mend the request",
    ),
    Kind(
        "not-found",
        404,
        "Không có ở đây / Not found",
        "Xem các đường dẫn tại /openapi.json / see /openapi.json for what there is",
    ),
    Kind(
        "method-not-allowed",
        405,
        "Không nhận phương thức này / Method not allowed",
        "Dùng phương thức nêu trong đầu mục Allow / use a method that the Allow header names",
    ),
    Kind(
        "invalid-parameters",
        422,
        "Tham số không hợp lệ / Invalid parameters",
        "Sửa các tham số đã nêu / mend the parameters named",
    ),
    Kind("internal", 500, "Lỗi trong chương trình / Internal error", "Xem nhật ký của máy chủ / see the server's log"),
    Kind(
        "index-unavailable",
        503,
        "Chỉ mục chưa dùng được / Index not available",
        "Chạy vankien doctor --index DIR / run vankien doctor --index DIR",
    ),
)
_BY_CODE = {kind.code: kind for kind in KINDS}
_BY_STATUS = {kind.status: kind for kind in KINDS}


def kind_of(code: str) -> Kind | None:
    """The kind with this code, None where there is none."""
    return _BY_CODE.get(code)


def kind_for(error: Exception) -> Kind:
    """Which kind of problem an error of ours is."""
    if isinstance(error, NotFoundError):
        return _BY_CODE["not-found"]
    if isinstance(error, UsageError):
        return _BY_CODE["bad-request"]
    if isinstance(error, IndexError_):
        return _BY_CODE["index-unavailable"]
    return _BY_CODE["internal"]


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
    return not request.url.path.startswith(("/api/", "/openapi"))


def install(app: FastAPI) -> None:
    """Map every error to a problem document, or to an error page outside ``/api``."""

    async def on_vankien(request: Request, error: Exception) -> Response:
        assert isinstance(error, VankienError)
        kind = kind_for(error)
        if kind.code == "internal":
            log.error("%s %s: %s", request.method, request.url.path, error)
        what = f"{error.where}: {error.what}" if error.where else error.what
        return _answer(request, kind, what, do=error.do or None)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _BY_STATUS.get(error.status_code, _BY_CODE["bad-request" if error.status_code < 500 else "internal"])
        detail = f"{request.method} {request.url.path}"
        headers = dict(error.headers) if error.headers else None
        return _answer(request, kind, detail, status=error.status_code, headers=headers)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        rows = [
            {"parameter": ".".join(str(part) for part in row["loc"]), "message": row["msg"]} for row in error.errors()
        ]
        detail = "; ".join(f"{row['parameter']}: {row['message']}" for row in rows)
        return _answer(request, _BY_CODE["invalid-parameters"], detail, errors=rows)

    async def on_crash(request: Request, error: Exception) -> Response:
        log.exception("%s %s", request.method, request.url.path, exc_info=error)
        return _answer(request, _BY_CODE["internal"], type(error).__name__)

    app.add_exception_handler(VankienError, on_vankien)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_crash)


def _answer(request: Request, kind: Kind, detail: str, **more: Any) -> Response:
    if wants_page(request):
        from search_api.routes.pages import error_page

        return error_page(
            request, kind, detail, do=more.get("do"), status=more.get("status"), headers=more.get("headers")
        )
    return problem(kind, detail, request.url.path, **more)
