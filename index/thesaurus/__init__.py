"""The domain's concepts: official, everyday, abbreviated and English words for one thing.

A query is turned into the concepts that it names or comes near to, and their
official forms are added to it. Compiled once a generation, so that opening costs
milliseconds. The concepts are the ``*.jsonl`` beside this file, one a line, and
those of a folder of the user's: see `index.thesaurus.entries`.
"""

from __future__ import annotations

import json
from pathlib import Path

from index.thesaurus.compiled import compile_thesaurus
from index.thesaurus.entries import Entry, Problem, read_entries, thesaurus_fingerprint, thesaurus_problems
from index.thesaurus.matching import Match, Thesaurus
from ingest.errors import IndexDamagedError

__all__ = [
    "Entry",
    "Match",
    "Problem",
    "Thesaurus",
    "compile_thesaurus",
    "load_thesaurus",
    "read_entries",
    "thesaurus_fingerprint",
    "thesaurus_problems",
]


def load_thesaurus(path: Path) -> Thesaurus:
    """Open a compiled thesaurus.

    Raises:
        IndexDamagedError: the file is missing or is none.
    """
    try:
        return Thesaurus(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(f"không đọc được từ điển (the thesaurus is unreadable): {error}", where=path) from None
