"""The gold form: digit for digit the project's scorer, on real indexes; and the rules behind it one by one."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path, PurePath
from typing import Any

import pytest
import pytrec_eval

from index.evaluation import Found, Qrels, Report, Topic, evaluate, index_lines, read_queries
from index.evaluation.qrels import Quote
from index.hits import MODES
from index.search import Searcher, open_index

TOOL = ("ndcg", "recall", "mrr", "p1")
ENDINGS = re.compile(r'"([a-z0-9-]+)\.(?:md|docx|pdf|html)"')


def same(report: Report, rows: list[dict[str, Any]]) -> None:
    """The report has the scorer's rows, in its order, to 1e-9."""
    for row, other in zip(report.rows, rows, strict=True):
        assert (row.kind, row.query) == (other["kind"], other["query"])
        assert [row.scores[m] for m in TOOL] == pytest.approx([other[m] for m in TOOL], abs=1e-9), row


def tool_rows(tool: dict[str, Any], searcher: Searcher, gold: Any, mode: str, *, as_text: bool) -> list[dict]:
    """What the scorer says of the same searcher; `as_text` calls every source .txt, the only files that it reads."""
    hits = {}
    for entry in gold.values():
        found = [hit.to_json() for hit in searcher.search(entry["query"], limit=10, mode=mode).hits]
        if as_text:
            found = [hit | {"source": PurePath(hit["source"]).with_suffix(".txt").name} for hit in found]
        hits |= dict.fromkeys(entry["qids"], found)
    return tool["score"](gold, hits, 10)


@pytest.fixture(scope="module")
def tool(shared_dir: Path) -> dict[str, Any]:
    return runpy.run_path(str(shared_dir / "tools" / "score_retrieval.py"))


@pytest.fixture(scope="module")
def sample_gold(samples_dir: Path) -> list[Path]:
    return sorted((samples_dir / "gold").glob("*.queries.jsonl"))


def test_the_samples_get_the_scorers_figures_from_the_index_alone(
    tool, sample_gold, samples_dir, sample_index, tmp_path
):
    copies = []
    for path in sample_gold:
        copies.append(tmp_path / path.name)
        copies[-1].write_text(ENDINGS.sub(r'"\1.txt"', path.read_text("utf-8")), encoding="utf-8")
    gold = tool["load_gold"](copies, samples_dir / "gold" / "text")
    searcher = open_index(sample_index)
    report = evaluate(searcher, read_queries(sample_gold))
    same(report, tool_rows(tool, searcher, gold, "hybrid", as_text=True))


def test_the_gold_reports_get_the_scorers_figures(tool, shared_dir, gold_index):
    """With the files' own lines to the last digit; with the index's lines as near as joined paragraphs allow."""
    paths = sorted((shared_dir / "gold").glob("*.queries.jsonl"))
    searcher = open_index(gold_index)
    for mode in MODES:
        gold = tool["load_gold"](paths, shared_dir / "seeds")
        report = evaluate(searcher, read_queries(paths), mode=mode, documents=shared_dir / "seeds")
        same(report, tool_rows(tool, searcher, gold, mode, as_text=False))
    ours = evaluate(searcher, read_queries(paths), documents=None).summaries()["all"].means["ndcg"]
    files = evaluate(searcher, read_queries(paths), documents=shared_dir / "seeds").summaries()["all"].means["ndcg"]
    assert ours == pytest.approx(files, abs=0.01)


def test_the_samples_agree_with_trec_eval(sample_gold, sample_index):
    """Each hit that earns a grade stands for an answer of that grade; trec_eval then scores plain lists."""
    searcher = open_index(sample_index)
    report = evaluate(searcher, read_queries(sample_gold))
    rows = {row.qid: row for row in report.rows}
    grades, runs = {}, {}
    for topic in read_queries(sample_gold).located(index_lines(searcher)).scored:
        hits = searcher.search(topic.text, limit=10).hits
        answers = {f"a{i}": grade for i, grade in enumerate(topic.grades)}
        free, names = dict(answers), []
        for rank, gain in enumerate(topic.gains([Found(hit.source, hit.text) for hit in hits])):
            name = next((n for n, grade in free.items() if gain and grade == gain), f"nothing{rank}")
            assert bool(gain) == (free.pop(name, None) is not None), "a grade that no answer is left for"
            names.append(name)
        grades[topic.qid] = answers
        runs[topic.qid] = {name: float(len(names) - i) for i, name in enumerate(names)}
    found = pytrec_eval.RelevanceEvaluator(grades, {"ndcg_cut_10", "recall_10", "recip_rank", "P_1"}, relevance_level=2)
    for qid, values in found.evaluate(runs).items():
        expected = [values[name] for name in ("ndcg_cut_10", "recall_10", "recip_rank", "P_1")]
        ours = [rows[qid].scores[name] for name in ("ndcg_trec", "recall_trec", "mrr", "p1")]
        assert ours == pytest.approx(expected, abs=1e-9), qid


def quote(text: str, grade: int, spot: int | str, source: str = "a.txt", where: str = "body") -> Quote:
    return Quote(source, text, grade, where, spot)


def test_a_grade_is_earned_once():
    topic = Topic("q", "q", "topic", (quote("một", 3, 0), quote("hai", 2, 0), quote("ba", 2, 1)))
    assert topic.grades == (3, 2)
    hits = [Found("a.txt", "hai"), Found("a.txt", "một"), Found("a.txt", "Ba và  MỘT"), Found("b.txt", "ba")]
    assert topic.gains(hits) == [2, 0, 2, 0]


def test_a_quote_counts_within_the_first_two_thousand_characters():
    topic = Topic("q", "q", "topic", (quote("một", 3, 0),))
    assert topic.gains([Found("folder/a.txt", "x" * 1997 + "một")]) == [3]
    assert topic.gains([Found("a.txt", "x" * 1998 + "một")]) == [0]


def test_quotes_find_their_lines_and_foreign_documents_are_left_out():
    quotes = (quote("một", 3, ""), quote("hai", 2, ""), quote("không đâu", 2, ""), quote("một", 3, "", "lạ.txt"))
    qrels = Qrels("gold", 2, (Topic("q", "q", "topic", quotes),), "")
    placed = qrels.located(lambda name: ["", "một hai"] if name == "a.txt" else None)
    assert [q.spot for q in placed.topics[0].quotes] == [1, 1, "không đâu"]


def test_shared_queries_of_several_files_are_pooled(tmp_path):
    def row(qid: str, source: str, kind: str) -> str:
        answers = [{"quote": f"Lời {source}", "grade": 3, "where": "body"}]
        return json.dumps({"qid": qid, "query": "thu ngân sách", "kind": kind, "source": source, "answers": answers})

    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text(row("b-1", "b.txt", "shared") + "\n" + row("b-2", "b.txt", "topic"), encoding="utf-8")
    two.write_text("\n" + row("a-1", "a.txt", "shared") + "\n", encoding="utf-8")
    first, second = read_queries([one, two]), read_queries([two, one])
    assert sorted((t.qid, t.kind, len(t.quotes)) for t in first.topics) == [("a-1", "shared", 2), ("b-2", "topic", 1)]
    assert first.data == second.data
    two.write_text(row("a-1", "a.txt", "shared").replace('"grade": 3', '"grade": 2'), encoding="utf-8")
    assert read_queries([one, two]).data != first.data
