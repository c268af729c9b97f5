"""The desired objects that publish one domain. Pure functions: no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bandstand_worker.cluster.configuration import BY_GATEWAY, BY_INGRESS, ClusterConfiguration

Body = dict[str, Any]
MANAGER = "bandstand-reconciler"  # in labels, and as the manager of the fields it applies
DOMAIN_ANNOTATION = "bandstand/domain"
DIGEST_ANNOTATION = "bandstand/digest"  # of all that was applied: differs where a field that we set before is to go
_HTTPS = 443


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object, as the API's addresses name it."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """The `apiVersion` field of an object of this kind."""
        return f"{self.group}/{self.version}"


CERTIFICATE = ObjectKind("cert-manager.io", "v1", "certificates", "Certificate")
INGRESS = ObjectKind("networking.k8s.io", "v1", "ingresses", "Ingress")
LISTENER_SET = ObjectKind("gateway.networking.k8s.io", "v1", "listenersets", "ListenerSet")
HTTP_ROUTE = ObjectKind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute")


_BY = {BY_INGRESS: [CERTIFICATE, INGRESS], BY_GATEWAY: [CERTIFICATE, LISTENER_SET, HTTP_ROUTE]}


def kinds(configuration: ClusterConfiguration) -> list[ObjectKind]:
    """Return the kinds in use, in the order in which a domain's objects are created."""
    return _BY[configuration.publish_by]


def retired_kinds(configuration: ClusterConfiguration) -> list[ObjectKind]:
    """Return the kinds of the other way to publish, which may have been in use before, in the order to delete them."""
    used = kinds(configuration)
    return [kind for way in _BY.values() for kind in reversed(way) if kind not in used]


def object_name(domain: str) -> str:
    """Return the name of a domain's objects: short, valid, and stable for the domain's lifetime."""
    return f"domain-{hashlib.sha256(domain.encode()).hexdigest()[:24]}"


def labels(configuration: ClusterConfiguration) -> dict[str, str]:
    """Return the labels that mark the objects as ours."""
    return {
        "app.kubernetes.io/name": "bandstand",
        "app.kubernetes.io/instance": configuration.instance,
        "app.kubernetes.io/component": "domain",
        "app.kubernetes.io/managed-by": MANAGER,
    }


def selector(configuration: ClusterConfiguration) -> str:
    """Return the label selector that finds our objects."""
    return ",".join(f"{name}={value}" for name, value in sorted(labels(configuration).items()))


def bodies(configuration: ClusterConfiguration, domain: str, owner_uid: str = "") -> Mapping[ObjectKind, Body]:
    """Return the objects to apply for one domain."""
    return {kind: _body(configuration, kind, domain, owner_uid) for kind in kinds(configuration)}


def _body(configuration: ClusterConfiguration, kind: ObjectKind, domain: str, owner_uid: str) -> Body:
    build = {CERTIFICATE: _certificate, INGRESS: _ingress, LISTENER_SET: _listener_set, HTTP_ROUTE: _http_route}
    body: Body = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": _metadata(configuration, kind, domain, owner_uid),
        "spec": build[kind](configuration, domain),
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    body["metadata"]["annotations"][DIGEST_ANNOTATION] = digest
    return body


def _metadata(configuration: ClusterConfiguration, kind: ObjectKind, domain: str, owner_uid: str) -> Body:
    metadata: Body = {
        "name": object_name(domain),
        "namespace": configuration.namespace,
        "labels": labels(configuration),
        "annotations": {
            DOMAIN_ANNOTATION: domain,
            **(configuration.annotations if kind in {INGRESS, HTTP_ROUTE} else {}),
        },
    }
    if owner_uid:
        metadata["ownerReferences"] = [
            {"apiVersion": "v1", "kind": "ServiceAccount", "name": configuration.owner, "uid": owner_uid}
        ]
    return metadata


def _certificate(configuration: ClusterConfiguration, domain: str) -> Body:
    return {
        "secretName": object_name(domain),
        "dnsNames": [domain],
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "issuerRef": {"group": CERTIFICATE.group, "kind": configuration.issuer_kind, "name": configuration.issuer},
    }


def _ingress(configuration: ClusterConfiguration, domain: str) -> Body:
    service = {"name": configuration.service, "port": {"number": configuration.service_port}}
    spec: Body = {
        "tls": [{"hosts": [domain], "secretName": object_name(domain)}],
        "rules": [
            {"host": domain, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": service}}]}}
        ],
    }
    if configuration.ingress_class:
        spec["ingressClassName"] = configuration.ingress_class
    return spec


def _listener_set(configuration: ClusterConfiguration, domain: str) -> Body:
    parent = {"group": LISTENER_SET.group, "kind": "Gateway", "name": configuration.gateway}
    if configuration.gateway_namespace:
        parent["namespace"] = configuration.gateway_namespace
    return {
        "parentRef": parent,
        "listeners": [
            {
                "name": "https",
                "hostname": domain,
                "port": _HTTPS,
                "protocol": "HTTPS",
                "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": object_name(domain)}]},
            }
        ],
    }


def _http_route(configuration: ClusterConfiguration, domain: str) -> Body:
    rule: Body = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": [{"name": configuration.service, "port": configuration.service_port}],
    }
    if configuration.request_timeout:
        rule["timeouts"] = {"request": configuration.request_timeout}
    return {
        "parentRefs": [{"group": LISTENER_SET.group, "kind": LISTENER_SET.kind, "name": object_name(domain)}],
        "hostnames": [domain],
        "rules": [rule],
    }
