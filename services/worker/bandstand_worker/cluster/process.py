"""The reconciler's process: `python -m bandstand_worker reconcile`. Only one of several copies is active."""

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

from bandstand.domains.models import CustomDomain
from bandstand_worker import probes
from bandstand_worker.cluster.api import Api, ClusterError, ThrottledError, connect
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import kinds, selector
from bandstand_worker.cluster.mirror import Mirror, Watcher
from bandstand_worker.cluster.reconciling import Reconciler
from bandstand_worker.ledger import connect as connect_to_database

LOCK = "bandstand-reconciler"
TICK = 5.0  # seconds between checks of the table when the cluster is quiet
SETTLE = 0.5  # seconds to wait after a change in the cluster, as changes tend to come in bursts
TRY_AGAIN = 10.0  # seconds, after a pass with failures, and while the database or the cluster is unavailable

log = structlog.get_logger("bandstand.cluster")


class Process:
    """One copy of the reconciler, active or on standby."""

    def __init__(self, configuration: ClusterConfiguration, *, kubeconfig: str = "") -> None:
        self._configuration = configuration
        self._kubeconfig = kubeconfig
        self._stopped = Event()
        self._seen: tuple[int, frozenset[tuple[int, str]]] | None = None  # what the last complete pass reconciled

    def stop(self, _sign: int = 0, _frame: FrameType | None = None) -> None:
        """Stop at the next tick. A signal handler."""
        self._stopped.set()

    def run(self) -> None:
        """Run until stopped, waiting out outages of PostgreSQL and the API server."""
        name = f"bandstand reconciler {socket.gethostname()}:{os.getpid()}"
        while not self._stopped.is_set():
            probes.touch(probes.ALIVE)  # a restart wouldn't bring either of them back
            try:
                with closing(connect_to_database(name=name, with_session=True)) as link:
                    if self._is_mine(link):
                        self._be_active(link)
            except ThrottledError as problem:
                self._pause(problem.seconds)
            except ClusterError as problem:
                log.warning("the cluster can't be reached", error=str(problem))
            except (psycopg.OperationalError, DatabaseError) as problem:
                log.warning("the database can't be reached", error=str(problem).strip())
                django_connection.close()
            self._stopped.wait(TICK)

    def _pause(self, seconds: float) -> bool:
        """Wait, telling the liveness probe that this is on purpose, and return whether to stop."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._stopped.wait(min(left, TICK)):
            probes.touch(probes.ALIVE)
        return self._stopped.is_set()

    @staticmethod
    def _is_mine(link: psycopg.Connection[Any]) -> bool:
        row = link.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS mine", [LOCK]).fetchone()
        return bool(row and row[0])

    def _be_active(self, link: psycopg.Connection[Any]) -> None:
        configuration = self._configuration
        api = Api(connect(kubeconfig=self._kubeconfig), configuration.namespace, selector(configuration))
        owner_uid = api.owner_uid(configuration.owner) if configuration.owner else ""
        mirror = Mirror(kinds(configuration))
        self._seen = None
        watching = Event()
        watchers = [Watcher(api, mirror, kind, watching) for kind in kinds(configuration)]
        for watcher in watchers:
            watcher.start()
        reconciler = Reconciler(
            api,
            mirror,
            configuration,
            owner_uid=owner_uid,
            pause=self._pause,
            tick=lambda: probes.touch(probes.ALIVE),
        )
        log.info("reconciler is active")
        try:
            while not self._stopped.is_set() and all(watcher.is_alive() for watcher in watchers):
                link.execute("SELECT 1")  # the lock lives as long as this connection
                self._look(mirror, reconciler)
        finally:
            watching.set()

    def _look(self, mirror: Mirror, reconciler: Reconciler) -> None:
        """Reconcile if the table or the cluster has changed since the last pass, then wait for a change."""
        probes.touch(probes.ALIVE)
        now = (mirror.version, _table())
        if mirror.is_complete and now != self._seen:
            report = reconciler.reconcile()
            self._seen = None if report.failed else now
            if report.changed_something:
                log.info("domains reconciled", **vars(report))
            if report.failed:
                self._stopped.wait(TRY_AGAIN)
                return
        mirror.wait_for_change(since=now[0], seconds=TICK)
        self._stopped.wait(SETTLE)


def _table() -> frozenset[tuple[int, str]]:
    """Return the rows that determine the cluster's objects: cheap to read, equal when nothing has changed."""
    return frozenset(CustomDomain.objects.to_publish().values_list("pk", "name"))


def main() -> None:
    """Run one copy until SIGTERM or SIGINT."""
    process = Process(ClusterConfiguration.read(settings.ENVIRONMENT.cluster_config))
    signal.signal(signal.SIGTERM, process.stop)
    signal.signal(signal.SIGINT, process.stop)
    process.run()
