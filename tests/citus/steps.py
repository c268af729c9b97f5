"""What tests/citus does on a cluster, a process each: `python -m tests.citus.steps NAME [ARGUMENT …]` prints JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 - models want apps that are loaded
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, models, transaction  # noqa: E402
from django_tenants.utils import tenant_context  # noqa: E402

from bandstand.accounts.models import User  # noqa: E402
from bandstand.audit.models import Act  # noqa: E402
from bandstand.audit.models import Entry as Line  # noqa: E402
from bandstand.audit.recording import record  # noqa: E402
from bandstand.backups.making import backup_tenant  # noqa: E402
from bandstand.backups.restoring import restore_tenant, verify_backup  # noqa: E402
from bandstand.bands.models import Band, Genre  # noqa: E402
from bandstand.content.searching import best_matches, having_words  # noqa: E402
from bandstand.database.outages import outage_of  # noqa: E402
from bandstand.gigs.models import Gig  # noqa: E402
from bandstand.organizations.models import Organization  # noqa: E402
from bandstand.tenancy.drift import find_drift  # noqa: E402
from bandstand.tenancy.nodes import placements, schemas_out_of_reach, silent_nodes  # noqa: E402
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema  # noqa: E402
from bandstand.tenancy.spreading import schema_distribute, undistributed  # noqa: E402
from bandstand.tenancy.states import survey  # noqa: E402
from tests.factories.bands import BandFactory, GenreFactory, MemberFactory  # noqa: E402
from tests.factories.gigs import GigFactory  # noqa: E402

NOBODY = "127.0.0.1:1"


def migrate() -> int:
    """Migrate everything; return how many schemas differ from the template then."""
    call_command("migrate", verbosity=0)
    return len(find_drift())


def sign_up(*slugs: str) -> list[str]:
    """Open portals, and return their schemas."""
    owner, _new = User.objects.get_or_create(email="owner@example.org", defaults={"password": make_password(None)})
    made = [organization_create(name=slug.title(), slug=slug, owner=owner, language="en") for slug in slugs]
    return [organization.schema_name for organization in made]


def spread() -> list[bool]:
    """Spread every schema that isn't yet, each twice, and return what was done."""
    return [schema_distribute(organization) for organization in undistributed() for _time in range(2)]


def write(slug: str) -> dict[str, Any]:
    """Write what triggers watch, and return what they made of it."""
    with tenant_context(Organization.objects.get(slug=slug)):
        band = BandFactory(name="The Nodes", town="Husum", is_published=True)
        band.genres.add(GenreFactory(name="Polka"))
        member = MemberFactory(band=band, name="Erna")
        found = {word: best_matches(Band.objects.all(), word).count() for word in ("nodes", "polka", "erna", "husum")}
        GigFactory(title="Dyke Night", bands=[band])
        found["a gig's band"] = having_words(Gig.objects.all(), "odes").count()
        member.delete()
        found["erna, gone"] = best_matches(Band.objects.all(), "erna").count()
        record(Act.EXPORTED, detail="a line")
        return found | {"log refuses": _refuses_changes(Line.objects.order_by("-pk")[:1].get())}


def _refuses_changes(line: Line) -> bool:
    try:
        with transaction.atomic():
            Line.objects.filter(pk=line.pk).update(detail="another")
    except DatabaseError:
        return Line.objects.get(pk=line.pk).detail == "a line"
    return False


def lose_polls() -> int:
    """Take polls from every portal, as if their migration were to come; return how many portals there are."""
    organizations = list(Organization.objects.all())
    with connection.cursor() as cursor:
        for organization in organizations:
            for table in ("vote", "choice", "question"):
                cursor.execute(f"DROP TABLE {organization.schema_name}.polls_{table}")
            cursor.execute(f"DELETE FROM {organization.schema_name}.django_migrations WHERE app = 'polls'")
    return len(organizations)


def add_columns(slug: str) -> list[str]:
    """Add columns to a table of the portal as migrations do, and remove them; return what rules they brought."""
    seats = models.PositiveSmallIntegerField(null=True)
    best = models.ForeignKey(Band, models.SET_NULL, null=True, related_name="+")
    with tenant_context(Organization.objects.get(slug=slug)):
        for name, field in (("seats", seats), ("best_band", best)):
            field.contribute_to_class(Genre, name, private_only=True)
            with connection.schema_editor() as editor:
                editor.add_field(Genre, field)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contype::text FROM pg_constraint WHERE conrelid = 'bands_genre'::regclass AND conkey && "
                "(SELECT array_agg(attnum) FROM pg_attribute WHERE attrelid = conrelid AND attname IN "
                "('seats', 'best_band_id')) ORDER BY 1"
            )
            found = [kind for (kind,) in cursor.fetchall()]
        with connection.schema_editor() as editor:
            for field in (seats, best):
                editor.remove_field(Genre, field)
    return found


def lose_node(slug: str) -> dict[str, Any]:
    """Have the cluster look for the portal's node where nobody listens; return which portals that concerns."""
    node = placements()[Organization.objects.get(slug=slug).schema_name]
    _update_node(node, NOBODY)
    lost = schemas_out_of_reach()
    slugs = Organization.objects.filter(schema_name__in=lost).order_by("slug").values_list("slug", flat=True)
    return {"node": node, "silent": sorted({*lost.values()}), "lost": list(slugs), "asked": survey().total}


def find_node(node: str) -> list[str]:
    """Bring a lost node back; return the nodes that don't answer then."""
    _update_node(NOBODY, node)
    with connection.cursor() as cursor:
        cursor.execute("SELECT start_metadata_sync_to_all_nodes()")
    return silent_nodes()


def _update_node(former: str, new: str) -> None:
    (host, port), (new_host, new_port) = former.split(":"), new.split(":")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT citus_update_node(nodeid, %s, %s, true, 1000) FROM pg_dist_node "
            "WHERE nodename = %s AND nodeport = %s",
            [new_host, int(new_port), host, int(port)],
        )


def read(slug: str) -> str:
    """Read a portal's rows; return `there`, or what outage prevented it."""
    with tenant_context(Organization.objects.get(slug=slug)):
        try:
            Band.objects.count()
        except DatabaseError as problem:
            outage = outage_of(problem)
            return outage.name if outage else str(problem)
    return "there"


def back_up(slug: str, copy: str) -> dict[str, Any]:
    """Save a portal, prove the backup, and restore it to another address; return what is there."""
    archive = backup_tenant(Organization.objects.get(slug=slug))
    verified = verify_backup(archive)
    restored = restore_tenant(archive, slug=copy)
    with tenant_context(restored.organization):
        bands = list(Band.objects.values_list("name", flat=True))
    return {"same": verified.rows == restored.rows, "bands": bands}


def end(slug: str) -> bool:
    """Delete a portal; return whether anything is left of its schema."""
    organization = Organization.objects.get(slug=slug)
    with transaction.atomic():
        organization_drop_schema(organization)
        organization.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [organization.schema_name])
        return bool(cursor.fetchone()[0])


STEPS: dict[str, Callable[..., Any]] = {
    step.__name__: step
    for step in (
        *(migrate, sign_up, spread, write, lose_polls, add_columns, back_up, end),
        *(lose_node, find_node, read),
    )
}

if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(STEPS[sys.argv[1]](*sys.argv[2:]))}\n")
