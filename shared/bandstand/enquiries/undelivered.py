"""A message is new again when the email with its answer can't be delivered."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from bandstand.content.whole_numbers import whole_number
from bandstand.enquiries.models import MAIL, Enquiry, Reply
from bandstand.mail.bouncing import mail_undelivered
from bandstand.mail.models import OutgoingMessage


@receiver(mail_undelivered)
def _open_again(message: OutgoingMessage, **_kwargs: Any) -> None:
    """Providers may say it twice, and late: what was written after the answer counts more."""
    origin, _colon, rest = message.key.rpartition(":")
    number = whole_number(rest) if origin == MAIL else None
    reply = Reply.objects.filter(pk=number).first() if number is not None else None
    if reply and not Reply.objects.filter(enquiry=reply.enquiry_id, pk__gt=reply.pk).exists():
        answered = Enquiry.objects.filter(pk=reply.enquiry_id, state=Enquiry.State.ANSWERED)
        answered.update(state=Enquiry.State.NEW)
