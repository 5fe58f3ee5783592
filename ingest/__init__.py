"""A file becomes a Document: structure, footnotes, tables and metadata, nothing lost.

This storey knows nothing of vectors, indexes or HTTP (docs/architecture.md).
"""

from ingest.document import (
    Anchor,
    Document,
    Footnote,
    Furniture,
    Metadata,
    ParseWarning,
    Passage,
    Section,
    Table,
)
from ingest.errors import (
    EmptyFileError,
    EncryptedFileError,
    FileUnreadableError,
    IngestError,
    UnsupportedFileError,
    VankienError,
)

__all__ = [
    "Anchor",
    "Document",
    "EmptyFileError",
    "EncryptedFileError",
    "FileUnreadableError",
    "Footnote",
    "Furniture",
    "IngestError",
    "Metadata",
    "ParseWarning",
    "Passage",
    "Section",
    "Table",
    "UnsupportedFileError",
    "VankienError",
]
