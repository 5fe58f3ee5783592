"""Quotations: verbatim, altered, misattributed or not there; and whatever we return verifies."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.verify import one_digit, one_negation, one_word
from index import open_index
from index.alignment import align, find
from index.build import ingest_paths
from index.search import Searcher
from index.wording import quoted, wording
from ingest.errors import UsageError
from search_api.cli import main

QUERIES = (
    "kết quả giảm nghèo",
    "hạn chế, nguyên nhân",
    "thu ngân sách",
    "kết nạp đảng viên",
    "rừng",
    "poverty reduction",
)


@pytest.fixture(scope="module")
def searcher(sample_index: Path):
    searcher = open_index(sample_index)
    yield searcher
    searcher.close()


@pytest.fixture(scope="module")
def texts(searcher: Searcher) -> list[str]:
    return [p.text for info in searcher.documents() for p in searcher.document(info.id).passages]


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoá học", "HÓA   HỌC"),
        ("“Kế hoạch”, năm", '"kế hoạch" năm'),
        ("2020 - 2025", "2020–2025"),
        ("đạt 22,13 %", "đạt 22,13%"),
        ("thuỷ sản", "thủy sản"),
        ("a\u00a0b\u200bc", "a bc"),
        ("tiê\u0301n", "tiến"),
        ("đạt 12 m²", "đạt 12 m2"),
        ("2,5 Km<sup>2</sup> rừng", "2,5 km2 rừng"),
    ],
)
def test_what_a_reader_does_not_notice_is_the_same_wording(one, other):
    assert quoted(one)[1].keys == quoted(other)[1].keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.234 hộ", "1234 hộ"),
        ("22,13%", "22,14%"),
        ("22,13%", "22,13"),
        ("đạt 5%", "đạt -5%"),
        ("từ 5-10 xã", "từ 5 10 xã"),
        ("có thể", "có thế"),
        ("tỷ lệ", "tỉ lệ"),
        ("10²", "102"),
        ("12 ha²", "12 ha2"),
        ("12 m²", "12 m3"),
        ("12 m ²", "12 m 2"),
        ("3/9 tiêu chí", "3 9 tiêu chí"),
        ("không đạt", "đạt"),
        ("đã", "da"),
    ],
)
def test_words_numbers_and_signs_are_strict(one, other):
    assert quoted(one)[1].keys != quoted(other)[1].keys


def test_offsets_point_into_the_text():
    text = "Tỷ lệ 22,13%¹ (giảm 4.5)"
    words = wording(text)
    assert [text[a:b] for a, b in words.spans] == ["Tỷ", "lệ", "22,13", "%", "¹", "giảm", "4.5"]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), max_size=30))
def test_alignment_costs_what_the_textbook_says_and_its_steps_add_up(part, whole):
    found = align(part, whole, part, whole)
    assert found.edits == _sellers(part, whole)
    assert [n for s in found.steps for n in range(*s.quote)] == list(range(len(part)))
    assert [n for s in found.steps for n in range(*s.text)] == list(range(found.start, found.end))
    for step in found.steps:
        if step.same:
            assert part[slice(*step.quote)] == whole[slice(*step.text)]
    if find(tuple(map(str, part)), tuple(map(str, whole))) >= 0:
        assert found.edits == 0


def _sellers(part: list[int], whole: list[int]) -> int:
    row = [0] * (len(whole) + 1)
    for i, a in enumerate(part, 1):
        new = [i]
        for j, b in enumerate(whole, 1):
            new.append(min(row[j - 1] + (a != b), row[j] + 1, new[-1] + 1))
        row = new
    return min(row)


# ---- verdicts --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_returned_verifies(searcher, data):
    query = data.draw(st.sampled_from(QUERIES))
    kind = data.draw(st.sampled_from(["paragraph", "footnote", "table_row", "list_item"]))
    from index.hits import Filters

    hits = searcher.search(query, limit=5, filters=Filters(kinds=(kind,)), context=1).hits
    hit = data.draw(st.sampled_from(hits))
    snippets = [hit.text, *(note.text for note in hit.footnotes), *(n.text for n in (*hit.before, *hit.after))]
    snippets += [hit.text[slice(*hit.best_clause)]] if hit.best_clause else []
    snippets += [hit.anchor.text] if hit.anchor else []
    snippets += hit.section_path
    for snippet in snippets:
        if len(quoted(snippet)[1]):
            verdict = searcher.verify(snippet)
            assert verdict.status == "verbatim", snippet
            assert searcher.document(verdict.place.document.id).canonical[verdict.place.start : verdict.place.end] == (
                verdict.place.text
            )
    own = searcher.verify(hit.text, document=hit.document.id)
    assert (own.status, own.exact) == ("verbatim", True)
    assert (own.place.start, own.place.end, own.place.citation) == (hit.start, hit.end, hit.citation)


@pytest.mark.parametrize("change", [one_digit, one_word, one_negation])
def test_no_altered_quotation_is_called_verbatim(searcher, texts, change):
    random_ = random.Random(1)
    held = " ".join(" ".join(quoted(text)[1].keys) for text in texts)
    seen = 0
    while seen < 60:
        text = random_.choice(texts)
        new = change(text, random_)
        keys = quoted(new)[1].keys if new else ()
        if len(keys) < 6 or keys == quoted(text)[1].keys or " ".join(keys) in held:
            continue
        seen += 1
        verdict = searcher.verify(new)
        assert verdict.status == "altered", new
        assert verdict.differences
        for difference in verdict.differences:
            assert new.strip()[difference.quote_start : difference.quote_end] == difference.quote


SIGNS = """# BÁO CÁO

I. KẾT QUẢ

Tỷ lệ hộ nghèo của huyện giảm còn 2,3% trong năm 2024 so với cùng kỳ năm trước.

Có < 80% số xã đạt chuẩn nông thôn mới theo bộ tiêu chí của tỉnh.

Chiều dài đường là 120 km trong toàn huyện, tổng mức đầu tư là €500 triệu; biên độ 2020 - 2025.

Diện tích nhà xưởng là 5.000 m² ở khu công nghiệp, sân phơi rộng 320m2 cạnh kho, đào 75 m3 đất.

Sản lượng đạt 53 tấn, tỷ lệ 1:200, nhiệt độ 25℃ trong vụ đông.

Toàn huyện làm theo kế hoạch.[^2] Xã đạt chuẩn nông thôn mới được công nhận kịp thời.

[^2]: Kế hoạch số 02-KH/HU ngày 01/4/2021 của Huyện ủy.
"""


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signs")
    (folder / "in").mkdir()
    (folder / "in" / "a.md").write_text(SIGNS, encoding="utf-8")
    ingest_paths([folder / "in"], folder / "index")
    searcher = open_index(folder / "index")
    yield searcher
    searcher.close()


@pytest.mark.parametrize(
    "quote",
    [
        "-2,3% trong năm 2024", "<2,3% trong năm 2024", "~2,3% trong năm", "giảm còn 2,3", "giảm còn -  2,3% trong",
        "giảm còn (-)2,3% trong", "≥ 80% số xã đạt chuẩn", "> 80% số xã đạt chuẩn", "80% số xã đạt chuẩn",
        "đường là 120 km²", "đầu tư là $500 triệu", "500 triệu", "đạt 5<br>3 tấn", "tỷ lệ 1 200", "25℉ trong vụ đông",
        "theo kế hoạch. 2 xã đạt chuẩn nông thôn mới", "theo kế hoạch [2] [2] Xã đạt", "đạt \u202e53\u202c tấn",
        "Sản lượng đạt 53\u20dd tấn", "đạt 53\u0336 tấn", "theo kế hoạch.[3] Xã đạt chuẩn",
        "Diện tích nhà xưởng là 5.000 m", "sân phơi rộng 320m", "đào 75 m", "nhà xưởng là 5.000 m³", "đào 75 m2 đất",
        "sân phơi rộng 320m<sup>3</sup>", "5.000 m2² ở khu",
    ],
)  # fmt: skip
def test_a_figure_keeps_its_sign_and_unit(signs, quote):
    assert signs.verify(quote).status != "verbatim"


@pytest.mark.parametrize(
    ("quote", "exact"),
    [
        ("2,3% trong năm 2024", True), ("< 80% số xã đạt chuẩn", True), ("đầu tư là €500 triệu", True),
        ("tỷ lệ 1:200", True), ("“Tỷ lệ hộ nghèo của huyện giảm còn 2,3%”.", True), ("2025", True),
        ("Sản lượng<br>đạt 53 tấn", False), ("theo kế hoạch.2 Xã đạt chuẩn", False),
        ("theo kế hoạch.² Xã đạt chuẩn", False), ("theo kế hoạch.<sup>2</sup> Xã đạt chuẩn", False),
        ("nhà xưởng là 5.000 m2 ở khu", False), ("sân phơi rộng 320m²", False), ("nhà xưởng là 5.000 m²", True),
        ("sân phơi rộng 320m<sup>2</sup> cạnh kho", False), ("đào 75 m3", True), ("Diện tích nhà xưởng", True),
        ("theo kế hoạch.[2]  XÃ đạt chuẩn", False), ("- Sản lượng đạt 53 tấn", False),
    ],
)  # fmt: skip
def test_what_is_not_changed_by_a_copy_is_verbatim(signs, quote, exact):
    verdict = signs.verify(quote)
    assert (verdict.status, verdict.exact) == ("verbatim", exact)
    assert exact == (not verdict.tolerated)
    assert "tone placement" not in verdict.tolerated


@pytest.mark.parametrize(
    ("quote", "tolerated"),
    [
        ("nhà xưởng là 5.000 m2 ở khu", ("raised digits",)), ("sân phơi rộng 320m²", ("raised digits",)),
        ("sân phơi rộng 320m<sup>2</sup> cạnh kho", ("raised digits",)), ("nhà xưởng là 5.000 m²", ()),
        ("Nhà xưởng là 5.000 m2 ở khu", ("case", "raised digits")),
    ],
)  # fmt: skip
def test_square_metres_may_be_raised_or_not(signs, quote, tolerated):
    assert set(signs.verify(quote).tolerated) == set(tolerated)


def test_the_difference_is_shown(searcher, texts):
    text = next(t for t in texts if "tỷ lệ hộ nghèo" in t.lower() and "%" in t and len(t) > 100)
    at = text.index("%") - 1
    new = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
    (difference,) = searcher.verify(new).differences
    assert (difference.kind, difference.about) == ("replaced", "number")
    assert difference.document != difference.quote
    verdict = searcher.verify(new)
    assert difference.document in verdict.place.text


def test_a_quotation_from_elsewhere_is_misattributed_or_not_found(searcher, texts):
    ids = [info.id for info in searcher.documents()]
    text = next(p.text for p in searcher.document(ids[0]).passages if len(p.text) > 200)
    wrong = searcher.verify(text, document=ids[1])
    assert wrong.status == "misattributed"
    assert wrong.place.document.id == ids[0]
    assert searcher.verify(text, document="không có văn kiện này").status == "misattributed"
    assert searcher.verify(text, document=searcher.documents()[0].source).status == "verbatim"
    other = "Con mèo trèo lên cây cau, hỏi thăm chú chuột đi đâu vắng nhà; chú chuột đi chợ đường xa."
    assert searcher.verify(other).status == "not_found"


def test_a_page_can_be_wrong(searcher):
    info = next(i for i in searcher.documents() if i.source.endswith(".pdf"))
    passage = next(p for p in searcher.document(info.id).passages if len(p.text) > 120 and p.page == p.page_end)
    assert searcher.verify(passage.text, document=info.id, page=passage.page).status == "verbatim"
    assert searcher.verify(passage.text, document=info.id, page=passage.page + 1).status == "misattributed"


def test_footnote_markers_of_a_copy_do_not_alter_it(searcher):
    for info in searcher.documents():
        document = searcher.document(info.id)
        texts = {p.id: p.text for p in document.passages}
        for note in document.footnotes:
            if note.anchor and note.marker.isdigit() and note.anchor.passage in texts and note.anchor.offset > 20:
                text, at = texts[note.anchor.passage], note.anchor.offset
                if text[at - 1].isdigit():
                    continue
                for marker in (note.marker, f"[{note.marker}]", f"<sup>{note.marker}</sup>", f"[^{note.marker}]"):
                    verdict = searcher.verify(text[:at] + marker + text[at:])
                    assert verdict.status == "verbatim", (text, marker)
                other = searcher.verify(text[:at] + f"[{int(note.marker) + 1}]" + text[at:])
                assert other.status == "altered" or not text[at:].strip()
                break


def test_a_quotation_may_run_over_a_paragraph_and_be_a_heading(searcher):
    document = searcher.document(searcher.documents()[0].id)
    first, second = next(
        (a, b)
        for a, b in zip(document.passages, document.passages[1:], strict=False)
        if a.kind == b.kind == "paragraph"
    )
    over = document.canonical[first.end - 60 : second.start + 60]
    assert searcher.verify(over[over.index(" ") : over.rindex(" ")]).status == "verbatim"
    for section in document.sections:
        verdict = searcher.verify(document.canonical[section.start : section.end], document=document.id)
        assert verdict.status == "verbatim"


def test_nothing_and_too_much_are_refused(searcher):
    for quote in ("", " — … ", "từ " * 1001):
        with pytest.raises(UsageError):
            searcher.verify(quote)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_verdict_or_one_clear_error(searcher, text):
    try:
        verdict = searcher.verify(text)
    except UsageError:
        return
    assert verdict.status in ("verbatim", "altered", "misattributed", "not_found")


def test_seeds_quotations_are_told_apart(gold_index):
    """The figures of docs/quality.md at a tenth of their size, on real reports."""
    from benchmarks.verify import altered_quotes, true_quotes

    searcher = open_index(gold_index)
    canonical = [("canonical", searcher.document(info.id).canonical) for info in searcher.documents()]
    held = " ".join(" ".join(quoted(text)[1].keys) for _, text in canonical)
    random_ = random.Random(3)
    true = true_quotes(canonical, random_)
    assert sum(searcher.verify(next(true)[1]).status == "verbatim" for _ in range(100)) >= 99
    altered = altered_quotes(canonical, random_, held)
    assert all(searcher.verify(next(altered)[1]).status != "verbatim" for _ in range(100))
    searcher.close()


# ---- command line ----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_verdict(sample_index, texts, capsys):
    text = max(texts, key=len)
    assert main(["verify", text, "--index", str(sample_index), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "verbatim"
    assert main(["verify", text.replace(" ", " không ", 1), "--index", str(sample_index)]) == 1
    assert "thêm / added" in capsys.readouterr().out
    assert main(["verify", " ", "--index", str(sample_index)]) == 2
