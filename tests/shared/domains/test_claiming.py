"""Claims: adding, removing, the primary one, and what two portals may do to each other."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from bandstand.domains.claiming import (
    DOMAINS_PER_ORGANIZATION,
    NotLiveError,
    domain_add,
    domain_check_soon,
    domain_remove,
    primary_choose,
)
from bandstand.domains.job_kinds import CHECK_DOMAIN
from bandstand.domains.models import CustomDomain, DomainState
from bandstand.jobs.models import Job
from bandstand.organizations.models import Domain
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory, ProvenDomainFactory


def hosts(portal: Portal) -> dict[str, bool]:
    return dict(Domain.objects.filter(tenant=portal.organization).values_list("domain", "is_primary"))


def test_it_adds_a_claim_that_leads_nowhere_yet(alice_portal: Portal) -> None:
    domain = domain_add(organization=alice_portal.organization, name="https://Grüße.de/", created_by="Alice")

    assert domain.name == "xn--gre-6ka8l.de"
    assert str(domain) == "grüße.de"
    assert domain.state == DomainState.WAITING
    assert domain.apex
    assert len(domain.token) == 32
    assert resolver.resolve("xn--gre-6ka8l.de") is None
    job = Job.objects.get(kind=CHECK_DOMAIN.name)
    assert job.payload == {"domain_id": domain.pk}
    assert job.organization == alice_portal.organization


def test_it_looks_once_however_often_it_is_asked(alice_portal: Portal) -> None:
    domain = domain_add(organization=alice_portal.organization, name="www.theband.com")
    first = domain_check_soon(domain=domain)

    assert domain_check_soon(domain=domain) == first
    assert Job.objects.filter(kind=CHECK_DOMAIN.name).count() == 1


def test_it_lets_two_portals_claim_but_only_one_have(alice_portal: Portal, charlie_portal: Portal) -> None:
    """A claim alone must not keep the owner of a domain from it; a proof does."""
    domain_add(organization=alice_portal.organization, name="www.theband.com")
    domain_add(organization=charlie_portal.organization, name="www.theband.com")
    ProvenDomainFactory(organization=charlie_portal.organization, name="theband.com")

    with pytest.raises(ValidationError) as refused:
        domain_add(organization=alice_portal.organization, name="theband.com")
    assert refused.value.code == "taken"
    assert CustomDomain.objects.filter(name="www.theband.com").values("token").distinct().count() == 2


def test_it_refuses_what_is_listed_already_and_too_many(alice_portal: Portal) -> None:
    domain_add(organization=alice_portal.organization, name="www.theband.com")
    with pytest.raises(ValidationError) as listed:
        domain_add(organization=alice_portal.organization, name="WWW.theband.com")
    assert listed.value.code == "listed"

    CustomDomainFactory.create_batch(DOMAINS_PER_ORGANIZATION - 1, organization=alice_portal.organization)
    with pytest.raises(ValidationError) as many:
        domain_add(organization=alice_portal.organization, name="one.too.many.com")
    assert many.value.code == "many"


def test_it_chooses_a_live_domain_for_visitors(alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")

    assert primary_choose(organization=alice_portal.organization, domain=domain) == "www.theband.com"
    assert hosts(alice_portal) == {"alice.bandstand.localhost": False, "www.theband.com": True}

    assert primary_choose(organization=alice_portal.organization, domain=None) == "alice.bandstand.localhost"
    assert hosts(alice_portal) == {"alice.bandstand.localhost": True, "www.theband.com": False}


def test_it_sends_nobody_to_a_domain_that_does_not_work(alice_portal: Portal, charlie_portal: Portal) -> None:
    proven = ProvenDomainFactory(organization=alice_portal.organization)
    foreign = LiveDomainFactory(organization=charlie_portal.organization)

    with pytest.raises(NotLiveError):
        primary_choose(organization=alice_portal.organization, domain=proven)
    with pytest.raises(CustomDomain.DoesNotExist):
        primary_choose(organization=alice_portal.organization, domain=foreign)


def test_it_stops_answering_where_it_was_removed(alice_portal: Portal) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    primary_choose(organization=alice_portal.organization, domain=domain)
    assert resolver.resolve("www.theband.com") == alice_portal.organization

    for _time in range(2):
        domain_remove(domain=domain)

    resolver.forget_organization(alice_portal.organization.pk)  # what the commit announces
    assert resolver.resolve("www.theband.com") is None
    assert hosts(alice_portal) == {"alice.bandstand.localhost": True}


def test_it_leaves_the_others_domain_alone_when_a_claim_is_removed(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    claim = CustomDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    LiveDomainFactory(organization=charlie_portal.organization, name="www.theband.com")

    domain_remove(domain=claim)

    assert resolver.resolve("www.theband.com") == charlie_portal.organization
