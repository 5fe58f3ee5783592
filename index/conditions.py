"""Filters of the API and of the query itself → which documents, kinds and words a passage must or must not have.

All of it acts before the search: documents and kinds by name, phrases as clauses of the lexical query and as rows for
the vectors, so that a narrow query never starves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.hits import Filters
from index.lexical import Required, Term
from index.operators import Condition, Operators
from index.places import province_key
from index.segment import fold, has_diacritics
from index.tokens import references, tokenize

if TYPE_CHECKING:
    from index.candidates import DocumentTable


_WITHOUT_MARKS = (
    "không đoạn nào có nguyên văn {0} đúng dấu, đã tìm không phân biệt dấu / "
    "no passage has {0} with these marks; searched without regard to marks"
)
_IN_HEADINGS = (
    "không đoạn nào có nguyên văn {0}, chỉ đề mục có: đã tìm cả các đoạn dưới đề mục ấy / "
    "no passage has {0} verbatim, only headings have: passages under these are shown too"
)
_WITHOUT_QUOTES = (
    "không đoạn nào có nguyên văn {0}, đã tìm như không có ngoặc kép / "
    "no passage has {0} verbatim; searched as if without quotation marks"
)
NOTHING_LEFT = "không đoạn nào hợp với mọi bộ lọc cùng lúc / no passage fulfils all the filters at once"
# Filters given beside the query, as a note names them.
_NAMES = {
    "id": ("văn kiện", "document"),
    "year": ("năm", "year"),
    "place": ("địa phương", "place"),
    "province": ("tỉnh", "province"),
    "doc_type": ("loại văn bản", "doc_type"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters ask for.

    Attributes:
        documents: bool (documents,), None for all.
        kinds: passage kinds, None for all, empty where kinds shut each other out.
        roles: of the part of the document that a passage stands in, empty for all.
        phrases: every one of them must be in the passage or in one of its headings.
        excluded: none of these may be.
        notes: one sentence for each filter that no document fulfils, Vietnamese first.
    """

    documents: np.ndarray | None = None
    kinds: tuple[str, ...] | None = None
    roles: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[Term, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether no filter is set at all."""
        return self.documents is None and self.kinds is None and not (self.roles or self.phrases or self.excluded)


def wanted(filters: Filters, operators: Operators, table: DocumentTable, kinds: Sequence[str]) -> Wanted:
    """Both sources of filters together; different fields hold together, values of one field are alternatives.

    Args:
        filters: given beside the query.
        operators: read off the query.
        table: of the documents.
        kinds: all kinds of passages that the index has.
    """
    masks, notes = [], []
    for name, values in _given(filters):
        masks.append(_field_mask(name, values, "", table))
        if not masks[-1].any():
            (vi, en), shown = _NAMES[name], ", ".join(values)
            notes.append(f"không văn kiện nào hợp với bộ lọc {vi}: {shown} / no document fulfils {en}: {shown}")
    allowed = set(filters.kinds) if filters.kinds else None
    for same in _grouped(operators.conditions):
        first = same[0]
        values = tuple(value for condition in same for value in condition.values)
        if first.field == "kind":
            chosen = set(kinds) - set(values) if first.negated else set(values)
            allowed = chosen if allowed is None else allowed & chosen
            continue
        mask = _field_mask(first.field, values, first.level, table)
        if not mask.any() and not first.negated:
            shown = " ".join(condition.written for condition in same)
            notes.append(f"không văn kiện nào hợp với {shown} / no document fulfils {shown}")
        masks.append(~mask if first.negated else mask)
    return Wanted(
        np.logical_and.reduce(masks) if masks else None,
        None if allowed is None else tuple(sorted(allowed)),
        filters.sections,
        operators.phrases,
        tuple(phrase_term(phrase) for phrase in operators.excluded),
        tuple(notes),
    )


def required_phrases(
    phrases: tuple[str, ...], keep: np.ndarray, holding: Callable[[str, Term, bool], tuple[Required, np.ndarray]]
) -> tuple[tuple[Required, ...], np.ndarray, tuple[str, ...]]:
    """Quoted phrases as some passage has all of them: in its text, or else in headings too, or else without marks.

    Args:
        phrases: NFC texts with at least one token each.
        keep: what the other filters leave, bool (passages,).
        holding: a phrase, its term, whether headings count → what the lexical index is to require, and which passages
            have it, bool (passages,).

    Returns:
        What is required, what is left of `keep`, and a note where less was done than was asked.
    """
    shown = ", ".join(f"“{phrase}”" for phrase in phrases)
    stages = ((None, False, ""), (None, True, _IN_HEADINGS), (False, True, _WITHOUT_MARKS))
    for marked, headings, note in stages:
        found = [holding(phrase, phrase_term(phrase, marked=marked), headings) for phrase in phrases]
        left = np.logical_and.reduce([keep, *(held for _, held in found)])
        if left.any():
            return tuple(required for required, _ in found), left, (note.format(shown),) if note else ()
    return (), keep, (_WITHOUT_QUOTES.format(shown),)


def phrase_term(phrase: str, *, marked: bool | None = None) -> Term:
    """A phrase as it must stand in a passage's text: with its marks if it is typed with some.

    Args:
        phrase: NFC text with at least one token.
        marked: False leaves the marks out; None decides by the phrase.
    """
    side = "marked" if (has_diacritics(phrase) if marked is None else marked) else "folded"
    keys = [getattr(token, side) for token in tokenize(phrase)]
    return Term(side, " ".join(keys), 1.0, len(keys) > 1)


def documents_meant(value: str, table: DocumentTable) -> frozenset[str]:
    """Ids of the documents that somebody means who names one: by id (a passage's too), number, file, title or place."""
    name = value.strip()
    if name.partition(":")[0] in table.codes:
        return frozenset([name.partition(":")[0]])
    mask = _field_mask("document", (name,), "", table) if tokenize(name) else np.zeros(len(table.ids), bool)
    if not mask.any():
        mask = _field_mask("place", (name,), "", table)
    return frozenset(table.ids[code] for code in np.flatnonzero(mask))


def _given(filters: Filters) -> list[tuple[str, tuple[str, ...]]]:
    fields = {
        "id": filters.documents,
        "year": tuple(str(year) for year in filters.years),
        "place": filters.places,
        "province": filters.provinces,
        "doc_type": filters.doc_types,
    }
    return [(name, values) for name, values in fields.items() if values]


def _grouped(conditions: Sequence[Condition]) -> list[list[Condition]]:
    """Conditions of one field, level and sign together."""
    groups: dict[tuple[str, str, bool], list[Condition]] = {}
    for condition in conditions:
        groups.setdefault((condition.field, condition.level, condition.negated), []).append(condition)
    return list(groups.values())


def _field_mask(name: str, values: tuple[str, ...], level: str, table: DocumentTable) -> np.ndarray:
    """Which documents have one of the values, bool (documents,)."""
    if name == "year":
        return table.calendar.documents(tuple(int(value) for value in values))
    if name == "doc_type":
        return np.array(_of_types(table.types, values), bool)
    if name == "province":
        provinces = {province_key(value) for value in values} - {""}
        return np.array([province in provinces for province in table.provinces], bool)
    mask = np.zeros(len(table.ids), bool)
    for value in values:
        if name == "id":
            if (code := table.codes.get(value)) is not None:
                mask[code] = True
        elif name == "place":
            mask[table.places.documents(value, level)] = True
        else:
            fits = _document(value)
            mask |= np.fromiter((fits(table, code) for code in range(len(mask))), bool, len(mask))
    return mask


def _of_types(types: Sequence[str], values: tuple[str, ...]) -> list[bool]:
    """Which are the very kind or a special form of it ("báo cáo" finds "Báo cáo chính trị"); folded texts."""
    wanted = tuple(f"{fold(value).strip()} " for value in values)
    fitting = {kind for kind in set(types) if f"{kind} ".startswith(wanted)}
    return [kind in fitting for kind in types]


def _document(value: str) -> Callable[[DocumentTable, int], bool]:
    """A document by its id, its number in any spelling, its file's name, or words of its title in their order."""
    words = f" {' '.join(token.folded for token in tokenize(value))} "
    numbers = {ref for ref in references(value, typed=True) if ref.count("-") > 1}
    return lambda table, code: (
        table.ids[code] == value or words in table.names[code] or not numbers.isdisjoint(table.numbers[code])
    )
