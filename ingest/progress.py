"""What a reader says while it reads: which page it is at. Costs nothing where nobody listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]
"""Called with (page, pages), the first page being 1."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def at_page(page: int, pages: int) -> None:
    """Tell whoever listens which page is being read.

    Args:
        page: its number, from 1.
        pages: how many there are.
    """
    if listener := _LISTENER.get():
        listener(page, pages)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Let `listener` hear of every page that is read inside the block, in this thread."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
