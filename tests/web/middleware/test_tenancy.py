"""Every request is for one portal, for the platform, or for nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bandstand.organizations.models import Domain, Organization
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal


@pytest.mark.parametrize(
    "host",
    [
        "alice.bandstand.localhost",
        "ALICE.Bandstand.Localhost:8000",
        "alice.bandstand.localhost.",
        "alice.bandstand.localhost.:8000",
    ],
)
def test_it_finds_a_portal_however_its_host_is_spelt(alice_portal: Portal, host: str) -> None:
    answer = Client(HTTP_HOST=host).get("/accounts/login/")

    assert answer.status_code == 200
    assert answer.wsgi_request.organization == alice_portal.organization  # type: ignore[attr-defined]


def test_it_finds_a_portal_by_an_international_name(alice_portal: Portal) -> None:
    Domain(tenant=alice_portal.organization, domain="xn--gre-6ka8i.example", is_primary=True).save()

    assert Client(HTTP_HOST="Größe.example".encode().decode("latin-1")).get("/bands/").status_code == 200


@pytest.mark.parametrize(
    "host", ["nobody.bandstand.localhost", "evil.example", "10.0.0.1", "[::1]:8000", "a b", "x" * 300]
)
def test_it_says_kindly_that_nobody_is_here(
    alice_portal: Portal, host: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(1):
        answer = Client(HTTP_HOST=host).get("/accounts/login/")

    assert answer.status_code == 404
    assert "http://bandstand.localhost:8000" in answer.content.decode()
    assert "Set-Cookie" not in answer.headers


def test_it_speaks_the_strangers_language(alice_portal: Portal) -> None:
    answer = Client(HTTP_HOST="nobody.example", HTTP_ACCEPT_LANGUAGE="de").get("/")

    assert 'lang="de"' in answer.content.decode()


def test_it_closes_a_suspended_portal(alice_portal: Portal) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.SUSPENDED)

    answer = alice_portal.client().get("/accounts/login/")

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Alice&#x27;s Agency" in answer.content.decode()


def test_it_hides_a_portal_that_is_being_deleted(alice_portal: Portal) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.DELETING)

    assert alice_portal.client().get("/accounts/login/").status_code == 404


def test_it_keeps_portal_pages_off_the_platform(alice_portal: Portal, platform_client: Client) -> None:
    assert platform_client.get("/backstage/team/").status_code == 404
    assert platform_client.get("/backstage/").status_code == 404


def test_it_answers_health_checks_without_any_host(db: None) -> None:
    stranger = Client(HTTP_HOST="10.0.0.7:8000")

    assert stranger.get("/healthz").content == b"ok\n"
    assert stranger.get("/readyz").json() == {"database": "ok", "redis": "ok"}
    assert not resolver._known


def test_it_is_not_ready_without_redis(db: None, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]

    answer = Client(HTTP_HOST="10.0.0.7").get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "unreachable"}
