"""Files of judged queries: the BEIR form, what is wrong with a file, saved reports."""

from __future__ import annotations

import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest

from index.build import build_documents
from index.encode import load_encoder
from index.evaluation import Report, Row, Run, Stamp, compare, evaluate, read_corpus, read_queries, score
from index.search import open_index
from ingest.document import Document, Metadata, Passage
from ingest.errors import UsageError

TEXTS = {
    "1": "Tỷ lệ hộ nghèo của huyện giảm còn 9,2%.",
    "2": "Trồng mới 320 ha rừng sản xuất.",
    "3": "Kết nạp 112 đảng viên.",
}
QUERIES = {"a": "giảm nghèo", "b": "trồng rừng", "c": "không ai chấm"}


@pytest.fixture(params=["plain", "xz"])
def beir(request, tmp_path: Path) -> Path:
    """A small set, plain or compressed."""
    end = ".xz" if request.param == "xz" else ""
    rows = {
        "corpus.jsonl": [{"_id": i, "title": "", "text": text} for i, text in TEXTS.items()],
        "queries.jsonl": [{"_id": i, "text": text} for i, text in QUERIES.items()],
    }
    for name, lines in rows.items():
        data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
        (tmp_path / f"{name}{end}").write_bytes(lzma.compress(data) if end else data)
    lines = "query-id\tcorpus-id\tscore\na\t1\t2\na\t2\t1\nb\t2\t1\nb\t3\t0\n"
    (tmp_path / "qrels.tsv").write_text(lines, encoding="utf-8")
    return tmp_path


def made(name: str, *texts: str) -> Document:
    sha = name.encode().hex().ljust(64, "0")
    canonical, passages = "", []
    for i, text in enumerate(texts):
        at = len(canonical)
        passages.append(Passage(f"{sha[:12]}:p{i:05d}", "paragraph", text, None, (), None, None, at, at + len(text)))
        canonical += text + "\n"
    return Document(sha[:12], name, sha, "text/plain", Metadata(), (), tuple(passages), (), (), (), (), canonical)


def test_the_beir_form_is_read(beir: Path):
    qrels = read_queries([beir])
    assert (qrels.form, qrels.relevant) == ("beir", 1)
    assert [t.qid for t in qrels.topics] == ["a", "b", "c"]
    assert [t.qid for t in qrels.scored] == ["a", "b"]
    assert dict(qrels.topics[0].documents) == {"1": 2, "2": 1}
    assert {i: text for i, _, text in read_corpus(beir)} == TEXTS
    queries = next(beir.glob("queries.jsonl*"))
    assert read_queries([queries]) == qrels
    (beir / "qrels").mkdir()
    (beir / "qrels.tsv").rename(beir / "qrels" / "test.tsv")
    assert read_queries([beir]) == qrels


def test_a_document_of_many_passages_is_one_answer(beir: Path, tmp_path: Path):
    """The best passage stands for its document; passages of others behind it take no rank."""
    again = [f"{TEXTS['2']} Lần thứ {i}." for i in range(12)]
    documents = [made("1", TEXTS["1"]), made("2", *again), made("3", TEXTS["3"] + " Rừng.")]
    build_documents(documents, tmp_path / "ix", load_encoder())
    searcher = open_index(tmp_path / "ix")
    hits = searcher.search(QUERIES["b"], limit=2).hits
    assert {hit.source for hit in hits} == {"2"}, "both ranks are one document's"
    report = evaluate(searcher, read_queries([beir]), k=2)
    rows = {row.qid: row.scores for row in report.rows}
    assert rows["b"]["ndcg"] == 1.0
    assert rows["a"]["ndcg"] > 0.5
    assert (report.stamp.form, report.stamp.unscored, report.stamp.index["documents"]) == ("beir", 1, 3)
    assert report.stamp.model == "vankien-static"
    assert len(report.stamp.fingerprint or "") >= 8
    assert (report.stamp.p95_ms or 0) >= (report.stamp.p50_ms or 0) > 0


def test_documents_that_say_the_same_are_answers_each(beir: Path, tmp_path: Path):
    build_documents(
        [made("1", TEXTS["1"]), made("2", TEXTS["1"]), made("3", TEXTS["3"])], tmp_path / "ix", load_encoder()
    )
    searcher = open_index(tmp_path / "ix")
    assert [hit.source for hit in searcher.search(QUERIES["a"]).hits if hit.source != "3"] == ["1"], "twins are one hit"
    rows = {row.qid: row.scores for row in evaluate(searcher, read_queries([beir])).rows}
    assert rows["a"]["recall"] == 1.0


def test_an_index_of_other_documents_is_refused(beir: Path, tmp_path: Path):
    build_documents([made("x", TEXTS["1"])], tmp_path / "ix", load_encoder())
    with pytest.raises(UsageError, match="none of the queries"):
        evaluate(open_index(tmp_path / "ix"), read_queries([beir]))


GOLD = '{"qid": "1", "query": "q", "kind": "topic", "source": "a.txt", "answers": [{"quote": "x", "grade": 3}]}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file holds no query"),
        ("not json", "q.jsonl:1"),
        ("[1]", "q.jsonl:1"),
        ('{"question": "x"}', "q.jsonl:1"),
        (GOLD + '\n{"qid": "2"}', "q.jsonl:2"),
        (GOLD.replace('"grade": 3', '"grade": "ba"'), "q.jsonl:1"),
        (GOLD.replace('"answers": [{', '"answers": ["x", {'), "q.jsonl:1"),
        ('{"_id": "1", "text": "x"}', "qrels.tsv"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_sentence(tmp_path: Path, text: str, told: str):
    path = tmp_path / "q.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_queries([path])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_id_that_comes_twice_is_refused_where_it_stands(tmp_path: Path, beir: Path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text(GOLD, encoding="utf-8")
    two.write_text(GOLD.replace('"1"', '"2"') + "\n" + GOLD.replace('"q"', '"r"'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"two\.jsonl:2"):
        read_queries([one, two])
    for path in beir.glob("queries.jsonl*"):
        path.unlink()
    rows = [json.dumps({"_id": qid, "text": qid}) for qid in ("a", "b", "a")]
    (beir / "queries.jsonl").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(UsageError, match=r"queries\.jsonl:3"):
        read_queries([beir])


def test_files_that_are_not_there_or_do_not_fit(tmp_path: Path, beir: Path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(GOLD, encoding="utf-8")
    for paths, told in (
        ([tmp_path / "none.jsonl"], "none.jsonl"),
        ([gold, beir], "together"),
        ([beir, beir / next(beir.glob("queries*")).name], "one BEIR set"),
        ([gold.parent / "sub"], "sub"),
        ([], "no file"),
    ):
        (tmp_path / "sub").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match=told):
            read_queries(paths)
    broken = tmp_path / "broken.jsonl.xz"
    broken.write_bytes(lzma.compress(GOLD.encode())[:-8])
    with pytest.raises(UsageError, match=r"broken\.jsonl\.xz"):
        read_queries([broken])
    (beir / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\t1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"qrels\.tsv:2"):
        read_queries([beir])


# ---- reports ---------------------------------------------------------------------------------------------------------


def report(values: dict[str, tuple[str, float]], data: str = "d", k: int = 10) -> Report:
    """A report of (kind, nDCG) by query."""
    zero = dict.fromkeys(("recall", "mrr", "p1", "ndcg_trec", "recall_trec"), 0.0)
    rows = tuple(Row(qid, kind, qid, {"ndcg": value, **zero}) for qid, (kind, value) in values.items())
    return Report(rows, Stamp(data, "gold", k, 2))


def test_a_report_comes_back_as_it_was_saved(tmp_path: Path, beir: Path):
    original = score(read_queries([beir]), Run.from_scores({"a": {"2": 2, "1": 1}, "b": {"3": 1}}), k=10)
    original.save(tmp_path / "r.json")
    loaded = Report.load(tmp_path / "r.json")
    assert loaded.stamp == original.stamp
    assert compare(original, loaded).changes["all"].ties == 2
    assert loaded.without_texts().rows[0].query == ""
    row = '{"qid": "a", "kind": "", "query": "", "scores": {}}'
    stamp = '{"data": "", "form": "gold", "k": 10, "relevant": 2}'
    poor = f'{{"form": 1, "rows": [{row}], "stamp": {stamp}}}'
    for text in ("{}", "[]", "no json", '{"form": 99, "rows": [], "stamp": {}}', poor):
        (tmp_path / "bad.json").write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=r"bad\.json"):
            Report.load(tmp_path / "bad.json")


def test_two_reports_are_compared_query_by_query():
    before = report({f"q{i}": ("topic" if i % 2 else "table", 0.5) for i in range(20)})
    now = report({f"q{i}": ("topic" if i % 2 else "table", 0.7 if i % 2 else 0.4) for i in range(2, 22)}, data="e")
    comparison = compare(before, now)
    whole, topic, table = (comparison.changes[kind] for kind in ("all", "topic", "table"))
    assert (whole.n, whole.wins, whole.ties, whole.losses) == (18, 9, 0, 9)
    assert whole.difference == pytest.approx(0.05)
    assert whole.interval[0] < 0.05 < whole.interval[1]
    assert (topic.wins, topic.p) == (9, pytest.approx(2 / 2**9, abs=1e-6))
    assert table.difference == pytest.approx(-0.1)
    assert (comparison.same_data, comparison.missing, comparison.added) == (False, 2, 2)
    assert set(comparison.falls()) == {"table"}
    assert comparison.falls(enough=10) == {}


def test_reports_that_cannot_be_compared():
    one = report({"a": ("topic", 1.0)})
    with pytest.raises(UsageError, match="ranks"):
        compare(one, report({"a": ("topic", 1.0)}, k=5))
    with pytest.raises(UsageError, match="no query in common"):
        compare(one, report({"b": ("topic", 1.0)}))
    assert compare(one, replace(one, stamp=replace(one.stamp, settings={"lines": "files"}))).same_data is False
