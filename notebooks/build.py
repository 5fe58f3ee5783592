"""Run the notebooks and save them with their outputs, without anything that changes from run to run.

::

    python notebooks/build.py          all of them
    python notebooks/build.py 1 3      those whose names begin so

The notebooks themselves are the source: change one in an editor or in Jupyter, then run this. One index in a temporary
folder serves them all.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
TIMEOUT = 120
"""Seconds that one cell may take."""


def run(path: Path) -> NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel of this interpreter.

    Args:
        path: the notebook; its folder is the working directory.

    Raises:
        CellExecutionError, CellTimeoutError: a cell failed, or took more than `TIMEOUT` seconds.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", coalesce_streams=True)
    client.execute(cwd=str(HERE))
    return notebook


def clean(notebook: NotebookNode) -> NotebookNode:
    """Only what says something: the same notebook gives the same bytes on every machine.

    Raises:
        ValueError: a cell wrote to stderr, which is a warning that no reader should have to see.
    """
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    for number, cell in enumerate(notebook.cells, 1):
        cell.id, cell.metadata = f"cell-{number:02d}", NotebookNode()
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                raise ValueError(f"cell {number}: {output.text}")
    return notebook


def main() -> None:
    """Run and save the notebooks that the arguments name."""
    wanted = tuple(sys.argv[1:]) or ("",)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VANKIEN_NOTEBOOK_INDEX"] = folder
        os.environ.pop("VANKIEN_NOTEBOOK_SHARED", None)  # nothing of that material may be saved here
        for path in sorted(HERE.glob("*.ipynb")):
            if path.name.startswith(wanted):
                started = time.monotonic()
                nbformat.write(clean(run(path)), path)
                print(
                    f"{path.name}: {time.monotonic() - started:.1f} s, {path.stat().st_size / 1024:.0f} KB", flush=True
                )


if __name__ == "__main__":
    main()
