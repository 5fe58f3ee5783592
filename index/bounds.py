"""How large a number may be that is asked for."""

from __future__ import annotations

from ingest.errors import UsageError

MOST = 2**31 - 1
"""No count may be larger: SQLite and numpy hold 64 bits, and what is made of a count must fit as well."""


def check_number(name: str, number: int, least: int = 0) -> None:
    """Refuse a count that cannot be counted with.

    Raises:
        UsageError: it is below `least` or above `MOST`.
    """
    if not least <= number <= MOST:
        raise UsageError(f"{name} phải từ {least} đến {MOST} (must be from {least} to {MOST})")
