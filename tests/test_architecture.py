"""The house stands as it was drawn: one-way dependencies, small modules, nothing done at import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
STOREYS = ("ingest", "index", "search_api", "training", "benchmarks")
# What each storey may import from the others; `ingest` knows nothing of vectors, `index` nothing of HTTP.
ALLOWED = {
    "ingest": set(),
    "index": {"ingest"},
    "search_api": {"ingest", "index"},
    "training": {"ingest", "index"},
    "benchmarks": {"ingest", "index", "training"},  # what training holds out is measured there
}
FOREIGN = {
    # numpy is not among them: the boxes of a page's letters and the pixels of a scan are arrays too
    "ingest": {"torch", "sentence_transformers", "faiss", "tantivy", "fastapi", "starlette", "uvicorn"},
    "index": {"fastapi", "starlette", "uvicorn", "jinja2"},
}
HEAVY = ("torch", "sentence_transformers", "transformers", "underthesea", "faiss", "tantivy", "sklearn", "scipy")
MAX_MODULE, MAX_FUNCTION = 400, 50
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))


def modules(*packages: str) -> list[Path]:
    return sorted(p for package in packages for p in (REPO / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, wherever in it, as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                parts = path.relative_to(REPO).parts[: -node.level]
                yield node.lineno, ".".join([*parts, *([node.module] if node.module else [])])
            elif node.module:
                yield node.lineno, node.module


def wrong_way(path: Path, allowed: set[str], foreign: set[str]) -> list[str]:
    own = path.relative_to(REPO).parts[0]
    bad = (set(STOREYS) | {"tests", "samples"} | foreign) - allowed - {own}
    return [
        f"{path.relative_to(REPO)}:{line} imports {name}" for line, name in imports(path) if name.split(".")[0] in bad
    ]


@pytest.mark.parametrize("package", STOREYS)
def test_dependencies_point_one_way(package: str):
    found = [w for p in modules(package) for w in wrong_way(p, ALLOWED[package], FOREIGN.get(package, set()))]
    assert not found, "\n".join(found)


def test_the_direction_check_sees_every_form_of_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules[__name__], "REPO", tmp_path)
    (tmp_path / "ingest").mkdir()
    for text in (
        "import index.search",
        "from search_api import cli",
        "def f():\n    from training.data import x",
        "from ..index import search",
        "import faiss as fs",
    ):
        path = tmp_path / "ingest" / "x.py"
        path.write_text(text)
        assert wrong_way(path, set(), FOREIGN["ingest"]), text
    path.write_text("import json\nfrom . import errors\nfrom ingest.document import Document")
    assert not wrong_way(path, set(), FOREIGN["ingest"])


def test_nothing_that_runs_imports_training():
    found = [
        f"{p.relative_to(REPO)}:{line}"
        for p in modules("ingest", "index", "search_api")
        for line, name in imports(p)
        if name.split(".")[0] == "training"
    ]
    assert not found, found


@pytest.mark.parametrize("path", modules(*STOREYS, "tests", "samples"), ids=lambda p: str(p.relative_to(REPO)))
def test_modules_and_functions_stay_small(path: Path):
    text = path.read_text("utf-8")
    assert path.name not in {"utils.py", "helpers.py", "common.py", "misc.py"}, "name it after what it does"
    assert text.count("\n") <= MAX_MODULE, f"{text.count(chr(10))} lines"
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert not long, long


@pytest.mark.parametrize("path", modules(*STOREYS), ids=lambda p: str(p.relative_to(REPO)))
def test_modules_say_what_they_are(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not tree.body or ast.get_docstring(tree), "no docstring"


@pytest.mark.parametrize(
    "module", ["ingest", "ingest.errors", "ingest.document", "ingest.pipeline", "index", "index.hits", "index.build",
               "index.search", "index.encode", "index.segment", "search_api", "search_api.cli", "search_api.app"]
)  # fmt: skip
def test_importing_does_no_work(module: str):
    """Loading a library of half a gigabyte belongs to the call that needs it, or `vankien --help` takes ten seconds."""
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_what_is_imported_is_declared():
    """A package that is there only because another one needs it can go away with the next release of that one."""
    project = PROJECT["project"]
    # What these extras hold is imported where it is asked for, and its absence is said in words.
    asked_for = [
        r
        for extra in ("dask", "convert", "openvino", "notebooks", "langchain", "llamaindex")
        for r in project["optional-dependencies"][extra]
    ]
    declared = {requirement_name(r) for r in [*project["dependencies"], *asked_for]}
    known = metadata.packages_distributions()
    missing = {
        f"{p.relative_to(REPO)}:{line} {name}"
        for p in modules("ingest", "index", "search_api")
        for line, name in imports(p)
        if (top := name.split(".")[0]) not in sys.stdlib_module_names
        and top not in STOREYS
        and not declared & {requirement_name(d) for d in known.get(top, [top])}
    }
    assert not missing, "\n".join(sorted(missing))


def requirement_name(text: str) -> str:
    """The package's name out of a requirement ("pyright[nodejs]>=1.1" → "pyright"), spelt as the index spells it."""
    return re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
