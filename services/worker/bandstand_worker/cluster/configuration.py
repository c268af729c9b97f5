"""How domains are published, from the JSON file that BANDSTAND_CLUSTER_CONFIG names."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

BY_INGRESS, BY_GATEWAY = "ingress", "gateway"


@dataclass(frozen=True, kw_only=True)
class ClusterConfiguration:
    """The chart's settings. `instance` distinguishes several installations in one namespace."""

    namespace: str
    instance: str
    publish_by: str  # "ingress" or "gateway"
    service: str
    service_port: int
    issuer_kind: str
    issuer: str
    owner: str = ""  # a service account that owns all objects, so that they are deleted with it
    ingress_class: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    gateway: str = ""
    gateway_namespace: str = ""
    request_timeout: str = ""

    def __post_init__(self) -> None:
        if self.publish_by not in {BY_INGRESS, BY_GATEWAY}:
            raise ImproperlyConfigured("publish_by must be ingress or gateway.")
        if self.publish_by == BY_GATEWAY and not self.gateway:
            raise ImproperlyConfigured("gateway must be named to publish by one.")

    @classmethod
    def read(cls, path: str) -> ClusterConfiguration:
        """Return the configuration in the file at `path`. Raises ImproperlyConfigured."""
        if not path:
            raise ImproperlyConfigured("BANDSTAND_CLUSTER_CONFIG is not set: the reconciler doesn't know its cluster.")
        try:
            values: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise ImproperlyConfigured(f"BANDSTAND_CLUSTER_CONFIG can't be read: {problem}") from None
        unknown = set(values) - {item.name for item in fields(cls)}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise ImproperlyConfigured(f"BANDSTAND_CLUSTER_CONFIG holds unknown settings: {names}.")
        try:
            return cls(**values)
        except TypeError as problem:
            raise ImproperlyConfigured(f"BANDSTAND_CLUSTER_CONFIG is incomplete: {problem}") from None
