"""``vankien evaluate`` on the samples: tables, saved reports, exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from search_api.cli import main


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """No settings from the machine."""
    for name in list(os.environ):
        if name.startswith("VANKIEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def evaluate(capsys, sample_index: Path, samples_dir: Path):
    """Runs the command on the queries of three samples; exit code, stdout, stderr."""
    queries = sorted((samples_dir / "gold").glob("*.queries.jsonl"))[:3]

    def run(*words: object) -> tuple[int, str, str]:
        command = ["evaluate", "--index", sample_index, "--queries", *queries, *words]
        code = main([str(word) for word in command])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return run


def test_a_table_by_kind_and_what_was_measured(evaluate):
    code, out, err = evaluate("--worst", "2")
    lines = out.splitlines()
    assert code == 0
    assert "nDCG@10 [95 %]" in lines[0]
    assert lines[1].startswith("tất cả / all")
    assert sum(" / " in line for line in lines) >= 11
    assert max(map(len, lines)) <= 100
    assert "hybrid · vankien-static (" in err
    assert "p95" in err
    assert out.count("·") == 2, "the two worst queries with kind and id"


def test_a_fall_behind_the_baseline_is_exit_1(evaluate, tmp_path):
    code, out, _ = evaluate("--save", tmp_path / "hybrid.json", "--json")
    saved = json.loads((tmp_path / "hybrid.json").read_text("utf-8"))
    told = json.loads(out)
    assert code == 0
    assert told["comparison"] is None
    assert told["rows"] == saved["rows"]
    assert told["summary"]["all"]["means"]["ndcg"] > 0.8
    code, out, err = evaluate("--baseline", tmp_path / "hybrid.json", "--k", "10")
    assert code == 0
    assert "no fall of more than 2 points" in err
    assert "0–" in out
    code, out, err = evaluate("--baseline", tmp_path / "hybrid.json", "--mode", "lexical", "--json")
    comparison = json.loads(out)["comparison"]
    assert code == 1
    assert "paraphrase" in comparison["falls"]
    assert comparison["changes"]["paraphrase"]["losses"] > comparison["changes"]["paraphrase"]["wins"]
    code, out, err = evaluate("--baseline", tmp_path / "hybrid.json", "--mode", "lexical")
    assert code == 1
    assert "quality fell" in err
    assert "paraphrase −0," in " ".join(err.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--k", "0"], "--k"),
        (["--worst", "-1"], "--worst"),
        (["--save", "none/r.json"], "none"),
        (["--baseline", "none.json"], "none.json"),
        (["--documents", "none"], "none"),
        (["--mode", "magic"], "magic"),
    ],
)
def test_wrong_use_is_2_in_one_sentence(evaluate, words, told):
    code, out, err = evaluate(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_an_index_that_is_not_there_is_3(capsys, samples_dir, tmp_path):
    queries = next((samples_dir / "gold").glob("*.queries.jsonl"))
    assert main(["evaluate", "--index", str(tmp_path / "none"), "--queries", str(queries)]) == 3
    assert "vankien ingest" in capsys.readouterr().err


def test_a_baseline_at_another_rank_cannot_be_compared(evaluate, tmp_path):
    evaluate("--save", tmp_path / "r.json")
    code, _, err = evaluate("--baseline", tmp_path / "r.json", "--k", "5")
    assert code == 2
    assert "different ranks" in err


def test_answers_and_queries_that_are_gone_are_said(evaluate, samples_dir, tmp_path, capsys):
    """An index without a document loses its answers: the queries that are left are not the baseline's."""
    evaluate("--save", tmp_path / "r.json")
    baseline = ["--baseline", str(tmp_path / "r.json")]
    code, _, err = evaluate(*baseline)
    assert (code, "!" in err) == (0, False)
    queries = sorted((samples_dir / "gold").glob("*.queries.jsonl"))[:3]
    sources = [json.loads(path.read_text("utf-8").splitlines()[0])["source"] for path in queries]
    assert main(["ingest", *(str(samples_dir / name) for name in sources[:2]), "--index", str(tmp_path / "ix")]) == 0
    capsys.readouterr()
    code, _, err = evaluate("--index", tmp_path / "ix", *baseline)
    told = " ".join(err.split())
    assert "the answers that the index holds" in told
    assert "old ones are gone" in told
    assert "✓" not in told
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    report["rows"].append({**report["rows"][0], "qid": "gone"})
    (tmp_path / "r.json").write_text(json.dumps(report), encoding="utf-8")
    told = " ".join(evaluate(*baseline)[2].split())
    assert "(1 old ones are gone, 0 are new)" in told
    assert "✓" not in told
