"""Kinds of jobs about who owns portals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, Retry, Scope


@dataclass(frozen=True)
class TellOwners:
    """Nothing to say: it is about the organization's own owners."""


TELL_OWNERS = Kind(
    "teams.tell_owners",
    TellOwners,
    title=_("Tell owners where they log in"),
    queue=Queue.BULK,
    works_in=frozenset({"active", "suspended"}),
)


@dataclass(frozen=True)
class FollowOwners:
    """Of which accounts of the platform sessions end, by number."""

    ended: list[int] = field(default_factory=list)


# Enqueued by the release before; CARRY_OWNERS took its place.
FOLLOW_OWNERS = Kind(
    "teams.follow_owners",
    FollowOwners,
    title=_("Bring the team's owners in line"),
    retry=Retry(attempts=50, first_delay=timedelta(seconds=5)),
    works_in=frozenset({"active", "suspended"}),
)


@dataclass(frozen=True)
class CarryOwners:
    """Of which accounts sessions end, and which accounts the team removed, by number in this cell's `public`."""

    organization_id: int
    ended: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)


# The platform's, so that it stays here when the portal moves. It doesn't give up before an outage of weeks.
CARRY_OWNERS = Kind(
    "teams.carry_owners",
    CarryOwners,
    title=_("Bring a portal's owners to where it lives"),
    scope=Scope.PLATFORM,
    retry=Retry(attempts=5000, first_delay=timedelta(seconds=5), longest_delay=timedelta(minutes=10)),
)


@dataclass(frozen=True)
class TellOfBounce:
    """An invitation, and the email with it that couldn't be delivered."""

    invitation_id: int
    message_id: int


TELL_OF_BOUNCE = Kind("teams.tell_of_bounce", TellOfBounce, title=_("Tell of a bounced invitation"), brief=True)
