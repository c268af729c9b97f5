"""Kinds of jobs about mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class SendMail:
    message_id: int


# A provider's outage delays email but doesn't lose it: attempts go on for two days, finally an hour apart.
_PATIENT = Retry(attempts=55, first_delay=timedelta(seconds=10), longest_delay=timedelta(hours=1))

SEND_MAIL = Kind(
    "mail.send",
    SendMail,
    title=_("Send an email"),
    queue=Queue.INTERACTIVE,
    time_limit=timedelta(seconds=60),
    retry=_PATIENT,
    scope=Scope.EITHER,
    brief=True,
)

# Bulk emails wait behind codes and invitations, and have their own rate limit.
SEND_BULK_MAIL = Kind(
    "mail.send_bulk",
    SendMail,
    title=_("Send an email to many"),
    queue=Queue.BULK,
    time_limit=timedelta(seconds=60),
    retry=_PATIENT,
    scope=Scope.EITHER,
    brief=True,
)
