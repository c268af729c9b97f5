"""Which schemas are spread over a cluster, when, and what is sent for it. Nothing is spread here: see the stand-in."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.bands.searching import search_bands
from bandstand.database.statements import messages, split
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA
from bandstand.jobs.models import Job
from bandstand.organizations.distribution import schema_distribute, undistributed
from bandstand.organizations.drift import find_drift
from bandstand.organizations.models import Organization, SpareSchema
from bandstand.organizations.provisioning import organization_create, organization_drop_schema
from bandstand.organizations.spares import spares_keep
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.shared.organizations.citus_stand_in import citus_stand_in


@pytest.fixture(scope="module")
def _stand_in(django_db_setup: None) -> Iterator[None]:
    """Stands before each test's transaction, and goes after it."""
    with citus_stand_in():
        yield


@pytest.fixture
def citus(_stand_in: None, settings: Settings) -> None:
    settings.CITUS = True


def calls() -> list[tuple[str, str]]:
    connection.set_schema_to_public()
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema, lock_timeout FROM stand_in_calls ORDER BY number")
        return list(cursor.fetchall())


def command(name: str) -> str:
    out = io.StringIO()
    call_command(name, stdout=out, stderr=out)
    return out.getvalue()


def schemas_without_a_node() -> list[str]:
    return [each.schema_name for each in undistributed()]


def test_it_says_what_is_missing_where_there_is_no_citus(alice_portal: Portal, settings: Settings) -> None:
    """Comes first: the stand-in is there from the next test on."""
    with pytest.raises(CommandError, match="BANDSTAND_CITUS isn't set"):
        command("distribute_tenants")
    settings.CITUS = True

    with pytest.raises(ImproperlyConfigured, match="CREATE EXTENSION citus"):
        schema_distribute(alice_portal.organization)
    with pytest.raises(ImproperlyConfigured, match="CREATE EXTENSION citus"):
        command("distribute_tenants")


@pytest.mark.usefixtures("citus")
def test_a_schema_is_spread_once_and_waits_for_locks_as_briefly_as_a_migration(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    alice, charlie = alice_portal.organization, charlie_portal.organization
    assert schemas_without_a_node() == [alice.schema_name, charlie.schema_name]

    with tenant_context(alice):
        assert [schema_distribute(alice), schema_distribute(alice)] == [True, False]
        assert connection.schema_name == alice.schema_name

    assert calls() == [(alice.schema_name, "2s")]
    assert schemas_without_a_node() == [charlie.schema_name]


@pytest.mark.usefixtures("citus")
def test_triggers_are_off_while_rows_are_copied_and_on_again_in_the_same_transaction(alice_portal: Portal) -> None:
    alice = alice_portal.organization
    with tenant_context(alice):
        BandFactory(name="The Nodes", genres=["Polka"])
    connection.check_constraints()

    schema_distribute(alice)

    assert [drift for drift in find_drift() if drift.schema_name == alice.schema_name] == []
    with tenant_context(alice):
        assert search_bands(Band.objects.all(), "polka").exists()
        BandFactory(name="The Workers")
        assert search_bands(Band.objects.all(), "workers").exists()


@pytest.mark.usefixtures("citus")
def test_spares_stay_plain_and_go_when_somebody_has_taken_them(alice_portal: Portal) -> None:
    spares_keep(1, between=lambda: None)
    spare = SpareSchema.objects.get().schema_name
    assert spare not in schemas_without_a_node()

    made = organization_create(name="Spared", slug="spared", owner=User.objects.get(email=alice_portal.owner_email))

    assert made.schema_name == spare
    assert spare in schemas_without_a_node()
    assert calls() == []


@pytest.mark.usefixtures("citus")
@pytest.mark.parametrize(
    ("state", "is_wanted"), [("suspended", True), ("deleting", False), ("moving", False), ("moved", False)]
)
def test_only_portals_whose_tables_stay_are_spread(alice_portal: Portal, state: str, is_wanted: bool) -> None:
    Organization.objects.filter(slug="alice").update(state=state)

    assert (alice_portal.organization.schema_name in schemas_without_a_node()) is is_wanted


@pytest.mark.usefixtures("citus")
def test_the_command_asks_for_one_job_each_and_check_tenants_names_who_waits(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    with pytest.raises(CommandError, match=r"2 schemas aren't spread. Run `manage.py distribute_tenants`"):
        command("check_tenants")

    first, second = command("distribute_tenants"), command("distribute_tenants")

    assert first == second
    assert "alice: job" in first
    jobs = Job.objects.filter(kind=DISTRIBUTE_SCHEMA.name)
    assert {job.organization for job in jobs} == {alice_portal.organization, charlie_portal.organization}
    assert jobs.count() == 2
    for portal in (alice_portal, charlie_portal):
        schema_distribute(portal.organization)
    assert "Every schema is spread." in command("distribute_tenants")
    assert "is as the template says" in command("check_tenants")


@pytest.mark.usefixtures("citus")
def test_a_schema_that_is_spread_is_written_to_and_dropped(alice_portal: Portal) -> None:
    made = organization_create(name="Gone", slug="gone", owner=User.objects.get(email=alice_portal.owner_email))
    schema_distribute(made)
    with tenant_context(made):
        BandFactory(name="The Nodes")
        assert Band.objects.get().name == "The Nodes"

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as the end of a transaction does
        organization_drop_schema(made)
        cursor.execute("SELECT to_regnamespace(%s)", [made.schema_name])
        assert cursor.fetchone() == (None,)


@pytest.mark.usefixtures("citus")
def test_it_refuses_a_cluster_on_which_no_portal_could_be_built(alice_portal: Portal) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL citus.enable_schema_based_sharding = on")

    with pytest.raises(ImproperlyConfigured, match="enable_schema_based_sharding is on"):
        undistributed()
    assert calls() == []


def test_statements_are_told_apart_only_where_that_is_wanted(settings: Settings) -> None:
    function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN NEW; END $$;"
    text = f"SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE a ADD b text DEFAULT 'x;y';\n{function}\n;"

    assert split(text) == [
        "SET CONSTRAINTS ALL IMMEDIATE;",
        "ALTER TABLE a ADD b text DEFAULT 'x;y';",
        function,
    ]
    assert messages(text) == [text]
    settings.CITUS = True
    assert messages(text) == split(text)


def test_tables_with_triggers_are_those_that_the_docs_tell_of(alice_portal: Portal) -> None:
    """Citus takes triggers by a setting of its own, and these run where the rows are: see docs/scaling.md."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND c.relnamespace = %s::regnamespace ORDER BY 1",
            [alice_portal.organization.schema_name],
        )
        found = [name for (name,) in cursor.fetchall()]

    assert found == [
        "audit_entry",
        "bands_band",
        "bands_band_genres",
        "bands_genre",
        "bands_instrument",
        "bands_member",
    ]
