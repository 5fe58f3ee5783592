"""The notebooks run from top to bottom without a network, and what is saved of them is clean and whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from index.search import open_index

nbformat = pytest.importorskip("nbformat", reason="nbmake is not installed")
pytest.importorskip("nbmake", reason="nbmake is not installed")

REPO = Path(__file__).resolve().parents[1]
FOLDER = REPO / "notebooks"
NAMES = (
    "1-tim-trong-nam-dong",
    "2-so-sanh-cac-huyen",
    "3-ban-do-kho-van-kien",
    "4-chat-luong",
    "5-van-kien-cua-ban",
)
LIMIT = 240
"""Seconds for one notebook; each takes 3 to 11 on two idle cores."""
CELL_LIMIT = 120
MOST_BYTES = 1_500_000
# A path of a machine, as it could stand in an output; the dots of "../samples" and web addresses are none.
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|mnt|opt|private|roo[t]|srv|tmp|usr|Users|var|wor[k])/|\b[A-Z]:\\\\")


class Place:
    """A checkout for the kernels: copies of the notebooks beside the samples, and nothing written outside of it."""

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self.index = folder / "index"
        self.notebooks = folder / "checkout" / "notebooks"
        self.notebooks.mkdir(parents=True)
        (folder / "checkout" / "samples").symlink_to(REPO / "samples")
        if shared:
            (folder / "shared").symlink_to(shared)
        kernel = folder / "jupyter" / "kernels" / "this"
        kernel.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "this", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        (folder / "tmp").mkdir()
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("VANKIEN_", "PYTEST_"))},
            "PYTHONPATH": str(REPO),
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(folder / "tmp"),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "JUPYTER_CONFIG_DIR": str(folder / "jupyter" / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "jupyter" / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
            "MPLCONFIGDIR": str(folder / "matplotlib"),
            "VANKIEN_NOTEBOOK_INDEX": str(self.index),
            "VANKIEN_NOTEBOOK_SHARED": "1" if shared else "",
            # Nobody listens there: whatever wants to fetch something fails.
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
        }

    def run(self, name: str) -> Any:
        """The notebook after a run by nbmake."""
        path = self.notebooks / f"{name}.ipynb"
        shutil.copy(FOLDER / path.name, path)
        options = ["--nbmake", "--overwrite", "--nbmake-kernel=this", f"--nbmake-timeout={CELL_LIMIT}"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(path)]
        done = subprocess.run(
            command, cwd=self.notebooks, env=self.env, capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("notebooks"))


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory, shared_dir: Path) -> Place:
    return Place(tmp_path_factory.mktemp("notebooks-shared"), shared_dir)


def saved(name: str) -> Any:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell: Any) -> list[list[str]]:
    """What a cell gave, by kind: the media types of results, the names of streams (which may come in pieces)."""
    found = [sorted(output.get("data", {})) or [output.get("name", output.output_type)] for output in cell.outputs]
    return [kind for kind, _ in groupby(found)]


def told(notebook: Any) -> str:
    """All that is to be read in a notebook, without the pictures' bytes."""
    pieces = [cell.source for cell in notebook.cells]
    for output in (output for cell in code(notebook) for output in cell.outputs):
        pieces += [output.get("text", ""), *output.get("traceback", ())]
        pieces += [str(value) for kind, value in output.get("data", {}).items() if not kind.startswith("image/")]
    return "\n".join(pieces)


def faults(notebook: Any) -> list[str]:
    """What a saved notebook must not have."""
    found = []
    if set(notebook.metadata) - {"kernelspec", "language_info"} or set(notebook.metadata.language_info) != {"name"}:
        found.append(f"metadata of a machine: {dict(notebook.metadata)}")
    found += [f"cell metadata: {dict(cell.metadata)}" for cell in notebook.cells if cell.metadata]
    if [cell.execution_count for cell in code(notebook)] != list(range(1, len(code(notebook)) + 1)):
        found.append("not run from top to bottom")
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    if not any("text/html" in output.get("data", {}) for output in outputs):
        found.append("no table")
    found += [f"{o.output_type} {o.get('name', '')}" for o in outputs if "stderr" in o.values() or "ename" in o]
    paths = {str(REPO), sys.prefix, str(Path.home())} - {"/"}
    text = told(notebook)
    found += [f"a path: {path}" for path in paths if path in text]
    return found + [f"a path: {text[m.start() : m.end() + 30]}" for m in MACHINE_PATH.finditer(text)]


def test_the_notebooks_are_these():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"({name}.ipynb)" in readme for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_is_clean_and_whole(name: str):
    assert faults(saved(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_vietnamese_stands_first_and_links_lead_somewhere(name: str):
    texts = [cell.source for cell in saved(name).cells if cell.cell_type == "markdown"]
    title = texts[0].splitlines()[0]
    assert re.fullmatch(r"# .*[À-ỹ].* / [A-Z][\x20-\x7e]*", title), title
    targets = [target for text in texts for target in re.findall(r"\]\(([^)#\s]+)", text)]
    assert [target for target in targets if not (FOLDER / target).exists()] == []


def test_the_saved_notebooks_stay_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.ipynb")) < MOST_BYTES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda nb: nb.metadata.update(widgets={}), "metadata of a machine"),
        (lambda nb: nb.cells[1].metadata.update(execution={}), "cell metadata"),
        (lambda nb: code(nb)[2].update(execution_count=9), "not run from top to bottom"),
        (lambda nb: [cell.update(outputs=[]) for cell in code(nb)], "no table"),
        (lambda nb: code(nb)[1].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="")), "error"),
        (
            lambda nb: code(nb)[1].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful")),
            "stderr",
        ),
        (
            lambda nb: code(nb)[1].outputs.append(nbformat.v4.new_output("stream", text="in /tm" + "p/x/index")),
            "a path: /tm",
        ),
        (
            lambda nb: code(nb)[1].outputs.append(
                nbformat.v4.new_output("display_data", data={"text/plain": str(REPO / "samples")})
            ),
            "a path",
        ),
    ],
    ids=["notebook", "cell", "order", "outputs", "error", "warning", "temporary folder", "checkout"],
)
def test_the_search_for_faults_finds_each(change: Any, said: str):
    notebook = saved(NAMES[0])
    change(notebook)
    assert any(said in fault for fault in faults(notebook)), faults(notebook)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_on_the_samples_as_it_is_saved(name: str, place: Place, sample_files: list[Path]):
    done = place.run(name)
    assert [cell.source for cell in code(done)] == [cell.source for cell in code(saved(name))]
    assert [kinds(cell) for cell in code(done)] == [kinds(cell) for cell in code(saved(name))]
    if name == NAMES[0]:
        assert "the same as from the folder: True" in told(done)
    if name != NAMES[-1]:  # the last one has documents of its own
        assert {info.source for info in open_index(place.index).documents()} == {path.name for path in sample_files}
    assert list((place.index.parent / "tmp").glob("tmp*")) == []  # its temporary folder is gone


@pytest.mark.parametrize("name", NAMES[:2])
def test_it_runs_on_the_reports_of_shared(name: str, shared_place: Place, shared_dir: Path):
    done = shared_place.run(name)
    seeds = {path.name for path in (shared_dir / "seeds").glob("*.txt")}
    assert {info.source for info in open_index(shared_place.index).documents()} == seeds
    assert "Nậm Pheo" not in told(done)
