"""ZIP archives of documents: nested, with hostile names, links, doubles, passwords, bombs, and every reader's files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from random import Random

from benchmarks.fuzz.bytewise import mutate_bytes
from benchmarks.fuzz.container import METHODS, NAMES, Parts, finish, mutate_container, pack

SUFFIXES = (".txt", ".md", ".html", ".docx", ".pdf", ".zip", "", ".exe", ".jpg", ".doc")
_LINK = 0o120777 << 16


def any_archive(rng: Random, members: list[Callable[[Random], bytes]], depth: int = 0) -> bytes:
    """The bytes of a ZIP file.

    Args:
        rng: decides everything.
        members: generators of the files to put in.
        depth: how many archives this one stands in.
    """
    parts: Parts = []
    for i in range(rng.randint(0, 4 if depth == 0 else 2)):
        if depth < 3 and rng.random() < 0.12:
            data = any_archive(rng, members, depth + 1)
        elif rng.random() < 0.03:
            data = bytes(rng.choice((1000, 100_000, 3_000_000)))
        else:
            data = rng.choice(members)(rng)
        name = (
            rng.choice(NAMES)
            if rng.random() < 0.1
            else f"{rng.choice(('', 'thư mục/', 'a/b/c/'))}{i}{rng.choice(SUFFIXES)}"
        )
        parts.append((name, data))
    chance = rng.random()
    if chance < 0.05:
        return _with_link(parts)
    if chance < 0.1:
        return _flagged(mutate_container(rng, pack(parts, rng.choice(METHODS))))
    if chance < 0.13:
        return pack(parts) + mutate_bytes(rng, pack(parts))
    return finish(rng, parts)


def _with_link(parts: Parts) -> bytes:
    """An archive whose first entry is a symbolic link out of it."""
    out = io.BytesIO(pack(parts))
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.create_system = 3
        info.external_attr = _LINK
        archive.writestr(info, "../../../etc/passwd")
    return out.getvalue()


def _flagged(data: bytes) -> bytes:
    """Entries that claim to need a password."""
    out = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(magic)
        while 0 <= at < len(out) - offset:
            out[at + offset] |= 1
            at = out.find(magic, at + 4)
    return bytes(out)
