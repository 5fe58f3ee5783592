"""The measures of one ranked list, from the grades that its hits earned and the grades that there were to earn.

Sources: nDCG with gain 2^grade - 1 is that of Burges et al. (2005) and of the project's scorer; nDCG with the grade
itself as gain, discounted by log2(rank + 1), is trec_eval's ``ndcg_cut``, which BEIR reports. MRR is the reciprocal
rank of the first relevant hit, P@1 says whether it is the first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MEASURES = ("ndcg", "recall", "mrr", "p1", "ndcg_trec", "recall_trec")
"""Names of the measures; all are 0 to 1, all are cut at rank k.

``recall`` counts the relevant hits against min(k, relevant answers), so that 1 can be reached; ``recall_trec`` against
all relevant answers, as trec_eval does.
"""

MAIN = "ndcg"
"""The measure that comparisons and gates go by."""


def measured(gains: Sequence[int], grades: Sequence[int], k: int, relevant: int) -> dict[str, float]:
    """All measures of one query.

    Args:
        gains: the grade that each hit earned, in the order of the ranks; 0 for none.
        grades: the grades of all answers that there are.
        k: the rank behind which nothing counts.
        relevant: the least grade that counts as relevant for recall, MRR and P@1.

    Returns:
        A value for each name in `MEASURES`.

    Raises:
        ValueError: no answer is relevant, so that nothing can be measured.
    """
    wanted = sum(grade >= relevant for grade in grades)
    if not wanted:
        raise ValueError("a query without a relevant answer cannot be measured")
    top = list(gains[:k])
    right = [gain >= relevant for gain in top]
    return {
        "ndcg": _dcg([2**g - 1 for g in top]) / _dcg([2**g - 1 for g in _best(grades, k)]),
        "recall": min(1.0, sum(right) / min(k, wanted)),
        "mrr": 1 / (right.index(True) + 1) if any(right) else 0.0,
        "p1": float(bool(right) and right[0]),
        "ndcg_trec": _dcg(top) / _dcg(_best(grades, k)),
        "recall_trec": sum(right) / wanted,
    }


def _best(grades: Sequence[int], k: int) -> list[int]:
    return sorted(grades, reverse=True)[:k]


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))
