"""Writes the emails about new terms, a batch of owners at a time."""

from __future__ import annotations

from bandstand.terms.accepting import mails_write
from bandstand.terms.job_kinds import MAIL_TERMS, MailTerms
from bandstand.terms.models import Terms
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(MAIL_TERMS)
def mail_terms(payload: MailTerms, _run: Run) -> dict[str, int]:
    terms = Terms.objects.filter(pk=payload.terms_id).first()
    if terms is None:
        return {"mails": 0}
    return {"mails": mails_write(terms=terms, is_reminder=payload.is_reminder, after=payload.after)}
