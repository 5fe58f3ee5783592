"""`training.held_out`: what is measured, on what, and that nothing a model was trained on is among it."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from test_training import write_lines

from index.encode import PairEncoder, Progress, load_encoder
from training.held_out import Asked, Vectors, chosen, encoded, main, queries, scored
from training.manifest import save_manifest
from training.ranker import trained_on
from training.sources import SOURCES, held_out

NAMES = [name for name in (f"T-{i}" for i in range(60)) if held_out(name)][:2]
OTHERS = [name for name in (f"T-{i}" for i in range(60)) if not held_out(name)][:6]
TEXTS = (
    ("Tỷ lệ hộ nghèo giảm còn 11,2%; 340 hộ thoát nghèo.", "bao nhiêu nhà hết nghèo", "poverty reduction"),
    ("Trồng mới 25 ha chè, sản lượng búp tươi đạt 1.200 tấn.", "trồng thêm được mấy héc ta chè", "tea growing"),
)


def section(name: str) -> dict:
    passages = []
    for k, (text, asked, english) in enumerate(TEXTS):
        kinds = {"question": asked, "paraphrase": asked, "english": english}
        asked_of = [{"kind": kind, "query": query} for kind, query in kinds.items()]
        passages.append({"id": f"{name}-{k}", "passage": text, "queries": asked_of})
    wide = [{"kind": "topic", "query": "kết quả chính", "answers": {f"{name}-0": 3, f"{name}-1": 2}}]
    head = {"heading": ["II. KINH TẾ"], "place": "huyện Nậm Khao", "year": "2024"}
    return {"id": name, **head, "passages": passages, "queries": wide}


def model(folder: Path, rows: dict, profile: str = "{}") -> str:
    """A folder that is taken for a model, with a manifest; its name."""
    folder.mkdir()
    (folder / "vankien.json").write_text(profile, encoding="utf-8")
    (folder / "model.onnx").write_bytes(b"")
    save_manifest(rows, folder)
    return str(folder)


def whole(*names: str, source: str = "own_sections") -> dict:
    """A manifest of a training that took these files in whole."""
    return {source: {"files": dict.fromkeys(("part0.jsonl", "part1.jsonl"), "0"), "records": 1, "whole": list(names)}}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files of sections in place of the project's own; each has one section that is held out."""
    folder = tmp_path / "written"
    for k, held in enumerate(NAMES):
        write_lines(folder / f"part{k}.jsonl", [section(name) for name in (held, *OTHERS[3 * k : 3 * k + 3])])
    for module in ("manifest", "reports"):
        monkeypatch.setattr(f"training.{module}.OWN", folder)
    monkeypatch.setitem(SOURCES, "own_sections", (str(folder / "*.jsonl"), SOURCES["own_sections"][1]))
    return folder


def test_sections_that_a_model_was_trained_on_are_not_there(own: Path, tmp_path: Path):
    assert {record.group for record in chosen(tmp_path, [], others=0)} == set(NAMES)
    records = chosen(tmp_path, [model(tmp_path / "model", whole("part0.jsonl"))])
    assert [record.group for record in records if record.held] == [NAMES[1]] * 2
    rest = {record.group for record in records} - {NAMES[1]}
    assert len(rest) == 1
    assert rest < set(OTHERS[3:])


def test_what_any_of_the_models_or_the_one_beside_has_seen_is_not_there(own: Path, tmp_path: Path):
    first = model(tmp_path / "first", whole("part0.jsonl"))
    second = model(tmp_path / "second", whole())
    assert {record.group for record in chosen(tmp_path, [first, second], others=0)} == {NAMES[1]}
    pair = model(tmp_path / "pair", whole("part1.jsonl"), json.dumps({"beside": first}))
    assert chosen(tmp_path, [second, pair], others=0) == []
    assert trained_on(pair) == {"part0.jsonl", "part1.jsonl", "0"}


def test_a_folder_means_the_same_from_everywhere(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model(tmp_path / "model", whole("part0.jsonl", "part1.jsonl"))
    monkeypatch.chdir(tmp_path)
    for how in ([], ["--composed"]):
        with pytest.raises(SystemExit, match="trained on all"):
            main(["model", "--data", str(tmp_path), *how])


def test_queries_are_those_of_held_out_passages(own: Path, tmp_path: Path):
    records = chosen(tmp_path, [])
    asked = list(queries(records))
    assert {place for query in asked for place in query.grades} == {0, 1, 2, 3}  # held-out ones come first
    assert [query.grades for query in asked if query.kind == "several answers"] == [{0: 3, 1: 2}, {2: 3, 3: 2}]
    plain = [query.text for query in asked if query.kind == "without diacritics"]
    assert plain[:2] == ["bao nhieu nha het ngheo", "trong them duoc may hec ta che"]


def test_scores_of_known_vectors():
    """Two passages of two clauses: the whole says one, the clause the other; grades decide what is best."""
    axes = np.eye(3, dtype=np.float32)
    vectors = Vectors(axes[:2], axes[[2, 0, 1]], np.asarray([0, 0, 1]), axes[[0, 2]])
    asked = [Asked("question", "a", {0: 3}), Asked("several answers", "b", {0: 1, 1: 3})]
    table = scored(vectors, asked)
    assert table["question"] == table["all"] == (1, 1.0)
    # the second query is the first clause of passage 0: passage 1, the better answer, comes second
    expected = (1 + 7 / np.log2(3)) / (7 + 1 / np.log2(3))
    assert table["several answers"] == (1, pytest.approx(expected))


class Letters:
    """An encoder of three dimensions: how often a, b and c stand in a text."""

    name, backend, dims, fingerprint = "letters", "", 3, "letters"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.asarray([[text.lower().count(letter) for letter in "abc"] for text in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self.encode_queries(texts)


def test_another_share_is_what_the_encoder_would_give(own: Path, tmp_path: Path):
    records = chosen(tmp_path, [])
    asked = list(queries(records))
    pair = PairEncoder(load_encoder(), Letters(), 0.4)
    vectors = encoded(pair, records, asked).shared(pair.first_dims, 0.1)
    wanted = encoded(PairEncoder(load_encoder(), Letters(), 0.1), records, asked)
    for name in ("passages", "clauses", "queries"):
        np.testing.assert_allclose(getattr(vectors, name), getattr(wanted, name), atol=1e-6)


def test_the_table_is_printed(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["vankien-static", "--data", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    written = json.loads((own / "part0.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert written["id"] in NAMES
    assert lines[0].startswith("22 queries of 2 held-out sections, 8 passages")
    assert lines[2].startswith("| | all (20) | paraphrase (4) | question (4) |")
    assert lines[4].startswith("| vankien-static | 0.")


def test_another_source_and_one_that_a_model_has_seen_whole(own: Path, tmp_path: Path):
    names = [name for name in (f"R{i}" for i in range(40)) if held_out(name)] + ["R0", "R1"]
    rows = [{"id": name, "passage": TEXTS[0][0], "queries": [{"kind": "short", "query": "hộ nghèo"}]} for name in names]
    write_lines(tmp_path / "training/register_paragraphs.jsonl", rows)
    records = chosen(tmp_path, [], "register_paragraphs")
    assert [record.id for record in records if record.held] == names[:-2]
    seen = model(tmp_path / "model", whole("part0.jsonl", source="register_paragraphs"))
    with pytest.raises(SystemExit, match="trained on all of it"):
        main([seen, "--data", str(tmp_path), "--source", "register_paragraphs"])


def test_composed_reports_are_searched_through_an_index(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["vankien-static", "--data", str(tmp_path), "--composed"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| | several answers (2) | one answer (12) |"
    several, one = (float(cell) for cell in lines[2].split("|")[2:4])
    assert 0.3 < several < 1  # the other section has the same texts
    assert one == pytest.approx(
        (1 + 1 / np.log2(3)) / 2, abs=0.001
    )  # which comes first for the one, second for the other
