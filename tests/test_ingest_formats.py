"""Pages saved as one file, pieces of HTML, text in wide encodings."""

from __future__ import annotations

import base64
import quopri

import pytest

from ingest.document import Document
from ingest.errors import EmptyFileError, FileUnreadableError, IngestError, UnsupportedFileError
from ingest.pipeline import parse_bytes
from ingest.readers import MHT, sniff


def parse(data: bytes, name: str = "a.docx") -> Document:
    document = parse_bytes(data, name)
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    return document


def texts(document: Document) -> list[str]:
    return [p.text for p in document.passages]


def codes(document: Document) -> set[str]:
    return {w.code for w in document.warnings}


# --- HTML and MHTML ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<p class=MsoNormal>Huyện có 12 xã.</p><p>Còn 340 hộ&nbsp;nghèo.</p>",
        "<!-- lưu từ Word -->\n<div><p>Huyện có 12 xã.</p>\n<p>Còn 340 hộ nghèo.</p></div>",
        "<meta charset=utf-8><p>Huyện có 12 xã.</p><p>Còn 340 hộ nghèo.</p>",
        "<body><p>Huyện có 12 xã.</p><p>Còn 340 hộ nghèo.</p></body>",
        "<?xml version='1.0'?><div><p>Huyện có 12 xã.</p><p>Còn 340 hộ nghèo.</p></div>",
    ],
)
def test_a_piece_of_html_is_html(page):
    for codec in ("utf-8", "utf-16", "utf-16-le"):
        document = parse(page.encode(codec), "a.txt")
        assert document.media_type == "text/html"
        assert [t.replace("\xa0", " ") for t in texts(document)] == ["Huyện có 12 xã.", "Còn 340 hộ nghèo."]


@pytest.mark.parametrize(
    "text",
    [
        "<div align=center>**BÁO CÁO**</div>\n\n" + "Huyện có 12 xã đạt chuẩn.\n\n" * 60,
        "<p>## không phải</p>\n# I. KẾT QUẢ\n\nHuyện có 12 xã.\n",
        "<b>Huyện</b> có 12 xã.\n",
        "<5 hộ nghèo mỗi bản.\n",
        "MIME-Version: 1.0 là tiêu chuẩn về thư điện tử.\n",
    ],
)
def test_text_with_some_markup_stays_text(text):
    assert sniff(text.encode()) == "text/plain"


def mht(page: bytes, charset: str, encoding: str, start: bool = False) -> bytes:
    head = (
        "From: <Lưu từ Word>\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/related; type="text/html";{" start=<page>;" if start else ""}\r\n'
        '\tboundary="=_x"\r\n'
        "\r\nThis document is a Single File Web Page.\r\n\r\n"
    )
    part = (
        "--=_x\r\nContent-Location: file:///C:/{}\r\nContent-ID: {}\r\nContent-Transfer-Encoding: {}\r\n"
        "Content-Type: {}\r\n\r\n"
    )
    other = b"<html><body><p>\xc4\x90\xe1\xba\xa7u trang</p></body></html>"
    pieces = [
        (part.format("a_files/header.htm", "<head>", "8bit", 'text/html; charset="utf-8"'), other),
        (part.format("a.htm", "<page>", encoding, f'text/html; charset="{charset}"'), page),
        (part.format("a_files/image001.png", "<image>", "base64", "image/png"), b"iVBORw0KGgo="),
    ]
    pieces = pieces if start else [pieces[1], pieces[0], pieces[2]]
    return head.encode() + b"".join(h.encode() + b + b"\r\n\r\n" for h, b in pieces) + b"--=_x--\r\n"


PAGE = (
    "<html><head><meta charset=us-ascii></head><body><h3>I. KẾT QUẢ</h3>"
    "<p>Còn 340 hộ<a href='#_ftn1'>[1]</a> nghèo.</p>"
    "<div id='ftn1'><p><a href='#_ftnref1'>[1]</a> Theo chuẩn mới.</p></div></body></html>"
)


@pytest.mark.parametrize("start", [True, False], ids=["named", "first"])
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_a_page_saved_as_one_file(encoding, start):
    raw = PAGE.encode()
    body = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes, "8bit": bytes}[encoding](raw)
    data = mht(body, "utf-8", encoding, start)
    assert sniff(data) == MHT
    document = parse(data, "a.doc")
    assert document.media_type == "multipart/related"
    assert texts(document)[0] == "Còn 340 hộ nghèo."
    assert [n.text for n in document.footnotes] == ["Theo chuẩn mới."]
    assert "Đầu trang" not in document.canonical
    assert codes(document) == set()


def test_a_message_without_a_page_is_refused():
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
    data = head + b"--x\r\nContent-Type: image/png\r\n\r\nx\r\n--x--\r\n"
    with pytest.raises(FileUnreadableError, match=r"no page"):
        parse_bytes(data, "a.mht")


@pytest.mark.parametrize("depth", [50, 3000])
def test_messages_inside_each_other_end(depth):
    data = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    for i in range(depth):
        data += b"--b\nContent-Type: multipart/related; boundary=b%d\n\n--b%d\n" % (i, i)
    with pytest.raises(IngestError):
        parse_bytes(data, "a.mht")


# --- text -------------------------------------------------------------------------------------------------------------

REPORT = "I. KẾT QUẢ\n\nĐảng bộ huyện có 39 chi bộ, 712 đảng viên.\n"


@pytest.mark.parametrize("codec", ["utf-32", "utf-32-le", "utf-32-be", "utf-16", "utf-16-le", "utf-16-be"])
def test_wide_encodings(codec):
    document = parse(REPORT.encode(codec), "a.txt")
    assert texts(document) == ["Đảng bộ huyện có 39 chi bộ, 712 đảng viên."]
    assert ("encoding" in codes(document)) is codec.endswith("e")


@pytest.mark.parametrize("order", ["le", "be"])
def test_wide_encodings_with_their_mark(order):
    for codec in (f"utf-16-{order}", f"utf-32-{order}"):
        document = parse(("\ufeff" + REPORT).encode(codec), "a.txt")
        assert texts(document) == ["Đảng bộ huyện có 39 chi bộ, 712 đảng viên."]
        assert codes(document) == set()


def test_zeros_are_no_text():
    for data in (bytes(4096), b"\xff\xfe\0\0" + bytes(4096)):
        with pytest.raises((UnsupportedFileError, EmptyFileError)):
            parse_bytes(data, "a.txt")
