"""Looks at the DNS of organizations' domains: one at a person's request, and once a minute all that are due."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bandstand.domains.job_kinds import CHECK_DOMAIN, CHECK_DUE_DOMAINS, CheckDomain, CheckDueDomains
from bandstand.domains.judging import Wanted, judge
from bandstand.domains.models import Certificate, CustomDomain
from bandstand.domains.records import ownership_value, target_host
from bandstand.domains.verifying import certificate_noted, domain_judged
from bandstand.jobs.enqueueing import enqueue
from bandstand_worker.dns_looking import look
from bandstand_worker.registry import handles
from bandstand_worker.run import Run

DUE_AT_A_TIME = 500  # the rest is still due a minute later


@handles(CHECK_DOMAIN)
def check_domain(payload: CheckDomain, run: Run) -> dict[str, str]:
    """Check one domain's records and store the result."""
    domain = CustomDomain.objects.filter(pk=payload.domain_id, organization=run.organization).first()
    if domain is None:
        return {"state": "removed"}
    wanted = Wanted(
        text=ownership_value(domain.token), target=target_host(), addresses=frozenset(settings.DOMAINS_ADDRESSES)
    )
    verdict = judge(look(domain.name, wanted.target), wanted)
    judged = domain_judged(domain_id=domain.pk, verdict=verdict)
    if judged is not None and judged.is_proven and settings.CUSTOM_DOMAINS == "proxy":
        # The proxy obtains the certificate on the first visit, after asking web, so there is nothing to wait for.
        certificate_noted(domain_id=judged.pk, certificate=Certificate.READY)
    return {"finding": verdict.finding.value, "problem": verdict.problem or ""}


@handles(CHECK_DUE_DOMAINS)
def check_due_domains(_payload: CheckDueDomains, run: Run) -> dict[str, int]:
    """Enqueue a check of each domain that is due, the longest overdue first."""
    due = CustomDomain.objects.due(timezone.now()).select_related("organization").order_by("next_check_at")
    count = 0
    for domain in due[:DUE_AT_A_TIME]:
        run.check()
        with transaction.atomic():
            enqueue(CHECK_DOMAIN, CheckDomain(domain.pk), organization=domain.organization, key=str(domain.pk))
        count += 1
    return {"domains": count}
