"""Which schemas are spread over a cluster, when, and what is sent for it. Nothing is spread here: see the stand-in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from import_export.results import Result
from pytest_django.fixtures import Settings

from bandstand.accounts.models import User
from bandstand.bands.models import Band, Genre
from bandstand.content.searching import best_matches
from bandstand.database.statements import messages, split
from bandstand.jobs.job_kinds import DISTRIBUTE_SCHEMA
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization, SpareSchema
from bandstand.spreadsheets.resources import PortalResource
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.nodes import placements, schemas_out_of_reach
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from bandstand.tenancy.spares import spares_keep
from bandstand.tenancy.spreading import schema_distribute, undistributed
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.shared.tenancy.citus_stand_in import citus_stand_in, set_up_suitably, silence


@pytest.fixture(scope="module")
def _stand_in(django_db_setup: None) -> Iterator[None]:
    """Stands before each test's transaction, and goes after it."""
    with citus_stand_in():
        yield


@pytest.fixture
def citus(_stand_in: None, db: None, settings: Settings) -> None:
    settings.CITUS = True
    set_up_suitably()


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
        assert best_matches(Band.objects.all(), "polka").exists()
        BandFactory(name="The Workers")
        assert best_matches(Band.objects.all(), "workers").exists()


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


@pytest.mark.usefixtures("citus", "alice_portal")
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("enable_schema_based_sharding", "on", "enable_schema_based_sharding is on"),
        ("enable_unsafe_triggers", "off", "enable_unsafe_triggers is off"),
        ("node_connection_timeout", "30s", "node_connection_timeout is too long"),
    ],
)
def test_it_refuses_a_cluster_that_is_not_set_up_for_portals(setting: str, value: str, says: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL citus.{setting} = '{value}'")

    with pytest.raises(ImproperlyConfigured, match=says):
        undistributed()
    assert calls() == []


@pytest.fixture
def spread(citus: None, alice_portal: Portal, charlie_portal: Portal) -> tuple[Portal, Portal]:
    """Two portals on different nodes; the first one's is silent."""
    for portal in (alice_portal, charlie_portal):
        schema_distribute(portal.organization)
    places = placements()
    silence(places[alice_portal.organization.schema_name].partition(":")[0])
    assert len(set(places.values())) == 2
    return alice_portal, charlie_portal


def test_a_silent_node_is_named_and_its_portals_are_not_asked(spread: tuple[Portal, Portal]) -> None:
    schema = spread[0].organization.schema_name
    node = placements()[schema]

    with CaptureQueriesContext(connection) as queries:
        said = refused("check_tenants")

    assert f"{node} doesn't answer: a node of the cluster, with the rows of 1 portals" in said
    assert "1 portals can't be reached" in said
    assert schemas_out_of_reach() == {schema: node}
    assert not [query["sql"] for query in queries if f'"{schema}"' in query["sql"]]


@pytest.mark.usefixtures("citus")
def test_nodes_are_told_nothing_of_a_portal_until_it_is_spread(alice_portal: Portal) -> None:
    owner = User.objects.get(email=alice_portal.owner_email)
    with CaptureQueriesContext(connection) as queries:
        made = organization_create(name="Gone", slug="gone", owner=owner)

    sent = [query["sql"] for query in queries]
    off, on = (sent.index(f"SET LOCAL citus.enable_ddl_propagation = {state}") for state in ("off", "on"))
    building = [place for place, text in enumerate(sent) if f"CREATE SCHEMA {made.schema_name}" in text]
    assert [off < place < on for place in building] == [True]


def refused(name: str) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError) as problem:
        call_command(name, stdout=out, stderr=out)
    return f"{out.getvalue()}{problem.value}"


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


@pytest.mark.parametrize(
    ("field", "word", "name", "rule"),
    [
        (models.PositiveSmallIntegerField(null=True), "CHECK", "bands_genre_new_check", "CHECK ((new >= 0))"),
        (models.CharField(max_length=20, unique=True, null=True), "UNIQUE", "bands_genre_new_key", "UNIQUE (new)"),
    ],
    ids=["check", "unique"],
)
def test_on_a_cluster_a_new_column_gets_its_rule_after_it_called_as_elsewhere(  # noqa: PLR0917
    field: models.Field[Any, Any], word: str, name: str, rule: str, in_alice_portal: Portal, settings: Settings
) -> None:
    settings.CITUS = True
    field.set_attributes_from_name("new")
    field.model = Genre
    connection.check_constraints()

    with CaptureQueriesContext(connection) as queries, connection.schema_editor() as editor:
        editor.add_field(Genre, field)

    added = [query["sql"] for query in queries if "ALTER TABLE" in query["sql"]]
    assert [(word in text, "ADD COLUMN" in text) for text in added] == [(False, True), (True, False)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        assert cursor.fetchall() == [(rule,)]


def test_no_import_of_a_resource_sets_a_sequence(in_alice_portal: Portal) -> None:
    for resource in (each for each in PortalResource.__subclasses__() if not each._meta.abstract):
        with CaptureQueriesContext(connection) as queries:
            resource().after_import(None, Result(), dry_run=False)
        assert [query["sql"] for query in queries] == []


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
        "bands_bandlink",
        "bands_bandphoto",
        "bands_genre",
        "bands_instrument",
        "bands_member",
        "bands_member_instruments",
        "gigs_appearance",
        "gigs_gig",
        "media_picture",
        "news_post",
        "news_post_bands",
        "news_post_gigs",
        "pages_page",
        "people_person",
        "people_person_instruments",
        "polls_choice",
        "polls_question",
        "portals_portalsettings",
        "tours_tour",
        "venues_venue",
    ]
