"""Helm accepts the chart, and Kubernetes would accept what it renders."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from deploy.helm.document_values import documented_values, leaves, table
from tests.deploy.rendering import CHART, KUBERNETES, NAMESPACE, VALUE_SETS, name_of, rendered, run_helm

CUSTOM_GROUPS = (
    "barmancloud.cnpg.io",
    "cert-manager.io",
    "external-secrets.io",
    "gateway.envoyproxy.io",
    "gateway.networking.k8s.io",
    "keda.sh",
    "monitoring.coreos.com",
    "postgresql.cnpg.io",
)
# It would read two megabytes of definitions again for each object.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)
CLUSTER_WIDE = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
DNS_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


def test_it_has_ten_sets_of_values_or_more():
    assert len(VALUE_SETS) >= 10


@pytest.mark.parametrize("kubernetes", KUBERNETES)
def test_it_passes_helms_own_lint(kubernetes: str, value_set: Path):
    done = run_helm("lint", "--strict", "--kube-version", f"v{kubernetes}.0", "--values", value_set, CHART)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kubernetes", KUBERNETES)
def test_kubernetes_knows_every_field(kubernetes: str, value_set: Path):
    for manifest in rendered(value_set, kubernetes):
        if manifest["apiVersion"].split("/")[0] in CUSTOM_GROUPS:
            continue
        kubernetes_validate.validate(manifest, kubernetes, strict=True)


def test_it_supports_what_it_says():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == f">={KUBERNETES[0]}.0-0"


def test_names_fit_and_are_unique(manifests):
    seen = set()
    for manifest in manifests:
        identity = (manifest["apiVersion"].split("/")[0], manifest["kind"], manifest["metadata"]["name"])
        assert identity not in seen
        seen.add(identity)
        assert DNS_LABEL.match(manifest["metadata"]["name"]), name_of(manifest)
        if manifest["kind"] in CLUSTER_WIDE:
            assert manifest["metadata"]["name"].startswith(f"{NAMESPACE}-")  # another release's may stand beside it
        else:
            assert manifest["metadata"]["namespace"] == NAMESPACE


def test_every_object_says_whose_it_is(manifests):
    for manifest in manifests:
        labels = manifest["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "bandstand", name_of(manifest)
        assert {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"} <= set(labels)
        assert all(len(str(value)) <= 63 for value in labels.values())


def test_every_value_is_explained_and_the_readme_lists_it():
    text = (CHART / "values.yaml").read_text()
    documented = documented_values(text)
    missing = [path for path, _ in leaves(yaml.safe_load(text), documented) if path not in documented]
    assert missing == []
    assert table(text) in (CHART / "README.md").read_text()
