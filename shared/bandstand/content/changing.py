"""On whose behalf content is being changed, for the record of changes.

Web says it for each request, the worker for each job; commands and old code don't. It reaches the database's triggers
as a setting of the transaction, in front of each statement that writes a recorded table (`database.changers`),
so that neither a pooled connection nor a read carries it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

NAME_LENGTH = 254
SETTING = "bandstand.changer"


def _new_act() -> int:
    return secrets.randbits(62)


@dataclass(frozen=True, kw_only=True)
class Changer:
    """Who or what makes a change: one of `Change.By`, the account's id and its name at the time, if there is one.

    `act` is shared by all changes of one request or job, which are shown as one.
    """

    by: str = ""
    user_id: int | None = None
    name: str = ""
    act: int = field(default_factory=_new_act)

    def as_text(self) -> str:
        """Return what the trigger reads."""
        known = {"by": self.by, "id": self.user_id, "name": self.name[:NAME_LENGTH], "act": self.act}
        return json.dumps({key: value for key, value in known.items() if value})


# Evaluated at the first change, as finding out who is logged in costs a query.
_changer: ContextVar[Callable[[], Changer] | None] = ContextVar("bandstand_changer", default=None)


def changer_text() -> str:
    """Return the current changer for the trigger; empty outside `changing_as`."""
    find_out = _changer.get()
    return find_out().as_text() if find_out else ""


@contextmanager
def changing_as(find_out: Callable[[], Changer]) -> Iterator[None]:
    """Attribute the block's changes; `find_out` is called once, when the first one is made."""
    known: list[Changer] = []

    def remembered() -> Changer:
        if not known:
            known.append(find_out())
        return known[0]

    token = _changer.set(remembered)
    try:
        yield
    finally:
        _changer.reset(token)
