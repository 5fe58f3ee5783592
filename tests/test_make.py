"""The Makefile as a newcomer meets it: help that is whole, a plain word where Python is too old."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")


def make(*arguments: str, cwd: Path = REPO) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=cwd, env=clean, capture_output=True, text=True, check=False)


def test_help_is_the_default_and_lists_every_target():
    text = (REPO / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    shown = make().stdout
    listed = set(re.findall(r"^  make (\w+)", shown, re.MULTILINE))
    assert listed == set(phony[1].split())
    assert shown == make("help").stdout


def test_another_python_is_refused_in_one_breath(tmp_path: Path):
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(REPO / name, tmp_path)
    shutil.copytree(REPO / "requirements", tmp_path / "requirements")
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = make("install", f"PYTHON={old}", cwd=tmp_path)
    assert done.returncode != 0
    assert "Python 3.11 is needed" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_installing_asks_for_hashes_and_takes_torch_alone(tmp_path: Path):
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(REPO / name, tmp_path)
    shutil.copytree(REPO / "requirements", tmp_path / "requirements")
    lines = make("-n", "test", cwd=tmp_path).stdout.splitlines()
    commands = [line for line in lines if re.search(r"-m pip .*\binstall\b", line)]
    torch, run, project, test = commands
    assert torch.split("install ")[1] == "--only-binary :all: torch==2.13.0"
    for line, name in ((run, "run"), (test, "test")):
        assert all(part in line for part in ("--require-hashes", "--no-deps", f"requirements/{name}.txt")), line
    assert all(part in project for part in ("--no-index", "--no-deps", "--no-build-isolation", "-e .")), project
