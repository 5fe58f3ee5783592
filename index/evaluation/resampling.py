"""How sure a mean is: bootstrap intervals, and the paired randomisation test.

Sources: Efron & Tibshirani, An Introduction to the Bootstrap (1993), percentile interval; Smucker, Allan & Carterette,
A comparison of statistical significance tests for information retrieval evaluation (2007), which finds the
randomisation test the one to use. Both are seeded: the same scores give the same figures on every machine.
"""

from __future__ import annotations

import numpy as np

SEED = 20260710
RESAMPLES = 5_000
ROUNDS = 10_000
LEVEL = 0.95
_EXACT = 13  # up to here all 2^n signs are tried
_AT_ONCE = 2_000_000  # draws held in memory


def mean_intervals(values: np.ndarray, level: float = LEVEL, resamples: int = RESAMPLES) -> np.ndarray:
    """Bootstrap percentile intervals of the means over queries.

    Args:
        values: (queries, measures), at least one query; the columns are drawn together.
        level: how much of the resampled means lies within.
        resamples: how many times as many queries are drawn with replacement.

    Returns:
        (measures, 2): low and high end.
    """
    draws = np.random.default_rng(SEED)
    n = len(values)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, _AT_ONCE // n)
    for start in range(0, resamples, step):
        stop = min(resamples, start + step)
        picked = draws.integers(0, n, (stop - start, n))
        for column in range(values.shape[1]):
            means[start:stop, column] = values[:, column][picked].mean(axis=1)
    tail = (1 - level) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0).T


def randomisation_p(differences: np.ndarray, rounds: int = ROUNDS) -> float:
    """Two-sided p of the mean paired difference, if each difference could as well have had the other sign.

    Args:
        differences: one a query, at least one.
        rounds: how many random assignments of signs are tried where there are too many to try all.

    Returns:
        1 where all differences are 0. From random signs (b + 1) / (rounds + 1), never 0 (Phipson & Smyth 2010).
    """
    moved = differences[differences != 0]  # a 0 has no sign to turn
    n = len(moved)
    if not n:
        return 1.0
    observed = abs(moved.sum()) * (1 - 1e-12)  # sums of equal numbers in another order are equal
    if n <= _EXACT:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return float((np.abs(signs @ moved) >= observed).mean())
    draws = np.random.default_rng(SEED)
    step = max(1, _AT_ONCE // n)
    beyond = 0
    for start in range(0, rounds, step):
        signs = draws.integers(0, 2, (min(step, rounds - start), n), dtype=np.int8) * 2 - 1
        beyond += int((np.abs(signs @ moved) >= observed).sum())
    return (beyond + 1) / (rounds + 1)
