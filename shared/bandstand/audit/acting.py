"""On whose behalf this code runs, for what is written down about it.

Web says so for each request, the worker for each job; a command or the scheduler acts for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the account's e-mail address, empty for somebody who isn't logged in; the client's IP address."""

    email: str = ""
    ip_address: str | None = None
    is_staff: bool = False


NOBODY = Actor()
# Asked for only when something is written down: finding out who is logged in costs a query.
_actor: ContextVar[Callable[[], Actor] | None] = ContextVar("bandstand_actor", default=None)


def current_actor() -> Actor:
    """Return who acts now, NOBODY where nobody was named."""
    find_out = _actor.get()
    return find_out() if find_out else NOBODY


@contextmanager
def acting(find_out: Callable[[], Actor]) -> Iterator[None]:
    """Name who acts within the block; `find_out` is called when somebody asks."""
    token = _actor.set(find_out)
    try:
        yield
    finally:
        _actor.reset(token)
