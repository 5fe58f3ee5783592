"""Small archives of reports about invented places."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

TEXT = "I. KẾT QUẢ\n\nToàn xã {place} còn {n} hộ nghèo, giảm 12 hộ so với năm trước.\n"


def text(place: str = "Nậm Kha", n: int = 40) -> bytes:
    return TEXT.format(place=place, n=n).encode()


def packed(members: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data)
    return out.getvalue()


def saved(folder: Path, members: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]], name="a.zip") -> Path:
    path = folder / name
    path.write_bytes(packed(members))
    return path
