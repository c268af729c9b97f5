"""Calls to Redis and to object storage in traces, by OpenTelemetry's own instrumentations.

They record what must not leave a portal, and may record more in their next release. So nothing is removed from their
spans; of all spans, only what is listed here leaves this process. `bandstand.tracing` imports this while tracing is on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from opentelemetry.context import Context
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, Status, TraceState
from opentelemetry.util.types import Attributes

_OURS = "bandstand."
_NAMES_AND_NUMBERS = frozenset(
    (
        *("http.request.method", "http.route", "http.response.status_code", "error.type"),
        *("db.system.name", "db.operation.name", "db.namespace", "db.collection.name"),
        *("db.system", "db.redis.args_length", "db.redis.pipeline_length"),
        *("rpc.system", "rpc.service", "rpc.method", "http.status_code", "retry_attempts"),
    )
)
_LONGEST_NAME = 100  # a pipeline is named after all its commands


class NamesAndNumbers(SpanExporter):
    """Passes on a copy of each span that has what is listed above, and no events or messages."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([_bare(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class NoCallsAlone(Sampler):
    """Draws a share of what begins a trace. A call to a server begins none, as loops make them all day."""

    def __init__(self, share: float) -> None:
        self._drawn = TraceIdRatioBased(share)

    def should_sample(  # noqa: PLR0917 - the SDK's
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._drawn.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"NoCallsAlone{{{self._drawn.get_description()}}}"


def instrument_redis(provider: TracerProvider) -> None:
    """Trace each command and pipeline. Messages that a process waits for aren't commands."""
    RedisInstrumentor().instrument(tracer_provider=provider)


def instrument_storage(provider: TracerProvider) -> None:
    """Trace each request to object storage. Loads its client, which takes a quarter of a second."""
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor  # noqa: PLC0415
    from s3transfer.futures import BoundedExecutor  # noqa: PLC0415

    no_header = CompositePropagator([])  # the store needn't know of our traces
    BotocoreInstrumentor().instrument(  # type: ignore[no-untyped-call] # its constructor
        tracer_provider=provider, propagator=no_header
    )
    BoundedExecutor.EXECUTOR_CLS = _Following


class _Following(ThreadPoolExecutor):
    """Uploads and downloads in threads, as parts of the span that asked for them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(copy_context().run, fn, *args, **kwargs)


def _bare(span: ReadableSpan) -> ReadableSpan:
    attributes = {
        name: value
        for name, value in (span.attributes or {}).items()
        if name in _NAMES_AND_NUMBERS or name.startswith(_OURS)
    }
    for event in span.events:
        if kind := (event.attributes or {}).get("exception.type"):
            attributes.setdefault("error.type", str(kind).rpartition(".")[2])
    return ReadableSpan(
        name=span.name[:_LONGEST_NAME],
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
