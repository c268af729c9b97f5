"""What the reconciler of domains asks of an API server, and what somebody with its token might ask instead."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import (
    CERTIFICATE,
    HTTP_ROUTE,
    INGRESS,
    LISTENER_SET,
    Body,
    ObjectKind,
    bodies,
    object_name,
)

DOMAIN = "www.theband.com"
FOREIGN = {"somebody/elses": "note"}


@dataclass(frozen=True)
class Asked:
    """One request that an admission policy judges."""

    operation: str  # CREATE, UPDATE or DELETE
    kind: ObjectKind
    body: Body | None
    before: Body | None = None


def honest(configuration: ClusterConfiguration) -> Iterator[Asked]:
    """Give what the reconciler does with one domain."""
    for kind, body in bodies(configuration, DOMAIN, "uid" if configuration.owner else "").items():
        yield Asked("CREATE", kind, body)
        noted = _changed(body, "metadata.annotations", {**body["metadata"]["annotations"], **FOREIGN})
        yield Asked("UPDATE", kind, noted, before=noted)
        yield Asked("DELETE", kind, None, before=body)


def abuses(configuration: ClusterConfiguration, *, platform: str, media: str) -> Iterator[tuple[str, Asked]]:
    """Give what a reconciler in strange hands might try, by a name for the test."""
    made = bodies(configuration, DOMAIN)
    for kind, body in made.items():
        yield f"{kind.kind} of another name", Asked("CREATE", kind, _changed(body, "metadata.name", "bandstand-web"))
        taken = _changed(body, "metadata.name", "bandstand-web")
        yield f"{kind.kind} taken away", Asked("DELETE", kind, None, before=taken)
        yield f"{kind.kind} taken over", Asked("UPDATE", kind, taken, before=taken)
        yield f"{kind.kind} in another's name", Asked("CREATE", kind, _changed(body, "metadata.labels", {"a": "b"}))
        snippet = {"nginx.ingress.kubernetes.io/configuration-snippet": "return 200 owned;", **FOREIGN}
        yield f"{kind.kind} with annotations", Asked("CREATE", kind, _changed(body, "metadata.annotations", snippet))
        other = _changed(body, "metadata.annotations", {"somebody/elses": "other"})
        noted = _changed(body, "metadata.annotations", FOREIGN)
        yield f"{kind.kind} with a changed annotation", Asked("UPDATE", kind, other, before=noted)
        for host in (platform, f"www.{platform}", media, f"*.{DOMAIN}", "*"):
            yield f"{kind.kind} for {host}", Asked("CREATE", kind, _for_host(kind, body, host))
    for kind, path, value in _contents(configuration):
        if kind in made:
            yield f"{kind.kind} with {path} {value}", Asked("CREATE", kind, _changed(made[kind], path, value))


def _contents(configuration: ClusterConfiguration) -> Iterator[tuple[ObjectKind, str, Any]]:
    own = object_name(DOMAIN)
    yield CERTIFICATE, "spec.secretName", "bandstand-secrets"
    yield CERTIFICATE, "spec.secretName", object_name("www.another.com")
    yield CERTIFICATE, "spec.dnsNames", [DOMAIN, "www.another.com"]
    yield CERTIFICATE, "spec.dnsNames", []
    yield CERTIFICATE, "spec.issuerRef", {"kind": configuration.issuer_kind, "name": "own-ca"}
    yield CERTIFICATE, "spec.issuerRef", {"kind": "Another", "name": configuration.issuer}
    yield CERTIFICATE, "spec.isCA", True
    yield CERTIFICATE, "spec.commonName", "bands.example.org"
    yield CERTIFICATE, "spec.ipAddresses", ["10.0.0.1"]
    yield CERTIFICATE, "spec.secretTemplate", {"annotations": {"reflector/allowed": "true"}}
    yield INGRESS, "spec.defaultBackend", {"service": {"name": configuration.service, "port": {"number": 8000}}}
    yield INGRESS, "spec.ingressClassName", "internal-admin"
    yield INGRESS, "spec.tls", [{"hosts": [DOMAIN], "secretName": "bandstand-secrets"}]
    yield INGRESS, "spec.tls", [{"hosts": ["www.another.com"], "secretName": own}]
    elsewhere = {"service": {"name": "valkey", "port": {"number": 6379}}}
    way = {"path": "/", "pathType": "Prefix", "backend": elsewhere}
    yield INGRESS, "spec.rules", [{"host": DOMAIN, "http": {"paths": [way]}}]
    yield INGRESS, "spec.rules", [{"http": {"paths": [way]}}]
    bucket = {**way, "backend": {"resource": {"apiGroup": "x.io", "kind": "Bucket", "name": "files"}}}
    yield INGRESS, "spec.rules", [{"host": DOMAIN, "http": {"paths": [bucket]}}]
    yield LISTENER_SET, "spec.parentRef", {"kind": "Gateway", "name": "internal"}
    listener = {"name": "https", "hostname": DOMAIN, "port": 443, "protocol": "HTTPS"}
    for tls in (
        {"certificateRefs": [{"name": "bandstand-secrets"}]},
        {"certificateRefs": [{"name": own, "namespace": "kube-system"}]},
    ):
        yield LISTENER_SET, "spec.listeners", [{**listener, "tls": tls}]
    yield LISTENER_SET, "spec.listeners", [{"name": "http", "hostname": DOMAIN, "port": 80, "protocol": "HTTP"}]
    yield HTTP_ROUTE, "spec.parentRefs", [{"name": configuration.gateway or "public", "kind": "Gateway"}]
    yield HTTP_ROUTE, "spec.rules", [{"backendRefs": [{"name": "valkey", "port": 6379}]}]
    web = {"name": configuration.service, "port": configuration.service_port}
    yield HTTP_ROUTE, "spec.rules", [{"backendRefs": [{**web, "namespace": "kube-system"}]}]
    away = {"type": "RequestRedirect", "requestRedirect": {"hostname": "evil.com"}}
    yield HTTP_ROUTE, "spec.rules", [{"backendRefs": [web], "filters": [away]}]
    yield HTTP_ROUTE, "spec.rules", [{"filters": [away]}]


def _for_host(kind: ObjectKind, body: Body, host: str) -> Body:
    where: dict[ObjectKind, Callable[[Body], Body]] = {
        CERTIFICATE: lambda spec: {**spec, "dnsNames": [host]},
        INGRESS: lambda spec: {**spec, "rules": [{**spec["rules"][0], "host": host}]},
        LISTENER_SET: lambda spec: {**spec, "listeners": [{**spec["listeners"][0], "hostname": host}]},
        HTTP_ROUTE: lambda spec: {**spec, "hostnames": [host]},
    }
    return {**body, "spec": where[kind](body["spec"])}


def _changed(body: Body, path: str, value: Any) -> Body:
    changed = copy.deepcopy(body)
    *steps, last = path.split(".")
    place = changed
    for step in steps:
        place = place[step]
    place[last] = value
    return changed
