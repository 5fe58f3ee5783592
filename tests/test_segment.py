"""Words with exact offsets, whatever the text."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.segment import fold, has_diacritics, segment, segmented_form, words_form

ROOT = Path(__file__).parents[1]
VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậếềểễệốồổỗộớờởỡợứừửữựýỳỷỹỵ \n,.;:-/%0123456789ÁĐỦẢNG¹²'_"
)


@given(st.one_of(st.text(), VIETNAMESE))
@example("Tỷ lệ hộ nghèo 22,13% (02-NQ/HU)\r\nNăm 2020 - 2025")
@example(unicodedata.normalize("NFD", "Huyện ủy Mường Ảng"))
@example("\u0301\u0301 ٣٤ ½ Ⅷ 한국 👨‍👩‍👧 a\u200bb ǅ ß İ")
@settings(max_examples=300, deadline=None)
def test_offsets_hold_for_any_text(text: str):
    words = segment(text)
    end = 0
    for word in words:
        assert text[word.start : word.end] == word.text
        assert end <= word.start < word.end
        end = word.end
    covered = {i for w in words for i in range(w.start, w.end)}
    assert all(i in covered for i, char in enumerate(text) if char.isdecimal() or ("a" <= char <= "z"))


@given(st.one_of(st.text(), VIETNAMESE))
@example("İstanbul ŉ ǰ")
@settings(max_examples=300, deadline=None)
def test_fold_keeps_the_length(text: str):
    composed = unicodedata.normalize("NFC", text)
    assert len(fold(text)) == len(composed)


def test_fold_vietnamese():
    assert fold("ĐẢNG BỘ HUYỆN Mường Ảng, kỷ luật, ưỡn") == "dang bo huyen muong ang, ky luat, uon"
    marked = "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
    assert fold(marked + marked.lower()).isascii()


def test_words_are_joined():
    assert [w.text for w in segment("Tỷ lệ hộ nghèo, cận nghèo giảm.")] == [
        "Tỷ lệ",
        "hộ",
        "nghèo",
        "cận",
        "nghèo",
        "giảm",
    ]
    assert "huyện_ủy mường_ảng" in words_form("Ban Thường vụ Huyện ủy Mường Ảng")


@pytest.mark.parametrize(
    "whole",
    [
        *("1.234,5", "22,13%", "99,5%", "2.615/2.671", "15/9/2020", "9/2020", "20.08.2014"),
        *("02-NQ/HU", "21-KL/TW", "-BC/HU", "30/2020/NĐ-CP", "1719/QĐ-TTg", "72/2025/QH15", "294-QĐ/TW"),
        *("12-HD/BTCTW", "05-CTr/TU", "01/CT-TTg", "NĐ-CP", "NQ/TW"),
    ],
)
def test_numbers_stay_whole(whole: str):
    text = f"Căn cứ văn bản số {whole} của Huyện ủy, đạt kết quả tốt."
    assert whole in [w.text for w in segment(text)]
    assert f" {whole.replace(' ', '').lower()} " in words_form(text)


def test_a_space_inside_a_document_number():
    assert [w.text for w in segment("theo 02 -NQ/HU này")][1] == "02 -NQ/HU"
    assert words_form("theo 02 -NQ/HU này") == "theo 02-nq/hu này"


def test_document_numbers_typed_in_lower_case():
    assert words_form("nghị quyết 02-nq/hu") == "nghị_quyết 02-nq/hu"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("nhiệm kỳ 2020 - 2025", "nhiệm_kỳ 2020 2025"),
        ("nhiệm kỳ 2020-2025", "nhiệm_kỳ 2020 2025"),
        ("phát triển kinh tế-xã hội", "phát_triển kinh_tế xã_hội"),
        ("năng suất 12-15 tạ/ha", "năng_suất 12 15 tạ ha"),
        ("dân tộc H'Mông", "dân_tộc h'mông"),
        ("của huyện¹, chống dịch Covid-19", "của huyện chống dịch covid 19"),
    ],
)
def test_what_is_not_one_word(text: str, form: str):
    assert words_form(text) == form


def test_capitals_are_cut_like_lower_case():
    heading = "Ý KIẾN CỦA BAN THƯỜNG VỤ VỀ NGHỊ QUYẾT ĐẠI HỘI ĐẢNG BỘ TỈNH NHIỆM KỲ 2020 - 2025"
    assert words_form(heading) == words_form(heading.lower())
    assert "ban_thường_vụ" in words_form(heading) or "thường_vụ" in words_form(heading)
    assert "nghị_quyết đại_hội đảng_bộ" in words_form(heading)


def test_no_diacritics_means_syllables():
    assert words_form("ket qua giam ngheo cua Huyen uy 22,5%") == "ket qua giam ngheo cua huyen uy 22,5%"
    assert not has_diacritics("ket qua; poverty 100 €")
    assert has_diacritics("kết qua")
    assert has_diacritics("dong đo")
    assert not has_diacritics("")


def test_nfd_is_cut_like_nfc():
    text = "Tỷ lệ hộ nghèo giảm còn 18,73%, vượt chỉ tiêu"
    assert words_form(unicodedata.normalize("NFD", text)) == words_form(text)


def test_form_for_phobert():
    assert segmented_form("Tỷ lệ hộ nghèo, Mường Ảng (22%).") == "Tỷ_lệ hộ nghèo , Mường_Ảng ( 22% ) ."


def test_no_word_goes_over_a_line_end():
    assert [w.text for w in segment("đời sống\nnhân\ndân")] == ["đời sống", "nhân", "dân"]


def test_segmenting_imports_no_torch_and_hides_nothing():
    code = (
        "import sys, logging; from index.segment import segment\n"
        "assert 'underthesea' not in sys.modules\n"
        "assert len(segment('giảm nghèo bền vững ở miền núi')) < 7\n"
        "assert 'torch' not in sys.modules and not logging.getLogger().handlers\n"
        "assert not [n for n, m in sys.modules.items() if n.startswith('underthesea') and m is None]\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=60)
