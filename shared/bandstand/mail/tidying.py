"""Clears the text of finished emails, and deletes old rows. Runs in each schema every night."""

from __future__ import annotations

from datetime import datetime, timedelta

from bandstand.jobs.models import Job
from bandstand.mail.job_kinds import SEND_BULK_MAIL, SEND_MAIL
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization

KEEP_ROWS = timedelta(days=90)
# An email still unsent by then is given up and its text cleared; its job gave up after two days of attempts.
GIVE_UP = timedelta(days=14)


def mails_tidy(*, organization: Organization | None, now: datetime) -> int:
    """Clear and delete in the current schema, which is the organization's or `public`; return how many rows changed.

    The worker already clears an email when it hands it over; this covers older releases and stuck emails.
    """
    stuck = OutgoingMessage.objects.unsent().filter(created_at__lt=now - GIVE_UP)
    if stuck.exists():
        jobs = Job.objects.of_organization(organization).of_kind(SEND_MAIL, SEND_BULK_MAIL).unfinished()
        stuck = stuck.exclude(pk__in=list(jobs.values_list("payload__message_id", flat=True)))
    given_up = stuck.end(OutgoingMessage.State.FAILED, problem="the mail server didn't accept it in time")
    cleared = OutgoingMessage.objects.ended().with_text().update(text="", html="")
    deleted, _by_model = OutgoingMessage.objects.ended().filter(created_at__lt=now - KEEP_ROWS).delete()
    return given_up + cleared + deleted
