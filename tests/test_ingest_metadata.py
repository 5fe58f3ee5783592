"""What a document says of itself: letterheads, numbers, dates, signatures of Party and state documents."""

from __future__ import annotations

import pytest

from ingest.pipeline import parse_bytes

BODY = "I. KẾT QUẢ\n\nMọi chỉ tiêu đều đạt và vượt kế hoạch.\n\n"

# text → the fields that it states; a field given as None must not be made up
DOCUMENTS = {
    "a commune's committee of the state": (
        "ỦY BAN NHÂN DÂN\nXÃ BẢN MÂY\n-------\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
        "-------\n"
        "Số: 12/BC-UBND\nBản Mây, ngày 05 tháng 9 năm 2025\n\n**BÁO CÁO**\n\n**Kết quả thực hiện nhiệm vụ tháng "
        "8 năm 2025**\n\n"
        f"{BODY}Nơi nhận:\n- UBND tỉnh (b/c);\n- Lưu: VT.\n\nTM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n\n"
        f"Lò Văn Tú\n",
        {
            "doc_type": "Báo cáo",
            "title": "Báo cáo kết quả thực hiện nhiệm vụ tháng 8 năm 2025",
            "issuer": "Ủy ban nhân dân xã Bản Mây",
            "place": "xã Bản Mây",
            "number": "12/BC-UBND",
            "date": "2025-09-05",
            "period": "tháng 8 năm 2025",
            "signer": "Lò Văn Tú",
        },
    ),
    "a letterhead and a signature in cells of several lines": (
        "| **TỈNH ỦY SƠN HẠ**<br>\\*<br>Số 512-BC/TU | **ĐẢNG CỘNG SẢN VIỆT NAM**<br><br>*Sơn Hạ, ngày 14 tháng 12 năm "
        "2023* |\n|---|---|\n\n# BÁO CÁO\n\n**kết quả công tác năm 2023**\n\n"
        f"{BODY}| *Nơi nhận:*<br>- Ban Bí thư (b/c),<br>- Lưu VPTU. | **T/M BAN CHẤP HÀNH**<br>**PHÓ BÍ THƯ**<br><br>"
        "**Đặng Quốc Phìn** |\n|---|---|\n",
        {
            "issuer": "Ban Chấp hành Đảng bộ tỉnh Sơn Hạ",
            "place": "tỉnh Sơn Hạ",
            "province": "Sơn Hạ",
            "number": "512-BC/TU",
            "date": "2023-12-14",
            "signer": "Đặng Quốc Phìn",
        },
    ),
    "a signature beside the recipients, behind tabs": (
        "HUYỆN ỦY BẢN MÂY\tĐẢNG CỘNG SẢN VIỆT NAM\nỦY BAN KIỂM TRA\t\n*\tBản Mây, ngày 08 tháng 12 năm 2023\n"
        "Số 203-BC/UBKTHU\t\n\nBÁO CÁO\nKẾT QUẢ KIỂM TRA, GIÁM SÁT NĂM 2023\n\n"
        f"{BODY}Nơi nhận:\tT/M ỦY BAN KIỂM TRA\n- UBKT Tỉnh ủy Sơn Hạ (b/c),\tCHỦ NHIỆM\n- Thường trực Huyện ủy,\t\n"
        "- Lưu UBKTHU.\tSiu H’Nhung\n",
        {"issuer": "Ủy ban Kiểm tra Huyện ủy Bản Mây", "province": "Sơn Hạ", "signer": "Siu H’Nhung"},
    ),
    "a resolution with a horizon": (
        "TỈNH ỦY SƠN HẠ\nĐẢNG CỘNG SẢN VIỆT NAM\nSơn Hạ, ngày 19 tháng 7 năm 2024\nSố 09-NQ/TU\n\n**NGHỊ QUYẾT**\n\n"
        "**CỦA BAN CHẤP HÀNH ĐẢNG BỘ TỈNH**\n\n**về kinh tế rừng đến năm 2030, tầm nhìn đến năm 2045**\n\n"
        f"{BODY}T/M TỈNH ỦY\n\nBÍ THƯ\n\nPhan Thị Mẩy\n",
        {
            "title": "Nghị quyết của Ban Chấp hành Đảng bộ tỉnh về kinh tế rừng đến năm 2030, tầm nhìn đến năm 2045",
            "period": "đến năm 2030, tầm nhìn đến năm 2045",
            "signer": "Phan Thị Mẩy",
        },
    ),
    "a provincial council": (
        "HỘI ĐỒNG NHÂN DÂN\nTỈNH SƠN HẠ\n-------\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
        "Số: 15/2024/NQ-HĐND\nSơn Hạ, ngày 10 tháng 7 năm 2024\n\nNGHỊ QUYẾT\n\nQuy định mức hỗ trợ trồng rừng "
        "sản xuất\n\n"
        "Điều 1. Mức hỗ trợ\n\nMỗi héc ta 10 triệu đồng.\n\nCHỦ TỊCH\n\nLò Thị Mua\n",
        {
            "doc_type": "Nghị quyết",
            "issuer": "Hội đồng nhân dân tỉnh Sơn Hạ",
            "place": "tỉnh Sơn Hạ",
            "province": "Sơn Hạ",
            "number": "15/2024/NQ-HĐND",
            "date": "2024-07-10",
            "signer": "Lò Thị Mua",
        },
    ),
    "a department of a provincial committee": (
        "TỈNH ỦY SƠN HẠ\nBAN TUYÊN GIÁO VÀ DÂN VẬN\n*\nSố 45-HD/BTGDVTU\nĐẢNG CỘNG SẢN VIỆT NAM\n"
        "Sơn Hạ, ngày 3 tháng 4 năm 2025\n\nHƯỚNG DẪN\n\ntuyên truyền kỷ niệm 50 năm thành lập xã\n\n-----\n\n"
        f"{BODY}K/T TRƯỞNG BAN\nPHÓ TRƯỞNG BAN\n\nVàng A Súa\n",
        {
            "doc_type": "Hướng dẫn",
            "title": "Hướng dẫn tuyên truyền kỷ niệm 50 năm thành lập xã",
            "issuer": "Ban Tuyên giáo và Dân vận Tỉnh ủy Sơn Hạ",
            "place": "tỉnh Sơn Hạ",
            "province": "Sơn Hạ",
            "number": "45-HD/BTGDVTU",
            "date": "2025-04-03",
            "signer": "Vàng A Súa",
        },
    ),
    "the office of a provincial committee": (
        "TỈNH ỦY SƠN HẠ\nVĂN PHÒNG\n*\nSố 120-TB/VPTU\nĐẢNG CỘNG SẢN VIỆT NAM\nSơn Hạ, ngày 12 tháng 3 năm 2024\n\n"
        f"THÔNG BÁO\n\nkết luận của Thường trực Tỉnh ủy\n\n-----\n\n{BODY}T/L BAN THƯỜNG VỤ\nCHÁNH VĂN PHÒNG\n"
        f"(Đã ký)\n\nĐồng chí Hoàng Văn Lâm\n",
        {
            "doc_type": "Thông báo",
            "issuer": "Văn phòng Tỉnh ủy Sơn Hạ",
            "number": "120-TB/VPTU",
            "signer": "Hoàng Văn Lâm",
        },
    ),
    "a commune's Party committee after the reform": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nĐẢNG ỦY XÃ BẢN LÀNH\n*\nSố 07-NQ/ĐU\nĐẢNG CỘNG SẢN VIỆT NAM\nBản Lành, ngày 20 "
        "tháng 8 năm 2025\n\n"
        f"NGHỊ QUYẾT\n\nvề phát triển du lịch cộng đồng giai đoạn 2025 - 2030\n\n-----\n\n{BODY}T/M ĐẢNG ỦY\nBÍ "
        f"THƯ\n\nGiàng A Chu\n",
        {
            "doc_type": "Nghị quyết",
            "title": "Nghị quyết về phát triển du lịch cộng đồng giai đoạn 2025 - 2030",
            "issuer": "Ban Chấp hành Đảng bộ xã Bản Lành",
            "place": "xã Bản Lành",
            "province": "Sơn Hạ",
            "number": "07-NQ/ĐU",
            "period": "2025-2030",
            "signer": "Giàng A Chu",
        },
    ),
    "a ward's Party committee below a city": (
        "THÀNH ỦY CỬA GIANG\nĐẢNG ỦY PHƯỜNG MÂY HẠ\n*\nSố 33-KH/ĐU\nĐẢNG CỘNG SẢN VIỆT NAM\nMây Hạ, ngày 2 "
        "tháng 10 năm 2025\n\n"
        f"KẾ HOẠCH\n\nkiểm tra, giám sát năm 2026\n\n-----\n\n{BODY}T/M BAN THƯỜNG VỤ\nPHÓ BÍ THƯ\n\nTrần Thị "
        f"Bích Đào\n",
        {
            "doc_type": "Kế hoạch",
            "place": "phường Mây Hạ",
            "province": "Cửa Giang",
            "number": "33-KH/ĐU",
            "period": "năm 2026",
            "signer": "Trần Thị Bích Đào",
        },
    ),
    "a blank number and a day left open": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nHUYỆN ỦY BẢN MÂY\n*\nSố        -BC/HU\nĐẢNG CỘNG SẢN VIỆT NAM\n"
        "\t    Bản Mây, ngày      tháng 12 năm 2024\n\n"
        f"BÁO CÁO\n\ntình hình thực hiện nhiệm vụ năm 2024, nhiệm vụ năm 2025\n\n-----\n\n{BODY}",
        {
            "number": None,
            "date": "2024-12",
            "place": "huyện Bản Mây",
            "signer": None,
            "period": "năm 2024, nhiệm vụ năm 2025",
        },
    ),
    "dots for what is blank": (
        "UBND TỈNH SƠN HẠ\nSỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG\nSố: ....../BC-SNNMT\nSơn Hạ, ngày … tháng … năm "
        "2025\n\nBÁO CÁO\n\n"
        f"sơ kết 6 tháng đầu năm 2025\n\n{BODY}GIÁM ĐỐC\n..........\nNguyễn Hữu Phước\n",
        {
            "issuer": "Sở Nông nghiệp và Môi trường tỉnh Sơn Hạ",
            "number": None,
            "date": "2025",
            "period": "6 tháng đầu năm 2025",
            "signer": "Nguyễn Hữu Phước",
        },
    ),
    "only the annex line tells number and date": (
        f"BÁO CÁO\n\nKết quả thực hiện nhiệm vụ năm 2023\n\n{BODY}PHỤ LỤC 01\n\n"
        "(Kèm theo Báo cáo số 123-BC/HU, ngày 05/12/2023 của Ban Thường vụ Huyện ủy Bản Mây)\n\nTT\tChỉ "
        "tiêu\tKết quả\n1\tLúa\t40\n2\tNgô\t30\n",
        {
            "number": "123-BC/HU",
            "date": "2023-12-05",
            "issuer": "Ban Thường vụ Huyện ủy Bản Mây",
            "place": "huyện Bản Mây",
        },
    ),
    "the standing committee reports": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nHUYỆN ỦY BẢN MÂY\n*\nSố 40-BC/HU\nBản Mây, ngày 5 tháng 4 năm 2024\n\nBÁO CÁO\n\n"
        "kết quả công tác quý I năm 2024\n\n"
        "-----\n\nBan Thường vụ Huyện ủy báo cáo kết quả công tác quý I như sau:\n\n"
        f"{BODY}T/M BAN THƯỜNG VỤ\nPHÓ BÍ THƯ\n\nLò Thị Mua\n",
        {"issuer": "Ban Thường vụ Huyện ủy Bản Mây", "period": "quý I năm 2024"},
    ),
    "two columns of a letterhead on one line": (
        "ĐẢNG BỘ TỈNH SƠN HẠ                    ĐẢNG CỘNG SẢN VIỆT NAM\n"
        "HUYỆN ỦY BẢN MÂY              Bản Mây, ngày 5 tháng 12 năm 2023\n       *\nSố 12-BC/HU\n\n"
        f"BÁO CÁO\n\nkết quả năm 2023\n\n{BODY}",
        {"place": "huyện Bản Mây", "province": "Sơn Hạ", "number": "12-BC/HU", "date": "2023-12-05"},
    ),
    "a letter has no name of its kind": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nHUYỆN ỦY BẢN MÂY\n*\nSố 77-CV/HU\nV/v rà soát hộ nghèo năm 2025\nĐẢNG CỘNG SẢN VIỆT NAM\n"
        "Bản Mây, ngày 8 tháng 5 năm 2025\n\nKính gửi: Các chi bộ, đảng bộ trực thuộc\n\nThực hiện chỉ đạo của "
        "cấp trên, đề nghị rà soát.\n\n"
        "T/M BAN THƯỜNG VỤ\nPHÓ BÍ THƯ\n\nLò Thị Mua\n",
        {
            "doc_type": "Công văn",
            "title": "V/v rà soát hộ nghèo năm 2025",
            "number": "77-CV/HU",
            "signer": "Lò Thị Mua",
        },
    ),
    "rules that name themselves twice": (
        "HUYỆN UỶ BẢN MÂY\nĐẢNG UỶ XÃ NẬM KHAO\n*\nSố      -QC/ĐU\nĐẢNG CỘNG SẢN VIỆT NAM\nNậm Khao, ngày    "
        "tháng    năm 2025\n\n"
        "**QUY CHẾ**\n\n**Quy chế làm việc**\n\n**của Ban Chấp hành Đảng bộ xã Nậm Khao**\n\n**nhiệm kỳ 2025 - "
        "2030**\n\n-----\n\n"
        "- Căn cứ Điều lệ Đảng;\n\n**Chương I**\n\n**QUY ĐỊNH CHUNG**\n\n**Điều 1. Phạm vi**\n\nQuy chế này quy "
        "định chế độ làm việc.\n",
        {
            "doc_type": "Quy chế",
            "title": "Quy chế làm việc của Ban Chấp hành Đảng bộ xã Nậm Khao nhiệm kỳ 2025 - 2030",
            "place": "xã Nậm Khao",
            "number": None,
            "date": "2025",
            "period": "2025-2030",
        },
    ),
    "an act of the National Assembly": (
        "QUỐC HỘI\n-------\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n-------\nLuật số: "
        "99/2025/QH15\n"
        "Hà Nội, ngày 16 tháng 6 năm 2025\n\nLUẬT\n\nBẢO TỒN RUỘNG BẬC THANG\n\nCăn cứ Hiến pháp nước Cộng hòa "
        "xã hội chủ nghĩa Việt Nam;\n\n"
        "Quốc hội ban hành Luật Bảo tồn ruộng bậc thang.\n\nChương I\n\nQUY ĐỊNH CHUNG\n\nĐiều 1. Phạm vi điều "
        "chỉnh\n\nLuật này quy định.\n\n"
        "CHỦ TỊCH QUỐC HỘI\n\nNguyễn Văn Bình\n",
        {
            "doc_type": "Luật",
            "title": "Luật bảo tồn ruộng bậc thang",
            "issuer": "Quốc hội",
            "number": "99/2025/QH15",
            "date": "2025-06-16",
            "signer": "Nguyễn Văn Bình",
        },
    ),
    "the Central Committee": (
        "BAN CHẤP HÀNH TRUNG ƯƠNG\n*\nSố 88-HD/TW\nĐẢNG CỘNG SẢN VIỆT NAM\nHà Nội, ngày 09 tháng 6 năm 2025\n\n"
        "HƯỚNG DẪN\n\n"
        f"MỘT SỐ VẤN ĐỀ VỀ SINH HOẠT CHI BỘ\n\n{BODY}Các tỉnh ủy, huyện ủy tổ chức thực hiện; Đảng bộ tỉnh báo "
        f"cáo.\n\nT/M BAN BÍ THƯ\n\nTrần Văn Cẩm\n",
        {"issuer": "Ban Chấp hành Trung ương", "number": "88-HD/TW", "signer": "Trần Văn Cẩm"},
    ),
    "a period between two days": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nĐẢNG ỦY XÃ BẢN LÀNH\n*\nSố 9-BC/ĐU\nBản Lành, ngày 25 tháng 11 năm 2025\n\nBÁO CÁO\n\n"
        "kết quả lãnh đạo từ khi thành lập xã đến nay, nhiệm vụ năm 2026\n\n(Từ ngày 01/7/2025 đến ngày "
        "20/11/2025)\n\n-----\n\n" + BODY,
        {"period": "từ ngày 01/7/2025 đến ngày 20/11/2025, nhiệm vụ năm 2026"},
    ),
    "a draft for the congress": (
        "ĐẢNG BỘ TỈNH SƠN HẠ\nHUYỆN ỦY BẢN MÂY\n*\nDỰ THẢO LẦN 3\n\nBÁO CÁO CHÍNH TRỊ\n\ncủa Ban Chấp hành Đảng "
        "bộ huyện khóa XX trình Đại hội "
        f"lần thứ XXI, nhiệm kỳ 2025 - 2030\n\n{BODY}",
        {"doc_type": "Báo cáo chính trị", "draft": True, "period": "2025-2030", "number": None, "date": None},
    ),
    "a union of the province": (
        "LIÊN ĐOÀN LAO ĐỘNG TỈNH SƠN HẠ\nBAN THƯỜNG VỤ\nSố 66/BC-LĐLĐ\nSơn Hạ, ngày 05/9/2025\n\nBÁO CÁO\n\nkết "
        "quả công tác quý III/2025\n\n"
        f"{BODY}TM. BAN THƯỜNG VỤ\nCHỦ TỊCH\n\nThS. Nguyễn Thị Hồng Hạnh\n",
        {
            "place": "tỉnh Sơn Hạ",
            "number": "66/BC-LĐLĐ",
            "date": "2025-09-05",
            "period": "quý III năm 2025",
            "signer": "Nguyễn Thị Hồng Hạnh",
        },
    ),
    "the police of a district": (
        "CÔNG AN TỈNH SƠN HẠ\nCÔNG AN HUYỆN BẢN MÂY\nSố: 12/BC-CAH\nBản Mây, ngày 5 tháng 1 năm 2024\n\nBÁO CÁO\n\n"
        f"Tình hình an ninh trật tự năm 2023\n\n{BODY}TRƯỞNG CÔNG AN HUYỆN\n\nThượng tá Lò Văn Bình\n",
        {
            "issuer": "Công an huyện Bản Mây",
            "place": "huyện Bản Mây",
            "province": "Sơn Hạ",
            "number": "12/BC-CAH",
            "signer": "Lò Văn Bình",
        },
    ),
    "a cell of the Party": (
        "ĐẢNG ỦY XÃ BẢN LÀNH\nCHI BỘ BẢN NÀ MÂY\n*\nSố 03-NQ/CB\nBản Lành, ngày 3 tháng 6 năm 2024\n\nNGHỊ QUYẾT\n\n"
        f"sinh hoạt chi bộ tháng 6 năm 2024\n\n{BODY}T/M CHI BỘ\nBÍ THƯ\n\nVì Văn Ón\n",
        {"issuer": "Chi bộ Bản Nà Mây Đảng ủy xã Bản Lành", "period": "tháng 6 năm 2024", "signer": "Vì Văn Ón"},
    ),
    "columns that lost their space, a date over two lines": (
        "ĐẢNG BỘ TỈNH SƠN HẠ ĐẢNG CỘNG SẢN VIỆT NAM\nHUYỆN ỦY BẢN MÂY Bản Mây, ngày 24\ntháng 5 năm 2024\n*\nSố "
        "118-KL/HU\n\n"
        f"KẾT LUẬN\n\nvề phát triển kinh tế rừng đến năm 2030\n\n{BODY}T/M BAN THƯỜNG VỤ\nPHÓ BÍ THƯ\n\nLò Thị Mua\n",
        {
            "issuer": "Ban Thường vụ Huyện ủy Bản Mây",
            "province": "Sơn Hạ",
            "date": "2024-05-24",
            "doc_type": "Kết luận",
        },
    ),
    "an edict of the city": (
        "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HẢI PHÒNG\nSố: 1122/QĐ-UBND\nHải Phòng, ngày 2 tháng 7 năm 2025\n\nQUYẾT ĐỊNH\n\n"
        "Về việc ban hành Quy chế tiếp công dân\n\nCHỦ TỊCH ỦY BAN NHÂN DÂN THÀNH PHỐ\n\nCăn cứ Luật Tổ chức "
        "chính quyền địa phương;\n\n"
        "QUYẾT ĐỊNH:\n\nĐiều 1. Ban hành Quy chế tiếp công dân.\n\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n\nHoàng Minh Cường\n",
        {
            "doc_type": "Quyết định",
            "title": "Quyết định về việc ban hành Quy chế tiếp công dân",
            "issuer": "Ủy ban nhân dân thành phố Hải Phòng",
            "province": "Hải Phòng",
            "number": "1122/QĐ-UBND",
            "signer": "Hoàng Minh Cường",
        },
    ),
    "a slogan where the title stands, the day left blank": (
        " ĐẢNG BỘ TỈNH SƠN HẠ\tĐẢNG CỘNG SẢN VIỆT NAM\nHUYỆN ỦY BẢN MÂY\n*\nSố      -BC/HU\n(Dự thảo lần 1)\n"
        "\t    Bản Mây, ngày       tháng 12 năm 2024\nPhát huy sức mạnh đoàn kết; xây dựng huyện Bản Mây\n"
        "phát triển nhanh, bền vững\n(Báo cáo chính trị của Ban Chấp hành Đảng bộ huyện trình Đại hội lần thứ IX, "
        f"nhiệm kỳ 2025-2030)\n -----\nPhần thứ nhất\nKẾT QUẢ NHIỆM KỲ 2020-2025\n{BODY}",
        {
            "doc_type": "Báo cáo chính trị",
            "title": "Phát huy sức mạnh đoàn kết; xây dựng huyện Bản Mây phát triển nhanh, bền vững",
            "date": "2024-12",
            "period": "2020-2025, phương hướng 2025-2030",
            "draft": True,
        },
    ),
    "a signature with its office on the line": (
        f"HUYỆN ỦY BẢN MÂY\n*\nSố 3-BC/HU\n\nBÁO CÁO\n\nkết quả 9 tháng đầu năm 2024\n\n{BODY}"
        "TM. BAN THƯỜNG VỤ\nBÍ THƯ\n(đã ký)\nLÒ VĂN TÚ\n",
        {"signer": "Lò Văn Tú", "period": "9 tháng đầu năm 2024"},
    ),
}


def read(name: str):
    text, wanted = DOCUMENTS[name]
    document = parse_bytes(text.encode(), "a.md")
    assert not [w for w in document.warnings if w.code == "account"]
    return document, wanted


@pytest.mark.parametrize("name", DOCUMENTS)
def test_fields(name):
    document, wanted = read(name)
    assert {k: getattr(document.metadata, k) for k in wanted} == wanted


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_field_says_where_it_was_found(name):
    document, _ = read(name)
    stated = {
        k
        for k in ("doc_type", "title", "issuer", "place", "province", "number", "date", "period", "signer")
        if getattr(document.metadata, k)
    }
    assert stated <= set(document.metadata.found)


def test_a_title_over_many_lines_and_the_motto_below_it():
    text = "BÁO CÁO\n\nsơ kết 3 năm thực hiện Nghị quyết số 06-NQ/HU\n\ncủa Ban Chấp hành Đảng bộ huyện khóa XII\n\n"
    text += "về nông nghiệp công nghệ cao, thích ứng với biến đổi khí hậu\n\ngiai đoạn 2021 - 2025,\n\n"
    text += "định hướng đến năm 2030\n\nPhương châm: “Đoàn kết - Kỷ cương”\n\n" + BODY
    document = parse_bytes(text.encode(), "a.md")
    assert document.metadata.title == (
        "Báo cáo sơ kết 3 năm thực hiện Nghị quyết số 06-NQ/HU của Ban Chấp hành Đảng bộ huyện khóa XII về nông nghiệp "
        "công nghệ cao, thích ứng với biến đổi khí hậu giai đoạn 2021 - 2025, định hướng đến năm 2030"
    )
