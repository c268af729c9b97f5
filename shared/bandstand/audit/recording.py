"""Writes entries to the security log of the current schema."""

from __future__ import annotations

from django_tenants.utils import get_public_schema_name

from bandstand.audit.acting import NOBODY, Actor, current_actor
from bandstand.audit.models import Act, Entry, Origin
from bandstand.database.connection import connection

_ACTOR_LENGTH = 254
_TEXT_LENGTH = 300


def record(act: Act, *, target: str = "", detail: str = "", by: Actor | None = None) -> Entry:
    """Return the new entry, written in the caller's transaction, so that a rollback removes it too.

    `by` is the actor where the request doesn't know it yet, as at log-in. A portal's log doesn't name platform staff,
    unless an owner let them in; the platform's own log does.
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
    if actor.is_operator:
        return Origin.OPERATOR
    return Origin.STAFF if actor.is_staff or actor.is_support else Origin.PERSON
