"""The ranker's training: composed reports, the fit, its measure. All on what the project itself has."""

from __future__ import annotations

import json
import lzma
from collections.abc import Set
from pathlib import Path

import numpy as np
import pytest

from index.rank_model import MEASURED
from index.records import names_an_office
from training.general import collections
from training.ranker import Example, fit, ndcg, platt, trained_on
from training.reports import LONGEST, PART, compose
from training.sources import OWN, SOURCES, file_hash, held_out

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory):
    sets = compose(tmp_path_factory.mktemp("no-data"), 1)  # without ../shared the own sections serve
    return [d for documents, _ in sets for d in documents], [q for _, queries in sets for q in queries]


def asked(half: int | None = None, seen: Set[str] = frozenset()) -> list[str]:
    return [q.query for _, queries in compose(Path("/nonexistent"), 1, half, seen) for q in queries]


def test_composed_reports_are_like_reports(composed):
    documents, _ = composed
    lengths = [len(p.text.split()) for d in documents for p in d.passages]
    assert 70 < np.median(lengths) < 110
    assert np.percentile(lengths, 90) > 150
    assert max(lengths) <= LONGEST
    assert len({p.id for d in documents for p in d.passages}) == len(lengths)


def test_every_answer_is_a_passage_and_nothing_was_trained_on(composed):
    documents, queries = composed
    sections = [json.loads(line) for path in OWN.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    trained_on = [p["passage"] for row in sections if not held_out(row["id"]) for p in row["passages"]]
    whole = "\n".join(document.canonical for document in documents)
    assert not any(text in whole for text in trained_on)
    ids = {p.id for d in documents for p in d.passages}
    assert len(queries) > 1000
    assert all(set(query.answers) <= ids for query in queries)
    assert {query.width for query in queries} == {"narrow", "wide"}
    assert any(max(query.answers.values()) == 3 and len(query.answers) > 2 for query in queries)
    halves = [set(asked(half)) for half in (0, 1)]
    assert min(map(len, halves)) > 500
    both = halves[0] & halves[1]  # two writers may hit on one query
    assert len(both) <= len(queries) / 1000
    again = compose(Path("/nonexistent"), 1)
    assert [d.canonical for part, _ in again for d in part] == [d.canonical for d in documents]


def test_sets_are_as_large_as_some_reports_and_answer_their_own_queries():
    sets = compose(Path("/nonexistent"), 1)
    sizes = [len({p.id for d in documents for p in d.passages}) for documents, _ in sets]
    held = sum(
        held_out(json.loads(line)["id"])
        for path in OWN.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    )
    assert len(sets) == -(-held // PART) > 1
    assert max(sizes) < 1.5 * min(sizes)
    assert max(sizes) < 497  # passages of the three real reports
    for documents, queries in sets:
        ids = {p.id for d in documents for p in d.passages}
        assert len(documents) == 4
        assert all(set(query.answers) <= ids for query in queries)


def test_files_that_an_encoder_has_seen_are_left_out(composed):
    files = sorted(OWN.glob("*.jsonl"))
    seen = {file_hash(path) for path in files[1:]}
    queries = [q for _, part in compose(Path("/nonexistent"), 1, seen=seen) for q in part]
    first = [json.loads(line) for line in files[0].read_text("utf-8").splitlines()]
    there = {q["query"] for row in first for p in row["passages"] for q in p["queries"]}
    assert queries
    assert {query.query for query in queries if query.width == "narrow"} <= there
    assert len(queries) < len(composed[1])
    assert not asked(seen={file_hash(path) for path in files})
    named = trained_on("vankien-mini")
    whole = [path for path in files if path.name in named]
    assert whole, "mini's manifest names the files that it has seen whole"
    assert {file_hash(path) for path in whole} <= named


def example(kind: str, seed: int, truth: np.ndarray) -> Example:
    draw = np.random.default_rng(seed)
    table = draw.random((30, len(MEASURED))).astype(np.float32)
    best = np.argsort(-(table @ truth))
    grades = np.zeros(30, np.float32)
    grades[best[:2]] = 3
    grades[best[2:4]] = 1
    return Example(kind, str(seed % 4), table, grades, (3, 3, 1, 1))


def test_the_fit_finds_what_makes_the_grades():
    truth = np.zeros(len(MEASURED))
    truth[[0, 3]] = 3, -2
    part = [example("keywords" if i % 2 else "question", i, truth) for i in range(80)]
    weights = fit([part[:60]], [1])
    assert weights["*"].argmax() == 0
    assert weights["*"].argmin() == 3
    assert ndcg(part[60:], weights) > 0.9 > ndcg(part[60:], None)
    slope, intercept = platt(part[:60], weights)
    sums = np.concatenate([e.measured @ weights[e.kind] for e in part[60:]])
    right = np.concatenate([e.grades >= 2 for e in part[60:]])
    chance = 1 / (1 + np.exp(-(slope * sums + intercept)))
    assert chance[right].mean() > 3 * chance[~right].mean()
    assert chance.mean() == pytest.approx(right.mean(), abs=0.03)


def test_ndcg_counts_answers_that_are_no_candidates():
    table = np.zeros((3, len(MEASURED)), np.float32)
    one = Example("question", "a", table, np.array([3, 0, 0], np.float32), (3, 3))
    assert ndcg([one], None) == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_weights_that_no_kind_changes():
    truth = np.zeros(len(MEASURED))
    truth[2] = 3
    part = [example("keywords" if i % 2 else "question", i, truth) for i in range(40)]
    weights = fit([part], [1], by_kind=False)
    assert weights["*"].argmax() == 2
    assert all((row == weights["*"]).all() for row in weights.values())


@pytest.fixture
def general_data(tmp_path: Path) -> Path:
    """A data folder with one file of each kind, written for this test."""
    words = " ".join(f"từ{i}" for i in range(60))
    rows = {
        "legal_qa_pairs": [
            {"query": "Ai được vay?", "passage": f"Căn cứ Điều 5 Luật Vay quy định như sau: 1. {words}"},
            {"query": "Không có điều luật?", "passage": words},
        ],
        "phapdien_pairs": [{"query": f"Điều {i}", "passage": f"{i} {words}"} for i in range(4)],
        "news": [{"title": "Tin tỉnh", "body": words, "adm": 2}, {"title": "Tin khác", "body": words, "adm": 0}],
        "wiki": [{"title": f"Mục {i}", "text": words} for i in range(4)],
    }
    (tmp_path / "training").mkdir()
    for name, lines in rows.items():
        with lzma.open(tmp_path / "training" / f"{name}.jsonl.xz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return tmp_path


def test_texts_of_no_office_are_asked_for_by_what_the_encoder_has_not_seen(general_data: Path):
    found = {collection.name: collection for collection in collections(general_data)}
    assert set(found) <= set(SOURCES)  # the manifest names its sources by these
    laws = found["legal_qa"].documents
    assert [document.passages[0].section_path for document in laws] == [("Căn cứ Điều 5 Luật Vay quy định",)]
    assert laws[0].passages[0].text.startswith("1. từ0")
    assert sorted(query for query, _ in found["phapdien"].queries) == ["Điều 1", "Điều 3"]
    assert [query for query, _ in found["news"].queries] == ["Tin khác"]
    remembered = found["wiki"]
    for (query, answer), document in zip(remembered.queries, remembered.documents, strict=True):
        passage = document.passages[0]
        assert answer == passage.id
        assert passage.section_path[0] in {"Mục 1", "Mục 3"}
        kept = query.removeprefix(passage.section_path[0]).split()
        assert len(kept) >= 4
        assert set(kept) <= set(passage.text.split())
    assert not any(names_an_office(document.metadata) for one in found.values() for document in one.documents)


def test_a_collection_is_as_large_as_asked_for(general_data: Path):
    for collection in collections(general_data, size=1, asked=1):
        assert len(collection.documents) == len(collection.queries) == 1
    assert list(collections(general_data / "training")) == []
