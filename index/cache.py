"""What a build may use again: parsed documents and vectors, kept beside the generations.

Written as the work goes on, so a build that was interrupted or killed has lost
nothing but minutes. The whole file may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ingest.document import Document

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  sha256 TEXT NOT NULL, parser TEXT NOT NULL, json TEXT NOT NULL, canonical TEXT NOT NULL,
  PRIMARY KEY (sha256, parser));
CREATE TABLE IF NOT EXISTS vectors (
  model TEXT NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, text)) WITHOUT ROWID;
"""


class BuildCache:
    """Parsed documents by (content, parser) and vectors by (text, model).

    Args:
        path: the SQLite file; a damaged one is replaced by an empty one.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            for name in (path.name, path.name + "-journal"):
                path.with_name(name).unlink(missing_ok=True)
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript(_SCHEMA)
        return db

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def document(self, sha256: str, parser: str, source: str) -> Document | None:
        """The document that these bytes were parsed to before, under its present name."""
        row = self._db.execute(
            "SELECT json, canonical FROM documents WHERE sha256 = ? AND parser = ?", (sha256, parser)
        ).fetchone()
        return replace(Document.from_json(json.loads(row[0]), row[1]), source=source) if row else None

    def put_document(self, document: Document, parser: str) -> None:
        """Keep a parsed document until the next generation is in force."""
        data = json.dumps(document.to_json(), ensure_ascii=False)
        self._db.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", (document.sha256, parser, data, document.canonical)
        )

    def vectors(self, texts: Sequence[str], model: str, dims: int) -> dict[int, np.ndarray]:
        """Known vectors, float32 (dims,), by position in `texts`."""
        found: dict[int, np.ndarray] = {}
        for position, key in enumerate(map(_key, texts)):
            row = self._db.execute("SELECT vector FROM vectors WHERE model = ? AND text = ?", (model, key)).fetchone()
            if row and len(row[0]) == 4 * dims:
                found[position] = np.frombuffer(row[0], np.float32)
        return found

    def put_vectors(self, texts: Iterable[str], vectors: np.ndarray, model: str) -> None:
        """Keep vectors; all of them or, when the process dies, none."""
        rows = [(model, _key(t), v.astype(np.float32).tobytes()) for t, v in zip(texts, vectors, strict=True)]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def pieces(self, texts: Sequence[str], model: str) -> dict[int, np.ndarray]:
        """Known pieces of the soft matcher's model, int32, by position in `texts`."""
        sql = "SELECT vector FROM vectors WHERE model = ? AND text = ?"
        rows = (self._db.execute(sql, (pieces_of(model), _key(text))).fetchone() for text in texts)
        return {position: np.frombuffer(row[0], np.int32) for position, row in enumerate(rows) if row}

    def put_pieces(self, texts: Iterable[str], pieces: Iterable[np.ndarray], model: str) -> None:
        """Keep pieces; all of them or, when the process dies, none."""
        rows = [(pieces_of(model), _key(t), p.astype(np.int32).tobytes()) for t, p in zip(texts, pieces, strict=True)]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def keep_only(self, texts: Iterable[str], *models: str) -> None:
        """Forget the documents (they are in the catalogue now) and what the index no longer has of these models."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._db.execute("CREATE TEMP TABLE used (text BLOB PRIMARY KEY) WITHOUT ROWID")
            self._db.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((_key(t),) for t in texts))
            self._db.execute("DELETE FROM documents")
            marks = ", ".join("?" * len(models))
            gone = self._db.execute(
                f"DELETE FROM vectors WHERE model NOT IN ({marks}) OR text NOT IN (SELECT text FROM used)", models
            ).rowcount
            self._db.execute("DROP TABLE used")
            if gone > 1000:
                self._db.execute("VACUUM")


def pieces_of(model: str) -> str:
    """The name under which a model's pieces are kept beside its vectors."""
    return f"{model}/pieces"


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
