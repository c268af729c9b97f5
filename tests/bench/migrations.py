"""How long `migrate` takes with nothing to do and with one new column, beside django-tenants' `migrate_schemas`.

The peer migrates the first few portals only, and its figure is scaled up, which the table says. A release is measured
whole, from the start of the command to its end, and so is the new column. What it does to pages that are
served meanwhile is measured too; the code that serves is that of before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bandstand.settings.workspace import ROOT
from tests.bench._serving import served
from tests.bench._visitors import Visitors, percentile
from tests.bench.portals import LARGEST, PEER_PREFIX

SIZES = (1, 1000, 5000)
PAGES_AT = 1000
PEERS = 10
ROUNDS = 3
SECONDS = 15.0
TINY = {"PEERS": 1, "ROUNDS": 1, "SECONDS": 1.0}
MIGRATE = ["manage.py", "migrate", "--verbosity", "0"]
COLUMN = {"DJANGO_SETTINGS_MODULE": "tests.bench._column_settings"}

_BACK = """
    ALTER TABLE {schema}.polls_question DROP COLUMN IF EXISTS bench;
    DELETE FROM {schema}.django_migrations WHERE name = 'm9999_one_column';
"""

_alone: list[float] = []  # what nothing to do takes with the fewest


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Measure beside so many portals, and leave them as they were."""
    idle = min(seconds(MIGRATE, {}) for _round in range(ROUNDS))
    _alone.append(idle)
    if tenants == 1:
        return
    few = some_schemas(PEERS)
    peer = of_peer(few, {}) * tenants / len(few)
    yield {
        "what": f"migrate with nothing to do, {tenants:,} portals (peer: migrate_schemas, {len(few)} scaled)",
        "here": f"{idle:.2f} s, {idle - _alone[0]:+.2f} s to one portal",
        "peer": f"{peer:,.0f} s",
        "ratio": f"{peer / idle:.0f}x faster",
        "goal": "+0.5 s, 200x",
    }
    if tenants == min(PAGES_AT, LARGEST):
        column = yield from _while_pages_are_served(tenants)
    else:
        column = seconds(MIGRATE, COLUMN)
    for schema in few:
        without_column(schema)
    peer = of_peer(few, COLUMN) * tenants / len(few)
    yield {
        "what": f"a whole release with one new column, {tenants:,} portals (peer: migrate_schemas, scaled)",
        "here": f"{column:.1f} s",
        "peer": f"{peer:,.0f} s",
        "ratio": f"{peer / column:.0f}x faster",
        "goal": "100x",
    }
    take_back()


def _while_pages_are_served(tenants: int) -> Iterator[dict[str, object]]:
    """Migrate while people look at pages; say how long they wait, and return how long it took without them."""
    with served("bandstand_web.settings", {}) as port, Visitors(port, tenants) as visitors:
        time.sleep(SECONDS)
        visitors.take()
        time.sleep(SECONDS)
        before = visitors.take()
        during = []
        for _round in range(ROUNDS):  # a single release is too short for a 99th percentile
            visitors.take()
            seconds(MIGRATE, COLUMN)
            during += visitors.take()
            take_back()
    yield {
        "what": f"a page's p50 / p99 while {tenants:,} portals get a column, {ROUNDS} times (peer: before)",
        "here": f"{percentile(during, 50):.0f} / {percentile(during, 99):.0f} ms, {len(during)} pages",
        "peer": f"{percentile(before, 50):.0f} / {percentile(before, 99):.0f} ms, {len(before)} pages",
        "ratio": f"{percentile(during, 99) / percentile(before, 99):.2f}",
        "goal": "<= 2",
    }
    return seconds(MIGRATE, COLUMN)


def some_schemas(count: int) -> list[str]:
    """Return the schemas of the first portals."""
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    return list(Organization.objects.order_by("pk").values_list("schema_name", flat=True)[:count])


def of_peer(schemas: list[str], extra: dict[str, str]) -> float:
    """Return how many seconds the peer takes for these schemas, without its start."""
    command = [sys.executable, "-m", "tests.bench._peer", *schemas]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra}, check=True, capture_output=True, text=True)
    return float(done.stdout)


def take_back() -> None:
    """Put everything back to where it was before the new column."""
    from django.db import connection  # noqa: PLC0415

    from bandstand.organizations.behind import migrations_digest  # noqa: PLC0415
    from bandstand.organizations.models import SchemaTemplate  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace JOIN pg_class c ON relnamespace = pg_namespace.oid "
            "WHERE relname = 'polls_question' AND NOT starts_with(nspname, %s)",
            [PEER_PREFIX],
        )
        schemas = [schema for (schema,) in cursor.fetchall()]
        cursor.execute("DELETE FROM public.django_migrations WHERE name = 'm9999_one_column'")
        for start in range(0, len(schemas), 100):
            cursor.execute("".join(_BACK.format(schema=schema) for schema in schemas[start : start + 100]))
    SchemaTemplate.objects.exclude(digest=migrations_digest()).delete()


def without_column(schema: str) -> None:
    """Put a schema back to where it was before the new column."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(_BACK.format(schema=schema))


def seconds(arguments: list[str], extra: dict[str, str]) -> float:
    """Return how long a process of ours takes; it has to succeed."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**os.environ, **extra}, check=True)
    return time.perf_counter() - began
