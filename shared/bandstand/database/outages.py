"""Tells an outage, which passes by itself, from a mistake in the code.

A server that is there but refuses counts as an outage: a database that is read-only after a failover, has no
connection left or no space, a Redis that is a replica or out of memory, a name that doesn't resolve, a certificate that
has expired. psycopg reports most of these as OperationalError, but so it does a statement that took too long; the
SQLSTATE tells them apart. redis-py reports them as ResponseError, like a command that doesn't fit a key.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

import psycopg
import redis
from django.conf import settings
from psycopg import errors
from redis import exceptions

# What psycopg raises when a server is lost or turns read-only; the latter isn't an OperationalError.
LOST: Final = (psycopg.OperationalError, errors.ReadOnlySqlTransaction)
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connections, resources, shutdowns, input and output,
# and a log-in or database that is refused while an operator rotates or restores it.
_AWAY: Final = ("08", "53", "57P", "58", "28", "3D")
# A server says so of servers that it needs: the nodes of a Citus cluster.
_OTHER_SERVERS: Final = {"08000", "08001", "08003", "08006"}


_REFUSALS: Final = {
    exceptions.OutOfMemoryError: "out of memory",
    exceptions.ReadOnlyError: "read-only",
    exceptions.NoPermissionError: "no permission",
    exceptions.ExecAbortError: "refuses",
    exceptions.ClusterError: "refuses",  # a cluster that is down
    exceptions.ConnectionError: "unreachable",
    exceptions.TimeoutError: "unreachable",
}
# Replies that redis-py has no class for: writes stop while snapshots fail (mostly a full disk) or replicas are missing,
# a script takes too long, a blocked client is let go as its server becomes a replica.
_UNNAMED_REFUSALS: Final = re.compile(r"\b(MISCONF|NOREPLICAS|BUSY|UNBLOCKED|MASTERDOWN|CLUSTERDOWN|NOAUTH)\b")


class Outage(Enum):
    """What is the matter. The values are shown to operators."""

    AWAY = "unreachable"
    READ_ONLY = "read-only"
    FULL = "no space left"
    NODE = "a node is unreachable"


def redis_refusal(problem: redis.RedisError) -> str:
    """Return in words for operators why Redis is away or refuses; empty if the command is at fault."""
    for kind, words in _REFUSALS.items():
        if isinstance(problem, kind):
            return words
    unnamed = _UNNAMED_REFUSALS.search(str(problem))
    return f"refuses ({unnamed[0]})" if unnamed else ""


def outage_of(problem: BaseException) -> Outage | None:
    """Return which outage caused `problem`, or None if none did."""
    return next(filter(None, map(_outage, _causes(problem))), None)


def _outage(problem: BaseException) -> Outage | None:
    if isinstance(problem, psycopg.Error) and _is_of_a_node(problem):
        return Outage.NODE
    if isinstance(problem, errors.ReadOnlySqlTransaction):
        return Outage.READ_ONLY
    if isinstance(problem, errors.DiskFull) or (isinstance(problem, OSError) and problem.errno in _NO_SPACE):
        return Outage.FULL
    if isinstance(problem, redis.RedisError) and redis_refusal(problem):
        return Outage.AWAY
    if isinstance(problem, psycopg.Error) and _is_away(problem):
        return Outage.AWAY
    return None


def _is_of_a_node(problem: psycopg.Error) -> bool:
    """Whether the database says that another server is away. One that hangs takes all the time that is allowed."""
    if isinstance(problem, errors.QueryCanceled):
        return bool(settings.CITUS)
    return problem.sqlstate in _OTHER_SERVERS


def _is_away(problem: psycopg.Error) -> bool:
    if problem.sqlstate is None:  # it comes from the client: no server answered
        return isinstance(problem, psycopg.OperationalError)
    return problem.sqlstate.startswith(_AWAY)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
