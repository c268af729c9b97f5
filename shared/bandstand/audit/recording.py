"""Writing a line into the security log of the schema that is entered."""

from __future__ import annotations

from django_tenants.utils import get_public_schema_name

from bandstand.audit.acting import NOBODY, Actor, current_actor
from bandstand.audit.models import Act, Entry, Origin
from bandstand.database.connection import connection

_ACTOR_LENGTH = 254
_TEXT_LENGTH = 300


def record(act: Act, *, target: str = "", detail: str = "", by: Actor | None = None) -> Entry:
    """Return the new line, written in the caller's transaction: what is rolled back was never done.

    `by` is who acts where the request doesn't say so yet. In a portal's log the platform's people have no name: which
    of them it was stands in the platform's own log.
    """
    actor = by or current_actor()
    is_here = not actor.is_staff or connection.schema_name == get_public_schema_name()
    return Entry.objects.create(
        act=act,
        origin=_origin(actor),
        actor=actor.email[:_ACTOR_LENGTH] if is_here else "",
        target=target[:_TEXT_LENGTH],
        detail=detail[:_TEXT_LENGTH],
        ip_address=actor.ip_address if is_here else None,
    )


def _origin(actor: Actor) -> Origin:
    if actor == NOBODY:
        return Origin.SYSTEM
    return Origin.STAFF if actor.is_staff else Origin.PERSON
