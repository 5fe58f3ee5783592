"""What routes ask for, in one place: settings, the open index, the query, filters and paging.

All of it is `async`: FastAPI sends every plain function to its thread pool, which takes longer than what these do.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, get_args

from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError

from index.grouping import Shape
from index.hits import Filters
from index.view import View
from ingest.errors import UsageError
from search_api.access import Caller
from search_api.conditional import revalidate
from search_api.schemas import Facet, Kind, Section
from search_api.settings import Settings

SEVERAL = 2
"""Hits of one document that ``diverse=true`` lets come before the others had as many."""


async def get_settings(request: Request) -> Settings:
    """The settings that the app was made with."""
    return request.app.state.settings


async def get_caller(request: Request) -> Caller:
    """Who asks; the guard has let him in."""
    return request.state.caller


async def get_view(request: Request) -> AsyncIterator[View]:
    """The collections that the caller may see, when it is this request's turn.

    Raises:
        IndexError_: none of them is open; the reason.
    """
    with _leased(request, None) as view:
        async with request.app.state.turns:
            yield view


async def get_view_at_once(request: Request) -> AsyncIterator[View]:
    """The same for what costs nothing and must not wait: whether the server is ready."""
    with _leased(request, None) as view:
        yield view


async def get_paged_view(
    request: Request,
    generation: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,9}(-[0-9]{1,9})*$",
            description="`generation` of an earlier page, to go on in the same state of the index; 410 once it is gone",
        ),
    ] = None,
) -> AsyncIterator[View]:
    """The same, or the generations that an earlier page came from.

    Raises:
        IndexError_: none of them is open; the reason.
        GenerationGoneError: that generation is not open any more.
    """
    with _leased(request, generation) as view:
        async with request.app.state.turns:
            yield view


@contextlib.contextmanager
def _leased(request: Request, generation: str | None) -> Iterator[View]:
    state = request.app.state
    with state.library.lease(request.state.caller.collections, generation) as view:
        request.state.view = view
        revalidate(request, view, state.settings)
        yield view


SettingsDep = Annotated[Settings, Depends(get_settings)]
CallerDep = Annotated[Caller, Depends(get_caller)]
# A turn ends with the work, not with the sending: who reads slowly holds nobody up.
ViewDep = Annotated[View, Depends(get_view, scope="function")]
ViewAtOnceDep = Annotated[View, Depends(get_view_at_once, scope="function")]
PagedViewDep = Annotated[View, Depends(get_paged_view, scope="function")]


def invalid(parameter: str, message: str, value: object, where: str = "query") -> RequestValidationError:
    """The 422 for a limit that stands in the settings, in the same form as the framework's own."""
    return RequestValidationError([{"loc": (where, parameter), "msg": message, "type": "value_error", "input": value}])


def check_query(q: str, settings: Settings) -> str:
    """The query, trimmed.

    Raises:
        RequestValidationError: empty, or longer than `Settings.query_max_length` characters.
    """
    text = q.strip()
    if not text:
        raise invalid("q", "câu hỏi trống / the query is empty", q)
    if len(text) > settings.query_max_length:
        raise invalid(
            "q", f"dài quá {settings.query_max_length} ký tự / longer than {settings.query_max_length} characters", "…"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise invalid("q", "có ký tự không hợp lệ / holds characters that are no text", "…") from None
    return text


def check_page(limit: int | None, offset: int, settings: Settings) -> tuple[int, int]:
    """Limit and offset under the settings' bounds.

    Raises:
        RequestValidationError: beyond `Settings.max_limit` or `Settings.max_offset`.
    """
    limit = min(settings.limit, settings.max_limit) if limit is None else limit
    if limit > settings.max_limit:
        raise invalid("limit", f"nhiều nhất / at most {settings.max_limit}", limit)
    if offset > settings.max_offset:
        raise invalid("offset", f"xa nhất / at most {settings.max_offset}", offset)
    return limit, offset


async def get_query(
    settings: SettingsDep,
    q: Annotated[
        str,
        Query(
            description="Câu hỏi, có dấu hoặc không dấu / what to look for, with or without diacritics",
            examples=["kết quả giảm nghèo"],
        ),
    ],
) -> str:
    """The checked query text."""
    return check_query(q, settings)


async def get_page(
    settings: SettingsDep,
    limit: Annotated[
        int | None, Query(ge=1, description="Hits a page; setting `limit` when left out, at most `max_limit`")
    ] = None,
    offset: Annotated[int, Query(ge=0, description="How many hits to pass over, at most `max_offset`")] = 0,
) -> tuple[int, int]:
    """Checked (limit, offset)."""
    return check_page(limit, offset, settings)


async def get_filters(
    document: Annotated[list[str] | None, Query(description="Ids of documents; repeat for several")] = None,
    kind: Annotated[list[Kind] | None, Query(description="Kinds of passages; repeat for several")] = None,
    place: Annotated[
        list[str] | None,
        Query(description="Places by old or new names, with what lies in them; case and diacritics do not matter"),
    ] = None,
    year: Annotated[list[int] | None, Query(description="Years of the document's date or period")] = None,
    section: Annotated[
        list[Section] | None, Query(description="Parts of the report: results, shortcomings, causes, tasks and so on")
    ] = None,
    province: Annotated[list[str] | None, Query(description="Provinces; unit, case, diacritics do not matter")] = None,
    doc_type: Annotated[
        list[str] | None, Query(description="Kinds of document; báo cáo finds Báo cáo chính trị as well")
    ] = None,
) -> Filters:
    """Hard filters from the query string."""
    return Filters(
        documents=tuple(document or ()),
        kinds=tuple(kind or ()),
        places=tuple(place or ()),
        years=tuple(year or ()),
        sections=tuple(section or ()),
        provinces=tuple(province or ()),
        doc_types=tuple(doc_type or ()),
    )


async def get_shape(
    group: Annotated[
        list[str] | None,
        Query(
            description="What becomes one hit: duplicates (passages that say the same; the default), footnotes (a note "
            "and its sentence), none; comma between or repeated"
        ),
    ] = None,
    diverse: Annotated[
        str, Query(description=f"Hits a document may have before every other had as many; true means {SEVERAL}")
    ] = "0",
) -> Shape | None:
    """The shape asked for; None where nothing was said.

    Raises:
        RequestValidationError: an unknown group, or no number.
    """
    turn = {"true": str(SEVERAL), "false": "0", "": "0"}.get(diverse.lower(), diverse)
    if not (turn.isascii() and turn.isdigit() and len(turn) < 6):
        raise invalid("diverse", "true, false hoặc số từ 0 trở lên / or a number of 0 or more", diverse)
    names = [name.strip() for text in group or () for name in text.split(",") if name.strip()]
    return shape_of(names, int(turn)) if names or int(turn) else None


def shape_of(groups: list[str], diverse: int) -> Shape:
    """The shape with these groups; no name means the default.

    Raises:
        RequestValidationError: an unknown group.
    """
    try:
        return Shape.of(groups, diverse)
    except UsageError as error:
        raise invalid("group", f"{error.what}. {error.do}", ",".join(groups)) from None


def check_context(context: int, settings: Settings) -> int:
    """Neighbours under the setting's bound.

    Raises:
        RequestValidationError: more than `Settings.max_context`.
    """
    if context > settings.max_context:
        raise invalid("context", f"nhiều nhất / at most {settings.max_context}", context)
    return context


async def get_facets(
    facets: Annotated[
        list[str] | None,
        Query(
            description="Fields to count over everything that was found: document, kind, place, year, section, "
            "province, doc_type; comma between or repeated"
        ),
    ] = None,
) -> tuple[str, ...]:
    """Facet fields asked for, each once.

    Raises:
        RequestValidationError: there is no such facet.
    """
    names = [name.strip() for text in facets or () for name in text.split(",") if name.strip()]
    for name in names:
        if name not in get_args(Facet):
            raise invalid("facets", f"chỉ có / one of {', '.join(get_args(Facet))}", name)
    return tuple(dict.fromkeys(names))


QueryDep = Annotated[str, Depends(get_query)]
PageDep = Annotated[tuple[int, int], Depends(get_page)]
FiltersDep = Annotated[Filters, Depends(get_filters)]
ShapeDep = Annotated[Shape | None, Depends(get_shape)]
FacetsDep = Annotated[tuple[str, ...], Depends(get_facets)]
