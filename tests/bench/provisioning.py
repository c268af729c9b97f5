"""How long a sign-up's transaction takes, beside django-tenants' own way: running every migration for each tenant."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django_tenants.migration_executors.base import run_migrations
from django_tenants.utils import schema_context

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
SIGN_UPS = 20
PEERS = 3


def run() -> Iterator[dict[str, object]]:
    """Measure both in turn; the peer is slow, so it gets fewer rounds."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.provisioning import organization_create  # noqa: PLC0415

    owner, _created = User.objects.get_or_create(email="bench@example.org")
    numbers = iter(range(10_000))

    def replayed() -> None:
        organization_create(name="Bench", slug=f"bench-{next(numbers)}", owner=owner)

    def migrated() -> None:
        schema = f"bench_peer_{next(numbers)}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}")
        with schema_context("public"):
            run_migrations([], dict(OPTIONS), "bench", schema)

    replayed()
    ours = [seconds(replayed) for _round in range(SIGN_UPS)]
    peers = [seconds(migrated) for _round in range(PEERS)]
    here, peer = statistics.median(ours), statistics.median(peers)
    yield {
        "what": f"build a portal, median of {SIGN_UPS} (peer: by migrations, of {PEERS})",
        "here": f"{here * 1000:.0f} ms",
        "peer": f"{peer * 1000:.0f} ms",
        "ratio": f"{peer / here:.1f}x faster",
        "goal": "< 150 ms, 5x",
    }


def seconds(function: Callable[[], None]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began
