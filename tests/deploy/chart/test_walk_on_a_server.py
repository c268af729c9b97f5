"""The guide's commands on the API server that BANDSTAND_TEST_KUBECONFIG leads to: it takes all that they make.

It needs no nodes: objects are made or tried, pods are tried, and the namespace, which the guide names, is taken away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.api_server import DEFAULT_ACCOUNT, kubectl, namespace_of_its_own, pod_as_submitted, tried
from tests.deploy.chart.test_walk import commands, walked
from tests.deploy.rendering import of_kind, pod_templates

pytestmark = pytest.mark.cluster
NAMESPACE = "bandstand"
BUILT_IN = {"v1", "apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1"}
NEEDS_PODS = ("exec", "port-forward")


@pytest.fixture
def guide(tmp_path: Path) -> Iterator[None]:
    """Do what the guide says to kubectl, word by word."""
    with namespace_of_its_own(NAMESPACE):
        for words in commands("On a laptop", tmp_path):
            if words[0] == "kubectl" and not set(words) & set(NEEDS_PODS):
                kubectl(*words[1:])
        yield


@pytest.mark.usefixtures("guide")
def test_the_server_takes_all_objects_and_every_pod() -> None:
    walk = walked("On a laptop")
    made = json.loads(kubectl("get", "secrets", "--namespace", NAMESPACE, "--output=json"))["items"]
    assert {each["metadata"]["name"]: set(each["data"]) for each in made} == {
        name: set(values) for name, values in walk.secrets.items()
    }
    for account in [*of_kind(walk.release, "ServiceAccount"), DEFAULT_ACCOUNT]:
        kubectl("create", "--namespace", NAMESPACE, "--filename=-", given=account)
    tried(
        NAMESPACE,
        [each for each in walk.release if each["apiVersion"] in BUILT_IN and each["kind"] != "ServiceAccount"],
    )
    pods = [*pod_templates(walk.release), *pod_templates(tuple(walk.objects))]
    assert len(pods) >= 8
    tried(NAMESPACE, [pod_as_submitted(f"tried-{number}", pod) for number, (_owner, pod) in enumerate(pods)])
