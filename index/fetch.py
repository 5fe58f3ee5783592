"""A model from a hub onto this machine: the only thing in this project that goes to a network, and only when asked to.

huggingface_hub does it, so that its cache, its mirrors (``HF_ENDPOINT``) and its tokens (``hf auth login``) hold; large
files come by `index.download`, which goes on after an interruption. Only the files that a backend needs are fetched.
"""

from __future__ import annotations

import errno
import glob
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.download import download
from index.model_files import TORCH, needed, weights_of
from index.model_profiles import full_name
from ingest.errors import FetchError, UsageError

__all__ = ["Fetched", "fetch"]

_MARGIN = 50_000_000  # bytes left free on a disk


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched.

    Attributes:
        name: the hub name in full.
        folder: where it lies.
        revision: the commit.
        files: how many there are now.
        size: of all of them, bytes.
        convert: whether `backend` still needs ``vankien models convert``: the repository has no quantised graph.
    """

    name: str
    folder: Path
    revision: str
    files: int
    size: int
    convert: bool = False


def fetch(name: str, backend: str = TORCH, revision: str | None = None, to: Path | None = None) -> Fetched:
    """Fetch a model; what is there already is not fetched again, and an interrupted one goes on where it stopped.

    Args:
        name: a hub name, or the last part of a profile's.
        backend: of `index.model_files.BACKENDS`, whose files to fetch.
        revision: branch, tag or commit; None for the newest.
        to: a folder; None for the hub's cache, where the name alone finds it.

    Raises:
        UsageError: that is no name on a hub, or the repository has nothing that the backend runs.
        FetchError: the hub cannot be reached or does not give it, or it cannot be written here.
    """
    full = full_name(name)
    if full.count("/") != 1 or full.startswith((".", "/", "~")):
        raise UsageError(
            "không phải tên trên hub / not a name on the hub",
            where=name,
            do="Ví dụ / example: vankien models fetch bge-m3",
        )
    from huggingface_hub import HfApi, constants, hf_hub_download

    target = to or Path(constants.HF_HUB_CACHE)
    try:
        info = HfApi().model_info(full, revision=revision, files_metadata=True)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
        source = _fetchable(full, list(sizes), backend)
        files = needed(sizes, source)
        _check_space(target, sum(sizes[file] for file in _not_here(full, files, info.sha, to)))
        large = {
            file.rfilename: file.lfs.sha256 for file in info.siblings or () if file.lfs and file.rfilename in files
        }
        for file in files:  # one by one in this thread, for the snapshot's own threads do not stop at Ctrl-C
            if file in large:
                place = to / file if to else _blob(target, full, large[file])
                download(full, file, str(info.sha), large[file], sizes[file], place)
            hf_hub_download(full, file, revision=info.sha, local_dir=to)
        folder = _complete(full, files, revision, to)
    except (UsageError, FetchError):
        raise
    except Exception as error:  # httpx's own kinds among them, which are no OSError
        refused = _refused(error, full, target, constants.ENDPOINT)
        if refused is None:
            raise
        raise refused from error
    size = sum(sizes[file] for file in files)
    return Fetched(full, Path(folder), str(info.sha), len(files), size, source != backend)


def _blob(cache: Path, name: str, sha256: str) -> Path:
    """Where the hub's cache keeps a large file: its layout is a documented promise of huggingface_hub."""
    return cache / f"models--{name.replace('/', '--')}" / "blobs" / sha256


def _complete(name: str, files: Sequence[str], revision: str | None, to: Path | None) -> str:
    """Let huggingface_hub hold a snapshot complete, under its branch too; all files are there by now."""
    from huggingface_hub import snapshot_download, utils

    shown = not utils.are_progress_bars_disabled()
    try:
        if shown:
            utils.disable_progress_bars()
        patterns = [glob.escape(file) for file in files]
        return snapshot_download(name, revision=revision, allow_patterns=patterns, local_dir=to)
    finally:
        if shown:
            utils.enable_progress_bars()


def _fetchable(name: str, files: Sequence[str], backend: str) -> str:
    """The backend whose files to fetch: the one that is asked for, or its form of 32 bits, which can be converted."""
    plain = backend.removesuffix("-int8")
    found = next((form for form in (backend, plain) if weights_of(files, form)), None)
    if found is not None:
        return found
    if weights_of(files, TORCH):
        raise UsageError(
            f"kho này không có tệp cho backend {backend} / the repository has no files for this backend",
            where=name,
            do=f"Tải bản torch rồi chuyển / Fetch torch's and convert: vankien models fetch {name}; "
            f"vankien models convert {name} --backend {backend}",
        )
    raise UsageError(
        "kho này không có trọng số đọc được / the repository has no weights that can be read here", where=name
    )


def _not_here(name: str, files: Sequence[str], revision: str | None, to: Path | None) -> list[str]:
    from huggingface_hub import try_to_load_from_cache

    if to is not None:
        return [file for file in files if not (to / file).is_file()]
    return [file for file in files if not isinstance(try_to_load_from_cache(name, file, revision=revision), str)]


def _check_space(target: Path, size: int) -> None:
    """Refuse before the work what cannot end well."""
    there = next(folder for folder in (target, *target.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if size + _MARGIN > free:
        raise _full(target, f"{size / 1e6:.0f} MB, {free / 1e6:.0f} MB")


def _full(target: Path, sizes: str = "") -> FetchError:
    told = f" ({sizes})" if sizes else ""
    return FetchError(
        f"không đủ chỗ trên đĩa / the disk is full{told}",
        where=target,
        do="Dọn bớt, hoặc chọn chỗ khác bằng --to / Make room, or name another place with --to.",
    )


def _refused(error: Exception, name: str, target: Path, endpoint: str) -> FetchError | None:
    """What stopped it, in one sentence; None for what is a bug."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        what, do = (
            "kho này cần được cho phép / this repository is gated",
            ("Xin phép trên trang của mô hình, rồi / Ask on the model's page, then: hf auth login"),
        )
    elif isinstance(error, errors.RepositoryNotFoundError):
        what, do = (
            "không có kho này, hoặc là kho riêng / no such repository, or a private one",
            ("Kiểm tra tên; kho riêng cần / Check the name; a private one needs: hf auth login"),
        )
    elif isinstance(error, errors.RevisionNotFoundError):
        what, do = "không có phiên bản này / no such revision", "Kiểm tra / Check --revision."
    elif isinstance(error, errors.HFValidationError):
        what, do = "tên không hợp lệ / not a valid name", "Tên có dạng / It reads OWNER/NAME."
    elif isinstance(error, errors.OfflineModeIsEnabled) or isinstance(error.__cause__, errors.OfflineModeIsEnabled):
        what, do = "HF_HUB_OFFLINE cấm ra mạng / HF_HUB_OFFLINE forbids the network", "Bỏ biến ấy. / Unset it."
    elif isinstance(error, errors.HfHubHTTPError):
        what, do = f"hub trả lời {_status(error)} / the hub answered so", "Thử lại sau. / Try again later."
    elif _of_network(error):
        what, do = (
            f"không nối được {endpoint} / it cannot be reached",
            (
                "Kiểm tra mạng, tường lửa, HF_ENDPOINT rồi chạy lại, sẽ tải tiếp / "
                "Check the network, the firewall, HF_ENDPOINT, then run it again: it goes on."
            ),
        )
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(target)
    elif isinstance(error, OSError) and error.errno is not None:
        what = f"không ghi được vào {target} / it cannot be written there ({error.strerror})"
        do = "Chọn chỗ khác bằng --to / Name another place with --to."
    else:
        return None
    return FetchError(what, where=name, do=do)


def _status(error: Any) -> str:
    return str(getattr(getattr(error, "response", None), "status_code", "?"))


def _of_network(error: BaseException | None) -> bool:
    """Whether a connection failed: httpx's errors, and what huggingface_hub makes of them."""
    if error is None:
        return False
    kind = type(error)
    return (
        kind.__module__.startswith("httpx")
        or isinstance(error, ConnectionError | TimeoutError)
        or kind.__name__ in ("LocalEntryNotFoundError", "IncompleteSnapshotError")
        or _of_network(error.__cause__)
    )
