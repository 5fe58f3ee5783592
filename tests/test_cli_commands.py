"""The commands, run in process on real files and a real index."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from search_api.cli import COMMANDS, main


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """No settings from the machine: no environment, no vankien.toml of the current folder."""
    for name in list(os.environ):
        if name.startswith("VANKIEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def run(capsys, *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err


# ---- help and errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [name for name, _ in COMMANDS])
def test_help_of_each_command_is_in_vietnamese_and_english(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "Cách dùng / usage: vankien" in out
    assert "Tuỳ chọn / options" in out


def test_only_finished_commands_are_listed(capsys):
    _, out, _ = run(capsys, "--help")
    listed = re.findall(r"^    (\w+) ", out, re.MULTILINE)
    reading = ["parse", "ingest", "search", "compare", "show", "verify"]
    assert listed == [*reading, "serve", "mcp", "keys", "models", "evaluate", "doctor"]


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["search"],
        ["search", "a", "--batch", "b"],
        ["search", "a", "--mode", "magic"],
        ["search", "a", "--kind", "chapter"],
        ["search", "a", "--year", "never"],
        ["search", "a", "--limit", "0"],
        ["search", "a", "--limit", "many"],
        ["search", " "],
        ["search", "a", "--offset", "-1"],
        ["search", "a", "--context", "-1"],
        ["search", "a", "--diverse", "-1"],
        ["search", "a", "--diverse", str(2**63)],
        ["search", "a", "--context", str(2**63)],
        ["search", "a", "--offset", str(2**63)],
        ["search", "a", "--group", "everything"],
        ["search", "a", "--section", "none"],
        ["search", "--batch", "none.jsonl"],
        ["compare"],
        ["compare", " "],
        ["parse"],
        ["parse", "a", "--format", "pdf"],
        ["ingest"],
        ["show"],
        ["show", "a:b", "--context", "-1"],
        ["show", "a:b", "--context", str(2**63)],
        ["models", "--nothing"],
        ["serve", "--port", "70000"],
        ["serve", "--config", "none.toml"],
    ],
)
def test_wrong_use_is_one_sentence_and_2(capsys, words):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("vankien: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["search", "a"], ["show", "a:b"], ["serve", "--port", "0"]])
def test_no_index_is_one_sentence_and_3(capsys, words):
    code, out, err = run(capsys, *words, "--index", "none")
    assert (code, out) == (3, "")
    assert "none" in err
    assert err.count("\n") == 1


def test_index_comes_from_the_environment(capsys, monkeypatch, sample_index):
    monkeypatch.setenv("VANKIEN_INDEX", str(sample_index))
    code, out, _ = run(capsys, "search", "giảm nghèo", "--limit", "1", "--json")
    assert code == 0
    assert len(json.loads(out)["hits"]) == 1


def test_a_bug_is_told_in_one_sentence(capsys, monkeypatch):
    monkeypatch.setattr("index.model_profiles.known_models", lambda: 1 / 0)
    code, out, err = run(capsys, "models")
    assert (code, out) == (1, "")
    assert "ZeroDivisionError" in err
    assert err.count("\n") == 1


# ---- parse -----------------------------------------------------------------------------------------------------------


def test_parse_json_and_text_agree_on_offsets(capsys, samples_dir):
    path = next(samples_dir.glob("*.md"))
    document = json.loads(run(capsys, "parse", path)[1])
    code, canonical, _ = run(capsys, "parse", path, "--format", "text")
    assert code == 0
    assert document["source"] == path.name
    assert document["passages"]
    for passage in document["passages"]:
        assert canonical[passage["start"] : passage["end"]] == passage["text"]


def test_parse_html_is_one_file_with_every_heading(capsys, samples_dir):
    path = next(samples_dir.glob("*.md"))
    document = json.loads(run(capsys, "parse", path)[1])
    code, page, _ = run(capsys, "parse", path, "--format", "html")
    assert code == 0
    assert "<style>" in page
    assert not re.search(r'<(script|link)\b|src=|href="(?!#)', page)
    for section in document["sections"]:
        assert f'id="{section["id"]}"' in page


@pytest.mark.parametrize("content", [None, b"", b"%PDF-1.7 cut short", b"\xff\xd8\xff\xe0 a picture"])
def test_a_file_that_cannot_be_read_is_1(capsys, tmp_path, content):
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capsys, "parse", path)
    assert (code, out) == (1, "")
    assert "bad.txt" in err


# ---- ingest ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ingested(tmp_path_factory, sample_files):
    """A folder with one good report and two bad files, brought in by the command itself."""
    folder = tmp_path_factory.mktemp("ingest")
    (folder / "files").mkdir()
    good = next(path for path in sample_files if path.suffix == ".md")
    shutil.copy(good, folder / "files")
    (folder / "files" / "empty.txt").write_bytes(b"")
    (folder / "files" / "cut.pdf").write_bytes(b"%PDF-1.7 cut short")
    report, index = folder / "report.json", folder / "index"
    code = main(["ingest", str(folder / "files"), "--index", str(index), "--report", str(report)])
    return code, index, json.loads(report.read_text(encoding="utf-8")), good, folder / "files"


def test_ingest_in_part_is_1_and_names_each_failure(ingested, capsys):
    code, index, report, good, files = ingested
    assert code == 1
    assert report["ingested"] == [good.name]
    failed = {Path(row["source"]).name: row["reason"] for row in report["failed"]}
    assert set(failed) == {"empty.txt", "cut.pdf"}
    assert all(failed.values())
    code, out, err = run(capsys, "ingest", files, "--index", index)
    assert (code, out) == (1, "")
    assert "empty.txt" in err
    assert "cut.pdf" in err


def test_what_was_good_is_searchable(ingested, capsys):
    _, index, _, good, _ = ingested
    code, out, _ = run(capsys, "search", "giảm nghèo", "--index", index, "--json")
    assert code == 0
    assert {hit["source"] for hit in json.loads(out)["hits"]} == {good.name}


def test_ingest_of_nothing_there_is_an_error(capsys, tmp_path):
    code, out, err = run(capsys, "ingest", tmp_path / "none", "--index", tmp_path / "index")
    assert code in (1, 2)
    assert out == ""
    assert "none" in err


def test_a_report_that_cannot_be_written_is_said_before_the_work(capsys, tmp_path, samples_dir):
    code, out, err = run(
        capsys, "ingest", samples_dir, "--index", tmp_path / "i", "--report", tmp_path / "none" / "r.json"
    )
    assert (code, out) == (2, "")
    assert "r.json" in err
    assert not (tmp_path / "i").exists()


def test_ctrl_c_is_130(capsys, monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("index.build.ingest_paths", interrupted)
    code, out, err = run(capsys, "ingest", tmp_path, "--index", tmp_path / "index")
    assert (code, out) == (130, "")
    assert err.count("\n") == 1


# ---- search and show -------------------------------------------------------------------------------------------------


def test_search_prints_rank_place_text_citation(capsys, sample_index):
    hit = json.loads(run(capsys, "search", "giảm nghèo", "--index", sample_index, "--limit", "1", "--json")[1])["hits"][
        0
    ]
    code, out, err = run(capsys, "search", "giảm nghèo", "--index", sample_index, "--limit", "1")
    plain = " ".join(out.split())
    assert code == 0
    assert out.startswith("  1. ")
    assert hit["passage_id"] in plain
    assert " ".join(hit["citation"].split()) in plain
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100
    assert "hybrid" in err


@pytest.mark.parametrize("command", ["search", "compare"])
def test_what_was_searched_for_instead_is_said(capsys, sample_index, command):
    code, out, err = run(capsys, command, "giamr ngheof", "--index", sample_index)
    assert code == 0
    assert "Hiển thị kết quả cho “giảm nghèo” / showing results for this" in err
    assert "Hiển thị kết quả cho" not in out
    assert "Hiển thị kết quả cho" not in run(capsys, command, "giảm nghèo", "--index", sample_index)[2]
    told = json.loads(run(capsys, command, "giamr ngheof", "--index", sample_index, "--json")[1])
    assert told["understood"]["searched"] == "giảm nghèo"


def test_search_default_limit_is_ten_and_filters_hold(capsys, sample_index):
    whole = json.loads(run(capsys, "search", "kết quả", "--index", sample_index, "--json")[1])
    assert len(whole["hits"]) == 10
    notes = json.loads(run(capsys, "search", "kết quả", "--index", sample_index, "--kind", "footnote", "--json")[1])
    assert {hit["kind"] for hit in notes["hits"]} == {"footnote"}


def test_search_shapes_its_result(capsys, sample_index):
    def hits(*options):
        return json.loads(run(capsys, "search", "hộ nghèo", "--index", sample_index, "--json", *options)[1])["hits"]

    assert {hit["section"] for hit in hits("--section", "shortcoming", "--section", "cause")} <= {
        "shortcoming",
        "cause",
    }
    assert len({hit["document"]["id"] for hit in hits("--diverse", "1", "--limit", "5")}) == 5
    assert any(hit["folded"] for hit in hits("--group", "footnotes"))
    assert not any(hit["folded"] for hit in hits())
    assert all(len(hit["before"]) + len(hit["after"]) in (1, 2) for hit in hits("--context", "1"))
    assert {hit["kind"] for hit in hits("--doc-type", "bao cao", "--kind", "table_row")} == {"table_row"}
    assert hits("--province", "tỉnh không có") == []


def test_compare_prints_one_passage_a_document(capsys, sample_index, sample_files):
    code, out, err = run(capsys, "compare", "tỷ lệ hộ nghèo", "--index", sample_index)
    assert code == 0
    found = json.loads(run(capsys, "compare", "tỷ lệ hộ nghèo", "--index", sample_index, "--json")[1])
    documents = [hit["document"]["id"] for hit in found["hits"]] + [document["id"] for document in found["without"]]
    assert len(documents) == len(set(documents)) == len(sample_files)
    assert all(hit["passage_id"] in out for hit in found["hits"])
    assert f"{len(found['hits'])} văn kiện" in err
    none = run(capsys, "compare", "hộ nghèo", "--index", sample_index, "--kind", "footnote", "--year", "1999", "--json")
    assert json.loads(none[1])["hits"] == []


def test_batch_prints_a_line_a_query(capsys, monkeypatch, sample_index, tmp_path):
    rows = [
        {"qid": f"q{n}", "query": query, "more": 1} for n, query in enumerate(["giảm nghèo", "rừng", "thu ngân sách"])
    ]
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    code, out, _ = run(capsys, "search", "--batch", path, "--index", sample_index, "--limit", "3")
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(a["qid"], a["query"]) for a in answers] == [(r["qid"], r["query"]) for r in rows]
    assert all(len(a["hits"]) == 3 and all(h["source"] and h["text"] for h in a["hits"]) for a in answers)
    with path.open(encoding="utf-8") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        assert run(capsys, "search", "--batch", "-", "--index", sample_index, "--limit", "3")[1] == out


@pytest.mark.parametrize("line", ["not json", "[]", '{"qid": "a"}', "7"])
def test_a_wrong_batch_line_is_named(capsys, sample_index, tmp_path, line):
    path = tmp_path / "queries.jsonl"
    path.write_text('{"qid": "a", "query": "rừng"}\n' + line + "\n", encoding="utf-8")
    code, out, err = run(capsys, "search", "--batch", path, "--index", sample_index)
    assert (code, out) == (2, "")
    assert "queries.jsonl:2" in err


def test_show_prints_the_passage_with_neighbours(capsys, sample_index):
    hit = json.loads(run(capsys, "search", "giảm nghèo", "--index", sample_index, "--limit", "1", "--json")[1])["hits"][
        0
    ]
    code, out, _ = run(capsys, "show", hit["passage_id"], "--index", sample_index, "--context", "0")
    assert code == 0
    assert "| " + hit["text"][:20] in out
    view = json.loads(run(capsys, "show", hit["passage_id"], "--index", sample_index, "--context", "2", "--json")[1])
    assert view["passage"]["text"] == hit["text"]
    assert 1 <= len(view["before"]) + len(view["after"]) <= 4


def test_show_of_an_unknown_passage_is_2(capsys, sample_index):
    code, out, err = run(capsys, "show", "nothing:p00001", "--index", sample_index)
    assert (code, out) == (2, "")
    assert "nothing:p00001" in err


# ---- models, doctor --------------------------------------------------------------------------------------------------


def test_models_lists_the_default_first(capsys):
    rows = json.loads(run(capsys, "models", "--json")[1])
    assert rows[0]["default"]
    assert rows[0]["here"]
    bge = next(row for row in rows if row["name"] == "BAAI/bge-m3")
    assert bge["published"][0]["benchmark"] == "ZacLegalTextRetrieval"
    code, out, _ = run(capsys, "models")
    assert code == 0
    assert out.startswith(rows[0]["name"])
    assert "ZacLegalTextRetrieval 0.753" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["fetch", "vankien-static"], "not a name on the hub"),
        (["convert", "vankien-static"], "no backend"),
        (["convert", "vankien-static", "--backend", "onnx"], "needs no backend"),
        (["convert", "vankien-static", "--backend", "cuda"], "not a valid value"),
        (["fetch"], "required"),
    ],
)
def test_what_models_cannot_do_is_one_sentence_and_2(capsys, words, part):
    code, out, err = run(capsys, "models", *words)
    assert (code, out) == (2, "")
    assert part in err
    assert err.count("\n") == 1


def test_doctor_finds_a_sound_index_sound_and_a_damaged_one_not(capsys, sample_index, tmp_path):
    code, out, _ = run(capsys, "doctor", "--index", sample_index)
    assert code == 0, out
    copy = tmp_path / "index"
    shutil.copytree(sample_index, copy)
    catalogue = next(copy.rglob("catalogue.sqlite"))
    catalogue.write_bytes(catalogue.read_bytes()[:1000])
    code, out, _ = run(capsys, "doctor", "--index", copy)
    assert code == 3
    assert "→" in out
    findings = json.loads(run(capsys, "doctor", "--index", copy, "--json")[1])
    assert any(finding["level"] == "error" and finding["do"] for finding in findings)


def test_doctor_rebuilds_what_can_be_rebuilt(capsys, sample_index, tmp_path):
    copy = tmp_path / "index"
    shutil.copytree(sample_index, copy)
    vectors = next(copy.rglob("passages.faiss"))
    vectors.write_bytes(vectors.read_bytes()[:-10])
    assert run(capsys, "search", "giảm nghèo", "--index", copy)[0] == 3
    assert run(capsys, "doctor", "--index", copy)[0] == 3
    code, _, err = run(capsys, "doctor", "--rebuild", "--index", copy)
    assert code == 0, err
    assert run(capsys, "search", "giảm nghèo", "--index", copy)[0] == 0


def test_a_host_that_is_not_ours_is_a_usage_error(capsys, sample_index):
    code, out, err = run(capsys, "serve", "--index", sample_index, "--host", "192.0.2.1", "--port", "0")
    assert (code, out) == (2, "")
    assert "192.0.2.1" in err
