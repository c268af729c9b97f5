"""The structure of a schema is read from the catalog, and builds the same schema again."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from bandstand.backups.archives import BackupError
from bandstand.backups.making import backup_tenant
from bandstand.backups.restoring import restore_tenant, verify_backup
from bandstand.backups.structure import structure_sql
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.shared.tenancy.test_migrating import structure

# What a schema may have beyond what ours have today.
EVERYTHING = """
CREATE SEQUENCE "Odd numbers" AS smallint INCREMENT BY 2 MINVALUE 1 MAXVALUE 99 START 3 CACHE 5 CYCLE;
CREATE TABLE "Order" (
    "select" integer GENERATED ALWAYS AS IDENTITY (START WITH 7) PRIMARY KEY,
    number serial,
    odd smallint DEFAULT nextval('"Odd numbers"') NOT NULL,
    dropped text,
    title varchar(20) COLLATE "C" DEFAULT 'it''s; \\ -- "new"' NOT NULL,
    price numeric(10, 2) CHECK (price > 0),
    tags text[] DEFAULT '{}' NOT NULL,
    during tstzrange,
    kind varchar(9) CHECK (kind IN ('a', 'b')),
    folded text GENERATED ALWAYS AS (lower(title)) STORED,
    UNIQUE (number) DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE USING gist (during WITH &&) WHERE (price > 1)
);
ALTER TABLE "Order" DROP COLUMN dropped;
CREATE UNLOGGED TABLE line ("order" integer REFERENCES "Order" ON DELETE CASCADE DEFERRABLE, "order number" integer);
ALTER TABLE line ADD CONSTRAINT "later; checked" CHECK ("order number" < 9) NOT VALID;
CREATE TABLE bare ();
CREATE UNIQUE INDEX "folded; title" ON "Order" (lower(title), price DESC NULLS LAST) INCLUDE (tags) WHERE price > 5;
CREATE FUNCTION count_lines(integer) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM line WHERE "order" = $1 $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END; $$;
CREATE VIEW totals AS SELECT "select", count_lines("select") AS lines FROM "Order";
CREATE VIEW few AS SELECT * FROM totals WHERE lines < 3;
CREATE TRIGGER touched BEFORE UPDATE OF title ON "Order" FOR EACH ROW WHEN (OLD.title <> NEW.title)
    EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON line DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
"""


def built_again(schema: str) -> str:
    """Build a schema by what is read of the first; return its name."""
    again = f"{schema}_again"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute(structure_sql(schema).replace(schema, again))
    return again


def test_it_builds_what_pg_dump_says_is_the_same(committing: None) -> None:
    schema = Organization.objects.get(slug="alice").schema_name
    try:
        with transaction.atomic():
            again = built_again(schema)
        assert structure(again) == structure(schema)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema}_again CASCADE")


def test_it_knows_what_a_schema_may_have_one_day(committing: None) -> None:
    schema = "org_everything1"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}")
            cursor.execute(EVERYTHING)
            again = built_again(schema)
        assert len(structure(schema)) > 100
        assert sorted(structure(again)) == sorted(structure(schema))
    finally:
        connection.forget_search_path()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema}, {schema}_again CASCADE")


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE TYPE {schema}.mood AS ENUM ('sad')", "mood"),
        ("CREATE MATERIALIZED VIEW {schema}.kept AS SELECT 1", "kept"),
        ("CREATE TABLE {schema}.parted (a integer) PARTITION BY LIST (a)", "parted"),
        ("ALTER TABLE {schema}.bands_band ENABLE ROW LEVEL SECURITY", "bands_band"),
        ("CREATE TABLE {schema}.child () INHERITS ({schema}.bands_band)", "bands_band"),
    ],
)
def test_it_refuses_what_it_could_not_build_again(alice_portal: Portal, made: str, named: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(made.format(schema=alice_portal.organization.schema_name))
        with pytest.raises(BackupError, match=f"{named} is of a kind that backups don't know"):
            structure_sql(alice_portal.organization.schema_name)


def test_a_table_of_somebodys_own_comes_back_too(ella: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {ella.schema_name}.notes (note text DEFAULT 'none')")
        cursor.execute(f"INSERT INTO {ella.schema_name}.notes VALUES ('once'), ('again')")
    archive = backup_tenant(ella)

    assert verify_backup(archive).rows > 0
    back = restore_tenant(archive, replace=True).organization

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT note FROM {back.schema_name}.notes ORDER BY 1")
        assert cursor.fetchall() == [("again",), ("once",)]


def test_a_backup_whose_constraint_does_not_come_back_is_not_good(
    ella: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup_tenant(ella)
    assert verify_backup(archive).rows
    with schema_context(ella.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'bands_band'::regclass AND contype = 'c'")
        name = cursor.fetchone()[0]
    monkeypatch.setattr(
        "bandstand.backups.restoring.structure_sql",
        lambda schema: "\n".join(line for line in structure_sql(schema).splitlines() if name not in line),
    )
    with pytest.raises(BackupError, match="the schema didn't come back as it was"):
        verify_backup(archive)
