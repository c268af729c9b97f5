"""Renders anonymous pages from a read replica, never older than the portal's last change.

A process that sees a new version of a portal's contents in Redis asks the primary for its current WAL position. The
commit that produced the version lies before that position, so a replica that has replayed the log up to there shows all
of it. Each page checks the connection that it is about to use, so several replicas behind one address work too. If the
replica lags, is unreachable or fails during the page, the primary is used.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import Model

from bandstand.organizations.models import Organization

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)

REPLICA = "replica"
_REST = 5.0  # seconds before an unreachable replica is tried again
_VERSIONS_REMEMBERED = 20_000
_UP_TO_DATE = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
_reading: ContextVar[bool] = ContextVar("reading_from_the_replica", default=False)


class ReplicaRouter:
    """Routes reads inside `reading_from_replica` to the replica, and everything else to the primary."""

    def db_for_read(self, _model: type[Model], **_hints: Any) -> str:
        """Ignore hints: an object read from the replica must not route later queries back to it."""
        return REPLICA if _reading.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, _model: type[Model], **_hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        """Allow all relations: both aliases are the same database."""
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool | None:
        """Never migrate the replica."""
        return False if db == REPLICA else None


class _Replica:
    """What this process knows about the replica."""

    def __init__(self) -> None:
        self._needed: LRUCache[str, tuple[bytes, str]] = LRUCache(_VERSIONS_REMEMBERED)
        self._lock = Lock()
        self.away_until = 0.0

    def shows(self, organization: Organization) -> bool:
        """Whether the thread's replica connection is as recent as the organization's version; enters its schema."""
        if time.monotonic() < self.away_until or not organization.content_version:
            return False
        try:
            needed = self._log_place(organization)
            connections[REPLICA].set_tenant(organization)  # type: ignore[attr-defined]
            with connections[REPLICA].cursor() as cursor:
                cursor.execute(_UP_TO_DATE, [needed])
                return bool(cursor.fetchone()[0])
        except DatabaseError as problem:
            self.failed(problem)
            return False

    def failed(self, problem: Exception) -> None:
        """Stop using the replica for a while."""
        self.away_until = time.monotonic() + _REST
        logger.warning("pages are made from the primary, the replica fails: %s", problem)

    def _log_place(self, organization: Organization) -> str:
        """Return a WAL position of the primary after the commit that produced the organization's version."""
        schema, version = organization.schema_name, organization.content_version
        with self._lock:
            known = self._needed.get(schema)
        if known and known[0] == version:
            return known[1]
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()")
            place = str(cursor.fetchone()[0])
        with self._lock:
            self._needed[schema] = (version, place)
        return place


replica = _Replica()


@contextmanager
def reading_from_replica(organization: Organization) -> Iterator[None]:
    """Read from the replica inside this context, if there is one that is recent enough."""
    if REPLICA not in settings.DATABASES:
        yield
        return
    token = _reading.set(replica.shows(organization))
    try:
        yield
    finally:
        _reading.reset(token)
        connections[REPLICA].set_schema_to_public()  # type: ignore[attr-defined]


def leave_replica(problem: Exception) -> bool:
    """Switch to the primary if `problem` is an error of the replica. Returns whether it was."""
    if not _reading.get() or not isinstance(problem, DatabaseError):
        return False
    replica.failed(problem)
    _reading.set(False)
    return True


def asked_anywhere(ask: Callable[[], Answer]) -> Answer:
    """Return the answer of a function that reads, from the primary if the replica fails."""
    try:
        return ask()
    except DatabaseError as problem:
        if not leave_replica(problem):
            raise
        return ask()
