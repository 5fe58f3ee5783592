"""Damaged and hostile files: each a named error, never a hang, and never the end of the others."""

from __future__ import annotations

import os
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

from ingest.document import Document
from ingest.errors import (
    EmptyFileError,
    EncryptedFileError,
    FileUnreadableError,
    IngestError,
    UnsupportedFileError,
)
from ingest.many import parse_many
from ingest.pipeline import parse_bytes, parse_file
from ingest.sources import find_files

GOOD = "I. KẾT QUẢ\n\nToàn huyện còn 340 hộ nghèo, giảm 52 hộ so với năm trước.\n"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(password: str | None = None) -> bytes:
    out = BytesIO()
    encrypt = pdfencrypt.StandardEncryption(password) if password else None
    page = canvas.Canvas(out, encrypt=encrypt, invariant=1)
    page.drawString(80, 700, "Bao cao ket qua")
    page.save()
    return out.getvalue()


def package(**parts: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(f"word/{name}.xml", text)
    return out.getvalue()


FOLDER = {
    "1-tốt.txt": (GOOD.encode(), None),
    "2-rỗng.md": (b"", EmptyFileError),
    "3-cụt.pdf": (pdf()[:500], FileUnreadableError),
    "4-khóa.pdf": (pdf("mật"), EncryptedFileError),
    "5-ảnh.txt": (b"GIF89a" + bytes(range(256)) * 20, UnsupportedFileError),
    "6-trống.docx": (package(document=f"<w:document xmlns:w='{W}'><w:body/></w:document>"), EmptyFileError),
    "7-không.docx": (package(other="<x/>"), UnsupportedFileError),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (data, _) in FOLDER.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_one_good_file_among_bad_ones(folder, jobs):
    seen = []
    outcomes = list(parse_many(find_files([folder]), jobs=jobs, on_progress=seen.append))
    assert [o.source for o in outcomes] == sorted(FOLDER) == sorted(o.source for o in seen)
    for outcome in outcomes:
        wanted = FOLDER[outcome.source][1]
        if wanted is None:
            assert outcome.error is None
            assert outcome.document is not None
            assert "340 hộ nghèo" in outcome.document.canonical
        else:
            assert type(outcome.error) is wanted, outcome
            assert outcome.document is None
            assert outcome.source in str(outcome.error)
            assert outcome.error.do


def bad_xml(text: str) -> bytes:
    return package(document=text)


def entities() -> bytes:
    names = "".join(f"<!ENTITY e{i} '{f'&e{i - 1};' * 10 if i else 'ha' * 10}'>" for i in range(10))
    body = f"<w:document xmlns:w='{W}'><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
    return bad_xml(f"<!DOCTYPE x [{names}]>{body}")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(package(document="x" * 60_000_000), id="zip bomb"),
        pytest.param(entities(), id="entity expansion"),
        pytest.param(bad_xml("<w:document"), id="broken XML"),
        pytest.param(b"PK\x03\x04" + bytes(100), id="broken ZIP"),
        pytest.param(("<html><body>" + "<div>" * 5000 + "x").encode(), id="deep HTML"),
        pytest.param(
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF", id="PDF ring"
        ),
        pytest.param(b"%PDF-1.7\n%%EOF\n", id="PDF without anything"),
        pytest.param(b" \n\t\xc2\xa0\xe2\x80\x8b\n" * 50, id="white space"),
        pytest.param(b"<html><body><p> </p></body></html>", id="HTML without text"),
    ],
)
def test_refused_at_once(data):
    start = time.process_time()
    with pytest.raises(IngestError) as caught:
        parse_bytes(data, "tệp")
    assert time.process_time() - start < 10
    assert "tệp" in str(caught.value)


def test_no_entity_reads_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("bí mật 123")
    text = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{secret.as_uri()}'>]><w:document xmlns:w='{W}'><w:body><w:p><w:r>"
    data = bad_xml(text + "<w:t>chữ &e; thường</w:t></w:r></w:p></w:body></w:document>")
    try:
        document = parse_bytes(data, "a.docx")
    except IngestError:
        return
    assert "bí mật" not in document.canonical


def test_odd_numbers_in_a_docx_are_survived():
    level = (
        "<w:lvl w:ilvl='zwei'><w:start w:val='99999999999'/><w:numFmt w:val='upperRoman'/>"
        "<w:lvlText w:val='%1'/></w:lvl>"
    )
    numbering = f"<w:numbering xmlns:w='{W}'><w:abstractNum w:abstractNumId='1'>{level}</w:abstractNum>"
    properties = "<w:pPr><w:numPr><w:ilvl w:val='x'/><w:numId w:val='1'/></w:numPr></w:pPr>"
    body = f"<w:p>{properties}<!-- c --><w:r><!-- c --><w:t>Chữ</w:t></w:r></w:p>"
    document = parse_bytes(
        package(
            document=f"<w:document xmlns:w='{W}'><w:body>{body}</w:body></w:document>",
            numbering=numbering + "<w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num></w:numbering>",
        ),
        "a.docx",
    )
    assert "Chữ" in document.canonical


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("một hai ba bốn năm\n" * 50_000, id="one paragraph of lines"),
        pytest.param("từ" * 500_000, id="one word"),
        pytest.param("chữ " * 250_000, id="one line"),
        pytest.param("x" + " " * 1_000_000 + "y", id="spaces"),
        pytest.param("a<sup>1</sup> b\n<sup>1</sup> c\n" * 20_000, id="markers"),
        pytest.param("x<sup>1</sup>" * 60_000, id="markers in a line"),
        pytest.param("[footnoteRef:1] a\n" + "[1: \n" * 100_000, id="unclosed bodies"),
        pytest.param("x[[1]](#_ftn1)" * 40_000, id="linked markers in a line"),
        pytest.param("1. a [[1]](#_ftnref1)" * 30_000, id="links back in a line"),
        pytest.param("[[1]](#_ftnref1) a\n\nb [↑](#footnote-ref-1)\n" * 10_000, id="linked bodies"),
        pytest.param("[![[<a x[](" * 40_000, id="links that never close"),
        pytest.param("_a __“b " * 60_000, id="underscores"),
        pytest.param("1. Việc cần làm\n" * 40_000, id="numbers"),
        pytest.param("a\tb\tc\n\nd\n\n" * 25_000, id="tables"),
        pytest.param("- Lưu\n" * 60_000, id="archive lines"),
        pytest.param("Nơi nhận\n" * 60_000, id="recipients"),
        pytest.param("x <!-- " * 100_000, id="comments that never close"),
        pytest.param("x <!-- --> " * 60_000, id="comments"),
        pytest.param("**a** " * 60_000, id="stars"),
        pytest.param("I. A\n\nx.\n\n1. Việc " + "." * 200_000 + "x\n", id="leaders without a page"),
        pytest.param(
            "Có a(1), b(2), c(3).\n\n(1) A.\n\n(2) B.\n\n(3) C.\n\n" + "y\n\n(4) x.\n\n" * 20_000, id="a lost note"
        ),
        pytest.param("e" + "\u0301" * 500_000, id="combining marks"),
        pytest.param(". ” ) " * 100_000, id="closers"),
    ],
)
def test_large_input_in_linear_time(text):
    """The bound, of processor time, is far above what a linear pass takes: only a quadratic one can break it."""
    start = time.process_time()
    document = parse_bytes(text.encode(), "a.txt")
    assert time.process_time() - start < 30
    check(document)


def check(document: Document):
    assert not [w for w in document.warnings if w.code == "account"]
    assert all(document.canonical[p.start : p.end] == p.text for p in document.passages)
    assert all(len(p.text.split()) <= 250 for p in document.passages if p.kind != "table_row")


def test_files_are_found_once_and_hidden_ones_not(tmp_path):
    for name in ("b.txt", "a.md", ".ẩn.txt", "gold.json", "bỏ.txt", "con/c.docx", "con/cũ/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(GOOD)
    (tmp_path / ".vankienignore").write_text("# chú thích\nbỏ.*\n")
    (tmp_path / "con" / ".vankienignore").write_text("cũ/\n")
    found = find_files([tmp_path, tmp_path / "con" / ".." / "a.md", str(tmp_path / "b.txt")])
    assert [f.path.relative_to(tmp_path).as_posix() for f in found] == ["a.md", "b.txt", "con/c.docx"]
    with pytest.raises(FileUnreadableError, match=r"không thấy"):
        find_files([tmp_path / "không có"])


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "ống.txt")
    for path in (tmp_path, tmp_path / "ống.txt", tmp_path / "không có"):
        with pytest.raises(FileUnreadableError):
            parse_file(path)
