"""The guide's commands on the API server that BANDSTAND_TEST_KUBECONFIG leads to: it takes all that they make.

It needs no nodes: objects are made or tried, pods are tried, and the namespace, which the guide names, is taken away.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.chart.test_walk import commands, walked
from tests.deploy.rendering import Manifest, pod_templates
from tests.required_tools import require

pytestmark = pytest.mark.cluster
NAMESPACE = "bandstand"
BUILT_IN = {"v1", "apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1"}
NEEDS_PODS = ("exec", "port-forward")


def kubectl(*words: str, given: Any = None) -> str:
    """Return what kubectl says. Fails the test if it refuses."""
    done = subprocess.run(
        [require("kubectl"), *words],
        input=None if given is None else json.dumps(given),
        env={**os.environ, "KUBECONFIG": os.environ["BANDSTAND_TEST_KUBECONFIG"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def guide(tmp_path: Any) -> Iterator[None]:
    """Do what the guide says to kubectl, word by word."""
    if not os.environ.get("BANDSTAND_TEST_KUBECONFIG"):
        pytest.fail("BANDSTAND_TEST_KUBECONFIG names no API server")
    there = json.loads(kubectl("get", "namespaces", "--output=json"))["items"]
    assert NAMESPACE not in {each["metadata"]["name"] for each in there}, "somebody's namespace"
    try:
        for words in commands("On a laptop", tmp_path):
            if words[0] == "kubectl" and not set(words) & set(NEEDS_PODS):
                kubectl(*words[1:])
        yield
    finally:
        take_away()


def take_away() -> None:
    """Remove the namespace, also where no controller does."""
    kubectl("delete", "deployments,services,secrets,serviceaccounts", "--all", "--namespace", NAMESPACE)
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    left = kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "--output=json")
    if left:
        body = {**json.loads(left), "spec": {"finalizers": []}}
        kubectl("replace", "--raw", f"/api/v1/namespaces/{NAMESPACE}/finalize", "--filename=-", given=body)


def tried(manifest: Manifest) -> None:
    kubectl("create", "--dry-run=server", "--namespace", NAMESPACE, "--filename=-", given=manifest)


@pytest.mark.usefixtures("guide")
def test_the_server_takes_all_objects_and_every_pod() -> None:
    walk = walked("On a laptop")
    made = json.loads(kubectl("get", "secrets", "--namespace", NAMESPACE, "--output=json"))["items"]
    assert {each["metadata"]["name"]: set(each["data"]) for each in made} == {
        name: set(values) for name, values in walk.secrets.items()
    }
    accounts = [each for each in walk.release if each["kind"] == "ServiceAccount"]
    for account in [*accounts, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}]:
        kubectl("create", "--namespace", NAMESPACE, "--filename=-", given=account)
    for manifest in walk.release:
        if manifest["apiVersion"] in BUILT_IN and manifest["kind"] != "ServiceAccount":
            tried(manifest)
    pods = [*pod_templates(walk.release), *pod_templates(tuple(walk.objects))]
    assert len(pods) >= 8
    for number, (_owner, pod) in enumerate(pods):
        metadata = {"labels": pod["metadata"]["labels"], "name": f"tried-{number}"}
        tried({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": submitted(pod["spec"])})


def submitted(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a pod's spec as its controller would submit it."""
    spec = json.loads(json.dumps(spec))
    for constraint in spec.get("topologySpreadConstraints", []):
        constraint.pop("matchLabelKeys", None)  # a label that the Deployment's controller gives
    claims = {volume["name"] for volume in spec.get("volumes", [])}
    mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
    spec.setdefault("volumes", []).extend({"name": name, "emptyDir": {}} for name in sorted(mounted - claims))
    return spec
