"""Reminds the team the day before of tomorrow's gigs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from bandstand.accounts.models import User
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.gigs.models import Gig
from bandstand.mail.sending import send_template
from bandstand.mail.unsubscribing import unsubscribe_url_for
from bandstand_worker.registry import handles
from bandstand_worker.run import Run

# Within this time tomorrow has begun in every time zone.
_AHEAD = timedelta(days=3)


@handles(REMIND_OF_GIGS)
def remind_of_gigs(payload: RemindOfGigs, run: Run) -> dict[str, int]:
    """Mail each member of the team the list of tomorrow's gigs, guests that of their bands."""
    due = datetime.fromisoformat(payload.due_at).astimezone(ZoneInfo(run.organization.time_zone))
    gigs = _gigs_of_tomorrow(due)
    if not gigs:
        return {"gigs": 0, "mails": 0}
    told = [(person, mine) for person in User.objects.filter(is_active=True) if (mine := _seen_by(person, gigs))]
    with transaction.atomic():
        for person, mine in told:
            send_template(
                "gigs_tomorrow",
                to=person.email,
                context={
                    "gigs": [(gig, run.organization.url(gig.get_absolute_url())) for gig in mine],
                    "person": person,
                },
                unsubscribe_url=unsubscribe_url_for(person.email),
                key=f"gigs-tomorrow:{due.date() + timedelta(days=1)}:{person.pk}",
            )
    return {"gigs": len(gigs), "mails": len(told)}


def _seen_by(person: User, gigs: list[Gig]) -> list[Gig]:
    seen = set(Gig.objects.visible_to(person).filter(pk__in=[gig.pk for gig in gigs]).values_list("pk", flat=True))
    return [gig for gig in gigs if gig.pk in seen]


def _gigs_of_tomorrow(due: datetime) -> list[Gig]:
    """Return the gigs that take place tomorrow in the venue's time zone, and didn't yet at the previous run.

    The previous run is one day earlier by the portal's clock, so clock changes neither skip nor repeat a day.
    """
    before = due - timedelta(days=1)
    coming = Gig.objects.happening().filter(starts_at__gt=due, starts_at__lt=due + _AHEAD)
    return [
        gig
        for gig in coming.order_by("starts_at").for_listing()
        if gig.has_day and _tomorrow(before, gig.zone) < gig.local_start.date() <= _tomorrow(due, gig.zone)
    ]


def _tomorrow(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date() + timedelta(days=1)
