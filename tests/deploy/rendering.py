"""The chart as Helm renders it: objects of each set of values in `ci/`, for the oldest and the newest Kubernetes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.tools import ToolMissingError, helm
from tests.required_tools import MISSING

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "bandstand"
VALUE_SETS = sorted((CHART / "ci").glob("*.yaml"))
KUBERNETES = ("1.32", "1.37")  # oldest and newest supported; the oldest stands in Chart.yaml too
RELEASE, NAMESPACE = "band", "portals"

Manifest = dict[str, Any]


def program() -> Path:
    """Return Helm; skip the calling test where there is none."""
    try:
        return helm()
    except ToolMissingError as problem:
        pytest.skip(f"{MISSING}{problem}")


def run_helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what Helm did."""
    return subprocess.run(
        [str(program()), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


def rendered_text(*settings: str | Path, kubernetes: str = KUBERNETES[0]) -> str:
    """Return the manifests. `settings` go to Helm as they are. Raises AssertionError with Helm's words."""
    done = run_helm(
        "template", RELEASE, CHART, "--namespace", NAMESPACE, "--kube-version", f"v{kubernetes}.0", *settings
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def rendered(value_set: Path, kubernetes: str = KUBERNETES[0]) -> tuple[Manifest, ...]:
    """Return the objects of one set of values. They are shared: don't change them."""
    text = rendered_text("--values", value_set, kubernetes=kubernetes)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(document for document in yaml.load_all(text, Loader=loader) if document)


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    """Return the objects of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def name_of(manifest: Manifest) -> str:
    """Return kind and name, as messages show them."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pod_templates(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    """Give every pod that may come of the manifests, hooks and tests included: its owner's name, metadata and spec."""
    for manifest in manifests:
        if manifest["kind"] == "Pod":
            yield name_of(manifest), manifest
        elif manifest["kind"] == "CronJob":
            yield name_of(manifest), manifest["spec"]["jobTemplate"]["spec"]["template"]
        elif manifest["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job"}:
            yield name_of(manifest), manifest["spec"]["template"]


def containers(pod: Manifest) -> list[Manifest]:
    """Return all containers of a pod."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def hooks_of(manifest: Manifest) -> set[str]:
    """Return the events of Helm at which the object is made; none for an ordinary one."""
    annotations = manifest["metadata"].get("annotations") or {}
    return {event for event in annotations.get("helm.sh/hook", "").split(",") if event}


def saves(owner: str) -> bool:
    """Whether the pods of this owner make, prove or restore backups."""
    return owner.endswith(("-backup", "-backup-check", "-restore"))


def value_set_of(name: str) -> Path:
    """Return the set of values called `name`."""
    return CHART / "ci" / f"{name}.yaml"
