"""Reads the structure of a portal's schema from the catalog, as the SQL that builds it.

pg_dump reads the descriptions of every relation of the database, 5 seconds with a thousand portals; this reads those of
one schema in some 30 ms, inside the snapshot in which the rows are read. tests/shared/backups compares the two.

Left out is what belongs to the installation rather than to the portal: owners, privileges, storage parameters,
statistics targets. Source: PostgreSQL, "System Catalogs" and "System Catalog Information Functions".
"""

from __future__ import annotations

from bandstand.backups.archives import BackupError
from bandstand.database.connection import connection

# Whatever lives in the schema and isn't described below.
_FOREIGN = """
    SELECT pg_describe_object(d.classid, d.objid, 0)
    FROM pg_depend d
    LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
    LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = %(schema)s::regnamespace
        AND NOT coalesce(c.relkind IN ('r', 'S', 'v') AND c.relpersistence IN ('p', 'u')
                         AND NOT (c.relispartition OR c.relhassubclass OR c.relrowsecurity), false)
        AND NOT coalesce(p.prokind IN ('f', 'p'), false)
    ORDER BY 1 LIMIT 1
"""

_SEQUENCE_OPTIONS = """
    format('START WITH %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s CACHE %%s%%s', s.seqstart, s.seqincrement,
        s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
"""

_FUNCTIONS = """
    SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace
    ORDER BY oid::regprocedure::text
"""

# Those of identity columns come with their tables.
_SEQUENCES = f"""
    SELECT format('CREATE SEQUENCE %%s AS %%s %%s', c.oid::regclass, format_type(s.seqtypid, NULL), {_SEQUENCE_OPTIONS})
    FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
    ORDER BY c.relname
"""  # noqa: S608 # made of constants

_TABLES = f"""
    SELECT format(E'CREATE %%sTABLE %%s (\\n    %%s\\n)', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END,
        c.oid::regclass, coalesce(string_agg(concat_ws(' ',
            quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
            CASE a.attgenerated WHEN '' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                WHEN 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                ELSE 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') VIRTUAL' END,
            CASE WHEN a.attidentity <> '' THEN (
                SELECT format('GENERATED %%s AS IDENTITY (SEQUENCE NAME %%s %%s)',
                    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqrelid::regclass,
                    {_SEQUENCE_OPTIONS})
                FROM pg_depend i JOIN pg_sequence s ON s.seqrelid = i.objid
                WHERE i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.deptype = 'i'
                    AND i.refobjid = c.oid AND i.refobjsubid = a.attnum
            ) END,
            CASE WHEN a.attnotnull THEN 'NOT NULL' END
        ), E',\\n    ' ORDER BY a.attnum) FILTER (WHERE a.attnum > 0), ''))
    FROM pg_class c
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r'
    GROUP BY c.oid, c.relname, c.relpersistence ORDER BY c.relname
"""  # noqa: S608 # made of constants

_OWNED_SEQUENCES = """
    SELECT format('ALTER SEQUENCE %%s OWNED BY %%s.%%I', c.oid::regclass, d.refobjid::regclass, a.attname)
    FROM pg_class c
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a'
        AND d.refclassid = 'pg_class'::regclass
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'S' ORDER BY c.relname
"""

# Foreign keys last, as they need the keys and indexes of other tables. NOT NULL stands with its column.
_KEYS, _FOREIGN_KEYS = (
    f"""
    SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace AND conrelid <> 0 AND contype IN ({kinds})
    ORDER BY conrelid::regclass::text, conname
    """  # noqa: S608 # made of constants
    for kinds in ("'p', 'u', 'x', 'c'", "'f'")
)

_INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND i.indisvalid
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY c.relname
"""

_VIEWS = """
    SELECT format('CREATE VIEW %%s AS %%s', oid::regclass, rtrim(pg_get_viewdef(oid), ';'))
    FROM pg_class WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'v' ORDER BY oid
"""

_TRIGGERS = """
    SELECT pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal
    ORDER BY c.relname, t.tgname
"""

# The mark tells `migrate` whether the schema has this code's roles and permissions.
_COMMENT = """
    SELECT format('COMMENT ON SCHEMA %%I IS %%L', nspname, obj_description(oid, 'pg_namespace'))
    FROM pg_namespace WHERE oid = %(schema)s::regnamespace AND obj_description(oid, 'pg_namespace') IS NOT NULL
"""

_PARTS = (
    _FUNCTIONS,
    _SEQUENCES,
    _TABLES,
    _OWNED_SEQUENCES,
    _KEYS,
    _INDEXES,
    _FOREIGN_KEYS,
    _VIEWS,
    _TRIGGERS,
    _COMMENT,
)


def structure_sql(schema: str) -> str:
    """Return the SQL that builds `schema` without its rows, in the caller's transaction.

    Raises BackupError for an object of an unknown kind; then the caller has to roll back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        (path,) = cursor.fetchone()
        cursor.execute("SET LOCAL search_path = ''")  # so that PostgreSQL writes the schema before every name
        cursor.execute(_FOREIGN, {"schema": schema})
        if found := cursor.fetchone():
            raise BackupError(f"{found[0]} is of a kind that backups don't know: keep it in a schema of its own")
        statements = [f"CREATE SCHEMA {schema}"]
        for part in _PARTS:
            cursor.execute(part, {"schema": schema})
            statements += [statement for (statement,) in cursor.fetchall()]
        cursor.execute("SELECT set_config('search_path', %s, true)", [path])
    return "".join(f"{statement};\n" for statement in statements)
