"""``vankien serve``: the page, the HTTP API and MCP in one process."""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from typing import TYPE_CHECKING, Any

from ingest.errors import UsageError
from search_api.cli import add_settings
from search_api.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.library import Library


SETTINGS = (
    "index",
    "host",
    "port",
    "model",
    "backend",
    "reranker",
    "thesaurus",
    "limit",
    "max_limit",
    "max_offset",
    "max_batch",
    "max_context",
    "max_budget",
    "query_max_length",
    "quote_max_length",
    "collections",
    "access",
    "keys",
    "allowed_hosts",
    "cors",
    "rate_limit",
    "max_body",
    "uploads",
    "max_upload",
    "time_limit",
    "memory_limit",
    "reload_seconds",
    "threads",
    "stop_seconds",
    "public_url",
    "log_format",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_settings(parser, *SETTINGS)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until Ctrl-C.

    Raises:
        UsageError: the address cannot be served on (taken, not this machine's, not allowed), or a key is needed there
            and none is made.
        IndexError_: the index cannot be opened.
    """
    from search_api.guard import needs_key

    closed = needs_key(settings)
    if closed:
        check_keys(settings)
    # The port first: whoever has the server running already should learn it before waiting for the index.
    listener = listen(settings.host, settings.port)
    with listener:
        library = open_library(settings)
        from search_api.app import create_app

        serve(create_app(settings, library=library), listener, settings)
        library.close()
    return 0


def check_keys(settings: Settings) -> None:
    """Refuse to serve where nobody could get in.

    Raises:
        UsageError: there is no key that is good today.
    """
    from search_api.access import FILE, KeyRing

    ring = KeyRing(settings.keys or settings.index / FILE)
    if not any(not key.over() for key in ring.all()):
        raise UsageError(
            "ngoài máy này cần khoá, mà chưa có khoá nào / beyond this machine a key is needed, and there is none",
            where=settings.host,
            do=f"Tạo một khoá / make one: vankien keys add NAME --index {settings.index}",
        )


def open_library(settings: Settings) -> Library:
    """The collections of the index, opened and warm.

    Raises:
        IndexError_: the open collection cannot be opened, and there is no other.
    """
    from index.library import OPEN, library_of
    from search_api.reloading import settled

    library = library_of(settings.index, model=settings.model, backend=settings.backend, reranker=settings.reranker)
    changed = library.refresh()
    if OPEN in library.failures and not changed:
        raise library.failures[OPEN]
    settled()
    return library


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    Args:
        host: name or address of this machine.
        port: 0 takes any free one.

    Raises:
        UsageError: it cannot be bound; the message says why and what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise _refused(error, host, port) from error
    return listener


def _refused(error: OSError, host: str, port: int) -> UsageError:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"cổng {port} đang có chương trình khác dùng / the port is in use",
            where=where,
            do=f"Chọn cổng khác, ví dụ --port {port + 1} / choose another, or stop that program",
        )
    if error.errno == errno.EACCES:
        return UsageError(
            f"không được phép mở cổng {port} / not allowed to open the port",
            where=where,
            do="Chọn cổng từ 1024 trở lên, ví dụ --port 8000 / choose a port of 1024 or more",
        )
    return UsageError(
        f"không mở được địa chỉ này / cannot serve on this address ({error.strerror or error})",
        where=where,
        do="Dùng --host 127.0.0.1 cho riêng máy này / use --host 127.0.0.1 for this machine only",
    )


def address(listener: socket.socket, host: str) -> str:
    """The address to open in a browser."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def serve(app: FastAPI, listener: socket.socket, settings: Settings) -> None:
    """Run the server; print its address once it answers.

    Args:
        app: from `search_api.app.create_app`.
        listener: from `listen`.
        settings: host for the printed address, log level.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(address(listener, settings.host), flush=True)
                print(
                    "Mở địa chỉ trên trong trình duyệt; Ctrl-C để dừng. / Open it in a browser; Ctrl-C stops.",
                    file=sys.stderr,
                    flush=True,
                )

    options: dict[str, Any] = {
        "log_config": None,  # uvicorn's messages go where ours go
        "access_log": False,  # search_api.observe writes it, with ids and without what was asked
        "timeout_graceful_shutdown": settings.stop_seconds,
        "server_header": False,
        # Any program on this machine could name another address, and count as somebody else.
        "proxy_headers": False,
        "ws": "none",
    }
    Server(uvicorn.Config(app, **options)).run(sockets=[listener])
