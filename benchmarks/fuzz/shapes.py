"""Hostile shapes of any size: what tempts a reader into time that grows with the square of the length."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from benchmarks.fuzz.container import pack
from benchmarks.fuzz.portable import Portable
from benchmarks.fuzz.word import W

Shape = Callable[[int], bytes]
_TEXT = "Toàn huyện còn 340 hộ nghèo, giảm 52 hộ so với năm trước. "

_LINES = {
    "lines of one paragraph": "một hai ba bốn năm\n",
    "paragraphs": _TEXT + "\n\n",
    "empty lines": "\n",
    "one word": "từ",
    "one line": "chữ ",
    "sentences in a line": _TEXT,
    "spaces": " ",
    "tabs": "\t",
    "combining marks": "\u0301",
    "letters with marks": "e\u0323\u0302",
    "Hangul": "\u1100\u1161",
    "right to left": "\u202e\u05d0",
    "private use": "\ue000#1\ue0011\ue002",
    "NUL": "chữ\x00 sau ",
    "markers": "a<sup>1</sup> b\n<sup>1</sup> c\n",
    "markers in a line": "x<sup>1</sup>",
    "superscripts": "x¹",
    "markers without body": "x¹ y\n",
    "bodies without marker": "¹ Thân bài.\n",
    "rising bodies": "x¹ a² b³ c\n¹ Một.\n² hai\n³ ba\nvà bốn\n",
    "references": "x[footnoteRef:1] [1: y]\n",
    "unclosed bodies": "[footnoteRef:1][1: \n",
    "Markdown notes": "x[^1]\n\n[^1]: y\n    z\n",
    "plain bodies": "(1)- x\n(2)- y¹\n",
    "headings": "I. KẾT QUẢ\n\n1. Nông nghiệp\n\nVề cơ bản hoàn thành.\n\n",
    "numbers": "1. Việc cần làm\n",
    "deep numbers": "1.1.1. Việc cần làm\n1.1.2.\n",
    "parts": "PHẦN THỨ NHẤT\nKẾT QUẢ\n",
    "annexes": "BIỂU 01: CHỈ TIÊU\nI. X\n1. Y\n",
    "annexes with tables": "BIỂU 01: CHỈ TIÊU\na\tb\tc\n1\t2\t3\n",
    "wrong numbers": "2.1.2. Hai\n2.13. Ba\n",
    "capitals": "KẾT QUẢ THỰC HIỆN\n",
    "roles": "Nguyên nhân khách quan:\n",
    "bold lead": "**1. Nông nghiệp.** Thực hiện tốt.\n",
    "tables": "a\tb\tc\n\nd\n\n",
    "rows": "a\tb\t1\t2\n",
    "groups of rows": "I\tNHÓM\t\na\tb\t1\n",
    "cells in a row": "a\t",
    "pipes": "| a ",
    "pipe rows": "| a | b | c |\n",
    "pages": "- 12 -\nchữ thường\n",
    "recipients": "Nơi nhận:\n- Như trên,\n",
    "archive lines": "- Lưu VP.\n",
    "signatures": "T/M BAN CHẤP HÀNH\nLò Thị Mua\n",
    "comments": "x <!-- --> ",
    "unclosed comments": "x <!-- ",
    "tags": "<b>x</b> ",
    "unclosed tags": "<p ",
    "stars": "**a** ",
    "lone stars": "* a*b *",
    "underscores": "__a__ _",
    "brackets": "[[(",
    "closers": ". ” ) ",
    "dates": "ngày 5 tháng 12 năm 2023 ",
    "units": "huyện Mường Lìm ",
    "places": "Huyện Mường Lìm Sơn Khê ",
    "years": "năm 2023-\n2024 ",
    "digits": "1.",
    "commas": "a,",
    "quotes": "“a ",
    "bookmarks": "[bookmark: _Toc",
    "closed bookmarks": "[bookmark: _Toc]x",
    "markers in cells": "x¹\t",
    "markers in rows": "x¹\ty²\t3\n",
    "form feeds": "chữ\x0c",
    "wrapped lines": "một hai ba bốn năm sáu bảy tám chín mười mười một mười hai mười ba\n",
    "indented lines": "    một hai ba bốn\n",
    "stars as markers": "x(*) y\n(*) Ghi chú.\n",
    "lists in brackets": "(1) x; (2) y; (3) z.\n",
    "slogans": "(Báo cáo\n",
    "letterheads": "HUYỆN ỦY    ĐẢNG CỘNG SẢN VIỆT NAM\n",
}


def _repeated(piece: str) -> Shape:
    return lambda size: ("Báo cáo\n\n" + piece * (size // len(piece.encode("utf-8", "replace")))).encode(
        "utf-8", "replace"
    )


def _page(before: str, piece: str, after: str = "") -> Shape:
    return lambda size: f"<html><body><p>chữ</p>{before}{piece * (size // len(piece))}{after}".encode()


_PAGES = {
    "HTML paragraphs": ("", "<p>chữ thường</p>", ""),
    "HTML deep divs": ("", "<div>", "x"),
    "HTML deep inline": ("", "<b>", "x"),
    "HTML unclosed fonts": ("", "<p><font>x", ""),
    "HTML tables in tables": ("", "<table><tr><td>", "x"),
    "HTML rows": ("<table>", "<tr><td>a</td><td>1</td></tr>", ""),
    "HTML cells": ("<table><tr><td>a</td></tr><tr>", "<td>a</td>", ""),
    "HTML rows in rows": ("<table>", "<tr><thead>", "<td>x"),
    "HTML attributes": ("<p ", "a='1' ", ">x</p>"),
    "HTML different attributes": ("<p ", "", ">x</p>"),
    "HTML one attribute": ("<p a='", "x", "'>y</p>"),
    "HTML comments": ("", "<!-- x -->y", ""),
    "HTML unclosed comments": ("", "<!-- x ", ""),
    "HTML entities": ("", "&#x1EC7;&nbsp;&bogus;", ""),
    "HTML invisible": ("", "&#x200b;x", ""),
    "HTML references": ("", "<a href='#_ftn1'>[1]</a>", ""),
    "HTML notes": ("", "<a href='#_ftn1'>[1]</a><div id='ftn1'><a href='#_ftnref1'>[1]</a> y</div>", ""),
    "HTML raised": ("", "x<sup>1</sup>", ""),
    "HTML lines": ("<pre>", "x\n", ""),
    "HTML breaks": ("", "x<br>", ""),
    "HTML markers in cells": ("<table><tr><td>a</td></tr><tr>", "<td>x<sup>1</sup></td>", ""),
    "HTML quotes": ("", "<p a=\"x' ", ""),
    "HTML quotes in turn": ("", "<p a=\"x' b='\"", ""),
    "HTML tags in tags": ("", "<p <b ", ""),
    "HTML conditional": ("", "<![if x]>y", ""),
    "HTML menus": ("", "<nav>x</nav>y", ""),
    "HTML unclosed tags": ("", "<", ""),
    "HTML lists": ("", "<ul><li>x</ul>", ""),
}


def _document(before: str, piece: str, after: str = "", **parts: str) -> Shape:
    def make(size: int) -> bytes:
        inner = f"{before}{piece * (size // len(piece))}{after}"
        body = f"<w:document xmlns:w='{W}'><w:body><w:p><w:r><w:t>chữ</w:t></w:r></w:p>{inner}</w:body></w:document>"
        more = [(f"word/{name}.xml", text.encode()) for name, text in parts.items()]
        return pack([("word/document.xml", body.encode()), *more], 0)

    return make


_RUN = "<w:r><w:t>chữ </w:t></w:r>"
_NUMBERED = (
    "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>"
)
_LIST = (
    f"<w:numbering xmlns:w='{W}'><w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'><w:lvlText w:val='%1.'/></w:lvl>"
    "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num></w:numbering>"
)
_BOX = f"<w:r><w:drawing><w:txbxContent><w:p>{_RUN}</w:p></w:txbxContent></w:drawing></w:r>"
_DOCUMENTS = {
    "DOCX paragraphs": ("", f"<w:p>{_RUN}</w:p>", ""),
    "DOCX runs": ("<w:p>", _RUN, "</w:p>"),
    "DOCX one text": ("<w:p><w:r><w:t>", "x", "</w:t></w:r></w:p>"),
    "DOCX rows": ("<w:tbl>", f"<w:tr><w:tc><w:p>{_RUN}</w:p></w:tc><w:tc><w:p>{_RUN}</w:p></w:tc></w:tr>", "</w:tbl>"),
    "DOCX cells": ("<w:tbl><w:tr><w:tc/></w:tr><w:tr>", f"<w:tc><w:p>{_RUN}</w:p></w:tc>", "</w:tr></w:tbl>"),
    "DOCX tables": ("", f"<w:tbl><w:tr><w:tc><w:p>{_RUN}</w:p></w:tc></w:tr></w:tbl>", ""),
    "DOCX boxes": ("<w:p>", _BOX, "</w:p>"),
    "DOCX references": ("<w:p>", "<w:r><w:t>a</w:t><w:footnoteReference w:id='1'/></w:r>", "</w:p>"),
    "DOCX breaks": ("<w:p>", "<w:r><w:t>a</w:t><w:br/></w:r>", "</w:p>"),
    "DOCX pages": ("", "<w:p><w:r><w:lastRenderedPageBreak/><w:t>a</w:t></w:r></w:p>", ""),
    "DOCX numbered": ("", _NUMBERED, ""),
    "DOCX insertions": ("<w:p>", f"<w:ins>{_RUN}</w:ins>", "</w:p>"),
    "DOCX deletions": ("<w:p>", f"<w:del>{_RUN}</w:del>", "</w:p>"),
    "DOCX stray texts": ("", "<w:t>x</w:t>", ""),
    "DOCX comments": ("<w:p>", "<!-- x -->", "<w:r><w:t>x</w:t></w:r></w:p>"),
}


def different_references(size: int) -> bytes:
    """Every reference with its own id and its own body."""
    count = size // 200
    body = "".join(f"<w:p>{_RUN}<w:r><w:footnoteReference w:id='{i}'/></w:r></w:p>" for i in range(count))
    notes = "".join(f"<w:footnote w:id='{i}'><w:p>{_RUN}</w:p></w:footnote>" for i in range(count))
    return _document("", body or " ", "", footnotes=f"<w:footnotes xmlns:w='{W}'>{notes}</w:footnotes>")(len(body) or 1)


def different_attributes(size: int) -> bytes:
    """One tag with ever new attributes."""
    return ("<html><body><p " + " ".join(f"a{i}='1'" for i in range(size // 12)) + ">chữ</p>").encode()


def rising(size: int) -> bytes:
    """Markers and bodies numbered through to the thousands."""
    count = min(size // 60, 999)
    one = "".join(f"Việc thứ {i}<sup>{i}</sup> đã xong.\n\n" for i in range(1, count + 1))
    two = "".join(f"<sup>{i}</sup> Nguồn số {i}.\n\n" for i in range(1, count + 1))
    return ((one + two) * max(1, size // len(one + two))).encode()


def pdf_pages(size: int) -> bytes:
    """Small pages, many of them."""
    return pdf(size // 400, lambda i: b"BT /F1 12 Tf 72 700 Td (Trang %d con ho ngheo) Tj ET" % i)


def pdf_lines(size: int) -> bytes:
    """One page with many lines of text."""
    line = b"BT /F1 8 Tf %d %d Td (con ho ngheo) Tj ET\n"
    return pdf(1, lambda _: b"".join(line % (20 + 70 * (i % 7), 5 + i * 9 % 800) for i in range(size // 40)))


def pdf_rules(size: int) -> bytes:
    """One page with a grid of many rules, and a word."""
    rules = b"".join(
        b"%d 0 m %d 800 l S 0 %d m 600 %d l S\n" % (i % 600, i % 600, i % 800, i % 800) for i in range(size // 44)
    )
    return pdf(1, lambda _: b"BT /F1 8 Tf 72 700 Td (ho ngheo) Tj ET\n" + rules)


def pdf(pages: int, content: Callable[[int], bytes]) -> bytes:
    """A plain file of so many pages."""
    out = Portable({1: (b"<</Type/Catalog/Pages 2 0 R>>", None), 2: (b"", None)})
    out.objects[3] = (b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>", None)
    kids: list[bytes] = []
    number = 3
    for i in range(max(1, pages)):
        out.objects[number + 1] = (b"<<>>", content(i))
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
        out.objects[number + 2] = (page % (number + 1), None)
        number += 2
        kids.append(b"%d 0 R" % number)
    out.objects[2] = (b"<</Type/Pages/Kids[" + b" ".join(kids) + b"]/Count %d>>" % len(kids), None)
    return out.write()


def deflated(data: bytes, times: int) -> bytes:
    """`data` compressed again and again: FlateDecode of FlateDecode."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def shapes() -> dict[str, tuple[str, Shape]]:
    """Name → (reader, maker of that shape in about the given number of bytes)."""
    found: dict[str, tuple[str, Shape]] = {name: ("text", _repeated(piece)) for name, piece in _LINES.items()}
    found |= {name: ("html", _page(*parts)) for name, parts in _PAGES.items() if parts[1]}
    found |= {name: ("docx", _document(*parts)) for name, parts in _DOCUMENTS.items()}
    found["DOCX numbered"] = ("docx", _document("", _NUMBERED, numbering=_LIST))
    found["DOCX notes"] = ("docx", different_references)
    found["HTML different attributes"] = ("html", different_attributes)
    found["rising markers"] = ("text", rising)
    found["PDF pages"] = ("pdf", pdf_pages)
    found["PDF lines"] = ("pdf", pdf_lines)
    found["PDF rules"] = ("pdf", pdf_rules)
    return found
