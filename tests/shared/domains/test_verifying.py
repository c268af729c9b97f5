"""From a verdict to a state: verified, warned, switched off, back again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_tenants.utils import tenant_context

from bandstand.domains.judging import Finding, Verdict
from bandstand.domains.models import Certificate, CustomDomain, DomainState, Problem
from bandstand.domains.verifying import BACK_OFF, WARNING, certificate_noted, domain_judged, next_look
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Domain
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory, ProvenDomainFactory

NOW = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
FOUND = Verdict(finding=Finding.FOUND)
GONE = Verdict(finding=Finding.MISSING, problem=Problem.NO_TXT)
ELSEWHERE = Verdict(finding=Finding.MISSING, problem=Problem.ELSEWHERE, evidence={"addresses": ["192.33.4.12"]})
UNCLEAR = Verdict(finding=Finding.UNCLEAR, problem=Problem.UNREACHABLE)


@pytest.fixture(autouse=True)
def _inside(alice_portal: Portal) -> Iterator[None]:
    with tenant_context(alice_portal.organization):
        yield


def judged(domain: CustomDomain, verdict: Verdict, after: timedelta = timedelta()) -> CustomDomain:
    found = domain_judged(domain_id=domain.pk, verdict=verdict, now=NOW + after)
    assert found is not None
    return found


def test_it_opens_the_portal_at_a_proven_domain(alice_portal: Portal) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization, name="www.theband.com", waiting_since=NOW)

    domain = judged(domain, FOUND)

    assert domain.state == DomainState.VERIFIED
    assert resolver.resolve("www.theband.com") == alice_portal.organization
    assert alice_portal.organization.host == "alice.bandstand.localhost"  # visitors are sent there by choice alone


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(GONE, DomainState.WAITING), (ELSEWHERE, DomainState.FAILING), (UNCLEAR, DomainState.FAILING)],
)
def test_it_keeps_an_unproven_domain_closed(alice_portal: Portal, verdict: Verdict, state: DomainState) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization, name="www.theband.com", waiting_since=NOW)

    domain = judged(domain, verdict)

    assert domain.state == state
    assert domain.problem == verdict.problem
    assert resolver.resolve("www.theband.com") is None


def test_it_looks_less_and_less_often_and_then_no_more(alice_portal: Portal) -> None:
    domain = CustomDomainFactory.build(organization=alice_portal.organization, waiting_since=NOW)
    pauses = [next_look(domain, NOW + until - timedelta(seconds=1)) for until, _pause in BACK_OFF]

    assert pauses == sorted(pauses)  # type: ignore[type-var]
    assert pauses[0] == NOW + timedelta(minutes=11, seconds=-1)
    assert next_look(domain, NOW + timedelta(days=14)) is None


def test_it_gives_a_domain_to_the_first_who_proves_it(alice_portal: Portal, charlie_portal: Portal) -> None:
    LiveDomainFactory(organization=charlie_portal.organization, name="www.theband.com")
    domain = CustomDomainFactory(organization=alice_portal.organization, name="www.theband.com", waiting_since=NOW)

    domain = judged(domain, FOUND)

    assert domain.state == DomainState.FAILING
    assert domain.problem == Problem.TAKEN
    assert resolver.resolve("www.theband.com") == charlie_portal.organization


def test_it_warns_before_it_switches_a_domain_off_and_takes_it_back(alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    Domain.objects.get(domain="www.theband.com").delete()
    Domain(tenant=alice_portal.organization, domain="www.theband.com", is_primary=True).save()

    domain = judged(domain, ELSEWHERE)
    assert domain.state == DomainState.FAILING
    assert not OutgoingMessage.objects.exists()  # DNS has bad minutes

    domain = judged(domain, ELSEWHERE, timedelta(minutes=15))
    (warning,) = OutgoingMessage.objects.all()
    assert warning.recipients == ["alice@example.org"]
    assert warning.subject == "www.theband.com no longer points to your portal"
    assert "4 May 2031" in warning.text
    assert "points to another server" in warning.text
    assert "/backstage/domains/" in warning.text

    domain = judged(domain, ELSEWHERE, timedelta(hours=50))
    assert domain.is_proven
    assert OutgoingMessage.objects.count() == 1

    domain = judged(domain, ELSEWHERE, WARNING + timedelta(minutes=16))
    assert domain.state == DomainState.FAILING
    assert domain.switched_off_at
    assert OutgoingMessage.objects.latest("pk").subject == "www.theband.com is switched off"
    resolver.forget()
    assert resolver.resolve("www.theband.com") is None
    assert Domain.objects.get(tenant=alice_portal.organization, is_primary=True).domain == "alice.bandstand.localhost"

    domain = judged(domain, FOUND, timedelta(days=5))
    assert domain.state == DomainState.VERIFIED
    resolver.forget()  # as the commit announces
    assert resolver.resolve("www.theband.com") == alice_portal.organization


def test_it_forgives_a_short_loss_and_concludes_nothing_from_silence(alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization)

    judged(domain, GONE)
    domain = judged(domain, FOUND, timedelta(minutes=15))
    assert domain.state == DomainState.LIVE

    for hours in range(0, 240, 12):
        domain = judged(domain, UNCLEAR, timedelta(hours=hours))
    assert domain.state == DomainState.LIVE
    assert not OutgoingMessage.objects.exists()


def test_it_notes_what_the_cluster_says_once(alice_portal: Portal) -> None:
    domain = ProvenDomainFactory(organization=alice_portal.organization)

    assert certificate_noted(domain_id=domain.pk, certificate=Certificate.ISSUING)
    assert not certificate_noted(domain_id=domain.pk, certificate=Certificate.ISSUING)
    assert certificate_noted(domain_id=domain.pk, certificate=Certificate.FAILED, problem="too\nmany " + "x" * 900)
    domain.refresh_from_db()
    assert domain.state == DomainState.FAILING
    assert domain.certificate_problem.startswith("too many x")


def test_it_has_no_certificate_for_a_claim(alice_portal: Portal) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization)

    assert not certificate_noted(domain_id=domain.pk, certificate=Certificate.READY)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomDomain.objects.filter(pk=domain.pk).update(certificate=Certificate.READY)


def test_it_shrugs_when_the_domain_is_gone() -> None:
    assert domain_judged(domain_id=0, verdict=FOUND) is None
