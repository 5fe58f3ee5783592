"""DOC, RTF and ODT: LibreOffice, where the machine has it, turns them into DOCX, and that is read.

Nothing of the document may run or reach out: macros are switched off and links never updated, in a profile made for
this one conversion; and the process is bounded in time, memory and the size of what it writes (`office_guard`).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ingest.document import ParseWarning
from ingest.errors import EncryptedFileError, FileUnreadableError, UnsupportedFileError
from ingest.lines import Reading
from ingest.readers import office_guard
from ingest.readers.containers import DOC, ODT, OleFile
from ingest.readers.docx import read_docx
from ingest.readers.xml import MAX_PART_BYTES, open_zip, read_part

OFFICE_SECONDS = 180.0  # for one file; a report of 100 pages takes three seconds
PROGRAMS = ("soffice", "libreoffice")
_NAMES = {DOC: "DOC", ODT: "ODT"}
_MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_SETTING = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_COMMON = "/org.openoffice.Office.Common"
# Macros never, links never, nothing over the network (a proxy that nobody answers), no question to the user
_SETTINGS = (
    (f"{_COMMON}/Security/Scripting", "MacroSecurityLevel", "3"),
    (f"{_COMMON}/Security/Scripting", "DisableMacrosExecution", "true"),
    (f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    (f"{_COMMON}/Security/Scripting", "DisableActiveContent", "true"),
    (f"{_COMMON}/Load", "UserDefinedSettings", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.WriterWeb/Content/Update", "Link", "0"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    *(("/org.openoffice.Inet/Settings", f"ooInet{p}ProxyName", "127.0.0.1") for p in ("HTTP", "HTTPS", "FTP")),
    *(("/org.openoffice.Inet/Settings", f"ooInet{p}ProxyPort", "9") for p in ("HTTP", "HTTPS", "FTP")),
    ("/org.openoffice.Inet/Settings", "ooInetNoProxy", ""),
)


def read_office(data: bytes, kind: str, suffix: str, *, seconds: float = OFFICE_SECONDS) -> Reading:
    """Read a DOC, RTF or ODT file.

    Args:
        data: the bytes.
        kind: its media type, by content.
        suffix: the ending of its kind, by which LibreOffice chooses.
        seconds: the longest that the conversion may take.

    Raises:
        UnsupportedFileError: no LibreOffice on this machine.
        EncryptedFileError: it needs a password.
        FileUnreadableError: LibreOffice cannot open it, or takes too long.
        EmptyFileError: no text in it.
    """
    name = _NAMES.get(kind, "RTF")
    if (kind == DOC and OleFile(data).word_is_encrypted()) or (kind == ODT and _odt_is_encrypted(data)):
        raise EncryptedFileError(
            f"tệp {name} có mật khẩu (the {name} file is protected by a password)",
            do="Bỏ mật khẩu rồi nạp lại (remove the password and ingest again)",
        )
    program = next((path for p in PROGRAMS if (path := shutil.which(p))), None)
    if program is None:
        raise UnsupportedFileError(
            f"đọc {name} cần LibreOffice, máy này chưa có (reading {name} needs LibreOffice, which is not installed)",
            do="Cài gói libreoffice-writer-nogui, hoặc lưu lại dạng DOCX (install it, or save the file as DOCX)",
        )
    reading = read_docx(to_docx(data, suffix, program, name, seconds))
    reading.media_type, reading.pages = kind, None
    for block in reading.blocks:  # LibreOffice does not say where it would turn the page, and Word turns it elsewhere
        block.page = block.page_end = None
    told = f"Đọc {name} qua LibreOffice / {name} read by way of LibreOffice"
    reading.warnings.append(ParseWarning("converted", told))
    return reading


def _odt_is_encrypted(data: bytes) -> bool:
    """Whether the package's manifest names an encrypted part (OpenDocument 1.3, part 2, 4.6)."""
    manifest = read_part(open_zip(data), "META-INF/manifest.xml")
    return manifest is not None and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None


def to_docx(data: bytes, suffix: str, program: str, name: str, seconds: float) -> bytes:
    """The file as DOCX, by LibreOffice in a folder and with a profile that are gone afterwards.

    Args:
        data: the file.
        suffix: ".doc", ".rtf" or ".odt".
        program: path of soffice.
        name: of the format, for messages.
        seconds: the longest that it may take.

    Raises:
        FileUnreadableError: LibreOffice cannot open it, or takes longer than `seconds`.
    """
    folder = Path(tempfile.mkdtemp(prefix="vankien-office-"))
    try:
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_registry(), encoding="utf-8")
        (folder / f"in{suffix}").write_bytes(data)
        command = [
            *(program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck"),
            *("--nodefault", "--nologo", "--nofirststartwizard", "--convert-to", "docx:MS Word 2007 XML"),
            *("--outdir", str(folder / "out"), str(folder / f"in{suffix}")),
        ]
        guard = subprocess.Popen(
            [sys.executable, "-I", office_guard.__file__, str(folder), str(seconds), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            status = guard.stdout.readline().decode().strip() if guard.stdout else ""
            return _result(folder / "out" / "in.docx", status, name, seconds)
        finally:  # whatever happens, Ctrl-C too: the guard ends LibreOffice when its pipe closes
            if guard.stdin and guard.stdout:
                guard.stdin.close()
                guard.stdout.close()
            guard.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _result(path: Path, status: str, name: str, seconds: float) -> bytes:
    if status == "late":
        raise FileUnreadableError(
            f"LibreOffice đọc {name} quá {seconds:.0f} giây (the conversion took too long)",
            do="Lưu lại dạng DOCX rồi nạp (save the file as DOCX and ingest that)",
        )
    if not path.is_file():
        raise FileUnreadableError(
            f"LibreOffice không mở được tệp {name} (cannot be opened, perhaps damaged; exit status {status or '?'})",
            do="Tải lại bản gốc, hoặc lưu lại dạng DOCX (fetch the original again, or save it as DOCX)",
        )
    if path.stat().st_size > MAX_PART_BYTES:
        raise FileUnreadableError(f"bản chuyển từ {name} quá lớn (the converted file is too large)")
    return path.read_bytes()


def _registry() -> str:
    items = "".join(_SETTING.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>'
    )
