"""The cluster is made to match the table of proven domains, whatever happens to either."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from django.utils import timezone

from bandstand.domains.claiming import domain_remove
from bandstand.domains.models import Certificate, CustomDomain, DomainState
from bandstand.organizations.models import Organization
from bandstand_worker.cluster.attempts import AT_ONCE
from bandstand_worker.cluster.manifests import kinds, labels, object_name
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, ProvenDomainFactory
from tests.waiting import wait_until
from tests.worker.cluster.conftest import Rig, rig_at
from tests.worker.cluster.fake_cluster import FakeCluster
from tests.worker.cluster.fault_injection import Cluster, Fault

NAME = "www.theband.com"


@pytest.fixture
def domain(alice_portal: Portal) -> CustomDomain:
    """A proven domain."""
    return ProvenDomainFactory(organization=alice_portal.organization, name=NAME)


def say(cluster: Cluster, rig: Rig, name: str = NAME, **status: object) -> None:
    """Let cert-manager write a certificate's status, and wait until the mirror has it."""
    cluster.change("certificates", object_name(name), status=status)
    wait_until(
        lambda: rig.mirrored("certificates").get(object_name(name), {}).get("status") == status, "status is seen"
    )


def conditions(**states: str) -> list[dict[str, str]]:
    return [{"type": name, "status": status, "message": f"{name} says so"} for name, status in states.items()]


def test_it_makes_all_objects_of_a_proven_domain_and_of_no_claim(
    rig: Rig, cluster: Cluster, alice_portal: Portal, domain: CustomDomain
) -> None:
    CustomDomainFactory(organization=alice_portal.organization, name="claimed.theband.com")

    report = rig.reconciler.reconcile()

    assert report.applied == len(kinds(rig.configuration))
    for kind in kinds(rig.configuration):
        (body,) = cluster.ours(kind.plural).values()
        assert body["metadata"]["name"] == object_name(NAME)
        assert body["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "bandstand-reconciler"
        assert body["metadata"]["annotations"]["bandstand/domain"] == NAME
    domain.refresh_from_db()
    assert domain.state == DomainState.ISSUING


def test_it_asks_nothing_when_nothing_changed(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    before = dict(cluster.seen)

    for _time in range(3):
        assert not rig.reconciler.reconcile().changed_something

    assert dict(cluster.seen) == before


def test_it_writes_nothing_after_a_list_or_a_restart(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    rig.stopped.set()

    for _time in range(2):
        another = rig_at(cluster, rig.configuration)
        assert not another.reconciler.reconcile().changed_something
        another.stopped.set()

    assert cluster.seen["apply"] == len(kinds(rig.configuration))


PROXY_BODY = {"nginx.ingress.kubernetes.io/proxy-body-size": "25m"}


@pytest.mark.parametrize(
    ("former", "field"),
    [
        ({"annotations": {**PROXY_BODY, "gone/soon": "yes"}}, "ingresses metadata annotations gone/soon"),
        ({}, "ingresses spec ingressClassName"),
        ({"owner": "bandstand-domains"}, "certificates metadata ownerReferences"),
        ({}, "httproutes spec rules 0 timeouts"),
        ({}, "listenersets spec parentRef namespace"),
    ],
)
def test_it_takes_back_what_the_settings_no_longer_say(
    cluster: Cluster, domain: CustomDomain, former: dict[str, object], field: str
) -> None:
    plural, *steps = field.split()
    publish_by = "gateway" if plural in {"httproutes", "listenersets"} else "ingress"

    def found() -> object:
        body: Any = cluster.ours(plural)[object_name(NAME)]
        for step in steps:
            body = body[int(step)] if step.isdigit() else body.get(step)
        return body

    before = rig_at(cluster, cluster.settings(publish_by, **former))
    before.reconciler.reconcile()
    before.stopped.set()
    assert found()

    later = {"ingress_class": "", "request_timeout": "", "gateway_namespace": ""}
    after = rig_at(cluster, cluster.settings(publish_by, **later))
    after.reconciler.reconcile()
    after.stopped.set()

    assert not found()
    assert not after.reconciler.reconcile().changed_something


@pytest.mark.parametrize(("former", "now"), [("ingress", "gateway"), ("gateway", "ingress")])
def test_it_clears_up_when_the_installation_publishes_by_another_way(
    cluster: Cluster, domain: CustomDomain, former: str, now: str
) -> None:
    before = rig_at(cluster, cluster.settings(former))
    before.reconciler.reconcile()
    before.stopped.set()
    ways_in = [kind.plural for kind in kinds(before.configuration)[1:]]
    for plural in ways_in:
        cluster.change(plural, "bandstand-web", metadata={"labels": {"app.kubernetes.io/managed-by": "Helm"}})

    after = rig_at(cluster, cluster.settings(now))
    cluster.fail("apply", 500)
    assert not after.reconciler.reconcile().deleted, "the former way stays until the new one stands"
    assert after.reconciler.reconcile().deleted == len(ways_in)

    for plural in ways_in:
        assert set(cluster.ours(plural)) == {"bandstand-web"}
    assert object_name(NAME) in cluster.ours("certificates")
    lists = cluster.seen["list"]
    assert not after.reconciler.reconcile().changed_something
    assert cluster.seen["list"] == lists
    after.stopped.set()


def test_it_needs_no_kind_that_it_doesnt_use(domain: CustomDomain) -> None:
    with FakeCluster.running(unknown={"listenersets", "httproutes"}) as cluster:
        rig = rig_at(cluster, cluster.settings("ingress"))
        report = rig.reconciler.reconcile()
        rig.stopped.set()
    assert (report.applied, report.failed) == (2, 0)


def test_an_answer_that_comes_after_the_objects_end_revives_nothing(cluster: Cluster, domain: CustomDomain) -> None:
    rig = rig_at(cluster, cluster.settings("ingress"))

    def meanwhile() -> None:
        with cluster.holding("apply") as held:
            begun.set()
            held.given.wait(20)
            heard = rig.mirror.now
            cluster.remove("certificates", object_name(NAME))
            wait_until(lambda: rig.mirror.now > heard and not rig.mirrored("certificates"), "its end is seen")

    begun = Event()
    somebody = Thread(target=meanwhile)
    somebody.start()
    begun.wait(20)
    rig.reconciler.reconcile()
    somebody.join(20)

    assert not rig.mirrored("certificates")
    assert rig.reconciler.reconcile().applied == 1
    assert object_name(NAME) in cluster.ours("certificates")
    rig.stopped.set()


def test_it_brings_the_certificates_state_back(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    for status, state in [
        ({"conditions": conditions(Ready="False", Issuing="True")}, DomainState.ISSUING),
        ({"conditions": conditions(Ready="False", Issuing="False"), "failedIssuanceAttempts": 1}, DomainState.FAILING),
        ({"conditions": conditions(Ready="False", Issuing="True"), "failedIssuanceAttempts": 1}, DomainState.ISSUING),
        ({"conditions": conditions(Ready="True")}, DomainState.LIVE),
        # A renewal that fails harms nobody while the certificate is good.
        ({"conditions": conditions(Ready="True", Issuing="False"), "failedIssuanceAttempts": 2}, DomainState.LIVE),
    ]:
        say(cluster, rig, **status)  # type: ignore[arg-type]
        rig.reconciler.reconcile()
        domain.refresh_from_db()
        assert domain.state == state
        assert domain.certificate_problem == ("Issuing says so" if state == DomainState.FAILING else "")


def test_it_heals_what_others_changed_and_leaves_what_they_added(
    rig: Rig, cluster: Cluster, domain: CustomDomain
) -> None:
    rig.reconciler.reconcile()
    name, spec = object_name(NAME), cluster.ours("certificates")[object_name(NAME)]["spec"]
    cluster.change("certificates", name, spec={"dnsNames": ["evil.com", NAME]})
    way_in = kinds(rig.configuration)[-1].plural
    cluster.change(way_in, name, metadata={"annotations": {"somebody/elses": "note"}, "labels": {"team": "ops"}})
    wait_until(lambda: rig.mirrored("certificates")[name]["spec"]["dnsNames"][0] == "evil.com", "drift is seen")  # type: ignore[index]
    wait_until(lambda: "team" in rig.mirrored(way_in)[name]["metadata"]["labels"], "the addition is seen")  # type: ignore[operator,index]

    assert rig.reconciler.reconcile().applied == 1

    assert cluster.ours("certificates")[name]["spec"] == spec
    assert cluster.ours(way_in)[name]["metadata"]["annotations"]["somebody/elses"] == "note"


def test_it_makes_again_what_somebody_deleted(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    cluster.remove("certificates", object_name(NAME))
    wait_until(lambda: not rig.mirrored("certificates"), "the loss is seen")

    assert rig.reconciler.reconcile().applied == 1
    assert object_name(NAME) in cluster.ours("certificates")


def test_it_deletes_what_is_no_longer_wanted_and_touches_nothing_else(
    rig: Rig, cluster: Cluster, domain: CustomDomain
) -> None:
    rig.reconciler.reconcile()
    foreign = {"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "bandstand"}}
    for kind in kinds(rig.configuration):
        cluster.change(kind.plural, "bandstand-web", metadata=foreign)
    domain_remove(domain=domain)

    assert rig.reconciler.reconcile().deleted == len(kinds(rig.configuration))

    for kind in kinds(rig.configuration):
        assert set(cluster.ours(kind.plural)) == {"bandstand-web"}


def test_it_deletes_the_way_in_before_what_it_leans_on(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    """An Ingress whose Certificate is gone would be served with another host's."""
    rig.reconciler.reconcile()
    domain_remove(domain=domain)

    rig.reconciler.reconcile()

    deleted = [plural for action, plural, _name in cluster.asked if action == "delete"]
    assert deleted == [kind.plural for kind in reversed(kinds(rig.configuration))]


def test_it_keeps_a_suspended_portals_certificate_and_drops_one_on_its_way_out(
    rig: Rig, cluster: Cluster, domain: CustomDomain
) -> None:
    rig.reconciler.reconcile()
    Organization.objects.filter(pk=domain.organization_id).update(state=Organization.State.SUSPENDED)
    assert not rig.reconciler.reconcile().deleted

    Organization.objects.filter(pk=domain.organization_id).update(state=Organization.State.DELETING)
    rig.reconciler.reconcile()
    assert not cluster.ours("certificates")


def test_it_keeps_two_portals_apart(rig: Rig, cluster: Cluster, domain: CustomDomain, charlie_portal: Portal) -> None:
    other = ProvenDomainFactory(organization=charlie_portal.organization, name="www.choirs.com")
    rig.reconciler.reconcile()

    say(cluster, rig, "www.choirs.com", conditions=conditions(Ready="True"))
    rig.reconciler.reconcile()
    domain_remove(domain=other)
    rig.reconciler.reconcile()

    domain.refresh_from_db()
    assert domain.state == DomainState.ISSUING
    assert set(cluster.ours("certificates")) == {object_name(NAME)}


def test_it_does_nothing_before_it_knows_the_cluster(cluster: Cluster, domain: CustomDomain) -> None:
    rig = rig_at(cluster, cluster.settings("ingress"), watch=False)

    assert not rig.reconciler.reconcile().changed_something
    assert not cluster.seen


def test_it_waits_as_long_as_a_throttling_server_says(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    cluster.fail("apply", 429, times=2, Retry_After="7")

    report = rig.reconciler.reconcile()

    assert rig.pauses == [7.0, 7.0]
    assert report.applied == len(kinds(rig.configuration))
    assert not report.failed


def test_it_leaves_a_server_alone_that_goes_on_throttling(rig: Rig, cluster: Cluster, alice_portal: Portal) -> None:
    ProvenDomainFactory.create_batch(10, organization=alice_portal.organization)
    cluster.fail("apply", 429, times=1000)

    report = rig.reconciler.reconcile()

    assert len(rig.pauses) == 5
    assert 5 <= cluster.seen["apply"] <= 5 * AT_ONCE
    assert report.failed == 10 * len(kinds(rig.configuration))


def test_it_gets_through_at_a_server_that_takes_little_at_a_time(
    rig: Rig, cluster: Cluster, alice_portal: Portal
) -> None:
    ProvenDomainFactory.create_batch(10, organization=alice_portal.organization)
    cluster.faults += [Fault("apply", 429, {}, times=1, after=3 * number) for number in range(8)]

    report = rig.reconciler.reconcile()

    assert report.troubles > 5
    assert (report.applied, report.failed) == (10 * len(kinds(rig.configuration)), 0)


@pytest.mark.parametrize("action", ["apply", "delete"])
def test_it_leaves_a_server_alone_that_is_gone(rig: Rig, cluster: Cluster, alice_portal: Portal, action: str) -> None:
    domains = ProvenDomainFactory.create_batch(12, organization=alice_portal.organization)
    if action == "delete":
        rig.reconciler.reconcile()
        for domain in domains:
            domain_remove(domain=domain)
    cluster.kill()

    report = rig.reconciler.reconcile()

    assert not report.applied
    assert not report.deleted
    assert report.troubles == 5
    cluster.revive()
    assert not rig.reconciler.reconcile().failed


def test_it_stops_in_the_middle_of_a_throttled_pass(rig: Rig, cluster: Cluster, alice_portal: Portal) -> None:
    ProvenDomainFactory.create_batch(10, organization=alice_portal.organization)
    rig.reconciler._pause = lambda _seconds: True
    cluster.fail("apply", 429, times=1000)

    rig.reconciler.reconcile()

    assert cluster.seen["apply"] <= AT_ONCE


@pytest.mark.parametrize("status", [400, 403, 409, 422, 500, 503])
def test_it_goes_on_with_the_others_when_one_is_refused(
    rig: Rig, cluster: Cluster, alice_portal: Portal, status: int
) -> None:
    ProvenDomainFactory.create_batch(3, organization=alice_portal.organization)
    cluster.fail("apply", status)

    first, second = rig.reconciler.reconcile(), rig.reconciler.reconcile()

    assert (first.failed, second.failed) == (1, 0)
    assert (first.applied, second.applied) == (3 * len(kinds(rig.configuration)) - 1, 1)


def test_it_deletes_no_later_object_of_the_same_name(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    known = rig.mirrored("certificates")[object_name(NAME)]
    known["metadata"]["uid"] = "of an earlier one"  # type: ignore[index]
    domain_remove(domain=domain)

    report = rig.reconciler.reconcile()

    assert report.failed == 1
    assert object_name(NAME) in cluster.ours("certificates")


def test_it_takes_a_broken_watch_up_again(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    cluster.break_watches()

    say(cluster, rig, conditions=conditions(Ready="True"))
    rig.reconciler.reconcile()

    domain.refresh_from_db()
    assert domain.state == DomainState.LIVE


def test_it_lists_again_when_its_version_is_too_old(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    rig.reconciler.reconcile()
    lists = cluster.seen["list"]
    cluster.change("certificates", object_name(NAME), status={"conditions": conditions(Ready="False")})
    cluster.forget_history()
    cluster.fail("watch", 410)
    cluster.break_watches()

    say(cluster, rig, conditions=conditions(Ready="True"))

    wait_until(lambda: cluster.seen["list"] > lists, "it has listed again")


def test_it_comes_back_when_the_server_was_away(rig: Rig, cluster: Cluster, domain: CustomDomain) -> None:
    cluster.fail("watch", 503, times=2)
    cluster.fail("list", 500)
    cluster.fail("list", 429, Retry_After="0.1")
    cluster.break_watches()
    rig.reconciler.reconcile()

    say(cluster, rig, conditions=conditions(Ready="True"))


def test_it_reads_long_lists_page_by_page(cluster: Cluster) -> None:
    configuration = cluster.settings("ingress")
    for number in range(1200):
        cluster.change("certificates", f"domain-{number}", metadata={"labels": labels(configuration)})

    rig = rig_at(cluster, configuration)
    rig.stopped.set()

    assert len(rig.mirrored("certificates")) == 1200
    assert cluster.seen["list"] == 3 + 1


def test_it_owns_what_it_makes(cluster: Cluster, domain: CustomDomain) -> None:
    rig = rig_at(cluster, cluster.settings("ingress", owner="bandstand-domains"))

    rig.reconciler.reconcile()
    rig.stopped.set()

    (certificate,) = cluster.ours("certificates").values()
    assert rig.api.owner_uid("bandstand-domains") == cluster.owner_uid
    assert certificate["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "ServiceAccount", "name": "bandstand-domains", "uid": cluster.owner_uid}
    ]


def test_it_forgets_the_certificate_of_a_domain_that_was_switched_off(
    rig: Rig, cluster: Cluster, domain: CustomDomain
) -> None:
    rig.reconciler.reconcile()
    CustomDomain.objects.filter(pk=domain.pk).update(
        verified_at=None, certificate=Certificate.NONE, switched_off_at=timezone.now()
    )

    assert rig.reconciler.reconcile().deleted == len(kinds(rig.configuration))
