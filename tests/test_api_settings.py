"""The table of settings: precedence, validation, one source for options and environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UsageError
from search_api.configuration import CONFIG_ENV, load, table
from search_api.settings import Settings


def test_defaults_without_anything(tmp_path: Path):
    assert load({}, environ={}, folder=tmp_path) == Settings()


def test_command_line_beats_environment_beats_file_beats_default(tmp_path: Path):
    (tmp_path / "vankien.toml").write_text("port = 1001\nlimit = 7\nmax_limit = 77\n", encoding="utf-8")
    environ = {"VANKIEN_PORT": "1002", "VANKIEN_LIMIT": "8"}
    found = load({"port": "1003", "limit": None}, environ=environ, folder=tmp_path)
    assert (found.port, found.limit, found.max_limit, found.max_batch) == (1003, 8, 77, Settings().max_batch)


def test_config_file_is_named_by_option_or_environment(tmp_path: Path):
    named = tmp_path / "other.toml"
    named.write_text('host = "0.0.0.0"\n', encoding="utf-8")
    assert load({}, environ={}, config=named).host == "0.0.0.0"
    assert load({}, environ={CONFIG_ENV: str(named)}, folder=tmp_path).host == "0.0.0.0"


def test_relative_index_in_a_file_is_beside_the_file(tmp_path: Path):
    (tmp_path / "vankien.toml").write_text('index = "data"\n', encoding="utf-8")
    assert load({}, environ={}, folder=tmp_path).index == tmp_path / "data"
    assert load({"index": "data"}, environ={}, folder=tmp_path).index == Path("data")


@pytest.mark.parametrize(
    "text",
    [
        "port = ",
        "prot = 8000\n",
        'port = "many"\n',
        "port = true\n",
        "port = 1.5\n",
        "limit = 0\n",
        'log_level = "loud"\n',
    ],
)
def test_wrong_file_is_a_usage_error_that_names_it(tmp_path: Path, text: str):
    path = tmp_path / "vankien.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"vankien\.toml"):
        load({}, environ={}, folder=tmp_path)


def test_missing_named_file_is_a_usage_error(tmp_path: Path):
    with pytest.raises(UsageError, match=r"none\.toml"):
        load({}, environ={}, config=tmp_path / "none.toml")


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_every_setting_reads_its_own_default_and_says_what_it_is(row):
    if row.default is not None:
        assert row.read(str(row.default), "here") == row.default
    assert row.vi
    assert row.en
    assert row.allowed
    assert getattr(Settings(), row.name) == row.default


@given(st.text() | st.integers(-10, 70000).map(str))
def test_numbers_are_read_or_refused_never_a_crash(text: str):
    row = next(row for row in table() if row.name == "port")
    fine = text.strip().lstrip("+-").replace("_", "").isdecimal()
    try:
        value = row.read(text, "here")
    except UsageError:
        value = None
    assert value is None or (fine and 0 <= value <= 65535)
    assert value is not None or not (text.isascii() and text.isdecimal() and int(text) <= 65535)


def test_a_refusal_says_where_and_what_is_allowed():
    row = next(row for row in table() if row.name == "port")
    with pytest.raises(UsageError, match=r"--port: .*65535"):
        row.read("70000", "--port")
