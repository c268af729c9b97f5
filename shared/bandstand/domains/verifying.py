"""Applies the results of DNS checks and news from the cluster to a domain, and schedules the next check."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.domains.claiming import start_answering, stop_answering
from bandstand.domains.judging import Finding, Verdict
from bandstand.domains.models import Certificate, CustomDomain, Problem
from bandstand.mail.sending import send_template

# How long records have been missing -> pause before the next check. After the last, checks are made only on request.
BACK_OFF = [
    (timedelta(minutes=10), timedelta(minutes=1)),
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=30)),
    (timedelta(days=14), timedelta(hours=6)),
]
LOOK_AGAIN = timedelta(hours=12)  # for a verified domain
LOOK_AGAIN_AFTER_LOSS = timedelta(minutes=15)  # before the owners are warned, as DNS failures are often brief
LOOK_AGAIN_AFTER_WARNING = timedelta(hours=1)
LOOK_AGAIN_WHEN_UNCLEAR = timedelta(minutes=30)
WARNING = timedelta(days=3)  # from the warning to switching the domain off
CERTIFICATE_PROBLEM_MAX_LENGTH = 500


@transaction.atomic
def domain_judged(*, domain_id: int, verdict: Verdict, now: datetime | None = None) -> CustomDomain | None:
    """Apply a verdict and return the domain; None if it was removed in the meantime. Call it in the portal's schema.

    Emails the owners when a domain's records are gone, and again when the domain is switched off.
    """
    moment = now or timezone.now()
    domain = (
        CustomDomain.objects.select_for_update(of=("self",)).select_related("organization").filter(pk=domain_id).first()
    )
    if domain is None:
        return None
    domain.checked_at = moment
    domain.evidence = verdict.evidence
    if verdict.finding is not Finding.UNCLEAR:
        domain.apex = verdict.apex
    if domain.is_proven:
        _proven_judged(domain, verdict, moment)
    else:
        _unproven_judged(domain, verdict, moment)
    domain.save()
    return domain


def certificate_noted(*, domain_id: int, certificate: Certificate, problem: str = "") -> bool:
    """Store the certificate state of a verified domain; return whether it changed."""
    known = CustomDomain.objects.proven().filter(pk=domain_id)
    same = {"certificate": certificate, "certificate_problem": certificate_problem(problem)}
    return bool(known.exclude(**same).update(**same))


def certificate_problem(text: str) -> str:
    """Return a message of the cluster in the form to store: one line, truncated."""
    return " ".join(text.split())[:CERTIFICATE_PROBLEM_MAX_LENGTH]


def next_look(domain: CustomDomain, now: datetime) -> datetime | None:
    """Return when to check an unverified domain again; None to give up."""
    waited = now - domain.waiting_since
    return next((now + pause for until, pause in BACK_OFF if waited < until), None)


def _unproven_judged(domain: CustomDomain, verdict: Verdict, now: datetime) -> None:
    domain.problem = verdict.problem or ""
    if verdict.finding is Finding.FOUND:
        if start_answering(domain=domain):
            domain.verified_at = now
            domain.switched_off_at = domain.lost_at = domain.warned_at = None
            domain.next_check_at = now + LOOK_AGAIN
            return
        domain.problem = Problem.TAKEN
    domain.next_check_at = next_look(domain, now)


def _proven_judged(domain: CustomDomain, verdict: Verdict, now: datetime) -> None:
    if verdict.finding is Finding.UNCLEAR:
        domain.next_check_at = now + LOOK_AGAIN_WHEN_UNCLEAR  # our own resolvers may be failing, so conclude nothing
        return
    domain.problem = verdict.problem or ""
    if verdict.finding is Finding.FOUND:
        domain.lost_at = domain.warned_at = None
        domain.next_check_at = now + LOOK_AGAIN
    elif domain.lost_at is None:
        domain.lost_at = now
        domain.next_check_at = now + LOOK_AGAIN_AFTER_LOSS
    elif domain.warned_at is None:
        domain.warned_at = now
        domain.next_check_at = now + LOOK_AGAIN_AFTER_WARNING
        _mail_owners("domain_warning", domain, now + WARNING)
    elif now - domain.warned_at < WARNING:
        domain.next_check_at = now + LOOK_AGAIN_AFTER_WARNING
    else:
        _switch_off(domain, now)


def _switch_off(domain: CustomDomain, now: datetime) -> None:
    stop_answering(domain=domain)
    domain.verified_at = domain.lost_at = domain.warned_at = None
    domain.certificate = Certificate.NONE
    domain.certificate_problem = ""
    domain.switched_off_at = domain.waiting_since = now
    domain.next_check_at = next_look(domain, now)
    _mail_owners("domain_off", domain, now)


def _mail_owners(template: str, domain: CustomDomain, moment: datetime) -> None:
    organization = domain.organization
    for owner in roles.holders(roles.OWNER):
        send_template(
            template,
            to=owner.email,
            context={
                "person": owner,
                "domain": domain,
                "problem": domain.get_problem_display(),
                "moment": moment,
                "link": organization.team_url("/backstage/domains/"),
            },
            language=organization.language,
        )
