"""Large hostile shapes: what once took the square of the time, and what the pipeline must bear in any case.

The alarm is far above what a linear pass takes on a busy machine and below what a quadratic one did; how the time
grows is measured by `python -m benchmarks.fuzz --scaling`.
"""

from __future__ import annotations

import pytest
from ingest_helpers import attempt

from benchmarks.fuzz.shapes import shapes
from ingest.document import Document
from ingest.errors import FileUnreadableError

ALARM = 20.0  # seconds of processor time


@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [
        ("bookmarks", 400),
        ("rising markers", 200),
        ("markers in a line", 60),
        ("superscripts", 30),
        ("HTML markers in cells", 150),
        ("markers in cells", 40),
        ("empty lines", 300),
        ("spaces", 2_000),
        ("tabs", 2_000),
        ("combining marks", 2_000),
        ("right to left", 1_000),
        ("private use", 400),
        ("cells in a row", 100),
        ("DOCX boxes", 150),
        ("DOCX stray texts", 300),
        ("HTML unclosed comments", 1_000),
        ("HTML quotes", 1_000),
        ("HTML unclosed tags", 400),
    ],
)
def test_time_does_not_grow_with_the_square(name, kilobytes):
    reader, shape = shapes()[name]
    attempt(shape(kilobytes << 10), f"a.{reader}" if reader != "text" else "a.txt", ALARM)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<p " + " ".join(f"a{i}='1'" for i in range(300_000)) + ">chữ</p>", id="attributes"),
        pytest.param("<p " + " ".join(f"a{i}" for i in range(100_000)) + ">chữ</p>", id="attributes without values"),
        pytest.param(
            "<p " + "".join(f"a{i}='>'" for i in range(100_000)) + ">chữ</p>", id="values that look like ends"
        ),
        pytest.param("<div>" * 100_000 + "chữ", id="deep divs"),
        pytest.param("<table><tr><td>" * 100_000 + "chữ", id="deep tables"),
        pytest.param("trước" + "<table><tr><td>" * 300 + "chữ" + "</table>" * 300 + "sau", id="tables in tables"),
        pytest.param(f"trước<p>{'x' * 12_000_000}</p>sau", id="one text of twelve megabytes"),
    ],
)
def test_html_beyond_the_limits_is_refused_at_once(text):
    assert isinstance(attempt(f"<html><body>{text}".encode(), "a.html", ALARM), FileUnreadableError)


def test_a_picture_inside_its_tag_is_no_attribute():
    """Pictures of a megabyte in one attribute are common in pages saved whole."""
    picture = "data:image/png;base64," + "iVBORw0KGgo AAAANSUhEUg/\n" * 40_000
    document = attempt(f"<html><body><p>Trước.</p><img alt='x' src='{picture}'><p>Sau.</p>".encode(), "a.html", ALARM)
    assert isinstance(document, Document)
    assert document.canonical == "Trước.\n\nSau."


def test_ids_sort_in_reading_order_beyond_what_their_digits_hold():
    text = "".join(f"Điều {i}. Việc cần làm\n" for i in range(1, 10_051))
    document = attempt(text.encode(), "a.txt", ALARM)
    assert isinstance(document, Document)
    ids = [s.id for s in document.sections]
    assert len(ids) == 10_050
    assert ids == sorted(ids)
    assert ids[9_998:10_000] == ["s9999", "sA00010000"]


def test_a_line_of_ten_megabytes():
    document = attempt(("Báo cáo\n\n" + "từ" * 3_500_000).encode(), "a.txt", ALARM)
    assert isinstance(document, Document)
    assert len(document.canonical) > 7_000_000
