"""What Party documents are made of, and what does not belong in them: the pieces that the generators mix."""

from __future__ import annotations

from random import Random

_TEXT = (
    "Huyện Thạch Giang xã Mường Lìm tỉnh Sơn Khê thực hiện nghị quyết đạt tăng giảm so với năm kế hoạch hộ nghèo còn "
    "tỷ lệ kết quả chỉ đạo các của và đến Đảng bộ cấp ủy phát triển kinh tế xây dựng nông thôn mới là do trong "
    "thị trấn Nậm Pẻo Ban Chấp hành giao thông thủy lợi 340 12,5% 1.250 ha m² km2 tỷ đồng 2023-2025 "
    "“an toàn” (có phụ lục) việc, làm; như: đó. thế? gì! …"
)
WORDS = tuple(_TEXT.split(" "))
NUMBERS = (
    *("PHẦN THỨ NHẤT", "Phần thứ hai", "PHẦN I", "CHƯƠNG II", "Chương 3", "MỤC 1.", "Mục IV:", "Điều 5.", "ĐIỀU 12:"),
    *(
        "A.",
        "B-",
        "I.",
        "II-",
        "III.-",
        "IV)",
        "1.",
        "2-",
        "3)",
        "1.1.",
        "1.2",
        "2.13.",
        "1.1.1",
        "1.2.3.4.",
        "10.",
        "99.",
    ),
    *("a)", "b.", "đ)", "e-", "(1)", "(2)-", "(10)", "-", "+", "•", "*", "BIỂU 01:", "PHỤ LỤC II", "BIỂU CHỈ TIÊU"),
    *("Nguyên nhân khách quan:", "Mục tiêu chung", "Tồn tại, hạn chế", "Bài học kinh nghiệm."),
)
MARKERS = (
    *(
        "¹",
        "²",
        "³",
        "¹²",
        "⁽¹⁾",
        "⁽⁵²⁾",
        "<sup>1</sup>",
        "<sup>(2)</sup>",
        "<sup>3</sup",
        "<SUP> 12 </SUP>",
        "[^1]",
        "[^2]",
    ),
    *(
        "[footnoteRef:1]",
        "([footnoteRef:2])",
        "[footnoteRef:12345678901234567890]",
        "(1)",
        "(2)",
        "m<sup>2</sup>",
        "m³",
    ),
    *("<sup>٣</sup>", "[^٣]", "[footnoteRef:٣]", "⁰", "⁽⁰⁾", "<sup>000</sup>", "<sup>1</sup><sup>2</sup>"),
)
BODIES = ("[^1]: ", "[1: ", "[2: ", "[12345678901234567890: ", "¹ ", "⁽²⁾ ", "<sup>1</sup> ", "(1)- ", "(2) ", "[^٣]: ")
FURNITURE = (
    *("ĐẢNG BỘ TỈNH SƠN KHÊ", "HUYỆN ỦY THẠCH GIANG", "*", "ĐẢNG CỘNG SẢN VIỆT NAM", "Số 12-BC/HU", "Số    -BC/HU"),
    *("Thạch Giang, ngày 5 tháng 12 năm 2023", "Mường Lìm, ngày    tháng    năm 2024", "ngày 99 tháng 99 năm 9999"),
    *("BÁO CÁO", "BÁO CÁO CHÍNH TRỊ", "NGHỊ QUYẾT", "(Dự thảo)", "(Trình Đại hội)", "(Kèm theo Báo cáo số 1)", "-----"),
    *("Nơi nhận:", "- Như trên;", "- Lưu VP.", "T/M BAN CHẤP HÀNH", "BÍ THƯ", "Lò Thị Mua", "KT. CHỦ TỊCH", "- 12 -"),
    *("Trang 3/20", "3", "12/40", "(03 trang)", "Đơn vị tính: %", "***", "___", "– – –", "………"),
)
INLINE = (
    *(
        "**",
        "*",
        "***",
        "__",
        "****",
        "<b>",
        "</b>",
        "<i>",
        "<br>",
        "<br/>",
        "<p align='x'>",
        "</span>",
        "<!--",
        "-->",
        "<!-- x -->",
    ),
    *("[bookmark: _Toc1]", "[bookmark:", "]", "[", "|", "\t", "\t\t", "  ", "\u00a0", "&nbsp;", "&#x200b;", "\\", "`"),
)
# Marks, invisible characters, letters that change length with their case, digits that int() takes or refuses, lone
# halves, what composes with its neighbour, our own tokens
ODD = (
    *(
        "\u0301",
        "\u0323",
        "\u031b",
        "\u0309" * 8,
        "e\u0302\u0301",
        "\u0344",
        "\u0958",
        "\u1100\u1161\u11a8",
        "\u1161",
        "\u212b",
    ),
    *(
        "\ufb01",
        "\u0130",
        "\u00df",
        "\u0149",
        "\u01c5",
        "\u1e9e",
        "\u0690",
        "\U0001d7d8",
        "\u0663",
        "\u00b2",
        "\u2460",
        "\u2167",
    ),
    *(
        "\u0bf0",
        "\u4e00",
        "\uff11",
        "\u2028",
        "\u2029",
        "\u0085",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1e",
        "\x1f",
        "\x00",
        "\x07",
        "\x7f",
    ),
    *(
        "\u00ad",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u202c",
        "\u2066",
        "\u2069",
        "\ufeff",
        "\u180e",
        "\u3164",
        "\u2800",
        "\u3000",
    ),
    *(
        "\ue000",
        "\ue001",
        "\ue002",
        "\ue000#1\ue0011\ue002",
        "\ue0001\ue001\ue002",
        "\uf0b7",
        "\ufffd",
        "\uffff",
        "\ufdd0",
    ),
    *(
        "\U0010ffff",
        "\U000e0041",
        "\U0001f1fb\U0001f1f3",
        "\U0001d165",
        "\u0f71\u0f72",
        "\u0327\u0301",
        "\u05d0\u05d1",
        "\ud800",
        "\udfff",
    ),
)
SEPARATORS = ("\n", "\n\n", "\n", "\r\n", "\r", "  \n", "\n\t", "\n    ", " ", "\n\n\n", "\u2028")
BIG = (
    "0",
    "-1",
    "1",
    "2",
    "9" * 5,
    "9" * 12,
    "9" * 40,
    "9" * 5000,
    "1e9",
    "NaN",
    "²",
    "٣",
    "0x10",
    " 3 ",
    "",
    "3.5",
    "+7",
)


def words(rng: Random, most: int = 25) -> str:
    """A run of words, now and then with a marker, inline markup or something odd in it."""
    out: list[str] = []
    for _ in range(rng.randint(1, most)):
        out.append(rng.choice(WORDS))
        chance = rng.random()
        if chance < 0.05:
            out[-1] += rng.choice(MARKERS)
        elif chance < 0.09:
            out.append(rng.choice(INLINE))
        elif chance < 0.12:
            at = rng.randint(0, len(out[-1]))
            out[-1] = out[-1][:at] + rng.choice(ODD) + out[-1][at:]
        elif chance < 0.125:
            out.append(chr(rng.choice((rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0x110000)))))
    text = (" " if rng.random() < 0.95 else "").join(out)
    return text.upper() if rng.random() < 0.08 else text


def row(rng: Random, between: str = "\t") -> str:
    """Cells of a table: words, figures, nothing."""
    cells = (
        rng.choice(("", "1", "2", "12,5", "100%", "I", "II.", "TT", "Chỉ tiêu", words(rng, 4)))
        for _ in range(rng.randint(1, 8))
    )
    return between.join(cells)
