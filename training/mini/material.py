"""What the contrastive step draws from: written items with all their forms, weak pairs out of whole documents."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from training.mini.pack import Ragged, read_text
from training.mini.subwords import PASSAGE, QUERY, SEPARATOR
from training.pairs import GRADES
from training.sources import WRITTEN

__all__ = ["Batch", "Item", "WeakPairs", "Written", "read_written"]

WEAK = ("phapdien", "news", "news_more", "laws", "wiki", "legal_qa", "policy_news", "raw_text")


@dataclass(slots=True)
class Batch:
    """Queries, passages, clauses, and which passages answer which query.

    Attributes:
        queries: token numbers, each with its sign.
        passages: likewise.
        clauses: likewise; a passage without clauses has none.
        owner: for each clause the number of its passage.
        answers: (query, passage, share); the shares of a query add up to one.
        groups: for each passage the number of its section, the same in every batch; a passage without one has a number
            of its own, -1 where it is not told apart from batch to batch.
    """

    queries: list[np.ndarray] = field(default_factory=list)
    passages: list[np.ndarray] = field(default_factory=list)
    clauses: list[np.ndarray] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    answers: list[tuple[int, int, float]] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    """One passage of the written material; texts by number."""

    source: str
    id: str
    group: str
    held: bool
    passage: int
    context: int
    clauses: list[int]
    queries: list[tuple[str, list[int]]]
    wide: list[tuple[str, list[int], dict[str, int]]]


def read_written(work: Path) -> tuple[list[Item], Ragged]:
    """The items and their texts, as `pack` wrote them."""
    arrays = np.load(work / "written.npz")
    rows = json.loads((work / "written.json").read_text(encoding="utf-8"))
    return [Item(**row) for row in rows], Ragged(arrays["ids"], arrays["starts"])


def signed(ids: np.ndarray, sign: int, longest: int) -> np.ndarray:
    """A text as the model gets it: its sign, then its tokens, cut to `longest` in all."""
    return np.concatenate([[sign], ids[: longest - 1]]).astype(np.int64)


def _title_ends(texts: Ragged) -> np.ndarray:
    """For each text the place of its first separator, -1 where there is no title or hardly a text behind it."""
    ends = np.append(np.flatnonzero(texts.ids == SEPARATOR), len(texts.ids))
    first = ends[np.searchsorted(ends, texts.starts[:-1])]
    good = (first > texts.starts[:-1] + 1) & (first < texts.starts[1:] - 12)
    return np.where(good, first, -1)


class WeakPairs:
    """Titles that ask for their texts: batches of one source each, so that the others are near.

    Args:
        work: has ``text/``.
        longest: tokens of a passage at most.
    """

    def __init__(self, work: Path, longest: int = 160) -> None:
        self.longest = longest
        self.sources: dict[str, tuple[Ragged, np.ndarray]] = {}
        for source in WEAK:
            if (work / "text" / f"{source}.npy").exists():
                whole = read_text(work, source)
                ragged = Ragged(np.asarray(whole.ids), whole.starts)
                self.sources[source] = (ragged, _title_ends(ragged))
        self.usable = {source: np.flatnonzero(after >= 0) for source, (_, after) in self.sources.items()}
        sizes = np.asarray([len(rows) for rows in self.usable.values()], float)
        self.share = sizes**0.75 / (sizes**0.75).sum() if len(sizes) else sizes

    def batch(self, rng: np.random.Generator, size: int, source: str | None = None) -> Batch:
        """Pairs of one source; each passage begins at its start or, one time in four, somewhere in its text."""
        source = source or str(rng.choice(list(self.usable), p=self.share))
        rows = self.usable[source]
        ragged, after = self.sources[source]
        batch = Batch()
        seen: set[bytes] = set()
        for row in rng.choice(rows, size=min(size, len(rows)), replace=False):
            end = int(ragged.starts[row + 1])
            query, begin = ragged.ids[ragged.starts[row] : after[row]], int(after[row]) + 1
            if rng.random() < 0.25 and end - begin > 2 * self.longest:
                begin += int(rng.integers(0, end - begin - self.longest))
            if (key := query.tobytes()) in seen:  # one title of two texts would be a wrong negative
                continue
            seen.add(key)
            batch.answers.append((len(batch.queries), len(batch.passages), 1.0))
            batch.queries.append(signed(query, QUERY, 64))
            batch.passages.append(signed(ragged.ids[begin:end], PASSAGE, self.longest))
        batch.groups = [-1] * len(batch.passages)
        return batch


@dataclass(frozen=True, slots=True)
class Mixture:
    """How a batch of written items is drawn: how many of each, and the shares of a query's other forms."""

    sections: int = 40
    passages: int = 260
    concepts: int = 160
    per_item: int = 3
    plain: float = 0.25
    swapped: float = 0.1
    mistyped: float = 0.06
    context: float = 0.4
    drop: float = 0.1
    longest: int = 256

    def scaled(self, share: float) -> Mixture:
        """The same with a share of the sections, passages and concepts, at least one of each."""
        sizes = {name: max(1, round(getattr(self, name) * share)) for name in ("sections", "passages", "concepts")}
        return replace(self, **sizes)


class Written:
    """Batches of written items: whole sections, single passages, concepts of the thesaurus.

    Args:
        items: from `read_written`.
        texts: their texts.
        mixture: how a batch is drawn.
        all_data: the held-out part too.
        fresh: sections that are drawn `times` as often as others.
        times: see above.
    """

    def __init__(
        self,
        items: list[Item],
        texts: Ragged,
        mixture: Mixture,
        *,
        all_data: bool = False,
        fresh: Collection[str] = (),
        times: float = 4.0,
    ) -> None:
        self.texts, self.mixture = texts, mixture
        used = [item for item in items if (all_data or not item.held) and item.queries]
        self.sections: dict[str, list[Item]] = defaultdict(list)
        for item in used:
            if item.source in WRITTEN and item.group:
                self.sections[item.group].append(item)
        self.single = [item for item in used if item.source in WRITTEN and not item.group]
        self.concepts = [item for item in used if item.source not in WRITTEN]
        often = np.asarray([times if name in fresh else 1.0 for name in self.sections])
        self._often = often / often.sum()
        alone = (*self.single, *self.concepts)
        self._numbers = {id(item): len(self.sections) + k for k, item in enumerate(alone)}

    def batch(self, rng: np.random.Generator) -> Batch:
        """One batch."""
        batch, mixture = Batch(), self.mixture
        names = list(self.sections)
        for k in rng.choice(len(names), min(mixture.sections, len(names)), replace=False, p=self._often):
            group = self.sections[names[k]]
            places = {item.id: self._add(batch, rng, item, int(k)) for item in group}
            for item in group:
                for _, forms, answers in item.wide:
                    shares = {places[i]: GRADES[g] for i, g in answers.items() if i in places and g in GRADES}
                    self._ask(batch, rng, forms, shares)
        for items, wanted in ((self.single, mixture.passages), (self.concepts, mixture.concepts)):
            chosen = rng.choice(len(items), min(wanted, len(items)), replace=False) if items else []
            for k in chosen:
                self._add(batch, rng, items[k], self._numbers[id(items[k])])
        return batch

    def _add(self, batch: Batch, rng: np.random.Generator, item: Item, group: int) -> int:
        place, mixture = len(batch.passages), self.mixture
        with_context = rng.random() < mixture.context
        shown = self.texts[item.context if with_context else item.passage]
        batch.passages.append(signed(self._dropped(rng, shown), PASSAGE, mixture.longest))
        batch.groups.append(group)
        for clause in item.clauses:
            batch.clauses.append(signed(self._dropped(rng, self.texts[clause]), PASSAGE, mixture.longest))
            batch.owner.append(place)
        for k in rng.choice(len(item.queries), min(mixture.per_item, len(item.queries)), replace=False):
            self._ask(batch, rng, item.queries[k][1], {place: 1.0})
        return place

    def _ask(self, batch: Batch, rng: np.random.Generator, forms: list[int], shares: dict[int, float]) -> None:
        if not shares:
            return
        mixture = self.mixture
        bounds = np.cumsum((mixture.plain, mixture.swapped, mixture.mistyped))
        form = forms[(1, 2, 3, 0)[int((rng.random() >= bounds).sum())]]
        total = sum(shares.values())
        batch.answers += [(len(batch.queries), place, share / total) for place, share in shares.items()]
        batch.queries.append(signed(self._dropped(rng, self.texts[form]), QUERY, 64))

    def _dropped(self, rng: np.random.Generator, ids: np.ndarray) -> np.ndarray:
        if self.mixture.drop == 0 or len(ids) < 4:
            return ids
        return ids[rng.random(len(ids)) >= self.mixture.drop]


def held_out_queries(items: list[Item]) -> Iterator[tuple[str, int, int]]:
    """(kind, text, number of the item) of the held-out written queries; a part of them in other forms too."""
    for place, item in enumerate(items):
        if item.held and item.source in WRITTEN:
            for kind, forms in item.queries:
                yield kind, forms[0], place
                if kind in ("paraphrase", "topic"):
                    yield "without diacritics", forms[1], place
                    yield "mistyped", forms[3], place
