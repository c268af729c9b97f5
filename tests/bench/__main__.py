"""Run the benchmarks on servers of their own and print one table: `python -m tests.bench [NAME …]`.

A module has `run()`, or `run_at(tenants)` and `SIZES`, the numbers of portals beside which it wants to be measured:
they are made before, the smallest number first, and stay for what follows. `BANDSTAND_BENCH_TENANTS` bounds the sizes
(5000). With `BANDSTAND_BENCH_KEEP=1` the portals stay for the next run, as long as the migrations are the same; they
take 3 MB each.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psycopg
from django.db import connections
from psycopg import sql

import tests.bench
from bandstand.devstack.postgres import database_create
from bandstand.devstack.stack import Stack
from bandstand.settings.workspace import ROOT

DATABASE = "bandstand_bench"
KEEP = os.environ.get("BANDSTAND_BENCH_KEEP") == "1"
# Few checkpoints: nothing here has to survive a crash. Portals are built some 10 % faster with PostgreSQL's own 128 MB
# of shared buffers than with 1 GB; what it doesn't hold comes from the kernel's memory. The minute is PostgreSQL's own,
# too: whenever autovacuum wakes, it asks for every relation.
POSTGRES = {"max_wal_size": "4GB", "checkpoint_timeout": "15min", "autovacuum_naptime": "1min"}


def main(wanted: list[str]) -> int:
    """Run the modules named, or all that measure something, and print what they return."""
    began = time.perf_counter()
    found = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    with Stack("bench", source={}, durable=False, postgres=POSTGRES) as stack:
        prepare(stack)
        rows = []
        for row in run(wanted or [name for name in found if not name.startswith("_")]):
            sys.stderr.write(f"{json.dumps(row)}\n")  # whoever interrupts it keeps what was measured
            rows.append(row)
        if not KEEP:
            connections.close_all()
            _drop(stack)
    rows.append(
        {"bench": "all", "what": "this run, its preparation included", "here": f"{time.perf_counter() - began:.0f} s"}
    )
    results = ROOT / ".local" / "bench.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(rows, indent=2))
    show(rows)
    sys.stdout.write(f"\nthe same as JSON: {results.relative_to(ROOT)}\n")
    return 0


def run(names: list[str]) -> Iterator[dict[str, object]]:
    """Give the rows of these modules; those that want many portals come last."""
    from tests.bench import portals  # noqa: PLC0415

    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    for name, module in modules.items():
        if hasattr(module, "run"):
            sys.stderr.write(f"{name} …\n")
            yield from ({"bench": name, **row} for row in module.run())
    for size in sorted({size for module in modules.values() for size in sizes(module, portals.LARGEST)}):
        sys.stderr.write(f"{size} portals …\n")
        portals.ensure(size)
        for name, module in modules.items():
            if size in sizes(module, portals.LARGEST):
                sys.stderr.write(f"{name} beside {size} portals …\n")
                yield from ({"bench": name, **row} for row in module.run_at(size))


def sizes(module: ModuleType, largest: int) -> set[int]:
    """Return the numbers of portals beside which a module is measured."""
    return {min(size, largest) for size in getattr(module, "SIZES", ())}


def prepare(stack: Stack) -> None:
    """Make an empty, migrated database, unless that of the last run is to be used again, and load Django on it."""
    from tests.servers import migrations_digest  # noqa: PLC0415

    assert stack.postgres is not None
    digest = migrations_digest(ROOT)
    kept = KEEP and stack.postgres.remembered(DATABASE) == digest
    os.environ.update(
        BANDSTAND_PROFILE="test",
        DJANGO_SETTINGS_MODULE="bandstand_web.settings",
        DATABASE_URL=stack.owner_url(DATABASE),
        REDIS_URL=stack.redis_url(),
        BANDSTAND_PG_DUMP=stack.pg_dump,
        BANDSTAND_LOG_LEVEL="WARNING",
        EMAIL_URL="memorymail://",
        BANDSTAND_PORTALS_PER_OWNER="0",  # thousands are one account's
        BANDSTAND_MEDIA=str(Path(ROOT) / ".local" / "bench-media"),
    )
    if not kept:
        _drop(stack)
        database_create(stack.admin_url, DATABASE)
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from tests.bench import portals  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    portals.remove_others()
    stack.postgres.remember(DATABASE, digest)


def _drop(stack: Stack) -> None:
    with psycopg.connect(stack.admin_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


def show(rows: list[dict[str, object]]) -> None:
    """Print the rows as a table: what was measured, the figure, the peer's figure, the ratio."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for heading in ("bench", "what", "here", "peer", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading in {"bench", "what"} else "right")
    for row in rows:
        table.add_row(*(str(row.get(heading, "")) for heading in ("bench", "what", "here", "peer", "ratio", "goal")))
    console = Console()
    console.width = max(console.width, 160)  # in a log too, where nobody says how wide it is
    console.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
