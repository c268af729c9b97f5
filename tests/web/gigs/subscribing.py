"""A program that subscribed to a calendar, as phones and desks have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import icalendar

from bandstand.gigs.models import Gig
from tests.conftest import Portal, PortalClient


@dataclass
class Subscriber:
    """A program that keeps events by UID, takes over what has a higher SEQUENCE or is newer, and deletes nothing."""

    portal: Portal
    path: str = "/gigs.ics"
    host: str = ""
    events: dict[str, Any] = field(default_factory=dict)

    def refresh(self) -> dict[str, Any]:
        """Ask again at the same address, and follow where it leads; return what is in the calendar."""
        host, path = self.host or self.portal.host, self.path
        answer = PortalClient(HTTP_HOST=host).get(path)
        while answer.status_code in {301, 302}:
            there = urlsplit(answer["Location"])
            answer = PortalClient(HTTP_HOST=there.hostname or host).get(f"{there.path}?{there.query}")
        assert answer.status_code == 200
        calendar = icalendar.Calendar.from_ical(answer.content)
        told = calendar.walk("VEVENT")
        assert len({str(event["UID"]) for event in told}) == len(told), "one event each"
        for event in told:
            known = self.events.get(str(event["UID"]))
            if known is not None:
                assert event["SEQUENCE"] >= known["SEQUENCE"], "what was told is never taken back"
            if known is None or _version(event) >= _version(known):
                self.events[str(event["UID"])] = event
        return self.events

    def of(self, gig: Gig) -> Any:
        """Return the gig's event, as it is in the calendar now."""
        return self.refresh()[str(gig.uid)]


def _version(event: Any) -> tuple[int, datetime]:
    return event["SEQUENCE"], event["DTSTAMP"].dt
