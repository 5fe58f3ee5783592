"""The thesaurus: its files, what a query is found to mean, the user's own concepts, and what it all costs."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest

from index.build import ingest_paths
from index.doctor import check, rebuild
from index.query import analyse, terms
from index.search import open_index
from index.snapshot import current_generation, generation_path, read_manifest
from index.thesaurus import (
    Match,
    Thesaurus,
    compile_thesaurus,
    load_thesaurus,
    read_entries,
    thesaurus_fingerprint,
    thesaurus_problems,
)
from index.thesaurus.english import english_keys
from index.tokens import tokenize
from ingest.errors import ThesaurusError
from tests.index_helpers import HashEncoder, use_encoder, write_report

QUERIES = Path(__file__).parent / "data" / "thesaurus_queries.jsonl"
WEIGHT = {"meant": 0.3, "named": 0.25, "near": 0.1}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("thesaurus") / "thesaurus.json"
    path.write_text(json.dumps(compile_thesaurus(), ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def thesaurus(opened: Path) -> Thesaurus:
    return load_thesaurus(opened)


@pytest.fixture
def one_concept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with one concept, where the 2,000 would only cost time."""
    folder = own(tmp_path / "package", line("giảm nghèo", everyday=["thoát nghèo"]))
    monkeypatch.setattr("index.thesaurus.entries.OWN", folder)


def line(concept: str, **forms: list[str]) -> str:
    empty: dict[str, list[str]] = {"official": [], "everyday": [], "abbr": [], "english": []}
    return json.dumps({"concept": concept, **empty, **forms}, ensure_ascii=False)


def own(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "own.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def matches(query: str, thesaurus: Thesaurus) -> dict[str, Match]:
    return {match.concept: match for match in analyse(query, thesaurus).matches}


def named(form: str, thesaurus: Thesaurus, *, marked: bool = True) -> dict[str, float]:
    """Concept → score of those whose form stands there."""
    tokens = tokenize(form)
    return {m.concept: m.score for m in thesaurus.matches(tokens, tokens, marked=marked) if m.how != "near"}


# The shipped files


def test_the_shipped_files_are_sound():
    assert [f"{problem}. {problem.do}" for problem in thesaurus_problems()] == []


def test_the_shipped_concepts_are_said_in_every_way():
    entries = read_entries()
    assert len(entries) >= 2000
    assert [e.concept for e in entries if not e.everyday or not e.english] == []


# What a query means


def test_everyday_queries_reach_their_concept(thesaurus: Thesaurus):
    """Queries in the words of citizens and journalists, each with the concepts that would do."""
    rows = [json.loads(row) for row in QUERIES.read_text("utf-8").splitlines()]
    assert len(rows) == 89, "queries of thesaurus_queries.jsonl, over which the shares below were measured"
    first = found = wrong = 0
    for row in rows:
        ranked = sorted(analyse(row["query"], thesaurus).matches, key=lambda m: -WEIGHT[m.how] * m.score)
        right = [match.concept in row["concepts"] for match in ranked]
        first += right[:1] == [True]
        found += any(right)
        wrong += right.count(False)
    # The last 24 were written when all else was done. Before near concepts had to share the query's rare words and
    # common named ones counted less, the same files gave 0.79, 0.96 and 1.28 wrong ones a query.
    assert first / len(rows) >= 0.78
    assert found / len(rows) >= 0.9
    assert wrong / len(rows) <= 0.6


def test_the_longest_form_wins(thesaurus: Thesaurus):
    assert named("bảo hiểm y tế hộ gia đình", thesaurus) == {"bảo hiểm y tế hộ gia đình": 1.0}


def test_a_form_of_two_concepts_names_both_at_a_lower_score(thesaurus: Thesaurus):
    assert named("rút ruột", thesaurus) == {"chất lượng công trình": 0.5, "tham ô tài sản": 0.5}
    assert named("quỵt lương", thesaurus) == {"nợ lương": 1.0}
    shared = {t.token: t.weight for t in terms(analyse("rút ruột", thesaurus)) if t.field == "whole"}
    single = {t.token: t.weight for t in terms(analyse("quỵt lương", thesaurus)) if t.field == "whole"}
    assert shared["tham"] == pytest.approx(single["no"] / 2)


def test_a_concept_of_common_words_counts_less_beside_one_of_rare_words(thesaurus: Thesaurus):
    found = named("công ty nợ lương", thesaurus)
    assert 0.3 <= found["doanh nghiệp"] < found["nợ lương"] == 1


def test_marks_tell_forms_apart(thesaurus: Thesaurus):
    assert "cơ sở thờ tự" in matches("chùa", thesaurus)
    assert named("chua", thesaurus, marked=False) == {}  # a bare syllable could be anything
    assert "giảm nghèo" in named("thoat ngheo", thesaurus, marked=False)
    assert named("thoát nghéo", thesaurus) == {}


def test_abbreviations_are_meant(thesaurus: Thesaurus):
    assert matches("GPMB", thesaurus)["giải phóng mặt bằng"].how == "meant"


def test_where_named_concepts_say_it_all_there_is_nothing_near(thesaurus: Thesaurus):
    found = matches("xóa nhà tạm, nhà dột nát", thesaurus)
    assert {m.how for m in found.values()} == {"named"}


def test_one_common_word_brings_no_concept_near(thesaurus: Thesaurus):
    """None of the words but "nhà", "người" and "làm" is in any concept."""
    assert analyse("nhà xtavo người brimgo làm klempt fustro", thesaurus).matches == ()


@pytest.mark.parametrize(
    "query", ["nhà", "năm 2024", "kết quả thực hiện", "các xã trong huyện", "nâng cao chất lượng", "ket qua phat trien"]
)
def test_words_of_every_report_bring_nothing(thesaurus: Thesaurus, query: str):
    assert analyse(query, thesaurus).matches == ()


def test_a_syllable_that_is_a_form_counts_only_alone(thesaurus: Thesaurus):
    assert "cơ sở thờ tự" in matches("chùa", thesaurus)
    assert "cơ sở thờ tự" not in matches("huyện Tủa Chùa", thesaurus)


def test_a_named_english_concept_beats_what_is_near(thesaurus: Thesaurus):
    first, *others = analyse("how was the bidding and procurement of works", thesaurus).matches
    assert (first.concept, first.how) == ("đấu thầu", "named")
    assert all(match.how == "near" for match in others)


def test_abbreviations_are_read_in_english_too(thesaurus: Thesaurus):
    query = analyse("how does the UBND spend the budget", thesaurus)
    assert query.kind == "english"
    assert {m.concept: m.how for m in query.matches}["ủy ban nhân dân"] == "meant"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("organisations", "organization"),
        ("programmes", "program"),
        ("labour", "labor"),
        ("defence", "defense"),
        ("disciplining", "discipline"),
        ("dropped", "dropping"),
        ("communities", "community"),
    ],
)
def test_english_words_have_one_key(one: str, other: str):
    assert english_keys(tokenize(one)) == english_keys(tokenize(other)) != []


def test_english_function_words_are_none():
    assert english_keys(tokenize("what is the of and over")) == []


def test_every_expansion_is_shown(thesaurus: Thesaurus):
    query = analyse("rút ruột công trình", thesaurus)
    shown = query.explain()["expansions"]
    assert [row["concept"] for row in shown] == [match.concept for match in query.matches]
    assert all(row["forms"][0] == row["concept"] and row["how"] and row["score"] > 0 for row in shown)


# What it costs


def test_it_opens_and_answers_quickly(opened: Path, thesaurus: Thesaurus):
    """Processor time, since the machine may have other work: 10 ms to open, 0.2 ms a query where it was measured."""

    def spent(work) -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    assert min(spent(lambda: load_thesaurus(opened)) for _ in range(5)) < 0.04
    queries = [analyse(json.loads(row)["query"]) for row in QUERIES.read_text("utf-8").splitlines()]

    def ask() -> None:
        for query in queries:
            english = query.kind == "english"
            thesaurus.matches(list(query.tokens), list(query.content), marked=query.marked, english=english)

    assert min(spent(ask) for _ in range(5)) / len(queries) < 0.001


# The user's own files


def test_a_line_adds_a_concept_and_forms(tmp_path: Path):
    folder = own(
        tmp_path / "own",
        line("chương trình sữa học đường Sơn Khê", everyday=["ly sữa buổi sáng"], english=["morning milk scheme"]),
        line("giảm nghèo", everyday=["thoát cảnh ăn đong"]),
    )
    assert thesaurus_problems(folder) == []
    merged = Thesaurus(compile_thesaurus(folder))
    assert len(merged) == len(Thesaurus(compile_thesaurus())) + 1
    assert "chương trình sữa học đường Sơn Khê" in matches("ly sữa buổi sáng", merged)
    assert "chương trình sữa học đường Sơn Khê" in matches("morning milk scheme", merged)
    assert matches("thoát cảnh ăn đong", merged)["giảm nghèo"].how == "meant"
    assert "giảm nghèo bền vững" in matches("thoát cảnh ăn đong", merged)["giảm nghèo"].official
    assert thesaurus_fingerprint(folder) != thesaurus_fingerprint()


def test_decomposed_text_in_a_file_is_read_all_the_same(tmp_path: Path, one_concept: None):
    folder = own(tmp_path / "own", unicodedata.normalize("NFD", line("tục đắp bếp mới", everyday=["đắp bếp"])))
    assert "tục đắp bếp mới" in matches("đắp bếp", Thesaurus(compile_thesaurus(folder)))
    assert any("NFC" in problem.what for problem in thesaurus_problems(folder))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON"),
        ('"một chữ"', "concept"),
        (line("  "), "concept"),
        ('{"concept": "a b", "official": []}', "everyday, abbr, english"),
        (line("a b", colour=["x"]), "colour"),
        ('{"concept": "a b", "official": "c", "everyday": [], "abbr": [], "english": []}', "official"),
        (line("a b", everyday=["–"]), "empty form"),
    ],
)
def test_a_line_that_is_no_concept_is_named(tmp_path: Path, one_concept: None, text: str, said: str):
    folder = own(tmp_path / "own", line("tục đắp bếp mới"), text)
    (problem,) = thesaurus_problems(folder)
    assert (problem.file.name, problem.line) == ("own.jsonl", 2)
    assert said in problem.what
    assert problem.do
    with pytest.raises(ThesaurusError, match=r"own\.jsonl:2"):
        compile_thesaurus(folder)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([line("tục đắp bếp", everyday=["đắp  bếp mới"])], "blanks"),
        ([line("tục đắp bếp", everyday=["đắp bếp mới", "Đắp bếp mới"])], "twice"),
        ([line("tục đắp bếp", abbr=["BEN"])], "syllable"),
        ([line("tục đắp bếp", everyday=["thoát nghèo"])], "'giảm nghèo'"),
        ([line("tục đắp bếp"), line("Tục đắp bếp")], "dòng 1"),
    ],
)
def test_wording_that_would_mislead_is_named(tmp_path: Path, one_concept: None, lines: list[str], said: str):
    (problem,) = thesaurus_problems(own(tmp_path / "own", *lines))
    assert said in problem.what
    assert (problem.file.name, problem.line) == ("own.jsonl", len(lines))


def test_a_common_syllable_alone_is_named(tmp_path: Path):
    (problem,) = thesaurus_problems(own(tmp_path / "own", line("tục đắp bếp", everyday=["nhà"])))
    assert "too little" in problem.what


def test_a_form_may_be_ambiguous_on_purpose(tmp_path: Path, one_concept: None):
    text = line("tục đắp bếp", everyday=["thoát nghèo"], ambiguous=["thoát nghèo"])
    assert thesaurus_problems(own(tmp_path / "own", text)) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ThesaurusError, match="VANKIEN_THESAURUS"):
        compile_thesaurus(tmp_path / "none")


def test_the_index_takes_the_users_concepts_and_the_doctor_checks_them(tmp_path: Path, monkeypatch):
    use_encoder(monkeypatch, HashEncoder())
    index_dir = tmp_path / "index"
    write_report(tmp_path / "in", "a.txt")
    folder = own(tmp_path / "own", line("rừng sản xuất", everyday=["cây bán gỗ của bản Hin"]))
    ingest_paths([tmp_path / "in"], index_dir)
    assert not analyse("cây bán gỗ của bản Hin", opened_thesaurus(index_dir)).expansions.get("rừng sản xuất")
    assert ingest_paths([tmp_path / "in"], index_dir, thesaurus=folder).changed
    assert not ingest_paths([tmp_path / "in"], index_dir, thesaurus=folder).changed
    number = current_generation(index_dir)
    assert number is not None
    manifest = read_manifest(index_dir, generation_path(index_dir, number))
    assert manifest.thesaurus == thesaurus_fingerprint(folder)
    hit = open_index(index_dir).search("cây bán gỗ của bản Hin").hits[0]
    assert "rừng sản xuất" in hit.text
    assert [f.code for f in check(index_dir, folder)] == ["generation"]
    assert "thesaurus-newer" in [f.code for f in check(index_dir)]
    own(folder, "{")
    (warning,) = [f for f in check(index_dir, folder) if f.level == "warning"]
    assert "own.jsonl, dòng (line) 1" in warning.message
    assert warning.do
    with pytest.raises(ThesaurusError, match=r"own\.jsonl:1"):
        ingest_paths([tmp_path / "in"], index_dir, thesaurus=folder)
    with pytest.raises(ThesaurusError, match=r"own\.jsonl:1"):
        rebuild(index_dir, thesaurus=folder)
    assert current_generation(index_dir) == number


def opened_thesaurus(index_dir: Path) -> Thesaurus:
    number = current_generation(index_dir)
    assert number is not None
    return load_thesaurus(generation_path(index_dir, number) / "thesaurus.json")
