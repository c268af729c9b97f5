"""Traces for an OpenTelemetry collector: what a request or job did, and how long each step took.

A trace tells of routes, tables, kinds of jobs, numbers and the portal's short name. It never holds what people wrote or
who they are: no address that was asked for, no header, no statement, no parameter, no message of an error. Requests,
jobs and statements are traced here, Redis and object storage by OpenTelemetry's own instrumentations. Of all of it,
`bandstand.instrumentation` lets through what is listed there.

Without a collector's address it is off, and nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Attributes = Mapping[str, str | int | float | bool]
Part = Literal["server", "consumer", "client", "internal"]
LONGEST_TRACE = 55  # characters of a traceparent: https://www.w3.org/TR/trace-context/

_ALL = "opentelemetry"
_EXPORTED_WITHIN = 3000  # milliseconds that the end of a process may wait for a collector
# The operation and, if it follows, the first table; nothing behind it, which may be values.
_OPERATION = re.compile(r"\s*([a-z]+)", re.IGNORECASE)
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+(?:ONLY\s+)?(?:"?[a-z0-9_]+"?\.)?"?([a-z][a-z0-9_]*)', re.IGNORECASE)
_OPERATIONS = frozenset(
    ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SET", "LOCK", "COPY", "CREATE", "ALTER", "DROP")
)


# redis-py imports OpenTelemetry's metrics where they are installed, which takes a third of its own import. None stands
# for "not installed". Settings import this module first.
sys.modules.setdefault(_ALL, None)  # type: ignore[arg-type]


class Step:
    """A running span. Its attributes are for names and numbers, never for contents."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def describe(self, attributes: Attributes, *, name: str = "") -> None:
        """Add attributes, and rename the span if its name is known by now."""
        if self._span is not None:
            self._span.set_attributes(attributes)
            if name:
                self._span.update_name(name)

    def concerns(self, portal: str | None) -> None:
        """Say whose portal it is, by its short name; not where every trace is kept, as that would name them all."""
        if portal and _names_portals:
            self.describe({"bandstand.organization": portal})

    def failed(self, kind: str) -> None:
        """Mark it as failed; `kind` is an exception's class or a status, never a message."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode  # noqa: PLC0415

            self._span.set_status(StatusCode.ERROR)
            self._span.set_attribute("error.type", kind)


_NO_STEP = Step()
_tracer: Tracer | None = None
_provider: TracerProvider | None = None
_names_portals = False


def begin(endpoint: str, *, headers: Mapping[str, str], share: float, about: Mapping[str, str]) -> None:
    """Send a `share` of this process's traces to a collector, if there is an endpoint; `about` tells of the process."""
    global _tracer, _provider, _names_portals  # noqa: PLW0603 - a process is one
    if not endpoint:
        return
    if sys.modules[_ALL] is None:
        del sys.modules[_ALL]
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased  # noqa: PLC0415

    from bandstand.instrumentation import NamesAndNumbers, NoCallsAlone, instrument_redis  # noqa: PLC0415

    _provider = TracerProvider(
        # A job is traced if the request that enqueued it is, so that traces are whole.
        sampler=ParentBased(NoCallsAlone(share)),
        resource=Resource({name: value for name, value in about.items() if value}),
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", headers=dict(headers))
    _provider.add_span_processor(BatchSpanProcessor(NamesAndNumbers(exporter)))
    instrument_redis(_provider)
    _tracer = _provider.get_tracer("bandstand")
    _names_portals = share < 1


def trace_storage() -> None:
    """Trace requests to object storage too, from whoever loads its client."""
    if _provider is not None:
        from bandstand.instrumentation import instrument_storage  # noqa: PLC0415

        instrument_storage(_provider)


def end() -> None:
    """Send what is left, before a process ends without Python's own clean-up."""
    if _provider is not None:
        _provider.force_flush(_EXPORTED_WITHIN)


def is_on() -> bool:
    """Whether a collector is set."""
    return _tracer is not None


@contextmanager
def step(name: str, part: Part = "internal", *, trace: str | None = None) -> Iterator[Step]:
    """Trace the block. `trace`, of `current_trace`, makes it part of that one; an empty one begins another."""
    if _tracer is None:
        yield _NO_STEP
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    context = None if trace is None else _context_of(trace)
    with _tracer.start_as_current_span(
        name,
        context,
        kind=SpanKind[part.upper()],
        record_exception=False,  # messages repeat rows
        set_status_on_exception=False,
    ) as span:
        made = Step(span)
        try:
            yield made
        except BaseException as problem:
            made.failed(type(problem).__name__)
            raise


def current_trace() -> str:
    """Return what names the running span to another process, as a traceparent; empty if there is none."""
    if _tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def _context_of(trace: str) -> Context:
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    return TraceContextTextMapPropagator().extract({"traceparent": trace}, Context())


def trace_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Trace one statement of Django's, as a wrapper of its cursors', within a span that is kept."""
    if _tracer is None or not _is_kept():
        return execute(sql, params, many, context)
    operation, table = summary_of(sql)
    with step(f"{operation} {table}".strip(), "client") as made:
        made.describe({"db.system.name": "postgresql", "db.operation.name": operation})
        made.describe({"db.namespace": context["connection"].alias})
        if table:
            made.describe({"db.collection.name": table})
        return execute(sql, params, many, context)


def summary_of(sql: Any) -> tuple[str, str]:
    """Return a statement's operation and its first table, as far as they are plain; of the rest nothing."""
    text = sql if isinstance(sql, str) else ""
    found = _OPERATION.match(text)
    operation = found[1].upper() if found else ""
    if operation not in _OPERATIONS:
        return "OTHER", ""
    table = _TABLE.search(text.split("'", 1)[0])
    return operation, table[1].lower() if table else ""


def _is_kept() -> bool:
    from opentelemetry.trace import get_current_span  # noqa: PLC0415

    return get_current_span().is_recording()
