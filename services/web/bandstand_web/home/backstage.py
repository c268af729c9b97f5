"""The backstage's home page."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.appearing import appearing_between
from bandstand.content.one_moment import this_moment
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from bandstand.organizations.quotas import standings
from bandstand_web.home.checklist import getting_started
from bandstand_web.jobs.backstage import visible_jobs
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, needs

SHOWN = 5


@require_safe
@needs(ANY_ROLE)
def index(request: TeamRequest) -> HttpResponse:
    """Show the checklist until everything is done, the next gigs and the newest messages."""
    now = this_moment()
    context = {
        "steps": getting_started(request.user),
        "gigs": Gig.objects.upcoming().for_listing()[:SHOWN],
        "gigs_count": Gig.objects.upcoming().count(),
        "appearing": appearing_between(now, now + timedelta(weeks=1), most=SHOWN),
        "enquiries": Enquiry.objects.waiting().select_related("band")[:SHOWN],
        "enquiries_count": Enquiry.objects.waiting().count(),
        "jobs_count": visible_jobs(request).unfinished().count(),
        "bands_count": Band.objects.count(),
        "drafts_count": Band.objects.drafts().count(),
        "near_limits": [standing for standing in standings() if standing.is_near],
    }
    return render(request, "home/backstage.html", context)
