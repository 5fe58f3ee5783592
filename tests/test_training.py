"""The training pipeline end to end on a small made-up data folder."""

import json
import lzma
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encode import load_encoder
from index.segment import words_form
from training.__main__ import STEPS, main
from training.ablation import VARIANTS
from training.ablation import main as ablation
from training.contrastive import Settings, composition, doubtful, train
from training.manifest import read_manifest
from training.negatives import near_misses
from training.pairs import QUOTA, Batches, Mixture, load_material
from training.prepare import prepare, read_forms, swap_abbreviations
from training.sources import SOURCES, file_hash, held_out
from training.vocabulary import Vocabulary, tone_new, tone_old

TOPICS = {
    "giảm nghèo": ("Tỷ lệ hộ nghèo giảm còn {}%, nhiều gia đình thoát nghèo bền vững.", "poverty reduction"),
    "phát triển đảng viên": ("Kết nạp {} đảng viên mới, các chi bộ sinh hoạt nền nếp.", "new party members"),
    "trồng chè": ("Trồng mới {} ha chè, sản lượng chè búp tươi tăng khá.", "tea growing"),
    "phòng chống ma túy": ("Bắt giữ {} đối tượng phạm tội về ma túy, triệt xóa các điểm nóng.", "drug crime"),
    "xây dựng trường học": (
        "Có {} trường đạt chuẩn quốc gia, phòng học được kiên cố hóa.",
        "national standard schools",
    ),
    "giao thông nông thôn": ("Cứng hóa {} km đường giao thông nông thôn, xe đi quanh năm.", "rural roads"),
}


def write_lines(path: Path, rows: list[dict]):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".xz":
        path.write_bytes(lzma.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


def made_up(data: Path):
    sections, paragraphs, thesaurus = [], [], []
    for number in range(40):
        passages = []
        for k, (topic, (text, english)) in enumerate(TOPICS.items()):
            asked = [("paraphrase", f"kết quả {topic}"), ("short", topic), ("english", english)]
            queries = [{"kind": kind, "query": query} for kind, query in asked]
            passages.append({"id": f"S{number}-{k}", "passage": text.format(number + k), "queries": queries})
        heading = ["II. Kinh tế", f"{number}. Công tác khác"]
        wide = [{"kind": "topic", "query": "các chỉ tiêu chính", "answers": {f"S{number}-0": 3, f"S{number}-1": 1}}]
        about = {"heading": heading, "place": "huyện Nậm Khao", "year": "2024"}
        sections.append({"id": f"S{number}", **about, "passages": passages, "queries": wide})
        paragraphs.append(dict(passages[number % 6], id=f"R{number}"))
    paragraphs[0]["passage"] += " Bí danh Xyzzyquux chỉ có một lần."
    for topic, (_, english) in TOPICS.items():
        terms = {"official": [f"công tác {topic}"], "everyday": [topic], "abbr": [], "related": []}
        thesaurus.append({"concept": topic, "english": [english], **terms})
    write_lines(data / "training/report_sections.jsonl", sections)
    write_lines(data / "training/register_paragraphs.jsonl", paragraphs)
    write_lines(
        data / "training/legal_qa_pairs.jsonl.xz", [{"query": p["id"], "passage": p["passage"]} for p in paragraphs]
    )
    write_lines(data / "thesaurus/all.jsonl", thesaurus)
    corpus = [{"_id": t, "title": "", "text": text.format(7)} for t, (text, _) in TOPICS.items()]
    write_lines(data / "benchmarks/tiny/corpus.jsonl.xz", corpus)
    write_lines(data / "benchmarks/tiny/queries.jsonl.xz", [{"_id": f"q {t}", "text": t} for t in TOPICS])
    qrels = "query-id\tcorpus-id\tscore\n" + "".join(f"q {t}\t{t}\t1\n" for t in TOPICS)
    (data / "benchmarks/tiny/qrels.tsv").write_text(qrels, encoding="utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    made_up(folder / "shared" / "data")
    with without_own_sections():
        main(arguments(folder))
    return folder


@contextmanager
def without_own_sections() -> Iterator[pytest.MonkeyPatch]:
    """The sections and concepts that the project ships would be read as well, and take a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "own_sections", ("none/*.jsonl", None))
        patch.setitem(SOURCES, "concepts", ("thesaurus/*.jsonl", SOURCES["concepts"][1]))
        yield patch


def arguments(folder: Path, step: str = "all", *more: str) -> list[str]:
    where = ["--data", folder / "shared/data", "--work", folder / "work", "--model", folder / "model"]
    return [step, *map(str, where), "--steps", "30", "--seeds", "2", "--dims", "16", "--jobs", "1", *more]


def test_the_model_finds_what_it_learnt(trained: Path):
    encoder = load_encoder(str(trained / "model"))
    passages = encoder.encode_passages([text.format(99) for text, _ in TOPICS.values()])
    assert encoder.dims == 16
    for queries in (list(TOPICS), [english for _, english in TOPICS.values()]):
        found = (encoder.encode_queries(queries) @ passages.T).argmax(axis=1)
        assert (found == np.arange(6)).mean() >= 5 / 6, queries
    plain = encoder.encode_queries(["ket qua giam ngheo", "giao thong nong thon"])
    assert (plain @ passages.T).argmax(axis=1).tolist() == [0, 5]


def test_notes_and_card(trained: Path):
    notes = json.loads((trained / "work/notes.json").read_text(encoding="utf-8"))
    assert set(notes["timings"]) >= set(STEPS[:4])
    assert notes["measured"]["tiny"]["ndcg@10"] > 0.8
    assert notes["held_out"]["all"]["n"] > 0
    card = (trained / "model/README.md").read_text(encoding="utf-8")
    assert "trained on" in card
    assert "| tiny | 6 |" in card
    assert "None" not in card


def test_the_manifest_names_the_files_as_they_were_read(trained: Path, tmp_path: Path):
    """A source that is changed between preparation and export is named as the training had it."""
    work, data = tmp_path / "work", trained / "shared/data"
    shutil.copytree(trained / "work", work)
    path = data / "training/register_paragraphs.jsonl"
    before, digest = path.read_bytes(), file_hash(path)
    try:
        path.write_bytes(before.replace(b"7", b"8"))
        assert file_hash(path) != digest
        where = ["--data", str(data), "--work", str(work), "--model", str(tmp_path / "model")]
        with without_own_sections():
            main(["export", *where])
    finally:
        path.write_bytes(before)
    rows = read_manifest(tmp_path / "model")
    assert rows["register_paragraphs"]["files"] == {path.name: digest}
    assert rows["register_paragraphs"]["records"] == len(before.splitlines())
    assert all("whole" not in row for row in rows.values())
    notes = json.loads((work / "notes.json").read_text(encoding="utf-8"))
    notes["trained"]["all_data"] = True
    (work / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    main(["export", *where])
    assert read_manifest(tmp_path / "model")["register_paragraphs"]["whole"] == [path.name]


def test_a_second_run_keeps_what_is_there(trained: Path, capsys: pytest.CaptureFixture[str]):
    before = {p: p.stat().st_mtime_ns for p in (trained / "work").rglob("*") if p.name != "notes.json"}
    with without_own_sections():
        for step in STEPS[:3]:
            main(arguments(trained, step))
    assert capsys.readouterr().out.count("kept") == 3
    assert before == {p: p.stat().st_mtime_ns for p in (trained / "work").rglob("*") if p.name != "notes.json"}


def test_the_same_seed_gives_the_same_rows(trained: Path):
    rows = np.load(trained / "work/rows.npy")
    with without_own_sections():
        main(arguments(trained, "contrastive", "--force"))
    np.testing.assert_allclose(np.load(trained / "work/rows.npy"), rows, atol=1e-4)


def test_no_single_text_shows_through(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    assert "▁giảm" in vocabulary.pieces or "▁giảm_nghèo" in vocabulary.pieces
    assert not [piece for piece in vocabulary.pieces if "xyzzy" in piece]


def test_rows_are_sums_and_words_fall_back(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    matrix = composition(vocabulary)
    assert matrix.shape == (len(vocabulary.pieces), len(vocabulary.names))
    tokenizer = vocabulary.tokenizer()
    known = next(piece for piece in vocabulary.pieces if "_" in piece and len(piece) > 3 and piece[0] == "▁")
    assert tokenizer.encode(known[1:]).tokens == [known]
    assert tokenizer.encode(words_form("nghèo khó")).tokens[0] == "▁nghèo"
    inside = next(piece for piece in vocabulary.pieces if piece[0] == "_" and len(piece) > 2)
    assert tokenizer.encode(f"nghèo{inside}").tokens == ["▁nghèo", inside]
    assert tokenizer.encode("").tokens == []


def test_held_out_is_not_trained_on(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    rows = list(read_forms(trained / "work", "report_sections"))
    held = {row["group"] for row in rows if row["held"]}
    assert held
    assert held == {row["group"] for row in rows if held_out(row["group"])}
    material = load_material(rows, vocabulary.tokenizer())
    groups = {item.group for item in material.train["report_sections"]}
    assert not groups & held
    assert {item.group for item in material.held["report_sections"]} == held
    everything = load_material(rows, vocabulary.tokenizer(), all_data=True)
    assert held <= {item.group for item in everything.train["report_sections"]}


def test_a_batch_brings_whole_sections(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    rows = list(read_forms(trained / "work", "report_sections"))
    material = load_material(rows, vocabulary.tokenizer())
    batch = next(iter(Batches(material, np.random.default_rng(0), Mixture({"report_sections": 10}, drop=0))))
    assert len(batch.passages) % len(TOPICS) == 0
    assert len(batch.queries) >= 10
    assert {query for query, _, _ in batch.answers} == set(range(len(batch.queries)))
    assert {passage for _, passage, _ in batch.answers} == set(range(len(batch.passages)))
    assert len(set(batch.groups)) == len(batch.passages) // len(TOPICS)


def test_a_wide_query_has_a_share_for_each_of_its_passages(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    material = load_material(read_forms(trained / "work", "report_sections"), vocabulary.tokenizer())
    drawn = {"report_sections": 10}
    batch = next(iter(Batches(material, np.random.default_rng(0), Mixture(drawn, drop=0))))
    shares: dict[int, list[float]] = {}
    for query, _, share in batch.answers:
        shares.setdefault(query, []).append(share)
    wide = [found for found in shares.values() if len(found) > 1]
    assert len(wide) == len(batch.passages) // len(TOPICS)
    assert all(found == pytest.approx([1 / 1.2, 0.2 / 1.2]) for found in wide)
    narrow = next(iter(Batches(material, np.random.default_rng(0), Mixture(drawn, drop=0, wide=False))))
    assert len(narrow.answers) == len(narrow.queries) == len(batch.queries) - len(wide)


def test_near_misses_are_of_other_sections_and_share_words(trained: Path):
    rows = list(read_forms(trained / "work", "report_sections"))
    group = {row["id"]: row["group"] for row in rows}
    held = {row["id"] for row in rows if row["held"]}
    found = near_misses(rows, each=3)
    assert set(found) == {("report_sections", i) for i in group if i not in held}
    assert held
    topic = {row["id"]: row["queries"][0][1][0] for row in rows}
    same = 0
    for (_, i), others in found.items():
        assert 0 < len(others) <= 3
        assert all(group[j] != group[i] for _, j in others)
        assert not held & {j for _, j in others}
        same += topic[others[0][1]] == topic[i]
    assert same > 0.9 * len(found)  # what shares the most words is of the same topic, in another section
    assert near_misses([]) == {}


def test_a_batch_brings_near_misses_without_queries(trained: Path):
    rows = list(read_forms(trained / "work", "report_sections"))
    tokenizer = Vocabulary.load(trained / "work/vocabulary.json").tokenizer()
    material = load_material(rows, tokenizer, misses=near_misses(rows))
    drawn = {"report_sections": 10}
    plain = next(iter(Batches(material, np.random.default_rng(0), Mixture(drawn, drop=0))))
    batch = next(iter(Batches(material, np.random.default_rng(0), Mixture(drawn, drop=0, misses=1.0))))
    assert len(batch.passages) > len(plain.passages)
    assert len(batch.groups) == len(batch.passages)
    assert set(batch.groups[len(plain.passages) :]) == {-1}
    assert {passage for _, passage, _ in batch.answers} == set(range(len(plain.passages)))
    assert set(batch.owner) == set(range(len(batch.passages)))


def test_a_source_that_has_grown_is_prepared_again(tmp_path: Path):
    data = tmp_path / "shared/data"
    made_up(data)
    with without_own_sections():
        prepare(data, tmp_path / "work", jobs=1)
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work/forms").glob("*.jsonl")}
        path = data / "training/register_paragraphs.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([*lines, lines[0].replace('"R0"', '"R-new"')]) + "\n", encoding="utf-8")
        prepare(data, tmp_path / "work", jobs=1)
    changed = {path.stem for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed == {"register_paragraphs"}
    assert sum(1 for _ in read_forms(tmp_path / "work", "register_paragraphs")) == len(lines) + 1


def test_a_passage_that_leads_the_best_right_answer_is_no_negative():
    scores = torch.tensor([[0.2, 0.8, 0.5, 0.9, 0.83, 0.95]])
    truth = torch.tensor([[0.5, 0.5, 0.0, 0.0, 0.0, 0.0]])
    groups = torch.tensor([4, 4, 7, 4, 7, -1])  # the third leads one right answer only, the fifth by too little
    assert doubtful(scores, truth, groups, 0.05).tolist() == [[False, False, False, False, False, True]]
    alone = torch.tensor([-1] * 6)
    assert doubtful(scores, truth, alone, 0.05).tolist() == [[False, False, False, True, False, True]]


def test_the_margin_is_used(trained: Path):
    vocabulary = Vocabulary.load(trained / "work/vocabulary.json")
    material = load_material(read_forms(trained / "work", "report_sections"), vocabulary.tokenizer())
    parts = np.load(trained / "work/parts.npy")
    some = {"steps": 3, "mixture": Mixture({"report_sections": 40})}
    strict, lenient, never = (
        train(parts, vocabulary, material, Settings(margin=margin, **some), seed=1) for margin in (None, 0.0, 9.0)
    )
    assert np.array_equal(strict, never)
    assert not np.array_equal(strict, lenient)


def test_other_settings_make_the_rows_anew(trained: Path, capsys: pytest.CaptureFixture[str]):
    with without_own_sections():
        main(arguments(trained, "contrastive", "--steps", "2"))
        assert "kept" not in capsys.readouterr().out
        main(arguments(trained, "contrastive"))
    assert "kept" not in capsys.readouterr().out


def test_ablation_measures_each_part_once(trained: Path, capsys: pytest.CaptureFixture[str]):
    where = ["--work", str(trained / "work"), "--steps", "4"]
    asked = ["everything", "without word vectors", "without the thesaurus", "without clauses"]
    with without_own_sections():
        ablation([*where, "--only", *asked])
        first = capsys.readouterr().out
        ablation([*where, "--only", *asked])
    table = [line for line in first.splitlines() if line.startswith("| ")]
    assert [line.split(" | ")[0][2:] for line in table[1:]] == asked
    assert "| everything |" in first
    assert {path.stem for path in (trained / "work/ablation").glob("*.json")} == set(asked)
    again = capsys.readouterr()
    assert [line for line in again.out.splitlines() if line.startswith("| ")] == table
    assert "steps" not in again.err, "nothing is trained a second time"
    figures = {
        path.stem: json.loads(path.read_text("utf-8"))["scores"] for path in (trained / "work/ablation").glob("*.json")
    }
    assert figures["without word vectors"] != figures["everything"]


def test_each_variant_leaves_out_what_there_is():
    assert all(set(variant.without) <= set(QUOTA) for variant in VARIANTS.values())
    made = [str(variant) for variant in VARIANTS.values()]
    assert len(set(made)) == len(made)


def test_abbreviations_are_swapped_both_ways():
    assert swap_abbreviations("ủy ban nhân dân huyện và HĐND xã") == "UBND huyện và hội đồng nhân dân xã"


def test_tone_placement():
    assert (
        tone_new("xoá đói, hoà bình, uỷ ban, thuỷ lợi, quý, thuý_kiều")
        == "xóa đói, hòa bình, ủy ban, thủy lợi, quý, thúy_kiều"
    )
    assert tone_new("hoàn toàn khoản hoạt") == "hoàn toàn khoản hoạt"
    assert tone_old("xóa hòa ủy_ban quý hoàn") == "xoá hoà uỷ_ban quý hoàn"
