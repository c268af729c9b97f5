"""How long `migrate` takes with nothing to do and with one new column, beside django-tenants' `migrate_schemas`.

`BANDSTAND_BENCH_TENANTS` says how many tenants there are in the end (1000); the peer migrates the first few of them,
and its figure is scaled up, which the table says.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bandstand.settings.environment import ROOT

TENANTS = int(os.environ.get("BANDSTAND_BENCH_TENANTS", "1000"))
PEERS = 20
ROUNDS = 3
MIGRATE = ["manage.py", "migrate", "--verbosity", "0"]
COLUMN = {"DJANGO_SETTINGS_MODULE": "tests.bench._column_settings"}


def run() -> Iterator[dict[str, object]]:
    """Measure the peer on a few tenants, then the same with all."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.models import Organization  # noqa: PLC0415
    from bandstand.organizations.provisioning import organization_create  # noqa: PLC0415

    owner, _created = User.objects.get_or_create(email="bench-migrations@example.org")

    def fill(count: int) -> None:
        for number in range(Organization.objects.count(), count):
            organization_create(name="Bench", slug=f"bench-migrations-{number}", owner=owner)

    fill(1)
    alone = min(seconds(MIGRATE, {}) for _round in range(ROUNDS))
    before = time.perf_counter()
    fill(TENANTS)
    built = time.perf_counter() - before
    yield {"what": f"building {TENANTS} portals one after the other", "here": f"{built:.0f} s"}

    idle = min(seconds(MIGRATE, {}) for _round in range(ROUNDS))
    everybody = Organization.objects.count()
    few = list(Organization.objects.order_by("pk").values_list("schema_name", flat=True)[:PEERS])
    peer_idle = of_peer(few, {}) * everybody / PEERS
    yield {
        "what": f"migrate with nothing to do, {everybody} tenants (peer: migrate_schemas, {PEERS} scaled)",
        "here": f"{idle:.2f} s, {idle - alone:+.2f} s to one tenant",
        "peer": f"{peer_idle:.0f} s",
        "ratio": f"{peer_idle / idle:.0f}x faster; {peer_idle / max(idle - alone, 0.001):.0f}x beyond start-up",
        "goal": "+0.5 s, 200x",
    }

    base = seconds([*MIGRATE, "--tenant", few[-1]], COLUMN)
    yield {
        "what": f"migrate with one new column: public, the template and one tenant, beside {everybody}",
        "here": f"{base:.2f} s",
    }
    column = seconds(MIGRATE, COLUMN)
    for schema in few:
        without_column(schema)
    peer_column = of_peer(few, COLUMN) * everybody / PEERS
    yield {
        "what": f"the other {everybody - 1} tenants (peer: migrate_schemas, {PEERS} scaled)",
        "here": f"{column:.2f} s",
        "peer": f"{peer_column:.0f} s",
        "ratio": f"{peer_column / column:.0f}x faster",
        "goal": "100x",
    }


def of_peer(schemas: list[str], extra: dict[str, str]) -> float:
    """Return how many seconds the peer takes for these schemas, without its start."""
    command = [sys.executable, "-m", "tests.bench._peer", *schemas]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra}, check=True, capture_output=True, text=True)
    return float(done.stdout)


def without_column(schema: str) -> None:
    """Put a schema back to where it was before the new column."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {schema}.polls_question DROP COLUMN bench")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE name = 'm9999_one_column'")


def seconds(arguments: list[str], extra: dict[str, str]) -> float:
    """Return how long a process of ours takes; it has to succeed."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**os.environ, **extra}, check=True)
    return time.perf_counter() - began
