"""Facets: how many of the passages that were found have each value of a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from index.candidates import DocumentTable, Retriever
from index.roles import ROLES

FACETS = ("document", "kind", "place", "year", "section", "province", "doc_type")


def count_facets(
    found: np.ndarray, names: Sequence[str], retriever: Retriever, documents: DocumentTable
) -> dict[str, list[tuple[str, int]]]:
    """Counts over everything that was found, most frequent first, equal ones by value.

    Args:
        found: positions of the passages, int64 (n,).
        names: of `FACETS`.
        retriever: knows kinds and roles of the passages.
        documents: knows the rest.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    by_document = np.bincount(retriever.documents[found], minlength=len(documents.ids))
    for code in np.flatnonzero(by_document).tolist():
        for name, counter in counts.items():
            for value in _values(documents, code, name):
                counter[value] += int(by_document[code])
    for name, codes, labels in (("kind", retriever.kind_codes, retriever.kinds), ("section", retriever.roles, ROLES)):
        if name in counts:
            numbers = np.bincount(codes[found], minlength=len(labels))
            counts[name].update({labels[code]: int(numbers[code]) for code in np.flatnonzero(numbers)})
    return {name: sorted(c.items(), key=lambda item: (-item[1], item[0])) for name, c in counts.items()}


def _values(documents: DocumentTable, code: int, name: str) -> Sequence[str]:
    meta = documents.metadata[code]
    if name == "document":
        return (documents.ids[code],)
    if name == "year":
        return [str(year) for year in documents.years[code]]
    value = getattr(meta, name) if name in ("place", "province", "doc_type") else None
    return (value,) if value else ()
