"""How often somebody may ask: one bucket of tokens a caller, refilled evenly (a leaky bucket as a meter)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FULL = 10_000  # buckets that are kept before those that are full again are forgotten


class RateLimiter:
    """Counts requests by caller.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, per_minute: int) -> float:
        """Take one request out of a bucket that holds a minute's.

        Args:
            name: of the bucket.
            per_minute: how many requests; 0 for no limit.

        Returns:
            0 where the request may go on, else the seconds until the next one may.
        """
        if not per_minute:
            return 0.0
        now, rate = self._clock(), per_minute / 60
        with self._lock:
            tokens, then = self._buckets.get(name, (float(per_minute), now))
            tokens = min(float(per_minute), tokens + (now - then) * rate)
            allowed = tokens >= 1.0
            if len(self._buckets) >= _FULL and name not in self._buckets:
                self._forget(now)
            self._buckets[name] = (tokens - 1.0 if allowed else tokens, now)
        return 0.0 if allowed else (1.0 - tokens) / rate

    def _forget(self, now: float) -> None:
        """Drop buckets that nobody has used for a minute: they are full again."""
        self._buckets = {name: kept for name, kept in self._buckets.items() if now - kept[1] < 60}
