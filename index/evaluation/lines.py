"""Where the lines of a document come from; quotes that stand in one line are one answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.evaluation.qrels import Lines, fold
from index.evaluation.reading import unreadable
from ingest.errors import UsageError

if TYPE_CHECKING:
    from index.search import Searcher


def index_lines(searcher: Searcher) -> Lines:
    """The lines of a document as the index holds it: its canonical text, in which a paragraph is one line.

    The lines of the file can be others. Where the file breaks a paragraph, two of its lines are one here, and two
    quotes become one answer; a quote that begins with a note's or an item's own number, or spans a marker that was
    taken out, stands in no line here and is an answer by itself. `folder_lines` reads the files instead.
    """
    by_name: dict[str, list[str]] = {}
    for document in searcher.documents():
        by_name.setdefault(document.source.rsplit("/", 1)[-1], []).append(document.id)

    def lines(name: str) -> list[str] | None:
        ids = by_name.get(name)
        if ids is None:
            return None
        return [fold(line) for i in ids for line in searcher.document(i).canonical.split("\n")]

    return lines


def folder_lines(folder: Path) -> Lines:
    """The lines of the plain text files in a folder, as the project's scorer reads them.

    Raises:
        UsageError: there is no such folder; and, when the lines are asked for, a file cannot be read as text.
    """
    if not folder.is_dir():
        raise UsageError("không có thư mục này (there is no such folder)", where=folder)

    def lines(name: str) -> list[str] | None:
        path = folder / name
        if not path.is_file():
            return None
        try:
            return [fold(line) for line in path.read_text(encoding="utf-8").split("\n")]
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable(path, error) from error

    return lines
