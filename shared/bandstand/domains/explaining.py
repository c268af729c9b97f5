"""Explains a domain's state to the team."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bandstand.domains.models import CustomDomain, DomainState, Problem
from bandstand.domains.verifying import WARNING


def explain(domain: CustomDomain) -> str:
    """Return why the domain is in its state and what happens next, in the current language."""
    if domain.lost_at is not None:
        return " ".join([_problem(domain), _countdown(domain)])
    if domain.switched_off_at is not None:
        return " ".join([_problem(domain), _("The portal can't be reached here until the records are back.")])
    if domain.state == DomainState.WAITING and domain.checked_at is None:
        return _("We're checking for the first time.")
    if not domain.is_proven:
        return " ".join(part for part in (_problem(domain), _given_up(domain)) if part)
    return {
        DomainState.VERIFIED: _("The records are correct. Next is the certificate."),
        DomainState.ISSUING: _("The certificate is on its way. This takes a few minutes."),
        DomainState.LIVE: _("The portal is live here."),
        DomainState.FAILING: _("No certificate could be issued: %s") % domain.certificate_problem,
    }[domain.state]


def _problem(domain: CustomDomain) -> str:
    addresses = ", ".join(domain.evidence.get("addresses", ()))
    return {
        "": "",
        Problem.NO_TXT: _(
            "The domain points here, but we can't see the TXT record yet. New records usually take up to an "
            "hour, rarely a day."
        ),
        Problem.NO_ADDRESS: _(
            "The domain doesn't point anywhere yet. New records usually take up to an hour, rarely a day."
        ),
        Problem.ELSEWHERE: _(
            "The domain points to %s, which isn't us. Remove other A, AAAA and CNAME records of this name; if your "
            "provider has a proxy in front, switch it off."
        )
        % addresses,
        Problem.PRIVATE_ADDRESS: _("The domain points to %s, which can't be reached from the internet.") % addresses,
        Problem.UNREACHABLE: _("The domain's name servers didn't respond. We'll try again automatically."),
        Problem.TAKEN: _("Another portal uses this domain. It has to be removed there first."),
    }[domain.problem]


def _countdown(domain: CustomDomain) -> str:
    if domain.warned_at is None:
        return _("We'll check again in a few minutes.")
    ends = timezone.localtime(domain.warned_at + WARNING)
    day = date_format(ends, "SHORT_DATETIME_FORMAT")
    return _("If the records aren't back by %s, the portal will no longer be reachable here.") % day


def _given_up(domain: CustomDomain) -> str:
    return "" if domain.next_check_at else _("We no longer check automatically. Choose “Check now” to start again.")
