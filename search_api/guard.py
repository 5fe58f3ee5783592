"""Who comes in: the host name, the key, how often, how much. Everything behind it knows its `Caller`.

On an address of this machine alone the door is open; elsewhere a key is needed (setting ``access``). A key is sent as
``Authorization: Bearer …`` or, from a browser, as the password of Basic authentication. Host names are held against a
list, so that a page of another site cannot reach a server on this machine by a name of its own (DNS rebinding).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import UsageError
from search_api.access import Caller, KeyRing, anonymous, caller_of
from search_api.kinds import BY_CODE
from search_api.limits import RateLimiter
from search_api.problems import answer
from search_api.settings import Settings

# What tells nothing of the documents: whether the process lives, the page's style, what an error means.
_PUBLIC = ("/api/v1/healthz", "/api/v1/problems/", "/static/")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
UPLOADS, METRICS = "/api/v1/files/", "/api/v1/metrics"
CHALLENGE = 'Bearer realm="vankien", Basic realm="vankien", charset="UTF-8"'
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?")
KB, MB = 1024, 1024 * 1024


def is_loopback(host: str) -> bool:
    """Whether an address to serve on is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def needs_key(settings: Settings) -> bool:
    """Whether nobody gets in without a key."""
    return settings.access == "keys" or (settings.access == "auto" and not is_loopback(settings.host))


def served_names(settings: Settings) -> frozenset[str] | None:
    """Host names that a request may carry, without port; None for any."""
    if settings.allowed_hosts is not None:
        names = {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
        return None if "*" in names else frozenset(names)
    if not is_loopback(settings.host):
        return None
    own = f"[{settings.host}]" if ":" in settings.host else settings.host
    return frozenset([*_LOOPBACK_NAMES, own])


class Guard:
    """The door.

    Args:
        app: what is behind it.
        settings: who may come in, how often, how much.
        ring: the keys.
        collections: what somebody without a key sees.
        on_refused: called with the kind of problem when somebody is turned away.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        ring: KeyRing,
        collections: tuple[str, ...],
        on_refused: Callable[[str], None],
    ) -> None:
        self._app = app
        self._ring = ring
        self._closed = needs_key(settings)
        self._names = served_names(settings)
        self._limiter = RateLimiter()
        self._rate, self._body, self._upload = settings.rate_limit, settings.max_body, settings.max_upload
        self._anonymous = anonymous(collections, settings.rate_limit, settings.max_body)
        self._refused = on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = self._admitted(scope)
            most = self._most(scope, caller)
            _check_length(Headers(scope=scope).get("content-length"), most)
        except _RefusedError as refused:
            self._refused(refused.code)
            response = answer(Request(scope), BY_CODE[refused.code], refused.detail, headers=refused.headers)
            await response(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, _counted(receive, most), send)

    def _admitted(self, scope: Scope) -> Caller:
        headers = Headers(scope=scope)
        host = _HOST.fullmatch(headers.get("host", "").lower())
        if self._names is not None and (host is None or host["name"] not in self._names):
            raise _RefusedError("misdirected", headers.get("host", "")[:80] or "—")
        client = scope.get("client")
        # Whoever shows no key, or a wrong one, is told apart by his address.
        address = f"@{client[0] if client else ''}"
        try:
            caller = self._caller(headers, scope["path"])
        except _RefusedError:
            self._count(address, self._rate)
            raise
        if not scope["path"].startswith(_PUBLIC):
            self._count(address if caller.anonymous else caller.name, caller.rate_limit)
            if "read" not in caller.scopes and not scope["path"].startswith((UPLOADS, METRICS)):
                raise _RefusedError("not-allowed", "read")
        return caller

    def _count(self, bucket: str, per_minute: int) -> None:
        wait = self._limiter.wait(bucket, per_minute)
        if wait:
            raise _RefusedError("too-many-requests", f"{per_minute}/min", {"Retry-After": str(math.ceil(wait))})

    def _caller(self, headers: Headers, path: str) -> Caller:
        token = _token(headers.get("authorization"))
        if token is None:
            if self._closed and not path.startswith(_PUBLIC):
                raise _RefusedError("key-needed", "Authorization", {"WWW-Authenticate": CHALLENGE})
            return self._anonymous
        try:
            key = self._ring.find(token)
        except UsageError:
            key = None  # a broken file lets nobody in; `vankien keys list` says what is wrong with it
        if key is None:
            raise _RefusedError("key-needed", "khoá sai / not a valid key", {"WWW-Authenticate": CHALLENGE})
        return caller_of(key, self._rate, self._body)

    def _most(self, scope: Scope, caller: Caller) -> int:
        """Bytes that the body of this request may have."""
        return self._upload * MB if scope["path"].startswith(UPLOADS) else caller.max_body * KB


class _RefusedError(Exception):
    """A request that is turned away: kind of problem, what about it, headers of the answer."""

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        self.code, self.detail, self.headers = code, detail, headers
        super().__init__(code)


def _token(header: str | None) -> str | None:
    """The key in an Authorization header; None where there is no such header, "" where it holds none."""
    if header is None:
        return None
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _check_length(header: str | None, most: int) -> None:
    if header is not None and header.isascii() and header.isdigit() and int(header[:18]) > most:
        raise _RefusedError("too-large", f"> {most} byte")


def _counted(receive: Receive, most: int) -> Receive:
    """The body as it comes, which may say nothing of its length, up to so many bytes."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, f"> {most} byte")
        return message

    return counted
