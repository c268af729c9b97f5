"""Notes that an owner's consent to support access has ended: in the security logs, and by email to the owners."""

from __future__ import annotations

from bandstand.support.consenting import consent_end
from bandstand.support.job_kinds import END_CONSENT, EndConsent
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(END_CONSENT)
def end_consent(payload: EndConsent, _run: Run) -> dict[str, bool]:
    return {"noted": consent_end(consent_id=payload.consent_id)}
