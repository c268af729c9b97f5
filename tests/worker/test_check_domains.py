"""Looking at domains through real resolvers' protocol, on loopback, by the worker's real executor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from bandstand.domains.claiming import domain_add, domain_check_soon
from bandstand.domains.job_kinds import CHECK_DOMAIN, CHECK_DUE_DOMAINS, CheckDueDomains
from bandstand.domains.models import CustomDomain, DomainState, Problem
from bandstand.domains.records import ownership_value
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import resolver
from bandstand_worker import dns_looking, registry
from bandstand_worker.dns_looking import NoResolversError, look
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory
from tests.worker.conftest import WorkOff
from tests.worker.name_server import NameServer, name_server

TARGET = "portals.bands.org"
PLATFORM = {(TARGET, "A"): ["185.1.2.3"], (TARGET, "AAAA"): ["2a00::1"]}


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


@pytest.fixture
def servers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[NameServer]]:
    """Three resolvers that know the platform."""
    monkeypatch.setattr(dns_looking, "SECONDS_PER_QUESTION", 0.4)
    with ExitStack() as stack:
        found = [stack.enter_context(name_server(dict(PLATFORM))) for _i in range(3)]
        settings.DNS_RESOLVERS = [server.address for server in found]
        settings.DOMAINS_TARGET = TARGET
        yield found


def publish(servers: list[NameServer], domain: CustomDomain, *, address: str = "") -> None:
    for server in servers:
        server.records[f"_bandstand.{domain.name}", "TXT"] = [f'"{ownership_value(domain.token)}"']
        if address:
            server.records[domain.name, "A"] = [address]
        else:
            server.records[domain.name, "CNAME"] = [TARGET]


def looked_at(domain: CustomDomain, work_off: WorkOff) -> CustomDomain:
    domain_check_soon(domain=domain)
    assert {job.state for job in work_off() if job.kind == CHECK_DOMAIN.name} == {"done"}
    domain.refresh_from_db()
    return domain


def test_it_brings_a_domain_from_its_records_to_live(
    servers: list[NameServer], alice_portal: Portal, work_off: WorkOff
) -> None:
    domain = domain_add(organization=alice_portal.organization, name="www.theband.com")
    assert looked_at(domain, work_off).state == DomainState.WAITING
    assert domain.problem == Problem.NO_ADDRESS
    assert resolver.resolve("www.theband.com") is None

    publish(servers, domain)
    assert looked_at(domain, work_off).state == DomainState.LIVE  # the proxy gets certificates when somebody comes
    resolver.forget()
    assert resolver.resolve("www.theband.com") == alice_portal.organization
    assert domain.evidence == {"addresses": ["185.1.2.3", "2a00::1"], "resolvers": 3, "answered": 3}


def test_it_waits_for_the_cluster_where_there_is_one(
    servers: list[NameServer], alice_portal: Portal, work_off: WorkOff, settings: Settings
) -> None:
    settings.CUSTOM_DOMAINS = "cluster"
    domain = CustomDomainFactory(organization=alice_portal.organization)
    publish(servers, domain)

    assert looked_at(domain, work_off).state == DomainState.VERIFIED


def test_it_knows_an_apex(servers: list[NameServer], alice_portal: Portal, work_off: WorkOff) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization, name="theband.co.uk")
    publish(servers, domain, address="185.1.2.3")
    for server in servers:
        server.records["theband.co.uk", "SOA"] = ["ns.net. admin.net. 1 3600 600 86400 60"]

    assert looked_at(domain, work_off).state == DomainState.LIVE
    assert domain.apex


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1"])
def test_it_refuses_addresses_inside_a_network(
    servers: list[NameServer], alice_portal: Portal, work_off: WorkOff, address: str
) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization)
    publish(servers, domain, address=address)

    assert looked_at(domain, work_off).state == DomainState.FAILING
    assert domain.problem == Problem.PRIVATE_ADDRESS
    assert resolver.resolve(domain.name) is None


def test_it_believes_two_of_three(servers: list[NameServer], alice_portal: Portal, work_off: WorkOff) -> None:
    domain = CustomDomainFactory(organization=alice_portal.organization)
    publish(servers[:1], domain)
    assert looked_at(domain, work_off).state == DomainState.WAITING

    publish(servers[:2], domain)
    assert looked_at(domain, work_off).state == DomainState.LIVE


def test_it_switches_nothing_off_while_resolvers_are_ill(
    servers: list[NameServer], alice_portal: Portal, work_off: WorkOff
) -> None:
    domain = LiveDomainFactory(organization=alice_portal.organization)
    servers[0].mute = True
    servers[1].ill.add(domain.name)

    assert looked_at(domain, work_off).state == DomainState.LIVE
    assert domain.lost_at is None
    assert domain.evidence["answered"] == 1


def test_it_joins_the_parts_of_a_long_text_and_survives_odd_ones(servers: list[NameServer]) -> None:
    servers[0].records["_bandstand.a.com", "TXT"] = ['"bandstand-" "verification=x"', '"\\195\\188\\000"']

    (sighting, *_others) = look("a.com", TARGET)

    assert "bandstand-verification=x" in sighting.texts
    assert sighting.answered


def test_it_takes_a_broken_zone_for_no_answer(servers: list[NameServer]) -> None:
    for server in servers:
        server.records["a.com", "A"] = ["185.1.2.3"]
        server.ill.add("_bandstand.a.com")

    assert not any(sighting.answered for sighting in look("a.com", TARGET))


def test_it_looks_at_what_is_due_and_at_nothing_else(alice_portal: Portal, charlie_portal: Portal) -> None:
    now = timezone.now()
    due = CustomDomainFactory(organization=alice_portal.organization, next_check_at=now - timedelta(minutes=1))
    CustomDomainFactory(organization=alice_portal.organization, next_check_at=now + timedelta(minutes=1))
    CustomDomainFactory(organization=alice_portal.organization, next_check_at=None)
    CustomDomainFactory(organization=charlie_portal.organization, next_check_at=now - timedelta(minutes=1))
    Organization.objects.filter(pk=charlie_portal.organization.pk).update(state=Organization.State.SUSPENDED)

    assert list(CustomDomain.objects.due(now)) == [due]


def test_it_enqueues_one_look_per_domain(alice_portal: Portal, work_off: WorkOff) -> None:
    CustomDomainFactory.create_batch(2, organization=alice_portal.organization)
    for _time in range(2):
        enqueue(CHECK_DUE_DOMAINS, CheckDueDomains(), organization=None)

    work_off()

    looks = Job.objects.filter(kind=CHECK_DOMAIN.name)
    assert looks.count() == 2
    assert {job.organization for job in looks} == {alice_portal.organization}


def test_it_keeps_its_hands_off_other_portals_domains(
    servers: list[NameServer], alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    """A job of one organization that names a domain of another changes nothing."""
    foreign = CustomDomainFactory(organization=charlie_portal.organization)
    publish(servers, foreign)
    foreign.organization = alice_portal.organization

    domain_check_soon(domain=foreign)  # writes only waiting_since, and a job in Alice's name
    (job,) = work_off()

    foreign.refresh_from_db()
    assert job.result == {"state": "removed"}
    assert foreign.state == DomainState.WAITING


def test_it_names_the_setting_when_there_is_no_resolver(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.DNS_RESOLVERS = []
    monkeypatch.setattr(dns_looking, "_of_the_system", list)

    with pytest.raises(NoResolversError, match="BANDSTAND_DNS_RESOLVERS"):
        look("a.com", TARGET)
