"""Results as DataFrames: a row a hit, the same columns and types whatever was found."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from index.evaluation import MEASURES, evaluate, read_queries
from index.frames import comparison_frame, documents_frame, hits_frame, report_frame
from index.hits import DocumentInfo, Filters, HitFootnote
from index.search import Searcher, open_index
from ingest.errors import UsageError

pd = pytest.importorskip("pandas", reason="pandas is not installed")
COLUMNS = [
    "rank", "score", "document", "place", "period", "kind", "section", "section_path", "page", "text", "footnotes",
    "citation", "source", "passage_id", "start", "end",
]  # fmt: skip


@pytest.fixture(scope="module")
def searcher(sample_index: Path) -> Searcher:
    return open_index(sample_index)


def test_a_row_a_hit_with_what_the_hit_says(searcher: Searcher):
    result = searcher.search("tỷ lệ hộ nghèo", limit=8)
    frame = result.frame()
    assert list(frame.columns) == COLUMNS
    assert len(frame) == len(result.hits) == 8
    for row, hit in zip(frame.to_dict("records"), result.hits, strict=True):
        for name in ("rank", "score", "kind", "section", "text", "citation", "source", "passage_id", "start", "end"):
            assert row[name] == getattr(hit, name), name
        assert row["section_path"] == " › ".join(hit.section_path)
        assert row["document"] == hit.document.title
        assert row["place"] == hit.document.place
        assert row["footnotes"].count("\n") == max(0, len(hit.footnotes) - 1)
    assert frame["section_path"].str.contains(" › ").any()


def test_footnotes_stand_one_a_line_with_their_markers(searcher: Searcher):
    hit = searcher.search("giảm nghèo", limit=1).hits[0]
    notes = (HitFootnote("1", "Một.", None), HitFootnote("*", "Hai.", None))
    assert hits_frame([replace(hit, footnotes=notes)]).loc[0, "footnotes"] == "1 Một.\n* Hai."
    assert hits_frame([replace(hit, footnotes=())]).loc[0, "footnotes"] == ""


def test_what_is_missing_is_missing_and_the_types_stay(searcher: Searcher):
    whole = searcher.search("giảm nghèo", limit=30).frame()
    none = searcher.search("giảm nghèo", filters=Filters(years=(1901,))).frame()
    assert len(none) == 0
    assert list(none.columns) == COLUMNS
    assert whole.dtypes.to_dict() == none.dtypes.to_dict()
    assert {str(whole[name].dtype) for name in ("rank", "page", "start", "end")} == {"Int64"}
    # Only the PDF has pages.
    assert set(whole.loc[whole["page"].notna(), "source"]) == {"thach-giang-2023.pdf"}


def test_a_comparison_names_the_documents_without_a_match_last(searcher: Searcher):
    found = searcher.compare("tỷ lệ hộ nghèo", limit=3)
    some = replace(found, without=(found.hits[0].document,))
    frame = comparison_frame(some)
    assert list(frame.columns) == COLUMNS
    assert frame["rank"].tolist()[:3] == [1, 2, 3]
    last = frame.iloc[-1]
    assert last["place"] == found.hits[0].document.place
    assert pd.isna(last["rank"])
    assert pd.isna(last["score"])
    assert pd.isna(last["text"])
    assert found.frame().equals(comparison_frame(found))


def test_documents_with_their_counts(searcher: Searcher):
    infos = searcher.documents()
    frame = documents_frame(infos)
    assert list(frame.columns) == [field.name for field in fields(DocumentInfo)]
    assert frame["source"].tolist() == [info.source for info in infos]
    assert frame["passages"].sum() == searcher.info.passages
    assert documents_frame([]).dtypes.to_dict() == frame.dtypes.to_dict()


def test_a_report_by_kind_with_intervals(searcher: Searcher, samples_dir: Path):
    report = evaluate(searcher, read_queries([samples_dir / "gold" / "cat-lo-2024.queries.jsonl"]), mode="lexical")
    frame = report_frame(report)
    assert frame["kind"].tolist() == list(report.kinds())
    assert frame.loc[0, "kind"] == "all"
    assert frame.loc[0, "n"] == len(report.rows)
    for name in MEASURES:
        assert ((frame[f"{name}_low"] <= frame[name]) & (frame[name] <= frame[f"{name}_high"])).all()
    assert frame.loc[0, "ndcg"] == pytest.approx(sum(row.scores["ndcg"] for row in report.rows) / len(report.rows))


def test_without_pandas_one_sentence_says_what_to_install(searcher: Searcher, monkeypatch: pytest.MonkeyPatch):
    result = searcher.search("giảm nghèo", limit=1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"pip install 'vankien\[notebooks\]'"):
        result.frame()
