"""Queries and passages as token numbers, and the batches they are trained in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from tokenizers import Tokenizer

from training.sources import WRITTEN

__all__ = ["Batch", "Batches", "Material", "load_material"]

CLAUSE_SHARE = 0.5  # of the best clause in a passage's score, as in the index's default settings
MAX_TOKENS = 160  # of a passage, in training only: the mean of more tokens hardly moves
QUOTA = {
    "report_sections": 240,
    "own_sections": 480,
    "register_paragraphs": 128,
    "synthetic_queries": 192,
    "thesaurus": 160,
    "legal_qa": 64,
    "policy_news": 48,
    "phapdien": 64,
    "news": 96,
    "news_more": 48,
    "raw_text": 32,
}
"""Queries of each source in one batch; a source that is not there is passed over."""
GROUPED = ("report_sections", "own_sections", "phapdien", "raw_text")


@dataclass(slots=True)
class Item:
    """One passage with its queries, as token numbers."""

    passage: np.ndarray
    with_context: np.ndarray
    clauses: list[np.ndarray]
    queries: list[tuple[str, list[np.ndarray], np.ndarray]]
    group: str


@dataclass(slots=True)
class Material:
    """Items by source, for training and held out."""

    train: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class Batch:
    """Queries, the passages they choose from, and for each query the number of its passage.

    Attributes:
        queries: token numbers.
        passages: token numbers.
        clauses: the passages' clauses, in order; a passage of one clause is its own.
        owner: for each clause the number of its passage.
        target: for each query the number of its passage.
    """

    queries: list[np.ndarray] = field(default_factory=list)
    passages: list[np.ndarray] = field(default_factory=list)
    clauses: list[np.ndarray] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)


def _ids(tokenizer: Tokenizer, text: str) -> np.ndarray:
    return np.asarray(tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TOKENS], dtype=np.int32)


def load_material(rows: Iterable[dict], tokenizer: Tokenizer, *, all_data: bool = False) -> Material:
    """Token numbers of prepared records.

    Args:
        rows: from `prepare`.
        tokenizer: the vocabulary's.
        all_data: train on the held-out part too (it stays in `held` as well).

    Returns:
        The material; concepts of the thesaurus become one item for each term.
    """
    material = Material()
    for row in rows:
        for item in _items(row, tokenizer):
            if row["held"]:
                material.held[row["source"]].append(item)
            if all_data or not row["held"]:
                material.train[row["source"]].append(item)
    return material


def _items(row: dict, tokenizer: Tokenizer) -> Iterator[Item]:
    passage = _ids(tokenizer, row["passage"])
    context = _ids(tokenizer, f"{row['context']} {row['passage']}") if row["context"] else passage
    queries = [
        (kind, [_ids(tokenizer, form) for form in forms], _ids(tokenizer, plain))
        for kind, forms, plain in row["queries"]
    ]
    clauses = [_ids(tokenizer, clause) for clause in row["clauses"]] if row["source"] in WRITTEN else []
    yield Item(passage, context, clauses, queries, row["group"])


class Batches:
    """An endless, seeded stream of batches, each a mixture of all sources.

    Args:
        material: what to draw from.
        rng: the generator.
        quota: queries a source and batch.
        plain: share of queries shown without diacritics.
        context: share of passages shown with their context line.
        drop: share of tokens left out.
    """

    def __init__(
        self,
        material: Material,
        rng: np.random.Generator,
        *,
        quota: dict[str, int] | None = None,
        plain: float = 0.25,
        context: float = 0.4,
        drop: float = 0.1,
    ) -> None:
        self.rng = rng
        self.plain, self.context, self.drop = plain, context, drop
        wanted = quota or QUOTA
        self.sources = {name: items for name, items in material.train.items() if wanted.get(name) and items}
        self.quota = {name: wanted[name] for name in self.sources}
        self.groups = {name: _groups(items) for name, items in self.sources.items() if name in GROUPED}

    def __iter__(self) -> Iterator[Batch]:
        """Batches without end."""
        while True:
            yield self._batch()

    def _batch(self) -> Batch:
        batch = Batch()
        for name, quota in self.quota.items():
            before = len(batch.target)
            for item in self._draw(name, quota):
                pairs = self._queries(name, item)
                if not pairs:
                    continue
                number = len(batch.passages)
                batch.target += [number] * len(pairs)
                batch.queries += pairs
                batch.passages.append(self._passage(name, item))
                parts = [self._dropped(clause) for clause in item.clauses] or [batch.passages[-1]]
                batch.clauses += parts
                batch.owner += [number] * len(parts)
                if len(batch.target) - before >= quota and name not in GROUPED:
                    break
        return batch

    def _draw(self, name: str, quota: int) -> Sequence[Item]:
        """Items for one source: single ones, or whole groups until the quota is filled."""
        items = self.sources[name]
        if name not in GROUPED:
            return [items[i] for i in self.rng.choice(len(items), size=min(quota, len(items)), replace=False)]
        chosen: list[Item] = []
        count, groups = 0, self.groups[name]
        while count < quota:
            group = groups[int(self.rng.integers(len(groups)))]
            picked = group if len(group) <= 12 else [group[i] for i in self.rng.choice(len(group), 12, replace=False)]
            chosen += picked
            count += sum(min(len(i.queries), self._per_item(name)) or 1 for i in picked)
        return list({id(item): item for item in chosen}.values())

    def _per_item(self, name: str) -> int:
        return {
            "report_sections": 4,
            "own_sections": 4,
            "register_paragraphs": 3,
            "synthetic_queries": 3,
            "thesaurus": 3,
        }.get(name, 1)

    def _queries(self, name: str, item: Item) -> list[np.ndarray]:
        queries = item.queries
        if not queries:
            return []
        number = min(self._per_item(name), len(queries))
        chosen = []
        for i in self.rng.choice(len(queries), size=number, replace=False):
            kind, forms, plain = queries[i]
            form = forms[int(self.rng.integers(len(forms)))]
            if self.rng.random() < self.plain and kind != "english":
                form = plain
            chosen.append(self._dropped(form))
        return [query for query in chosen if len(query)]

    def _passage(self, name: str, item: Item) -> np.ndarray:
        shown = item.with_context if name in WRITTEN and self.rng.random() < self.context else item.passage
        return self._dropped(shown)

    def _dropped(self, ids: np.ndarray) -> np.ndarray:
        if self.drop == 0 or len(ids) < 4:
            return ids
        return ids[self.rng.random(len(ids)) >= self.drop]


def _groups(items: list[Item]) -> list[list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    return [group for group in groups.values() if len(group) > 1] or [items]
