"""Handles providers' events about sent emails: bounces, spam complaints and unsubscribes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import structlog
from django.db import transaction
from django.dispatch import Signal
from django_tenants.utils import schema_context

from bandstand.content.whole_numbers import whole_number
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.mail.unsubscribing import suppress
from bandstand.organizations.models import Organization

PROBLEM_LENGTH = 255
PLATFORM = "public"

log = structlog.get_logger("bandstand.mail")

# Sent with the `message` whose recipient doesn't take email, in its schema and transaction. May be sent again for it.
mail_undelivered = Signal()


class Fate(Enum):
    """The kinds of events that we handle."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


_REASONS = {
    Fate.BOUNCED: SuppressedAddress.Reason.BOUNCED,
    Fate.COMPLAINED: SuppressedAddress.Reason.COMPLAINED,
    Fate.UNSUBSCRIBED: SuppressedAddress.Reason.UNSUBSCRIBED,
}


def origin_of(message: OutgoingMessage, schema: str) -> dict[str, str]:
    """Return the metadata that the provider sends back with each event: the schema and the email's id in it."""
    return {"schema": schema, "message": str(message.pk)}


def record_fate(*, origin: Mapping[str, object], email: str, fate: Fate, problem: str = "") -> bool:
    """Record the event and suppress further emails to `email`; return whether the email is known.

    An unknown origin is ignored, as a provider's message is untrusted input.
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
            mail_undelivered.send(OutgoingMessage, message=message)
    log.info("mail came back", fate=fate.value, schema=schema, message=number)
    return True


@transaction.atomic
def record_undelivered(message: OutgoingMessage, state: OutgoingMessage.State, *, problem: str = "") -> None:
    """End an email of the current schema that is refused as a whole, or whose recipients all bounced before."""
    OutgoingMessage.objects.filter(pk=message.pk).end(state, problem=problem[:PROBLEM_LENGTH])
    mail_undelivered.send(OutgoingMessage, message=message)


def _is_ours(schema: str) -> bool:
    return schema == PLATFORM or Organization.objects.filter(schema_name=schema).exists()


def _addresses(message: OutgoingMessage) -> set[str]:
    return {address.lower() for address in [*message.recipients, *message.cc]}
