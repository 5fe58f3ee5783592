"""Templates as responses: whole pages, parts for htmx, errors in plain words."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from search_api.htmx import is_partial
from search_api.kinds import Kind
from search_api.views import EXAMPLES, Question, environment


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A template as a response, with what every page needs."""
    app = request.app
    view = getattr(request.state, "view", None)
    common = {"info": view.info if view else None, "version": app.version, "examples": EXAMPLES}
    common["query_max_length"] = app.state.settings.query_max_length
    html = environment().get_template(template).render(common | {"question": Question()} | context)
    # The same address answers htmx with a part and a browser with a page: caches must keep them apart.
    return HTMLResponse(html, status_code=status, headers={"Vary": "HX-Request"})


def error_page(
    request: Request,
    kind: Kind,
    detail: str,
    *,
    do: str | None = None,
    status: int | None = None,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """An error as a page (or as the part that htmx swaps in), in plain words and with what to do."""
    template = "_error.html" if is_partial(request) else "error.html"
    answer = render(request, template, status or kind.status, kind=kind, detail=detail, do=do or kind.do)
    answer.headers.update(headers or {})
    return answer
