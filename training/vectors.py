"""Step 2: word vectors from co-occurrence, and from which words of queries go with which words of passages.

Positive pointwise mutual information of words in a window, weighted by 1/distance, with the contexts' counts smoothed
by the power 0.75, reduced by a truncated SVD: Levy, Goldberg and Dagan, "Improving Distributional Similarity with
Lessons Learned from Word Embeddings" (TACL 2015), which finds it on a par with skip-gram. It is deterministic, and
needs numpy and scipy only. Rows are scaled by a/(a + p(w)): Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline
for Sentence Embeddings" (ICLR 2017); their common component is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from training.vocabulary import Vocabulary, tone_new

__all__ = ["alignment", "cooccurrence", "part_vectors", "word_vectors"]

WINDOW = 6
SIF = 1e-3
SHARED = 0.8  # what a syllable and a form without diacritics start with, as a share of their words' mean
_TOKENS_AT_ONCE = 1_000_000


def cooccurrence(texts: Iterable[str], index: dict[str, int]) -> sparse.csr_matrix:
    """Weighted counts of words that stand near each other.

    Args:
        texts: in the encoder's form.
        index: word → number.

    Returns:
        Symmetric (len(index), len(index)) float32.
    """
    size = len(index)
    counts = sparse.csr_matrix((size, size), dtype=np.float32)
    ids: list[int] = []

    def flush() -> sparse.csr_matrix:
        array = np.asarray(ids, dtype=np.int32)
        added = sparse.csr_matrix((size, size), dtype=np.float32)
        for distance in range(1, WINDOW + 1):
            left, right = array[:-distance], array[distance:]
            both = (left >= 0) & (right >= 0) & (left != right)
            values = np.full(int(both.sum()), 1 / distance, dtype=np.float32)
            added += sparse.coo_matrix((values, (left[both], right[both])), shape=(size, size)).tocsr()
        return added

    for text in texts:
        ids += [index.get(word, -1) for word in tone_new(text).split()]
        ids += [-1] * WINDOW
        if len(ids) >= _TOKENS_AT_ONCE:
            counts += flush()
            ids.clear()
    if ids:
        counts += flush()
    return (counts + counts.T).tocsr()


def alignment(pairs: Iterable[tuple[str, str]], index: dict[str, int]) -> sparse.csr_matrix:
    """Counts of a query's words with its passage's words, as if they stood in one window.

    This is what brings English words, and everyday words, near the official ones before any training.

    Args:
        pairs: query and passage in the encoder's form.
        index: word → number.

    Returns:
        Symmetric (len(index), len(index)) float32.
    """
    sides: tuple[list[list[int]], list[list[int]]] = ([], [])
    for pair in pairs:
        for side, text in zip(sides, pair, strict=True):
            side.append([index[word] for word in tone_new(text).split() if word in index])
    asked, answers = (_bags(side, len(index)) for side in sides)
    counts = (asked.T @ answers).tocsr()
    return (counts + counts.T).tocsr()


def _bags(texts: list[list[int]], size: int) -> sparse.csr_matrix:
    numbers = [i for text in texts for i in set(text)]
    starts = np.cumsum([0, *(len(set(text)) for text in texts)])
    return sparse.csr_matrix((np.ones(len(numbers), dtype=np.float32), numbers, starts), shape=(len(texts), size))


def word_vectors(counts: sparse.csr_matrix, dims: int, seed: int) -> np.ndarray:
    """PPMI and SVD: float32 (words, dims), rows of length 1, zeros for words without neighbours."""
    words = len(counts.indptr) - 1
    table = counts.tocoo()
    keep = table.data >= 0.5
    row, column, value = table.row[keep], table.col[keep], table.data[keep].astype(np.float64)
    total = value.sum()
    rows = np.bincount(row, value, words)
    columns = np.bincount(column, value, words) ** 0.75
    pmi = np.log(value * columns.sum() / np.maximum(rows[row] * columns[column], 1e-9))
    good = pmi > 0
    matrix = sparse.csr_matrix((pmi[good].astype(np.float32), (row[good], column[good])), shape=(words, words))
    size = min(dims, words - 1)
    if total == 0 or size < 1:
        return np.zeros((words, dims), dtype=np.float32)
    start = np.random.default_rng(seed).standard_normal(words).astype(np.float32)
    left, strength = (np.asarray(part) for part in svds(matrix, k=size, v0=start)[:2])
    vectors = np.zeros((words, dims), dtype=np.float32)
    vectors[:, :size] = left[:, ::-1] * np.sqrt(np.maximum(strength[::-1], 0))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors


def part_vectors(vocabulary: Vocabulary, index: dict[str, int], vectors: np.ndarray, seed: int) -> np.ndarray:
    """Vectors of the parts, such that each word's row is its word vector times its weight.

    Args:
        vocabulary: the pieces and their parts.
        index: word → row of `vectors`.
        vectors: unit word vectors.
        seed: for the parts that no text tells anything of (digits).

    Returns:
        float32 (parts, dims).
    """
    rng = np.random.default_rng(seed)
    dims = vectors.shape[1]
    share = np.array([vocabulary.counts[word] for word in index], dtype=np.float64)
    share /= max(1.0, share.sum())
    rows = vectors * (SIF / (SIF + share))[:, None].astype(np.float32)
    rows -= (rows * share[:, None]).sum(axis=0).astype(np.float32)
    position = {piece: i for i, piece in enumerate(vocabulary.pieces)}
    members = [vocabulary.parts[position[f"▁{word}"]] for word in index]
    own = [vocabulary.names[f"w:{word}"] for word in index]
    pairs = [(n, i) for i, numbers in enumerate(members) for n in numbers if n != own[i]]
    part, word = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    spread = sparse.csr_matrix((share[word] + 1e-9, (part, word)), shape=(len(vocabulary.names), len(rows)))
    weight = np.asarray(spread.sum(axis=1)).ravel()
    parts = (SHARED * (spread @ rows) / np.maximum(weight, 1e-12)[:, None]).astype(np.float32)
    for i, numbers in enumerate(members):
        parts[own[i]] = rows[i] - sum(parts[n] for n in numbers if n != own[i])
    for name, n in vocabulary.names.items():
        if name.startswith("d:"):
            parts[n] = rng.standard_normal(dims) * 0.3 / np.sqrt(dims)
    return parts
