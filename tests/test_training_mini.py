"""The small transformer's pipeline end to end on a small made-up data folder, and what its parts promise."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from test_training import made_up, without_own_sections, write_lines

from index.encode import load_encoder
from training.mini import masked
from training.mini.__main__ import main
from training.mini.bi_encoder import BiEncoder
from training.mini.corpus import documents
from training.mini.masked import Shape, new_model
from training.mini.material import Mixture, WeakPairs, Written, signed
from training.mini.pack import Ragged, pack, read_text
from training.mini.subwords import MASK, PASSAGE, QUERY, SEPARATOR, SPECIAL, train_tokenizer
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
    from tokenizers import Tokenizer

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
    from tokenizers import Tokenizer

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
    from training.mini.material import Item

    items = [
        Item("own_sections", f"a{i}", "a", False, i, i, [], [("question", [20, 21, 22])], []) for i in range(3)
    ] + [Item("own_sections", "b0", "b", True, 5, 5, [], [("question", [20, 21, 22])], [])]
    items[0].wide.append(("topic", [23, 24, 25], {"a0": 3, "a2": 2, "gone": 3}))
    batch = Written(items, texts, Mixture(drop=0)).batch(np.random.default_rng(1))
    assert len(batch.passages) == 3  # the held-out section is not there
    assert set(batch.groups) == {0}
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
