"""Connections that remember a failed attempt, so that requests needn't wait for what has just been refused.

A pool connects in a thread of its own and tells waiting requests nothing about failures: each would wait as long as for
a pool whose connections are all in use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Self

import psycopg

Server = tuple[Any, ...]


@dataclass(frozen=True)
class Failure:
    """An attempt to connect that failed: when, on the monotonic clock, and why."""

    at: float
    reason: str


class Connection(psycopg.Connection[Any]):
    """psycopg's connection, for `connection_class` of a pool."""

    _failures: ClassVar[dict[Server, Failure]] = {}

    @classmethod
    def connect(cls, conninfo: str = "", **parameters: Any) -> Self:
        """Connect. Raises psycopg.OperationalError."""
        server = _server(parameters)
        try:
            made = super().connect(conninfo, **parameters)
        except psycopg.OperationalError as problem:
            cls._failures[server] = Failure(monotonic(), str(problem))
            raise
        cls._failures.pop(server, None)
        return made

    @classmethod
    def last_failure(cls, parameters: Mapping[str, Any]) -> Failure | None:
        """Return how the last attempt with these parameters failed; None if it succeeded."""
        return cls._failures.get(_server(parameters))


def _server(parameters: Mapping[str, Any]) -> Server:
    return tuple(parameters.get(name) for name in ("host", "port", "dbname"))
