"""What a provider tells of mails later on: that one came back, was marked as spam, or is not wanted any more."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import structlog
from django.db import transaction
from django_tenants.utils import schema_context

from bandstand.content.whole_numbers import whole_number
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.mail.unsubscribing import suppress
from bandstand.organizations.models import Organization

PROBLEM_LENGTH = 255
PLATFORM = "public"

log = structlog.get_logger("bandstand.mail")


class Fate(Enum):
    """What became of a mail, as far as it concerns us."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


_REASONS = {
    Fate.BOUNCED: SuppressedAddress.Reason.BOUNCED,
    Fate.COMPLAINED: SuppressedAddress.Reason.COMPLAINED,
    Fate.UNSUBSCRIBED: SuppressedAddress.Reason.UNSUBSCRIBED,
}


def origin_of(message: OutgoingMessage, schema: str) -> dict[str, str]:
    """Return what travels with a mail to the provider and back: whose it is, and its number there."""
    return {"schema": schema, "message": str(message.pk)}


def record_fate(*, origin: Mapping[str, object], email: str, fate: Fate, problem: str = "") -> bool:
    """Write down what became of a mail, and keep further ones away from `email`; return whether the mail is known.

    Nothing is written for an origin that names no schema of ours: a provider's message is a stranger's word.
    """
    schema, number = str(origin.get("schema", "")), whole_number(str(origin.get("message", "")))
    if number is None or not _is_ours(schema):
        log.warning("news of a mail that isn't ours", fate=fate.value)
        return False
    with schema_context(schema), transaction.atomic():
        found = OutgoingMessage.objects.filter(pk=number)
        message = found.select_for_update().first()
        if message is None or email.lower() not in _addresses(message):
            log.warning("news of an unknown mail", fate=fate.value, schema=schema)
            return False
        suppress(email, _REASONS[fate])
        if fate is Fate.BOUNCED:
            found.end(OutgoingMessage.State.BOUNCED, problem=problem[:PROBLEM_LENGTH])
    log.info("mail came back", fate=fate.value, schema=schema, message=number)
    return True


def _is_ours(schema: str) -> bool:
    return schema == PLATFORM or Organization.objects.filter(schema_name=schema).exists()


def _addresses(message: OutgoingMessage) -> set[str]:
    return {address.lower() for address in [*message.recipients, *message.cc]}
