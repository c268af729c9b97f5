"""Whether each tenant's schema has exactly the tables and columns of the template.

A table that is missing in a tenant isn't an error to PostgreSQL: `search_path` ends with `public`, and queries would
silently read and write what stands there under the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from bandstand.database.connection import connection
from bandstand.organizations.models import SCHEMA_PREFIX, Organization, SpareSchema
from bandstand.organizations.template import TEMPLATE_SCHEMA

_SHAPES = """
    SELECT n.nspname, c.relname, c.relkind::text,
           md5(string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull),
                          ',' ORDER BY a.attname))
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'i', 'S') AND (n.nspname = %s OR starts_with(n.nspname, %s))
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Drift:
    """What one schema has less, more or otherwise than the template."""

    schema_name: str
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        parts = [
            f"{word}: {', '.join(names)}"
            for word, names in (("missing", self.missing), ("surplus", self.surplus), ("different", self.different))
            if names
        ]
        return f"{self.schema_name}: {self.note or '; '.join(parts)}"


def find_drift() -> list[Drift]:
    """Return every schema that isn't as the template says, also one that belongs to nobody; three queries for all."""
    with connection.cursor() as cursor:
        cursor.execute(_SHAPES, [TEMPLATE_SCHEMA, SCHEMA_PREFIX])
        shapes: dict[str, dict[str, str]] = {}
        for schema, relation, kind, digest in cursor.fetchall():
            shapes.setdefault(schema, {})[f"{relation}"] = f"{kind} {digest}"
    expected = shapes.pop(TEMPLATE_SCHEMA, {})
    known = set(Organization.objects.values_list("schema_name", flat=True))
    known |= set(SpareSchema.objects.values_list("schema_name", flat=True))
    found = [Drift(schema, note="no organization has this schema") for schema in sorted(shapes.keys() - known)]
    for schema in sorted(known - _moved_away()):
        drift = _compare(schema, expected, shapes.get(schema, {}))
        if drift is not None:
            found.append(drift)
    return found


def _moved_away() -> set[str]:
    """Return the schemas of portals that live in another cell: kept for a while as they were, then gone."""
    moved = Organization.objects.filter(state=Organization.State.MOVED)
    return set(moved.values_list("schema_name", flat=True))


def _compare(schema: str, expected: dict[str, str], actual: dict[str, str]) -> Drift | None:
    if not actual:
        return Drift(schema, note="the schema doesn't exist")
    missing = tuple(sorted(expected.keys() - actual.keys()))
    surplus = tuple(sorted(actual.keys() - expected.keys()))
    different = tuple(sorted(name for name in expected.keys() & actual.keys() if expected[name] != actual[name]))
    if missing or surplus or different:
        return Drift(schema, missing, surplus, different)
    return None
