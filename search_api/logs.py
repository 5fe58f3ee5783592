"""The log: lines for people, or one JSON object a line; what belongs to a request carries its id."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

request_id: ContextVar[str] = ContextVar("vankien_request_id", default="")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "color_message"}


def setup(level: str, form: str) -> None:
    """Send everything that is logged to stderr, where nobody has set up a log of his own.

    Args:
        level: "debug", "info", "warning" or "error".
        form: "text" or "json".
    """
    root = logging.getLogger()
    ours = next((handler for handler in root.handlers if isinstance(handler, _StderrHandler)), None)
    if ours is None:
        if root.handlers:
            return  # a program that logs in its own way has called us
        ours = _StderrHandler()
        ours.addFilter(_with_request_id)
        root.addHandler(ours)
    ours.setFormatter(JsonFormatter() if form == "json" else _TextFormatter())
    root.setLevel(level.upper())


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the time."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Where lines go."""
        return sys.stderr


def _with_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        known = getattr(record, "request_id", "")
        return f"{text} [{known}]" if known else text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request_id, and whatever was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known := getattr(record, "request_id", ""):
            row["request_id"] = known
        row |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)
