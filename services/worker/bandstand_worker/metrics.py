"""Metrics for Prometheus, read from the table of jobs by the active dispatcher; off unless a port is set.

A dispatcher that stands by, was deposed or hangs answers scrapes with an empty page: its figures would be those of
another moment, and would hide from alerts that nobody looks at the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic, time
from typing import Any

import psycopg
from prometheus_client import CollectorRegistry, Gauge, Histogram, Metric, start_http_server
from prometheus_client.registry import Collector
from psycopg.rows import dict_row

from bandstand.jobs.kinds import Queue
from bandstand.organizations.behind import migrations_digest

FRESH = 15.0  # seconds for which an observation is exported; a pause between two is 6 at most, while Redis is away

_STATES = ("waiting", "admitted", "running")
_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)
_NOW = """
    SELECT queue, state, count(*) AS jobs,
           COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(run_at)), 0)::float AS oldest
    FROM public.jobs_job
    WHERE state IN ('waiting', 'admitted', 'running') AND run_at <= clock_timestamp() GROUP BY 1, 2
"""
_FAILED = "SELECT queue, count(*) AS jobs FROM public.jobs_job WHERE state = 'failed' GROUP BY 1"
_BEHIND = "SELECT count(*) AS portals FROM public.organizations_organization WHERE lacks_migrations = %s"
_FINISHED = """
    SELECT queue, kind, state, finished_at,
           EXTRACT(epoch FROM finished_at - started_at)::float AS seconds,
           EXTRACT(epoch FROM started_at - run_at)::float AS waited
    FROM public.jobs_job WHERE finished_at > %s AND started_at IS NOT NULL ORDER BY finished_at LIMIT 5000
"""


class Metrics(Collector):
    """The dispatcher's metrics, exported while it is active. `observe` costs a few small queries."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._on = False
        self._figures: _Figures | None = None
        self._observed_at = float("-inf")

    def serve(self, port: int) -> None:
        """Answer scrapes on `port`; 0 turns it off."""
        self._on = bool(port)
        if port:
            start_http_server(port, registry=self.registry)

    def observe(self, link: psycopg.Connection[Any]) -> None:
        """Update the metrics from the table, as the active dispatcher."""
        if not self._on:
            return
        began = monotonic()
        figures = self._figures or _Figures()
        figures.observe(link)
        self._observed_at = began
        self._figures = figures

    def withdraw(self) -> None:
        """Export nothing until the next observation, which begins anew: others count what is finished until then."""
        self._figures = None

    def collect(self) -> Iterable[Metric]:
        """Return what a scrape gets. Runs in the thread that answers, which goes on while the dispatcher hangs."""
        figures = self._figures
        if figures is None or monotonic() - self._observed_at > FRESH:
            return []
        return figures.registry.collect()


class _Figures:
    """What one dispatcher knows while it is active."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seen_until: Any = None
        to = self.registry
        self._jobs = Gauge("bandstand_jobs", "Unfinished jobs that are due", ["queue", "state"], registry=to)
        self._failed = Gauge("bandstand_jobs_failed", "Failed jobs that nobody has retried", ["queue"], registry=to)
        self._oldest = Gauge("bandstand_jobs_oldest_seconds", "Age of the oldest due job", ["queue"], registry=to)
        self._slots = Gauge("bandstand_jobs_slots", "Worker processes that can run a job", registry=to)
        self._behind = Gauge(
            "bandstand_portals_behind", "Portals that this release closes as they lack its migrations", registry=to
        )
        self._duration = Histogram(
            "bandstand_job_duration_seconds", "Run time by kind", ["kind", "outcome"], buckets=_BUCKETS, registry=to
        )
        self._latency = Histogram(
            "bandstand_job_latency_seconds", "From due to started", ["queue"], buckets=_BUCKETS, registry=to
        )
        self._observed = Gauge(
            "bandstand_jobs_observed_timestamp_seconds", "When the table of jobs was read last", registry=to
        )

    def observe(self, link: psycopg.Connection[Any]) -> None:
        """Update the metrics from the table."""
        began = time()
        cursor = link.cursor(row_factory=dict_row)
        found = {(row["queue"], row["state"]): row for row in cursor.execute(_NOW)}
        failed = {row["queue"]: row["jobs"] for row in cursor.execute(_FAILED)}
        for queue in Queue:
            rows = [found.get((queue.value, state)) for state in _STATES]
            for state, row in zip(_STATES, rows, strict=True):
                self._jobs.labels(queue.value, state).set(row["jobs"] if row else 0)
            self._oldest.labels(queue.value).set(max((row["oldest"] for row in rows if row), default=0))
            self._failed.labels(queue.value).set(failed.get(queue.value, 0))
        self._slots.set(cursor.execute("SELECT count(*) AS slots FROM public.jobs_slot").fetchall()[0]["slots"])
        self._behind.set(cursor.execute(_BEHIND, [migrations_digest()]).fetchall()[0]["portals"])
        self._observe_finished(cursor)
        self._observed.set(began)

    def _observe_finished(self, cursor: psycopg.Cursor[dict[str, Any]]) -> None:
        if self._seen_until is None:
            self._seen_until = cursor.execute("SELECT clock_timestamp() AS now").fetchall()[0]["now"]
        for row in cursor.execute(_FINISHED, [self._seen_until]):
            self._duration.labels(row["kind"], row["state"]).observe(row["seconds"])
            self._latency.labels(row["queue"]).observe(max(0.0, row["waited"]))
            self._seen_until = row["finished_at"]
