"""Texts that are no files → Documents in an index that is kept between runs, for the benchmarks over public texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from index.build import build_documents
from index.encode import Encoder
from index.plan import parser_fingerprint
from index.snapshot import SCHEMA_VERSION
from index.thesaurus import thesaurus_fingerprint
from ingest.document import Document

KEY = "key.json"


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
