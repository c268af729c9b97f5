"""Pod Security "restricted", field by field, and more than it asks: for workloads, hooks and tests alike."""

from __future__ import annotations

import pytest

from tests.deploy.rendering import Manifest, containers, of_kind, pod_templates


@pytest.fixture
def pods(manifests) -> list[tuple[str, Manifest]]:
    return list(pod_templates(manifests))


def test_pods_run_as_nobody_in_particular(pods):
    for owner, pod in pods:
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, owner
        assert security["runAsUser"] >= 1000, owner
        assert security["runAsGroup"] >= 1000, owner
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, owner
        assert not {"sysctls", "supplementalGroups", "windowsOptions", "seLinuxOptions"} & set(security), owner


def test_containers_can_gain_nothing(pods):
    for owner, pod in pods:
        for container in containers(pod):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, owner
            assert security["privileged"] is False, owner
            assert security["readOnlyRootFilesystem"] is True, owner
            assert security["runAsNonRoot"] is True, owner
            assert security["capabilities"] == {"drop": ["ALL"]}, owner
            assert security["seccompProfile"] == {"type": "RuntimeDefault"}, owner
            assert "procMount" not in security, owner


def test_pods_share_nothing_with_their_node(pods):
    for owner, pod in pods:
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"]), owner
        for container in containers(pod):
            assert all("hostPort" not in port for port in container.get("ports", [])), owner


def test_volumes_are_of_the_allowed_kinds(pods):
    for owner, pod in pods:
        for volume in pod["spec"].get("volumes", []):
            (kind,) = set(volume) - {"name"}
            assert kind in {"emptyDir", "projected", "secret", "configMap", "persistentVolumeClaim"}, owner
            if kind == "emptyDir":
                assert "sizeLimit" in volume[kind], owner
            if kind in {"projected", "secret"}:
                assert volume[kind]["defaultMode"] == 0o440, owner


def test_no_pod_but_the_reconciler_has_a_token_of_the_api_server(pods, manifests):
    for owner, pod in pods:
        assert pod["spec"]["automountServiceAccountToken"] is False, owner
        assert pod["spec"]["enableServiceLinks"] is False, owner
        sources = [
            source
            for volume in pod["spec"].get("volumes", [])
            for source in volume.get("projected", {}).get("sources", [])
        ]
        tokens = [source["serviceAccountToken"] for source in sources if "serviceAccountToken" in source]
        assert bool(tokens) is owner.endswith("-domains"), owner
        assert all(token["expirationSeconds"] <= 3600 for token in tokens)
    for account in of_kind(manifests, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_the_reconciler_may_do_what_it_does_in_its_namespace_and_nothing_else(manifests):
    """The verbs are those of `bandstand_worker/cluster/api.py`; to apply is to patch, and to create at first."""
    assert of_kind(manifests, "ClusterRole", "ClusterRoleBinding") == []
    roles = of_kind(manifests, "Role")
    assert len(roles) == len(of_kind(manifests, "RoleBinding"))
    for role in roles:
        allowed = {
            (group, resource): (set(rule["verbs"]), rule.get("resourceNames"))
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
        }
        own = allowed.pop(("", "serviceaccounts"))
        assert own == ({"get"}, [role["metadata"]["name"]])
        by_gateway = bool(of_kind(manifests, "HTTPRoute"))
        used, retired = {"list", "watch", "create", "patch", "delete"}, {"list", "delete"}
        assert allowed == {
            ("cert-manager.io", "certificates"): (used, None),
            ("networking.k8s.io", "ingresses"): (retired if by_gateway else used, None),
            ("gateway.networking.k8s.io", "listenersets"): (used if by_gateway else retired, None),
            ("gateway.networking.k8s.io", "httproutes"): (used if by_gateway else retired, None),
        }
    for binding in of_kind(manifests, "RoleBinding"):
        (subject,) = binding["subjects"]
        assert subject["name"].endswith("-domains")


def test_containers_say_what_they_need_and_may_use(pods):
    for owner, pod in pods:
        for container in containers(pod):
            for bound in ("requests", "limits"):
                assert {"cpu", "memory"} <= set(container["resources"][bound]), owner


def test_images_are_pinned(pods):
    for owner, pod in pods:
        for container in containers(pod):
            image = container["image"].rsplit("/", 1)[1]
            assert "@sha256:" in image or (":" in image and not image.endswith(":latest")), owner
