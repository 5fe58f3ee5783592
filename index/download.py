"""One large file from a hub, going on where an interruption stopped: huggingface_hub begins such a file anew.

The file comes into its place only when its SHA-256 is the one that the hub names.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ingest.errors import FetchError

__all__ = ["download"]

_BLOCK = 1 << 20


def download(name: str, file: str, revision: str, sha256: str, size: int, target: Path) -> None:
    """Fetch a file; what has come is kept as ``….part`` beside its place.

    Args:
        name: hub name.
        file: path in the repository.
        revision: commit.
        sha256: of the whole file.
        size: of it, bytes.
        target: where it is to lie; nothing is done if something is there.

    Raises:
        FetchError: it arrived damaged.
        Exception: huggingface_hub's and httpx's own, for what the hub or the network refuses.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    if not part.is_file() or part.stat().st_size < size:
        _append(name, file, revision, size, part)
    with part.open("rb") as whole:
        found = hashlib.file_digest(whole, "sha256").hexdigest()
    if found != sha256:
        part.unlink()
        raise FetchError(
            f"{file} tải về bị hỏng / it arrived damaged", where=name, do="Chạy lại lệnh. / Run the command again."
        )
    os.replace(part, target)


def _append(name: str, file: str, revision: str, size: int, part: Path) -> None:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status
    from tqdm import tqdm

    done = part.stat().st_size if part.is_file() else 0
    headers = build_hf_headers() | ({"Range": f"bytes={done}-"} if done else {})
    url = hf_hub_url(name, file, revision=revision)
    with get_session().stream("GET", url, headers=headers, follow_redirects=True) as response:
        if response.status_code >= 400:
            response.read()  # the error is made from the answer's text
        hf_raise_for_status(response)
        goes_on = response.status_code == 206
        with (
            part.open("ab" if goes_on else "wb") as kept,
            tqdm(desc=file, total=size, initial=done * goes_on, unit="B", unit_scale=True, disable=None) as bar,
        ):
            for block in response.iter_bytes(_BLOCK):
                kept.write(block)
                bar.update(len(block))
