"""Documents that a query's places and years speak of are lifted a little; nothing is ever excluded by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.places import FoundPlace

if TYPE_CHECKING:
    from index.candidates import DocumentTable
    from index.query import Query


@dataclass(frozen=True, slots=True)
class BoostSettings:
    """How much a document is lifted.

    Attributes:
        place: factor for a document of the very place that the query names.
        related: part of that gain for one of a place inside it, around it, or of its old or new counterpart.
        year: factor for a document of exactly the years that the query names; less the more their years differ.
        common: share of all documents from which a place says nothing, since nearly all of them have it.
    """

    place: float = 1.15
    related: float = 0.6
    year: float = 1.1
    common: float = 0.9


DEFAULT_BOOSTS = BoostSettings()


@dataclass(frozen=True, slots=True)
class Understood:
    """What a query's places and times mean for the documents.

    Attributes:
        factors: of each document, float64 (documents,), 1 for nothing.
        places: found in the query, without those that nearly all documents have.
    """

    factors: np.ndarray
    places: tuple[FoundPlace, ...]

    def explain(self) -> dict[str, Any]:
        """What was understood, ready for JSON; counts are numbers of documents."""
        if not self.places:
            return {}
        return {
            "places": [
                {"place": p.written, "level": p.level, "documents": {how: len(codes) for how, codes in p.lifts.items()}}
                for p in self.places
            ]
        }


def understand(query: Query, table: DocumentTable, settings: BoostSettings = DEFAULT_BOOSTS) -> Understood:
    """Read places and times off a query and weigh the documents by them."""
    size = len(table.ids)
    factors = np.ones(size)
    kept = []
    for place in table.places.named(query.text, query.tokens, query.marked):
        codes = {code for lifted in place.lifts.values() for code in lifted}
        if len(codes) >= settings.common * size:
            continue
        kept.append(place)
        for how, lifted in place.lifts.items():
            gain = (settings.place - 1) * (1.0 if how == "same" else settings.related)
            where = np.array(lifted, np.int64)
            factors[where] = np.maximum(factors[where], 1 + gain)
    shares = [table.calendar.shares(period.years) for period in query.periods if period.years]
    if shares:
        factors *= 1 + (settings.year - 1) * np.max(shares, axis=0)
    return Understood(factors, tuple(kept))


def document_boosts(query: Query, table: DocumentTable, settings: BoostSettings = DEFAULT_BOOSTS) -> np.ndarray:
    """Factors of the documents for one query, float64 (documents,), all of them at least 1."""
    return understand(query, table, settings).factors


class Calendar:
    """The years of all documents, ready to be compared with those of a query.

    Args:
        years: of each document, in the order of their codes.
    """

    def __init__(self, years: list[tuple[int, ...]]) -> None:
        all_years = sorted({year for own in years for year in own})
        self._columns = {year: column for column, year in enumerate(all_years)}
        self._has = np.zeros((len(years), len(all_years)), bool)
        for code, own in enumerate(years):
            self._has[code, [self._columns[year] for year in own]] = True
        self._counts = self._has.sum(axis=1)

    def shares(self, years: tuple[int, ...]) -> np.ndarray:
        """Years in common over all years of both (Jaccard 1901), float64 (documents,): 1 for the very same ones."""
        columns = [self._columns[year] for year in years if year in self._columns]
        common = self._has[:, columns].sum(axis=1)
        return common / np.maximum(1, self._counts + len(years) - common)

    def documents(self, years: tuple[int, ...]) -> np.ndarray:
        """Which documents have one of the years, bool (documents,)."""
        columns = [self._columns[year] for year in years if year in self._columns]
        return np.asarray(self._has[:, columns].any(axis=1))
