"""Tells the team, the day before, which gigs are tomorrow."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from bandstand.accounts.models import User
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.gigs.models import Gig
from bandstand.mail.sending import send_template
from bandstand.mail.unsubscribing import unsubscribe_url_for
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(REMIND_OF_GIGS)
def remind_of_gigs(payload: RemindOfGigs, run: Run) -> dict[str, int]:
    """Mail each member of the team the list of tomorrow's published gigs; nobody when there are none."""
    zone = ZoneInfo(run.organization.time_zone)
    tomorrow = datetime.fromisoformat(payload.due_at).astimezone(zone).date() + timedelta(days=1)
    begins = datetime.combine(tomorrow, time(), zone)
    ends = datetime.combine(tomorrow + timedelta(days=1), time(), zone)
    gigs = list(
        Gig.objects.published()
        .taking_place()
        .filter(starts_at__gte=begins, starts_at__lt=ends)
        .order_by("starts_at")
        .for_listing()
    )
    if not gigs:
        return {"gigs": 0, "mails": 0}
    people = list(User.objects.filter(is_active=True))
    context = {"gigs": [(gig, run.organization.url(gig.get_absolute_url())) for gig in gigs], "day": tomorrow}
    with transaction.atomic():
        for person in people:
            send_template(
                "gigs_tomorrow",
                to=person.email,
                context={**context, "person": person},
                unsubscribe_url=unsubscribe_url_for(person.email),
                key=f"gigs-tomorrow:{tomorrow.isoformat()}:{person.pk}",
            )
    return {"gigs": len(gigs), "mails": len(people)}
