"""Exact search over unit vectors: FAISS, `IndexIDMap2` over Flat inner product.

Ids are the catalogue's row numbers, never positions, so nothing shifts when
rows come and go; filters act before the search (`IDSelector`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import IndexDamagedError


def _faiss() -> Any:
    """The library, loaded at its first use; untyped, since its stubs do not know what its Python layer adds."""
    import faiss

    return faiss


class VectorIndex:
    """Unit vectors by row number, read-only.

    Args:
        path: a file written by `VectorIndex.build`.

    Raises:
        IndexDamagedError: FAISS cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        # A single query gives OpenMP nothing to share out, yet its idle threads spin: 23 ms of CPU a search instead of
        # 5 on two busy cores. Requests run side by side instead. (The setting is FAISS's own, not the process's.)
        _faiss().omp_set_num_threads(1)
        try:
            self._index = _faiss().read_index(str(path))
            self.ids: np.ndarray = _faiss().vector_to_array(self._index.id_map)
            flat = _faiss().downcast_index(self._index.index)
            # FAISS's own memory, not a copy: it lives as long as the index does.
            vectors = _faiss().rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d) if flat.ntotal else np.empty(0)
            self._vectors: np.ndarray = vectors.reshape(-1, flat.d)
        except (RuntimeError, AttributeError) as error:
            raise IndexDamagedError(f"không mở được chỉ mục vectơ (FAISS cannot read): {error}", where=path) from None

        self._place = np.full(int(self.ids.max(initial=-1)) + 1, -1, np.int64)
        self._place[self.ids] = np.arange(len(self.ids))

    @property
    def size(self) -> int:
        """How many vectors it holds."""
        return int(self._index.ntotal)

    @property
    def dims(self) -> int:
        """Length of each vector."""
        return int(self._index.d)

    @staticmethod
    def build(path: Path, rows: np.ndarray, vectors: np.ndarray) -> None:
        """Write a new index.

        Args:
            path: the file to write.
            rows: int64 (n,), each once.
            vectors: float32 (n, dims), each of length 1, so that the inner product is the cosine.
        """
        index = _faiss().IndexIDMap2(_faiss().IndexFlatIP(vectors.shape[1]))
        if len(rows):
            index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(rows, np.int64))
        _faiss().write_index(index, str(path))

    def search(self, query: np.ndarray, limit: int, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Nearest vectors.

        Args:
            query: float32 (dims,), of length 1.
            limit: how many at most.
            rows: only these rows; None for all. They are filtered before the search, so none is missed.

        Returns:
            Rows (int64) and cosines (float32), best first.
        """
        if rows is not None and not len(rows):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if rows is not None:
            limit = min(limit, len(rows))
            parameters = _faiss().SearchParameters(sel=_selector(rows))
        limit = min(limit, self.size)
        if limit <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, ids = self._index.search(query.reshape(1, -1), limit, params=parameters)
        kept = ids[0] >= 0
        return ids[0][kept], scores[0][kept]

    def scores(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Cosines of the given rows, float64 (n,), in their order.

        Args:
            query: float32 (dims,), of length 1.
            rows: int64 (n,); each must exist.
        """
        if not len(rows):
            return np.empty(0)
        # einsum, not @: BLAS would wake a thread a core for a tenth of a millisecond of work.
        return np.einsum("ij,j->i", self._vectors[self._place[rows]], query).astype(np.float64)

    def vector(self, row: int) -> np.ndarray | None:
        """The vector of a row, float32 (dims,); None where there is none or it has no direction."""
        place = int(self._place[row]) if 0 <= row < len(self._place) else -1
        found = self._vectors[place].copy() if place >= 0 else None
        return found if found is not None and found.any() else None

    def mean(self) -> np.ndarray:
        """The mean of all vectors, float32 (dims,); zeros where there is none."""
        if not self.size:
            return np.zeros(self.dims, np.float32)
        return self._index.index.reconstruct_n(0, self.size).mean(axis=0)


def _selector(rows: np.ndarray) -> Any:
    """A bitmap of the allowed rows: one bit a row, tested without hashing."""
    allowed = np.zeros(int(rows.max()) + 1, bool)
    allowed[rows] = True
    return _faiss().IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
