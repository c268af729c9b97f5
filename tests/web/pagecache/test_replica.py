"""Pages made from a streaming replica: a real one, copied from the tests' server by pg_basebackup."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.bands.models import Band
from bandstand.database import content_version
from bandstand.devstack import postgres
from bandstand.devstack.places import server_account, server_programs, state_folder
from bandstand.devstack.processes import free_port, spawn, stop, wait_until
from bandstand.organizations.models import Organization
from bandstand_web.pagecache import store as page_store
from bandstand_web.pagecache.replica import REPLICA, replica
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.servers import ROOT, worker_number

pytestmark = pytest.mark.long


@dataclass
class Standby:
    """A replica that runs, and its data."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def execute(self, statement: str) -> Any:
        """Run one statement as the administrator of this database, and return its value."""
        found = connections[REPLICA].settings_dict
        admin = urlsplit(json.loads(os.environ["BANDSTAND_TEST_STACK"])["admin"])
        address = f"postgresql://{admin.username}:{admin.password}@127.0.0.1:{self.port}/{found['NAME']}"
        with psycopg.connect(address, autocommit=True) as server:
            row = server.execute(statement).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def standby(django_db_setup: None) -> Iterator[Standby]:
    """A replica of the tests' server."""
    folder = state_folder(f"replica-{worker_number()}")
    account, programs = server_account(folder), server_programs(postgres.package_folder(), folder)
    data = folder / "postgres"
    shutil.rmtree(data, ignore_errors=True)
    copy = subprocess.run(
        [
            *(str(programs / "pg_basebackup"), f"--dbname={json.loads(os.environ['BANDSTAND_TEST_STACK'])['admin']}"),
            *(f"--pgdata={data}", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    assert copy.returncode == 0, copy.stderr
    port = free_port()
    settings = {**postgres._SETTINGS, **postgres._FLEETING, "port": str(port), "hot_standby": "on"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = spawn(
        [programs / "postgres", "-D", data, *options],
        log=folder / "postgres.log",
        account=account,
        dies_by=signal.SIGINT,
    )
    found = connections[REPLICA_OF].settings_dict
    address = {"host": "127.0.0.1", "port": port, "user": found["USER"], "password": found["PASSWORD"]}

    def answers() -> bool:
        try:
            psycopg.connect(**address, dbname=found["NAME"], connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        wait_until(answers, process, what="the replica", log=folder / "postgres.log")
        yield Standby(folder, port, process)
    finally:
        stop(process, signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


REPLICA_OF = "default"
POOLED = {"pool": {"min_size": 0, "max_size": 2, "timeout": 1}, "connect_timeout": 2}


@pytest.fixture
def alice(standby: Standby, django_db_blocker: DjangoDbBlocker) -> Iterator[Portal]:
    """Alice's portal with one committed band, in a process that has the replica."""
    primary = connections.databases["default"]
    connections.databases[REPLICA] = {**primary, "HOST": "127.0.0.1", "PORT": str(standby.port), "OPTIONS": POOLED}
    page_store.store._away_until = content_version.VersionChange._away_until = replica.away_until = 0.0
    routers = ["bandstand_web.pagecache.replica.ReplicaRouter", "django_tenants.routers.TenantSyncRouter"]
    with django_db_blocker.unblock(), override_settings(DATABASE_ROUTERS=routers):
        organization = Organization.objects.get(slug="alice")
        with tenant_context(organization):
            BandFactory(name="The Replicas", slug="replicas")
        connection.set_schema_to_public()
        portal = Portal(organization, "alice@example.org")
        told_of_the_log(portal)
        yield portal
        connections[REPLICA].close()
        connections[REPLICA].close_pool()
        with tenant_context(organization):
            Band.objects.all().delete()
        connection.close()
    del connections[REPLICA]
    del connections.databases[REPLICA]


def asked(portal: Portal, path: str = "/bands/") -> tuple[str, int, int]:
    """Return a page, and how many statements for its contents went to primary and replica."""
    with CaptureQueriesContext(connection) as primary, CaptureQueriesContext(connections[REPLICA]) as secondary:
        answer = portal.client().get(path)
    assert answer.status_code == 200
    first, second = (
        sum(re.search(r'FROM "(bands|gigs|polls|portals)_', query["sql"]) is not None for query in seen)
        for seen in (primary, secondary)
    )
    return answer.content.decode(), first, second


def caught_up(standby: Standby) -> None:
    """Wait until the replica shows all that the primary has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        place = cursor.fetchone()[0]
    wait_until(
        lambda: bool(standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{place}'::pg_lsn")),
        standby.process,
        what="the replica to catch up",
        log=standby.folder / "postgres.log",
    )


def told_of_the_log(portal: Portal) -> None:
    """Let this process learn how much of the log the portal's contents need, so that later log asks no more of it.

    Even reading writes to the log, as PostgreSQL prunes dead rows on its way.
    """
    portal.client().get("/")  # the first visit of all writes the portal's settings
    portal.client().get("/gigs/")


def written(portal: Portal, name: str) -> None:
    with tenant_context(portal.organization):
        Band.objects.update(name=name)
    connection.set_schema_to_public()


def test_a_page_for_everybody_is_made_from_the_replica(alice: Portal, standby: Standby) -> None:
    caught_up(standby)
    text, primary, secondary = asked(alice)

    assert "The Replicas" in text
    assert primary == 0
    assert secondary > 3
    assert asked(alice)[1:] == (0, 0), "and then it comes from the cache"


def test_two_portals_do_not_mix_there(alice: Portal, standby: Standby) -> None:
    caught_up(standby)
    charlie = Portal(Organization.objects.get(slug="charlie"), "charlie@example.org")
    for _time in range(2):
        assert "The Replicas" in asked(alice)[0]
        assert "The Replicas" not in asked(charlie, "/bands/")[0]
        for portal in (alice, charlie):
            connection.writes.count_in(portal.organization.schema_name)
        caught_up(standby)


def test_whoever_is_known_reads_from_the_primary(alice: Portal, standby: Standby) -> None:
    caught_up(standby)
    with CaptureQueriesContext(connections[REPLICA]) as secondary:
        alice.client().get("/bands/", HTTP_COOKIE="sessionid=made-up")
        alice.client().get("/search/?q=replicas")
        alice.client().get("/accounts/login/")
    assert len(secondary) == 0


def test_what_was_just_written_is_read_from_the_primary_until_the_replica_has_it(
    alice: Portal, standby: Standby
) -> None:
    caught_up(standby)
    standby.execute("SELECT pg_wal_replay_pause()")
    try:
        wait_until(
            lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == "paused",
            standby.process,
            what="the pause",
            log=standby.folder / "postgres.log",
        )
        written(alice, "Renamed")
        text, primary, secondary = asked(alice)
        assert "Renamed" in text
        assert primary > 3
        assert secondary == 0
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")
    caught_up(standby)
    text, primary, secondary = asked(alice, "/")
    assert "Renamed" in text
    assert (primary, secondary > 1) == (0, True)


def test_another_portals_pages_come_from_the_replica_while_it_lags_behind_one(alice: Portal, standby: Standby) -> None:
    charlie = Portal(Organization.objects.get(slug="charlie"), "charlie@example.org")
    told_of_the_log(charlie)
    caught_up(standby)
    standby.execute("SELECT pg_wal_replay_pause()")
    try:
        written(alice, "Renamed")
        assert asked(charlie, "/bands/")[2] > 1
        assert asked(alice)[2] == 0
    finally:
        standby.execute("SELECT pg_wal_replay_resume()")


def test_the_primary_makes_the_page_while_the_replica_is_away(alice: Portal, standby: Standby) -> None:
    caught_up(standby)
    away(connections[REPLICA], port="1")
    try:
        with CaptureQueriesContext(connection) as primary:
            answer = alice.client().get("/bands/")
        assert "The Replicas" in answer.content.decode()
        assert len(primary) > 3
        assert replica.away_until > 0, "left alone for a while"
    finally:
        away(connections[REPLICA], port=str(standby.port))


def away(wrapper: Any, *, port: str) -> None:
    """Let the process's pool connect to another port from now on."""
    wrapper.close()
    wrapper.close_pool()
    wrapper.settings_dict["PORT"] = port


def test_the_primary_makes_the_page_when_the_replica_dies_under_it(
    alice: Portal, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_up(standby)
    show = replica.shows

    def shows_and_dies(organization: Organization) -> bool:
        shown = show(organization)
        standby.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bandstand'")
        return shown

    monkeypatch.setattr(replica, "shows", shows_and_dies)
    text, primary, _secondary = asked(alice)

    assert "The Replicas" in text
    assert primary > 3
    assert replica.away_until > 0


def test_the_variable_brings_the_connection_and_the_router() -> None:
    code = "import django; django.setup(); from django.conf import settings as s; print(s.DATABASES['replica']['HOST'], s.DATABASE_ROUTERS[0])"  # noqa: E501
    environment = {**os.environ, "BANDSTAND_REPLICA_URL": "postgresql://bandstand@replica.example.org/bandstand"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)  # noqa: PLW1510
    assert said.stdout.split() == ["replica.example.org", "bandstand_web.pagecache.replica.ReplicaRouter"], said.stderr
