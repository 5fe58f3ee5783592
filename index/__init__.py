"""Documents → a searchable snapshot, and search in it.

The public names, imported when they are first asked for, so that
``import index`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.build import ingest_paths
    from index.doctor import Finding, check, rebuild
    from index.hits import Filters, Hit, SearchResult
    from index.report import IngestReport
    from index.search import Searcher, open_index

__all__ = [
    "Filters",
    "Finding",
    "Hit",
    "IngestReport",
    "SearchResult",
    "Searcher",
    "check",
    "ingest_paths",
    "open_index",
    "rebuild",
]

_HOMES = {
    "Filters": "hits",
    "Finding": "doctor",
    "Hit": "hits",
    "IngestReport": "report",
    "SearchResult": "hits",
    "Searcher": "search",
    "check": "doctor",
    "ingest_paths": "build",
    "open_index": "search",
    "rebuild": "doctor",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    return getattr(import_module(f"index.{_HOMES[name]}"), name)
