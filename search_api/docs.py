"""The reference pages that are made from the code: ``python -m search_api.docs`` writes docs/{cli,settings,api}.md.

A test compares them with what this module makes, so that no command, setting
or route goes without documentation.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from search_api import kinds, problems
from search_api.cli import COMMANDS, DESCRIPTION, EPILOG, build_parser
from search_api.configuration import CONFIG_ENV, CONFIG_NAME, table
from search_api.settings import Settings

NOTE = "<!-- Made by `python -m search_api.docs`; change the code, not this file. -->\n"
WIDTH = 100
EXAMPLES = {
    "parse": "vankien parse bao-cao.docx --format text",
    "ingest": "vankien ingest samples/ --index index-data --report report.json",
    "search": 'vankien search "kết quả giảm nghèo" --index index-data --kind footnote',
    "compare": 'vankien compare "tỷ lệ hộ nghèo" --index index-data --section result',
    "show": "vankien show 1921b6039571:p00012 --index index-data --context 2",
    "verify": 'vankien verify "tỷ lệ hộ nghèo giảm còn 21,4%" --index index-data --document "huyện Mường Hin"',
    "serve": "vankien serve --index index-data --port 8080",
    "mcp": "vankien mcp --index index-data",
    "keys": "vankien keys add 'Phòng tổng hợp' --collection noi-bo --rate 120 --index index-data",
    "models": "vankien models fetch bge-m3 --backend onnx",
    "evaluate": "vankien evaluate --index index-data --queries samples/gold/*.queries.jsonl --worst 5",
    "doctor": "vankien doctor --index index-data",
}


def cli_page() -> str:
    """docs/cli.md: the help of every command, as it is printed."""
    parts = [NOTE, "# Command line\n", f"{DESCRIPTION}\n", f"{EPILOG}\n"]
    parts.append("Data goes to stdout, messages to stderr. Colours only on a terminal; `NO_COLOR` turns them off.\n")
    with _fixed_width():
        parser = build_parser()
        parts.append(_block(parser.format_help()))
        subparsers = next(action for action in parser._actions if action.dest == "command")
        for name, _ in COMMANDS:
            parts.append(f"## vankien {name}\n")
            command = subparsers.choices[name]  # pyright: ignore[reportOptionalSubscript, reportArgumentType, reportCallIssue, reportIndexIssue]
            parts += [_block(parser.format_help()) for parser in _with_actions(command)]
            parts.append(_block(EXAMPLES[name], "sh"))
    return "\n".join(parts)


def _with_actions(parser: Any) -> Iterator[Any]:
    """A command's parser, then those of its own commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def settings_page() -> str:
    """docs/settings.md: the table of settings."""
    parts = [
        NOTE,
        "# Settings\n",
        f"Strongest first: the command line, the environment, `{CONFIG_NAME}` in the current folder "
        f"(or the file that `--config` or `{CONFIG_ENV}` names), the default. "
        "A relative `index` in a TOML file is beside that file.\n",
        "| setting (TOML key) | environment | option | type | default | allowed | meaning |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in table():
        default = "" if row.default is None else f"`{row.default}`"
        allowed = row.allowed.replace("|", "\\|")
        cells = [
            f"`{row.name}`",
            f"`{row.env}`",
            f"`{row.option}`",
            row.kind.__name__.lower(),
            default,
            allowed,
            row.help,
        ]
        parts.append("| " + " | ".join(cells) + " |")
    parts += ["", "Example:\n", _block('index = "index-data"\nport = 8080\nlimit = 20', "toml")]
    return "\n".join(parts)


def api_page() -> str:
    """docs/api.md: routes, parameters and problems, from the OpenAPI description."""
    from search_api.app import create_app

    described = create_app(Settings()).openapi()
    parts = [
        NOTE,
        "# HTTP API\n",
        f"{described['info']['description']} The whole description, with the form of every answer, "
        "is at `/openapi.json`.\n",
    ]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method.upper(), operation)
    parts += ["## Problems\n", "| type | status | meaning | what to do |", "|---|---|---|---|"]
    parts += [
        f"| `{problems.TYPE_BASE}{kind.code}` | {kind.status} | {kind.title} | {kind.do} |" for kind in kinds.KINDS
    ]
    parts += ["", "## The web page\n", *_pages(), ""]
    return "\n".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"## `{method} {path}`\n"
    yield f"{operation['summary']} (`{operation['operationId']}`). {operation['description']}\n"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "| parameter | in | type | default | meaning |"
        yield "|---|---|---|---|---|"
        for row in parameters:
            schema = row["schema"]
            default = "required" if row.get("required") else f"`{schema['default']}`" if "default" in schema else ""
            yield f"| `{row['name']}` | {row['in']} | {_type(schema)} | {default} | {row.get('description', '')} |"
        yield ""
    if "requestBody" in operation:
        ((media_type, body),) = operation["requestBody"]["content"].items()
        form = body["schema"].get("$ref", "").rpartition("/")[2]
        yield f"Body: `{form or media_type}`.\n"
    answers = [f"{status} {answer['description'].lower()}" for status, answer in sorted(operation["responses"].items())]
    yield f"Answers: {'; '.join(answers)}.\n"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"] if option.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"{_type(schema['items'])}, repeatable"
    return schema.get("type", "any")


def _pages() -> Iterator[str]:
    from search_api.routes import pages

    for route in pages.router.routes:
        endpoint: Callable[..., Any] = route.endpoint  # pyright: ignore[reportAttributeAccessIssue]
        summary = (endpoint.__doc__ or "").splitlines()[0]
        yield f"- `{route.path}`: {summary}"  # pyright: ignore[reportAttributeAccessIssue]


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


class _fixed_width:
    """argparse wraps at the terminal's width; a page must come out the same everywhere."""

    def __enter__(self) -> None:
        self._before = os.environ.get("COLUMNS")
        os.environ["COLUMNS"] = str(WIDTH)

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = self._before


PAGES: dict[str, Callable[[], str]] = {"cli.md": cli_page, "settings.md": settings_page, "api.md": api_page}


def main() -> None:
    """Write the pages into docs/ of the checkout."""
    folder = Path(__file__).parents[1] / "docs"
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
