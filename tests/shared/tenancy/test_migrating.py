"""Migrating reaches every schema, as the role that owns it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations import AddConstraint, AddField, CreateModel, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization, SchemaTemplate, SpareSchema
from bandstand.tenancy.drift import find_drift
from bandstand.tenancy.nodes import placements
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from bandstand.tenancy.replay import Script, replay_in
from bandstand.tenancy.spares import spares_keep
from bandstand.tenancy.spreading import schema_distribute
from bandstand.tenancy.states import TenantSchema
from bandstand.tenancy.template import TEMPLATE_SCHEMA
from tests import prepared
from tests.servers import ROOT
from tests.shared.tenancy.citus_stand_in import citus_stand_in, set_up_suitably, silence
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def migrate(*options: str, settings: str = "bandstand_web.settings") -> subprocess.CompletedProcess[str]:
    return prepared.run("manage.py", "migrate", *options, environment=environment_of_owner(settings))


def migrating(*options: str, settings: str = "bandstand_web.settings") -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", *options]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of_owner(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment_of_owner(settings: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": os.environ["MIGRATION_DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": settings,
    }


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """A tenant that other processes see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("migrating@example.org", "a-long-password")
        organization = organization_create(name="Migrating", slug="migrating", owner=owner)
        yield organization
        organization_drop_schema(organization)
        organization.delete()
        owner.delete()


def test_it_brings_a_tenant_that_is_behind_up_to_date(committed: Organization) -> None:
    schema = committed.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.polls_vote, {schema}.polls_choice, {schema}.polls_question")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")

    done = migrate()

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE schemaname = %s", [schema])
        owned = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT count(*) FROM {schema}.polls_vote")
    assert len(owned) > 30
    assert all(owned)


def test_it_passes_by_an_organization_whose_schema_is_gone(committed: Organization) -> None:
    organization_drop_schema(committed)

    done = migrate()

    assert done.returncode == 0, done.stderr
    assert committed.schema_name in done.stderr


@pytest.fixture
def several(committed: Organization) -> Iterator[list[Organization]]:
    """Four tenants, whose portals lack polls."""
    owner = User.objects.get(email="migrating@example.org")
    made = [organization_create(name="More", slug=f"migrating-{number}", owner=owner) for number in range(3)]
    for organization in [committed, *made]:
        lose_polls(organization.schema_name)
    yield [committed, *made]
    for organization in made:
        organization_drop_schema(organization)
        organization.delete()


def lose_polls(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {schema}.polls_vote, {schema}.polls_choice, {schema}.polls_question")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")


def votes(organization: Organization) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{organization.schema_name}.polls_vote"])
        return bool(cursor.fetchone()[0])


def test_it_replays_in_the_others_what_django_did_in_the_first(several: list[Organization]) -> None:
    assert "polls.0001_initial" in migrate("--plan").stdout
    assert not votes(several[0])

    done = migrate("--jobs", "2")

    assert done.returncode == 0, done.stderr
    assert "(4 migrated)" in done.stdout
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE tableowner = current_user) FROM pg_tables "
            "WHERE tablename = 'polls_vote' AND schemaname = ANY(%s)",
            [[organization.schema_name for organization in several]],
        )
        assert cursor.fetchone() == (4, 4)
    assert not [drift for drift in find_drift() if drift.schema_name in {each.schema_name for each in several}]
    assert "(0 migrated)" in migrate().stdout


BEFORE_PEOPLE = """
DROP TRIGGER IF EXISTS bands_member_person_find ON {schema}.bands_member;
DROP TRIGGER IF EXISTS search_people_person ON {schema}.bands_instrument;
DELETE FROM {schema}.django_migrations WHERE app = 'people' OR app = 'bands' AND name >= '0014'
    OR app = 'organizations' AND name >= '0025';
CREATE TABLE {schema}.bands_searchentry (band_id bigint PRIMARY KEY, words text NOT NULL, vector tsvector NOT NULL);
CREATE TRIGGER search_of_release_before AFTER INSERT OR UPDATE ON {schema}.content_searchentry FOR EACH ROW
    WHEN (NEW.kind = 'bands.band') EXECUTE FUNCTION public.bands_search_copy();
"""


def undo_people(schema: str) -> str:
    """Return the statements that leave the tenant's members as code of the release before people did."""
    return BEFORE_PEOPLE.format(schema=schema) + without_additions(
        schema, ("people", "0001_initial"), ("gigs", "0015_sequence"), ("organizations", "0025_people")
    )


OF_THE_PLATFORM = {"organizations", "listings"}  # what their migrations do in portals' schemas is nothing
TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s[^;]*?\sON (\w+)[^;]*")


def without_additions(schema: str, *migrations: tuple[str, str]) -> str:
    """Return the statements that leave the schema without these migrations of portals, nor any that builds on them.

    They drop every table, column, constraint and trigger that those made, and make the search's triggers anew as they
    were; other former triggers are the caller's.
    """
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    undone = {each for one in migrations for each in graph.backwards_plan(one)}
    in_order = dict.fromkeys(each for leaf in graph.leaf_nodes() for each in graph.forwards_plan(leaf))
    operations = {key: graph.nodes[key].operations for key in in_order if key[0] not in OF_THE_PLATFORM}
    made = [(key[0], each) for key in undone & operations.keys() for each in operations[key]]
    kept = [each for key, done in operations.items() if key not in undone for each in done]
    tables = [apps.get_model(app, each.name)._meta for app, each in made if isinstance(each, CreateModel)]
    columns = [
        apps.get_model(app, each.model_name)._meta.get_field(each.name)
        for app, each in made
        if isinstance(each, AddField)
    ]
    constraints = [
        (apps.get_model(app, each.model_name)._meta, each.constraint.name)
        for app, each in made
        if isinstance(each, AddConstraint)
    ]
    triggers, former = _triggers(each for _app, each in made), _triggers(kept)
    links = [field.m2m_db_table() for about in tables for field in about.local_many_to_many]
    history = ", ".join(f"('{app}', '{name}')" for app, name in undone)
    return "".join(
        [
            f"DROP TRIGGER IF EXISTS {name} ON {schema}.{table};"
            for name, table in triggers
            if (name, table) not in former
        ]
        + [f"DROP TABLE IF EXISTS {schema}.{name} CASCADE;" for name in (*links, *(each.db_table for each in tables))]
        + [
            f"ALTER TABLE IF EXISTS {schema}.{about.db_table} DROP CONSTRAINT IF EXISTS {name};"
            for about, name in constraints
            if about not in tables
        ]
        + [
            f"ALTER TABLE IF EXISTS {schema}.{each.model._meta.db_table} DROP COLUMN IF EXISTS {each.column} CASCADE;"
            for each in columns
            if each.model._meta not in tables
        ]
        + [
            _anew(schema, *key, text)
            for key, text in former.items()
            if key in triggers and key[0].startswith("search_")
        ]
        + [f"DELETE FROM {schema}.django_migrations WHERE (app, name) IN ({history});"]
    )


def _anew(schema: str, name: str, table: str, text: str) -> str:
    """Return the statements that make a trigger as it was: a column that was dropped took it along."""
    placed = text.replace(f" ON {table}", f" ON {schema}.{table}", 1)
    anew = f"DROP TRIGGER IF EXISTS {name} ON {schema}.{table}; {placed};"
    return f"DO $anew$ BEGIN IF to_regclass('{schema}.{table}') IS NOT NULL THEN {anew} END IF; END $anew$;"


def _triggers(operations: Iterable[Operation]) -> dict[tuple[str, str], str]:
    """Return the statements that create triggers, the last one of each, by its name and table."""
    texts = [
        each.sql if isinstance(each.sql, str) else ";".join(map(str, each.sql))
        for each in operations
        if isinstance(each, RunSQL)
    ]
    return {(found[1], found[2]): found[0] for text in texts for found in TRIGGER.finditer(text)}


@pytest.mark.long
def test_old_rows_of_all_tenants_are_drawn_a_uid_each(several: list[Organization]) -> None:
    """Django draws a Python default once, and a replay would write that one value into every row of every tenant."""
    schemas = [each.schema_name for each in several]
    with connection.cursor() as cursor:
        for schema in schemas:  # as the release before left them
            cursor.execute(undo_people(schema))
            cursor.execute(without_additions(schema, ("media", "0003_uid")))
            cursor.execute(f"ALTER TABLE {schema}.media_picture DROP COLUMN IF EXISTS uid CASCADE")
            cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'media' AND name >= '0003'")
            cursor.execute(
                f"INSERT INTO {schema}.media_picture (original, state, refusal, variants, alt, created_at)"
                " SELECT 'before/' || n, 'waiting', '', '{}', '', now() FROM generate_series(1, 3) n"
            )

    done = migrate("--jobs", "2")

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT uid FROM {schema}.media_picture" for schema in schemas))
        drawn = [uid for (uid,) in cursor.fetchall()]
    assert len(set(drawn)) == len(drawn) == 3 * len(several)
    assert {uid.version for uid in drawn} == {7}
    assert not [drift for drift in find_drift() if drift.schema_name in schemas]


BEFORE_VENUES = """
DROP TRIGGER IF EXISTS gigs_gig_place_find ON {schema}.gigs_gig;
DROP TRIGGER IF EXISTS content_change_recorded ON {schema}.gigs_gig;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.gigs_gig;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.gigs_appearance;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.bands_band;
CREATE TRIGGER content_change_recorded AFTER INSERT OR DELETE OR UPDATE ON {schema}.gigs_gig FOR EACH ROW
    EXECUTE FUNCTION public.content_change_record('gigs.gig', '', 'id', 'created_at,id,uid,updated_at', '');
DELETE FROM {schema}.django_migrations WHERE app = 'venues' OR app = 'gigs' AND name >= '0009';
INSERT INTO {schema}.gigs_gig (title, slug, venue, address, town, starts_at, time_zone, status, ticket_url, price,
    notes, is_published, created_at, updated_at)
    SELECT '', 'gig-' || n, venue, '', 'Hof', now(), 'UTC', 'scheduled', '', '', '', false, now(), now()
    FROM unnest(ARRAY['Hall', 'HALL', 'Cellar', '', repeat('ﷺ', 120)]) WITH ORDINALITY AS old (venue, n);
DELETE FROM {schema}.content_change;
"""


@pytest.mark.long
def test_old_gigs_of_all_tenants_get_their_venues(several: list[Organization]) -> None:
    schemas = [each.schema_name for each in several]
    with connection.cursor() as cursor:
        for schema in schemas:
            cursor.execute(without_additions(schema, ("venues", "0001_initial"), ("gigs", "0009_place")))
            cursor.execute(BEFORE_VENUES.format(schema=schema))

    done = migrate("--jobs", "2")

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        for schema in schemas:
            cursor.execute(
                f"SELECT gig.slug, venue.id FROM {schema}.gigs_gig gig"
                f" LEFT JOIN {schema}.venues_venue venue ON venue.id = gig.place_id ORDER BY 1"
            )
            one, two, three, none, long = (venue for _slug, venue in cursor.fetchall())
            assert one == two != three
            assert none is None
            assert len({one, three, long}) == 3
            cursor.execute(f"SELECT count(*) FROM {schema}.content_change")
            assert cursor.fetchone() == (0,), "nobody changed anything"
    assert not [drift for drift in find_drift() if drift.schema_name in schemas]


# Each kind's triggers are those of bands alone again, and there is no entry of another kind.
BEFORE_SEARCH_ENTRIES = """
DROP TRIGGER IF EXISTS search_bands_band ON {schema}.bands_band;
DROP TRIGGER IF EXISTS search_bands_band ON {schema}.bands_band_genres;
DROP TRIGGER IF EXISTS search_bands_band ON {schema}.bands_genre;
DROP TRIGGER IF EXISTS search_bands_band ON {schema}.bands_member;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.gigs_gig;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.gigs_appearance;
DROP TRIGGER IF EXISTS search_gigs_gig ON {schema}.bands_band;
DROP TRIGGER IF EXISTS search_venues_venue ON {schema}.venues_venue;
DROP TABLE IF EXISTS {schema}.content_searchentry;
CREATE TRIGGER bands_search_band AFTER INSERT OR UPDATE OF name, town ON {schema}.bands_band
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_band();
CREATE TRIGGER bands_search_member AFTER INSERT OR UPDATE OF name, band_id OR DELETE ON {schema}.bands_member
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_part();
CREATE TRIGGER bands_search_genres AFTER INSERT OR UPDATE OR DELETE ON {schema}.bands_band_genres
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_part();
CREATE TRIGGER bands_search_genre AFTER UPDATE OF name ON {schema}.bands_genre
    FOR EACH ROW EXECUTE FUNCTION public.bands_search_of_genre();
DELETE FROM {schema}.django_migrations WHERE name LIKE '%_search_entries' OR app = 'gigs' AND name >= '0011';
INSERT INTO {schema}.bands_band (name, slug, town, can_rock, biography, country, contact_email, is_published,
    created_at, updated_at) SELECT 'Die Ärzte ' || n, 'band-' || n, 'Łódź', true, '', '', '', true, now(), now()
    FROM generate_series(1, 3) n;
INSERT INTO {schema}.bands_member (band_id, name, role, position) SELECT id, 'Bela', '', 0 FROM {schema}.bands_band;
INSERT INTO {schema}.gigs_gig (title, slug, venue, address, town, starts_at, time_zone, status, ticket_url, price,
    notes, is_published, created_at, updated_at)
    VALUES ('', 'gig', 'Große Halle', '', 'Hof', now(), 'UTC', 'scheduled', '', '', '', false, now(), now());
INSERT INTO {schema}.gigs_appearance (gig_id, band_id, position) SELECT gig.id, band.id, 0
    FROM {schema}.gigs_gig gig, {schema}.bands_band band WHERE band.slug = 'band-2';
"""


@pytest.mark.long
def test_old_rows_of_all_tenants_are_found_as_those_that_old_code_writes_meanwhile(several: list[Organization]) -> None:
    schemas = [each.schema_name for each in several]
    add = "INSERT INTO {0}.bands_member (band_id, name, role, position) SELECT id, 'Farin', '', 1 FROM {0}.bands_band"
    with connection.cursor() as cursor:
        for schema in schemas:
            cursor.execute(undo_people(schema))
            cursor.execute(
                without_additions(schema, ("content", "0003_search_entries"), ("gigs", "0011_search_entries"))
            )
            cursor.execute(BEFORE_SEARCH_ENTRIES.format(schema=schema))

    done = migrate("--jobs", "2")

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        for schema in schemas:
            for member in ("bela", "bela farin"):
                cursor.execute(f"SELECT kind, words FROM {schema}.content_searchentry ORDER BY kind, object_id")
                assert cursor.fetchall() == [
                    *(("bands.band", f"die arzte {number} {member} lodz") for number in (1, 2, 3)),
                    ("gigs.gig", "die arzte 2 grosse halle hof"),
                    *(("people.person", name) for name in member.split() for _band in range(3)),
                    ("venues.venue", "grosse halle hof"),
                ]
                cursor.execute(add.format(schema) if member == "bela" else "SELECT")
    assert not [drift for drift in find_drift() if drift.schema_name in schemas]


def spread(organizations: list[Organization]) -> None:
    for organization in organizations:
        with transaction.atomic():
            set_up_suitably()
            schema_distribute(organization)


@pytest.mark.long
def test_on_a_citus_cluster_it_sends_one_statement_at_a_time(
    several: list[Organization], monkeypatch: pytest.MonkeyPatch
) -> None:
    with citus_stand_in():
        spread(several)
        refused = migrate()
        monkeypatch.setenv("BANDSTAND_CITUS", "true")
        done = migrate()
        again = migrate()

    assert "several statements in one message" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert all(votes(organization) for organization in several)
    assert not [drift for drift in find_drift() if drift.schema_name in {each.schema_name for each in several}]
    assert "(0 migrated)" in again.stdout


@pytest.mark.long
def test_portals_of_a_silent_node_fail_alone_and_stay_closed(
    several: list[Organization], monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = [organization.schema_name for organization in several]
    monkeypatch.setenv("BANDSTAND_CITUS", "true")
    with citus_stand_in(), connection.cursor() as cursor:
        spread(several)
        with override_settings(CITUS=True):
            places = placements()
        silent = [schema for schema in schemas if places[schema] == "north:5432"]
        for schema in silent:
            cursor.execute(f"ALTER TABLE {schema}.django_migrations RENAME TO out_of_reach")
            cursor.execute(f"CREATE VIEW {schema}.django_migrations AS SELECT 1 / 0 AS app, '' AS name")
        silence("north")

        failed = migrate()
        tolerated = migrate("--tolerate-failed", str(len(silent)))

        for schema in silent:
            cursor.execute(f"DROP VIEW {schema}.django_migrations")
            cursor.execute(f"ALTER TABLE {schema}.out_of_reach RENAME TO django_migrations")

    assert len(silent) == len(several) / 2
    assert (failed.returncode, tolerated.returncode) == (1, 0)
    assert failed.stderr.count("its node north:5432 doesn't answer") == len(silent)
    assert [organization.schema_name for organization in several if not votes(organization)] == silent
    behind = Organization.objects.exclude(lacks_migrations="").values_list("schema_name", flat=True)
    assert sorted(behind) == sorted(silent)
    monkeypatch.delenv("BANDSTAND_CITUS")
    assert migrate().returncode == 0
    assert all(votes(organization) for organization in several)


def test_it_says_in_one_sentence_that_the_role_may_not_migrate() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_web.settings"}
    done = prepared.run("manage.py", "migrate", environment=environment)

    assert done.returncode == 1
    assert "migrate takes the owner's address in DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_refuses_to_skip_the_release_by_which_code_stopped_using_what_it_takes_away(
    committed: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structure(committed.schema_name)
    monkeypatch.setenv("TEST_RELEASE", "polls:skipping")

    done = migrate(settings="tests.shared.tenancy.releases.settings")

    assert done.returncode == 1
    assert "A release was skipped: polls.m9999_gone" in done.stderr
    assert "the release with polls.m9998_unused" in done.stderr
    assert "Traceback" not in done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM public.django_migrations WHERE name ~ '^m999'")
        assert cursor.fetchall() == []
    assert structure(committed.schema_name) == before


def test_it_names_the_tenant_that_failed_and_migrates_the_others(several: list[Organization]) -> None:
    broken = several[2]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {broken.schema_name}.polls_choice ()")

    done = migrate()

    assert done.returncode == 1
    assert broken.slug in done.stderr
    assert [votes(each) for each in several] == [True, True, False, True]
    assert lacking(several) == [False, False, True, False]

    tolerated = migrate("--tolerate-failed", "1")
    assert tolerated.returncode == 0
    assert broken.slug in tolerated.stderr
    assert lacking(several) == [False, False, True, False]

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {broken.schema_name}.polls_choice")
    assert "(1 migrated)" in migrate().stdout
    assert lacking(several) == [False, False, False, False]


def lacking(organizations: list[Organization]) -> list[bool]:
    marks = dict(Organization.objects.values_list("pk", "lacks_migrations"))
    return [marks[each.pk] == migrations_digest() for each in organizations]


def test_it_stops_when_a_canary_failed(several: list[Organization]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {several[0].schema_name}.polls_choice ()")

    done = migrate("--canary", "1")

    assert done.returncode == 1
    assert [votes(each) for each in several] == [False, False, False, False]
    assert lacking(several) == [True, True, True, True]


def test_it_goes_on_where_a_killed_one_stopped(several: list[Organization]) -> None:
    third = several[2].schema_name
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as server:
        server.execute(f"LOCK TABLE {third}.django_migrations IN SHARE MODE")
        killed = migrating("--jobs", "1")
        wait_until(lambda: votes(several[1]))
        killed.kill()
        killed.wait()

    assert [votes(each) for each in several] == [True, True, False, False]
    assert lacking(several) == [True, True, True, True]
    done = migrate()
    assert "(2 migrated)" in done.stdout, done.stderr
    assert [votes(each) for each in several] == [True, True, True, True]
    assert lacking(several) == [False, False, False, False]


@pytest.fixture
def next_release() -> Iterator[str]:
    """Settings of a release with a data migration; afterwards it never was."""
    yield "tests.shared.tenancy.next_release.settings"
    take_back("m9999_rows")


def take_back(migration: str, more: str = "") -> None:
    """Put the database back to where it was before a release; `more` is run in each schema."""
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as server:
        rows = server.execute(
            "SELECT n.nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid "
            "WHERE c.relname = 'django_migrations'"
        )
        for (schema,) in rows.fetchall():
            gone = server.execute(f"DELETE FROM {schema}.django_migrations WHERE name = %s", [migration])
            if gone.rowcount and schema != "public":
                server.execute(more.format(schema=schema))
        server.execute("DELETE FROM public.organizations_schematemplate WHERE digest <> %s", [migrations_digest()])


def test_it_runs_python_in_each_tenant_and_builds_new_ones_by_the_newest_template(
    several: list[Organization], next_release: str
) -> None:
    spares_keep(1, between=lambda: None)
    (spare,) = SpareSchema.objects.values_list("schema_name", flat=True)
    assert "by Django, one by one: polls.m9999_rows" in migrate("--plan", settings=next_release).stdout

    done = migrate(settings=next_release)

    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        for organization in several:
            cursor.execute(f"SELECT text FROM {organization.schema_name}.polls_question")
            assert cursor.fetchall() == [("Who is migrating@example.org?",)]
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [spare])
        assert cursor.fetchone() == (True,)
    # This process is code of the release before; what it builds is of the next one.
    owner = User.objects.get(email="migrating@example.org")
    late = organization_create(name="Late", slug="migrating-late", owner=owner)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {late.schema_name}.django_migrations WHERE name = 'm9999_rows'")
        assert cursor.fetchone() == (1,)
    organization_drop_schema(late)
    late.delete()


@pytest.mark.long
def test_it_writes_down_who_is_behind_before_new_processes_can_serve(
    several: list[Organization], next_release: str
) -> None:
    """They serve once the template is stored; by then they must know for whom they have a page of maintenance."""
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as server:
        server.execute(
            """
            CREATE TABLE public.behind_at_template AS SELECT slug FROM public.organizations_organization WHERE false;
            CREATE FUNCTION public.look_who_is_behind() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.behind_at_template
                SELECT slug FROM public.organizations_organization WHERE lacks_migrations = NEW.digest;
                RETURN NEW;
            END $$;
            CREATE TRIGGER look_who_is_behind AFTER INSERT ON public.organizations_schematemplate
            FOR EACH ROW EXECUTE FUNCTION public.look_who_is_behind();
            """
        )
    try:
        assert migrate(settings=next_release).returncode == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT slug FROM public.behind_at_template")
            behind = {slug for (slug,) in cursor.fetchall()}
    finally:
        with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as server:
            server.execute("DROP FUNCTION public.look_who_is_behind CASCADE; DROP TABLE public.behind_at_template")

    assert behind >= {each.slug for each in several}


@pytest.fixture
def release_with_a_column() -> Iterator[str]:
    """Settings of a release with one new column; afterwards it never was."""
    yield "tests.bench._column_settings"
    take_back("m9999_one_column", "ALTER TABLE {schema}.polls_question DROP COLUMN bench")


@pytest.mark.long
def test_a_release_adds_to_the_template_what_it_sent(committed: Organization, release_with_a_column: str) -> None:
    ours = SchemaTemplate.objects.get(digest=migrations_digest())

    done = migrate(settings=release_with_a_column)

    assert done.returncode == 0, done.stderr
    newest = SchemaTemplate.objects.exclude(pk=ours.pk).get()
    assert newest.sql.startswith(ours.sql)
    assert "bench" in newest.sql.removeprefix(ours.sql)
    # By it a portal is built as by a dump: the same structure, and the same roles under the same ids.
    owner = User.objects.get(email="migrating@example.org")
    made = organization_create(name="Late", slug="migrating-late", owner=owner)
    assert structure(made.schema_name) == structure(TEMPLATE_SCHEMA)
    assert access(made.schema_name) == access(TEMPLATE_SCHEMA)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        assert made.schema_name not in cursor.fetchone()[0]
    organization_drop_schema(made)
    made.delete()


def structure(schema: str) -> list[str]:
    """Return what builds the schema, whatever its name and its owner are."""
    command = [
        settings.PG_DUMP,
        "--schema-only",
        "--no-owner",
        "--no-acl",
        "--no-comments",
        f"--schema={schema}",
        os.environ["MIGRATION_DATABASE_URL"],
    ]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = dump.replace(schema, "schema").splitlines()
    # PostgreSQL writes a list in a condition otherwise once it was dumped.
    return [line for line in lines if not line.startswith(("\\", "--")) and "ANY (" not in line]


def access(schema: str) -> list[list[tuple[object, ...]]]:
    """Return the rows of content types, permissions and roles, and where their ids go on."""
    tables = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
    with psycopg.connect(os.environ["MIGRATION_DATABASE_URL"]) as server:
        questions = [f"SELECT * FROM {schema}.{table} ORDER BY id" for table in tables]
        questions += [f"SELECT last_value, is_called FROM {schema}.{table}_id_seq" for table in tables]
        return [server.execute(question).fetchall() for question in questions]


def test_it_gives_roles_back_what_the_table_says(committed: Organization) -> None:
    schema = committed.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema}.auth_group_permissions")
        before = cursor.fetchone()
        cursor.execute(f"DELETE FROM {schema}.auth_group_permissions WHERE id % 2 = 0")
        cursor.execute(f"COMMENT ON SCHEMA {schema} IS 'older'")

    done = migrate("--tenant", committed.slug)

    assert "(1 migrated)" in done.stdout, done.stderr
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {schema}.auth_group_permissions")
        assert cursor.fetchone() == before


MANY_TABLES = """
ALTER TABLE bands_band ADD COLUMN bench integer;
SELECT pg_sleep(0.5);
{};
"""


@pytest.mark.parametrize("last", ["ALTER TABLE polls_question ADD COLUMN bench integer", "DROP INDEX polls_bench"])
@pytest.mark.long
def test_who_reads_one_table_after_another_gets_both(committed: Organization, last: str) -> None:
    """And isn't ended by PostgreSQL, as the one of two who waited for each other."""
    url, schema = os.environ["MIGRATION_DATABASE_URL"], committed.schema_name
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(url) as reading,
        psycopg.connect(url, autocommit=True) as server,
        psycopg.connect(url, autocommit=True) as looking,
    ):
        owners = "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = %s"
        ((owner,),) = looking.execute(owners, [schema]).fetchall()
        locked = (
            "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND mode = 'AccessExclusiveLock' AND granted",
            [f"{schema}.bands_band"],
        )
        looking.execute(f"CREATE INDEX polls_bench ON {schema}.polls_question (text)")
        reading.execute(f"SELECT count(*) FROM {schema}.polls_question")

        script = Script.of(MANY_TABLES.format(last))
        migrated = pool.submit(replay_in, server, TenantSchema(schema, owner), script)
        wait_until(lambda: looking.execute(*locked).fetchone() is not None or migrated.done())
        assert reading.execute(f"SELECT count(*) FROM {schema}.bands_band").fetchone() == (0,)
        reading.commit()
        migrated.result()

        columns = (
            "SELECT count(*) > 0 FROM information_schema.columns WHERE table_schema = %s AND column_name = 'bench'"
        )
        assert looking.execute(columns, [schema]).fetchone() == (True,)
