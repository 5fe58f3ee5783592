"""The one tree of errors: what failed, where, and what to do.

::

    VankienError
    ├── UsageError               the caller asked for something impossible      exit 2
    │   └── GenerationGoneError  that state of the index is not open any more
    ├── IngestError              one file could not be read                     exit 1
    │   ├── FileUnreadableError  damaged, truncated, not there
    │   ├── EmptyFileError       nothing to read in it
    │   ├── EncryptedFileError   needs a password
    │   └── UnsupportedFileError content of a kind no reader takes
    ├── ThesaurusError           the user's own concepts are none               exit 2
    ├── ClusterLostError         the machines that read for us answer no more   exit 1
    ├── FetchError               a hub does not give a model                    exit 1
    └── IndexError_              the index as a whole                           exit 3
        ├── IndexNotFoundError   no index at this folder
        ├── IndexDamagedError    checksum or count does not match
        ├── IndexLockedError     another process writes it
        └── ModelNotFoundError   the encoder is not on this machine

The message of each is one sentence in Vietnamese with the English beside it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def printable(name: str | Path) -> str:
    """A file's name as text that can be written: bytes that are no text, which file systems allow, become "�"."""
    return re.sub("[\ud800-\udfff]", "�", str(name))


class VankienError(Exception):
    """Root of every error that this project raises on purpose.

    Args:
        what: what failed, one clause without a full stop.
        where: file, page or setting, if known.
        do: what the user can do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | Path | None = None, do: str = "") -> None:
        self.what = what
        self.where = printable(where) if where is not None else ""
        self.do = do
        super().__init__(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes; Exception's own way would pass the message as `what`."""
        return _restored, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.do}" if self.do else f"{text}."


def _restored(kind: type[VankienError], args: tuple[Any, ...], facts: dict[str, Any]) -> VankienError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


class UsageError(VankienError):
    """The command or request cannot mean anything useful."""

    exit_code = 2


class GenerationGoneError(UsageError):
    """The generation that an earlier answer came from is not open any more."""


class ThesaurusError(VankienError):
    """A file of concepts cannot be read, or a line in it is no concept."""

    exit_code = 2


class IngestError(VankienError):
    """One file could not be turned into a Document; the others go on."""


class FileUnreadableError(IngestError):
    """The file is damaged, truncated, missing or not what its start says."""


class EmptyFileError(IngestError):
    """The file holds no text at all."""


class EncryptedFileError(IngestError):
    """The file is protected by a password."""


class UnsupportedFileError(IngestError):
    """No reader takes content of this kind."""


class ClusterLostError(VankienError):
    """The machines that read for us answer no more; what they have read is kept."""


class FetchError(VankienError):
    """A model cannot be had from its hub, or cannot be written here; what has come already is kept."""


class IndexError_(VankienError):
    """The index as a whole cannot be used."""

    exit_code = 3


class IndexNotFoundError(IndexError_):
    """There is no index at this folder."""


class IndexDamagedError(IndexError_):
    """A part of the index does not match its manifest."""


class IndexLockedError(IndexError_):
    """Another process is writing this index."""


class ModelNotFoundError(IndexError_):
    """The encoder is not on this machine and nothing may be fetched."""
