"""New generations of the index, taken up while the server runs.

Opening one takes seconds; it has a thread of its own, so that it never waits for those that answer requests.
"""

from __future__ import annotations

import asyncio
import gc
import logging

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

from index.library import Library

log = logging.getLogger(__name__)


async def refreshed(library: Library) -> list[str]:
    """`Library.refresh`, beside the requests; names of the collections that changed."""
    return await to_thread.run_sync(library.refresh, limiter=CapacityLimiter(1))


def settled() -> None:
    """Spare what is there now from Python's search for cycles, which stops every request for a tenth of a second.

    An index is a million objects that stay as long as it is open. What an earlier call spared and nobody uses any more
    is collected first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def renewed(library: Library) -> list[str]:
    """`refreshed`, and what came is `settled`: for a server that runs."""
    changed = await refreshed(library)
    if changed:
        await to_thread.run_sync(settled, limiter=CapacityLimiter(1))
    return changed


async def watched(app: FastAPI) -> None:
    """Look for new generations while the server runs; requests go on with the old one until the new one is open."""
    library: Library = app.state.library
    while True:
        await asyncio.sleep(app.state.settings.reload_seconds)
        before = set(library.failures)
        try:
            changed = await renewed(library)
        except Exception:
            log.exception("cannot look for a new generation")
            continue
        app.state.metrics.reloaded(changed, set(library.failures) - before)
