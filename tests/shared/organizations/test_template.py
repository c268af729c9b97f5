"""New portals are built as all the others are by then, whichever version builds them."""

from __future__ import annotations

import pytest
from django.db import connection

from bandstand.accounts.models import User
from bandstand.organizations.models import SchemaTemplate
from bandstand.organizations.provisioning import organization_create
from bandstand.organizations.template import TEMPLATE_SCHEMA, TemplateMissingError, migrations_digest


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
