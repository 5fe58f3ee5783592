"""What the models make of the texts of a generation: vectors, and the pieces of the soft matcher.

Nearly all the time of a build goes into cutting words, so each text is cut once for both, by several processes where
they are allowed, and what an earlier build has made is taken from its cache.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.cache import BuildCache
from index.encode import Encoder
from index.report import Progress
from index.segment import cut, remember
from index.soft import SoftMatcher
from ingest.workers import WorkerPool

_STEP = 512  # texts that are cut together
_AT_ONCE = 64  # texts that are encoded together, between two words of progress
_SECONDS = 2.0  # of encoding between two writes to the cache: what an interruption may cost
_WORTH_PROCESSES = 2 * _STEP  # a process takes two seconds to load its segmenter


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was made.

    Attributes:
        vectors: float32 (texts, dims).
        pieces: of each text that was to be cut, int32.
        encoded: how many different texts had to be encoded.
    """

    vectors: np.ndarray
    pieces: list[np.ndarray]
    encoded: int


def embed(
    texts: Sequence[str],
    pieces_of: Sequence[str],
    encoder: Encoder,
    soft: SoftMatcher,
    cache: BuildCache,
    jobs: int,
    report: Progress,
) -> Embedded:
    """Vectors of some texts and pieces of some, perhaps the same.

    Args:
        texts: to encode.
        pieces_of: to cut into pieces.
        encoder: for the vectors.
        soft: whose pieces.
        cache: what is known already; what is made is put there step by step.
        jobs: processes that cut the words.
        report: progress.
    """
    vectors = np.zeros((len(texts), encoder.dims), np.float32)
    known = cache.vectors(texts, encoder.fingerprint, encoder.dims)
    for position, vector in known.items():
        vectors[position] = vector
    places: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        if position not in known:
            places.setdefault(text, []).append(position)
    kept = cache.pieces(pieces_of, soft.fingerprint)
    pieces = {text: kept.get(position) for position, text in enumerate(pieces_of)}
    missing = list(dict.fromkeys([*places, *(text for text, found in pieces.items() if found is None)]))
    report("encode", 0, len(missing))
    done = 0
    for step in _cut_ahead(missing, jobs):
        if new := [text for text in step if text in places]:
            made = _encoded(new, encoder, cache, _after(done, len(missing), report))
            for text, vector in zip(new, made, strict=True):
                vectors[places[text]] = vector
        if new := [text for text in step if text in pieces and pieces[text] is None]:
            found = soft.pieces(new)
            cache.put_pieces(new, found, soft.fingerprint)
            pieces.update(zip(new, found, strict=True))
        done += len(step)
        report("encode", done, len(missing))
    return Embedded(vectors, [found for text in pieces_of if (found := pieces[text]) is not None], len(places))


def _encoded(texts: list[str], encoder: Encoder, cache: BuildCache, progress: Callable[[int], None]) -> np.ndarray:
    """Vectors, float32 (texts, dims), kept every few seconds: a large model takes minutes for a step."""
    made: list[np.ndarray] = []
    kept, last = 0, time.monotonic()
    for start in range(0, len(texts), _AT_ONCE):
        made.append(encoder.encode_passages(texts[start : start + _AT_ONCE]))
        done = start + len(made[-1])
        if done == len(texts) or time.monotonic() - last > _SECONDS:
            cache.put_vectors(texts[kept:done], np.concatenate(made)[kept:], encoder.fingerprint)
            kept, last = done, time.monotonic()
        progress(done)
    return np.concatenate(made)


def _after(done: int, total: int, report: Progress) -> Callable[[int], None]:
    """Progress of one step as progress of the whole."""
    return lambda now: report("encode", done + now, total)


def _cut_ahead(texts: Sequence[str], jobs: int) -> Iterator[list[str]]:
    """The texts in steps; what the segmenter says of them is known already where processes have cut them."""
    steps = [list(texts[start : start + _STEP]) for start in range(0, len(texts), _STEP)]
    if jobs <= 1 or len(texts) < _WORTH_PROCESSES:
        yield from steps
        return
    pool = WorkerPool(cut, min(jobs, len(steps)))
    # What a worker that died has not cut is cut here, by the encoder itself.
    for step, tags in zip(steps, pool.results(steps, lambda step, loss: {}), strict=True):
        remember(tags)
        yield step
