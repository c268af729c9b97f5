"""Run the benchmarks on servers of their own and print one table: `python -m tests.bench [NAME …]`."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

import tests.bench
from bandstand.devstack.postgres import database_create
from bandstand.devstack.stack import Stack
from bandstand.settings.environment import ROOT

DATABASE = "bandstand_bench"


def main(wanted: list[str]) -> int:
    """Run the modules named, or all that have `run()`, and print what they return."""
    found = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    names = wanted or [name for name in found if not name.startswith("_")]
    with Stack("bench", source={}) as stack:
        prepare(stack)
        rows = [row for name in names for row in run(name)]
    results = ROOT / ".local" / "bench.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(rows, indent=2))
    show(rows)
    sys.stdout.write(f"\nthe same as JSON: {results.relative_to(ROOT)}\n")
    return 0


def run(name: str) -> list[dict[str, object]]:
    """Return the rows of one module; none from one that measures nothing by itself."""
    module = importlib.import_module(f"tests.bench.{name}")
    if not hasattr(module, "run"):
        return []
    sys.stderr.write(f"{name} …\n")
    return [{"bench": name, **row} for row in module.run()]


def prepare(stack: Stack) -> None:
    """Make an empty, migrated database and load Django on it."""
    import psycopg  # noqa: PLC0415
    from psycopg import sql  # noqa: PLC0415

    with psycopg.connect(stack.admin_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    database_create(stack.admin_url, DATABASE)
    os.environ.update(
        BANDSTAND_PROFILE="test",
        DJANGO_SETTINGS_MODULE="bandstand_web.settings",
        DATABASE_URL=stack.owner_url(DATABASE),
        REDIS_URL=stack.redis_url(),
        BANDSTAND_PG_DUMP=stack.pg_dump,
        BANDSTAND_LOG_LEVEL="WARNING",
        EMAIL_URL="memorymail://",
        BANDSTAND_MEDIA_ROOT=str(Path(ROOT) / ".local" / "bench-media"),
    )
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def show(rows: list[dict[str, object]]) -> None:
    """Print the rows as a table: what was measured, the figure, the peer's figure, the ratio."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for heading in ("bench", "what", "here", "peer", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading in {"bench", "what"} else "right")
    for row in rows:
        table.add_row(*(str(row.get(heading, "")) for heading in ("bench", "what", "here", "peer", "ratio", "goal")))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
