"""One passage with its neighbours."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from search_api.deps import SettingsDep, ViewDep, check_context
from search_api.lookup import find
from search_api.schemas import PassageOut, ProblemOut

router = APIRouter(tags=["passages"])
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such passage"}}


@router.get("/passages/{passage_id}", summary="Một đoạn / One passage", response_model=PassageOut, responses=MISSING)
def passage(
    view: ViewDep,
    settings: SettingsDep,
    passage_id: Annotated[str, Path(description="Id of a passage, as a hit gives it")],
    context: Annotated[int, Query(ge=0, description="Neighbours on each side, at most `max_context`")] = 1,
) -> PassageOut:
    """The passage, its neighbours in reading order, its footnotes and its citation."""
    found = find(view.passage, passage_id, context=check_context(context, settings))
    return PassageOut.model_validate(found)
