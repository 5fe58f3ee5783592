"""How settings are put together: command line, environment, ``vankien.toml``, default; strongest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ingest.errors import UsageError
from search_api.settings import Settings

CONFIG_NAME = "vankien.toml"
CONFIG_ENV = "VANKIEN_CONFIG"
FOLDERS = ("index", "thesaurus", "keys")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table, as the command line and the docs need it."""

    name: str
    kind: type
    default: Any
    vi: str
    en: str
    metavar: str
    low: int | None
    high: int | None
    choices: tuple[str, ...]

    @property
    def env(self) -> str:
        """The environment variable (``VANKIEN_MAX_LIMIT``)."""
        return f"VANKIEN_{self.name.upper()}"

    @property
    def option(self) -> str:
        """The command-line option (``--max-limit``)."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def help(self) -> str:
        """Vietnamese first, English beside it."""
        return f"{self.vi} / {self.en}"

    @property
    def allowed(self) -> str:
        """The values it takes, in words for docs and errors."""
        if self.choices:
            return " | ".join(self.choices)
        if self.kind is int:
            return f"{self.low}…{self.high}" if self.high is not None else f"≥ {self.low}"
        return {Path: "folder", str: "text"}[self.kind]

    def read(self, raw: Any, where: str) -> Any:
        """Turn a raw value (text, or a TOML value) into the setting's type.

        Args:
            raw: the value as found.
            where: which option, variable or file it came from, for the message.

        Raises:
            UsageError: it is not a value of this setting.
        """
        wrong = UsageError(
            f"giá trị {raw!r} không hợp lệ / not a valid value",
            where=where,
            do=f"Giá trị cho phép / allowed: {self.allowed}",
        )
        if isinstance(raw, bool) or not isinstance(raw, str | int | Path):
            raise wrong
        if self.kind is int:
            try:
                number = int(raw)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                raise wrong from None
            if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
                raise wrong
            return number
        text = str(raw).strip()
        if self.choices and text not in self.choices:
            raise wrong
        if not text:
            if self.default is None:
                return None
            raise wrong
        return self.kind(text)


def table() -> tuple[Setting, ...]:
    """All settings, in the order in which the docs list them."""
    return tuple(Setting(name=f.name, default=f.default, **f.metadata) for f in fields(Settings))


def load(
    given: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
    folder: Path | None = None,
) -> Settings:
    """Put the settings together from the command line, the environment and the TOML file.

    Args:
        given: values from the command line by setting name; None values count as not given.
        environ: environment; `os.environ` when None.
        config: TOML file that must exist; when None, ``VANKIEN_CONFIG``, else ``vankien.toml`` in `folder` if present.
        folder: where to look for ``vankien.toml``; the current folder when None.

    Raises:
        UsageError: a value is not valid, a key is unknown, or the named file cannot be read.
    """
    import os

    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if config is None and environ.get(CONFIG_ENV):
        config = Path(environ[CONFIG_ENV])
    path = config or (folder or Path()) / CONFIG_NAME
    if config is not None or path.is_file():
        values.update(_from_toml(path))
    for row in table():
        if environ.get(row.env):
            values[row.name] = row.read(environ[row.env], row.env)
        if given and given.get(row.name) is not None:
            values[row.name] = row.read(given[row.name], row.option)
    return Settings(**values)


def _from_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"không đọc được tệp cài đặt / settings file cannot be read ({error})",
            where=path,
            do="Sửa tệp hoặc bỏ --config / mend the file or drop --config",
        ) from error
    rows = {row.name: row for row in table()}
    unknown = sorted(set(raw) - set(rows))
    if unknown:
        raise UsageError(
            f"không có cài đặt tên {', '.join(unknown)} / no such setting",
            where=path,
            do=f"Các tên đúng / known names: {', '.join(rows)}",
        )
    values = {name: rows[name].read(value, f"{path}: {name}") for name, value in raw.items()}
    for name in FOLDERS:
        if values.get(name) and not values[name].is_absolute():
            # A relative path in a file means "beside that file", wherever the command is run from.
            values[name] = path.parent / values[name]
    return values
