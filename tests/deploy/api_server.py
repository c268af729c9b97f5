"""The API server that BANDSTAND_TEST_KUBECONFIG leads to, asked by kubectl. It needs no nodes and no controllers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.deploy.rendering import Manifest
from tests.required_tools import require

DEFAULT_ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
_TRY = ("create", "--dry-run=server", "--filename=-", "--namespace")


def _asked(*words: str, given: Any = None) -> subprocess.CompletedProcess[str]:
    """Return what kubectl did."""
    kubeconfig = os.environ.get("BANDSTAND_TEST_KUBECONFIG")
    if not kubeconfig:
        pytest.fail("BANDSTAND_TEST_KUBECONFIG names no API server")
    return subprocess.run(
        [require("kubectl"), *words],
        input=None if given is None else json.dumps(given),
        env={**os.environ, "KUBECONFIG": kubeconfig},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def kubectl(*words: str, given: Any = None) -> str:
    """Return what kubectl says. Fails the test if it refuses or warns."""
    done = _asked(*words, given=given)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


@contextmanager
def namespace_of_its_own(name: str) -> Iterator[None]:
    """Take a namespace away at the end, also where no controller does. Fails the test if somebody has one."""
    there = json.loads(kubectl("get", "namespaces", "--output=json"))["items"]
    assert name not in {each["metadata"]["name"] for each in there}, f"somebody's namespace: {name}"
    try:
        yield
    finally:
        kubectl("delete", "deployments,services,secrets,serviceaccounts", "--all", "--namespace", name)
        kubectl("delete", "namespace", name, "--wait=false")
        left = kubectl("get", "namespace", name, "--ignore-not-found", "--output=json")
        if left:
            body = {**json.loads(left), "spec": {"finalizers": []}}
            kubectl("replace", "--raw", f"/api/v1/namespaces/{name}/finalize", "--filename=-", given=body)


def tried(namespace: str, manifests: Iterable[Manifest]) -> None:
    """Let the server judge objects, and make none. Fails the test if it refuses or warns."""
    everything = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
    kubectl(*_TRY, namespace, given=everything)


def refusal(namespace: str, manifest: Manifest) -> str:
    """Let the server judge an object, and return why it refuses it; nothing if it doesn't."""
    done = _asked(*_TRY, namespace, given=manifest)
    return done.stderr if done.returncode else ""


def pod_as_submitted(name: str, template: Manifest) -> Manifest:
    """Return the pod that a controller would submit for a template."""
    spec = json.loads(json.dumps(template["spec"]))
    for constraint in spec.get("topologySpreadConstraints", []):
        constraint.pop("matchLabelKeys", None)  # a label that the Deployment's controller gives
    claims = {volume["name"] for volume in spec.get("volumes", [])}
    mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
    spec.setdefault("volumes", []).extend({"name": name, "emptyDir": {}} for name in sorted(mounted - claims))
    metadata = {"labels": template["metadata"]["labels"], "name": name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
