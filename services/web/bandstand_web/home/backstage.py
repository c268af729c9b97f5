"""The backstage's home page."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.appearing import appearing_between
from bandstand.content.of_bands import may_with_some, rows_for
from bandstand.content.one_moment import this_moment
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.organizations.quotas import standings
from bandstand_web.home.checklist import getting_started
from bandstand_web.jobs.backstage import visible_jobs
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import GUESTS_TOO, is_guest, needs
from bandstand_web.shell.own_rows import rights_add

SHOWN = 5


@require_safe
@needs(GUESTS_TOO)
def index(request: TeamRequest) -> HttpResponse:
    """Show the checklist until everything is done, the next gigs and the newest messages."""
    now, user = this_moment(), request.user
    bands, upcoming = Band.objects.visible_to(user), Gig.objects.visible_to(user).upcoming()
    enquiries = rows_for(user, "view", Enquiry.objects.waiting())
    gigs = list(upcoming.for_table()[:SHOWN])
    rights_add(gigs, user)
    context = {
        "steps": getting_started(user),
        "gigs": gigs,
        "gigs_count": upcoming.count(),
        "may_add": may_with_some(user, "add", Gig),
        "appearing": appearing_between(now, now + timedelta(weeks=1), most=SHOWN, user=user),
        "enquiries": enquiries.select_related("band")[:SHOWN],
        "enquiries_count": enquiries.count(),
        "jobs_count": visible_jobs(request).unfinished().count(),
        "bands_count": bands.count(),
        "drafts_count": bands.drafts().count(),
        "near_limits": [] if is_guest(user) else [standing for standing in standings() if standing.is_near],
        "is_guest": is_guest(user),
    }
    return render(request, "home/backstage.html", context)
