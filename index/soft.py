"""Soft matching, word by word: how near does each word of a query come to some word of a passage, of one clause of it?

A vector of a whole passage blurs what its clauses say one by one; exact terms miss what is said in other words. Between
them stands late interaction (MaxSim, Khattab & Zaharia 2020), here over the rows of the packaged static model: for each
piece of the query the cosine of the nearest piece, weighted by the length of the query piece's row, which the model's
training has made long where a piece tells passages apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.encode import StaticEncoder, load_encoder
from index.forward import ForwardIndex

PATH_SHARE = 0.7
"""What a piece in the section path counts against one in the text; 0.5 to 1 measure the same."""

_LEAST = 0.05  # rows shorter than this are punctuation and the like: they say nothing


@dataclass(frozen=True, slots=True)
class SoftQuery:
    """Directions of a query's pieces, float32 (k, dims), unit length, and their weights, float32 (k,), sum 1."""

    directions: np.ndarray
    weights: np.ndarray


class SoftMatcher:
    """Scores passages of a forward index against the pieces of a query.

    Args:
        encoder: the static model; None for the packaged one.
    """

    def __init__(self, encoder: StaticEncoder | None = None) -> None:
        found = encoder or load_encoder()
        assert isinstance(found, StaticEncoder)  # the packaged model is one
        self._encoder = found
        self._rows = found.rows
        self._lengths = np.linalg.norm(self._rows, axis=1)

    @property
    def fingerprint(self) -> str:
        """Of the model: pieces are numbers of its vocabulary."""
        return self._encoder.fingerprint

    def pieces(self, texts: list[str]) -> list[np.ndarray]:
        """The numbers of each text's pieces, int32."""
        return self._encoder.pieces(texts)

    def query(self, text: str) -> SoftQuery:
        """A query, ready to match."""
        numbers = np.array(list(dict.fromkeys(self.pieces([text])[0].tolist())), np.int64)
        numbers = numbers[self._lengths[numbers] > _LEAST]
        lengths = self._lengths[numbers]
        return SoftQuery(self._rows[numbers] / lengths[:, None], lengths / max(1e-9, float(lengths.sum())))

    def features(self, query: SoftQuery, forward: ForwardIndex, positions: np.ndarray) -> dict[str, np.ndarray]:
        """Three scores of each passage, float64 (n,), 0 to 1.

        Returns:
            "soft": over the whole text; "soft_path": over text and section path; "soft_clause": the same for the best
            single clause, so that what is asked for must stand together.
        """
        size = len(positions)
        if not len(query.weights) or not size:
            return {name: np.zeros(size) for name in ("soft", "soft_path", "soft_clause")}
        text = forward.tokens("pieces", positions)
        clauses = forward.piece_clauses(positions).astype(np.int64)
        by_clause, owners = self._best(query, text.numbers, text.owners * (1 + clauses.max(initial=0)) + clauses)
        owners //= 1 + clauses.max(initial=0)
        path = forward.tokens("path_pieces", positions)
        above = np.zeros((size, len(query.weights)))
        best, where = self._best(query, path.numbers, path.owners)
        above[where] = PATH_SHARE * best
        whole = _highest(by_clause, owners, size)
        clause = np.maximum(by_clause, above[owners]) @ query.weights
        return {
            "soft": whole @ query.weights,
            "soft_path": np.maximum(whole, above) @ query.weights,
            "soft_clause": np.maximum(_highest(clause[:, None], owners, size)[:, 0], above @ query.weights),
        }

    def _best(self, query: SoftQuery, numbers: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each unit (a run of pieces) the cosine of the nearest piece, float (units, k), and the units' numbers."""
        if not len(numbers):
            return np.zeros((0, len(query.weights))), np.empty(0, np.int64)
        # np.unique would sort; a mark for each row of the table is ten times as fast.
        places = np.zeros(len(self._rows), np.int32)
        places[numbers] = 1
        known = np.flatnonzero(places)
        places[known] = np.arange(len(known))
        place = places[numbers]
        rows = self._rows[known]
        cosines = np.maximum(rows @ query.directions.T, 0) / np.maximum(self._lengths[known], 1e-9)[:, None]
        starts = np.flatnonzero(np.concatenate([[True], units[1:] != units[:-1]]))
        return np.maximum.reduceat(cosines[place], starts, axis=0), units[starts]


def _highest(values: np.ndarray, owners: np.ndarray, size: int) -> np.ndarray:
    """The highest row of each owner, (size, k); 0 for those without one. `owners` is sorted."""
    found = np.zeros((size, values.shape[1]))
    if len(owners):
        starts = np.flatnonzero(np.concatenate([[True], owners[1:] != owners[:-1]]))
        found[owners[starts]] = np.maximum.reduceat(values, starts, axis=0)
    return found
