"""What every Document promises, whatever it was read from; see `ingest/document.py` and the contract."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from ingest.document import PASSAGE_KINDS, Document
from ingest.errors import VankienError
from ingest.lines import PRIVATE
from ingest.passages import MAX_SYLLABLES, syllables

MAX_MESSAGE = 1000  # characters of an error or warning; it is one sentence, not a copy of the file


def broken(document: Document) -> list[str]:
    """The promises that `document` breaks, each as "rule: what"; empty when it keeps all."""
    return [
        *_passages(document),
        *_outline(document),
        *_notes(document),
        *_characters(document),
        *_json(document),
    ]


def unclear(error: VankienError) -> list[str]:
    """What an error's message lacks: the place, the advice, or being short and printable."""
    found: list[str] = []
    if not error.where:
        found.append("error-where: the message does not name the file")
    if not error.do:
        found.append(f"error-do: no advice in {error.what[:80]!r}")
    if len(error.what + error.do) > MAX_MESSAGE:  # the name is as long as its file system or archive allows
        found.append(f"error-length: {len(error.what + error.do)} characters")
    if not _encodable(str(error)):
        found.append("error-surrogates: cannot be printed")
    return found


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _passages(document: Document) -> Iterator[str]:
    text = document.canonical
    ids = [p.id for p in document.passages]
    sections = {s.id for s in document.sections}
    if ids != sorted(set(ids)):
        yield "ids: passages not unique and sorted"
    for p in document.passages:
        if not text[p.start : p.end] == p.text == p.text.strip() != "":
            yield f"verbatim: passage {p.id}"
        if p.kind not in PASSAGE_KINDS or not p.id.startswith(f"{document.id}:"):
            yield f"kind: passage {p.id} {p.kind}"
        if p.section is not None and p.section not in sections:
            yield f"section: passage {p.id} stands in no section {p.section}"
        if syllables(p.text) > MAX_SYLLABLES:
            yield f"length: passage {p.id} has {syllables(p.text)} syllables"
        if (p.page is None) != (p.page_end is None) or (p.page or 0) > (p.page_end or 0):
            yield f"pages: passage {p.id} {p.page} to {p.page_end}"
    for a, b in pairwise(document.passages):
        if a.end > b.start:
            yield f"order: passages {a.id} and {b.id} overlap"
    for f in document.furniture:
        if text[f.start : f.end] != f.text:
            yield f"verbatim: furniture at {f.start}"


def _outline(document: Document) -> Iterator[str]:
    sections = {s.id: s for s in document.sections}
    if list(sections) != sorted(sections) or len(sections) != len(document.sections):
        yield "ids: sections not unique and sorted"
    for s in document.sections:
        if not 0 <= s.start < s.end <= len(document.canonical):
            yield f"span: section {s.id} {s.start} to {s.end}"
        if s.parent is not None and (s.parent not in sections or s.parent >= s.id):
            yield f"parent: section {s.id} in {s.parent}"
        elif s.level != (sections[s.parent].level + 1 if s.parent else s.level):
            yield f"level: section {s.id} {s.level}"
    tables = [t.id for t in document.tables]
    if len(set(tables)) != len(tables):
        yield "ids: tables not unique"
    for t in document.tables:
        if any(len(r) != len(t.columns) for r in t.rows) or (t.section is not None and t.section not in sections):
            yield f"table: {t.id}"


def _notes(document: Document) -> Iterator[str]:
    passages = {p.id: p for p in document.passages}
    sections = {s.id: s.end - s.start for s in document.sections}
    notes = [n.id for n in document.footnotes]
    carried = {p.id: frozenset(p.footnotes) for p in document.passages}
    if len(set(notes)) != len(notes):
        yield "ids: footnotes not unique"
    for n in document.footnotes:
        if n.passage is not None and (n.passage not in passages or passages[n.passage].kind != "footnote"):
            yield f"note-body: {n.id} in {n.passage}"
        if n.anchor is not None:
            carrier = passages.get(n.anchor.passage)
            if carrier is None or not 0 <= n.anchor.offset <= len(carrier.text):
                yield f"anchor: {n.id} at {n.anchor}"
            elif n.id not in carried[carrier.id]:
                yield f"anchor: {carrier.id} does not name {n.id}"
        elif n.heading is not None:
            if n.heading.section not in sections or not 0 <= n.heading.offset <= sections[n.heading.section]:
                yield f"anchor: {n.id} at {n.heading}"
        elif n.note is None:
            yield f"orphan: {n.id} has no anchor and no remark"
    if not {i for p in document.passages for i in p.footnotes} <= set(notes):
        yield "carried: a passage names a footnote that is not there"


def _characters(document: Document) -> Iterator[str]:
    text = document.canonical
    if not unicodedata.is_normalized("NFC", text):
        yield "nfc: the canonical text"
    if PRIVATE.search(text):
        yield "markers: our own tokens in the canonical text"
    if "\x00" in text:
        yield "nul: in the canonical text"
    for w in document.warnings:
        if w.code == "account":
            yield f"account: {w.message}"
        if len(w.message) > MAX_MESSAGE:
            yield f"warning-length: {w.code} has {len(w.message)} characters"
        if w.start is not None and not 0 <= w.start <= len(text):
            yield f"warning-start: {w.code} at {w.start}"


def _json(document: Document) -> Iterator[str]:
    try:
        written = json.dumps(document.to_json(), ensure_ascii=False, allow_nan=False)
        (written + document.canonical).encode("utf-8")
    except (UnicodeEncodeError, ValueError, TypeError) as error:
        yield f"json: {error}"
        return
    if PRIVATE.search(written):
        yield "markers: our own tokens in the JSON form"
    if Document.from_json(json.loads(written), document.canonical) != document:
        yield "round-trip: from_json(to_json) is another document"
