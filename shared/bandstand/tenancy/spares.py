"""Spare schemas, built in advance so that a sign-up only has to take one, under its existing name.

A row in `public` marks a schema as a spare and records its template. Taking a spare means deleting that row in the
sign-up's own transaction, so a rollback or crash returns the spare. Only spares of the newest template are taken.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from bandstand.database.connection import connection
from bandstand.organizations.models import SpareSchema, new_schema_name
from bandstand.tenancy.template import template_hold, template_replay

# A row without its schema must not be taken: the portal would use the tables of `public`.
_TAKE = """
    DELETE FROM public.organizations_spareschema WHERE id = (
        SELECT spare.id FROM public.organizations_spareschema spare
        JOIN pg_namespace n ON n.nspname = spare.schema_name
        WHERE spare.digest = %s ORDER BY spare.id LIMIT 1 FOR UPDATE OF spare SKIP LOCKED
    ) RETURNING schema_name
"""


def spare_take(digest: str) -> str | None:
    """Take a spare built from the template `digest` and return its schema, or None if none is available.

    The spare is taken in the caller's transaction; without a commit, it stays a spare.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [digest])
        row = cursor.fetchone()
    return row[0] if row else None


def spares_keep(wanted: int, *, between: Callable[[], None]) -> int:
    """Build spares until there are `wanted` of the newest template, drop all others, and return how many were built.

    Each is built in a transaction of its own. `between` is called before each; it may raise to stop.
    """
    built = 0
    while True:
        between()
        with transaction.atomic():
            digest = template_hold()
            if SpareSchema.objects.filter(digest=digest).count() >= wanted:
                break
            spare = SpareSchema.objects.create(schema_name=new_schema_name(), digest=digest)
            template_replay(spare.schema_name, digest)
        built += 1
    spares_drop(SpareSchema.objects.exclude(digest=digest))
    surplus = SpareSchema.objects.filter(digest=digest).order_by("pk").values("pk")[wanted:]
    spares_drop(SpareSchema.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))))
    return built


def spares_drop(spares: QuerySet[SpareSchema]) -> int:
    """Drop these spares, except those being taken by a sign-up; return how many. One transaction each."""
    dropped = 0
    for number in list(spares.values_list("pk", flat=True)):
        with transaction.atomic(), connection.cursor() as cursor:
            spare = SpareSchema.objects.select_for_update(skip_locked=True).filter(pk=number).first()
            if spare is not None:
                cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(spare.schema_name)} CASCADE")
                spare.delete()
                dropped += 1
    return dropped
