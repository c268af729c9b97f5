"""Resolves host names to organizations, without a query while nothing has changed.

Each process caches its results. Changes are announced to every process over Redis. While a process receives these
announcements, it keeps results for minutes, so that thousands of hosts stay cached. While it doesn't, because Redis is
unavailable or a connection hangs, it trusts them for a short time only.
"""

from __future__ import annotations

import copy
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread

import redis
from cachetools import TTLCache
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery
from redis.client import PubSub

from bandstand.organizations.models import Domain, Organization

logger = logging.getLogger(__name__)

CHANNEL = "bandstand:hosts"
HOSTS_REMEMBERED = 20_000
REMEMBERED_WHILE_LISTENING = 600.0  # seconds
UNKNOWN_HOSTS_REMEMBERED = 2_000  # a separate cache, so that invented host names can't evict known ones


@dataclass(frozen=True)
class Resolved:
    """The cached result for a known host name."""

    organization: Organization
    primary_host: str
    looked_up_at: float


class HostResolver:
    """Resolves host names, with bounded caches of known and unknown ones. Thread-safe."""

    def __init__(
        self, *, seconds: float, clock: Callable[[], float] = time.monotonic, hears: Callable[[], bool] = lambda: False
    ) -> None:
        self._seconds, self._clock, self._hears = seconds, clock, hears
        life = max(seconds, REMEMBERED_WHILE_LISTENING)
        self._known: TTLCache[str, Resolved] = TTLCache(HOSTS_REMEMBERED, life, timer=clock)
        self._unknown: TTLCache[str, bool] = TTLCache(UNKNOWN_HOSTS_REMEMBERED, seconds, timer=clock)
        self._lock = Lock()
        self._generation = 0

    def resolve(self, host: str) -> Organization | None:
        """Return the organization whose portal answers at `host` (normalized), or None. At most one query.

        The current schema must be `public`. The caller gets a copy and may change it.
        """
        return self._resolve(host, self._look_up)

    def resolve_schema(self, schema: str) -> Organization | None:
        """Return the organization with this schema, or None, cached as in `resolve`.

        Shares the cache of hosts, so that a change invalidates both. A host name looked up as a schema, or vice versa,
        isn't found.
        """
        return self._resolve(f"/{schema}", self._look_up_schema)

    def _resolve(self, host: str, look_up: Callable[[str], Resolved | None]) -> Organization | None:
        with self._lock:
            found = self._known.get(host)
            if found and self._clock() - found.looked_up_at >= self._seconds and not self._hears():
                found = None
            if found is None and host in self._unknown:
                return None
            generation = self._generation
        if found is None:
            found = look_up(host)
            with self._lock:
                # A result read before an invalidation arrived must not be cached after it.
                if generation == self._generation:
                    self._remember(host, found)
        if found is None:
            return None
        organization = copy.copy(found.organization)
        organization.domain_url = found.primary_host
        return organization

    def forget(self) -> None:
        """Forget every host."""
        with self._lock:
            self._generation += 1
            self._known.clear()
            self._unknown.clear()

    def forget_organization(self, organization_id: int) -> None:
        """Forget the hosts of one organization, and all unknown hosts."""
        with self._lock:
            self._generation += 1
            stale = [host for host, kept in self._known.items() if kept.organization.pk == organization_id]
            for host in stale:
                del self._known[host]
            self._unknown.clear()

    def _remember(self, host: str, found: Resolved | None) -> None:
        if found is None:
            self._unknown[host] = True
        else:
            self._known[host] = found

    def _look_up(self, host: str) -> Resolved | None:
        now = self._clock()
        primary = Domain.objects.filter(tenant=OuterRef("tenant"), is_primary=True).values("domain")[:1]
        domain = Domain.objects.filter(domain=host).select_related("tenant").annotate(primary=Subquery(primary)).first()
        if domain is None:
            return None
        return Resolved(organization=domain.tenant, primary_host=domain.primary or host, looked_up_at=now)

    def _look_up_schema(self, key: str) -> Resolved | None:
        now = self._clock()
        organization = Organization.objects.with_host().filter(schema_name=key.removeprefix("/")).first()
        if organization is None:
            return None
        return Resolved(organization=organization, primary_host=organization.domain_url or "", looked_up_at=now)


def announce_change(organization_id: int) -> None:
    """Tell every process, after the current transaction commits, to forget this organization's hosts."""
    transaction.on_commit(lambda: _publish(organization_id), robust=True)


def _publish(organization_id: int) -> None:
    resolver.forget_organization(organization_id)
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            client.publish(CHANNEL, str(organization_id))
    except redis.RedisError as problem:
        logger.warning(
            "other processes learn of a changed host in up to %s s: %s", settings.HOST_CACHE_SECONDS, problem
        )


class _Listener:
    """Runs one listening thread per process, started by the first request and so after any fork."""

    _FIRST_DELAY = 0.5  # seconds

    def __init__(self) -> None:
        self._heard_at = float("-inf")
        self._lock = Lock()
        self._process: int | None = None
        self._stopped = Event()

    def ensure_running(self) -> None:
        """Start the thread unless it is running in this process."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                Thread(target=self._listen, name="host-invalidation", daemon=True).start()

    def hears(self) -> bool:
        """Whether Redis was heard from recently enough to trust cached results."""
        return time.monotonic() - self._heard_at < settings.HOST_CACHE_SECONDS

    def stop(self) -> None:
        """Stop the thread within a second; it can't be restarted."""
        self._stopped.set()

    def _listen(self) -> None:
        delay = self._FIRST_DELAY
        while not self._stopped.wait(delay if delay > self._FIRST_DELAY else 0):
            try:
                with redis.Redis.from_url(settings.REDIS_URL, health_check_interval=30) as client:
                    subscription = client.pubsub(ignore_subscribe_messages=True)
                    subscription.subscribe(CHANNEL)
                    resolver.forget()  # messages may have been missed while not listening
                    delay = self._FIRST_DELAY
                    while not self._stopped.is_set():
                        # The replies to pings distinguish an idle connection from one that hangs.
                        subscription.ping()
                        self._listen_for(subscription, settings.HOST_CACHE_SECONDS / 3)
            except (redis.RedisError, OSError) as problem:
                if self._stopped.is_set():  # Redis may end together with this process
                    return
                delay = min(delay * 2, 15.0)
                logger.warning("can't listen for changed hosts, trying again in %s s: %s", delay, problem)

    def _listen_for(self, subscription: PubSub, seconds: float) -> None:
        end = time.monotonic() + max(seconds, 1.0)
        while time.monotonic() < end and not self._stopped.is_set():
            message = subscription.get_message(timeout=1.0)
            if message is None:
                continue
            self._heard_at = time.monotonic()
            if message["type"] == "message":
                self._handle(message["data"])

    @staticmethod
    def _handle(data: bytes) -> None:
        if data.isdigit():
            resolver.forget_organization(int(data))
        else:
            logger.warning("ignored an unreadable message on %s", CHANNEL)


listener = _Listener()
resolver = HostResolver(seconds=settings.HOST_CACHE_SECONDS, hears=listener.hears)
