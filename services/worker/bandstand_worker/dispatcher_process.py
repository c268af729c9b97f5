"""The dispatcher's process: `python -m bandstand_worker dispatch`. Run any number of copies; one is active at a time.

The advisory lock, LISTEN and every write share one connection, so a copy that loses the lock can't write any more.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db import connection as django_connection

from bandstand.database.outages import LOST
from bandstand.jobs.controlling import BELL
from bandstand_worker import probes
from bandstand_worker.dispatching import Dispatcher
from bandstand_worker.ledger import connect
from bandstand_worker.metrics import Metrics
from bandstand_worker.page_watch import PageWatch
from bandstand_worker.scheduling import schedule_due
from bandstand_worker.sweeping import forget_slots, return_expired, return_unannounced
from bandstand_worker.transport import Transport, TransportDownError

LOCK = "bandstand-dispatcher"
TICK = 1.0  # seconds between rounds without a notification
SCHEDULE_EVERY = 10.0
# Seconds between rounds, so that what comes meanwhile is handled together: as many as the last one took, which is more
# where the machine is busy, but no fewer and no more than these.
SHORTEST_REST, LONGEST_REST = 0.002, 0.02
LONGEST_PAUSE = 5.0  # seconds between retries while Redis is unavailable

log = structlog.get_logger("bandstand.dispatch")


class DispatcherProcess:
    """One copy of the dispatcher, active or on standby."""

    def __init__(self, metrics: Metrics) -> None:
        self._stopped = Event()
        self._metrics = metrics
        self._scheduled_at = float("-inf")

    def stop(self, _sign: int = 0, _frame: FrameType | None = None) -> None:
        """Stop at the next tick. A signal handler."""
        self._stopped.set()

    def run(self) -> None:
        """Run until stopped, waiting out outages of PostgreSQL and Redis."""
        name = f"bandstand dispatcher {socket.gethostname()}:{os.getpid()}"
        while not self._stopped.is_set():
            try:
                with closing(connect(name=name, with_session=True)) as link:
                    self._stand_by(link)
                    try:
                        self._be_active(link)
                    finally:
                        self._metrics.withdraw()
            except (*LOST, DatabaseError) as problem:
                log.warning("database can't be reached or refuses", error=str(problem).strip())
                django_connection.close()
                probes.touch(probes.ALIVE)  # a restart wouldn't bring the database back
                self._stopped.wait(TICK)

    def _stand_by(self, link: psycopg.Connection[Any]) -> None:
        while not self._stopped.is_set():
            row = link.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS mine", [LOCK]).fetchone()
            if row and row[0]:
                return
            self._schedule(link)
            probes.touch(probes.ALIVE)
            self._stopped.wait(TICK)

    def _be_active(self, link: psycopg.Connection[Any]) -> None:
        log.info("dispatcher is active")
        link.execute(f"LISTEN {BELL}")
        transport = Transport()
        dispatcher = Dispatcher(link, transport, limit=settings.ENVIRONMENT.jobs_per_organization)
        page_watch = PageWatch(link)
        swept_at = float("-inf")
        pause = 0.0
        while not self._stopped.is_set():
            began = monotonic()
            try:
                if monotonic() - swept_at > TICK:
                    swept_at = monotonic()
                    page_watch.tick()
                    self._tick(link, transport)
                admitted = dispatcher.admit()
                ended, pause = monotonic(), 0.0
            except TransportDownError as problem:
                pause = min(max(0.2, pause * 2), LONGEST_PAUSE)
                log.warning("Redis can't be reached", error=str(problem), again_in=pause)
                self._stopped.wait(pause)
                continue
            if not admitted:
                for _bell in link.notifies(timeout=TICK, stop_after=1):
                    pass
            rest = min(max(SHORTEST_REST, ended - began), LONGEST_REST)
            self._stopped.wait(max(0.0, ended + rest - monotonic()))
        transport.close()

    def _tick(self, link: psycopg.Connection[Any], transport: Transport) -> None:
        probes.touch(probes.ALIVE)
        return_expired(link)
        forget_slots(link)
        self._metrics.observe(link)
        self._schedule(link)
        return_unannounced(link, transport)

    def _schedule(self, link: psycopg.Connection[Any]) -> None:
        if monotonic() - self._scheduled_at > SCHEDULE_EVERY:
            # Many dispatchers have many clocks; one that is ahead would use up tomorrow's occurrences.
            for (now,) in link.execute("SELECT clock_timestamp()"):
                schedule_due(now)
            self._scheduled_at = monotonic()


def main() -> None:
    """Run one copy until SIGTERM or SIGINT."""
    metrics = Metrics()
    metrics.serve(settings.ENVIRONMENT.metrics_port)
    process = DispatcherProcess(metrics)
    signal.signal(signal.SIGTERM, process.stop)
    signal.signal(signal.SIGINT, process.stop)
    process.run()
