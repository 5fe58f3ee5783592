"""Results as pandas DataFrames, for notebooks and spreadsheets.

pandas is not needed to search; it comes with the extra ``notebooks`` and is imported by the first call here. The
columns and their types are the same however many rows there are, none included: text is ``str``, counts and offsets are
``Int64`` (which knows "missing"), scores are ``float64``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from index.hits import Comparison, DocumentInfo, DocumentRef, Hit
from ingest.errors import UsageError

if TYPE_CHECKING:
    from pandas import DataFrame

    from index.evaluation import Report

PATH_MARK = " › "
"""Between the headings of a section path, outermost first."""

_TEXT, _WHOLE, _REAL = "str", "Int64", "float64"
_HIT_COLUMNS = {
    "rank": _WHOLE,
    "score": _REAL,
    "document": _TEXT,
    "place": _TEXT,
    "period": _TEXT,
    "kind": _TEXT,
    "section": _TEXT,
    "section_path": _TEXT,
    "page": _WHOLE,
    "text": _TEXT,
    "footnotes": _TEXT,
    "citation": _TEXT,
    "source": _TEXT,
    "passage_id": _TEXT,
    "start": _WHOLE,
    "end": _WHOLE,
}
_COUNTS = ("passages", "footnotes", "tables", "warnings")


def hits_frame(hits: Iterable[Hit]) -> DataFrame:
    """One row a hit, in their order.

    Returns:
        Columns: ``rank``; ``score`` (0 to 1); ``document`` (its title), ``place``, ``period``; ``kind`` of passage;
        ``section`` (its role in the report) and ``section_path`` (headings joined by `PATH_MARK`); ``page`` (1-based);
        ``text``; ``footnotes`` (marker and text, one a line); ``citation``; ``source`` (file); ``passage_id``;
        ``start`` and ``end`` (characters of the document's canonical text).

    Raises:
        UsageError: pandas is not installed.
    """
    return _frame([_hit_row(hit) for hit in hits], _HIT_COLUMNS)


def comparison_frame(comparison: Comparison) -> DataFrame:
    """One row a document: those with a match, best first, then those without.

    Returns:
        The columns of `hits_frame`; in the row of a document without a match only ``document``, ``place`` and
        ``period`` are filled.

    Raises:
        UsageError: pandas is not installed.
    """
    rows = [_hit_row(hit) for hit in comparison.hits]
    return _frame(rows + [_document_row(document) for document in comparison.without], _HIT_COLUMNS)


def documents_frame(infos: Iterable[DocumentInfo]) -> DataFrame:
    """One row a document, in their order; the columns are the fields of `index.hits.DocumentInfo`.

    Raises:
        UsageError: pandas is not installed.
    """
    names = [field.name for field in fields(DocumentInfo)]
    columns = {name: _WHOLE if name in _COUNTS else _TEXT for name in names}
    return _frame([{name: getattr(info, name) for name in names} for info in infos], columns)


def report_frame(report: Report) -> DataFrame:
    """One row a kind of query, all queries together first.

    Args:
        report: from `index.evaluation.evaluate`.

    Returns:
        Columns: ``kind``, ``n`` (queries), and for each measure (0 to 1) its mean under its name (``ndcg``) and the
        ends of the 95 % interval of the mean (``ndcg_low``, ``ndcg_high``).

    Raises:
        UsageError: pandas is not installed.
    """
    from index.evaluation import MEASURES

    rows = []
    for kind, summary in report.summaries().items():
        row: dict[str, Any] = {"kind": kind, "n": summary.n}
        for name in MEASURES:
            row[name] = summary.means[name]
            row[f"{name}_low"], row[f"{name}_high"] = summary.intervals[name]
        rows.append(row)
    measured = [name + end for name in MEASURES for end in ("", "_low", "_high")]
    return _frame(rows, {"kind": _TEXT, "n": _WHOLE, **dict.fromkeys(measured, _REAL)})


def _hit_row(hit: Hit) -> dict[str, Any]:
    names = ("rank", "score", "kind", "section", "page", "text", "citation", "source", "passage_id", "start", "end")
    return {
        **{name: getattr(hit, name) for name in names},
        **_document_row(hit.document),
        "section_path": PATH_MARK.join(hit.section_path),
        "footnotes": "\n".join(f"{note.marker} {note.text}" for note in hit.footnotes),
    }


def _document_row(document: DocumentRef) -> dict[str, Any]:
    return {"document": document.title, "place": document.place, "period": document.period}


def _frame(rows: Sequence[dict[str, Any]], columns: dict[str, str]) -> DataFrame:
    """A frame whose columns have these types, whatever the rows hold."""
    try:
        import pandas as pd
    except ImportError as error:
        raise UsageError(
            "chưa cài pandas / pandas is not installed", do="Cài / install: pip install 'vankien[notebooks]'"
        ) from error
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=kind) for name, kind in columns.items()}
    )
