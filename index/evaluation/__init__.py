"""How good a search is: judged queries (Qrels), answers (Run), scores (Report), two reports compared (Comparison)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.evaluation.comparison import ENOUGH, FALL, Change, Comparison, compare
from index.evaluation.lines import folder_lines, index_lines
from index.evaluation.measures import MAIN, MEASURES
from index.evaluation.qrels import GOLD, Found, Lines, Qrels, Quote, Topic
from index.evaluation.reading import read_corpus, read_queries
from index.evaluation.report import ALL, Report, Row, Stamp, Summary, nothing_to_score, score
from index.evaluation.run import Run, search_all
from index.report import Progress
from ingest.errors import UsageError

if TYPE_CHECKING:
    from index.search import Searcher

__all__ = [
    "ALL",
    "ENOUGH",
    "FALL",
    "MAIN",
    "MEASURES",
    "Change",
    "Comparison",
    "Found",
    "Lines",
    "Qrels",
    "Quote",
    "Report",
    "Row",
    "Run",
    "Stamp",
    "Summary",
    "Topic",
    "compare",
    "evaluate",
    "folder_lines",
    "index_lines",
    "read_corpus",
    "read_queries",
    "score",
    "search_all",
]


def evaluate(
    searcher: Searcher,
    qrels: Qrels,
    *,
    k: int = 10,
    mode: str = "hybrid",
    documents: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Ask an open index every judged query and score what it finds.

    Args:
        searcher: from `index.search.open_index`.
        qrels: from `read_queries`.
        k: the rank behind which nothing counts.
        mode: "hybrid", "lexical" or "dense".
        documents: folder of text files whose lines say which quotes are one answer (None: the index's own lines).
        progress: called with ("search", done, total).

    Raises:
        UsageError: an unknown mode, `k` below 1, no such folder, or no query that this index can answer.
    """
    if k < 1:
        raise UsageError("k phải từ 1 trở lên (k must be 1 or more)")
    stamp = _index_stamp(searcher)
    settings = {"reranker": searcher.info.reranker} if searcher.info.reranker else {}
    if qrels.form == GOLD:
        qrels = qrels.located(folder_lines(documents) if documents else index_lines(searcher))
        settings["lines"] = "files" if documents else "index"
    else:
        _expect_documents(searcher, qrels)
    run = search_all(searcher, qrels, k=k, mode=mode, progress=progress)
    return score(qrels, run, k=k, **stamp, settings=settings)


def _expect_documents(searcher: Searcher, qrels: Qrels) -> None:
    """In the BEIR form every document counts, found or not; but an index that holds none of them is another one."""
    here = {document.source for document in searcher.documents()}
    if not any(name in here for topic in qrels.topics for name, _ in topic.documents):
        raise nothing_to_score()


def _index_stamp(searcher: Searcher) -> dict[str, Any]:
    from index.snapshot import generation_path, read_manifest

    info = searcher.info
    manifest = read_manifest(searcher.index_dir, generation_path(searcher.index_dir, info.generation))
    model = manifest.model if info.model and manifest.model else None
    return {
        "model": info.model,
        "fingerprint": model["fingerprint"] if model else None,
        "generation": info.generation,
        "index": {"documents": info.documents, "passages": info.passages, "clauses": info.clauses},
    }
