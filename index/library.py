"""The collections of an index, open for many threads, renewed while they are in use.

::

    INDEX/                     the open collection: what was ingested without a label
    INDEX/collections/NAME/    one more index of the same form: what was ingested with the label NAME

A collection is an index by itself, so nothing of it (words, counts, spellings, places, scores) can show in an answer
for somebody who may not see it: it is never opened for him. A request takes a `View` of the collections that it may
see, on lease. When a new generation lands, `Library.refresh` opens it beside the old one and switches; leases go on
with what they have, and the generation before stays open until the next one lands, so that somebody who pages through a
result finds the same result on the next page.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.catalogue import Catalogue
from index.search import Searcher, open_index
from index.snapshot import current_generation, damaged, generation_path, open_generation
from index.view import View
from ingest.errors import GenerationGoneError, IndexNotFoundError, UsageError, VankienError

OPEN = ""
"""The name of the collection that is open to everybody."""
FOLDER = "collections"
EVERY = "*"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")

log = logging.getLogger(__name__)


def collection_path(index_dir: Path, name: str) -> Path:
    """The folder of a collection.

    Raises:
        UsageError: the name is no name of a collection.
    """
    if name == OPEN:
        return index_dir
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"tên tập {name!r} không hợp lệ / not a name for a collection",
            do="Dùng chữ thường không dấu, chữ số, - và _ / use small letters without diacritics, digits, - and _",
        )
    return index_dir / FOLDER / name


def collections_of(index_dir: Path) -> list[str]:
    """Names of the labelled collections that lie there, sorted; the open one is not among them."""
    folder = index_dir / FOLDER
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name) and exists(p))


def exists(folder: Path) -> bool:
    """Whether an index was ever made in a folder."""
    return (folder / "CURRENT").exists() or (folder / "generations").is_dir()


def also_open(index_dir: Path, name: str) -> list[str]:
    """Sources of the documents of a labelled collection that are in the open one too, where everybody sees them.

    Raises:
        IndexDamagedError: one of the two cannot be read.
    """
    if name == OPEN or not exists(index_dir):
        return []
    heads: list[dict[str, str]] = []
    for folder in (index_dir, collection_path(index_dir, name)):
        path, _ = open_generation(folder)
        with Catalogue(path / "catalogue.sqlite") as catalogue:
            heads.append({head["id"]: head["source"] for head in catalogue.document_heads()})
    return sorted(source for document, source in heads[1].items() if document in heads[0])


def chosen_collections(index_dir: Path, asked: str) -> tuple[str, ...]:
    """The collections that a setting names: the open one, and those after a comma; "*" means every one.

    Raises:
        UsageError: there is no such collection.
    """
    there = collections_of(index_dir)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if EVERY in names:
        return (OPEN, *there)
    for name in names:
        collection_path(index_dir, name)
        if name not in there:
            raise UsageError(
                f"không có tập {name} / no such collection",
                where=index_dir,
                do=f"Các tập / collections: {', '.join(there) or '—'}",
            )
    return (OPEN, *sorted(set(names)))


@dataclass(slots=True)
class _Held:
    """An open generation: how many leases use it, and whether its time is over."""

    searcher: Searcher
    generation: int
    stamp: str = ""
    users: int = 0
    retired: bool = False


class Library:
    """All collections of one index.

    Args:
        index_dir: the index.
        opener: opens a collection's folder; `index.search.open_index` with the settings of its model.
    """

    def __init__(self, index_dir: str | Path, opener: Callable[[Path], Searcher] = open_index) -> None:
        self.index_dir = Path(index_dir)
        self._opener = opener
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._before: dict[str, _Held] = {}
        self._fixed = False
        self.failures: dict[str, VankienError] = {}

    @classmethod
    def of(cls, searcher: Searcher) -> Library:
        """A library of one collection that is open already and stays as it is."""
        library = cls(searcher.index_dir)
        library._held[OPEN] = _Held(searcher, searcher.info.generation)
        library._fixed = True
        return library

    def refresh(self) -> list[str]:
        """Open what is new: collections that came, generations that landed. One at a time; others return at once.

        A collection that cannot be opened keeps its generation of before; `failures` says why.

        Returns:
            Names of the collections that were opened anew or are gone.
        """
        if self._fixed or not self._refreshing.acquire(blocking=False):
            return []
        try:
            there = [OPEN, *collections_of(self.index_dir)]
            changed = [name for name in there if self._renew(name)]
            with self._lock:
                gone = [name for name in self._held if name not in there]
                for name in gone:
                    self._retire(self._held.pop(name))
                    if name in self._before:
                        self._retire(self._before.pop(name))
            return changed + gone
        finally:
            self._refreshing.release()

    def _renew(self, name: str) -> bool:
        folder = collection_path(self.index_dir, name)
        held = self._held.get(name)
        try:
            stamp = _stamp(folder)
            if held is not None and stamp == held.stamp:
                self.failures.pop(name, None)
                return False
            searcher = self._opener(folder)
        except (VankienError, OSError, sqlite3.Error) as failure:  # the others are opened all the same
            error = failure if isinstance(failure, VankienError) else damaged(folder, str(failure))
            if str(error) != str(self.failures.get(name)):
                # Whoever opens an index for the first time tells of it himself.
                log.log(logging.INFO if held is None else logging.WARNING, "%s", error)
            self.failures[name] = error
            return False
        fresh = _Held(searcher, searcher.info.generation, stamp)
        with self._lock:
            self.failures.pop(name, None)
            if held is not None:
                before = self._before.pop(name, None)
                if before is not None:
                    self._retire(before)
                self._before[name] = held
            self._held[name] = fresh
        return True

    def _retire(self, held: _Held) -> None:
        """Close it as soon as nobody uses it (the lock is held)."""
        held.retired = True
        if not held.users:
            held.searcher.close()

    @contextlib.contextmanager
    def lease(self, names: Sequence[str] = (OPEN,), version: str | None = None) -> Iterator[View]:
        """The collections of these names, for as long as the block runs.

        Args:
            names: collections; those that are not there are left out.
            version: `View.version` of an earlier answer, to go on with the same generations; None for the newest.

        Raises:
            IndexNotFoundError, IndexDamagedError: none of them is open; the reason of the first.
            GenerationGoneError: the generations of that version are not open any more.
        """
        held = self._take(names, version)
        try:
            yield View({name: one.searcher for name, one in held.items()})
        finally:
            with self._lock:
                for one in held.values():
                    one.users -= 1
                    if one.retired and not one.users:
                        one.searcher.close()

    def _take(self, names: Sequence[str], version: str | None) -> dict[str, _Held]:
        with self._lock:
            open_ = {name: self._held[name] for name in names if name in self._held}
            if not open_:
                raise self._failure(names)
            if version is not None and version != version_of([one.generation for one in open_.values()]):
                open_ = self._of_version(open_, version)
            for one in open_.values():
                one.users += 1
            return open_

    def _of_version(self, open_: dict[str, _Held], version: str) -> dict[str, _Held]:
        numbers = version.split("-")
        found: dict[str, _Held] = {}
        for (name, held), number in zip(open_.items(), numbers, strict=False):
            both = (held, self._before.get(name))
            match = next((one for one in both if one is not None and str(one.generation) == number), None)
            if match is not None:
                found[name] = match
        if len(found) != len(numbers) or len(found) != len(open_):
            raise GenerationGoneError(
                "bản chỉ mục ấy không còn mở / that generation of the index is not open any more",
                where=version,
                do="Tìm lại từ trang đầu / search again from the first page",
            )
        return found

    def _failure(self, names: Sequence[str]) -> VankienError:
        known = next((self.failures[name] for name in names if name in self.failures), None)
        return known or IndexNotFoundError(
            "chỉ mục chưa mở / index not open",
            where=self.index_dir,
            do=f"Hãy chạy (run): vankien ingest FILES --index {self.index_dir}",
        )

    def close(self) -> None:
        """Close everything that no lease uses; the rest closes with its last lease."""
        with self._lock:
            for held in (*self._held.values(), *self._before.values()):
                self._retire(held)
            self._held, self._before = {}, {}


def _stamp(folder: Path) -> str:
    """What changes whenever another generation is in force, also one of the same number in an index made anew."""
    number = current_generation(folder)
    if number is None:
        return ""
    try:
        facts = (generation_path(folder, number) / "manifest.json").stat()
    except OSError:
        return str(number)
    return f"{number} {facts.st_ino} {facts.st_mtime_ns}"


def version_of(generations: Sequence[int]) -> str:
    """What names a set of generations: "7", "7-3"."""
    return "-".join(str(number) for number in generations)


def library_of(
    index_dir: str | Path, *, model: str | None = None, backend: str | None = None, reranker: str | None = None
) -> Library:
    """A library whose collections are opened, and warm, with this encoder; none is before `Library.refresh`."""

    def opened(folder: Path) -> Searcher:
        searcher = open_index(folder, model=model, backend=backend, reranker=reranker)
        try:
            searcher.warm()
        except Exception:  # it may answer other questions all the same
            log.exception("%s: cannot be warmed", folder)
        return searcher

    return Library(index_dir, opened)
