"""Search: one query by GET, a batch by POST. Functions are plain `def`, so FastAPI runs them in its thread pool."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from index.bounds import MOST
from index.grouping import Shape
from index.hits import Comparison, Filters, SearchResult
from search_api.deps import (
    FacetsDep,
    FiltersDep,
    PageDep,
    PagedViewDep,
    QueryDep,
    SettingsDep,
    ShapeDep,
    ViewDep,
    check_context,
    check_page,
    check_query,
    invalid,
    shape_of,
)
from search_api.schemas import (
    BatchOut,
    CompareOut,
    DocumentRefOut,
    FacetValue,
    HitOut,
    Mode,
    ProblemOut,
    SearchIn,
    SearchOut,
)

router = APIRouter(tags=["search"])
ModeQuery = Annotated[Mode, Query(description="hybrid: words and meaning; lexical: words; dense: meaning")]


GONE: dict[int | str, dict[str, Any]] = {410: {"model": ProblemOut, "description": "Generation gone"}}


@router.get("/search", responses=GONE, summary="Tìm đoạn văn / Search passages", response_model=SearchOut)
def search(
    *,
    request: Request,
    response: Response,
    view: PagedViewDep,
    settings: SettingsDep,
    q: QueryDep,
    page: PageDep,
    filters: FiltersDep,
    facets: FacetsDep,
    shape: ShapeDep,
    mode: ModeQuery = "hybrid",
    context: Annotated[int, Query(ge=0, description="Neighbours on each side of every hit, at most `max_context`")] = 0,
) -> SearchOut:
    """Ranked passages, best first; filters act before the search, facets count everything that was found.

    Found is what comes near the best match, so under a filter that takes the best away there may be a few more.
    """
    limit, offset = page
    result = view.search(
        q,
        limit=limit,
        offset=offset,
        mode=mode,
        filters=filters,
        facets=facets,
        shape=shape or Shape(),
        context=check_context(context, settings),
    )
    timed(request, response, result)
    return answer(result, limit, offset, view.version, next_page(request, result, limit, offset, view.version))


@router.get("/compare", summary="So sánh các văn kiện / Compare the documents", response_model=CompareOut)
def compare(
    *,
    view: ViewDep,
    q: QueryDep,
    filters: FiltersDep,
    mode: ModeQuery = "hybrid",
    limit: Annotated[int | None, Query(ge=1, le=MOST, description="Documents at most; all when left out")] = None,
) -> CompareOut:
    """The best passage of each document, best first, and the documents that have none."""
    return comparison(view.compare(q, limit=limit, mode=mode, filters=filters))


@router.post("/search", summary="Tìm nhiều câu một lần / Search a batch", response_model=BatchOut)
def search_batch(request: Request, view: ViewDep, settings: SettingsDep, body: Annotated[SearchIn, Body()]) -> BatchOut:
    """Several queries with the same filters; one result each, in the order asked."""
    if len(body.queries) > settings.max_batch:
        raise invalid("queries", f"nhiều nhất / at most {settings.max_batch}", len(body.queries))
    limit, offset = check_page(body.limit, body.offset, settings)
    filters = Filters(
        documents=tuple(body.document),
        kinds=tuple(body.kind),
        places=tuple(body.place),
        years=tuple(body.year),
        sections=tuple(body.section),
        provinces=tuple(body.province),
        doc_types=tuple(body.doc_type),
    )
    queries = [check_query(text, settings) for text in body.queries]
    results = view.search_many(
        queries,
        limit=limit,
        offset=offset,
        mode=body.mode,
        filters=filters,
        facets=tuple(body.facets),
        shape=shape_of(list(body.group), body.diverse),
        context=check_context(body.context, settings),
    )
    for result in results:
        request.app.state.metrics.searched(result.stages)
    return BatchOut(results=[answer(result, limit, offset, view.version) for result in results])


def timed(request: Request, response: Response, result: SearchResult) -> None:
    """Count how long each stage took, and tell the caller (Server-Timing, W3C)."""
    request.app.state.metrics.searched(result.stages)
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={ms:.2f}" for name, ms in result.stages.items())


def next_page(request: Request, result: SearchResult, limit: int, offset: int, version: str) -> str | None:
    """Path and query of the page behind this one, in the same state of the index; None where there is none."""
    settings = request.app.state.settings
    if not result.more or offset + limit > settings.max_offset:
        return None
    url = request.url.include_query_params(limit=limit, offset=offset + limit, generation=version)
    return f"{url.path}?{url.query}"


def answer(result: SearchResult, limit: int, offset: int, version: str, following: str | None = None) -> SearchOut:
    """The searcher's result in the API's form."""
    return SearchOut(
        query=result.query,
        mode=result.mode,  # pyright: ignore[reportArgumentType]
        degraded=result.degraded,
        total=result.total,
        limit=limit,
        offset=offset,
        took_ms=round(result.took_ms, 3),
        more=result.more,
        hits=[HitOut.model_validate(hit) for hit in result.hits],
        facets={
            name: [FacetValue(value=str(value), count=count) for value, count in values]
            for name, values in result.facets.items()
        },
        understood=result.understood,
        notes=list(result.notes),
        likeliest=result.likeliest,
        generation=version,
        next=following,
    )


def comparison(found: Comparison) -> CompareOut:
    """The searcher's comparison in the API's form."""
    return CompareOut(
        query=found.query,
        mode=found.mode,  # pyright: ignore[reportArgumentType]
        degraded=found.degraded,
        took_ms=found.took_ms,
        hits=[HitOut.model_validate(hit) for hit in found.hits],
        without=[DocumentRefOut.model_validate(document) for document in found.without],
        understood=found.understood,
        notes=list(found.notes),
        likeliest=found.likeliest,
    )
