"""Fonts before Unicode: tables, conversion there and back, names of fonts, detection."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legacy_text import FRENCH, REPORT, codes, encode

from ingest.legacy_fonts import (
    Tally,
    charset_of_font,
    convert,
    convert_pieces,
    convert_run,
    detect_charset,
    is_capital_font,
)
from ingest.legacy_tables import CHARSETS, shield, unshield
from ingest.letters import LOWER, UPPER

SMALL = LOWER.removeprefix("a-z")
CAPITALS = UPPER.removeprefix("A-Z")
SENTENCES = [line for line in REPORT.split("\n") if len(line) > 100]
ENGLISH = (
    "Soil — 25 °C, ± 3 µm, ½ inch, § 4 © 2004 “naïve” café, façade, señor, Übermut, rôle, résumé; déjà vu, cliché."
)


@pytest.mark.parametrize("charset", CHARSETS)
def test_every_letter_has_a_code_and_comes_back(charset):
    assert set(SMALL) <= set(codes(charset))
    assert convert(encode(SMALL, charset), charset).text == SMALL
    assert set(CAPITALS) <= set(codes(charset))
    back = [convert(encode(letter, charset), charset).text for letter in CAPITALS]
    assert "".join(back).upper() == CAPITALS
    lost = set() if charset != "tcvn3" else set(CAPITALS) - set("ĂÂÊÔƠƯĐ")
    assert {letter.upper() for letter in back if letter.islower()} == lost


@pytest.mark.parametrize(
    ("legacy", "charset", "text"),
    [
        # as published with converters, not made by our tables
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "tcvn3", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("hép møt tÕt", "tcvn3", "hộp mứt tết"),
        ("M« h×nh hãa vµ m« pháng", "tcvn3", "Mô hình hóa và mô phỏng"),
        ("Xin chaøo caùc baïn", "vni", "Xin chào các bạn"),
        ("Theâm Vaøo Danh Muïc Coâng Vieäc", "vni", "Thêm Vào Danh Mục Công Việc"),
    ],
)
def test_known_words(legacy, charset, text):
    assert convert(legacy, charset).text == text


@given(st.text(alphabet=SMALL + CAPITALS + "bcdghklmnpqrstvxBCDGHK .,;:-()0123456789\n", max_size=200))
def test_there_and_back(text):
    for charset in CHARSETS:
        back = convert(encode(text, charset), charset).text
        assert len(back) == len(text)
        assert back.lower() == text.lower()
        if charset == "vni":
            assert back == text
    assert convert(encode(text.lower(), "tcvn3"), "tcvn3", capitals=True).text == text.lower().upper()


@given(st.text(max_size=40), st.sampled_from(CHARSETS), st.booleans())
def test_any_text_is_converted_without_a_fall(text, charset, capitals):
    cut = len(text) // 2
    runs, done = convert_pieces([text[:cut], "", text[cut:]], charset, capitals)
    assert "".join(runs) == done.text == convert(text, charset, capitals).text
    if text.isascii() and not any(c < " " for c in text):
        assert done.text == (text.upper() if capitals else text)
    detect_charset(text * 20)


def test_a_sentence_of_small_letters_loses_nothing_in_tcvn3():
    for sentence in SENTENCES:
        assert convert(encode(sentence, "tcvn3"), "tcvn3").text == sentence
        assert convert(encode(sentence, "tcvn3"), "tcvn3").lossy == 0


def test_capitals_that_tcvn3_lacks_come_from_their_neighbours():
    title = "ĐẠI HỘI ĐẢNG BỘ XÃ NÀ LỪU VÀ KẾT QUẢ"
    done = convert(encode(title, "tcvn3"), "tcvn3")
    assert done.text == title
    assert done.capitals == done.lossy == 10
    # what no neighbour tells stays as it is printed
    for kept in ("Cá và tôm", "Tại Hà Giang", "ở"):
        assert convert(encode(kept, "tcvn3"), "tcvn3").text == kept
    assert convert(encode("Ở bản Ấm", "tcvn3"), "tcvn3").text == "ở bản ấm"


def test_the_forms_in_which_codes_reach_us():
    codes = encode("Tỷ lệ hộ nghèo giảm, đường sá tốt hơn, được mùa", "tcvn3").encode("latin-1")
    forms = [codes.decode("latin-1"), codes.decode("cp1252", "ignore"), codes.decode("cp1258", "ignore")]
    forms.append("".join(chr(0xF000 + b) if b > 0x7F else chr(b) for b in codes))
    forms.append("".join(chr(0xF000 + b) if b != 0x20 else " " for b in codes))
    forms.append(shield(codes.decode("latin-1")))
    assert {convert(form, "tcvn3").text for form in forms} == {"Tỷ lệ hộ nghèo giảm, đường sá tốt hơn, được mùa"}
    assert unshield(forms[-1]) == codes.decode("latin-1")


def test_a_pair_of_vni_may_be_cut_between_two_runs():
    runs, done = convert_pieces(["ca", "ùc ba", "ïn, Ñ", "AÛ", "NG"], "vni")
    assert runs == ["cá", "c bạ", "n, Đ", "Ả", "NG"]
    assert done.text == "các bạn, ĐẢNG"


def test_signs_that_are_no_letters_stay():
    assert convert("“25” – m² … §", "vni").text == "“25” – m² … §"
    assert convert("\x93a\x94 \x96 25°C", "tcvn3").text == "“a” – 25°C"


@pytest.mark.parametrize(
    ("font", "charset", "capitals"),
    [
        (".VnTime", "tcvn3", False),
        (".VNTIME", "tcvn3", False),
        (".VnTimeH", "tcvn3", True),
        ("ABCDEF+.VnTimeH-Bold", "tcvn3", True),
        ("ABCDEF+.VnArial,BoldItalic", "tcvn3", False),
        ('".VnArial NarrowH", sans-serif', "tcvn3", True),
        ("\\.VnTimeH", "tcvn3", True),
        (".vntimeh", "tcvn3", True),
        (".VnEnglish", "tcvn3", False),
        ("VNI-Times", "vni", False),
        ("vni-times, serif", "vni", False),
        ("ABCDEF+VNI-Helve-Condense", "vni", False),
        ("VPS Times", "vps", False),
        ("VPS Times Hoa", "vps", True),
        ("Times New Roman", None, False),
        ("Vineta BT", None, False),
        ("Verdana", None, False),
        ("VNtimes new roman", None, False),  # VietWare, another character set
        (".VnTimes2", None, False),  # Bách Khoa HCM, another one
        ("", None, False),
    ],
)
def test_names_of_fonts(font, charset, capitals):
    assert charset_of_font(font) == charset
    assert is_capital_font(font) is capitals


def test_a_run_is_converted_by_its_font_and_counted():
    tally = Tally()
    assert convert_run(encode("chi bộ", "tcvn3"), "ABCDEF+.VnTimeH", tally) == ("CHI BỘ", "tcvn3")
    assert convert_run(encode("chi bộ", "vni"), "VNI-Times", tally) == ("chi bộ", "vni")
    assert convert_run("chi bộ", "Times New Roman", tally) == ("chi bộ", None)
    assert tally.runs == {"tcvn3": 1, "vni": 1}


def test_unicode_in_a_legacy_font_stays():
    for text in ("được mùa lúa nương", "và là nhà", "chi bộ"):
        for font in (".VnTime", "VNI-Times", "VPS Times"):
            assert convert_run(text, font) == (text, None)


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_text_is_recognised_by_its_letters(charset):
    assert detect_charset(encode(REPORT, charset)) == charset
    assert [detect_charset(encode(s, charset)) for s in SENTENCES] == [charset] * len(SENTENCES)


def debris(text: str) -> list[str]:
    """What wrong code pages make of `text`."""
    utf8 = text.encode()
    apart = "".join(c for c in unicodedata.normalize("NFD", text))
    return [
        utf8.decode("latin-1"),
        utf8.decode("cp1252", "replace"),
        text.encode("cp1258", "replace").decode("cp1252", "replace"),
        apart.encode("cp1258", "replace").decode("cp1252", "replace"),
        text.encode("latin-1", "replace").decode("latin-1"),
        text.encode("ascii", "ignore").decode(),
    ]


def test_nothing_else_is_taken_for_a_legacy_font():
    texts = [REPORT, unicodedata.normalize("NFD", REPORT), FRENCH, ENGLISH, FRENCH * 20, ENGLISH * 20, *debris(REPORT)]
    assert [detect_charset(t) for t in texts] == [None] * len(texts)


def test_detection_on_real_reports(shared_dir: Path):
    """Converted in memory only. Long paragraphs: nearly all right, and not one of another text taken for one."""
    right = count = 0
    for path in sorted((shared_dir / "seeds").glob("*.txt")):
        text = unicodedata.normalize("NFC", path.read_text("utf-8"))
        assert detect_charset(text) is None
        for line in [x for x in text.split("\n") if len(x) >= 150][::4]:
            assert detect_charset(line) is None
            assert not any(map(detect_charset, debris(line)))
            plain = "".join(c for c in line if c.isascii() or c in SMALL + CAPITALS)
            for charset in CHARSETS:
                count += 1
                found = detect_charset(encode(plain, charset))
                assert found in {charset, None}
                right += found == charset
    assert count > 500
    assert right >= 0.995 * count
