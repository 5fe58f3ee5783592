"""Every command, setting and route is documented: the reference pages are what the code makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from search_api.app import create_app
from search_api.cli import COMMANDS
from search_api.configuration import table
from search_api.docs import PAGES
from search_api.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_what_the_code_makes(name: str):
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written.split() == PAGES[name]().split(), "run: python -m search_api.docs"


@pytest.mark.parametrize("command", [name for name, _ in COMMANDS])
def test_command_is_documented(command: str):
    assert f"## vankien {command}\n" in (DOCS / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_setting_is_documented(row):
    line = f"| `{row.name}` | `{row.env}` | `{row.option}` |"
    assert line in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_routes_are_documented():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    app = create_app(Settings())
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            assert f"## `{method.upper()} {path}`" in page
    for path in ("/", "/tim", "/van-kien", "/van-kien/{document_id}"):
        assert f"- `{path}`: " in page
