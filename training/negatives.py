"""Wrong answers that words alone take for right ones: what BM25 finds elsewhere for the queries of a passage.

Passages of the same section come together in a batch anyway; these are of other sections. Some of them are right
answers too, which the loss finds out by their scores (`training.contrastive.doubtful`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from index.segment import fold

__all__ = ["Key", "near_misses"]

Key = tuple[str, str]
"""Source and id of a passage."""
_LOOKED_AT = 12  # of the passages that BM25 finds for a query


def near_misses(rows: Iterable[dict], each: int = 4) -> dict[Key, list[Key]]:
    """The best wrong passages for all queries of a passage together.

    Args:
        rows: prepared records; those that are held out are passed over.
        each: how many of a passage.

    Returns:
        Passage → passages of other groups, those that stand highest for most of its queries first.
    """
    import bm25s

    kept = [row for row in rows if not row["held"] and row["queries"]]
    if not kept:
        return {}
    groups = [row["group"] or row["id"] for row in kept]
    words = bm25s.BM25()
    words.index([_words(row["passage"]) for row in kept], show_progress=False)
    asked = [
        (i, _words(forms[0])) for i, row in enumerate(kept) for kind, forms, _ in row["queries"] if kind != "english"
    ]
    points: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (i, _), found in zip(asked, _found(words, [query for _, query in asked], len(kept)), strict=True):
        wrong = (int(j) for j in found if groups[j] != groups[i])
        for rank, j in enumerate(wrong):
            points[i][j] += 1 / (rank + 1)
    return {_key(kept[i]): [_key(kept[j]) for j in _best(found, each)] for i, found in points.items()}


def _found(words, queries: Sequence[Sequence[str]], size: int) -> np.ndarray:
    return words.retrieve(queries, k=min(_LOOKED_AT, size), return_as="documents", show_progress=False)


def _best(points: Mapping[int, float], each: int) -> list[int]:
    return sorted(points, key=lambda j: (-points[j], j))[:each]


def _key(row: dict) -> Key:
    return row["source"], row["id"]


def _words(text: str) -> list[str]:
    """Syllables without diacritics, as a lexical index has them."""
    return fold(text).replace("_", " ").split()
