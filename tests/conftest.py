"""Fixtures that several test files share, and a list by name of whatever was skipped."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

REPO = Path(__file__).resolve().parents[1]
SHARED = REPO.parent / "shared"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The project's material beside the checkout: seeds, gold, data, scoring tools."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip("../shared is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def samples_dir() -> Path:
    return REPO / "samples"


@pytest.fixture(scope="session")
def sample_files(samples_dir: Path) -> list[Path]:
    """The documents themselves, without their gold and their sources."""
    return sorted(p for p in samples_dir.iterdir() if p.is_file() and p.name != "README.md" and p.name[0] != ".")


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory, sample_files: list[Path]) -> Path:
    """A real index over samples/ with the default encoder, built once a run. Read-only: copy it to change it."""
    return _index_once(tmp_path_factory, "sample-index", sample_files)


@pytest.fixture(scope="session")
def gold_index(tmp_path_factory: pytest.TempPathFactory, shared_dir: Path) -> Path:
    """The same over the three gold reports of ../shared, alone in the index."""
    from benchmarks.baseline import shared_files

    if not (shared_dir / "gold").is_dir():
        pytest.skip("../shared/gold is not beside this checkout")
    return _index_once(tmp_path_factory, "gold-index", shared_files(shared_dir))


def _index_once(tmp_path_factory: pytest.TempPathFactory, name: str, files: list[Path]) -> Path:
    from index.build import ingest_paths

    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the folder that all workers share
    target, done = base / name, base / f"{name}.done"
    with FileLock(base / f"{name}.lock"):
        if not done.exists():
            ingest_paths(files, target)
            done.touch()
    return target


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the machine's own browser, for playwright's `executable_path`."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("chromium is not on this machine")
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names every skipped test with its reason, so that nothing is left out silently (works under xdist too)."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section(f"skipped: {len(skipped)}")
    for report in sorted(skipped, key=lambda r: r.nodeid):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
