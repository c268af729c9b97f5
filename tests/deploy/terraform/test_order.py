"""What needs nodes comes after them, and nodes need nothing that needs them: read from Terraform's own graph."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.terraform.configurations import TERRAFORM, initialized, run

NODES = "module.cluster.aws_eks_node_group.this"
BEFORE = "module.cluster.aws_eks_addon.before_nodes"
AFTER = "module.cluster.aws_eks_addon.after_nodes"

# EKS and Helm wait for the pods of these; a DaemonSet is complete without any node.
DAEMON_SETS = {"eks-pod-identity-agent", "kube-proxy", "vpc-cni"}
EDGE = re.compile(r'^\s*"([^"]+)" -> "([^"]+)";$', re.M)
NODE = re.compile(r'^\s*"([^"]+)" \[label=', re.M)


class Graph:
    """Resources, and what each waits for."""

    def __init__(self, text: str) -> None:
        self.resources = set(NODE.findall(text))
        self._direct: dict[str, set[str]] = {}
        for later, earlier in EDGE.findall(text):
            self._direct.setdefault(later, set()).add(earlier)

    def waits_for(self, resource: str) -> set[str]:
        """Return all that is there before `resource` is made."""
        found: set[str] = set()
        ahead = [resource]
        while ahead:
            for earlier in self._direct.get(ahead.pop(), set()) - found:
                found.add(earlier)
                ahead.append(earlier)
        return found

    def needing_nodes(self) -> set[str]:
        """Return what isn't complete before its pods run."""
        needy = re.compile(r"(^|\.)(helm_release|kubernetes_\w+)\.|aws_eks_addon\.(?!before_nodes)")
        return {resource for resource in self.resources if needy.search(resource)}


@pytest.fixture(scope="module")
def graph(copy: Path) -> Graph:
    folder = TERRAFORM / "modules" / "installation"
    done = run(initialized(copy, folder), "graph")
    assert done.returncode == 0, done.stdout + done.stderr
    return Graph(done.stdout)


def test_nodes_wait_for_nothing_that_needs_nodes(graph: Graph):
    assert NODES in graph.resources
    assert graph.waits_for(NODES) & graph.needing_nodes() == set()


def test_all_that_needs_nodes_waits_for_them(graph: Graph):
    assert AFTER in graph.needing_nodes()
    assert [resource for resource in graph.needing_nodes() if NODES not in graph.waits_for(resource)] == []


def test_nodes_find_a_network_and_the_agent_that_hands_out_roles(graph: Graph):
    assert BEFORE in graph.waits_for(NODES)
    listed = re.search(r"before_nodes = \{\n(.*?)\n  \}", (TERRAFORM / "modules/cluster/main.tf").read_text(), re.S)
    assert listed
    assert set(re.findall(r"^    ([a-z-]+)\s+=", listed[1], re.M)) == DAEMON_SETS


def test_pods_of_add_ons_start_with_their_roles(graph: Graph):
    roles = {resource for resource in graph.resources if "aws_eks_pod_identity_association" in resource}
    assert roles
    for resource in graph.needing_nodes() - {"module.platform.kubernetes_namespace_v1.this"}:
        if "helm_release" in resource:
            assert roles - graph.waits_for(resource) == set(), resource
    assert "module.cluster.aws_eks_pod_identity_association.addon" in graph.waits_for(AFTER)


def test_nothing_waits_for_itself(graph: Graph):
    assert [resource for resource in graph.resources if resource in graph.waits_for(resource)] == []
