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
        text, path = forward.tokens("pieces", positions), forward.tokens("path_pieces", positions)
        near = self._near(query, np.concatenate([text.numbers, path.numbers]))
        clauses = forward.piece_clauses(positions)
        starts = _starts(text.owners, clauses)
        owners = text.owners[starts]
        by_clause = _highest(near[:, : len(text.numbers)], starts, len(starts))
        whole = _highest(by_clause, _starts(owners), size, owners)
        above = PATH_SHARE * _highest(near[:, len(text.numbers) :], _starts(path.owners), size, path.owners)
        weights = query.weights.astype(np.float64)
        clause = weights @ np.maximum(by_clause, above[:, owners])
        best = _highest(clause[None], _starts(owners), size, owners)[0]
        return {
            "soft": weights @ whole,
            "soft_path": weights @ np.maximum(whole, above),
            "soft_clause": np.maximum(best, weights @ above),
        }

    def _near(self, query: SoftQuery, numbers: np.ndarray) -> np.ndarray:
        """The cosine of each piece of the query with each of `numbers`, 0 where it is below, float32 (k, numbers)."""
        # np.unique would sort; a mark for each row of the table is ten times as fast.
        seen = np.zeros(len(self._rows), bool)
        seen[numbers] = True
        known = np.flatnonzero(seen)
        places = np.empty(len(self._rows), np.int32)
        places[known] = np.arange(len(known))
        cosines = np.maximum(query.directions @ self._rows[known].T, 0) / np.maximum(self._lengths[known], 1e-9)
        return cosines[:, places[numbers]]


def _starts(*groups: np.ndarray) -> np.ndarray:
    """Where a run begins of which all groups (sorted, of one length) stay the same, int64."""
    if not len(groups[0]):
        return np.empty(0, np.int64)
    changes = np.logical_or.reduce([group[1:] != group[:-1] for group in groups])
    return np.concatenate([[0], 1 + np.flatnonzero(changes)])


def _highest(values: np.ndarray, starts: np.ndarray, size: int, owners: np.ndarray | None = None) -> np.ndarray:
    """The highest of each run of columns, (k, size): in the order of the runs, or at the owner of each; else 0."""
    if owners is None:
        return np.maximum.reduceat(values, starts, axis=1) if len(starts) else values[:, :0]
    found = np.zeros((len(values), size), values.dtype)
    if len(starts):
        found[:, owners[starts]] = np.maximum.reduceat(values, starts, axis=1)
    return found
