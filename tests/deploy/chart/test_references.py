"""Whatever an object names exists when it is needed; whatever selects finds what it is meant to."""

from __future__ import annotations

import pytest

from bandstand_worker.cluster.configuration import ClusterConfiguration
from tests.deploy.chart_selection import selected
from tests.deploy.rendering import (
    NAMESPACE,
    Manifest,
    containers,
    hooks_of,
    name_of,
    of_kind,
    pod_templates,
    rendered,
    rendered_text,
    value_set_of,
)

# Made by people or by operators, not by this release: see deploy/helm/bandstand/README.md.
BROUGHT = {
    "Secret": {"bandstand", "bandstand-synced"},
    "PersistentVolumeClaim": {"shared-files"},
    "ConfigMap": {"kube-root-ca.crt", "authorities", "company-authorities"},  # every namespace has the first
}
KINDS = {"secret": "Secret", "configMap": "ConfigMap"}  # of projected volumes' sources


def existing(manifests: tuple[Manifest, ...], kind: str) -> dict[str, Manifest]:
    return {manifest["metadata"]["name"]: manifest for manifest in of_kind(manifests, kind)}


def made_by_operators(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """Return the Secrets that follow from custom resources of the release."""
    found = {secret["spec"]["target"]["name"]: secret for secret in of_kind(manifests, "ExternalSecret")}
    return found | {
        f"{cluster['metadata']['name']}-{secret}": cluster
        for cluster in of_kind(manifests, "Cluster")
        for secret in ("app", "ca")
    }


def references(pod: Manifest) -> list[tuple[str, str]]:
    """Return kind and name of all that a pod needs in order to start."""
    spec = pod["spec"]
    found = [("ServiceAccount", spec["serviceAccountName"])]
    for volume in spec.get("volumes", []):
        if claim := volume.get("persistentVolumeClaim"):
            found.append(("PersistentVolumeClaim", claim["claimName"]))
        if secret := volume.get("secret"):
            found.append(("Secret", secret["secretName"]))
        if config := volume.get("configMap"):
            found.append(("ConfigMap", config["name"]))
        for source in volume.get("projected", {}).get("sources", []):
            found += [(KINDS[kind], part["name"]) for kind, part in source.items() if kind in KINDS]
    return found


def test_pods_reference_what_exists(manifests):
    for owner, pod in pod_templates(manifests):
        for kind, name in references(pod):
            known = existing(manifests, kind).keys() | BROUGHT.get(kind, set())
            if kind == "Secret":
                known |= made_by_operators(manifests).keys()
            assert name in known, f"{owner} needs {kind}/{name}"


def test_containers_mount_volumes_that_the_pod_has_and_use_all_of_them(manifests):
    claims = {
        name_of(workload): {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
        for workload in of_kind(manifests, "StatefulSet")
    }
    for owner, pod in pod_templates(manifests):
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", [])} | claims.get(owner, set())
        mounted = {mount["name"] for container in containers(pod) for mount in container.get("volumeMounts", [])}
        assert volumes == mounted, owner


def test_a_hook_uses_only_what_exists_by_then(manifests):
    """At pre-install there is nothing of the release but other hooks of a lower weight."""
    for manifest in of_kind(manifests, "Job"):
        if not hooks_of(manifest):
            continue
        assert hooks_of(manifest) == {"pre-install", "pre-upgrade"}
        (pod,) = [pod for owner, pod in pod_templates((manifest,))]
        for kind, name in references(pod):
            if kind == "Secret" or name in BROUGHT.get(kind, set()):
                assert name in BROUGHT[kind]
                assert name not in made_by_operators(manifests)
            else:
                needed = existing(manifests, kind)[name]
                assert hooks_of(needed) == hooks_of(manifest)
                weight = needed["metadata"]["annotations"]["helm.sh/hook-weight"]
                assert int(weight) < int(manifest["metadata"]["annotations"]["helm.sh/hook-weight"])


def test_workloads_select_exactly_their_own_pods(manifests):
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        assert selected(workload["spec"]["selector"], manifests) == {name_of(workload)}
        assert "app.kubernetes.io/version" not in workload["spec"]["selector"]["matchLabels"]


def test_services_find_pods_with_the_port(manifests):
    for service in of_kind(manifests, "Service"):
        (owner,) = selected({"matchLabels": service["spec"]["selector"]}, manifests)
        pod = dict(pod_templates(manifests))[owner]
        ports = {port["name"] for container in containers(pod) for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_monitors_find_a_service(manifests):
    for monitor in of_kind(manifests, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [
            service for service in of_kind(manifests, "Service") if wanted <= service["metadata"]["labels"].items()
        ]
        (service,) = found
        assert monitor["spec"]["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_each_workload_has_one_budget_and_it_lets_pods_go(manifests):
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        assert len(selected(budget["spec"]["selector"], manifests)) == 1
        assert budget["spec"]["maxUnavailable"] not in {0, "0%"}


def test_scalers_scale_deployments_whose_replicas_are_left_to_them(manifests):
    deployments = existing(manifests, "Deployment")
    scaled = {
        scaler["spec"]["scaleTargetRef"]["name"]
        for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject")
    }
    assert scaled <= deployments.keys()
    for name, deployment in deployments.items():
        assert ("replicas" in deployment["spec"]) is (name not in scaled), name


def test_scaled_objects_authenticate_by_something_that_exists(manifests):
    known = existing(manifests, "TriggerAuthentication")
    for scaled in of_kind(manifests, "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            assert trigger["authenticationRef"]["name"] in known
    for authentication in known.values():
        for reference in authentication["spec"]["secretTargetRef"]:
            assert reference["name"] in BROUGHT["Secret"] | made_by_operators(manifests).keys()


def test_the_way_in_leads_to_webs_service(manifests):
    services = existing(manifests, "Service")
    for ingress in of_kind(manifests, "Ingress"):
        hosts = [rule["host"] for rule in ingress["spec"]["rules"]]
        assert hosts == ingress["spec"]["tls"][0]["hosts"]
        assert hosts[1:] == ([] if name_of(ingress).endswith("-media") else [f"*.{hosts[0]}"])
        for rule in ingress["spec"]["rules"]:
            backend = rule["http"]["paths"][0]["backend"]["service"]
            assert backend["port"]["name"] in {port["name"] for port in services[backend["name"]]["spec"]["ports"]}
    for route in of_kind(manifests, "HTTPRoute"):
        (backend,) = route["spec"]["rules"][0]["backendRefs"]
        assert backend["port"] in {port["port"] for port in services[backend["name"]]["spec"]["ports"]}
    for policy in of_kind(manifests, "BackendTrafficPolicy"):
        assert policy["spec"]["targetRefs"][0]["name"] in existing(manifests, "HTTPRoute")


def test_a_gateway_of_another_namespace_may_read_the_certificate_and_no_other_secret():
    (grant,) = of_kind(rendered(value_set_of("gateway")), "ReferenceGrant")
    (certificate,) = of_kind(rendered(value_set_of("gateway")), "Certificate")
    gateway = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "gateways"}
    assert grant["spec"]["from"] == [gateway]
    assert grant["spec"]["to"] == [{"group": "", "kind": "Secret", "name": certificate["spec"]["secretName"]}]


@pytest.mark.parametrize(
    "settings",
    [
        ['--set-json=gateway.parentRefs=[{"name":"public"}]'],
        [f"--set=gateway.parentRefs[0].namespace={NAMESPACE}"],
        ["--set=certificate.enabled=false"],
    ],
    ids=["no namespace", "the release's own", "a certificate of somebody else's"],
)
def test_nothing_is_granted_where_nobody_else_asks(settings):
    assert "ReferenceGrant" not in rendered_text("--values", value_set_of("gateway"), *settings)


@pytest.mark.parametrize("values", ["production", "gateway", "ingress-nginx"])
def test_the_media_host_is_published_and_spread_over_all_replicas(values):
    found = rendered(value_set_of(values))
    ways_in = {name_of(each).rpartition("-")[2]: each for each in of_kind(found, "Ingress", "HTTPRoute")}
    media, web = ways_in["media"], ways_in["web"]
    host = "bands-files.example.net"

    if media["kind"] == "Ingress":
        assert [rule["host"] for rule in media["spec"]["rules"]] == media["spec"]["tls"][0]["hosts"] == [host]
        dropped = web["metadata"]["annotations"].keys() - media["metadata"]["annotations"].keys()
        assert dropped in ({"nginx.ingress.kubernetes.io/upstream-hash-by"}, {"haproxy.org/load-balance"})
    else:
        assert media["spec"]["hostnames"] == [host]
        (policy,) = of_kind(found, "BackendTrafficPolicy")
        assert [target["name"] for target in policy["spec"]["targetRefs"]] == [web["metadata"]["name"]]
    for certificate in of_kind(found, "Certificate"):
        if "*.bands.example.org" in certificate["spec"]["dnsNames"]:
            assert certificate["spec"]["dnsNames"] == ["bands.example.org", "*.bands.example.org", host]
    for _owner, pod in pod_templates(found):
        for container in containers(pod):
            given = {each["name"]: each["value"] for each in container.get("env", [])}
            assert "BANDSTAND_PROFILE" not in given or given["BANDSTAND_MEDIA_HOST"] == host


def test_the_certificate_is_the_one_that_the_ingress_serves(manifests):
    for certificate in of_kind(manifests, "Certificate"):
        for ingress in of_kind(manifests, "Ingress"):
            assert ingress["spec"]["tls"][0]["secretName"] == certificate["spec"]["secretName"]
            assert set(ingress["spec"]["tls"][0]["hosts"]) <= set(certificate["spec"]["dnsNames"])


def test_the_reconciler_understands_its_file(manifests, tmp_path):
    """The same words in the chart and in the worker, and a Service that is there."""
    for held in of_kind(manifests, "ConfigMap"):
        if "cluster.json" not in held["data"]:
            continue
        path = tmp_path / "cluster.json"
        path.write_text(held["data"]["cluster.json"])
        read = ClusterConfiguration.read(str(path))
        service = existing(manifests, "Service")[read.service]
        assert read.service_port in {port["port"] for port in service["spec"]["ports"]}
        assert read.owner in existing(manifests, "ServiceAccount")
        (way_in,) = [each for each in of_kind(manifests, "Ingress", "HTTPRoute") if name_of(each).endswith("-web")]
        if read.publish_by == "ingress":
            assert read.annotations == way_in["metadata"].get("annotations", {})
            assert read.ingress_class == way_in["spec"].get("ingressClassName", "")
        else:
            parent = way_in["spec"]["parentRefs"][0]
            assert (read.gateway, read.gateway_namespace) == (parent["name"], parent.get("namespace", ""))


@pytest.mark.parametrize("kind", ["Cluster", "PersistentVolumeClaim"])
def test_data_outlives_the_release(kind, manifests):
    for manifest in of_kind(manifests, kind):
        assert manifest["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
