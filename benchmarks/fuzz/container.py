"""ZIP containers put together again after their parts have been changed, sound or damaged in a container's ways."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from random import Random

from benchmarks.fuzz.bytewise import mutate_bytes

Parts = list[tuple[str, bytes]]
METHODS = (
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_STORED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
)
NAMES = (
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x.txt",
        "a\\b.txt",
        "word/document.xml",
        "word//document.xml",
        "",
        ".",
        "..",
    ),
    *(
        "a/" * 300 + "x.txt",
        "x" * 5000,
        "tệp.txt",
        "\udcff.txt",
        "a\x00b.txt",
        "con.txt",
        "__MACOSX/._a.txt",
        "a.zip",
        "b.docx",
    ),
)
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def unpack(data: bytes) -> Parts:
    """All parts of a sound archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def pack(parts: Parts, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """An archive of `parts`; names may stand in it twice."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in parts:
            safe = name.encode("utf-8", "replace").decode("utf-8")
            info = zipfile.ZipInfo(safe, (2024, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
        archive.comment = comment[:65535]
    return out.getvalue()


def mutate_parts(rng: Random, parts: Parts) -> Parts:
    """Parts lost, renamed, doubled, emptied; a part with a hostile name."""
    parts = list(parts)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(parts) or 1)
        kind = rng.randrange(6)
        if kind == 0 and len(parts) > 1:
            del parts[at]
        elif kind == 1 and parts:
            parts[at] = (rng.choice(NAMES), parts[at][1])
        elif kind == 2 and parts:
            parts.append(parts[at])
        elif kind == 3 and parts:
            parts[at] = (
                parts[at][0],
                rng.choice((b"", b"<x/>", b"\x00", b"<?xml version='1.0' encoding='utf-16'?><x/>")),
            )
        elif kind == 4 and len(parts) > 1:
            other = rng.randrange(len(parts))
            parts[at], parts[other] = (parts[at][0], parts[other][1]), (parts[other][0], parts[at][1])
        else:
            parts.insert(at, (rng.choice(NAMES), rng.randbytes(rng.randrange(50))))
    return parts


def _set(data: bytearray, at: int, layout: str, value: int) -> None:
    if 0 <= at <= len(data) - struct.calcsize(layout):
        struct.pack_into(layout, data, at, value)


def mutate_container(rng: Random, data: bytes) -> bytes:
    """Fields of the headers set to what they should not hold: method, flags, CRC, sizes, offsets, lengths of names."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        magic, fields = rng.choice(
            (
                (_LOCAL, ((4, "<H"), (6, "<H"), (8, "<H"), (14, "<I"), (18, "<I"), (22, "<I"), (26, "<H"), (28, "<H"))),
                (
                    _CENTRAL,
                    (
                        (6, "<H"),
                        (8, "<H"),
                        (10, "<H"),
                        (16, "<I"),
                        (20, "<I"),
                        (24, "<I"),
                        (28, "<H"),
                        (30, "<H"),
                        (42, "<I"),
                    ),
                ),
                (_END, ((8, "<H"), (10, "<H"), (12, "<I"), (16, "<I"), (20, "<H"))),
            )
        )
        places: list[int] = []
        at = out.find(magic)
        while at >= 0 and len(places) < 50:
            places.append(at)
            at = out.find(magic, at + 4)
        if not places:
            continue
        offset, layout = rng.choice(fields)
        top = 0xFFFF if layout == "<H" else 0xFFFFFFFF
        value = rng.choice((0, 1, 8, 9, 12, 14, 93, 99, 0x7FFFFFFF & top, top, top - 1, rng.randint(0, top)))
        _set(out, rng.choice(places) + offset, layout, value)
    return bytes(out)


def finish(rng: Random, parts: Parts) -> bytes:
    """The archive, mostly sound."""
    chance = rng.random()
    if chance < 0.06:
        parts = mutate_parts(rng, parts)
    data = pack(parts, rng.choice(METHODS), rng.randbytes(rng.randrange(30)) if chance > 0.98 else b"")
    if 0.06 < chance < 0.12:
        data = mutate_container(rng, data)
    elif 0.12 < chance < 0.16:
        data = mutate_bytes(rng, data)
    return data
