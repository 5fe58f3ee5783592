"""Coverage-guided fuzzing of the readers in pure Python, with atheris: inputs that reach new branches breed more.

Atheris ends its process when it is done, so it runs in one of its own; what it finds comes back by files.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
from pathlib import Path
from time import monotonic, sleep

from benchmarks.fuzz.bytewise import mutate_bytes
from benchmarks.fuzz.findings import Findings
from benchmarks.fuzz.judge import confine, judge
from benchmarks.fuzz.sources import Target, make_input, targets

MAX_BYTES = 20_000  # of an input; longer ones are slow and cover nothing new
_SEEDS = 200  # generated inputs that the corpus starts with
_SAVE = 500  # inputs between two saved states


def run_guided(reader: str, seed: int, inputs: int, seconds: float, folder: Path) -> Findings:
    """Run atheris over one reader.

    Args:
        reader: its name.
        seed: of the first inputs and of atheris.
        inputs: how many to run, those of earlier runs with the same seed counted.
        seconds: stop after so many; 0 for never.
        folder: for the state, the corpus and the failing inputs.
    """
    key = f"atheris-{seed}"
    left = inputs - Findings.load(reader, folder, key).inputs
    if left > 0:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_fuzz, args=(reader, seed, left, int(seconds), folder))
        process.start()
        told = monotonic()
        while process.is_alive():
            sleep(0.5)
            if monotonic() - told > 60:
                told = monotonic()
                found = Findings.load(reader, folder, key)
                print(f"{reader}: {found.inputs:,}/{inputs:,}, {found.escapes.total()} escapes", file=sys.stderr)
        process.join()
    return Findings.load(reader, folder, key)


def _corpus(target: Target, seed: int, folder: Path) -> Path:
    """A folder of inputs to start from; atheris adds what covers more."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(_SEEDS):
        (folder / f"seed-{i}").write_bytes(make_input(target, seed, i)[:MAX_BYTES])
    return folder


def _fuzz(reader: str, seed: int, inputs: int, seconds: int, folder: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["ingest"]):  # pyright: ignore[reportAttributeAccessIssue]
        import ingest.pipeline
        import ingest.readers.docx
        import ingest.readers.html
        import ingest.readers.text  # noqa: F401

    target = targets()[reader]
    key = f"atheris-{seed}"
    findings = Findings.load(reader, folder, key)
    corpus = _corpus(target, seed, findings.folder / f"corpus-{seed}")
    before, start = findings.seconds, monotonic()
    confine()

    def one(data: bytes) -> None:
        verdict = judge(data, f"a{target.suffix}")
        findings.add(verdict, findings.inputs)
        if verdict.problem and (path := findings.keep(data, target.suffix, verdict)):
            print(f"{reader}: {verdict.problem}\n  {path}", file=sys.stderr)
        if findings.inputs % _SAVE == 0 or verdict.problem:
            findings.seconds = before + monotonic() - start
            findings.save(key)

    def mutate(data: bytes, size: int, number: int) -> bytes:
        """By turns ours, which knows the format, and libFuzzer's, which follows the coverage."""
        rng = random.Random(number)
        chance = rng.random()
        if chance < 0.2:
            return make_input(target, seed, rng.randrange(1 << 30))[:size]
        return mutate_bytes(rng, data)[:size] if chance < 0.4 else atheris.Mutate(data, size)

    options = [
        f"-runs={inputs}",
        f"-max_len={MAX_BYTES}",
        f"-seed={seed}",
        "-rss_limit_mb=0",
        "-timeout=120",
        "-verbosity=0",
    ]
    if seconds:
        options.append(f"-max_total_time={seconds}")
    atheris.Setup(["fuzz", *options, str(corpus)], one, custom_mutator=mutate)
    try:
        atheris.Fuzz()
    finally:
        findings.seconds = before + monotonic() - start
        findings.save(key)
