"""Which pods a label selector of Kubernetes finds among the manifests."""

from __future__ import annotations

from typing import Any

from tests.deploy.rendering import Manifest, pod_templates


def selected(selector: dict[str, Any], manifests: tuple[Manifest, ...]) -> set[str]:
    """Return the owners of the pods that a selector finds."""
    found = set()
    for owner, pod in pod_templates(manifests):
        labels = pod["metadata"]["labels"]
        if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
            continue
        if any(labels.get(rule["key"]) not in rule["values"] for rule in selector.get("matchExpressions", [])):
            continue
        found.add(owner)
    return found
