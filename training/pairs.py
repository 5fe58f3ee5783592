"""Queries and passages as token numbers, and the batches they are trained in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from tokenizers import Tokenizer

from training.negatives import Key
from training.sources import WRITTEN

__all__ = ["Batch", "Batches", "Item", "Material", "Mixture", "Query", "load_material"]

CLAUSE_SHARE = 0.5  # of the best clause in a passage's score, as in the index's default settings
MAX_TOKENS = 160  # of a passage, in training only: the mean of more tokens hardly moves
QUOTA = {
    "report_sections": 240,
    "own_sections": 700,
    "register_paragraphs": 128,
    "synthetic_queries": 192,
    "concepts": 160,
    "legal_qa": 64,
    "policy_news": 48,
    "phapdien": 64,
    "news": 96,
    "news_more": 48,
    "raw_text": 32,
}
"""Queries of each source in one batch; a source that is not there is passed over."""
GROUPED = ("report_sections", "own_sections", "phapdien", "raw_text")
PER_ITEM = {"report_sections": 4, "own_sections": 4, "register_paragraphs": 3, "synthetic_queries": 3, "concepts": 3}
"""Queries of one passage in a batch, where it is not one."""
GRADES = {3: 1.0, 2: 0.5, 1: 0.2}
"""What a query that several passages answer expects of each, before its shares are brought to a sum of one."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as token numbers: its kind, its forms with diacritics, its form without."""

    kind: str
    forms: list[np.ndarray]
    plain: np.ndarray


@dataclass(slots=True)
class Item:
    """One passage with its queries, as token numbers.

    `wide` are queries that several passages of the group answer, with grades 1–3 by id; `misses` are passages of other
    groups that share words with its queries.
    """

    id: str
    passage: np.ndarray
    with_context: np.ndarray
    clauses: list[np.ndarray]
    queries: list[Query]
    wide: list[tuple[Query, dict[str, int]]]
    group: str
    misses: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Material:
    """Items by source, for training and held out."""

    train: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class Batch:
    """Queries, the passages they choose from, and which of them answer which query.

    Attributes:
        queries: token numbers.
        passages: token numbers.
        clauses: the passages' clauses, in order; a passage of one clause is its own.
        owner: for each clause the number of its passage.
        answers: (query, passage, share); the shares of a query add up to one, its best passage comes first.
        groups: for each passage the number of its group, -1 without one.
    """

    queries: list[np.ndarray] = field(default_factory=list)
    passages: list[np.ndarray] = field(default_factory=list)
    clauses: list[np.ndarray] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    answers: list[tuple[int, int, float]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def ask(self, query: np.ndarray, shares: Mapping[int, float]) -> None:
        """Add a query, unless nothing is left of it or no passage answers it."""
        if len(query) and shares:
            total = sum(shares.values())
            best_first = sorted(shares.items(), key=lambda share: -share[1])
            self.answers += [(len(self.queries), passage, share / total) for passage, share in best_first]
            self.queries.append(query)


def _ids(tokenizer: Tokenizer, text: str) -> np.ndarray:
    return np.asarray(tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TOKENS], dtype=np.int32)


def load_material(
    rows: Iterable[dict],
    tokenizer: Tokenizer,
    *,
    all_data: bool = False,
    misses: Mapping[Key, Sequence[Key]] | None = None,
) -> Material:
    """Token numbers of prepared records.

    Args:
        rows: from `prepare`.
        tokenizer: the vocabulary's.
        all_data: train on the held-out part too (it stays in `held` as well).
        misses: from `training.negatives.near_misses`.

    Returns:
        The material; a concept of the thesaurus is one item, its terms are the queries.
    """
    material = Material()
    for row in rows:
        for item in _items(row, tokenizer):
            if row["held"]:
                material.held[row["source"]].append(item)
            if all_data or not row["held"]:
                material.train[row["source"]].append(item)
    found = {(source, item.id): item for source, items in material.train.items() for item in items}
    for key, others in (misses or {}).items():
        if key in found:
            found[key].misses = [found[other] for other in others if other in found]
    return material


def _items(row: dict, tokenizer: Tokenizer) -> Iterator[Item]:
    passage = _ids(tokenizer, row["passage"])
    context = _ids(tokenizer, f"{row['context']} {row['passage']}") if row["context"] else passage
    clauses = [_ids(tokenizer, clause) for clause in row["clauses"]] if row["source"] in WRITTEN else []
    queries = [_query(tokenizer, *query) for query in row["queries"]]
    wide = [(_query(tokenizer, *query), answers) for *query, answers in row["wide"]]
    yield Item(row["id"], passage, context, clauses, queries, wide, row["group"])


def _query(tokenizer: Tokenizer, kind: str, forms: list[str], plain: str) -> Query:
    return Query(kind, [_ids(tokenizer, form) for form in forms], _ids(tokenizer, plain))


@dataclass(frozen=True, slots=True)
class Mixture:
    """How a batch is drawn.

    Attributes:
        quota: queries of each source.
        plain: share of queries shown without diacritics.
        context: share of passages shown with their context line.
        drop: share of tokens left out.
        forms: whether abbreviations are swapped and capitals taken away at random.
        whole_groups: whether the passages of a section come together, as hard negatives of each other.
        wide: whether queries that several passages answer are asked too.
        misses: share of passages that bring one that BM25 takes for them.
    """

    quota: Mapping[str, int] = field(default_factory=lambda: QUOTA)
    plain: float = 0.25
    context: float = 0.4
    drop: float = 0.1
    forms: bool = True
    whole_groups: bool = True
    wide: bool = True
    misses: float = 0.0


class Batches:
    """An endless, seeded stream of batches, each a mixture of all sources.

    Args:
        material: what to draw from.
        rng: the generator.
        mixture: how.
    """

    def __init__(self, material: Material, rng: np.random.Generator, mixture: Mixture) -> None:
        self.rng, self.mixture = rng, mixture
        self.sources = {name: items for name, items in material.train.items() if mixture.quota.get(name) and items}
        self.quota = {name: mixture.quota[name] for name in self.sources}
        self._sections: dict[tuple[str, str], int] = {}
        grouped = GROUPED if mixture.whole_groups else ()
        self.groups = {name: _groups(items) for name, items in self.sources.items() if name in grouped}

    def __iter__(self) -> Iterator[Batch]:
        """Batches without end."""
        while True:
            yield self._batch()

    def _batch(self) -> Batch:
        batch, drawn = Batch(), []
        for name, quota in self.quota.items():
            before, places, chosen = len(batch.queries), {}, []
            for item in self._draw(name, quota):
                if not item.queries:
                    continue
                places[item.group, item.id] = number = self._add(batch, name, item)
                section = self._sections.setdefault((name, item.group), len(self._sections))
                batch.groups.append(section if name in GROUPED else -1)
                chosen.append(item)
                drawn.append(item)
                for i in self.rng.choice(len(item.queries), self._per_item(name, item), replace=False):
                    batch.ask(self._shown(item.queries[i]), {number: 1.0})
                if len(batch.queries) - before >= quota and name not in self.groups:
                    break
            for item in chosen if self.mixture.wide else ():
                for query, grades in item.wide:
                    known = {places.get((item.group, i), -1): GRADES.get(grade, 0.0) for i, grade in grades.items()}
                    batch.ask(self._shown(query), {n: share for n, share in known.items() if n >= 0 and share})
        self._add_misses(batch, drawn)
        return batch

    def _add_misses(self, batch: Batch, drawn: list[Item]) -> None:
        """Passages without queries that BM25 takes for those that were drawn."""
        there = {id(item) for item in drawn}
        for item in drawn:
            if item.misses and self.rng.random() < self.mixture.misses:
                other = item.misses[int(self.rng.integers(len(item.misses)))]
                if id(other) not in there:
                    there.add(id(other))
                    self._add(batch, "", other)
                    batch.groups.append(-1)

    def _draw(self, name: str, quota: int) -> Sequence[Item]:
        """Items for one source: single ones, or whole groups until the quota is filled."""
        items = self.sources[name]
        if name not in self.groups:
            return [items[i] for i in self.rng.choice(len(items), size=min(quota, len(items)), replace=False)]
        chosen: list[Item] = []
        count, groups = 0, self.groups[name]
        while count < quota:
            group = groups[int(self.rng.integers(len(groups)))]
            picked = group if len(group) <= 12 else [group[i] for i in self.rng.choice(len(group), 12, replace=False)]
            chosen += picked
            count += sum(self._per_item(name, item) or 1 for item in picked)
        return list({id(item): item for item in chosen}.values())

    def _per_item(self, name: str, item: Item) -> int:
        """Queries of one passage in a batch."""
        return min(len(item.queries), PER_ITEM.get(name, 1))

    def _add(self, batch: Batch, name: str, item: Item) -> int:
        """Add a passage and its clauses: its number."""
        number = len(batch.passages)
        with_context = name in WRITTEN and self.rng.random() < self.mixture.context
        batch.passages.append(self._dropped(item.with_context if with_context else item.passage))
        parts = [self._dropped(clause) for clause in item.clauses] or [batch.passages[-1]]
        batch.clauses += parts
        batch.owner += [number] * len(parts)
        return number

    def _shown(self, query: Query) -> np.ndarray:
        form = query.forms[int(self.rng.integers(len(query.forms))) if self.mixture.forms else 0]
        if self.rng.random() < self.mixture.plain and query.kind != "english":
            form = query.plain
        return self._dropped(form)

    def _dropped(self, ids: np.ndarray) -> np.ndarray:
        if self.mixture.drop == 0 or len(ids) < 4:
            return ids
        return ids[self.rng.random(len(ids)) >= self.mixture.drop]


def _groups(items: list[Item]) -> list[list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    return [group for group in groups.values() if len(group) > 1] or [items]
