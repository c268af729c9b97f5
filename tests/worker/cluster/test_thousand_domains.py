"""What a thousand domains cost: seconds of each pass, on standard error with `-s`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from bandstand.domains.models import CustomDomain
from bandstand_worker.cluster.manifests import kinds
from bandstand_worker.cluster.reconciling import Report
from tests.conftest import Portal
from tests.waiting import wait_until
from tests.worker.cluster.conftest import Rig, rig_at
from tests.worker.cluster.fault_injection import Cluster

pytestmark = pytest.mark.cluster
MANY = 1000


def timed(what: str, work: Callable[[], Report]) -> tuple[float, Report]:
    """Return how long a pass took and what it did."""
    began = time.monotonic()
    report = work()
    took = time.monotonic() - began
    sys.stderr.write(f"{what}: {took:.2f} s, {report}\n")
    return took, report


def settled(rig: Rig, each: Callable[[dict[str, object]], bool], plural: str) -> None:
    wait_until(lambda: sum(map(each, rig.mirrored(plural).values())) == MANY, "all is seen", seconds=120)


@pytest.mark.parametrize("publish_by", ["ingress", "gateway"])
def test_a_thousand_domains(cluster: Cluster, alice_portal: Portal, publish_by: str) -> None:
    now = timezone.now()
    CustomDomain.objects.bulk_create(
        CustomDomain(organization=alice_portal.organization, name=f"www.band-{number}.com", verified_at=now)
        for number in range(MANY)
    )
    rig = rig_at(cluster, cluster.settings(publish_by), connection=cluster.shortest_way())
    objects, way_in = MANY * len(kinds(rig.configuration)), kinds(rig.configuration)[-1].plural

    took, report = timed("create", rig.reconciler.reconcile)
    assert (report.applied, report.failed) == (objects, 0)
    assert took < 20

    took, report = timed("unchanged", rig.reconciler.reconcile)
    assert not report.changed_something
    assert took < 1

    rig.stopped.set()
    rig = rig_at(cluster, rig.configuration, connection=cluster.shortest_way())
    took, report = timed("unchanged, after a restart", rig.reconciler.reconcile)
    assert not report.changed_something
    assert took < 1

    for name in cluster.ours(way_in):
        cluster.change(way_in, name, metadata={"annotations": {"bandstand/domain": "evil.com"}})
    settled(rig, lambda body: body["metadata"]["annotations"]["bandstand/domain"] == "evil.com", way_in)  # type: ignore[index]
    took, report = timed("heal", rig.reconciler.reconcile)
    assert (report.applied, report.failed) == (MANY, 0)
    assert took < 20

    CustomDomain.objects.all().delete()
    took, report = timed("delete", rig.reconciler.reconcile)
    assert (report.deleted, report.failed) == (objects, 0)
    assert took < 20
    assert not cluster.ours(way_in)
    rig.stopped.set()
