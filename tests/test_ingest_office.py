"""DOC, RTF and ODT through the machine's own LibreOffice: the same document comes out, and nothing else happens."""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ingest.document import Document
from ingest.errors import EncryptedFileError, FileUnreadableError, IngestError, UnsupportedFileError
from ingest.pipeline import parse_bytes, parse_file
from ingest.readers import office, sniff
from ingest.readers.containers import DOC, OleFile

REPO = Path(__file__).resolve().parents[1]
FORMATS = {"doc": "doc:MS Word 97", "rtf": "rtf:Rich Text Format", "odt": "odt:writer8"}
MEDIA = {"doc": DOC, "rtf": "application/rtf", "odt": "application/vnd.oasis.opendocument.text"}
RTF = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Times New Roman;}}\f0 Huy\u7879?n c\u243? 12 x\u227? \u273?\u7841?t chu\u7849?n.\par}"  # noqa: E501


@pytest.fixture(scope="session")
def soffice() -> str:
    found = next((path for name in office.PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("LibreOffice is not on this machine")
    return found


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where conversions put their files, so that what is left over can be seen."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def running(folder: Path) -> list[str]:
    """Command lines of processes that work in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def is_clean(folder: Path, seconds: float = 10) -> bool:
    """Whether neither a file nor a process is left, after a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not running(folder) and not list(folder.iterdir()):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def converted(soffice: str, sample_files, tmp_path_factory) -> dict[str, Path]:
    """One of the samples in every old format, as LibreOffice writes it."""
    folder = tmp_path_factory.mktemp("old")
    source = next(p for p in sample_files if p.suffix == ".docx")
    for form in FORMATS.values():
        command = [
            soffice,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            form,
        ]
        subprocess.run([*command, "--outdir", str(folder), str(source)], check=True, capture_output=True, timeout=300)
    return {"docx": source} | {suffix: folder / f"{source.stem}.{suffix}" for suffix in FORMATS}


def shape(document: Document) -> tuple:
    """Outline, footnotes and metadata: what must be the same whatever the format."""
    return (
        [(s.level, s.number, s.title) for s in document.sections],
        [(n.marker, n.text, n.note) for n in document.footnotes],
        document.metadata.title,
        document.metadata.number,
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_document_in_an_old_format(converted, suffix, room):
    wanted, found = parse_file(converted["docx"]), parse_file(converted[suffix])
    assert found.media_type == MEDIA[suffix]
    assert shape(found) == shape(wanted)
    assert [p.text for p in found.passages] == [p.text for p in wanted.passages]
    assert [t.rows for t in found.tables] == [t.rows for t in wanted.tables]
    assert {w.code for w in found.warnings} - {w.code for w in wanted.warnings} == {"converted"}
    assert {p.page for p in found.passages} == {None}, "LibreOffice's pages are not Word's"
    assert is_clean(room)


def test_content_decides_not_the_name(soffice):
    document = parse_bytes(RTF, "báo cáo.doc")
    assert document.media_type == "application/rtf"
    assert [p.text for p in document.passages] == ["Huyện có 12 xã đạt chuẩn."]


def test_without_libreoffice_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnsupportedFileError, match=r"a\.rtf.*LibreOffice.*libreoffice-writer-nogui"):
        parse_bytes(RTF, "a.rtf")


# --- nothing runs, nothing is fetched ---------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """A web server of our own: its address, and what it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"TU XA")

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


NAMESPACES = " ".join(
    f'xmlns:{short}="{full}"'
    for short, full in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "script": "urn:oasis:names:tc:opendocument:xmlns:script:1.0",
        "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
        "library": "http://openoffice.org/2000/library",
        "xlink": "http://www.w3.org/1999/xlink",
        "dom": "http://www.w3.org/2001/xml-events",
    }.items()
)


def odt(body: str, scripts: str = "", **parts: str) -> bytes:
    out = BytesIO()
    content = (
        f'<office:document-content {NAMESPACES} office:version="1.2"><office:scripts>{scripts}</office:scripts>'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    files = {"content.xml": content, **{name.replace("__", "/") + ".xml": text for name, text in parts.items()}}
    entries = "".join(f'<manifest:file-entry manifest:full-path="{n}" manifest:media-type="text/xml"/>' for n in files)
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", MEDIA["odt"])
        for name, text in files.items():
            archive.writestr(name, text)
        root = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MEDIA["odt"]}"/>'
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest {NAMESPACES} manifest:version="1.2">{root}{entries}</manifest:manifest>',
        )
    return out.getvalue()


def frame(inside: str) -> str:
    size = 'svg:width="3cm" svg:height="3cm" text:anchor-type="as-char"'
    return f"<text:p><draw:frame {size}>{inside}</draw:frame></text:p>"


def linked(kind: str, target: str) -> str:
    return frame(f'<draw:{kind} xlink:href="{target}" xlink:type="simple" xlink:actuate="onLoad"/>')


def section(name: str, target: str) -> str:
    source = f'<text:section-source xlink:href="{target}" xlink:type="simple" text:filter-name="Text"/>'
    return f'<text:section text:name="{name}">{source}<text:p>Đoạn {name} cũ.</text:p></text:section>'


def test_links_are_not_followed(soffice, web, tmp_path):
    address, asked = web
    secret = tmp_path / "bí mật.txt"
    secret.write_text("MAT KHAU TREN MAY")
    body = (
        "<text:p>Huyện có 12 xã đạt chuẩn.</text:p>"
        + section("một", secret.as_uri())
        + section("hai", f"{address}/section.txt")
        + linked("image", f"{address}/image.png")
        + linked("object", f"{address}/object.odt")
        + linked("floating-frame", f"{address}/frame.html")
    )
    field = r"{\field{\*\fldinst %s}{\fldrslt cu}}"
    fields = "".join(
        field % what
        for what in (
            f'INCLUDEPICTURE "{address}/rtf.png"',
            f'INCLUDETEXT "{address}/rtf.txt"',
            f'INCLUDETEXT "{secret}"',
        )
    )
    rtf = rf"{{\rtf1\ansi{{\*\template {address}/mau.dot}} Mot {fields} hai.\par}}".encode()
    for name, data in (("a.odt", odt(body)), ("a.rtf", rtf)):
        document = parse_bytes(data, name)
        assert "MAT KHAU" not in document.canonical
        assert "TU XA" not in document.canonical
    assert asked == []


def test_that_the_settings_are_what_keeps_links_closed(soffice, web, monkeypatch):
    """Otherwise the test above would pass for some other reason."""
    address, asked = web
    monkeypatch.setattr(office, "_SETTINGS", ())
    parse_bytes(odt("<text:p>Có chữ.</text:p>" + linked("image", f"{address}/image.png")), "a.odt")
    assert asked


def test_macros_do_not_run(soffice, tmp_path):
    ran = tmp_path / "ran"
    event = (
        '<office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" '
        'xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document" xlink:type="simple"/>'
        "</office:event-listeners>"
    )
    module = f'Sub Main\n Open "{ran}" For Output As #1\n Print #1, "x"\n Close #1\nEnd Sub'
    data = odt(
        "<text:p>Huyện có 12 xã đạt chuẩn.</text:p>",
        event,
        **{
            "Basic__script-lc": f"<library:libraries {NAMESPACES}><library:library library:name='Standard' "
            "library:link='false'/></library:libraries>",
            "Basic__Standard__script-lb": f"<library:library {NAMESPACES} library:name='Standard' "
            "library:readonly='false' library:passwordprotected='false'><library:element library:name='M'/>"
            "</library:library>",
            "Basic__Standard__M": f'<script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" '
            f'script:language="StarBasic">{module}</script:module>',
        },
    )
    assert "12 xã" in parse_bytes(data, "a.odt").canonical
    assert not ran.exists()


# --- limits and leftovers ---------------------------------------------------------------------------------------------


def test_a_conversion_that_takes_too_long_is_ended(soffice, room):
    start = time.monotonic()
    with pytest.raises(FileUnreadableError, match=r"took too long"):
        office.read_office(RTF, "application/rtf", ".rtf", seconds=0.2)
    assert time.monotonic() - start < 10
    assert is_clean(room)


READER = "import sys; from ingest.pipeline import parse_file; parse_file(sys.argv[1])"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_whoever_is_stopped_leaves_nothing(soffice, room, tmp_path, how):
    path = tmp_path / "dài.rtf"
    path.write_bytes(RTF[:-1] + rb"Cau van dai cua bao cao.\par " * 300_000 + b"}")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)],
        env={**os.environ, "TMPDIR": str(room), "PYTHONPATH": str(REPO)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not any("soffice" in line and "--convert-to" in line for line in running(room)) and time.monotonic() < end:
        time.sleep(0.05)
    assert reader.poll() is None
    assert list(room.iterdir())
    os.killpg(reader.pid, how)
    assert reader.wait(30) != 0
    assert is_clean(room)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(odt("<text:p>Chữ.")[:-200], id="ODT cut off"),
        pytest.param(odt("<text:p>Chữ."), id="ODT with broken XML"),
        pytest.param(b"{\\rtf", id="RTF without anything"),
        pytest.param(b"{\\rtf1" + bytes(range(1, 256)) * 40, id="RTF of garbage"),
        pytest.param(b"{\\rtf1" + b"{" * 50_000, id="RTF nested deeply"),
    ],
)
def test_broken_files_give_one_sentence(soffice, data, room):
    try:
        document = parse_bytes(data, "tệp")
    except IngestError as error:
        told = str(error)
        assert told.startswith("tệp: ")
        assert error.do  # noqa: PT017
    else:
        assert not [w for w in document.warnings if w.code == "account"]
    assert is_clean(room)


def test_a_doc_cut_off_is_an_error(converted):
    data = converted["doc"].read_bytes()
    for size in (600, len(data) // 3):
        with pytest.raises(FileUnreadableError):
            parse_bytes(data[:size], "a.doc")


# --- passwords, and what else lies in OLE containers ------------------------------------------------------------------


def test_passwords_are_named(converted):
    data = bytearray(converted["doc"].read_bytes())
    assert not OleFile(bytes(data)).word_is_encrypted()
    head = data.find(b"\xec\xa5")
    data[head + 11] |= 0x01
    with pytest.raises(EncryptedFileError, match=r"mật khẩu"):
        parse_bytes(bytes(data), "a.doc")
    locked = BytesIO()
    with zipfile.ZipFile(BytesIO(odt("<text:p>Chữ.</text:p>"))) as source, zipfile.ZipFile(locked, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("manifest.xml"):
                text = text.replace(b'"content.xml" manifest:media-type="text/xml"/>',
                                    b'"content.xml" manifest:media-type="text/xml"><manifest:encryption-data/>'
                                    b"</manifest:file-entry>")  # fmt: skip
            target.writestr(name, text)
    with pytest.raises(EncryptedFileError, match=r"mật khẩu"):
        parse_bytes(locked.getvalue(), "a.odt")


def ole(*streams: str) -> bytes:
    """An OLE container with these (empty) streams under its root: header, one sector of table, one of directory."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109L", 0, *[free] * 108)
    table = struct.pack("<128L", 0xFFFFFFFD, end, *[free] * 126)
    directory = b""
    for number, name in enumerate(("Root Entry", *streams)):
        raw = name.encode("utf-16-le")
        right = number + 1 if 0 < number < len(streams) else free
        child = 1 if number == 0 and streams else free
        kind = 5 if number == 0 else 2
        entry = raw.ljust(64, b"\0") + struct.pack("<HBB3L", len(raw) + 2, kind, 1, free, right, child)
        directory += entry + bytes(36) + struct.pack("<LQ", end, 0)
    return header + table + directory.ljust(512, b"\0")


@pytest.mark.parametrize(
    ("streams", "kind"),
    [
        (("1Table", "WordDocument"), DOC),
        (("Workbook",), "application/vnd.ms-excel"),
        (("Book",), "application/vnd.ms-excel"),
        (("PowerPoint Document", "Pictures"), "application/vnd.ms-powerpoint"),
        (("\u4840\u3f3f\u4577", "\x05SummaryInformation"), "application/x-msi"),
        (("__properties_version1.0",), "application/vnd.ms-outlook"),
        (("x",), "application/x-ole-storage"),
    ],
)
def test_ole_containers_are_told_apart(streams, kind):
    assert sniff(ole(*streams)) == kind
    if kind != DOC:
        with pytest.raises(UnsupportedFileError, match=kind):
            parse_bytes(ole(*streams), "a.doc")


def test_office_files_under_a_password_are_named():
    with pytest.raises(EncryptedFileError, match=r"mật khẩu"):
        parse_bytes(ole("EncryptionInfo", "EncryptedPackage"), "a.docx")


def test_a_damaged_directory_ends():
    ring = bytearray(ole("a", "b", "c"))
    struct.pack_into("<L", ring, 512 + 4, 1)  # the directory's chain leads back to itself
    with pytest.raises(FileUnreadableError, match=r"OLE"):
        sniff(bytes(ring))
    loop = bytearray(ole("a", "WordDocument"))
    struct.pack_into("<L", loop, 1024 + 128 + 68, 1)  # an entry whose sibling is itself
    assert sniff(bytes(loop)) in {DOC, "application/x-ole-storage"}
