"""Figures that others have published for the encoders of `index.model_profiles`; none of them was measured here.

All are nDCG@10 (0–1) from the results that MTEB collects, each file under ``results/MODEL/REVISION/TASK.json`` of the
repository ``embeddings-benchmark/results``, with the version of MTEB that measured it: figures of one version compare
best. ZacLegalTextRetrieval is questions about law with the articles that answer them (Zalo AI Challenge),
VieQuADRetrieval questions on Wikipedia (UIT-ViQuAD, validation part). MTEB hands every model plain text: one that wants
segmented input would stand higher with it. A model that was trained on the other part of such a set stands higher there
than on text that is new to it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PUBLISHED", "Published"]

LEGAL = "ZacLegalTextRetrieval"
QUAD = "VieQuADRetrieval"


@dataclass(frozen=True, slots=True)
class Published:
    """One figure.

    Attributes:
        benchmark: MTEB's name of the task.
        figure: nDCG@10, 0–1.
        source: repository, version of MTEB, first digits of the model's revision.
    """

    benchmark: str
    figure: float
    source: str


def _mteb(benchmark: str, figure: float, version: str, revision: str) -> Published:
    return Published(benchmark, figure, f"embeddings-benchmark/results, mteb {version}, revision {revision}")


PUBLISHED: dict[str, tuple[Published, ...]] = {
    "BAAI/bge-m3": (_mteb(LEGAL, 0.753, "2.5.4", "5617a9f"), _mteb(QUAD, 0.568, "2.5.4", "5617a9f")),
    "intfloat/multilingual-e5-small": (
        _mteb(LEGAL, 0.622, "2.5.4", "fd1525a"),
        _mteb(QUAD, 0.473, "1.7.52", "fd1525a"),
    ),
    "intfloat/multilingual-e5-base": (
        _mteb(LEGAL, 0.603, "2.5.4", "d13f1b2"),
        _mteb(QUAD, 0.576, "2.5.4", "d13f1b2"),
    ),
    "intfloat/multilingual-e5-large": (
        _mteb(LEGAL, 0.666, "2.5.4", "ab10c1a"),
        _mteb(QUAD, 0.611, "1.38.41", "ab10c1a"),
    ),
    "AITeamVN/Vietnamese_Embedding": (
        _mteb(LEGAL, 0.880, "2.6.5", "dea33aa"),
        _mteb(QUAD, 0.556, "2.6.5", "dea33aa"),
    ),
    "bkai-foundation-models/vietnamese-bi-encoder": (
        _mteb(LEGAL, 0.616, "2.5.4", "84f9d9a"),
        _mteb(QUAD, 0.435, "2.5.4", "84f9d9a"),
    ),
    "hiieu/halong_embedding": (_mteb(LEGAL, 0.601, "2.5.4", "b577760"), _mteb(QUAD, 0.520, "1.38.41", "b577760")),
    "Alibaba-NLP/gte-multilingual-base": (_mteb(QUAD, 0.502, "1.7.52", "ca1791e"),),
}
"""By full name; dangvantuan/vietnamese-embedding has none there."""
