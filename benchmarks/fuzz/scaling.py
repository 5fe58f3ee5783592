"""Is the time about linear? Each hostile shape at doubling sizes, and what a doubling costs."""

from __future__ import annotations

import sys
from math import log2
from time import process_time

from benchmarks.fuzz.judge import judge
from benchmarks.fuzz.shapes import Shape, shapes

FIRST = 64 << 10  # bytes
LAST = 8 << 20
LONG = 5.0  # seconds of processor time after which a shape is doubled no more
ENOUGH = 1.0  # seconds: below, the start of the pipeline and the noise say more than the shape
QUADRATIC = 2.8  # times a doubling may cost; linear is 2, n log n a little more, quadratic 4
SLOW = 80e-6  # seconds a byte; a shape that stays linear may still be slow


def measure(name: str, shape: Shape) -> tuple[list[tuple[int, float]], str]:
    """(bytes, seconds of processor time) at each size, and what became of the largest."""
    ending = ".txt" if not name.startswith(("HTML", "DOCX", "PDF")) else "." + name.split(" ", maxsplit=1)[0].lower()
    found: list[tuple[int, float]] = []
    outcome = ""
    size = FIRST
    while size <= LAST:
        data = shape(size)
        start = process_time()
        verdict = judge(data, f"a{ending}", limit=20 * LONG)
        found.append((len(data), process_time() - start))
        outcome = f"{verdict.outcome} {verdict.problem}".strip()
        if found[-1][1] > LONG / 2:
            break
        size *= 2 if found[-1][1] > ENOUGH / 8 else 4
    return found, outcome


def cost_of_doubling(found: list[tuple[int, float]]) -> float:
    """Times that the last doubling cost, 0.0 where the shape is refused or done too fast to tell."""
    if len(found) < 2 or found[-1][1] < ENOUGH / 4:
        return 0.0
    (small, before), (large, after) = found[-2], found[-1]
    return (after / max(before, 1e-9)) ** (1 / max(0.5, log2(large / small)))


def report(readers: list[str]) -> int:
    """Print a line a shape.

    Returns:
        1 if one of them is quadratic or breaks a promise.
    """
    bad = 0
    print(f"{'shape':28}{'MB':>8}{'s':>8}{'µs/byte':>9}{'doubling':>9}  outcome")
    for name, (reader, shape) in shapes().items():
        if readers != ["all"] and reader not in readers:
            continue
        found, outcome = measure(name, shape)
        size, seconds = found[-1]
        times = cost_of_doubling(found)
        wrong = times > QUADRATIC or seconds / size > SLOW or outcome.startswith("ESCAPE")
        bad += wrong
        told = f"{name:28}{size / 1e6:>8.2f}{seconds:>8.2f}{seconds / size * 1e6:>9.2f}{times:>9.2f}  {outcome}"
        print(told + ("  <<<" if wrong else ""), flush=True)
    if bad:
        print(f"{bad} shapes are not linear, too slow, or break a promise", file=sys.stderr)
    return 1 if bad else 0
