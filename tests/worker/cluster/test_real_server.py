"""What the chart's service account may do on a real API server, and what it may not, whoever holds its token."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandstand_worker.cluster.api import Api, ClusterError, connect
from bandstand_worker.cluster.manifests import bodies, kinds, selector
from tests.deploy.domain_requests import DOMAIN, abuses, honest
from tests.worker.cluster.fault_injection import Cluster
from tests.worker.cluster.real_cluster import MEDIA, PLATFORM, RealCluster, RefusedError, kubeconfig_of

pytestmark = pytest.mark.cluster


@pytest.fixture
def real(cluster: Cluster) -> RealCluster:
    """The cluster, which has to be a real one here."""
    if not isinstance(cluster, RealCluster):
        pytest.fail("BANDSTAND_TEST_KUBECONFIG names no API server")
    return cluster


@pytest.fixture(params=["ingress", "gateway"])
def way(request: pytest.FixtureRequest) -> str:
    """Either way to publish."""
    return str(request.param)


def test_the_token_in_the_pod_is_enough(real: RealCluster, way: str, tmp_path: Path) -> None:
    configuration = real.settings(way, owner="bandstand-domains")
    kubeconfig = kubeconfig_of(real.server.token(), real.server, tmp_path / "kubeconfig")
    api = Api(connect(kubeconfig=kubeconfig), configuration.namespace, selector(configuration))

    assert api.owner_uid("bandstand-domains") == real.owner_uid
    for kind, body in bodies(configuration, DOMAIN, real.owner_uid).items():
        assert api.apply(kind, body)["metadata"]["uid"]
    for kind in kinds(configuration):
        (live,) = api.list(kind)[0]
        api.delete(kind, live)
        api.delete(kind, live)  # gone already, which is what was asked for


def test_a_token_that_is_none_is_refused(real: RealCluster, tmp_path: Path) -> None:
    configuration = real.settings("ingress")
    kubeconfig = kubeconfig_of("x" * 20, real.server, tmp_path / "kubeconfig")
    api = Api(connect(kubeconfig=kubeconfig), configuration.namespace, selector(configuration))
    with pytest.raises(ClusterError, match="401"):
        api.list(kinds(configuration)[0])


FORBIDDEN = [
    ("GET", "/api/v1/namespaces/{ours}/secrets"),
    ("GET", "/api/v1/namespaces/{ours}/secrets/bandstand"),
    ("POST", "/api/v1/namespaces/{ours}/secrets"),
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/namespaces/{ours}/configmaps"),
    ("GET", "/api/v1/namespaces/{ours}/pods"),
    ("POST", "/api/v1/namespaces/{ours}/pods"),
    ("GET", "/api/v1/namespaces/{ours}/services"),
    ("GET", "/api/v1/namespaces/{ours}/serviceaccounts"),
    ("GET", "/api/v1/namespaces/{ours}/serviceaccounts/default"),
    ("POST", "/api/v1/namespaces/{ours}/serviceaccounts/bandstand-domains/token"),
    ("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/{ours}/roles"),
    ("PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/{ours}/roles/bandstand-domains"),
    ("GET", "/apis/networking.k8s.io/v1/namespaces/{ours}/networkpolicies"),
    ("GET", "/apis/networking.k8s.io/v1/ingresses"),
    ("GET", "/apis/networking.k8s.io/v1/namespaces/kube-system/ingresses"),
    ("PATCH", "/apis/networking.k8s.io/v1/namespaces/kube-system/ingresses/some"),
    ("DELETE", "/apis/networking.k8s.io/v1/namespaces/{ours}/ingresses"),
    ("PATCH", "/apis/networking.k8s.io/v1/namespaces/{ours}/ingresses/some/status"),
    ("GET", "/apis/cert-manager.io/v1/certificates"),
    ("GET", "/apis/cert-manager.io/v1/namespaces/kube-system/certificates"),
    ("PATCH", "/apis/cert-manager.io/v1/namespaces/{ours}/certificates/some/status"),
    ("GET", "/apis/gateway.networking.k8s.io/v1/namespaces/kube-system/httproutes"),
    ("GET", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"),
    ("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/{ours}-bandstand-domains"),
    ("GET", "/api/v1/namespaces"),
    ("GET", "/api/v1/nodes"),
]


def test_the_role_gives_nothing_else(real: RealCluster, way: str) -> None:
    real.settings(way)
    caller = real.server.reconciler()
    for method, path in FORBIDDEN:
        body = {"metadata": {"name": "some"}} if method in {"POST", "PATCH"} else None
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        with pytest.raises(RefusedError) as told:
            caller.ask(method, path.format(ours=real.server.namespace), body, content=content)
        assert told.value.status == 403, (method, path)


def test_the_policy_lets_it_work_and_nothing_else(real: RealCluster, way: str) -> None:
    configuration = real.settings(way)
    caller = real.server.reconciler()
    for asked in honest(configuration):
        assert real.server.judged(caller, asked) == "", asked
    reasons = set()
    for name, asked in abuses(configuration, platform=PLATFORM, media=MEDIA):
        said = real.server.judged(caller, asked)
        assert said, name
        reasons.add(said.rpartition("denied request: ")[2] if "denied request" in said else "the kind's own schema")
    assert len(reasons) >= 6


def test_the_platforms_own_ingress_is_out_of_reach(real: RealCluster) -> None:
    configuration = real.settings("ingress")
    place, caller = real.server.place("ingresses"), real.server.reconciler()
    real.change("ingresses", "bandstand-web", metadata={"labels": {"app.kubernetes.io/managed-by": "Helm"}})
    before = real.ours("ingresses")["bandstand-web"]

    (body,) = [body for kind, body in bodies(configuration, DOMAIN).items() if kind.plural == "ingresses"]
    for attempt in (
        lambda: caller.ask("DELETE", f"{place}/bandstand-web"),
        lambda: caller.apply(place, {**body, "metadata": {**body["metadata"], "name": "bandstand-web"}}),
    ):
        with pytest.raises(RefusedError, match="touches nothing but the objects of domains"):
            attempt()

    assert real.ours("ingresses")["bandstand-web"] == before
