"""Documents: the list, one whole, its outline."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from index.bounds import MOST
from ingest.document import Document
from ingest.errors import IngestError
from ingest.sources import from_key
from search_api.deps import PagedViewDep, ViewDep
from search_api.lookup import NotFoundError, find
from search_api.schemas import DocumentInfoOut, DocumentsOut, OutlineOut, ProblemOut, SectionOut

router = APIRouter(tags=["documents"])
DocumentId = Annotated[str, Path(description="Id of a document, as hits and the list of documents give it")]
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such document"}}


@router.get(
    "/documents",
    summary="Danh sách văn kiện / List documents",
    response_model=DocumentsOut,
    responses={410: {"model": ProblemOut, "description": "Generation gone"}},
)
def documents(
    view: PagedViewDep,
    limit: Annotated[int | None, Query(ge=1, le=MOST, description="Documents at most; all when left out")] = None,
    offset: Annotated[int, Query(ge=0, le=MOST, description="How many to pass over")] = 0,
) -> DocumentsOut:
    """The documents with their metadata and counts, in the order of their sources; all where no limit is given."""
    infos = view.documents()
    wanted = infos[offset : None if limit is None else offset + limit]
    labels = view.labels()
    rows = [
        DocumentInfoOut.model_validate(info).model_copy(update={"collection": labels.get(info.id, "")})
        for info in wanted
    ]
    return DocumentsOut(total=len(infos), generation=view.version, documents=rows)


@router.get("/documents/{document_id}", summary="Một văn kiện / One document", responses=MISSING)
def document(view: ViewDep, document_id: DocumentId) -> dict[str, Any]:
    """The Document as the contract has it: metadata, sections, passages, footnotes, tables, warnings."""
    return find(view.document, document_id).to_json()


@router.get(
    "/documents/{document_id}/file",
    summary="Tệp gốc / The file itself",
    response_class=Response,
    responses={
        **MISSING,
        200: {
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The bytes as they were read, with their own media type",
        },
    },
)
def document_file(view: ViewDep, document_id: DocumentId) -> Response:
    """The very bytes that the document was read from; 404 where the file is gone or has changed since."""
    rows = find(view.files, document_id)
    media_type = find(view.document, document_id).media_type
    for row in rows:
        try:
            content = from_key(row.path).read_bytes()
        except IngestError:
            continue
        if hashlib.sha256(content).hexdigest() == row.sha256:
            name = quote(row.source.rsplit("/", 1)[-1], safe="")
            # A saved page must not run in this server's name.
            headers = {
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            }
            return Response(content, media_type=media_type, headers=headers)
    raise NotFoundError(
        "tệp gốc không còn hoặc đã đổi từ khi lập chỉ mục / the file is gone or has changed since it was read",
        do="Chạy lại vankien ingest / run vankien ingest again",
    )


@router.get(
    "/documents/{document_id}/outline",
    summary="Đề cương của văn kiện / Outline of a document",
    response_model=OutlineOut,
    responses=MISSING,
)
def outline(view: ViewDep, document_id: DocumentId) -> OutlineOut:
    """The tree of headings, in reading order."""
    return tree(find(view.document, document_id))


def tree(found: Document) -> OutlineOut:
    """The headings of a document, children under their parents."""
    nodes: dict[str, SectionOut] = {}
    roots: list[SectionOut] = []
    for section in found.sections:
        node = SectionOut.model_validate(
            {
                name: getattr(section, name)
                for name in ("id", "level", "number", "title", "label", "page", "start", "end")
            }
        )
        nodes[section.id] = node
        parent = nodes.get(section.parent or "")
        (parent.children if parent else roots).append(node)
    return OutlineOut(id=found.id, title=found.metadata.title or found.source, sections=roots)
