"""The small transformer's pipeline end to end on a small made-up data folder, and what its parts promise."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_training import made_up, without_own_sections, write_lines
from tokenizers import Tokenizer

from index.encode import load_encoder
from training.manifest import save_manifest
from training.mini import masked
from training.mini.__main__ import main
from training.mini.bi_encoder import BiEncoder, Settings, _Course, train
from training.mini.corpus import documents
from training.mini.masked import Shape, new_model
from training.mini.material import Batch, Item, Mixture, WeakPairs, Written, signed
from training.mini.pack import Ragged, pack, read_text
from training.mini.shipped import load_shipped
from training.mini.stages import trained_rows
from training.mini.subwords import MASK, PAD, PASSAGE, QUERY, SEPARATOR, SPECIAL, train_tokenizer
from training.mistyped import mistyped
from training.sources import OWN, held_out

SMALL = ["--vocabulary", "700", "--hidden", "64", "--layers", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    made_up(folder)
    laws = [
        {"title": f"Điều {i}", "path": "", "text": f"Nhà nước bảo đảm quyền {i} của công dân. " * 9} for i in range(30)
    ]
    write_lines(folder / "training/laws.jsonl.xz", laws)
    return folder


@pytest.fixture(scope="module")
def work(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    with without_own_sections() as patch:
        # a source without a file is passed over; here only written material and laws are there
        present = {"written": 4.0, "laws": 1.0}
        for module in ("corpus", "pack", "masked"):
            patch.setattr(f"training.mini.{module}.DRAWN", present)
        common = ["--data", str(data), "--work", str(folder), "--model", str(folder / "model"), *SMALL]
        for step in ("tokenizer", "pack"):
            main([step, *common])
        main(["pretrain", *common, "--seconds", "2", "--batch", "4"])
        main(["contrastive", *common, "--seconds", "1", "--weak-seconds", "1", "--pairs", "8", "--seeds", "1", "2"])
        main(["export", *common])
    return folder


def test_the_model_is_used_like_any_other(work: Path):
    encoder = load_encoder(str(work / "model"))
    assert encoder.dims == 256 + load_encoder().dims  # its own and those of the static model beside it
    texts = ["Tỷ lệ hộ nghèo giảm còn 18,73%.", "chè", "Kết nạp đảng viên mới, các chi bộ sinh hoạt nền nếp. " * 60, ""]
    vectors = encoder.encode_passages(texts)
    assert vectors.shape == (4, encoder.dims)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.vstack([encoder.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(vectors, alone, atol=1e-5)  # neighbours in a batch change nothing
    assert np.abs(encoder.encode_queries(texts[:1]) - vectors[:1]).max() > 1e-4  # a query has another sign


def test_eight_bits_are_near_the_trained_weights(work: Path):
    from training.mini.stages import load_trained

    model = load_trained(work / "trained.pt", torch.device("cpu"))
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    texts = ["tỷ lệ hộ nghèo", "ket nap dang vien", "tea growing"]
    with torch.no_grad():
        trained = model.encode([signed(np.asarray(tokenizer.encode(t).ids), QUERY, 64) for t in texts])
    trained = torch.nn.functional.normalize(trained, dim=1).numpy()
    whole = load_encoder(str(work / "model")).encode_queries(texts)[:, :256]
    assert ((whole / np.linalg.norm(whole, axis=1, keepdims=True) * trained).sum(1) > 0.995).all()


def test_the_table_of_results_is_written(work: Path):
    scores = json.loads((work / "trained.json").read_text(encoding="utf-8"))
    assert scores["all"]["n"] > 0
    assert 0 <= scores["all"]["ndcg@10"] <= 1


def test_training_goes_on_from_given_weights(work: Path, tmp_path: Path):
    common = ["--work", str(work), *SMALL, "--pairs", "8", "--seconds", "0.1"]
    main(["contrastive", *common, "--start", "trained", "--name", "further", "--all-data"])
    first, further = (torch.load(work / f"{name}.pt")["model"] for name in ("trained", "further"))
    moved = [float((first[key].float() - further[key].float()).abs().max()) for key in first]
    assert 0 < max(moved) < 0.1


def test_the_shipped_graph_becomes_a_model_again(work: Path):
    import onnxruntime

    graph = work / "model" / "onnx" / "model_qint8.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    ids = np.random.default_rng(1).integers(6, 700, (3, 20))
    ids[0, 12:] = PAD
    expected = onnxruntime.InferenceSession(str(graph), options).run(None, {"input_ids": ids})[0]
    with torch.no_grad():
        found = torch.nn.functional.normalize(load_shipped(graph)(torch.from_numpy(ids)), dim=1)
    np.testing.assert_allclose(found.numpy(), np.asarray(expected), atol=1e-5)


def test_a_graph_of_another_model_is_refused(tmp_path: Path):
    import onnx
    from onnx import TensorProto, helper

    node = helper.make_node("Identity", ["a"], ["b"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("a", "b")]
    onnx.save(helper.make_model(helper.make_graph([node], "other", ends[:1], ends[1:])), tmp_path / "other.onnx")
    with pytest.raises(ValueError, match="is no graph of"):
        load_shipped(tmp_path / "other.onnx")


def test_training_goes_on_from_what_is_shipped(work: Path, monkeypatch: pytest.MonkeyPatch):
    """The manifest names what both have seen; what the first has seen whole stays marked."""
    monkeypatch.setattr("training.mini.stages.SHIPPED", work / "model" / "onnx" / "model_qint8.onnx")
    earlier = {"own_sections": {"files": {"old.jsonl": "0"}, "records": 3, "whole": ["old.jsonl"]}}
    save_manifest(earlier, work / "model")
    common = ["--work", str(work), *SMALL, "--pairs", "8", "--seconds", "0.5", "--share", "0.2"]
    main(["contrastive", *common, "--start", "shipped", "--name", "onward"])
    rows = trained_rows(work / "onward.pt")
    assert rows["own_sections"] == earlier["own_sections"]
    assert set(rows["report_sections"]["files"]) == {"report_sections.jsonl"}
    assert "whole" not in rows["report_sections"]
    assert not list(work.glob("*.state"))  # nothing is left of a stage that has ended


def test_other_subwords_than_the_shipped_ones_are_refused(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A work folder with a tokenizer of its own would feed the model numbers of other words."""
    with pytest.raises(SystemExit, match="tokenizer --start shipped"):
        main(["contrastive", "--work", str(work), *SMALL, "--start", "shipped", "--seconds", "0.1"])
    monkeypatch.setattr("training.mini.shipped.SHIPPED", work / "model" / "onnx" / "model_qint8.onnx")
    main(["tokenizer", "--work", str(tmp_path), "--start", "shipped"])
    texts = ["tỷ lệ hộ nghèo " * 200, "chè"]
    taken, learnt = (Tokenizer.from_file(str(f / "tokenizer.json")) for f in (tmp_path, work))
    assert [e.ids for e in taken.encode_batch(texts)] == [e.ids for e in learnt.encode_batch(texts)]


def _drawn(count: list[int], sections: int = 2):
    texts = Ragged.of([[i % 90 + 8, i % 70 + 9, 12] for i in range(40)])
    items = [
        Item("own_sections", f"{g}{i}", g, False, i, i, [i + 10, i + 20], [("question", [i, i, i, i])], [])
        for g in "abcd"
        for i in range(4)
    ]
    written = Written(items, texts, Mixture(sections=sections))

    def draw(rng: np.random.Generator) -> list[Batch]:
        count.append(1)
        return [written.batch(rng)]

    return draw


def test_a_cut_stage_goes_on_from_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_Course, "EVERY", 0.0)
    settings = Settings(seconds=30.0)
    drawn: list[int] = []
    draw = _drawn(drawn)

    def cut(rng: np.random.Generator) -> list[Batch]:
        if len(drawn) > 3:
            raise KeyboardInterrupt
        return draw(rng)

    torch.manual_seed(1)
    model = BiEncoder(new_model(Shape(32, 1, 2, 64), 120).model, 256)
    with pytest.raises(KeyboardInterrupt):
        train(model, cut, settings, "cut", tmp_path / "kept.state")
    state = torch.load(tmp_path / "kept.state")
    assert state["step"] >= 3
    fresh = BiEncoder(new_model(Shape(32, 1, 2, 64), 120).model, 256)
    course = _Course(fresh, settings, tmp_path / "kept.state")
    assert course.step == state["step"]
    assert course.spent >= state["spent"] > 0
    assert all(torch.equal(fresh.state_dict()[key], value) for key, value in state["model"].items())
    assert _Course(fresh, replace(settings, rate=1e-5), tmp_path / "kept.state").step == 0  # another training


@pytest.mark.parametrize("query", ["kết quả giảm nghèo", "ket nap dang vien", "Why were schools merged?"])
def test_misspelled_queries_differ_in_one_word(query: str):
    for seed in range(60):
        words, wrong = query.split(), mistyped(query, random.Random(seed)).split()
        assert len(words) == len(wrong)
        assert sum(a != b for a, b in zip(words, wrong, strict=True)) <= 1  # two like letters swapped change nothing
    assert mistyped(query, random.Random(3)) == mistyped(query, random.Random(3))
    assert len({mistyped(query, random.Random(seed)) for seed in range(60)}) > 10
    assert mistyped("xã B", random.Random(1)) == "xã B"


def test_dialects_confuse_sounds():
    heard = {mistyped("trồng", random.Random(seed)) for seed in range(200)}
    assert {"chồng", "trồn"} <= heard
    assert "nhiền" not in {mistyped("nghiên", random.Random(seed)) for seed in range(200)}
    assert "nghĩ" in {mistyped("nghỉ", random.Random(seed)) for seed in range(200)}


def test_pretraining_goes_on_from_its_state(work: Path):
    before = torch.load(work / "pretrained.pt")
    main(["pretrain", "--work", str(work), *SMALL, "--seconds", "2", "--batch", "4"])  # its time is used up already
    after = torch.load(work / "pretrained.pt")
    assert after["step"] == before["step"]
    assert all(torch.equal(after["model"][key], value) for key, value in before["model"].items())
    main(["pretrain", "--work", str(work), *SMALL, "--seconds", "4", "--batch", "4"])
    assert torch.load(work / "pretrained.pt")["step"] > before["step"]


def test_nothing_held_out_is_read(data: Path):
    kept = " ".join(documents(data, "written"))
    held = [f"S{i}" for i in range(40) if held_out(f"S{i}")]
    assert held
    rows = [json.loads(line) for line in (data / "training/report_sections.jsonl").read_text("utf-8").splitlines()]
    only = {p["passage"] for row in rows if row["id"] in held for p in row["passages"]}
    only -= {p["passage"] for row in rows if row["id"] not in held for p in row["passages"]}
    assert only
    register = data / "training/register_paragraphs.jsonl"
    also = {json.loads(line)["passage"] for line in register.read_text("utf-8").splitlines()}
    assert not [text for text in only - also if text in kept]


def test_packed_texts_come_back(work: Path):
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    laws = read_text(work, "laws")
    assert len(laws) >= 30
    text = tokenizer.decode([int(i) for i in laws[0]], skip_special_tokens=False)
    assert text.startswith("điều 0")
    assert SEPARATOR in laws[0]


def test_masked_places_are_guessed_and_the_sign_is_left():
    ids = torch.randint(6, 100, (8, 40))
    ids[:, 0] = PASSAGE
    shown, places, truth = masked._masked(ids, 0.3, 100)
    assert len(places) == len(truth) == 8 * 12
    assert torch.equal(ids.reshape(-1)[places], truth)
    assert (shown[:, 0] == PASSAGE).all()
    changed = (shown != ids).reshape(-1)
    assert set(changed.nonzero().flatten().tolist()) <= set(places.tolist())
    assert (shown == MASK).any()


def test_weak_pairs_come_from_titles(work: Path):
    batch = WeakPairs(work, longest=20).batch(np.random.default_rng(1), 8)
    assert len(batch.queries) == len(batch.passages) == len(batch.answers) > 2
    assert all(
        q[0] == QUERY and p[0] == PASSAGE and len(p) <= 20 for q, p in zip(batch.queries, batch.passages, strict=True)
    )


def test_written_batches_keep_sections_together_and_shares_whole():
    texts = Ragged.of([[10, 11, 12]] * 40)
    items = [
        Item("own_sections", f"a{i}", "a", False, i, i, [], [("question", [20, 21, 22, 23])], []) for i in range(3)
    ] + [Item("own_sections", "b0", "b", True, 5, 5, [], [("question", [20, 21, 22, 23])], [])]
    items[0].wide.append(("topic", [24, 25, 26, 27], {"a0": 3, "a2": 2, "gone": 3}))
    batch = Written(items, texts, Mixture(drop=0)).batch(np.random.default_rng(1))
    assert len(batch.passages) == 3  # the held-out section is not there
    assert len(set(batch.groups)) == 1
    wide = [(p, s) for q, p, s in batch.answers if s < 1]
    assert [p for p, _ in wide] == [0, 2]
    assert [s for _, s in wide] == pytest.approx([2 / 3, 1 / 3])


def test_padding_changes_no_vector():
    torch.manual_seed(1)
    model = BiEncoder(new_model(Shape(32, 1, 2, 32), 50).model, 16).eval()
    texts = [np.arange(6, 6 + n) for n in (3, 17, 9)]
    with torch.no_grad():
        together, alone = model.encode(texts), torch.cat([model.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_syllables_stay_whole_and_tones_alike():
    texts = ["uỷ ban nhân dân hoà bình quý thuỷ sản kết quả giảm nghèo 2024 2.914"] * 50
    tokenizer = train_tokenizer(texts, 200)
    assert [tokenizer.token_to_id(token) for token in SPECIAL] == list(range(6))
    assert tokenizer.encode("Uỷ ban hoà bình").ids == tokenizer.encode("ủy ban hòa bình").ids
    assert tokenizer.encode("quý").tokens == ["▁quý"]
    assert tokenizer.encode("[Q] giảm nghèo").ids[0] == QUERY


def test_the_written_sections_are_well_formed():
    """What is shipped as training data: ids once, answers that exist, roles and kinds that are known."""
    kinds = {"paraphrase", "question", "short", "english", "topic"}
    seen = set()
    files = sorted(OWN.glob("*.jsonl"))
    assert files
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            ids = [p["id"] for p in row["passages"]]
            assert len(set(ids)) == len(ids)
            assert not seen & {row["id"], *ids}
            seen |= {row["id"], *ids}
            assert re.fullmatch(r"(19|20)\d\d([-–]\d{4})?", row["year"]), row["id"]
            for passage in row["passages"]:
                assert len(passage["passage"].split()) >= 8, passage["id"]
                assert passage["queries"], passage["id"]
                assert {q["kind"] for q in passage["queries"]} <= kinds
            for query in row["queries"]:
                assert query["kind"] in kinds
                assert set(query["answers"]) <= set(ids)
                assert set(query["answers"].values()) <= {1, 2, 3}


def test_a_pack_is_made_once(work: Path, data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.mini.pack.DRAWN", {"written": 4.0, "laws": 1.0})
    times = {path: path.stat().st_mtime_ns for path in (work / "text").iterdir()}
    pack(data, work)
    assert times == {path: path.stat().st_mtime_ns for path in (work / "text").iterdir()}
