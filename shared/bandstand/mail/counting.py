"""Counts a portal's emails per day, and tells when it may send the next."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import LimitReachedError, meter, room_take

DAY = timedelta(days=1)


class NoMailsLeftError(Exception):
    """The portal's daily emails are used up; `until` is when the next one may be sent."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@meter(Limit.MAILS)
def mails_of_a_day() -> int:
    """Return how many emails of the current portal were counted in the last 24 hours."""
    return OutgoingMessage.objects.counted_since(timezone.now() - DAY).count()


@transaction.atomic
def mail_count(message: OutgoingMessage) -> None:
    """Count the email towards the portal's daily limit, once. Raises NoMailsLeftError if the limit is reached."""
    now = timezone.now()
    if message.is_essential or (message.counted_at is not None and message.counted_at > now - DAY):
        return
    try:
        room_take(Limit.MAILS)
    except LimitReachedError as reached:
        raise NoMailsLeftError(_next_room(reached.most, now)) from None
    message.counted_at = now
    message.save(update_fields=["counted_at"])


def _next_room(most: int, now: datetime) -> datetime:
    """Return when the oldest of the last `most` emails will be a day old."""
    newest_first = OutgoingMessage.objects.counted_since(now - DAY).order_by("-counted_at")
    oldest = newest_first.values_list("counted_at", flat=True)[most - 1 : most].first() if most else None
    return oldest + DAY if oldest else now + timedelta(hours=1)
