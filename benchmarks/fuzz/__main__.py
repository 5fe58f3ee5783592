"""Command line of the fuzzer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.fuzz.campaign import Campaign
from benchmarks.fuzz.sources import targets

FOLDER = Path("build/fuzz")


def main() -> int:
    """Run the campaigns asked for and print their figures.

    Returns:
        0 without escapes, 1 with some, 130 when interrupted.
    """
    options = _options()
    if options.scaling:
        from benchmarks.fuzz.scaling import report

        return report(options.reader)
    if options.replay:
        return _replay(options.replay)
    readers = list(targets()) if options.reader == ["all"] else options.reader
    escapes = 0
    for reader in readers:
        if options.engine == "atheris":
            from benchmarks.fuzz.guided import run_guided

            findings = run_guided(reader, options.seed, options.inputs, options.seconds, options.out)
        else:
            campaign = Campaign(reader, options.seed, options.inputs, options.seconds, options.jobs, options.out)
            try:
                findings = campaign.run()
            except KeyboardInterrupt:
                print(
                    f"\n{campaign.findings.summary()}\ninterrupted; the same command goes on from here", file=sys.stderr
                )
                return 130
        print(findings.summary(), flush=True)
        escapes += sum(findings.escapes.values())
    return 1 if escapes else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument(
        "--reader",
        nargs="+",
        default=["all"],
        choices=["all", *targets()],
        metavar="NAME",
        help="all, " + ", ".join(targets()),
    )
    parser.add_argument("--inputs", type=int, default=100_000, help="in all, earlier runs with the same seed counted")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so many, a reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--engine", choices=["random", "atheris"], default="random", help="atheris: guided by coverage, one process"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"state and failing inputs ({FOLDER})")
    parser.add_argument(
        "--scaling", action="store_true", help="double the size of hostile shapes and compare the time instead"
    )
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="judge files that failed before")
    return parser.parse_args()


def _replay(files: list[Path]) -> int:
    from benchmarks.fuzz.judge import judge

    failed = 0
    for path in files:
        verdict = judge(path.read_bytes(), f"a{path.suffix}", twice=True)
        failed += bool(verdict.problem)
        print(f"{path.name}: {verdict.outcome} {verdict.problem} {verdict.seconds:.2f} s\n{verdict.detail}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
