"""What is asked of a search beside its query, and whether it can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.bounds import check_number
from index.candidates import Allowed
from index.facets import FACETS
from index.grouping import Shape
from index.hits import MODES, Filters
from index.roles import ROLES
from ingest.errors import UsageError

NO_DIRECTION = (
    "chỉ tìm theo từ: mô hình không biết từ nào của câu hỏi / lexical only: the model knows no word of the query"
)

UNSURE = (
    "có thể văn kiện không nói đến điều này, kết quả chỉ gần nghĩa nhất / "
    "the documents may say nothing on this, these are only the nearest passages"
)
"""Said where even the likeliest passage is below `UNLIKELY`: a chat tool should then say that it found nothing."""

UNLIKELY = 0.15
"""Probability, by the learnt ranker, that the best passage answers the query. Of questions that reports answer 0 to 4
in a hundred lie below, of the others two to three in four (``python -m benchmarks.unanswered``)."""


def doubted(notes: tuple[str, ...], likeliest: float | None) -> tuple[str, ...]:
    """The notes of an answer, with that of doubt where its best passage is not likely enough; None is no judgement."""
    return (*notes, UNSURE) if likeliest is not None and likeliest < UNLIKELY else notes


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of every query of a batch."""

    limit: int
    offset: int
    mode: str
    degraded: str | None
    allowed: Allowed
    facets: Sequence[str]
    shape: Shape
    context: int


def check(limit: int, offset: int, context: int, mode: str, facets: Sequence[str], filters: Filters) -> None:
    """Refuse what cannot be asked.

    Raises:
        UsageError: an unknown mode, facet or section, or a number that is negative or too large.
    """
    if mode not in MODES:
        raise UsageError(f"không có cách tìm {mode!r} (no such mode)", do=f"Chọn (choose): {', '.join(MODES)}")
    for name, number in (("limit", limit), ("offset", offset), ("context", context)):
        check_number(name, number)
    for role in filters.sections:
        if role not in ROLES:
            raise UsageError(f"không có phần {role!r} (no such section)", do=f"Chọn (choose): {', '.join(ROLES)}")
    for name in facets:
        if name not in FACETS:
            raise UsageError(f"không có nhóm {name!r} (no such facet)", do=f"Chọn (choose): {', '.join(FACETS)}")
