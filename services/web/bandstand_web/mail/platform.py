"""Webhooks of email providers at `/hooks/mail/…`; mounted only if a secret is configured."""

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
    """Record bounces, complaints and unsubscribes; deliveries, opens and delays are ignored."""
    fate = _FATES.get(event.event_type)
    if fate is not None and event.recipient:
        problem = " ".join((event.description or event.reject_reason or "").split())
        record_fate(origin=event.metadata or {}, email=event.recipient, fate=fate, problem=problem)
