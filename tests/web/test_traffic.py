"""What web tells Prometheus of its traffic: by audience, for all processes of a server, and of no portal's name."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.http import HttpRequest, HttpResponseBase
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from bandstand.devstack.processes import free_port
from bandstand_web.middleware.traffic import audience_of
from tests.attacks.serving import LOOPBACK, served
from tests.conftest import Portal

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


def test_all_processes_are_counted_together(tmp_path: Path) -> None:
    port = free_port()

    def told() -> dict[Key, float]:
        with urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=5) as answer:
            page = answer.read().decode()
        assert "nobodys-portal" not in page
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }

    with served(prefix=TWO_PROCESSES, BANDSTAND_WEB_METRICS_PORT=str(port), TMPDIR=str(tmp_path)) as web:
        began = time.monotonic()
        for number in range(1, 41):  # enough that both have answered some
            assert web.get("/accounts/login/", PLATFORM).status == HTTPStatus.OK
            if number % 10 == 0:
                assert told()["bandstand_web_requests_total", "platform", "2xx"] == number
        assert web.get("/", "nobodys-portal.bandstand.localhost").status == HTTPStatus.NOT_FOUND
        found = told()
        assert found["bandstand_web_requests_total", "other", "4xx"] == 1
        assert found["bandstand_web_request_seconds_count", "platform"] == 40
        assert 0 < found["bandstand_web_request_seconds_sum", "platform"] < time.monotonic() - began
