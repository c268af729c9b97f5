"""What mail providers tell of mails later on, at `/hooks/mail/…`; the address exists only with a secret for it."""

from __future__ import annotations

from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.dispatch import receiver

from bandstand.mail.bouncing import Fate, record_fate

_FATES = {
    EventType.BOUNCED: Fate.BOUNCED,
    EventType.REJECTED: Fate.BOUNCED,
    EventType.COMPLAINED: Fate.COMPLAINED,
    EventType.UNSUBSCRIBED: Fate.UNSUBSCRIBED,
}


@receiver(tracking)
def note_fate(sender: Any, event: AnymailTrackingEvent, esp_name: str, **_kwargs: Any) -> None:
    """Write down what became of a mail; deliveries, openings and delays are of no concern."""
    fate = _FATES.get(event.event_type)
    if fate is not None and event.recipient:
        problem = " ".join((event.description or event.reject_reason or "").split())
        record_fate(origin=event.metadata or {}, email=event.recipient, fate=fate, problem=problem)
