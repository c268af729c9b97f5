"""Gigs: upcoming, past, and each gig's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bandstand.content.rendering import render_markdown
from bandstand.gigs.models import Gig
from bandstand_web.gigs.calendar_file import calendar_file
from bandstand_web.gigs.structured_data import music_event
from bandstand_web.pagecache.pages import PAGE_NUMBER, anonymous_page
from bandstand_web.query_values import page_of
from bandstand_web.requests import PortalRequest

PAGE_SIZE = 30


@anonymous_page(when="past", page=PAGE_NUMBER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List upcoming gigs, soonest first, or past ones with `?when=past`, latest first."""
    is_past = request.GET.get("when") == "past"
    published = Gig.objects.published().for_visitors()
    gigs = published.past() if is_past else published.upcoming()
    page = page_of(request, gigs, PAGE_SIZE)
    context = {"page": page, "is_past": is_past, "query": "when=past&" if is_past else ""}
    return render(request, "gigs/portal/list.html", context)


@anonymous_page()
@require_safe
def detail(request: PortalRequest, slug: str) -> HttpResponse:
    """Show one gig, in the venue's local time."""
    gig = get_object_or_404(Gig.objects.published().for_page(), slug=slug)
    data = music_event(gig, base=request.build_absolute_uri("/"))
    context = {
        "gig": gig,
        "notes": render_markdown(gig.notes, language=request.organization.language),
        "structured_data": data,
        "new_date": _new_date(gig),
    }
    return render(request, "gigs/portal/detail.html", context)


def _new_date(gig: Gig) -> Gig | None:
    """Return the gig that takes the place of a postponed one, if visitors see it."""
    if gig.new_date_id is None or gig.status != Gig.Status.POSTPONED:
        return None
    return Gig.objects.published().filter(pk=gig.new_date_id).first()


@anonymous_page()
@require_safe
def calendar(request: PortalRequest, slug: str) -> HttpResponse:
    """Send a gig as an iCalendar file."""
    dated = Gig.objects.published().exclude(precision=Gig.Precision.MONTH)
    gig = get_object_or_404(dated.for_calendars(), slug=slug)
    text = calendar_file(
        gig,
        url=request.build_absolute_uri(gig.get_absolute_url()),
        language=request.organization.language,
    )
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{gig.slug}.ics"'},
    )
