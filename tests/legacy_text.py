"""Vietnamese written in the codes of a legacy font, for tests: the inverse of `ingest.legacy_tables`."""

from __future__ import annotations

from functools import cache

from ingest.legacy_tables import doubtful_codes, pairs, single_codes

# Written for these tests; the places do not exist
REPORT = """BÁO CÁO
KẾT QUẢ THỰC HIỆN NHIỆM VỤ NĂM 2004 CỦA ĐẢNG BỘ XÃ NÀ LỪU

I. ĐẶC ĐIỂM TÌNH HÌNH

Nà Lừu là xã vùng cao, cách trung tâm huyện lỵ 27 km về phía tây, đường sá đi lại còn khó khăn nhất là vào mùa mưa lũ; \
toàn xã có 14 bản với hơn 3.200 nhân khẩu thuộc năm dân tộc anh em, đời sống chủ yếu dựa vào nương rẫy và chăn nuôi.

1. Về kinh tế

Tổng sản lượng lương thực ước đạt 1.180 tấn, bằng 103% kế hoạch giao; bình quân đầu người đạt 368 kg, tăng 22 kg so \
với năm trước. Diện tích ruộng nước được mở rộng thêm 19 ha nhờ công trình thủy lợi Huổi Khoang đưa vào sử dụng.

2. Về xây dựng Đảng

Đảng ủy đã kết nạp 11 đảng viên mới, xóa được hai bản chưa có chi bộ. Nếp sinh hoạt ở vài chi bộ vẫn chưa đều, ghi \
chép sổ sách còn sơ sài, có nơi để quá kỳ mới họp; việc này đã được chỉ rõ, yêu cầu khắc phục xong trước quý III.
"""
FRENCH = (
    "Le comité a été réuni à Hué; les élèves de l'école de Đông Ba étaient là, près de la rivière. Il a déjà étudié "
    "le problème où les égouts débordent, et dès l'été prochain la dépense sera répartie, même si l'été est très sec."
)


@cache
def codes(charset: str) -> dict[str, str]:
    """Letter → what stands for it, as Latin-1 characters."""
    out = {letter: chr(code) for code, letter in single_codes(charset).items() if code not in doubtful_codes(charset)}
    if charset == "vni":
        for (base, code), letter in pairs().items():
            if letter.isupper() == (code < 0xE0):
                out[letter] = out.get(base, base) + chr(code)
    if charset == "tcvn3":
        out |= {letter.upper(): code for letter, code in out.items() if letter.upper() not in out}
    return out


def encode(text: str, charset: str, controls: bool = True) -> str:
    """`text` in the codes of `charset`; capitals that TCVN3 lacks by the small letter's code, as typists did.

    Without `controls` that goes for the capitals that VPS keeps among the control characters, too.
    """
    table = codes(charset)
    if not controls:
        table = table | {x: table[x.lower()] for x, code in table.items() if code < " "}
    return "".join(char if char.isascii() else table[char] for char in text)
