"""On whose behalf the current code runs, for the security log.

Web sets the actor for each request, the worker for each job; commands and the scheduler have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the account's email address, empty if no one is logged in, and the client's IP address."""

    email: str = ""
    ip_address: str | None = None
    is_staff: bool = False
    is_support: bool = False  # staff, by an owner's consent in a portal, whose log names them then
    is_operator: bool = False  # whoever runs commands on the servers


NOBODY = Actor()
OPERATOR = Actor(is_operator=True)
# Evaluated only when an entry is written, as finding out who is logged in costs a query.
_actor: ContextVar[Callable[[], Actor] | None] = ContextVar("bandstand_actor", default=None)


def current_actor() -> Actor:
    """Return the current actor; NOBODY outside `acting`."""
    find_out = _actor.get()
    return find_out() if find_out else NOBODY


@contextmanager
def acting(find_out: Callable[[], Actor]) -> Iterator[None]:
    """Set the actor for the block; `find_out` is called when it is needed."""
    token = _actor.set(find_out)
    try:
        yield
    finally:
        _actor.reset(token)
