"""Waits for a database that isn't ready yet, in commands that start beside it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import DatabaseError

from bandstand.database.connection import connection
from bandstand.database.writability import refusal

ASK_EVERY = 1.0  # seconds
SAY_EVERY = 10.0

Obstacle = Callable[[], str]


class WaitedInVainError(Exception):
    """The time was up. The message says what was still missing."""


def database_obstacle() -> str:
    """Return why the database takes no writes; empty if it does. Raises DatabaseError if it doesn't answer."""
    reason = refusal()
    return f"the database is {reason.value}" if reason else ""


def wait_until_gone(obstacle: Obstacle, *, seconds: float, say: Callable[[str], object]) -> None:
    """Ask once a second until nothing is in the way, and `say` every now and then what is.

    Raises WaitedInVainError after `seconds`.
    """
    began = time.monotonic()
    said = began - SAY_EVERY
    while found := _asked(obstacle):
        now = time.monotonic()
        if now - began >= seconds:
            raise WaitedInVainError(f"Waited {seconds:g} seconds: {found}.")
        if now - said >= SAY_EVERY:
            said = now
            say(f"waiting: {found}")
        time.sleep(ASK_EVERY)


def _asked(obstacle: Obstacle) -> str:
    """Return what is in the way. A database that isn't there, or refuses the log-in, may be in the making."""
    try:
        return obstacle()
    except DatabaseError as problem:
        connection.close()
        return " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
