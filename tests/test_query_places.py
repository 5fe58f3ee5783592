"""Places in queries and filters: spellings, old and new units, ordinary words that are names too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.gazetteer import compile_places, era, find_table, place_key, read_table, unit_level
from index.places import PlaceIndex, load_places
from index.segment import has_diacritics
from index.tokens import tokenize
from ingest.document import Metadata
from ingest.errors import IndexDamagedError

PLACES = [
    ("huyện Quản Bạ", "Hà Giang", "2023-12-01"),
    ("xã Quản Bạ", "Tuyên Quang", "2025-11-01"),
    ("huyện Krông Bông", "Đắk Lắk", "2022-05-05"),
    ("tỉnh Đắk Lắk", "Đắk Lắk", "2024-01-01"),
    ("tỉnh Tuyên Quang", "Tuyên Quang", "2025-12-01"),
    ("huyện Nậm Pheo", "Sơn Khê", "2023-07-01"),
    ("thành phố Hòa Bình", "Hòa Bình", "2022-01-01"),
    ("thành phố Hồ Chí Minh", None, "2023-01-01"),
    ("quận 1", "Hồ Chí Minh", "2023-01-01"),
    ("xã Tân Tiến", "Sơn Khê", "2023-01-01"),
    ("huyện Cư M’gar", "Đắk Lắk", "2021-01-01"),
    ("tỉnh Hà Giang", "Hà Giang", "2022-01-01"),
    (None, None, None),
]
METADATA = [Metadata(place=place, province=province, date=date) for place, province, date in PLACES]


@pytest.fixture(scope="module")
def places() -> PlaceIndex:
    return PlaceIndex(METADATA, compile_places(METADATA))


def lifts(places: PlaceIndex, query: str) -> list[dict[str, list[str]]]:
    found = places.named(query, tokenize(query), has_diacritics(query))
    return [{how: [PLACES[c][0] or "" for c in codes] for how, codes in p.lifts.items()} for p in found]


def test_the_installed_table_is_the_one_that_is_expected():
    path = find_table()
    assert path is not None
    rows = read_table(path)
    assert len(rows) > 10_000
    assert {r.district for r in rows if r.commune == "Xã Quản Bạ"} == {"Huyện Quản Bạ"}
    assert len({r.province for r in rows}) == 34


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("giảm nghèo Nậm Pheo", "huyện Nậm Pheo"),
        ("giảm nghèo nậm pheo", "huyện Nậm Pheo"),
        ("giam ngheo nam pheo", "huyện Nậm Pheo"),
        ("GIẢM NGHÈO NẬM PHEO", "huyện Nậm Pheo"),
        ("H. Nậm Pheo", "huyện Nậm Pheo"),
        ("Huyện ủy Nậm Pheo", "huyện Nậm Pheo"),
        ("Krông Bông", "huyện Krông Bông"),
        ("Kr. Bông", "huyện Krông Bông"),
        ("Krông-Bông", "huyện Krông Bông"),
        ("kr bong", "huyện Krông Bông"),
        ("Cư M'gar", "huyện Cư M’gar"),
        ("cu mgar", "huyện Cư M’gar"),
        ("tỉnh Đăk Lăk", "tỉnh Đắk Lắk"),
        ("Đắc Lắc", "tỉnh Đắk Lắk"),
        ("Daklak", "tỉnh Đắk Lắk"),
        ("TP Hoà Bình", "thành phố Hòa Bình"),
        ("tp. hòa bình", "thành phố Hòa Bình"),
        ("TPHCM", "thành phố Hồ Chí Minh"),
        ("TP. Hồ Chí Minh", "thành phố Hồ Chí Minh"),
        ("Q.1", "quận 1"),
        ("xã Tân Tiến", "xã Tân Tiến"),
        ("Tân Tiến", "xã Tân Tiến"),
    ],
)
def test_one_place_in_its_spellings(places: PlaceIndex, query: str, place: str):
    (found,) = lifts(places, query)
    assert found["same"] == [place]


@pytest.mark.parametrize(
    "query",
    [
        "giữ vững hòa bình", "GIỮ VỮNG HÒA BÌNH", "giu vung hoa binh", "cách làm tân tiến", "tư tưởng Hồ Chí Minh",
        "số 1", "mục 1", "Nậm Pheo Thượng", "Hòa bình và hợp tác", "quản lý", "Lào Cai",
    ],
)  # fmt: skip
def test_words_that_are_no_place_here(places: PlaceIndex, query: str):
    assert lifts(places, query) == []


def test_a_province_lifts_what_lies_in_it(places: PlaceIndex):
    assert lifts(places, "Sơn Khê") == [{"inside": ["huyện Nậm Pheo", "xã Tân Tiến"]}]
    assert lifts(places, "Đắk Lắk") == [{"same": ["tỉnh Đắk Lắk"], "inside": ["huyện Krông Bông", "huyện Cư M’gar"]}]


def test_old_and_new_names_across_the_reform(places: PlaceIndex):
    # The district of before finds the communes of today, a commune of before its district, a former province all of it.
    assert lifts(places, "huyện Quản Bạ") == [{"same": ["huyện Quản Bạ"], "counterpart": ["xã Quản Bạ"]}]
    assert lifts(places, "xã Lùng Tám") == [{"holds": ["huyện Quản Bạ"]}]
    (found,) = lifts(places, "tỉnh Hà Giang")
    assert found == {
        "same": ["tỉnh Hà Giang"],
        "inside": ["huyện Quản Bạ", "xã Quản Bạ"],
        "counterpart": ["tỉnh Tuyên Quang"],
    }


def test_two_places_are_told_apart(places: PlaceIndex):
    assert [found["same"] for found in lifts(places, "so sánh Krông Bông với Nậm Pheo")] == [
        ["huyện Krông Bông"],
        ["huyện Nậm Pheo"],
    ]


@pytest.mark.parametrize(
    ("value", "level", "expected"),
    [
        ("Quản Bạ", "district", {"huyện Quản Bạ", "xã Quản Bạ"}),
        ("Quản Bạ", "commune", {"huyện Quản Bạ", "xã Quản Bạ"}),
        ("Nghĩa Thuận", "commune", {"huyện Quản Bạ"}),
        ("Đắk Lắk", "province", {"tỉnh Đắk Lắk", "huyện Krông Bông", "huyện Cư M’gar"}),
        ("tỉnh Đăk Lăk", "", {"tỉnh Đắk Lắk", "huyện Krông Bông", "huyện Cư M’gar"}),
        ("nam pheo", "", {"huyện Nậm Pheo"}),
        ("Nậm", "district", {"huyện Nậm Pheo"}),
        ("HUYỆN NẬM PHEO", "", {"huyện Nậm Pheo"}),
        ("son khe", "", {"huyện Nậm Pheo", "xã Tân Tiến"}),
        ("quận 1", "", {"quận 1"}),
        ("Hà Xa", "", set()),
        ("…", "", set()),
    ],
)
def test_the_filter_follows_the_same_logic(places: PlaceIndex, value: str, level: str, expected: set[str]):
    assert {PLACES[code][0] for code in places.documents(value, level)} == expected


@pytest.mark.parametrize(
    ("date", "period", "expected"),
    [
        ("2023-12", None, "old"),
        ("2025-06-30", None, "old"),
        ("2025-07-01", None, "new"),
        ("2025", None, ""),
        (None, "năm 2022", "old"),
        (None, "2026-2030", "new"),
        (None, None, ""),
    ],
)
def test_before_or_after_the_reform(date: str | None, period: str | None, expected: str):
    assert era(Metadata(date=date, period=period)) == expected


def test_names_in_one_form():
    assert unit_level("huyện Nậm Pheo") == ("district", "Nậm Pheo")
    assert unit_level("Thành phố Đà Nẵng")[0] == "province"
    assert unit_level("Thành phố Vinh")[0] == "district"
    assert place_key("Chân Mây - Lăng Cô") == place_key("chan may lang co")
    assert place_key("Khánh Hòa") != place_key("Chánh Hòa")


def test_what_the_build_wrote_is_read_back_and_damage_is_named(tmp_path: Path):
    path = tmp_path / "places.json"
    path.write_text(json.dumps(compile_places(METADATA), ensure_ascii=False), encoding="utf-8")
    assert load_places(path, METADATA).documents("Hà Giang", "province").tolist() == [0, 1, 4, 11]
    path.write_text("{}")
    with pytest.raises(IndexDamagedError, match="places"):
        load_places(path, METADATA)
    # An index of before this file: compiled when it is first asked for.
    assert load_places(tmp_path / "none.json", METADATA).documents("Hà Giang").tolist() == [0, 1, 4, 11]


def test_without_the_table_the_documents_own_places_are_known(monkeypatch: pytest.MonkeyPatch):
    from index import gazetteer

    gazetteer._gazetteer.cache_clear()
    monkeypatch.setattr(gazetteer, "find_table", lambda: None)
    alone = PlaceIndex(METADATA, compile_places(METADATA))
    gazetteer._gazetteer.cache_clear()
    assert lifts(alone, "Nậm Pheo") == [{"same": ["huyện Nậm Pheo"]}]
    assert lifts(alone, "xã Lùng Tám") == []
    assert lifts(alone, "Hà Giang") == [{"same": ["tỉnh Hà Giang"], "inside": ["huyện Quản Bạ"]}]
