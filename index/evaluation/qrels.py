"""What is right for each query: graded quotes (the gold form) or graded documents (the BEIR form).

In the gold form a hit earns the highest grade among the quotes that its text holds and that no earlier hit has earned;
quotes of one line of the document are one answer. This is the rule of the project's scorer, digit for digit.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

GOLD, BEIR = "gold", "beir"
READ = 2000
"""Characters of a hit that count, so that large passages win nothing."""

Lines = Callable[[str], Sequence[str] | None]
"""A source's name → the lines of that document as `fold` leaves them; None where there is no such document."""

_MARKUP = re.compile(r"\[bookmark: [^\]]*\]|</?\w+>|[*#]")
_BLANK = re.compile(r"\s+")


def fold(text: str) -> str:
    """Text as quotes are looked up in it: NFC, one blank for white space, no case, no inline markup."""
    return _BLANK.sub(" ", _MARKUP.sub("", unicodedata.normalize("NFC", text))).strip().casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as far as judging goes: its document's source (or the BEIR document's id) and its text."""

    source: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A graded answer of the gold form.

    Attributes:
        source: name of its document's file.
        text: its words, as `fold` leaves them.
        grade: 3 direct, 2 clearly relevant, 1 marginal.
        where: "body", "footnote" or "table"; None where the gold does not say.
        spot: what it is one answer with: the line that holds it (its number, or the quote itself where no line does).
    """

    source: str
    text: str
    grade: int
    where: str | None
    spot: int | str = ""

    @property
    def answer(self) -> tuple[str, int | str, str | None]:
        """Equal for the quotes that are one answer."""
        return self.source, self.spot, self.where


@dataclass(frozen=True, slots=True)
class Topic:
    """A query with what is right for it.

    Attributes:
        qid: its id; of a pooled query the first of its ids.
        text: what is typed.
        kind: the kind of query; "" where the set knows none.
        quotes: the answers of the gold form.
        documents: document id → grade, the answers of the BEIR form.
    """

    qid: str
    text: str
    kind: str = ""
    quotes: tuple[Quote, ...] = ()
    documents: tuple[tuple[str, int], ...] = ()

    @property
    def grades(self) -> tuple[int, ...]:
        """The grade of each answer; of quotes that are one answer the highest."""
        best: dict[Any, int] = {}
        for quote in self.quotes:
            best[quote.answer] = max(quote.grade, best.get(quote.answer, 0))
        return (*best.values(), *(grade for _, grade in self.documents))

    def gains(self, hits: Sequence[Found]) -> list[int]:
        """The grade that each hit earns, in the order of the ranks.

        In the BEIR form only the first hit of a document is counted: a later passage of it takes no rank.
        """
        return self._quoted(hits) if self.quotes else self._listed(hits)

    def _quoted(self, hits: Sequence[Found]) -> list[int]:
        gains, earned = [], set()
        for hit in hits:
            text, name = fold(hit.text)[:READ], PurePath(hit.source).name
            held = [quote for quote in self.quotes if quote.source == name and quote.text in text]
            gains.append(max((q.grade for q in held if q.answer not in earned), default=0))
            earned.update(quote.answer for quote in held)
        return gains

    def _listed(self, hits: Sequence[Found]) -> list[int]:
        grades = dict(self.documents)
        names = dict.fromkeys(hit.source for hit in hits)
        return [max(0, grades.get(name, 0)) for name in names]


@dataclass(frozen=True, slots=True)
class Qrels:
    """A set of judged queries.

    Attributes:
        form: "gold" or "beir".
        relevant: the least grade that counts as relevant for recall, MRR and P@1 (gold: 2, BEIR: 1).
        topics: the queries.
        data: hash of queries and answers, whatever order they stand in; the same on every machine. A part of a set
            (`narrowed`) has another.
    """

    form: str
    relevant: int
    topics: tuple[Topic, ...]
    data: str

    @property
    def scored(self) -> tuple[Topic, ...]:
        """The queries that have a relevant answer; the others cannot be measured."""
        return tuple(t for t in self.topics if any(grade >= self.relevant for grade in t.grades))

    def located(self, lines: Lines) -> Qrels:
        """The gold form with each quote put to its line, and without answers in documents that are not there.

        Args:
            lines: see `Lines`.
        """
        known: dict[str, Sequence[str] | None] = {}
        places: dict[tuple[str, str], int | str] = {}

        def placed(quote: Quote) -> Quote | None:
            if quote.source not in known:
                known[quote.source] = lines(quote.source)
            document = known[quote.source]
            if document is None:
                return None
            key = (quote.source, quote.text)
            if key not in places:
                places[key] = next((i for i, line in enumerate(document) if quote.text in line), quote.text)
            return replace(quote, spot=places[key])

        topics = tuple(
            replace(topic, quotes=tuple(found for quote in topic.quotes if (found := placed(quote)) is not None))
            for topic in self.topics
        )
        return self.narrowed(topics)

    def narrowed(self, topics: tuple[Topic, ...]) -> Qrels:
        """The set with these of its topics, or with less to find in them, under a hash that says so.

        Args:
            topics: all of them, whole, keep the hash.
        """
        if _size(topics) == _size(self.topics):
            return replace(self, topics=topics)
        left = [
            {"qid": t.qid, "answers": sorted([(q.source, q.text) for q in t.quotes] or t.documents)} for t in topics
        ]
        return replace(self, topics=topics, data=data_hash([{"of": self.data}, *left]))


def _size(topics: Sequence[Topic]) -> tuple[int, int]:
    return len(topics), sum(len(topic.quotes) + len(topic.documents) for topic in topics)


def data_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """16 hex digits that stand for rows of JSON in any order."""
    texts = sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()[:16]
