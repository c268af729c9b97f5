"""Kinds of jobs about calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry


@dataclass(frozen=True)
class ReadCalendar:
    """A calendar that a person wants to see, or to be taken in as they chose: what is to be done stands in its row."""

    source_id: int


READ_CALENDAR = Kind(
    "calendars.read",
    ReadCalendar,
    title=_("Read a calendar"),
    time_limit=timedelta(minutes=3),
    retry=Retry(attempts=3),
    visible_to="calendars.view_calendarsource",
)


@dataclass(frozen=True)
class FollowCalendar:
    """A calendar that is read again by itself."""

    source_id: int


FOLLOW_CALENDAR = Kind(
    "calendars.follow",
    FollowCalendar,
    title=_("Read a calendar again"),
    queue=Queue.BULK,
    time_limit=timedelta(minutes=3),
    retry=Retry(attempts=3),
    visible_to="calendars.view_calendarsource",
)


@dataclass(frozen=True)
class FollowDueCalendars:
    """No parameters: the rows know when they are due."""


FOLLOW_DUE_CALENDARS = Kind(
    "calendars.follow_due",
    FollowDueCalendars,
    title=_("Look for calendars to read"),
    queue=Queue.BULK,
    brief=True,
)
