"""A cluster for the reconciler: kmock's, or a real one when BANDSTAND_TEST_KUBECONFIG names it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event

import pytest
from kubernetes import client

from bandstand_worker.cluster.api import Api
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import kinds, selector
from bandstand_worker.cluster.mirror import Mirror, Watcher
from bandstand_worker.cluster.reconciling import Reconciler
from tests.worker.cluster.fake_cluster import FakeCluster, fake_cluster


def wait_until(holds: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Return when `holds()` is true. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds:g} s until {what}"
        time.sleep(0.01)


def settings_for(publish_by: str = "ingress", **changes: object) -> ClusterConfiguration:
    """Return what a chart would say."""
    values: dict[str, object] = {
        "namespace": "bandstand",
        "instance": "bandstand",
        "publish_by": publish_by,
        "service": "bandstand-web",
        "service_port": 8000,
        "issuer_kind": "ClusterIssuer",
        "issuer": "letsencrypt-http",
        "ingress_class": "nginx" if publish_by == "ingress" else "",
        "gateway": "public" if publish_by == "gateway" else "",
        "gateway_namespace": "gateways" if publish_by == "gateway" else "",
        "request_timeout": "60s" if publish_by == "gateway" else "",
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "25m"},
        **changes,
    }
    return ClusterConfiguration(**values)  # type: ignore[arg-type]


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


def rig_at(url: str, configuration: ClusterConfiguration, *, watch: bool = True) -> Rig:
    """Return a reconciler for the API server at `url`."""
    connection = client.Configuration(host=url)
    connection.retries = False
    api = Api(client.ApiClient(connection), configuration.namespace, selector(configuration))
    mirror, stopped, pauses = Mirror(kinds(configuration)), Event(), []
    reconciler = Reconciler(api, mirror, configuration, pause=pauses.append)
    if watch:
        for kind in kinds(configuration):
            Watcher(api, mirror, kind, stopped).start()
        wait_until(lambda: mirror.is_complete, "all kinds are listed")
    return Rig(configuration, api, mirror, reconciler, stopped, pauses)


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """An empty cluster."""
    with fake_cluster() as found:
        yield found


@pytest.fixture(params=["ingress", "gateway"])
def rig(request: pytest.FixtureRequest, cluster: FakeCluster) -> Iterator[Rig]:
    """A reconciler that publishes by Ingress, and one by Gateway."""
    found = rig_at(cluster.url_, settings_for(request.param))
    yield found
    found.stopped.set()
