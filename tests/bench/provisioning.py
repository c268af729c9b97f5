"""How long a sign-up's transaction takes, with and without a spare schema, beside both ways of django-tenants.

The peers build the schema alone, without the rows that a sign-up writes besides: running every migration, and
`clone_schema` of a migrated one. They are slow, so they get few rounds, and at one number of portals only.
"""

from __future__ import annotations

import functools
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db import connection
from django_tenants.clone import CloneSchema
from django_tenants.migration_executors.base import run_migrations
from django_tenants.utils import schema_context

from tests.bench._serving import served
from tests.bench._visitors import Visitors, percentile
from tests.bench.portals import LARGEST, PEER_PREFIX

if TYPE_CHECKING:
    from bandstand.accounts.models import User

# What Django's migrate command takes when it is called without a command line.
OPTIONS = {
    "database": "default",
    "app_label": None,
    "migration_name": None,
    "verbosity": 0,
    "stdout": None,
    "stderr": None,
    **dict.fromkeys(("interactive", "fake", "fake_initial", "plan", "check_unapplied", "run_syncdb", "prune"), False),
    **dict.fromkeys(("force_color", "no_color", "traceback"), False),
    "skip_checks": True,
}
SIZES = (10, 1000, 5000)
WITH_PEERS = 1000
SIGN_UPS = 20
PEERS = 3
SECONDS = 8.0
TINY = {"SIGN_UPS": 2, "PEERS": 1, "SECONDS": 1.0}

_numbers = itertools.count()
_first: dict[str, float] = {}  # what the smallest size took


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Measure sign-ups beside so many portals."""
    replayed = statistics.median(seconds(sign_up) for _round in range(SIGN_UPS))
    spares(SIGN_UPS)
    spared = statistics.median(seconds(sign_up) for _round in range(SIGN_UPS))
    for way, taken in (("by replay", replayed), ("by a spare schema", spared)):
        first = _first.setdefault(way, taken)
        yield {
            "what": f"sign-up {way}, median of {SIGN_UPS}, beside {tenants:,} portals (peer: beside the fewest)",
            "here": f"{taken * 1000:.0f} ms",
            "peer": f"{first * 1000:.0f} ms",
            "ratio": f"{taken / first:.2f}",
            "goal": "<= 1.3",
        }
    if tenants == min(WITH_PEERS, LARGEST):
        yield from _beside_peers(tenants, replayed, spared)
        yield from _while_pages_are_served(tenants)


def _beside_peers(tenants: int, replayed: float, spared: float) -> Iterator[dict[str, object]]:
    for peer, build in (("every migration", migrated), ("clone_schema", cloned)):
        taken = statistics.median(seconds(build) for _round in range(PEERS))
        for way, ours in (("by replay", replayed), ("by a spare schema", spared)):
            yield {
                "what": f"sign-up {way} beside {tenants:,} portals (peer: django-tenants, {peer}, median of {PEERS})",
                "here": f"{ours * 1000:.0f} ms",
                "peer": f"{taken * 1000:,.0f} ms",
                "ratio": f"{taken / ours:.1f}x faster",
                "goal": "12x",
            }


def _while_pages_are_served(tenants: int) -> Iterator[dict[str, object]]:
    with served("bandstand_web.settings", {}) as port, Visitors(port, min(tenants, 100)) as visitors:
        time.sleep(SECONDS)
        visitors.take()
        time.sleep(SECONDS)
        before = visitors.take()
        made, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            sign_up()
            made += 1
        during = visitors.take()
    yield {
        "what": "sign-ups a second, one after the other, by replay, while pages are served",
        "here": f"{made / SECONDS:.1f}",
    }
    yield {
        "what": "a page's p50 / p99 meanwhile (peer: before)",
        "here": f"{percentile(during, 50):.0f} / {percentile(during, 99):.0f} ms",
        "peer": f"{percentile(before, 50):.0f} / {percentile(before, 99):.0f} ms",
        "ratio": f"{percentile(during, 99) / percentile(before, 99):.2f}",
    }


def sign_up() -> None:
    """Sign up once."""
    from bandstand.tenancy.provisioning import organization_create  # noqa: PLC0415

    organization_create(name="Bench", slug=f"bench-{next(_numbers)}", owner=owner())


@functools.cache
def owner() -> User:
    """Return who signs up."""
    from bandstand.accounts.models import User  # noqa: PLC0415

    return User.objects.get_or_create(email="bench@example.org")[0]


def spares(count: int) -> None:
    """See that so many spare schemas are there."""
    from bandstand.tenancy.spares import spares_keep  # noqa: PLC0415

    spares_keep(count, between=lambda: None)


def migrated() -> None:
    """Build a schema as django-tenants does by default."""
    schema = f"{PEER_PREFIX}{next(_numbers)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    with schema_context("public"):
        run_migrations([], dict(OPTIONS), "bench", schema)


def cloned() -> None:
    """Build a schema as django-tenants does with `TENANT_CREATION_FAKES_MIGRATIONS` and a base schema."""
    from bandstand.tenancy.template import TEMPLATE_SCHEMA  # noqa: PLC0415

    CloneSchema().clone_schema(TEMPLATE_SCHEMA, f"{PEER_PREFIX}{next(_numbers)}")


def seconds(function: Callable[[], None]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began
