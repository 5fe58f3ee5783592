"""What htmx says of a request in its headers."""

from __future__ import annotations

from fastapi import Request


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part; going back in history needs the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Request-Type") != "full"
        and headers.get("HX-History-Restore-Request") != "true"
    )
