"""A small client for a running server: the same questions and the same answers as with an index in a folder.

::

    with Client("http://127.0.0.1:8000") as client:
        client.search("kết quả giảm nghèo", limit=5).frame()

What comes back are the dataclasses of `index.hits` and `index.quotes`, rebuilt from JSON. Fields that this version does
not know are passed over, so that a newer server does not break an older client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints
from urllib.parse import quote as escaped

import httpx2

from index.grouping import Shape
from index.hits import Comparison, DocumentInfo, Filters, PassageView, SearchResult
from ingest.errors import UsageError, VankienError

if TYPE_CHECKING:
    from index.quotes import Verdict

DEFAULT_URL = "http://127.0.0.1:8000"
_API = "/api/v1"
_HERE = ("127.0.0.1", "localhost", "::1")
_PROBLEM = "application/problem+json"
_ANY = Filters()

Texts = str | Sequence[str] | None
"""One name, several, or none."""
Years = int | Sequence[int] | None


class ServerError(VankienError):
    """The server cannot be reached, or answers with a problem.

    Attributes:
        status: HTTP status; None where nothing answered.
        code: kind of the problem ("invalid-parameters"; docs/api.md lists them), "" where the answer is none of ours.
    """

    def __init__(
        self, what: str, *, where: str | None = None, do: str = "", status: int | None = None, code: str = ""
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        self.code = code


class Client:
    """Asks a running ``vankien serve``. Safe for many threads; close it, or use it in a ``with`` block.

    Args:
        url: of the server, with the path before ``/api`` where it has one.
        key: sent as ``Authorization: Bearer``; None where the server wants none.
        timeout: seconds that each step of a request may take.
        transport: answers in place of the network (for tests).

    Raises:
        UsageError: `url` is no web address, or `key` holds characters that cannot be sent.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str | None = None,
        timeout: float = 30,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._http = httpx2.Client(
            base_url=self.url,
            headers=_authorization(key),
            timeout=timeout,
            transport=transport,
            # A proxy of the environment is for other machines: a question to this one must not go through it.
            trust_env=_host(url) not in _HERE,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def search(
        self,
        query: str,
        *,
        limit: int | None = None,
        offset: int = 0,
        mode: str = "hybrid",
        place: Texts = None,
        year: Years = None,
        kind: Texts = None,
        document: Texts = None,
        section: Texts = None,
        province: Texts = None,
        doc_type: Texts = None,
        facets: Texts = None,
        group: Texts = None,
        diverse: int = 0,
        context: int = 0,
        filters: Filters = _ANY,
        shape: Shape | None = None,
    ) -> SearchResult:
        """Ranked passages, as `index.search.Searcher.search` gives them.

        Args:
            query: as typed, with or without diacritics, Vietnamese or English.
            limit: hits a page; None for as many as the server gives.
            offset: hits to pass over.
            mode: "hybrid", "lexical" or "dense".
            place: filter; this and the next six take one value or several, and mean what they mean in `Filters`.
            year: filter.
            kind: filter.
            document: filter, by ids.
            section: filter.
            province: filter.
            doc_type: filter.
            facets: fields to count over everything that was found.
            group: what becomes one hit: "duplicates" (as when nothing is said), "footnotes", "none".
            diverse: hits that a document may have before every other had as many; 0 for any number.
            context: neighbours on each side of every hit.
            filters: filters in the form that a `Searcher` takes, beside those above.
            shape: `group` and `diverse` in the form that a `Searcher` takes; goes before them.

        Raises:
            ServerError: the server refuses the question or cannot be reached.
        """
        asked = _filtered(filters, place, year, kind, document, section, province, doc_type)
        asked |= _shaped(shape, group, diverse) | {"facets": _several(facets)}
        asked |= {"q": query, "limit": limit, "offset": offset, "mode": mode, "context": context}
        return _search_result(self._get("/search", asked))

    def search_many(
        self,
        queries: Sequence[str],
        *,
        limit: int | None = None,
        offset: int = 0,
        mode: str = "hybrid",
        place: Texts = None,
        year: Years = None,
        kind: Texts = None,
        document: Texts = None,
        section: Texts = None,
        province: Texts = None,
        doc_type: Texts = None,
        facets: Texts = None,
        group: Texts = None,
        diverse: int = 0,
        context: int = 0,
        filters: Filters = _ANY,
        shape: Shape | None = None,
    ) -> list[SearchResult]:
        """The same for many queries in one request, one result each, in their order."""
        asked = _filtered(filters, place, year, kind, document, section, province, doc_type)
        asked |= _shaped(shape, group, diverse) | {"facets": _several(facets)}
        asked |= {"queries": list(queries), "limit": limit, "offset": offset, "mode": mode, "context": context}
        return [_search_result(row) for row in _part(self._post("/search", asked), "results", list)]

    def compare(
        self,
        query: str,
        *,
        limit: int | None = None,
        mode: str = "hybrid",
        place: Texts = None,
        year: Years = None,
        kind: Texts = None,
        document: Texts = None,
        section: Texts = None,
        province: Texts = None,
        doc_type: Texts = None,
        filters: Filters = _ANY,
    ) -> Comparison:
        """The best passage of each document; the arguments are those of `search`, `limit` counts documents."""
        asked = _filtered(filters, place, year, kind, document, section, province, doc_type)
        return _rebuilt(Comparison, self._get("/compare", {**asked, "q": query, "limit": limit, "mode": mode}))

    def similar(self, passage_id: str, *, limit: int | None = None, offset: int = 0) -> SearchResult:
        """The passages that come nearest to one in meaning."""
        return _search_result(self._get(f"/similar/{_segment(passage_id)}", {"limit": limit, "offset": offset}))

    def context(self, query: str, budget: int | None = None) -> dict[str, Any]:
        """The passages that answer a question, packed for a language model.

        Args:
            query: the question.
            budget: tokens at most; None for the server's own number.
        """
        return _expect(self._get("/context", {"q": query, "budget": budget}), dict)

    def verify(self, quote: str, *, document: str | None = None, page: int | None = None) -> Verdict:
        """Whether a quotation stands in the documents word for word, and where (`index.search.Searcher.verify`)."""
        from index.quotes import Verdict

        return _rebuilt(Verdict, self._post("/verify", {"quote": quote, "document": document, "page": page}))

    def documents(self) -> list[DocumentInfo]:
        """Every document that this key may see, in the order of the sources."""
        return [_rebuilt(DocumentInfo, row) for row in _part(self._get("/documents"), "documents", list)]

    def document(self, document_id: str) -> dict[str, Any]:
        """A document whole, in its JSON form: metadata, sections, passages, footnotes, tables, warnings."""
        return _expect(self._get(f"/documents/{_segment(document_id)}"), dict)

    def outline(self, document_id: str) -> dict[str, Any]:
        """The tree of a document's headings: id, title, sections with their children."""
        return _expect(self._get(f"/documents/{_segment(document_id)}/outline"), dict)

    def passage(self, passage_id: str, context: int = 1) -> PassageView:
        """A passage with `context` neighbours on each side."""
        return _rebuilt(PassageView, self._get(f"/passages/{_segment(passage_id)}", {"context": context}))

    def ready(self) -> dict[str, Any]:
        """Which generation of the index is open, with which model, and how much is in it.

        Raises:
            ServerError: it is not ready (status 503), or cannot be reached.
        """
        return _expect(self._get("/readyz"), dict)

    def _get(self, path: str, asked: dict[str, Any] | None = None) -> Any:
        return self._answer("GET", path, params=_given(asked or {}))

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer("POST", path, json=_given(body))

    def _answer(self, method: str, path: str, **sent: Any) -> Any:
        where = self.url + _API + path
        try:
            response = self._http.request(method, _API + path, **sent)
        except httpx2.TimeoutException as error:
            raise ServerError(
                f"máy chủ không trả lời trong {self.timeout:g} giây / no answer within {self.timeout:g} seconds",
                where=self.url,
                do="Thử lại, hoặc tăng timeout / try again, or with a larger timeout",
            ) from error
        except httpx2.ConnectError as error:
            raise ServerError(
                "không nối được với máy chủ / no server answers at this address",
                where=self.url,
                do="Kiểm tra địa chỉ, hoặc chạy / check it, or start one: vankien serve --index DIR",
            ) from error
        except httpx2.HTTPError as error:
            raise ServerError(f"mất liên lạc / the connection failed ({error})", where=self.url) from error
        try:
            value = response.json()
        except ValueError as error:
            raise _foreign(where, response.status_code) from error
        if not response.is_success:
            raise _problem(value, where, response)
        return value


def _host(url: str) -> str:
    try:
        parts = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError):
        parts = httpx2.URL("")
    if parts.scheme not in ("http", "https") or not parts.host:
        raise UsageError(
            "không phải địa chỉ máy chủ / not the address of a server",
            where=url,
            do=f"Ví dụ / example: {DEFAULT_URL}",
        )
    return parts.host


def _authorization(key: str | None) -> dict[str, str]:
    if key is None:
        return {}
    # The key itself is not shown: errors end up in saved notebooks.
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            "khoá có ký tự không gửi được / the key holds characters that cannot be sent",
            do="Chép lại khoá / copy the key again",
        )
    return {"Authorization": f"Bearer {key}"}


def _segment(name: str) -> str:
    """An id as one segment of a path."""
    return escaped(name, safe="")


def _several(value: Any) -> list[Any]:
    return [] if value is None else [value] if isinstance(value, str | int) else list(value)


def _filtered(filters: Filters, *values: Any) -> dict[str, list[Any]]:
    """Filters by the API's names: those given one by one, then those of `filters`."""
    names = ("place", "year", "kind", "document", "section", "province", "doc_type")
    return {name: [*_several(value), *getattr(filters, f"{name}s")] for name, value in zip(names, values, strict=True)}


def _shaped(shape: Shape | None, group: Texts, diverse: int) -> dict[str, Any]:
    if shape is None:
        return {"group": _several(group), "diverse": diverse}
    groups = [name for name in ("duplicates", "footnotes") if getattr(shape, name)]
    return {"group": groups or ["none"], "diverse": shape.diverse}


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    """What was really said: the rest is the server's to choose, and an older one may not know it."""
    return {name: value for name, value in asked.items() if value is not None and value != []}


def _problem(value: Any, where: str, response: httpx2.Response) -> ServerError:
    """A problem document (RFC 9457) as an error."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind != _PROBLEM or not isinstance(value, dict):
        return _foreign(where, response.status_code)
    what = ": ".join(str(value[name]) for name in ("title", "detail") if value.get(name))
    code = str(value.get("type", "")).rpartition("/")[2]
    return ServerError(
        what or str(response.status_code),
        where=str(value.get("instance") or where),
        do=str(value.get("do") or ""),
        status=response.status_code,
        code=code,
    )


def _foreign(where: str, status: int | None = None) -> ServerError:
    return ServerError(
        f"câu trả lời không phải của máy chủ Văn Kiện ({status or 'JSON'}) / not an answer of this kind of server",
        where=where,
        do="Kiểm tra địa chỉ và phiên bản / check the address and the version",
        status=status,
    )


def _search_result(value: Any) -> SearchResult:
    facets = _part(value, "facets", dict)
    pairs = {
        name: [(_part(row, "value", str), _part(row, "count", int)) for row in rows] for name, rows in facets.items()
    }
    return _rebuilt(SearchResult, {**value, "facets": pairs})


def _part(value: Any, name: str, kind: type) -> Any:
    return _expect(value.get(name) if isinstance(value, dict) else None, kind)


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise _foreign(kind.__name__)
    return value


def _rebuilt(kind: Any, value: Any) -> Any:
    """A dataclass from its JSON form.

    Raises:
        ServerError: it is not its form.
    """
    try:
        return _value(kind, value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _foreign(kind.__name__) from error


def _value(kind: Any, value: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (inner,) = (arg for arg in args if arg is not NoneType)
        return None if value is None else _value(inner, value)
    if origin is tuple and args[-1] is Ellipsis:
        return tuple(_value(args[0], one) for one in value)
    if origin is tuple:
        return tuple(_value(arg, one) for arg, one in zip(args, value, strict=True))
    if is_dataclass(kind) and isinstance(kind, type):
        known = _hints(kind)
        return kind(**{name: _value(hint, value[name]) for name, hint in known.items() if name in value})
    return float(value) if kind is float else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
