"""Kinds of jobs about support access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Retry, Scope


@dataclass(frozen=True)
class EndConsent:
    consent_id: int


END_CONSENT = Kind(
    "support.end_consent",
    EndConsent,
    title=_("Note the end of support access"),
    scope=Scope.PLATFORM,
    retry=Retry(attempts=50, first_delay=timedelta(seconds=5)),
)
