"""Is the process alive, is the index open; and what each kind of problem means."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from search_api import kinds
from search_api.deps import SearcherDep
from search_api.lookup import NotFoundError
from search_api.schemas import HealthOut, ProblemKindOut, ProblemOut, ReadyOut

router = APIRouter(tags=["health"])
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": ProblemOut, "description": "Index not available"}}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such kind"}}


@router.get("/healthz", summary="Tiến trình còn chạy / Alive", response_model=HealthOut)
async def healthz() -> HealthOut:
    """Answers as long as the process runs, whatever the index."""
    return HealthOut()


@router.get("/readyz", summary="Chỉ mục đã mở / Ready", response_model=ReadyOut, responses=NOT_READY)
def readyz(searcher: SearcherDep) -> ReadyOut:
    """Which generation of the index is open, with which model."""
    info = searcher.info
    return ReadyOut(
        generation=info.generation,
        model=info.model,
        documents=info.documents,
        passages=info.passages,
        degraded=info.degraded,
    )


@router.get("/problems/{code}", summary="Nghĩa của một loại lỗi / A kind of problem", responses=MISSING)
def problem_kind(code: str) -> ProblemKindOut:
    """What the ``type`` of a problem document refers to."""
    kind = kinds.kind_of(code)
    if kind is None:
        raise NotFoundError("không có loại lỗi này / no such kind of problem", where=code)
    return ProblemKindOut(code=kind.code, status=kind.status, title=kind.title, do=kind.do)
