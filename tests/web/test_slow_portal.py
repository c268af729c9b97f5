"""One portal's queries hang: the process's other threads serve everybody else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from html import escape
from http import HTTPStatus
from itertools import islice
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from bandstand.tenancy.nodes import placements
from bandstand.tenancy.spreading import schema_distribute
from bandstand_web import receiving
from bandstand_web.compartments import CROWDED, HASHING, Compartments, CrowdedError, compartments_of
from tests.attacks.serving import Answer, Served, served
from tests.conftest import Portal, _portal
from tests.shared.tenancy.citus_stand_in import citus_stand_in, set_up_suitably
from tests.waiting import wait_until
from tests.web.test_receiving import scope

THREADS = 4
SHARE = THREADS // 2
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


@pytest.fixture(scope="module")
def web(django_db_setup: None) -> Iterator[Served]:
    with served(BANDSTAND_WEB_THREADS=str(THREADS), BANDSTAND_PAGE_CACHE_SECONDS="0") as running:
        yield running


@pytest.fixture
def portals(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Portal, Portal]]:
    with django_db_blocker.unblock():
        yield _portal("alice"), _portal("charlie")


@contextmanager
def hanging(portal: Portal) -> Iterator[psycopg.Connection]:
    """Let every page of the portal wait for a lock that this connection holds."""
    url = os.environ["MIGRATION_DATABASE_URL"]
    with psycopg.connect(url) as holder:
        holder.execute(f"LOCK TABLE {portal.organization.schema_name}.bands_band")
        yield holder


def until_waiting(holder: psycopg.Connection, wanted: int) -> None:
    wait_until(lambda: holder.execute(WAITING).fetchone() == (wanted,), holder.execute(WAITING).fetchone)


@pytest.mark.long
def test_a_portal_whose_queries_hang_takes_half_of_the_threads(web: Served, portals: tuple[Portal, Portal]) -> None:
    slow, other = portals
    with ThreadPoolExecutor(2 * THREADS) as visitors, hanging(slow) as holder:
        asked: list[Future[Answer]] = [
            visitors.submit(web.get, f"/?visit={number}", slow.host, timeout=60) for number in range(2 * THREADS)
        ]
        until_waiting(holder, SHARE)

        for _time in range(3):
            assert web.get("/", other.host).status == HTTPStatus.OK
        refused = [each.result() for each in islice(as_completed(asked), 2 * THREADS - SHARE)]
        assert holder.execute(WAITING).fetchone() == (SHARE,)
        holder.rollback()

    for answer in refused:
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.header("Retry-After") == "30"
        assert escape(slow.organization.name) in answer.body.decode()
    assert web.get("/", slow.host).status == HTTPStatus.OK


def test_a_turn_is_waited_for_in_all_of_its_compartments_and_given_back() -> None:
    async def run() -> list[str]:
        compartments, ended = Compartments(1), []
        await compartments.enter(("alice", "north"), patience=1)
        await compartments.enter(("charlie", "south"), patience=1)
        with pytest.raises(CrowdedError):
            await compartments.enter(("bob", "north"), patience=0.01)

        async def work(name: str) -> None:
            await compartments.enter((name, "north"), patience=None)
            ended.append(name)
            compartments.leave((name, "north"))

        gone, *waiting = [asyncio.create_task(work(name)) for name in ("gone", "bob", "dora")]
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        compartments.leave(("alice", "north"))
        await asyncio.gather(*waiting)
        await compartments.enter(("alice", "north"), patience=0.01)
        return ended

    assert asyncio.run(run()) == ["bob", "dora"]


@pytest.mark.parametrize("patience", [5.0, 0.01])
def test_a_flood_of_log_ins_leaves_threads_to_pages(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    """With real threads: log-ins of many portals at once are hashed one by one here, and pages don't wait for them."""
    monkeypatch.setattr(receiving, "PATIENCE_FOR_TURN", patience)
    released, hashing = Event(), []

    def application(environ: dict[str, Any], start: Callable[..., None]) -> list[bytes]:
        is_refused = CROWDED in environ
        if environ["REQUEST_METHOD"] == "POST" and not is_refused:
            hashing.append(environ["HTTP_HOST"])
            assert released.wait(10)
        start("503 Service Unavailable" if is_refused else "200 OK", [])
        return [b""]

    receiver = receiving.RequestReceiver(application, threads=THREADS, share=SHARE)

    async def run() -> tuple[list[int], list[int]]:
        flood = [asyncio.create_task(_status(receiver, "POST", b"/accounts/login/", host)) for host in range(12)]
        pages = [await _status(receiver, "GET", b"/", host) for host in range(12)]
        if patience < 1:
            await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        assert len(hashing) == 1
        released.set()
        return [await each for each in flood], pages

    log_ins, pages = asyncio.run(run())

    assert pages == [200] * 12
    assert sorted(set(log_ins)) == ([200] if patience > 1 else [200, 503])


async def _status(receiver: receiving.RequestReceiver, method: str, path: bytes, host: int) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", f"portal-{host}.example.org".encode())]
    await receiver(scope(path, headers, method), receive, send)
    return int(sent[0]["status"])


def test_only_forms_with_passwords_wait_for_each_other() -> None:
    def names(method: str, path: str) -> tuple[str, ...]:
        return compartments_of({"HTTP_HOST": "a.example.org", "PATH_INFO": path, "REQUEST_METHOD": method})

    assert names("POST", "/accounts/login/") == names("POST", "/signup/verify/") == ("a.example.org", HASHING)
    assert names("GET", "/accounts/login/") == names("POST", "/backstage/gigs/add/") == ("a.example.org",)


def test_pictures_of_one_portal_share_a_compartment_of_the_media_host(settings: Settings) -> None:
    settings.MEDIA_HOST = "media.example.net"

    def names(path: str) -> tuple[str, ...]:
        return compartments_of({"HTTP_HOST": "MEDIA.example.net:443", "PATH_INFO": path, "REQUEST_METHOD": "GET"})

    assert names("/one/org_a/1.webp") == names("/two/org_a/2.webp") != names("/one/org_b/1.webp")


@pytest.fixture(scope="module")
def _stand_in(django_db_setup: None) -> Iterator[None]:
    with citus_stand_in():
        yield


@pytest.mark.usefixtures("_stand_in")
def test_on_a_cluster_a_node_is_a_compartment_as_well(alice_portal: Portal, settings: Settings) -> None:
    settings.CITUS = True
    set_up_suitably()
    schema_distribute(alice_portal.organization)
    environ = {"HTTP_HOST": alice_portal.host, "PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    assert compartments_of(environ) == (alice_portal.host,)

    assert alice_portal.client().get("/").status_code == HTTPStatus.OK

    assert compartments_of(environ) == (alice_portal.host, placements()[alice_portal.organization.schema_name])


def test_a_portal_whose_node_is_away_says_so_in_its_own_name(alice_portal: Portal) -> None:
    schema = alice_portal.organization.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {schema}.bands_band RENAME TO out_of_reach")
        cursor.execute(
            f"CREATE FUNCTION {schema}.away() RETURNS bool LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'connection to the remote node failed' USING ERRCODE = '08006'; END $$"
        )
        cursor.execute(
            f"CREATE VIEW {schema}.bands_band AS SELECT * FROM {schema}.out_of_reach WHERE (SELECT {schema}.away())"
        )

    answer = alice_portal.client().get("/?away")  # "/" may come from the cache

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
    assert answer["Retry-After"] == "30"
    assert escape(alice_portal.organization.name) in answer.text
