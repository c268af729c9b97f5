"""What a server process of PostgreSQL weighs after it has been in so many portals' schemas.

A backend keeps a description of every relation that it touched, until its connection ends. Measured is the memory that
is the backend's own, without PostgreSQL's shared buffers. Source: Linux, /proc/PID/smaps_rollup, Anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

SIZES = (1, 1000)  # it grows by as much with each portal, so five thousand would say nothing more
ON_A_PAGE = ("bands_", "gigs_", "portals_", "media_")  # what visitors' pages read
TINY: dict[str, object] = {}


def run_at(tenants: int) -> Iterator[dict[str, object]]:
    """Visit every portal's schema on one connection, once for a page's tables and once for all of them."""
    schemas = _schemas(tenants)
    for what, beginnings in (("the tables of visitors' pages", ON_A_PAGE), ("every table", ("",))):
        before, after, tables = _weigh(schemas, beginnings)
        yield {
            "what": f"one backend that touched {what} of {len(schemas):,} portals",
            "here": f"{after / 1024:.1f} MiB",
            "peer": f"{before / 1024:.1f} MiB: just connected",
            "ratio": f"{(after - before) / len(schemas):.0f} KiB a portal, {tables} tables",
        }


def _schemas(count: int) -> list[str]:
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    return list(Organization.objects.order_by("slug").values_list("schema_name", flat=True)[:count])


def _weigh(schemas: list[str], beginnings: tuple[str, ...]) -> tuple[int, int, int]:
    """Return KiB before and after, and how many tables of each schema were read."""
    with psycopg.connect(**{**connection.get_connection_params(), "autocommit": True}) as backend:
        named = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
        tables = [name for (name,) in backend.execute(named, [schemas[0]]) if name.startswith(beginnings)]
        before = _own_memory(backend)
        for schema in schemas:
            for table in tables:
                backend.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(schema, table)))
        return before, _own_memory(backend), len(tables)


def _own_memory(backend: psycopg.Connection) -> int:
    text = Path(f"/proc/{backend.info.backend_pid}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"^Anonymous: +(\d+) kB", text, re.MULTILINE))
