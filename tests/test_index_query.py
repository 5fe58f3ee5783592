"""What is made of a query: kind, content words, concepts, weighted terms; and what of it is highlighted."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.highlight import Highlighter, merge
from index.query import analyse, gates, terms
from index.thesaurus import Thesaurus, compile_thesaurus, load_thesaurus
from ingest.errors import IndexDamagedError


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("thesaurus") / "thesaurus.json"
    path.write_text(json.dumps(compile_thesaurus(), ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def thesaurus(compiled: Path) -> Thesaurus:
    return load_thesaurus(compiled)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("kết quả giảm nghèo", "keywords"),
        ("ket qua giam ngheo", "unmarked"),
        ("Huyện còn bao nhiêu hộ nghèo", "question"),
        ("Vì sao thương mại sa sút?", "question"),
        ("02-NQ/HU", "docref"),
        ("nghị quyết 02", "docref"),
        ("poverty reduction results", "english"),
        ("share of households using national grid electricity", "english"),
        ("san pham OCOP", "unmarked"),
        ("thu nhập 45 triệu đồng", "number"),
    ],
)
def test_kinds_of_queries(text: str, kind: str):
    assert analyse(text).kind == kind


@pytest.mark.parametrize("text", ["du an", "du an do thi", "an ninh to quoc", "to an ninh", "chi tieu than the"])
def test_syllables_that_are_english_words_too_are_read_as_vietnamese(text: str):
    assert analyse(text).kind == "unmarked"


def test_decomposed_text_is_read_like_composed():
    text = "kết quả giảm nghèo"
    assert analyse(unicodedata.normalize("NFD", text)).content == analyse(text).content


def test_tying_words_are_left_out_unless_nothing_else_is_there():
    assert [t.folded for t in analyse("công tác của các xã và huyện").content] == ["cong", "tac", "xa", "huyen"]
    assert analyse("và của").content


def test_parts_of_a_document_number_are_not_looked_for_alone():
    query = analyse("02 NQ HU")
    assert not query.content
    assert {(t.field, t.token) for t in terms(query) if t.field == "refs"} == {("refs", "2-nq-hu"), ("refs", "2-nq")}
    assert not [t for t in terms(query) if t.field == "folded"]


def test_quoted_phrases_must_stand_together():
    found = [t for t in terms(analyse('"an sinh xã hội" năm 2023')) if t.phrase]
    assert [t.field for t in found] == ["marked"]
    assert len(found[0].token.split()) == 4


def test_concepts_are_named_longest_first_and_shown(thesaurus: Thesaurus):
    query = analyse("tỷ lệ hộ nghèo", thesaurus)
    named = [m.concept for m in query.matches if m.how == "named"]
    assert named == ["tỷ lệ hộ nghèo"]
    shown = query.explain()["expansions"]
    assert shown[0]["concept"] == "tỷ lệ hộ nghèo"
    assert "tỷ lệ nghèo đa chiều" in shown[0]["forms"]


def test_everyday_words_come_near_to_official_ones(thesaurus: Thesaurus):
    query = analyse("kéo dân ra khỏi cảnh túng thiếu", thesaurus)
    assert [m.concept for m in query.matches if m.how == "meant"] == ["giảm nghèo"]
    assert ("whole", "ngheo") in {(t.field, t.token) for t in terms(query)}


def test_english_becomes_vietnamese(thesaurus: Thesaurus):
    assert "giảm nghèo" in analyse("poverty reduction", thesaurus).expansions


def test_document_numbers_are_not_expanded(thesaurus: Thesaurus):
    assert analyse("Nghị quyết 12-NQ/TW về giảm nghèo", thesaurus).matches == ()


def test_expansions_weigh_less_than_what_was_typed(thesaurus: Thesaurus):
    weights = {t.token: t.weight for t in terms(analyse("hộ nghèo", thesaurus)) if t.field == "whole"}
    assert weights["ngheo"] == max(weights.values())
    assert all(weight < weights["ngheo"] / 2 for token, weight in weights.items() if token not in ("ho", "ngheo"))


def test_a_broken_thesaurus_is_named(tmp_path: Path):
    path = tmp_path / "thesaurus.json"
    path.write_text('{"concepts": []}')
    with pytest.raises(IndexDamagedError, match="thesaurus"):
        load_thesaurus(path)


def test_gates_ask_for_most_of_the_words():
    ((groups, least),) = gates(analyse("phát triển du lịch cộng đồng"))
    assert len(groups) == 6
    assert least == 4


def marked(text: str, query: str, thesaurus: Thesaurus | None = None) -> list[str]:
    return [text[a:b] for a, b in Highlighter(analyse(query, thesaurus)).ranges(text)]


def test_highlights_are_cut_from_the_verbatim_text():
    text = "Công tác giảm  nghèo, giảm\nnghèo bền vững; GIẢM NGHÈO."
    assert marked(text, "giảm nghèo") == ["giảm  nghèo, giảm\nnghèo", "GIẢM NGHÈO"]


def test_marks_must_agree_where_the_query_has_them():
    assert marked("các bạn ở bản Nậm", "bản") == ["bản"]
    assert marked("các bạn ở bản Nậm", "ban") == ["bạn", "bản"]


def test_old_and_new_tone_placement_are_one():
    assert marked("văn hoá các dân tộc", "văn hóa") == ["văn hoá"]


def test_single_syllables_are_not_highlighted_beside_whole_words():
    text = "Kết quả giảm nghèo: số người nghèo giảm."
    assert marked(text, "giảm nghèo") == ["giảm nghèo"]


def test_a_slip_in_one_mark_is_highlighted_where_nothing_stands_as_typed():
    assert marked("Tỷ lệ hộ nghèo giảm.", "hổ nghèo") == ["hộ nghèo"]
    assert marked("hổ nghèo, hộ nghèo", "hổ nghèo") == ["hổ nghèo"]
    assert marked("tiểu thủ công nghiệp", "tiêu thụ") == []


def test_other_spellings_are_highlighted_where_they_stand():
    text = "Công tác giảm nghèo được quan tâm; kế hoạch 135 đã xong."
    query = analyse("giamr ngheof")
    assert [text[a:b] for a, b in Highlighter(query, ["giảm nghèo"]).ranges(text)] == ["giảm nghèo"]
    assert Highlighter(query).ranges(text) == ()


def test_numbers_are_highlighted_with_the_word_before_them():
    assert marked("Năm 2024 trồng 320 ha; năm 2023 trồng 300 ha.", "năm 2024") == ["Năm 2024"]
    assert marked("thu 1.234,5 tỷ đồng", "1234,5 tỷ") == ["1.234,5 tỷ"]


def test_abbreviations_and_forms_are_named_with_their_concept(thesaurus: Thesaurus):
    ranges, concepts = Highlighter(analyse("poverty reduction", thesaurus)).look("Công tác giảm nghèo bền vững.")
    assert ranges
    assert any("giảm nghèo bền vững" in forms for forms in concepts.values())


def test_document_numbers_are_highlighted_however_typed():
    assert marked("thực hiện Nghị quyết số 02-NQ/HU ngày 15/9/2020", "02 nq hu") == ["02-NQ/HU"]


def test_official_forms_are_highlighted_in_full(thesaurus: Thesaurus):
    text = "Thực hiện giảm nghèo bền vững trên địa bàn."
    assert marked(text, "poverty reduction", thesaurus) == ["giảm nghèo bền vững"]


@settings(deadline=None)  # the machine may have other work
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=12))
def test_merged_ranges_are_sorted_and_apart(pairs: list[tuple[int, int]]):
    text = "ab, cd " * 8
    joined = merge(text, sorted((a, a + n) for a, n in pairs))
    assert all(a < b for a, b in joined)
    assert all(first[1] < second[0] for first, second in pairwise(joined))
    assert {i for a, n in pairs for i in range(a, a + n)} <= {i for a, b in joined for i in range(a, b)}
