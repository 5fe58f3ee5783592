"""The best passage of each document, out of one ranking of all passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def best_of_each(positions: np.ndarray, documents: np.ndarray, wanted: Sequence[int]) -> tuple[np.ndarray, list[int]]:
    """Where each document first stands in a ranking.

    Args:
        positions: of the passages, best first, int64 (n,).
        documents: code of the document of every passage, int64.
        wanted: codes of the documents that take part.

    Returns:
        Places in the ranking, one a document, best first (int64), and the codes of those that do not stand in it, in
        the order given.
    """
    codes, first = np.unique(documents[positions], return_index=True)
    present = set(codes.tolist())
    return np.sort(first), [code for code in wanted if code not in present]
