"""docs/quality.md says what is measured, and what is measured reaches the bars."""

from __future__ import annotations

import pytest

from benchmarks.quality import NAMES, PAGE, agreement, notes, outline, real_rows, sample_names, sample_rows, written
from benchmarks.structure import ROOT, SCANS, missing_program, sample_files, sample_scores
from ingest.pipeline import parse_file

# (headings, parents, footnotes, joins, rows, metadata)
BARS = (0.95, 0.95, 0.98, 0.95, 0.97, 0.90)
# What a sample may fall short of, and why
SHORT = {
    "lung-tang-2018.pdf": {"headings": 0.85},  # two titles of fifteen have a tone mark that the recognition misreads
    "bau-trang-2022.txt": {"headings": 0.92},  # unnumbered titles in sentence case, without any emphasis
    "hoanh-giang-2023.md": {"headings": 0.94, "rows": 0, "meta": 0.88},  # a table left as one cell a paragraph
    "ha-xuyen-2023.md": {"joins": 0.87, "meta": 0.88},  # a note goes on behind a page number with "2,3 km"
    "vam-rach-2019.txt": {"footnotes": 0.97, "meta": 0.88},  # a marker alone on its line
    "phuong-hoa-bang-2025.txt": {"meta": 0.88},  # periods, here and below: of the past and of the future
    "tinh-hai-lam-2020.md": {"meta": 0.88},
    "vinh-kenh-2024.md": {
        "meta": 0.88,
        "footnotes": 0.92,
    },  # the second paragraph of a body, with one note on each side
}
FIELDS = ("headings", "parents", "footnotes", "joins", "rows", "meta")


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    return written(PAGE.read_text("utf-8"))


def test_every_sample_stands_in_the_table(page):
    assert set(sample_names()) <= set(page)
    assert set(NAMES.values()) <= set(page)


def test_the_table_is_as_measured(page):
    found = sample_rows()
    assert len(found) >= 20
    scans = {
        p.name for p in sample_files() if p.stem in SCANS and p.suffix == ".pdf"
    }  # as the program's version has it
    assert {n: line for n, line in found.items() if n not in scans and page[n] != line} == {}


def test_the_real_reports_are_as_measured(page, shared_dir):
    found = real_rows(shared_dir)
    assert {name: page[NAMES[name]] for name in found} == found


def test_samples_reach_the_bars():
    for name, s in sample_scores().items():
        for field, bar in (dict(zip(FIELDS, BARS, strict=True)) | SHORT.get(name, {})).items():
            value = getattr(s, field)
            assert value is None or value >= bar, (name, s)


def test_one_report_in_three_formats_reads_the_same():
    documents = [parse_file(ROOT / f"samples/formats/phieng-sai-2024.{ending}") for ending in ("docx", "pdf", "txt")]
    first = documents[0]
    for other in documents[1:]:
        assert outline(other) == outline(first)
        assert notes(other) == notes(first)
        assert agreement(first, other) >= 0.97


@pytest.mark.parametrize("path", sample_files(all_formats=True), ids=lambda p: p.name)
def test_nothing_is_lost(path):
    if program := missing_program(path):
        pytest.skip(f"{program} is not on this machine")
    assert not [w for w in parse_file(path).warnings if w.code == "account"]
