"""What a chat tool quotes by: is a quotation verbatim, what is similar, the best passages within a budget."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response

from index.packing import pack
from search_api.deps import FiltersDep, PageDep, PagedViewDep, QueryDep, SettingsDep, ViewDep, check_context, invalid
from search_api.lookup import find
from search_api.routes.search import GONE, ModeQuery, answer, next_page, timed
from search_api.schemas import ProblemOut, SearchOut
from search_api.schemas_evidence import ContextOut, VerdictOut, VerifyIn

router = APIRouter(tags=["evidence"])
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": ProblemOut, "description": "No such passage"}}
BUDGET = 4000


@router.post("/verify", summary="Đoạn trích có đúng nguyên văn không / Verify a quotation", response_model=VerdictOut)
def verify(view: ViewDep, settings: SettingsDep, body: Annotated[VerifyIn, Body()]) -> VerdictOut:
    """Whether a quotation stands in the documents word for word, and where; what was changed if it does not.

    Strict on words, numbers and signs; blind to white space, quotation marks, case and where a tone mark was typed.
    """
    if len(body.quote) > settings.quote_max_length:
        limit = settings.quote_max_length
        raise invalid("quote", f"dài quá {limit} ký tự / longer than {limit} characters", "…", where="body")
    return VerdictOut.model_validate(view.verify(body.quote, document=body.document, page=body.page))


@router.get(
    "/similar/{passage_id}",
    summary="Các đoạn tương tự / Similar passages",
    response_model=SearchOut,
    responses={**MISSING, **GONE},
)
def similar(
    *,
    request: Request,
    response: Response,
    view: PagedViewDep,
    settings: SettingsDep,
    passage_id: Annotated[str, Path(description="Id of a passage, as a hit gives it")],
    page: PageDep,
    filters: FiltersDep,
    context: Annotated[int, Query(ge=0, description="Neighbours on each side of every hit, at most `max_context`")] = 0,
) -> SearchOut:
    """The passages nearest in meaning to one, those that say the same as it left out."""
    limit, offset = page
    context = check_context(context, settings)
    result = find(view.similar, passage_id, limit=limit, offset=offset, filters=filters, context=context)
    timed(request, response, result)
    return answer(result, limit, offset, view.version, next_page(request, result, limit, offset, view.version))


@router.get("/context", summary="Ngữ cảnh cho câu trả lời / Packed context", response_model=ContextOut)
def context(
    *,
    view: ViewDep,
    settings: SettingsDep,
    q: QueryDep,
    filters: FiltersDep,
    mode: ModeQuery = "hybrid",
    budget: Annotated[int, Query(ge=1, description="Tokens at most, at most `max_budget`")] = BUDGET,
    neighbours: Annotated[int, Query(ge=0, description="Neighbours on each side of the best hits")] = 1,
) -> ContextOut:
    """The best passages with their footnotes and neighbours in so many tokens, each once, numbered and cited."""
    if budget > settings.max_budget:
        raise invalid("budget", f"nhiều nhất / at most {settings.max_budget}", budget)
    neighbours = check_context(neighbours, settings)
    return ContextOut.model_validate(pack(view, q, budget=budget, filters=filters, mode=mode, neighbours=neighbours))
