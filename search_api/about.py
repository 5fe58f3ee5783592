"""Which version this is."""

from __future__ import annotations

from functools import cache


@cache
def package_version() -> str:
    """The installed version, "0+source" when run from a checkout that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("vankien")
    except PackageNotFoundError:
        return "0+source"
