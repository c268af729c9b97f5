"""Thousands of portals in minutes, for whatever wants to be measured beside many: `ensure(5000)`.

The first is signed up and filled as people do it; the others replay a dump of it, with rows in `public` of their own,
in a transaction each. So whoever interrupts it has whole portals only, and the next call makes the rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection
from django_tenants.utils import tenant_context

if TYPE_CHECKING:
    from bandstand.organizations.models import Organization

SLUG = "portal-{number:05d}"
BANDS, GIGS = 12, 6
TINY = {"BANDS": 2, "GIGS": 1}
PEER_PREFIX = "bench_peer_"  # of schemas that peers build
CONNECTIONS = 3  # the servers' two cores are busy then
PER_CONNECTION = 50  # a backend remembers every relation that it made; this bounds what it grows to
SIZES = (5000,)
LARGEST = int(os.environ.get("BANDSTAND_BENCH_TENANTS", "5000"))

# Each column of the first portal's row but those named.
_ORGANIZATION = """
    INSERT INTO public.organizations_organization (schema_name, slug, {columns})
    SELECT %(schema)s, %(slug)s, {columns} FROM public.organizations_organization WHERE slug = %(first)s
"""
_DOMAIN = """
    INSERT INTO public.organizations_domain (tenant_id, domain, is_primary, created_at)
    SELECT id, %(host)s, true, now() FROM public.organizations_organization WHERE slug = %(slug)s
"""
_OWNERS = """
    INSERT INTO public.organizations_organization_owners (organization_id, user_id)
    SELECT made.id, link.user_id
    FROM public.organizations_organization made, public.organizations_organization first
    JOIN public.organizations_organization_owners link ON link.organization_id = first.id
    WHERE made.slug = %(slug)s AND first.slug = %(first)s
"""


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Say how long making portals took in this run, all sizes together; see __main__.py, which has made them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), pg_database_size(current_database()) FROM pg_class")
        relations, size = cursor.fetchone()
    yield {
        "what": f"{tenants:,} portals with {BANDS} bands each: making {_made[0]:,} of them",
        "here": f"{_made[1]:.0f} s ({relations:,} relations, {size / 2**30:.1f} GiB)",
        "goal": "< 600 s",
    }


# What each organization has of its own; the database gives the first and the last.
OWN_COLUMNS = {"id", "schema_name", "slug", "uid"}


def ensure(count: int) -> float:
    """See that there are portals with the numbers 0 to `count` - 1; return how many seconds that took."""
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    began = time.perf_counter()
    there = set(Organization.objects.values_list("slug", flat=True))
    missing = [number for number in range(count) if slug(number) not in there]
    if missing[:1] == [0]:
        _sign_up_first(0)
    others = [number for number in missing if number]
    if others:
        _replay(others)
        _settle()
    taken = time.perf_counter() - began
    if missing:
        _made[:] = [_made[0] + len(missing), _made[1] + taken]
    return taken


_made: list[Any] = [0, 0.0]


def remove_others() -> None:
    """Remove what other modules of an earlier run have left."""
    from bandstand.organizations.models import Organization  # noqa: PLC0415
    from bandstand.tenancy.provisioning import organization_drop_schema  # noqa: PLC0415

    for organization in Organization.objects.exclude(slug__startswith=SLUG.partition("{")[0]):
        organization_drop_schema(organization)
        organization.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [PEER_PREFIX])
        for (schema,) in cursor.fetchall():
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")


def slug(number: int) -> str:
    """Return the slug of portal `number`."""
    return SLUG.format(number=number)


def host(number: int) -> str:
    """Return the host of portal `number`."""
    from bandstand.organizations.addresses import portal_host  # noqa: PLC0415

    return portal_host(slug(number))


def signed_up(name: str, slug: str) -> Organization:
    """Sign a portal up, as people do it, and return it."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.tenancy.provisioning import organization_create  # noqa: PLC0415

    owner, _created = User.objects.get_or_create(email="portals@example.org")
    return organization_create(name=name, slug=slug, owner=owner)


def _sign_up_first(number: int) -> None:
    from tests.factories.bands import BandFactory, MemberFactory  # noqa: PLC0415
    from tests.factories.gigs import GigFactory  # noqa: PLC0415

    with tenant_context(signed_up("Many", slug(number))):
        bands = [BandFactory(genres=["Doom", f"Genre {number % 4}"]) for number in range(BANDS)]
        for band in bands:
            MemberFactory(band=band, instruments=["Tuba"])
        for band in bands[:GIGS]:
            GigFactory(bands=[band])


def _replay(numbers: list[int]) -> None:
    from bandstand.organizations.models import Organization, new_schema_name  # noqa: PLC0415
    from bandstand.tenancy.template import schema_sql  # noqa: PLC0415

    first = Organization.objects.get(slug=slug(0))
    text = schema_sql(first.schema_name)
    fields = Organization._meta.concrete_fields
    columns = [field.column for field in fields if field.column not in OWN_COLUMNS]
    rows = (_ORGANIZATION.format(columns=", ".join(columns)), _DOMAIN, _OWNERS)
    parameters = {**connection.get_connection_params(), "autocommit": True}

    def work(numbers: list[int]) -> None:
        with psycopg.connect(**parameters) as server:
            for number in numbers:
                schema = new_schema_name()
                values = {"schema": schema, "slug": slug(number), "host": host(number), "first": first.slug}
                with server.transaction():
                    for row in rows:
                        server.execute(row, values)
                    server.execute(text.replace(first.schema_name, schema))

    batches = [numbers[start : start + PER_CONNECTION] for start in range(0, len(numbers), PER_CONNECTION)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, batches))


def _settle() -> None:
    """Do what autovacuum would have done by the time that so many people had signed up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace "
            "AND relkind = 'r' AND NOT relisshared"
        )
        tables = ", ".join(name for (name,) in cursor.fetchall())
        cursor.execute(f"VACUUM (ANALYZE) {tables}")
        cursor.execute("ANALYZE public.organizations_organization, public.organizations_domain")
