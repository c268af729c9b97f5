"""The reconciler's process: one is active, it follows table and cluster, and it stops when it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
import yaml

from bandstand.domains.models import DomainState
from bandstand_worker import probes
from bandstand_worker.cluster import process as module
from bandstand_worker.cluster.api import ClusterError, connect
from bandstand_worker.cluster.manifests import object_name
from bandstand_worker.cluster.process import LOCK, Process
from bandstand_worker.ledger import connect as connect_to_database
from tests.conftest import Portal
from tests.factories.domains import ProvenDomainFactory
from tests.waiting import wait_until
from tests.worker.cluster.fault_injection import Cluster


@pytest.fixture
def process(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    """A process at the cluster, with a probe's folder of its own and no long pauses."""
    monkeypatch.setattr(probes, "FOLDER", tmp_path / "probes")
    for pause in ("TICK", "SETTLE", "TRY_AGAIN"):
        monkeypatch.setattr(module, pause, 0.05)
    path = tmp_path / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "clusters": [{"name": "test", "cluster": {"server": cluster.url_}}],
                "users": [{"name": "test", "user": {"token": "secret"}}],
            }
        )
    )
    return Process(cluster.settings("ingress", owner="bandstand-domains"), kubeconfig=str(path))


def run_until(process: Process, holds: Callable[[], object], what: str) -> None:
    """Run the process in this thread, which has the test's transaction, until something holds."""
    problems: list[BaseException] = []

    def look() -> None:
        try:
            wait_until(holds, what)
        except AssertionError as problem:
            problems.append(problem)
        finally:
            process.stop()

    thread = Thread(target=look, daemon=True)
    thread.start()
    process.run()
    thread.join(30)
    assert not problems, problems


def test_it_brings_a_domain_to_life_and_stops(process: Process, cluster: Cluster, alice_portal: Portal) -> None:
    domain = ProvenDomainFactory(organization=alice_portal.organization, name="www.theband.com")
    name = object_name("www.theband.com")
    run_until(process, lambda: cluster.ours("ingresses"), "the domain is published")
    domain.refresh_from_db()
    assert domain.state == DomainState.ISSUING
    assert probes.holds(probes.ALIVE)
    assert cluster.ours("certificates")[name]["metadata"]["ownerReferences"][0]["uid"] == cluster.owner_uid

    cluster.change("certificates", name, status={"conditions": [{"type": "Ready", "status": "True"}]})
    again = Process(process._configuration, kubeconfig=process._kubeconfig)
    passes: list[object] = []
    again._look = lambda *about: passes.append(Process._look(again, *about))  # type: ignore[method-assign]
    run_until(again, lambda: len(passes) > 3, "it has looked around")
    domain.refresh_from_db()
    assert domain.state == DomainState.LIVE


def test_it_stands_by_while_another_copy_is_active(process: Process, cluster: Cluster, alice_portal: Portal) -> None:
    ProvenDomainFactory(organization=alice_portal.organization)
    with closing(connect_to_database(name="another copy")) as link:
        link.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK])
        run_until(process, lambda: probes.holds(probes.ALIVE), "it says that it lives")

    assert not cluster.seen


def test_it_waits_for_a_cluster_that_is_away(process: Process, cluster: Cluster, alice_portal: Portal) -> None:
    ProvenDomainFactory(organization=alice_portal.organization)
    cluster.fail("get", 503, times=2)
    cluster.fail("list", 503, times=2)

    run_until(process, lambda: cluster.ours("ingresses"), "the domain is published")


def test_it_waits_as_long_as_the_server_says_before_it_begins(
    process: Process, cluster: Cluster, alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ProvenDomainFactory(organization=alice_portal.organization)
    pauses: list[float] = []
    monkeypatch.setattr(process, "_pause", pauses.append)
    cluster.fail("get", 429, Retry_After="20")

    run_until(process, lambda: cluster.ours("ingresses"), "the domain is published")

    assert pauses == [20.0]


def test_its_probe_holds_while_it_waits_and_it_stops_in_the_middle_of_a_wait(process: Process) -> None:
    ended: list[bool] = []
    waiting = Thread(target=lambda: ended.append(process._pause(300)), daemon=True)
    waiting.start()
    wait_until(lambda: probes.holds(probes.ALIVE), "it says that it lives")
    process.stop()
    waiting.join(10)

    assert ended == [True]


def test_it_says_when_there_is_no_way_in(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({}))

    with pytest.raises(ClusterError, match="no way into the cluster"):
        connect(kubeconfig=str(path))
    with pytest.raises(ClusterError, match="no way into the cluster"):
        connect()
