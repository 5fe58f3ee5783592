"""MCP: the search as tools of a chat program, over streamable HTTP (``/mcp/``) and over stdio.

The tools answer from the same `View` as the HTTP API, so a caller sees here what he sees there. The official SDK speaks
the protocol; sessions are not kept (every call stands alone), so any number of servers can stand behind one address.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from functools import partial, wraps
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from index.library import Library
from index.packing import pack
from index.view import View
from ingest.errors import VankienError
from search_api import mcp_texts as texts
from search_api.about import package_version
from search_api.lookup import find
from search_api.mcp_forms import (
    ComparedOut,
    FetchedOut,
    FoundListOut,
    HeadingsOut,
    ListedDocumentsOut,
    ListedOut,
    compared,
    fetched,
    found,
    notes_of,
)
from search_api.metrics import Metrics
from search_api.routes.documents import tree
from search_api.schemas_evidence import ContextOut, VerdictOut
from search_api.settings import Settings
from search_api.views import document_url

HITS = 10
PIECE = 40_000
"""Characters of a document that one `fetch` gives; `metadata.next` names the next piece."""
_READS = {"read_only_hint": True, "idempotent_hint": True, "open_world_hint": False}
PATH = "/mcp"
T = TypeVar("T")


class Tools:
    """What the tools do.

    Args:
        library: the collections.
        settings: limits, and the server's public address.
        collections: what is seen where no key says otherwise (over stdio).
        metrics: where calls are counted.
        turns: how many calls run side by side; made from the settings when None.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        collections: tuple[str, ...],
        metrics: Metrics | None = None,
        turns: CapacityLimiter | None = None,
    ) -> None:
        self._library = library
        self._settings = settings
        self._collections = collections
        self._metrics = metrics
        self._turns = turns or CapacityLimiter(settings.threads)

    def in_turn(self, tool: Callable[..., T]) -> Callable[..., Awaitable[T]]:
        """A tool that waits until it is its turn, and then runs in a thread."""

        @wraps(tool)
        async def called(*args: Any, **named: Any) -> T:
            return await to_thread.run_sync(partial(tool, *args, **named), limiter=self._turns)

        return called

    @contextlib.contextmanager
    def _call(self, name: str, context: Context[Any, Any]) -> Iterator[tuple[View, str]]:
        """What the caller sees, and the server's address as he knows it; our errors as the tool's."""
        request = context.request_context.request
        state = getattr(request, "state", None)
        names = state.caller.collections if state is not None and hasattr(state, "caller") else self._collections
        base = self._settings.public_url or (str(request.base_url) if request is not None else self._own())
        started = time.perf_counter()
        try:
            with self._library.lease(names) as view:
                yield view, base.rstrip("/")
        except VankienError as error:
            raise ToolError(str(error)) from error
        finally:
            if self._metrics is not None:
                self._metrics.tool(name, time.perf_counter() - started)

    def _own(self) -> str:
        return f"http://{self._settings.host}:{self._settings.port}"

    def search(
        self, query: Annotated[str, Field(description="Topic, with filters inside")], ctx: Context
    ) -> FoundListOut:
        """See `texts.SEARCH`."""
        with self._call("search", ctx) as (view, base):
            result = view.search(self._query(query), limit=HITS)
            if self._metrics is not None:
                self._metrics.searched(result.stages)
            hits = [found(hit, base) for hit in result.hits]
            return FoundListOut(results=hits, total=result.total, mode=result.mode, notes=notes_of(result))

    def fetch(
        self, id: Annotated[str, Field(description="Id of a passage or document; ID@OFFSET goes on")], ctx: Context
    ) -> FetchedOut:
        """See `texts.FETCH`."""
        with self._call("fetch", ctx) as (view, base):
            document, mark, offset = id.partition("@")
            if mark and (":" in document or not (offset.isascii() and offset.isdigit() and len(offset) < 12)):
                raise ToolError(
                    "ID@OFFSET: chỉ dùng với mã văn kiện và số ký tự / a document's id and a count of characters"
                )
            if ":" in document:
                passage = find(view.passage, document, context=1)
                return fetched(passage, find(view.document, document.partition(":")[0]).sha256, base)
            return self._piece(view, document, int(offset or 0), base)

    def _piece(self, view: View, document_id: str, start: int, base: str) -> FetchedOut:
        document = find(view.document, document_id)
        start = min(start, len(document.canonical))
        end = min(len(document.canonical), start + PIECE)
        meta = document.metadata
        metadata: dict[str, Any] = {
            **{name: getattr(meta, name) for name in ("doc_type", "issuer", "number", "place", "period", "date")},
            "source": document.source,
            "sha256": document.sha256,
            "start": start,
            "end": end,
            "length": len(document.canonical),
            "next": f"{document_id}@{end}" if end < len(document.canonical) else None,
        }
        title = meta.title or document.source
        url = base + document_url(document_id)
        return FetchedOut(id=document_id, title=title, text=document.canonical[start:end], url=url, metadata=metadata)

    def verify(
        self,
        quote: Annotated[str, Field(description="The quotation, as you would show it")],
        ctx: Context,
        document: Annotated[str | None, Field(description="Where you say it stands")] = None,
        page: Annotated[int | None, Field(ge=1, description="The page you say it stands on")] = None,
    ) -> VerdictOut:
        """See `texts.VERIFY`."""
        if len(quote) > self._settings.quote_max_length:
            raise ToolError(f"đoạn trích dài quá / longer than {self._settings.quote_max_length} characters")
        with self._call("verify", ctx) as (view, _):
            return VerdictOut.model_validate(view.verify(quote, document=document, page=page))

    def compare(
        self, query: Annotated[str, Field(description="Topic, with filters inside")], ctx: Context
    ) -> ComparedOut:
        """See `texts.COMPARE`."""
        with self._call("compare", ctx) as (view, base):
            return compared(view.compare(self._query(query), limit=self._settings.max_limit), base)

    def context(
        self,
        query: Annotated[str, Field(description="Question or topic, with filters inside")],
        ctx: Context,
        budget: Annotated[int, Field(ge=1, description="Tokens at most")] = 4000,
    ) -> ContextOut:
        """See `texts.CONTEXT`."""
        with self._call("context", ctx) as (view, _):
            packed = pack(view, self._query(query), budget=min(budget, self._settings.max_budget))
            return ContextOut.model_validate(packed)

    def documents(
        self,
        ctx: Context,
        offset: Annotated[int, Field(ge=0, description="How many to pass over")] = 0,
        limit: Annotated[int, Field(ge=1, le=1000, description="How many at most")] = 100,
    ) -> ListedDocumentsOut:
        """See `texts.DOCUMENTS`."""
        with self._call("documents", ctx) as (view, base):
            infos = view.documents()
            rows = [
                ListedOut.model_validate({**asdict(info), "url": base + document_url(info.id)})
                for info in infos[offset : offset + limit]
            ]
            return ListedDocumentsOut(total=len(infos), offset=offset, documents=rows)

    def outline(self, id: Annotated[str, Field(description="Id of a document")], ctx: Context) -> HeadingsOut:
        """See `texts.OUTLINE`."""
        with self._call("outline", ctx) as (view, base):
            made = tree(find(view.document, id.partition(":")[0]))
            return HeadingsOut(id=made.id, title=made.title, url=base + document_url(made.id), sections=made.sections)

    def _query(self, text: str) -> str:
        """A query that can be searched for.

        Raises:
            ToolError: it is empty or too long.
        """
        if not text.strip():
            raise ToolError("câu hỏi trống / the query is empty")
        if len(text) > self._settings.query_max_length:
            raise ToolError(f"câu hỏi dài quá / longer than {self._settings.query_max_length} characters")
        return text.strip()


def mcp_server(tools: Tools) -> MCPServer[Any]:
    """The server with its tools and prompts."""
    with _own_logging():
        server: MCPServer[Any] = MCPServer(
            name="van-kien", title="Văn Kiện", instructions=texts.INSTRUCTIONS, version=package_version()
        )
    table: tuple[tuple[Callable[..., Any], str, str], ...] = (
        (tools.search, "Tìm trong văn kiện / Search the documents", texts.SEARCH),
        (tools.fetch, "Đọc một đoạn hoặc văn kiện / Read a passage or document", texts.FETCH),
        (tools.verify, "Kiểm tra câu trích / Verify a quotation", texts.VERIFY),
        (tools.compare, "So sánh các văn kiện / Compare the documents", texts.COMPARE),
        (tools.context, "Ngữ cảnh để trả lời / Packed context", texts.CONTEXT),
        (tools.documents, "Danh sách văn kiện / List the documents", texts.DOCUMENTS),
        (tools.outline, "Đề cương văn kiện / Outline of a document", texts.OUTLINE),
    )
    for function, title, description in table:
        annotations = ToolAnnotations(title=title, **_READS)
        called = tools.in_turn(function)
        server.add_tool(called, title=title, description=description, annotations=annotations, structured_output=True)
    _add_prompts(server)
    return server


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt(
        name="answer_with_verified_quotes",
        title="Trả lời bằng trích dẫn đã kiểm tra / Answer with verified quotes",
        description="Answer a question from the documents, every quotation verified.",
    )
    def answer_with_verified_quotes(question: str) -> str:
        return texts.ANSWER.format(question=question)

    @server.prompt(
        name="compare_places",
        title="So sánh các địa phương / Compare places",
        description="One topic across the documents, as a table of figures with citations.",
    )
    def compare_places(topic: str) -> str:
        return texts.COMPARE_PLACES.format(topic=topic)


@contextlib.contextmanager
def _own_logging() -> Iterator[None]:
    """The SDK sends the log to a console of its own where nobody has said otherwise; ours is `search_api.logs`."""
    root, quiet = logging.getLogger(), logging.NullHandler()
    root.addHandler(quiet)
    try:
        yield
    finally:
        root.removeHandler(quiet)


class McpEndpoint:
    """The server as an ASGI application; `run` must be entered once, for as long as it answers.

    Args:
        tools: what it serves.
    """

    def __init__(self, tools: Tools) -> None:
        server = mcp_server(tools)
        # Host names, keys and sizes are checked at our own door (`search_api.guard`).
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        server.streamable_http_app(json_response=True, stateless_http=True, transport_security=security)
        self._manager = server.session_manager

    def run(self) -> contextlib.AbstractAsyncContextManager[None]:
        """What its answers need while the application runs."""
        return self._manager.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; there are no streams to open and no sessions to end, so POST is all there is."""
        if scope["method"] != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
        await self._manager.handle_request(scope, receive, send)


async def serve_stdio(tools: Tools) -> None:
    """Speak MCP over stdin and stdout until stdin ends."""
    await mcp_server(tools).run_stdio_async()
