"""Look-ups by id, with the one error that every face understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ingest.errors import UsageError

T = TypeVar("T")


class NotFoundError(UsageError):
    """No document or passage of this id: exit 2 on the command line, 404 over HTTP."""


class NotAllowedError(UsageError):
    """Whoever asks may not do this, or it is switched off: 403 over HTTP."""


def find(look_up: Callable[..., T], key: str, **options: Any) -> T:
    """Call a searcher's look-up by id.

    Args:
        look_up: ``searcher.document``, ``searcher.passage`` or ``searcher.document_passages``.
        key: the id.
        options: passed on.

    Raises:
        NotFoundError: the searcher does not know the id.
    """
    try:
        return look_up(key, **options)
    except (KeyError, UsageError) as error:
        raise NotFoundError(
            f"không có {key} trong chỉ mục / not in the index",
            do="Lấy mã từ kết quả tìm kiếm hoặc danh sách văn kiện / take ids from hits or the list of documents",
        ) from error
