"""Search: one query by GET, a batch by POST. Functions are plain `def`, so FastAPI runs them in its thread pool."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from index.hits import Filters, SearchResult
from search_api.deps import (
    FacetsDep,
    FiltersDep,
    PageDep,
    QueryDep,
    SearcherDep,
    SettingsDep,
    check_page,
    check_query,
    invalid,
)
from search_api.schemas import BatchOut, FacetValue, HitOut, Mode, SearchIn, SearchOut

router = APIRouter(tags=["search"])


@router.get("/search", summary="Tìm đoạn văn / Search passages", response_model=SearchOut)
def search(
    *,
    searcher: SearcherDep,
    q: QueryDep,
    page: PageDep,
    filters: FiltersDep,
    facets: FacetsDep,
    mode: Annotated[Mode, Query(description="hybrid: words and meaning; lexical: words; dense: meaning")] = "hybrid",
) -> SearchOut:
    """Ranked passages, best first; filters act before the search, facets count all candidates."""
    limit, offset = page
    result = searcher.search(q, limit=limit, offset=offset, mode=mode, filters=filters, facets=facets)
    return answer(result, limit, offset)


@router.post("/search", summary="Tìm nhiều câu một lần / Search a batch", response_model=BatchOut)
def search_batch(searcher: SearcherDep, settings: SettingsDep, body: Annotated[SearchIn, Body()]) -> BatchOut:
    """Several queries with the same filters; one result each, in the order asked."""
    if len(body.queries) > settings.max_batch:
        raise invalid("queries", f"nhiều nhất / at most {settings.max_batch}", len(body.queries))
    limit, offset = check_page(body.limit, body.offset, settings)
    filters = Filters(tuple(body.document), tuple(body.kind), tuple(body.place), tuple(body.year), tuple(body.doc_type))
    queries = [check_query(text, settings) for text in body.queries]
    results = searcher.search_many(
        queries, limit=limit, offset=offset, mode=body.mode, filters=filters, facets=tuple(body.facets)
    )
    return BatchOut(results=[answer(result, limit, offset) for result in results])


def answer(result: SearchResult, limit: int, offset: int) -> SearchOut:
    """The searcher's result in the API's form."""
    return SearchOut(
        query=result.query,
        mode=result.mode,  # pyright: ignore[reportArgumentType]
        degraded=result.degraded,
        total=result.total,
        limit=limit,
        offset=offset,
        took_ms=round(result.took_ms, 3),
        hits=[HitOut.model_validate(hit) for hit in result.hits],
        facets={
            name: [FacetValue(value=str(value), count=count) for value, count in values]
            for name, values in result.facets.items()
        },
        understood=result.understood,
        notes=list(result.notes),
    )
