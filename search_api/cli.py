"""The command line: ``vankien``.

Parsing and errors are here; each command is in `search_api.commands` and loaded when it is run.
"""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ingest.errors import UsageError, VankienError
from search_api.configuration import load, table
from search_api.logs import setup
from search_api.settings import Settings

PROG = "vankien"
INTERRUPTED = 130
# (name, summary); the modules search_api/commands/<name>.py hold add_arguments(parser) and run(args, settings).
COMMANDS = (
    ("parse", "đọc một tệp, in ra cấu trúc / read one file, print its structure"),
    ("ingest", "đưa tệp và thư mục vào chỉ mục / bring files and folders into the index"),
    ("search", "tìm đoạn văn, chú thích, dòng bảng / find paragraphs, footnotes, table rows"),
    ("compare", "đoạn sát nhất của từng văn kiện / the best passage of each document"),
    ("show", "xem một đoạn cùng các đoạn liền kề / show a passage with its neighbours"),
    ("verify", "đoạn trích có đúng nguyên văn không, ở đâu / is a quotation verbatim, and where does it stand"),
    ("serve", "mở trang tìm kiếm, HTTP API và MCP / serve the search page, the HTTP API and MCP"),
    ("mcp", "MCP qua stdio, cho công cụ trò chuyện trên máy này / MCP over stdio, for chat tools on this machine"),
    ("keys", "tạo, liệt kê, thu hồi khoá của máy chủ / make, list and revoke keys of the server"),
    ("models", "liệt kê các mô hình mã hoá / list the encoders"),
    ("evaluate", "đo chất lượng tìm kiếm trên câu hỏi có lời đáp / measure the search on judged queries"),
    ("doctor", "kiểm tra chỉ mục, nói cách sửa / check an index, say how to mend it"),
)
DESCRIPTION = (
    "Tìm kiếm trong văn kiện của Đảng, ngay trên máy này. / Search in Vietnamese Party documents, on this machine."
)
EPILOG = (
    "Mã thoát / exit codes: 0 xong / done; 1 xong một phần / done in part; 2 dùng sai / wrong use; "
    "3 không mở được chỉ mục / the index cannot be opened; 130 bị ngắt / interrupted."
)
# argparse speaks English only; what it says most often gets its Vietnamese here.
_PHRASES = (
    (r"the following arguments are required: (.*)", r"thiếu \1"),
    (r"unrecognized arguments: (.*)", r"không có tuỳ chọn \1"),
    (r"argument (.*): expected .*", r"\1 cần một giá trị"),
    (r"argument (.*): invalid choice: (.*) \(.*\)", r"\1 không nhận giá trị \2"),
    (r"argument (.*): invalid .* value: (.*)", r"\1 không nhận giá trị \2"),
    (r"argument (.*): not allowed with argument (.*)", r"\1 không dùng cùng \2"),
)


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "Cách dùng / usage: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse with headings and errors in Vietnamese and English."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, add_help=False, allow_abbrev=False, **options)
        self._positionals.title = "Tham số / arguments"
        self._optionals.title = "Tuỳ chọn / options"
        self.add_argument("-h", "--help", action="help", help="in phần trợ giúp này / print this help")

    def error(self, message: str) -> NoReturn:
        """One sentence on stderr, exit 2."""
        vietnamese = next((re.sub(p, r, message) for p, r in _PHRASES if re.fullmatch(p, message)), "dùng sai lệnh")
        say(f"{vietnamese} / {message}. Xem / see: {self.prog} --help")
        raise SystemExit(UsageError.exit_code)


def say(message: str) -> None:
    """One line to stderr, with the program's name before it."""
    print(f"{PROG}: {message}", file=sys.stderr, flush=True)


def add_settings(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add options for rows of the settings table, and ``--config`` and ``--log-level``, which every command takes.

    Args:
        parser: a command's parser.
        names: names of settings.
    """
    group = parser.add_argument_group("Cài đặt / settings")
    for row in table():
        if row.name in names or row.name == "log_level":
            default = f" [{row.env}]" if row.default is None else f" [{row.default}; {row.env}]"
            group.add_argument(row.option, metavar=row.metavar, dest=row.name, help=row.help + default)
    group.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="tệp cài đặt TOML / TOML file of settings [vankien.toml nếu có / if there]",
    )


def build_parser(only: str | None = None) -> Parser:
    """The whole parser, or with `only` the arguments of that one command (others keep just their summary).

    Args:
        only: name of a command whose module is to be loaded; None loads all of them, as the docs do.
    """
    parser = Parser(prog=PROG, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="store_true", help="in phiên bản / print the version")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="Lệnh / commands", parser_class=Parser, prog=PROG
    )
    for name, summary in COMMANDS:
        sub = commands.add_parser(name, help=summary, description=_sentence(summary))
        if only is None or only == name:
            _command(name).add_arguments(sub)
    return parser


def _sentence(summary: str) -> str:
    return " / ".join(part[:1].upper() + part[1:] + "." for part in summary.split(" / "))


def _command(name: str) -> Any:
    return importlib.import_module(f"search_api.commands.{name}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: arguments without the program's name; those of the process when None.

    Returns:
        The exit code of the contract: 0, 1, 2, 3 or 130.
    """
    traced = False
    try:
        _speak_utf8()
        words = list(sys.argv[1:] if argv is None else argv)
        traced = "debug" in words or "--log-level=debug" in words
        code = _run(words)
        sys.stdout.flush()
        return code
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        if traced and not isinstance(error, SystemExit):
            logging.getLogger(PROG).debug("", exc_info=error)
        return _exit_code(error)


def _speak_utf8() -> None:
    """Vietnamese on every terminal; a file name that is no text is escaped instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _run(words: list[str]) -> int:
    names = {name for name, _ in COMMANDS}
    parser = build_parser(only=next((word for word in words if word in names), ""))
    args = parser.parse_args(words)
    if args.version:
        from search_api.about import package_version

        print(PROG, package_version())
        return 0
    if args.command is None:
        parser.print_help()
        return 0
    settings = load(vars(args), config=args.config)
    setup(settings.log_level, settings.log_format)
    return _command(args.command).run(args, settings)


def _exit_code(error: BaseException) -> int:
    """Say in one sentence what stopped the command; the code of the contract."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0
    if isinstance(error, BrokenPipeError):
        # The reader (head, less) has closed the pipe: it has what it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, KeyboardInterrupt):
        say("đã dừng theo yêu cầu, không mất gì / interrupted, nothing lost")
        return INTERRUPTED
    if isinstance(error, VankienError):
        say(str(error))
        return error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        say(f"{where}không đọc hoặc ghi được / cannot be read or written ({error.strerror or error}).")
        return UsageError.exit_code if error.filename else VankienError.exit_code
    say(
        f"lỗi trong chương trình / internal error ({type(error).__name__}: {error}). "
        "Thêm --log-level debug để xem chi tiết / add --log-level debug for details."
    )
    return VankienError.exit_code


def open_searcher(settings: Settings) -> Any:
    """Open what the settings name (imported here: `--help` must not load an encoder).

    Returns:
        A Searcher, or a View where labelled collections are asked for.

    Raises:
        IndexError_: it cannot be opened.
        UsageError: there is no such collection.
    """
    from index.search import open_index

    options = {"model": settings.model, "backend": settings.backend, "reranker": settings.reranker}
    if not settings.collections:
        return open_index(settings.index, **options)
    from index.library import OPEN, chosen_collections, collection_path, exists
    from index.view import View

    names = chosen_collections(settings.index, settings.collections)
    there = [name for name in names if name != OPEN or exists(settings.index)]
    return View({name: open_index(collection_path(settings.index, name), **options) for name in there})


if __name__ == "__main__":
    raise SystemExit(main())
