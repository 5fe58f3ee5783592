"""Answers that need not be sent again: ETag and Last-Modified by generation (RFC 9110 §8.8, §13).

One generation answers one address always the same but for timings, so the tag is a weak one, made of what the answer
depends on: generations, collections, settings, version.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request

from index.view import View
from search_api.about import package_version
from search_api.htmx import is_partial
from search_api.settings import Settings


class NotModifiedError(Exception):
    """The caller has this answer already: 304."""


def revalidate(request: Request, view: View, settings: Settings) -> None:
    """Leave the validators for the answer, and stop here where the caller's copy is still good.

    Raises:
        NotModifiedError: it is.
    """
    address = f"{request.url.path}?{request.url.query}"
    facts = (address, is_partial(request), view.version, view.collections, view.info, settings, package_version())
    tag = f'W/"{hashlib.sha256(repr(facts).encode()).hexdigest()[:20]}"'
    changed = datetime.fromisoformat(view.info.created).astimezone(UTC)
    request.state.headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, HX-History-Restore-Request, HX-Request-Type",
    }
    if request.method in ("GET", "HEAD") and _still_good(request, tag, changed):
        raise NotModifiedError


def _still_good(request: Request, tag: str, changed: datetime) -> bool:
    known = request.headers.get("if-none-match")
    if known is not None:
        # Weak comparison: the opaque part decides. "*" is for writing; whether this thing is here is not known yet.
        return tag[2:] in [part.strip().removeprefix("W/") for part in known.split(",")]
    since = request.headers.get("if-modified-since")
    if since is None or request.headers.get("authorization"):
        return False  # a date does not tell what another key was shown
    try:
        return changed <= parsedate_to_datetime(since).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
