"""Texts that are no files → Documents in an index that is kept between runs, for the benchmarks over public texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from index.build import build_documents
from index.encode import Encoder
from index.plan import parser_fingerprint
from index.snapshot import SCHEMA_VERSION
from index.thesaurus import thesaurus_fingerprint
from ingest.document import Document, Metadata, Passage
from ingest.passages import split_text

KEY = "key.json"


def text_document(name: str, path: tuple[str, ...], paragraphs: Iterable[str]) -> Document:
    """A document of plain paragraphs; those of more than 250 syllables become several passages, as in ingest.

    Args:
        name: its source, and what its id is made from.
        path: headings that all of it stands under.
        paragraphs: texts.
    """
    sha = hashlib.sha256(name.encode()).hexdigest()
    passages: list[Passage] = []
    canonical = ""
    for paragraph in paragraphs:
        start = len(canonical)
        for part in split_text(paragraph):
            number, text = len(passages) + 1, paragraph[part.start : part.end]
            place = (start + part.start, start + part.end)
            passages.append(Passage(f"{sha[:12]}:p{number:05d}", "paragraph", text, None, path, None, None, *place))
        canonical += paragraph + "\n"
    return Document(sha[:12], name, sha, "text/plain", Metadata(), (), tuple(passages), (), (), (), (), canonical)


def kept_index(
    folder: Path, material: str, documents: Callable[[], Iterable[Document]], encoder: Encoder, jobs: int = 1
) -> Path:
    """An index in `folder` over these documents; built only where it is not there already, of the same make.

    Args:
        folder: of the index; the vectors of an earlier build in it are used again.
        material: says what the documents are made of (names, sizes, a limit).
        documents: makes them.
        encoder: for the vectors.
        jobs: processes that cut the words.
    """
    key = {
        "material": material,
        "encoder": encoder.fingerprint,
        "schema": SCHEMA_VERSION,
        "parser": parser_fingerprint(),
        "thesaurus": thesaurus_fingerprint(),
    }
    path = folder / KEY
    if not path.is_file() or json.loads(path.read_text(encoding="utf-8")) != key:
        path.unlink(missing_ok=True)
        build_documents(documents(), folder, encoder, jobs)
        path.write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
    return folder
