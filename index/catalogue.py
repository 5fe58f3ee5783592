"""SQLite: every document whole, and the rows that FAISS and tantivy are rebuilt from.

One catalogue belongs to one generation. While a generation is built its
catalogue is written by one process; afterwards it is opened read-only and
never changes again. A lock makes one connection safe for many threads.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from index.records import LexicalRow, Record, standing
from index.roles import role_of
from index.schema import SCHEMA
from index.stored import FileRow, StoredFootnote, StoredPassage
from ingest.document import Document, Passage
from ingest.errors import IndexDamagedError

_PASSAGE = (
    'row, id, document, position, kind, text, section, section_path, page, page_end, start, "end", footnotes, footnote,'
    " role"
)


class Catalogue:
    """The tables of one generation.

    Args:
        path: the SQLite file.
        write: False opens an existing file read-only.

    Raises:
        IndexDamagedError: the file is missing or no catalogue.
    """

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        if not write and not path.is_file():
            raise IndexDamagedError("thiếu tệp danh mục (the catalogue file is missing)", where=path)
        target = path.resolve().as_uri() + ("" if write else "?mode=ro&immutable=1")
        try:
            self._db = sqlite3.connect(target, uri=True, check_same_thread=False, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            if write:
                # Built aside and fsynced as a whole before the switch, so a journal would only cost time.
                self._db.execute("PRAGMA journal_mode = OFF")
                self._db.execute("PRAGMA synchronous = OFF")
                if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'passages'"):
                    self._db.executescript(SCHEMA)
            else:
                self._all("SELECT count(*) FROM documents")
        except sqlite3.DatabaseError as error:
            raise IndexDamagedError(
                f"không đọc được danh mục (the catalogue is unreadable): {error}", where=path
            ) from None

    def close(self) -> None:
        """Close the file; the object cannot be used afterwards."""
        self._db.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def begin(self) -> None:
        """Start one transaction for a batch of writes."""
        self._db.execute("BEGIN")

    def commit(self) -> None:
        """End the batch."""
        self._db.execute("COMMIT")

    def put_file(self, row: FileRow) -> None:
        """Remember a file, replacing what was known of the same path."""
        self._db.execute(
            "INSERT OR REPLACE INTO files"
            " VALUES (:path, :source, :sha256, :document, :size, :failed_sha256, :reason, :now)",
            {**asdict(row), "now": time.time()},
        )

    def drop_file(self, path: str) -> None:
        """Forget a file (its document stays until `drop_document`)."""
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))

    def settle(self) -> list[str]:
        """Drop documents that no file holds any more, and name the others after a file that does.

        Returns:
            Ids of the dropped documents.
        """
        dropped = [
            r["id"]
            for r in self._all(
                "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM files WHERE document NOTNULL)"
            )
        ]
        for document in dropped:
            self.drop_document(document)
        misnamed = (
            "SELECT d.id, min(f.source) AS source FROM documents d JOIN files f ON f.document = d.id"
            " GROUP BY d.id HAVING NOT max(f.source = d.source)"
        )
        for row in self._all(misnamed):
            self._rename_document(row["id"], row["source"])
        return dropped

    def _rename_document(self, document: str, source: str) -> None:
        (row,) = self._all("SELECT json FROM documents WHERE id = ?", (document,))
        data = {**json.loads(row["json"]), "source": source}
        self._db.execute(
            "UPDATE documents SET source = ?, json = ? WHERE id = ?",
            (source, json.dumps(data, ensure_ascii=False), document),
        )

    def drop_document(self, document: str) -> None:
        """Remove a document and everything that belongs to it."""
        rows = "(SELECT row FROM passages WHERE document = ?)"
        self._db.execute(f"DELETE FROM clauses WHERE passage IN {rows}", (document,))
        for table in ("passages", "footnotes", "tables"):
            self._db.execute(f"DELETE FROM {table} WHERE document = ?", (document,))
        self._db.execute("DELETE FROM documents WHERE id = ?", (document,))

    def put_document(self, document: Document, parser: str, rows: Iterable[tuple[Record, LexicalRow]]) -> None:
        """Store a document with its index rows, replacing an earlier version of the same id.

        Args:
            document: the document.
            parser: fingerprint of the code that read it.
            rows: its records in reading order, each with its tokens.
        """
        self.drop_document(document.id)
        data = json.dumps(document.to_json(), ensure_ascii=False)
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)",
            (document.id, document.source, document.sha256, data, document.canonical, parser),
        )
        for record, tokens in rows:
            self._put_passage(document.id, record, tokens)
        for note in document.footnotes:
            anchor = (note.anchor.passage, note.anchor.offset) if note.anchor else (None, None)
            self._db.execute(
                "INSERT INTO footnotes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (document.id, note.id, note.marker, note.text, note.passage, *anchor, note.note),
            )
        for table in document.tables:
            cells = json.dumps({"columns": table.columns, "rows": table.rows}, ensure_ascii=False)
            self._db.execute(
                "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?)",
                (document.id, table.id, table.title, table.section, cells, table.page),
            )

    def _put_passage(self, document: str, record: Record, tokens: LexicalRow) -> None:
        p = record.passage
        values = (
            p.id, document, record.position, p.kind, p.text, p.section, json.dumps(p.section_path, ensure_ascii=False),
            p.page, p.page_end, p.start, p.end, json.dumps(p.footnotes), record.footnote, record.header, record.carrier,
            record.embedded_text, standing(p.text), role_of(p.section_path, p.text),
            *(getattr(tokens, f.name) for f in fields(LexicalRow)),
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        cursor = self._db.execute(f"INSERT INTO passages VALUES (NULL, {marks})", values)
        self._db.executemany(
            "INSERT INTO clauses VALUES (NULL, ?, ?, ?)", [(cursor.lastrowid, a, b) for a, b in record.clause_ranges]
        )

    def compact(self) -> None:
        """Give back the room of what was dropped."""
        self._db.execute("VACUUM")

    def files(self) -> list[FileRow]:
        """Every file that is known, by path."""
        columns = "path, source, sha256, document, size, failed_sha256, reason"
        return [FileRow(*row) for row in self._all(f"SELECT {columns} FROM files ORDER BY path")]

    def files_of(self, document: str) -> list[FileRow]:
        """The files that hold a document, by path."""
        return [row for row in self.files() if row.document == document]

    def parser(self, document: str) -> str:
        """Fingerprint of the code that read a document, "" where it is unknown."""
        found = self._all("SELECT parser FROM documents WHERE id = ?", (document,))
        return found[0]["parser"] if found else ""

    def contents(self, parser: str) -> dict[str, str]:
        """Hash of the content → document id, for documents that this version of the parser has read."""
        return {r[0]: r[1] for r in self._all("SELECT sha256, id FROM documents WHERE parser = ?", (parser,))}

    def document_ids(self) -> list[str]:
        """Ids of all documents, in the order of their sources."""
        return [r["id"] for r in self._all("SELECT id FROM documents ORDER BY source, id")]

    def document(self, document: str) -> Document | None:
        """A document whole, None if there is none of that id."""
        found = self._all("SELECT json, canonical FROM documents WHERE id = ?", (document,))
        return Document.from_json(json.loads(found[0]["json"]), found[0]["canonical"]) if found else None

    def document_heads(self) -> list[dict[str, Any]]:
        """Of every document: id, source, SHA-256, metadata, sections; how many footnotes, tables, warnings it has."""
        head = (
            "SELECT id, source, sha256,"
            " json_extract(json, '$.metadata') AS metadata, json_extract(json, '$.sections') AS sections,"
            " json_array_length(json, '$.warnings') AS warnings, json_array_length(json, '$.footnotes') AS footnotes,"
            " json_array_length(json, '$.tables') AS tables FROM documents ORDER BY source, id"
        )
        return [
            {**dict(row), "metadata": json.loads(row["metadata"]), "sections": json.loads(row["sections"])}
            for row in self._all(head)
        ]

    def passage_index(self) -> list[tuple[int, str, str, str, float]]:
        """Row, id, document, kind and standing of every passage, in the order of the ids."""
        return [tuple(r) for r in self._all("SELECT row, id, document, kind, standing FROM passages ORDER BY id")]

    def passages(self, ids: Sequence[str]) -> dict[str, StoredPassage]:
        """Passages by id; ids that do not exist are left out."""
        found: dict[str, StoredPassage] = {}
        for chunk in _chunks(ids):
            marks = ", ".join("?" * len(chunk))
            for row in self._all(f"SELECT {_PASSAGE} FROM passages WHERE id IN ({marks})", chunk):
                found[row["id"]] = _stored(row)
        return found

    def headings(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The section path of each passage, outermost heading first."""
        found = {}
        for chunk in _chunks(ids):
            marks = ", ".join("?" * len(chunk))
            rows = self._all(f"SELECT id, section_path FROM passages WHERE id IN ({marks})", chunk)
            found |= {passage: tuple(json.loads(path)) for passage, path in rows}
        return found

    def document_passages(self, document: str, first: int = 0, last: int | None = None) -> list[StoredPassage]:
        """The passages of a document at the places `first` to `last` (included), in reading order."""
        sql = f"SELECT {_PASSAGE} FROM passages WHERE document = ? AND position BETWEEN ? AND ? ORDER BY position"
        return [_stored(r) for r in self._all(sql, (document, first, last if last is not None else 1 << 60))]

    def passages_at(self, document: str, start: int, end: int) -> list[StoredPassage]:
        """The passages that have a part of a range of the canonical text, in reading order."""
        sql = f'SELECT {_PASSAGE} FROM passages WHERE document = ? AND start < ? AND "end" > ? ORDER BY position'
        return [_stored(row) for row in self._all(sql, (document, end, start))]

    def passage_ranges(self, document: str) -> list[tuple[int, int]]:
        """Where the passages of a document begin and end in its canonical text, in this order."""
        sql = 'SELECT start, "end" FROM passages WHERE document = ? ORDER BY start'
        return [tuple(row) for row in self._all(sql, (document,))]

    def canonical(self, document: str, start: int = 0, end: int | None = None) -> str:
        """A range of a document's canonical text, all of it where no end is given; "" where there is none."""
        sql = "SELECT substr(canonical, ?, ?) FROM documents WHERE id = ?"
        found = self._all(sql, (start + 1, (1 << 30) if end is None else max(0, end - start), document))
        return found[0][0] if found else ""

    def markers_at(self, document: str, start: int, end: int) -> list[tuple[int, str]]:
        """Canonical offset and marker of each footnote that is anchored in a range, in reading order."""
        sql = (
            "SELECT p.start + f.anchor_offset AS place, f.marker FROM footnotes f JOIN passages p"
            " ON p.id = f.anchor_passage WHERE f.document = ? AND place BETWEEN ? AND ? ORDER BY place, f.id"
        )
        return [tuple(row) for row in self._all(sql, (document, start, end))]

    def footnotes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredFootnote]:
        """Footnotes by (document, footnote id)."""
        found = {}
        columns = "document, id, marker, text, passage, anchor_passage, anchor_offset"
        for chunk in _chunks(keys, 200):
            marks = ", ".join(["(?, ?)"] * len(chunk))
            flat = [part for key in chunk for part in key]
            for row in self._all(f"SELECT {columns} FROM footnotes WHERE (document, id) IN (VALUES {marks})", flat):
                note = StoredFootnote(*row)
                found[note.document, note.id] = note
        return found

    def passage_relations(self) -> list[tuple[str, str | None]]:
        """Role of every passage, and for a footnote the passage that carries its marker, in the order of the ids."""
        sql = (
            "SELECT p.role, f.anchor_passage FROM passages p"
            " LEFT JOIN footnotes f ON f.document = p.document AND f.id = p.footnote ORDER BY p.id"
        )
        return [tuple(r) for r in self._all(sql)]

    def lexical_rows(self) -> Iterator[tuple[int, str, str, str, LexicalRow]]:
        """Row, document, kind, role and tokens of every passage, in the order of the ids."""
        names = [f"t_{f.name}" for f in fields(LexicalRow)]
        for row in self.passage_columns("row", "document", "kind", "role", *names):
            yield row[0], row[1], row[2], row[3], LexicalRow(*row[4:])

    def passage_columns(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """These columns of every passage, in the order of the ids."""
        with self._lock:
            yield from map(tuple, self._db.execute(f"SELECT {', '.join(names)} FROM passages ORDER BY id"))

    def section_paths(self) -> list[tuple[int, str]]:
        """Row and section path (one line, outermost first) of every passage, in the order of the ids."""
        rows = self._all("SELECT row, section_path FROM passages ORDER BY id")
        return [(row, " · ".join(json.loads(path))) for row, path in rows]

    def embedded_texts(self) -> tuple[list[int], list[str]]:
        """Rows and texts of all passages as the encoder sees them, in the order of the ids."""
        found = self._all("SELECT row, embedded FROM passages ORDER BY id")
        return [r[0] for r in found], [r[1] for r in found]

    def contextual(self, ids: Sequence[str]) -> dict[str, str]:
        """The text of each passage with its context, as the encoder sees it."""
        found: dict[str, str] = {}
        for chunk in _chunks(ids):
            marks = ", ".join("?" * len(chunk))
            found |= dict(map(tuple, self._all(f"SELECT id, embedded FROM passages WHERE id IN ({marks})", chunk)))
        return found

    def clause_texts(self) -> tuple[list[int], list[int], list[str]]:
        """Row, passage's row and text of every clause, in reading order of the passages' ids."""
        sql = (
            'SELECT c.row, c.passage, substr(p.text, c.start + 1, c."end" - c.start)'
            " FROM clauses c JOIN passages p ON p.row = c.passage ORDER BY p.id, c.start"
        )
        found = self._all(sql)
        return [r[0] for r in found], [r[1] for r in found], [r[2] for r in found]

    def clause_owners(self) -> list[tuple[int, int]]:
        """Row and passage's row of every clause, by row."""
        return [tuple(r) for r in self._all("SELECT row, passage FROM clauses ORDER BY row")]

    def clause_ranges(self, rows: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Character range in its passage's text, for each clause row."""
        found = {}
        for chunk in _chunks(rows):
            marks = ", ".join("?" * len(chunk))
            for row in self._all(f'SELECT row, start, "end" FROM clauses WHERE row IN ({marks})', chunk):
                found[row[0]] = (row[1], row[2])
        return found

    def passage_counts(self) -> dict[str, int]:
        """How many passages each document has."""
        return {r[0]: r[1] for r in self._all("SELECT document, count(*) FROM passages GROUP BY document")}

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        tables = ("documents", "passages", "clauses", "footnotes", "tables", "files")
        return {t: self._all(f"SELECT count(*) FROM {t}")[0][0] for t in tables}

    def problems(self) -> list[str]:
        """What SQLite's own check finds, and rows that point nowhere; empty when all is well."""
        found = [r[0] for r in self._all("PRAGMA quick_check") if r[0] != "ok"]
        orphans = {
            "passages": "document NOT IN (SELECT id FROM documents)",
            "clauses": "passage NOT IN (SELECT row FROM passages)",
            "files": "document IS NOT NULL AND document NOT IN (SELECT id FROM documents)",
        }
        for table, condition in orphans.items():
            if count := self._all(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]:
                found.append(f"{table}: {count} rows without their document")
        return found


def _stored(row: sqlite3.Row) -> StoredPassage:
    own = {name: row[name] for name in ("id", "kind", "text", "section", "page", "page_end", "start", "end")}
    path, notes = tuple(json.loads(row["section_path"])), tuple(json.loads(row["footnotes"]))
    passage = Passage(**own, section_path=path, footnotes=notes)
    return StoredPassage(row["row"], row["document"], row["position"], row["footnote"], passage, row["role"])


def _chunks(items: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    for i in range(0, len(items), size):
        yield items[i : i + size]
