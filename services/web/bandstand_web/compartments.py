"""Divides a process's threads among portals, so that one whose queries hang can't take them all.

A request is counted in each compartment that it names: its host's, on a Citus cluster that of the node with the
portal's rows, and that of passwords where one may be hashed, which takes a processor for a while. Those beyond a
compartment's share wait on the event loop, where they take no thread from anybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import Any

from cachetools import LRUCache
from django.conf import settings
from django.db import DatabaseError

from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.tenancy.nodes import placements

PATIENCE = 5.0  # seconds that a request waits for its turn
CROWDED = "bandstand.crowded"  # in a request's environ: it waited in vain, and is answered without the portal's rows

HASHING = "hashing"  # a name that no host has
_HASHING_PATHS = ("/accounts/", "/signup/", "/transfers/")  # where forms with passwords are sent to

Names = tuple[str, ...]
logger = logging.getLogger(__name__)


_NODES_KEPT = 60.0  # seconds
_HOSTS_KEPT = 20_000


class CrowdedError(Exception):
    """The request waited in vain for its turn."""


class Compartments:
    """What each compartment is working on, at most `share` pieces of work. Belongs to one event loop."""

    def __init__(self, share: int) -> None:
        self._share = share
        self._shares = {HASHING: max(1, share // 2)}  # a quarter of the threads: a portal has half
        self._taken: Counter[str] = Counter()
        self._waiting: list[tuple[Names, asyncio.Future[None]]] = []  # first come, first served

    async def enter(self, names: Names, *, patience: float | None) -> None:
        """Wait for a turn in all of `names`, to be given back by `leave`. Raises CrowdedError after so many seconds."""
        if self._take(names):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((names, turn))
        try:
            async with asyncio.timeout(patience):
                await turn
        except BaseException as problem:
            if turn.cancelled():
                self._waiting.remove((names, turn))
            else:  # its turn came at that very moment
                self.leave(names)
            if isinstance(problem, TimeoutError):
                raise CrowdedError from None
            raise

    def leave(self, names: Names) -> None:
        """Give a turn back, and let in who waits for it."""
        for name in names:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]
        for waiting in [each for each in self._waiting if not each[1].done() and self._take(each[0])]:
            self._waiting.remove(waiting)
            waiting[1].set_result(None)

    def _take(self, names: Names) -> bool:
        if any(self._taken[name] >= self._shares.get(name, self._share) for name in names):
            return False
        self._taken.update(names)
        return True


def share_of(threads: int) -> int:
    """Return how many of a process's threads one portal may take: half, of no more than have a connection each."""
    pool: int = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    return max(1, min(threads, pool) // 2)


def compartments_of(environ: Mapping[str, Any]) -> Names:
    """Return the compartments of a request: that of its host, of its portal's node if it is known, and of passwords."""
    try:
        host = normalize_host(environ.get("HTTP_HOST", ""))
    except InvalidHostError:
        return ()  # turned away without a query
    if host == settings.MEDIA_HOST:
        return (f"{host}/{environ['PATH_INFO'].split('/')[2:3]}",)  # /<token>/<schema>/<file>
    node = nodes.of(host)
    names = (host, node) if node else (host,)
    hashes = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(_HASHING_PATHS)
    return (*names, HASHING) if hashes else names


class _Nodes:
    """On which node of a Citus cluster the rows of each host's portal stand. Thread-safe; none without a cluster.

    Asked on the event loop, so it knows the hosts that a thread has told it of, and looks nothing up.
    """

    def __init__(self) -> None:
        self._schemas: LRUCache[str, str] = LRUCache(_HOSTS_KEPT)
        self._placements: dict[str, str] = {}
        self._looked_at = float("-inf")
        self._lock = Lock()

    def of(self, host: str) -> str:
        """Return the node of the portal at `host`; empty if there is none, or it isn't known yet."""
        if not settings.CITUS:
            return ""
        with self._lock:
            return self._placements.get(self._schemas.get(host, ""), "")

    def learn(self, host: str, schema: str) -> None:
        """Remember which schema's rows `host` shows. One query a minute."""
        if not settings.CITUS:
            return
        now = monotonic()
        with self._lock:
            self._schemas[host] = schema
            is_known = now - self._looked_at < _NODES_KEPT
            self._looked_at = self._looked_at if is_known else now
        if not is_known:
            try:
                found = placements()
            except DatabaseError as problem:
                logger.warning("the cluster's placements can't be read: %s", problem)
                return
            with self._lock:
                self._placements = found


nodes = _Nodes()
