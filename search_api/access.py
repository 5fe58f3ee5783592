"""API keys: who may do what, and see which collections.

A key is shown once, when it is made, as ``vk_<id>_<secret>``; the file keeps the id and the SHA-256 of the secret. (A
secret is 32 random bytes, so a slow hash would protect nothing that a fast one does not.) The file is read again when
it changes, so a revoked key is refused by a running server.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from index.bounds import MOST
from index.library import OPEN, collection_path
from ingest.errors import UsageError, VankienError

SCOPES = ("read", "ingest", "metrics")
FILE = "keys.json"
_FORM = 1
_LOOK_EVERY = 1.0  # seconds between two looks at the file's time


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes:
        id: names it, in lists and logs.
        name: whose it is.
        digest: SHA-256 of its secret, hexadecimal.
        scopes: of `SCOPES`.
        collections: labelled collections that it sees (and writes, with the scope ingest) beside the open one.
        rate_limit: requests a minute, 0 for no limit; None as the settings say.
        max_body: largest body of a request in KB; None as the settings say.
        created: ISO date.
        expires: ISO date of the last day on which it is taken; None for no end.
    """

    id: str
    name: str
    digest: str
    scopes: tuple[str, ...]
    collections: tuple[str, ...] = ()
    rate_limit: int | None = None
    max_body: int | None = None
    created: str = ""
    expires: str | None = None

    def over(self, today: date | None = None) -> bool:
        """Whether its last day is past (UTC)."""
        return self.expires is not None and date.fromisoformat(self.expires) < (today or datetime.now(UTC).date())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: a key's id, or "anonymous".
        scopes: what may be done.
        collections: what is seen, the open collection first.
        rate_limit: requests a minute, 0 for no limit.
        max_body: largest body of a request in KB.
    """

    name: str
    scopes: tuple[str, ...]
    collections: tuple[str, ...]
    rate_limit: int
    max_body: int

    @property
    def anonymous(self) -> bool:
        """Whether no key was shown."""
        return self.name == ANONYMOUS


ANONYMOUS = "anonymous"


class KeyRing:
    """The keys of a file; safe for threads.

    Args:
        path: JSON; a file that is not there holds none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._stamp: tuple[int, int] | None = None
        self._looked = 0.0

    def all(self) -> list[Key]:
        """Every key, in the order in which they were made.

        Raises:
            UsageError: the file cannot be read.
        """
        self._fresh(0.0)
        return list(self._keys.values())

    def find(self, token: str) -> Key | None:
        """The key of a token; None where it is wrong, revoked or over.

        Raises:
            UsageError: the file cannot be read.
        """
        self._fresh(_LOOK_EVERY)
        mark, _, rest = token.partition("_")
        name, _, secret = rest.partition("_")
        key = self._keys.get(name) if mark == "vk" else None
        # Compared in any case, so that the time tells nothing of which ids there are.
        same = hmac.compare_digest(_digest(secret), key.digest if key else _digest(""))
        return key if key is not None and same and not key.over() else None

    def add(self, name: str, **facts: Any) -> tuple[Key, str]:
        """Make a key and write it down.

        Args:
            name: whose it is.
            facts: fields of `Key`.

        Returns:
            The key, and its token, which nothing tells again.

        Raises:
            UsageError: a scope or a collection's name is none, or the file cannot be read or written.
        """
        secret, id_ = secrets.token_urlsafe(32), secrets.token_hex(4)
        key = Key(id=id_, name=name, digest=_digest(secret), created=datetime.now(UTC).date().isoformat(), **facts)
        _check(key)
        with self._writing():
            self._keys[key.id] = key
        return key, f"vk_{id_}_{secret}"

    def revoke(self, id_: str) -> Key:
        """Take a key out of the file.

        Raises:
            UsageError: there is no such key, or the file cannot be read or written.
        """
        with self._writing():
            if id_ not in self._keys:
                raise UsageError(
                    f"không có khoá {id_} / no such key",
                    where=self.path,
                    do="Xem danh sách: vankien keys list / see the list",
                )
            return self._keys.pop(id_)

    def _fresh(self, every: float) -> None:
        """Read the file if it has changed; look at its time once in `every` seconds at most."""
        now = time.monotonic()
        if every and now - self._looked < every and self._stamp is not None:
            return
        with self._lock:
            self._looked = now
            try:
                facts = self.path.stat()
            except FileNotFoundError:
                self._keys, self._stamp = {}, (0, 0)
                return
            except OSError as error:
                raise _unreadable(self.path, error) from error
            stamp = (facts.st_mtime_ns, facts.st_size)
            if stamp != self._stamp:
                # A file that cannot be read lets nobody in, however often it is looked at.
                self._keys, self._stamp = {}, None
                self._keys = _read(self.path)
                self._stamp = stamp

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the file against other writers, read what it says now, write what the block has made of it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.with_suffix(".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._fresh(0.0)
                yield
                rows = [asdict(key) for key in self._keys.values()]
                temporary = self.path.with_suffix(".tmp")
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"form": _FORM, "keys": rows}, file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self.path)
                self._stamp = None
        except OSError as error:
            raise _unreadable(self.path, error) from error


def anonymous(collections: tuple[str, ...], rate_limit: int, max_body: int) -> Caller:
    """Somebody without a key, where that is allowed; he may read, and see how the server does."""
    return Caller(ANONYMOUS, ("read", "metrics"), collections, rate_limit, max_body)


def caller_of(key: Key, rate_limit: int, max_body: int) -> Caller:
    """Whoever shows this key; limits that it does not name are those given."""
    return Caller(
        name=key.id,
        scopes=key.scopes,
        collections=(OPEN, *sorted(key.collections)),
        rate_limit=rate_limit if key.rate_limit is None else key.rate_limit,
        max_body=max_body if key.max_body is None else key.max_body,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(key: Key) -> None:
    unknown = [scope for scope in key.scopes if scope not in SCOPES]
    if unknown or not key.scopes:
        raise UsageError(
            f"không có quyền {', '.join(unknown) or '—'} / no such scope", do=f"Chọn / choose: {', '.join(SCOPES)}"
        )
    for name in key.collections:
        collection_path(Path(), name)
    for limit in (key.rate_limit, key.max_body):
        if limit is not None and not (isinstance(limit, int) and 0 <= limit <= MOST):
            raise UsageError(f"giới hạn {limit!r} không hợp lệ / not a limit")
    if key.expires is not None:
        try:
            date.fromisoformat(key.expires)
        except ValueError:
            raise UsageError(
                f"ngày {key.expires!r} không hợp lệ / not a date", do="Viết như / write it like 2027-12-31"
            ) from None


def _read(path: Path) -> dict[str, Key]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["keys"]
        tuples = ("scopes", "collections")
        keys = [Key(**{**row, **{name: tuple(row[name]) for name in tuples}}) for row in rows]
        for key in keys:
            _check(key)
        return {key.id: key for key in keys}
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> VankienError:
    return UsageError(
        f"không đọc hoặc ghi được tệp khoá / the file of keys cannot be read or written ({error})",
        where=path,
        do="Sửa hoặc xoá tệp rồi tạo lại khoá / mend it, or delete it and make the keys anew",
    )
