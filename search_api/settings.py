"""The one table of settings: it drives the command line, the environment, ``vankien.toml`` and docs/settings.md.

A setting is a field of `Settings`; everything else about it (environment
variable, TOML key, command-line option) follows from its name. Precedence,
strongest first: command line, environment, ``vankien.toml``, default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from index.model_files import BACKENDS
from ingest.errors import UsageError

CONFIG_NAME = "vankien.toml"
CONFIG_ENV = "VANKIEN_CONFIG"
LOG_LEVELS = ("debug", "info", "warning", "error")


def _about(
    *,
    kind: type,
    vi: str,
    en: str,
    metavar: str,
    low: int | None = None,
    high: int | None = None,
    choices: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {"kind": kind, "vi": vi, "en": en, "metavar": metavar, "low": low, "high": high, "choices": choices}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the system may be told; each field's meaning is its help text (see `table`)."""

    index: Path = field(
        default=Path("index-data"),
        metadata=_about(kind=Path, metavar="DIR", vi="Thư mục chứa chỉ mục", en="Folder that holds the index"),
    )
    model: str | None = field(
        default=None,
        metadata=_about(
            kind=str,
            metavar="NAME",
            vi="Mô hình mã hoá: tên hoặc thư mục; bỏ trống là mô hình đi kèm",
            en="Encoder: name or folder; empty means the model in the package",
        ),
    )
    backend: str | None = field(
        default=None,
        metadata=_about(
            kind=str,
            metavar="NAME",
            choices=BACKENDS,
            vi=f"Cách chạy mô hình tải từ hub ({', '.join(BACKENDS)}); bỏ trống là như chỉ mục, hoặc torch",
            en="What runs a model from a hub; empty means as the index says, else torch",
        ),
    )
    reranker: str | None = field(
        default=None,
        metadata=_about(
            kind=str,
            metavar="NAME",
            vi="Mô hình xếp lại các kết quả đầu (cross-encoder): tên hoặc thư mục; bỏ trống là không dùng",
            en="Cross-encoder that orders the best hits anew: name or folder; empty means none",
        ),
    )
    thesaurus: Path | None = field(
        default=None,
        metadata=_about(
            kind=Path,
            metavar="DIR",
            vi="Thư mục có khái niệm của riêng bạn (*.jsonl), gộp vào từ điển đi kèm khi lập chỉ mục",
            en="Folder of your own concepts (*.jsonl), merged with the package's when the index is built",
        ),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_about(kind=str, metavar="HOST", vi="Địa chỉ máy chủ lắng nghe", en="Address to serve on"),
    )
    port: int = field(
        default=8000,
        metadata=_about(
            kind=int,
            metavar="PORT",
            low=0,
            high=65535,
            vi="Cổng máy chủ; 0 là cổng trống bất kỳ",
            en="Port to serve on; 0 takes any free one",
        ),
    )
    limit: int = field(
        default=10,
        metadata=_about(
            kind=int, metavar="N", low=1, vi="Số kết quả mỗi lần tìm", en="Number of hits when none is asked for"
        ),
    )
    max_limit: int = field(
        default=100,
        metadata=_about(
            kind=int,
            metavar="N",
            low=1,
            vi="Số kết quả nhiều nhất qua HTTP",
            en="Most hits one HTTP request may ask for",
        ),
    )
    max_offset: int = field(
        default=1000,
        metadata=_about(
            kind=int,
            metavar="N",
            low=0,
            vi="Vị trí xa nhất khi lật trang qua HTTP",
            en="Farthest offset that paging over HTTP may reach",
        ),
    )
    max_batch: int = field(
        default=100,
        metadata=_about(
            kind=int,
            metavar="N",
            low=1,
            vi="Số câu hỏi nhiều nhất trong một lô HTTP",
            en="Most queries in one HTTP batch",
        ),
    )
    max_context: int = field(
        default=20,
        metadata=_about(
            kind=int,
            metavar="N",
            low=0,
            vi="Số đoạn liền kề nhiều nhất mỗi phía qua HTTP",
            en="Most neighbouring passages on each side over HTTP",
        ),
    )
    query_max_length: int = field(
        default=1000,
        metadata=_about(
            kind=int,
            metavar="N",
            low=1,
            vi="Số ký tự nhiều nhất của một câu hỏi qua HTTP",
            en="Most characters of a query over HTTP",
        ),
    )
    jobs: int = field(
        default=1,
        metadata=_about(
            kind=int,
            metavar="N",
            low=0,
            vi="Số tiến trình đọc tệp song song; 0 là bằng số lõi",
            en="Processes that read files side by side; 0 means one for each core",
        ),
    )
    time_limit: int = field(
        default=600,
        metadata=_about(
            kind=int,
            metavar="SECONDS",
            low=1,
            vi="Số giây nhiều nhất để đọc một tệp, và thêm chừng ấy cho mỗi 50 trang PDF",
            en="Most seconds that reading one file may take, and as many more for every 50 pages of a PDF",
        ),
    )
    memory_limit: int = field(
        default=2048,
        metadata=_about(
            kind=int,
            metavar="MB",
            low=0,
            vi="Số MB bộ nhớ nhiều nhất để đọc một tệp; 0 là không hạn chế (chỉ trên Linux)",
            en="Most MB of memory that reading one file may take; 0 means no limit (Linux only)",
        ),
    )
    dask: str | None = field(
        default=None,
        metadata=_about(
            kind=str,
            metavar="ADDRESS",
            vi="Đọc tệp trên cụm Dask có bộ điều phối ở địa chỉ này, ví dụ tcp://may-chu:8786",
            en="Read the files on the Dask cluster whose scheduler has this address",
        ),
    )
    log_level: str = field(
        default="warning",
        metadata=_about(
            kind=str,
            metavar="LEVEL",
            choices=LOG_LEVELS,
            vi="Mức ghi nhật ký ra stderr",
            en="How much is logged to stderr",
        ),
    )


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
    for name in ("index", "thesaurus"):
        if values.get(name) and not values[name].is_absolute():
            # A relative folder in a file means "beside that file", wherever the command is run from.
            values[name] = path.parent / values[name]
    return values
