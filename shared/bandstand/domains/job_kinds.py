"""Kinds of jobs about organizations' domains. The page of domains shows what they find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class CheckDomain:
    """Which row of CustomDomain."""

    domain_id: int


@dataclass(frozen=True)
class CheckDueDomains:
    """Nothing to say: each row knows when its next look is due."""


CHECK_DOMAIN = Kind(
    "domains.check",
    CheckDomain,
    title=_("Look at a domain's DNS"),
    time_limit=timedelta(minutes=1),
    retry=Retry(attempts=3),
)
CHECK_DUE_DOMAINS = Kind(
    "domains.check_due",
    CheckDueDomains,
    title=_("Look at the domains that are due"),
    queue=Queue.DEFAULT,
    time_limit=timedelta(minutes=1),
    scope=Scope.PLATFORM,
)
