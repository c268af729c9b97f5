"""The page of domains: adding, what to set, states, the main address, and other portals' domains."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.domains.job_kinds import CHECK_DOMAIN
from bandstand.domains.models import Certificate, CustomDomain, Problem
from bandstand.jobs.models import Job
from bandstand.organizations.models import Domain
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory, ProvenDomainFactory

PAGE = "/backstage/domains/"


@pytest.fixture
def owner(alice_portal: Portal) -> Client:
    """Alice's browser."""
    return alice_portal.client_of(roles.OWNER)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_adds_a_domain_with_its_twin_and_says_what_to_set(owner: Client) -> None:
    answer = owner.post(PAGE, {"name": "https://www.theband.com/", "both": "on"}, follow=True)

    page = answer.content.decode()
    domain = CustomDomain.objects.get(name="www.theband.com")
    assert f"bandstand-verification={domain.token}" in page
    assert "_bandstand.www.theband.com" in page
    assert "CNAME" in page
    assert "bandstand.localhost" in page
    assert CustomDomain.objects.filter(name="theband.com").exists()
    assert Job.objects.filter(kind=CHECK_DOMAIN.name).count() == 2


def test_it_adds_one_alone_when_asked(owner: Client) -> None:
    owner.post(PAGE, {"name": "gigs.theband.com", "both": "on"})
    owner.post(PAGE, {"name": "theband.com"})

    assert set(CustomDomain.objects.values_list("name", flat=True)) == {"gigs.theband.com", "theband.com"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "required"),
        ("no domain", "This isn&#x27;t a domain"),
        ("charlie.bandstand.localhost", "belongs to the platform"),
    ],
)
def test_it_says_why_a_domain_is_refused(owner: Client, name: str, reason: str) -> None:
    answer = owner.post(PAGE, {"name": name})

    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not CustomDomain.objects.exists()


def test_it_refuses_a_domain_in_use_elsewhere(owner: Client, charlie_portal: Portal) -> None:
    LiveDomainFactory(organization=charlie_portal.organization, name="www.theband.com")

    assert "Another portal uses this domain." in owner.post(PAGE, {"name": "www.theband.com"}).content.decode()


def test_it_names_addresses_where_no_cname_may_stand(owner: Client, alice_portal: Portal, settings: Settings) -> None:
    settings.DOMAINS_ADDRESSES = ["185.1.2.3", "2a00::1"]
    apex = CustomDomainFactory(organization=alice_portal.organization, name="theband.com", apex=True)

    page = text(owner, f"{PAGE}{apex.pk}/")

    assert "185.1.2.3" in page
    assert "AAAA" in page
    settings.DOMAINS_ADDRESSES = []
    assert "ALIAS" in text(owner, f"{PAGE}{apex.pk}/")


@pytest.mark.parametrize(
    ("made", "state", "reason"),
    [
        (
            {"problem": Problem.NO_TXT, "checked_at": timezone.now()},
            "Waiting for DNS",
            "we can&#x27;t see the TXT record yet",
        ),
        ({}, "Waiting for DNS", "checking for the first time"),
        (
            {"problem": Problem.ELSEWHERE, "checked_at": timezone.now(), "evidence": {"addresses": ["192.33.4.12"]}},
            "Failing",
            "points to 192.33.4.12, which isn&#x27;t us",
        ),
        (
            {"problem": Problem.NO_TXT, "checked_at": timezone.now(), "next_check_at": None},
            "Waiting for DNS",
            "no longer check automatically",
        ),
    ],
)
def test_it_explains_a_claim(
    owner: Client, alice_portal: Portal, made: dict[str, object], state: str, reason: str
) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization, **made)

    page = text(owner, f"{PAGE}{domain.pk}/")

    assert state in page
    assert reason in page
    assert reason in text(owner, PAGE)


@pytest.mark.parametrize(
    ("made", "state", "reason"),
    [
        ({}, "Verified", "Next is the certificate"),
        ({"certificate": Certificate.ISSUING}, "Certificate being issued", "takes a few minutes"),
        ({"certificate": Certificate.READY}, "Live", "The portal is live here"),
        (
            {"certificate": Certificate.FAILED, "certificate_problem": "too many certificates"},
            "Failing",
            "No certificate could be issued: too many certificates",
        ),
        (
            {"lost_at": timezone.now(), "warned_at": timezone.now(), "problem": Problem.NO_TXT},
            "Failing",
            "the portal will no longer be reachable here",
        ),
    ],
)
def test_it_explains_a_proven_domain(
    owner: Client, alice_portal: Portal, made: dict[str, object], state: str, reason: str
) -> None:
    domain = ProvenDomainFactory(organization=alice_portal.organization, **made)

    page = text(owner, f"{PAGE}{domain.pk}/")

    assert state in page
    assert reason in page


def test_it_asks_again_while_something_changes_and_then_stops(owner: Client, alice_portal: Portal) -> None:
    waiting = CustomDomainFactory(organization=alice_portal.organization)
    assert f'hx-get="{PAGE}' not in text(owner, f"{PAGE}{waiting.pk}/")

    owner.post(f"{PAGE}{waiting.pk}/check/")
    assert f'hx-get="{PAGE}{waiting.pk}/state/?round=1"' in text(owner, f"{PAGE}{waiting.pk}/")
    assert "round=31" in text(owner, f"{PAGE}{waiting.pk}/state/?round=30")
    assert "hx-get" not in text(owner, f"{PAGE}{waiting.pk}/state/?round=59")
    for impossible in ("9999999999", "x", "²", "9" * 5000):
        assert owner.get(f"{PAGE}{waiting.pk}/state/", {"round": impossible}).status_code == 404

    Job.objects.update(state="done", finished_at=timezone.now())
    assert "hx-get" not in text(owner, f"{PAGE}{waiting.pk}/state/")


def test_it_makes_a_live_domain_the_main_address(owner: Client, alice_portal: Portal) -> None:
    live = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    waiting = CustomDomainFactory(organization=alice_portal.organization)

    owner.post(f"{PAGE}primary/", {"domain": waiting.pk})
    assert Domain.objects.get(tenant=alice_portal.organization, is_primary=True).domain == alice_portal.host

    owner.post(f"{PAGE}primary/", {"domain": live.pk})
    assert Domain.objects.get(tenant=alice_portal.organization, is_primary=True).domain == "www.theband.com"

    owner.post(f"{PAGE}primary/", {"domain": ""})
    assert Domain.objects.get(tenant=alice_portal.organization, is_primary=True).domain == alice_portal.host


def test_it_asks_before_it_removes_a_domain(owner: Client, alice_portal: Portal) -> None:
    live = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")

    assert "stops working there immediately" in text(owner, f"{PAGE}{live.pk}/remove/")
    assert CustomDomain.objects.exists()

    owner.post(f"{PAGE}{live.pk}/remove/")
    assert not CustomDomain.objects.exists()
    assert not Domain.objects.filter(domain="www.theband.com").exists()


def test_it_shows_and_touches_nothing_of_another_portal(
    owner: Client, alice_portal: Portal, charlie_portal: Portal
) -> None:
    foreign = LiveDomainFactory(organization=charlie_portal.organization, name="www.choirs.com")

    assert "choirs" not in text(owner, PAGE)
    for path in ("", "state/", "remove/"):
        assert owner.get(f"{PAGE}{foreign.pk}/{path}").status_code == 404
    for path in ("check/", "remove/"):
        assert owner.post(f"{PAGE}{foreign.pk}/{path}").status_code == 404
    assert owner.post(f"{PAGE}primary/", {"domain": foreign.pk}).status_code == 404
    assert owner.post(f"{PAGE}primary/", {"domain": "x"}).status_code == 404
    assert CustomDomain.objects.get(pk=foreign.pk).is_live
    assert not Job.objects.exists()


def test_it_lists_many_domains_with_the_queries_of_one(owner: Client, alice_portal: Portal) -> None:
    owner.get(PAGE)
    LiveDomainFactory(organization=alice_portal.organization)
    with CaptureQueriesContext(connection) as one:
        owner.get(PAGE)

    CustomDomainFactory.create_batch(10, organization=alice_portal.organization)
    with CaptureQueriesContext(connection) as many:
        owner.get(PAGE)

    assert len(many) == len(one)
