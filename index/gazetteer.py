"""Administrative units of Vietnam before and after July 2025, and how the places of documents stand among them.

The table is the one that underthesea ships for `convert_address` (Apache-2.0; made from vietnamadminunits 1.0.4, MIT):
10,600 rows, one for each commune of before with its district and province, and the commune and province of today. It is
read from the installed package, 5 MB of JSON, once when an index is built; the index keeps only what concerns the
places of its own documents (`places.json`). Where the package has no such table, places are known from documents alone.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.records import document_years
from index.tokens import syllable_keys, tokenize
from ingest.document import Metadata
from ingest.offices import CITIES

REFORM = "2025-07"
"""Month from which the district level is gone (Law 72/2025/QH15)."""

_UNITS = {
    "tỉnh": "province", "huyện": "district", "quận": "district", "thị xã": "district", "thành phố": "district",
    "xã": "commune", "phường": "commune", "thị trấn": "commune", "đặc khu": "commune",
}  # fmt: skip
_UNIT = re.compile(rf"({'|'.join(_UNITS)})\s+(?=\S)", re.I)
_K = re.compile(r"k(?!h)")
# Names that are written in two ways beyond marks, hyphens and k/c.
SAME = {"banmethuot": "buonmathuot", "saigon": "hochiminh", "tphcm": "hochiminh", "hcm": "hochiminh"}


@lru_cache(maxsize=32768)
def place_key(name: str) -> str:
    """One key for all spellings of a name, blind to marks, hyphens, blanks, k or c, "Kr.": "Đăk Lăk" = "Đắc Lắc"."""
    return join_key([token.folded for token in tokenize(name)])


def join_key(folded: Iterable[str]) -> str:
    """The same from folded tokens."""
    key = "".join(map(syllable_key, folded))
    return SAME.get(key, key)


@lru_cache(maxsize=4096)
def syllable_key(folded: str) -> str:
    """A folded token's part of a `place_key`."""
    return _K.sub("c", "krong" if folded == "kr" else folded)


@lru_cache(maxsize=32768)
def unit_level(place: str) -> tuple[str, str]:
    """Level ("" if none is named) and bare name: "huyện Mường Ảng" → ("district", "Mường Ảng")."""
    match = _UNIT.match(place.strip())
    if match is None:
        return "", place.strip()
    name = place.strip()[match.end() :]
    level = _UNITS[match[1].lower()]
    if match[1].lower() == "thành phố" and place_key(name) in _city_keys():
        level = "province"
    return level, name


@lru_cache(maxsize=1)
def _city_keys() -> frozenset[str]:
    return frozenset(place_key(name) for name in CITIES)


def era(meta: Metadata) -> str:
    """Whether a document is of before or after the reform: "old", "new", or "" where that is not known."""
    if meta.date and len(meta.date) >= 7:
        return "old" if meta.date[:7] < REFORM else "new"
    years = document_years(meta)
    if not years or max(years) == 2025:
        return ""
    return "old" if max(years) < 2025 else "new"


def place_id(meta: Metadata) -> str:
    """What relations are kept under: place, province and era of a document."""
    return "|".join((meta.place or "", meta.province or "", era(meta)))


@dataclass(frozen=True, slots=True)
class Row:
    """One commune of before and one of today that has a part of it; names with their unit ("Huyện Mường Ảng")."""

    old_province: str
    district: str
    old_commune: str
    province: str
    commune: str


def find_table() -> Path | None:
    """Where the installed underthesea keeps the table, without importing it; None where there is none."""
    spec = importlib.util.find_spec("underthesea")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "address" / "data" / "mapping.json"
        if path.is_file():
            return path
    return None


def read_table(path: Path) -> list[Row]:
    """All rows of the table.

    Raises:
        ValueError: the file is no such table.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))["ward_mapping"]
        names = ("old_province", "old_district", "old_ward", "new_province", "new_ward")
        return [Row(*(str(row[name]) for name in names)) for row in data]
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"no table of administrative units: {path}: {error}") from error


class Gazetteer:
    """Looks up how a document's place stands among the units of before and of today.

    Args:
        rows: of the table.
    """

    def __init__(self, rows: list[Row]) -> None:
        self._by: dict[tuple[str, str], list[Row]] = {}
        self._units: set[tuple[str, str]] = set()
        for row in rows:
            for field in ("old_province", "province", "district", "old_commune", "commune"):
                if written := getattr(row, field):
                    level, name = unit_level(written)
                    self._by.setdefault((field, place_key(name)), []).append(row)
                    self._units.add((level, name))
        self._sorted = sorted((place_key(name), level, name) for level, name in self._units)

    def relations(self, place: str, province: str, era_: str) -> list[tuple[str, str, str]]:
        """Units that a document's place has to do with.

        Args:
            place: of the document, with its unit.
            province: of the document, "" where it is not known.
            era_: as `era` gives it.

        Returns:
            (level, name, how): "inside" (the document's place lies in that unit), "holds" (that one lies in it),
            "counterpart" (what one of them was, or is now, in part). Empty where the name is unknown or, without a
            province, stands for several places.
        """
        level, name = unit_level(place)
        key, around = place_key(name), place_key(unit_level(province)[1]) if province else ""
        found: dict[tuple[str, str, str], None] = {}

        def add(how: str, *units: str) -> None:
            for unit in units:
                if unit:
                    other, bare = unit_level(unit)
                    if (other, place_key(bare)) != (level, key):
                        found.setdefault((other, bare, how))

        if era_ != "new":
            fields = {"province": "old_province", "district": "district", "commune": "old_commune"}
            for row in self._rows(fields.get(level, ""), key, around):
                if level == "province":
                    add("counterpart", row.province)
                elif level == "district":
                    add("inside", row.old_province, row.province)
                    add("counterpart", row.commune)
                    add("holds", row.old_commune)
                else:
                    add("inside", row.district, row.old_province, row.province)
                    add("counterpart", row.commune)
        if era_ != "old":
            fields = {"province": "province", "commune": "commune"}
            for row in self._rows(fields.get(level, ""), key, around):
                if level == "province":
                    add("counterpart", row.old_province)
                else:
                    add("inside", row.old_province, row.province)
                    add("counterpart", row.district, row.old_commune)
        return list(found)

    def _rows(self, field: str, key: str, around: str) -> list[Row]:
        """The rows of one unit; none where the name alone does not say which."""
        rows = self._by.get((field, key), [])
        if around and field not in ("province", "old_province"):
            rows = [r for r in rows if around in {place_key(unit_level(p)[1]) for p in (r.old_province, r.province)}]
        owners = {(r.province if field == "commune" else r.old_province) for r in rows}
        return rows if len(owners) <= 1 or field in ("province", "old_province") else []

    def longer(self, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Units whose name begins like one of these, or is the same at another level, and that are none of them."""
        from bisect import bisect_left

        known = {(level, place_key(name)) for level, name in names}
        found = set()
        for _, key in known:
            i = bisect_left(self._sorted, (key, "", ""))
            while i < len(self._sorted) and self._sorted[i][0].startswith(key):
                other, level, name = self._sorted[i]
                if (level, other) not in known:
                    found.add((level, name))
                i += 1
        return sorted(found)


def compile_places(metadata: Iterable[Metadata]) -> dict[str, Any]:
    """What the index keeps of the gazetteer and the dictionary, ready for JSON.

    Args:
        metadata: of all documents.

    Returns:
        "relations": `place_id` → rows of level, name, how; "longer": other units (level, name) that begin like one of
        those; "ordinary": names among all of them that are also words, as they are written.
    """
    metas = {place_id(meta): meta for meta in metadata if meta.place or meta.province}
    gazetteer = _gazetteer() if metas else None
    relations = {}
    names: set[tuple[str, str]] = set()
    for key, meta in sorted(metas.items()):
        names |= {unit_level(p) for p in (meta.place, meta.province) if p}
        if gazetteer is not None and meta.place:
            relations[key] = gazetteer.relations(meta.place, meta.province or "", era(meta))
            names |= {(level, name) for level, name, _ in relations[key]}
    longer = gazetteer.longer(names) if gazetteer is not None else []
    return {"relations": relations, "longer": longer, "ordinary": ordinary({name for _, name in names})}


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer | None:
    path = find_table()
    return Gazetteer(read_table(path)) if path is not None else None


def ordinary(names: set[str]) -> list[str]:
    """Those of the names that are also words, as "m" and the marked key and as "f" and the folded one, sorted.

    By the word list that underthesea ships; its entries in capitals are names themselves.
    """
    table = find_table()
    path = table.parents[2] / "corpus" / "data" / "Viet74K.txt" if table else None
    if path is None or not path.is_file():
        return []
    wanted = {key for name in names for key in word_keys(name)}
    first = {key[1:].split(" ")[0] for key in wanted}
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line == line.lower() and not first.isdisjoint(syllable_keys(line.split(" ", 1)[0])):
            found |= wanted & set(word_keys(line))
    return sorted(found)


@lru_cache(maxsize=8192)
def word_keys(text: str) -> tuple[str, str]:
    """The two keys under which `ordinary` finds a name or a word."""
    tokens = tokenize(text)
    return "m" + " ".join(t.marked for t in tokens), "f" + " ".join(t.folded for t in tokens)
