"""Run the benchmarks on servers of their own, print and write their tables: `make bench [ARGS="NAME …"]`.

**A benchmark is a module of this folder** whose name has no underscore in front and isn't that of a test. It has

- `run()`, or `run_at(portals)` and `SIZES`, the numbers of portals beside which it is to be measured: they are made
  before, the smallest number first, and stay for what follows (`portals.py` says how to come by their hosts);
- rows that one of these yields, each a dict: `what` was measured, the figure `here`, and where there are any the figure
  of the `peer` (or of before), their `ratio` and the `goal`. What a reader has to know besides, the peer's name say,
  stands in `what`, in brackets;
- `TINY`, the constants that make it short, as {name: value}: with `--tiny` everything runs in its smallest form, which
  says nothing but that it still runs. tests/bench/test_every_benchmark.py does that;
- a place in docs/performance.md, `<!-- bench: NAME -->` and `<!-- /bench -->`, where its table is written after each
  whole run of it. Text around it is kept by people; figures stand in the table alone.

Compared figures are taken within one run, in turns. A module that fails loses its rows, not those of the others.

`BANDSTAND_BENCH_TENANTS` bounds the sizes (5000); then nothing is written to the document. With
`BANDSTAND_BENCH_KEEP=1` the portals stay for the next run, as long as the migrations are the same; they take 3 MB each.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType

import psycopg
from django.db import connections
from psycopg import sql

import tests.bench
from bandstand.devstack.postgres import database_create
from bandstand.devstack.stack import Stack
from bandstand.settings.workspace import ROOT
from tests.bench import _tables

DATABASE = "bandstand_bench"
KEEP = os.environ.get("BANDSTAND_BENCH_KEEP") == "1"
# Few checkpoints: nothing here has to survive a crash. Portals are built some 10 % faster with PostgreSQL's own 128 MB
# of shared buffers than with 1 GB; what it doesn't hold comes from the kernel's memory. The minute is PostgreSQL's own,
# too: whenever autovacuum wakes, it asks for every relation.
POSTGRES = {"max_wal_size": "4GB", "checkpoint_timeout": "15min", "autovacuum_naptime": "1min"}
MOST_SECONDS = 2400

Row = dict[str, object]


def main(arguments: Sequence[str]) -> int:
    """Run the modules named, or all that measure something; return 1 if one of them failed."""
    began = time.perf_counter()
    tiny = "--tiny" in arguments
    named = [name for name in arguments if not name.startswith("-")]
    names = named or benchmarks()
    if unplaced := _tables.without_place([*names, _tables.WHOLE]):
        raise SystemExit(f"no place in docs/performance.md, see tests/bench/__main__.py: {', '.join(unplaced)}")
    if tiny:
        os.environ["BANDSTAND_BENCH_TENANTS"] = "2"
    with Stack("bench-tiny" if tiny else "bench", source={}, durable=False, postgres=POSTGRES) as stack:
        prepare(stack)
        measured = run(names, tiny=tiny)
        if not KEEP:
            connections.close_all()
            _drop(stack)
    failed = [name for name in names if name not in measured]
    if not named:
        measured[_tables.WHOLE] = _whole(began, len(measured))
    results = ROOT / ".local" / ("bench-tiny.json" if tiny else "bench.json")
    results.parent.mkdir(exist_ok=True)
    rows = [{"bench": name, **row} for name, each in measured.items() for row in each.rows]
    results.write_text(json.dumps(rows, indent=2))
    show(rows)
    sys.stdout.write(f"\nthe same as JSON: {results.relative_to(ROOT)}\n")
    if "BANDSTAND_BENCH_TENANTS" not in os.environ:
        _tables.write(measured)
    if failed:
        sys.stdout.write(f"failed, see above: {', '.join(failed)}\n")
    return 1 if failed else 0


def benchmarks() -> list[str]:
    """Return the names of all modules that measure something."""
    found = [module.name for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]
    return [name for name in found if not name.startswith(("_", "test_"))]


def run(names: Sequence[str], *, tiny: bool) -> dict[str, _tables.Measured]:
    """Return what these modules measured, without those that failed; what wants many portals comes last."""
    from tests.bench import portals  # noqa: PLC0415

    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    for module in modules.values() if tiny else ():
        for constant, value in module.TINY.items():
            getattr(module, constant)  # has to be there
            setattr(module, constant, value)
    measured = {name: _tables.Measured() for name in names}
    for name, module in modules.items():
        if hasattr(module, "run"):
            _measure(name, module.run, measured)
    for size in sorted({size for module in modules.values() for size in sizes(module, portals.LARGEST)}):
        sys.stderr.write(f"{size} portals …\n")
        portals.ensure(size)
        for name, module in modules.items():
            if size in sizes(module, portals.LARGEST) and name in measured:
                _measure(name, functools.partial(module.run_at, size), measured)
    return measured


def _measure(name: str, rows: Callable[[], Iterable[Row]], into: dict[str, _tables.Measured]) -> None:
    """Add a module's rows; if it fails, say why and leave it out: forty minutes aren't to be lost for one module."""
    busy, began = _tables.busy_share(), time.perf_counter()
    sys.stderr.write(f"{name} … (the machine is {busy:.0%} busy)\n")
    try:
        for row in rows():
            sys.stderr.write(f"{json.dumps({'bench': name, **row})}\n")  # whoever interrupts it keeps what was measured
            into[name].rows.append(row)
    except (Exception, SystemExit):  # noqa: BLE001 # said, and told by the exit status
        traceback.print_exc()
        connections.close_all()
        del into[name]
        return
    into[name].seconds += time.perf_counter() - began
    into[name].busy = max(into[name].busy, busy)


def _whole(began: float, modules: int) -> _tables.Measured:
    seconds = time.perf_counter() - began
    row = {"what": f"all {modules} benchmarks, preparation included", "here": f"{seconds:.0f} s"}
    return _tables.Measured([{**row, "goal": f"< {MOST_SECONDS} s"}], seconds)


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


def show(rows: list[Row]) -> None:
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
