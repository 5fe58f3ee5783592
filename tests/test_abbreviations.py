"""Abbreviations: what a text introduces, what is curated, and what a query with one looks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.abbreviations import MAX_MEANINGS, Abbreviations, Expansion, curated, harvest, write_abbreviations
from index.thesaurus import read_entries
from index.tokens import tokenize
from ingest.errors import IndexDamagedError


@pytest.mark.parametrize(
    ("text", "short", "form"),
    [
        ("Kỳ họp của Hội đồng nhân dân (HĐND) huyện", "HĐND", "hội đồng nhân dân"),
        ("phong trào xây dựng nông thôn mới (XDNTM) lan rộng", "XDNTM", "xây dựng nông thôn mới"),
        ("Quỹ hỗ trợ bản vùng cao (sau đây gọi tắt là QHTBVC) được lập", "QHTBVC", "quỹ hỗ trợ bản vùng cao"),
        ("Ban quản lý dự án (gọi tắt là BQLDA)", "BQLDA", "ban quản lý dự án"),
        ("Tổ hợp tác nuôi ong, sau đây viết tắt là THTNO, có 12 hộ", "THTNO", "tổ hợp tác nuôi ong"),
        ("Hội đồng nhân dân, gọi chung là HĐND, họp", "HĐND", "hội đồng nhân dân"),
        ("Hội đồng nhân dân, gọi tắt: HĐND, họp", "HĐND", "hội đồng nhân dân"),
        ("các trường tiểu học và trung học cơ sở (TH&THCS)", "TH&THCS", "tiểu học và trung học cơ sở"),
        ("phát triển kinh tế - xã hội (KT-XH) vùng lòng hồ", "KT-XH", "kinh tế xã hội"),
        ("theo Tờ trình (TTr) của Ban", "TTr", "tờ trình"),
        ("Ủy ban nhân dân (UBND) xã", "UBND", "ủy ban nhân dân"),
        ("BQLR (ban quản lý rừng) nhận bàn giao", "BQLR", "ban quản lý rừng"),
        ("sở tài nguyên và môi trường (STNMT)", "STNMT", "sở tài nguyên và môi trường"),
    ],
)
def test_introduced_in_the_text(text: str, short: str, form: str):
    assert dict(harvest([text])) == {(short, form): 1}


@pytest.mark.parametrize(
    "text",
    [
        "đạt chuẩn quốc gia (UBND tỉnh công nhận)",
        "tại kỳ họp thứ hai (HĐND)",
        "Dự án (khóa XIII) do tỉnh đầu tư",
        "Trồng rừng. Dân nhận (RD) khoán",
        "năm 2023 (BHXH)",
        "ĐẢNG BỘ HUYỆN (ĐBH)",
    ],
)
def test_initials_must_agree(text: str):
    assert not harvest([text])


def test_an_introduction_counts_once_a_text():
    assert harvest(["Hội nông dân (HND), lại hội nông dân (HND)", "hội nông dân (HND)"]) == {("HND", "hội nông dân"): 2}


def test_curated_ones_agree_with_their_long_forms():
    pairs = set(curated(read_entries()))
    assert {("UBND", "ủy ban nhân dân"), ("NTM", "nông thôn mới"), ("DTTS", "dân tộc thiểu số")} <= pairs
    assert all(form and form == form.lower() for _, form in pairs)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Abbreviations:
    path = tmp_path_factory.mktemp("spelling") / "abbreviations.json"
    texts = ["Tổ dân phố (TDP) số 4", "Ban tổ chức (BTC) hội thi", "Ban tổ chức (BTC) lễ hội", "Bộ tài chính (BTC)"]
    write_abbreviations(path, texts, [])
    return Abbreviations(path)


def found(short: Abbreviations, query: str) -> list[Expansion]:
    return list(short.expansions(query, tokenize(query)))


@pytest.mark.parametrize("query", ["UBND huyện", "ubnd huyện", "Ubnd huyen"])
def test_a_short_form_is_written_out(short: Abbreviations, query: str):
    assert found(short, query) == [Expansion(query[:4], "ủy ban nhân dân", "long", 1.0, 0, 4)]


@pytest.mark.parametrize("query", ["Ủy ban nhân dân xã", "uỷ ban nhân dân xã", "uy ban nhan dan xa"])
def test_a_long_form_is_abbreviated(short: Abbreviations, query: str):
    assert found(short, query) == [Expansion(query[:15], "UBND", "short", 1.0, 0, 15)]


def test_marks_of_a_long_form_must_agree(short: Abbreviations):
    assert found(short, "tổ dân phố") != []
    assert found(short, "tô dân phô") == []


def test_two_meanings_are_kept_apart_and_weighed(short: Abbreviations):
    shares = {e.form: e.share for e in found(short, "BTC thông báo")}
    assert len(shares) <= MAX_MEANINGS
    assert shares["ban tổ chức"] > shares["bộ tài chính"] > 0
    assert sum(shares.values()) == pytest.approx(1, abs=0.01)


def test_a_syllable_is_an_abbreviation_in_capitals_only(tmp_path: Path):
    path = tmp_path / "abbreviations.json"
    write_abbreviations(path, ["lực lượng an ninh (AN)", "an ninh nông thôn (AN)", "An Ninh (AN)"], [])
    assert ["AN", "an ninh", 2] in [row[:3] for row in json.loads(path.read_text("utf-8"))]
    short = Abbreviations(path)
    assert [e.form for e in found(short, "tình hình AN")] == ["an ninh"]
    assert found(short, "binh an") == []
    assert found(short, "AN TOÀN LÀ TRÊN HẾT") == []  # in a query all in capitals they mean nothing


def test_several_tokens_are_one_abbreviation(short: Abbreviations):
    assert [e.form for e in found(short, "phát triển KT-XH")] == ["kinh tế - xã hội"]
    assert [e.form for e in found(short, "phòng gd&đt")] == ["giáo dục và đào tạo"]


@pytest.mark.parametrize("content", [None, "{", '[["a"]]', '[["a", "b", "c"]]'])
def test_a_broken_table_is_named(tmp_path: Path, content: str | None):
    path = tmp_path / "abbreviations.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(IndexDamagedError, match="abbreviations"):
        Abbreviations(path)
