"""What Prometheus is told of this process's pools of database connections.

Read once a second by a thread of its own: while all threads wait for a connection no request ends, and that is when
somebody looks.
"""

from __future__ import annotations

from collections import Counter as Tally
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Final

from django.db import connections

from bandstand.database.base import DatabaseWrapper

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_EVERY = 1.0  # seconds
_LIVE: Final = "livesum"  # all processes that live, added up


class PoolFigures:
    """Figures of the pools, by database: `default`, and `replica` where there is one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        from prometheus_client import Counter, Gauge  # noqa: PLC0415 - reads a variable that is set by now

        self._connections = Gauge(
            "bandstand_web_database_connections",
            "Connections that are open, or being opened",
            ["database", "state"],
            registry=registry,
            multiprocess_mode=_LIVE,
        )
        self._most = Gauge(
            "bandstand_web_database_connections_max",
            "Connections that the pools may open",
            ["database"],
            registry=registry,
            multiprocess_mode=_LIVE,
        )
        self._waiting = Gauge(
            "bandstand_web_database_waiting",
            "Requests that wait for a connection",
            ["database"],
            registry=registry,
            multiprocess_mode=_LIVE,
        )
        self._timeouts = Counter(
            "bandstand_web_database_timeouts",
            "Requests that got no connection in time",
            ["database"],
            registry=registry,
        )
        self._told: Tally[str] = Tally()

    def follow(self) -> None:
        """Observe from now on, in a thread."""
        Thread(target=self._follow, name="pool figures", daemon=True).start()

    def _follow(self) -> None:
        while True:
            self.observe()
            sleep(_EVERY)

    def observe(self) -> None:
        """Update the figures."""
        for database in connections:
            pool = connections[database].pool  # type: ignore[attr-defined]
            if pool is not None:
                stats = pool.get_stats()
                idle = stats["pool_available"]
                self._connections.labels(database, "idle").set(idle)
                self._connections.labels(database, "in_use").set(stats["pool_size"] - idle)
                self._most.labels(database).set(stats["pool_max"])
            self._waiting.labels(database).set(DatabaseWrapper.waiting[database])
            timeouts = DatabaseWrapper.timeouts[database]
            self._timeouts.labels(database).inc(timeouts - self._told[database])
            self._told[database] = timeouts
