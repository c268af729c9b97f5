"""Checks whether each tenant's schema has exactly the template's structure.

A missing table in a tenant's schema raises no error: `search_path` ends with `public`, so queries would silently use
the table of the same name there. Neither does a missing constraint, default or trigger: the schema would accept rows
that no other portal would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bandstand.database.connection import connection
from bandstand.organizations.models import SCHEMA_PREFIX, Organization, SpareSchema
from bandstand.tenancy.template import TEMPLATE_SCHEMA

# Few enough to bound the memory of this process and of PostgreSQL.
_SCHEMAS_PER_QUERY = 25

# One statement for both sides, so that a schema created or handed out meanwhile is on both or on neither.
_NAMES = f"""
    SELECT coalesce(n.nspname, k.schema_name), n.nspname IS NOT NULL, k.schema_name IS NOT NULL, coalesce(k.away, false)
    FROM (SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, %s)) n
    FULL JOIN (
        SELECT schema_name, state = %s AS away FROM {Organization._meta.db_table}
        UNION ALL SELECT schema_name, false FROM {SpareSchema._meta.db_table}
    ) k ON k.schema_name = n.nspname
    ORDER BY 1
"""  # noqa: S608, SLF001 # made of constants; Django documents _meta

# A schema's structure, a row for each part: schema, relation, part ('' for the relation itself), definition.
# NOT NULL is reported with its column, as the names of PostgreSQL 18's constraints for it depend on their history.
# Source: PostgreSQL, "System Catalogs" and "System Catalog Information Functions".
_PARTS = """
    WITH n AS MATERIALIZED (SELECT oid, nspname::text AS name, nspowner FROM pg_namespace WHERE nspname = ANY (%s)),
    r AS MATERIALIZED (
        SELECT c.*, n.name AS schema, n.nspowner FROM pg_class c JOIN n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    )
    SELECT schema, relname::text, '', concat_ws(' ', relkind, relpersistence, relrowsecurity, relowner = nspowner,
        reloptions::text, CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
    FROM r
    UNION ALL
    SELECT r.schema, r.relname, 'column ' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, pg_get_expr(d.adbin, d.adrelid))
    FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND r.relkind <> 'S'
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT r.schema, r.relname, 'constraint ' || k.conname, concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated,
        (SELECT string_agg(DISTINCT t.tgenabled::text, '' ORDER BY t.tgenabled::text) FROM pg_trigger t
         WHERE t.tgconstraint = k.oid AND t.tgrelid IN (k.conrelid, k.confrelid)))
    FROM r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype <> 'n'
    UNION ALL
    SELECT r.schema, r.relname, 'index ' || x.relname, concat_ws(' ', pg_get_indexdef(x.oid), i.indisvalid)
    FROM r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class x ON x.oid = i.indexrelid
    UNION ALL
    SELECT r.schema, r.relname, 'trigger ' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT r.schema, r.relname, '', concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin,
        s.seqmax, s.seqcycle)
    FROM r JOIN pg_sequence s ON s.seqrelid = r.oid
    UNION ALL
    SELECT n.name, p.oid::regprocedure::text, '', pg_get_function_result(p.oid)
    FROM n JOIN pg_proc p ON p.pronamespace = n.oid
"""

_STRING = "'(?:[^']|'')*'"
_VARCHAR_LITERAL = re.compile(rf"({_STRING})::character varying")
_TEXT_LITERAL = re.compile(rf"\(({_STRING})\)::text")
_TEXT_ARRAY = re.compile(rf"\((ARRAY\[{_STRING}(?:, {_STRING})*\])\)::text\[\]")

Parts = dict[tuple[str, str], str]  # (relation, part) -> definition


@dataclass(frozen=True)
class Drift:
    """What is missing, surplus or different in a schema compared with the template."""

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
    """Return every schema that differs from the template or has no organization; one query per 25 schemas.

    Differences are checked twice, so that a portal being created, migrated or deleted raises no false alarm.
    """
    suspects = [drift.schema_name for drift in _look(only=None)]
    return list(_look(only=frozenset(suspects))) if suspects else []


def _look(*, only: frozenset[str] | None) -> Iterator[Drift]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [SCHEMA_PREFIX, Organization.State.MOVED])
        rows = [row for row in cursor.fetchall() if only is None or row[0] in only]
    compared = []
    for name, stands, known, away in rows:
        if not known:
            yield Drift(name, note="no organization has this schema")
        elif away:
            pass  # it lives in another cell; its remains are kept here for a while
        elif not stands:
            yield Drift(name, note="the schema doesn't exist")
        else:
            compared.append(name)
    expected = _parts([TEMPLATE_SCHEMA]).get(TEMPLATE_SCHEMA, {})
    for start in range(0, len(compared), _SCHEMAS_PER_QUERY):
        some = compared[start : start + _SCHEMAS_PER_QUERY]
        found = _parts(some)
        for name in some:
            yield from _compare(name, expected, found.get(name, {}))


def _parts(schemas: list[str]) -> dict[str, Parts]:
    """Return each schema's structure without the schema's own name, so that schemas can be compared."""
    found: dict[str, Parts] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [schemas])
        for schema, relation, part, definition in cursor.fetchall():
            parts = found.setdefault(schema, {})
            key = (_without(schema, relation), part)
            parts[key] = parts.get(key, "") + _without(schema, definition)
    return found


def _without(schema: str, text: str) -> str:
    """Return a definition without the schema's name, in the form that a dumped and restored schema has."""
    return without_casts(text.replace(f"{schema}.", ""))


def without_casts(text: str) -> str:
    """Return definitions with plain strings: PostgreSQL casts those of a list differently once it was dumped."""
    text = _VARCHAR_LITERAL.sub(r"\1", text)
    return _TEXT_ARRAY.sub(r"\1", _TEXT_LITERAL.sub(r"\1", text))


def _compare(schema: str, expected: Parts, actual: Parts) -> Iterator[Drift]:
    """Yield the differences, if any; for a missing or surplus relation only its name."""
    relations, others = {key[0] for key in expected}, {key[0] for key in actual}
    missing = {(name, "") for name in relations - others} | _in_both(expected.keys() - actual.keys(), others)
    surplus = {(name, "") for name in others - relations} | _in_both(actual.keys() - expected.keys(), relations)
    different = {key for key in expected.keys() & actual.keys() if expected[key] != actual[key]}
    if missing or surplus or different:
        yield Drift(schema, _named(missing), _named(surplus), _named(different))


def _in_both(keys: Iterable[tuple[str, str]], relations: set[str]) -> set[tuple[str, str]]:
    return {key for key in keys if key[0] in relations}


def _named(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{relation} ({part})" if part else relation for relation, part in sorted(keys))
