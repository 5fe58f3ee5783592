"""New generations of the index, taken up while the server runs.

Opening one takes seconds; it has a thread of its own, so that it never waits for those that answer requests.
"""

from __future__ import annotations

import asyncio
import logging

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

from index.library import Library

log = logging.getLogger(__name__)


async def refreshed(library: Library) -> list[str]:
    """`Library.refresh`, beside the requests; names of the collections that changed."""
    return await to_thread.run_sync(library.refresh, limiter=CapacityLimiter(1))


async def watched(app: FastAPI) -> None:
    """Look for new generations while the server runs; requests go on with the old one until the new one is open."""
    library: Library = app.state.library
    while True:
        await asyncio.sleep(app.state.settings.reload_seconds)
        before = set(library.failures)
        try:
            changed = await refreshed(library)
        except Exception:
            log.exception("cannot look for a new generation")
            continue
        app.state.metrics.reloaded(changed, set(library.failures) - before)
