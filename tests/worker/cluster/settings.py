"""What a chart would say to the reconciler."""

from __future__ import annotations

from bandstand_worker.cluster.configuration import ClusterConfiguration


def settings_for(publish_by: str = "ingress", **changes: object) -> ClusterConfiguration:
    """Return it for one of the two ways to publish."""
    values: dict[str, object] = {
        "namespace": "bandstand",
        "instance": "bandstand",
        "publish_by": publish_by,
        "service": "bandstand-web",
        "service_port": 8000,
        "issuer_kind": "ClusterIssuer",
        "issuer": "letsencrypt-http",
        "ingress_class": "nginx" if publish_by == "ingress" else "",
        "gateway": "public" if publish_by == "gateway" else "",
        "gateway_namespace": "gateways" if publish_by == "gateway" else "",
        "request_timeout": "60s" if publish_by == "gateway" else "",
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "25m"} if publish_by == "ingress" else {},
        **changes,
    }
    return ClusterConfiguration(**values)  # type: ignore[arg-type]
