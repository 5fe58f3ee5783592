"""The tables of a catalogue (`index.catalogue`), one generation each."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE files (
  path TEXT PRIMARY KEY, source TEXT NOT NULL, sha256 TEXT NOT NULL, document TEXT, size INTEGER NOT NULL,
  failed_sha256 TEXT, reason TEXT, ingested REAL NOT NULL);
CREATE TABLE documents (
  id TEXT PRIMARY KEY, source TEXT NOT NULL, sha256 TEXT NOT NULL, json TEXT NOT NULL, canonical TEXT NOT NULL,
  parser TEXT NOT NULL);
CREATE TABLE passages (
  row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL, position INTEGER NOT NULL,
  kind TEXT NOT NULL, text TEXT NOT NULL, section TEXT, section_path TEXT NOT NULL, page INTEGER, page_end INTEGER,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, footnotes TEXT NOT NULL, footnote TEXT, header TEXT NOT NULL,
  carrier TEXT NOT NULL, embedded TEXT NOT NULL, standing REAL NOT NULL, role TEXT NOT NULL,
  t_folded TEXT NOT NULL, t_marked TEXT NOT NULL, t_words TEXT NOT NULL, t_path TEXT NOT NULL, t_header TEXT NOT NULL,
  t_carrier TEXT NOT NULL, t_refs TEXT NOT NULL);
CREATE INDEX passages_of ON passages (document, position);
CREATE TABLE clauses (
  row INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL REFERENCES passages (row),
  start INTEGER NOT NULL, "end" INTEGER NOT NULL);
CREATE INDEX clauses_of ON clauses (passage);
CREATE TABLE footnotes (
  document TEXT NOT NULL, id TEXT NOT NULL, marker TEXT NOT NULL, text TEXT NOT NULL, passage TEXT,
  anchor_passage TEXT, anchor_offset INTEGER, note TEXT, PRIMARY KEY (document, id));
CREATE TABLE tables (
  document TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, section TEXT, json TEXT NOT NULL, page INTEGER,
  PRIMARY KEY (document, id));
"""
