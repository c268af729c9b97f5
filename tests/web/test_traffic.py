"""What web tells Prometheus of traffic, caches and connections: by audience, for all processes of a server, and of no
portal's name.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from django.http import HttpRequest, HttpResponseBase
from django.test import Client
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from psycopg_pool import PoolTimeout

from bandstand.database.base import DatabaseWrapper
from bandstand.database.connection import connection
from bandstand.devstack.processes import free_port
from bandstand_web.living_processes import LivingProcesses
from bandstand_web.middleware.traffic import audience_of
from tests.attacks.serving import LOOPBACK, served
from tests.conftest import Portal
from tests.waiting import wait_until

PLATFORM = "bandstand.localhost"
TWO_PROCESSES = ("sh", "-c", 'exec "$@" --workers 2', "sh")
Key = tuple[str, ...]

_heard: list[str] = []


def listening(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that notes the audience of each request."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        _heard.append(audience_of(request))
        return response

    return answer


@pytest.fixture
def heard(settings) -> list[str]:
    settings.MIDDLEWARE = [f"{__name__}.listening", *settings.MIDDLEWARE]
    _heard.clear()
    return _heard


@pytest.mark.parametrize(
    ("host", "path", "audience"),
    [
        (PLATFORM, "/", "platform"),
        (PLATFORM, "/nothing/here/", "platform"),
        (PLATFORM, "/accounts/login/", "platform"),
        (PLATFORM, "/admin/login/", "admin"),
        ("alice.bandstand.localhost", "/", "portal"),
        ("alice.bandstand.localhost", "/administration/", "portal"),
        ("alice.bandstand.localhost", "/backstage/bands/", "backstage"),
        ("alice.bandstand.localhost", "/admin/", "admin"),
        ("alice.bandstand.localhost", "/media/none.webp", "media"),
        ("nobody.bandstand.localhost", "/", "other"),
        ("alice.bandstand.localhost", "/healthz", "other"),
        ("..", "/", "other"),
    ],
)
def test_each_request_has_an_audience(host: str, path: str, audience: str, alice_portal: Portal, heard: list[str]):
    Client().get(path, headers={"host": host})
    assert heard == [audience]


def test_the_media_host_has_an_audience(alice_portal: Portal, heard: list[str], settings):
    settings.MEDIA_HOST = "files.localhost"
    Client().get("/none.webp", headers={"host": "files.localhost"})
    assert heard == ["media"]


def told_at(port: int) -> dict[Key, float]:
    """Return what a scrape gets; no portal's name is in it."""
    with urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=5) as answer:
        page = answer.read().decode()
    assert "portal-of-nobody" not in page
    assert "alice" not in page
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def told_when(port: int, holds: Callable[[dict[Key, float]], bool]) -> dict[Key, float]:
    """Return the first scrape for which that holds."""
    scrapes = [told_at(port)]

    def now_holds() -> bool:
        scrapes[:] = [told_at(port)]
        return holds(scrapes[0])

    wait_until(now_holds, lambda: scrapes)
    return scrapes[0]


def test_all_processes_are_counted_together(tmp_path: Path) -> None:
    port = free_port()

    with served(prefix=TWO_PROCESSES, BANDSTAND_WEB_METRICS_PORT=str(port), TMPDIR=str(tmp_path)) as web:
        began, warmed = time.monotonic(), 2  # processes, each with a page of the platform
        before = told_when(port, lambda told: told["bandstand_web_requests_total", "platform", "2xx"] == warmed)
        for number in range(1, 41):  # enough that both have answered some
            assert web.get("/accounts/login/", PLATFORM).status == HTTPStatus.OK
            if number % 10 == 0:
                assert told_at(port)["bandstand_web_requests_total", "platform", "2xx"] == number + warmed
        assert web.get("/", "portal-of-nobody.bandstand.localhost").status == HTTPStatus.NOT_FOUND
        found = told_at(port)
        assert found["bandstand_web_requests_total", "other", "4xx"] == 1
        assert found["bandstand_web_request_seconds_count", "platform"] == 40 + warmed
        taken = ("bandstand_web_request_seconds_sum", "platform")
        assert 0 < found[taken] - before[taken] < time.monotonic() - began


def test_pages_from_the_cache_are_told_from_those_that_were_made(tmp_path: Path, django_db_setup: None) -> None:
    port, host = free_port(), "alice.bandstand.localhost"
    keys = ("hit", "miss")
    of_its_own = {"BANDSTAND_RELEASE": secrets.token_hex(8)}  # pages that other tests had made are other pages
    with served(BANDSTAND_WEB_METRICS_PORT=str(port), TMPDIR=str(tmp_path), **of_its_own) as web:
        web.get("/", host)  # the first visit of all writes the portal's settings
        before = told_at(port)
        for path in ("/gigs/", "/gigs/", "/gigs/", "/accounts/login/"):
            assert web.get(path, host).status == HTTPStatus.OK
        after = told_at(port)
    pages = "bandstand_web_page_cache_total"
    assert [after.get((pages, "portal", key), 0) - before.get((pages, "portal", key), 0) for key in keys] == [2, 1]
    assert {key for key in after if key[0] == pages} <= {(pages, "portal", key) for key in keys}


@pytest.mark.long
def test_it_tells_who_waits_for_a_connection_while_nobody_is_answered(tmp_path: Path) -> None:
    port = free_port()
    served_with = {
        "BANDSTAND_WEB_METRICS_PORT": str(port),
        "BANDSTAND_DATABASE_POOL_SIZE": "1",
        "BANDSTAND_WEB_THREADS": "4",
        "TMPDIR": str(tmp_path),
    }
    with served(prefix=TWO_PROCESSES, **served_with) as web:
        assert web.get("/accounts/login/", PLATFORM).status == HTTPStatus.OK
        limit = ("bandstand_web_database_connections_max", "default")
        told_when(port, lambda found: found.get(limit) == 2)  # one in each process
        in_use = ("bandstand_web_database_connections", "default", "in_use")
        waiting = ("bandstand_web_database_waiting", "default")
        with ThreadPoolExecutor(40) as people:
            with psycopg.connect(os.environ["DATABASE_URL"]) as somebody:
                somebody.execute("LOCK TABLE organizations_domain")  # hosts are looked up in it
                answers = [
                    people.submit(web.get, "/", f"portal-of-nobody-{number}.bandstand.localhost") for number in range(8)
                ]

                def both_are_full(found: dict[Key, float]) -> bool:
                    """Each process takes whom it likes: further visitors come until both have some."""
                    if found[in_use] == 2 and found[waiting] > 0:
                        return True
                    host = f"portal-of-nobody-{len(answers)}.bandstand.localhost"
                    answers.append(people.submit(web.get, "/", host))
                    return False

                full = told_when(port, both_are_full)
                assert not any(answer.done() for answer in answers)
            assert {answer.result().status for answer in answers} == {HTTPStatus.NOT_FOUND}
        assert full[waiting] <= 6
        free = told_when(port, lambda found: found[in_use] == 0)
        assert free[waiting] == 0
        assert free["bandstand_web_database_timeouts_total", "default"] == 0


def test_a_killed_process_uses_no_connection_any_more(tmp_path: Path) -> None:
    script = (
        "import sys; from prometheus_client import CollectorRegistry, Counter, Gauge; mine = CollectorRegistry();"
        "Gauge('used', 'used', registry=mine, multiprocess_mode='livesum').set(3);"
        "Counter('done', 'done', registry=mine).inc(5); print('ready', flush=True); sys.stdin.read()"
    )
    ended = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    registry = CollectorRegistry()
    registry.register(LivingProcesses(str(tmp_path)))
    assert ended.stdout
    assert ended.stdout.readline()
    assert registry.get_sample_value("used") == 3
    ended.kill()
    ended.communicate()

    assert registry.get_sample_value("used") is None
    assert registry.get_sample_value("done_total") == 5


def test_a_request_that_got_no_connection_in_time_is_counted() -> None:
    impatient = {
        **connection.settings_dict,
        "PATIENCE": 0.2,
        "OPTIONS": {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 0, "max_size": 1, "timeout": 0.1}},
    }
    wrapper = DatabaseWrapper(impatient, alias="impatient")
    before = DatabaseWrapper.timeouts["impatient"]
    try:
        only = wrapper.get_new_connection(wrapper.get_connection_params())
        with pytest.raises(PoolTimeout):
            wrapper.get_new_connection(wrapper.get_connection_params())
        only.close()
    finally:
        wrapper.close_pool()
    assert DatabaseWrapper.timeouts["impatient"] == before + 1
