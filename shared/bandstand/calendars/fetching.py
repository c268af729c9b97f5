"""Fetches calendars from addresses that people typed, by the guarded client."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bandstand.calendars.bounds import MAX_BYTES
from bandstand.calendars.events import CalendarError
from bandstand.outgoing.fetching import Fetched, Seen, Step, fetch
from bandstand.outgoing.links import Link, LinkError, read_link
from bandstand.outgoing.policy import Policy, openings_of

_WEBCAL = re.compile(r"\s*webcals?://", re.IGNORECASE)


def calendar_policy() -> Policy:
    """Return the limits for fetching a calendar."""
    return Policy(most_bytes=MAX_BYTES, openings=openings_of(settings.OUTGOING_ALLOWED))


def read_address(text: str) -> Link:
    """Return the parsed address; `webcal://` is what calendars call `https://`. Raises LinkError."""
    return read_link(_WEBCAL.sub("https://", text), calendar_policy())


def validate_address(text: str) -> None:
    """Raise ValidationError, with a message for the user, if the address must never be fetched. Asks no name server."""
    try:
        read_address(text)
    except LinkError as problem:
        raise ValidationError(str(problem), code="link") from None


def fetch_calendar(address: str, *, seen: Seen | None = None, step: Step) -> Fetched:
    """Return the file at an address, or that it is still the one that was `seen`.

    Raises LinkError, FetchError, and CalendarError if it clearly isn't a calendar.
    """
    fetched = fetch(address, policy=calendar_policy(), step=step, seen=seen)
    if fetched.is_web_page:
        raise CalendarError(
            _(
                "This address opens a web page, not a calendar. In Google Calendar, open the calendar's settings and "
                "copy the “Secret address in iCal format”."
            )
        )
    return fetched
