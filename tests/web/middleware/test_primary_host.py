"""A portal with several hosts has one address."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from bandstand.domains.claiming import primary_choose
from bandstand_web.accounts.hand_over import portal_entrance
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory

OWN = "www.theband.com"


@pytest.fixture
def portal(alice_portal: Portal) -> Portal:
    """Alice's portal, whose visitors are sent to a domain of its own."""
    domain = LiveDomainFactory(organization=alice_portal.organization, name=OWN)
    LiveDomainFactory(organization=alice_portal.organization, name="theband.com")
    primary_choose(organization=alice_portal.organization, domain=domain)
    return alice_portal


@pytest.mark.parametrize("host", ["theband.com", "alice.bandstand.localhost", "THEBAND.com:8000"])
def test_it_sends_visitors_to_the_primary_domain(portal: Portal, host: str) -> None:
    answer = Client(HTTP_HOST=host).get("/bands/?genre=doom")

    assert answer.status_code == 301
    assert answer["Location"] == f"http://{OWN}:8000/bands/?genre=doom"
    assert answer["Cache-Control"] == "max-age=3600"
    assert Client(HTTP_HOST=host).head("/bands/").status_code == 301


def test_it_keeps_method_and_body_of_a_form(portal: Portal) -> None:
    assert Client(HTTP_HOST="theband.com").post("/language/", {"language": "de"}).status_code == 308


def test_it_answers_at_the_primary_domain_itself(portal: Portal) -> None:
    answer = Client(HTTP_HOST=OWN).get("/bands/")

    assert answer.status_code == 200
    assert answer.wsgi_request.organization == portal.organization  # type: ignore[attr-defined]


def test_it_keeps_the_teams_door_open_at_the_platforms_address(portal: Portal) -> None:
    at_home = Client(HTTP_HOST="alice.bandstand.localhost")

    assert at_home.get("/accounts/login/").status_code == 200
    assert at_home.get("/theme.css").status_code == 200
    assert at_home.get("/backstage/")["Location"] == "/accounts/login/?next=/backstage/"


@pytest.mark.parametrize("path", ["/backstage/", "/accounts/login/", "/admin/"])
def test_it_asks_for_no_password_at_a_domain_that_may_lapse(portal: Portal, path: str) -> None:
    for host in (OWN, "theband.com"):
        assert Client(HTTP_HOST=host).get(path)["Location"] == f"http://alice.bandstand.localhost:8000{path}"


def test_it_leads_owners_from_the_platform_to_the_teams_door(portal: Portal) -> None:
    assert portal_entrance(portal.organization).startswith("http://alice.bandstand.localhost:8000/accounts/")


def test_it_sends_visitors_of_a_further_domain_to_the_portals_address(alice_portal: Portal) -> None:
    LiveDomainFactory(organization=alice_portal.organization, name=OWN)

    assert Client(HTTP_HOST=OWN).get("/")["Location"] == "http://alice.bandstand.localhost:8000/"


def test_it_knows_nobody_at_a_claim(alice_portal: Portal, portal: Portal) -> None:
    CustomDomainFactory(organization=alice_portal.organization, name="claimed.theband.com")

    assert Client(HTTP_HOST="claimed.theband.com").get("/").status_code == 404


def test_it_costs_no_query_when_warm(portal: Portal, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    Client(HTTP_HOST="theband.com").get("/")

    with django_assert_num_queries(0):
        Client(HTTP_HOST="theband.com").get("/")


def test_it_binds_nobody_elses_subdomains_to_tls(portal: Portal, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 1000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    own = Client(HTTP_HOST=OWN).get("/bands/", secure=True)
    platform = Client(HTTP_HOST="alice.bandstand.localhost").get("/accounts/login/", secure=True)

    assert own["Strict-Transport-Security"] == "max-age=1000"
    assert "includeSubDomains" in platform["Strict-Transport-Security"]
