"""Compares an object in the cluster with what we want, and reads the status of its certificate."""

from __future__ import annotations

from typing import Any

from bandstand.domains.models import Certificate
from bandstand_worker.cluster.manifests import Body


def covers(live: Any, wanted: Any) -> bool:
    """Return whether `live` has everything in `wanted`. Fields added by the API server or others are ignored.

    Lists must match item by item: an extra rule or host in one of ours counts as drift.
    """
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(key in live and covers(live[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(live, list) and len(live) == len(wanted) and all(map(covers, live, wanted))
    return bool(live == wanted)


def certificate_state(certificate: Body) -> tuple[Certificate, str]:
    """Return the status of a cert-manager Certificate, and the reason if it failed."""
    status = certificate.get("status", {})
    conditions = {item.get("type"): item for item in status.get("conditions", ())}
    ready, issuing = conditions.get("Ready", {}), conditions.get("Issuing", {})
    if ready.get("status") == "True":
        return Certificate.READY, ""
    # Between attempts cert-manager sets Issuing to False, with the reason; while it is trying, nothing has failed yet.
    if issuing.get("status") != "True" and status.get("failedIssuanceAttempts"):
        return Certificate.FAILED, str(issuing.get("message") or ready.get("message") or "")
    return Certificate.ISSUING, ""
