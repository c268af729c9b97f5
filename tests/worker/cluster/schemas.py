"""What the API servers would say of the bodies: Kubernetes' own schemas, and closed ones of the custom resources.

The latter hold the part of cert-manager 1.x and Gateway API 1.5 that Bandstand uses; any other field is refused.
"""

from __future__ import annotations

from typing import Any

import jsonschema
import kubernetes_validate

OLDEST, NEWEST = "1.29", "1.37"
Refused = (jsonschema.ValidationError, kubernetes_validate.ValidationError)


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


TEXT = {"type": "string", "minLength": 1}
NAME = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}
HOST = {"type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", "maxLength": 253}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
METADATA = _closed(
    ["name", "namespace", "labels"],
    name=NAME,
    namespace=NAME,
    labels={"type": "object", "additionalProperties": {"type": "string", "maxLength": 63}},
    annotations=TEXTS,
    ownerReferences={
        "type": "array",
        "items": _closed(["apiVersion", "kind", "name", "uid"], apiVersion=TEXT, kind=TEXT, name=NAME, uid=TEXT),
    },
)


def _list(item: Any, *, most: int = 16) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most}


SPECS = {
    "Certificate": _closed(
        ["secretName", "issuerRef"],
        secretName=NAME,
        dnsNames=_list(HOST),
        privateKey=_closed(
            [],
            algorithm={"enum": ["RSA", "ECDSA", "Ed25519"]},
            size={"type": "integer"},
            rotationPolicy={"enum": ["Never", "Always"]},
        ),
        issuerRef=_closed(["name"], group=TEXT, kind={"enum": ["Issuer", "ClusterIssuer"]}, name=NAME),
    ),
    "ListenerSet": _closed(
        ["parentRef", "listeners"],
        parentRef=_closed(["name"], group=TEXT, kind={"const": "Gateway"}, name=NAME, namespace=NAME),
        listeners=_list(
            _closed(
                ["name", "port", "protocol"],
                name=NAME,
                hostname=HOST,
                port=PORT,
                protocol={"const": "HTTPS"},
                tls=_closed(
                    [],
                    mode={"enum": ["Terminate", "Passthrough"]},
                    certificateRefs=_list(_closed(["name"], kind={"const": "Secret"}, name=NAME)),
                ),
            ),
            most=64,
        ),
    ),
    "HTTPRoute": _closed(
        [],
        parentRefs=_list(_closed(["name"], group=TEXT, kind={"enum": ["Gateway", "ListenerSet"]}, name=NAME), most=32),
        hostnames=_list(HOST),
        rules=_list(
            _closed(
                [],
                matches=_list(
                    _closed([], path=_closed([], type={"enum": ["PathPrefix", "Exact"]}, value={"pattern": "^/"}))
                ),
                timeouts=_closed([], request={"pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"}),
                backendRefs=_list(_closed(["name", "port"], name=NAME, port=PORT)),
            )
        ),
    ),
}


KINDS = {
    "certificates": ("cert-manager.io/v1", "Certificate"),
    "ingresses": ("networking.k8s.io/v1", "Ingress"),
    "listenersets": ("gateway.networking.k8s.io/v1", "ListenerSet"),
    "httproutes": ("gateway.networking.k8s.io/v1", "HTTPRoute"),
}


def _structural(schema: Any) -> Any:
    """Return a schema as a CustomResourceDefinition may hold it: open, and with a type everywhere."""
    if isinstance(schema, list):
        return [_structural(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _structural(value) for key, value in schema.items() if key not in {"additionalProperties", "const"}}
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if schema.keys() & {"const", "enum", "pattern"}:
        found["type"] = "string"
    return {**found, "x-kubernetes-preserve-unknown-fields": True} if found.get("type") == "object" else found


def _definition(plural: str) -> dict[str, Any]:
    api_version, kind = KINDS[plural]
    group, version = api_version.split("/")
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": _structural(SPECS[kind]), "status": anything}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for Bandstand's tests"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }


CRDS = [_definition(plural) for plural, (_version, kind) in KINDS.items() if kind in SPECS]


def validate(body: dict[str, Any]) -> None:
    """Raise unless the oldest and the newest supported API server would take `body`."""
    jsonschema.validate(body["metadata"], METADATA)
    if body["kind"] in SPECS:
        jsonschema.validate(
            body, _closed(["apiVersion", "kind", "metadata", "spec"], apiVersion=TEXT, kind=TEXT, metadata={}, spec={})
        )
        jsonschema.validate(body["spec"], SPECS[body["kind"]])
        return
    for version in (OLDEST, NEWEST):
        kubernetes_validate.validate(body, version, strict=True)
