"""How much faster many files are read by several processes, or by Dask workers, than by one; ratios of one run.

usage: python -m benchmarks.parallel [FILE ...] [--jobs N ...] [--dask] [--rounds N] [--shared FOLDER]

Without files: our samples, and the seeds and real files in ``../shared`` where they are. ``--dask`` adds as many Dask
workers on this machine as the largest N. `ratio` is the time over that of the first number. Starting the processes
counts, starting the cluster does not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.ingest import ROOT, default_files
from ingest.cluster import dask_executor
from ingest.many import parse_many


def compare(files: list[Path], jobs: list[int], dask: bool, rounds: int) -> None:
    """Print how long all files take with each number of worker processes, and with Dask workers beside."""
    print(f"{'how':34}{'files':>8}{'s':>8}{'files/s':>9}{'ratio':>7}")
    with cluster(max(jobs)) if dask else nullcontext() as address:
        ways: dict[str, Callable[[], None]] = {f"--jobs {n}": partial(read_all, files, jobs=n) for n in jobs}
        if address:
            ways[f"--dask, {max(jobs)} workers"] = partial(read_all, files, address=address)
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(rounds):
            for name, way in ways.items():
                start = perf_counter()
                way()
                best[name] = min(best[name], perf_counter() - start)
    first = best[next(iter(ways))]
    for name, seconds in best.items():
        print(f"{name:34}{len(files):>8}{seconds:>8.2f}{len(files) / seconds:>9.2f}{seconds / first:>7.2f}")


def read_all(files: list[Path], jobs: int = 0, address: str = "") -> None:
    """Read all files; one that fails would make the figure a lie."""
    with dask_executor(address) if address else nullcontext() as executor:
        for outcome in parse_many(files, jobs=jobs, executor=executor):
            if outcome.error:
                raise outcome.error


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A Dask cluster on this machine; gives its scheduler's address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as own:
        yield str(own.scheduler_address)  # pyright: ignore[reportAttributeAccessIssue]


def main() -> None:
    """Print a line for each way of reading all files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--jobs", type=int, nargs="+", metavar="N", default=[1, 2])
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    files = options.files or default_files(options.shared, large=False)
    compare(files, options.jobs, options.dask, options.rounds)


if __name__ == "__main__":
    main()
