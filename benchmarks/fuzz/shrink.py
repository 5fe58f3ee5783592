"""A failing input made small: pieces taken out as long as it fails in the same way (delta debugging, Zeller 1999)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from time import monotonic

from benchmarks.fuzz.container import pack, unpack
from ingest.readers.xml import ZIP_ERRORS

Fails = Callable[[bytes], bool]
BUDGET = 20.0  # seconds for one input


def shrink(data: bytes, fails: Fails, budget: float = BUDGET) -> bytes:
    """A smaller input that `fails` too; of an archive, first its parts and then each part's bytes."""
    until = monotonic() + budget
    if data.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(data)):
        try:
            parts = unpack(data)
        except ZIP_ERRORS:
            parts = []
        if parts and fails(pack(parts)):
            return _shrink_parts(parts, fails, until)
    return _reduce(data, fails, until)


def _shrink_parts(parts: list[tuple[str, bytes]], fails: Fails, until: float) -> bytes:
    for part in list(parts):
        fewer = [p for p in parts if p is not part]
        if monotonic() < until and fails(pack(fewer)):
            parts = fewer
    for i, (name, data) in enumerate(parts):

        def still(new: bytes, i: int = i, name: str = name) -> bool:
            return fails(pack([*parts[:i], (name, new), *parts[i + 1 :]]))

        parts[i] = (name, _reduce(data, still, until))
    return pack(parts)


def _reduce(data: bytes, fails: Fails, until: float) -> bytes:
    """Take out pieces, halves first, then ever smaller ones, down to single bytes."""
    size = max(1, len(data) // 2)
    while True:
        at, shorter = 0, False
        while at < len(data):
            if monotonic() > until:
                return data
            less = data[:at] + data[at + size :]
            if less and fails(less):
                data, shorter = less, True
            else:
                at += size
        if size == 1 and not shorter:
            return data
        size = max(1, min(size // 2, len(data) // 2))
