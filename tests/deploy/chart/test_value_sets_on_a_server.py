"""Every set of values on the API server that BANDSTAND_TEST_KUBECONFIG leads to: it takes all objects and all pods.

Kinds of other projects are tried where the server has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.deploy.api_server import DEFAULT_ACCOUNT, kubectl, namespace_of_its_own, pod_as_submitted, refusal, tried
from tests.deploy.chart.test_validity import CUSTOM_GROUPS
from tests.deploy.rendering import NAMESPACE, VALUE_SETS, Manifest, of_kind, pod_templates, rendered
from tests.waiting import wait_until

pytestmark = pytest.mark.cluster
PRIVILEGES = ({"hostNetwork": True}, {"hostPID": True}, {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]})


@pytest.fixture(scope="module")
def version() -> str:
    """The server's own, as Helm wants it."""
    found = json.loads(kubectl("get", "--raw", "/version"))
    return f"{found['major']}.{found['minor'].rstrip('+')}"


@pytest.fixture(scope="module")
def served() -> set[tuple[str, str]]:
    """What the server has: kinds with their apiVersion."""
    groups = json.loads(kubectl("get", "--raw", "/apis"))["groups"]
    places = {each["groupVersion"]: "/apis" for group in groups for each in group["versions"]} | {"v1": "/api"}
    return {
        (version, resource["kind"])
        for version, place in places.items()
        for resource in json.loads(kubectl("get", "--raw", f"{place}/{version}"))["resources"]
    }


@pytest.fixture(scope="module", autouse=True)
def restricted() -> Iterator[None]:
    """A namespace that takes no pod but a "restricted" one."""
    with namespace_of_its_own(NAMESPACE):
        kubectl("create", "namespace", NAMESPACE)
        kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
        kubectl("create", "--namespace", NAMESPACE, "--filename=-", given=DEFAULT_ACCOUNT)
        yield


@pytest.fixture(scope="module", autouse=True)
def priorities(restricted: None) -> Iterator[None]:
    """The classes that operators bring and sets of values name, where the server lacks them."""
    pods = {
        pod["spec"]["priorityClassName"]: _by_default_account(pod)
        for value_set in VALUE_SETS
        for _owner, pod in pod_templates(rendered(value_set))
        if "priorityClassName" in pod["spec"]
    }
    there = json.loads(kubectl("get", "priorityclasses", "--output=json"))["items"]
    missing = sorted(pods.keys() - {each["metadata"]["name"] for each in there})
    try:
        for name in missing:
            kubectl("create", "priorityclass", name, "--value=1")
        for name in missing:  # the server learns of it by a watch of its own
            wait_until(partial(_knows_priority, pods[name]), f"priority {name} is known")
        yield
    finally:
        for name in missing:
            kubectl("delete", "priorityclass", name, "--ignore-not-found")


def _by_default_account(template: Manifest, **changes: object) -> Manifest:
    spec = {**template["spec"], "serviceAccountName": "default", **changes}
    return pod_as_submitted("tried", {**template, "spec": spec})


def _knows_priority(pod: Manifest) -> bool:
    return "no PriorityClass" not in refusal(NAMESPACE, pod)


def test_the_server_takes_all_objects_and_every_pod(
    value_set: Path, version: str, served: set[tuple[str, str]]
) -> None:
    manifests = rendered(value_set, version)
    unknown = [each for each in manifests if (each["apiVersion"], each["kind"]) not in served]
    assert {each["apiVersion"].split("/")[0] for each in unknown} <= set(CUSTOM_GROUPS)
    accounts = of_kind(manifests, "ServiceAccount")
    kubectl("apply", "--filename=-", given={"apiVersion": "v1", "kind": "List", "items": accounts})
    tried(NAMESPACE, [each for each in manifests if each not in [*unknown, *accounts]])

    pods = list(pod_templates(manifests))
    assert len(pods) >= 7
    tried(NAMESPACE, [pod_as_submitted(f"tried-{number}", pod) for number, (_owner, pod) in enumerate(pods)])
    left = ", ".join(sorted({each["kind"] for each in unknown})) or "nothing"
    sys.stderr.write(f"{value_set.stem}: {len(manifests) - len(unknown)} objects, {len(pods)} pods; left: {left}\n")


@pytest.mark.parametrize("privilege", PRIVILEGES, ids=lambda privilege: next(iter(privilege)))
def test_the_server_takes_no_pod_with_a_privilege(privilege: dict[str, object], version: str) -> None:
    _owner, template = next(pod_templates(rendered(VALUE_SETS[0], version)))
    assert "violates PodSecurity" in refusal(NAMESPACE, _by_default_account(template, **privilege))
