"""Whether an object in the cluster is as it shall be, and how far its certificate is."""

from __future__ import annotations

from typing import Any

from bandstand.domains.models import Certificate
from bandstand_worker.cluster.manifests import Body


def covers(live: Any, wanted: Any) -> bool:
    """Return whether all that is wanted is there. What the API server or others add beside it is theirs.

    Lists are compared as a whole, item by item: a further rule or host in one of ours is drift.
    """
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(key in live and covers(live[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(live, list) and len(live) == len(wanted) and all(map(covers, live, wanted))
    return bool(live == wanted)


def certificate_state(certificate: Body) -> tuple[Certificate, str]:
    """Return how far a cert-manager Certificate is, and why it failed if it did."""
    status = certificate.get("status", {})
    conditions = {item.get("type"): item for item in status.get("conditions", ())}
    ready, issuing = conditions.get("Ready", {}), conditions.get("Issuing", {})
    if ready.get("status") == "True":
        return Certificate.READY, ""
    # Between two attempts cert-manager leaves Issuing at False, with the reason; while it tries, nothing failed yet.
    if issuing.get("status") != "True" and status.get("failedIssuanceAttempts"):
        return Certificate.FAILED, str(issuing.get("message") or ready.get("message") or "")
    return Certificate.ISSUING, ""
