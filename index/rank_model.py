"""The learnt ranker: a weight for each measurement, with small differences by kind of query.

A linear model, so that every hit can be explained by adding up; `training.ranker` learns it from written queries (a
listwise loss, Cao et al. 2007), never from the gold of real reports. Texts that no office wrote have weights of their
own: the encoder knows the language of reports, so among news or encyclopaedia words count for more. An encoder whose
cosines differ has a file of its own beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ingest.errors import ModelNotFoundError

MEASURED = (
    "lexical",
    "dense",
    "whole",
    "clause",
    "soft",
    "soft_path",
    "soft_clause",
    "cover_all",
    "cover_pairs",
    "cover_path",
    "cover_carrier",
    "added_form",
    "refs",
)
"""What is measured of every candidate (`index.ranking`, `index.features`, `index.soft`)."""

RANKER = Path(__file__).with_name("models") / "vankien-ranker" / "ranker.json"


@dataclass(frozen=True, slots=True)
class RankModel:
    """Weights by name of the measurement.

    Attributes:
        features: names, in the order of the weights.
        weights: for every kind of query, float64 (features,); "*" for a kind without its own.
        scale: from the sum to the logit of "this is relevant": (slope, intercept), fitted by Platt's method.
        general: both for texts that no office wrote, whatever the kind of query; None ranks them like all others.
    """

    features: tuple[str, ...]
    weights: dict[str, np.ndarray]
    scale: tuple[float, float]
    general: tuple[np.ndarray, tuple[float, float]] | None = None

    def contributions(self, kind: str, measured: Mapping[str, np.ndarray], of_office: np.ndarray) -> np.ndarray:
        """What each measurement adds to each passage's sum, float64 (features, n).

        Args:
            kind: of the query.
            measured: name → float (n,).
            of_office: whether the passage's document shows which office wrote it, bool (n,).
        """
        weights = self.weights.get(kind, self.weights["*"])[:, None]
        if self.general is not None:
            weights = np.where(of_office, weights, self.general[0][:, None])
        return weights * np.stack([measured[name] for name in self.features])

    def probability(self, sums: np.ndarray, of_office: np.ndarray) -> np.ndarray:
        """Sums → 0 to 1, in the same order among documents of offices and among others."""
        logit = self.scale[0] * sums + self.scale[1]
        if self.general is not None:
            slope, intercept = self.general[1]
            logit = np.where(of_office, logit, slope * sums + intercept)
        return 1 / (1 + np.exp(-logit))


def ranker_of(folder: Path | None) -> Path:
    """The weights that were learnt with an encoder, else those of the default one.

    Args:
        folder: of the encoder; None for one without files.
    """
    own = folder / RANKER.name if folder else RANKER
    return own if own.is_file() else RANKER


@lru_cache(maxsize=4)
def load_ranker(path: Path = RANKER) -> RankModel:
    """Read the weights.

    Raises:
        ModelNotFoundError: the file is missing or is no ranker.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = tuple(data["features"])
        if unknown := set(names) - set(MEASURED):
            raise ValueError(f"unknown measurements: {', '.join(sorted(unknown))}")
        weights = {kind: _row(names, row) for kind, row in data["weights"].items()}
        if "*" not in weights:
            raise ValueError("no common weights")
        general = data.get("general")
        others = (_row(names, general["weights"]), _scale(general["scale"])) if general else None
        return RankModel(names, weights, _scale(data["scale"]), others)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelNotFoundError(
            f"không đọc được bộ xếp hạng (the ranker is unreadable): {error}",
            where=path,
            do="Cài lại gói. / Install the package again.",
        ) from None


def _row(names: tuple[str, ...], row: dict[str, float]) -> np.ndarray:
    """Weights in the order of the names; ValueError for one that is no number."""
    weights = np.array([float(row[name]) for name in names])
    if not np.isfinite(weights).all():
        raise ValueError("a weight that is no number")
    return weights


def _scale(pair: Sequence[float]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
