"""Is the process alive, is the index open; and what each kind of problem means."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from ingest.errors import IndexError_
from search_api import kinds
from search_api.deps import CallerDep, ViewAtOnceDep
from search_api.lookup import NotAllowedError, NotFoundError
from search_api.metrics import MEDIA_TYPE
from search_api.schemas import HealthOut, ProblemKindOut, ProblemOut, ReadyOut

router = APIRouter(tags=["health"])
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": ProblemOut, "description": "Index not available"}}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such kind"}}


@router.get("/healthz", summary="Tiến trình còn chạy / Alive", response_model=HealthOut)
async def healthz() -> HealthOut:
    """Answers as long as the process runs, whatever the index."""
    return HealthOut()


@router.get("/readyz", summary="Chỉ mục đã mở / Ready", response_model=ReadyOut, responses=NOT_READY)
def readyz(view: ViewAtOnceDep) -> ReadyOut:
    """Which generation of the index is open, with which model."""
    info = view.info
    return ReadyOut(
        generation=info.generation,
        version=view.version,
        model=info.model,
        documents=info.documents,
        passages=info.passages,
        degraded=info.degraded,
    )


@router.get(
    "/metrics",
    summary="Số liệu cho Prometheus / Metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus' text"}},
)
def metrics(request: Request, caller: CallerDep) -> Response:
    """Requests, latency by stage, errors, and the sizes of what the caller may see; a key needs the scope metrics."""
    if "metrics" not in caller.scopes:
        raise NotAllowedError("khoá không có quyền metrics / the key has not the scope metrics")
    state = request.app.state
    try:
        with state.library.lease(caller.collections) as view:
            info = view.info
    except IndexError_:
        info = None
    return Response(state.metrics.text(info, caller.collections), media_type=MEDIA_TYPE)


@router.get("/problems/{code}", summary="Nghĩa của một loại lỗi / A kind of problem", responses=MISSING)
def problem_kind(code: str) -> ProblemKindOut:
    """What the ``type`` of a problem document refers to."""
    kind = kinds.kind_of(code)
    if kind is None:
        raise NotFoundError("không có loại lỗi này / no such kind of problem", where=code)
    return ProblemKindOut(code=kind.code, status=kind.status, title=kind.title, do=kind.do)
