"""The web page: first page, results, documents. Works without JavaScript; htmx only saves whole-page loads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from index.hits import Comparison, Filters, SearchResult
from index.view import View
from search_api.deps import (
    SEVERAL,
    FiltersDep,
    SettingsDep,
    ShapeDep,
    ViewDep,
    check_context,
    check_page,
    check_query,
)
from search_api.htmx import is_partial
from search_api.lookup import find
from search_api.rendering import render
from search_api.schemas import Mode
from search_api.settings import Settings
from search_api.summary import expansions, searched, set_filters, understood
from search_api.views import (
    FACETS,
    Question,
    document_context,
    facet_views,
    hit_view,
    pages,
)

router = APIRouter()
FACET_NAMES = tuple(name for name, _, _ in FACETS)


@router.get("/", response_class=HTMLResponse)
def home(request: Request, view: ViewDep) -> Response:
    """The search box, examples and what is in the index."""
    return render(request, "home.html", documents=view.documents())


@router.get("/tim", response_class=HTMLResponse)
def results(
    *,
    request: Request,
    view: ViewDep,
    settings: SettingsDep,
    filters: FiltersDep,
    shape: ShapeDep,
    q: Annotated[str, Query()] = "",
    mode: Annotated[Mode, Query()] = "hybrid",
    trang: Annotated[int, Query(ge=1)] = 1,
    group: Annotated[str, Query()] = "",
    context: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Hits with filters and paging; without a query back to the first page."""
    if not q.strip():
        return RedirectResponse("/", status_code=303)
    question = Question(
        check_query(q, settings),
        filters,
        mode,
        trang,
        diverse=shape.diverse if shape else 0,
        grouped=group != "none",
        context=check_context(context, settings),
    )
    size = min(settings.limit, settings.max_limit)
    limit, offset = check_page(size, (trang - 1) * size, settings)
    result = view.search(
        question.q,
        limit=limit,
        offset=offset,
        mode=mode,
        filters=filters,
        facets=FACET_NAMES,
        shape=question.shape,
        context=context,
    )
    template = "_results.html" if is_partial(request) else "results.html"
    return render(request, template, **_results_context(view, question, result, settings))


def _results_context(view: View, question: Question, result: SearchResult, settings: Settings) -> dict[str, Any]:
    names = _names(view)
    facets = dict(result.facets)
    for name in FACET_NAMES:
        # A field's own filter would hide its other values: count them as if it were not set.
        if question.values(name):
            others = question.without(name)
            counted = view.search(question.q, limit=1, mode=question.mode, filters=others, facets=(name,))
            facets[name] = counted.facets.get(name, [])
    size = min(settings.limit, settings.max_limit)
    return {
        "question": question,
        "result": result,
        "expansions": expansions(result),
        "hits": [hit_view(hit) for hit in result.hits],
        "facets": facet_views(question, facets, names),
        "pages": pages(question, result, size, settings.max_offset),
        "several": SEVERAL,
        **_told(question, result, names),
    }


def _names(view: View) -> dict[str, str]:
    return {row.id: " – ".join(part for part in (row.place, row.title) if part) for row in view.documents()}


def _told(question: Question, result: SearchResult | Comparison, names: dict[str, str]) -> dict[str, Any]:
    """What both pages say above the hits."""
    return {
        "understood": understood(question, result),
        "searched": searched(result),
        "filters": set_filters(question, names),
        "cleared": question.url(filters=Filters(), page=1),
    }


@router.get("/so-sanh", response_class=HTMLResponse)
def comparison(
    *,
    request: Request,
    view: ViewDep,
    settings: SettingsDep,
    filters: FiltersDep,
    q: Annotated[str, Query()] = "",
    mode: Annotated[Mode, Query()] = "hybrid",
) -> Response:
    """The best passage of each document, and the documents without one."""
    if not q.strip():
        return RedirectResponse("/", status_code=303)
    question = Question(check_query(q, settings), filters, mode, path="/so-sanh")
    found = view.compare(question.q, mode=mode, filters=filters)
    hits = [hit_view(hit) for hit in found.hits]
    told = _told(question, found, _names(view))
    return render(request, "compare.html", question=question, found=found, hits=hits, **told)


@router.get("/van-kien", response_class=HTMLResponse)
def document_list(request: Request, view: ViewDep) -> Response:
    """All documents."""
    return render(request, "documents.html", documents=view.documents())


@router.get("/van-kien/{document_id}", response_class=HTMLResponse)
def document_page(request: Request, view: ViewDep, document_id: str) -> Response:
    """One document to read: outline at the side, passages with their notes, tables, warnings."""
    document = find(view.document, document_id)
    info = next((row for row in view.documents() if row.id == document_id), None)
    return render(request, "document.html", info_row=info, **document_context(document, info))
