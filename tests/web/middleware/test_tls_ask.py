"""A proxy gets certificates for names that were proven, and for no others."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, ProvenDomainFactory


def ask(name: str, **headers: str) -> int:
    return int(Client(HTTP_HOST="web:8000", **headers).get("/tls-ask", {"domain": name}).status_code)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _domains(alice_portal: Portal) -> None:
    ProvenDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    CustomDomainFactory(organization=alice_portal.organization, name="claimed.theband.com")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("www.theband.com", 200),
        ("WWW.TheBand.com.", 200),
        ("bandstand.localhost", 200),
        ("alice.bandstand.localhost", 200),
        ("claimed.theband.com", 404),
        ("nobody.bandstand.localhost", 404),
        ("evil.com", 404),
        ("", 404),
        ("a b", 404),
        ("x" * 300, 404),
    ],
)
def test_it_says_yes_to_what_was_proven(name: str, status: int) -> None:
    assert ask(name) == status


def test_it_says_no_for_a_portal_on_its_way_out(alice_portal: Portal) -> None:
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.DELETING)

    assert ask("www.theband.com") == 404


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA"])
def test_it_is_not_there_for_the_world_outside(header: str) -> None:
    assert ask("www.theband.com", **{header: "203.0.113.9"}) == 404


def test_it_costs_no_query_to_ask_again(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ask("www.theband.com")
    ask("evil.com")

    with django_assert_num_queries(0):
        ask("www.theband.com")
        ask("evil.com")


def test_it_answers_only_where_a_proxy_gets_the_certificates(settings: Settings) -> None:
    settings.CUSTOM_DOMAINS = "cluster"

    assert ask("www.theband.com") == 404
