"""One hostile input, tried: used by several tests of ingest."""

from __future__ import annotations

import time

from benchmarks.fuzz.invariants import broken, unclear
from ingest.document import Document
from ingest.errors import IngestError
from ingest.pipeline import parse_bytes


def attempt(data: bytes, name: str, alarm: float = 1e9) -> Document | IngestError:
    """A document that keeps every promise, or an error that says what and where; within `alarm` s of processor time."""
    start = time.process_time()
    outcome: Document | IngestError
    try:
        outcome = parse_bytes(data, name)
    except IngestError as error:
        outcome = error
    assert time.process_time() - start < alarm
    assert not (broken(outcome) if isinstance(outcome, Document) else unclear(outcome))
    return outcome
