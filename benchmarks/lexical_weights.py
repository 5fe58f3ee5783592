"""What each lexical term should count (`index.query.Weights`), measured on the samples' own graded queries.

usage: lexical_weights.py [--passes N] [--index FOLDER]

Asked are the samples' queries as they are, without their marks, and with abbreviations written out or long forms
abbreviated; wanted is the best nDCG@10 of the lexical half alone, the three sets counting 1, 0.35 and 0.15. One weight
at a time is tried at half, 0.7, 1.4 and twice its value and kept where it gains (coordinate descent). Two descents see
the queries of one half of the documents each, and what they gain on the other half is printed: that is what another
choice would be worth on documents that it has not seen. The gold of real reports takes no part.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.baseline import sample_files
from index.build import ingest_paths
from index.candidates import Allowed
from index.evaluation import MAIN
from index.evaluation.measures import measured
from index.fusion import order
from index.query import DEFAULT_WEIGHTS, Query, Weights, terms
from index.search import Searcher, open_index
from index.segment import fold
from training.prepare import swap_abbreviations
from training.ranker import judged_samples

TUNED = ("bigrams", "marked", "words", "header", "period", "named", "meant", "near", "restored", "abbreviated")
"""In units of `Weights.whole`, which stays 1."""

FACTORS = (0.5, 0.7, 1.4, 2.0)
LEAST = 0.0003  # a gain that is none
SHARES = {"as written": 1.0, "no marks": 0.35, "abbreviations": 0.15}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the half that its document is in (0 or 1), and the grade of each passage that answers."""

    query: Query
    half: int
    answers: dict[str, int]


def asked(searcher: Searcher) -> dict[str, list[Asked]]:
    """The three sets."""
    judged = judged_samples(searcher)
    half = {group: i % 2 for i, group in enumerate(sorted({group for _, group, _ in judged}))}
    found: dict[str, list[Asked]] = {name: [] for name in SHARES}
    for text, group, answers in judged:
        forms = {"as written": text, "no marks": fold(text), "abbreviations": swap_abbreviations(text)}
        for name, form in forms.items():
            if name == "as written" or form not in (text, text.lower()):
                found[name].append(Asked(searcher.analysed(form), half[group], answers))
    return found


class Trial:
    """Measures weights.

    Args:
        searcher: over the samples.
    """

    def __init__(self, searcher: Searcher) -> None:
        self._retriever = searcher.ranker._retriever
        self._sets = asked(searcher)

    def values(self, weights: Weights, half: int | None = None) -> dict[str, float]:
        """Mean nDCG@10 of each set, of one half of the documents or of all."""
        return {
            name: float(np.mean([self._ndcg(one, weights) for one in rows if half is None or one.half == half]))
            for name, rows in self._sets.items()
        }

    def _ndcg(self, one: Asked, weights: Weights) -> float:
        positions, bm25 = self._retriever.candidates(terms(one.query, weights), None, 20, Allowed())
        best = positions[order(bm25, positions)[:10]]
        earned = [one.answers.get(self._retriever.ids[position], 0) for position in best]
        return measured(earned, list(one.answers.values()), 10, 2)[MAIN]


def wanted(values: dict[str, float]) -> float:
    """The three sets as one figure."""
    return sum(SHARES[name] * value for name, value in values.items()) / sum(SHARES.values())


def descend(trial: Trial, half: int | None, passes: int) -> Weights:
    """The weights at which coordinate descent arrives."""
    weights, best = DEFAULT_WEIGHTS, wanted(trial.values(DEFAULT_WEIGHTS, half))
    for _ in range(passes):
        before = weights
        for name in TUNED:
            base = getattr(weights, name)
            for factor in FACTORS:
                other = replace(weights, **{name: round(base * factor, 3)})
                value = wanted(trial.values(other, half))
                if value > best + LEAST:
                    best, weights = value, other
        if weights == before:
            break
    return weights


def shown(values: dict[str, float]) -> str:
    """One line."""
    return ", ".join(f"{name} {value:.4f}" for name, value in values.items()) + f"; together {wanted(values):.4f}"


def main() -> int:
    """Index, descend, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--index", type=Path, help="folder for the index of the samples; a temporary one without it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.index or Path(temporary)
        ingest_paths(sample_files(), folder)
        trial = Trial(open_index(folder))
        print("now:", shown(trial.values(DEFAULT_WEIGHTS)), flush=True)
        for half in (0, 1):
            weights, other = descend(trial, half, args.passes), 1 - half
            print(f"learnt on half {half}:", {name: getattr(weights, name) for name in TUNED})
            print("  the other half before:", shown(trial.values(DEFAULT_WEIGHTS, other)))
            print("  the other half after: ", shown(trial.values(weights, other)), flush=True)
        weights = descend(trial, None, args.passes)
        print("learnt on all:", {name: getattr(weights, name) for name in TUNED}, shown(trial.values(weights)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
