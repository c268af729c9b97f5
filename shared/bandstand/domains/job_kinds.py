"""Kinds of jobs about organizations' domains. The Domains page shows their results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class CheckDomain:
    """The CustomDomain to check."""

    domain_id: int


@dataclass(frozen=True)
class CheckDueDomains:
    """No parameters: each row stores when its next check is due."""


CHECK_DOMAIN = Kind(
    "domains.check",
    CheckDomain,
    title=_("Check a domain's DNS"),
    time_limit=timedelta(minutes=1),
    retry=Retry(attempts=3),
)
CHECK_DUE_DOMAINS = Kind(
    "domains.check_due",
    CheckDueDomains,
    title=_("Check domains that are due"),
    queue=Queue.DEFAULT,
    time_limit=timedelta(minutes=1),
    scope=Scope.PLATFORM,
)
