"""The forward index: the tokens of every passage in reading order, so that any score can be had for any candidate.

tantivy says which passages hold a term; this says what a passage holds: every field's tokens as numbers, where its
clauses begin, how long it is, and how rare each token and each pair is in the collection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.records import LexicalRow
from ingest.errors import IndexDamagedError

FIELDS = ("folded", "path", "header", "carrier", "refs")
"""Fields of `LexicalRow` that are kept."""

PIECES = ("pieces", "path_pieces")
"""The text and the section path as the packaged static model reads them (`index.soft`)."""

UNKNOWN = -1
_OWN_WORDS = ("refs",)  # fields with a vocabulary of their own; the others share that of the folded syllables


@dataclass(frozen=True, slots=True)
class ForwardRow:
    """What is kept of one passage.

    Attributes:
        tokens: of the lexical fields.
        pieces: for each clause the static model's numbers, int32.
        path_pieces: the same for the section path.
    """

    tokens: LexicalRow
    pieces: Sequence[np.ndarray]
    path_pieces: np.ndarray


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of some passages, one behind the other: numbers, and which passage of those asked for holds each."""

    numbers: np.ndarray
    owners: np.ndarray


class ForwardIndex:
    """Tokens by position of the passage (the order of ids), read-only and mapped from disk.

    Args:
        folder: written by `ForwardIndex.build`.

    Raises:
        IndexDamagedError: a file is missing or is none of its kind.
    """

    def __init__(self, folder: Path) -> None:
        try:
            vocabularies = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            self._numbers = {name: {t: i for i, t in enumerate(tokens)} for name, tokens in vocabularies.items()}
            self._tokens = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in (*FIELDS, *PIECES)}
            self._starts = {name: np.load(folder / f"{name}.starts.npy") for name in (*FIELDS, *PIECES)}
            self._piece_clauses = np.load(folder / "pieces.clauses.npy", mmap_mode="r")
            self._frequencies = np.load(folder / "folded.df.npy")
            self._pairs = np.load(folder / "pairs.npy", mmap_mode="r")
            self._pair_frequencies = np.load(folder / "pairs.df.npy", mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamagedError(
                f"không đọc được chỉ mục xuôi (the forward index is unreadable): {error}", where=folder
            ) from None
        self.size = len(self._starts["folded"]) - 1

    @staticmethod
    def build(folder: Path, rows: Iterable[ForwardRow]) -> None:
        """Write a new one.

        Args:
            folder: made if it is not there.
            rows: every passage in the order of the ids.
        """
        folder.mkdir(parents=True, exist_ok=True)
        vocabularies: dict[str, dict[str, int]] = {name: {} for name in ("folded", *_OWN_WORDS)}
        parts: dict[str, list[np.ndarray]] = {name: [] for name in (*FIELDS, *PIECES, "pieces.clauses")}
        for row in rows:
            for name in FIELDS:
                known = vocabularies[name if name in _OWN_WORDS else "folded"]
                found = [known.setdefault(token, len(known)) for token in getattr(row.tokens, name).split()]
                parts[name].append(np.array(found, np.int32))
            parts["pieces"].append(np.concatenate([*row.pieces, np.empty(0, np.int32)]).astype(np.int32))
            parts["pieces.clauses"].append(np.repeat(np.arange(len(row.pieces)), [len(p) for p in row.pieces]))
            parts["path_pieces"].append(row.path_pieces.astype(np.int32))
        for name, found in parts.items():
            kind = np.int16 if name.endswith("clauses") else np.int32
            np.save(folder / f"{name}.npy", np.concatenate([*found, np.empty(0, kind)]).astype(kind))
            if not name.endswith("clauses"):
                np.save(folder / f"{name}.starts.npy", np.cumsum([0, *map(len, found)], dtype=np.int64))
        _write_frequencies(folder, parts, vocabularies)
        listed = {name: list(known) for name, known in vocabularies.items()}
        (folder / "vocabulary.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")

    def numbers(self, tokens: Iterable[str], field: str = "folded") -> np.ndarray:
        """Numbers of tokens, int64 (n,); `UNKNOWN` for one that no passage has."""
        known = self._numbers[field if field in _OWN_WORDS else "folded"]
        return np.array([known.get(token, UNKNOWN) for token in tokens], np.int64)

    def rarity(self, numbers: np.ndarray) -> np.ndarray:
        """BM25's idf of folded tokens, float64 (n,); that of a token found nowhere for `UNKNOWN`."""
        held = self._frequencies
        counts = np.where(numbers >= 0, held[numbers] if len(held) else 0, 0)
        return self._idf(counts)

    def pair_rarity(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The same for pairs of neighbours, float64 (n,)."""
        keys = first * len(self._numbers["folded"]) + second
        counts = np.zeros(len(keys))
        if len(self._pairs) and len(keys):
            at = np.minimum(np.searchsorted(self._pairs, keys), len(self._pairs) - 1)
            known = (self._pairs[at] == keys) & (first >= 0) & (second >= 0)
            counts = np.where(known, self._pair_frequencies[at], 0)
        return self._idf(counts)

    def _idf(self, counts: np.ndarray) -> np.ndarray:
        """Robertson & Zaragoza 2009, with tantivy's + 1 that keeps it above 0."""
        return np.log(1 + (self.size - counts + 0.5) / (counts + 0.5))

    def vocabulary(self, field: str = "folded") -> int:
        """How many different tokens there are."""
        return len(self._numbers[field if field in _OWN_WORDS else "folded"])

    def tokens(self, field: str, positions: np.ndarray) -> Tokens:
        """The tokens of one field.

        Args:
            field: one of `FIELDS` or `PIECES`.
            positions: of the passages, int64 (n,).
        """
        places, owners = self._places(field, positions)
        return Tokens(self._tokens[field][places], owners)

    def holding(self, field: str, sequence: np.ndarray) -> np.ndarray:
        """Positions of all passages that have these tokens one behind the other, int64, sorted.

        Args:
            field: one of `FIELDS`.
            sequence: numbers of the tokens, as `numbers` gives them; one at least.
        """
        held, starts = self._tokens[field], self._starts[field]
        at = np.flatnonzero(held[: max(0, len(held) - len(sequence) + 1)] == sequence[0])
        for i, number in enumerate(sequence[1:], 1):
            at = at[held[at + i] == number]
        owners = np.searchsorted(starts, at, side="right") - 1
        return np.unique(owners[at + len(sequence) <= starts[owners + 1]])

    def piece_clauses(self, positions: np.ndarray) -> np.ndarray:
        """For each of `tokens("pieces", positions)` its clause's number in the passage, int16."""
        return self._piece_clauses[self._places("pieces", positions)[0]]

    def _places(self, field: str, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        starts = self._starts[field]
        first = starts[positions]
        counts = starts[positions + 1] - first
        offsets = first - np.concatenate([[0], np.cumsum(counts)[:-1]])
        places = np.repeat(offsets, counts) + np.arange(int(counts.sum()))
        return places, np.repeat(np.arange(len(positions)), counts)


def _write_frequencies(folder: Path, parts: dict[str, list[np.ndarray]], known: dict[str, dict[str, int]]) -> None:
    """In how many passages each token and each pair of neighbours stands."""
    held = np.concatenate([*map(np.unique, parts["folded"]), np.empty(0, np.int32)]).astype(np.int64)
    np.save(folder / "folded.df.npy", np.bincount(held, minlength=len(known["folded"])).astype(np.int32))
    base = len(known["folded"])
    held = np.concatenate([*(np.unique(_pairs(part, base)) for part in parts["folded"]), np.empty(0, np.int64)])
    pairs, counts = np.unique(held, return_counts=True)
    np.save(folder / "pairs.npy", pairs)
    np.save(folder / "pairs.df.npy", counts.astype(np.int32))


def _pairs(numbers: np.ndarray, base: int) -> np.ndarray:
    return numbers[:-1].astype(np.int64) * base + numbers[1:]
