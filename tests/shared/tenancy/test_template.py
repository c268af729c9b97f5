"""New portals are built as all the others are by then, whichever version builds them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection

from bandstand.accounts.models import User
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization, SchemaTemplate
from bandstand.tenancy.provisioning import organization_create
from bandstand.tenancy.template import (
    TEMPLATE_SCHEMA,
    TemplateMissingError,
    known_everywhere,
    template_hold,
    template_replay,
)


def columns(schema: str, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            [schema, table],
        )
        return {name for (name,) in cursor.fetchall()}


def test_while_an_upgrade_is_rolled_out_old_code_builds_portals_as_new_code_wants_them(db: None) -> None:
    ours = SchemaTemplate.objects.get(digest=migrations_digest())
    column = f"\nALTER TABLE {TEMPLATE_SCHEMA}.bands_band ADD COLUMN newer text;\n"
    SchemaTemplate.objects.create(digest="of a newer version", sql=ours.sql + column)

    made = organization_create(name="Dora", slug="dora", owner=User.objects.create_user("dora@example.org"))

    assert "newer" in columns(made.schema_name, "bands_band")


def test_it_builds_none_while_its_own_migrations_are_pending(db: None) -> None:
    SchemaTemplate.objects.filter(digest=migrations_digest()).update(digest="of an older version")

    with pytest.raises(TemplateMissingError, match="New portals can't be built"):
        organization_create(name="Dora", slug="dora", owner=User.objects.create_user("dora@example.org"))


# As pg_dump 18 writes it of a server of 15.20: the first is the server's own, and unknown to every other version.
OPTIONS = f"""
ALTER TABLE ONLY {TEMPLATE_SCHEMA}.bands_band ALTER COLUMN id SET (pg_attver=22184936);
ALTER TABLE ONLY {TEMPLATE_SCHEMA}.bands_band ALTER COLUMN "name" SET (pg_attver=22184936, n_distinct=5);
"""


def test_it_builds_portals_on_a_server_that_knows_less_than_the_one_that_was_dumped(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT refused")
        with pytest.raises(DatabaseError, match="pg_attver"):
            cursor.execute(OPTIONS.replace(TEMPLATE_SCHEMA, Organization.objects.get(slug="alice").schema_name))
        cursor.execute("ROLLBACK TO refused")
    template = SchemaTemplate.objects.get(digest=migrations_digest())
    SchemaTemplate.objects.create(digest="dumped elsewhere", sql=template.sql + OPTIONS)

    template_replay("org_elsewhere12345", template_hold())

    assert "name" in columns("org_elsewhere12345", "bands_band")


def test_nothing_but_options_of_columns_is_taken_out(db: None) -> None:
    text = SchemaTemplate.objects.get(digest=migrations_digest()).sql
    assert known_everywhere(text) == text
    statistics = f"ALTER TABLE ONLY {TEMPLATE_SCHEMA}.bands_band ALTER COLUMN id SET STATISTICS 9;\n"
    assert known_everywhere(f"{text}{OPTIONS}{statistics}") == f"{text}\n{statistics}"
