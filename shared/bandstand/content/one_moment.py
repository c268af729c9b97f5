"""What counts as now. A page is made at one moment: a row that appears meanwhile is on all of it, or on none.

Outside such a page, in jobs say, it is simply the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def this_moment() -> datetime:
    """Return the moment of the page that is being made, or else the time."""
    return _moment.get() or timezone.now()


@contextmanager
def at_one_moment() -> Iterator[datetime]:
    """Let the time stand still inside this context."""
    now = timezone.now()
    token = _moment.set(now)
    try:
        yield now
    finally:
        _moment.reset(token)
