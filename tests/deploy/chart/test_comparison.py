"""What docs/chart-comparison.md claims of this chart and no other test holds; and that the tests it names exist."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import yaml

from tests.deploy.rendering import (
    CHART,
    NAMESPACE,
    RELEASE,
    ROOT,
    VALUE_SETS,
    hooks_of,
    name_of,
    of_kind,
    rendered,
    run_helm,
    value_set_of,
)

COMPARISON = (ROOT / "docs" / "chart-comparison.md").read_text()


def test_the_tests_that_it_names_exist():
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", COMPARISON)
    assert len(named) > 20
    for module, test in named:
        text = (ROOT / "tests/deploy/chart" / module).read_text()
        assert not test or f"def {test}(" in text, f"{module}::{test}"


def test_it_counts_the_sets_of_values():
    assert f"| Sets of values for CI | {len(VALUE_SETS)}," in COMPARISON


def test_notes_tell_the_next_step(tmp_path: Path):
    # Helm 3 prints notes only where it reaches a cluster; as an object's text they are rendered without one.
    chart = tmp_path / "bandstand"
    shutil.copytree(CHART, chart)
    notes = (chart / "templates" / "NOTES.txt").read_text()
    shown = (
        f'{{{{- define "notes" }}}}{notes}{{{{ end -}}}}\nkind: ConfigMap\nnotes: {{{{ include "notes" . | toJson }}}}'
    )
    (chart / "templates" / "shown.yaml").write_text(shown)
    values = ("--namespace", NAMESPACE, "--values", value_set_of("minimal"), "--kube-version", "v1.32.0")
    done = run_helm("template", RELEASE, chart, "--show-only=templates/shown.yaml", *values)
    assert done.returncode == 0, done.stderr
    said = yaml.safe_load(done.stdout)["notes"]
    assert f"helm test {RELEASE} --namespace {NAMESPACE}" in said
    assert "Nothing publishes web yet" in said


def test_helm_test_proves_a_job_too(manifests):
    (pod,) = of_kind(manifests, "Pod")
    assert hooks_of(pod) == {"test"}
    # What it does is held by tests/shared/jobs/test_prove_deployment.py.
    assert pod["spec"]["containers"][0]["command"] == ["django-admin", "prove_deployment"]


def test_whatever_has_a_second_pod_has_a_budget():
    manifests = rendered(value_set_of("minimal"))
    budgets = {budget["metadata"]["name"] for budget in of_kind(manifests, "PodDisruptionBudget")}
    assert budgets == {workload["metadata"]["name"] for workload in of_kind(manifests, "Deployment")}


def test_replicas_are_spread_over_nodes_and_zones():
    for deployment in of_kind(rendered(value_set_of("production")), "Deployment"):
        spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        domains = [constraint["topologyKey"] for constraint in spread]
        assert domains == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"], name_of(deployment)
        for constraint in spread:
            wanted = constraint["labelSelector"]["matchLabels"]
            assert wanted == deployment["spec"]["selector"]["matchLabels"], name_of(deployment)


def test_a_changed_file_restarts_the_reconciler():
    manifests = rendered(value_set_of("production"))
    configs = of_kind(manifests, "ConfigMap")
    (file,) = [config["data"]["cluster.json"] for config in configs if "cluster.json" in config["data"]]
    (annotations,) = [
        deployment["spec"]["template"]["metadata"]["annotations"]
        for deployment in of_kind(manifests, "Deployment")
        if deployment["metadata"]["name"].endswith("-domains")
    ]
    assert annotations["checksum/cluster-file"] == hashlib.sha256(file.encode()).hexdigest()
