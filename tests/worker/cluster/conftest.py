"""A cluster for the reconciler: kmock's, or a real one when BANDSTAND_TEST_KUBECONFIG names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event

import pytest
from kubernetes import client

from bandstand_worker.cluster import mirror as mirror_module
from bandstand_worker.cluster.api import Api
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import kinds, selector
from bandstand_worker.cluster.mirror import Mirror, Watcher
from bandstand_worker.cluster.reconciling import Reconciler
from tests.waiting import wait_until
from tests.worker.cluster.fake_cluster import FakeCluster
from tests.worker.cluster.fault_injection import Cluster
from tests.worker.cluster.real_cluster import RealCluster, Server, prepared


@dataclass
class Rig:
    """A reconciler at a cluster, with its watches running."""

    configuration: ClusterConfiguration
    api: Api
    mirror: Mirror
    reconciler: Reconciler
    stopped: Event
    pauses: list[float] = field(default_factory=list)

    def mirrored(self, plural: str) -> dict[str, dict[str, object]]:
        """Return what the mirror knows of a kind."""
        (kind,) = [kind for kind in kinds(self.configuration) if kind.plural == plural]
        return self.mirror.of_kind(kind)


def rig_at(
    cluster: Cluster,
    configuration: ClusterConfiguration,
    *,
    watch: bool = True,
    connection: client.Configuration | None = None,
) -> Rig:
    """Return a reconciler for a cluster."""
    api = Api(client.ApiClient(connection or cluster.way()), configuration.namespace, selector(configuration))
    mirror, stopped, pauses = Mirror(kinds(configuration)), Event(), []
    owner_uid = cluster.owner_uid if configuration.owner else ""
    reconciler = Reconciler(api, mirror, configuration, owner_uid=owner_uid, pause=pauses.append)
    if watch:
        for kind in kinds(configuration):
            Watcher(api, mirror, kind, stopped).start()
        wait_until(lambda: mirror.is_complete, "all kinds are listed")
    return Rig(configuration, api, mirror, reconciler, stopped, pauses)


@pytest.fixture(autouse=True)
def no_long_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let watches be taken up again soon."""
    monkeypatch.setattr(mirror_module, "FIRST_DELAY", 0.05)


@pytest.fixture(scope="session")
def server() -> Iterator[Server | None]:
    """The API server that BANDSTAND_TEST_KUBECONFIG leads to, if it does."""
    kubeconfig = os.environ.get("BANDSTAND_TEST_KUBECONFIG")
    if not kubeconfig:
        yield None
        return
    with prepared(kubeconfig) as found:
        yield found


@pytest.fixture
def cluster(server: Server | None) -> Iterator[Cluster]:
    """An empty cluster."""
    if server is None:
        with FakeCluster.running() as fake:
            yield fake
        return
    with RealCluster.running(server=server) as real:
        yield real
    server.clear()


@pytest.fixture(params=["ingress", "gateway"])
def rig(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Rig]:
    """A reconciler that publishes by Ingress, and one by Gateway."""
    found = rig_at(cluster, cluster.settings(request.param))
    yield found
    found.stopped.set()
