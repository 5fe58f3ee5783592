"""Bombs by name: each is handled within the limits or refused in one sentence, and opens no file and no connection."""

from __future__ import annotations

import socket
import struct
import threading
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from ingest_helpers import attempt

from benchmarks.fuzz.container import pack
from benchmarks.fuzz.invariants import broken, unclear
from benchmarks.fuzz.portable import Portable
from benchmarks.fuzz.shapes import deflated, pdf
from ingest.document import Document
from ingest.errors import IngestError
from ingest.pipeline import parse_file
from ingest.sources import find_files, from_key

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ALARM = 60.0  # seconds of processor time: far above what any of these takes, far below what a defect would
MEMORY = 400 << 20  # bytes that Python may allocate for a file of a few megabytes


def docx(text: str, before: str = "") -> bytes:
    body = f"<w:document xmlns:w='{W}'><w:body>{text}</w:body></w:document>"
    return pack([("word/document.xml", (before + body).encode())])


def quadratic() -> bytes:
    """One long entity, used a hundred thousand times."""
    return docx(f"<w:p><w:r><w:t>{'&a;' * 100_000}</w:t></w:r></w:p>", f"<!DOCTYPE x [<!ENTITY a '{'ha' * 50_000}'>]>")


def laughs() -> bytes:
    names = "".join(f"<!ENTITY e{i} '{f'&e{i - 1};' * 10 if i else 'ha' * 10}'>" for i in range(12))
    return docx("<w:p><w:r><w:t>&e11;</w:t></w:r></w:p>", f"<!DOCTYPE x [{names}]>")


def parameter_laughs() -> bytes:
    names = "".join(f"<!ENTITY % p{i} '{f'%p{i - 1};' * 10 if i else 'ha' * 10}'>" for i in range(12))
    return docx("<w:p><w:r><w:t>chữ</w:t></w:r></w:p>", f"<!DOCTYPE x [{names}<!ENTITY z '%p11;'>]>")


RUN = "<w:r><w:t>chữ</w:t></w:r>"
TAGS = {
    "deep XML": docx("<w:sdt><w:sdtContent>" * 100_000 + "x"),
    "deep XML that closes": docx("<w:sdt>" * 50_000 + f"<w:p>{RUN}</w:p>" + "</w:sdt>" * 50_000),
    "tables in tables": docx("<w:tbl><w:tr><w:tc>" * 20_000 + f"<w:p>{RUN}</w:p>" + "</w:tc></w:tr></w:tbl>" * 20_000),
    "attributes": docx("<w:p " + " ".join(f"a{i}='1'" for i in range(200_000)) + f">{RUN}</w:p>"),
    "one attribute": docx(f"<w:p a='{'x' * 20_000_000}'>{RUN}</w:p>"),
    "one text": docx(f"<w:p><w:r><w:t>{'x' * 12_000_000}</w:t></w:r></w:p>"),
    "names": docx("".join(f"<w:n{i}/>" for i in range(50_000)) + f"<w:p>{RUN}</w:p>"),
    "namespaces": docx("".join(f"<a xmlns='u{i}'/>" for i in range(50_000)) + f"<w:p>{RUN}</w:p>"),
    "billion laughs": laughs(),
    "quadratic blowup": quadratic(),
    "parameter entities": parameter_laughs(),
    "entity ring": docx("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>", "<!DOCTYPE x [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>"),
    "UTF-16 in disguise": docx(f"<w:p>{RUN}</w:p>", "<?xml version='1.0' encoding='utf-16'?>"),
    "unknown encoding": docx(f"<w:p>{RUN}</w:p>", "<?xml version='1.0' encoding='x-none'?>"),
}


@pytest.mark.parametrize("name", TAGS)
def test_xml_bombs(name):
    tracemalloc.start()
    try:
        attempt(TAGS[name], "a.docx", ALARM)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that notes who calls."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(1)
                    calls.append(connection.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], calls
        stop.set()
        thread.join()


@pytest.mark.parametrize("scheme", ["file", "http", "plain"])
def test_external_entities_are_not_fetched(tmp_path: Path, listener, scheme):
    port, calls = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật 123", "utf-8")
    address = {"file": secret.as_uri(), "http": f"http://127.0.0.1:{port}/x", "plain": str(secret)}[scheme]
    doctypes = (
        f"<!DOCTYPE x [<!ENTITY e SYSTEM '{address}'>]>",
        f"<!DOCTYPE x [<!ENTITY e PUBLIC 'x' '{address}'>]>",
        f"<!DOCTYPE x [<!ENTITY % p SYSTEM '{address}'>%p;<!ENTITY e 'x'>]>",
        f"<!DOCTYPE x SYSTEM '{address}' [<!ENTITY e 'x'>]>",
    )
    for doctype in doctypes:
        found = [attempt(docx("<w:p><w:r><w:t>chữ &e; sau</w:t></w:r></w:p>", doctype), "a.docx", ALARM)]
        page = (
            f"{doctype}<html><head><link rel='stylesheet' href='{address}'/></head><body>chữ &e; <img src='{address}'/>"
        )
        found.append(attempt(page.encode(), "a.html", ALARM))
        found.append(
            attempt(f"<?xml-stylesheet href='{address}'?>{page}<iframe src='{address}'/>".encode(), "a.html", ALARM)
        )
        include = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{address}' parse='text'/>"
        found.append(attempt(docx(f"<w:p><w:r><w:t>chữ{include}</w:t></w:r></w:p>"), "a.docx", ALARM))
        assert all("bí mật" not in (f.canonical if isinstance(f, Document) else str(f)) for f in found)
    assert not calls


def zip_of(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def overlapping(copies: int) -> bytes:
    """Many entries of the table of contents that share one compressed member (after Fifield, WOOT 2019)."""
    single = zip_of(("word/document.xml", b"x" * 10_000_000))
    at = single.index(b"PK\x01\x02")
    entry = single[at : single.index(b"PK\x05\x06")]
    directory = entry * copies
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), at, 0)
    return single[:at] + directory + end


def lying_size(size: int) -> bytes:
    """A member whose table of contents promises another size than it has."""
    data = bytearray(zip_of(("word/document.xml", b"<x>" + b" " * 60_000_000 + b"</x>")))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, size)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zip_of(("word/document.xml", b"x" * 60_000_000)), id="one part"),
        pytest.param(zip_of(("word/document.xml", b"<x/>"), ("b", b"x" * 210_000_000)), id="another part"),
        pytest.param(
            zip_of(*((f"{i}.xml", b"x" * 100) for i in range(12_000)), ("word/document.xml", b"<x/>")), id="many parts"
        ),
        pytest.param(zip_of(("word/document.xml", b"x" * 60_000_000), method=zipfile.ZIP_BZIP2), id="bzip2"),
        pytest.param(zip_of(("word/document.xml", b"x" * 60_000_000), method=zipfile.ZIP_LZMA), id="lzma"),
        pytest.param(overlapping(500), id="overlapping entries"),
        pytest.param(lying_size(100), id="a size that lies"),
        pytest.param(lying_size(0xFFFFFFFE), id="a size of four gigabytes"),
    ],
)
def test_zip_bombs_are_refused(data):
    assert isinstance(attempt(data, "a.docx", ALARM), IngestError)


def test_a_docx_in_a_docx_is_not_opened():
    inner = docx(f"<w:p>{RUN}</w:p>")
    for _ in range(20):
        inner = zip_of(("word/document.xml", inner))
    assert isinstance(attempt(inner, "a.docx", ALARM), IngestError)


PLAIN = b"BT /F1 12 Tf 72 700 Td (con ho ngheo) Tj ET\n"


def with_stream(stream: bytes, filters: bytes) -> bytes:
    """A page whose content is `stream`, written as it is."""
    data = pdf(1, lambda _: PLAIN)
    body = Portable({1: (b"<</Type/Catalog/Pages 2 0 R>>", None)})
    head = data[: data.index(b"4 0 obj")]
    rest = data[data.index(b"5 0 obj") : data.index(b"xref\n")]
    new = b"4 0 obj\n<<%s/Length %d>>\nstream\n" % (filters, len(stream)) + stream + b"\nendstream\nendobj\n"
    assert body.root == 1
    return head + new + rest + b"trailer\n<</Size 6/Root 1 0 R>>\n%%EOF\n"


def page_tree(kids: bytes) -> bytes:
    data = pdf(1, lambda _: PLAIN)
    at = data.index(b"/Kids[")
    return data[:at] + kids + data[data.index(b"]", at) + 1 :]


def forms(count: int, drawn: int, *, own_names: bool = True) -> bytes:
    """Forms that draw the next one `drawn` times each: drawn**count in all; the last one draws the first.

    Without names of their own they draw with those of the page, as files of the first PDF versions do.
    """
    names = b"".join(b"/X%d %d 0 R" % (i, 100 + i) for i in range(count))
    out = Portable({1: (b"<</Type/Catalog/Pages 2 0 R>>", None), 2: (b"<</Type/Pages/Kids[3 0 R]/Count 1>>", None)})
    resources = b"<</Font<</F1 5 0 R>>/XObject<<%s>>>>" % names
    out.objects[3] = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources %s>>" % resources,
        None,
    )
    out.objects[4] = (b"<<>>", PLAIN + b"/X0 Do")
    out.objects[5] = (b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>", None)
    for i in range(count):
        own = b"/Resources " + resources if own_names else b""
        form = b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]%s>>" % own
        out.objects[100 + i] = (form, PLAIN + b"/X%d Do " % ((i + 1) % count) * drawn)
    return out.write()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            with_stream(deflated(PLAIN + b" " * 100_000_000, 2), b"/Filter[/FlateDecode/FlateDecode]"),
            id="deflated twice",
        ),
        pytest.param(
            with_stream(deflated(b"0 0 m " * 5_000_000 + PLAIN, 1), b"/Filter/FlateDecode"), id="deflated operators"
        ),
        pytest.param(
            with_stream(deflated(b"q " * 500_000 + PLAIN, 1), b"/Filter/FlateDecode"), id="states never restored"
        ),
        pytest.param(with_stream(deflated(b"[" * 2_000_000 + PLAIN, 1), b"/Filter/FlateDecode"), id="deep arrays"),
        pytest.param(with_stream(b"<< /A " * 200_000 + PLAIN, b""), id="deep dictionaries"),
        pytest.param(
            with_stream(zlib.compress(PLAIN), b"/Filter[" + b"/FlateDecode" * 10_000 + b"]"), id="ten thousand filters"
        ),
        pytest.param(page_tree(b"/Kids[2 0 R]"), id="page tree in itself"),
        pytest.param(page_tree(b"/Kids[" + b"5 0 R " * 30_000 + b"]"), id="one page thirty thousand times"),
        pytest.param(page_tree(b"/Kids[5 0 R]/Count 2147483647"), id="a count that lies"),
        pytest.param(page_tree(b"/Kids " + b"[" * 100_000), id="deep object"),
        pytest.param(forms(1, 1), id="form in itself"),
        pytest.param(forms(12, 6), id="forms that multiply"),
        pytest.param(forms(1, 2), id="form twice in itself"),
        pytest.param(forms(1, 10, own_names=False), id="form in itself by the page's names"),
        pytest.param(forms(12, 6, own_names=False), id="forms that multiply by the page's names"),
        pytest.param(pdf(1, lambda _: PLAIN).replace(b"595 842", b"1e30 1e30"), id="endless page"),
        pytest.param(pdf(1, lambda _: PLAIN).replace(b"/Parent 2 0 R", b"/Parent 5 0 R"), id="its own parent"),
    ],
)
def test_pdf_bombs(data):
    attempt(data, "a.pdf", ALARM)


def test_a_pdf_of_ten_thousand_pages():
    data = pdf(10_001, lambda i: b"BT /F1 12 Tf 72 700 Td (Trang so %d con ho ngheo.) Tj ET" % i)
    found = attempt(data, "a.pdf", 3 * ALARM)
    assert isinstance(found, IngestError)
    assert "trang" in str(found)


def test_a_file_whose_name_is_no_text(tmp_path):
    path = Path(bytes(tmp_path).decode() + "/x\udcff.txt")
    path.write_text("I. KẾT QUẢ\n\nToàn huyện còn 340 hộ nghèo.\n", "utf-8")
    document = parse_file(path)
    assert not broken(document)
    assert document.source == "x�.txt"
    path.write_bytes(b"")
    with pytest.raises(IngestError) as caught:
        parse_file(path)
    assert not unclear(caught.value)


def test_a_name_that_is_no_text_has_a_key_that_leads_back(tmp_path):
    """Keys go into SQLite, sources into JSON; neither takes half of a pair."""
    path = Path(bytes(tmp_path).decode() + "/x\udcff.txt")
    path.write_text("Toàn huyện còn 340 hộ nghèo.\n", "utf-8")
    (source,) = find_files([tmp_path])
    assert source.source.encode("utf-8") == "x�.txt".encode()
    assert source.key.isascii()
    assert from_key(source.key) == source
    assert from_key(source.key).read_bytes() == path.read_bytes()
