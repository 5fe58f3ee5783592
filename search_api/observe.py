"""The outermost layer: every request has an id, is timed, counted and logged, and every answer has its headers."""

from __future__ import annotations

import logging
import re
import time
import uuid

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.kinds import BY_CODE
from search_api.logs import request_id
from search_api.metrics import Metrics
from search_api.problems import answer

log = logging.getLogger("vankien.access")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Everything the page needs comes from this server; inline scripts and styles are refused by the browser.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Observer:
    """Watches requests go by.

    Args:
        app: what answers them.
        metrics: where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whatever is thrown becomes a problem document."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        known = given if _ID.fullmatch(given) else uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"] = known
        token = request_id.set(known)
        started, status = time.perf_counter(), 0
        self._metrics.began()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(MutableHeaders(scope=message), status, state)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            self._metrics.crashed(error)
            log.exception("%s %s", _printable(scope["method"]), _printable(scope["path"]))
            if status:
                raise  # half an answer is out: the server cuts the connection, so that nobody takes it for whole
            response = answer(Request(scope), BY_CODE["internal"], type(error).__name__)
            await response(scope, receive, sent)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.ended(_operation(scope), scope["method"], status, seconds)
            _logged(scope, status, seconds)
            request_id.reset(token)


def _complete(headers: MutableHeaders, status: int, state: dict[str, object]) -> None:
    """Headers that every answer has, and what the route has left for this one."""
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-ID"] = str(state["request_id"])
    more = state.get("headers")
    if status in (200, 304) and isinstance(more, dict):
        for name, value in more.items():
            if name.lower() == "vary":
                headers.add_vary_header(value)
            else:
                headers.setdefault(name, value)


def _printable(text: str) -> str:
    """On one line: a path may hold anything, a line break and a made-up line of log too."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:500])


def _operation(scope: Scope) -> str:
    """The route's own name; paths would make as many series as there are documents."""
    return getattr(scope.get("route"), "name", None) or "none"


def _logged(scope: Scope, status: int, seconds: float) -> None:
    caller = scope.get("state", {}).get("caller")
    facts = {
        "method": _printable(scope["method"]),
        "path": _printable(scope["path"]),  # without the query, which may say what somebody is looking for
        "status": status,
        "ms": round(seconds * 1000, 2),
        "caller": caller.name if caller else "",
    }
    log.info("%(method)s %(path)s %(status)s %(ms)s ms %(caller)s", facts, extra=facts)
