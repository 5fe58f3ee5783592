"""What a campaign has found so far, on disk: counts, escapes, and the inputs that made them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz.judge import Verdict, judge
from benchmarks.fuzz.shrink import shrink

EXAMPLES = 3  # inputs kept of each defect
SLOWEST = 5


@dataclass
class Findings:
    """The state of one reader's campaign; `chunks` are the blocks of input numbers that are done."""

    reader: str
    folder: Path
    chunks: set[int] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    escapes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    processor: float = 0.0
    slowest: list[tuple[float, int]] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        """Inputs judged."""
        return sum(self.outcomes.values())

    @classmethod
    def load(cls, reader: str, folder: Path, key: str) -> Findings:
        """The state that an earlier run with the same `key` left, or a fresh one."""
        found = cls(reader, folder / reader)
        path = found.folder / f"state-{key}.json"
        if path.is_file():
            state = json.loads(path.read_text("utf-8"))
            found.chunks = set(state["chunks"])
            found.outcomes, found.escapes = Counter(state["outcomes"]), Counter(state["escapes"])
            found.seconds, found.processor = state["seconds"], state["processor"]
            found.slowest = [(s, i) for s, i in state["slowest"]]
        return found

    def save(self, key: str) -> None:
        """Write the state; a killed write leaves the old one whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "chunks": sorted(self.chunks),
            "outcomes": dict(self.outcomes),
            "escapes": dict(self.escapes),
            "seconds": self.seconds,
            "processor": self.processor,
            "slowest": self.slowest,
        }
        path = self.folder / f"state-{key}.json"
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(state), "utf-8")
        os.replace(draft, path)

    def add(self, verdict: Verdict, index: int) -> None:
        """Count one verdict."""
        self.outcomes[verdict.outcome] += 1
        self.processor += verdict.seconds
        self.slowest = sorted([*self.slowest, (round(verdict.seconds, 3), index)], reverse=True)[:SLOWEST]
        if verdict.problem:
            self.escapes[verdict.problem] += 1

    def keep(self, data: bytes, suffix: str, verdict: Verdict) -> Path | None:
        """Write a failing input and what it did.

        Returns:
            Its path; None if enough examples of this defect are there.
        """
        slug = re.sub(r"\W+", "-", verdict.problem).strip("-")[:80]
        self.folder.mkdir(parents=True, exist_ok=True)
        if len(list(self.folder.glob(f"{slug}.????????{suffix}"))) >= EXAMPLES:
            return None
        path = self.folder / f"{slug}.{hashlib.sha256(data).hexdigest()[:8]}{suffix}"
        path.write_bytes(data)
        path.with_name(path.name + ".why").write_text(f"{verdict.problem}\n\n{verdict.detail}\n", "utf-8", "replace")
        return path

    def make_small(self, path: Path, verdict: Verdict) -> None:
        """Put the smallest input that fails in the same way beside the kept one (``….small.html``).

        What hangs or kills its process is left as it is: trying it again here would do the same to this one.
        """
        if verdict.problem.startswith(("time", "memory", "died", "hang")):
            return
        small = shrink(path.read_bytes(), lambda d: judge(d, f"a{path.suffix}").problem == verdict.problem)
        path.with_suffix(f".small{path.suffix}").write_bytes(small)

    def summary(self) -> str:
        """The figures, one line for each kind of outcome."""
        rate = self.inputs / self.seconds if self.seconds else 0.0
        escapes = sum(self.escapes.values())
        lines = [f"{self.reader}: {self.inputs:,} inputs in {self.seconds:,.0f} s, {rate:,.0f}/s, {escapes} escapes"]
        lines += [f"  {n:>9,}  {name}" for name, n in self.outcomes.most_common()]
        lines += [f"  {n:>9,}  ESCAPE {name}" for name, n in self.escapes.most_common()]
        lines.append("  slowest: " + ", ".join(f"{s:.2f} s (input {i})" for s, i in self.slowest))
        return "\n".join(lines)
