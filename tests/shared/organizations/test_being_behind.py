"""A tenant that lacks migrations of the running code is left alone by it, and by nobody else."""

from __future__ import annotations

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bandstand.organizations.behind import migrations_digest
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal


def lack(portal: Portal, digest: str) -> None:
    Organization.objects.filter(pk=portal.organization.pk).update(lacks_migrations=digest)


def test_it_closes_the_portal_that_is_behind_and_no_other(alice_portal: Portal, charlie_portal: Portal) -> None:
    lack(alice_portal, migrations_digest())

    answer = alice_portal.client().get("/bands/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Alice&#x27;s Agency" in answer.content.decode()
    assert charlie_portal.client().get("/bands/").status_code == 200


def test_it_asks_nothing_to_know_it(alice_portal: Portal, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    lack(alice_portal, migrations_digest())
    assert resolver.resolve(alice_portal.host) is not None

    with django_assert_num_queries(0):
        assert alice_portal.client().get("/bands/").status_code == 503


def test_older_code_goes_on_serving_it(alice_portal: Portal) -> None:
    lack(alice_portal, "what-the-next-release-brings")

    assert alice_portal.client().get("/bands/").status_code == 200


def test_it_speaks_the_visitors_language(alice_portal: Portal) -> None:
    lack(alice_portal, migrations_digest())

    text = Client(HTTP_HOST=alice_portal.host, HTTP_ACCEPT_LANGUAGE="de").get("/").content.decode()

    assert "Wir stimmen die Instrumente" in text
