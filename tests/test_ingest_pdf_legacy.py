"""PDF whose fonts show codes from before Unicode."""

from __future__ import annotations

import pytest
from legacy_text import encode

from ingest.pipeline import parse_bytes

LINE = "Đảng bộ huyện có 39 chi bộ, tỷ lệ hộ nghèo giảm còn 12,4%"


def pdf(font: str, text: bytes) -> bytes:
    """One line in a font that is named and not embedded, as offices that all had the font made their files."""
    shown = text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    content = b"BT /F 14 Tf 60 700 Td (" + shown + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/TrueType/BaseFont/%s/Encoding/WinAnsiEncoding>>" % font.encode(),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, o) for i, o in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer <</Root 1 0 R/Size 6>>\nstartxref\n0\n%%EOF\n"


@pytest.mark.parametrize(("font", "charset"), [(".VnTime", "tcvn3"), ("VNI-Times", "vni")])
def test_a_font_of_before_unicode_is_converted_and_reported(font, charset):
    document = parse_bytes(pdf(font, encode(LINE, charset).encode("latin-1")), "a.pdf")
    assert document.passages[0].text == LINE
    codes = [w.code for w in document.warnings]
    assert "legacy-font" in codes
    assert "account" not in codes


def test_a_capital_font_shows_capitals():
    document = parse_bytes(pdf(".VnTimeH", encode("nghị quyết", "tcvn3").encode("latin-1")), "a.pdf")
    assert "NGHỊ QUYẾT" in document.canonical


def test_the_same_letters_in_another_font_stay():
    document = parse_bytes(pdf("Times-Roman", "Façade à 5 °C".encode("latin-1")), "a.pdf")
    assert "Façade à 5 °C" in document.canonical
    assert not [w for w in document.warnings if w.code == "legacy-font"]
