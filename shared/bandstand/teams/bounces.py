"""Notices when an invitation's email can't be delivered, and has the person who invited told."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from bandstand.content.whole_numbers import whole_number
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.bouncing import mail_undelivered
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.current import current_organization
from bandstand.teams.job_kinds import TELL_OF_BOUNCE, TellOfBounce
from bandstand.teams.models import Invitation

_MAIL = "invitation"


def mail_key(invitation: Invitation) -> str:
    """Return the key of the email with the invitation's current link."""
    return f"{_MAIL}:{invitation.pk}:{invitation.token_digest[:20]}"


@receiver(mail_undelivered)
def _tell_later(message: OutgoingMessage, **_kwargs: Any) -> None:
    origin, _colon, rest = message.key.partition(":")
    number = whole_number(rest.partition(":")[0]) if origin == _MAIL else None
    if number is not None:
        enqueue(
            TELL_OF_BOUNCE,
            TellOfBounce(number, message.pk),
            organization=current_organization(),
            key=f"bounce:{message.pk}",  # providers may say it twice
        )
