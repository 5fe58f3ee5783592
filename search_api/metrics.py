"""Figures for Prometheus: requests, latency by stage, sizes, errors. One registry an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from index.opening import IndexInfo
from search_api.about import package_version

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
SIZES = ("documents", "passages", "footnotes", "tables", "clauses")


class Metrics:
    """What is counted while the server runs; safe for threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        made = {"registry": self._registry, "namespace": "vankien"}
        self._requests = Counter("http_requests", "Requests answered", ["operation", "method", "status"], **made)
        self._seconds = Histogram("http_request_seconds", "Time of a request", ["operation"], buckets=_SECONDS, **made)
        self._stages = Histogram(
            "search_stage_seconds", "Time of a stage of a search", ["stage"], buckets=_SECONDS, **made
        )
        self._under_way = Gauge("http_requests_under_way", "Requests under way", **made)
        self._refusals = Counter("http_refusals", "Requests turned away at the door", ["kind"], **made)
        self._errors = Counter("errors", "Requests that ended in an error of the program", ["type"], **made)
        self._opened: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._tools = Histogram("mcp_tool_seconds", "Time of an MCP tool", ["tool"], buckets=_SECONDS, **made)
        version = Gauge("build_info", "Version of the program", ["version"], **made)
        version.labels(package_version()).set(1)
        ProcessCollector(registry=self._registry)

    def began(self) -> None:
        """A request has come."""
        self._under_way.inc()

    def ended(self, operation: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._under_way.dec()
        # Anybody can send any method; a series for each would grow without end.
        self._requests.labels(operation, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def refused(self, kind: str) -> None:
        """A request was turned away at the door."""
        self._refusals.labels(kind).inc()

    def crashed(self, error: BaseException) -> None:
        """A request ended in an error of the program."""
        self._errors.labels(type(error).__name__).inc()

    def searched(self, stages: Mapping[str, float]) -> None:
        """A search has run; stage → milliseconds."""
        for stage, milliseconds in stages.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def tool(self, name: str, seconds: float) -> None:
        """An MCP tool has run."""
        self._tools.labels(name).observe(seconds)

    def reloaded(self, opened: Iterable[str], failed: Iterable[str] = ()) -> None:
        """New generations of these collections were opened, or could not be."""
        for names, counts in ((opened, self._opened), (failed, self._failed)):
            for name in names:
                counts[name] = counts.get(name, 0) + 1

    def text(self, info: IndexInfo | None, collections: Sequence[str]) -> bytes:
        """Everything in Prometheus' text format.

        Args:
            info: of what the caller may see; only that is told of sizes. None where no index is open.
            collections: names of what the caller may see; only of these reloads are told.
        """
        sizes = CollectorRegistry()
        for kind, text, counts in (
            ("reloads", "Generations opened while the server ran", self._opened),
            ("reload_failures", "Generations that could not be opened", self._failed),
        ):
            counter = Counter(f"vankien_index_{kind}", text, registry=sizes)
            counter.inc(sum(counts.get(name, 0) for name in collections))
        ready = Gauge("vankien_index_open", "Whether an index is open", registry=sizes)
        ready.set(0 if info is None else 1)
        if info is not None:
            rows = Gauge("vankien_index_rows", "Rows of the index by table", ["table"], registry=sizes)
            for name in SIZES:
                rows.labels(name).set(getattr(info, name))
            Gauge("vankien_index_generation", "Generation in force", registry=sizes).set(info.generation)
        return generate_latest(self._registry) + generate_latest(sizes)
