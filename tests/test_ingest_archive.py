"""ZIP archives: every document in them by itself, hostile members refused by name, nothing written, nothing lost."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from archive_helpers import packed, saved, text

from ingest import archive as archives
from ingest.archive import list_members
from ingest.errors import EncryptedFileError, FileUnreadableError, IngestError, UnsupportedFileError
from ingest.pipeline import parse_file
from ingest.readers import xml
from ingest.sources import SourceFile, find_files, from_key, may_be_document
from search_api.cli import main


def results(path: Path) -> dict[str, str]:
    """Name → the kind of its error, or "" where it can be read."""
    found = {}
    for file in find_files([path]):
        try:
            parse_file(file)
            found[file.source] = ""
        except IngestError as error:
            found[file.source] = type(error).__name__ if file.source in str(error) else f"not named: {error}"
    return found


def test_members_are_found_as_files_in_folders_are(tmp_path):
    path = saved(
        tmp_path,
        {
            "báo cáo.txt": text(),
            "2023/nghị quyết.md": text(n=41),
            "2023/.ẩn.txt": text(),
            ".git/a.txt": text(),
            "__MACOSX/._báo cáo.txt": b"debris",
            ".vankienignore": b"*.txt\n",
            "ảnh.exe": b"MZ",
            "2023/": b"",
        },
    )
    files = find_files([tmp_path])
    assert [f.source for f in files] == ["a.zip/báo cáo.txt", "a.zip/2023/nghị quyết.md"]
    document = parse_file(files[0])
    assert document.source == "a.zip/báo cáo.txt"
    assert (tmp_path / "b.txt").write_bytes(text())
    assert document.id == parse_file(tmp_path / "b.txt").id, "the same bytes give the same ids"
    assert parse_file(files[1]).media_type == "text/markdown"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.txt"], "nothing is unpacked"
    assert [from_key(f.key) for f in files] == files
    assert path.samefile(files[0].path)


def test_an_archive_under_another_name_and_a_docx_named_zip(tmp_path, sample_files):
    shutil.copy(next(p for p in sample_files if p.suffix == ".docx"), tmp_path / "b.zip")
    saved(tmp_path, {"a.txt": text()}, "a.doc")
    assert [f.source for f in find_files([tmp_path])] == ["a.doc/a.txt", "b.zip"]
    assert set(results(tmp_path).values()) == {""}


def link(name: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


def test_hostile_members_are_refused_each_with_its_reason(tmp_path):
    bomb = zipfile.ZipInfo("bom.txt")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    path = saved(
        tmp_path,
        [
            ("../../ngoài.txt", text()),
            ("/etc/gốc.txt", text()),
            ("C:\\Windows\\ổ.txt", text()),
            ("a\\..\\..\\lùi.txt", text()),
            (link("liên kết.txt"), b"/etc/passwd"),
            (link("ống.txt", stat.S_IFIFO), b""),
            (bomb, b"x" * 60_000_000),
            ("con\\tốt.txt", text()),
        ],
    )
    found = results(path)
    assert found.pop("a.zip/con/tốt.txt") == ""
    assert len(found) == 7
    assert set(found.values()) == {"FileUnreadableError"}
    reasons = {m.name: m.error.what for m in list_members(path, may_be_document) if m.error}
    assert "leads out" in reasons["../../ngoài.txt"]
    assert "symbolic link" in reasons["liên kết.txt"]
    assert "200 times" in reasons["bom.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_nul_in_a_name(tmp_path):
    data = packed({"aXb.txt": text(), "tốt.txt": text()}).replace(b"aXb.txt", b"a\0b.txt")
    (tmp_path / "a.zip").write_bytes(data)
    assert results(tmp_path) == {"a.zip/a": "FileUnreadableError", "a.zip/tốt.txt": ""}


def flagged(data: bytes, name: str, bits: int) -> bytes:
    """The archive with flag bits set for one member, in both of its headers."""
    raw, out = name.encode(), bytearray(data)
    for signature, flags, names in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = out.find(signature)
        while at >= 0:
            if out[at + names : at + names + len(raw)] == raw:
                struct.pack_into("<H", out, at + flags, struct.unpack_from("<H", out, at + flags)[0] | bits)
            at = out.find(signature, at + 4)
    return bytes(out)


def test_encrypted_and_broken_members_stop_only_themselves(tmp_path):
    data = flagged(packed({"mat.txt": text(), "hong.txt": text(n=7), "tot.txt": text(n=8)}), "mat.txt", 1)
    at = data.find(b"hong.txt") + len(b"hong.txt")
    data = data[: at + 4] + b"\xff\xff\xff\xff" + data[at + 8 :]
    (tmp_path / "a.zip").write_bytes(data)
    assert results(tmp_path) == {
        "a.zip/mat.txt": "EncryptedFileError",
        "a.zip/hong.txt": "FileUnreadableError",
        "a.zip/tot.txt": "",
    }
    with pytest.raises(EncryptedFileError, match=r"mật khẩu"):
        parse_file(tmp_path / "a.zip/mat.txt")


def test_a_compression_that_python_lacks_is_said(tmp_path):
    data = bytearray(packed({"a.txt": text(), "b.txt": text(n=2)}))
    struct.pack_into("<H", data, data.find(b"PK\x03\x04") + 8, 9)
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 10, 9)
    (tmp_path / "a.zip").write_bytes(data)
    assert results(tmp_path) == {"a.zip/a.txt": "UnsupportedFileError", "a.zip/b.txt": ""}


def raw_name(name: bytes, *, extra: bytes = b"", utf8: bool = False) -> bytes:
    """An archive whose only member has these bytes as its name, without saying which code page they are in."""
    placeholder = zipfile.ZipInfo("x" * (len(name) - 4) + ".txt")
    placeholder.extra = extra
    data = packed([(placeholder, text())])
    data = data.replace(placeholder.filename.encode(), name)
    return flagged(data, name.decode("latin-1"), 0x800) if utf8 else data


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Báo cáo số 05.txt".encode(), id="utf-8 unsaid"),
        pytest.param("Ba\u0301o ca\u0301o sô\u0301 05.txt".encode("cp1258"), id="cp1258"),
        pytest.param("Ba\u0301o ca\u0301o sô\u0301 05.txt".encode(), id="macOS"),
    ],
)
def test_names_in_old_code_pages(tmp_path, name):
    (tmp_path / "a.zip").write_bytes(raw_name(name))
    assert results(tmp_path) == {"a.zip/Báo cáo số 05.txt": ""}


def test_a_name_in_code_page_437_and_one_in_its_own_field(tmp_path):
    (tmp_path / "a.zip").write_bytes(raw_name("Résumé é.txt".encode("cp437")))
    assert results(tmp_path) == {"a.zip/Résumé é.txt": ""}
    raw, full = b"B_o c_o.txt", "Báo cáo.txt".encode()
    field = struct.pack("<HHBL", 0x7075, 5 + len(full), 1, zlib.crc32(raw)) + full
    (tmp_path / "a.zip").write_bytes(raw_name(raw, extra=field))
    assert results(tmp_path) == {"a.zip/Báo cáo.txt": ""}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_both_read(tmp_path):
    path = saved(tmp_path, [("a.txt", text(n=1)), ("a.txt", text(n=2))])
    one, two = find_files([path])
    assert (one.member, two.member) == ("a.txt", "a~2.txt")
    assert "còn 1 hộ" in parse_file(one).canonical
    assert "còn 2 hộ" in parse_file(two).canonical


def nested(depth: int) -> bytes:
    data = packed({"đáy.txt": text()})
    for level in range(depth - 1):
        data = packed({f"{level}.zip": data, f"{level}.txt": text(n=level)})
    return data


def test_archives_inside_archives(tmp_path):
    (tmp_path / "a.zip").write_bytes(nested(3))
    assert results(tmp_path) == {"a.zip/1.zip/0.zip/đáy.txt": "", "a.zip/1.zip/0.txt": "", "a.zip/1.txt": ""}
    (tmp_path / "a.zip").write_bytes(nested(4))
    assert results(tmp_path)["a.zip/2.zip/1.zip/0.zip"] == "FileUnreadableError", "deeper than the limit"
    assert results(tmp_path)["a.zip/2.zip/1.zip/0.txt"] == ""


def test_an_archive_that_holds_itself_ends(tmp_path):
    data = packed({"a.txt": text()})
    for _ in range(30):
        data = packed({"r.zip": data})
    (tmp_path / "a.zip").write_bytes(data)
    assert list(results(tmp_path).values()) == ["FileUnreadableError"]


def test_limits_on_the_whole(tmp_path, monkeypatch):
    path = saved(tmp_path, {f"{i}.txt": text(n=i) for i in range(20)} | {"trong.zip": packed({"a.txt": text()})})
    monkeypatch.setattr(archives, "MAX_MEMBERS", 20)
    monkeypatch.setattr(archives._Budget, "__init__", lambda self: setattr_all(self, members=20, bytes=1 << 30))
    assert results(path) == {"a.zip": "FileUnreadableError"}
    monkeypatch.setattr(archives._Budget, "__init__", lambda self: setattr_all(self, members=21, bytes=1 << 30))
    found = results(path)
    assert found.pop("a.zip/trong.zip") == "FileUnreadableError", "what is inside counts too"
    assert set(found.values()) == {""}
    monkeypatch.setattr(archives._Budget, "__init__", lambda self: setattr_all(self, members=99, bytes=100))
    with pytest.raises(FileUnreadableError, match=r"beyond the limit"):
        parse_file(path)


def setattr_all(target: object, **values: int) -> None:
    for name, value in values.items():
        setattr(target, name, value)


def test_a_table_of_contents_beyond_the_limit_is_not_even_read(tmp_path, monkeypatch):
    path = saved(tmp_path, {f"{i}.txt": b"x" for i in range(200)})
    monkeypatch.setattr(xml, "MAX_DIRECTORY_BYTES", 4000)
    assert results(path) == {"a.zip": "FileUnreadableError"}


def overlapping(copies: int, size: int) -> bytes:
    """A bomb without nesting: every entry of the table of contents points to the same compressed data."""
    data = packed({"a.txt": b"0" * size})
    cut = data.find(b"PK\x01\x02")
    end = data.find(b"PK\x05\x06")
    entry = data[cut:end]
    directory = b"".join(entry.replace(b"a.txt", f"{i:05d}.txt".encode()[-9:]) for i in range(copies))
    entry = bytearray(entry)
    names = [f"{i:05d}.txt".encode() for i in range(copies)]
    directory = b"".join(
        bytes(entry[:28]) + struct.pack("<H", len(n)) + bytes(entry[30:46]) + n + bytes(entry[51:]) for n in names
    )
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), cut, 0)
    return data[:cut] + directory + tail


def test_a_bomb_of_overlapping_members(tmp_path):
    (tmp_path / "a.zip").write_bytes(overlapping(5000, 10_000_000))
    start = time.process_time()
    assert results(tmp_path) == {"a.zip": "FileUnreadableError"}
    (tmp_path / "a.zip").write_bytes(overlapping(300, 5_000_000))
    found = results(tmp_path)
    assert len(found) == 300
    assert set(found.values()) == {"FileUnreadableError"}
    assert time.process_time() - start < 20


def test_damaged_and_empty_archives_are_named(tmp_path):
    data = packed({"a.txt": text(), "b.txt": text(n=2)})
    (tmp_path / "cụt.zip").write_bytes(data[: len(data) // 2])
    (tmp_path / "không.zip").write_bytes(packed({"a.exe": b"MZ"}))
    (tmp_path / "rỗng.zip").write_bytes(packed({}))
    found = {file.source: file for file in find_files([tmp_path])}
    for name, kind, why in (
        ("cụt.zip", FileUnreadableError, "damaged"),
        ("không.zip", UnsupportedFileError, "no document"),
        ("rỗng.zip", UnsupportedFileError, "no document"),
    ):
        with pytest.raises(kind, match=why):
            parse_file(found[name])


def test_parse_takes_the_only_document_or_asks_which(tmp_path, capsys):
    one = saved(tmp_path, {"thư/báo cáo.txt": text(), "bảng.xlsx": b"PK"}, "một.zip")
    two = saved(tmp_path, {"b.txt": text(n=5), "con/c.txt": text(n=6)}, "hai.zip")
    assert main(["parse", str(one), "--format", "text"]) == 0
    assert "còn 40 hộ" in capsys.readouterr().out
    assert main(["parse", str(two)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{two}/b.txt" in said.err
    assert "con/c.txt" in said.err
    assert main(["parse", f"{two}/con/c.txt", "--format", "text"]) == 0
    assert "còn 6 hộ" in capsys.readouterr().out
    assert main(["parse", f"{two}/con", "--format", "text"]) == 0
    assert main(["parse", f"{two}/d.txt"]) == 1
    assert "no such member" in capsys.readouterr().err
    assert main(["parse", f"{tmp_path}/không.zip/d.txt"]) == 1


def test_the_key_of_a_member_is_found_again(tmp_path):
    odd = tmp_path / "lạ!"
    odd.mkdir()
    path = saved(odd, {"a!/b.txt": text()}, "c.zip")
    (file,) = find_files([odd])
    assert from_key(str(odd / "d.txt")) == SourceFile(odd / "d.txt")
    assert file == SourceFile(path, "a!/b.txt")
    assert from_key(file.key) == file
    assert from_key(str(odd / "d.txt")) == SourceFile(odd / "d.txt")
    path.unlink()
    shutil.rmtree(odd)
    assert from_key(f"{tmp_path}/c.zip!/b.txt") == SourceFile(tmp_path / "c.zip", "b.txt")


def test_many_members_in_linear_time(tmp_path):
    path = saved(tmp_path, {f"{i}.txt": text(n=i) for i in range(3000)})
    start = time.process_time()
    files = find_files([path])
    assert len({file.read_bytes() for file in files}) == 3000
    assert time.process_time() - start < 20
    assert os.listdir(tmp_path) == ["a.zip"]
