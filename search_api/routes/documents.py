"""Documents: the list, one whole, its outline."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from search_api.deps import SearcherDep
from search_api.lookup import find
from search_api.schemas import DocumentInfoOut, DocumentsOut, OutlineOut, ProblemOut, SectionOut

router = APIRouter(tags=["documents"])
DocumentId = Annotated[str, Path(description="Id of a document, as hits and the list of documents give it")]
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such document"}}


@router.get("/documents", summary="Danh sách văn kiện / List documents", response_model=DocumentsOut)
def documents(searcher: SearcherDep) -> DocumentsOut:
    """Every document of the index with its metadata and counts."""
    rows = [DocumentInfoOut.model_validate(info) for info in searcher.documents()]
    return DocumentsOut(total=len(rows), documents=rows)


@router.get("/documents/{document_id}", summary="Một văn kiện / One document", responses=MISSING)
def document(searcher: SearcherDep, document_id: DocumentId) -> dict[str, Any]:
    """The Document as the contract has it: metadata, sections, passages, footnotes, tables, warnings."""
    return find(searcher.document, document_id).to_json()


@router.get(
    "/documents/{document_id}/outline",
    summary="Đề cương của văn kiện / Outline of a document",
    response_model=OutlineOut,
    responses=MISSING,
)
def outline(searcher: SearcherDep, document_id: DocumentId) -> OutlineOut:
    """The tree of headings, in reading order."""
    found = find(searcher.document, document_id)
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
