"""Habits of the house: nothing foreign in the repository, documents that keep their word."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from search_api.cli import COMMANDS, build_parser

REPO = Path(__file__).resolve().parents[1]
MIB = 1 << 20
# Written in halves, so that this file does not find itself.
HOSTS = ("files.python" + "hosted", "pypi" + ".org", "registry.np" + "mjs", "deb.deb" + "ian", "download.py" + "torch")
PATHS = ("/wo" + "rk/", "/ro" + "ot/", "/fa" + "rm/", "/opt/" + "wheels", "/opt/" + "pypi")
# Twelve Vietnamese words are about sixteen syllables, which is what is counted here.
COPIED_SYLLABLES = 16
# What every district's office writes in the same words belongs to nobody.
FORMULAS = (
    "Báo cáo sơ kết giữa nhiệm kỳ thực hiện Nghị quyết Đại hội Đảng bộ huyện lần thứ XX, nhiệm kỳ 2020-2025",
    "Báo cáo tình hình thực hiện nhiệm vụ năm 2022, nhiệm vụ năm 2023. Phần thứ nhất: Tình hình thực hiện nhiệm vụ "
    "năm 2022",
)
QUERY_SYLLABLES = 7
# The thesaurus was written for the project and comes from ../shared on purpose.
FROM_SHARED = "index/thesaurus/"
GUIDES = ("README.md", *(f"docs/{path.name}" for path in sorted((REPO / "docs").glob("*.md"))))


@cache
def tracked() -> tuple[str, ...]:
    """Everything in the repository, committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=REPO, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    names = listing.stdout.decode("utf-8").split("\0")
    return tuple(sorted(name for name in names if name and (REPO / name).is_file()))


@cache
def text_of(name: str) -> str:
    """A text file's content; empty for a binary one."""
    data = (REPO / name).read_bytes()
    try:
        return "" if b"\0" in data[:4096] else data.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())


def sequences(text: str, size: int) -> set[int]:
    """Hashes of all runs of `size` words."""
    parts = words(text)
    return {hash(tuple(parts[i : i + size])) for i in range(len(parts) - size + 1)}


def copied(text: str, source: set[int], size: int) -> list[str]:
    parts = words(text)
    runs = (parts[i : i + size] for i in range(len(parts) - size + 1))
    return [" ".join(run) for run in runs if hash(tuple(run)) in source]


def test_no_package_host_and_no_path_of_a_machine():
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked()
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if any(word in line for word in (*HOSTS, *PATHS))
    ]
    assert not found, "\n".join(found)


def test_no_text_of_the_reports_in_the_repository(shared_dir: Path):
    """The reports in ../shared/seeds are not ours to publish; a run of twelve words is no coincidence."""
    source: set[int] = set()
    for path in sorted((shared_dir / "seeds").glob("*.txt")):
        source |= sequences(path.read_text("utf-8"), COPIED_SYLLABLES)
    for formula in FORMULAS:
        source -= sequences(formula, COPIED_SYLLABLES)
    assert len(source) > 50_000, "the seeds were not read"
    found = {
        name: runs[0]
        for name in tracked()
        if not name.startswith(FROM_SHARED) and (runs := copied(text_of(name), source, COPIED_SYLLABLES))
    }
    assert not found, found


def test_no_gold_query_in_the_repository(shared_dir: Path):
    """Nothing may be tuned to the gold queries; the short ones may coincide, the long ones may not."""
    files = sorted((shared_dir / "gold").glob("*.queries.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    # The kind "shared" holds bare topics ("kết quả giảm nghèo") that anybody would type.
    queries = {tuple(words(row["query"])) for row in rows if row["kind"] != "shared"}
    queries = {query for query in queries if len(query) >= QUERY_SYLLABLES}
    assert len(queries) > 25, "the gold queries were not read"
    by_length: dict[int, set[int]] = {}
    for query in queries:
        by_length.setdefault(len(query), set()).add(hash(query))
    found = {
        name: runs[0]
        for name in tracked()
        if not name.startswith(FROM_SHARED)
        for size, hashes in by_length.items()
        if (runs := copied(text_of(name), hashes, size))
    }
    assert not found, found


def test_the_search_for_copies_finds_one():
    source = sequences("Một hai ba bốn năm, sáu bảy tám chín mười; mười một mười hai!", 12)
    assert copied("x một HAI ba\nbốn năm sáu bảy tám chín mười mười một mười hai y", source, 12)
    assert not copied("một hai ba bốn năm sáu bảy tám chín mười", source, 12)


def test_the_repository_stays_light():
    total = sum((REPO / name).stat().st_size for name in tracked())
    assert total < 150 * MIB, f"{total / MIB:.0f} MB"
    model = {name: (REPO / name).stat().st_size for name in tracked() if name.startswith("index/models/")}
    assert sum(model.values()) <= 60_000_000, model  # two encoders
    others = {n: s for n in tracked() if n not in model and (s := (REPO / n).stat().st_size) > 5 * MIB}
    assert not others, others


def test_version_is_the_changelogs_newest():
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    listed = re.findall(r"^## \[([^\]]+)\]", text_of("CHANGELOG.md"), re.MULTILINE)
    assert listed, "no version in CHANGELOG.md"
    assert listed[0] == version


def command_lines(name: str) -> list[list[str]]:
    """The shell lines of a guide's code blocks and its inline code, without prompt and comment."""
    text = text_of(name)
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`((?:make|vankien)\b[^`\n]*)`", text)
    lines = [line for line in lines if re.match(r"(\S*/)?(make|vankien)\b", line)]
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("name", GUIDES)
def test_guides_name_only_what_exists(name: str):
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    options = {command: options_of(command) for command, _ in COMMANDS}
    wrong = []
    for line in command_lines(name):
        first, rest = line[0].rsplit("/", 1)[-1], line[1:]
        if first == "make":
            wrong += [line for word in rest if "=" not in word and word not in targets]
        elif rest and rest[0] not in {"--help", "--version"}:
            command = rest[0]
            known = options.get(command, set())
            used = {word.split("=")[0] for word in rest[1:] if word.startswith("--")}
            wrong += [line] if command not in options or used - known else []
    assert not wrong, wrong


def options_of(command: str) -> set[str]:
    sub = next(a for a in build_parser(command)._actions if a.dest == "command")
    assert isinstance(sub.choices, dict)
    return set(options_in(sub.choices[command]))


def options_in(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A command's options and those of its own commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options_in(inner)


def test_readme_shows_the_two_commands_and_every_other_one():
    lines = command_lines("README.md")
    assert ["make", "run"] in lines
    assert ["make", "test"] in lines
    shown = {line[1] for line in lines if line[0].endswith("vankien") and len(line) > 1}
    assert {command for command, _ in COMMANDS} <= shown


@pytest.mark.parametrize("name", [n for n in ("README.md", "CHANGELOG.md", "docs", "notebooks") if (REPO / n).exists()])
def test_links_between_files_lead_somewhere(name: str):
    pages = [REPO / name] if name.endswith(".md") else sorted((REPO / name).rglob("*.md"))
    dead = [
        f"{page.relative_to(REPO)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead, dead


def test_the_architecture_names_every_module_and_no_other():
    text = text_of("docs/architecture.md")
    named = set(re.findall(r"`(?:\w+/)*(\w+\.py)`", text))
    there = {Path(n).name for n in tracked() if n.endswith(".py") and not Path(n).name.startswith("__")}
    storeys = {
        Path(n).name
        for n in tracked()
        if re.match(r"(ingest|index|search_api)/(readers/)?\w+\.py$", n) and not Path(n).name.startswith("__")
    }
    assert named <= there, named - there
    assert storeys <= named, storeys - named


def test_versions_are_pinned_with_hashes():
    for name in ("requirements/run.txt", "requirements/test.txt"):
        lines = text_of(name).splitlines()
        pins = [(a, b) for a, b in pairwise([*lines, ""]) if re.match(r"[a-z]", a)]
        assert len(pins) > 50
        assert all(re.match(r"[a-z0-9.-]+==\S+ \\$", a) and b.strip().startswith("--hash=sha256:") for a, b in pins)
        assert not [a for a, _ in pins if re.match(r"(torch|nvidia|cuda|triton)\b", a)]
