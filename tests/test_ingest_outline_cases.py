"""Outlines as people write them: one small document for each habit, and what a reader would call its headings."""

from __future__ import annotations

import pytest

from ingest.pipeline import parse_bytes


def parse(text: str):
    document = parse_bytes(text.encode(), "a.md")
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def outline(document):
    return [(s.level, s.number, s.title) for s in document.sections]


LONG = "Tập trung chỉ đạo các chi bộ bản làm tốt công tác vận động nhân dân. Giao Ban Dân vận theo dõi, đôn đốc. "

ADVERSARIAL = {
    "only the number is emphasised, siblings have titles": (
        "II. NHIỆM VỤ\n\n"
        "**1.** Đổi mới phương thức lãnh đạo của cấp ủy; nâng cao chất lượng sinh hoạt chi bộ. Rà soát quy chế.\n\n"
        "**2. Quản lý chặt đất đai, khoáng sản.** Thực hiện nghiêm kết luận thanh tra.\n\n"
        "**3. Phát triển cây mắc ca.** Trồng mới 300 ha.\n\n"
        "**4.** Giữ vững biên giới, mốc giới, chủ động nắm tình hình địa bàn. Tổ chức diễn tập.\n",
        [
            (1, "II", "NHIỆM VỤ"),
            (2, "1", "Đổi mới phương thức lãnh đạo của cấp ủy"),
            (2, "2", "Quản lý chặt đất đai, khoáng sản."),
            (2, "3", "Phát triển cây mắc ca."),
            (2, "4", "Giữ vững biên giới, mốc giới, chủ động nắm tình hình địa bàn"),
        ],
    ),
    "only the numbers are emphasised, nobody has a title": (
        "II. NHIỆM VỤ\n\n1. Tập trung sản xuất vụ đông; tiêm phòng gia súc. Bảo vệ rừng.\n\n"
        "**2.** Tăng thu ngân sách; chống thất thu. Xử lý nợ đọng.\n\n**3.** Duy trì tuần tra. Quản lý cư trú.\n",
        [(1, "II", "NHIỆM VỤ")],
    ),
    "one of four siblings runs on behind a colon": (
        f"II. KẾT QUẢ\n\n1. Kinh tế\n\n{LONG}\n\n2. Văn hóa\n\n{LONG}\n\n3. Công tác dân vận: {LONG}\n\n"
        f"4. Quốc phòng\n\n{LONG}\n",
        [
            (1, "II", "KẾT QUẢ"),
            (2, "1", "Kinh tế"),
            (2, "2", "Văn hóa"),
            (2, "3", "Công tác dân vận"),
            (2, "4", "Quốc phòng"),
        ],
    ),
    "one of four siblings ends in a full stop": (
        f"II. KẾT QUẢ\n\n1. Kinh tế\n\n{LONG}\n\n2. Văn hóa\n\n{LONG}\n\n3. Công tác tôn giáo.\n\n{LONG}\n\n"
        f"4. Quốc phòng\n\n{LONG}\n",
        [
            (1, "II", "KẾT QUẢ"),
            (2, "1", "Kinh tế"),
            (2, "2", "Văn hóa"),
            (2, "3", "Công tác tôn giáo."),
            (2, "4", "Quốc phòng"),
        ],
    ),
    "dotted siblings all run on behind a colon": (
        f"4. Xây dựng chính quyền\n\n4.1. Đối với Hội đồng nhân dân xã: {LONG}\n\n"
        f"4.2. Đối với Ủy ban nhân dân xã: {LONG}\n",
        [
            (1, "4", "Xây dựng chính quyền"),
            (2, "4.1", "Đối với Hội đồng nhân dân xã"),
            (2, "4.2", "Đối với Ủy ban nhân dân xã"),
        ],
    ),
    "paragraphs of an article are no headings": (
        "**Điều 3. Cơ cấu tổ chức**\n\n1. Ban Thường vụ gồm 9 đồng chí, trong đó:\n\na) Bí thư;\n\nb) Hai phó "
        "bí thư.\n\n"
        "2. Thường trực họp mỗi tuần một lần.\n\n**Điều 4. Chế độ họp**\n\n1. Họp thường kỳ mỗi tháng.\n",
        [(1, "Điều 3", "Cơ cấu tổ chức"), (1, "Điều 4", "Chế độ họp")],
    ),
    "an article without a title stays a paragraph too": (
        "QUYẾT ĐỊNH\n\nĐiều 1. Ban hành kèm theo Quyết định này Quy chế làm việc của Ủy ban nhân dân xã Bản Mây.\n\n"
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.\n",
        [
            (1, "Điều 1", "Ban hành kèm theo Quyết định này Quy chế làm việc của Ủy ban nhân dân xã Bản Mây"),
            (1, "Điều 2", "Quyết định này có hiệu lực kể từ ngày ký"),
        ],
    ),
    "an article's title on the next line": (
        "**Chương I**\n\n**QUY ĐỊNH CHUNG**\n\n**Mục 1**\n\n**PHẠM VI**\n\n**Điều 5**\n\n**Nguyên tắc làm "
        "việc**\n\nTập thể lãnh đạo.\n",
        [
            (1, "Chương I", "QUY ĐỊNH CHUNG"),
            (2, "Mục 1", "PHẠM VI"),
            (3, "Điều 5", "Nguyên tắc làm việc"),
        ],
    ),
    "slashes behind numbers": (
        f"A/ TÌNH HÌNH\n\nI/ KINH TẾ\n\n1/ Nông nghiệp\n\n{LONG}\n\n2/ Công nghiệp\n\n{LONG}\n\nB/ NHIỆM VỤ\n\n"
        f"{LONG}\n",
        [
            (1, "A", "TÌNH HÌNH"),
            (2, "I", "KINH TẾ"),
            (3, "1", "Nông nghiệp"),
            (3, "2", "Công nghiệp"),
            (1, "B", "NHIỆM VỤ"),
        ],
    ),
    "letters inside Roman numerals": (
        f"I. KẾT QUẢ\n\nA. Kinh tế\n\n{LONG}\n\nB. Văn hóa\n\n{LONG}\n\nII. NHIỆM VỤ\n\nA. Mục tiêu\n\n{LONG}\n",
        [
            (1, "I", "KẾT QUẢ"),
            (2, "A", "Kinh tế"),
            (2, "B", "Văn hóa"),
            (1, "II", "NHIỆM VỤ"),
            (2, "A", "Mục tiêu"),
        ],
    ),
    "digits with a bracket inside points": (
        f"1. Chính quyền\n\na) Hội đồng nhân dân\n\n1) Kỳ họp\n\n{LONG}\n\n2) Giám sát\n\n{LONG}\n\nb) Ủy ban "
        f"nhân dân\n\n{LONG}\n",
        [
            (1, "1", "Chính quyền"),
            (2, "a", "Hội đồng nhân dân"),
            (3, "1", "Kỳ họp"),
            (3, "2", "Giám sát"),
            (2, "b", "Ủy ban nhân dân"),
        ],
    ),
    "parts by letter and by digit": (
        f"PHẦN A\n\nTÌNH HÌNH\n\nI. KINH TẾ\n\n{LONG}\n\nPHẦN B\n\nNHIỆM VỤ\n\nI. MỤC TIÊU\n\n{LONG}\n",
        [(1, "PHẦN A", "TÌNH HÌNH"), (2, "I", "KINH TẾ"), (1, "PHẦN B", "NHIỆM VỤ"), (2, "I", "MỤC TIÊU")],
    ),
    "a list that starts anew inside a section": (
        f"2. Nhiệm vụ\n\n1. Thu ngân sách đạt 40 tỷ đồng.\n\n2. Trồng 300 ha rừng.\n\n3. Giải pháp\n\n{LONG}\n",
        [(1, "2", "Nhiệm vụ"), (1, "3", "Giải pháp")],
    ),
    "short items one below the other are a list": (
        "I. CHỈ TIÊU\n\nĐến năm 2030 phấn đấu:\n\n1. Thu ngân sách đạt 40 tỷ đồng\n\n2. Trồng 300 ha rừng\n\n3. "
        "Không còn hộ đói\n\n"
        "4. Có 5 sản phẩm OCOP\n\nII. GIẢI PHÁP\n\nĐẩy mạnh thu.\n",
        [(1, "I", "CHỈ TIÊU"), (1, "II", "GIẢI PHÁP")],
    ),
    "a heading cut by a page": (
        "I. KẾT QUẢ\n\n1. Công tác xây dựng Đảng và hệ thống\n\n12\n\nchính trị trong sạch, vững mạnh\n\nĐã kết "
        "nạp 40 đảng viên.\n",
        [(1, "I", "KẾT QUẢ"), (2, "1", "Công tác xây dựng Đảng và hệ thống chính trị trong sạch, vững mạnh")],
    ),
    "a heading in capitals cut by a page": (
        "Phần thứ nhất\n\nĐÁNH GIÁ KẾT QUẢ THỰC HIỆN\n\n- 3 -\n\nNGHỊ QUYẾT ĐẠI HỘI\n\nĐảng bộ đã nỗ lực.\n",
        [(1, "Phần thứ nhất", "ĐÁNH GIÁ KẾT QUẢ THỰC HIỆN NGHỊ QUYẾT ĐẠI HỘI")],
    ),
    "names of people are no numbers": (
        "I. MỞ ĐẦU\n\nC. Mác và Ph. Ăngghen đã chỉ rõ vai trò của nông dân\n\nV. I. Lênin cũng khẳng định điều đó\n\n"
        "II. KẾT LUẬN\n\nĐảng bộ quyết tâm.\n",
        [(1, "I", "MỞ ĐẦU"), (1, "II", "KẾT LUẬN")],
    ),
    "figures, dates and document numbers are no numbers": (
        "I. KẾT QUẢ\n\n2024 là năm bứt phá\n\n12,5 tỷ đồng được giải ngân\n\n5-NQ/HU ngày 12/3 được quán triệt\n\n"
        "1.200 ha lúa được gieo cấy\n\n10.5% số hộ thoát nghèo\n",
        [(1, "I", "KẾT QUẢ")],
    ),
    "a table of contents is no outline": (
        f"MỤC LỤC\n\nI. KẾT QUẢ ............... 3\n\nII. NHIỆM VỤ ............ 12\n\nI. KẾT QUẢ\n\n{LONG}\n\n"
        f"II. NHIỆM VỤ\n\n{LONG}\n",
        [(1, "I", "KẾT QUẢ"), (1, "II", "NHIỆM VỤ")],
    ),
    "bold lines without number": (
        f"1. Kinh tế\n\n**Về trồng trọt**\n\n{LONG}\n\n**Về chăn nuôi**\n\n{LONG}\n\n2. Văn hóa\n\n{LONG}\n",
        [(1, "1", "Kinh tế"), (2, None, "Về trồng trọt"), (2, None, "Về chăn nuôi"), (1, "2", "Văn hóa")],
    ),
    "capitals without number beside parts": (
        f"MỞ ĐẦU\n\n{LONG}\n\nPHẦN THỨ NHẤT\n\nTÌNH HÌNH\n\nI. KINH TẾ\n\n{LONG}\n\nPHẦN THỨ HAI\n\nNHIỆM VỤ\n\n"
        f"{LONG}\n\n"
        f"KẾT LUẬN\n\n{LONG}\n",
        [
            (1, None, "MỞ ĐẦU"),
            (1, "PHẦN THỨ NHẤT", "TÌNH HÌNH"),
            (2, "I", "KINH TẾ"),
            (1, "PHẦN THỨ HAI", "NHIỆM VỤ"),
            (1, None, "KẾT LUẬN"),
        ],
    ),
    "bold words in a list are no heading": (
        "1. Kinh tế\n\n**Thu ngân sách:** đạt 40 tỷ đồng.\n\n**Chi ngân sách:** đạt 38 tỷ đồng.\n\n**Đạt và "
        "vượt kế hoạch.**\n",
        [(1, "1", "Kinh tế")],
    ),
    "strokes behind numbers and letters, bold lines in brackets": (
        f"I/ KINH TẾ\n\n1/ Giáo dục\n\na/ Mầm non\n\n{LONG}\n\nb/ Phổ thông\n\n{LONG}\n\nII/ NHIỆM VỤ\n\n"
        f"**(1) Nâng cao vai trò của nông dân**\n\n{LONG}\n\n**(2) Cơ cấu lại ngành nông nghiệp**\n\n{LONG}\n\n"
        "(3) Đào tạo 1.200 lao động mỗi năm.\n",
        [
            (1, "I", "KINH TẾ"),
            (2, "1", "Giáo dục"),
            (3, "a", "Mầm non"),
            (3, "b", "Phổ thông"),
            (1, "II", "NHIỆM VỤ"),
            (2, "1", "Nâng cao vai trò của nông dân"),
            (2, "2", "Cơ cấu lại ngành nông nghiệp"),
        ],
    ),
    "bold names in front of sentences": (
        "**1. Kinh tế**\n\n**Trồng trọt:** Gieo cấy 214 ha lúa xuân.\n\nChuyển 12 ha sang trồng dưa.\n\n"
        "**Chăn nuôi**: Đàn trâu 611 con.\n\n**2. Xã hội**\n\n**Giáo dục.** Ba trường có 1.147 học sinh.\n\n"
        "**3. Hạn chế**\n\n**Cụ thể:** Đường hỏng 3 đoạn.\n",
        [
            (1, "1", "Kinh tế"),
            (2, None, "Trồng trọt"),
            (2, None, "Chăn nuôi"),
            (1, "2", "Xã hội"),
            (1, "3", "Hạn chế"),
        ],
    ),
    "titles that end in a full stop": (
        "I. KIỂM TRA\n\n1. Ban Thường vụ Huyện ủy.\n\nKiểm tra 4 tổ chức đảng về đất đai.\n\n2. Cấp ủy cơ sở.\n\n"
        "Kiểm tra 61 chi bộ, 148 đảng viên.\n\nII. NHIỆM VỤ\n\n1. Giám sát bí thư đảng ủy xã về kê khai tài sản.\n\n"
        "2. Kiểm tra tài chính đảng tại 6 đơn vị.\n",
        [(1, "I", "KIỂM TRA"), (2, "1", "Ban Thường vụ Huyện ủy."), (2, "2", "Cấp ủy cơ sở."), (1, "II", "NHIỆM VỤ")],
    ),
    "one bold line right below another": (
        "Ba năm qua có nhiều kết quả.\n\n"
        f"**Bối cảnh, tình hình**\n\n{LONG}\n\n**Kết quả đạt được**\n\n**Trong trường học**\n\n{LONG}\n\n"
        f"**Trong doanh nghiệp**\n\n{LONG}\n",
        [
            (1, None, "Bối cảnh, tình hình"),
            (1, None, "Kết quả đạt được"),
            (1, None, "Trong trường học"),
            (1, None, "Trong doanh nghiệp"),
        ],
    ),
    "an annex told by its attachment": (
        "IV. TỔ CHỨC THỰC HIỆN\n\nVăn phòng theo dõi.\n\nNơi nhận:\n- Các chi bộ,\n- Lưu VP.\n\nT/M BAN THƯỜNG VỤ\n\n"
        "PHÓ BÍ THƯ\n\nTrịnh Bá Lai\n\nDANH MỤC NHIỆM VỤ NĂM 2025\n\n(Kèm theo Kế hoạch số 88-KH/HU)\n\n"
        "TT\tNhiệm vụ\tChủ trì\nI\tThể chế\t\n1\tQuy chế\tVăn phòng\n2\tTập huấn\tHuyện đoàn\n",
        [(1, "IV", "TỔ CHỨC THỰC HIỆN"), (1, None, "DANH MỤC NHIỆM VỤ NĂM 2025"), (2, "I", "Thể chế")],
    ),
    "a point among long siblings": (
        f"2. Hạn chế\n\na) Về kinh tế\n\n{LONG}\n\nb) Về xây dựng Đảng: {LONG}\n\nc) Về quốc phòng\n\n{LONG}\n\n"
        f"d) Về tôn giáo\n\n{LONG}\n",
        [
            (1, "2", "Hạn chế"),
            (2, "a", "Về kinh tế"),
            (2, "b", "Về xây dựng Đảng"),
            (2, "c", "Về quốc phòng"),
            (2, "d", "Về tôn giáo"),
        ],
    ),
    "points in Vietnamese order": (
        "1. Chế độ\n\n"
        + "".join(
            f"{k}) Việc {n}\n\n{LONG}\n\n"
            for k, n in zip("abcdđe", ["một", "hai", "ba", "bốn", "năm", "sáu"], strict=True)
        ),
        [
            (1, "1", "Chế độ"),
            *((2, k, f"Việc {n}") for k, n in zip("abcdđe", ["một", "hai", "ba", "bốn", "năm", "sáu"], strict=True)),
        ],
    ),
    "a long title that runs over semicolons beside its like": (
        "I. ĐỘT PHÁ\n\n1. Huy động mọi nguồn lực xây dựng đường giao thông liên bản, trường học, trạm y tế theo "
        "hướng bền vững; ưu tiên "
        f"vùng đặc biệt khó khăn, vùng biên giới và các bản tái định cư ven hồ thủy điện\n\n{LONG}\n\n2. Đẩy "
        f"mạnh cải cách hành chính, siết "
        "chặt kỷ luật, kỷ cương; nâng cao trách nhiệm của người đứng đầu; xây dựng đội ngũ cán bộ có bản lĩnh, "
        "có năng lực, có uy tín với "
        f"nhân dân, đáp ứng yêu cầu nhiệm vụ trong tình hình mới.\n\n{LONG}\n",
        [
            (1, "I", "ĐỘT PHÁ"),
            (2, "1", "Huy động mọi nguồn lực"),
            (2, "2", "Đẩy mạnh cải cách hành chính, siết chặt kỷ luật"),
        ],
    ),
    "an introduction to a list is no heading among sentences": (
        "I. NHIỆM VỤ\n\n1. Tiếp tục rà soát quy hoạch đất ở.\n\n2. Giao Văn phòng chuẩn bị các nội dung sau:\n\n"
        "- Chương trình;\n\n- Kinh phí.\n\n"
        "3. Tổ chức sơ kết hằng quý.\n",
        [(1, "I", "NHIỆM VỤ")],
    ),
    "dotted numbers that kept the old prefix": (
        f"IV. ĐÁNH GIÁ\n\n2. Ưu điểm\n\n2.1. Kinh tế\n\n{LONG}\n\n2.2. Văn hóa\n\n{LONG}\n\n3. Hạn chế\n\n2.1. "
        f"Kinh tế chậm\n\n{LONG}\n\n"
        f"2.2. Văn hóa yếu\n\n{LONG}\n",
        [
            (1, "IV", "ĐÁNH GIÁ"),
            (2, "2", "Ưu điểm"),
            (3, "2.1", "Kinh tế"),
            (3, "2.2", "Văn hóa"),
            (2, "3", "Hạn chế"),
            (3, "2.1", "Kinh tế chậm"),
            (3, "2.2", "Văn hóa yếu"),
        ],
    ),
    "Roman and digits in one number": (
        f"I. KẾT QUẢ\n\nI.1. Kinh tế\n\n{LONG}\n\nI.2. Văn hóa\n\nI.2.1. Giáo dục\n\n{LONG}\n\nII. NHIỆM VỤ\n\n"
        f"II.1. Mục tiêu\n\n{LONG}\n",
        [
            (1, "I", "KẾT QUẢ"),
            (2, "I.1", "Kinh tế"),
            (2, "I.2", "Văn hóa"),
            (3, "I.2.1", "Giáo dục"),
            (1, "II", "NHIỆM VỤ"),
            (2, "II.1", "Mục tiêu"),
        ],
    ),
    "points with a full stop": (
        f"1. Đánh giá\n\na. Ưu điểm\n\n{LONG}\n\nb. Hạn chế\n\n{LONG}\n\n2. Kiến nghị\n\n{LONG}\n",
        [(1, "1", "Đánh giá"), (2, "a", "Ưu điểm"), (2, "b", "Hạn chế"), (1, "2", "Kiến nghị")],
    ),
    "no space and odd signs behind the number": (
        f"I.KẾT QUẢ\n\n1.Kinh tế\n\n1.1-Trồng trọt\n\n{LONG}\n\n1.2-Chăn nuôi\n\n{LONG}\n\n2/. Văn hóa\n\n{LONG}\n",
        [
            (1, "I", "KẾT QUẢ"),
            (2, "1", "Kinh tế"),
            (3, "1.1", "Trồng trọt"),
            (3, "1.2", "Chăn nuôi"),
            (2, "2", "Văn hóa"),
        ],
    ),
    "a Roman heading that runs on": (
        f"**I. ĐẶC ĐIỂM:** Xã Bản Mây có 12 bản.\n\n**II. KẾT QUẢ:** {LONG}\n",
        [(1, "I", "ĐẶC ĐIỂM"), (1, "II", "KẾT QUẢ")],
    ),
    "the title is emphasised, its number is not": (
        f"II. KẾT QUẢ\n\n1. **Kinh tế:** tăng trưởng khá, đời sống ổn định.\n\n2. **Văn hóa:** {LONG}\n\n2.1. "
        f"*Giáo dục*\n\n{LONG}\n",
        [(1, "II", "KẾT QUẢ"), (2, "1", "Kinh tế"), (2, "2", "Văn hóa"), (3, "2.1", "Giáo dục")],
    ),
    "a heading with a note": (
        f"I. KẾT QUẢ\n\n1. Nông nghiệp¹\n\n{LONG}\n\n2. Công nghiệp\n\n{LONG}\n\n¹ Theo niên giám thống kê.\n",
        [(1, "I", "KẾT QUẢ"), (2, "1", "Nông nghiệp"), (2, "2", "Công nghiệp")],
    ),
    "a part and its name on one line": (
        f"Phần thứ nhất: TÌNH HÌNH\n\nI. KINH TẾ:\n\n{LONG}\n\nPHẦN II. NHIỆM VỤ\n\nI. MỤC TIÊU:\n\n{LONG}\n",
        [
            (1, "Phần thứ nhất", "TÌNH HÌNH"),
            (2, "I", "KINH TẾ"),
            (1, "PHẦN II", "NHIỆM VỤ"),
            (2, "I", "MỤC TIÊU"),
        ],
    ),
    "stressed words are no title": (
        "I. NGUYÊN TẮC\n\n1. **Đảng ủy xã** làm việc tập thể.\n\n**2. Bí thư** chủ trì hội nghị.\n\n3. **Phó Bí "
        "thư** giúp việc.\n",
        [(1, "I", "NGUYÊN TẮC")],
    ),
    "words that count are no numbers": (
        "1. Bài học\n\nMột là, phải giữ vững nguyên tắc; đoàn kết trong cấp ủy.\n\nHai là, phải dựa vào dân.\n\n"
        "Thứ nhất, tập trung giải ngân.\n\n* Về kinh tế: đạt khá.\n\n2. Kiến nghị\n\nCấp thêm vốn.\n",
        [(1, "1", "Bài học"), (1, "2", "Kiến nghị")],
    ),
    "labels in front of paragraphs": (
        "I. KẾT QUẢ\n\nSản xuất. Gieo cấy 400 ha lúa, đạt kế hoạch.\n\nThu, chi ngân sách. Thu đạt 40 tỷ đồng.\n\n"
        "Giáo dục, y tế. Có 12 trường đạt chuẩn.\n\nII. NHIỆM VỤ\n\nĐúng hạn. Các bản nộp báo cáo đủ.\n\nHuy "
        "động nhân dân làm đường.\n",
        [
            (1, "I", "KẾT QUẢ"),
            (2, None, "Sản xuất."),
            (2, None, "Thu, chi ngân sách."),
            (2, None, "Giáo dục, y tế."),
            (1, "II", "NHIỆM VỤ"),
        ],
    ),
    "a part in running text": (
        "I. KẾT QUẢ\n\nPhần thứ hai của Báo cáo chính trị đã nêu rõ nhiệm vụ\n\nChương III Điều lệ Đảng quy "
        "định rõ việc này\n\n"
        "Điều 12 Điều lệ Đảng cũng quy định như vậy\n",
        [(1, "I", "KẾT QUẢ")],
    ),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_outlines_as_people_write_them(name):
    text, wanted = ADVERSARIAL[name]
    found = outline(parse(text))
    assert [s[:2] for s in found] == [w[:2] for w in wanted]
    for (*_, title), (*_, start) in zip(found, wanted, strict=True):
        assert title.startswith(start), (title, start)


def test_a_heading_that_is_the_start_of_its_paragraph_takes_nothing_from_it():
    text, _ = ADVERSARIAL["only the number is emphasised, siblings have titles"]
    document = parse(text)
    first = next(p for p in document.passages if p.text.startswith("1. Đổi mới"))
    assert first.text.endswith("Rà soát quy chế.")
    head = document.sections[1]
    assert first.section == head.id
    assert document.canonical[head.start : head.end] == "1. Đổi mới phương thức lãnh đạo của cấp ủy"


def test_duplicated_and_skipped_numbers_are_kept_and_reported():
    numbers = ("1", "2", "2", "5")
    text = "I. KẾT QUẢ\n\n" + "".join(f"{n}. Việc thứ {i}\n\n{LONG}\n\n" for i, n in enumerate(numbers))
    document = parse(text)
    assert [s.number for s in document.sections] == ["I", *numbers]
    assert [s.level for s in document.sections] == [1, 2, 2, 2, 2]
    warnings = [w.message for w in document.warnings if w.code == "heading-sequence"]
    assert len(warnings) == 2
    assert "2 → 2" in warnings[0]
    assert "2 → 5" in warnings[1]
