"""A tenant is whole in its schema."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bandstand.tenancy import drift
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.template import TEMPLATE_SCHEMA
from tests.conftest import Portal

# Each of them costs rows in five catalogs of the one database, in every portal: a table takes five or six.
# 264 after the contract release, for which 275 were allowed, 17 for news: posts with their links to bands and gigs,
# 8 for pages, whose blocks are in one column, and 4 for the days of the statistics.
MOST_RELATIONS = 293


def rows(sql: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())


def test_it_has_no_foreign_key_across_schemas(alice_portal: Portal) -> None:
    crossing = rows(
        """
        SELECT c.conname, a.relnamespace::regnamespace, b.relnamespace::regnamespace
        FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
        WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace
        """
    )
    inside = rows(
        "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND connamespace = %s::regnamespace",
        alice_portal.organization.schema_name,
    )

    assert crossing == []
    assert len(inside) > 20


def test_it_has_few_relations(alice_portal: Portal) -> None:
    schema = alice_portal.organization.schema_name

    ((count,),) = rows("SELECT count(*)::int FROM pg_class WHERE relnamespace = %s::regnamespace", schema)

    assert isinstance(count, int)
    assert 200 < count <= MOST_RELATIONS


@pytest.mark.usefixtures("alice_portal")
def test_it_has_no_view_across_schemas() -> None:
    views = rows(
        """
        SELECT v.oid::regclass, t.oid::regclass
        FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
        JOIN pg_class t ON t.oid = d.refobjid
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
          AND v.relnamespace <> t.relnamespace AND starts_with(v.relnamespace::regnamespace::text, 'org_')
        """
    )

    assert views == []


@pytest.mark.usefixtures("alice_portal")
def test_it_has_no_function_and_its_triggers_call_those_in_public() -> None:
    """PostgreSQL looks functions up among those of all schemas: see ADR 35."""
    own = rows("SELECT oid::regproc FROM pg_proc WHERE starts_with(pronamespace::regnamespace::text, 'org_')")
    called = rows(
        """
        SELECT DISTINCT p.pronamespace::regnamespace::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND starts_with(c.relnamespace::regnamespace::text, 'org_')
        """
    )

    assert own == []
    assert called == [("public",)]


@pytest.mark.usefixtures("alice_portal")
def test_no_function_of_ours_inserts_what_a_query_finds() -> None:
    """A Citus cluster can't push that down for tables without a shard key: read into a record, then insert values."""
    functions = rows(
        """
        SELECT p.proname, regexp_replace(p.prosrc, '--[^\n]*', '', 'g')
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        WHERE p.pronamespace = 'public'::regnamespace AND l.lanname IN ('plpgsql', 'sql')
        """
    )
    inserting = [
        name
        for name, text in functions
        if any("values" not in words.lower() for words in re.findall(r"(?is)\binsert\s+into\b[^;]*", str(text)))
    ]

    assert len(functions) > 5
    assert inserting == []


def test_it_has_no_index_twice(alice_portal: Portal) -> None:
    """None for `LIKE` beside another one, and none of one column that begins a whole one of several."""
    schema = alice_portal.organization.schema_name
    for_patterns = rows(
        "SELECT indexname FROM pg_indexes WHERE schemaname IN (%s, 'public') AND indexdef LIKE '%%pattern_ops)'", schema
    )
    repeated = rows(
        """
        SELECT few.indexrelid::regclass::text, many.indexrelid::regclass::text
        FROM pg_index few JOIN pg_index many ON many.indrelid = few.indrelid AND many.indexrelid <> few.indexrelid
        JOIN pg_class c ON c.oid = few.indrelid
        WHERE c.relnamespace = %s::regnamespace
          AND NOT few.indisunique AND few.indpred IS NULL AND many.indpred IS NULL
          AND few.indnatts = 1 AND few.indkey[0] = many.indkey[0] AND few.indkey[0] <> 0
        """,
        schema,
    )

    assert for_patterns == []
    assert repeated == []


def test_it_builds_every_tenant_as_the_template_says(alice_portal: Portal, charlie_portal: Portal) -> None:
    assert find_drift() == []
    out = io.StringIO()
    call_command("check_tenants", stdout=out)
    assert "as the template says" in out.getvalue()


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ("DROP TABLE {schema}.polls_vote", "missing: "),
        ("CREATE TABLE {schema}.left_over (id int)", "surplus: left_over"),
        ("ALTER TABLE {schema}.bands_band ADD COLUMN fame int", "surplus: bands_band (column fame)"),
        ("ALTER TABLE {schema}.bands_band ALTER contact_email TYPE text", "bands_band (column contact_email)"),
        ("ALTER TABLE {schema}.bands_band ALTER town DROP NOT NULL", "different: bands_band (column town)"),
        ("ALTER TABLE {schema}.bands_band ALTER formed SET NOT NULL", "different: bands_band (column formed)"),
        ("ALTER TABLE {schema}.bands_band ALTER town SET DEFAULT 'Hof'", "different: bands_band (column town)"),
        ("ALTER TABLE {schema}.bands_band ALTER id DROP IDENTITY", "bands_band (column id)"),
        ("ALTER TABLE {schema}.bands_band ALTER id SET GENERATED ALWAYS", "different: bands_band (column id)"),
        ("ALTER SEQUENCE {schema}.bands_band_id_seq INCREMENT 2", "different: bands_band_id_seq"),
        ("ALTER TABLE {schema}.bands_band DROP CONSTRAINT band_has_name", "missing: bands_band (constraint"),
        (
            (
                "ALTER TABLE {schema}.bands_band DROP CONSTRAINT band_has_name,"
                " ADD CONSTRAINT band_has_name CHECK (name <> 'x')"
            ),
            "different: bands_band (constraint band_has_name)",
        ),
        (
            (
                "ALTER TABLE {schema}.bands_band DROP CONSTRAINT band_has_name,"
                " ADD CONSTRAINT band_has_name CHECK (NOT ((name)::text = ''::text)) NOT VALID"
            ),
            "different: bands_band (constraint band_has_name)",
        ),
        ("ALTER TABLE {schema}.bands_band RENAME CONSTRAINT band_has_name TO b", "surplus: bands_band (constraint b)"),
        (
            "ALTER TABLE {schema}.polls_vote DROP CONSTRAINT polls_vote_choice_of_question",
            "missing: polls_vote (constraint polls_vote_choice_of_question)",
        ),
        (
            "ALTER TABLE {schema}.polls_vote ALTER CONSTRAINT polls_vote_choice_of_question NOT DEFERRABLE",
            "different: polls_vote (constraint polls_vote_choice_of_question)",
        ),
        ("ALTER TABLE {schema}.polls_vote DROP CONSTRAINT poll_one_vote_per_voter", "missing: polls_vote (constraint"),
        ("DROP INDEX {schema}.gigs_gig_starts_at_9e4e345d", "missing: gigs_gig (index gigs_gig_starts_at_9e4e345d)"),
        (
            (
                "DROP INDEX {schema}.unique_authenticator_type; CREATE UNIQUE INDEX unique_authenticator_type"
                " ON {schema}.mfa_authenticator (user_id, type) WHERE type IN ('totp')"
            ),
            "different: mfa_authenticator (index unique_authenticator_type)",
        ),
        ("DROP TRIGGER search_bands_band ON {schema}.bands_band", "missing: bands_band (trigger search_bands_band)"),
        (
            "ALTER TABLE {schema}.audit_entry DISABLE TRIGGER audit_entry_rows",
            "different: audit_entry (trigger audit_entry_rows)",
        ),
        (
            (
                "CREATE OR REPLACE TRIGGER search_bands_band AFTER INSERT ON {schema}.bands_band"
                " FOR EACH ROW EXECUTE FUNCTION bands_search_of_band()"
            ),
            "different: bands_band (trigger search_bands_band)",
        ),
        ("ALTER TABLE {schema}.polls_vote SET UNLOGGED", "different: polls_vote"),
        ("ALTER TABLE {schema}.polls_vote ENABLE ROW LEVEL SECURITY", "different: polls_vote"),
        ("CREATE FUNCTION {schema}.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'", "surplus: lower(text)"),
        ("DROP SCHEMA {schema} CASCADE", "doesn't exist"),
        ("CREATE SCHEMA org_nobodys; CREATE TABLE org_nobodys.some (id int)", "no organization has this schema"),
    ],
)
def test_it_reports_drift(alice_portal: Portal, change: str, reported: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change.format(schema=alice_portal.organization.schema_name))
    err = io.StringIO()

    with pytest.raises(CommandError, match="1 schemas differ"):
        call_command("check_tenants", stderr=err)

    assert reported in err.getvalue()


def test_it_takes_a_portal_that_is_built_meanwhile_for_no_drift(
    alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look comes upon a schema that isn't whole, the second one upon a whole one."""
    looks: list[list[str]] = []
    actual = drift._parts

    def unfinished_at_first(schemas: list[str]) -> dict[str, drift.Parts]:
        found = actual(schemas)
        if schemas != [TEMPLATE_SCHEMA]:
            looks.append(schemas)
            if len(looks) == 1:
                found.pop(alice_portal.organization.schema_name)
        return found

    monkeypatch.setattr(drift, "_parts", unfinished_at_first)

    assert find_drift() == []
    assert looks[1] == [alice_portal.organization.schema_name]


def test_it_shares_no_table_name_by_accident() -> None:
    """A table of one list must not hide behind a table of the other: only apps that stand in both may repeat names."""
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    def tables(entries: list[str]) -> set[str]:
        names = {entry.removesuffix(".apps.SimpleAdminConfig") for entry in entries}
        return {
            model._meta.db_table
            for app in apps.get_app_configs()
            if app.name in names
            for model in app.get_models(include_auto_created=True)
        }

    both = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
    assert tables(settings.SHARED_APPS) & tables(settings.TENANT_APPS) == tables(list(both))
