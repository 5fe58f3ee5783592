"""The shape of a ranking, before its page is cut: twins as one hit, a note with its sentence, documents in turn.

Everything acts on the whole ranking, so that offset and limit count hits and not passages. Nothing that was found is
lost: what gives way is named in the hit that it gives way to, or comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.bounds import check_number
from ingest.errors import UsageError

GROUPS = ("duplicates", "footnotes")
NEAR = 10
"""Places between a footnote and the passage that carries its marker, in the ranking, up to which they are one hit."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of the shape of a result.

    Attributes:
        duplicates: passages that say the same are one hit, the best; the others are its `duplicates`.
        footnotes: a footnote and the passage that carries its marker are one hit when they stand near each other in the
            ranking; the better one leads and shows the other.
        diverse: hits that a document may have before every other document had as many; 0 for no such turn.
    """

    duplicates: bool = True
    footnotes: bool = False
    diverse: int = 0

    def __post_init__(self) -> None:
        check_number("diverse", self.diverse)

    @classmethod
    def of(cls, groups: Sequence[str], diverse: int = 0) -> Shape:
        """The shape with these groups.

        Args:
            groups: of `GROUPS`, or "none" for no group; no name at all means the default.
            diverse: as above.

        Raises:
            UsageError: there is no such group, or `diverse` is negative or too large.
        """
        known = (*GROUPS, "none")
        for name in groups:
            if name not in known:
                raise UsageError(f"không có cách gộp {name!r} (no such group)", do=f"Chọn (choose): {', '.join(known)}")
        return cls("duplicates" in groups, "footnotes" in groups, diverse) if groups else cls(diverse=diverse)


@dataclass(frozen=True, slots=True)
class Relations:
    """What passages have to do with one another, by position.

    Attributes:
        twins: first position of the group of near-duplicates, int64 (n,), as `index.twins` finds them.
        anchors: for a footnote the position of the passage that carries its marker, else -1; int64 (n,).
        documents: code of the document, int64 (n,).
    """

    twins: np.ndarray
    anchors: np.ndarray
    documents: np.ndarray


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Places in the ranking (0-based) that are hits, in order; and by such a place the places that it stands for."""

    order: np.ndarray
    duplicates: dict[int, list[int]]
    folded: dict[int, list[int]]


def arrange(positions: np.ndarray, relations: Relations, shape: Shape) -> Arrangement:
    """Shape a ranking.

    Args:
        positions: of the passages, best first, int64 (n,), each once.
        relations: of all passages.
        shape: what is asked.
    """
    leads = np.ones(len(positions), bool)
    duplicates: dict[int, list[int]] = {}
    folded: dict[int, list[int]] = {}
    if shape.duplicates:
        _, first, group = np.unique(relations.twins[positions], return_index=True, return_inverse=True)
        leader = first[group]
        leads = leader == np.arange(len(positions))
        for place in np.flatnonzero(~leads).tolist():
            duplicates.setdefault(int(leader[place]), []).append(place)
    if shape.footnotes:
        for lead, other in _notes(positions, relations.anchors):
            # What stands for others already stays: they would be hidden twice over.
            if leads[lead] and leads[other] and other not in folded and other not in duplicates:
                leads[other] = False
                folded.setdefault(lead, []).append(other)
    order = np.flatnonzero(leads)
    if shape.diverse:
        order = _in_turn(order, relations.documents[positions[order]], shape.diverse)
    return Arrangement(order, duplicates, folded)


def _notes(positions: np.ndarray, anchors: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of places (better, other): a footnote and the passage that carries it, near each other, in ranked order."""
    wanted = anchors[positions]
    notes = np.flatnonzero(wanted >= 0)
    if not len(notes):
        return []
    by_position = np.argsort(positions)
    spot = np.searchsorted(positions, wanted[notes], sorter=by_position)
    carriers = by_position[np.minimum(spot, len(positions) - 1)]
    near = (positions[carriers] == wanted[notes]) & (np.abs(carriers - notes) <= NEAR)
    pairs = np.sort(np.stack([notes[near], carriers[near]], axis=1), axis=1)
    return [(a, b) for a, b in sorted(pairs.tolist(), key=lambda pair: (pair[1], pair[0]))]


def _in_turn(order: np.ndarray, documents: np.ndarray, most: int) -> np.ndarray:
    """`order` with at most `most` of each document first, then the next `most` of each, and so on."""
    by_document = np.lexsort((np.arange(len(documents)), documents))
    counted = documents[by_document]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(counted)) + 1]) if len(counted) else np.empty(0, np.int64)
    lengths = np.diff(np.concatenate([starts, [len(counted)]]))
    nth = np.empty(len(documents), np.int64)
    nth[by_document] = np.arange(len(documents)) - np.repeat(starts, lengths)
    return order[np.argsort(nth // most, kind="stable")]
